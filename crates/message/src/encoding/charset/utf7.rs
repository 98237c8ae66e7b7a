//! UTF-7 (RFC 2152).

use alloc::string::String;
use mailwire_core::base64::{NOT_BASE64, value};

/// Decodes UTF-7. What is malformed becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    // Every turn consumes plain text and a shifted run.
    while !rest.is_empty() {
        let n = memchr::memchr(b'+', rest).unwrap_or(rest.len());
        let (plain, shifted) = rest.split_at(n);
        out.extend(plain.iter().map(|&b| if b.is_ascii() { char::from(b) } else { '\u{fffd}' }));
        let Some(run) = shifted.strip_prefix(b"+") else { break };
        let n = run.iter().position(|&b| value(b) == NOT_BASE64).unwrap_or(run.len());
        let (run, after) = run.split_at(n);
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if run.is_empty() {
            if after.starts_with(b"-") || !after.is_empty() {
                out.push('+');
            }
            continue;
        }
        let (mut bits, mut count) = (0u32, 0u32);
        let units = run.iter().filter_map(|&b| {
            bits = bits << 6 | u32::from(value(b));
            count += 6;
            if count < 16 {
                return None;
            }
            count -= 16;
            let unit = u16::try_from(bits >> count & 0xffff).ok();
            bits &= (1 << count) - 1;
            unit
        });
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc2152_examples() {
        for (text, expected) in [
            (&b"Hi Mom -+Jjo--!"[..], "Hi Mom -\u{263a}-!"),
            (b"A+ImIDkQ.", "A\u{2262}\u{391}."),
            (b"+ZeVnLIqe-", "\u{65e5}\u{672c}\u{8a9e}"),
            (b"Item 3 is +AKM-1.", "Item 3 is \u{a3}1."),
            (b"1 +- 1 = 2", "1 + 1 = 2"),
            (b"+2D3eAA", "\u{1f600}"),
            (b"+2D0-", "\u{fffd}"),
            (b"caf\xe9", "caf\u{fffd}"),
        ] {
            assert_eq!(decode(text), expected, "{text:?}");
        }
    }
}
