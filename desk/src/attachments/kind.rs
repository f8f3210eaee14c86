//! What a file is, by its first bytes alone.

use super::refusal::{Foreign, Refusal};

/// A kind of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// PDF.
    Pdf,
    /// Plain text.
    Text,
}

/// Beginnings of files that are never taken. Markup, which has no fixed beginning, is looked for in `text`.
const FOREIGN: &[(usize, &[u8], Foreign)] = &[
    (0, b"PK\x03\x04", Foreign::Archive), // also the newer office formats: told apart by their first name
    (0, b"PK\x05\x06", Foreign::Archive),
    (0, b"PK\x07\x08", Foreign::Archive),
    (0, b"\x1f\x8b", Foreign::Archive),
    (0, b"BZh", Foreign::Archive),
    (0, b"\xfd7zXZ\0", Foreign::Archive),
    (0, b"7z\xbc\xaf\x27\x1c", Foreign::Archive),
    (0, b"Rar!\x1a\x07", Foreign::Archive),
    (0, b"\x28\xb5\x2f\xfd", Foreign::Archive),
    (257, b"ustar", Foreign::Archive),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign::Office),
    (0, b"{\\rtf", Foreign::Office),
    (0, b"MZ", Foreign::Program),
    (0, b"\x7fELF", Foreign::Program),
    (0, b"\xcf\xfa\xed\xfe", Foreign::Program),
    (0, b"\xca\xfe\xba\xbe", Foreign::Program),
    (0, b"#!", Foreign::Program),
    (0, b"!<arch>", Foreign::Program),
    (0, b"ID3", Foreign::Media),
    (0, b"OggS", Foreign::Media),
    (0, b"\x1a\x45\xdf\xa3", Foreign::Media),
    (0, b"fLaC", Foreign::Media),
];

/// Brands after `ftyp` that are photos; the others are videos.
const PHOTO_BRANDS: &[&[u8]] = &[b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"];

/// Says what a file is.
///
/// Text is what nothing else is; whether it really is text is only known after all of it was read.
///
/// # Errors
/// [`Refusal::Empty`] and [`Refusal::Foreign`].
pub(super) fn sniff(content: &[u8]) -> Result<Kind, Refusal> {
    let at = |offset: usize, magic: &[u8]| content.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if content.is_empty() {
        return Err(Refusal::Empty);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(Kind::Png);
    }
    if at(0, b"\xff\xd8\xff") {
        return Ok(Kind::Jpeg);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Ok(Kind::WebP);
    }
    if at(0, b"GIF87a") || at(0, b"GIF89a") {
        return Ok(Kind::Gif);
    }
    if at(0, b"%PDF-") {
        return Ok(Kind::Pdf);
    }
    if at(4, b"ftyp") {
        let is_photo = PHOTO_BRANDS.iter().any(|brand| at(8, brand));
        return Err(Refusal::Foreign(if is_photo { Foreign::Heic } else { Foreign::Media }));
    }
    if at(0, b"RIFF") || (at(0, b"\xff\xfb") || at(0, b"\xff\xf3")) {
        return Err(Refusal::Foreign(Foreign::Media));
    }
    for (offset, magic, foreign) in FOREIGN {
        if at(*offset, magic) {
            let is_office = *foreign == Foreign::Archive && holds_office_document(content);
            return Err(Refusal::Foreign(if is_office { Foreign::Office } else { *foreign }));
        }
    }
    if at(0, b"BM") && is_bitmap(content) {
        return Ok(Kind::Bmp);
    }
    Ok(Kind::Text)
}

/// The newer office formats are archives whose first member has one of these names.
fn holds_office_document(content: &[u8]) -> bool {
    let name = content.get(30..).unwrap_or_default();
    [b"[Content_Types]".as_slice(), b"_rels/", b"mimetypeapplication/vnd.oasis", b"word/", b"xl/", b"ppt/"]
        .iter()
        .any(|first| name.starts_with(first))
}

/// Two letters are a short beginning, and "BM" may begin a text: the four reserved bytes are zero in a bitmap and
/// never in a text.
fn is_bitmap(content: &[u8]) -> bool {
    content.get(6..10) == Some(&[0; 4]) && content.len() >= 26
}

impl Kind {
    /// Refuses a content whose name or declared type says something else.
    ///
    /// One image format under another one's name is no lie worth a refusal: cameras and browsers do it, and the
    /// name's ending is made anew. An image that is named as a document, or the other way round, is refused.
    ///
    /// # Errors
    /// [`Refusal::Mismatch`].
    pub(super) fn agree(self, name: &str, declared: Option<&str>) -> Result<(), Refusal> {
        let by_name = name.rsplit_once('.').and_then(|(_, ending)| Family::of_extension(ending));
        let by_declaration = declared.and_then(Family::of_media_type);
        let own = Family::of(self);
        match [by_name, by_declaration].into_iter().flatten().all(|said| said == own) {
            true => Ok(()),
            false => Err(Refusal::Mismatch),
        }
    }
}

/// What a name or a declared type can promise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Image,
    Pdf,
    Text,
    Other,
}

