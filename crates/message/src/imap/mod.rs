//! What IMAP says of a message: which octets a section has, and how many octets and lines a part
//! (RFC 9051 sections 6.4.5 and 7.5.2).

mod address;
mod binary;
mod envelope;
mod fields;
mod structure;
mod token;
mod write;

pub use address::{EnvelopeAddress, envelope_addresses};
pub use binary::{NoBinary, binary, binary_size, partial};
pub use envelope::{Envelope, envelope};
pub use fields::{BodyFields, RawParameters, content_type};
pub use structure::{body, body_structure};

use crate::{Kind, Message, PartRef};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

/// What of a part is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Section<'n> {
    /// All of the message; of a part its body.
    All,
    /// The header of a message.
    Header,
    /// The fields of these names, in any case.
    HeaderFields(&'n [&'n [u8]]),
    /// All fields but those of these names.
    HeaderFieldsNot(&'n [&'n [u8]]),
    /// The header of the part itself.
    Mime,
    /// The body of a message.
    Text,
}

/// A part by its numbers: those of a multipart are counted from 1, a message that is not divided
/// has one part, and the parts of a message in a message are counted in it.
#[must_use]
pub fn part<'m, 'a>(message: &'m Message<'a>, numbers: &[u32]) -> Option<PartRef<'m, 'a>> {
    let mut found = message.root();
    for (at, &number) in numbers.iter().enumerate() {
        let container = match found.kind() {
            _ if at == 0 => found,
            Kind::Message => found.children().next()?,
            Kind::Multipart => found,
            Kind::Leaf => return None,
        };
        let nth = usize::try_from(number).ok()?.checked_sub(1)?;
        found = match container.kind() {
            Kind::Multipart => container.children().nth(nth)?,
            _ if nth == 0 => container,
            _ => return None,
        };
    }
    Some(found)
}

/// The octets of `BODY[numbers.section]`; `None` when there is no such part, or it has no such
/// section.
#[must_use]
pub fn section<'a>(
    message: &Message<'a>,
    numbers: &[u32],
    section: Section<'_>,
) -> Option<Cow<'a, [u8]>> {
    let found = part(message, numbers)?;
    match section {
        Section::All if numbers.is_empty() => return Some(Cow::Borrowed(message.raw())),
        Section::All => return Some(Cow::Borrowed(content(found))),
        Section::Mime => return Some(Cow::Borrowed(found.header_raw())),
        _ => {}
    }
    let inner = match found.kind() {
        _ if numbers.is_empty() => found,
        Kind::Message => found.children().next()?,
        _ => return None,
    };
    let listed = |names: &[&[u8]], name: &[u8]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    Some(match section {
        Section::Header => Cow::Borrowed(inner.header_raw()),
        Section::Text => Cow::Borrowed(inner.body_raw()),
        Section::HeaderFields(names) => some_fields(inner, |name| listed(names, name)),
        Section::HeaderFieldsNot(names) => some_fields(inner, |name| !listed(names, name)),
        Section::All | Section::Mime => Cow::Borrowed(&[]),
    })
}

/// Some fields as they stand, and the empty line behind them.
fn some_fields<'a>(part: PartRef<'_, 'a>, wanted: impl Fn(&[u8]) -> bool) -> Cow<'a, [u8]> {
    let mut out = Vec::new();
    for field in part.whole_fields().filter(|field| wanted(field.name())) {
        out.extend_from_slice(field.raw());
    }
    out.extend_from_slice(b"\r\n");
    Cow::Owned(out)
}

/// The lines of a part's body, encoded as it stands: its line feeds.
#[must_use]
pub fn lines(part: PartRef<'_, '_>) -> u64 {
    memchr::memchr_iter(b'\n', content(part)).count() as u64
}

/// The octets of a part's body, encoded as it stands, with every line ended by CRLF.
#[must_use]
pub fn octets(part: PartRef<'_, '_>) -> u64 {
    as_crlf(content(part))
}

