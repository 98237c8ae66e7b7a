//! What FETCH says of a message, found while it is read in pieces: ENVELOPE, BODYSTRUCTURE, and
//! where each section lies.
//!
//! Nothing of a body is kept, so a message of any size costs the same.

use crate::types::{
    Address, Addresses, BodyStructure, Disposition, Envelope, Few, Leaf, LeafKind, Multipart,
    Parameters, Raw, Section, SectionText,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use mailwire_core::Input;
use mailwire_message::header::{self, ContentDisposition, ContentType, Field};
use mailwire_message::imap::{EnvelopeAddress, envelope_addresses};
use mailwire_message::{Event, Kind, Reader, TransferEncoding};

/// How many octets of fields are kept of one message. Fields past it are as if they were not
/// there, in ENVELOPE and BODYSTRUCTURE only.
const MAX_KEPT: usize = 1 << 20;

/// The fields of any part that its structure is made of.
const OF_PARTS: [&str; 8] = [
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Content-Description",
    "Content-Language",
    "Content-Location",
    "Content-MD5",
];

/// The fields of a message that its envelope is made of.
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
#[derive(Debug, Default)]
pub struct Outliner {
    reader: Reader,
    parts: Vec<Part>,
    open: Vec<usize>,
    kept: usize,
    line_feeds: u64,
}

/// What FETCH says of a message.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    parts: Vec<Part>,
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
    in_digest: bool,
    header: Range<u64>,
    body: Range<u64>,
    /// Line feeds of the body.
    lines: u64,
    children: Vec<usize>,
    /// Field by field, as they stand.
    fields: Vec<Vec<u8>>,
}

impl Outliner {
    /// Reads what there is.
    pub fn read(&mut self, rx: &mut Input) {
        // Every turn is an event, of which the reader gives no more than there are octets, or
        // closes a part.
        loop {
            let before = rx.take(0).start;
            let noted = match self.reader.receive(rx) {
                None => {
                    self.count(rx, before);
                    return;
                }
                Some(event) => Noted::of(&event),
            };
            self.count(rx, before);
            self.note(noted);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Outline {
        Outline { parts: self.parts }
    }

    fn count(&mut self, rx: &mut Input, before: usize) {
        let now = rx.take(0).start;
        self.line_feeds += memchr::memchr_iter(b'\n', rx.slice(before..now)).count() as u64;
    }

    fn note(&mut self, noted: Noted) {
        let parent = self.open.len().checked_sub(1).and_then(|at| self.open.get(at)).copied();
        match noted {
            Noted::PartStart(at) => {
                let index = self.parts.len();
                let mut part = Part { header: at..at, body: at..at, ..Part::default() };
                match parent.and_then(|parent| self.parts.get_mut(parent)) {
                    Some(parent) => {
                        part.is_message = parent.kind == Kind::Message;
                        part.in_digest = parent.content_type().is("multipart", "digest");
                        parent.children.push(index);
                    }
                    None => part.is_message = true,
                }
                self.parts.push(part);
                self.open.push(index);
            }
            Noted::Field(field) => {
                let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) else { return };
                let known = Field::new(&field);
                let wanted = OF_PARTS.iter().any(|name| known.is(name))
                    || part.is_message && OF_MESSAGES.iter().any(|name| known.is(name));
                let seen = |part: &Part| {
                    let same = |other: &Vec<u8>| {
                        Field::new(other).name().eq_ignore_ascii_case(known.name())
                    };
                    part.fields.iter().any(same)
                };
                if wanted && self.kept + field.len() <= MAX_KEPT && !seen(part) {
                    self.kept += field.len();
                    part.fields.push(field);
                }
            }
            Noted::HeaderEnd(at, kind) => {
                if let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) {
                    part.kind = kind;
                    part.header.end = at;
                    part.body = at..at;
                    part.lines = self.line_feeds;
                }
            }
            Noted::PartEnd(at, line_end) => {
                if let Some(part) = parent.and_then(|at| self.parts.get_mut(at)) {
                    // As in `mailwire_message::imap::octets`.
                    let own =
                        part.kind == Kind::Message && !part.content_type().is("message", "global");
                    part.body.end = at + if own { u64::from(line_end) } else { 0 };
                    part.lines = self.line_feeds - part.lines - u64::from(line_end > 0 && !own);
                }
                self.open.pop();
            }
            Noted::Nothing => {}
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
                let known = |names: &[&str]| names.iter().any(|name| field.is(name));
                match known(&OF_PARTS) || known(&OF_MESSAGES) {
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

impl Outline {
    /// The envelope of the message.
    #[must_use]
    pub fn envelope(&self) -> Envelope<'_> {
        self.parts.first().map(Part::envelope).unwrap_or_default()
    }

    /// How the message is made up; `extended` for BODYSTRUCTURE, else for BODY.
    #[must_use]
    pub fn structure(&self, extended: bool) -> BodyStructure<'_> {
        match self.parts.first() {
            Some(root) => self.structure_of(root, extended),
            None => BodyStructure::Leaf(empty_leaf(extended)),
        }
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

    /// As deep as the parts are nested, which the reader limits.
    fn structure_of<'a>(&'a self, part: &'a Part, extended: bool) -> BodyStructure<'a> {
        let content_type = part.content_type();
        let children = part.children.iter().filter_map(|&at| self.parts.get(at));
        if part.kind == Kind::Multipart {
            let mut parts: Vec<_> =
                children.map(|child| self.structure_of(child, extended)).collect();
            if parts.is_empty() {
                // The grammar has no multipart without parts.
                parts.push(BodyStructure::Leaf(empty_leaf(extended)));
            }
            return BodyStructure::Multipart(Multipart {
                parts,
                subtype: owned(content_type.subtype()),
                parameters: part.parameters(&content_type),
                disposition: part.disposition(),
                language: part.language(),
                location: part.value("Content-Location"),
                extended,
                extensions: Raw::default(),
            });
        }
        let inside = match part.kind {
            Kind::Message => self.child(part, 0),
            _ => None,
        };
        let content = match inside {
            Some(message) => LeafKind::Message {
                envelope: Box::new(message.envelope()),
                body: Box::new(self.structure_of(message, extended)),
                lines: part.lines,
            },
            None if content_type.kind().eq_ignore_ascii_case("text")
                || content_type.is_multipart() =>
            {
                LeafKind::Text { lines: part.lines }
            }
            None => LeafKind::Basic,
        };
        // A multipart that could not be divided is text, and a message that could not be read is
        // octets: their types would promise what is not told.
        let (kind, subtype) = match &content {
            LeafKind::Text { .. } if content_type.is_multipart() => (owned("text"), owned("plain")),
            LeafKind::Basic if content_type.is_message() => {
                (owned("application"), owned("octet-stream"))
            }
            _ => (owned(content_type.kind()), owned(content_type.subtype())),
        };
        BodyStructure::Leaf(Leaf {
            kind,
            subtype,
            parameters: part.parameters(&content_type),
            id: part.value("Content-ID"),
            description: part.value("Content-Description"),
            encoding: part.value("Content-Transfer-Encoding").unwrap_or(Cow::Borrowed(b"7bit")),
            octets: part.body.end - part.body.start,
            content,
            md5: part.value("Content-MD5"),
            disposition: part.disposition(),
            language: part.language(),
            location: part.value("Content-Location"),
            extended,
            extensions: Raw::default(),
        })
    }
}

impl Part {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        self.fields.iter().map(|field| Field::new(field)).find(|field| field.is(name))
    }

    /// The value of a field on one line.
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.field(name).map(|field| field.unfolded())
    }

    fn content_type(&self) -> ContentType {
        match self.field("Content-Type") {
            Some(field) => ContentType::parse(field.value()),
            None if self.in_digest => ContentType::parse(b"message/rfc822"),
            None => ContentType::parse(b"text/plain; charset=us-ascii"),
        }
    }

    fn parameters(&self, content_type: &ContentType) -> Parameters<'static> {
        parameters(content_type.parameters())
    }

