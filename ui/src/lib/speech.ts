// Reads a number aloud, where the web view has a voice.

/** Whether there is a voice at all; the button is hidden without one. */
export function canSpeak(): boolean {
  return "speechSynthesis" in window && window.speechSynthesis.getVoices().length > 0;
}

/** Calls back when the voices are known, which may be after the page has loaded. */
export function whenVoicesChange(callback: () => void): () => void {
  if (!("speechSynthesis" in window)) return () => undefined;
  const synthesis = window.speechSynthesis;
  synthesis.addEventListener("voiceschanged", callback);
  return () => {
    synthesis.removeEventListener("voiceschanged", callback);
  };
}

/** Says `text` slowly. */
export function speak(text: string, locale: string): void {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = locale;
  utterance.rate = 0.7;
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(utterance);
}
