// From the keyboard's events to the input that goes over the line: what was meant, not where the key is.
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

/** The part of a `KeyboardEvent` that counts. */
export interface KeyPress {
  key: string;
  code: string;
  keyCode?: number;
  isComposing?: boolean;
}

/** What a key means; nothing for one that is still being composed or that nobody could repeat. */
export function keyOf({ key, code, keyCode, isComposing }: KeyPress): ViewerKey | undefined {
  if (isComposing === true || keyCode === 229 || key === "Dead" || key === "Process") return undefined;
  // The characters come as capitals already; a lock at the other end would turn them round again.
  if (key === "CapsLock") return undefined;
  if (key === "AltGraph") return { named: "AltGraph" };
  const place = otherNames[code] ?? code;
  // WebKitGTK has no word for Shift+Tab and the like; where the key is says enough if it makes no character.
  if (key === "Unidentified") return namedKeys.has(place) && !place.startsWith("Numpad") ? { named: place } : undefined;
  const isCharacter = [...key].length === 1;
  if (modifierKeys.has(key)) return namedKeys.has(place) ? { named: place } : undefined;
  // With num lock off the keypad's 7 is Home: then it has no character, and its meaning goes first.
  if (place.startsWith("Numpad") && namedKeys.has(place) && (isCharacter || key === "Enter")) return { named: place };
  if (isCharacter) return { character: key };
  return namedKeys.has(key) ? { named: key } : undefined;
}

/** Which keys are down, and as what they were sent: a key is released as what it was pressed as. */
export class Keyboard {
  readonly #down = new Map<string, ViewerKey>();

  /** What to send for a key that went down; nothing if it is still being composed. */
  press(event: KeyPress): ViewerInput | undefined {
    const slot = slotOf(event);
    const key = this.#down.get(slot) ?? keyOf(event);
    if (key === undefined) return undefined;
    this.#down.set(slot, key);
    return { key: { key, pressed: true } };
  }

  /** What to send for a key that went up; nothing if it was never sent as down. */
  release(event: KeyPress): ViewerInput | undefined {
    const slot = slotOf(event);
    const key = this.#down.get(slot);
    if (key === undefined) return undefined;
    this.#down.delete(slot);
    return { key: { key, pressed: false } };
  }

  /** Forgets everything; answers what releases it all at the other end. */
  releaseAll(): ViewerInput {
    this.#down.clear();
    return "releaseAll";
  }
}

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
