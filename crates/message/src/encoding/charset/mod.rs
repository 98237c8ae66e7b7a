//! Charsets: octets and a label to text, never failing.
//!
//! Known are all charsets of the WHATWG by their labels, and what mail has beside them: UTF-7,
//! UTF-32, HZ, ISO-2022-KR, ISO-2022-CN, the code pages of DOS, the Macintosh and EBCDIC, VISCII
//! and TCVN. A label is read however it is punctuated (`CP-437`, `ibm437`, `iso8859_15`). Left out
//! are EUC-TW, Johab, the planes of CNS 11643 in ISO-2022-CN, and T.61: no mapping of those is at
//! hand that is both complete and small.

#[cfg(feature = "encoding")]
mod high;
mod label;
#[cfg(feature = "encoding")]
mod shift;
mod single;
mod unlabelled;
mod utf7;
#[cfg(feature = "encoding")]
mod whole;

use alloc::borrow::Cow;
use alloc::string::String;

pub use unlabelled::{Options, Source, Text, read};

/// Decodes `bytes` by the label of a charset, in any case. What is malformed becomes U+FFFD. With a
/// label that is not known, or that the bytes show to be false, they are taken as
/// [`decode_unlabelled`] does; [`read`] says when that happened.
///
/// ```
/// use mailwire_message::encoding::charset::decode;
///
/// assert_eq!(decode(b"iso-8859-1", b"caf\xe9"), "caf\u{e9}");
/// assert_eq!(decode(b"uft-8", "caf\u{e9}".as_bytes()), "caf\u{e9}");
/// ```
#[must_use]
pub fn decode<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    read(Some(label), bytes, &Options::default()).text
}

/// The same of a value in a header: U+FEFF at its start is a character there and no mark, because
/// what the octets are is said (RFC 3629 section 6).
pub(crate) fn decode_value<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    if bytes.starts_with(b"\xef\xbb\xbf") && matches!(label::find(label), Some(Charset::Utf8)) {
        if let Ok(text) = core::str::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
    }
    decode(label, bytes)
}

/// Decodes bytes of which nothing is known: as UTF-8 if that is what they are, else as
/// Windows-1252.
#[must_use]
pub fn decode_unlabelled(bytes: &[u8]) -> Cow<'_, str> {
    decode_with_fallback(bytes, "windows-1252")
}

/// Decodes bytes that say nothing of their charset, as raw octets in a header: as UTF-8 if that is
/// what they are, else by the label that the caller expects.
///
/// ```
/// use mailwire_message::encoding::charset::decode_with_fallback;
///
/// assert_eq!(decode_with_fallback("\u{e9}".as_bytes(), "koi8-r"), "\u{e9}");
/// # #[cfg(feature = "encoding")]
/// assert_eq!(decode_with_fallback(b"\xf0\xd2\xc9", "koi8-r"), "\u{41f}\u{440}\u{438}");
/// ```
#[must_use]
pub fn decode_with_fallback<'a>(bytes: &'a [u8], fallback: &str) -> Cow<'a, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => label::find(fallback.as_bytes()).unwrap_or(Charset::Windows1252).decode(bytes),
    }
}

/// What an octet is in Windows-1252.
pub(crate) fn windows_1252(b: u8) -> char {
    single::WINDOWS_1252.char(b)
}

/// Whether a label is one that is known. `us-ascii` is, and so is every label of the WHATWG.
#[must_use]
pub fn is_known(label: &[u8]) -> bool {
    label::find(label).is_some()
}

