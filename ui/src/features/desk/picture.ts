// What is done to a picture before it is attached: one part of it is kept, and parts are painted over.

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Everything that was done, in the pixels of the picture as it was taken. */
export interface Edits {
  crop: Rect;
  black: Rect[];
}

/** No rectangle is smaller. */
const LEAST_PX = 8;

/** A rectangle that lies inside `within`, in whole pixels. */
export function inside(rect: Rect, within: Rect): Rect {
  const width = Math.round(Math.min(Math.max(rect.width, LEAST_PX), within.width));
  const height = Math.round(Math.min(Math.max(rect.height, LEAST_PX), within.height));
  const x = Math.round(Math.min(Math.max(rect.x, within.x), within.x + within.width - width));
  const y = Math.round(Math.min(Math.max(rect.y, within.y), within.y + within.height - height));
  return { x, y, width, height };
}

/** The rectangle between two points, inside `within`. */
export function between(from: { x: number; y: number }, to: { x: number; y: number }, within: Rect): Rect {
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
  const [right, bottom] = [within.x + within.width, within.y + within.height];
  const [x1, x2] = [clamp(from.x, within.x, right), clamp(to.x, within.x, right)];
  const [y1, y2] = [clamp(from.y, within.y, bottom), clamp(to.y, within.y, bottom)];
  return inside({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) }, within);
}

/** The rectangle to begin with: the middle of the picture. */
export function middle(within: Rect): Rect {
  return inside(
    { x: within.x + within.width / 4, y: within.y + within.height / 4, width: within.width / 2, height: within.height / 2 },
    within,
  );
}

/** What an arrow key does: moves the rectangle, or changes its size. */
export function byKey(key: string, resize: boolean, fine: boolean, rect: Rect, within: Rect): Rect | null {
  const step = fine ? 1 : Math.max(4, Math.round(within.width / 64));
  const [dx, dy] = key === "ArrowLeft" ? [-step, 0] : key === "ArrowRight" ? [step, 0] : key === "ArrowUp" ? [0, -step] : key === "ArrowDown" ? [0, step] : [0, 0];
  if (dx === 0 && dy === 0) return null;
  if (!resize) return inside({ ...rect, x: rect.x + dx, y: rect.y + dy }, within);
  const [right, bottom] = [within.x + within.width, within.y + within.height];
  return {
    ...rect,
    width: Math.min(Math.max(rect.width + dx, LEAST_PX), right - rect.x),
    height: Math.min(Math.max(rect.height + dy, LEAST_PX), bottom - rect.y),
  };
}

/** What was done, after one thing more. */
export function edited(edits: Edits, what: "crop" | "blacken", rect: Rect): Edits {
  return what === "crop" ? { ...edits, crop: inside(rect, edits.crop) } : { ...edits, black: [...edits.black, inside(rect, edits.crop)] };
}

/** Paints the result, and nothing that was cut off or blackened. */
export function paint(canvas: HTMLCanvasElement, image: CanvasImageSource, { crop, black }: Edits): void {
  canvas.width = crop.width;
  canvas.height = crop.height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.drawImage(image, crop.x, crop.y, crop.width, crop.height, 0, 0, crop.width, crop.height);
  context.fillStyle = "#000000";
  for (const rect of black) context.fillRect(rect.x - crop.x, rect.y - crop.y, rect.width, rect.height);
}
