//! What FETCH says of a message, found while it is read in pieces: ENVELOPE, BODYSTRUCTURE, and
//! where each section lies.
//!
//! It is what [`mailwire_message::imap`] says of the whole message, but for fields past a limit.
//! Nothing of a body is kept, so a message of any size costs the same.

use crate::types::{
    Address, Addresses, BodyStructure, Disposition, Envelope, Leaf, LeafKind, Multipart,
    Parameters, Raw, Section, SectionText,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use mailwire_core::Input;
use mailwire_message::header::{ContentType, Field};
use mailwire_message::imap::{self, BodyFields, EnvelopeAddress, RawParameters};
use mailwire_message::{Event, Kind, Limits, Message, Reader, Rules, TransferEncoding};

/// How many octets of fields are kept of one message. Fields past it are as if they were not
/// there, in ENVELOPE and BODYSTRUCTURE only.
const MAX_KEPT: usize = 1 << 20;

/// The fields of a message that its envelope is made of; those of a part that its structure is made
/// of begin with `Content-`.
const OF_MESSAGES: [&str; 10] = [
    "Date",
    "Subject",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "In-Reply-To",
    "Message-ID",
];

/// Finds the [`Outline`] of a message as it arrives.
///
/// ```
/// use mailwire_core::Input;
/// use mailwire_imap::message::{Outliner, Place};
/// use mailwire_imap::types::Section;
///
/// let (mut outliner, mut rx) = (Outliner::default(), Input::default());
/// for piece in [&b"Subject: hel"[..], b"lo\r\n\r\nbody\r\n"] {
///     rx.extend(piece);
///     outliner.read(&mut rx);
/// }
/// rx.close();
/// outliner.read(&mut rx);
/// let outline = outliner.finish();
///
/// assert_eq!(outline.envelope().subject.as_deref(), Some(&b"hello"[..]));
/// let section = Section { part: vec![1], text: None };
/// assert_eq!(outline.place(&section), Some(Place::Octets(18..24)));
/// ```
#[derive(Debug)]
pub struct Outliner {
    reader: Reader,
    parts: Vec<Part>,
    open: Vec<usize>,
    /// The message that the open part is, encoded, and is read as it stands.
    encoded: Option<Box<(Self, Input)>>,
    /// How many messages, each encoded in the one before, are read yet.
    levels: usize,
    /// Octets of fields, and parts, that messages around it and before it have.
    kept: usize,
    others: usize,
    feeds: Feeds,
}

/// What FETCH says of a message.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    parts: Vec<Part>,
    /// It is encoded in so many messages that its parts are not told.
    closed: bool,
}

/// Where a section lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// These octets of the message.
    Octets(Range<u64>),
    /// Some fields of the header that is these octets: see [`fields`].
    Fields(Range<u64>),
}

#[derive(Clone, Debug, Default)]
struct Part {
    kind: Kind,
    /// It is a message: the whole one, or one inside.
    is_message: bool,
    header: Range<u64>,
    body: Range<u64>,
    /// The line feeds before its body; those of its body when it is over.
    feeds: Feeds,
    children: Vec<usize>,
    /// The message that it is, encoded.
    encoded: Option<Box<Outline>>,
    /// Field by field, as they stand.
    fields: Vec<Vec<u8>>,
}

/// Line feeds, and those without a carriage return before them.
#[derive(Clone, Copy, Debug, Default)]
struct Feeds {
    all: u64,
    bare: u64,
    /// The last octet before was a carriage return.
    after_return: bool,
}

impl Default for Outliner {
    fn default() -> Self {
        Self::within(Limits::default().encoded_depth + 1, 0, 0)
    }
}

impl Outliner {
    fn within(levels: usize, kept: usize, others: usize) -> Self {
        let mut limits = Limits::default();
        limits.parts = limits.parts.saturating_sub(others).max(1);
        Self {
            reader: Reader::new(&limits),
            parts: Vec::new(),
            open: Vec::new(),
            encoded: None,
            levels,
            kept,
            others,
            feeds: Feeds::default(),
        }
    }

