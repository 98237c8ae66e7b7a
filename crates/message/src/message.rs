//! Whole messages: an index of ranges over bytes that stay where they are.

use crate::bodies;
use crate::header::{
    Address, ContentDisposition, ContentType, DateTime, Field, addresses, decode_parameter_of,
    message_ids,
};
use crate::mime::{Name, Scanner, Token};
use crate::{Dates, Defect, Kind, Limits, Rules, Severity, TransferEncoding};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A message in memory. Nothing is decoded or copied before it is asked for.
#[derive(Clone)]
pub struct Message<'a> {
    raw: &'a [u8],
    limits: Limits,
    rules: Rules,
    storage: Storage,
}

/// The memory of a [`Message`], which the next one can use: see [`Message::parse_with`].
#[derive(Clone, Default)]
pub struct Storage {
    scanner: Scanner,
    parts: Vec<Part>,
    fields: Vec<Entry>,
    defects: Vec<Defect>,
    /// The parts that are open while a message is read.
    open: Vec<usize>,
}

/// Where a field is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: usize,
    end: usize,
    name_len: u16,
    name: Name,
}

#[derive(Clone, Debug)]
struct Part {
    /// The part that it is in, or [`NONE`].
    parent: usize,
    kind: Kind,
    /// It reached a limit, and is not divided.
    limited: bool,
    header: Range<usize>,
    body: Range<usize>,
    /// How long the line end behind it is that belongs to a delimiter line in it.
    line_end: u8,
    /// Its fields in [`Storage::fields`].
    fields: Range<usize>,
    /// The first part behind it that is not inside it.
    after: usize,
}

const NONE: usize = usize::MAX;

impl Part {
    const EMPTY: Self = Self {
        parent: NONE,
        kind: Kind::Leaf,
        limited: false,
        header: 0..0,
        body: 0..0,
        line_end: 0,
        fields: 0..0,
        after: 0,
    };
}

