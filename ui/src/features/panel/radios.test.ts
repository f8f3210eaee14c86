import { describe, expect, it } from "vitest";
import { arrowTo } from "./radios";

describe("arrows among choices", () => {
  it("lead to the next one and stop at the ends", () => {
    expect(["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].map((key) => arrowTo(key, 1, 3))).toEqual([2, 2, 0, 0]);
    expect(arrowTo("ArrowLeft", 0, 3)).toBe(0);
    expect(arrowTo("ArrowRight", 2, 3)).toBe(2);
    expect([arrowTo("Home", 1, 3), arrowTo("End", 1, 3)]).toEqual([0, 2]);
    expect([arrowTo("Tab", 1, 3), arrowTo("a", 1, 3)]).toEqual([undefined, undefined]);
  });
});
