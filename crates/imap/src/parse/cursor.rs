//! A place in a frame, and the small words of the grammar.

use super::Grammar;
use crate::types::string::{ASTRING, ATOM, MONTHS};
use crate::types::{Bound, DateTime, Day, Flag, Flags, Mailbox, NumberSet, Octets, SetRange};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Syntax;
use mailwire_core::keyword::Class;

pub(crate) type Parsed<T> = Result<T, Syntax>;

/// A string, or word of one that went by.
#[derive(Debug)]
pub(crate) enum Literal<'a> {
    Inline(Cow<'a, [u8]>),
    Streamed(u64),
}

/// A place in a frame without its last line end.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a, 'g> {
    frame: &'a [u8],
    at: usize,
    grammar: &'g Grammar<'g>,
    depth: u8,
}

impl<'a, 'g> Cursor<'a, 'g> {
    pub(crate) fn new(frame: &'a [u8], grammar: &'g Grammar<'g>) -> Self {
        let frame = frame.strip_suffix(b"\n").map_or(frame, |f| f.strip_suffix(b"\r").unwrap_or(f));
        Self { frame, at: 0, grammar, depth: 0 }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.frame.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What lies between an earlier place and this one.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.frame.get(start..self.at).unwrap_or_default()
    }

    /// The same cursor at another place, at no depth.
    pub(crate) fn at(&self, at: usize) -> Self {
        Self { at: at.min(self.frame.len()), depth: 0, ..self.clone() }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.frame.get(self.at).copied()
    }

    pub(crate) fn skip(&mut self, n: usize) {
        self.at = (self.at + n).min(self.frame.len());
    }

