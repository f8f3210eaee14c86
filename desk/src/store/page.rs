//! Where a page of a list ended, as an opaque text: the sort keys of its last row. Never an offset, so that nothing
//! is skipped or shown twice when rows come and go.

use super::Result;
use super::db::Row;
use beistand_protocol::desk::api::{DEFAULT_PAGE, MAX_PAGE};

/// How many rows a page has.
pub(super) fn size(asked: Option<u16>) -> usize {
    usize::from(asked.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE))
}

/// The keys in a cursor; nothing if it is not one of `N` keys, and then the list begins anew.
pub(super) fn read<const N: usize>(cursor: Option<&str>) -> Option<[i64; N]> {
    let keys: Option<Vec<i64>> = cursor?.split('.').map(|key| key.parse().ok()).collect();
    keys?.try_into().ok()
}

/// Cuts what was read, one row more than a page has, to the page, and says where the next begins.
pub(super) fn cut(mut rows: Vec<Row>, size: usize, keys: &[&'static str]) -> Result<(Vec<Row>, Option<String>)> {
    let more = rows.len() > size;
    rows.truncate(size);
    let next = match rows.last() {
        Some(last) if more => {
            let keys: Vec<String> =
                keys.iter().map(|key| Ok(last.plain::<i64>(key)?.to_string())).collect::<Result<_>>()?;
            Some(keys.join("."))
        }
        _ => None,
    };
    Ok((rows, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_is_none_begins_anew() {
        assert_eq!(read::<3>(Some("0.-2.17")), Some([0, -2, 17]));
        for wrong in ["", "1.2", "1.2.3.4", "a.b.c", "1.2.99999999999999999999", "1;DROP.2.3"] {
            assert_eq!(read::<3>(Some(wrong)), None, "{wrong}");
        }
        assert_eq!((size(None), size(Some(0)), size(Some(5000))), (50, 1, 100));
    }
}
