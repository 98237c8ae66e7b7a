//! Response codes, among them those of UIDPLUS (RFC 4315), INPROGRESS (RFC 9585), MESSAGELIMIT
//! (RFC 9738), LOGIN-REFERRALS (RFC 2221) and METADATA (RFC 5464).

use super::cursor::{Cursor, Parsed};
use super::response::{capabilities, line};
use crate::types::string::ATOM;
use crate::types::{Code, Condition, MetadataCode, Octets, Progress, State, Tolerance};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::keyword::Class;
use mailwire_core::{Syntax, Text};

/// What can stand in brackets as text: any TEXT-CHAR except `]`.
const REST: Class = Class::none().with_range(1, 255).without(b"]\r\n");

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// resp-text = ["[" resp-text-code "]" SP] [text]
    /// ```
    ///
    /// Text right behind `]` is taken in any case (RFC 3501 clients and servers differ here).
    pub(crate) fn condition(&mut self, state: State) -> Parsed<Condition<'a>> {
        if !self.eat(b' ') {
            self.tolerate(Tolerance::MissingText, "a space")?;
        }
        let mut code = None;
        if self.peek() == Some(b'[') {
            code = self.bracketed()?;
            if code.is_some() && !self.eat(b' ') {
                match self.rest() {
                    [] => self.tolerate(Tolerance::MissingText, "a space")?,
                    _ => self.note(Tolerance::MissingSpace),
                }
            }
        }
        let text = self.rest();
        let controls = text.iter().any(|b| matches!(b, 0 | b'\r' | b'\n'));
        if controls || core::str::from_utf8(text).is_err() {
            self.tolerate(Tolerance::EightBit, "text of UTF-8")?;
        }
        self.skip(text.len());
        Ok(Condition { state, code, text: Text::lossy(String::from_utf8_lossy(text)) })
    }

    /// `"[" resp-text-code "]"`; `None` where no bracket closes: then it is text.
    pub(crate) fn bracketed(&mut self) -> Parsed<Option<Code<'a>>> {
        let before = self.mark();
        self.skip(1);
        let inside = self.position();
        let why = match self.code() {
            Ok(code) if self.eat(b']') => return Ok(Some(code)),
            Ok(_) => Syntax { at: self.position(), expected: "`]`" },
            Err(why) => why,
        };
        self.reset(before);
        self.skip(1);
        let Some(n) = memchr::memchr(b']', self.rest()) else {
            self.reset(before);
            return Ok(None);
        };
        let raw = self.rest().get(..n).unwrap_or_default();
        // A name that is no atom is not one of those that are known.
        let name = ATOM.prefix(raw);
        let odd = name == 0 || !matches!(raw.get(name), None | Some(b' '));
        let what = if odd { Tolerance::OddCode } else { Tolerance::InvalidCode };
        self.tolerate_at(why.at.max(inside), what, why.expected)?;
        self.skip(n + 1);
        if odd {
            let (name, rest) = mailwire_core::keyword::word(raw);
            let rest = (!rest.is_empty()).then(|| line(rest));
            return Ok(Some(Code::Other(line(name), rest)));
        }
        Ok(Some(Code::Invalid { raw: line(raw), why }))
    }

    fn code(&mut self) -> Parsed<Code<'a>> {
        let name = self.atom("a response code")?;
        if let Some((_, code)) =
            Code::PLAIN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))
        {
            return Ok(code.clone());
        }
        let is = |code: &str| name.eq_ignore_ascii_case(code);
        Ok(match () {
            () if is("BADCHARSET") => {
                let charsets = match self.eat(b' ') {
                    true => self.list1(|cursor| Ok(cursor.astring()?.into_bytes()))?,
                    false => Vec::new(),
                };
                Code::BadCharset(charsets)
            }
            () if is("CAPABILITY") => {
                let n = memchr::memchr(b']', self.rest()).unwrap_or(self.rest().len());
                let names = self.rest().get(..n).unwrap_or_default();
                self.skip(n);
                self.odd_capabilities(names)?;
                Code::Capability(capabilities(names, self.bounds().items))
            }
            () if is("PERMANENTFLAGS") => {
                self.space()?;
                Code::PermanentFlags(self.permanent_flags()?)
            }
            () if is("UIDNEXT") => Code::UidNext(self.code_number()?),
            () if is("UIDVALIDITY") => Code::UidValidity(self.code_number()?),
            () if is("UNSEEN") => Code::Unseen(self.code_number()?),
            () if is("HIGHESTMODSEQ") => {
                self.space()?;
                Code::HighestModSeq(self.number64()?)
            }
            () if is("MODIFIED") => {
                self.space()?;
                Code::Modified(self.set()?)
            }
            () if is("APPENDUID") => {
                let validity = self.code_number()?;
                self.space()?;
                Code::AppendUid { validity, uids: self.set()? }
            }
            () if is("COPYUID") => {
                let validity = self.code_number()?;
                self.expect(b' ', "a space")?;
                let from = self.set_or_nothing()?;
                self.expect(b' ', "a space")?;
                Code::CopyUid { validity, from, to: self.set_or_nothing()? }
            }
            () if is("MAILBOXID") => {
                self.space()?;
                Code::MailboxId(self.object_id_in_parentheses()?)
            }
            () if is("BADURL") => Code::BadUrl(self.code_text()?),
            () if is("REFERRAL") => Code::Referral(self.code_text()?),
            () if is("METADATA") => {
                self.space()?;
                Code::Metadata(self.metadata_code()?)
            }
            () if is("INPROGRESS") => Code::InProgress(self.progress()?),
            () if is("MESSAGELIMIT") => {
                let limit = self.code_number()?;
                let last = if self.eat(b' ') { Some(self.number()?) } else { None };
                Code::MessageLimit(limit, last)
            }
            () if is("UNDEFINED-FILTER") => {
                self.space()?;
                Code::UndefinedFilter(Cow::Borrowed(self.atom("a filter")?))
            }
            () if is("NOUPDATE") => {
                self.space()?;
                Code::NoUpdate(self.astring_in_code()?)
            }
            () if is("BADEVENT") => {
                self.space()?;
                Code::BadEvent(self.list(Self::astring)?)
            }
            () if is("URLMECH") => Code::UrlMech(self.words(|cursor| {
                const MECHANISM: Class = ATOM.with(b"=");
                match cursor.take_class(&MECHANISM) {
                    [] => cursor.error("a mechanism"),
                    name => Ok(line(name)),
                }
            })?),
            () if is("ANNOTATIONS") => {
                self.space()?;
                let size = Cow::Borrowed(self.atom("a size")?);
                Code::Annotations(size, self.eat_keyword(" NOPRIVATE"))
            }
            () if is("ANNOTATE") => {
                self.space()?;
                Code::Annotate(Cow::Borrowed(self.atom("TOOBIG or TOOMANY")?))
            }
            () if is("MAXCONVERTMESSAGES") => Code::MaxConvertMessages(self.code_number()?),
            () if is("MAXCONVERTPARTS") => Code::MaxConvertParts(self.code_number()?),
            () => {
                let rest = if self.eat(b' ') { Some(line(self.take_class(&REST))) } else { None };
                Code::Other(Cow::Borrowed(name), rest)
            }
        })
    }

    fn code_number(&mut self) -> Parsed<u32> {
        self.space()?;
        self.nz_number_or_0()
    }

    /// A space and text up to the bracket, without the quotes that some put around it.
    fn code_text(&mut self) -> Parsed<Cow<'a, str>> {
        self.space()?;
        match self.take_class(&REST) {
            [] => self.error("text"),
            [b'"', text @ .., b'"'] if !text.is_empty() => Ok(line(text)),
            text => Ok(line(text)),
        }
    }

    /// An astring of which `]` is not part.
    fn astring_in_code(&mut self) -> Parsed<Octets<'a>> {
        match self.peek() {
            Some(b'"') => self.astring(),
            _ => Ok(Octets::parsed(Cow::Borrowed(self.atom("a tag")?.as_bytes()))),
        }
    }

    fn metadata_code(&mut self) -> Parsed<MetadataCode> {
        let at = self.position();
        let name = self.atom("what is wrong")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("TOOMANY") {
            return Ok(MetadataCode::TooMany);
        }
        if is("NOPRIVATE") {
            return Ok(MetadataCode::NoPrivate);
        }
        if !is("LONGENTRIES") && !is("MAXSIZE") {
            return Err(Syntax { at, expected: "what is wrong with metadata" });
        }
        self.space()?;
        let n = self.number64()?;
        Ok(if is("MAXSIZE") { MetadataCode::MaxSize(n) } else { MetadataCode::LongEntries(n) })
    }

    /// ```abnf
    /// inprogress-state-resp = [SP "(" (quoted / NIL) SP (number / NIL) SP (number / NIL) ")"]
    /// ```
    fn progress(&mut self) -> Parsed<Option<Progress<'a>>> {
        if self.peek() != Some(b' ') {
            return Ok(None);
        }
        self.space()?;
        self.expect(b'(', "`(`")?;
        let tag = if self.eat_nil() { None } else { Some(self.astring()?) };
        self.space()?;
        let done = if self.eat_nil() { None } else { Some(self.number64()?) };
        self.space()?;
        let goal = if self.eat_nil() { None } else { Some(self.number64()?) };
        self.expect(b')', "`)`")?;
        Ok(Some(Progress { tag, done, goal }))
    }
}
