//! What parts hold, and how they are described.

use super::MessageId;
use super::body::{Body, Encoding, LastLine, Newlines};
use super::carry::Form;
use super::fold::{Fold, TOKEN};
use super::part::TextKind;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::{Invalid, Sink, Text, keyword};

/// What names of parameters are made of.
pub(super) const PARAMETER_NAME: keyword::Class = TOKEN.without(b"*'%");

/// A media type with its parameters (RFC 2045 section 5), of a part that is not made of parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentType<'a> {
    essence: Cow<'a, str>,
    parameters: Vec<(Cow<'a, str>, Text<'a>)>,
}

impl<'a> ContentType<'a> {
    const LONGEST_ESSENCE: usize = 127;
    const LONGEST_PARAMETER_NAME: usize = 32;

    /// `type/subtype`, up to 127 octets. Not `multipart/*`, which the builder writes itself, nor
    /// `message/*`, which may not be encoded (RFC 2046 section 5.2).
    ///
    /// # Errors
    ///
    /// When it is not that.
    pub fn new(essence: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let essence = essence.into();
        let invalid = |at| Err(Invalid { what: "a content type", at });
        let bytes = essence.as_bytes();
        let of_parts = ["multipart/", "message/"];
        if of_parts.iter().any(|kind| keyword::strip(bytes, kind).is_some()) {
            return invalid(0);
        }
        let kind = TOKEN.prefix(bytes);
        match bytes.split_at_checked(kind) {
            Some(([_, ..], [b'/', sub @ ..])) => match TOKEN.prefix(sub) {
                0 => invalid(kind + 1),
                n if n < sub.len() => invalid(kind + 1 + n),
                _ if bytes.len() > Self::LONGEST_ESSENCE => invalid(Self::LONGEST_ESSENCE),
                _ => Ok(Self { essence, parameters: Vec::new() }),
            },
            _ => invalid(kind),
        }
    }

    /// `application/octet-stream`: anything.
    #[must_use]
    pub fn octets() -> Self {
        Self { essence: Cow::Borrowed("application/octet-stream"), parameters: Vec::new() }
    }

    /// The same with a parameter, its value written as RFC 2231 says if it must be.
    ///
    /// # Errors
    ///
    /// When the name is no token of up to 32 octets without `*`, or was given before; when the
    /// value holds CR, LF or NUL.
    pub fn with(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<Self, Invalid> {
        let name = name.into();
        let again = self.parameters.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
        let good = PARAMETER_NAME.prefix(name.as_bytes()).min(Self::LONGEST_PARAMETER_NAME);
        if again || good == 0 || good < name.len() {
            return Err(Invalid { what: "a parameter's name", at: if again { 0 } else { good } });
        }
        self.parameters.push((name, Text::new(value)?));
        Ok(self)
    }

    /// `type/subtype`.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The parameters, in the order in which they were given.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    fn write(&self, form: Form, out: &mut (impl Sink + ?Sized)) {
        let mut field = Fold::new(out, "Content-Type").utf8(form);
        field.word(&[self.essence.as_bytes()]);
        for (name, value) in &self.parameters {
            field.parameter(name, value.as_str());
        }
        field.end();
    }
}

/// A file that goes with a message.
///
/// Its octets come back exactly. It is written as base64, or, when its type is `text/*`, as what
/// is shortest.
///
/// ```
/// use mailwire_message::build::{Attachment, ContentType};
///
/// let menu = Attachment::new(ContentType::new("application/pdf")?, b"%PDF-1.7 ...")
///     .named("Menü.pdf")?;
/// # let _ = menu;
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attachment<'a> {
    content_type: ContentType<'a>,
    data: Cow<'a, [u8]>,
    name: Option<Text<'a>>,
    fallback: Option<Text<'a>>,
    id: Option<MessageId<'a>>,
}

impl<'a> Attachment<'a> {
    /// An attachment without a name.
    #[must_use]
    pub fn new(content_type: ContentType<'a>, data: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { content_type, data: data.into(), name: None, fallback: None, id: None }
    }

    /// The same with a file name, written as RFC 2231 says if it is not short and US-ASCII.
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn named(mut self, name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        self.name = Some(Text::new(name)?);
        Ok(self)
    }

    /// The same with a second file name, for readers that do not know RFC 2231. It is written
    /// when [`named`](Self::named) is not US-ASCII and this is, in at most 68 octets.
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn or_named(mut self, name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        self.fallback = Some(Text::new(name)?);
        Ok(self)
    }