impl<'a> Message<'a> {
    /// Reads a message with the default [`Limits`]. Any bytes are one.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Self {
        Self::parse_with_limits(raw, &Limits::default())
    }

    /// Reads a message. Looks at each octet once, however parts are nested.
    #[must_use]
    pub fn parse_with_limits(raw: &'a [u8], limits: &Limits) -> Self {
        Self::parse_with(raw, limits, &Rules::default(), Storage::default())
    }

    /// Reads a message by other [`Rules`], with the memory of one that was read before: when it
    /// suffices nothing is allocated.
    ///
    /// ```
    /// use mailwire_message::{Limits, Message, Rules, Storage};
    ///
    /// let (limits, rules, mut storage) = (Limits::default(), Rules::default(), Storage::default());
    /// for raw in [&b"Subject: one\r\n\r\n"[..], b"Subject: two\r\n\r\n"] {
    ///     let message = Message::parse_with(raw, &limits, &rules, storage);
    ///     assert!(message.root().field("subject").is_some());
    ///     storage = message.into_storage();
    /// }
    /// ```
    #[must_use]
    pub fn parse_with(raw: &'a [u8], limits: &Limits, rules: &Rules, storage: Storage) -> Self {
        let Storage { scanner, mut parts, mut fields, mut defects, mut open } = storage;
        parts.clear();
        fields.clear();
        defects.clear();
        open.clear();
        // Most messages have no more fields.
        fields.reserve(32);
        let mut scanner = scanner.restart(limits, rules);
        let mut at = 0;
        // Every turn consumes octets, begins or ends a part, or notes a defect.
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            match scanner.next(rest, true) {
                Token::Field(len, name, name_len) => {
                    fields.push(Entry { start: at, end: at + len, name_len, name });
                    at += len;
                }
                Token::PartStart => {
                    let parent = open.last().copied().unwrap_or(NONE);
                    open.push(parts.len());
                    let fields = fields.len()..fields.len();
                    let (header, body) = (at..at, at..at);
                    parts.push(Part { parent, header, body, fields, ..Part::EMPTY });
                }
                Token::HeaderEnd(n) => {
                    at += n;
                    if let Some(part) = open.last().and_then(|&last| parts.get_mut(last)) {
                        part.kind = scanner.kind();
                        part.limited = scanner.limited();
                        part.fields.end = fields.len();
                        part.header.end = at;
                        part.body = at..at;
                    }
                }
                Token::Body(n) | Token::Delimiter(n) | Token::Rest(n) => at += n,
                Token::PartEnd(back) => {
                    let after = parts.len();
                    if let Some(part) = open.pop().and_then(|last| parts.get_mut(last)) {
                        part.body.end = (at - usize::from(back)).max(part.body.start);
                        part.line_end = back;
                        part.after = after;
                    }
                }
                Token::Defect(defect) => defects.push(defect),
                Token::NeedMore | Token::End => break,
            }
        }
        let storage = Storage { scanner, parts, fields, defects, open };
        Self { raw, limits: *limits, rules: *rules, storage }
    }

    /// Reads a message and refuses one that readers disagree about, or that reaches a limit.
    ///
    /// # Errors
    ///
    /// The first defect that is more than a [`Severity::Note`], of the index or of what
    /// [`examine`](Self::examine) finds.
    pub fn parse_strict(raw: &'a [u8], limits: &Limits) -> Result<Self, Defect> {
        let message = Self::parse_with_limits(raw, limits);
        let bad = |defect: &Defect| defect.severity() > Severity::Note;
        match message.examine().into_iter().find(bad) {
            Some(defect) => Err(defect),
            None => Ok(message),
        }
    }

    /// The memory, for the next message.
    #[must_use]
    pub fn into_storage(self) -> Storage {
        self.storage
    }

    /// The limits that it was read with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rules that it was read by.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All the octets.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The message itself as a part: the first one.
    #[must_use]
    pub fn root(&self) -> PartRef<'_, 'a> {
        PartRef { message: self, index: 0 }
    }

    /// All parts, each before those inside it.
    pub fn parts(&self) -> impl Iterator<Item = PartRef<'_, 'a>> {
        (0..self.storage.parts.len()).map(|index| PartRef { message: self, index })
    }

    /// What is wrong with the structure, as far as the limit goes. See also
    /// [`examine`](Self::examine), which looks at values and bodies too.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.storage.defects
    }

    /// How many defects there are, those past the limit among them.
    #[must_use]
    pub fn defect_count(&self) -> usize {
        self.storage.scanner.defects()
    }

    /// The first part that is shown and is text of this subtype, by RFC 8621 section 4.1.4: see
    /// [`bodies::of`]. Text in a message inside is not.
    #[must_use]
    pub fn text_part(&self, subtype: &str) -> Option<PartRef<'_, 'a>> {
        let bodies = bodies::of(self);
        let mut shown = bodies.text.into_iter().chain(bodies.html);
        shown.find(|part| part.content_type().is("text", subtype))
    }

    /// The parts that are offered for download, by RFC 8621 section 4.1.4: see [`bodies::of`].
    pub fn attachments(&self) -> impl Iterator<Item = PartRef<'_, 'a>> {
        bodies::of(self).attachments.into_iter()
    }
}

/// A part of a message.
#[derive(Clone, Copy, Debug)]
pub struct PartRef<'m, 'a> {
    message: &'m Message<'a>,
    index: usize,
}

