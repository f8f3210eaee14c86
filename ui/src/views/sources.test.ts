// Choosing what is shown, in the windows themselves.
import { flushSync } from "svelte";
import type { Showing } from "$lib/bindings";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import WhoIsIt from "../features/who/WhoIsIt.svelte";
import PanelRunning from "../features/panel/PanelRunning.svelte";
import SourceMenu from "../features/viewer/SourceMenu.svelte";
import { listenIn, named, prepareJsdom, show, type Asked } from "../mock/testing";
import { mainScreens, panelScreens } from "../mock/views";
import { languages, words } from "$text";

const t = languages.german;
let asked: Asked;

beforeAll(prepareJsdom);
beforeEach(() => {
  words.use("german");
  asked = listenIn();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const radio = (text: string): HTMLInputElement => {
  const label = [...document.querySelectorAll("label")].find((one) => one.textContent.includes(text));
  const input = label?.querySelector("input");
  if (!input) throw new Error(`no choice ${text}`);
  return input;
};
const press = (element: HTMLElement): void => {
  element.click();
  flushSync();
};

describe("who is it", () => {
  it("shows one window only when one was picked", () => {
    const gone = show(WhoIsIt, { asked: mainScreens.whoIsIt });
    expect(document.querySelectorAll("label")).toHaveLength(4);
    press(radio(t.sources.oneWindow));
    expect(asked).toContainEqual(["listSources"]);
    // Nothing is chosen by that alone, the screen least of all.
    expect((named(t.who.yesWindow) as HTMLButtonElement).disabled).toBe(true);
    press(radio("Rechnung 2026-1187"));
    press(named(t.who.yesWindow));
    expect(asked.at(-1)).toEqual(["choose", "window-7"]);
    gone();
  });

  it("looks again while the list is open, and not after", () => {
    const gone = show(WhoIsIt, { asked: mainScreens.whoIsIt });
    press(radio(t.sources.oneWindow));
    vi.advanceTimersByTime(4100);
    expect(asked.filter(([command]) => command === "listSources")).toHaveLength(3);
    press(radio(t.sources.monitor(2)));
    vi.advanceTimersByTime(9000);
    expect(asked.filter(([command]) => command === "listSources")).toHaveLength(3);
    press(named(t.who.yes));
    expect(asked.at(-1)).toEqual(["choose", "b"]);
    gone();
  });
});

describe("the panel", () => {
  it("switches to what was chosen", () => {
    const gone = show(PanelRunning, { running: panelScreens.panel });
    press(named(t.panel.showOther));
    expect((named(t.panel.showThis) as HTMLButtonElement).disabled).toBe(true);
    press(radio(t.sources.monitor(2)));
    press(named(t.panel.showThis));
    expect(asked.at(-1)).toEqual(["showSource", "b"]);
    gone();
  });

  it("turns nothing on before something is chosen", () => {
    const gone = show(PanelRunning, { running: panelScreens.panelNothingShown });
    const on = document.querySelector<HTMLElement>("[data-permission=seeScreen] .on");
    if (on) press(on);
    expect(asked).toEqual([]);
    expect(document.body.textContent).toContain(t.panel.chooseTitle);
    gone();
  });

  it("grants a wish by showing it, and refuses it by no", () => {
    const gone = show(PanelRunning, { running: panelScreens.panelWish });
    press(named(t.panel.showThis));
    expect(asked.at(-1)).toEqual(["showSource", "b"]);
    press(named(t.panel.no));
    expect(asked.at(-1)).toEqual(["answer", 11, false]);
    gone();
  });
});

describe("the viewer", () => {
  it("offers the other screens and waits after a no", () => {
    const chosen: string[] = [];
    const onask = ({ name }: { name: string }): void => void chosen.push(name);
    const showing: Showing = { what: { kind: "monitor", number: 1 }, monitors: 2, wish: { kind: "none" } };
    let gone = show(SourceMenu, { showing, onask });
    expect(document.querySelectorAll("li")).toHaveLength(3);
    press(named(`${t.viewer.ask}: ${t.viewer.monitor(2)}`));
    expect(chosen).toEqual([t.viewer.monitor(2)]);
    gone();
    gone = show(SourceMenu, { showing: { ...showing, wish: { kind: "refused", retrySeconds: 41 } }, onask });
    expect(document.querySelectorAll("button")).toHaveLength(0);
    gone();
  });
});