/// A charset that is known.
#[derive(Clone, Copy, Debug)]
enum Charset {
    Ascii,
    Utf7,
    Utf8,
    Utf16(Option<Order>),
    Utf32(Option<Order>),
    Windows1252,
    #[cfg(feature = "encoding")]
    High(&'static single::Table<128>, &'static str),
    #[cfg(feature = "encoding")]
    Whole(&'static single::Table<256>, &'static str),
    #[cfg(feature = "encoding")]
    Hz,
    #[cfg(feature = "encoding")]
    Korean,
    #[cfg(feature = "encoding")]
    Chinese,
    #[cfg(feature = "encoding")]
    Encoding(&'static encoding_rs::Encoding),
}

/// Which octet of a number comes first.
#[derive(Clone, Copy, Debug)]
enum Order {
    Big,
    Little,
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Utf7 => "utf-7",
            Self::Utf8 => "utf-8",
            Self::Utf16(_) => "utf-16",
            Self::Utf32(_) => "utf-32",
            Self::Windows1252 => "windows-1252",
            #[cfg(feature = "encoding")]
            Self::High(_, name) | Self::Whole(_, name) => name,
            #[cfg(feature = "encoding")]
            Self::Hz => "hz-gb-2312",
            #[cfg(feature = "encoding")]
            Self::Korean => "iso-2022-kr",
            #[cfg(feature = "encoding")]
            Self::Chinese => "iso-2022-cn",
            #[cfg(feature = "encoding")]
            Self::Encoding(encoding) => encoding.name(),
        }
    }

    /// Decodes; what is malformed becomes U+FFFD.
    fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Ascii | Self::Windows1252 => single::WINDOWS_1252.decode(bytes),
            Self::Utf7 => Cow::Owned(utf7::decode(bytes)),
            Self::Utf8 => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                match simdutf8::basic::from_utf8(bytes) {
                    Ok(text) => Cow::Borrowed(text),
                    Err(_) => String::from_utf8_lossy(bytes),
                }
            }
            Self::Utf16(order) => Cow::Owned(utf16(bytes, order)),
            Self::Utf32(order) => Cow::Owned(utf32(bytes, order)),
            #[cfg(feature = "encoding")]
            Self::High(table, _) => table.decode(bytes),
            #[cfg(feature = "encoding")]
            Self::Whole(table, _) => table.decode(bytes),
            #[cfg(feature = "encoding")]
            Self::Hz => Cow::Owned(shift::hz(bytes)),
            #[cfg(feature = "encoding")]
            Self::Korean => Cow::Owned(shift::iso_2022_kr(bytes)),
            #[cfg(feature = "encoding")]
            Self::Chinese => Cow::Owned(shift::iso_2022_cn(bytes)),
            #[cfg(feature = "encoding")]
            Self::Encoding(encoding) => encoding.decode_without_bom_handling(bytes).0,
        }
    }

    /// Whether text of this charset is US-ASCII where its octets are.
    fn is_ascii_below_128(self) -> bool {
        match self {
            Self::Utf7 | Self::Utf16(_) | Self::Utf32(_) => false,
            #[cfg(feature = "encoding")]
            Self::Whole(..) | Self::Hz | Self::Korean | Self::Chinese => false,
            #[cfg(feature = "encoding")]
            Self::Encoding(encoding) => encoding.is_ascii_compatible(),
            _ => true,
        }
    }
}

/// Octets that are known to be US-ASCII.
fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Without a mark and an order: that in which most first octets of a pair are zero, else big (RFC
/// 2781 section 4.3).
fn utf16(bytes: &[u8], order: Option<Order>) -> String {
    let (order, bytes) = match (order, bytes) {
        (None | Some(Order::Little), [0xff, 0xfe, rest @ ..]) => (Order::Little, rest),
        (None | Some(Order::Big), [0xfe, 0xff, rest @ ..]) => (Order::Big, rest),
        (Some(order), bytes) => (order, bytes),
        (None, bytes) => {
            let zeros = |at: usize| {
                bytes.chunks_exact(2).take(512).filter(|pair| pair.get(at) == Some(&0)).count()
            };
            (if zeros(1) > zeros(0) { Order::Little } else { Order::Big }, bytes)
        }
    };
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| match (order, pair) {
        (Order::Big, [a, b]) | (Order::Little, [b, a]) => u16::from_be_bytes([*a, *b]),
        _ => 0xfffd,
    });
    let mut out: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if odd {
        out.push(char::REPLACEMENT_CHARACTER);
    }
    out
}

