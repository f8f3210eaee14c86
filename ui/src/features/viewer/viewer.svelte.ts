// What the viewer knows of its model. No markup.
import type { Permission, PermissionState, ViewerScreen } from "$lib/bindings";

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
