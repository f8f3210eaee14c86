// What waits and what was sent, in one line.
import type { WaitingState, WaitingWhat } from "$lib/bindings";
import type { Texts } from "$text";

/** What it is, with its first words. */
export function named(what: WaitingWhat, words: string, t: Texts): string {
  const kind = what.kind === "comment" ? t.desk.sending.comment(what.number) : t.desk.request[what.request];
  return words === "" ? kind : `${kind}: ${words}`;
}

/** How it stands. */
export function standing(state: WaitingState, t: Texts): string {
  const { short } = t.desk.sending;
  return state.kind === "waits" && state.fault !== "offline" ? `${t.desk.fault[state.fault].what} ${short.waits}` : short[state.kind];
}
