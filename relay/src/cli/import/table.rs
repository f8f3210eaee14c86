//! A table as spreadsheets save it: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252.

use super::columns::Mistake;
use beistand_desk::attachments::windows_1252;

/// More than any list of customers has.
const MOST_BYTES: usize = 64 << 20;

/// A table's lines; the first one names the columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// A line and where it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) cells: Vec<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Table, Vec<Mistake>> {
    if bytes.len() > MOST_BYTES {
        return Err(vec![Mistake::file("the file is larger than 64 MB, which no list of customers is")]);
    }
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(vec![Mistake::file(
            "this is a workbook and not a list; open it in the spreadsheet program and save it as CSV",
        )]);
    }
    let text = decode(bytes).ok_or_else(|| vec![Mistake::file("this is no text; save it as CSV UTF-8")])?;
    // One kind of line end, or lines would be counted wrongly.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (text, named) = match text.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")) {
        // Excel's own line for which separator follows.
        Some(_) => {
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            (rest, first.as_bytes().get(4).copied())
        }
        None => (text.as_str(), None),
    };
    let skipped = u64::from(named.is_some());
    let separator = named.unwrap_or_else(|| separator(text));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut place = Place { text, byte: 0, line: 1 + skipped };
    let mut head = None;
    let mut lines = Vec::new();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                mistakes.push(Mistake::file(&format!("the file can't be read as CSV: {error}")));
                break;
            }
        };
        let number = place.line_of(record.position().map_or(0, csv::Position::byte));
        let cells: Vec<String> = record.iter().map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if head.is_none() {
            head = Some(cells);
        } else {
            lines.push(Line { number, cells });
        }
    }
    match head {
        _ if !mistakes.is_empty() => Err(mistakes),
        None => Err(vec![Mistake::file("there is nothing in it; the first line must name the columns")]),
        Some(head) => Ok(Table { head, lines }),
    }
}

/// How far the lines of a text are counted. The reader's own count leaves out empty lines before a record.
struct Place<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Place<'_> {
    /// The line of the record that begins at `byte` or, if that is an empty line, after it.
    fn line_of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.text.as_bytes().get(self.byte..).unwrap_or_default();
        let skipped = rest.iter().enumerate().take_while(|(at, one)| self.byte + at < byte || **one == b'\n');
        let (mut bytes, mut lines) = (0, 0);
        for (_, one) in skipped {
            bytes += 1;
            lines += u64::from(*one == b'\n');
        }
        self.byte += bytes;
        self.line += lines;
        self.line
    }
}

/// Spreadsheets write `="007"` for what must stay text.
fn cell(cell: &str) -> String {
    let cell = cell.trim();
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell).trim().to_owned()
}

/// The separator that the first line has most of.
fn separator(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    b",;\t".iter().copied().max_by_key(count).filter(|separator| count(separator) > 0).unwrap_or(b';')
}

fn decode(bytes: &[u8]) -> Option<String> {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.contains(&0) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let table = read(bytes).unwrap();
        std::iter::once(table.head).chain(table.lines.into_iter().map(|line| line.cells)).collect()
    }

    #[test]
    fn reads_what_spreadsheets_save() {
        let wanted = vec![vec!["Nr".to_owned(), "Name".to_owned()], vec!["007".into(), "Müller; \"&\" Söhne".into()]];
        let semicolons = "Nr;Name\r\n007;\"Müller; \"\"&\"\" Söhne\"\r\n";
        assert_eq!(cells(semicolons.as_bytes()), wanted);
        assert_eq!(cells(format!("\u{feff}{semicolons}").as_bytes()), wanted);
        assert_eq!(cells(format!("sep=;\r\n{semicolons}").as_bytes()), wanted);
        assert_eq!(cells(semicolons.replace("007", "=\"007\"").as_bytes()), wanted);
        assert_eq!(cells(b"Nr,Name\n007,\"M\xfcller; \"\"&\"\" S\xf6hne\"\n\n,\n"), wanted);
        let tabs = semicolons.replace("Nr;", "Nr\t").replace("007;", "007\t");
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(tabs.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(cells(&utf16), wanted);
    }

    #[test]
    fn a_line_knows_where_it_stands() {
        let table = read(b"sep=;\na;b\n\n1;\"two\nlines\"\n3;4\n").unwrap();
        assert_eq!(table.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [4, 6]);
        let table = read(b"a;b\r\n\r\n1;\"two\r\nlines\"\r\n3;4\r\n").unwrap();
        assert_eq!(table.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (bytes, said) in [
            (b"PK\x03\x04xlsx".as_slice(), "workbook"),
            (b"", "nothing in it"),
            (b";;\n;;\n", "nothing in it"),
            (b"a\0b", "no text"),
            (b"\xff\xfea", "no text"),
        ] {
            let mistake = read(bytes).unwrap_err().first().unwrap().to_string();
            assert!(mistake.contains(said), "{mistake}");
        }
    }
}
