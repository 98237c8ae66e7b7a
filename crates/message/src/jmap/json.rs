//! Writes JSON (RFC 8259).

use mailwire_core::Sink;

/// Writes a string in quotes. Control characters, `"`, `\`, and the two line ends that JavaScript
/// does not take in strings (U+2028 and U+2029) are escaped; all else stands as UTF-8.
///
/// ```
/// let mut out = Vec::new();
/// mailwire_message::jmap::string("a\"b\n", &mut out);
/// assert_eq!(out, br#""a\"b\n""#);
/// ```
pub fn string(text: &str, out: &mut (impl Sink + ?Sized)) {
    out.put(b"\"");
    let mut rest = text.as_bytes();
    // Every turn consumes a run of plain octets and one that is not.
    while !rest.is_empty() {
        let n = rest.iter().position(|&b| is_special(b)).unwrap_or(rest.len());
        let (plain, more) = rest.split_at(n);
        out.put(plain);
        let taken = match more {
            [] => 0,
            [b'"', ..] => escape(b"\\\"", out),
            [b'\\', ..] => escape(b"\\\\", out),
            [b'\n', ..] => escape(b"\\n", out),
            [b'\r', ..] => escape(b"\\r", out),
            [b'\t', ..] => escape(b"\\t", out),
            [0xe2, 0x80, 0xa8, ..] => escape(b"\\u2028", out) + 2,
            [0xe2, 0x80, 0xa9, ..] => escape(b"\\u2029", out) + 2,
            [b @ 0xe2, ..] => escape(&[*b], out),
            [b, ..] => escape(&[b"\\u00", &hex(*b)[..]].concat(), out),
        };
        rest = more.get(taken..).unwrap_or_default();
    }
    out.put(b"\"");
}

fn is_special(b: u8) -> bool {
    matches!(b, 0..0x20 | b'"' | b'\\' | 0x7f | 0xe2)
}

/// Writes what stands for one octet.
fn escape(bytes: &[u8], out: &mut (impl Sink + ?Sized)) -> usize {
    out.put(bytes);
    1
}

fn hex(b: u8) -> [u8; 2] {
    let digit = |four: u8| if four < 10 { b'0' + four } else { b'a' + four - 10 };
    [digit(b >> 4), digit(b & 15)]
}

/// The items of an array or the members of an object on their way out.
pub(super) struct Items<'s, S: Sink + ?Sized> {
    out: &'s mut S,
    first: bool,
}

impl<'s, S: Sink + ?Sized> Items<'s, S> {
    pub(super) fn array(out: &'s mut S) -> Self {
        out.put(b"[");
        Self { out, first: true }
    }

    pub(super) fn object(out: &'s mut S) -> Self {
        out.put(b"{");
        Self { out, first: true }
    }

    /// Where the next item is written.
    pub(super) fn item(&mut self) -> &mut S {
        if !core::mem::take(&mut self.first) {
            self.out.put(b",");
        }
        self.out
    }

    /// Where the value of the next member is written.
    pub(super) fn member(&mut self, name: &str) -> &mut S {
        string(name, self.item());
        self.out.put(b":");
        self.out
    }

    pub(super) fn end_array(self) {
        self.out.put(b"]");
    }

    pub(super) fn end_object(self) {
        self.out.put(b"}");
    }
}

/// Writes an array of what each item writes.
pub(super) fn array<T, S: Sink + ?Sized>(
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut S),
    out: &mut S,
) {
    let mut array = Items::array(out);
    for item in items {
        write(item, array.item());
    }
    array.end_array();
}

/// Writes a string, or `null`.
pub(super) fn optional(text: Option<&str>, out: &mut (impl Sink + ?Sized)) {
    match text {
        Some(text) => string(text, out),
        None => out.put(b"null"),
    }
}

/// Writes `true` or `false`.
pub(super) fn boolean(value: bool, out: &mut (impl Sink + ?Sized)) {
    out.put(if value { b"true" } else { b"false" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn every_character_comes_back() {
        let all: String = (0..=0x2030).filter_map(char::from_u32).chain(['\u{1f600}']).collect();
        let mut out = Vec::new();
        string(&all, &mut out);
        let text = core::str::from_utf8(&out).unwrap();

        assert_eq!(serde_json::from_str::<String>(text).unwrap(), all);
        assert!(!text.contains(['\0', '\n', '\u{7f}', '\u{2028}', '\u{2029}']));
        assert!(text.contains("\\u001f") && text.contains("\u{2027}"));
    }
}