    /// Reads what there is.
    pub fn read(&mut self, rx: &mut Input) {
        // Every turn is an event, of which the reader gives no more than there are octets, or
        // closes a part.
        loop {
            let before = rx.take(0).start;
            let noted = match self.reader.receive(rx) {
                None => {
                    self.feeds.count(rx, before);
                    return;
                }
                Some(Event::Body { octets, .. }) => {
                    if let Some(encoded) = &mut self.encoded {
                        let (outliner, rx) = &mut **encoded;
                        rx.extend(octets);
                        outliner.read(rx);
                    }
                    Noted::Nothing
                }
                Some(event) => Noted::of(&event),
            };
            self.feeds.count(rx, before);
            self.note(noted);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Outline {
        Outline { parts: self.parts, closed: self.levels == 0 }
    }

    fn note(&mut self, noted: Noted) {
        let parent = self.open.last().copied();
        match noted {
            Noted::PartStart(at) => {
                let index = self.parts.len();
                let mut part = Part { header: at..at, body: at..at, ..Part::default() };
                match parent.and_then(|parent| self.parts.get_mut(parent)) {
                    Some(parent) => {
                        part.is_message = parent.kind == Kind::Message;
                        parent.children.push(index);
                    }
                    None => part.is_message = true,
                }
                self.parts.push(part);
                self.open.push(index);
            }
            Noted::Field(field) => {
                let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) else { return };
                let wanted = part.is_message || is_of_part(&Field::new(&field));
                if wanted && self.kept + field.len() <= MAX_KEPT {
                    self.kept += field.len();
                    part.fields.push(field);
                }
            }
            Noted::HeaderEnd(at, kind) => {
                let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) else { return };
                part.kind = kind;
                part.header.end = at;
                part.body = at..at;
                part.feeds = self.feeds;
                let encoded = kind == Kind::Leaf && part.told().is("message", Some("rfc822"));
                if let (true, Some(levels)) = (encoded, self.levels.checked_sub(1)) {
                    let others = self.others + self.parts.len();
                    let inside = Self::within(levels, self.kept, others);
                    self.encoded = Some(Box::new((inside, Input::default())));
                }
            }
            Noted::PartEnd(at, line_end) => {
                let parts = self.parts.len();
                let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) else { return };
                // As in `mailwire_message::imap::octets`.
                let own = part.is_enclosed_message();
                part.body.end = at + if own { u64::from(line_end) } else { 0 };
                let behind = |n: u8| u64::from(!own && line_end >= 1 && line_end <= n);
                part.feeds.all = self.feeds.all - part.feeds.all - behind(2);
                part.feeds.bare = self.feeds.bare - part.feeds.bare - behind(1);
                if let Some(encoded) = self.encoded.take() {
                    let (mut outliner, mut rx) = *encoded;
                    rx.close();
                    outliner.read(&mut rx);
                    self.kept = outliner.kept;
                    self.others = outliner.others + outliner.parts.len() - parts;
                    part.encoded = Some(Box::new(outliner.finish()));
                }
                self.open.pop();
            }
            Noted::Nothing => {}
        }
    }
}

impl Feeds {
    /// Counts what was consumed since `before`.
    fn count(&mut self, rx: &mut Input, before: usize) {
        let now = rx.take(0).start;
        let octets = rx.slice(before..now);
        for at in memchr::memchr_iter(b'\n', octets) {
            let returned = match at.checked_sub(1) {
                Some(at) => octets.get(at) == Some(&b'\r'),
                None => self.after_return,
            };
            self.all += 1;
            self.bare += u64::from(!returned);
        }
        if let Some(last) = octets.last() {
            self.after_return = *last == b'\r';
        }
    }
}

