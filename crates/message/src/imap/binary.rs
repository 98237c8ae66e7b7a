//! BINARY (RFC 3516): the octets of a part without its transfer encoding.

use super::part;
use crate::{Kind, Message, TransferEncoding};
use alloc::borrow::Cow;

/// Why `BINARY[…]` has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NoBinary {
    /// The message has no such part.
    NoPart,
    /// Its transfer encoding is not known, or nothing in the part is encoded by it: the server
    /// answers `NO [UNKNOWN-CTE]` (RFC 3516 section 4.3).
    UnknownEncoding,
}

/// The octets of `BINARY[numbers]`, and with [`partial`] those of `BINARY[numbers]<origin.length>`.
/// Those of the whole message and of parts that have parts are as they stand.
///
/// # Errors
///
/// There is no such part, or its encoding is not known.
///
/// ```
/// use mailwire_message::{Message, imap};
///
/// let message = Message::parse(b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n");
/// let octets = imap::binary(&message, &[1]).unwrap();
/// assert_eq!(imap::partial(&octets, 1, 3), b"ell");
/// assert_eq!(imap::binary_size(&message, &[1]), Ok(5));
///
/// let message = Message::parse(b"Content-Transfer-Encoding: x-own\r\n\r\n!");
/// assert_eq!(imap::binary(&message, &[1]), Err(imap::NoBinary::UnknownEncoding));
/// ```
pub fn binary<'a>(message: &Message<'a>, numbers: &[u32]) -> Result<Cow<'a, [u8]>, NoBinary> {
    let part = part(message, numbers).ok_or(NoBinary::NoPart)?;
    if numbers.is_empty() {
        return Ok(Cow::Borrowed(message.raw()));
    }
    if part.kind() != Kind::Leaf {
        return Ok(Cow::Borrowed(super::content(part)));
    }
    match part.encoding() {
        TransferEncoding::Other => Err(NoBinary::UnknownEncoding),
        TransferEncoding::Uuencode | TransferEncoding::Yenc => match part.decoded() {
            (_, faults) if faults.is_no_file() => Err(NoBinary::UnknownEncoding),
            (octets, _) => Ok(Cow::Owned(octets)),
        },
        _ => Ok(part.body()),
    }
}

/// The number of `BINARY.SIZE[numbers]`: how many octets [`binary`] has.
///
/// # Errors
///
/// Those of [`binary`].
pub fn binary_size(message: &Message<'_>, numbers: &[u32]) -> Result<u64, NoBinary> {
    binary(message, numbers).map(|octets| octets.len() as u64)
}

/// So many octets from an origin on, as far as there are any (RFC 9051 section 6.4.5).
#[must_use]
pub fn partial(octets: &[u8], origin: u64, length: u64) -> &[u8] {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(octets.len());
    octets.get(at(origin)..at(origin.saturating_add(length))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=\r\n=00b\r\n\
        --b\r\nContent-Transfer-Encoding: X-yEnc\r\n\r\n=ybegin line=9 size=3 name=x\r\n\x6d\x8b\x9e\r\n=yend size=3\r\n\
        --b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nno file\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nc\r\n\
        --b--\r\n";

    #[test]
    fn rfc3516_4_parts_are_decoded_and_nothing_else_is() {
        let message = Message::parse(RAW);
        let octets = |numbers: &[u32]| binary(&message, numbers).map(Cow::into_owned);

        assert_eq!(octets(&[1]).as_deref(), Ok(&b"a\0b"[..]));
        assert_eq!(octets(&[2]).as_deref(), Ok(&b"Cat"[..]));
        assert_eq!(octets(&[3]), Err(NoBinary::UnknownEncoding));
        assert_eq!(octets(&[4]).as_deref(), Ok(&b"A: b\r\n\r\nc"[..]));
        assert_eq!(octets(&[5]), Err(NoBinary::NoPart));
        assert_eq!(octets(&[]).as_deref(), Ok(RAW));
        assert_eq!(binary_size(&message, &[1]), Ok(3));
    }

    #[test]
    fn a_partial_never_goes_past_the_end() {
        for (origin, length, expected) in
            [(0, 2, &b"ab"[..]), (2, 9, b"c"), (3, 1, b""), (9, 9, b""), (1, u64::MAX, b"bc")]
        {
            assert_eq!(partial(b"abc", origin, length), expected);
        }
    }
}
