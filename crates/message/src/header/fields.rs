//! Fields by name and type: what [`PartRef::header`](crate::PartRef::header) takes and gives.

use super::small::{
    automation, command, id, ids, importance, list, md5, one_click, results, return_path, shown,
    tags, typed, uri, version, words,
};
use crate::header as of;
use crate::header::{DateTime, Field};
use crate::{PartRef, TransferEncoding};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A field that has a name and a type.
pub trait KnownField {
    /// Its name.
    const NAME: &'static str;
    /// What its value means.
    type Value<'a>;

    /// Reads a value; `None` when it says nothing that the type has.
    fn read(value: &[u8]) -> Option<Self::Value<'_>>;
}

impl<'a> PartRef<'_, 'a> {
    /// The first field of a kind, as its type; `None` when there is none, or it says nothing. It is
    /// read when this is called.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::header::fields::{ListId, Received, To};
    ///
    /// let message = Message::parse(
    ///     b"Received: by a; 21 Nov 1997 09:55:06 -0600\r\nReceived: by b\r\n\
    ///       To: g: Ann <ann@example.org>;\r\nList-Id: \"The list\" <list.example.org>\r\n\r\n",
    /// );
    /// let root = message.root();
    /// assert_eq!(root.header::<To>().unwrap().mailboxes().count(), 1);
    /// assert_eq!(root.header::<ListId>().unwrap().id, b"list.example.org");
    /// assert_eq!(root.headers::<Received>().filter_map(|hop| hop.by).last(), Some(&b"b"[..]));
    /// ```
    #[must_use]
    pub fn header<F: KnownField>(&self) -> Option<F::Value<'a>> {
        F::read(self.field(F::NAME)?.value())
    }

    /// All fields of a kind in their order, each as its type.
    pub fn headers<F: KnownField>(&self) -> impl Iterator<Item = F::Value<'a>> {
        self.fields_named(F::NAME).filter_map(|field| F::read(field.value()))
    }
}

