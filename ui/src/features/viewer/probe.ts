// Finds out whether this web view can play our videos: by playing one and looking at it, not by asking.
import { canvasSurface, contextOf, drawBatch } from "./batch";
import { Videos } from "./videos";

/** The middle of either half is to have these colours, as `session/src/picture/probe.rs` makes them. */
const halves = [
  [200, 80, 40],
  [40, 100, 200],
] as const;
/** No eye sees less. */
const tolerance = 12;

/** Whether videos may be handed to this web view. */
export async function playsVideos(url: string): Promise<boolean> {
  if (typeof VideoDecoder === "undefined") return false;
  try {
    const answer = await fetch(`${url}probe`, { cache: "no-store" });
    if (!answer.ok) return false;
    const canvas = new OffscreenCanvas(1, 1);
    const surface = canvasSurface(canvas);
    const videos = new Videos(surface);
    const batch = drawBatch(await answer.arrayBuffer(), surface);
    await videos.show(batch.videos, batch.touched);
    videos.stop();
    const { width, height } = batch.head;
    return halves.every((colour, half) => {
      const { data } = contextOf(canvas).getImageData((width * (1 + 2 * half)) / 4, height / 2, 1, 1);
      return colour.every((value, channel) => Math.abs(value - (data[channel] ?? -tolerance)) < tolerance);
    });
  } catch {
    return false;
  }
}
