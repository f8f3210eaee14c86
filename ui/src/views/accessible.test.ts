// Every screen of every window, in both languages, by the rules of axe. Colours are looked at in a real browser.
import axe from "axe-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Language, MainScreen } from "$lib/bindings";
import { flushSync } from "svelte";
import { words, type Texts } from "$text";
import { deskMainScreens } from "../mock/desk-views";
import { technicianDeskScreens } from "../mock/technician-desk-views";
import { firstCompany, mainScreens, panelScreens, viewerScreens } from "../mock/views";
import MainWindow from "./MainWindow.svelte";
import PanelWindow from "./PanelWindow.svelte";
import { listenIn, named, prepareJsdom, show } from "../mock/testing";
import ViewerWindow from "./ViewerWindow.svelte";

const bothLanguages: Language[] = ["german", "english"];
const allMainScreens: Record<string, MainScreen> = { ...mainScreens, ...deskMainScreens, ...technicianDeskScreens };
const painted = (): void => undefined;

async function violations(): Promise<string[]> {
  const result = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false } },
  });
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** What unfolds on a screen only once somebody presses something. */
const mainFolds: [screen: string, press: (t: Texts) => string][] = [
  ["start", (t) => t.frame.whyThisName],
  ["settings", (t) => t.settings.hotkeyChange],
  ["settings", (t) => t.settings.forget],
  ["receipt", (t) => t.receipt.remove],
  ["failedRelay", (t) => t.details],
  ["technicianHome", (t) => t.technician.keys],
  ["deskHome", (t) => t.desk.home.remove],
  ["deskHomeLinked", (t) => t.desk.link.unlink],
  ["deskTicket", (t) => t.desk.ticket.raise],
  ["deskTicket", (t) => t.desk.ticket.withdraw],
  ["deskTicket", (t) => t.desk.ticket.filled],
  ["deskTicketResolved", (t) => t.desk.ticket.reopen],
  ["techQueue", (t) => t.technicianDesk.keys.title],
  ...(["assign", "waitForCustomer", "waitForVendor", "schedule", "resolve", "severity", "merge", "link", "time"] as const).map(
    (act): [string, (t: Texts) => string] => ["techCase", (t) => t.technicianDesk.act[act]],
  ),
  ["techCase", (t) => t.technicianDesk.write.note],
];
const viewerFolds: [screen: keyof typeof viewerScreens, press: (t: Texts) => string][] = [
  ["viewer", (t) => `${t.viewer.ask}: ${t.permission.control}`],
  ["viewer", (t) => t.viewer.permissions],
  ["viewerOff", (t) => t.viewer.permissions],
  ["viewerControl", (t) => t.viewer.keyboardMenu],
  ["viewerNoAnswer", (t) => t.viewer.keyboardMenu],
];

function unfold(name: string): void {
  const before = document.body.innerHTML;
  const pressed = named(name);
  pressed.click();
  if (pressed.parentElement instanceof HTMLDetailsElement) pressed.parentElement.open = true;
  flushSync();
  expect(document.body.innerHTML, `${name} unfolds something`).not.toBe(before);
}

beforeAll(prepareJsdom);

describe.each(bothLanguages)("in %s", (language) => {
  beforeEach(() => {
    listenIn();
    words.use(language);
  });

  it.each(Object.entries(allMainScreens))("main window: %s", async (_name, screen) => {
    const away = show(MainWindow, { view: { language, company: firstCompany, notice: "keyringMissing", screen } });
    expect(await violations()).toEqual([]);
    expect(document.body.textContent).not.toContain("undefined");
    away();
  });

  it.each(Object.entries(panelScreens))("panel: %s", async (_name, screen) => {
    const away = show(PanelWindow, { view: { language, screen }, mark: undefined, painted });
    expect(await violations()).toEqual([]);
    expect(document.body.textContent).not.toContain("undefined");
    away();
  });

  it.each(Object.entries(viewerScreens))("viewer: %s", async (_name, screen) => {
    const away = show(ViewerWindow, { view: { language, screen } });
    expect(await violations()).toEqual([]);
    expect(document.body.textContent).not.toContain("undefined");
    away();
  });

  it.each(mainFolds)("main window: what unfolds on %s", async (name, press) => {
    const screen = allMainScreens[name];
    if (!screen) throw new Error(`there is no ${name}`);
    const away = show(MainWindow, { view: { language, company: firstCompany, notice: null, screen } });
    unfold(press(words.t));
    expect(await violations()).toEqual([]);
    away();
  });

  it.each(viewerFolds)("viewer: what unfolds on %s", async (name, press) => {
    const away = show(ViewerWindow, { view: { language, screen: viewerScreens[name] } });
    unfold(press(words.t));
    expect(await violations()).toEqual([]);
    away();
  });

  it("panel: what unfolds", async () => {
    const away = show(PanelWindow, { view: { language, screen: panelScreens.panel }, mark: undefined, painted });
    unfold(words.t.panel.more(8));
    expect(await violations()).toEqual([]);
    away();
  });
});
