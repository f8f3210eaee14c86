// The technician's desk by keyboard, and what becomes of a text that did not arrive.
import { flushSync } from "svelte";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, pretend } from "$lib/backend";
import type { CaseAct, FilesFallen, MainScreen, MainView } from "$lib/bindings";
import { words } from "$text";
import { technicianDeskScreens } from "../mock/technician-desk-views";
import { reactive } from "../mock/reactive.svelte";
import { listenIn, named, prepareJsdom, show, type Asked } from "../mock/testing";
import MainWindow from "./MainWindow.svelte";

let asked: Asked;
let away: () => void = () => undefined;

beforeAll(prepareJsdom);
beforeEach(() => {
  asked = listenIn();
  words.use("german");
});

// What listens to the whole window must not hear the next test.
afterEach(() => { away(); });

function open(name: string): () => void {
  const screen = technicianDeskScreens[name] as MainScreen;
  away = show(MainWindow, { view: { language: "german", company: null, notice: null, screen } });
  return away;
}

/** A window whose screen a test changes. */
function shown(screen: MainScreen): { view: MainView } {
  const view: MainView = { language: "german", company: null, notice: null, screen };
  const props = reactive({ view });
  away = show(MainWindow, props);
  return props;
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

const compose = (): HTMLTextAreaElement => document.querySelector(".compose textarea") as HTMLTextAreaElement;

/** What the shell was asked to keep. */
const written = (): string[] =>
  asked.flatMap(([, ask]) => {
    const wanted = ask as { kind: string; what: string; text: string };
    return wanted.kind === "write" ? [`${wanted.what}: ${wanted.text}`] : [];
  });

const acts = (): CaseAct[] =>
  asked.flatMap(([, ask]) => {
    const wanted = ask as { kind: string; act?: CaseAct };
    return wanted.kind === "act" && wanted.act ? [wanted.act] : [];
  });

describe("the form on the phone", () => {
  const saved = (): string[] =>
    asked.flatMap(([, ask]) => {
      const wanted = ask as { kind: string; values?: { description?: string } };
      return wanted.kind.startsWith("phone") ? [`${wanted.kind}: ${wanted.values?.description ?? ""}`] : [];
    });
  const field = (): HTMLTextAreaElement => document.querySelector("#field-description") as HTMLTextAreaElement;

  it("is kept while it is typed, before the field or the page is left", () => {
    vi.useFakeTimers();
    open("techPhoneForm");
    expect(document.body.textContent).toContain(words.t.desk.form.saved);
    type(field(), "Der Ofen");
    expect(saved()).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(saved()).toEqual(["phoneSave: Der Ofen"]);
    type(field(), "Der Ofen bleibt");
    away();
    expect(saved()).toEqual(["phoneSave: Der Ofen", "phoneSave: Der Ofen bleibt"]);
    vi.useRealTimers();
  });

  it("is not kept again by what was typed before it was discarded", () => {
    vi.useFakeTimers();
    open("techPhoneForm");
    type(field(), "Doch nicht");
    named(words.t.technicianDesk.phone.discard).click();
    flushSync();
    expect(saved()).toEqual([]);
    named(words.t.technicianDesk.phone.discardSure).click();
    flushSync();
    vi.advanceTimersByTime(1000);
    away();
    expect(saved()).toEqual(["phoneDiscard: "]);
    vi.useRealTimers();
  });

  it("that was begun is gone on with from the queue", () => {
    open("techQueueUnfinished");
    expect(document.body.textContent).toContain("Bäckerei Krume GmbH");
    named(words.t.technicianDesk.unfinished.goOnCall).click();
    expect(asked.map(([, ask]) => ask)).toEqual([{ kind: "phone" }]);
  });
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
    const field = compose;
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
      { kind: "write", what: "answer", text: "Wir kommen.", thenWait: true },
      { kind: "write", what: "note", text: "Schwierig.", thenWait: false },
    ]);
    // Not known to have arrived: nothing that was typed is gone.
    expect(field().value).toBe("Schwierig.");
  });

  it("keeps what is typed, also of whoever leaves at once, for the ticket that it was typed for", () => {
    vi.useFakeTimers();
    const leave = open("techCase");
    type(compose(), "Wir");
    vi.advanceTimersByTime(200);
    type(compose(), "Wir kommen");
    vi.advanceTimersByTime(200);
    expect(written()).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(written()).toEqual(["answer: Wir kommen"]);
    type(compose(), "Wir kommen morgen");
    leave();
    expect(written()).toEqual(["answer: Wir kommen", "answer: Wir kommen morgen"]);
    expect(asked.at(-1)?.[1]).toMatchObject({ number: "T-2200-3417" });
    vi.useRealTimers();
  });

  it("shows again what is half written, and empties it when it was sent", () => {
    const page = technicianDeskScreens.techCaseDraft;
    if (page?.kind !== "technicianDesk" || page.desk.kind !== "case") throw new Error("no ticket");
    const { desk } = page;
    const props = shown(page);
    expect(compose().value).toBe("Bitte vergleichen Sie Ihr Bild mit diesem.");
    expect(document.body.textContent).toContain("Entwurf gespeichert");
    expect(document.body.textContent).toContain("Interne Notiz (angefangen)");
    expect(document.body.textContent).toContain("Bitte speichern Sie das Dokument als PDF.");
    props.view.screen = { ...page, desk: { ...desk, done: 1, answer: { ...desk.answer, text: "", attachments: [] } } };
    flushSync();
    expect(compose().value).toBe("");
  });

  it("takes files that are chosen, dropped and pasted, and gives them back", async () => {
    open("techCaseDraft");
    const zone = document.querySelector(".compose .files");
    if (!zone) throw new Error("nothing takes files");
    const fall = (type: string, key: string, ...files: File[]): void => {
      zone.dispatchEvent(Object.assign(new Event(type, { bubbles: true, cancelable: true }), { [key]: { files } }));
    };
    const attached = (): unknown[] => asked.map(([, ask]) => ask).filter((ask) => (ask as { kind: string }).kind === "attach");
    fall("drop", "dataTransfer", new File(["Zeile eins"], "protokoll.log"));
    await vi.waitFor(() => { expect(attached()).toHaveLength(1); });
    expect(attached()[0]).toEqual({ kind: "attach", number: "T-2200-3417", what: "answer", name: "protokoll.log", bytes: btoa("Zeile eins") });
    fall("paste", "clipboardData", new File(["Bild"], "image.png"));
    await vi.waitFor(() => { expect(attached()).toHaveLength(2); });
    // What is too large is not even read.
    fall("drop", "dataTransfer", Object.defineProperty(new File([], "film.png"), "size", { value: 11 * 1024 * 1024 }));
    await vi.waitFor(() => { expect(document.body.textContent).toContain("Die Datei ist größer als 10 MB."); });
    expect(attached()).toHaveLength(2);
    named("so-soll-es-aussehen.png entfernen").click();
    expect(asked.at(-1)).toEqual(["technicianDesk", { kind: "detach", number: "T-2200-3417", what: "answer", id: "f1" }]);
  });

  it("takes what the shell hands over only where it was dragged", async () => {
    const backend = await connect();
    let fall: ((fallen: FilesFallen) => void) | undefined;
    pretend({
      ...backend,
      listen: (what, handler) => {
        if (what === "filesFallen") fall = handler as typeof fall;
        return Promise.resolve(() => undefined);
      },
    });
    open("techCaseDraft");
    await vi.waitFor(() => { expect(fall).toBeDefined(); });
    const zone = document.querySelector(".compose .files") as HTMLElement;
    const over = (type: string): boolean => zone.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
    const attached = (): unknown[] => asked.map(([, ask]) => ask).filter((ask) => (ask as { kind: string }).kind === "attach");
    const fallen: FilesFallen = {
      files: [{ name: "echt.log", bytes: btoa("Zeile eins") }],
      refused: [{ name: "film.png", reason: "tooLarge" }],
    };
    fall?.(fallen);
    expect(attached()).toEqual([]);
    over("dragover");
    over("dragleave");
    fall?.(fallen);
    await vi.waitFor(() => { expect(attached()).toHaveLength(1); });
    expect(attached()[0]).toMatchObject({ what: "answer", name: "echt.log", bytes: btoa("Zeile eins") });
    expect(document.body.textContent).toContain("Die Datei ist größer als 10 MB.");
  });

  it("is not written in while its text is on its way, and says how far that is", () => {
    open("techCaseSending");
    expect(compose().readOnly).toBe(true);
    expect(document.querySelector("progress")).toHaveProperty("value", 42);
    expect(named("Dateien wählen")).toHaveProperty("disabled", true);
  });

  it("is parted from another at the link, and that is undone", () => {
    open("techCaseDraft");
    named("Verknüpfung mit T-5513-2280 lösen").click();
    named("Rückgängig").click();
    expect(acts()).toEqual([
      { kind: "unlink", other: "T-5513-2280" },
      { kind: "link", other: "T-9031-7725" },
    ]);
  });

  it("keeps what was filled in until it is done", () => {
    const page = technicianDeskScreens.techCase;
    if (page?.kind !== "technicianDesk" || page.desk.kind !== "case") throw new Error("no ticket");
    const { desk } = page;
    const props = shown(page);
    named("Verknüpfen").click();
    flushSync();
    const field = document.querySelector<HTMLInputElement>(".acts form input");
    if (!field) throw new Error("no field");
    type(field, "T-1234");
    field.form?.requestSubmit();
    props.view.screen = { ...page, desk: { ...desk, fault: "notAccepted" } };
    flushSync();
    expect(document.querySelector(".acts form input")).toHaveProperty("value", "T-1234");
    props.view.screen = { ...page, desk: { ...desk, done: 1 } };
    flushSync();
    expect(document.querySelector(".acts form")).toBeNull();
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
