// Digits in groups of three, as they are read out and typed.

/** Groups what was typed so far; leaves alone what is no number, such as a link on its way in. */
export function group(text: string): string {
  if (/[^\d\s.,/·_\-‐‑‒–—]/u.test(text)) return text;
  return text.replace(/\D/gu, "").replace(/(\d{3})(?=\d)/gu, "$1 ");
}

/** Where the caret stands in grouped text after as many digits as stood left of it before. */
export function caretAfter(grouped: string, digitsBefore: number): number {
  let digits = 0;
  for (let index = 0; index < grouped.length; index += 1) {
    if (digits === digitsBefore) return index;
    if (/\d/u.test(grouped.charAt(index))) digits += 1;
  }
  return grouped.length;
}

/** How many digits `text` has. */
export function countDigits(text: string): number {
  return text.replace(/\D/gu, "").length;
}

/** The groups of a number that is shown. */
export function groups(number: string): string[] {
  return group(number).split(" ");
}

/** As a screen reader and a voice say it: digit by digit, with a pause after each group. */
export function spelled(number: string): string {
  return groups(number)
    .map((digits) => [...digits].join(" "))
    .join(", ");
}
