//! What few servers have: CONVERT, annotations, UIDBATCHES, LANGUAGE and COMPARATOR, Apple's push.

use super::{becomes_command, octets};
use crate::types::{
    self, Annotation, Command, ConvertItem, FetchItem, GetAnnotation, NumberSet, Octets, PushField,
    PushValue, StoreAnnotation, StoreModifier,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `UID CONVERT` of a part, by its numbers, of these messages (RFC 5259). None names the message
/// itself.
///
/// ```
/// use mailwire_imap::build::{conversions, convert};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let mut out = Plain::default();
/// for command in [
///     conversions("image/gif", "image/*"),
///     convert(120, [4]).to("image/jpeg").with("pix-x", "128").octets().size().command(),
///     convert(121, [1, 2]).with("charset", "utf-8").command(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a CONVERSIONS \"image/gif\" \"image/*\"\r\n\
///       a UID CONVERT 120 (\"image/jpeg\" (\"pix-x\" \"128\")) (BINARY[4] BINARY.SIZE[4])\r\n\
///       a UID CONVERT 121 (NIL (\"charset\" \"utf-8\")) BINARY[1.2]\r\n"
/// );
/// ```
pub fn convert<'a>(uids: impl Into<NumberSet>, part: impl AsRef<[u32]>) -> Convert<'a> {
    let part = part.as_ref().to_vec();
    Convert { uids: uids.into(), part, target: None, parameters: Vec::new(), items: Vec::new() }
}

/// A CONVERT that is being said. What is not named is [`octets`](Self::octets).
#[derive(Clone, Debug)]
#[must_use]
pub struct Convert<'a> {
    uids: NumberSet,
    part: Vec<u32>,
    target: Option<Octets<'a>>,
    parameters: Vec<(Octets<'a>, Octets<'a>)>,
    items: Vec<ConvertItem<'a>>,
}

impl<'a> Convert<'a> {
    /// To this type; else to what the server thinks best.
    pub fn to(mut self, media_type: &'a str) -> Self {
        self.target = Some(octets(media_type));
        self
    }

    /// With a parameter of the conversion.
    pub fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.parameters.push((octets(name), octets(value)));
        self
    }

    /// The octets that come of it: `BINARY`.
    pub fn octets(self) -> Self {
        self.item(Self::binary)
    }

    /// How many they are: `BINARY.SIZE`.
    pub fn size(self) -> Self {
        self.item(|part| ConvertItem::Fetch(FetchItem::BinarySize(part)))
    }

    /// How the part is made up then: `BODYPARTSTRUCTURE`.
    pub fn structure(self) -> Self {
        self.item(ConvertItem::BodyPartStructure)
    }

    /// What it can be made into: `AVAILABLECONVERSIONS`.
    pub fn available(self) -> Self {
        self.item(ConvertItem::AvailableConversions)
    }

    fn item(mut self, of: fn(Vec<u32>) -> ConvertItem<'a>) -> Self {
        self.items.push(of(self.part.clone()));
        self
    }

    fn binary(part: Vec<u32>) -> ConvertItem<'a> {
        ConvertItem::Fetch(FetchItem::Binary { part, peek: false, partial: None })
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let this = if self.items.is_empty() { self.octets() } else { self };
        let Self { uids: set, target, parameters, items, .. } = this;
        Command::Convert(Box::new(types::Convert { uid: true, set, target, parameters, items }))
    }
}

/// `CONVERSIONS`: which types can be made of which, by patterns with `*` (RFC 5259 section 5).
#[must_use]
pub fn conversions<'a>(from: &'a str, to: &'a str) -> Command<'a> {
    Command::Conversions { from: octets(from), to: octets(to) }
}

