// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ViewerInput, ViewerKey } from "$lib/bindings";
import { Keyboard, keyOf, keyPlaces, namedKeys, placeOf, textInputs, type KeyPress } from "./keys";

const down = (key: ViewerKey): ViewerInput => ({ key: { key, pressed: true } });
const up = (key: ViewerKey): ViewerInput => ({ key: { key, pressed: false } });

describe("keys", () => {
  it("knows every named key of the protocol, and no other", () => {
    const source = readFileSync(new URL("../../../../protocol/src/input/named.rs", import.meta.url), "utf8");
    const list = /pub enum NamedKey \{(.*?)\n\}/su.exec(source)?.[1] ?? "";
    const inProtocol = [...list.matchAll(/^ {4}([A-Z]\w*),$/gmu)].map(([, name]) => name);
    expect(inProtocol.length).toBeGreaterThan(60);
    expect([...namedKeys].sort()).toEqual(inProtocol.sort());
  });

  it("knows every place of the protocol, and no other", () => {
    const source = readFileSync(new URL("../../../../protocol/src/input/place.rs", import.meta.url), "utf8");
    const list = /pub enum KeyPlace \{(.*?)\n\}/su.exec(source)?.[1] ?? "";
    const inProtocol = [...list.matchAll(/^ {4}([A-Z]\w*),$/gmu)].map(([, name]) => name);
    expect(inProtocol.length).toBeGreaterThan(100);
    expect([...keyPlaces].sort()).toEqual(inProtocol.sort());
  });

  it("sends what was meant, whatever the layout", () => {
    expect(keyOf({ key: "ß", code: "Minus" })).toEqual({ character: "ß" });
    expect(keyOf({ key: "@", code: "KeyQ" })).toEqual({ character: "@" });
    expect(keyOf({ key: " ", code: "Space" })).toEqual({ character: " " });
    expect(keyOf({ key: "ArrowUp", code: "ArrowUp" })).toEqual({ named: "ArrowUp" });
    expect(keyOf({ key: "Shift", code: "ShiftRight" })).toEqual({ named: "ShiftRight" });
    expect(keyOf({ key: "AltGraph", code: "AltRight" })).toEqual({ named: "AltGraph" });
    expect(keyOf({ key: "Meta", code: "OSLeft" })).toEqual({ named: "MetaLeft" });
  });

  it("tells the keypad from the keys that do the same", () => {
    expect(keyOf({ key: "7", code: "Numpad7" })).toEqual({ named: "Numpad7" });
    expect(keyOf({ key: "Home", code: "Numpad7" })).toEqual({ named: "Home" });
    expect(keyOf({ key: "Enter", code: "NumpadEnter" })).toEqual({ named: "NumpadEnter" });
    expect(keyOf({ key: ",", code: "NumpadDecimal" })).toEqual({ character: "," });
    expect(keyOf({ key: "Delete", code: "NumpadDecimal" })).toEqual({ named: "Delete" });
  });

  it("knows a key by its place where the web view has no word for it", () => {
    expect(keyOf({ key: "Unidentified", code: "Tab" })).toEqual({ named: "Tab" });
    expect(keyOf({ key: "Unidentified", code: "Numpad5" })).toBeUndefined();
    expect(keyOf({ key: "Unidentified", code: "KeyA" })).toBeUndefined();
  });

  it("keeps the locks to itself: what they do is in the characters", () => {
    expect(keyOf({ key: "CapsLock", code: "CapsLock" })).toBeUndefined();
    expect(keyOf({ key: "NumLock", code: "NumLock" })).toBeUndefined();
    expect(keyOf({ key: "A", code: "KeyA" })).toEqual({ character: "A" });
  });

  it("leaves to composing what is not finished", () => {
    expect(keyOf({ key: "Dead", code: "Backquote" })).toBeUndefined();
    expect(keyOf({ key: "Process", code: "KeyA" })).toBeUndefined();
    expect(keyOf({ key: "a", code: "KeyA", keyCode: 229 })).toBeUndefined();
    expect(keyOf({ key: "a", code: "KeyA", isComposing: true })).toBeUndefined();
    expect(keyOf({ key: "AudioVolumeUp", code: "AudioVolumeUp" })).toBeUndefined();
  });

  it("releases a key as what it was pressed as", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "AltGraph", code: "AltRight" });
    expect(keyboard.press({ key: "@", code: "KeyQ" })).toEqual([down({ character: "@" })]);
    keyboard.release({ key: "AltGraph", code: "AltRight" });
    expect(keyboard.press({ key: "q", code: "KeyQ" })).toEqual([down({ character: "@" })]);
    expect(keyboard.release({ key: "q", code: "KeyQ" })).toEqual([up({ character: "@" })]);
    expect(keyboard.release({ key: "q", code: "KeyQ" })).toEqual([]);
  });

  it("tells keys apart whose place the web view does not know", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "AltGraph", code: "Unidentified" });
    expect(keyboard.press({ key: "é", code: "Unidentified" })).toEqual([down({ character: "é" })]);
    expect(keyboard.release({ key: "AltGraph", code: "Unidentified" })).toEqual([up({ named: "AltGraph" })]);
  });

  it("knows of nothing that is down once everything was released", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "a", code: "KeyA" });
    expect(keyboard.releaseAll()).toBe("releaseAll");
    expect(keyboard.release({ key: "a", code: "KeyA" })).toEqual([]);
  });

  it("leaves to the page what is being composed, and nothing else", () => {
    const keyboard = new Keyboard();
    expect(keyboard.press({ key: "Dead", code: "Backquote" })).toBeUndefined();
    expect(keyboard.press({ key: "CapsLock", code: "CapsLock" })).toEqual([]);
    expect(keyboard.press({ key: "NumLock", code: "NumLock" })).toEqual([]);
  });

  describe("with AltGr", () => {
    const altGr = (name: string): boolean => name === "AltGraph";

    it("takes Control and AltGr in one moment for AltGr, as Windows says it", () => {
      const keyboard = new Keyboard();
      const control: KeyPress = { key: "Control", code: "ControlLeft", timeStamp: 100, ctrlKey: true };
      const graph: KeyPress = { key: "AltGraph", code: "AltRight", timeStamp: 100, ctrlKey: true, altKey: true, getModifierState: altGr };
      expect(keyboard.press(control)).toEqual([down({ named: "ControlLeft" })]);
      expect(keyboard.press(graph)).toEqual([up({ named: "ControlLeft" }), down({ named: "AltGraph" })]);
      const at: KeyPress = { key: "@", code: "KeyQ", timeStamp: 200, ctrlKey: true, altKey: true, getModifierState: altGr };
      expect(keyboard.press(at)).toEqual([down({ character: "@" })]);
      // Both halves repeat.
      expect(keyboard.press({ ...control, repeat: true, timeStamp: 600 })).toEqual([]);
      expect(keyboard.press({ ...graph, repeat: true, timeStamp: 600 })).toEqual([down({ named: "AltGraph" })]);
      expect(keyboard.release(at)).toEqual([up({ character: "@" })]);
      expect(keyboard.release(control)).toEqual([]);
      expect(keyboard.release(graph)).toEqual([up({ named: "AltGraph" })]);
    });

    it("leaves Control alone that was pressed by itself", () => {
      const keyboard = new Keyboard();
      keyboard.press({ key: "Control", code: "ControlLeft", timeStamp: 100 });
      expect(keyboard.press({ key: "AltGraph", code: "AltRight", timeStamp: 400 })).toEqual([down({ named: "AltGraph" })]);
    });

    it("takes Control and Alt for AltGr where they made a character", () => {
      const keyboard = new Keyboard();
      keyboard.press({ key: "Control", code: "ControlLeft", timeStamp: 100 });
      keyboard.press({ key: "Alt", code: "AltLeft", timeStamp: 300 });
      const euro: KeyPress = { key: "€", code: "KeyE", timeStamp: 500, getModifierState: altGr };
      expect(keyboard.press(euro)).toEqual([up({ named: "ControlLeft" }), up({ named: "AltLeft" }), down({ character: "€" })]);
      expect(keyboard.release({ key: "Alt", code: "AltLeft" })).toEqual([]);
      // Without a character of its own it is a shortcut.
      const other = new Keyboard();
      other.press({ key: "Control", code: "ControlLeft", timeStamp: 100 });
      other.press({ key: "Alt", code: "AltLeft", timeStamp: 300 });
      const shortcut: KeyPress = { key: "t", code: "KeyT", ctrlKey: true, altKey: true, getModifierState: () => false };
      expect(other.press(shortcut)).toEqual([down({ character: "t" })]);
    });

    it("takes Option for AltGr on a Mac, and Command for what it is", () => {
      const keyboard = new Keyboard(true);
      keyboard.press({ key: "Alt", code: "AltLeft", altKey: true });
      expect(keyboard.press({ key: "@", code: "KeyL", altKey: true })).toEqual([up({ named: "AltLeft" }), down({ character: "@" })]);
      keyboard.press({ key: "Meta", code: "MetaLeft", metaKey: true });
      keyboard.press({ key: "c", code: "KeyC", metaKey: true });
      const released = keyboard.release({ key: "Meta", code: "MetaLeft" });
      expect(released).toEqual([up({ character: "@" }), up({ character: "c" }), up({ named: "MetaLeft" })]);
    });
  });

  it("means in a shortcut what is printed on the key", () => {
    const control = { ctrlKey: true };
    expect(keyOf({ key: "z", code: "KeyY", ...control })).toEqual({ character: "z" });
    expect(keyOf({ key: "с", code: "KeyC", ...control })).toEqual({ character: "c" });
    expect(keyOf({ key: "с", code: "KeyC" })).toEqual({ character: "с" });
    expect(keyOf({ key: "ö", code: "Semicolon", ...control })).toEqual({ character: "ö" });
    // French digits need Shift, and shortcuts do without.
    expect(keyOf({ key: "&", code: "Digit1", ...control })).toEqual({ character: "1" });
    expect(keyOf({ key: "à", code: "Digit0", ...control })).toEqual({ character: "0" });
    expect(keyOf({ key: "-", code: "Digit6", ...control })).toEqual({ character: "-" });
    expect(keyOf({ key: "&", code: "Digit1" })).toEqual({ character: "&" });
    expect(keyOf({ key: "/", code: "Digit7", shiftKey: true, ...control })).toEqual({ character: "/" });
  });

  it("sends a key that only goes up, as Windows has it", () => {
    const print: ViewerKey = { named: "PrintScreen" };
    expect(new Keyboard().release({ key: "PrintScreen", code: "PrintScreen" })).toEqual([down(print), up(print)]);
  });

  it("sends places on demand, and says of each that it is still down", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "a", code: "KeyA" });
    expect(keyboard.use("place")).toBe("releaseAll");
    expect(keyboard.press({ key: "z", code: "KeyY" })).toEqual([down({ place: "KeyY" })]);
    expect(keyboard.press({ key: "Dead", code: "Backquote", keyCode: 229 })).toEqual([down({ place: "Backquote" })]);
    expect(keyboard.press({ key: "AltGraph", code: "Unidentified" })).toEqual([down({ place: "AltRight" })]);
    expect(keyboard.press({ key: "CapsLock", code: "CapsLock" })).toEqual([down({ place: "CapsLock" })]);
    expect(keyboard.press({ key: "x", code: "LaunchMail" })).toEqual([]);
    expect(keyboard.release({ key: "Z", code: "KeyY" })).toEqual([up({ place: "KeyY" })]);
    const held = [down({ place: "Backquote" }), down({ place: "AltRight" }), down({ place: "CapsLock" })];
    expect(keyboard.stillHeld()).toEqual(held);
    keyboard.use("text");
    keyboard.press({ key: "a", code: "KeyA" });
    expect(keyboard.stillHeld()).toEqual([]);
    expect(placeOf({ key: "Meta", code: "OSLeft" })).toEqual({ place: "MetaLeft" });
  });

  it("sends composed text in pieces that the protocol takes", () => {
    expect(textInputs("")).toEqual([]);
    expect(textInputs("Grüße\r\n")).toEqual([{ text: "Grüße\n" }]);
    expect(textInputs("a\u0000\u001bb")).toEqual([{ text: "ab" }]);
    expect(textInputs("😀".repeat(300)).map((input) => [...(input as { text: string }).text].length)).toEqual([256, 44]);
  });
});
