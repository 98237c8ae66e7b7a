//! FETCH: what is asked, and what comes back.

use super::cursor::{Cursor, Literal, Parsed};
use crate::types::string::ATOM;
use crate::types::{BodyItem, Fetch, FetchData, FetchItem, Partial, Section, SectionText};
use alloc::borrow::Cow;
use alloc::vec::Vec;
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
        if !self.eat(b'(') {
            return match self.rest() {
                rest if rest.eq_ignore_ascii_case(b"ALL") => {
                    self.skip(3);
                    Ok(FetchItem::all())
                }
                rest if rest.eq_ignore_ascii_case(b"FULL") => {
                    self.skip(4);
                    Ok(FetchItem::full())
                }
                rest if rest.eq_ignore_ascii_case(b"FAST") => {
                    self.skip(4);
                    Ok(FetchItem::fast())
                }
                _ => self.fetch_item().map(|item| Vec::from([item])),
            };
        }
        let mut items = Vec::from([self.fetch_item()?]);
        // Every turn consumes an item.
        while !self.eat(b')') {
            self.expect(b' ', "`)` or a space")?;
            items.push(self.fetch_item()?);
        }
        Ok(items)
    }

    fn fetch_item(&mut self) -> Parsed<FetchItem<'a>> {
        let start = self.position();
        let name = core::str::from_utf8(self.take_class(&NAME)).unwrap_or_default();
        let is = |item: &str| name.eq_ignore_ascii_case(item);
        let peek = is("BODY.PEEK");
        if (is("BODY") || peek) && self.peek() == Some(b'[') {
            let section = self.section()?;
            let partial = if self.eat(b'<') {
                let offset = self.number64()?;
                self.expect(b'.', "`.`")?;
                let at = self.position();
                let length = self.number64()?;
                if length == 0 {
                    return Err(mailwire_core::Syntax { at, expected: "a number that is not 0" });
                }
                self.expect(b'>', "`>`")?;
                Some(Partial { offset, length })
            } else {
                None
            };
            return Ok(FetchItem::BodySection { section, peek, partial });
        }
        Ok(match () {
            () if is("BODY") => FetchItem::Body,
            () if is("BODYSTRUCTURE") => FetchItem::BodyStructure,
            () if is("ENVELOPE") => FetchItem::Envelope,
            () if is("FLAGS") => FetchItem::Flags,
            () if is("INTERNALDATE") => FetchItem::InternalDate,
            () if is("RFC822") => FetchItem::Rfc822,
            () if is("RFC822.HEADER") => FetchItem::Rfc822Header,
            () if is("RFC822.SIZE") => FetchItem::Rfc822Size,
            () if is("RFC822.TEXT") => FetchItem::Rfc822Text,
            () if is("UID") => FetchItem::Uid,
            () if is("MODSEQ") => FetchItem::ModSeq,
            () if name.is_empty() => return self.error("a fetch item"),
            () => {
                if self.peek() == Some(b'[') {
                    self.skip_brackets()?;
                }
                if !ITEM.all(self.since(start)) {
                    return self.error("a fetch item");
                }
                let item = core::str::from_utf8(self.since(start));
                FetchItem::Other(Cow::Borrowed(item.unwrap_or_default()))
            }
        })
    }

    fn skip_brackets(&mut self) -> Parsed<()> {
        match memchr::memchr(b']', self.rest()) {
            Some(n) => {
                self.skip(n + 1);
                Ok(())
            }
            None => self.error("`]`"),
        }
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

    fn header_list(&mut self) -> Parsed<Vec<crate::types::Octets<'a>>> {
        self.space()?;
        self.expect(b'(', "`(`")?;
        let mut names = Vec::from([self.astring()?]);
        // Every turn consumes a name.
        while !self.eat(b')') {
            self.expect(b' ', "`)` or a space")?;
            names.push(self.astring()?);
        }
        Ok(names)
    }

    /// ```abnf
    /// msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP …) ")"
    /// ```
    ///
    /// An item whose value does not fit becomes `Invalid`; the others are not touched by it.
    pub(crate) fn fetch(&mut self, seq: u32) -> Parsed<Fetch<'a>> {
        self.expect(b'(', "`(`")?;
        let mut data = Vec::with_capacity(4);
        // Every turn consumes something.
        loop {
            if self.eat(b')') {
                return Ok(Fetch { seq, data });
            }
            if self.eat(b' ') {
                continue;
            }
            data.push(self.fetch_data()?);
        }
    }

    fn fetch_data(&mut self) -> Parsed<FetchData<'a>> {
        let start = self.position();
        let name = core::str::from_utf8(self.take_class(&NAME)).unwrap_or_default();
        if name.is_empty() {
            return self.error("a fetch item");
        }
        let value_at = self.position();
        match self.fetch_value(name) {
            Ok(Some(data)) if matches!(self.peek(), Some(b' ' | b')')) => Ok(data),
            Ok(None) => {
                if self.peek() == Some(b'[') {
                    self.skip_brackets()?;
                }
                let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
                self.space()?;
                let value = Cow::Borrowed(self.skip_value()?);
                Ok(FetchData::Other { name: Cow::Borrowed(name), value })
            }
            outcome => {
                let why = outcome.err().unwrap_or(mailwire_core::Syntax {
                    at: self.position(),
                    expected: "`)` or a space",
                });
                // Back to where the value starts, and over it without looking into it.
                self.rewind(value_at);
                if self.peek() == Some(b'[') {
                    self.skip_brackets()?;
                    if self.peek() == Some(b'<') {
                        self.skip_value()?;
                    }
                }
                let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
                // Where there is no value at all the error is final: framing inside is lost.
                if !self.eat(b' ') {
                    return Err(why);
                }
                let value = Cow::Borrowed(self.skip_value()?);
                Ok(FetchData::Invalid { name: Cow::Borrowed(name), value, why })
            }
        }
    }

    /// The value of a known item; `None` when the item is not known.
    fn fetch_value(&mut self, name: &'a str) -> Parsed<Option<FetchData<'a>>> {
        let is = |item: &str| name.eq_ignore_ascii_case(item);
        if is("BODY") && self.peek() == Some(b'[') {
            let section = self.section()?;
            let origin = if self.eat(b'<') {
                let origin = self.number64()?;
                self.expect(b'>', "`>`")?;
                Some(origin)
            } else {
                None
            };
            self.space()?;
            let body = self.body_item()?;
            return Ok(Some(FetchData::BodySection { section, origin, body }));
        }
        if self.peek() == Some(b'[') {
            return Ok(None);
        }
        let data = match () {
            () if is("UID") => {
                self.space()?;
                FetchData::Uid(self.nz_number()?)
            }
            () if is("FLAGS") => {
                self.space()?;
                FetchData::Flags(self.flags()?)
            }
            () if is("INTERNALDATE") => {
                self.space()?;
                FetchData::InternalDate(self.date_time()?)
            }
            () if is("RFC822.SIZE") => {
                self.space()?;
                FetchData::Rfc822Size(self.number64()?)
            }
            () if is("ENVELOPE") => {
                self.space()?;
                FetchData::Envelope(self.envelope()?)
            }
            () if is("BODYSTRUCTURE") => {
                self.space()?;
                FetchData::BodyStructure(self.body_structure()?)
            }
            () if is("BODY") => {
                self.space()?;
                FetchData::Body(self.body_structure()?)
            }
            () if is("MODSEQ") => {
                self.space()?;
                self.expect(b'(', "`(`")?;
                let modseq = self.number64()?;
                self.expect(b')', "`)`")?;
                FetchData::ModSeq(modseq)
            }
            () if is("RFC822") => {
                self.space()?;
                FetchData::Rfc822(self.body_item()?)
            }
            () if is("RFC822.HEADER") => {
                self.space()?;
                FetchData::Rfc822Header(self.body_item()?)
            }
            () if is("RFC822.TEXT") => {
                self.space()?;
                FetchData::Rfc822Text(self.body_item()?)
            }
            () => return Ok(None),
        };
        Ok(Some(data))
    }

    fn body_item(&mut self) -> Parsed<BodyItem<'a>> {
        if matches!(self.peek(), Some(b'{' | b'~')) {
            return Ok(match self.literal()? {
                Literal::Inline(octets) => BodyItem::Inline(octets),
                Literal::Streamed(n) => BodyItem::Streamed(n),
            });
        }
        Ok(self.nstring()?.map_or(BodyItem::Nil, BodyItem::Inline))
    }

    fn rewind(&mut self, at: usize) {
        *self = self.at(at);
    }
}
