//! What JMAP says of a message (RFC 8621 section 4): the properties of an `Email` that come from
//! its octets, as values and as JSON.
//!
//! What a server knows beside the message (ids of blobs and threads, mailboxes, keywords, when it
//! was received) is the server's: [`Email::write`] leaves room for the ids of blobs.

mod body;
mod header;
mod json;

pub use body::{BodyValue, Fetch};
pub use header::{
    EmailAddress, EmailAddressGroup, Form, HeaderProperty, HeaderValue, HeaderValues,
};
pub use json::string;

use crate::bodies::{self, Bodies};
use crate::text::preview;
use crate::{Kind, Message, PartRef};
use alloc::string::String;
use body::{BodyProperty, write_part, write_tree};
use json::{Items, array, boolean};
use mailwire_core::Sink;

/// The properties of an `Email` that are fields with a name of their own (RFC 8621 section 4.1.3).
const CONVENIENT: [(&str, &str, Form); 11] = [
    ("messageId", "Message-ID", Form::MessageIds),
    ("inReplyTo", "In-Reply-To", Form::MessageIds),
    ("references", "References", Form::MessageIds),
    ("sender", "Sender", Form::Addresses),
    ("from", "From", Form::Addresses),
    ("to", "To", Form::Addresses),
    ("cc", "Cc", Form::Addresses),
    ("bcc", "Bcc", Form::Addresses),
    ("replyTo", "Reply-To", Form::Addresses),
    ("subject", "Subject", Form::Text),
    ("sentAt", "Date", Form::Date),
];

/// A property of an `Email` that comes from the message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Property<'n> {
    /// How many octets the message has.
    Size,
    /// All fields in their order, raw.
    Headers,
    /// A field, also by a name of its own: `subject` is `header:Subject:asText`.
    Header(HeaderProperty<'n>),
    /// The tree of parts.
    BodyStructure,
    /// The texts that are asked for.
    BodyValues,
    /// The parts to show as plain text.
    TextBody,
    /// The parts to show as HTML.
    HtmlBody,
    /// The parts to offer for download.
    Attachments,
    /// Whether there is anything to offer.
    HasAttachment,
    /// The first words.
    Preview,
}

impl<'n> Property<'n> {
    /// Reads the name of a property. `None` for those that do not come from the message, and those
    /// that there are not.
    ///
    /// ```
    /// use mailwire_message::jmap::Property;
    ///
    /// assert_eq!(Property::parse("subject"), Property::parse("header:Subject:asText"));
    /// assert_eq!(Property::parse("mailboxIds"), None);
    /// ```
    #[must_use]
    pub fn parse(name: &'n str) -> Option<Self> {
        let convenient = CONVENIENT.iter().find(|(known, ..)| *known == name);
        if let Some(&(_, name, form)) = convenient {
            return Some(Self::Header(HeaderProperty { name, form, all: false }));
        }
        Some(match name {
            "size" => Self::Size,
            "headers" => Self::Headers,
            "bodyStructure" => Self::BodyStructure,
            "bodyValues" => Self::BodyValues,
            "textBody" => Self::TextBody,
            "htmlBody" => Self::HtmlBody,
            "attachments" => Self::Attachments,
            "hasAttachment" => Self::HasAttachment,
            "preview" => Self::Preview,
            name => Self::Header(HeaderProperty::parse(name)?),
        })
    }
}

/// A message as JMAP sees it.
///
/// ```
/// use mailwire_message::Message;
/// use mailwire_message::jmap::{Email, Fetch, HeaderValue, HeaderValues, Property};
///
/// let raw = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nTo: Bob <bob@example.org>\r\n\r\nHi\r\n";
/// let message = Message::parse(raw);
/// let email = Email::of(&message);
/// let Some(Property::Header(subject)) = Property::parse("subject") else { panic!() };
/// let text = HeaderValue::Text("Gr\u{fc}\u{df}e".into());
/// assert_eq!(subject.of(message.root()), HeaderValues::Last(Some(text)));
///
/// let mut out = Vec::new();
/// email.write(&["subject", "to", "preview"], &Fetch::default(), |_| None, &mut out);
/// assert_eq!(
///     out,
///     "{\"subject\":\"Gr\u{fc}\u{df}e\",\"to\":[{\"name\":\"Bob\",\"email\":\"bob@example.org\"}],\
///      \"preview\":\"Hi\"}"
///         .as_bytes(),
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Email<'m, 'a> {
    message: &'m Message<'a>,
    bodies: Bodies<'m, 'a>,
}

