//! What people typed, made fit to keep: nothing in it hides, steers a screen or breaks a line that is one.

use crate::rendezvous::deceives;
use unicode_normalization::UnicodeNormalization;

/// One line: white space is single, characters that are not shown are gone.
pub fn line(text: &str) -> String {
    let shown: String =
        text.nfc().map(|one| if one.is_whitespace() { ' ' } else { one }).filter(|one| !deceives(*one)).collect();
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Several lines: line ends are `\n`, tabs stay, nothing else that is not shown does, and the edges are trimmed.
pub fn paragraphs(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    let shown: String = unified.nfc().filter(|one| matches!(one, '\n' | '\t') || !deceives(*one)).collect();
    shown.trim().to_owned()
}

/// How many characters people see that a text has.
pub fn count(text: &str) -> usize {
    text.chars().count()
}

/// The first words of a text within `most` characters, on one line; `…` says that there is more.
pub fn first_words(text: &str, most: usize) -> String {
    let text = line(text);
    if count(&text) <= most {
        return text;
    }
    let mut short = String::new();
    for word in text.split(' ') {
        if count(&short) + count(word) + 2 > most {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    if short.is_empty() {
        short = text.chars().take(most.saturating_sub(1)).collect();
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(line("  Anna\u{202e}\t \nWeber\u{0} "), "Anna Weber");
        assert_eq!(paragraphs("\r\na\r\n\tb\rc\u{7}\u{feff}\n\n"), "a\n\tb\nc");
        assert_eq!(line("o\u{308}"), "ö");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(first_words("Der Drucker druckt nicht", 40), "Der Drucker druckt nicht");
        assert_eq!(first_words("Der Drucker druckt nicht", 14), "Der Drucker…");
        assert_eq!(first_words("Donaudampfschifffahrt", 6), "Donau…");
    }

    proptest! {
        #[test]
        fn first_words_fit(text in ".{0,80}", most in 2_usize..60) {
            prop_assert!(count(&first_words(&text, most)) <= most);
        }
    }
}
