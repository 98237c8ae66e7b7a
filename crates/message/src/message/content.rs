//! What a part holds, decoded.

use super::PartRef;
use crate::encoding::{Decoder, Faults, base64, charset, quoted_printable};
use crate::mime::{Name, Reader};
use crate::{Kind, Rules, TransferEncoding};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

impl<'a> PartRef<'_, 'a> {
    /// Its body, decoded. That of a multipart or a message is as it stands, and so is one whose
    /// encoding is not known.
    #[must_use]
    pub fn body(&self) -> Cow<'a, [u8]> {
        let raw = self.body_raw();
        if self.kind() != Kind::Leaf {
            return Cow::Borrowed(raw);
        }
        match self.encoding() {
            TransferEncoding::Base64 => Cow::Owned(base64::decode(raw)),
            TransferEncoding::QuotedPrintable => quoted_printable::decode(raw),
            TransferEncoding::Uuencode | TransferEncoding::Yenc => match self.decoded() {
                (_, faults) if faults.is_no_file() => Cow::Borrowed(raw),
                (octets, _) => Cow::Owned(octets),
            },
            _ => Cow::Borrowed(raw),
        }
    }

    /// What its body stands for by its transfer encoding, and what was not as it should be. Of a
    /// part that is not encoded it is the body, which has no faults.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::encoding::Faults;
    ///
    /// let message = Message::parse(b"Content-Transfer-Encoding: base64\r\n\r\nSGk");
    /// let (octets, faults) = message.root().decoded();
    /// assert_eq!(octets, b"Hi");
    /// assert!(matches!(faults, Faults::Base64(faults) if faults.missing_padding));
    /// ```
    #[must_use]
    pub fn decoded(&self) -> (Vec<u8>, Faults) {
        let encoding = if self.kind() == Kind::Leaf { self.encoding() } else { <_>::default() };
        let (mut decoder, mut out) = (Decoder::new(encoding), Vec::new());
        decoder.decode(self.body_raw(), &mut out);
        decoder.finish(&mut out);
        (out, decoder.faults())
    }

    /// Its body, decoded, as text by its charset, by what it is itself, and HTML by what it says
    /// of itself. What is UTF-8 already and not encoded is not copied.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        self.text_with(&charset::Options::default()).text
    }

    /// The same with what the caller knows of octets that say nothing, and how the text came to
    /// be. Whether it is HTML, the part says.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::encoding::charset::{Options, Source};
    ///
    /// let message = Message::parse(b"Subject: x\r\n\r\n\xa4");
    /// let text = message.root().text_with(&Options::default().with_fallback("iso-8859-15"));
    /// assert_eq!(text.source, Source::Fallback);
    /// # #[cfg(feature = "encoding")]
    /// assert_eq!(text.text, "\u{20ac}");
    /// ```
    #[must_use]
    pub fn text_with(&self, options: &charset::Options<'_>) -> charset::Text<'a> {
        let field = self.known(Name::CONTENT_TYPE);
        let label = field.map(|it| self.charset(it.value())).unwrap_or_default();
        let declared = Some(&*label).filter(|label| !label.is_empty());
        // Only what may be HTML is taken apart.
        let html = field.is_some_and(|it| may_be_html(it.value()));
        let options = match html && self.content_type().is("text", "html") {
            true => options.html(),
            false => *options,
        };
        match self.body() {
            Cow::Borrowed(octets) => charset::read(declared, octets, &options),
            Cow::Owned(octets) => charset::read(declared, &octets, &options).into_owned(),
        }
    }

    /// Whether its type is text, of whichever subtype; so is a part that says no type.
    #[must_use]
    pub fn is_text(&self) -> bool {
        let Some(field) = self.known(Name::CONTENT_TYPE) else { return !self.is_in_digest() };
        match kind(&mut Reader::new(field.value(), &Rules::default())) {
            Some(kind) => kind.eq_ignore_ascii_case(b"text"),
            None => self.content_type().kind() == "text",
        }
    }

    /// The label of its charset, by the value of its Content-Type; empty when that says none.
    fn charset(&self, value: &'a [u8]) -> Cow<'a, [u8]> {
        match plain_charset(value) {
            Some(label) => Cow::Borrowed(label),
            None => {
                let label = self.content_type().parameter("charset");
                Cow::Owned(label.map(String::into_bytes).unwrap_or_default())
            }
        }
    }
}

/// Whether a Content-Type may say HTML: as far as it can be told without reading it.
fn may_be_html(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| matches!(b, b'/' | b'(' | b'"')) else { return false };
    if value.get(at) != Some(&b'/') {
        return true;
    }
    let subtype = value.get(at + 1..).unwrap_or_default();
    let is_white = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0);
    let start = subtype.iter().position(|b| !is_white(b)).unwrap_or(subtype.len());
    let subtype = subtype.get(start..).unwrap_or_default();
    matches!(subtype.first(), Some(b'(' | b'"'))
        || subtype.get(..4).is_some_and(|it| it.eq_ignore_ascii_case(b"html"))
}

