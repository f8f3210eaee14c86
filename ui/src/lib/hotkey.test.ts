import { describe, expect, it } from "vitest";
import { hotkeyText, pressedHotkey } from "./hotkey";

const press = (init: KeyboardEventInit): ReturnType<typeof pressedHotkey> =>
  pressedHotkey(new KeyboardEvent("keydown", init));

describe("the hotkey", () => {
  it("is named as on the customer's keyboard", () => {
    expect(hotkeyText("Ctrl+Alt+Shift+F12", "de-DE")).toBe("Strg+Alt+Umschalt+F12");
    expect(hotkeyText("Ctrl+Alt+Shift+F12", "en-GB")).toBe("Ctrl+Alt+Shift+F12");
  });

  it("needs a modifier, except for keys that nobody types", () => {
    expect(press({ key: "Control", code: "ControlLeft", ctrlKey: true })).toEqual({ kind: "modifiers" });
    expect(press({ key: "a", code: "KeyA" })).toEqual({ kind: "tooPlain" });
    expect(press({ key: "A", code: "KeyA", shiftKey: true })).toEqual({ kind: "tooPlain" });
    expect(press({ key: "F9", code: "F9" })).toEqual({ kind: "hotkey", hotkey: "F9" });
    expect(press({ key: "a", code: "KeyA", ctrlKey: true, altKey: true })).toEqual({ kind: "hotkey", hotkey: "Ctrl+Alt+A" });
    expect(press({ key: "!", code: "Digit1", ctrlKey: true, shiftKey: true })).toEqual({
      kind: "hotkey",
      hotkey: "Ctrl+Shift+1",
    });
  });
});