impl Family {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Png | Kind::Jpeg | Kind::WebP | Kind::Gif | Kind::Bmp => Self::Image,
            Kind::Pdf => Self::Pdf,
            Kind::Text => Self::Text,
        }
    }

    /// Endings that promise nothing, such as `.log` or `.conf`, are any text's.
    fn of_extension(ending: &str) -> Option<Self> {
        Some(match ending.to_ascii_lowercase().as_str() {
            "png" | "jpg" | "jpeg" | "jpe" | "jfif" | "webp" | "gif" | "bmp" | "dib" => Self::Image,
            "pdf" => Self::Pdf,
            "txt" | "log" => Self::Text,
            "svg" | "svgz" | "heic" | "heif" | "avif" | "tif" | "tiff" | "ico" | "html" | "htm" | "xhtml" | "xml"
            | "doc" | "docx" | "docm" | "xls" | "xlsx" | "xlsm" | "ppt" | "pptx" | "odt" | "ods" | "rtf" | "zip"
            | "7z" | "rar" | "gz" | "tar" | "exe" | "dll" | "msi" | "scr" | "com" | "lnk" | "jar" | "mp3" | "mp4" => {
                Self::Other
            }
            _ => return None,
        })
    }

    fn of_media_type(declared: &str) -> Option<Self> {
        let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "application/pdf" => Self::Pdf,
            "image/png" | "image/jpeg" | "image/jpg" | "image/webp" | "image/gif" | "image/bmp" | "image/x-ms-bmp" => {
                Self::Image
            }
            // Browsers make these up from the name's ending.
            "application/json" | "application/toml" | "application/yaml" | "application/x-yaml" => Self::Text,
            "text/html" | "text/xml" => Self::Other,
            text if text.starts_with("text/") => Self::Text,
            media if ["image/", "audio/", "video/"].iter().any(|kind| media.starts_with(kind)) => Self::Other,
            // What tools send when they are told nothing.
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_from_the_first_bytes() {
        let riff = b"RIFF\x10\0\0\0WEBPVP8 ";
        let bitmap = [b"BM\x46\0\0\0".as_slice(), &[0; 20]].concat();
        for (content, kind) in [
            (b"\x89PNG\r\n\x1a\n...".as_slice(), Kind::Png),
            (b"\xff\xd8\xff\xe0", Kind::Jpeg),
            (riff, Kind::WebP),
            (b"GIF89a", Kind::Gif),
            (&bitmap, Kind::Bmp),
            (b"%PDF-1.7", Kind::Pdf),
            (b"BMW faehrt nicht an, was nun? Es blinkt gelb.", Kind::Text),
            (b"hello", Kind::Text),
        ] {
            assert_eq!(sniff(content), Ok(kind), "{kind:?}");
        }
    }

    #[test]
    fn what_is_never_taken_is_named() {
        let docx = [b"PK\x03\x04".as_slice(), &[0; 26], b"[Content_Types].xml"].concat();
        let tar = [[b'a'; 257].as_slice(), b"ustar"].concat();
        for (content, foreign) in [
            (b"PK\x03\x04 zip".as_slice(), Foreign::Archive),
            (&docx, Foreign::Office),
            (&tar, Foreign::Archive),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign::Office),
            (b"{\\rtf1", Foreign::Office),
            (b"MZ\x90\0", Foreign::Program),
            (b"#!/bin/sh\n", Foreign::Program),
            (b"\x7fELF\x02", Foreign::Program),
            (b"\0\0\0\x18ftypheic", Foreign::Heic),
            (b"\0\0\0\x18ftypisom", Foreign::Media),
            (b"RIFF\x10\0\0\0AVI ", Foreign::Media),
        ] {
            assert_eq!(sniff(content), Err(Refusal::Foreign(foreign)), "{foreign:?}");
        }
        assert_eq!(sniff(b""), Err(Refusal::Empty));
    }

    #[test]
    fn a_name_or_type_that_says_something_else_is_refused() {
        for (kind, name, declared) in [
            (Kind::Png, "bild.jpg", Some("image/jpeg")),
            (Kind::Png, "bild", None),
            (Kind::Text, "server.conf", Some("application/octet-stream")),
            (Kind::Text, "server.log", Some("text/plain; charset=utf-8")),
            (Kind::Pdf, "Rechnung.PDF", Some("application/pdf")),
        ] {
            assert_eq!(kind.agree(name, declared), Ok(()), "{name}");
        }
        for (kind, name, declared) in [
            (Kind::Pdf, "bild.png", None),
            (Kind::Text, "bild.png", None),
            (Kind::Png, "rechnung.pdf", None),
            (Kind::Png, "seite.html", None),
            (Kind::Text, "seite.HTML", None),
            (Kind::Text, "brief.docx", None),
            (Kind::Png, "bild.png", Some("text/html")),
            (Kind::Text, "a.txt", Some("image/svg+xml")),
        ] {
            assert_eq!(kind.agree(name, declared), Err(Refusal::Mismatch), "{name}");
        }
    }
}
