// What the viewer knows of its model. No markup.
import type { Permission, PermissionState, ViewerScreen } from "$lib/bindings";

/** A running session in the viewer. */
export type Running = Extract<ViewerScreen, { kind: "running" }>;

/** How a permission stands. */
export function stateOf(running: Running, permission: Permission): PermissionState {
  return running.permissions.find((row) => row.permission === permission)?.state ?? { kind: "notOffered" };
}

/** Whether the technician's hands reach the customer's computer at this moment. */
export function steers(running: Running): boolean {
  return stateOf(running, "control").kind === "allowed";
}

/** Whether it can be asked for now. */
export function askable(state: PermissionState, secondsLeft: number): boolean {
  return state.kind === "notAllowed" || (state.kind === "refused" && secondsLeft <= 0);
}
