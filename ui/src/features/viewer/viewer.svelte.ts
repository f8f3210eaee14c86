// What the viewer knows of its model. No markup.
import type { Permission, PermissionState, Showing, SpecialReport, ViewerScreen, WishedSource } from "$lib/bindings";
import type { Texts } from "$text";

/** A running session in the viewer. */
export type Running = Extract<ViewerScreen, { kind: "running" }>;

/** How a permission stands. */
export function stateOf(running: Running, permission: Permission): PermissionState {
  return running.permissions.find((row) => row.permission === permission)?.state ?? { kind: "notOffered" };
}

/** Whether the technician may control. */
export function mayControl(running: Running): boolean {
  return stateOf(running, "control").kind === "allowed";
}

/** Whether input is sent at this moment. While the customer works themselves it is sent, and dropped at their end. */
export function steers(running: Running): boolean {
  return mayControl(running) && (running.paused === null || running.paused === "customerInput");
}

/** Whether it can be asked for now. */
export function askable(state: PermissionState, secondsLeft: number): boolean {
  return state.kind === "notAllowed" || (state.kind === "refused" && secondsLeft <= 0);
}

/** What became of a special key, in words. */
export function specialText({ key, fate }: SpecialReport, { viewer: t }: Texts): string {
  const name = t.special[key];
  switch (fate.kind) {
    case "sent":
      return t.specialSent(name);
    case "delivered":
      return t.specialDelivered(name);
    case "dropped":
      return t.specialDropped[fate.reason](name);
    case "noAnswer":
      return t.specialNoAnswer(name);
  }
}

/** What is in view, in a few words. */
export function shownText({ what, monitors }: Showing, { viewer: t }: Texts): string {
  switch (what.kind) {
    case "monitor":
      return t.shownSource.monitor(what.number, monitors);
    case "all":
      return t.shownSource.all(monitors);
    case "window":
      return t.shownSource.window;
  }
}

/** A screen of the customer that could be in view. */
export interface Choice {
  wish: WishedSource;
  name: string;
  /** Whether it is in view now. */
  now: boolean;
}

/** The screens of the customer, and all of them together. */
export function choices({ what, monitors }: Showing, { viewer: t }: Texts): Choice[] {
  const each = Array.from({ length: monitors }, (_, at): Choice => {
    const number = at + 1;
    return {
      wish: { kind: "monitor", number },
      name: t.monitor(number),
      now: what.kind === "monitor" && what.number === number,
    };
  });
  const all: Choice = { wish: { kind: "all" }, name: t.allMonitors, now: what.kind === "all" };
  return monitors > 1 ? [...each, all] : each;
}
