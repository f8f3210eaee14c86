// A hotkey as the shell writes it, as people read it, and as it is pressed.

const germanNames: Record<string, string> = { Ctrl: "Strg", Shift: "Umschalt", Super: "Windows", Delete: "Entf", Insert: "Einfg", End: "Ende", Home: "Pos1", PageUp: "Bild auf", PageDown: "Bild ab", Space: "Leertaste" };
const modifiers = new Set(["Control", "Alt", "Shift", "Meta", "AltGraph", "OS"]);

/** `Ctrl+Alt+Shift+F12` as it stands on a keyboard of that language. */
export function hotkeyText(hotkey: string, locale: string): string {
  if (!locale.startsWith("de")) return hotkey;
  return hotkey
    .split("+")
    .map((key) => germanNames[key] ?? key)
    .join("+");
}

/** What was pressed: a hotkey, only modifiers so far, or a key that needs one beside it. */
export type Pressed = { kind: "hotkey"; hotkey: string } | { kind: "modifiers" } | { kind: "tooPlain" };

/** Reads a key press as a hotkey. */
export function pressedHotkey(event: KeyboardEvent): Pressed {
  if (modifiers.has(event.key)) return { kind: "modifiers" };
  const key = event.code.replace(/^(?:Key|Digit)/u, "");
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.metaKey && "Super"];
  const parts = held.filter((name): name is string => name !== false);
  const alone = parts.length === 0 || (parts.length === 1 && parts[0] === "Shift");
  if (key === "" || (alone && !/^F\d+$|^Pause$/u.test(key))) return { kind: "tooPlain" };
  return { kind: "hotkey", hotkey: [...parts, key].join("+") };
}
