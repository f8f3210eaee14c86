// What the page and the picture's worker say to each other.

/** The one message to the worker: draw here what comes from there. */
export interface ToPicture {
  canvas: OffscreenCanvas;
  url: string;
}

/** A batch was drawn; the picture has this size, and so many videos of it are decoded by the web view. */
export interface FromPicture {
  width: number;
  height: number;
  videos: number;
}
