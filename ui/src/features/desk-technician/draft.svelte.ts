// What is typed for a ticket, on its way to the disk.
import { onDestroy, untrack } from "svelte";
import type { CaseDraft, CaseText } from "$lib/bindings";
import { Later } from "$desk/later.svelte";
import { ask } from "./ask";

/** One text that is half written. */
export class Draft {
  /** What stands in the field. */
  text = $state("");
  later: Later;

  /** `read` answers what the shell has. */
  constructor(number: string, what: CaseText, read: () => CaseDraft) {
    let told = untrack(read).text;
    this.text = told;
    // The number goes with it: when the page is left, another ticket is open already.
    this.later = new Later(() => {
      ask({ kind: "write", number, what, text: this.text });
    });
    onDestroy(() => {
      this.later.flush();
    });
    $effect(() => {
      const next = read().text;
      untrack(() => {
        // What arrived is emptied here; what somebody has typed since stays.
        if (this.text === told) this.text = next;
      });
      told = next;
    });
  }

  /** Something was typed. */
  write(text: string): void {
    this.text = text;
    this.later.soon();
  }

  /** It is on its way with all that was typed. */
  sent(): void {
    this.later.cancel();
  }
}
