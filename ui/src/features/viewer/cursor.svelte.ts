// Where the remote cursor is drawn: under the technician's hand while they steer, else where the customer's is.
import type { CursorMoved, CursorShape } from "$lib/bindings";

/** So long after a local move what the customer's end says of the cursor is older than the hand. */
export const handIsNewerMs = 400;

/** The remote cursor. */
export class Cursor {
  /** Its place in pixels of the picture; nothing before the first. */
  place = $state.raw<{ x: number; y: number }>();
  /** Whether the customer's end draws it. */
  visible = $state(true);
  /** What it looks like. */
  shape = $state.raw<CursorShape | null>(null);
  #handMovedAt = -Infinity;

  /** The technician's hand moved while they steer. */
  hand(x: number, y: number, now: number): void {
    this.#handMovedAt = now;
    this.place = { x, y };
  }

  /** The customer's end says where it is. */
  told({ x, y, visible }: CursorMoved, now: number): void {
    this.visible = visible;
    if (now - this.#handMovedAt > handIsNewerMs) this.place = { x, y };
  }
}

/** The pixels of a shape; nothing if they don't fit its size. */
export function shapePixels({ rgba, widthPx, heightPx }: CursorShape): ImageData | undefined {
  const bytes = Uint8ClampedArray.from(atob(rgba), (character) => character.charCodeAt(0));
  return bytes.length === widthPx * heightPx * 4 && bytes.length > 0 ? new ImageData(bytes, widthPx, heightPx) : undefined;
}
