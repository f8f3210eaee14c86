// From the mouse's events to input, and the queue on which all input leaves.
import type { ViewerButton, ViewerInput } from "$lib/bindings";

const names: readonly ViewerButton[] = ["left", "middle", "right", "back", "forward"];
/** The bit of each in `MouseEvent.buttons`. */
const bits: readonly number[] = [1, 4, 2, 8, 16];

/** Which buttons are down. */
export class Buttons {
  readonly #down = new Set<number>();

  /** Whether any is down. */
  get anyDown(): boolean {
    return this.#down.size > 0;
  }

  /** The button that went down or up; nothing for one that has no name or was never down. */
  change({ button, buttons }: { button: number; buttons: number }, pressed: boolean): ViewerButton | undefined {
    const name = names[button];
    if (name === undefined) return undefined;
    if (!pressed) return this.#down.delete(button) ? name : undefined;
    // WebKitGTK calls a button that it doesn't know the left one, but does not say that this is held.
    if ((buttons & (bits[button] ?? 0)) === 0) return undefined;
    this.#down.add(button);
    return name;
  }

  /** Forgets everything. */
  releaseAll(): void {
    this.#down.clear();
  }
}

/** How far, in CSS pixels, a hand may slip between the clicks of a double click. */
const slipPx = 6;

/** Keeps the clicks of a double click in one place: on a picture made smaller a slip of the hand is a leap. */
export class Clicks {
  #at: { clientX: number; clientY: number; x: number; y: number } | undefined;

  /** Where the button goes down: at `place`, or where the click before it did. `detail` counts clicks in a row. */
  place(event: { clientX: number; clientY: number; detail: number }, place: { x: number; y: number }): { x: number; y: number } {
    const before = this.#at;
    const slipped = before && Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (event.detail > 1 && before && slipped !== undefined && slipped <= slipPx) return { x: before.x, y: before.y };
    this.#at = { clientX: event.clientX, clientY: event.clientY, ...place };
    return place;
  }
}

/** The part of a `WheelEvent` that counts. */
export interface WheelTurn {
  deltaX: number;
  deltaY: number;
  deltaMode: number;
  /** Of old, and still the only word for a notch: 120 up, in WebKit and Chromium. */
  wheelDeltaX?: number;
  wheelDeltaY?: number;
  shiftKey?: boolean;
}

const pixelsPerNotch = 100;
const linesPerNotch = 3;
const wheelDeltaPerNotch = 120;
const mostNotches = 20;

/** Gathers what a wheel or a touchpad turns until it is a whole notch. */
export class Wheel {
  #right = 0;
  #down = 0;

  /** The notches that are whole by now. */
  turn({ deltaX, deltaY, deltaMode, wheelDeltaX, wheelDeltaY, shiftKey }: WheelTurn): ViewerInput | undefined {
    const perNotch = deltaMode === 0 ? pixelsPerNotch : deltaMode === 1 ? linesPerNotch : 1;
    let right = wheelDeltaX ? -wheelDeltaX / wheelDeltaPerNotch : deltaX / perNotch;
    let down = wheelDeltaY ? -wheelDeltaY / wheelDeltaPerNotch : deltaY / perNotch;
    // With Shift some web views turn the wheel sideways by themselves; the customer's program is told of Shift, and
    // would turn it once more.
    if (shiftKey === true && down === 0) [right, down] = [0, right];
    // Who turns back does not first undo what was too little to count.
    if (right * this.#right < 0) this.#right = 0;
    if (down * this.#down < 0) this.#down = 0;
    this.#right += right;
    this.#down += down;
    const horizontal = whole(this.#right);
    const vertical = whole(this.#down);
    this.#right -= horizontal;
    this.#down -= vertical;
    return horizontal === 0 && vertical === 0 ? undefined : { wheel: { vertical: bounded(vertical), horizontal: bounded(horizontal) } };
  }
}

// Binary fractions: three tenths of a notch and seven more are to be a whole one.
const whole = (notches: number): number => Math.trunc(notches + Math.sign(notches) * 1e-6) + 0;
const bounded = (notches: number): number => Math.max(-mostNotches, Math.min(mostNotches, notches));

/**
 * Sends input in order, one batch at a time: while one is under way the next one gathers, and of moves in a row
 * only the last is kept.
 */
export class InputQueue {
  #waiting: ViewerInput[] = [];
  #sending = false;
  readonly #send: (events: ViewerInput[]) => Promise<unknown>;

  constructor(send: (events: ViewerInput[]) => Promise<unknown>) {
    this.#send = send;
  }

  /** Takes `input` and sends as soon as it can. */
  push(...inputs: ViewerInput[]): void {
    for (const input of inputs) {
      const last = this.#waiting.at(-1);
      if (isMove(input) && last !== undefined && isMove(last)) this.#waiting.pop();
      this.#waiting.push(input);
    }
    void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#send(batch);
      } catch {
        // A shell that takes no input says so in the model; there is nothing to send again.
      }
    }
    this.#sending = false;
  }
}

const isMove = (input: ViewerInput): boolean => typeof input === "object" && "pointerTo" in input;
