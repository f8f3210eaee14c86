// From the keyboard's events to the input that goes over the line: what was meant, or where the key is.
import type { ViewerInput, ViewerKey } from "$lib/bindings";

/** Names that `KeyboardEvent.key` has and the protocol knows; its `NamedKey`. */
export const namedKeys: ReadonlySet<string> = new Set([
  ...["Enter", "Tab", "Backspace", "Escape", "Delete", "Insert", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"],
  ...["Home", "End", "PageUp", "PageDown"],
  ...Array.from({ length: 24 }, (_, index) => `F${String(index + 1)}`),
  ...["ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "AltGraph", "CapsLock"],
  ...["MetaLeft", "MetaRight", "ContextMenu", "NumLock", "ScrollLock", "PrintScreen", "Pause"],
  ...Array.from({ length: 10 }, (_, index) => `Numpad${String(index)}`),
  ...["NumpadAdd", "NumpadSubtract", "NumpadMultiply", "NumpadDivide", "NumpadDecimal", "NumpadEnter", "NumpadEqual"],
]);

/** What keys are called in older web views. */
const otherNames: Record<string, string> = { OSLeft: "MetaLeft", OSRight: "MetaRight" };
const modifierKeys = new Set(["Shift", "Control", "Alt", "Meta", "OS", "Super", "Hyper"]);

/** Places of keys that the protocol knows; its `KeyPlace`. */
export const keyPlaces: ReadonlySet<string> = new Set([
  ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (letter) => `Key${letter}`),
  ...Array.from("0123456789", (digit) => `Digit${digit}`),
  ...["Backquote", "Minus", "Equal", "Backspace", "Tab", "BracketLeft", "BracketRight", "Backslash", "CapsLock"],
  ...["Semicolon", "Quote", "Enter", "IntlBackslash", "Comma", "Period", "Slash", "Space", "Escape", "IntlRo", "IntlYen"],
  ...["ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight", "ContextMenu"],
  ...["PrintScreen", "ScrollLock", "Pause", "Insert", "Home", "PageUp", "Delete", "End", "PageDown", "NumLock"],
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"],
  ...[...namedKeys].filter((name) => /^(?:F\d+|Numpad.*)$/u.test(name)),
]);

/**
 * How keys are sent. *Text*: what was meant arrives, whatever the two keyboards look like. *Place*: the key at the
 * same place is pressed, for programs that look at keys and not at signs.
 */
export type KeyMode = "text" | "place";

/** How often it is said of a key that is sent by its place that it is still down. */
export const keepHeldMs = 150;

/** The part of a `KeyboardEvent` that counts. */
export interface KeyPress {
  key: string;
  code: string;
  keyCode?: number;
  isComposing?: boolean;
  repeat?: boolean;
  ctrlKey?: boolean;
  altKey?: boolean;
  metaKey?: boolean;
  shiftKey?: boolean;
  timeStamp?: number;
  getModifierState?: (name: string) => boolean;
}

const isCharacter = (key: string): boolean => [...key].length === 1;

/** What a key means; nothing for one that is still being composed or that nobody could repeat. */
export function keyOf(event: KeyPress): ViewerKey | undefined {
  const { key, code, keyCode, isComposing } = event;
  if (isComposing === true || keyCode === 229 || key === "Dead" || key === "Process") return undefined;
  // What these do is in the characters already; a lock at the other end would turn them round again.
  if (key === "CapsLock" || key === "NumLock") return undefined;
  if (key === "AltGraph") return { named: "AltGraph" };
  const place = otherNames[code] ?? code;
  // WebKitGTK has no word for Shift+Tab and the like; where the key is says enough if it makes no character.
  if (key === "Unidentified") return namedKeys.has(place) && !place.startsWith("Numpad") ? { named: place } : undefined;
  if (modifierKeys.has(key)) return namedKeys.has(place) ? { named: place } : undefined;
  // A keypad's decimal sign is a comma here and a point there: what was typed is meant.
  if (place === "NumpadDecimal" && isCharacter(key)) return { character: key };
  // With num lock off the keypad's 7 is Home: then it has no character, and its meaning goes first.
  if (place.startsWith("Numpad") && namedKeys.has(place) && (isCharacter(key) || key === "Enter")) return { named: place };
  if (isCharacter(key)) return { character: choosesShortcut(event) ? keycap(event) : key };
  return namedKeys.has(key) ? { named: key } : undefined;
}

/** Where a key is. WebKitGTK knows no place for some keys that it has a word for. */
export function placeOf({ key, code }: KeyPress): ViewerKey | undefined {
  const place = otherNames[code] ?? code;
  if (keyPlaces.has(place)) return { place };
  if (key === "AltGraph") return { place: "AltRight" };
  return keyPlaces.has(key) ? { place: key } : undefined;
}

const choosesShortcut = (event: KeyPress): boolean =>
  event.getModifierState?.("AltGraph") !== true && (event.ctrlKey === true || event.altKey === true || event.metaKey === true);

/**
 * What is printed on a key, as far as shortcuts go by it: the Latin letter on a Greek or Cyrillic keyboard, and the
 * digit on one whose digits need Shift.
 */
function keycap({ key, code, shiftKey }: KeyPress): string {
  const letter = /^Key([A-Z])$/u.exec(code)?.[1];
  if (letter !== undefined && /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key)) return letter.toLowerCase();
  const digit = /^Digit(\d)$/u.exec(code)?.[1];
  // Minus and underscore have shortcuts of their own, as in "smaller".
  if (digit !== undefined && shiftKey !== true && /^(?:\p{L}|[&"'(])$/u.test(key)) return digit;
  return key;
}

/** AltGr comes as Control and AltGr on Windows, one right after the other. */
const oneKeyMs = 50;

/** Which keys are down, and as what they were sent: a key is released as what it was pressed as. */
export class Keyboard {
  readonly #down = new Map<string, ViewerKey>();
  readonly #isMac: boolean;
  #mode: KeyMode = "text";
  #controlAt = -Infinity;

  constructor(isMac = false) {
    this.#isMac = isMac;
  }

  /** How keys are sent. */
  get mode(): KeyMode {
    return this.#mode;
  }

  /** Sends them otherwise from now on; answers what releases those that are down. */
  use(mode: KeyMode): ViewerInput {
    this.#mode = mode;
    return this.releaseAll();
  }

  /** What to send for a key that went down; nothing at all if it is to be left to the page, which composes with it. */
  press(event: KeyPress): ViewerInput[] | undefined {
    const slot = slotOf(event);
    const held = this.#down.get(slot);
    if (held !== undefined) return [press(held)];
    if (this.#mode === "place") return this.#hold(slot, placeOf(event)) ?? [];
    // Half of an AltGr that repeats.
    if (event.code === "ControlLeft" && this.#heldAs("AltGraph") !== undefined) return [];
    if (event.key === "CapsLock" || event.key === "NumLock") return [];
    const before = this.#notMeant(event);
    if (event.code === "ControlLeft") this.#controlAt = event.timeStamp ?? -Infinity;
    const now = this.#hold(slot, keyOf(event));
    return now === undefined && before.length === 0 ? undefined : [...before, ...(now ?? [])];
  }

  /** What to send for a key that went up. */
  release(event: KeyPress): ViewerInput[] {
    const slot = slotOf(event);
    const key = this.#down.get(slot);
    // Windows tells of this key only when it goes up.
    if (key === undefined && event.key === "PrintScreen") {
      const print: ViewerKey = this.#mode === "place" ? { place: "PrintScreen" } : { named: "PrintScreen" };
      return [press(print), release(print)];
    }
    if (key === undefined) return [];
    this.#down.delete(slot);
    const also: ViewerInput[] = [];
    // A Mac does not tell of keys that go up while Command is down.
    if (this.#isMac && event.key === "Meta") {
      for (const [other, down] of this.#down) {
        if (isModifier(down)) continue;
        this.#down.delete(other);
        also.push(release(down));
      }
    }
    return [...also, release(key)];
  }

  /** Says again of each key that was sent by its place that it is down. */
  stillHeld(): ViewerInput[] {
    return this.#mode === "place" ? [...this.#down.values()].map(press) : [];
  }

  /** Forgets everything; answers what releases it all at the other end. */
  releaseAll(): ViewerInput {
    this.#down.clear();
    return "releaseAll";
  }

  #hold(slot: string, key: ViewerKey | undefined): ViewerInput[] | undefined {
    if (key === undefined) return undefined;
    this.#down.set(slot, key);
    return [press(key)];
  }

  #heldAs(name: string): string | undefined {
    return [...this.#down].find(([, key]) => "named" in key && key.named === name)?.[0];
  }

  /** Modifiers that only chose the character are let go of at the other end, which chooses its own. */
  #notMeant(event: KeyPress): ViewerInput[] {
    if (event.key === "AltGraph") {
      const together = (event.timeStamp ?? Infinity) - this.#controlAt <= oneKeyMs;
      return together ? this.#letGo("ControlLeft") : [];
    }
    if (!isCharacter(event.key) || event.key === " " || this.#heldAs("AltGraph") !== undefined) return [];
    // Control and Alt pressed one by one are AltGr as well, on Windows.
    if (event.getModifierState?.("AltGraph") === true) return this.#letGo("ControlLeft", "ControlRight", "AltLeft", "AltRight");
    // Option is what AltGr is elsewhere.
    const optionAlone = this.#isMac && event.altKey === true && event.ctrlKey !== true && event.metaKey !== true;
    return optionAlone ? this.#letGo("AltLeft", "AltRight") : [];
  }

  #letGo(...names: string[]): ViewerInput[] {
    return names.flatMap((name) => {
      const slot = this.#heldAs(name);
      if (slot === undefined) return [];
      this.#down.delete(slot);
      return [release({ named: name })];
    });
  }
}

const press = (key: ViewerKey): ViewerInput => ({ key: { key, pressed: true } });
const release = (key: ViewerKey): ViewerInput => ({ key: { key, pressed: false } });
const isModifier = (key: ViewerKey): boolean =>
  "named" in key && /^(?:Shift|Control|Alt|Meta)/u.test(key.named);

/** What a key is remembered by: its place, or its meaning where the web view knows no place (AltGr in WebKitGTK). */
const slotOf = ({ key, code }: KeyPress): string => (code === "" || code === "Unidentified" ? `key ${key}` : code);

const longestText = 256;

/** Text that was composed or dictated, in pieces that one input may hold; control characters are left out. */
export function textInputs(text: string): ViewerInput[] {
  const characters = [...text.replace(/\r\n?/gu, "\n")].filter((one) => one === "\n" || one === "\t" || !/\p{Cc}/u.test(one));
  const inputs: ViewerInput[] = [];
  for (let at = 0; at < characters.length; at += longestText) {
    inputs.push({ text: characters.slice(at, at + longestText).join("") });
  }
  return inputs;
}