    fn disposition(&self) -> Option<Disposition<'_>> {
        let disposition = ContentDisposition::parse(self.field("Content-Disposition")?.value());
        let kind = owned(disposition.kind());
        Some(Disposition { kind, parameters: parameters(disposition.parameters()) })
    }

    fn language(&self) -> Few<Cow<'_, [u8]>, 1> {
        let value = self.value("Content-Language").unwrap_or_default();
        let words = value.split(|&b| b == b',').map(<[u8]>::trim_ascii);
        words.filter(|word| !word.is_empty()).map(|word| Cow::Owned(word.to_vec())).collect()
    }

    fn envelope(&self) -> Envelope<'_> {
        let from = self.addresses("From");
        let or_from = |list: Addresses<'static>| if list.is_empty() { from.clone() } else { list };
        Envelope {
            date: self.value("Date"),
            subject: self.value("Subject"),
            sender: or_from(self.addresses("Sender")),
            reply_to: or_from(self.addresses("Reply-To")),
            to: self.addresses("To"),
            cc: self.addresses("Cc"),
            bcc: self.addresses("Bcc"),
            in_reply_to: self.value("In-Reply-To"),
            message_id: self.value("Message-ID"),
            from,
        }
    }

    fn addresses(&self, name: &str) -> Addresses<'static> {
        let Some(value) = self.value(name) else { return Addresses::new() };
        let convert = |address: EnvelopeAddress| Address {
            name: address.name.map(Cow::Owned),
            adl: address.route.map(Cow::Owned),
            mailbox: address.mailbox.map(Cow::Owned),
            host: address.host.map(Cow::Owned),
        };
        envelope_addresses(&value).into_iter().map(convert).collect()
    }
}

/// The fields of a header that HEADER.FIELDS or HEADER.FIELDS.NOT asks for, and the empty line.
#[must_use]
pub fn fields(header: &[u8], text: &SectionText<'_>) -> Vec<u8> {
    let (names, wanted) = match text {
        SectionText::HeaderFields(names) => (names, true),
        SectionText::HeaderFieldsNot(names) => (names, false),
        _ => return header.to_vec(),
    };
    let message = mailwire_message::Message::parse(header);
    let mut out = Vec::new();
    for field in message.root().fields() {
        let listed = names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(field.name()));
        if listed == wanted {
            out.extend_from_slice(field.raw());
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn parameters(list: &[header::Parameter]) -> Parameters<'static> {
    let pair = |p: &header::Parameter| (Cow::Owned(p.name.clone()), Cow::Owned(p.value.clone()));
    list.iter().map(pair).collect()
}

fn owned(text: &str) -> Cow<'static, [u8]> {
    Cow::Owned(text.as_bytes().to_vec())
}

fn empty_leaf(extended: bool) -> Leaf<'static> {
    Leaf {
        kind: Cow::Borrowed(b"text"),
        subtype: Cow::Borrowed(b"plain"),
        parameters: Parameters::new(),
        id: None,
        description: None,
        encoding: Cow::Borrowed(b"7bit"),
        octets: 0,
        content: LeafKind::Text { lines: 0 },
        md5: None,
        disposition: None,
        language: Few::new(),
        location: None,
        extended,
        extensions: Raw::default(),
    }
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