/// What of an event is needed when the input may be looked at again.
enum Noted {
    PartStart(u64),
    Field(Vec<u8>),
    HeaderEnd(u64, Kind),
    PartEnd(u64, u8),
    Nothing,
}

impl Noted {
    fn of(event: &Event<'_>) -> Self {
        match event {
            Event::PartStart { at } => Self::PartStart(*at),
            Event::Field { field, .. } => {
                match is_of_part(field) || OF_MESSAGES.iter().any(|name| field.is(name)) {
                    true => Self::Field(field.raw().to_vec()),
                    false => Self::Nothing,
                }
            }
            Event::HeaderEnd { at, kind } => Self::HeaderEnd(*at, *kind),
            Event::PartEnd { at, line_end } => Self::PartEnd(*at, *line_end),
            _ => Self::Nothing,
        }
    }
}

fn is_of_part(field: &Field<'_>) -> bool {
    field.name().get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"Content-"))
}

impl Outline {
    /// The envelope of the message.
    #[must_use]
    pub fn envelope(&self) -> Envelope<'_> {
        self.parts.first().map(Part::envelope).unwrap_or_default()
    }

    /// How the message is made up; `extended` for BODYSTRUCTURE, else for BODY.
    #[must_use]
    pub fn structure(&self, extended: bool) -> BodyStructure<'_> {
        // What is inside a part stands behind it.
        let mut made: Vec<Option<BodyStructure<'_>>> = Vec::new();
        made.resize_with(self.parts.len(), || None);
        for (at, part) in self.parts.iter().enumerate().rev() {
            let mut told = part.told();
            if at == 0 && !extended {
                told = told.of_whole();
            }
            let mut inside = Vec::new();
            for child in part.children.iter().filter(|_| !told.is_global()) {
                inside.extend(made.get_mut(*child).and_then(Option::take));
            }
            let made_of = self.made_of(part, told, inside, extended);
            if let Some(place) = made.get_mut(at) {
                *place = Some(made_of);
            }
        }
        let whole = made.into_iter().next().flatten();
        whole.unwrap_or_else(|| {
            leaf(BodyFields::default(), 0, LeafKind::Text { lines: 0 }, extended)
        })
    }

    /// Where a section lies; `None` when the message has no such part.
    #[must_use]
    pub fn place(&self, section: &Section<'_>) -> Option<Place> {
        let part = self.part(&section.part)?;
        let whole = section.part.is_empty();
        let text = match &section.text {
            None if whole => return Some(Place::Octets(part.header.start..part.body.end)),
            None => return Some(Place::Octets(part.body.clone())),
            Some(SectionText::Mime) => return Some(Place::Octets(part.header.clone())),
            Some(text) => text,
        };
        let message = match part.kind {
            _ if whole => part,
            Kind::Message => self.child(part, 0)?,
            _ => return None,
        };
        Some(match text {
            SectionText::Text => Place::Octets(message.body.clone()),
            SectionText::HeaderFields(_) | SectionText::HeaderFieldsNot(_) => {
                Place::Fields(message.header.clone())
            }
            _ => Place::Octets(message.header.clone()),
        })
    }

    /// How the octets of a part are encoded, for BINARY (RFC 3516): of the message itself and of what
    /// has parts nothing is. `None` when the message has no such part.
    #[must_use]
    pub fn encoding(&self, numbers: &[u32]) -> Option<TransferEncoding> {
        let part = self.part(numbers)?;
        if numbers.is_empty() || part.kind != Kind::Leaf {
            return Some(TransferEncoding::default());
        }
        let field = part.field("Content-Transfer-Encoding");
        let field = field.map(|field| TransferEncoding::parse(field.value()));
        Some(field.unwrap_or_default())
    }

    /// The part of these numbers (RFC 9051 section 6.4.5.1): a message that is not divided has one
    /// part, and the parts of a message in a message are counted in it.
    fn part(&self, numbers: &[u32]) -> Option<&Part> {
        let mut found = self.parts.first()?;
        for (at, &number) in numbers.iter().enumerate() {
            let container = match found.kind {
                _ if at == 0 => found,
                Kind::Message => self.child(found, 0)?,
                Kind::Multipart => found,
                Kind::Leaf => return None,
            };
            let nth = usize::try_from(number).ok()?.checked_sub(1)?;
            found = match container.kind {
                Kind::Multipart => self.child(container, nth)?,
                _ if nth == 0 => container,
                _ => return None,
            };
        }
        Some(found)
    }

    fn child(&self, part: &Part, nth: usize) -> Option<&Part> {
        self.parts.get(*part.children.get(nth)?)
    }

    fn made_of<'a>(
        &'a self,
        part: &'a Part,
        told: BodyFields<'a>,
        mut inside: Vec<BodyStructure<'a>>,
        extended: bool,
    ) -> BodyStructure<'a> {
        let lines = part.feeds.all;
        if told.is("multipart", None) {
            if inside.is_empty() {
                // The grammar has no multipart without parts.
                let nothing = LeafKind::Text { lines: 0 };
                inside.push(leaf(BodyFields::default(), 0, nothing, extended));
            }
            return multipart(told, inside, extended);
        }
        let message = |envelope, body| LeafKind::Message {
            envelope: Box::new(envelope),
            body: Box::new(body),
            lines,
        };
        let content = match &part.encoded {
            _ if told.is_global() => LeafKind::Basic,
            _ if part.kind == Kind::Message => match (self.child(part, 0), inside.pop()) {
                (Some(child), Some(body)) => message(child.envelope(), body),
                _ => LeafKind::Basic,
            },
            Some(encoded) => message(encoded.envelope(), encoded.enclosed(extended)),
            None if told.is("text", None) => LeafKind::Text { lines },
            None => LeafKind::Basic,
        };
        leaf(told, part.octets(), content, extended)
    }

    /// The structure of one that is encoded in another.
    fn enclosed(&self, extended: bool) -> BodyStructure<'_> {
        if !self.closed {
            return self.structure(extended);
        }
        BodyStructure::Leaf(Leaf {
            kind: Cow::Borrowed(b"application"),
            subtype: Cow::Borrowed(b"octet-stream"),
            encoding: Cow::Borrowed(b"binary"),
            octets: self.parts.first().map_or(0, Part::octets),
            ..Leaf::default()
        })
    }
}

