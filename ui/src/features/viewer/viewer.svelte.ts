// What the viewer knows of its model. No markup.
import type { Permission, PermissionState, SpecialReport, ViewerScreen } from "$lib/bindings";
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
