import { describe, expect, it } from "vitest";
import { languages } from "./index.svelte";

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

const { german, english } = languages;
const customersSide = Object.entries(german).filter(([part]) => part !== "technician" && part !== "technicianDesk" && part !== "viewer");

describe("the texts", () => {
  it("say something everywhere, in both languages", () => {
    for (const [path, text] of [...leaves(german, "german"), ...leaves(english, "english")]) {
      expect(text.trim(), path).not.toBe("");
    }
    expect(leaves(english, "").map(([path]) => path)).toEqual(
      expect.arrayContaining(leaves(german, "").map(([path]) => path).filter((path) => !path.startsWith(".technician.error"))),
    );
  });

  it("spare the customer words that need explaining, and long sentences", () => {
    for (const [path, text] of leaves(Object.fromEntries(customersSide), "german")) {
      expect(text, path).not.toMatch(/\b(?:Session|Remote|Host|UAC|Relay|Server)\b/u);
      expect(text, path).not.toMatch(/[A-Za-zäöüß]!/u);
      for (const sentence of text.split(/(?<=[.?:])\s/u)) {
        expect(sentence.split(/\s+/u).filter((word) => /\p{L}/u.test(word)).length, `${path}: ${sentence}`).toBeLessThanOrEqual(12);
      }
    }
  });

  it("speak to the customer in the Sie-form", () => {
    for (const [path, text] of leaves(Object.fromEntries(customersSide), "german")) {
      expect(text, path).not.toMatch(/\b(?:du|dein\w*|dir|dich)\b/iu);
    }
  });
});
