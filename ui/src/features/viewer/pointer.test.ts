import { describe, expect, it } from "vitest";
import type { ViewerInput } from "$lib/bindings";
import { buttonOf, InputQueue, Wheel } from "./pointer";

const move = (x: number): ViewerInput => ({ pointerTo: { x, y: 0 } });

describe("the pointer", () => {
  it("knows five buttons", () => {
    expect([0, 1, 2, 3, 4, 5].map(buttonOf)).toEqual(["left", "middle", "right", "back", "forward", undefined]);
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
