import { describe, expect, it } from "vitest";
import { languages } from "$text";
import type { ShareSource } from "$lib/bindings";
import { activityText, announcement, colour, headline, type Running } from "./panel.svelte";

const t = languages.german;
const screen: ShareSource = {
  id: "1",
  kind: "primaryMonitor",
  number: 1,
  name: "",
  program: "",
  widthPx: 1920,
  heightPx: 1080,
};
const invoice: ShareSource = { ...screen, id: "window-7", kind: "window", number: 0, name: "Rechnung", program: "calc" };
const running = (change: Partial<Running> = {}): Running => ({
  kind: "running",
  who: { domain: "help.musterfirma.example", name: "Anna Weber", company: "Musterfirma GmbH" },
  elapsedSeconds: 1,
  permissions: [
    { permission: "seeScreen", offered: true, setting: "on", inUse: true },
    { permission: "control", offered: true, setting: "ask", inUse: false },
  ],
  shown: screen,
  standsStill: false,
  sources: [screen, invoice],
  wish: null,
  activity: [],
  question: null,
  paused: null,
  notice: null,
  hotkey: null,
  panelHotkey: null,
  comesBackSeconds: null,
  asksToGoOnSeconds: null,
  ...change,
});
const controlled = running({
  permissions: [
    { permission: "seeScreen", offered: true, setting: "on", inUse: true },
    { permission: "control", offered: true, setting: "on", inUse: true },
  ],
});

describe("the panel", () => {
  it("says what changed, and nothing else", () => {
    expect(announcement(null, running(), t)).toBe("");
    expect(announcement(running(), running({ elapsedSeconds: 2 }), t)).toBe("");
    expect(announcement(running(), controlled, t)).toBe("Maus und Tastatur: jetzt erlaubt.");
    expect(announcement(controlled, running(), t)).toBe("Maus und Tastatur: erst nach Ihrer Erlaubnis.");
  });

  it("says what is shown instead, and a wish once", () => {
    expect(announcement(running(), running({ shown: invoice }), t)).toBe("Gezeigt wird: nur das Fenster „Rechnung“.");
    expect(announcement(running(), running({ shown: null }), t)).toBe("Gezeigt wird: nichts.");
    const wishing = running({ wish: { id: 9, source: screen, reason: "Dort", remainingSeconds: 60 } });
    expect(announcement(running(), wishing, t)).toBe("Anna Weber bittet: Zeigen: Ganzer Bildschirm");
    expect(announcement(wishing, wishing, t)).toBe("");
    expect(headline(running({ shown: invoice }), t)).toBe("Anna Weber sieht ein Fenster");
  });

  it("says a question once", () => {
    const asking = running({ question: { id: 7, permission: "control", reason: "Drucker", remainingSeconds: 60 } });
    expect(announcement(running(), asking, t)).toBe("Anna Weber bittet: Maus und Tastatur erlauben");
    expect(announcement(asking, asking, t)).toBe("");
  });

  it("says in its headline how much the technician can do", () => {
    expect(headline(running(), t)).toBe("Anna Weber sieht Ihren Bildschirm");
    expect(headline(controlled, t)).toBe("Anna Weber sieht und steuert");
    expect(headline(running({ permissions: [] }), t)).toBe("Anna Weber sieht gerade nichts");
  });

  it("names what is done just now", () => {
    expect(activityText(running(), t)).toBe("schaut zu");
    expect(activityText(running({ activity: ["mouse", "keyboard"] }), t)).toBe("bewegt die Maus, tippt");
    expect(activityText(running({ activity: ["mouse"], paused: "network" }), t)).toBe("nichts");
  });

  it("paints exactly the colour that the guardian looks for", () => {
    expect(colour(0x0a0b0c)).toBe("#0a0b0c");
    expect(colour(0xffffff)).toBe("#ffffff");
    expect(colour(0)).toBe("#000000");
  });
});