    pub(crate) fn error<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(Syntax { at: self.at, expected })
    }

    /// Consumes `b` if it is next.
    pub(crate) fn eat(&mut self, b: u8) -> bool {
        let is = self.peek() == Some(b);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn expect(&mut self, b: u8, expected: &'static str) -> Parsed<()> {
        if self.eat(b) { Ok(()) } else { self.error(expected) }
    }

    pub(crate) fn space(&mut self) -> Parsed<()> {
        self.expect(b' ', "a space")
    }

    /// Consumes `keyword`, in any case, if it is next.
    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let is = mailwire_core::keyword::strip(self.rest(), keyword).is_some();
        self.at += if is { keyword.len() } else { 0 };
        is
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.rest().is_empty() { Ok(()) } else { self.error("the end") }
    }

    /// Goes one level down; [`up`](Self::up) comes back.
    pub(crate) fn down(&mut self) -> Parsed<()> {
        if self.depth >= self.grammar.depth {
            return self.error("less nesting");
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn up(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(crate) fn take_class(&mut self, class: &Class) -> &'a [u8] {
        let start = self.at;
        self.at += class.prefix(self.rest());
        self.since(start)
    }

    /// An atom, as text: it is US-ASCII.
    pub(crate) fn atom(&mut self, expected: &'static str) -> Parsed<&'a str> {
        match self.take_class(&ATOM) {
            [] => self.error(expected),
            atom => Ok(core::str::from_utf8(atom).unwrap_or_default()),
        }
    }

    pub(crate) fn number64(&mut self) -> Parsed<u64> {
        let start = self.at;
        let mut n: u64 = 0;
        // As long as the digits are.
        while let Some(b @ b'0'..=b'9') = self.peek() {
            n = match n.checked_mul(10).and_then(|n| n.checked_add(u64::from(b - b'0'))) {
                Some(n) => n,
                None => {
                    self.at = start;
                    return self.error("a number that fits");
                }
            };
            self.at += 1;
        }
        if self.at == start { self.error("a number") } else { Ok(n) }
    }

    pub(crate) fn number(&mut self) -> Parsed<u32> {
        let start = self.at;
        let n = self.number64()?;
        u32::try_from(n).map_err(|_| Syntax { at: start, expected: "a number of 32 bits" })
    }

    pub(crate) fn nz_number(&mut self) -> Parsed<u32> {
        let start = self.at;
        match self.number()? {
            0 => Err(Syntax { at: start, expected: "a number that is not 0" }),
            n => Ok(n),
        }
    }

    /// ```abnf
    /// quoted = DQUOTE *QUOTED-CHAR DQUOTE
    /// ```
    ///
    /// Accepts 8-bit octets (many servers) and a backslash before any octet.
    pub(crate) fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        let open = self.at;
        self.expect(b'"', "a quoted string")?;
        let start = self.at;
        let mut owned: Option<Vec<u8>> = None;
        let mut copied = start;
        // Every turn consumes up to the next quote or backslash.
        loop {
            let Some(n) = memchr::memchr3(b'"', b'\\', b'\n', self.rest()) else {
                return Err(Syntax { at: open, expected: "a quoted string that ends" });
            };
            self.at += n;
            match self.rest() {
                [b'"', ..] => {
                    let tail = self.since(copied);
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.extend_from_slice(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                [b'\\', escaped, ..] if *escaped != b'\n' => {
                    let text = owned.get_or_insert_default();
                    text.extend_from_slice(self.frame.get(copied..self.at).unwrap_or_default());
                    text.push(*escaped);
                    self.at += 2;
                    copied = self.at;
                }
                _ => return Err(Syntax { at: open, expected: "a quoted string that ends" }),
            }
        }
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
        self.eat(b'\r');
        self.expect(b'\n', "a line end after the literal's length")?;
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
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{' | b'~') => match self.literal()? {
                Literal::Inline(octets) => Ok(octets),
                Literal::Streamed(_) => self.error("a shorter string"),
            },
            _ => self.error("a string"),
        }
    }

    /// ```abnf
    /// nstring = string / nil
    /// ```
    ///
    /// Accepts an atom (Exchange, Domino).
    pub(crate) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        match self.peek() {
            Some(b'"' | b'{' | b'~') => self.string().map(Some),
            _ => match self.take_class(&ASTRING) {
                [] => self.error("a string or NIL"),
                nil if nil.eq_ignore_ascii_case(b"NIL") => Ok(None),
                atom => Ok(Some(Cow::Borrowed(atom))),
            },
        }
    }

    /// ```abnf
    /// astring = 1*ASTRING-CHAR / string
    /// ```
    pub(crate) fn astring(&mut self) -> Parsed<Octets<'a>> {
        let start = self.at;
        let octets = match self.peek() {
            Some(b'"' | b'{' | b'~') => self.string()?,
            _ => match self.take_class(&ASTRING) {
                [] => return self.error("a string"),
                atom => Cow::Borrowed(atom),
            },
        };
        without_nul(octets, start)
    }

    pub(crate) fn mailbox(&mut self) -> Parsed<Mailbox<'a>> {
        self.astring().map(Mailbox::from_wire)
    }

    /// ```abnf
    /// list-mailbox = 1*list-char / string
    /// list-char    = ATOM-CHAR / "%" / "*" / "]"
    /// ```
    pub(crate) fn list_mailbox(&mut self) -> Parsed<Octets<'a>> {
        const LIST: Class = ASTRING.with(b"%*");
        let start = self.at;
        match self.take_class(&LIST) {
            [] => self.astring(),
            pattern => without_nul(Cow::Borrowed(pattern), start),
        }
    }

    /// ```abnf
    /// sequence-set = (seq-number / seq-range) ["," sequence-set]
    /// ```
    pub(crate) fn set(&mut self) -> Parsed<NumberSet> {
        let mut set = NumberSet::new();
        // Every turn consumes a number.
        loop {
            let start = self.bound()?;
            let end = if self.eat(b':') { self.bound()? } else { start };
            set.push(SetRange { start, end });
            if !self.eat(b',') {
                return Ok(set);
            }
        }
    }

    fn bound(&mut self) -> Parsed<Bound> {
        if self.eat(b'*') {
            return Ok(Bound::Last);
        }
        match self.peek() {
            Some(b'0'..=b'9') => self.nz_number().map(Bound::Number),
            _ => self.error("a number or `*`"),
        }
    }

    /// ```abnf
    /// flag = "\" atom / atom / "\*"
    /// ```
    ///
    /// Accepts `]` in keywords (Gmail, Courier).
    pub(crate) fn flag(&mut self) -> Parsed<Flag<'a>> {
        let start = self.at;
        if self.eat(b'\\') && self.eat(b'*') {
            return Ok(Flag::System(crate::types::SystemFlag::Any));
        }
        if self.take_class(&ASTRING).is_empty() {
            self.at = start;
            return self.error("a flag");
        }
        let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
        if let Some(flag) = crate::types::SystemFlag::parse(name.as_bytes()) {
            return Ok(Flag::System(flag));
        }
        Ok(Flag::Keyword(Cow::Borrowed(name)))
    }

    /// ```abnf
    /// flag-list = "(" [flag *(SP flag)] ")"
    /// ```
    ///
    /// Accepts several spaces, also before the first and behind the last flag.
    pub(crate) fn flags(&mut self) -> Parsed<Flags<'a>> {
        self.expect(b'(', "`(`")?;
        let mut flags = Flags::new();
        // Every turn consumes something.
        loop {
            if self.eat(b')') {
                return Ok(flags);
            }
            if !self.eat(b' ') {
                flags.insert(self.flag()?);
            }
        }
    }

    /// ```abnf
    /// date      = date-text / DQUOTE date-text DQUOTE
    /// date-text = date-day "-" date-month "-" date-year
    /// ```
    pub(crate) fn date(&mut self) -> Parsed<Day> {
        let quoted = self.eat(b'"');
        let day = self.date_text()?;
        if quoted {
            self.expect(b'"', "`\"`")?;
        }
        Ok(day)
    }

    fn date_text(&mut self) -> Parsed<Day> {
        let start = self.at;
        let wrong = Syntax { at: start, expected: "a date" };
        self.eat(b' ');
        let day = self.number()?;
        self.expect(b'-', "`-`")?;
        let name = self.rest().get(..3).ok_or(wrong)?;
        let month =
            MONTHS.iter().position(|m| m.as_bytes().eq_ignore_ascii_case(name)).ok_or(wrong)?;
        self.skip(3);
        self.expect(b'-', "`-`")?;
        let year = self.number()?;
        let month = u8::try_from(month + 1).map_err(|_| wrong)?;
        let (Ok(day), Ok(year @ 0..=9999)) = (u8::try_from(day), u16::try_from(year)) else {
            return Err(wrong);
        };
        let date = Day { year, month, day };
        // A day that its month does not have comes back as another.
        if Day::from_days(date.days()) == date { Ok(date) } else { Err(wrong) }
    }

    /// ```abnf
    /// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    /// ```
    pub(crate) fn date_time(&mut self) -> Parsed<DateTime> {
        self.expect(b'"', "a date and time")?;
        let day = self.date_text()?;
        self.space()?;
        let hour = self.two_digits(23)?;
        self.expect(b':', "`:`")?;
        let minute = self.two_digits(59)?;
        self.expect(b':', "`:`")?;
        let second = self.two_digits(60)?;
        self.space()?;
        let east = match self.peek() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return self.error("a zone"),
        };
        self.at += 1;
        let (hours, minutes) = (self.two_digits(99)?, self.two_digits(59)?);
        self.expect(b'"', "`\"`")?;
        let zone = east * (i16::from(hours) * 60 + i16::from(minutes));
        Ok(DateTime { day, hour, minute, second, zone })
    }

    fn two_digits(&mut self, most: u8) -> Parsed<u8> {
        match self.rest() {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => {
                let n = (tens - b'0') * 10 + (ones - b'0');
                if n > most {
                    return self.error("a smaller number");
                }
                self.at += 2;
                Ok(n)
            }
            _ => self.error("two digits"),
        }
    }

    /// Skips a value of any form: an atom, a string, a list of any depth. Used where the grammar
    /// does not know what it is, so that what follows is not lost.
    pub(crate) fn skip_value(&mut self) -> Parsed<&'a [u8]> {
        let start = self.at;
        let mut open = 0usize;
        // Every turn consumes something.
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.quoted()?;
                }
                Some(b'{') => {
                    let here = self.at;
                    if self.literal().is_err() {
                        self.at = here + 1;
                    }
                }
                Some(b'(') => {
                    open += 1;
                    self.at += 1;
                }
                Some(b')') if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                Some(b' ') if open > 0 => self.at += 1,
                Some(b' ' | b')') | None => break,
                Some(_) => self.at += 1,
            }
        }
        match self.since(start) {
            [] => self.error("a value"),
            _ if open > 0 => self.error("`)`"),
            value => Ok(value),
        }
    }
}

fn without_nul(octets: Cow<'_, [u8]>, at: usize) -> Parsed<Octets<'_>> {
    match memchr::memchr(0, &octets) {
        None => Ok(Octets::parsed(octets)),
        Some(_) => Err(Syntax { at, expected: "a string without NUL" }),
    }
}
