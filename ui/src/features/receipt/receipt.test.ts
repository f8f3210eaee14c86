import { describe, expect, it } from "vitest";
import { languages, words } from "$text";
import { show } from "../../mock/testing";
import { mainScreens } from "../../mock/views";
import { happened, moment } from "./dates";
import ReceiptSheet from "./ReceiptSheet.svelte";

describe("a receipt", () => {
  it("names the customer's own time, wherever it is read", () => {
    expect(moment("2026-11-21T14:05:09+01:00", "de-DE")).toContain("21. November 2026");
    expect(moment("2026-11-21T14:05:09+01:00", "de-DE")).toContain("14:05");
    expect(moment("2026-11-21T23:59:00-08:00", "en-GB")).toContain("23:59");
    expect(moment("soon", "en-GB")).toBe("soon");
  });

  it("tells what the customer turned off from what time, the line or the end did", () => {
    const event = { atSeconds: 30, what: { kind: "takenBack", permission: "control" } } as const;
    expect(happened(event, 60, languages.german)).toBe("Von Ihnen abgestellt: Maus und Tastatur");
    expect(happened(event, 30, languages.german)).toBe("Mit dem Ende abgestellt: Maus und Tastatur");
    const bySomethingElse = (["ranOut", "endedWithLine"] as const).map((kind) =>
      happened({ atSeconds: 30, what: { kind, permission: "control" } }, 60, languages.german),
    );
    for (const said of bySomethingElse) expect(said).not.toContain("von Ihnen");
    expect(new Set(bySomethingElse).size).toBe(2);
  });

  it("says what was kept off windows that it was not for, and what found no place", () => {
    const { receipt } = mainScreens.receipt;
    words.use("german");
    let close = show(ReceiptSheet, { receipt });
    expect(document.body.textContent).toContain("3 Eingaben des Technikers galten Fenstern von Beistand. Sie wurden nicht ausgeführt.");
    expect(document.body.textContent).toContain("Eine Eingabe des Technikers galt einem anderen Fenster als dem gezeigten.");
    expect(document.body.textContent).toContain("12 weitere Ereignisse haben hier keinen Platz.");
    close();
    close = show(ReceiptSheet, { receipt: { ...receipt, keptOffOurWindows: 0, keptOffOtherWindows: 0, eventsLeftOut: 0 } });
    expect(document.body.textContent).not.toMatch(/nicht ausgeführt|keinen Platz/u);
    close();
  });

  it("shows a technician's reason as they wrote it", () => {
    const reason = "<b>Drucker</b> einrichten";
    const event = { atSeconds: 3, what: { kind: "asked", permission: "control", reason } } as const;
    expect(happened(event, 60, languages.german)).toBe(`Bitte um „Maus und Tastatur“: ${reason}`);
  });
});