/// `UID STORE` of annotations of these messages (RFC 5257). They are told by
/// [`Fetch::annotation`](super::Fetch::annotation).
///
/// ```
/// use mailwire_imap::build::{annotate, fetch};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let mut out = Plain::default();
/// for command in [
///     annotate(7).value("/comment", "value.priv", "ask Ann").remove("/altsubject", "value.priv").command(),
///     fetch(7).annotation("/*", "value.priv").command(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a UID STORE 7 ANNOTATION (/comment (value.priv \"ask Ann\") /altsubject (value.priv NIL))\r\n\
///       a UID FETCH 7 (ANNOTATION (/* value.priv))\r\n"
/// );
/// ```
pub fn annotate<'a>(uids: impl Into<NumberSet>) -> Annotate<'a> {
    Annotate { uids: uids.into(), modifiers: Vec::new(), annotations: Vec::new() }
}

/// A STORE of annotations that is being said. Without one it is nothing that a server takes.
#[derive(Clone, Debug)]
#[must_use]
pub struct Annotate<'a> {
    uids: NumberSet,
    modifiers: Vec<StoreModifier<'a>>,
    annotations: Vec<Annotation<'a>>,
}

impl<'a> Annotate<'a> {
    /// An attribute of an entry, `value.priv` or `value.shared`, has this value.
    pub fn value(
        self,
        entry: &'a str,
        attribute: &'a str,
        value: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self {
        self.with(entry, attribute, Some(Cow::Borrowed(value.as_ref())))
    }

    /// An attribute of an entry is removed.
    pub fn remove(self, entry: &'a str, attribute: &'a str) -> Self {
        self.with(entry, attribute, None)
    }

    fn with(mut self, entry: &'a str, attribute: &'a str, value: Option<Cow<'a, [u8]>>) -> Self {
        let attributes = Vec::from([(octets(attribute), value)]);
        self.annotations.push(Annotation { entry: octets(entry), attributes });
        self
    }

    /// Only of messages that have not changed since (RFC 7162).
    pub fn unchanged_since(mut self, mod_seq: u64) -> Self {
        self.modifiers.push(StoreModifier::UnchangedSince(mod_seq));
        self
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { uids: set, modifiers, annotations } = self;
        Command::StoreAnnotation(StoreAnnotation { uid: true, set, modifiers, annotations })
    }
}

/// `GETANNOTATION` of ANNOTATEMORE, which METADATA replaced: an attribute of an entry, of mailboxes
/// by a pattern; the empty one is the server.
///
/// ```
/// use mailwire_imap::build::{annotation, set_annotation};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let mut out = Plain::default();
/// for command in [
///     annotation("user.ann.%", "/comment", "value.shared"),
///     set_annotation("INBOX", "/comment", "value.priv", Some("mine")),
///     set_annotation("INBOX", "/comment", "value.shared", None),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a GETANNOTATION user.ann.% \"/comment\" \"value.shared\"\r\n\
///       a SETANNOTATION INBOX (\"/comment\" (\"value.priv\" \"mine\"))\r\n\
///       a SETANNOTATION INBOX (\"/comment\" (\"value.shared\" NIL))\r\n"
/// );
/// ```
#[must_use]
pub fn annotation<'a>(mailbox: &'a str, entry: &'a str, attribute: &'a str) -> Command<'a> {
    Command::GetAnnotation(GetAnnotation {
        mailbox: octets(mailbox),
        entries: Vec::from([octets(entry)]),
        attributes: Vec::from([octets(attribute)]),
    })
}

/// `SETANNOTATION` of ANNOTATEMORE; `None` removes the value.
#[must_use]
pub fn set_annotation<'a>(
    mailbox: &'a str,
    entry: &'a str,
    attribute: &'a str,
    value: Option<&'a str>,
) -> Command<'a> {
    let value = value.map(|value| Cow::Borrowed(value.as_bytes()));
    let attributes = Vec::from([(octets(attribute), value)]);
    Command::SetAnnotation {
        mailbox: octets(mailbox),
        entries: Vec::from([(octets(entry), attributes)]),
    }
}

