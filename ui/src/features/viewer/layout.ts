// Where the picture lies in the window, and which of its pixels a pointer is over.

/** How large the picture is shown: as the window allows, or in per cent of the device's pixels. */
export type Scale = "fit" | number;

/** One pixel of the picture on one of the device. */
export const exactly: Scale = 100;

const steps = [25, 33, 50, 67, 75, 100, 125, 150, 200, 300];

/** The next step up or down from the zoom that is shown now, in per cent; nothing at the last one. */
export function nextStep(shownPercent: number, up: boolean): number | undefined {
  return up ? steps.find((step) => step > shownPercent + 0.5) : steps.findLast((step) => step < shownPercent - 0.5);
}

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
 * Per cent are of the device's pixels, and the picture always begins on one, or every letter would be blurred.
 * *Fit* never enlarges: a picture that fits is exact.
 */
export function place(picture: Size, area: Size, devicePixelRatio: number, scale: Scale): Place {
  const exact = 1 / devicePixelRatio;
  const fitting = Math.min(exact, area.width / picture.width, area.height / picture.height);
  const zoom = scale === "fit" ? fitting : (exact * scale) / 100;
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
