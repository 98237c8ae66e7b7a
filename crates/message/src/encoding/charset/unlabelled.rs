//! What octets are when nothing, or something false, is said of them.

use super::{Charset, label};
use alloc::borrow::Cow;

/// What a caller knows of octets that say nothing themselves.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options<'o> {
    /// The label that is taken when nothing else is found. Default `windows-1252`.
    pub fallback: &'o str,
    /// Whether they are HTML, which may say its charset in a `meta` element. Default false.
    pub html: bool,
    /// Whether to guess from how often which characters come, before the fallback is taken.
    /// Default false.
    #[cfg(feature = "detect")]
    pub detect: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            fallback: "windows-1252",
            html: false,
            #[cfg(feature = "detect")]
            detect: false,
        }
    }
}

impl<'o> Options<'o> {
    /// These with the label that is taken when nothing else is found.
    #[must_use]
    pub fn with_fallback(self, fallback: &'o str) -> Self {
        Self { fallback, ..self }
    }

    /// These for HTML.
    #[must_use]
    pub fn html(self) -> Self {
        Self { html: true, ..self }
    }

    /// These with guessing.
    #[cfg(feature = "detect")]
    #[must_use]
    pub fn detecting(self) -> Self {
        Self { detect: true, ..self }
    }
}

/// Text, and how it came to be.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Text<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The charset it was in. Text of `utf-7` that ends up in HTML is a way to smuggle scripts
    /// past filters.
    pub charset: &'static str,
    /// Why that one.
    pub source: Source,
    /// Whether something was malformed and became U+FFFD.
    pub malformed: bool,
}

impl Text<'_> {
    /// The same with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text { text: Cow::Owned(self.text.into_owned()), ..self }
    }

    /// Whether a charset was declared and the octets are in another.
    #[must_use]
    pub fn is_label_false(&self) -> bool {
        matches!(self.source, Source::Instead)
    }
}

/// Why a charset was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// It was declared.
    Declared,
    /// Another was declared and cannot be: what is declared to be US-ASCII or Latin 1 is UTF-8, or
    /// what is declared to be US-ASCII or UTF-8 has other octets throughout.
    Instead,
    /// A byte order mark says it.
    Mark,
    /// The octets are US-ASCII, which is the same in all.
    Ascii,
    /// The octets are UTF-8, and hardly so by chance.
    Utf8,
    /// A `meta` element of the HTML says it.
    Meta,
    /// It was guessed by the feature `detect`.
    Detected,
    /// The caller said it.
    Fallback,
}

/// Decodes octets by what is declared, by what they are themselves, or by what the caller knows,
/// in that order.
///
/// ```
/// use mailwire_message::encoding::charset::{Options, Source, read};
///
/// let text = read(Some(b"us-ascii"), "caf\u{e9}".as_bytes(), &Options::default());
/// assert_eq!((&*text.text, text.charset), ("caf\u{e9}", "utf-8"));
/// assert!(text.is_label_false());
///
/// let text = read(None, b"caf\xe9", &Options::default());
/// assert_eq!((&*text.text, text.source), ("caf\u{e9}", Source::Fallback));
/// ```
#[must_use]
pub fn read<'a>(declared: Option<&[u8]>, bytes: &'a [u8], options: &Options<'_>) -> Text<'a> {
    let charset = declared.and_then(label::find);
    let Some(charset) = charset else { return unlabelled(bytes, options) };
    if !charset.is_ascii_below_128() {
        return text(charset, Source::Declared, bytes);
    }
    let latin = matches!(charset, Charset::Ascii | Charset::Windows1252);
    if !latin && !matches!(charset, Charset::Utf8) {
        return text(charset, Source::Declared, bytes);
    }
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match utf8(unmarked) {
        Some((valid, ascii)) => {
            let source = if latin && !ascii { Source::Instead } else { Source::Declared };
            let charset = if source == Source::Instead { Charset::Utf8 } else { charset };
            Text { text: Cow::Borrowed(valid), charset: charset.name(), source, malformed: false }
        }
        None if matches!(charset, Charset::Windows1252) => text(charset, Source::Declared, bytes),
        // Some of it is UTF-8: that is what it was meant to be.
        None if matches!(charset, Charset::Utf8) && has_utf8(unmarked) => {
            text(charset, Source::Declared, bytes)
        }
        None => Text { source: Source::Instead, ..unlabelled(bytes, options) },
    }
}

/// The octets, if they are UTF-8, and whether they are US-ASCII. Text in another charset is told by
/// the first of its characters that are not US-ASCII, without looking at the rest.
fn utf8(bytes: &[u8]) -> Option<(&str, bool)> {
    let mut rest = bytes;
    for size in [1024, 64] {
        let ascii = rest.chunks(size).take_while(|some| some.is_ascii()).map(<[u8]>::len).sum();
        rest = rest.get(ascii..)?;
    }
    let near = rest.get(..128).unwrap_or(rest);
    if core::str::from_utf8(near).is_err_and(|error| error.error_len().is_some()) {
        return None;
    }
    Some((simdutf8::basic::from_utf8(bytes).ok()?, rest.is_empty()))
}

fn text(charset: Charset, source: Source, bytes: &[u8]) -> Text<'_> {
    let text = charset.decode(bytes);
    // What was borrowed was right, and Windows-1252 has all octets.
    let whole = matches!(charset, Charset::Ascii | Charset::Windows1252);
    let malformed = !whole && matches!(text, Cow::Owned(_)) && text.contains('\u{fffd}');
    Text { text, charset: charset.name(), source, malformed }
}

/// Whether there is any character of UTF-8 beyond US-ASCII.
fn has_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