    /// The same, to be shown inside the HTML text, which links to it as `cid:` and the id.
    #[must_use]
    pub fn inline(mut self, id: MessageId<'a>) -> Self {
        self.id = Some(id);
        self
    }

    pub(super) fn is_inline(&self) -> bool {
        self.id.is_some()
    }

    /// Writes the part: its fields, the empty line, and its body.
    pub(super) fn write(&self, form: Form, out: &mut (impl Sink + ?Sized)) {
        self.write_fields(form, out);
        Body::new(&self.data, Newlines::Exact).write(self.encoding(form), out);
    }

    /// Writes its fields, but how its body is encoded.
    pub(super) fn write_fields(&self, form: Form, out: &mut (impl Sink + ?Sized)) {
        self.content_type.write(form, out);
        let mut field = Fold::new(out, "Content-Disposition").utf8(form);
        field.word(&[if self.id.is_some() { &b"inline"[..] } else { b"attachment" }]);
        if let Some(name) = &self.name {
            let fallback = self.fallback.as_ref().map_or("", Text::as_str);
            match fallback {
                "" => field.parameter("filename", name.as_str()),
                fallback => field.parameter_twice("filename", name.as_str(), fallback),
            }
        }
        field.end();
        if let Some(id) = &self.id {
            write_id(out, "Content-ID", id);
        }
    }

    pub(super) fn encoding(&self, form: Form) -> Encoding {
        let is_text = keyword::strip(self.content_type.essence.as_bytes(), "text/").is_some();
        Body::new(&self.data, Newlines::Exact).encoding(is_text, form)
    }
}

/// Writes the part that a text is: its fields, the empty line, and its body.
pub(super) fn write_text(
    subtype: &str,
    text: &str,
    form: Form,
    out: &mut (impl Sink + ?Sized),
) -> LastLine {
    let kind = if subtype == "html" { TextKind::Html } else { TextKind::Plain };
    write_text_of(kind, text, form, out)
}

/// The same for each kind of text.
pub(super) fn write_text_of(
    kind: TextKind,
    text: &str,
    form: Form,
    out: &mut (impl Sink + ?Sized),
) -> LastLine {
    out.put(match kind {
        TextKind::Html => b"Content-Type: text/html; charset=utf-8\r\n",
        TextKind::Plain => b"Content-Type: text/plain; charset=utf-8\r\n",
        TextKind::Flowed => b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n",
        TextKind::FlowedDelSp => {
            b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n"
        }
    });
    Body::new(text.as_bytes(), Newlines::Convert).write(text_encoding(text, form), out)
}

/// How a text is encoded.
pub(super) fn text_encoding(text: &str, form: Form) -> Encoding {
    Body::new(text.as_bytes(), Newlines::Convert).encoding(true, form)
}

/// Writes a field that holds one id.
pub(super) fn write_id(out: &mut (impl Sink + ?Sized), name: &str, id: &MessageId<'_>) {
    let mut field = Fold::new(out, name);
    field.word(&[b"<", id.as_str().as_bytes(), b">"]);
    field.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_two_tokens() {
        for (essence, at) in [
            ("", 0),
            ("text", 4),
            ("text/", 5),
            ("/plain", 0),
            ("text/plain; charset=utf-8", 10),
            ("te xt/plain", 2),
            ("multipart/mixed", 0),
            ("Message/RFC822", 0),
        ] {
            assert_eq!(ContentType::new(essence), Err(Invalid { what: "a content type", at }));
        }
        assert_eq!(ContentType::new("image/svg+xml").unwrap().essence(), "image/svg+xml");
    }

    #[test]
    fn parameters_have_one_name_each() {
        let octets = ContentType::octets;

        assert!(octets().with("name", "a").unwrap().with("NAME", "b").is_err());
        assert!(octets().with("name*", "a").is_err() && octets().with("", "a").is_err());
        assert!(octets().with("name", "a\r\nb").is_err());
    }

    #[test]
    fn a_content_type_of_exactly_the_limit_is_taken() {
        for (n, good) in [(126, true), (127, true), (128, false)] {
            let essence: alloc::string::String =
                "a/".chars().chain(core::iter::repeat_n('b', n - 2)).collect();
            assert_eq!(ContentType::new(essence).is_ok(), good, "{n}");
        }
    }
}
