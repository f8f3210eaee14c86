// What a person does with a window, and what the shell then hears: no more than that.
import { flushSync, tick } from "svelte";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MainScreen, PanelScreen, ViewerScreen } from "$lib/bindings";
import { words } from "$text";
import { firstCompany, mainScreens, panelScreens, viewerScreens } from "../mock/views";
import MainWindow from "./MainWindow.svelte";
import PanelWindow from "./PanelWindow.svelte";
import { reactive } from "../mock/reactive.svelte";
import { listenIn, named, prepareJsdom, show, type Asked } from "../mock/testing";
import ViewerWindow from "./ViewerWindow.svelte";

let asked: Asked;

beforeAll(prepareJsdom);
beforeEach(() => {
  asked = listenIn();
  words.use("german");
});

const main = (screen: MainScreen): (() => void) =>
  show(MainWindow, { view: { language: "german", company: firstCompany, notice: null, screen } });
const panel = (screen: PanelScreen): (() => void) =>
  show(PanelWindow, { view: { language: "german", screen }, mark: undefined, painted: () => undefined });
const viewer = (screen: ViewerScreen): (() => void) => show(ViewerWindow, { view: { language: "german", screen } });
const settle = async (): Promise<void> => {
  for (let round = 0; round < 5; round += 1) await tick();
  flushSync();
};
const press = (key: string): void => {
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
};