impl<'m, 'a> Email<'m, 'a> {
    /// What RFC 8621 section 4.2 says is told when a client asks for nothing in particular, as far
    /// as it comes from the message.
    pub const DEFAULT: [&'static str; 17] = [
        "size",
        "messageId",
        "inReplyTo",
        "references",
        "sender",
        "from",
        "to",
        "cc",
        "bcc",
        "replyTo",
        "subject",
        "sentAt",
        "hasAttachment",
        "preview",
        "bodyValues",
        "textBody",
        "htmlBody",
    ];

    /// Looks at the message.
    #[must_use]
    pub fn of(message: &'m Message<'a>) -> Self {
        Self { message, bodies: bodies::of(message) }
    }

    /// The parts by what they are for.
    #[must_use]
    pub fn bodies(&self) -> &Bodies<'m, 'a> {
        &self.bodies
    }

    /// The part with this id, as [`part_id`] makes them.
    #[must_use]
    pub fn part(&self, id: &str) -> Option<PartRef<'m, 'a>> {
        let index: usize = id.parse().ok()?;
        self.message.parts().nth(index).filter(|part| part_id(*part).as_deref() == Some(id))
    }

    /// Writes an object with these properties, those left out that [`Property::parse`] does not
    /// know. `blob` names the blob that the octets of a part are, for its `blobId`; where it gives
    /// none that is `null`.
    pub fn write<S: Sink + ?Sized>(
        &self,
        properties: &[&str],
        fetch: &Fetch<'_>,
        mut blob: impl FnMut(PartRef<'m, 'a>) -> Option<String>,
        out: &mut S,
    ) {
        let mut object = Items::object(out);
        self.write_members(properties, fetch, &mut blob, &mut object);
        object.end_object();
    }

    fn write_members<S: Sink + ?Sized>(
        &self,
        properties: &[&str],
        fetch: &Fetch<'_>,
        blob: &mut dyn FnMut(PartRef<'m, 'a>) -> Option<String>,
        object: &mut Items<'_, S>,
    ) {
        let root = self.message.root();
        let wanted: alloc::vec::Vec<_> =
            fetch.body_properties.iter().filter_map(|name| BodyProperty::parse(name)).collect();
        for &name in properties {
            let Some(property) = Property::parse(name) else { continue };
            let out = object.member(name);
            let mut parts = |parts: &[PartRef<'m, 'a>], out: &mut S| {
                array(parts, |part, out| write_part(*part, &wanted, blob, out), out);
            };
            match property {
                Property::Size => out.put_number(self.message.raw().len() as u64),
                Property::Headers => body::write_fields(root, out),
                Property::Header(header) => header.of(root).write(out),
                Property::TextBody => parts(&self.bodies.text, out),
                Property::HtmlBody => parts(&self.bodies.html, out),
                Property::Attachments => parts(&self.bodies.attachments, out),
                Property::BodyStructure => write_tree(root, &wanted, blob, out),
                Property::BodyValues => self.write_values(fetch, out),
                Property::HasAttachment => boolean(self.bodies.has_attachment(), out),
                Property::Preview => string(&preview(self.message), out),
            }
        }
    }

    fn write_values(&self, fetch: &Fetch<'_>, out: &mut (impl Sink + ?Sized)) {
        let mut object = Items::object(out);
        let listed = |list: &[PartRef<'m, 'a>], part: PartRef<'m, 'a>| {
            list.iter().any(|it| it.index() == part.index())
        };
        let mut skip = 0;
        for part in self.message.parts() {
            // What is in a message inside is told of that message.
            if part.index() < skip || !part.is_text() || part.kind() != Kind::Leaf {
                if part.kind() == Kind::Message && part.index() >= skip {
                    skip = part.after();
                }
                continue;
            }
            let wanted = fetch.all_values
                || fetch.text_values && listed(&self.bodies.text, part)
                || fetch.html_values && listed(&self.bodies.html, part);
            if let Some(id) = part_id(part).filter(|_| wanted) {
                BodyValue::of(part, fetch.max_octets).write(object.member(&id));
            }
        }
        object.end_object();
    }
}

/// The `partId` of a part: its place in [`Message::parts`]. A multipart has none.
#[must_use]
pub fn part_id(part: PartRef<'_, '_>) -> Option<String> {
    use alloc::string::ToString;
    (part.kind() != Kind::Multipart).then(|| part.index().to_string())
}

#[cfg(test)]
mod tests;
