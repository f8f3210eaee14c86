// What a technician asks of the desk, in one line.
import { request } from "$lib/backend";
import type { CaseAct, TechnicianDeskAsk } from "$lib/bindings";

/** Asks; what comes of it shows in the next model. */
export function ask(what: TechnicianDeskAsk): void {
  void asking(what);
}

/** The same, and answers whether it was heard. */
export function asking(what: TechnicianDeskAsk): Promise<boolean> {
  return request((to) => to.technicianDesk(what));
}

/** Does something with the ticket that is open. */
export function act(what: CaseAct): void {
  ask({ kind: "act", act: what });
}

/** Whether a key was meant for the page and not for a field in it. */
export function forPage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  return target?.closest("input, textarea, select") === null;
}
