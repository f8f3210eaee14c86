import { describe, expect, it } from "vitest";
import { Cursor, handIsNewerMs } from "./cursor.svelte";

describe("the remote cursor", () => {
  it("follows the customer's while nobody steers", () => {
    const cursor = new Cursor();
    cursor.told({ x: 5, y: 6, visible: true }, 0);
    expect(cursor.place).toEqual({ x: 5, y: 6 });
  });

  it("follows the hand at once, and the customer's again when the hand rests", () => {
    const cursor = new Cursor();
    cursor.hand(10, 10, 1000);
    cursor.told({ x: 9, y: 9, visible: false }, 1000 + handIsNewerMs);
    expect(cursor.place).toEqual({ x: 10, y: 10 });
    expect(cursor.visible).toBe(false);
    cursor.told({ x: 9, y: 9, visible: true }, 1001 + handIsNewerMs);
    expect(cursor.place).toEqual({ x: 9, y: 9 });
  });
});
