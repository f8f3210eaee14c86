// Reads a batch of picture changes and draws it. The layout is that of `session/src/picture/batch.rs`.

/** What a batch says of itself before its operations. */
export interface BatchHead {
  stream: number;
  sequence: number;
  width: number;
  height: number;
  capturedMs: number;
  answersInput: number;
}

/** The part of a 2d context that drawing needs. */
export interface Surface {
  resize(width: number, height: number): void;
  copy(fromX: number, fromY: number, width: number, height: number, x: number, y: number): void;
  fill(red: number, green: number, blue: number, x: number, y: number, width: number, height: number): void;
  pixels(rgba: Uint8ClampedArray<ArrayBuffer>, x: number, y: number, width: number, height: number): void;
}

const headBytes = 28;
const operationBytes = 16;
const magic = 0x31425642; // "BVB1", little-endian

/** Draws `bytes` onto `surface`, in order. Throws on bytes that are no batch; what was drawn by then is not right. */
export function drawBatch(bytes: ArrayBuffer, surface: Surface): BatchHead {
  const view = new DataView(bytes);
  if (bytes.byteLength < headBytes || view.getUint32(0, true) !== magic) throw new Error("not a batch");
  const head: BatchHead = {
    stream: view.getUint32(4, true),
    sequence: view.getUint32(8, true),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    capturedMs: view.getUint32(16, true),
    answersInput: view.getUint32(20, true),
  };
  surface.resize(head.width, head.height);
  let at = headBytes;
  for (let left = view.getUint32(24, true); left > 0; left -= 1) {
    at = drawOperation(bytes, view, at, surface);
  }
  if (at !== bytes.byteLength) throw new Error("a batch with something behind it");
  return head;
}

function drawOperation(bytes: ArrayBuffer, view: DataView, at: number, surface: Surface): number {
  const kind = view.getUint8(at);
  const [x, y, width, height] = [0, 2, 4, 6].map((offset) => view.getUint16(at + 4 + offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const end = at + operationBytes;
  switch (kind) {
    case 1:
      surface.copy(view.getUint16(at + 12, true), view.getUint16(at + 14, true), width, height, x, y);
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
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no 2d context");
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
  };
}
