// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Keyboard, keyOf, namedKeys, textInputs } from "./keys";

describe("keys", () => {
  it("knows every named key of the protocol, and no other", () => {
    const source = readFileSync(new URL("../../../../protocol/src/input/named.rs", import.meta.url), "utf8");
    const list = /pub enum NamedKey \{(.*?)\n\}/su.exec(source)?.[1] ?? "";
    const inProtocol = [...list.matchAll(/^ {4}([A-Z]\w*),$/gmu)].map(([, name]) => name);
    expect(inProtocol.length).toBeGreaterThan(60);
    expect([...namedKeys].sort()).toEqual(inProtocol.sort());
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
    expect(keyOf({ key: ",", code: "NumpadDecimal" })).toEqual({ named: "NumpadDecimal" });
  });

  it("knows a key by its place where the web view has no word for it", () => {
    expect(keyOf({ key: "Unidentified", code: "Tab" })).toEqual({ named: "Tab" });
    expect(keyOf({ key: "Unidentified", code: "Numpad5" })).toBeUndefined();
    expect(keyOf({ key: "Unidentified", code: "KeyA" })).toBeUndefined();
  });

  it("keeps caps lock to itself: what it does is in the characters", () => {
    expect(keyOf({ key: "CapsLock", code: "CapsLock" })).toBeUndefined();
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
    expect(keyboard.press({ key: "@", code: "KeyQ" })).toEqual({ key: { key: { character: "@" }, pressed: true } });
    keyboard.release({ key: "AltGraph", code: "AltRight" });
    expect(keyboard.press({ key: "q", code: "KeyQ" })).toEqual({ key: { key: { character: "@" }, pressed: true } });
    expect(keyboard.release({ key: "q", code: "KeyQ" })).toEqual({ key: { key: { character: "@" }, pressed: false } });
    expect(keyboard.release({ key: "q", code: "KeyQ" })).toBeUndefined();
  });

  it("tells keys apart whose place the web view does not know", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "AltGraph", code: "Unidentified" });
    expect(keyboard.press({ key: "é", code: "Unidentified" })).toEqual({ key: { key: { character: "é" }, pressed: true } });
    expect(keyboard.release({ key: "AltGraph", code: "Unidentified" })).toEqual({ key: { key: { named: "AltGraph" }, pressed: false } });
  });

  it("knows of nothing that is down once everything was released", () => {
    const keyboard = new Keyboard();
    keyboard.press({ key: "a", code: "KeyA" });
    expect(keyboard.releaseAll()).toBe("releaseAll");
    expect(keyboard.release({ key: "a", code: "KeyA" })).toBeUndefined();
  });

  it("sends composed text in pieces that the protocol takes", () => {
    expect(textInputs("")).toEqual([]);
    expect(textInputs("Grüße\r\n")).toEqual([{ text: "Grüße\n" }]);
    expect(textInputs("a\u0000\u001bb")).toEqual([{ text: "ab" }]);
    expect(textInputs("😀".repeat(300)).map((input) => [...(input as { text: string }).text].length)).toEqual([256, 44]);
  });
});
