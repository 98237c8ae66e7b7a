//! xtext (RFC 3461 section 4) and utf-8-addr-xtext (RFC 6533 section 3): how parameters carry what
//! has no place in them.

use crate::Sink;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Appends `bytes` as xtext: `+`, `=` and what is not printable become `+` and two digits.
///
/// ```
/// let mut out = Vec::new();
/// mailwire_smtp::types::encode_xtext(b"a+b=c\x7f", &mut out);
/// assert_eq!(out, b"a+2Bb+3Dc+7F");
/// ```
pub fn encode(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    for &b in bytes {
        match b {
            b'+' | b'=' | 0..=32 | 127.. => out.put(&[b'+', hex(b >> 4), hex(b & 15)]),
            _ => out.put(&[b]),
        }
    }
}

/// The bytes that xtext stands for; `None` when it is none.
///
/// They may be anything, NUL and line ends too: check before they go anywhere else.
///
/// ```abnf
/// xtext = *( xchar / hexchar )
/// xchar = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
/// hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
/// ```
/// Accepts digits in lower case.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    // Every turn consumes an octet or three.
    loop {
        rest = match rest {
            [] => return Some(out),
            [b'+', high, low, rest @ ..] => {
                out.push(digit(*high)? << 4 | digit(*low)?);
                rest
            }
            [b'+' | b'=' | 0..=32 | 127.., ..] => return None,
            [b, rest @ ..] => {
                out.push(*b);
                rest
            }
        };
    }
}

/// Appends an address as utf-8-addr-xtext: all of it in US-ASCII, what has no place in a parameter
/// as `\x{` hexadecimal digits `}`.
///
/// ```
/// let mut out = Vec::new();
/// mailwire_smtp::types::encode_utf8_addr_xtext("\u{fc}+b@example.org", &mut out);
/// assert_eq!(out, br"\x{FC}\x{2B}b@example.org");
/// ```
pub fn encode_utf8_addr(address: &str, out: &mut (impl Sink + ?Sized)) {
    for c in address.chars() {
        match c {
            '+' | '=' | '\\' | '\0'..=' ' | '\x7f'.. => {
                let mut text = String::new();
                // Writing to a string does not fail.
                let _ = write!(text, "\\x{{{:02X}}}", u32::from(c));
                out.put(text.as_bytes());
            }
            c => out.put(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The address that utf-8-addr-xtext or utf-8-addr-unitext stands for; `None` when it is neither.
///
/// ```abnf
/// utf-8-addr-xtext    = 1*(QCHAR / EmbeddedUnicodeChar)
/// utf-8-addr-unitext  = 1*(QUCHAR / EmbeddedUnicodeChar)
/// QCHAR               = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
/// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"
/// ```
/// Accepts digits in lower case and zeros in front, up to six digits in all.
#[must_use]
pub fn decode_utf8_addr(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    // Every turn consumes a character or an escape.
    while let Some(c) = rest.chars().next() {
        match c {
            '\\' => {
                let (digits, more) = rest.strip_prefix("\\x{")?.split_once('}')?;
                let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
                if !hex || digits.is_empty() || digits.len() > 6 {
                    return None;
                }
                out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = more;
            }
            '+' | '=' | '\0'..=' ' | '\x7f' => return None,
            c => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    Some(out)
}

fn hex(n: u8) -> u8 {
    if n < 10 { b'0' + n } else { b'A' + n - 10 }
}

fn digit(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut text = Vec::new();

        encode(&bytes, &mut text);

        assert!(text.iter().all(u8::is_ascii_graphic));
        assert_eq!(decode(&text), Some(bytes));
    }

    #[test]
    fn what_is_not_xtext_is_none() {
        for bad in ["+", "+4", "+4G", "a=b", "a b", "\u{e9}"] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn every_character_comes_back() {
        let planes = ['\u{e9}', '\u{4f8b}', '\u{ffff}', '\u{10000}', '\u{10ffff}'];
        let address: String = (0..=127u8).map(char::from).chain(planes).collect();
        let mut text = Vec::new();

        encode_utf8_addr(&address, &mut text);

        assert!(text.iter().all(u8::is_ascii_graphic));
        assert!(!text.iter().any(|b| matches!(b, b'+' | b'=')));
        assert_eq!(decode_utf8_addr(core::str::from_utf8(&text).unwrap()), Some(address));
        assert_eq!(decode_utf8_addr("\u{e9}@b").as_deref(), Some("\u{e9}@b"));
    }

    #[test]
    fn what_is_no_utf8_address_is_none() {
        for bad in [
            "a b",
            "a+b",
            "a=b",
            "\\",
            "\\x",
            "\\x{}",
            "\\x{G}",
            "\\x{D800}",
            "\\x{110000}",
            "\\x{0000041}",
            "\\x{41",
            "a\\b",
        ] {
            assert_eq!(decode_utf8_addr(bad), None, "{bad}");
        }
    }
}