function type(field: HTMLInputElement, text: string): void {
  field.value = text;
  field.setSelectionRange(text.length, text.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

describe("the number field", () => {
  const field = (): HTMLInputElement => document.querySelector("input") ?? document.createElement("input");

  it("has the focus, groups while typing, and never goes on by itself", async () => {
    main(mainScreens.enterNumber);
    expect(document.activeElement).toBe(field());
    type(field(), "472915384");
    await settle();
    expect(field().value).toBe("472 915 384");
    expect(asked.map(([command]) => command)).not.toContain("startJoin");
  });

  it("says at once that a number is mistyped, and does not send it", async () => {
    main(mainScreens.enterNumber);
    type(field(), "472915380");
    await settle();
    expect(document.querySelector("[role=alert]")?.textContent).toBe(words.t.number.wrong);
    expect(field().getAttribute("aria-invalid")).toBe("true");
    document.querySelector("form")?.requestSubmit();
    await settle();
    expect(asked.map(([command]) => command)).not.toContain("startJoin");
    type(field(), "47291538");
    await settle();
    expect(document.querySelector("[role=alert]")?.textContent).toBe("");
  });

  it("goes on by Enter or the button once the number can be right", async () => {
    main(mainScreens.enterNumber);
    type(field(), "472915384");
    document.querySelector("form")?.requestSubmit();
    await settle();
    expect(asked).toContainEqual(["startJoin", "472 915 384"]);
  });
});

describe("the language", () => {
  it("changes everywhere at once", () => {
    main(mainScreens.start);
    expect(document.querySelector("h1")?.textContent).toBe("Wer hat wen angerufen?");
    named("English").click();
    expect(asked).toEqual([["setLanguage", "english"]]);
    words.use("english");
    flushSync();
    expect(document.querySelector("h1")?.textContent).toBe("Who called whom?");
    expect(document.documentElement.lang).toBe("en");
  });
});

describe("the company's name", () => {
  it("is explained by a button, and claims no check that has not happened yet", () => {
    main(mainScreens.start);
    const why = named("Warum dieser Name?");
    why.click();
    flushSync();
    expect(why.getAttribute("aria-expanded")).toBe("true");
    const answer = document.getElementById(why.getAttribute("aria-controls") ?? "");
    expect(answer?.hidden).toBe(false);
    expect(answer?.textContent).not.toMatch(/geprüft/u);
  });
});

describe("the page on scams", () => {
  it("is left by Escape", () => {
    const away = main(mainScreens.scam);
    press("Escape");
    expect(asked).toContainEqual(["go", "back"]);
    away();
  });
});

describe("a failure of the address itself", () => {
  const mainButton = (): string => document.querySelector(".ways .main")?.textContent.trim() ?? "";

  it.each(["relayCertificate", "domainKeyChanged", "clockWrong"] as const)("leads back first, never to another address: %s", (error) => {
    main({ kind: "failed", error, again: "otherDomain" });
    expect(mainButton()).toBe("Zum Anfang");
    expect(document.body.textContent).not.toContain("Adresse ändern");
  });

  it("sends a technician to the admin, not to the company's telephone", () => {
    main({ ...mainScreens.technicianFailed, error: "relayCertificate", again: "signIn" });
    expect(document.body.textContent).toContain("Fragen Sie Ihren Admin");
    expect(document.body.textContent).not.toContain("Rufen Sie die Firma an");
  });
});

describe("the end", () => {
  it("says above everything else that the receipt is not saved", () => {
    const { receipt } = mainScreens.ended;
    main({ ...mainScreens.ended, receipt: { ...receipt, savedAs: null } });
    const said = document.querySelector(".notice");
    expect(said?.textContent).toContain(words.t.receipt.notSaved);
    expect(document.querySelector("article")?.textContent).not.toContain(words.t.receipt.notSaved);
  });

  it("puts no tick beside a crash", () => {
    const away = panel({ kind: "ended", end: "workerCrashed" });
    expect(document.querySelector("h1 .lucide-circle-check")).toBeNull();
    away();
    panel(panelScreens.panelEnded);
    expect(document.querySelector("h1 .lucide-circle-check")).not.toBeNull();
  });
});

describe("what can't be undone", () => {
  it("is asked twice, from the way back, and Escape leads back too", async () => {
    main(mainScreens.settings);
    const deleted = (): boolean => asked.some(([command]) => command === "forgetEverything");
    const { forget, forgetSure } = words.t.settings;
    named(forget).click();
    await settle();
    expect(document.activeElement).toBe(named(words.t.cancel));
    press("Escape");
    await settle();
    expect(document.activeElement).toBe(named(forget));
    named(forget).click();
    await settle();
    (document.activeElement as HTMLElement).click();
    await settle();
    expect(deleted()).toBe(false);
    named(forget).click();
    await settle();
    named(forgetSure).click();
    expect(deleted()).toBe(true);
  });
});

describe("who is it", () => {
  it("begins on No, and Escape grants nothing", async () => {
    main(mainScreens.whoIsIt);
    expect(document.activeElement?.textContent).toContain("Nein");
    asked.length = 0;
    press("Escape");
    await settle();
    expect(asked).toEqual([]);
  });

  it("shows the screen that was picked, and only that one", async () => {
    main(mainScreens.whoIsIt);
    document.querySelectorAll("input")[1]?.click();
    await settle();
    named("Bildschirm zeigen").click();
    expect(asked.filter(([command]) => command === "choose")).toEqual([["choose", "b"]]);
  });

  it("can't be answered with yes when there is nothing to show", () => {
    main(mainScreens.whoIsItNoSource);
    expect((named("Bildschirm zeigen") as HTMLButtonElement).disabled).toBe(true);
  });
});

describe("the panel", () => {
  it("stops on the press itself", () => {
    panel(panelScreens.panel);
    named("NOTAUS").dispatchEvent(new MouseEvent("pointerdown", { button: 0, bubbles: true }));
    expect(asked).toEqual([["emergencyStop"]]);
  });

  it("stops by keyboard too, and during a question", () => {
    panel(panelScreens.panelQuestion);
    named("NOTAUS").click();
    expect(asked).toEqual([["emergencyStop"]]);
  });

  it("puts a question on No, and Escape or the question itself grant nothing", async () => {
    panel(panelScreens.panelQuestion);
    expect(document.activeElement?.textContent).toContain("Nein");
    press("Escape");
    await settle();
    expect(asked).toEqual([]);
    (document.activeElement as HTMLElement).click();
    expect(asked).toEqual([["answer", 7, false]]);
  });

  it.each(["german", "english"] as const)("says what a yes means before and outside the technician's reason (%s)", (language) => {
    words.use(language);
    panel(panelScreens.panelQuestionLong);
    const means = document.querySelector(".means");
    const why = document.querySelector(".why");
    if (!means || !why) throw new Error("no question");
    expect(means.textContent).toBe(words.t.panel.means.control);
    expect(means.compareDocumentPosition(why) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    expect(why.contains(means)).toBe(false);
    expect(why.textContent).toContain(panelScreens.panelQuestionLong.question.reason);
    expect(why.getAttribute("tabindex")).toBe("0");
  });

  it("shows a reason as plain text", () => {
    const question = { ...panelScreens.panelQuestion.question, reason: "<b>ja</b>" };
    panel({ ...panelScreens.panelQuestion, question });
    expect(document.querySelector("q")?.innerHTML).toBe("&lt;b&gt;ja&lt;/b&gt;");
  });

  it("asks for a setting and does not show it before the shell does", async () => {
    panel(panelScreens.panel);
    const row = [...document.querySelectorAll(".row")].find((one) => one.textContent.includes("Maus und Tastatur"));
    const on = [...(row?.querySelectorAll("button") ?? [])].at(-1);
    on?.click();
    await settle();
    expect(asked).toEqual([["setPermission", "control", "on"]]);
    expect(on?.getAttribute("aria-checked")).toBe("false");
  });

  it("has one stop of the Tab key for each permission, arrows choose, and none leads round the end", async () => {
    panel(panelScreens.panel);
    const groups = [...document.querySelectorAll<HTMLElement>("[role=radiogroup]")];
    expect(groups.length).toBeGreaterThan(1);
    for (const group of groups) expect(group.querySelectorAll("[tabindex='0']").length).toBe(1);
    const control = groups.find((group) => group.dataset["permission"] === "control");
    control?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    press("ArrowRight");
    press("ArrowRight");
    await settle();
    expect(asked).toEqual([["setPermission", "control", "on"]]);
    press("Home");
    press("ArrowLeft");
    await settle();
    expect(asked.slice(1)).toEqual([["setPermission", "control", "off"]]);
  });

  it("leads from an answer to what became of it, and leaves other places alone", async () => {
    const screen: PanelScreen = panelScreens.panelQuestion;
    const props = reactive({ view: { language: "german" as const, screen }, mark: undefined, painted: () => undefined });
    show(PanelWindow, props);
    expect(document.activeElement?.textContent).toContain("Nein");
    // The question goes first, what it led to comes right after.
    props.view = { language: "german", screen: panelScreens.panel };
    await settle();
    props.view = { language: "german", screen: panelScreens.panelControlled };
    await settle();
    const group = document.activeElement?.closest<HTMLElement>("[role=radiogroup]");
    expect(group?.dataset["permission"]).toBe("control");
    expect(document.activeElement?.getAttribute("aria-checked")).toBe("true");

    props.view = { language: "german", screen: panelScreens.panelQuestion };
    await settle();
    named("NOTAUS").focus();
    props.view = { language: "german", screen: panelScreens.panel };
    await settle();
    expect(document.activeElement).toBe(named("NOTAUS"));
  });
});

describe("the viewer", () => {
  it("sends special keys and says what became of them", () => {
    const away = viewer(viewerScreens.viewerSpecial);
    expect(document.querySelector(".notices")?.textContent).toContain("Alt+Tab: nicht angekommen. Beim Kunden ist ein Fenster von Beistand vorn.");
    named("Tastatur").click();
    flushSync();
    named("Strg+Alt+Entf").click();
    named("F12").click();
    expect(asked.filter(([command]) => command === "specialKey")).toEqual([["specialKey", "ctrlAltDel"], ["specialKey", "f12"]]);
    away();
  });

  it("takes every key on demand, and gives them back when the picture is left", async () => {
    const screen: ViewerScreen = viewerScreens.viewerControl;
    const props = reactive({ view: { language: "german" as const, screen } });
    const away = show(ViewerWindow, props);
    named("Tastatur").click();
    flushSync();
    named("Alle Tasten zum Kunden").click();
    await settle();
    expect(asked).toContainEqual(["grabKeyboard", true]);
    expect(document.activeElement?.getAttribute("aria-label")).toContain("Strg+Alt+Umschalt verlässt das Bild");
    props.view = { language: "german", screen: viewerScreens.viewerSpecial };
    await settle();
    expect(document.querySelector(".line")?.textContent).toContain("Alle Tasten gehen zum Kunden");
    const keys = document.activeElement;
    const modifier = { key: "Shift", code: "ShiftLeft", ctrlKey: true, altKey: true, shiftKey: true, bubbles: true };
    keys?.dispatchEvent(new KeyboardEvent("keydown", modifier));
    keys?.dispatchEvent(new KeyboardEvent("keyup", modifier));
    await settle();
    expect(asked).toContainEqual(["grabKeyboard", false]);
    away();
  });

  it("sends places instead of characters when told so, for as long as the session lasts", async () => {
    const away = viewer(viewerScreens.viewerControl);
    named("Tastatur").click();
    flushSync();
    document.querySelector<HTMLInputElement>("input[value=place]")?.click();
    await settle();
    const keys = [...document.querySelectorAll<HTMLElement>("[role=application]")][0];
    keys?.focus();
    keys?.dispatchEvent(new KeyboardEvent("keydown", { key: "z", code: "KeyY", bubbles: true, cancelable: true }));
    await settle();
    const sent = asked.filter(([command]) => command === "input").flatMap(([, inputs]) => inputs as unknown[]);
    expect(sent).toContainEqual({ key: { key: { place: "KeyY" }, pressed: true } });
    expect(document.querySelector(".line")?.textContent).toContain("Tasten");
    away();
  });

  it("shows what is not allowed as not allowed, and asks with a reason", async () => {
    viewer(viewerScreens.viewer);
    expect(document.body.textContent).toContain("Steuern: nicht erlaubt");
    named("Fragen: Maus und Tastatur").click();
    flushSync();
    const reason = document.querySelector<HTMLTextAreaElement>("[role=dialog] textarea");
    if (!reason) throw new Error("no field for the reason");
    reason.value = "   ";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("form")?.requestSubmit();
    await settle();
    expect(asked.map(([command]) => command)).not.toContain("ask");
    reason.value = "Drucker \n einrichten";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
    expect(reason.value).toBe("Drucker einrichten");
    reason.focus();
    press("Enter");
    await settle();
    expect(asked).toContainEqual(["ask", "control", "Drucker einrichten"]);
  });

  const keyboard = (): HTMLTextAreaElement => {
    const field = document.querySelector<HTMLTextAreaElement>(".stage textarea");
    if (!field) throw new Error("no keyboard");
    return field;
  };
  const key = (kind: "keydown" | "keyup", init: KeyboardEventInit): void => {
    keyboard().dispatchEvent(new KeyboardEvent(kind, { bubbles: true, cancelable: true, ...init }));
  };
  const inputs = (): unknown[] => asked.filter(([command]) => command === "input").flatMap(([, events]) => events as unknown[]);

  it("sends no key and no click without control", async () => {
    viewer(viewerScreens.viewer);
    key("keydown", { key: "a", code: "KeyA" });
    document.querySelector("canvas")?.dispatchEvent(new MouseEvent("pointermove", { clientX: 5, clientY: 50, bubbles: true }));
    await settle();
    expect(inputs()).toEqual([]);
  });

  it("takes the keyboard with control, and lets go of everything when the window loses it", async () => {
    viewer(viewerScreens.viewerControl);
    expect(document.activeElement).toBe(keyboard());
    key("keydown", { key: "a", code: "KeyA" });
    await settle();
    window.dispatchEvent(new Event("blur"));
    await settle();
    key("keyup", { key: "a", code: "KeyA" });
    await settle();
    expect(inputs()).toEqual([{ key: { key: { character: "a" }, pressed: true } }, "releaseAll"]);
  });

  it("sends what was composed as text", async () => {
    viewer(viewerScreens.viewerControl);
    key("keydown", { key: "Dead", code: "Equal" });
    keyboard().value = "é";
    keyboard().dispatchEvent(new InputEvent("input", { bubbles: true, data: "é" }));
    await settle();
    expect(inputs()).toEqual([{ text: "é" }]);
    expect(keyboard().value).toBe("");
  });
});
