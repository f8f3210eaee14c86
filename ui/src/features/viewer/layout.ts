// Where the picture lies in the window, and which of its pixels a pointer is over.

/** How large the picture is shown. */
export type Scale = "exact" | "fit" | "double";

/** A size in whatever unit. */
export interface Size {
  width: number;
  height: number;
}

/** The picture's place in the window, in CSS pixels, and how many of them one of its pixels takes. */
export interface Place extends Size {
  left: number;
  top: number;
  zoom: number;
}

/**
 * Places `picture` (its own pixels) in `area` (CSS pixels).
 *
 * 1:1 and 2:1 mean pixels of the device, and the picture always begins on one, or every letter would be blurred.
 * *Fit* never enlarges: a picture that fits is exact.
 */
export function place(picture: Size, area: Size, devicePixelRatio: number, scale: Scale): Place {
  const exact = 1 / devicePixelRatio;
  const fitting = Math.min(exact, area.width / picture.width, area.height / picture.height);
  const zoom = scale === "fit" ? fitting : scale === "double" ? 2 * exact : exact;
  const width = picture.width * zoom;
  const height = picture.height * zoom;
  const centre = (room: number): number => Math.floor((Math.max(0, room) / 2) * devicePixelRatio) / devicePixelRatio;
  return { width, height, left: centre(area.width - width), top: centre(area.height - height), zoom };
}

const edgePx = 28;
const fastestPx = 24;

/**
 * How far to move a picture that is larger than the window, in CSS pixels a frame, while the pointer is near an edge:
 * the nearer, the faster. `at` is the pointer's place along one side of the window, which is `length` long.
 */
export function pan(at: number, length: number): number {
  const fromStart = Math.max(0, edgePx - at) / edgePx;
  const fromEnd = Math.max(0, edgePx - (length - at)) / edgePx;
  return Math.round((Math.min(1, fromEnd) - Math.min(1, fromStart)) * fastestPx);
}

/** The picture's pixel under a point that lies `x`, `y` CSS pixels from the picture's corner. */
export function pixelAt(x: number, y: number, zoom: number, picture: Size): { x: number; y: number } {
  const clamp = (value: number, size: number): number => Math.max(0, Math.min(size - 1, Math.floor(value / zoom)));
  return { x: clamp(x, picture.width), y: clamp(y, picture.height) };
}