/// `UIDBATCHES` of so many messages each, at least 1; which batches may be said, the first and the
/// last (RFC 10022).
///
/// ```
/// use mailwire_imap::build::uid_batches;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let mut out = Plain::default();
/// encode::command("a", &uid_batches(2000, None), &Dialect::rev2(), &mut out);
/// encode::command("b", &uid_batches(2000, Some((11, 20))), &Dialect::rev2(), &mut out);
/// assert_eq!(out.into_bytes(), b"a UIDBATCHES 2000\r\nb UIDBATCHES 2000 11:20\r\n");
/// ```
#[must_use]
pub fn uid_batches<'a>(size: u32, range: Option<(u32, u32)>) -> Command<'a> {
    Command::UidBatches { size, range }
}

/// `LANGUAGE` of the texts of the server, the best first; with none it tells which it has (RFC 5255
/// section 3).
///
/// ```
/// use mailwire_imap::build::{comparator, language};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let mut out = Plain::default();
/// encode::command("a", &language(["de", "fr"]), &Dialect::rev1(), &mut out);
/// encode::command("b", &language([]), &Dialect::rev1(), &mut out);
/// encode::command("c", &comparator(["i;basic", "i;*"]), &Dialect::rev1(), &mut out);
/// assert_eq!(
///     out.into_bytes(),
///     b"a LANGUAGE de fr\r\nb LANGUAGE\r\nc COMPARATOR i;basic i;*\r\n"
/// );
/// ```
#[must_use]
pub fn language<'a>(tags: impl IntoIterator<Item = &'a str>) -> Command<'a> {
    Command::Language(tags.into_iter().map(octets).collect())
}

/// `COMPARATOR` by which SEARCH, SORT and THREAD compare, the best first; with none it tells which is
/// in force (RFC 5255 section 4).
#[must_use]
pub fn comparator<'a>(names: impl IntoIterator<Item = &'a str>) -> Command<'a> {
    Command::Comparator(names.into_iter().map(octets).collect())
}

/// `XAPPLEPUSHSERVICE`: a device of Apple's is told of new messages, in INBOX if nothing else is
/// said.
///
/// ```
/// use mailwire_imap::build::apple_push;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let push = apple_push("0715A26B", "2918390218").mailboxes(["INBOX", "Notes"]).command();
/// let mut out = Plain::default();
/// encode::command("a", &push, &Dialect::rev1(), &mut out);
/// assert_eq!(
///     out.into_bytes(),
///     b"a XAPPLEPUSHSERVICE aps-version \"2\" aps-account-id \"0715A26B\" \
///       aps-device-token \"2918390218\" aps-subtopic \"com.apple.mobilemail\" \
///       mailboxes (INBOX Notes)\r\n"
/// );
/// ```
pub fn apple_push<'a>(account: &'a str, device_token: &'a str) -> ApplePush<'a> {
    ApplePush { account, device_token, subtopic: "com.apple.mobilemail", mailboxes: Vec::new() }
}

/// An XAPPLEPUSHSERVICE that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct ApplePush<'a> {
    account: &'a str,
    device_token: &'a str,
    subtopic: &'a str,
    mailboxes: Vec<Octets<'a>>,
}

impl<'a> ApplePush<'a> {
    /// Not the mail of a telephone, but this.
    pub fn subtopic(mut self, subtopic: &'a str) -> Self {
        self.subtopic = subtopic;
        self
    }

    /// Of these mailboxes, as they are on the wire.
    pub fn mailboxes(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.mailboxes.extend(names.into_iter().map(octets));
        self
    }

    /// The command, of version 2 of the protocol.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let fields = [
            ("aps-version", "2"),
            ("aps-account-id", self.account),
            ("aps-device-token", self.device_token),
            ("aps-subtopic", self.subtopic),
        ];
        let one =
            |(name, value)| PushField { name: octets(name), value: PushValue::One(octets(value)) };
        let mut fields: Vec<_> = fields.into_iter().map(one).collect();
        let mut mailboxes = self.mailboxes;
        if mailboxes.is_empty() {
            mailboxes.push(octets("INBOX"));
        }
        fields.push(PushField { name: octets("mailboxes"), value: PushValue::Several(mailboxes) });
        Command::ApplePush(fields)
    }
}

becomes_command!(Convert, Annotate, ApplePush);
