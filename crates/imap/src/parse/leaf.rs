//! Numbers, sets, flags and dates.

use super::cursor::{Cursor, Parsed};
use super::fixed::{self, FIXED, fixed_date_time};
use crate::types::string::{ASTRING, ATOM, MONTHS};
use crate::types::{Bound, DateTime, Day, Flag, Flags, NumberSet, SetRange, SystemFlag, Tolerance};
use alloc::borrow::Cow;
use mailwire_core::Syntax;

impl<'a> Cursor<'a, '_> {
    #[inline]
    pub(crate) fn number64(&mut self) -> Parsed<u64> {
        let Some((n, rest)) = fixed::number(self.rest()) else { return self.odd_number() };
        self.go_on(rest);
        Ok(n)
    }

    #[cold]
    fn odd_number(&mut self) -> Parsed<u64> {
        let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return self.error("a number");
        }
        let text = self.rest().get(..digits).unwrap_or_default();
        let Some(n) = mailwire_core::keyword::number(text) else {
            return self.error("a number that fits");
        };
        self.skip(digits);
        Ok(n)
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Parsed<u32> {
        let start = self.position();
        let n = self.number64()?;
        u32::try_from(n).map_err(|_| Syntax { at: start, expected: "a number of 32 bits" })
    }

    /// A number that is not 0.
    #[inline]
    pub(crate) fn nz_number(&mut self) -> Parsed<u32> {
        let start = self.position();
        match self.number()? {
            0 => Err(Syntax { at: start, expected: "a number that is not 0" }),
            n => Ok(n),
        }
    }

    /// A number that should not be 0, in what a server says of itself.
    pub(crate) fn nz_number_or_0(&mut self) -> Parsed<u32> {
        let start = self.position();
        let n = self.number()?;
        if n == 0 {
            self.tolerate_at(start, Tolerance::ZeroNumber, "a number that is not 0")?;
        }
        Ok(n)
    }

    /// A number, or NIL of some servers.
    pub(crate) fn number64_or_nil(&mut self) -> Parsed<u64> {
        let start = self.position();
        if self.eat_nil() {
            self.tolerate_at(start, Tolerance::NilForNumber, "a number")?;
            return Ok(0);
        }
        self.number64()
    }

    /// ```abnf
    /// sequence-set = (seq-number / seq-range) ["," sequence-set] / seq-last-command
    /// seq-last-command = "$"
    /// ```
    pub(crate) fn set(&mut self) -> Parsed<NumberSet> {
        if self.eat(b'$') {
            return Ok(NumberSet::saved());
        }
        let mut set = NumberSet::new();
        set.push(self.set_range()?);
        // Every turn consumes a number.
        while self.eat(b',') {
            if set.ranges().len() >= self.grammar.bounds.ranges {
                return self.error("fewer ranges");
            }
            set.push(self.set_range()?);
        }
        Ok(set)
    }

    #[inline]
    fn set_range(&mut self) -> Parsed<SetRange> {
        let start = self.bound()?;
        let end = if self.eat(b':') { self.bound()? } else { start };
        Ok(SetRange { start, end })
    }

    /// A set, or nothing where nothing is left of it.
    pub(crate) fn set_or_nothing(&mut self) -> Parsed<NumberSet> {
        if matches!(self.peek(), Some(b' ' | b']')) {
            self.tolerate(Tolerance::EmptySet, "a set")?;
            return Ok(NumberSet::new());
        }
        self.set()
    }

    fn bound(&mut self) -> Parsed<Bound> {
        if let Some((n, rest)) = fixed::number(self.rest()) {
            if let Ok(n @ 1..) = u32::try_from(n) {
                self.go_on(rest);
                return Ok(Bound::Number(n));
            }
        }
        match self.peek() {
            Some(b'*') => {
                self.skip(1);
                Ok(Bound::Last)
            }
            Some(b'0'..=b'9') => self.nz_number().map(Bound::Number),
            _ => self.error("a number or `*`"),
        }
    }

    /// ```abnf
    /// flag = "\" atom / atom
    /// ```
    pub(crate) fn flag(&mut self) -> Parsed<Flag<'a>> {
        let start = self.position();
        let backslash = self.eat(b'\\');
        let name = self.take_class(&ASTRING);
        if name.is_empty() {
            self.go_to(start);
            return self.error("a flag");
        }
        if name.len() > self.grammar.bounds.string {
            return Err(Syntax { at: start, expected: "a shorter flag" });
        }
        if backslash {
            if let Some(flag) = SystemFlag::parse(self.since(start)) {
                return Ok(Flag::System(flag));
            }
        }
        let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
        let atom = name.get(usize::from(backslash)..).unwrap_or_default();
        if !ATOM.all(atom.as_bytes()) {
            self.tolerate_at(start, Tolerance::OddKeyword, "a flag")?;
        }
        Ok(Flag::Keyword(Cow::Borrowed(name)))
    }

    /// A flag, which is kept as it is written.
    pub(crate) fn flag_into(&mut self, flags: &mut Flags<'a>) -> Parsed<()> {
        let start = self.position();
        match self.flag()? {
            Flag::System(flag) if self.since(start) != flag.as_str().as_bytes() => {
                let written = core::str::from_utf8(self.since(start));
                flags.insert_written(flag, written.unwrap_or(flag.as_str()));
            }
            flag => flags.insert(flag),
        }
        Ok(())
    }

    /// ```abnf
    /// flag-list = "(" [flag *(SP flag)] ")"
    /// ```
    pub(crate) fn flags(&mut self) -> Parsed<Flags<'a>> {
        self.flag_list(false)
    }

    /// ```abnf
    /// "(" [flag-perm *(SP flag-perm)] ")"    ; flag-perm = flag / "\*"
    /// ```
    pub(crate) fn permanent_flags(&mut self) -> Parsed<Flags<'a>> {
        self.flag_list(true)
    }

    fn flag_list(&mut self, star: bool) -> Parsed<Flags<'a>> {
        if let Some((flags, rest)) = super::quick::flags(self.rest(), self.bounds().items) {
            self.go_on(rest);
            return Ok(flags);
        }
        self.flags_by_parts(star)
    }

    pub(super) fn flags_by_parts(&mut self, star: bool) -> Parsed<Flags<'a>> {
        self.expect(b'(', "`(`")?;
        let mut flags = Flags::new();
        let mut open = 0usize;
        self.each(|cursor| {
            // Lists in the list: flattened, whatever their depth.
            while cursor.peek() == Some(b'(') {
                cursor.tolerate(Tolerance::NestedFlags, "a flag")?;
                cursor.skip(1);
                open += 1;
            }
            match cursor.rest() {
                [b'\\', b'*', ..] => {
                    if !star {
                        cursor.tolerate(Tolerance::StarFlag, "a flag")?;
                    }
                    cursor.skip(2);
                    flags.insert(Flag::System(SystemFlag::Any));
                }
                [b'\\', b' ' | b')', ..] => {
                    cursor.tolerate(Tolerance::EmptyFlag, "the name of a flag")?;
                    cursor.skip(1);
                }
                [b'"', ..] => {
                    let at = cursor.position();
                    cursor.tolerate(Tolerance::QuotedFlag, "a flag")?;
                    let name = cursor.quoted()?;
                    let name = core::str::from_utf8(&name).ok().map(alloc::string::String::from);
                    let flag = name.and_then(|name| Flag::new(name).ok());
                    flags.insert(flag.ok_or(Syntax { at, expected: "a flag" })?);
                }
                [b')', ..] if open > 0 => {}
                _ => cursor.flag_into(&mut flags)?,
            }
            while open > 0 && cursor.peek() == Some(b')') {
                cursor.skip(1);
                open -= 1;
            }
            Ok(())
        })?;
        if open > 0 {
            return self.error("`)`");
        }
        Ok(flags)
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
        let start = self.position();
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
        if date.is_real() { Ok(date) } else { Err(wrong) }
    }

    /// ```abnf
    /// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    /// ```
    pub(crate) fn date_time(&mut self) -> Parsed<DateTime> {
        if let Some(date) = self.rest().first_chunk().and_then(fixed_date_time) {
            self.skip(FIXED);
            return Ok(date);
        }
        self.date_time_by_parts()
    }

    pub(super) fn date_time_by_parts(&mut self) -> Parsed<DateTime> {
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
        self.skip(1);
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
                self.skip(2);
                Ok(n)
            }
            _ => self.error("two digits"),
        }
    }
}
