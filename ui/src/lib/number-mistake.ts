// What the shell's check of a typed number is called.
import type { NumberCheck } from "./bindings";

interface NumberWords {
  readonly wrong: string;
  readonly tooShort: string;
  readonly tooLong: string;
  readonly notDigits: string;
}

/** The sentence for a number that can't be one; none for one that can. */
export function numberMistake(check: NumberCheck, texts: { readonly number: NumberWords }): string | undefined {
  return check === "fine" ? undefined : texts.number[check];
}
