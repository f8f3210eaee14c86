import { describe, expect, it } from "vitest";
import { day } from "$desk/words";

describe("a day", () => {
  it.each(["2026-11-24", "24.11.2026", " 24.11.2026 "])("is named whether it was sent or typed: %s", (text) => {
    expect(day(text, "de-DE")).toBe("Dienstag, 24. November 2026");
    expect(day(text, "en-GB")).toContain("Tuesday");
  });

  it.each(["bald", "24.11.", "11/24/2026", ""])("stays as typed if it is none: %s", (text) => {
    expect(day(text, "de-DE")).toBe(text);
  });
});