/// The value of a field, as the type that its name has: see [`Field::typed`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Value<'a> {
    /// A date.
    Date(DateTime),
    /// A list of addresses.
    Addresses(of::AddressList<'a>),
    /// One address, or none: Return-Path.
    Mailbox(of::Mailbox<'a>),
    /// An identifier without its angle brackets.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::octets::serialize"))]
    Id(Cow<'a, [u8]>),
    /// Identifiers.
    Ids(of::MessageIds<'a>),
    /// Text; of a field of no known name too.
    Text(Cow<'a, str>),
    /// Words with commas between.
    Words(Vec<String>),
    /// One hop.
    Received(of::Received<'a>),
    /// MIME-Version.
    Version((u8, u8)),
    /// Content-Type.
    ContentType(of::ContentType),
    /// Content-Transfer-Encoding.
    TransferEncoding(TransferEncoding),
    /// Content-Disposition.
    Disposition(of::ContentDisposition),
    /// Content-Location.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::octets::serialize"))]
    Uri(Cow<'a, [u8]>),
    /// Content-MD5.
    Digest([u8; 16]),
    /// List-Id.
    List(of::ListId<'a>),
    /// What to open for one of the other List fields.
    Command(of::ListCommand<'a>),
    /// List-Unsubscribe-Post.
    OneClick(()),
    /// What a server found out.
    Results(of::AuthenticationResults<'a>),
    /// Tags with values.
    Tags(of::TagList<'a>),
    /// Received-SPF.
    Spf(of::ReceivedSpf<'a>),
    /// Auto-Submitted.
    Automation(of::Automation),
    /// A type and what it is.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::octets::serialize_two"))]
    Typed([Cow<'a, [u8]>; 2]),
    /// How important it is.
    Importance(of::Importance),
    /// Nothing that the type of the field has: see [`Field::text`].
    Unreadable,
}

impl<'a> Field<'a> {
    /// The value as the type that the name of the field has; text for other names.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::header::fields::Value;
    ///
    /// let message = Message::parse(b"Date: 21 Nov 97 09:55 GMT\r\nX-Y: =?utf-8?q?=C3=A9?=\r\n\r\n");
    /// let values: Vec<_> = message.root().fields().map(|field| field.typed()).collect();
    /// assert!(matches!(&values[..], [Value::Date(date), Value::Text(text)]
    ///     if date.unix() == 880_106_100 && text == "\u{e9}"));
    /// ```
    #[must_use]
    pub fn typed(&self) -> Value<'a> {
        match READERS.get(self.known.place()) {
            Some(read) => read(self.value()),
            None => Value::Text(super::text(self.value())),
        }
    }
}

macro_rules! fields {
    ($($field:ident $name:literal $kind:ident $value:ty, $read:expr, $doc:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $doc)]
            #[derive(Clone, Copy, Debug)]
            pub enum $field {}

            impl KnownField for $field {
                const NAME: &'static str = $name;
                type Value<'a> = $value;

                fn read(value: &[u8]) -> Option<Self::Value<'_>> {
                    ($read)(value)
                }
            }
        )*

        /// The names of all fields that have a type.
        pub const NAMES: &[&str] = &[$($name),*];

        /// What reads each of them.
        const READERS: [for<'a> fn(&'a [u8]) -> Value<'a>; NAMES.len()] =
            [$(|value| $field::read(value).map_or(Value::Unreadable, Value::$kind)),*];

        /// Reads a value as every type there is: what a test of them all needs.
        #[doc(hidden)]
        pub fn read_all(value: &[u8]) -> usize {
            let mut read = 0;
            $(read += usize::from($field::read(value).is_some());)*
            read
        }
    };
}

fields! {
    Date "Date" Date DateTime, DateTime::parse, "when it was written.";
    From "From" Addresses of::AddressList<'a>, list, "who wrote it.";
    Sender "Sender" Addresses of::AddressList<'a>, list, "who sent it.";
    ReplyTo "Reply-To" Addresses of::AddressList<'a>, list, "where answers go.";
    To "To" Addresses of::AddressList<'a>, list, "whom it is for.";
    Cc "Cc" Addresses of::AddressList<'a>, list, "who is to know.";
    Bcc "Bcc" Addresses of::AddressList<'a>, list, "who is to know, and the others not.";
    MessageId "Message-ID" Id Cow<'a, [u8]>, id, "its identifier, without brackets.";
    InReplyTo "In-Reply-To" Ids of::MessageIds<'a>, ids, "what it answers.";
    References "References" Ids of::MessageIds<'a>, ids, "what came before.";
    Subject "Subject" Text Cow<'a, str>, shown, "what it is about.";
    Comments "Comments" Text Cow<'a, str>, shown, "what somebody says of it.";
    Keywords "Keywords" Words Vec<String>, words, "words to find it by.";
    ResentDate "Resent-Date" Date DateTime, DateTime::parse, "when it was sent again.";
    ResentFrom "Resent-From" Addresses of::AddressList<'a>, list, "who wants it sent again.";
    ResentSender "Resent-Sender" Addresses of::AddressList<'a>, list, "who sent it again.";
    ResentTo "Resent-To" Addresses of::AddressList<'a>, list, "whom it was sent to again.";
    ResentCc "Resent-Cc" Addresses of::AddressList<'a>, list, "who is to know that.";
    ResentBcc "Resent-Bcc" Addresses of::AddressList<'a>, list, "who is to know that, and the others not.";
    ResentReplyTo "Resent-Reply-To" Addresses of::AddressList<'a>, list, "obsolete.";
    ResentMessageId "Resent-Message-ID" Id Cow<'a, [u8]>, id, "the identifier of the sending again.";
    Received "Received" Received of::Received<'a>, (|value| Some(of::Received::parse(value))), "one hop.";
    ReturnPath "Return-Path" Mailbox of::Mailbox<'a>, return_path, "where what fails goes; without an address for `<>`.";
    DeliveredTo "Delivered-To" Addresses of::AddressList<'a>, list, "where it was delivered.";
    MimeVersion "MIME-Version" Version (u8, u8), version, "the version of MIME.";
    ContentType "Content-Type" ContentType of::ContentType, (|value| Some(of::ContentType::parse(value))), "what the body is.";
    ContentTransferEncoding "Content-Transfer-Encoding" TransferEncoding TransferEncoding, (|value| Some(TransferEncoding::parse(value))), "how the body is encoded.";
    ContentDisposition "Content-Disposition" Disposition of::ContentDisposition, (|value| Some(of::ContentDisposition::parse(value))), "how to show it.";
    ContentId "Content-ID" Id Cow<'a, [u8]>, id, "its identifier, without brackets.";
    ContentDescription "Content-Description" Text Cow<'a, str>, shown, "what it is, for people.";
    ContentLanguage "Content-Language" Words Vec<String>, words, "its languages.";
    ContentLocation "Content-Location" Uri Cow<'a, [u8]>, uri, "where it is from.";
    ContentMd5 "Content-MD5" Digest [u8; 16], md5, "the digest of the body.";
    ListId "List-Id" List of::ListId<'a>, of::ListId::parse, "which list it is from.";
    ListHelp "List-Help" Command of::ListCommand<'a>, command, "how to get help.";
    ListUnsubscribe "List-Unsubscribe" Command of::ListCommand<'a>, command, "how to leave the list.";
    ListSubscribe "List-Subscribe" Command of::ListCommand<'a>, command, "how to join the list.";
    ListPost "List-Post" Command of::ListCommand<'a>, command, "how to write to the list.";
    ListOwner "List-Owner" Command of::ListCommand<'a>, command, "who looks after the list.";
    ListArchive "List-Archive" Command of::ListCommand<'a>, command, "where its messages are kept.";
    ListUnsubscribePost "List-Unsubscribe-Post" OneClick (), one_click, "the list may be left by one POST (RFC 8058).";
    AuthenticationResults "Authentication-Results" Results of::AuthenticationResults<'a>, results, "what a server found out.";
    ArcAuthenticationResults "ARC-Authentication-Results" Results of::AuthenticationResults<'a>, results, "what an intermediary found out.";
    ArcSeal "ARC-Seal" Tags of::TagList<'a>, tags, "the seal of an intermediary.";
    ArcMessageSignature "ARC-Message-Signature" Tags of::TagList<'a>, tags, "the signature of an intermediary.";
    DkimSignature "DKIM-Signature" Tags of::TagList<'a>, tags, "a signature of a domain.";
    Autocrypt "Autocrypt" Tags of::TagList<'a>, tags, "the key of the writer.";
    ReceivedSpf "Received-SPF" Spf of::ReceivedSpf<'a>, of::ReceivedSpf::parse, "whether the host may send for the domain.";
    AutoSubmitted "Auto-Submitted" Automation of::Automation, automation, "whether a program wrote it (RFC 3834).";
    DispositionNotificationTo "Disposition-Notification-To" Addresses of::AddressList<'a>, list, "who wants to know that it was read.";
    DispositionNotificationOptions "Disposition-Notification-Options" Tags of::TagList<'a>, tags, "how that is to be said.";
    OriginalRecipient "Original-Recipient" Typed [Cow<'a, [u8]>; 2], typed, "whom it was for at first: a type and an address.";
    OriginalMessageId "Original-Message-ID" Id Cow<'a, [u8]>, id, "the identifier that it had.";
    MailFollowupTo "Mail-Followup-To" Addresses of::AddressList<'a>, list, "where answers to all go.";
    MailReplyTo "Mail-Reply-To" Addresses of::AddressList<'a>, list, "where answers to the writer go.";
    Importance "Importance" Importance of::Importance, importance, "how important it is.";
    Priority "Priority" Importance of::Importance, importance, "how urgent it is.";
    XPriority "X-Priority" Importance of::Importance, importance, "how important it is, by number.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Automation, Importance as Level};

    #[test]
    fn small_fields() {
        assert_eq!(MimeVersion::read(b" 1.0 (x)"), Some((1, 0)));
        assert_eq!(MimeVersion::read(b"1(a).(b)0"), Some((1, 0)));
        assert_eq!(XPriority::read(b" 1 (Highest)"), Some(Level::High));
        assert_eq!(AutoSubmitted::read(b"auto-replied; x=y"), Some(Automation::Replied));
        assert_eq!(ListUnsubscribePost::read(b" List-Unsubscribe=One-Click"), Some(()));
        assert!(ContentMd5::read(b"Q2hlY2sgSW50ZWdyaXR5IQ==").is_some());
        assert_eq!(
            Keywords::read(b"a b, =?utf-8?q?=C3=A9?=,,"),
            Some(["a b", "\u{e9}"].map(String::from).to_vec())
        );
        for (value, expected) in [
            (&b"\"a, b\", =?utf-8?q?c,d?=, e"[..], &["a, b", "c,d", "e"][..]),
            (b"a, \"b, c", &["a", "\"b", "c"]),
            (b"=?utf-8?q?c,d?=", &["c,d"]),
            (b"a=b, =?c, d", &["a=b", "=?c", "d"]),
        ] {
            assert_eq!(Keywords::read(value).unwrap(), expected);
        }
        let path = ReturnPath::read(b" <> ").unwrap();
        assert_eq!(path.address(), None);
        let [kind, address] = OriginalRecipient::read(b"rfc822; a@b").unwrap();
        assert_eq!((&*kind, &*address), (&b"rfc822"[..], &b"a@b"[..]));
    }

    #[test]
    fn every_type_takes_any_value() {
        for value in [&b""[..], b"(", b"\"", b"<", b";;", b"=", b"a=b;c", b"\xff\0", b"[", b",,,"] {
            let _ = read_all(value);
        }
        assert!(NAMES.len() > 50);
    }
}