impl Part {
    fn known(&self) -> impl Iterator<Item = Field<'_>> {
        self.fields.iter().map(|field| Field::new(field))
    }

    fn field(&self, name: &str) -> Option<Field<'_>> {
        self.known().find(|field| field.is(name))
    }

    fn told(&self) -> BodyFields<'_> {
        BodyFields::of(self.kind, self.known(), Rules::default().parameters)
    }

    /// A message in a message, whose octets end with the line end of its last delimiter line.
    fn is_enclosed_message(&self) -> bool {
        let global = || {
            let field = self.field("Content-Type");
            field.is_some_and(|field| ContentType::parse(field.value()).subtype() == "global")
        };
        self.kind == Kind::Message && !global()
    }

    /// The octets of its body, with every line ended by CRLF.
    fn octets(&self) -> u64 {
        self.body.end - self.body.start + self.feeds.bare
    }

    fn envelope(&self) -> Envelope<'_> {
        let envelope = imap::Envelope::of(self.known());
        Envelope {
            date: envelope.date,
            subject: envelope.subject,
            from: addresses(envelope.from),
            sender: addresses(envelope.sender),
            reply_to: addresses(envelope.reply_to),
            to: addresses(envelope.to),
            cc: addresses(envelope.cc),
            bcc: addresses(envelope.bcc),
            in_reply_to: envelope.in_reply_to,
            message_id: envelope.message_id,
        }
    }
}