impl<'m, 'a> PartRef<'m, 'a> {
    fn part(&self) -> &'m Part {
        // The index was made from the list it points into; an empty part stands for none.
        const EMPTY: &Part = &Part::EMPTY;
        self.message.storage.parts.get(self.index).unwrap_or(EMPTY)
    }

    /// The message that it is a part of.
    #[must_use]
    pub fn message(&self) -> &'m Message<'a> {
        self.message
    }

    /// Its place in [`Message::parts`].
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The part behind it in the same multipart.
    pub(crate) fn next_sibling(&self) -> Option<Self> {
        let end = self.parent()?.part().after;
        let index = Some(self.part().after).filter(|&index| index < end)?;
        Some(Self { message: self.message, index })
    }

    /// The place of the first part behind it that is not inside it.
    pub(crate) fn after(&self) -> usize {
        self.part().after
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.part().kind
    }

    /// The part that it is in.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let index = self.part().parent;
        (index != NONE).then_some(Self { index, ..*self })
    }

    /// The parts of a multipart; the one message of a message.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'m, 'a> {
        let (end, message) = (self.part().after, self.message);
        let first = Some(self.index + 1).filter(|&index| index < end);
        core::iter::successors(first, move |&index| {
            message.storage.parts.get(index).map(|part| part.after).filter(|&index| index < end)
        })
        .map(move |index| Self { message, index })
    }

    fn entries(&self) -> &'m [Entry] {
        self.message.storage.fields.get(self.part().fields.clone()).unwrap_or_default()
    }

    /// Its fields, in their order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'m, 'a> {
        let message = self.message;
        self.entries().iter().map(|entry| message.field(entry))
    }

    /// Its fields, in their order, those longer than [`Limits::field`] with all that is behind the
    /// limit too, which lies in the header up to the next field.
    pub fn whole_fields(&self) -> impl Iterator<Item = Field<'a>> + use<'m, 'a> {
        let (message, entries) = (self.message, self.entries());
        let header = self.header_raw();
        let empty = [&b"\n\r\n"[..], b"\n\n"].into_iter().find(|end| header.ends_with(end));
        let end = self.part().header.end - empty.map_or(0, |end| end.len() - 1);
        entries.iter().enumerate().map(move |(at, entry)| {
            let range = entry.range();
            let field = message.slice(&range);
            let whole = field.ends_with(b"\n");
            let next = entries.get(at + 1).map_or(end, |next| next.start);
            Field::new(if whole { field } else { message.slice(&(range.start..next)) })
        })
    }

    /// Where its fields lie, in their order.
    pub fn field_ranges(&self) -> impl Iterator<Item = Range<usize>> + use<'m, 'a> {
        self.entries().iter().map(Entry::range)
    }

    /// The first field of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'a>> {
        self.fields_named(name).next()
    }

    /// The first field of a name that is known.
    fn known(&self, name: Name) -> Option<Field<'a>> {
        let entry = self.entries().iter().find(|entry| entry.name == name)?;
        Some(self.message.field(entry))
    }

    /// All fields of this name, in any case.
    pub fn fields_named<'n>(
        &self,
        name: &'n str,
    ) -> impl Iterator<Item = Field<'a>> + use<'m, 'a, 'n> {
        let (message, known) = (self.message, Name::of(name.as_bytes()));
        let is = move |entry: &&Entry| {
            entry.name == known
                && (known != Name::OTHER
                    || usize::from(entry.name_len) == name.len()
                        && message.slice(&entry.name()).eq_ignore_ascii_case(name.as_bytes()))
        };
        let found = self.entries().iter().filter(is);
        found.map(move |entry| message.field(entry))
    }

    /// The value of a field as text: see [`Field::text`].
    #[must_use]
    pub fn text_field(&self, name: &str) -> Option<Cow<'a, str>> {
        self.field(name).map(|field| field.text())
    }

    /// The addresses of a field; none when there is no such field.
    #[must_use]
    pub fn addresses(&self, name: &str) -> Vec<Address<'a>> {
        self.field(name).map(|field| addresses(field.value())).unwrap_or_default()
    }

    /// The date of a field, by [`Rules::dates`].
    #[must_use]
    pub fn date(&self, name: &str) -> Option<DateTime> {
        let value = self.field(name)?.value();
        match self.message.rules.dates {
            Dates::Any => DateTime::parse(value),
            Dates::Strict => DateTime::parse_strict(value),
        }
    }

    /// The message identifiers of a field.
    #[must_use]
    pub fn message_ids(&self, name: &str) -> Vec<String> {
        self.field(name).map(|field| message_ids(field.value())).unwrap_or_default()
    }

    /// Its type: what its header says, or what is meant where it says nothing.
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        match self.known(Name::CONTENT_TYPE) {
            Some(field) => ContentType::parse(field.value()),
            None if self.is_in_digest() => ContentType::parse(b"message/rfc822"),
            None => ContentType::parse(b"text/plain"),
        }
    }

    fn is_in_digest(&self) -> bool {
        self.parent().is_some_and(|parent| parent.content_type().is("multipart", "digest"))
    }

    /// Its disposition, if its header says one.
    #[must_use]
    pub fn disposition(&self) -> Option<ContentDisposition> {
        self.known(Name::CONTENT_DISPOSITION).map(|field| ContentDisposition::parse(field.value()))
    }

    /// How its body is encoded.
    #[must_use]
    pub fn encoding(&self) -> TransferEncoding {
        let field = self.known(Name::CONTENT_TRANSFER_ENCODING);
        field.map(|field| TransferEncoding::parse(field.value())).unwrap_or_default()
    }

    /// The name of the file that it is, from the disposition or the type.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        self.file_name_of(b"")
    }

    /// The same, where bytes that are not UTF-8 are of this charset; see
    /// [`text_of`](crate::header::text_of).
    #[must_use]
    pub fn file_name_of(&self, fallback: &[u8]) -> Option<String> {
        let of = |parameters: &_, name| decode_parameter_of(parameters, name, fallback);
        let named = self.disposition().and_then(|it| of(it.parameters(), "filename"));
        named.or_else(|| of(self.content_type().parameters(), "name"))
    }

    /// Whether its header says that it is an attachment.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        self.disposition().is_some_and(|disposition| disposition.is_attachment())
    }

    /// Whether it reached a limit, and is not divided for that.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.part().limited
    }

    /// How long the line end behind it is that belongs to the delimiter line that it ends with.
    pub(crate) fn line_end(&self) -> usize {
        usize::from(self.part().line_end)
    }

    /// Where its header lies, the empty line behind it included.
    #[must_use]
    pub fn header_range(&self) -> Range<usize> {
        self.part().header.clone()
    }

    /// Where its body lies, encoded. That of a multipart has all its parts in it.
    #[must_use]
    pub fn body_range(&self) -> Range<usize> {
        self.part().body.clone()
    }

    /// Its header, the empty line behind it included.
    #[must_use]
    pub fn header_raw(&self) -> &'a [u8] {
        self.message.slice(&self.part().header)
    }

    /// Its body as it stands.
    #[must_use]
    pub fn body_raw(&self) -> &'a [u8] {
        self.message.slice(&self.part().body)
    }

    /// Header and body as they stand.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.message.slice(&(self.part().header.start..self.part().body.end))
    }
}

impl<'a> Message<'a> {
    fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.raw.get(range.clone()).unwrap_or_default()
    }

    fn field(&self, entry: &Entry) -> Field<'a> {
        Field::with_name(self.slice(&entry.range()), entry.name_len, entry.name)
    }
}

impl Entry {
    fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    fn name(&self) -> Range<usize> {
        self.start..self.start + usize::from(self.name_len)
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Message");
        debug.field("octets", &self.raw.len()).field("storage", &self.storage).finish()
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Storage");
        debug.field("parts", &self.parts).field("fields", &self.fields);
        debug.field("defects", &self.defects).finish_non_exhaustive()
    }
}

mod content;
#[cfg(feature = "serde")]
mod index;

#[cfg(feature = "serde")]
pub use index::{FieldIndex, Index, NotItsIndex, PartIndex};

#[cfg(test)]
mod tests;
