//! Strings: quoted, literal, atoms that stand for strings, names of mailboxes.

use super::cursor::{Cursor, Parsed, Quotes};
use super::names::short;
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

/// What a quoted string holds without a second look.
const PLAIN: Class = Class::none().with_range(1, 127).without(b"\r\n");

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// quoted       = DQUOTE *QUOTED-CHAR DQUOTE
    /// QUOTED-CHAR  = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials / UTF8-2 / …
    /// ```
    #[inline]
    pub(crate) fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.clean() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.quoted_slowly(),
        }
    }

    /// A quoted string that holds nothing that must be looked at twice, as most do; or `None`, and
    /// nothing is consumed.
    pub(super) fn clean(&mut self) -> Option<&'a [u8]> {
        let [b'"', text @ ..] = self.rest() else { return None };
        let n = clean_prefix(text);
        let (text, rest) = text.split_at_checked(n)?;
        let [b'"', rest @ ..] = rest else { return None };
        if !self.may_end(rest) || n > self.grammar.bounds.string {
            return None;
        }
        self.go_on(rest);
        Some(text)
    }

    #[inline(never)]
    fn quoted_slowly(&mut self) -> Parsed<Cow<'a, [u8]>> {
        let open = self.position();
        self.expect(b'"', "a quoted string")?;
        let unended = Syntax { at: open, expected: "a quoted string that ends" };
        let mut owned: Option<Vec<u8>> = None;
        let mut copied = self.position();
        // Every turn consumes up to the next quote or backslash.
        let text = loop {
            let Some(n) = memchr::memchr3(b'"', b'\\', b'\n', self.rest()) else {
                return Err(unended);
            };
            self.skip(n);
            match self.rest() {
                [b'"', follows @ ..] if self.may_end(follows) => {
                    let tail = self.since(copied);
                    self.skip(1);
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
                    self.skip(1);
                }
                [b'\\', b'"', follows @ ..]
                    if self.quotes == Quotes::AlsoEscaped && can_follow(follows) =>
                {
                    self.tolerate(Tolerance::BackslashBeforeQuote, "a quoted string that ends")?;
                    let text = owned.get_or_insert_default();
                    text.extend_from_slice(self.since(copied));
                    self.skip(2);
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
                    self.skip(2);
                    copied = self.position();
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
    #[inline]
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
        self.skip(2);
        if self.grammar.streamed.binary_search(&self.position()).is_ok() {
            return Ok(Literal::Streamed(n));
        }
        let octets = usize::try_from(n).ok().and_then(|n| self.rest().get(..n));
        let Some(octets) = octets else { return self.error("the octets of a literal") };
        self.skip(octets.len());
        Ok(Literal::Inline(Cow::Borrowed(octets)))
    }

    /// A quoted string or a literal that is here.
    #[inline]
    pub(crate) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.clean() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.string_slowly(),
        }
    }

    #[inline(never)]
    fn string_slowly(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.rest() {
            [b'"', ..] => self.quoted(),
            [b'{', ..] | [b'~', b'{', ..] => match self.literal()? {
                Literal::Inline(octets) => Ok(octets),
                Literal::Streamed(_) => self.error("a shorter string"),
            },
            _ => {
                let start = self.position();
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
    #[inline]
    pub(crate) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        if self.eat_nil() {
            return Ok(None);
        }
        match self.clean() {
            Some(text) => Ok(Some(Cow::Borrowed(text))),
            None => self.nstring_slowly(),
        }
    }

    #[inline(never)]
    fn nstring_slowly(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        match self.peek() {
            Some(b'"') => self.quoted().map(Some),
            Some(33..) => self.string().map(Some),
            _ => self.error("a string or NIL"),
        }
    }

    /// ```abnf
    /// astring = 1*ASTRING-CHAR / string
    /// ```
    pub(crate) fn astring(&mut self) -> Parsed<Octets<'a>> {
        let start = self.position();
        let octets = match self.rest() {
            [b'"', ..] => match self.clean() {
                Some(text) => Cow::Borrowed(text),
                None => without_nul(self.quoted_slowly()?, start)?,
            },
            [b'{', ..] | [b'~', b'{', ..] => without_nul(self.string_slowly()?, start)?,
            _ => match self.take_class(&ASTRING) {
                [] => return self.error("a string"),
                atom if atom.len() > self.grammar.bounds.string => {
                    return Err(Syntax { at: start, expected: "a shorter string" });
                }
                atom => Cow::Borrowed(atom),
            },
        };
        Ok(Octets::parsed(octets))
    }

    /// The name of a mailbox: an astring in UTF-8, or in modified UTF-7.
    pub(crate) fn mailbox(&mut self) -> Parsed<Mailbox<'a>> {
        let utf8 = self.grammar.utf8;
        let start = self.position();
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
        let start = self.position();
        let pattern = match self.take_class(&LIST) {
            [] => self.astring()?,
            pattern => Octets::parsed(Cow::Borrowed(pattern)),
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

/// How many octets a quoted string has before one that ends it or that must be looked at: eight at a
/// time.
#[inline(always)]
pub(super) fn clean_prefix(text: &[u8]) -> usize {
    clean_prefix_before(text, b'"')
}

/// The same, where `stop` must be looked at too.
#[inline(always)]
pub(super) fn clean_prefix_before(text: &[u8], stop: u8) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let clean = |word: u64| {
        // The highest bit of each octet: set in what is not US-ASCII, and by a borrow in what is less
        // than what is subtracted. The lowest octet that is marked is one of these; what is marked
        // above it may be none.
        let is = |b: u8| (word ^ (ONES * u64::from(b))).wrapping_sub(ONES);
        let below = word.wrapping_sub(ONES * u64::from(b' '));
        let marked = (word | below | is(b'"') | is(b'\\') | is(stop)) & HIGHS;
        marked.trailing_zeros() as usize / 8
    };
    let mut rest = text;
    // Every turn consumes eight octets.
    while let Some((eight, more)) = rest.split_first_chunk::<8>() {
        match clean(u64::from_le_bytes(*eight)) {
            8 => rest = more,
            n => return text.len() - rest.len() + n,
        }
    }
    // Behind the last octets are zeros, which must be looked at.
    text.len() - rest.len() + clean(short(rest))
}

/// Whether a string can end before this.
#[inline]
fn can_follow(follows: &[u8]) -> bool {
    matches!(follows.first(), None | Some(b' ' | b')' | b'(' | b']' | b'\r' | b'\n' | b'>'))
}

fn without_nul(octets: Cow<'_, [u8]>, at: usize) -> Parsed<Cow<'_, [u8]>> {
    match memchr::memchr(0, &octets) {
        None => Ok(octets),
        Some(_) => Err(Syntax { at, expected: "a string without NUL" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_octets_at_a_time_are_one_at_a_time() {
        const CLEAN: Class = Class::none().with_range(b' ', 127).without(b"\"\\");
        for len in 0..20 {
            for at in 0..len {
                for b in 0..=255 {
                    let mut text = std::vec![b'x'; len];
                    text[at] = b;
                    // What stands behind it makes no difference.
                    for behind in [b'x', b'"', b'&', 0, 31, 255] {
                        text[at + 1..].fill(behind);
                        assert_eq!(clean_prefix(&text), CLEAN.prefix(&text), "{text:?}");
                        let stopped = CLEAN.without(b"&").prefix(&text);
                        assert_eq!(clean_prefix_before(&text, b'&'), stopped, "{text:?}");
                    }
                }
            }
        }
    }
}
