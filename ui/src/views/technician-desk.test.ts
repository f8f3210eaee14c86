// The technician's desk by keyboard, and what becomes of a text that did not arrive.
import { flushSync } from "svelte";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CaseAct, MainScreen } from "$lib/bindings";
import { words } from "$text";
import { technicianDeskScreens } from "../mock/technician-desk-views";
import { listenIn, named, prepareJsdom, show, type Asked } from "../mock/testing";
import MainWindow from "./MainWindow.svelte";

let asked: Asked;

beforeAll(prepareJsdom);
beforeEach(() => {
  asked = listenIn();
  words.use("german");
});

function open(name: string): void {
  const screen = technicianDeskScreens[name] as MainScreen;
  show(MainWindow, { view: { language: "german", company: null, notice: null, screen } });
}

function press(key: string, target: EventTarget = document.body): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  flushSync();
}

function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

const acts = (): CaseAct[] =>
  asked.flatMap(([, ask]) => {
    const wanted = ask as { kind: string; act?: CaseAct };
    return wanted.kind === "act" && wanted.act ? [wanted.act] : [];
  });

describe("the queue", () => {
  it("is worked by keyboard", () => {
    open("techQueue");
    press("/");
    expect(document.activeElement?.getAttribute("type")).toBe("search");
    // A key that is typed into a field is a letter.
    press("n", document.activeElement ?? document.body);
    expect(asked).toEqual([]);
    (document.activeElement as HTMLElement).blur();
    press("ArrowDown");
    expect(document.activeElement?.textContent).toContain("Kasse");
    press("ArrowDown");
    press("ArrowDown");
    press("ArrowUp");
    expect(document.activeElement?.textContent).toContain("Drucker");
    (document.activeElement as HTMLElement).click();
    press("n");
    expect(asked.map(([, ask]) => ask)).toEqual([{ kind: "open", number: "T-2200-3417" }, { kind: "phone" }]);
    press("?");
    expect(document.querySelector("details.keys")?.hasAttribute("open")).toBe(true);
  });
});

describe("a ticket", () => {
  it("sends an answer as an answer and a note as a note", () => {
    open("techCase");
    press("a");
    const field = (): HTMLTextAreaElement => document.querySelector(".compose textarea") as HTMLTextAreaElement;
    named("Antwort senden").click();
    flushSync();
    expect(acts()).toEqual([]);
    type(field(), "Wir kommen.");
    named("Senden und warten").click();
    press("i");
    expect(field().value).toBe("");
    type(field(), "Schwierig.");
    named("Notiz speichern").click();
    expect(acts()).toEqual([
      { kind: "answer", text: "Wir kommen.", thenWait: true },
      { kind: "note", text: "Schwierig." },
    ]);
    // Not known to have arrived: nothing that was typed is gone.
    expect(field().value).toBe("Schwierig.");
  });

  it("shows both texts when somebody was quicker, and keeps the own one", () => {
    open("techCaseConflict");
    expect(document.body.textContent).toContain("Jemand war schneller");
    expect(document.querySelector(".compose textarea")).toHaveProperty("value", "Ich komme morgen um neun vorbei.");
    named("Gelesen, Text behalten").click();
    expect(asked).toEqual([["technicianDesk", { kind: "seenConflict" }]]);
  });
});
