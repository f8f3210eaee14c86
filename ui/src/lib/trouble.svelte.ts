// The last request that was refused, until the next one goes through.
import type { CommandError } from "./bindings";

class Trouble {
  /** Why. */
  last = $state.raw<CommandError | null>(null);
}

/** What went wrong last. */
export const trouble = new Trouble();
