import { describe, expect, it } from "vitest";
import { between, byKey, edited, inside, middle, paint } from "./picture";

const whole = { x: 0, y: 0, width: 640, height: 480 };

describe("a picture of the screen", () => {
  it("keeps every rectangle inside", () => {
    expect(inside({ x: -50, y: 470, width: 100, height: 100 }, whole)).toEqual({ x: 0, y: 380, width: 100, height: 100 });
    expect(inside({ x: 10, y: 10, width: 5000, height: 0 }, whole)).toEqual({ x: 0, y: 10, width: 640, height: 8 });
    expect(between({ x: 700, y: 100 }, { x: 600, y: -20 }, whole)).toEqual({ x: 600, y: 0, width: 40, height: 100 });
    expect(middle(whole)).toEqual({ x: 160, y: 120, width: 320, height: 240 });
  });

  it("is moved and resized by the arrow keys", () => {
    const rect = middle(whole);
    expect(byKey("ArrowRight", false, false, rect, whole)).toEqual({ ...rect, x: 170 });
    expect(byKey("ArrowUp", true, true, rect, whole)).toEqual({ ...rect, height: 239 });
    expect(byKey("ArrowLeft", false, false, { ...rect, x: 3 }, whole)?.x).toBe(0);
    expect(byKey("ArrowDown", true, false, { ...rect, y: 470, height: 8 }, whole)?.height).toBe(10);
    expect(byKey("a", false, false, rect, whole)).toBeNull();
  });

  it("paints only what is left, and black over what is to be hidden", () => {
    let edits = { crop: whole, black: [] as (typeof whole)[] };
    edits = edited(edits, "crop", { x: 100, y: 100, width: 200, height: 100 });
    edits = edited(edits, "blacken", { x: 120, y: 110, width: 50, height: 20 });
    const calls: unknown[][] = [];
    const context = {
      fillStyle: "",
      drawImage: (...all: unknown[]) => calls.push(["draw", ...all.slice(1)]),
      fillRect: (...all: unknown[]) => calls.push(["fill", ...all]),
    };
    const canvas = { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement;
    paint(canvas, document.createElement("canvas"), edits);
    expect([canvas.width, canvas.height, context.fillStyle]).toEqual([200, 100, "#000000"]);
    expect(calls).toEqual([
      ["draw", 100, 100, 200, 100, 0, 0, 200, 100],
      ["fill", 20, 10, 50, 20],
    ]);
  });
});
