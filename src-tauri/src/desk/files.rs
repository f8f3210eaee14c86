//! A look at a chosen file: whether it is worth sending. The desk looks closer, and has the last word.

use crate::view::{DESK_FILE_BYTES, DESK_FILES, DESK_FILES_BYTES, FileKind, RefusedReason};

/// How much of a file is looked at for what text never has.
const LOOK_BYTES: usize = 64 * 1024;
/// The longest name that is kept.
const MAX_NAME_CHARACTERS: usize = 100;

/// What a file is, or why it can't go with a request that has `count` files of `together` bytes already.
pub(crate) fn look(name: &str, bytes: &[u8], count: usize, together: u32) -> Result<FileKind, RefusedReason> {
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    if u32::try_from(count).unwrap_or(u32::MAX) >= DESK_FILES {
        return Err(RefusedReason::TooMany);
    }
    if size == 0 {
        return Err(RefusedReason::Empty);
    }
    if size > DESK_FILE_BYTES {
        return Err(RefusedReason::TooLarge);
    }
    if together.saturating_add(size) > DESK_FILES_BYTES {
        return Err(RefusedReason::TogetherTooLarge);
    }
    let kind = kind(bytes)?;
    if says(name).is_some_and(|said| said != kind) { Err(RefusedReason::Mismatch) } else { Ok(kind) }
}

/// What a file is by its first bytes.
fn kind(bytes: &[u8]) -> Result<FileKind, RefusedReason> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let is_image = starts(b"\x89PNG\r\n\x1a\n")
        || starts(b"\xff\xd8\xff")
        || starts(b"GIF87a")
        || starts(b"GIF89a")
        || starts(b"BM")
        || (starts(b"RIFF") && at(8, b"WEBP"));
    if is_image {
        return Ok(FileKind::Image);
    }
    if starts(b"%PDF-") {
        return Ok(FileKind::Pdf);
    }
    if at(4, b"ftyphei") || at(4, b"ftypmif1") || at(4, b"ftyphev") || at(4, b"ftypavif") {
        return Err(RefusedReason::Heic);
    }
    if starts(b"PK\x03\x04") {
        let head = bytes.get(..bytes.len().min(LOOK_BYTES)).unwrap_or_default();
        let has = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
        let is_office = has(b"[Content_Types].xml") || has(b"mimetypeapplication/vnd.oasis") || has(b"word/");
        return Err(if is_office { RefusedReason::Office } else { RefusedReason::Archive });
    }
    if starts(b"\xd0\xcf\x11\xe0") || starts(b"{\\rtf") {
        return Err(RefusedReason::Office);
    }
    if [b"7z\xbc\xaf\x27".as_slice(), b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"].into_iter().any(starts) {
        return Err(RefusedReason::Archive);
    }
    text(bytes)
}

fn text(bytes: &[u8]) -> Result<FileKind, RefusedReason> {
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let head = bytes.get(..bytes.len().min(LOOK_BYTES)).unwrap_or_default();
    let control = |byte: &u8| *byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(byte);
    if !utf16 && head.iter().any(control) {
        return Err(RefusedReason::Kind);
    }
    let first = String::from_utf8_lossy(head);
    let first = first.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let active = ["<!doctype html", "<html", "<svg", "<?xml", "<script", "#!"];
    if active.iter().any(|start| first.starts_with(start)) {
        return Err(RefusedReason::Active);
    }
    Ok(FileKind::Text)
}

/// What the ending of a name says, as far as it says anything that we take.
fn says(name: &str) -> Option<FileKind> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "webp" => Some(FileKind::Image),
        "pdf" => Some(FileKind::Pdf),
        "txt" | "log" | "csv" => Some(FileKind::Text),
        _ => None,
    }
}

/// A name that can be shown and saved: without parts that lead elsewhere or turn the writing round.
pub(crate) fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String =
        last.chars().filter(|character| !hidden(*character) && !"<>:\"|?*".contains(*character)).collect();
    let kept = kept.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let stem_of = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let reserved = ["CON", "PRN", "AUX", "NUL"].contains(&stem_of(kept).as_str());
    if kept.is_empty() || reserved {
        return "datei".to_owned();
    }
    let extra = kept.chars().count().saturating_sub(MAX_NAME_CHARACTERS);
    match kept.rsplit_once('.').filter(|(stem, ending)| stem.chars().count() > extra && ending.len() <= 8) {
        Some((stem, ending)) => {
            let stem: String = stem.chars().take(stem.chars().count() - extra).collect();
            format!("{stem}.{ending}")
        }
        None => kept.chars().take(MAX_NAME_CHARACTERS).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_comes_from_its_content() {
        let look = |name: &str, bytes: &[u8]| look(name, bytes, 0, 0);
        assert_eq!(look("a.png", b"\x89PNG\r\n\x1a\n..."), Ok(FileKind::Image));
        assert_eq!(look("a", b"\xff\xd8\xff\xe0"), Ok(FileKind::Image));
        assert_eq!(look("a.pdf", b"%PDF-1.7"), Ok(FileKind::Pdf));
        assert_eq!(look("a.conf", "größe=1\n".as_bytes()), Ok(FileKind::Text));
        assert_eq!(look("a.txt", b"\xff\xfea\0b\0"), Ok(FileKind::Text));
        assert_eq!(look("a.png", b"%PDF-1.7"), Err(RefusedReason::Mismatch));
        assert_eq!(look("a.txt", b"MZ\x90\x00\x03"), Err(RefusedReason::Kind));
        assert_eq!(look("a.svg", b"\n <svg onload="), Err(RefusedReason::Active));
        assert_eq!(look("a.txt", b"#!/bin/sh"), Err(RefusedReason::Active));
        assert_eq!(look("a.heic", b"\0\0\0\x18ftypheic"), Err(RefusedReason::Heic));
        assert_eq!(look("a.docx", b"PK\x03\x04....[Content_Types].xml"), Err(RefusedReason::Office));
        assert_eq!(look("a.zip", b"PK\x03\x04....a"), Err(RefusedReason::Archive));
        assert_eq!(look("a.txt", b""), Err(RefusedReason::Empty));
    }

    #[test]
    fn number_and_size_are_bounded() {
        assert_eq!(look("a", b"x", 5, 0), Err(RefusedReason::TooMany));
        assert_eq!(look("a", &vec![b'x'; 10 * 1024 * 1024 + 1], 0, 0), Err(RefusedReason::TooLarge));
        assert_eq!(look("a", b"xx", 4, DESK_FILES_BYTES - 1), Err(RefusedReason::TogetherTooLarge));
        assert_eq!(look("a", b"x", 4, DESK_FILES_BYTES - 1), Ok(FileKind::Text));
    }

    #[test]
    fn a_name_leads_nowhere() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\x\\Foto \u{202e}gnp.jpg"), "Foto gnp.jpg");
        assert_eq!(plain_name("..."), "datei");
        assert_eq!(plain_name("nul.txt"), "datei");
        assert_eq!(plain_name("<a>|?.png"), "a.png");
        let long = format!("{}.png", "ä".repeat(300));
        assert!(plain_name(&long).ends_with("ä.png"));
        assert_eq!(plain_name(&long).chars().count(), MAX_NAME_CHARACTERS);
    }
}
