// What is typed into a form on its way to the disk: kept a moment, then saved.
import { onDestroy } from "svelte";
import type { Field, FieldValues } from "$lib/bindings";
import { Later } from "./parts/later.svelte";

/** The fields as they are typed. */
export class Typing {
  /** What stands in the fields. */
  values = $state<FieldValues>({});
  /** The PIN, once something was typed there; it is never read back. */
  pin = $state<string | null>(null);
  #pinChanged = false;
  #later: Later;

  /** `read` answers what the shell has; `save` brings it there. */
  constructor(read: () => FieldValues, save: (values: FieldValues, pin: string | null) => Promise<unknown>) {
    this.#later = new Later(() => {
      const { values, pin } = this.take();
      void save(values, pin);
    });
    this.values = { ...read() };
    let told: FieldValues = this.values;
    $effect(() => {
      const next = read();
      // What the shell changed by itself is taken over where nobody has typed since.
      const fields = Object.keys({ ...told, ...next }) as Field[];
      for (const field of fields) {
        const before = told[field] ?? "";
        const now = next[field] ?? "";
        if (now !== before && (this.values[field] ?? "") === before) this.values[field] = now;
      }
      told = { ...next };
    });
    onDestroy(() => {
      this.#later.cancel();
    });
  }

  /** Whether something is not saved yet. */
  get pending(): boolean {
    return this.#later.pending;
  }

  /** Something was typed. */
  write(field: Field, value: string): void {
    if (field === "pin") {
      this.pin = value;
      this.#pinChanged = true;
    } else {
      this.values[field] = value;
    }
    this.#later.soon();
  }

  /** Saves at once what is not saved. */
  flush(): void {
    this.#later.flush();
  }

  /** Everything, for a request that saves it. */
  take(): { values: FieldValues; pin: string | null } {
    this.#later.cancel();
    const pin = this.#pinChanged ? this.pin : null;
    this.#pinChanged = false;
    return { values: { ...this.values }, pin };
  }
}
