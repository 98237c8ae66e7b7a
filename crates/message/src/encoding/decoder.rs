//! A body as it was meant, whatever it is encoded in.

use super::{base64, quoted_printable, uuencode, yenc};
use crate::TransferEncoding;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Decodes a body a piece at a time.
///
/// ```
/// use mailwire_message::TransferEncoding;
/// use mailwire_message::encoding::Decoder;
///
/// let mut decoder = Decoder::new(TransferEncoding::QuotedPrintable);
/// let mut out = Vec::new();
/// for piece in [&b"caf=C"[..], b"3=A9=\r", b"\n!"] {
///     decoder.decode(piece, &mut out);
/// }
/// decoder.finish(&mut out);
/// assert_eq!(out, "caf\u{e9}!".as_bytes());
/// ```
#[derive(Clone, Debug)]
pub struct Decoder(By);

#[derive(Clone, Debug)]
enum By {
    Base64(base64::Decoder),
    QuotedPrintable(quoted_printable::Decoder),
    Uuencode(uuencode::Decoder),
    // The largest by far, and the rarest.
    Yenc(Box<yenc::Decoder>),
    Nothing,
}

impl Decoder {
    /// A decoder at the beginning of a body. What is in no known encoding stays as it is.
    #[must_use]
    pub fn new(encoding: TransferEncoding) -> Self {
        Self(match encoding {
            TransferEncoding::Base64 => By::Base64(base64::Decoder::default()),
            TransferEncoding::QuotedPrintable => {
                By::QuotedPrintable(quoted_printable::Decoder::default())
            }
            TransferEncoding::Uuencode => By::Uuencode(uuencode::Decoder::default()),
            TransferEncoding::Yenc => By::Yenc(Box::default()),
            _ => By::Nothing,
        })
    }

    /// Takes a piece, and appends what it says; the last of it may come with the next.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match &mut self.0 {
            By::Base64(decoder) => decoder.decode(piece, out),
            By::QuotedPrintable(decoder) => decoder.decode(piece, out),
            By::Uuencode(decoder) => decoder.decode(piece, out),
            By::Yenc(decoder) => decoder.decode(piece, out),
            By::Nothing => out.extend_from_slice(piece),
        }
    }

    /// Appends what was held back: the body has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match &mut self.0 {
            By::Base64(decoder) => decoder.finish(out),
            By::QuotedPrintable(decoder) => decoder.finish(out),
            By::Uuencode(decoder) => decoder.finish(out),
            By::Yenc(decoder) => decoder.finish(out),
            By::Nothing => {}
        }
    }

    /// What was not as it should be; complete after [`finish`](Self::finish).
    #[must_use]
    pub fn faults(&self) -> Faults {
        match &self.0 {
            By::Base64(decoder) => Faults::Base64(decoder.faults()),
            By::QuotedPrintable(decoder) => Faults::QuotedPrintable(decoder.faults()),
            By::Uuencode(decoder) => Faults::Uuencode(decoder.faults()),
            By::Yenc(decoder) => Faults::Yenc(decoder.faults()),
            By::Nothing => Faults::None,
        }
    }
}

/// What was not as it should be in an encoded body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Faults {
    /// It is not encoded.
    None,
    /// In base64.
    Base64(base64::Faults),
    /// In quoted-printable.
    QuotedPrintable(quoted_printable::Faults),
    /// In a uuencoded file.
    Uuencode(uuencode::Faults),
    /// In a yEnc file.
    Yenc(yenc::Faults),
}

impl Faults {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        match self {
            Self::None => false,
            Self::Base64(faults) => faults.any(),
            Self::QuotedPrintable(faults) => faults.any(),
            Self::Uuencode(faults) => faults.any(),
            Self::Yenc(faults) => faults.any(),
        }
    }

    /// Whether there is no file in what should be one.
    pub(crate) fn is_no_file(&self) -> bool {
        match self {
            Self::Uuencode(faults) => faults.no_begin,
            Self::Yenc(faults) => faults.no_begin,
            _ => false,
        }
    }
}
