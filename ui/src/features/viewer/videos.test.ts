// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Place, Surface, VideoPart } from "./batch";
import { VideoFailed, Videos } from "./videos";

/** What happened, in order. */
let log: string[];
/** How the next decoders behave. */
let behaviour: "works" | "is silent" | "fails";

class FakeDecoder {
  state = "unconfigured";
  readonly #init: VideoDecoderInit;

  constructor(init: VideoDecoderInit) {
    this.#init = init;
  }

  configure({ codec }: VideoDecoderConfig): void {
    this.state = "configured";
    log.push(`configure ${codec}`);
  }

  decode({ type, data }: { type: string; data: Uint8Array }): void {
    const name = String(data[0]);
    log.push(`decode ${type} ${name}`);
    if (behaviour === "fails") this.#init.error(new DOMException("broken"));
    if (behaviour !== "works") return;
    const frame = { name, close: () => log.push(`forget ${name}`) };
    queueMicrotask(() => {
      this.#init.output(frame as unknown as VideoFrame);
    });
  }

  close(): void {
    this.state = "closed";
    log.push("close");
  }
}

const surface = {
  frame: (frame: unknown, { x, y }: Place) => log.push(`draw ${(frame as { name: string }).name} ${String(x)},${String(y)}`),
} as unknown as Surface;

const place = { x: 10, y: 20, width: 640, height: 480 };
const begins: VideoPart = { kind: "configuration", id: 1, key: false, place, bytes: new Uint8Array([1, 66, 192, 31]) };
const picture = (name: number, key = false): VideoPart => ({
  kind: "picture",
  id: 1,
  key,
  place,
  bytes: new Uint8Array([name]),
});
const playsOn: VideoPart = { ...picture(0), bytes: new Uint8Array() };

describe("videos", () => {
  beforeEach(() => {
    [log, behaviour] = [[], "works"];
    vi.stubGlobal("VideoDecoder", FakeDecoder);
    vi.stubGlobal("EncodedVideoChunk", function (this: object, init: object) {
      Object.assign(this, init);
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("decodes every picture in order and draws the last", async () => {
    const videos = new Videos(surface);
    await videos.show([begins, picture(1, true), picture(2)], []);
    expect(log).toEqual(["configure avc1.42c01f", "decode key 1", "decode delta 2", "forget 1", "draw 2 10,20"]);
  });

  it("draws again what was drawn over or has moved with its page, and nothing else", async () => {
    const videos = new Videos(surface);
    await videos.show([begins, picture(1, true)], []);
    log = [];
    await videos.show([playsOn], [{ x: 0, y: 0, width: 10, height: 500 }, { x: 0, y: 500, width: 900, height: 9 }]);
    expect(log).toEqual([]);
    await videos.show([playsOn], [{ x: 649, y: 499, width: 5, height: 5 }]);
    expect(log).toEqual(["draw 1 10,20"]);
    log = [];
    await videos.show([{ ...playsOn, place: { ...place, y: 8 } }], []);
    expect(log).toEqual(["draw 1 10,8"]);
  });

  it("ends what a batch does not name", async () => {
    const videos = new Videos(surface);
    await videos.show([begins, picture(1, true)], []);
    log = [];
    await videos.show([], [place]);
    expect(log).toEqual(["forget 1", "close"]);
    await expect(videos.show([picture(2)], [])).rejects.toThrow(VideoFailed);
  });

  it("begins anew without what was before", async () => {
    const videos = new Videos(surface);
    await videos.show([begins, picture(1, true)], []);
    log = [];
    await videos.show([begins, picture(2, true)], []);
    expect(log).toEqual(["forget 1", "close", "configure avc1.42c01f", "decode key 2", "draw 2 10,20"]);
  });

  it("says so if the decoder breaks, and stops", async () => {
    behaviour = "fails";
    const videos = new Videos(surface);
    await expect(videos.show([begins, picture(1, true)], [])).rejects.toThrow(VideoFailed);
    expect(log.at(-1)).toBe("close");
  });

  it("does not wait for ever for a decoder that says nothing", async () => {
    vi.useFakeTimers();
    behaviour = "is silent";
    const shown = expect(new Videos(surface).show([begins, picture(1, true)], [])).rejects.toThrow(VideoFailed);
    await vi.advanceTimersByTimeAsync(2000);
    await shown;
  });
});
