//! Strings: quoted, literal, atoms that stand for strings, names of mailboxes.

use super::cursor::{Cursor, Parsed, Quotes};
use crate::types::string::ASTRING;
use crate::types::{BodyItem, Mailbox, Octets, Tolerance};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Syntax;
use mailwire_core::keyword::Class;

/// A literal, or word of one that went by.
#[derive(Debug)]
pub(crate) enum Literal<'a> {
    Inline(Cow<'a, [u8]>),
    Streamed(u64),
}

/// What a quoted string holds that needs no second look, and ends in a quote.
const CLEAN: Class = PLAIN.without(b"\"\\");

/// What a quoted string holds without a second look.
const PLAIN: Class = Class::none().with_range(1, 127).without(b"\r\n");

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// quoted       = DQUOTE *QUOTED-CHAR DQUOTE
    /// QUOTED-CHAR  = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials / UTF8-2 / …
    /// ```
    pub(crate) fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        let open = self.at;
        self.expect(b'"', "a quoted string")?;
        // Most hold nothing that must be looked at twice.
        let rest = self.rest();
        let n = CLEAN.prefix(rest);
        if let Some((text, [b'"', follows @ ..])) = rest.split_at_checked(n) {
            if self.may_end(follows) && n <= self.grammar.bounds.string {
                self.at += n + 1;
                return Ok(Cow::Borrowed(text));
            }
        }
        self.quoted_slowly(open)
    }

    fn quoted_slowly(&mut self, open: usize) -> Parsed<Cow<'a, [u8]>> {
        let unended = Syntax { at: open, expected: "a quoted string that ends" };
        let mut owned: Option<Vec<u8>> = None;
        let mut copied = self.at;
        // Every turn consumes up to the next quote or backslash.
        let text = loop {
            let Some(n) = memchr::memchr3(b'"', b'\\', b'\n', self.rest()) else {
                return Err(unended);
            };
            self.at += n;
            match self.rest() {
                [b'"', follows @ ..] if self.may_end(follows) => {
                    let tail = self.since(copied);
                    self.at += 1;
                    break match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.extend_from_slice(tail);
                            Cow::Owned(text)
                        }
                    };
                }
                [b'"', ..] => {
                    self.tolerate(Tolerance::UnescapedQuote, "a space or `)`")?;
                    self.at += 1;
                }
                [b'\\', b'"', follows @ ..]
                    if self.quotes == Quotes::AlsoEscaped && can_follow(follows) =>
                {
                    self.tolerate(Tolerance::BackslashBeforeQuote, "a quoted string that ends")?;
                    let text = owned.get_or_insert_default();
                    text.extend_from_slice(self.since(copied));
                    self.at += 2;
                    break Cow::Owned(owned.take().unwrap_or_default());
                }
                [b'\\', escaped, ..] if *escaped != b'\n' => {
                    let escaped = *escaped;
                    let text = owned.get_or_insert_default();
                    let start = copied;
                    text.extend_from_slice(self.since(start));
                    text.push(escaped);
                    if !matches!(escaped, b'"' | b'\\') {
                        self.tolerate(Tolerance::UnescapedQuote, "`\"` or `\\`")?;
                    }
                    self.at += 2;
                    copied = self.at;
                }
                _ => return Err(unended),
            }
        };
        if text.len() > self.grammar.bounds.string {
            return Err(Syntax { at: open, expected: "a shorter string" });
        }
        if !PLAIN.all(&text) {
            // A line end in a string could become one of a line.
            if text.contains(&b'\r') {
                return Err(unended);
            }
            let fits = core::str::from_utf8(&text).is_ok();
            if !fits || text.contains(&0) {
                self.tolerate_at(open, Tolerance::EightBit, "a quoted string of UTF-8")?;
            }
        }
        Ok(text)
    }

    /// Whether a quote that stands before `follows` ends its string. Where it cannot, a server
    /// forgot to escape it.
    fn may_end(&self, follows: &[u8]) -> bool {
        can_follow(follows) || !self.allows(Tolerance::UnescapedQuote)
    }

    /// ```abnf
    /// literal  = "{" number64 ["+"] "}" CRLF *CHAR8
    /// literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
    /// ```
    pub(crate) fn literal(&mut self) -> Parsed<Literal<'a>> {
        self.eat(b'~');
        self.expect(b'{', "a literal")?;
        let n = self.number64()?;
        if !self.eat(b'+') {
            self.eat(b'-');
        }
        self.expect(b'}', "`}`")?;
        if !self.rest().starts_with(b"\r\n") {
            return self.error("a line end after the literal's length");
        }
        self.at += 2;
        if self.grammar.streamed.binary_search(&self.at).is_ok() {
            return Ok(Literal::Streamed(n));
        }
        let octets = usize::try_from(n).ok().and_then(|n| self.rest().get(..n));
        let Some(octets) = octets else { return self.error("the octets of a literal") };
        self.at += octets.len();
        Ok(Literal::Inline(Cow::Borrowed(octets)))
    }

    /// A quoted string or a literal that is here.
    pub(crate) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.rest() {
            [b'"', ..] => self.quoted(),
            [b'{', ..] | [b'~', b'{', ..] => match self.literal()? {
                Literal::Inline(octets) => Ok(octets),
                Literal::Streamed(_) => self.error("a shorter string"),
            },
            _ => {
                let start = self.at;
                match self.take_class(&ASTRING) {
                    [] => self.error("a string"),
                    nil if nil.eq_ignore_ascii_case(b"NIL") => {
                        self.tolerate_at(start, Tolerance::NilForString, "a string")?;
                        Ok(Cow::default())
                    }
                    atom => {
                        self.tolerate_at(start, Tolerance::AtomForString, "a string")?;
                        Ok(Cow::Borrowed(atom))
                    }
                }
            }
        }
    }

    /// ```abnf
    /// nstring = string / nil
    /// ```
    pub(crate) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        match self.peek() {
            Some(b'"') => self.quoted().map(Some),
            _ if self.eat_nil() => Ok(None),
            Some(33..) => self.string().map(Some),
            _ => self.error("a string or NIL"),
        }
    }

    /// ```abnf
    /// astring = 1*ASTRING-CHAR / string
    /// ```
    pub(crate) fn astring(&mut self) -> Parsed<Octets<'a>> {
        let start = self.at;
        let octets = match self.rest() {
            [b'"' | b'{', ..] | [b'~', b'{', ..] => self.string()?,
            _ => match self.take_class(&ASTRING) {
                [] => return self.error("a string"),
                atom if atom.len() > self.grammar.bounds.string => {
                    return Err(Syntax { at: start, expected: "a shorter string" });
                }
                atom => Cow::Borrowed(atom),
            },
        };
        without_nul(octets, start)
    }

    /// The name of a mailbox: an astring in UTF-8, or in modified UTF-7.
    pub(crate) fn mailbox(&mut self) -> Parsed<Mailbox<'a>> {
        let utf8 = self.grammar.utf8;
        let start = self.at;
        let name = self.astring()?;
        let bytes = name.as_bytes();
        if utf8 {
            if core::str::from_utf8(bytes).is_err() {
                self.tolerate_at(start, Tolerance::BadName, "a name in UTF-8")?;
            }
        } else if bytes.contains(&b'&') && crate::utf7::decode(bytes).is_none() {
            self.tolerate_at(start, Tolerance::BadName, "a name in modified UTF-7")?;
        }
        Ok(Mailbox::parsed(name, utf8))
    }

    /// ```abnf
    /// list-mailbox = 1*list-char / string
    /// list-char    = ATOM-CHAR / "%" / "*" / "]"
    /// ```
    pub(crate) fn list_mailbox(&mut self) -> Parsed<Octets<'a>> {
        const LIST: Class = ASTRING.with(b"%*");
        let start = self.at;
        let pattern = match self.take_class(&LIST) {
            [] => self.astring()?,
            pattern => without_nul(Cow::Borrowed(pattern), start)?,
        };
        let wild = pattern.as_bytes().iter().filter(|b| matches!(b, b'*' | b'%')).count();
        if wild > self.grammar.bounds.wildcards {
            return Err(Syntax { at: start, expected: "fewer wildcards" });
        }
        Ok(pattern)
    }

    /// The octets of a body: NIL, a string, or a literal of any octets, here or streamed.
    pub(crate) fn body_item(&mut self) -> Parsed<BodyItem<'a>> {
        if matches!(self.rest(), [b'{', ..] | [b'~', b'{', ..]) {
            return Ok(match self.literal()? {
                Literal::Inline(octets) => BodyItem::Inline(octets),
                Literal::Streamed(n) => BodyItem::Streamed(n),
            });
        }
        Ok(self.nstring()?.map_or(BodyItem::Nil, BodyItem::Inline))
    }

    /// A literal that is a message.
    pub(crate) fn message_literal(&mut self) -> Parsed<BodyItem<'a>> {
        match self.rest() {
            [b'{', ..] | [b'~', b'{', ..] => self.body_item(),
            _ => self.error("a literal"),
        }
    }
}

/// Whether a string can end before this.
fn can_follow(follows: &[u8]) -> bool {
    matches!(follows.first(), None | Some(b' ' | b')' | b'(' | b']' | b'\r' | b'\n' | b'>'))
}

pub(super) fn without_nul(octets: Cow<'_, [u8]>, at: usize) -> Parsed<Octets<'_>> {
    match memchr::memchr(0, &octets) {
        None => Ok(Octets::parsed(octets)),
        Some(_) => Err(Syntax { at, expected: "a string without NUL" }),
    }
}
