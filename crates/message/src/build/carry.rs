//! What the way to the recipients carries, and what a message needs of it.

use super::body::Encoding;
use alloc::string::String;

/// Which octets a body may have on its way: what a server offers.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Carries {
    /// US-ASCII in lines (RFC 5321): what every server carries.
    #[default]
    SevenBit,
    /// Any octets but NUL, in lines: 8BITMIME (RFC 6152).
    EightBit,
    /// Any octets: BINARYMIME with CHUNKING (RFC 3030).
    Binary,
}

/// Why a message cannot go that way, whatever is encoded.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unpreparable {
    /// This address is not US-ASCII: it needs SMTPUTF8 (RFC 6531).
    #[error("the address {0} needs SMTPUTF8")]
    Address(String),
    /// A part that must stay as it is (see [`Part::raw`](super::Part::raw)) is not US-ASCII: it
    /// needs 8BITMIME.
    #[error("a part that must not be changed needs 8BITMIME")]
    Part,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    pub(super) carries: Carries,
    /// Header fields may be UTF-8 (RFC 6532).
    pub(super) utf8: bool,
}

impl Form {
    pub(super) const SEVEN_BIT: Self = Self { carries: Carries::SevenBit, utf8: false };

    pub(super) fn eight_bit(self) -> bool {
        self.carries >= Carries::EightBit
    }

    pub(super) fn binary(self) -> bool {
        self.carries == Carries::Binary
    }
}

