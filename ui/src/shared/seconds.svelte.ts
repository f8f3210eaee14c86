// Seconds that count on by themselves between two models.

/** How a clock runs: towards zero, or on. */
export type Direction = "down" | "up";

/** A number of seconds that is right at every moment although it was sent only once. */
export class Seconds {
  /** As they are now. */
  now = $state(0);

  /**
   * `read` answers the seconds and the object they came in: a new object starts the count anew, even if the
   * seconds are the same.
   */
  constructor(read: () => { seconds: number; from: unknown }, direction: Direction) {
    $effect(() => {
      const { seconds } = read();
      const start = performance.now();
      const tick = (): void => {
        this.now = countOn(seconds, performance.now() - start, direction);
      };
      tick();
      const timer = setInterval(tick, 250);
      return () => {
        clearInterval(timer);
      };
    });
  }
}

/** What became of `seconds` after so many milliseconds. */
export function countOn(seconds: number, passedMs: number, direction: Direction): number {
  const passed = Math.max(0, passedMs) / 1000;
  return direction === "up" ? Math.floor(seconds + passed) : Math.max(0, Math.ceil(seconds - passed));
}

/** As a clock shows it: `9:05`, `1:00:00`. */
export function clock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}
