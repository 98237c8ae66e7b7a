//! Encoded-words (RFC 2047).

use super::unfold;
use crate::encoding::{base64, charset};
use alloc::borrow::Cow;
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
pub fn text(value: &[u8]) -> Cow<'_, str> {
    text_of(value, b"")
}

/// The same, where bytes that are neither in an encoded-word nor UTF-8 are of this charset, in any
/// case; of Windows-1252 when it is empty or not known.
///
/// ```
/// use mailwire_message::header::text_of;
///
/// assert_eq!(text_of(b"\xc1 =?utf-8?q?=C3=A9?=", b"iso-8859-7"), "\u{391} \u{e9}");
/// assert_eq!(text_of("\u{e9}".as_bytes(), b"iso-8859-7"), "\u{e9}");
/// ```
#[must_use]
pub fn text_of<'a>(value: &'a [u8], fallback: &[u8]) -> Cow<'a, str> {
    // Most values are one line of US-ASCII, or UTF-8, without encoded-words.
    let trimmed = value.trim_ascii();
    if memchr::memchr3(b'\r', b'\n', b'=', trimmed).is_none() {
        // What finds the vector instructions costs more than a short value.
        let short = trimmed.len() < 64;
        let text = if short { core::str::from_utf8(trimmed).ok() } else { None };
        if let Some(text) = text.or_else(|| simdutf8::basic::from_utf8(trimmed).ok()) {
            return Cow::Borrowed(text);
        }
    }
    let plain = |bytes: &[u8], out: &mut String| match core::str::from_utf8(bytes) {
        Ok(text) => out.push_str(text),
        Err(_) => out.push_str(&charset::decode(fallback, bytes)),
    };
    let value = unfold(value);
    let mut out = String::new();
    let mut pending: Option<(&[u8], Vec<u8>)> = None;
    let mut rest = &value[..];
    let mut plain_from = 0;
    // Every turn consumes a candidate.
    while let Some(n) = memchr::memchr(b'=', rest.get(plain_from..).unwrap_or_default()) {
        let at = plain_from + n;
        let Some((word, len)) = rest.get(at..).and_then(encoded_word) else {
            plain_from = at + 1;
            continue;
        };
        let before = rest.get(..at).unwrap_or_default();
        let gap = before.iter().all(u8::is_ascii_whitespace);
        match &mut pending {
            Some((charset, bytes)) if gap && charset.eq_ignore_ascii_case(word.charset) => {
                let len = bytes.len();
                word.decode(bytes);
                // An escape sequence right behind another is an error for a decoder of
                // ISO-2022-JP, and where words meet there are two.
                let second = bytes.get(len) == Some(&0x1b);
                if second && bytes.get(..len).is_some_and(|it| it.ends_with(b"\x1b(B")) {
                    bytes.drain(len - 3..len);
                }
            }
            _ => {
                let follows = pending.is_some();
                flush(&mut pending, &mut out);
                if !(gap && follows) {
                    plain(before, &mut out);
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
    plain(rest, &mut out);
    Cow::Owned(out)
}

fn flush(pending: &mut Option<(&[u8], Vec<u8>)>, out: &mut String) {
    if let Some((label, bytes)) = pending.take() {
        let decoded = charset::decode_value(label, &bytes);
        // What was encoded cannot end a line.
        out.extend(decoded.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
    }
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
    // What divides addresses is in the name of no charset.
    let strange = |b: &u8| b.is_ascii_whitespace() || b"@<>(),;\"".contains(b);
    if charset.is_empty() || charset.len() > 60 || charset.iter().any(strange) {
        return None;
    }
    let (encoding, rest) = inside.get(charset_end + 1..)?.split_first()?;
    let rest = rest.strip_prefix(b"?")?;
    let base64 = match encoding {
        b'B' | b'b' => true,
        b'Q' | b'q' => false,
        _ => return None,
    };
    let text_end = text_end(rest)?;
    let text = rest.get(..text_end)?;
    let charset = charset.split(|&b| b == b'*').next()?;
    let len = 2 + charset_end + 1 + 2 + text_end + 2;
    let len = if bytes.get(..len)?.ends_with(b"?=") { len } else { return None };
    Some((Word { charset, base64, text }, len))
}

/// How long the encoded-word is that this begins with.
pub(super) fn encoded_word_len(bytes: &[u8]) -> Option<usize> {
    encoded_word(bytes).map(|(_, len)| len)
}

/// Where the text of an encoded-word ends. Another that begins first says that this one does not
/// end, so that no octet is looked at for two words.
fn text_end(rest: &[u8]) -> Option<usize> {
    let mut from = 0;
    // Every turn consumes a question mark.
    loop {
        let at = from + memchr::memchr(b'?', rest.get(from..)?)?;
        if rest.get(at + 1) == Some(&b'=') {
            return Some(at);
        }
        if at.checked_sub(1).and_then(|before| rest.get(before)) == Some(&b'=') {
            return None;
        }
        from = at + 1;
    }
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
            // U+FEFF is no mark here.
            ("=?UTF-8?B?77u/YQ==?=", "\u{feff}a"),
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
        for value in
            ["=?", "=?a?b?c", "=?utf-8?X?a?=", "a =? b", "=?utf-8?q?a", "=??q?a?=", "=?u@x?q?a?="]
        {
            assert_eq!(text(value.as_bytes()), value);
        }
    }

    #[test]
    fn raw_bytes_are_utf8_or_windows_1252() {
        assert_eq!(text("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(text(b"caf\xe9 \x80"), "caf\u{e9} \u{20ac}");
    }

    #[test]
    fn common_breaches_are_read() {
        for (value, expected) in [
            // No white space between, nor around.
            (&b"=?utf-8?q?a?==?utf-8?q?b?="[..], "ab"),
            (b"x=?utf-8?q?a?=y", "xay"),
            // Spaces inside, a language, no padding.
            (b"=?utf-8?q?a b?=", "a b"),
            (b"=?utf-8*en?q?a?=", "a"),
            (b"=?utf-8?b?YQ?=", "a"),
            (b"=?utf-8?b?w6k?= =?utf-8?b?w6k?=", "\u{e9}\u{e9}"),
            // In quotes.
            (b"\"=?utf-8?q?a?=\"", "\"a\""),
            // A character of B, another of Q, cut.
            (b"=?utf-8?b?4oI=?= =?utf-8?q?=AC?=", "\u{20ac}"),
            // One that does not end before another.
            (b"=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"),
            // What ends lines and strings.
            (b"=?utf-8?q?a=0D=0ABcc:_x=00?=", "a  Bcc: x "),
        ] {
            assert_eq!(text(value), expected, "{}", String::from_utf8_lossy(value));
        }
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn state_of_iso_2022_jp_goes_over_words() {
        let words = b"=?iso-2022-jp?b?GyRCRnxLXA==?= =?iso-2022-jp?b?OGwbKEI=?=";
        assert_eq!(text(words), "\u{65e5}\u{672c}\u{8a9e}");
        let words = b"=?ISO-2022-JP?B?GyRCJUYbKEI=?=\r\n =?iso-2022-jp?B?GyRCJUYbKEI=?=";
        assert_eq!(text(words), "\u{30c6}\u{30c6}");
    }
}
