//! The name under which a file is shown and handed out again.

use beistand_protocol::desk::api::file::FileKind;
use unicode_normalization::UnicodeNormalization;

/// How long a name may be, in bytes of UTF-8, with its ending.
const MOST_BYTES: usize = 120;
const NAMELESS: &str = "Anhang";

/// Names that are devices on Windows, with any ending.
const RESERVED: &[&str] = &[
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$", "conout$", "clock$",
];

/// Endings that are replaced: the content says better what it is. All others stay, and the right one is added.
const REPLACED: &[&str] = &["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "pdf", "txt", "log"];

/// Makes a name that can be shown and saved anywhere: composed, one line, no path, no change of direction, no
/// device, and with the ending that its content has.
pub(super) fn display_name(given: &str, kind: FileKind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let composed: String = last.nfc().filter(|one| !is_invisible(*one)).map(harmless).collect();
    let name = composed.trim();
    let stem = match name.rsplit_once('.') {
        Some((stem, ending)) if REPLACED.contains(&ending.to_ascii_lowercase().as_str()) => stem,
        Some(_) | None => name,
    };
    let keeps_log = kind == FileKind::Text && name.to_ascii_lowercase().ends_with(".log");
    let ending = if keeps_log { "log" } else { extension(kind) };
    let most = MOST_BYTES - ending.len() - 1;
    let mut stem = truncated(stem, most).trim_matches(|one: char| one.is_whitespace() || one == '.').to_owned();
    let first = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    if RESERVED.contains(&first.as_str()) {
        stem.insert(0, '_');
        stem = truncated(&stem, most).to_owned();
    }
    if stem.is_empty() { format!("{NAMELESS}.{ending}") } else { format!("{stem}.{ending}") }
}

const fn extension(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Png => "png",
        FileKind::Jpeg => "jpg",
        FileKind::Pdf => "pdf",
        FileKind::Text => "txt",
    }
}

/// Control characters, marks that change the direction, and others that nobody sees.
fn is_invisible(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What no file system of ours takes in a name, or what shells and pages read otherwise.
const fn harmless(one: char) -> char {
    match one {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        other => other,
    }
}

fn truncated(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_shown_and_saved_anywhere() {
        for (given, kind, shown) in [
            ("Fehler.png", FileKind::Png, "Fehler.png"),
            ("Fehler.JPEG", FileKind::Png, "Fehler.png"),
            ("Bild.bmp", FileKind::Png, "Bild.png"),
            ("server.log", FileKind::Text, "server.log"),
            ("server.conf", FileKind::Text, "server.conf.txt"),
            ("start.bat", FileKind::Text, "start.bat.txt"),
            ("Sto\u{308}rung.txt", FileKind::Text, "Störung.txt"),
            ("../../etc/passwd", FileKind::Text, "passwd.txt"),
            ("C:\\Windows\\system32\\a.png", FileKind::Png, "a.png"),
            ("..", FileKind::Png, "Anhang.png"),
            ("", FileKind::Pdf, "Anhang.pdf"),
            (" . .png", FileKind::Png, "Anhang.png"),
            ("rechnung\u{202e}gnp.exe", FileKind::Png, "rechnunggnp.exe.png"),
            ("a\u{2066}b\u{200b}c\nd\0.pdf", FileKind::Pdf, "abcd.pdf"),
            ("NUL.png", FileKind::Png, "_NUL.png"),
            ("com1.tar.txt", FileKind::Text, "_com1.tar.txt"),
            ("<svg onload=alert(1)>.jpg", FileKind::Jpeg, "_svg onload=alert(1)_.jpg"),
            ("a\"; x=\".png", FileKind::Png, "a_; x=_.png"),
        ] {
            assert_eq!(display_name(given, kind), shown, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = display_name(&"ß".repeat(4000), FileKind::Png);
        assert!(name.len() <= MOST_BYTES && name.ends_with("ß.png"), "{name}");
        let reserved = display_name(&format!("con.{}", "x".repeat(4000)), FileKind::Text);
        assert!(reserved.len() <= MOST_BYTES && reserved.starts_with("_con."), "{reserved}");
    }
}
