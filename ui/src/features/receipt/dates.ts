// Moments and permissions in words.
import type { ReceiptEvent } from "$lib/bindings";
import type { Texts } from "$text";

/** A day and a time in the reader's language, with the offset that the receipt holds. */
export function moment(rfc3339: string, locale: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/u.exec(rfc3339);
  if (!parts) return rfc3339;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number);
  // The receipt names the customer's own time: it is shown as it is, wherever it is read.
  const shown = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute));
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(shown);
}

/** What happened, as a sentence. `endSeconds` is when the session ended: what goes off then, nobody took back. */
export function happened({ atSeconds, what }: ReceiptEvent, endSeconds: number, t: Texts): string {
  const say = t.receipt.event;
  switch (what.kind) {
    case "asked":
      return say.asked(t.permission[what.permission], what.reason);
    case "used":
      return say.used(t.permission[what.permission], t.duration(what.seconds));
    case "takenBack":
      return (atSeconds >= endSeconds ? say.endedWith : say.takenBack)(t.permission[what.permission]);
    case "paused":
    case "wentOn":
    case "lineBroke":
    case "lineBack":
    case "prolonged":
    case "notShown":
      return say[what.kind];
    case "shown":
      return say.shown(what.source);
    case "askedToShow":
      return say.askedToShow(what.reason);
    case "ranOut":
    case "endedWithLine":
    case "allowed":
    case "refused":
    case "noAnswer":
    case "sourceGone":
    case "otherSource":
      return say[what.kind](t.permission[what.permission]);
  }
}
