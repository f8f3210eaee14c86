// What is typed on its way to the disk: once nothing was typed for a moment, or at once when the page is left.

/** How long nothing must be typed before it is saved. */
const PAUSE_MS = 300;

/** Does something a moment later, once. */
export class Later {
  /** Whether it is still to be done. */
  pending = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #act: () => void;

  constructor(act: () => void) {
    this.#act = act;
  }

  /** In a moment, unless it is asked for again until then. */
  soon(): void {
    this.pending = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.flush();
    }, PAUSE_MS);
  }

  /** Now, if it is still to be done. */
  flush(): void {
    if (!this.pending) return;
    this.cancel();
    this.#act();
  }

  /** Not at all: it is done otherwise. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.pending = false;
  }
}
