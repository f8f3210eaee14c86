// Where a ticket stands, in the technician's words.
import type { TicketState } from "$lib/bindings";
import { words } from "$text";

/** To the customer it says "your answer". */
export function standing(state: TicketState): string {
  return state === "waitingCustomer" ? words.t.technicianDesk.one.waitsForCustomer : words.t.desk.state[state];
}
