// What stands in a field, a moment and a day, in the reader's words.
import type { ContactMethod, Field, FieldError, Priority, RequestKind, Salutation } from "$lib/bindings";
import type { Texts } from "$text";

/** The choices of a field, in the order in which they are offered. */
export const choices = {
  requestType: ["incident", "warranty", "newEmployee", "callBack", "other"],
  preferredContact: ["email", "phone"],
  priority: ["low", "normal", "high"],
  salutation: ["ms", "mr", "none"],
} as const satisfies {
  requestType: RequestKind[];
  preferredContact: ContactMethod[];
  priority: Priority[];
  salutation: Salutation[];
};

export type ChoiceField = keyof typeof choices;

/** Whether a field is chosen from a few. */
export function isChoice(field: Field): field is ChoiceField {
  return field in choices;
}

const listed = (list: readonly string[], value: string): boolean => list.includes(value);

/** What kind of request a form's value names. */
export function requestKind(value: string | undefined): RequestKind | null {
  return choices.requestType.find((kind) => kind === value) ?? null;
}

/** What a value says, as a person reads it. */
export function said(field: Field, value: string, t: Texts): string {
  const { desk } = t;
  if (field === "requestType" && listed(choices.requestType, value)) return desk.request[value as RequestKind];
  if (field === "preferredContact" && listed(choices.preferredContact, value)) return desk.contactMethod[value as ContactMethod];
  if (field === "priority" && listed(choices.priority, value)) return desk.priority[value as Priority];
  if (field === "salutation" && listed(choices.salutation, value)) return desk.salutation[value as Salutation];
  if (field === "startDate") return day(value, t.locale);
  return value;
}

/** What a field is called on the form of this kind. */
export function label(field: Field, kind: RequestKind | null, t: Texts): string {
  const own: Partial<Record<Field, string>> = kind ? t.desk.fieldOf[kind] : {};
  return own[field] ?? t.desk.field[field];
}

/** What helps with a field. */
export function hint(field: Field, t: Texts): string | undefined {
  const hints: Partial<Record<Field, string>> = t.desk.hint;
  return hints[field];
}

/** What is wrong with a field, as a sentence. */
export function wrong({ field, problem }: FieldError, kind: RequestKind | null, t: Texts): string {
  const say = t.desk.problem;
  const missing: Partial<Record<Field, string>> = say.missing;
  const malformed: Partial<Record<Field, string>> = say.malformed;
  switch (problem.kind) {
    case "missing":
      return missing[field] ?? say.missingElse(label(field, kind, t));
    case "tooShort":
      return say.tooShort(problem.min);
    case "tooLong":
      return say.tooLong(problem.max);
    case "malformed":
      return malformed[field] ?? say.malformedElse;
    case "farDate":
      return say.farDate;
  }
}

/** A day and a time, with the offset that it has here. */
export function moment(rfc3339: string, locale: string, style: "long" | "short" = "long"): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/u.exec(rfc3339);
  if (!parts) return rfc3339;
  const [year, month, date, hour, minute] = parts.slice(1).map(Number);
  const shown = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, date, hour, minute));
  return new Intl.DateTimeFormat(locale, { dateStyle: style === "long" ? "long" : "medium", timeStyle: "short", timeZone: "UTC" }).format(shown);
}

/** A day with its name, as far as it is one: as the shell sends it, or as a person typed it (31.3.2027). */
export function day(text: string, locale: string): string {
  const sent = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text);
  const typed = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/u.exec(text.trim());
  const parts = sent?.slice(1) ?? typed?.slice(1).reverse();
  if (!parts) return text;
  const [year, month, date] = parts.map(Number);
  const shown = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, date));
  return new Intl.DateTimeFormat(locale, { weekday: "long", year: "numeric", month: "long", day: "numeric", timeZone: "UTC" }).format(shown);
}

/** A number in groups, as a voice says it: digit by digit. */
export function digitByDigit(number: string): string {
  return number
    .split(/[\s-]+/u)
    .map((group) => [...group].join(" "))
    .join(", ");
}