/// What is said of parts together (RFC 2045 section 6.4): the most that one of them needs.
pub(super) fn together(all: impl Iterator<Item = Encoding>) -> Encoding {
    all.fold(Encoding::SevenBit, |most, one| match (most, one) {
        (Encoding::Binary, _) | (_, Encoding::Binary) => Encoding::Binary,
        (Encoding::EightBit, _) | (_, Encoding::EightBit) => Encoding::EightBit,
        _ => Encoding::SevenBit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Attachment, Builder, ContentType, Date, Mailbox, Part};
    use crate::{Message, header};
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use mailwire_core::Text;

    fn letter<'a>() -> Builder<'a> {
        let author = Mailbox::new("alice@example.org").unwrap().named("Älice, née B.").unwrap();
        Builder::new(author, Date::from_unix(0, 0).unwrap())
            .to(Mailbox::new("bob@example.org").unwrap())
            .subject(Text::new("Grüße aus Köln").unwrap())
    }

    fn written(builder: Builder<'_>, carries: Carries, utf8: bool) -> Vec<u8> {
        let prepared = builder.prepare(carries, utf8).unwrap();
        let mut out = Vec::new();
        prepared.write_to(&mut out);
        assert_eq!(prepared.size(), out.len() as u64);
        out
    }

    #[test]
    fn what_is_read_back_is_the_same_however_it_was_carried() {
        let picture = || ContentType::new("image/png").unwrap();
        let octets = b"\0\r\n\n\xff--".repeat(50);
        for carries in [Carries::SevenBit, Carries::EightBit, Carries::Binary] {
            for utf8 in [false, true] {
                let file = Attachment::new(picture(), &octets).named("Menü.png").unwrap();
                let builder =
                    letter().text("Grüße an alle, die das lesen\n").html("<p>Grüße").attach(file);
                let out = written(builder, carries, utf8);
                let message = Message::parse(&out);
                let root = message.root();
                assert_eq!(root.text_field("Subject").as_deref(), Some("Grüße aus Köln"));
                let from = root.field("From").unwrap();
                let from = header::addresses(from.value());
                assert_eq!(from[0].name().as_deref(), Some("Älice, née B."));
                let parts: Vec<_> = message.parts().collect();
                assert_eq!(parts[2].text(), "Grüße an alle, die das lesen\r\n");
                assert_eq!(parts[4].file_name().as_deref(), Some("Menü.png"));
                assert_eq!(&*parts[4].body(), &*octets);
                assert_eq!(out.is_ascii(), carries == Carries::SevenBit && !utf8);
                let encoding = |at: usize| parts[at].text_field("Content-Transfer-Encoding");
                let said = |text: &str| Some(text.to_string());
                let (whole, both, text, file) = match carries {
                    Carries::SevenBit => (None, None, said("quoted-printable"), said("base64")),
                    Carries::EightBit => (said("8bit"), said("8bit"), said("8bit"), said("base64")),
                    Carries::Binary => (said("binary"), said("8bit"), said("8bit"), said("binary")),
                };
                let found = (encoding(0), encoding(1), encoding(2), encoding(4));
                let as_text =
                    |it: Option<_>| it.map(|it: alloc::borrow::Cow<'_, str>| it.to_string());
                let found =
                    (as_text(found.0), as_text(found.1), as_text(found.2), as_text(found.3));
                assert_eq!(found, (whole, both, text, file), "{carries:?}");
            }
        }
    }

    #[test]
    fn headers_are_utf8_where_that_is_taken() {
        let out = written(letter().text(""), Carries::EightBit, true);
        let text = core::str::from_utf8(&out).unwrap();
        assert!(text.contains("\r\nFrom: \"Älice, née B.\" <alice@example.org>\r\n"), "{text}");
        assert!(text.contains("\r\nSubject: Grüße aus Köln\r\n"), "{text}");
        let file = Attachment::new(ContentType::octets(), b"x").named("Menü 1.pdf").unwrap();
        let out = written(letter().attach(file), Carries::SevenBit, true);
        let text = core::str::from_utf8(&out).unwrap();
        assert!(text.contains("attachment; filename=\"Menü 1.pdf\"\r\n"), "{text}");
    }

    #[test]
    fn addresses_beyond_ascii_need_a_server_for_them() {
        let far = Mailbox::new("почта@пример.example").unwrap();
        assert!(far.is_utf8());
        for builder in
            [letter().to(far.clone()), letter().bcc(far.clone()), letter().sender(far.clone())]
        {
            assert_eq!(builder.utf8_address(), Some(&far));
            let failed = builder.clone().prepare(Carries::Binary, false).err();
            assert_eq!(failed, Some(Unpreparable::Address(far.address().to_string())));
            assert!(builder.prepare(Carries::SevenBit, true).is_ok());
        }
        let out = written(letter().to(far.clone()), Carries::SevenBit, true);
        let message = Message::parse(&out);
        let to = header::addresses(message.root().field("To").unwrap().value());
        assert_eq!(to[1].address().as_deref(), Some(far.address()));
        for wrong in ["\u{e9}\r\n@b", "a@\u{e9} b", "@\u{e9}", "\u{e9}..a@b"] {
            assert!(Mailbox::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_signed_is_not_changed_for_anyone() {
        let signed =
            Part::raw("Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n".as_bytes());
        let part = Part::multipart("mixed", [signed.unwrap()]).unwrap();
        let builder = letter().content(part);
        assert_eq!(
            builder.clone().prepare(Carries::SevenBit, true).err(),
            Some(Unpreparable::Part)
        );
        let out = written(builder, Carries::EightBit, false);
        assert_eq!(
            Message::parse(&out).root().text_field("Content-Transfer-Encoding").as_deref(),
            Some("8bit")
        );
    }

    #[test]
    fn a_message_inside_is_called_what_it_is() {
        let global = "Subject: Grüße\r\n\r\nx\r\n".as_bytes();
        let eight = "Subject: a\r\n\r\nGrüße\r\n".as_bytes();
        let binary = b"Subject: a\r\n\r\n\0\r\n";
        for (raw, carries, utf8, kind, encoding) in [
            (global, Carries::SevenBit, true, "message/global", "base64"),
            (global, Carries::EightBit, true, "message/global", "8bit"),
            (eight, Carries::EightBit, true, "message/rfc822", "8bit"),
            (eight, Carries::EightBit, false, "message/rfc822", "8bit"),
            (binary, Carries::EightBit, false, "message/global", "base64"),
            (binary, Carries::Binary, false, "message/rfc822", "binary"),
        ] {
            let out = written(letter().content(Part::message(raw)), carries, utf8);
            let message = Message::parse(&out);
            let root = message.root();
            assert_eq!(root.text_field("Content-Type").as_deref(), Some(kind));
            let said = root.text_field("Content-Transfer-Encoding");
            assert_eq!(said.as_deref(), Some(encoding), "{kind}");
        }
    }
}
