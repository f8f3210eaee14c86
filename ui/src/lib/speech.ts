// Reads a number aloud, where the web view has a voice.

/** Whether a voice for this language is known by now; without one the button is hidden. */
export function canSpeak(locale: string): boolean {
  if (!("speechSynthesis" in window)) return false;
  const language = locale.slice(0, 2).toLowerCase();
  return window.speechSynthesis.getVoices().some(({ lang }) => lang.toLowerCase().startsWith(language));
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

/** How long a voice may take to begin. */
const PATIENCE_MS = 3000;

/** Says `text` slowly. Calls `silent` if nothing is heard: some systems name voices that never speak. */
export function speak(text: string, locale: string, silent: () => void): void {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = locale;
  utterance.rate = 0.7;
  const patience = setTimeout(silent, PATIENCE_MS);
  utterance.onstart = () => {
    clearTimeout(patience);
  };
  utterance.onerror = ({ error }) => {
    clearTimeout(patience);
    if (error !== "canceled" && error !== "interrupted") silent();
  };
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(utterance);
}
