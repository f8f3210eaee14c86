// Fetches batches and draws them, away from the page's own thread. Asking for the next one acknowledges the last.
import { canvasSurface, drawBatch } from "./batch";
import type { FromPicture, ToPicture } from "./picture-messages";
import { playsVideos } from "./probe";
import { VideoFailed, Videos } from "./videos";

const firstPauseMs = 100;
const longestPauseMs = 2000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message: FromPicture): void => {
  self.postMessage(message);
};

async function run({ canvas, url }: ToPicture): Promise<never> {
  const surface = canvasSurface(canvas);
  const videos = new Videos(surface);
  let stream = 0;
  let sequence = 0;
  let pauseMs = firstPauseMs;
  // The first picture does not wait for this.
  let plays = false;
  void playsVideos(url).then((yes) => (plays = yes));
  for (;;) {
    try {
      const place = `stream=${String(stream)}&after=${String(sequence)}&videos=${plays ? "1" : "0"}`;
      const answer = await fetch(`${url}next?${place}`, { cache: "no-store" });
      if (answer.status === 204) {
        // Nothing new. A shell that has no session answers at once; it is not to be asked in a tight loop.
        await pause(20);
        continue;
      }
      if (!answer.ok) throw new Error(`status ${String(answer.status)}`);
      const batch = drawBatch(await answer.arrayBuffer(), surface);
      await videos.show(batch.videos, batch.touched);
      ({ stream, sequence } = batch.head);
      pauseMs = firstPauseMs;
      tell({ width: batch.head.width, height: batch.head.height, videos: videos.playing });
    } catch (error) {
      // Whatever it was, the canvas may be wrong now: begin again with a whole picture.
      stream = 0;
      sequence = 0;
      videos.stop();
      // What failed once is not tried again: from now on the videos come as pixels.
      if (error instanceof VideoFailed) plays = false;
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

self.addEventListener("message", (event: MessageEvent<ToPicture>) => void run(event.data), { once: true });
