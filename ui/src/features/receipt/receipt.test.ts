import { describe, expect, it } from "vitest";
import { languages } from "$text";
import { happened, moment } from "./dates";

describe("a receipt", () => {
  it("names the customer's own time, wherever it is read", () => {
    expect(moment("2026-11-21T14:05:09+01:00", "de-DE")).toContain("21. November 2026");
    expect(moment("2026-11-21T14:05:09+01:00", "de-DE")).toContain("14:05");
    expect(moment("2026-11-21T23:59:00-08:00", "en-GB")).toContain("23:59");
    expect(moment("soon", "en-GB")).toBe("soon");
  });

  it("claims of nothing that the customer took it back: time or the end may have done it", () => {
    const event = { atSeconds: 30, what: { kind: "takenBack", permission: "control" } } as const;
    expect(happened(event, 60, languages.german)).toBe("Nicht mehr erlaubt: Maus und Tastatur");
    expect(happened(event, 30, languages.german)).toBe("Mit dem Ende aus: Maus und Tastatur");
  });

  it("shows a technician's reason as they wrote it", () => {
    const reason = "<b>Drucker</b> einrichten";
    const event = { atSeconds: 3, what: { kind: "asked", permission: "control", reason } } as const;
    expect(happened(event, 60, languages.german)).toBe(`Bitte um „Maus und Tastatur“: ${reason}`);
  });
});
