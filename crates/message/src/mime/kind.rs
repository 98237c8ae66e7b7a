//! What a part is, as far as the structure of a message needs to know.

use mailwire_core::keyword::trim;

/// What a part is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// Uuencode, as old mailers have it.
    Uuencode,
    /// yEnc, which was never registered and is seen in mail from newsgroups.
    Yenc,
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
            () if ["x-uuencode", "x-uue", "uuencode", "uue"].into_iter().any(is) => Self::Uuencode,
            () if is("x-yenc") || is("yenc") => Self::Yenc,
            () => Self::Other,
        }
    }

    /// Whether the body is as it is.
    #[must_use]
    pub fn is_identity(self) -> bool {
        matches!(self, Self::SevenBit | Self::EightBit | Self::Binary)
    }

    /// Whether the body must be decoded to be read.
    #[must_use]
    pub fn is_decoded(self) -> bool {
        matches!(self, Self::QuotedPrintable | Self::Base64 | Self::Uuencode | Self::Yenc)
    }
}
