// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawBatch, type Surface } from "./batch";

const fixtures = new URL("../../../../session/src/picture/", import.meta.url);
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, fixtures)));
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** A canvas in plain memory, to compare pixel by pixel. */
class Memory implements Surface {
  width = 0;
  height = 0;
  rgba = new Uint8ClampedArray();

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.rgba = new Uint8ClampedArray(width * height * 4);
  }

  copy(fromX: number, fromY: number, width: number, height: number, x: number, y: number): void {
    const before = this.rgba.slice();
    this.#each(width, height, (column, row) => {
      const from = ((fromY + row) * this.width + fromX + column) * 4;
      this.rgba.set(before.subarray(from, from + 4), ((y + row) * this.width + x + column) * 4);
    });
  }

  fill(red: number, green: number, blue: number, x: number, y: number, width: number, height: number): void {
    this.#each(width, height, (column, row) => {
      this.rgba.set([red, green, blue, 255], ((y + row) * this.width + x + column) * 4);
    });
  }

  pixels(rgba: Uint8ClampedArray, x: number, y: number, width: number, height: number): void {
    this.#each(width, height, (column, row) => {
      const from = (row * width + column) * 4;
      this.rgba.set(rgba.subarray(from, from + 4), ((y + row) * this.width + x + column) * 4);
    });
  }

  #each(width: number, height: number, visit: (column: number, row: number) => void): void {
    for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) visit(column, row);
  }
}

describe("a batch", () => {
  it("draws what the decoder holds, batch after batch", () => {
    const surface = new Memory();
    const first = drawBatch(buffer(fixture("batch.fixture.1.bin")), surface);
    expect([...surface.rgba]).toEqual([...fixture("batch.fixture.1.rgba")]);
    const second = drawBatch(buffer(fixture("batch.fixture.2.bin")), surface);
    expect([...surface.rgba]).toEqual([...fixture("batch.fixture.2.rgba")]);
    expect(second.stream).toBe(first.stream);
    expect(second.sequence).toBeGreaterThan(first.sequence);
  });

  it("is refused if it is cut, longer than it says, or something else", () => {
    const whole = fixture("batch.fixture.1.bin");
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => drawBatch(buffer(whole.subarray(0, length)), new Memory())).toThrow();
    }
    expect(() => drawBatch(buffer(new Uint8Array([...whole, 0])), new Memory())).toThrow();
    const other = Uint8Array.from(whole);
    other[0] = 0;
    expect(() => drawBatch(buffer(other), new Memory())).toThrow();
    const unknown = Uint8Array.from(whole);
    unknown[28] = 9;
    expect(() => drawBatch(buffer(unknown), new Memory())).toThrow();
  });
});
