// Reads a batch of picture changes and draws it. The layout is that of `session/src/picture/batch.rs`.

/** What a batch says of itself before its operations. */
export interface Head {
  stream: number;
  sequence: number;
  width: number;
  height: number;
  capturedMs: number;
  answersInput: number;
}

/** A rectangle of the picture. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A part of a video that plays: what to configure a decoder with, a picture, or, if empty, that it plays on. */
export interface VideoPart {
  kind: "configuration" | "picture";
  id: number;
  key: boolean;
  place: Place;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A batch whose exact part is drawn. */
export interface Batch {
  head: Head;
  /** Where something was drawn. */
  touched: Place[];
  /** To be drawn over it. */
  videos: VideoPart[];
}

/** The part of a 2d context that drawing needs. */
export interface Surface {
  resize(width: number, height: number): void;
  copy(fromX: number, fromY: number, width: number, height: number, x: number, y: number): void;
  fill(red: number, green: number, blue: number, x: number, y: number, width: number, height: number): void;
  pixels(rgba: Uint8ClampedArray<ArrayBuffer>, x: number, y: number, width: number, height: number): void;
  frame(frame: VideoFrame, place: Place): void;
}

const headBytes = 28;
const operationBytes = 16;
const magic = 0x31425642; // "BVB1", little-endian

/**
 * Draws `bytes` onto `surface`, in order, except for its videos. Throws on bytes that are no batch; what was drawn by
 * then is not right.
 */
export function drawBatch(bytes: ArrayBuffer, surface: Surface): Batch {
  const view = new DataView(bytes);
  if (bytes.byteLength < headBytes || view.getUint32(0, true) !== magic) throw new Error("not a batch");
  const head: Head = {
    stream: view.getUint32(4, true),
    sequence: view.getUint32(8, true),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    capturedMs: view.getUint32(16, true),
    answersInput: view.getUint32(20, true),
  };
  surface.resize(head.width, head.height);
  const batch: Batch = { head, touched: [], videos: [] };
  let at = headBytes;
  for (let left = view.getUint32(24, true); left > 0; left -= 1) {
    at = drawOperation(bytes, view, at, surface, batch);
  }
  if (at !== bytes.byteLength) throw new Error("a batch with something behind it");
  return batch;
}

function drawOperation(bytes: ArrayBuffer, view: DataView, at: number, surface: Surface, batch: Batch): number {
  const kind = view.getUint8(at);
  const short = (offset: number): number => view.getUint16(at + offset, true);
  const place = { x: short(4), y: short(6), width: short(8), height: short(10) };
  const { x, y, width, height } = place;
  const end = at + operationBytes;
  if (kind === 4 || kind === 5) {
    const length = view.getUint32(at + 12, true);
    const part = new Uint8Array(bytes, end, length);
    const [id, key] = [view.getUint8(at + 1), view.getUint8(at + 2) === 1];
    batch.videos.push({ kind: kind === 4 ? "configuration" : "picture", id, key, place, bytes: part });
    return end + Math.ceil(length / 4) * 4;
  }
  batch.touched.push(place);
  switch (kind) {
    case 1:
      surface.copy(short(12), short(14), width, height, x, y);
      return end;
    case 2:
      surface.fill(view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3), x, y, width, height);
      return end;
    case 3: {
      const length = width * height * 4;
      surface.pixels(new Uint8ClampedArray(bytes, end, length), x, y, width, height);
      return end + length;
    }
    default:
      throw new Error("an operation of unknown kind");
  }
}

/** A canvas as a surface. */
export function canvasSurface(canvas: OffscreenCanvas): Surface {
  const context = contextOf(canvas);
  return {
    resize(width, height) {
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
    },
    copy(fromX, fromY, width, height, x, y) {
      context.drawImage(canvas, fromX, fromY, width, height, x, y, width, height);
    },
    fill(red, green, blue, x, y, width, height) {
      context.fillStyle = `rgb(${String(red)} ${String(green)} ${String(blue)})`;
      context.fillRect(x, y, width, height);
    },
    pixels(rgba, x, y, width, height) {
      context.putImageData(new ImageData(rgba, width, height), x, y);
    },
    frame(frame, { x, y, width, height }) {
      context.drawImage(frame, 0, 0, width, height, x, y, width, height);
    },
  };
}

/** The context that the surface of this canvas draws with. */
export function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no 2d context");
  return context;
}