fn unlabelled<'a>(bytes: &'a [u8], options: &Options<'_>) -> Text<'a> {
    let marked = match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some(Charset::Utf8),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Charset::Utf32(None)),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Charset::Utf16(None)),
        _ => None,
    };
    if let Some(charset) = marked {
        return text(charset, Source::Mark, bytes);
    }
    // Charsets that shift hide in US-ASCII: a meta element may say so.
    let meta = if options.html { meta(bytes).and_then(label::find) } else { None };
    let meta = meta.filter(|charset| !matches!(charset, Charset::Utf16(_) | Charset::Utf32(_)));
    if let Some((valid, ascii)) = utf8(bytes) {
        if let Some(charset) = meta.filter(|charset| ascii && !charset.is_ascii_below_128()) {
            return text(charset, Source::Meta, bytes);
        }
        let source = if ascii { Source::Ascii } else { Source::Utf8 };
        let charset = if ascii { Charset::Ascii } else { Charset::Utf8 };
        let text = Cow::Borrowed(valid);
        return Text { text, charset: charset.name(), source, malformed: false };
    }
    if let Some(charset) = meta {
        return text(charset, Source::Meta, bytes);
    }
    #[cfg(feature = "detect")]
    if options.detect {
        return text(detect(bytes), Source::Detected, bytes);
    }
    let fallback = label::find(options.fallback.as_bytes()).unwrap_or(Charset::Windows1252);
    text(fallback, Source::Fallback, bytes)
}

/// Looks at no more than this.
#[cfg(feature = "detect")]
const SAMPLE: usize = 64 * 1024;

#[cfg(feature = "detect")]
fn detect(bytes: &[u8]) -> Charset {
    use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes.get(..SAMPLE).unwrap_or(bytes), bytes.len() <= SAMPLE);
    match detector.guess(None, Utf8Detection::Allow) {
        encoding if encoding == encoding_rs::WINDOWS_1252 => Charset::Windows1252,
        encoding if encoding == encoding_rs::UTF_8 => Charset::Utf8,
        encoding => Charset::Encoding(encoding),
    }
}

/// The label of a `meta` element that says a charset, in either of its two forms.
fn meta(html: &[u8]) -> Option<&[u8]> {
    // Browsers look at 1024 octets; mail has longer heads.
    let mut rest = html.get(..4096).unwrap_or(html);
    // Every turn consumes up to an element.
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..)?;
        if !rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta")) {
            continue;
        }
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let element = rest.get(..end)?;
        let Some(at) = element.windows(7).position(|w| w.eq_ignore_ascii_case(b"charset")) else {
            continue;
        };
        let value = element.get(at + 7..)?.trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
        let end = value.iter().position(|b| matches!(b, b'"' | b'\'' | b';' | b' ' | b'/' | b'>'));
        return value.get(..end.unwrap_or(value.len()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        declared: Option<&str>,
        bytes: &[u8],
        options: &Options<'_>,
    ) -> (&'static str, Source) {
        let text = read(declared.map(str::as_bytes), bytes, options);
        (text.charset, text.source)
    }

    #[test]
    fn what_is_declared_is_believed_as_far_as_it_can_be() {
        let plain = Options::default();
        for (declared, bytes, expected) in [
            (Some("us-ascii"), &b"a"[..], ("us-ascii", Source::Declared)),
            (Some("us-ascii"), b"\xc3\xa9", ("utf-8", Source::Instead)),
            (Some("us-ascii"), b"\xe9", ("windows-1252", Source::Instead)),
            (Some("iso-8859-1"), b"\xe9", ("windows-1252", Source::Declared)),
            (Some("iso-8859-1"), b"\xc3\xa9", ("utf-8", Source::Instead)),
            (Some("utf-8"), b"\xc3\xa9 \xff", ("utf-8", Source::Declared)),
            (Some("utf-8"), b"caf\xe9", ("windows-1252", Source::Instead)),
            (Some("utf-7"), b"+AOk-", ("utf-7", Source::Declared)),
            (Some("default"), b"+AOk-", ("us-ascii", Source::Ascii)),
            (Some("x-unknown"), b"\xc3\xa9", ("utf-8", Source::Utf8)),
            (None, b"\xef\xbb\xbfa", ("utf-8", Source::Mark)),
            (None, b"\xff\xfea\0", ("utf-16", Source::Mark)),
            (None, b"\xe9", ("windows-1252", Source::Fallback)),
        ] {
            assert_eq!(found(declared, bytes, &plain), expected, "{declared:?} {bytes:?}");
        }
    }

    #[cfg(feature = "encoding")]
    #[test]
    fn html_and_the_caller_are_asked() {
        let html = Options::default().html();
        for head in [
            &b"<html><META http-equiv=Content-Type content=\"text/html; charset=koi8-r\">\xf0"[..],
            b"<meta charset='koi8-r'/>\xf0",
            b"<meta name=x><meta charset = koi8-r >\xf0",
        ] {
            assert_eq!(found(None, head, &html), ("KOI8-R", Source::Meta));
        }
        assert_eq!(found(None, b"<meta charset=>\xf0", &html), ("windows-1252", Source::Fallback));
        let korean = Options::default().with_fallback("euc-kr");
        assert_eq!(found(None, b"\xb0\xa1", &korean), ("EUC-KR", Source::Fallback));
    }

    #[cfg(feature = "detect")]
    #[test]
    fn undeclared_octets_are_guessed_when_asked_for() {
        let text = "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43c}\u{438}\u{440}, \u{43a}\u{430}\u{43a} \u{434}\u{435}\u{43b}\u{430}?";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
        let options = Options::default().detecting();
        assert_eq!(found(None, &bytes, &options), ("windows-1251", Source::Detected));
    }
}
