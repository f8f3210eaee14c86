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

  frame(): void {
    throw new Error("no picture of a video is part of a batch's exact part");
  }

  #each(width: number, height: number, visit: (column: number, row: number) => void): void {
    for (let row = 0; row < height; row += 1) for (let column = 0; column < width; column += 1) visit(column, row);
  }
}

describe("a batch", () => {
  it("draws what the decoder holds, batch after batch", () => {
    const surface = new Memory();
    const { head: first } = drawBatch(buffer(fixture("batch.fixture.1.bin")), surface);
    expect([...surface.rgba]).toEqual([...fixture("batch.fixture.1.rgba")]);
    const { head: second } = drawBatch(buffer(fixture("batch.fixture.2.bin")), surface);
    expect([...surface.rgba]).toEqual([...fixture("batch.fixture.2.rgba")]);
    expect(second.stream).toBe(first.stream);
    expect(second.sequence).toBeGreaterThan(first.sequence);
  });

  it("brings the videos that play over it", () => {
    const surface = new Memory();
    drawBatch(buffer(fixture("batch.fixture.2.bin")), surface);
    const { touched, videos } = drawBatch(buffer(fixture("batch.fixture.3.bin")), surface);
    expect(touched).toEqual([{ x: 2, y: 2, width: 1, height: 1 }]);
    const place = { x: 3, y: 1, width: 4, height: 4 };
    expect(videos.map((part) => ({ ...part, bytes: [...part.bytes] }))).toEqual([
      { kind: "configuration", id: 2, key: false, place, bytes: [1, 66, 192, 31, 255] },
      { kind: "picture", id: 2, key: true, place, bytes: [7, 8, 9, 10] },
      { kind: "picture", id: 2, key: false, place, bytes: [11] },
      { kind: "picture", id: 0, key: false, place: { x: 0, y: 0, width: 2, height: 2 }, bytes: [] },
    ]);
  });

  it("is refused if it is cut, longer than it says, or something else", () => {
    for (const name of ["batch.fixture.1.bin", "batch.fixture.3.bin"]) {
      const whole = fixture(name);
      for (let length = 0; length < whole.length; length += 1) {
        expect(() => drawBatch(buffer(whole.subarray(0, length)), new Memory())).toThrow();
      }
    }
    const whole = fixture("batch.fixture.1.bin");
    expect(() => drawBatch(buffer(new Uint8Array([...whole, 0])), new Memory())).toThrow();
    const other = Uint8Array.from(whole);
    other[0] = 0;
    expect(() => drawBatch(buffer(other), new Memory())).toThrow();
    const unknown = Uint8Array.from(whole);
    unknown[28] = 9;
    expect(() => drawBatch(buffer(unknown), new Memory())).toThrow();
  });
});
