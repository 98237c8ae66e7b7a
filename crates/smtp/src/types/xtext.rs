//! xtext (RFC 3461 section 4): how parameters carry what has no place in them.

use crate::Sink;
use alloc::vec::Vec;

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
}
