//! Text as it is kept: UTF-8, without what no text has.

use super::refusal::{Foreign, Refusal};

/// Windows-1252 from 0x80 to 0x9f; the others are as in Unicode. Zero stands for a byte without a meaning.
const HIGH: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Beginnings that make a text something else, without regard to case and leading space.
const BEGINNINGS: &[(&str, Foreign)] = &[
    ("<svg", Foreign::Svg),
    ("<!doctype svg", Foreign::Svg),
    ("#!", Foreign::Program),
    ("%pdf", Foreign::Unknown),
    ("{\\rtf", Foreign::Office),
];

/// How far markup is looked for.
const HEAD: usize = 1024;

/// Makes UTF-8 of a text.
///
/// # Errors
/// [`Refusal::TextDamaged`] or [`Refusal::Foreign`].
pub(super) fn read(content: &[u8]) -> Result<String, Refusal> {
    let text = decode(content).ok_or(Refusal::TextDamaged)?;
    if !text.chars().all(is_of_text) {
        return Err(Refusal::TextDamaged);
    }
    let head = text.trim_start_matches(|one: char| one.is_whitespace() || one == '\u{feff}' || one.is_control());
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    let head: String = head.chars().take(HEAD).collect::<String>().to_ascii_lowercase();
    if let Some((_, foreign)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return Err(Refusal::Foreign(*foreign));
    }
    // A tag, a comment or a declaration; text such as "<3", "<<" or "<- da" is none.
    let mut first = head.chars();
    let is_tag =
        first.next() == Some('<') && first.next().is_some_and(|one| one.is_ascii_alphabetic() || "!?/%".contains(one));
    if is_tag && head.contains('>') {
        let is_svg = head.contains("<svg");
        return Err(Refusal::Foreign(if is_svg { Foreign::Svg } else { Foreign::Markup }));
    }
    // Log lines may stand before a page; a page that is opened is one wherever it begins.
    if ["<script", "<html", "<!doctype html", "<svg ", "<svg>", "<iframe"].iter().any(|tag| head.contains(tag)) {
        return Err(Refusal::Foreign(if head.contains("<svg") { Foreign::Svg } else { Foreign::Markup }));
    }
    Ok(text)
}

fn decode(content: &[u8]) -> Option<String> {
    if let Some(rest) = content.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = content.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    match std::str::from_utf8(content) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => content.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn utf16(content: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = content.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(units.iter().map(|two| unit(*two))).collect::<Result<String, _>>().ok()
}

/// The character of a byte in Windows-1252.
#[must_use]
pub fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().filter(|one| *one != '\0'),
        other => Some(char::from(other)),
    }
}

/// Control characters are none of a text, but tab, new lines, new page, and the escape that colours a log.
fn is_of_text(one: char) -> bool {
    !one.is_control() || matches!(one, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_becomes_utf_8() {
        let utf16 = |text: &str, order: fn(u16) -> [u8; 2], mark: &[u8]| {
            let mut bytes = mark.to_vec();
            bytes.extend(text.encode_utf16().flat_map(order));
            bytes
        };
        for content in [
            "Störung: 5 €".as_bytes().to_vec(),
            "\u{feff}Störung: 5 €".as_bytes().to_vec(),
            b"St\xf6rung: 5 \x80".to_vec(),
            utf16("Störung: 5 €", u16::to_le_bytes, b"\xff\xfe"),
            utf16("Störung: 5 €", u16::to_be_bytes, b"\xfe\xff"),
        ] {
            assert_eq!(read(&content).as_deref(), Ok("Störung: 5 €"));
        }
        assert!(read(b"\x1b[31mError\x1b[0m\tat line 3\r\n").is_ok());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for content in
            [b"a\0b".as_slice(), b"a\x08b", b"a\x7fb", b"a\x81b", b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xef\xbb\xbf\0"]
        {
            assert_eq!(read(content), Err(Refusal::TextDamaged), "{content:?}");
        }
        assert_eq!(read(b" \r\n\t"), Err(Refusal::Empty));
    }

    #[test]
    fn markup_and_programs_are_no_text() {
        for (content, foreign) in [
            ("<svg onload=alert(1)>", Foreign::Svg),
            ("\u{feff}\n <SVG xmlns='x'>", Foreign::Svg),
            ("<?xml version=\"1.0\"?><svg xmlns=\"x\"/>", Foreign::Svg),
            ("<?xml version=\"1.0\"?><a/>", Foreign::Markup),
            ("<!DOCTYPE html><p>", Foreign::Markup),
            ("<!-- --><script>alert(1)</script>", Foreign::Markup),
            ("<p>hello", Foreign::Markup),
            ("\x0c<body onload=x>", Foreign::Markup),
            ("just a line\n<script>alert(1)</script>", Foreign::Markup),
            ("  #!/bin/sh", Foreign::Program),
            ("  %PDF-1.7", Foreign::Unknown),
        ] {
            assert_eq!(read(content.as_bytes()), Err(Refusal::Foreign(foreign)), "{content}");
        }
        for harmless in ["<3 Danke", "<- da ist es", "a < b > c"] {
            assert!(read(harmless.as_bytes()).is_ok(), "{harmless}");
        }
    }
}
