import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { canSpeak, speak } from "./speech";

class Utterance {
  onstart: (() => void) | null = null;
  onerror: ((event: { error: string }) => void) | null = null;
  constructor(readonly text: string) {}
}

let said: Utterance[] = [];

function withVoices(...langs: string[]): void {
  Object.assign(window, {
    SpeechSynthesisUtterance: Utterance,
    speechSynthesis: {
      getVoices: () => langs.map((lang) => ({ lang })),
      cancel: () => undefined,
      speak: (utterance: Utterance) => said.push(utterance),
    },
  });
}

describe("reading aloud", () => {
  beforeEach(() => {
    said = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    Reflect.deleteProperty(window, "speechSynthesis");
  });

  it("is not offered without a voice, nor with none for this language", () => {
    expect(canSpeak("de-DE")).toBe(false);
    withVoices();
    expect(canSpeak("de-DE")).toBe(false);
    withVoices("fr_FR");
    expect(canSpeak("de-DE")).toBe(false);
    withVoices("fr_FR", "de");
    expect(canSpeak("de-DE")).toBe(true);
  });

  it("notices a voice that never begins or fails, and leaves one alone that speaks", () => {
    withVoices("de-DE");
    const silent = vi.fn();
    speak("4 7", "de-DE", silent);
    said[0]?.onstart?.();
    vi.runAllTimers();
    expect(silent).not.toHaveBeenCalled();
    speak("4 7", "de-DE", silent);
    vi.runAllTimers();
    expect(silent).toHaveBeenCalledTimes(1);
    speak("4 7", "de-DE", silent);
    said[2]?.onerror?.({ error: "synthesis-failed" });
    vi.runAllTimers();
    expect(silent).toHaveBeenCalledTimes(2);
  });
});
