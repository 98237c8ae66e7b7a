//! Charsets: labels of mail to text, never failing.

use alloc::borrow::Cow;
use alloc::string::String;

/// Decodes `bytes` by the label of a charset, in any case. What is malformed becomes U+FFFD; with a
/// label that is not known the bytes are taken as [`decode_unlabelled`] does.
#[must_use]
pub fn decode<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    let label = label.trim_ascii();
    let is = |name: &str| label.eq_ignore_ascii_case(name.as_bytes());
    if is("utf-8") || is("utf8") || is("us-ascii") || is("ascii") || label.is_empty() {
        return decode_unlabelled(bytes);
    }
    if is("utf-7") || is("unicode-1-1-utf-7") {
        return Cow::Owned(utf7(bytes));
    }
    by_table(label, bytes)
}

#[cfg(feature = "encoding")]
fn by_table<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    // Labels that mail uses and the WHATWG's list does not have.
    let label = match label.to_ascii_lowercase().as_slice() {
        b"cp932" | b"x-ms-cp932" => b"shift_jis".as_slice(),
        b"cp936" | b"x-gbk" | b"gb18030-2000" => b"gbk",
        b"cp949" | b"ms949" | b"ks_c_5601" => b"euc-kr",
        b"cp950" => b"big5",
        b"cp-850" | b"latin-1" | b"iso8859-1" | b"8859-1" => b"windows-1252",
        b"iso-2022-jp-2" | b"iso-2022-jp-ms" => b"iso-2022-jp",
        _ => label,
    };
    match encoding_rs::Encoding::for_label_no_replacement(label) {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
        None => decode_unlabelled(bytes),
    }
}

#[cfg(not(feature = "encoding"))]
fn by_table<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    let latin = [b"iso-8859-1".as_slice(), b"latin1", b"windows-1252", b"cp1252"];
    match latin.iter().any(|known| label.eq_ignore_ascii_case(known)) {
        true => windows_1252(bytes),
        false => decode_unlabelled(bytes),
    }
}

/// Decodes bytes of which nothing is known: as UTF-8 if that is what they are, else as
/// Windows-1252.
#[must_use]
pub fn decode_unlabelled(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => windows_1252(bytes),
    }
}

fn windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    // The 32 places in which it is not ISO 8859-1.
    const HIGH: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}',
        '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}',
        '\u{178}',
    ];
    let char_of = |b: &u8| match b {
        0x80..=0x9f => HIGH.get(usize::from(b - 0x80)).copied().unwrap_or('\u{fffd}'),
        b => char::from(*b),
    };
    Cow::Owned(bytes.iter().map(char_of).collect())
}

/// UTF-7 (RFC 2152).
fn utf7(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    // Every turn consumes plain text or a shifted run.
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'+' {
            out.push(if first.is_ascii() { char::from(*first) } else { '\u{fffd}' });
            continue;
        }
        let n = rest
            .iter()
            .position(|&b| mailwire_core::base64::value(b) == mailwire_core::base64::NOT_BASE64);
        let (shifted, after) = rest.split_at(n.unwrap_or(rest.len()));
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if shifted.is_empty() && after.starts_with(b"-") {
            out.push('+');
            continue;
        }
        let (mut bits, mut count) = (0u32, 0u32);
        let units = shifted.iter().filter_map(|&b| {
            bits = bits << 6 | u32::from(mailwire_core::base64::value(b));
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
    fn labels_are_known() {
        assert_eq!(decode(b"ISO-8859-1", b"caf\xe9"), "caf\u{e9}");
        assert_eq!(decode(b"utf-8", "\u{e9}".as_bytes()), "\u{e9}");
        assert_eq!(decode(b"utf-7", b"Hi Mom +Jjo--! +-x"), "Hi Mom \u{263a}-! +x");
        assert_eq!(decode(b"no-such", b"caf\xe9"), "caf\u{e9}");
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn tables_are_those_of_encoding_rs() {
        assert_eq!(decode(b"koi8-r", b"\xf0\xd2\xc9"), "\u{41f}\u{440}\u{438}");
        assert_eq!(decode(b"iso-2022-jp", b"\x1b$BF|K\\\x1b(B"), "\u{65e5}\u{672c}");
        assert_eq!(decode(b"gb2312", b"\xc4\xe3"), "\u{4f60}");
    }
}
