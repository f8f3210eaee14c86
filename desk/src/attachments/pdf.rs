//! Checks of a PDF by single bytes. Nothing here understands a PDF, so nothing in one can mislead it far.

use super::refusal::Refusal;

const TAIL: usize = 1024;
const HEAD: usize = 1024;

/// Beginnings of other files that have no place in the head of a PDF.
const NOT_IN_HEAD: &[&[u8]] =
    &[b"PK\x03\x04", b"\x7fELF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"<html", b"<svg", b"<script", b"<!doctype"];

/// Names by which a PDF starts programs, opens files, or carries some.
const ACTIVE: &[&[u8]] = &[
    b"JavaScript",
    b"JS",
    b"Launch",
    b"OpenAction",
    b"AA",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"XFA",
    b"SubmitForm",
    b"ImportData",
    b"GoToE",
];

/// What was seen in a PDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// It names programs or files inside it. That nothing is seen proves nothing: it may be packed.
    pub(super) active: bool,
}

/// Checks a PDF.
///
/// # Errors
/// [`Refusal::PdfDamaged`], if it has no end or the beginning of something else.
pub(super) fn check(content: &[u8]) -> Result<Seen, Refusal> {
    let tail = content.get(content.len().saturating_sub(TAIL)..).unwrap_or_default();
    let head: Vec<u8> = content.iter().skip(5).take(HEAD).map(u8::to_ascii_lowercase).collect();
    let foreign = NOT_IN_HEAD.iter().any(|magic| contains(&head, &magic.to_ascii_lowercase()));
    if !content.starts_with(b"%PDF-") || !contains(tail, b"%%EOF") || foreign {
        return Err(Refusal::PdfDamaged);
    }
    Ok(Seen { active: has_active_name(content) })
}

fn contains(content: &[u8], wanted: &[u8]) -> bool {
    content.windows(wanted.len()).any(|window| window == wanted)
}

/// Looks at every name. A name may write any of its letters as `#` and two hexadecimal digits.
fn has_active_name(content: &[u8]) -> bool {
    let mut rest = content;
    let mut name = Vec::with_capacity(16);
    while let Some(slash) = rest.iter().position(|byte| *byte == b'/') {
        rest = rest.get(slash + 1..).unwrap_or_default();
        name.clear();
        let mut bytes = rest.iter().copied();
        while let Some(byte) = bytes.next() {
            let letter = match byte {
                b'#' => {
                    let digit = |one: Option<u8>| one.and_then(|one| char::from(one).to_digit(16));
                    let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                    high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok())
                }
                other => Some(other),
            };
            match letter {
                Some(letter) if letter.is_ascii_alphanumeric() && name.len() < 16 => name.push(letter),
                Some(_) | None => break,
            }
        }
        if ACTIVE.contains(&name.as_slice()) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf(body: &str) -> Vec<u8> {
        format!("%PDF-1.7\n%\u{e2}\u{e3}\n{body}\ntrailer\n%%EOF\n").into_bytes()
    }

    #[test]
    fn a_whole_pdf_passes_and_half_of_it_does_not() {
        let whole = pdf("1 0 obj << /Type /Catalog >> endobj");
        assert_eq!(check(&whole), Ok(Seen { active: false }));
        assert_eq!(check(&whole[..whole.len() - 7]), Err(Refusal::PdfDamaged));
        assert_eq!(check(&[b"\n".as_slice(), &whole].concat()), Err(Refusal::PdfDamaged));
        let trailing = [whole.as_slice(), &[b' '; TAIL]].concat();
        assert_eq!(check(&trailing), Err(Refusal::PdfDamaged));
    }

    #[test]
    fn something_else_in_its_head_is_no_pdf() {
        for other in ["<HTML>", "<script>alert(1)</script>", "PK\u{3}\u{4}", "GIF89a"] {
            assert_eq!(check(&pdf(other)), Err(Refusal::PdfDamaged), "{other}");
        }
    }

    #[test]
    fn programs_in_it_are_flagged_however_their_name_is_written() {
        for active in
            ["/JavaScript (x)", "<</S/JS>>", "/#4aavaScript", "/J#53 1", "/OpenAction 3 0 R", "/Launch", "/AA<<>>"]
        {
            assert_eq!(check(&pdf(active)), Ok(Seen { active: true }), "{active}");
        }
        for harmless in ["/Javanese", "/JSX", "JavaScript", "/", "/#", "/#zz", "/AAA"] {
            assert_eq!(check(&pdf(harmless)), Ok(Seen { active: false }), "{harmless}");
        }
    }

    #[test]
    fn deep_nesting_costs_nothing() {
        let deep = pdf(&"[".repeat(5_000_000));
        assert_eq!(check(&deep), Ok(Seen { active: false }));
        let slashes = pdf(&"/".repeat(5_000_000));
        assert_eq!(check(&slashes), Ok(Seen { active: false }));
        let escapes = pdf(&"/#4a".repeat(1_000_000));
        assert_eq!(check(&escapes), Ok(Seen { active: false }));
    }
}
