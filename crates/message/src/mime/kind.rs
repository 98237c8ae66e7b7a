//! What a part is, as far as the structure of a message needs to know.

use crate::header::ContentType;
use alloc::vec::Vec;
use mailwire_core::keyword::trim;

/// What a part is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// It is not divided.
    #[default]
    Leaf,
    /// A multipart: it has parts.
    Multipart,
    /// A message in a message: it has one part, which is that message.
    Message,
}

/// How a body is encoded (RFC 2045 section 6).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransferEncoding {
    /// Lines of US-ASCII; also what is meant where nothing is said.
    #[default]
    SevenBit,
    /// Lines of octets.
    EightBit,
    /// Octets.
    Binary,
    /// Quoted-printable.
    QuotedPrintable,
    /// Base64.
    Base64,
    /// Something else: the body is taken as it is.
    Other,
}

impl TransferEncoding {
    /// Parses the value of Content-Transfer-Encoding, in any case.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        let end = value.iter().position(|b| matches!(b, b';' | b'(')).unwrap_or(value.len());
        let value = trim(value.get(..end).unwrap_or_default());
        let value = value.trim_ascii();
        let is = |name: &str| value.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("7bit") || value.is_empty() => Self::SevenBit,
            () if is("8bit") => Self::EightBit,
            () if is("binary") => Self::Binary,
            () if is("quoted-printable") => Self::QuotedPrintable,
            () if is("base64") => Self::Base64,
            () => Self::Other,
        }
    }

    /// Whether the body is as it is.
    #[must_use]
    pub fn is_identity(self) -> bool {
        matches!(self, Self::SevenBit | Self::EightBit | Self::Binary)
    }
}

/// What the header of a part says of what is inside, gathered field by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nature {
    content_type: Option<ContentType>,
    encoding: Option<TransferEncoding>,
}

/// What a part turned out to be when its header was over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Inside {
    Leaf,
    /// A multipart that is not divided: no boundary, or an encoding that forbids it.
    NoBoundary,
    Encoded,
    Multipart {
        boundary: Vec<u8>,
        digest: bool,
    },
    Message,
}

impl Nature {
    /// Looks at a field. The first of its name counts; true when it was not the first.
    pub(crate) fn look(&mut self, name: &[u8], value: &[u8]) -> bool {
        if name.eq_ignore_ascii_case(b"Content-Type") {
            let second = self.content_type.is_some();
            self.content_type.get_or_insert_with(|| ContentType::parse(value));
            second
        } else if name.eq_ignore_ascii_case(b"Content-Transfer-Encoding") {
            let second = self.encoding.is_some();
            self.encoding.get_or_insert_with(|| TransferEncoding::parse(value));
            second
        } else {
            false
        }
    }

    /// What the part is; `digest` when it stands in a multipart/digest, where messages are what is
    /// meant if nothing is said (RFC 2046 section 5.1.5).
    pub(crate) fn inside(&self, digest: bool) -> Inside {
        let identity = self.encoding.unwrap_or_default().is_identity();
        let message = match &self.content_type {
            None => digest,
            Some(content_type) if content_type.is_multipart() => {
                return match content_type.parameter("boundary") {
                    Some(boundary) if !boundary.is_empty() && identity => Inside::Multipart {
                        boundary: boundary.as_bytes().trim_ascii_end().to_vec(),
                        digest: content_type.subtype().eq_ignore_ascii_case("digest"),
                    },
                    Some(boundary) if !boundary.is_empty() => Inside::Encoded,
                    _ => Inside::NoBoundary,
                };
            }
            Some(content_type) => content_type.is_message(),
        };
        match (message, identity) {
            (true, true) => Inside::Message,
            (true, false) => Inside::Encoded,
            (false, _) => Inside::Leaf,
        }
    }
}
