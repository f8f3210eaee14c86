import { describe, expect, it } from "vitest";
import type { ViewerInput } from "$lib/bindings";
import { Buttons, Clicks, InputQueue, Wheel } from "./pointer";

const move = (x: number): ViewerInput => ({ pointerTo: { x, y: 0 } });

describe("the pointer", () => {
  it("knows five buttons", () => {
    const buttons = new Buttons();
    const pressed = [0, 1, 2, 3, 4, 5].map((button) => buttons.change({ button, buttons: 31 }, true));
    expect(pressed).toEqual(["left", "middle", "right", "back", "forward", undefined]);
  });

  it("releases only what it pressed, and takes no unknown button for the left one", () => {
    const buttons = new Buttons();
    expect(buttons.change({ button: 0, buttons: 0 }, true)).toBeUndefined();
    expect(buttons.change({ button: 0, buttons: 0 }, false)).toBeUndefined();
    expect(buttons.change({ button: 2, buttons: 2 }, true)).toBe("right");
    expect(buttons.anyDown).toBe(true);
    expect(buttons.change({ button: 2, buttons: 0 }, false)).toBe("right");
    expect(buttons.anyDown).toBe(false);
  });

  it("believes the notch that the web view names", () => {
    const wheel = new Wheel();
    const turned = wheel.turn({ deltaX: 0, deltaY: 81, deltaMode: 0, wheelDeltaX: 0, wheelDeltaY: -120 });
    expect(turned).toEqual({ wheel: { vertical: 1, horizontal: 0 } });
  });

  it("gathers a touchpad's turns until they are a notch", () => {
    const wheel = new Wheel();
    const turn = (deltaY: number, deltaMode = 0): ViewerInput | undefined => wheel.turn({ deltaX: 0, deltaY, deltaMode });
    expect(turn(100)).toEqual({ wheel: { vertical: 1, horizontal: 0 } });
    expect(turn(-3, 1)).toEqual({ wheel: { vertical: -1, horizontal: 0 } });
    expect([30, 30, 30].map((delta) => turn(delta))).toEqual([undefined, undefined, undefined]);
    expect(turn(10)).toEqual({ wheel: { vertical: 1, horizontal: 0 } });
    expect(turn(100_000)).toEqual({ wheel: { vertical: 20, horizontal: 0 } });
  });

  it("turns as the hand does, and leaves to the customer's program what Shift makes of it", () => {
    const wheel = new Wheel();
    const plain = { deltaX: 0, deltaY: 0, deltaMode: 0 };
    expect(wheel.turn({ ...plain, deltaX: 100 })).toEqual({ wheel: { vertical: 0, horizontal: 1 } });
    expect(wheel.turn({ ...plain, deltaX: 100, shiftKey: true })).toEqual({ wheel: { vertical: 1, horizontal: 0 } });
    expect(wheel.turn({ ...plain, deltaY: -100, shiftKey: true })).toEqual({ wheel: { vertical: -1, horizontal: 0 } });
    // Turned back at once.
    expect(wheel.turn({ ...plain, deltaY: 90 })).toBeUndefined();
    expect(wheel.turn({ ...plain, deltaY: -100 })).toEqual({ wheel: { vertical: -1, horizontal: 0 } });
  });

  it("keeps a double click in one place, and only that", () => {
    const clicks = new Clicks();
    const click = (clientX: number, detail: number): { x: number; y: number } =>
      clicks.place({ clientX, clientY: 0, detail }, { x: clientX * 2, y: 0 });
    expect(click(100, 1)).toEqual({ x: 200, y: 0 });
    expect(click(103, 2)).toEqual({ x: 200, y: 0 });
    expect(click(98, 3)).toEqual({ x: 200, y: 0 });
    expect(click(101, 1)).toEqual({ x: 202, y: 0 });
    expect(click(120, 2)).toEqual({ x: 240, y: 0 });
  });

  it("keeps the order and sends one batch at a time", async () => {
    const sent: ViewerInput[][] = [];
    const answers: (() => void)[] = [];
    const queue = new InputQueue((events) => {
      sent.push(events);
      return new Promise<void>((resolve) => answers.push(resolve));
    });
    queue.push(move(1));
    queue.push(move(2), move(3));
    queue.push({ button: { button: "left", pressed: true } });
    queue.push(move(4));
    expect(sent).toEqual([[move(1)]]);
    answers.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(sent[1]).toEqual([move(3), { button: { button: "left", pressed: true } }, move(4)]);
  });

  it("goes on after a refusal", async () => {
    let calls = 0;
    const queue = new InputQueue(() => {
      calls += 1;
      return Promise.reject(new Error("no"));
    });
    queue.push(move(1));
    await new Promise((resolve) => setTimeout(resolve));
    queue.push(move(2));
    await new Promise((resolve) => setTimeout(resolve));
    expect(calls).toBe(2);
  });
});