/// The fields of a header that HEADER.FIELDS or HEADER.FIELDS.NOT asks for, and the empty line.
#[must_use]
pub fn fields(header: &[u8], text: &SectionText<'_>) -> Vec<u8> {
    let (SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names)) = text else {
        return header.to_vec();
    };
    let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
    let section = match text {
        SectionText::HeaderFields(_) => imap::Section::HeaderFields(&names),
        _ => imap::Section::HeaderFieldsNot(&names),
    };
    imap::section(&Message::parse(header), &[], section).unwrap_or_default().into_owned()
}

fn multipart<'a>(
    told: BodyFields<'a>,
    parts: Vec<BodyStructure<'a>>,
    extended: bool,
) -> BodyStructure<'a> {
    // What is told in a BODYSTRUCTURE only.
    let more = if extended {
        told.clone()
    } else {
        BodyFields { parameters: Vec::new(), ..BodyFields::default() }
    };
    BodyStructure::Multipart(Multipart {
        parts,
        subtype: Cow::Owned(told.subtype),
        language: more.languages().map(|word| Cow::Owned(word.to_vec())).collect(),
        parameters: parameters(more.parameters),
        disposition: more.disposition.map(disposition),
        location: more.location,
        extended,
        extensions: Raw::default(),
    })
}

fn leaf<'a>(
    told: BodyFields<'a>,
    octets: u64,
    content: LeafKind<'a>,
    extended: bool,
) -> BodyStructure<'a> {
    let more = if extended { told.clone() } else { BodyFields::default() };
    BodyStructure::Leaf(Leaf {
        kind: Cow::Owned(told.kind),
        subtype: Cow::Owned(told.subtype),
        parameters: parameters(told.parameters),
        id: told.id,
        description: told.description,
        encoding: Cow::Owned(told.encoding),
        octets,
        content,
        language: more.languages().map(|word| Cow::Owned(word.to_vec())).collect(),
        md5: more.md5,
        disposition: more.disposition.map(disposition),
        location: more.location,
        extended,
        extensions: Raw::default(),
    })
}

fn disposition((kind, list): (Vec<u8>, RawParameters)) -> Disposition<'static> {
    Disposition { kind: Cow::Owned(kind), parameters: parameters(list) }
}

fn parameters(list: RawParameters) -> Parameters<'static> {
    list.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect()
}

