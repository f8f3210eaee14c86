// Every screen of every window, in both languages, by the rules of axe. Colours are looked at in a real browser.
import axe from "axe-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Language } from "$lib/bindings";
import { words } from "$text";
import { deskMainScreens } from "../mock/desk-views";
import { technicianDeskScreens } from "../mock/technician-desk-views";
import { firstCompany, mainScreens, panelScreens, viewerScreens } from "../mock/views";
import MainWindow from "./MainWindow.svelte";
import PanelWindow from "./PanelWindow.svelte";
import { listenIn, prepareJsdom, show } from "../mock/testing";
import ViewerWindow from "./ViewerWindow.svelte";

const bothLanguages: Language[] = ["german", "english"];
const painted = (): void => undefined;

async function violations(): Promise<string[]> {
  const result = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false } },
  });
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

beforeAll(prepareJsdom);

describe.each(bothLanguages)("in %s", (language) => {
  beforeEach(() => {
    listenIn();
    words.use(language);
  });

  it.each(Object.entries({ ...mainScreens, ...deskMainScreens, ...technicianDeskScreens }))("main window: %s", async (_name, screen) => {
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
});