/// The type before the slash, and passes the subtype; `None` for one that is not quite one.
fn kind<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let (kind, slash, subtype) = (reader.word(), reader.is(b'/'), reader.word());
    let is_one = !kind.value.is_empty() && slash && !subtype.value.is_empty() && !kind.quoted;
    (is_one && !subtype.quoted).then_some(kind.value)
}

/// The charset of a Content-Type where it is written as nearly all are; `None` where all has to be
/// looked at.
fn plain_charset(value: &[u8]) -> Option<&[u8]> {
    if memchr::memchr(b'(', value).is_some() {
        return None;
    }
    let mut reader = Reader::new(value, &Rules::default());
    kind(&mut reader)?;
    let mut found = None;
    // More parameters than this are the other reader's.
    for _ in 0..16 {
        let Some(raw) = reader.parameter() else { return Some(found.unwrap_or_default()) };
        let Some(rest) = raw.name.get(7..) else { continue };
        if raw.name.get(..7).is_some_and(|it| it.eq_ignore_ascii_case(b"charset")) {
            let is_label = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:+".contains(b);
            if !rest.is_empty() || !raw.value.iter().all(is_label) {
                return None;
            }
            found = found.or(Some(raw.value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;
    use crate::header::ContentType;
    use std::format;

    #[test]
    fn charsets_are_those_that_the_type_has() {
        for value in [
            "text/plain; charset=utf-8",
            "text/plain; a=b; CHARSET=\"iso-8859-1\"; c=d",
            "text/plain; charset=a; charset=b",
            "text/plain; charset = koi8-r ; x",
            "text/plain; charset=utf-8 (x)",
            "text/plain; charset*=us-ascii''x; charset=y",
            "text/plain; charset=\"a\\b\"",
            "text/plain; charset==?utf-8?q?x?=",
            "text/plain;\r\n charset=utf-8",
            "text/plain;\r\n\tcharset=\"ut\r\n f-8\"",
            "text; charset=x",
            "charset=x",
            "text/plain; charset=",
            "text/plain; charset",
            "",
        ] {
            let raw = format!("Content-Type: {value}\r\n\r\n");
            let message = Message::parse(raw.as_bytes());
            let root = message.root();
            let expected = root.content_type().parameter("charset").unwrap_or_default();
            assert_eq!(&*root.charset(value.as_bytes()), expected.as_bytes(), "{value}");
            assert_eq!(root.is_text(), root.content_type().kind() == "text", "{value}");
        }
    }

    #[test]
    fn what_is_html_may_be_so() {
        for value in [
            "text/html",
            " TEXT / Html; charset=x",
            "(a/b) text/html",
            "\"text\"/html",
            "text/(x)html",
            "text/\"html\"",
            "text/\r\n\thtml:x",
            "text (a) / html",
        ] {
            assert!(ContentType::parse(value.as_bytes()).is("text", "html"), "{value}");
            assert!(may_be_html(value.as_bytes()), "{value}");
        }
        for value in ["text/plain", "html", "text", "text/htm", "text/plain; x=/html"] {
            assert!(!may_be_html(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn text_is_copied_only_when_it_must_be() {
        let raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\nplain";
        assert!(matches!(Message::parse(raw).root().text(), Cow::Borrowed("plain")));
        let raw = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9";
        assert_eq!(Message::parse(raw).root().text(), "\u{e9}");
    }
}
