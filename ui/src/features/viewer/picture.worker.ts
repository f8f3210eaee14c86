// Fetches batches and draws them, away from the page's own thread. Asking for the next one acknowledges the last.
import { canvasSurface, drawBatch } from "./batch";
import type { FromPicture, ToPicture } from "./picture-messages";

const firstPauseMs = 100;
const longestPauseMs = 2000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message: FromPicture): void => {
  self.postMessage(message);
};

async function run({ canvas, url }: ToPicture): Promise<never> {
  const surface = canvasSurface(canvas);
  let stream = 0;
  let sequence = 0;
  let pauseMs = firstPauseMs;
  for (;;) {
    try {
      const answer = await fetch(`${url}next?stream=${String(stream)}&after=${String(sequence)}`, { cache: "no-store" });
      if (answer.status === 204) {
        // Nothing new. A shell that has no session answers at once; it is not to be asked in a tight loop.
        await pause(20);
        continue;
      }
      if (!answer.ok) throw new Error(`status ${String(answer.status)}`);
      const head = drawBatch(await answer.arrayBuffer(), surface);
      ({ stream, sequence } = head);
      pauseMs = firstPauseMs;
      tell({ width: head.width, height: head.height });
    } catch {
      // Whatever it was, the canvas may be wrong now: begin again with a whole picture.
      stream = 0;
      sequence = 0;
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

self.addEventListener("message", (event: MessageEvent<ToPicture>) => void run(event.data), { once: true });