fn utf32(bytes: &[u8], order: Option<Order>) -> String {
    let (order, bytes) = match (order, bytes) {
        (None | Some(Order::Little), [0xff, 0xfe, 0, 0, rest @ ..]) => (Order::Little, rest),
        (None | Some(Order::Big), [0, 0, 0xfe, 0xff, rest @ ..]) => (Order::Big, rest),
        (order, bytes) => (order.unwrap_or(Order::Big), bytes),
    };
    let char_of = |group: &[u8]| match (order, group) {
        (Order::Big, &[a, b, c, d]) | (Order::Little, &[d, c, b, a]) => {
            char::from_u32(u32::from_be_bytes([a, b, c, d]))
        }
        _ => None,
    };
    bytes.chunks(4).map(|group| char_of(group).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
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
        for label in ["uft-8", "unicode-1-1-utf-7", "ansi_x3.110-1983", "US-ASCII", "cp-65001"] {
            assert!(is_known(label.as_bytes()), "{label}");
        }
        for label in ["x-unknown", "default", "unknown-8bit", "x-user-defined", "", "%"] {
            assert!(!is_known(label.as_bytes()), "{label}");
        }
    }

    #[test]
    fn utf_16_and_32_are_read_in_any_order() {
        assert_eq!(decode(b"utf-16", b"\xff\xfea\0\xac\x20"), "a\u{20ac}");
        assert_eq!(decode(b"utf-16", b"\xfe\xff\0a\x20\xac"), "a\u{20ac}");
        assert_eq!(decode(b"utf-16", b"a\0b\0"), "ab");
        assert_eq!(decode(b"utf-16be", b"\xd8\x3d\xde\0x"), "\u{1f600}\u{fffd}");
        assert_eq!(decode(b"utf-32le", b"\0\xf6\x01\0\0\0\x11\0"), "\u{1f600}\u{fffd}");
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn tables_are_those_of_the_world() {
        for (label, bytes, expected) in [
            ("koi8-r", &b"\xf0\xd2\xc9"[..], "\u{41f}\u{440}\u{438}"),
            ("iso-2022-jp", b"\x1b$BF|K\\\x1b(B", "\u{65e5}\u{672c}"),
            ("gb2312", b"\xc4\xe3", "\u{4f60}"),
            ("cp932", b"\x93\xfa", "\u{65e5}"),
            ("MS949", b"\xb0\xa1", "\u{ac00}"),
            ("ISO8859_15", b"\xa4", "\u{20ac}"),
            ("iso-8859-16", b"\xaa", "\u{218}"),
            ("iso-8859-8-i", b"\xe0", "\u{5d0}"),
            ("ibm437", b"\x81\xe1", "\u{fc}\u{df}"),
            ("CP-850", b"\x81\x9b\xd5", "\u{fc}\u{f8}\u{131}"),
            ("858", b"\xd5", "\u{20ac}"),
            ("cp852", b"\x8f", "\u{106}"),
            ("csPC8CodePage437", b"\x80", "\u{c7}"),
            ("EBCDIC-CP-US", b"\xc8\x85\x93\x93\x96", "Hello"),
            ("viscii", b"Vi\xaet Nam", "Vi\u{1ec7}t Nam"),
            ("TCVN-5712", b"Vi\xd6t", "Vi\u{1ec7}t"),
            ("hz-gb-2312", b"~{VP~}", "\u{4e2d}"),
            ("iso-2022-kr", b"\x1b$)C\x0eGQ\x0f", "\u{d55c}"),
            ("x-mac-ce", b"\x82", "\u{101}"),
            ("windows-1251", b"\xcf", "\u{41f}"),
            ("Win-1251", b"\xcf", "\u{41f}"),
            ("kz-1048", b"\xaa", "\u{492}"),
        ] {
            assert_eq!(decode(label.as_bytes(), bytes), expected, "{label}");
        }
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn text_that_is_broken_off_is_marked() {
        for (label, bytes) in [
            ("iso-2022-jp", &b"\x1b$B\xff\xff\x1b("[..]),
            ("shift_jis", b"\x93"),
            ("gb18030", b"\x81\x30\x81"),
            ("cp864", b"\xff"),
        ] {
            let text = read(Some(label.as_bytes()), bytes, &Options::default());
            assert!(text.malformed && text.text.contains('\u{fffd}'), "{label}");
        }
    }
}
