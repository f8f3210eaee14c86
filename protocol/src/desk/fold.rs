//! How texts and queries are made alike before they are compared, in every store the same way.
//!
//! `störung`, `Stoerung` and `STORUNG` are one, also inside `Druckerstörung`; ß is ss.

use unicode_normalization::UnicodeNormalization;

/// Folds a text for search: compatibility forms, case, umlauts and marks no longer differ.
pub fn fold(text: &str) -> String {
    // Decomposed, so that an umlaut is a vowel and a mark that falls away.
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkc().flat_map(char::to_lowercase).nfkd() {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push('a'),
            'ø' | 'œ' => folded.push('o'),
            'ł' => folded.push('l'),
            mark if unicode_normalization::char::is_combining_mark(mark) => {}
            // As it is written where there are no umlauts.
            'e' if folded.ends_with(['a', 'o', 'u']) => {}
            other => folded.push(other),
        }
    }
    folded
}

/// The terms of a query, each folded; what stands in quotation marks is one term.
pub fn terms(query: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for (index, part) in query.split('"').enumerate() {
        if index % 2 == 1 {
            terms.push(fold(part.trim()));
        } else {
            terms.extend(part.split_whitespace().map(fold));
        }
    }
    terms.retain(|term| !term.is_empty());
    terms.truncate(MAX_TERMS);
    terms
}

/// The digits of a number in a query or text, so that a phone number is found however it is written.
/// `None` for what has fewer than four, or has anything in it that no number has.
pub fn number_digits(text: &str) -> Option<String> {
    let written = text.chars().all(|character| character.is_ascii_digit() || " +-–/().".contains(character));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (written && digits.len() >= 4).then_some(digits)
}

/// The most terms that a query has; further ones do not count.
pub const MAX_TERMS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_are_alike() {
        let groups: &[&[&str]] = &[
            &["störung", "Stoerung", "STÖRUNG", "storung", "sto\u{308}rung", "ＳＴＯＲＵＮＧ"],
            &["Großstraße", "grossstrasse", "GROẞSTRASSE", "GROSSSTRASSE"],
            &["Müller", "Mueller", "muller", "MÜLLER"],
            &["Ærø", "aro"],
            &["café", "CAFE"],
        ];
        for group in groups {
            for text in *group {
                assert_eq!(fold(text), fold(group[0]), "{text}");
            }
        }
        assert!(fold("Druckerstörung").contains(&fold("stoerung")));
        assert_ne!(fold("Fehler"), fold("Fahler"));
    }

    #[test]
    fn queries_become_terms() {
        assert_eq!(terms("  Drucker \"zweiter Stock\" c++ "), ["drucker", "zweiter stock", "c++"]);
        assert_eq!(terms("foo\"bar"), ["foo", "bar"]);
        assert_eq!(terms("\"\" \" \""), Vec::<String>::new());
        assert_eq!(terms(&"a ".repeat(100)).len(), MAX_TERMS);
    }

    #[test]
    fn numbers_are_their_digits() {
        assert_eq!(number_digits("+49 (202) 12-34"), Some("492021234".into()));
        assert_eq!(number_digits("SN-1234"), None);
        assert_eq!(number_digits("123"), None);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,80}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_part_is_found_in_its_whole(text in "[a-zA-ZäöüÄÖÜß ]{0,40}", from in 0_usize..40, count in 1_usize..20) {
            let part: String = text.chars().skip(from).take(count).collect();
            // An e whose vowel was cut off can't know that it belonged to it.
            prop_assume!(!part.to_lowercase().starts_with('e'));
            prop_assert!(fold(&text).contains(&fold(&part)));
        }
    }
}