/// The octets of a part. That of a message ends with the line end of its last delimiter line, as
/// other servers tell it; those of any other part stand in no server's answer.
fn content<'a>(part: PartRef<'_, 'a>) -> &'a [u8] {
    part.message().raw().get(content_range(part)).unwrap_or_default()
}

/// RFC822.SIZE: the octets of the whole message, with every line ended by CRLF, whatever the line
/// ends of the store are.
#[must_use]
pub fn size(message: &Message<'_>) -> u64 {
    as_crlf(message.raw())
}

fn as_crlf(octets: &[u8]) -> u64 {
    let bare = |&at: &usize| at == 0 || octets.get(at - 1) != Some(&b'\r');
    let missing = memchr::memchr_iter(b'\n', octets).filter(bare).count();
    (octets.len() + missing) as u64
}

fn content_range(part: PartRef<'_, '_>) -> Range<usize> {
    let message = part.kind() == Kind::Message && part.content_type().subtype() != "global";
    let body = part.body_range();
    body.start..body.end + if message { part.line_end() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &[u8] = b"Subject: top\r\nTo: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nX: y\r\n\r\none\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntwo\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\n\r\nthree\r\n--c--\r\n\
        --b--\r\n";

    fn get(numbers: &[u32], what: Section<'_>) -> Option<Vec<u8>> {
        section(&Message::parse(RAW), numbers, what).map(Cow::into_owned)
    }

    #[test]
    fn sections_are_those_of_rfc9051() {
        for (numbers, what, expected) in [
            (&[1][..], Section::All, Some(&b"one"[..])),
            (&[1], Section::Mime, Some(b"X: y\r\n\r\n")),
            (&[1], Section::Header, None),
            (&[2], Section::All, Some(b"Subject: inner\r\n\r\ntwo")),
            (&[2], Section::Header, Some(b"Subject: inner\r\n\r\n")),
            (&[2], Section::Text, Some(b"two")),
            (&[2, 1], Section::All, Some(b"two")),
            (&[2, 2], Section::All, None),
            (&[2, 1, 1], Section::All, None),
            (&[3, 1], Section::All, Some(b"three")),
            (&[4], Section::All, None),
            (&[1, 1], Section::All, None),
            (&[], Section::HeaderFields(&[b"SUBJECT", b"none"]), Some(b"Subject: top\r\n\r\n")),
            (&[2], Section::HeaderFieldsNot(&[b"to"]), Some(b"Subject: inner\r\n\r\n")),
        ] {
            assert_eq!(get(numbers, what).as_deref(), expected, "{numbers:?} {what:?}");
        }
        assert_eq!(get(&[], Section::All).as_deref(), Some(RAW));
    }

    #[test]
    fn a_field_past_the_limit_is_told_whole() {
        let raw = [b"Subject: ", [b'x'; 200_000].as_slice(), b"\r\n y\r\nTo: z\r\n\r\n"].concat();
        let message = Message::parse(&raw);

        let told = section(&message, &[], Section::HeaderFields(&[b"subject"])).unwrap();
        let envelope = envelope(message.root());

        assert_eq!(told.len(), 9 + 200_000 + 6 + 2);
        assert!(told.ends_with(b"x\r\n y\r\n\r\n"));
        assert_eq!(envelope.subject.map(|it| it.len()), Some(200_002));
        assert!(message.root().field("Subject").unwrap().raw().len() <= message.limits().field);
    }

    #[test]
    fn a_message_that_is_not_divided_has_one_part() {
        let message = Message::parse(b"Subject: x\r\n\r\nbody\r\n");

        assert_eq!(section(&message, &[1], Section::All).as_deref(), Some(&b"body\r\n"[..]));
        assert_eq!(section(&message, &[2], Section::All), None);
        assert_eq!(section(&message, &[1, 1], Section::All), None);
        assert_eq!(lines(message.root()), 1);
    }
}
