// Plays the videos that a batch brings as samples, by the web view's own decoder.
import type { Place, Surface, VideoPart } from "./batch";

/** After so long a decoder that has been given a picture is taken to be broken. */
const patienceMs = 2000;

/** The web view could not play a video after all. */
export class VideoFailed extends Error {}

/** All that plays. */
export class Videos {
  readonly #surface: Surface;
  readonly #playing = new Map<number, Video>();

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  /**
   * Decodes what is new, and draws each video whose picture changed or that something was drawn over at `touched`.
   * Throws {@link VideoFailed}; then nothing plays any more.
   */
  async show(parts: VideoPart[], touched: Place[]): Promise<void> {
    try {
      const redrawn = new Set<Video>();
      for (const part of parts) {
        if (part.kind === "configuration") {
          this.#playing.get(part.id)?.close();
          this.#playing.set(part.id, new Video(part.bytes));
        }
        const video = this.#playing.get(part.id);
        if (!video) throw new Error("a picture of a video that does not play");
        if (part.kind === "picture" && part.bytes.length > 0) {
          await video.decode(part);
          redrawn.add(video);
        }
        if (video.moveTo(part.place)) redrawn.add(video);
      }
      const named = new Set(parts.map((part) => part.id));
      for (const [id, video] of this.#playing) {
        if (!named.has(id)) this.#end(id, video);
        else if (redrawn.has(video) || touched.some((place) => video.isTouched(place))) video.draw(this.#surface);
      }
    } catch (error) {
      this.stop();
      throw new VideoFailed(String(error));
    }
  }

  /** How many play. */
  get playing(): number {
    return this.#playing.size;
  }

  /** Nothing plays any more. */
  stop(): void {
    for (const [id, video] of this.#playing) this.#end(id, video);
  }

  #end(id: number, video: Video): void {
    video.close();
    this.#playing.delete(id);
  }
}

class Video {
  #place: Place = { x: 0, y: 0, width: 0, height: 0 };
  readonly #decoder: VideoDecoder;
  #frame: VideoFrame | undefined;
  #pictures = 0;
  #next: { resolve: (frame: VideoFrame) => void; reject: (error: Error) => void } | undefined;

  constructor(configuration: Uint8Array<ArrayBuffer>) {
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        const next = this.#next;
        this.#next = undefined;
        if (next) next.resolve(frame);
        else frame.close();
      },
      error: (error) => this.#next?.reject(error),
    });
    const hex = [...configuration.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    // The colours are as `session/src/picture/video/colour.rs` says; decoders guess other ones for large pictures.
    const colorSpace = { primaries: "bt709", transfer: "bt709", matrix: "smpte170m", fullRange: false } as const;
    this.#decoder.configure({ codec: `avc1.${hex}`, description: configuration, optimizeForLatency: true, colorSpace });
  }

  async decode({ key, bytes }: VideoPart): Promise<void> {
    const chunk = { type: key ? "key" : "delta", timestamp: (this.#pictures += 1), data: bytes } as const;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const frame = await new Promise<VideoFrame>((resolve, reject) => {
      this.#next = { resolve, reject };
      waiting = setTimeout(() => {
        reject(new Error("no picture came"));
      }, patienceMs);
      this.#decoder.decode(new EncodedVideoChunk(chunk));
    }).finally(() => {
      clearTimeout(waiting);
    });
    this.#frame?.close();
    this.#frame = frame;
  }

  /** Answers whether it was somewhere else before. */
  moveTo(place: Place): boolean {
    const moved = place.x !== this.#place.x || place.y !== this.#place.y;
    this.#place = place;
    return moved;
  }

  isTouched(by: Place): boolean {
    const { x, y, width, height } = this.#place;
    return by.x < x + width && x < by.x + by.width && by.y < y + height && y < by.y + by.height;
  }

  draw(surface: Surface): void {
    if (this.#frame) surface.frame(this.#frame, this.#place);
  }

  close(): void {
    this.#frame?.close();
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }
}
