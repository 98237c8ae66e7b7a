//! Encoded-words (RFC 2047).

use super::unfold;
use crate::encoding::{base64, charset};
use alloc::string::String;
use alloc::vec::Vec;

/// A value as text: unfolded, encoded-words decoded; other bytes are UTF-8 or else Windows-1252.
///
/// White space between two encoded-words is not part of the text (section 6.2). Words of the same
/// charset and encoding that follow each other are decoded together, so that a character that was
/// cut in two, which section 5 forbids and many write, comes out whole.
///
/// ```
/// use mailwire_message::header::text;
///
/// assert_eq!(text(b"=?utf-8?B?w6k=?= =?utf-8?q?=C3=A9_x?= y"), "\u{e9}\u{e9} x y");
/// ```
#[must_use]
pub fn text(value: &[u8]) -> String {
    let value = unfold(value);
    let mut out = String::new();
    let mut pending: Option<(&[u8], Vec<u8>)> = None;
    let mut rest = &value[..];
    let mut plain_from = 0;
    // Every turn consumes a candidate.
    while let Some(at) = memchr::memmem::find(rest.get(plain_from..).unwrap_or_default(), b"=?") {
        let at = plain_from + at;
        let Some((word, len)) = rest.get(at..).and_then(encoded_word) else {
            plain_from = at + 2;
            continue;
        };
        let before = rest.get(..at).unwrap_or_default();
        let gap = before.iter().all(u8::is_ascii_whitespace);
        match &mut pending {
            Some((charset, bytes)) if gap && charset.eq_ignore_ascii_case(word.charset) => {
                word.decode(bytes);
            }
            _ => {
                let follows = pending.is_some();
                flush(&mut pending, &mut out);
                if !(gap && follows) {
                    out.push_str(&plain(before));
                }
                let mut bytes = Vec::new();
                word.decode(&mut bytes);
                pending = Some((word.charset, bytes));
            }
        }
        rest = rest.get(at + len..).unwrap_or_default();
        plain_from = 0;
    }
    flush(&mut pending, &mut out);
    out.push_str(&plain(rest));
    out
}

fn flush(pending: &mut Option<(&[u8], Vec<u8>)>, out: &mut String) {
    if let Some((label, bytes)) = pending.take() {
        let decoded = charset::decode(label, &bytes);
        // What was encoded cannot end a line.
        out.extend(decoded.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
    }
}

fn plain(bytes: &[u8]) -> alloc::borrow::Cow<'_, str> {
    charset::decode_unlabelled(bytes)
}

struct Word<'a> {
    charset: &'a [u8],
    base64: bool,
    text: &'a [u8],
}

/// ```abnf
/// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
/// ```
///
/// Accepts spaces in Q text (many mailers), and words longer than 75 octets.
fn encoded_word(bytes: &[u8]) -> Option<(Word<'_>, usize)> {
    let inside = bytes.strip_prefix(b"=?")?;
    let charset_end = memchr::memchr(b'?', inside)?;
    let charset = inside.get(..charset_end)?;
    if charset.is_empty() || charset.len() > 60 || charset.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let (encoding, rest) = inside.get(charset_end + 1..)?.split_first()?;
    let rest = rest.strip_prefix(b"?")?;
    let text_end = memchr::memmem::find(rest, b"?=")?;
    let text = rest.get(..text_end)?;
    let base64 = match encoding {
        b'B' | b'b' => true,
        b'Q' | b'q' => false,
        _ => return None,
    };
    let charset = charset.split(|&b| b == b'*').next()?;
    let len = 2 + charset_end + 1 + 2 + text_end + 2;
    let len = if bytes.get(..len)?.ends_with(b"?=") { len } else { return None };
    Some((Word { charset, base64, text }, len))
}

impl Word<'_> {
    fn decode(&self, out: &mut Vec<u8>) {
        if self.base64 {
            let mut decoder = base64::Decoder::default();
            decoder.decode(self.text, out);
            decoder.finish(out);
            return;
        }
        let mut rest = self.text;
        while let [first, more @ ..] = rest {
            rest = more;
            match (first, more) {
                (b'_', _) => out.push(b' '),
                (b'=', [high, low, after @ ..]) => {
                    match crate::encoding::quoted_printable::hex(*high, *low) {
                        Some(byte) => {
                            out.push(byte);
                            rest = after;
                        }
                        None => out.push(b'='),
                    }
                }
                (b, _) => out.push(*b),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 2047 section 8.
    #[test]
    fn rfc2047_8_examples() {
        for (value, expected) in [
            ("=?ISO-8859-1?Q?a?=", "a"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
                "If you can read this you understand the example.",
            ),
        ] {
            assert_eq!(text(value.as_bytes()), expected);
        }
    }

    #[test]
    fn characters_that_were_cut_come_out_whole() {
        assert_eq!(text(b"=?utf-8?B?w6nD?= =?utf-8?B?qQ==?="), "\u{e9}\u{e9}");
        assert_eq!(text(b"=?utf-8?Q?=E2=82?= =?UTF-8?Q?=AC?="), "\u{20ac}");
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        for value in ["=?", "=?a?b?c", "=?utf-8?X?a?=", "a =? b", "=?utf-8?q?a", "=??q?a?="] {
            assert_eq!(text(value.as_bytes()), value);
        }
    }

    #[test]
    fn raw_bytes_are_utf8_or_windows_1252() {
        assert_eq!(text("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(text(b"caf\xe9 \x80"), "caf\u{e9} \u{20ac}");
    }
}
