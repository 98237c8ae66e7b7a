//! Parts in parts: what the simple methods of the builder cannot say.

use super::body::{BOUNDARY_START, Body, Encoding, LastLine, Newlines};
use super::carry::{Form, together};
use super::content::{text_encoding, write_text_of};
use super::fold::{Fold, TOKEN, hex};
use super::{Attachment, Multipart};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::{Invalid, Sink, Text};

/// A part of a message, or all that it says: see [`Builder::content`](super::Builder::content).
///
/// ```
/// use mailwire_message::build::{Attachment, ContentType, Part};
///
/// let text = Part::multipart("alternative", [Part::text("Hi\n"), Part::html("<p>Hi</p>\n")])?;
/// let file = Attachment::new(ContentType::new("image/png")?, b"\x89PNG").named("dot.png")?;
/// let both = Part::multipart("mixed", [text, file.into()])?;
/// # let _ = both;
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Part<'a>(Content<'a>);

#[derive(Clone, Debug)]
enum Content<'a> {
    Text {
        kind: TextKind,
        text: Cow<'a, str>,
    },
    File(Attachment<'a>),
    Parts {
        subtype: Cow<'a, str>,
        parameters: Vec<(Cow<'a, str>, Text<'a>)>,
        parts: Vec<Part<'a>>,
    },
    Message(Cow<'a, [u8]>),
    Header(Cow<'a, [u8]>),
    /// The fields of a report, which are US-ASCII in lines that are not long.
    Fields {
        essence: &'static str,
        fields: Vec<u8>,
    },
    Raw(Cow<'a, [u8]>),
}

/// Which text it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TextKind {
    Plain,
    Flowed,
    FlowedDelSp,
    Html,
}

impl<'a> Part<'a> {
    /// How many multiparts stand in one another at most.
    pub const DEEPEST: usize = 32;

    /// Plain text: see [`Builder::text`](super::Builder::text).
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self(Content::Text { kind: TextKind::Plain, text: text.into() })
    }

    /// Flowed text (RFC 3676), as [`flowed::write`](crate::text::flowed::write) makes it with the
    /// same `space`.
    pub fn flowed(text: impl Into<Cow<'a, str>>, space: crate::text::flowed::Space) -> Self {
        let kind = match space {
            crate::text::flowed::Space::Kept => TextKind::Flowed,
            crate::text::flowed::Space::Deleted => TextKind::FlowedDelSp,
        };
        Self(Content::Text { kind, text: text.into() })
    }

    /// HTML: see [`Builder::html`](super::Builder::html).
    pub fn html(html: impl Into<Cow<'a, str>>) -> Self {
        Self(Content::Text { kind: TextKind::Html, text: html.into() })
    }

    /// Parts in their order: `mixed`, `alternative` from the plainest to the best, `related` to
    /// the first, `signed` with the signature behind.
    ///
    /// # Errors
    ///
    /// When the subtype is no token of up to 60 octets, when there is no part (RFC 2046 section
    /// 5.1.1), or when more than [`DEEPEST`](Self::DEEPEST) would stand in one another.
    pub fn multipart(
        subtype: impl Into<Cow<'a, str>>,
        parts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Invalid> {
        const LONGEST: usize = 60;
        let (subtype, parts) = (subtype.into(), parts.into_iter().collect::<Vec<_>>());
        let token = TOKEN.prefix(subtype.as_bytes()).min(LONGEST);
        if token == 0 || token < subtype.len() {
            return Err(Invalid { what: "a multipart's subtype", at: token });
        }
        if parts.is_empty() || parts.iter().any(|part| part.depth() >= Self::DEEPEST) {
            return Err(Invalid { what: "a multipart", at: 0 });
        }
        Ok(Self(Content::Parts { subtype, parameters: Vec::new(), parts }))
    }

    /// The same multipart with a parameter beside the boundary: `type`, `start`, `micalg`,
    /// `protocol`. Does nothing for what is no multipart.
    ///
    /// # Errors
    ///
    /// When the name is no token without `*`, or is `boundary` or was given before; when the value
    /// holds CR, LF or NUL.
    pub fn with(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<Self, Invalid> {
        let (name, value) = (name.into(), Text::new(value)?);
        if let Content::Parts { parameters, .. } = &mut self.0 {
            let again = name.eq_ignore_ascii_case("boundary")
                || parameters.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
            let good = super::content::PARAMETER_NAME.prefix(name.as_bytes()).min(32);
            if again || good == 0 || good < name.len() {
                return Err(Invalid {
                    what: "a parameter's name",
                    at: if again { 0 } else { good },
                });
            }
            parameters.push((name, value));
        }
        Ok(self)
    }

    /// A whole message inside this one (`message/rfc822`), its octets as they are: a forwarded
    /// one, or one that is reported about. If it cannot stand as it is (octets above 127 where
    /// [`eight_bit`](super::Builder::eight_bit) is not allowed, NUL, bare CR or LF, lines above
    /// 998), it is written as `message/global` in base64, which RFC 6532 section 3.7 allows and
    /// `message/rfc822` does not.
    pub fn message(raw: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(Content::Message(raw.into()))
    }

    /// The header of a message (`text/rfc822-headers`): what stands in front of the first empty
    /// line of `raw`.
    pub fn message_header(raw: impl Into<Cow<'a, [u8]>>) -> Self {
        let head = |raw: &[u8]| {
            let end = crate::Message::parse(raw).root().header_range().end;
            match raw.get(..end).unwrap_or_default() {
                [.., b'\n', b'\r', b'\n'] => end - 2,
                [.., b'\n', b'\n'] => end - 1,
                _ => end,
            }
        };
        Self(Content::Header(match raw.into() {
            Cow::Borrowed(raw) => Cow::Borrowed(raw.get(..head(raw)).unwrap_or_default()),
            Cow::Owned(mut raw) => {
                raw.truncate(head(&raw));
                Cow::Owned(raw)
            }
        }))
    }

    /// A part as it is to be written: its fields, an empty line and its body, of which not an
    /// octet may change because it is signed (RFC 1847 section 2.1), or that was taken from
    /// another message.
    ///
    /// # Errors
    ///
    /// When it has no header with an empty line behind it; when it holds NUL, CR or LF alone, or
    /// a line above 998 octets.
    pub fn raw(raw: impl Into<Cow<'a, [u8]>>) -> Result<Self, Invalid> {
        let raw = raw.into();
        let header = match crate::Message::parse(&raw).root().header_range() {
            header if raw.starts_with(b"\r\n") => header.start + 2,
            header => header.end,
        };
        let ended =
            raw.get(..header).is_some_and(|head| head == b"\r\n" || head.ends_with(b"\r\n\r\n"));
        match Body::new(&raw, Newlines::Exact).odd() {
            Some(at) => Err(Invalid { what: "a part", at }),
            None if !ended => Err(Invalid { what: "a part", at: header }),
            None => Ok(Self(Content::Raw(raw))),
        }
    }

    /// The fields of a report, of US-ASCII.
    pub(super) fn fields(essence: &'static str, fields: Vec<u8>) -> Self {
        Self(Content::Fields { essence, fields })
    }

    /// The octets of the part alone, in seven bits, CRLF-ended but for the last line: what is
    /// signed, before it goes through [`raw`](Self::raw) into a `multipart/signed`. The `seed`
    /// makes its boundaries differ from those around it.
    #[must_use]
    pub fn octets(&self, seed: &str) -> Vec<u8> {
        let (stem, mut out) = (stem(seed, self), Vec::new());
        self.write(&mut Boundaries::new(&stem), Form::SEVEN_BIT, &mut out);
        out
    }

    /// How many multiparts stand in one another here; the type keeps it small.
    fn depth(&self) -> usize {
        match &self.0 {
            Content::Parts { parts, .. } => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether `stem` occurs in what is written as it is.
    pub(super) fn holds(&self, stem: &[u8]) -> bool {
        match &self.0 {
            Content::Parts { parts, .. } => parts.iter().any(|part| part.holds(stem)),
            Content::Message(raw) | Content::Raw(raw) => memchr::memmem::find(raw, stem).is_some(),
            _ => false,
        }
    }

    /// How its body is encoded; of a multipart, what its parts need together.
    pub(super) fn encoding(&self, form: Form) -> Encoding {
        match &self.0 {
            Content::Text { text, .. } => text_encoding(text, form),
            Content::File(file) => file.encoding(form),
            // Nothing but 7bit is written then.
            Content::Parts { .. } if !form.eight_bit() => Encoding::SevenBit,
            Content::Parts { parts, .. } => together(parts.iter().map(|part| part.encoding(form))),
            Content::Message(raw) => {
                let plain = Body::new(raw, Newlines::Exact).odd().is_none();
                match raw.is_ascii() {
                    true if plain => Encoding::SevenBit,
                    false if plain && form.eight_bit() => Encoding::EightBit,
                    _ if form.binary() => Encoding::Binary,
                    _ => Encoding::Base64,
                }
            }
            Content::Header(raw) => Body::new(raw, Newlines::Exact).encoding(true, form),
            Content::Fields { .. } => Encoding::SevenBit,
            Content::Raw(raw) if raw.is_ascii() => Encoding::SevenBit,
            Content::Raw(_) => Encoding::EightBit,
        }
    }

    /// Whether something in it that must not be changed is not US-ASCII.
    pub(super) fn needs_eight_bit(&self) -> bool {
        match &self.0 {
            Content::Parts { parts, .. } => parts.iter().any(Self::needs_eight_bit),
            Content::Raw(raw) => !raw.is_ascii(),
            _ => false,
        }
    }

    /// Writes the part: its fields, the empty line, and its body.
    pub(super) fn write(
        &self,
        boundaries: &mut Boundaries<'_>,
        form: Form,
        out: &mut (impl Sink + ?Sized),
    ) -> LastLine {
        match &self.0 {
            Content::Text { kind, text } => write_text_of(*kind, text, form, out),
            Content::File(file) => {
                file.write(form, out);
                LastLine::Open
            }
            Content::Parts { subtype, parameters, parts } => {
                let boundary = boundaries.next();
                let mut multipart =
                    Multipart::begin(subtype, parameters, boundary, self.encoding(form), form, out);
                for part in parts {
                    multipart.next(out);
                    part.write(boundaries, form, out);
                }
                multipart.end(out)
            }
            Content::Message(raw) => {
                let encoding = self.encoding(form);
                write_type(message_type(raw, encoding, form), out);
                Body::new(raw, Newlines::Exact).write(encoding, out);
                last_line(raw, encoding)
            }
            Content::Header(raw) => {
                let global = form.utf8 && !raw.is_ascii();
                let kind = if global { "message/global-headers" } else { "text/rfc822-headers" };
                write_type(kind, out);
                let encoding = self.encoding(form);
                Body::new(raw, Newlines::Exact).write(encoding, out);
                last_line(raw, encoding)
            }
            Content::Fields { essence, fields } => {
                write_type(essence, out);
                Body::new(fields, Newlines::Exact).write(Encoding::SevenBit, out);
                LastLine::Ended
            }
            Content::Raw(raw) => {
                out.put(raw);
                last_line(raw, Encoding::EightBit)
            }
        }
    }
}

/// What a message inside a message is called.
fn message_type(raw: &[u8], encoding: Encoding, form: Form) -> &'static str {
    let header = || {
        let end = crate::Message::parse(raw).root().header_range().end;
        raw.get(..end).unwrap_or_default()
    };
    // RFC 6532 section 3.7: what `message/rfc822` cannot be.
    match encoding {
        Encoding::Base64 | Encoding::QuotedPrintable => "message/global",
        _ if form.utf8 && !raw.is_ascii() && !header().is_ascii() => "message/global",
        _ => "message/rfc822",
    }
}

impl<'a> From<Attachment<'a>> for Part<'a> {
    fn from(file: Attachment<'a>) -> Self {
        Self(Content::File(file))
    }
}

/// Whether what was written as it is has its last line end.
fn last_line(raw: &[u8], encoding: Encoding) -> LastLine {
    match raw {
        [.., b'\r', b'\n'] if encoding != Encoding::Base64 => LastLine::Ended,
        _ => LastLine::Open,
    }
}

fn write_type(essence: &str, out: &mut (impl Sink + ?Sized)) {
    let mut field = Fold::new(out, "Content-Type");
    field.word(&[essence.as_bytes()]);
    field.end();
}

/// Makes boundaries, none of which begins with another: their numbers are of one length and stand
/// at one place, behind what none of the parts holds.
#[derive(Debug)]
pub(super) struct Boundaries<'s> {
    stem: &'s str,
    count: u32,
}

impl<'s> Boundaries<'s> {
    pub(super) fn new(stem: &'s str) -> Self {
        Self { stem, count: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.count += 1;
        let mut boundary = String::from(self.stem);
        for shift in [28, 24, 20, 16, 12, 8, 4, 0] {
            let four = u8::try_from(self.count >> shift & 15).unwrap_or_default();
            boundary.push(char::from(hex(four)));
        }
        boundary
    }
}

/// What boundaries begin with in a message that is called `seed`: something that `part` does not
/// hold.
pub(super) fn stem(seed: &str, part: &Part<'_>) -> String {
    let mut hash = super::fnv1a(seed.as_bytes());
    // A message is searched for each; who can write all of these into one gains a broken report.
    for _ in 0..64 {
        let mut stem = String::from(BOUNDARY_START);
        stem.push('p');
        for b in hash.to_be_bytes() {
            stem.extend([char::from(hex(b >> 4)), char::from(hex(b))]);
        }
        if !part.holds(stem.as_bytes()) {
            return stem;
        }
        hash = super::fnv1a(&hash.to_be_bytes());
    }
    String::from("=_p")
}
