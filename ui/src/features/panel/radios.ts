// Choices of which one holds, by keyboard: one stop of the Tab key, and arrows inside. No markup.

/** Which choice an arrow leads to from number `at` of `count`; nothing for other keys, and none beyond the ends. */
export function arrowTo(key: string, at: number, count: number): number | undefined {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  if (step !== undefined) {
    // Round the end would lead from "off" to "on" in one step the wrong way.
    const to = at + step;
    return to >= 0 && to < count ? to : at;
  }
  return key === "Home" ? 0 : key === "End" ? count - 1 : undefined;
}
