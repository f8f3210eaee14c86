// The texts in the language that the model names. A text that one language lacks does not compile.
import type { Language } from "$lib/bindings";
import { english } from "./english";
import { german } from "./german";

/** Every text of the interface. */
export type Texts = typeof german;

/** Both languages. */
export const languages: Record<Language, Texts> = { german, english };

/** How each language calls itself. */
export const languageNames: Record<Language, string> = { german: "Deutsch", english: "English" };

const languageTags: Record<Language, string> = { german: "de", english: "en" };

class Words {
  #language = $state<Language>("german");

  /** The language at the moment. */
  get language(): Language {
    return this.#language;
  }

  /** Its texts. */
  get t(): Texts {
    return languages[this.#language];
  }

  /** Switches at once. */
  use(language: Language): void {
    this.#language = language;
    document.documentElement.lang = languageTags[language];
  }
}

/** The words on every page. */
export const words = new Words();
