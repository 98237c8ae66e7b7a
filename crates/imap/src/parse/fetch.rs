//! FETCH: what is asked, and what comes back. With PREVIEW (RFC 8970), SAVEDATE (RFC 8514), OBJECTID
//! (RFC 8474) and CONDSTORE (RFC 7162).

use super::cursor::{Cursor, Parsed};
use super::names;
use crate::types::string::ATOM;
use crate::types::{
    BodyItem, BodySection, FetchData, FetchItem, FetchItems, InvalidItem, Octets, OtherItem, Raw,
    Section, SectionText, Tolerance,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use mailwire_core::Syntax;
use mailwire_core::keyword::Class;

/// The characters of an item's name: an atom without `[`, so that a section is seen.
const NAME: Class = ATOM.without(b"[");

/// The characters of an unknown item with its brackets.
pub(crate) const ITEM: Class = Class::graphic().without(b"(){\"\\");

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// "ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"
    /// ```
    pub(crate) fn fetch_items(&mut self) -> Parsed<Vec<FetchItem<'a>>> {
        if self.peek() == Some(b'(') {
            return self.fetch_item_list();
        }
        let before = self.mark();
        let (word, _) = self.take_name(&NAME);
        if matches!(self.peek(), None | Some(b' ')) {
            match word {
                names::ALL => return Ok(FetchItem::all()),
                names::FULL => return Ok(FetchItem::full()),
                names::FAST => return Ok(FetchItem::fast()),
                _ => {}
            }
        }
        self.reset(before);
        let mut items = Vec::from([FetchItem::Uid]);
        items.first_mut().map_or(Ok(()), |item| self.fetch_item(item))?;
        Ok(items)
    }

    /// ```abnf
    /// "(" fetch-att *(SP fetch-att) ")"
    /// ```
    pub(crate) fn fetch_item_list(&mut self) -> Parsed<Vec<FetchItem<'a>>> {
        self.list1_into(|| FetchItem::Uid, Self::fetch_item)
    }

    pub(crate) fn fetch_item(&mut self, to: &mut FetchItem<'a>) -> Parsed<()> {
        let start = self.position();
        let (known, name) = self.take_name(&NAME);
        if self.peek() == Some(b'[') {
            if let names::BODY | names::BODY_PEEK = known {
                let peek = known == names::BODY_PEEK;
                let section = self.section()?;
                let partial = self.partial()?;
                *to = FetchItem::BodySection { section, peek, partial };
                return Ok(());
            }
            if let names::BINARY | names::BINARY_PEEK | names::BINARY_SIZE = known {
                *to = self.binary_item(name)?;
                return Ok(());
            }
        }
        *to = match known {
            names::BODY => FetchItem::Body,
            names::BODYSTRUCTURE => FetchItem::BodyStructure,
            names::ENVELOPE => FetchItem::Envelope,
            names::FLAGS => FetchItem::Flags,
            names::INTERNALDATE => FetchItem::InternalDate,
            names::RFC822 => FetchItem::Rfc822,
            names::RFC822_HEADER => FetchItem::Rfc822Header,
            names::RFC822_SIZE => FetchItem::Rfc822Size,
            names::RFC822_TEXT => FetchItem::Rfc822Text,
            names::UID => FetchItem::Uid,
            names::MODSEQ => FetchItem::ModSeq,
            names::EMAILID => FetchItem::EmailId,
            names::THREADID => FetchItem::ThreadId,
            names::SAVEDATE => FetchItem::SaveDate,
            names::PREVIEW => {
                let lazy = self.rest().get(..7).is_some_and(|b| b.eq_ignore_ascii_case(b" (LAZY)"));
                self.skip(if lazy { 7 } else { 0 });
                FetchItem::Preview { lazy }
            }
            names::ANNOTATION => self.annotation_item()?,
            names::X_GM_MSGID => FetchItem::GmMsgId,
            names::X_GM_THRID => FetchItem::GmThrId,
            names::X_GM_LABELS => FetchItem::GmLabels,
            names::NONE if name.is_empty() => return self.error("a fetch item"),
            _ => {
                if self.peek() == Some(b'[') {
                    self.skip_brackets()?;
                }
                if !ITEM.all(self.since(start)) {
                    return self.error("a fetch item");
                }
                let item = core::str::from_utf8(self.since(start));
                FetchItem::Other(Cow::Borrowed(item.unwrap_or_default()))
            }
        };
        Ok(())
    }

    fn skip_brackets(&mut self) -> Parsed<()> {
        const INSIDE: Class = Class::none().with_range(b' ', 126).without(b"]");
        let n = INSIDE.prefix(self.rest());
        if self.rest().get(n) != Some(&b']') {
            return self.error("`]`");
        }
        self.skip(n + 1);
        Ok(())
    }

    /// ```abnf
    /// section         = "[" [section-spec] "]"
    /// section-spec    = section-msgtext / (section-part ["." section-text])
    /// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
    /// section-text    = section-msgtext / "MIME"
    /// ```
    pub(crate) fn section(&mut self) -> Parsed<Section<'a>> {
        self.expect(b'[', "`[`")?;
        let mut part = Vec::new();
        // Every turn consumes a number.
        while let Some(b'0'..=b'9') = self.peek() {
            if part.len() >= self.bounds().section {
                return self.error("fewer numbers");
            }
            part.push(self.nz_number()?);
            if !self.eat(b'.') {
                self.expect(b']', "`]` or `.`")?;
                return Ok(Section { part, text: None });
            }
        }
        if part.is_empty() && self.eat(b']') {
            return Ok(Section::default());
        }
        let text = if self.eat_keyword("HEADER.FIELDS.NOT") {
            SectionText::HeaderFieldsNot(self.header_list()?)
        } else if self.eat_keyword("HEADER.FIELDS") {
            SectionText::HeaderFields(self.header_list()?)
        } else if self.eat_keyword("HEADER") {
            SectionText::Header
        } else if self.eat_keyword("TEXT") {
            SectionText::Text
        } else if !part.is_empty() && self.eat_keyword("MIME") {
            SectionText::Mime
        } else {
            return self.error("a section");
        };
        self.expect(b']', "`]`")?;
        Ok(Section { part, text: Some(text) })
    }

    fn header_list(&mut self) -> Parsed<Vec<Octets<'a>>> {
        if self.peek() == Some(b'(') {
            self.tolerate(Tolerance::MissingSpace, "a space")?;
        } else {
            self.space()?;
        }
        self.list1(Self::astring)
    }

    /// ```abnf
    /// msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP …) ")"
    /// ```
    ///
    /// An item whose value does not fit becomes `Invalid`; the others are not touched by it.
    #[inline]
    pub(crate) fn fetch(&mut self, data: &mut FetchItems<'a>) -> Parsed<()> {
        self.expect(b'(', "`(`")?;
        let (rest, ended) = super::quick::fetch_items(self.rest(), self.bounds().items, data);
        self.go_on(rest);
        if ended {
            return Ok(());
        }
        // Every turn consumes something.
        loop {
            match self.peek() {
                Some(b')') => {
                    if data.is_empty() {
                        self.tolerate(Tolerance::EmptyFetch, "a fetch item")?;
                    }
                    self.skip(1);
                    // Some close too early and go on.
                    let [b' ', next, ..] = self.rest() else { return Ok(()) };
                    if !NAME.holds(*next) || !self.rest().ends_with(b")") {
                        return Ok(());
                    }
                    self.tolerate(Tolerance::EarlyClose, "the end")?;
                }
                Some(b' ') => {
                    self.skip(1);
                    if data.is_empty() || matches!(self.peek(), Some(b' ' | b')')) {
                        self.tolerate(Tolerance::ExtraSpace, "a fetch item")?;
                    }
                }
                _ => {
                    let most = self.bounds().items;
                    if data.len() >= most {
                        return self.error("fewer items");
                    }
                    if let Some(rest) = super::quick::fetch_data(self.rest(), most, data) {
                        self.go_on(rest);
                        continue;
                    }
                    let wrapped = self.peek() == Some(b'(');
                    if wrapped {
                        self.tolerate(Tolerance::ParenthesizedItem, "a fetch item")?;
                        self.skip(1);
                    }
                    let item = self.fetch_data()?;
                    data.push(item);
                    if wrapped {
                        self.expect(b')', "`)`")?;
                    }
                    if !matches!(self.peek(), Some(b' ' | b')')) {
                        return self.error("`)` or a space");
                    }
                }
            }
        }
    }

    #[inline(always)]
    pub(crate) fn fetch_data(&mut self) -> Parsed<FetchData<'a>> {
        let start = self.position();
        let (known, name) = self.take_name(&NAME);
        if name.is_empty() {
            return self.error("a fetch item");
        }
        let value = self.mark();
        match self.fetch_value(known, name) {
            Ok(Some(data)) if matches!(self.peek(), Some(b' ' | b')')) => Ok(data),
            Ok(None) => {
                if self.peek() == Some(b'[') {
                    self.skip_brackets()?;
                }
                let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
                self.space()?;
                let value = match self.skip_value() {
                    Err(_) if self.allows(Tolerance::InvalidItem) => self.skip_damaged()?,
                    value => value?,
                };
                let name = Cow::Borrowed(name);
                Ok(FetchData::Other(Box::new(OtherItem { name, value: Raw::parsed(value) })))
            }
            outcome => {
                let here = Syntax { at: self.position(), expected: "`)` or a space" };
                let why = outcome.err().unwrap_or(here);
                if !self.allows(Tolerance::InvalidItem) {
                    return Err(why);
                }
                self.reset(value);
                // Strings in which quotes are escaped wrongly: read once more, the other way.
                if let Some(data) = self.reread(known, name) {
                    return Ok(data);
                }
                self.reset(value);
                self.invalid(start, why)
            }
        }
    }

    /// Reads a value again, where `\"` can end a string.
    fn reread(&mut self, known: names::Key, name: &'a [u8]) -> Option<FetchData<'a>> {
        if !self.allows(Tolerance::BackslashBeforeQuote) {
            return None;
        }
        let before = self.quotes;
        self.quotes = super::cursor::Quotes::AlsoEscaped;
        let outcome = self.fetch_value(known, name);
        self.quotes = before;
        match outcome {
            Ok(Some(data)) if matches!(self.peek(), Some(b' ' | b')')) => Some(data),
            _ => None,
        }
    }

    /// Goes over a value without looking into it.
    fn invalid(&mut self, start: usize, why: Syntax) -> Parsed<FetchData<'a>> {
        if self.peek() == Some(b'[') {
            self.skip_brackets()?;
            if self.peek() == Some(b'<') {
                self.skip_value()?;
            }
        }
        let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
        let missing = matches!(self.rest(), [b' ', b')', ..] | [b')', ..] | [b' ', b' ', ..]);
        self.tolerate_at(why.at, Tolerance::InvalidItem, why.expected)?;
        let raw = if missing {
            Raw::default()
        } else {
            // Where there is no value at all the error is final: framing inside is lost.
            if !self.eat(b' ') {
                return Err(why);
            }
            Raw::parsed(self.skip_damaged()?)
        };
        let name = Cow::Borrowed(name);
        Ok(FetchData::Invalid(Box::new(InvalidItem { name, raw, why })))
    }

    /// The value of a known item; `None` when the item is not known.
    fn fetch_value(&mut self, known: names::Key, name: &'a [u8]) -> Parsed<Option<FetchData<'a>>> {
        if self.peek() == Some(b'[') {
            if known == names::BODY {
                let section = self.section()?;
                let origin = self.origin()?;
                let body = self.body_value()?;
                let data = BodySection { section, origin, body };
                return Ok(Some(FetchData::BodySection(Box::new(data))));
            }
            if matches!(known, names::BINARY | names::BINARY_SIZE) {
                return self.binary_data(name).map(Some);
            }
            return Ok(None);
        }
        let data = match known {
            names::UID => {
                self.space()?;
                FetchData::Uid(self.nz_number()?)
            }
            names::FLAGS => {
                self.space()?;
                FetchData::Flags(self.flags()?)
            }
            names::MODSEQ => {
                self.space()?;
                self.expect(b'(', "`(`")?;
                let at = self.position();
                let mod_seq = self.number64()?;
                if mod_seq == 0 {
                    self.tolerate_at(at, Tolerance::ZeroNumber, "a number that is not 0")?;
                }
                self.expect(b')', "`)`")?;
                FetchData::ModSeq(mod_seq)
            }
            names::INTERNALDATE => {
                self.space()?;
                FetchData::InternalDate(self.date_time()?)
            }
            names::RFC822_SIZE => {
                self.space()?;
                FetchData::Rfc822Size(self.number64()?)
            }
            names::ENVELOPE => {
                self.space()?;
                FetchData::Envelope(self.envelope()?)
            }
            names::BODYSTRUCTURE => {
                self.space()?;
                FetchData::BodyStructure(self.body_structure(true)?)
            }
            names::BODY => {
                self.space()?;
                FetchData::Body(self.body_structure(false)?)
            }
            names::RFC822 => FetchData::Rfc822(self.body_value()?),
            names::RFC822_HEADER => FetchData::Rfc822Header(self.body_value()?),
            names::RFC822_TEXT => FetchData::Rfc822Text(self.body_value()?),
            names::EMAILID => {
                self.space()?;
                FetchData::EmailId(self.object_id_in_parentheses()?)
            }
            names::THREADID => {
                self.space()?;
                let nil = self.eat_nil();
                let id = if nil { None } else { Some(self.object_id_in_parentheses()?) };
                FetchData::ThreadId(id)
            }
            names::SAVEDATE => {
                self.space()?;
                let nil = self.eat_nil();
                FetchData::SaveDate(if nil { None } else { Some(self.date_time()?) })
            }
            names::PREVIEW => {
                self.space()?;
                FetchData::Preview(self.nstring()?)
            }
            names::ANNOTATION => {
                self.space()?;
                FetchData::Annotation(Box::new(self.annotations()?))
            }
            names::X_GM_MSGID => {
                self.space()?;
                FetchData::GmMsgId(self.number64()?)
            }
            names::X_GM_THRID => {
                self.space()?;
                FetchData::GmThrId(self.number64()?)
            }
            names::X_GM_LABELS => {
                self.space()?;
                FetchData::GmLabels(self.labels()?)
            }
            _ => return Ok(None),
        };
        Ok(Some(data))
    }

    fn is_nil_behind(&self, n: usize) -> bool {
        let rest = self.rest().get(n..).unwrap_or_default();
        mailwire_core::keyword::strip(rest, "NIL").is_some()
    }

    /// A space and a body; NIL where a server leaves it out.
    fn body_value(&mut self) -> Parsed<BodyItem<'a>> {
        let nothing = match self.rest() {
            [b' ', b' ', next, ..] => next.is_ascii_alphanumeric() && !self.is_nil_behind(2),
            rest => matches!(rest, [b' ', b')', ..] | [b')', ..]),
        };
        if nothing {
            self.tolerate(Tolerance::MissingValue, "a string or NIL")?;
            return Ok(BodyItem::Nil);
        }
        self.space()?;
        self.body_item()
    }
}
