import { beforeEach, describe, expect, it } from "vitest";
import { mockBackend } from "../mock/mock";
import { mainScreens } from "../mock/views";
import { pretend, request, type Backend, type Told } from "./backend";
import type { MainView } from "./bindings";
import { follow } from "./start";
import { trouble } from "./trouble.svelte";

const view = (receipts: number): MainView => ({
  language: "german",
  company: null,
  notice: null,
  screen: { ...mainScreens.start, receipts },
});
const receipts = ({ screen }: MainView): number => (screen.kind === "start" ? screen.receipts : -1);

/** A shell whose first answer comes when it is let go. */
function slowShell(): { tell: (view: MainView) => void; answer: (view: MainView) => void } {
  let tell: (view: MainView) => void = () => undefined;
  let answer: (view: MainView) => void = () => undefined;
  const mock = mockBackend(new URLSearchParams());
  const listen: Backend["listen"] = (what, handler) => {
    if (what === "mainView") tell = handler as (told: Told["mainView"]) => void;
    return Promise.resolve(() => undefined);
  };
  const currentMainView = (): Promise<MainView> => new Promise((resolve) => (answer = resolve));
  pretend({ listen, commands: { ...mock.commands, currentMainView } });
  return { tell: (next) => { tell(next); }, answer: (next) => { answer(next); } };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("a window", () => {
  let shown: number[];
  const start = (): void =>
    void follow("mainView", (commands) => commands.currentMainView(), (next) => shown.push(receipts(next)));
  beforeEach(() => {
    shown = [];
  });

  it("asks for its model and then follows it", async () => {
    const shell = slowShell();
    start();
    await settle();
    shell.answer(view(1));
    await settle();
    shell.tell(view(2));
    expect(shown).toEqual([1, 2]);
  });

  it("does not go back to an answer that is older than what it was told", async () => {
    const shell = slowShell();
    start();
    await settle();
    shell.tell(view(2));
    shell.answer(view(1));
    await settle();
    expect(shown).toEqual([2]);
  });
});

describe("a request", () => {
  it("that is refused is trouble until another goes through", async () => {
    expect(await request(() => Promise.resolve({ status: "error", error: { code: "notNow", message: "" } }))).toBe(false);
    expect(trouble.last?.code).toBe("notNow");
    expect(await request(() => Promise.resolve({ status: "ok", data: null }))).toBe(true);
    expect(trouble.last).toBeNull();
  });

  it("that never arrives is trouble too, and not an unhandled error", async () => {
    expect(await request(() => Promise.reject(new Error("no shell")))).toBe(false);
    expect(trouble.last?.code).toBe("internal");
  });
});