fn addresses(list: Vec<EnvelopeAddress>) -> Addresses<'static> {
    let convert = |address: EnvelopeAddress| Address {
        name: address.name.map(Cow::Owned),
        adl: address.route.map(Cow::Owned),
        mailbox: address.mailbox.map(Cow::Owned),
        host: address.host.map(Cow::Owned),
    };
    list.into_iter().map(convert).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;
    use crate::types::{Fetch, FetchData, FetchItems, Octets, Response};
    use alloc::format;
    use alloc::string::String;

    const RAW: &[u8] = b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nFrom: \"Fred, F\" <foobar@Blurdybloop.example>\r\n\
        To: team: a@x, B <b@y>;, c\r\nSubject: top\r\n folded\r\nMessage-ID: <1@x>\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nX: y\r\n\r\none\r\ntwo\r\n\
        --b\r\nContent-Type: message/rfc822\r\nContent-Language: en, de\r\n\r\nSubject: inner\r\n\r\nthree\r\n\
        --b\r\nContent-Type: image/png\r\nContent-ID: <i>\r\nContent-Disposition: attachment; filename=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n\
        --b--\r\n";

    fn outline(raw: &[u8], chunk: usize) -> Outline {
        let (mut outliner, mut rx) = (Outliner::default(), Input::default());
        for piece in raw.chunks(chunk) {
            rx.extend(piece);
            outliner.read(&mut rx);
        }
        rx.close();
        outliner.read(&mut rx);
        outliner.finish()
    }

    fn told(data: FetchData<'_>) -> String {
        let mut out = Vec::new();
        encode::response(
            &Response::Fetch(Fetch { seq: 1, data: FetchItems::from_iter([data]) }),
            &mut out,
        );
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn envelope_and_structure_are_those_of_rfc9051_however_the_message_is_cut() {
        for chunk in [1, 7, RAW.len()] {
            let outline = outline(RAW, chunk);

            let envelope = told(FetchData::Envelope(outline.envelope().into()));
            assert_eq!(
                envelope,
                "* 1 FETCH (ENVELOPE (\"Mon, 7 Feb 1994 21:52:25 -0800\" \"top folded\" \
                 ((\"Fred, F\" NIL \"foobar\" \"Blurdybloop.example\")) \
                 ((\"Fred, F\" NIL \"foobar\" \"Blurdybloop.example\")) \
                 ((\"Fred, F\" NIL \"foobar\" \"Blurdybloop.example\")) \
                 ((NIL NIL \"team\" NIL)(NIL NIL \"a\" \"x\")(\"B\" NIL \"b\" \"y\")\
                 (NIL NIL NIL NIL)(NIL NIL \"c\" \"MISSING_DOMAIN\")) NIL NIL NIL \"<1@x>\"))\r\n"
            );
            let body = told(FetchData::Body(outline.structure(false).into()));
            assert_eq!(
                body,
                "* 1 FETCH (BODY ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 8 1)\
                 (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 23 \
                 (NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) \
                 (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 0) 2)\
                 (\"image\" \"png\" NIL \"<i>\" NIL \"base64\" 4) \"mixed\"))\r\n"
            );
            let structure = told(FetchData::BodyStructure(outline.structure(true).into()));
            for part in ["(\"attachment\" (\"filename\" \"p.png\"))", "(\"en\" \"de\")"] {
                assert!(structure.contains(part), "{structure}");
            }
        }
    }

    #[test]
    fn sections_lie_where_the_whole_reader_finds_them() {
        use mailwire_message::imap;
        let message = mailwire_message::Message::parse(RAW);
        let outline = outline(RAW, 5);
        let names = [Octets::try_from("subject").unwrap()];
        for numbers in [&[][..], &[1], &[2], &[3], &[4], &[2, 1], &[2, 2], &[1, 1], &[2, 1, 1]] {
            for (ours, theirs) in [
                (None, imap::Section::All),
                (Some(SectionText::Header), imap::Section::Header),
                (Some(SectionText::Text), imap::Section::Text),
                (Some(SectionText::Mime), imap::Section::Mime),
                (
                    Some(SectionText::HeaderFields(names.to_vec())),
                    imap::Section::HeaderFields(&[b"Subject"]),
                ),
                (
                    Some(SectionText::HeaderFieldsNot(names.to_vec())),
                    imap::Section::HeaderFieldsNot(&[b"Subject"]),
                ),
            ] {
                let want = imap::section(&message, numbers, theirs).map(Cow::into_owned);
                let section = Section { part: numbers.to_vec(), text: ours };
                let octets = |range: Range<u64>| {
                    let index = |n| usize::try_from(n).unwrap();
                    RAW[index(range.start)..index(range.end)].to_vec()
                };
                let got = outline.place(&section).map(|place| match place {
                    Place::Octets(range) => octets(range),
                    Place::Fields(range) => fields(&octets(range), section.text.as_ref().unwrap()),
                });
                assert_eq!(got, want, "{numbers:?} {:?}", section.text);
            }
        }
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut raw = Vec::from(*b"Content-Type: multipart/mixed; boundary=b\r\n\r\n");
        for n in 0..9 {
            raw.extend_from_slice(format!("--b\r\nContent-Description: {n}").as_bytes());
            raw.resize(raw.len() + 200_000, b'x');
            raw.extend_from_slice(b"\r\n\r\nx\r\n");
        }
        let outline = outline(&raw, raw.len());

        let kept: usize = outline.parts.iter().flat_map(|part| &part.fields).map(Vec::len).sum();

        assert!(kept <= MAX_KEPT && kept > MAX_KEPT / 2, "{kept}");
        assert_eq!(outline.parts.len(), 10);
    }
}
