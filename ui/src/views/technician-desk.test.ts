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
    expect(document.querySelector("details")?.hasAttribute("open")).toBe(true);
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

describe("a held form", () => {
  const decisions = (): unknown[] => asked.map(([, ask]) => ask);
  const why = (): HTMLInputElement => document.querySelector(".held input") as HTMLInputElement;

  it("shows whom to call and what it would become, and is released with who confirmed it", () => {
    open("techLookupHeld");
    const shown = document.querySelector(".held")?.textContent ?? "";
    for (const part of ["Bernd Krume", "+49 211 4711-0", "Bäckerei Krume GmbH", "halbe Seiten", "halbe-seite.jpg"]) {
      expect(shown).toContain(part);
    }
    expect(shown.indexOf("Bernd Krume")).toBeLessThan(shown.indexOf("Erika Muster"));
    named("Freigeben").click();
    flushSync();
    expect(decisions()).toEqual([]);
    expect(document.body.textContent).toContain("Bitte schreiben Sie, wer das gesagt hat.");
    type(why(), "Herr Krume am Telefon");
    named("Freigeben").click();
    expect(decisions()).toEqual([{ kind: "releaseHeld", confirmedBy: "Herr Krume am Telefon" }]);
  });

  it("is discarded only when that is meant", () => {
    open("techLookupHeld");
    type(why(), "Herr Krume weiß nichts davon");
    named("Verwerfen").click();
    flushSync();
    expect(decisions()).toEqual([]);
    named("Behalten").click();
    flushSync();
    named("Verwerfen").click();
    flushSync();
    named("Ja, verwerfen").click();
    expect(decisions()).toEqual([{ kind: "discardHeld", reason: "Herr Krume weiß nichts davon" }]);
  });

  it("can't be released when nobody can read it", () => {
    open("techLookupUnreadable");
    expect(document.body.textContent).toContain("Das Formular kann niemand mehr lesen");
    expect([...document.querySelectorAll("button")].some((button) => button.textContent.trim() === "Freigeben")).toBe(false);
  });

  it("is reached from its task, which only a decision ends", () => {
    open("techQueueTasks");
    const task = [...document.querySelectorAll(".tasks li")].find((item) => item.textContent.includes("Formular angehalten"));
    const buttons = [...(task?.querySelectorAll("button") ?? [])];
    expect(buttons.map((button) => button.textContent.trim())).toEqual(["Nachschlagen"]);
    buttons[0]?.click();
    expect(decisions()).toEqual([{ kind: "lookUp", receipt: "4711 0815 2342" }]);
  });
});
