import { describe, expect, it } from "vitest";
import { exactly, nextStep, pan, pixelAt, place } from "./layout";

const picture = { width: 1920, height: 1080 };

describe("the picture's place", () => {
  it("is exact in pixels of the device at 1:1", () => {
    expect(place(picture, { width: 3000, height: 2000 }, 1, exactly)).toMatchObject({ width: 1920, height: 1080, zoom: 1 });
    expect(place(picture, { width: 3000, height: 2000 }, 2, exactly)).toMatchObject({ width: 960, height: 540, zoom: 0.5 });
  });

  it("begins on a whole pixel of the device", () => {
    expect(place(picture, { width: 1921, height: 1083 }, 1, exactly)).toMatchObject({ left: 0, top: 1 });
    const { left, top } = place(picture, { width: 1000.5, height: 701 }, 1.5, "fit");
    expect((left * 1.5) % 1).toBeCloseTo(0);
    expect((top * 1.5) % 1).toBeCloseTo(0);
  });

  it("fits a large picture and leaves a small one exact", () => {
    const small = place(picture, { width: 960, height: 900 }, 1, "fit");
    expect(small).toMatchObject({ width: 960, height: 540, left: 0, top: 180, zoom: 0.5 });
    expect(place({ width: 640, height: 480 }, { width: 1000, height: 1000 }, 1, "fit").zoom).toBe(1);
  });

  it("moves a large picture while the pointer is near an edge, and only then", () => {
    expect([0, 14, 28, 500, 972, 986, 1000].map((at) => pan(at, 1000))).toEqual([-24, -12, 0, 0, 0, 12, 24]);
    expect(pan(-300, 1000)).toBe(-24);
  });

  it("shows in steps, and finds the pixel under the pointer at each", () => {
    let percent: number | undefined = 25;
    const seen = [];
    while (percent !== undefined) {
      seen.push(percent);
      const { zoom, width } = place(picture, { width: 800, height: 600 }, 1.5, percent);
      expect(width).toBeCloseTo((1920 / 1.5) * (percent / 100));
      expect(pixelAt(1234.5 * zoom, 678.5 * zoom, zoom, picture)).toEqual({ x: 1234, y: 678 });
      percent = nextStep(percent, true);
    }
    expect(seen).toEqual([25, 33, 50, 67, 75, 100, 125, 150, 200, 300]);
    expect([nextStep(41, true), nextStep(41, false), nextStep(25, false)]).toEqual([50, 33, undefined]);
  });

  it("finds the pixel under the pointer and never one outside", () => {
    expect(pixelAt(0, 0, 0.5, picture)).toEqual({ x: 0, y: 0 });
    expect(pixelAt(10.2, 20.9, 0.5, picture)).toEqual({ x: 20, y: 41 });
    expect(pixelAt(-5, 99999, 1, picture)).toEqual({ x: 0, y: 1079 });
  });
});
