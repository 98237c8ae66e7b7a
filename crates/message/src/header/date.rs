//! Dates (RFC 5322 sections 3.3 and 4.3), read forgivingly.

mod plain;

/// A date and time as a field says it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "crate::serial::DateTimeFields"))]
#[non_exhaustive]
pub struct DateTime {
    /// The year.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 60.
    pub second: u8,
    /// Minutes east of Greenwich; `None` for `-0000` and zones that are not known, where the time
    /// is taken for UTC and nothing is said of where the writer is.
    pub zone: Option<i16>,
    /// How the zone is given.
    pub zone_kind: ZoneKind,
}

/// How a date gives its zone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ZoneKind {
    /// By number: `+0100`.
    Number,
    /// By a name of RFC 5322 section 4.3: `EST`, `GMT`.
    Name,
    /// `-0000`: the time is UTC, and nothing is said of the writer (RFC 5322 section 3.3).
    Unstated,
    /// By a letter. Writers disagree about what they mean (RFC 5322 section 4.3).
    Military,
    /// By a name that is not known.
    Unknown,
    /// Not at all.
    Missing,
}

impl DateTime {
    /// Parses a date in any of the forms that mail has: `Fri, 21 Nov 1997 09:55:06 -0600` with or
    /// without the day of the week and the seconds, months and zones by name, years of two and
    /// three digits, `Fri Nov 21 09:55:06 1997`, and `1997-11-21T09:55:06Z`. `None` when there is
    /// no such date. What follows the zone is not looked at. Nothing is allocated.
    ///
    /// ```
    /// use mailwire_message::header::{DateTime, ZoneKind};
    ///
    /// let date = DateTime::parse(b"Fri, 21 Nov 1997 09:55:06 -0600").unwrap();
    /// assert_eq!((date.day, date.zone, date.unix()), (21, Some(-360), 880_127_706));
    /// let date = DateTime::parse(b"21 Nov 97 9:55 XYZ (who knows)").unwrap();
    /// assert_eq!((date.year, date.zone, date.zone_kind), (1997, None, ZoneKind::Unknown));
    /// assert_eq!(DateTime::parse(b"30 Feb 2024 12:00:00 +0000"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        plain::date(value).or_else(|| Self::parse_any(value))
    }

    fn parse_any(value: &[u8]) -> Option<Self> {
        let mut rest = Tokens::read(value);
        let mut tokens = rest.all();
        // The name of the day, in any language; one that is also a month has a comma behind it.
        if let [Token::Word(name), more @ ..] = tokens {
            let is_day = month(name).is_none()
                || matches!(more, [Token::Mark(b','), Token::Number(..), ..])
                    && !matches!(more, [_, Token::Number(_, _), Token::Mark(b':'), ..]);
            if is_day {
                tokens = more;
            }
        }
        while let [Token::Mark(b',' | b'.'), more @ ..] = tokens {
            tokens = more;
        }
        let (date, tokens) = Self::day(tokens)?;
        let (date, tokens) = date.time(tokens)?;
        let date = date.zone(tokens)?;
        date.exists().then_some(date)
    }

    /// Parses a date that the grammar of RFC 5322 has, the obsolete one of section 4.3 too, and one
    /// without a zone. Refuses any other order or separator, a day of the week without its comma, a
    /// fraction of a second and what stands behind the date and is no comment. Names of zones count
    /// in capitals alone. What is refused and what is read is as in Dovecot.
    ///
    /// ```
    /// use mailwire_message::header::DateTime;
    ///
    /// assert!(DateTime::parse_strict(b"Fri, 21 Nov 97 09:55 EST").is_some());
    /// assert!(DateTime::parse_strict(b"Fri 21 Nov 1997 09:55:06 -0600").is_none());
    /// ```
    #[must_use]
    pub fn parse_strict(value: &[u8]) -> Option<Self> {
        use Token::{Mark, Number, Word};
        let mut rest = Tokens::read(value);
        let tokens = match rest.all() {
            [Word(_), Mark(b','), rest @ ..] => rest,
            tokens => tokens,
        };
        let zone = match tokens {
            [
                Number(_, 1 | 2),
                Word(_),
                Number(_, 2..=4),
                Number(_, 1 | 2),
                Mark(b':' | b'.'),
                Number(..),
                Mark(b':' | b'.'),
                Number(..),
                zone @ ..,
            ]
            | [
                Number(_, 1 | 2),
                Word(_),
                Number(_, 2..=4),
                Number(_, 1 | 2),
                Mark(b':' | b'.'),
                Number(..),
                zone @ ..,
            ] => zone,
            _ => return None,
        };
        let mut date = Self::parse(value)?;
        match zone {
            [] | [Mark(b'+' | b'-'), Number(..), ..] => {}
            [Word(name), ..] if name.iter().any(u8::is_ascii_lowercase) => {
                (date.zone, date.zone_kind) = (None, ZoneKind::Unknown);
            }
            [Word(_), ..] => {}
            _ => return None,
        }
        Some(date)
    }

    /// The day, in whichever order; the year may follow the time.
    fn day<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Self, &'t [Token<'a>])> {
        use Token::{Mark, Number, Word};
        let of = |year: &Token<'_>, month, day: &Token<'_>| {
            let day = u8::try_from(day.number()?).ok()?;
            Some(Self { year: year.year()?, month, day, ..Self::NONE })
        };
        match tokens {
            // 21 Nov 1997, 21-Nov-97, 21.Nov.1997
            [day @ Number(..), Word(name), year @ Number(..), rest @ ..]
            | [
                day @ Number(..),
                Mark(b'-' | b'.' | b','),
                Word(name),
                Mark(b'-' | b'.' | b','),
                year @ Number(..),
                rest @ ..,
            ]
            | [day @ Number(..), Word(name), Mark(b',' | b'.'), year @ Number(..), rest @ ..]
            | [day @ Number(..), Mark(b'.'), Word(name), year @ Number(..), rest @ ..] => {
                Some((of(year, month(name)?, day)?, rest))
            }
            // 1997-11-21
            [
                year @ Number(_, 4),
                Mark(b'-' | b'/'),
                month @ Number(..),
                Mark(b'-' | b'/'),
                day @ Number(..),
                rest @ ..,
            ] => {
                let month = u8::try_from(month.number()?).ok()?;
                let rest = match rest {
                    [Word(b"T" | b"t"), rest @ ..] => rest,
                    rest => rest,
                };
                Some((of(year, month, day)?, rest))
            }
            // Nov 21, 1997 09:55:06
            [Word(name), day @ Number(..), Mark(b','), year @ Number(_, 4), rest @ ..]
            | [Word(name), day @ Number(..), year @ Number(_, 4), rest @ ..] => {
                Some((of(year, month(name)?, day)?, rest))
            }
            // Nov 21 09:55:06 1997, perhaps with a zone before the year
            [Word(name), day @ Number(..), rest @ ..] => {
                let is_year = |pair: &[Token<'_>]| match pair {
                    [Mark(b'+' | b'-' | b':'), _] => false,
                    [_, Number(_, 4)] => true,
                    _ => false,
                };
                let at = rest.windows(2).position(is_year)? + 1;
                let year = rest.get(at)?;
                Some((of(year, month(name)?, day)?, rest))
            }
            _ => None,
        }
    }

    fn time<'t, 'a>(mut self, tokens: &'t [Token<'a>]) -> Option<(Self, &'t [Token<'a>])> {
        use Token::{Mark, Number, Word};
        let two = |token: &Token<'_>| match token {
            Number(n, 1 | 2) => u8::try_from(*n).ok(),
            _ => None,
        };
        let tokens = match tokens {
            [Mark(b','), rest @ ..] => rest,
            tokens => tokens,
        };
        let (hour, minute, second, mut rest) = match tokens {
            [hour @ Number(..), Mark(b':'), minute, Mark(b':'), second @ Number(..), rest @ ..]
            | [hour @ Number(..), Mark(b'.'), minute, Mark(b'.'), second @ Number(..), rest @ ..] => {
                (hour, minute, two(second)?, rest)
            }
            [hour @ Number(..), Mark(b':' | b'.'), minute @ Number(..), rest @ ..] => {
                (hour, minute, 0, rest)
            }
            _ => return None,
        };
        (self.hour, self.minute, self.second) = (two(hour)?, two(minute)?, second);
        // A fraction of a second says nothing here.
        if let [Mark(b'.' | b','), Number(..), more @ ..] = rest {
            rest = more;
        }
        if let [Word(half), more @ ..] = rest {
            let is_afternoon = half.eq_ignore_ascii_case(b"pm");
            if is_afternoon || half.eq_ignore_ascii_case(b"am") {
                if !(1..=12).contains(&self.hour) {
                    return None;
                }
                self.hour = self.hour % 12 + if is_afternoon { 12 } else { 0 };
                rest = more;
            }
        }
        Some((self, rest))
    }

    /// ```abnf
    /// zone     = (FWS ( "+" / "-" ) 4DIGIT) / (FWS obs-zone)
    /// ```
    ///
    /// Accepts `+01:00`, `GMT+0100`, `+-0500`, quotes around, and a year where it would be.
    fn zone(mut self, tokens: &[Token<'_>]) -> Option<Self> {
        use Token::{Mark, Number, Word};
        let mut tokens = tokens;
        // Every turn consumes a token. At most a year, a name and a number.
        loop {
            match tokens {
                [Number(_, 4), rest @ ..] if self.zone_kind == ZoneKind::Missing => tokens = rest,
                [Mark(b'"' | b'\'' | b','), rest @ ..] => tokens = rest,
                [Mark(b'+'), Mark(sign @ (b'+' | b'-')), Number(n, 4), ..]
                | [Mark(sign @ (b'+' | b'-')), Number(n, 4), ..] => {
                    let minutes = match tokens {
                        // +0100:30 is nothing anybody writes.
                        _ if n % 100 < 60 && n / 100 < 24 => n / 100 * 60 + n % 100,
                        _ => return None,
                    };
                    return self.offset(*sign, minutes);
                }
                [
                    Mark(sign @ (b'+' | b'-')),
                    Number(hours, 2),
                    Mark(b':'),
                    Number(minutes, 2),
                    ..,
                ] => {
                    if *hours > 23 || *minutes > 59 {
                        return None;
                    }
                    return self.offset(*sign, hours * 60 + minutes);
                }
                // More digits than a zone has.
                [Mark(b'+' | b'-'), Number(_, 5..), ..] => return None,
                [Word(name), rest @ ..] if self.zone_kind == ZoneKind::Missing => {
                    (self.zone, self.zone_kind) = named(name);
                    tokens = rest;
                }
                [Mark(b'+' | b'-'), ..] if self.zone_kind == ZoneKind::Missing => {
                    self.zone_kind = ZoneKind::Unknown;
                    return Some(self);
                }
                _ => return Some(self),
            }
        }
    }

    fn offset(mut self, sign: u8, minutes: u32) -> Option<Self> {
        let minutes = i16::try_from(minutes).ok()?;
        (self.zone, self.zone_kind) = match (sign, minutes) {
            (b'-', 0) => (None, ZoneKind::Unstated),
            (b'-', minutes) => (Some(-minutes), ZoneKind::Number),
            (_, minutes) => (Some(minutes), ZoneKind::Number),
        };
        Some(self)
    }

    const NONE: Self = Self {
        year: 0,
        month: 0,
        day: 0,
        hour: 0,
        minute: 0,
        second: 0,
        zone: None,
        zone_kind: ZoneKind::Missing,
    };

    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub fn unix(&self) -> i64 {
        let of_day =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        self.days() * 86_400 + of_day - i64::from(self.zone.unwrap_or_default()) * 60
    }

    /// Days since 1970-01-01 of the date as it is written, its zone not looked at.
    #[must_use]
    pub fn days(&self) -> i64 {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    pub(crate) fn exists(&self) -> bool {
        let is_leap = || self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 => 28 + u8::from(is_leap()),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second <= 60
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Token<'a> {
    /// Its value, and how many digits it has.
    Number(u32, u8),
    Word(&'a [u8]),
    Mark(u8),
}

impl Token<'_> {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Number(n, _) => Some(*n),
            _ => None,
        }
    }

    /// RFC 5322 section 4.3.
    fn year(&self) -> Option<u16> {
        let Self::Number(n, digits) = *self else { return None };
        let n = u16::try_from(n).ok()?;
        match (n, digits) {
            (n @ 0..=49, 1 | 2) => Some(n + 2000),
            (n, 1..=3) => Some(n + 1900),
            (n, 4) => Some(n),
            _ => None,
        }
    }
}

/// How many words a date has at most.
const MOST: usize = 20;

/// The words of a date.
struct Tokens<'a> {
    list: [Token<'a>; MOST],
    len: usize,
}

impl<'a> Tokens<'a> {
    fn read(value: &'a [u8]) -> Self {
        let mut tokens = Self { list: [Token::Mark(0); MOST], len: 0 };
        let mut rest = value;
        // Every turn consumes something.
        while let [first, more @ ..] = rest {
            let n = match first {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    rest = more;
                    continue;
                }
                b'(' => {
                    rest = after_comment(rest);
                    continue;
                }
                b'0'..=b'9' => rest.iter().take_while(|b| b.is_ascii_digit()).count(),
                b if is_letter(b) => rest.iter().take_while(|b| is_letter(b)).count(),
                _ => 1,
            };
            let (head, tail) = rest.split_at(n);
            rest = tail;
            let token = match first {
                b'0'..=b'9' => {
                    let digit =
                        |n: u32, b: &u8| n.saturating_mul(10).saturating_add((b - b'0').into());
                    let n = head.iter().fold(0, digit);
                    Token::Number(n, u8::try_from(head.len()).unwrap_or(u8::MAX))
                }
                b if is_letter(b) => Token::Word(head),
                b => Token::Mark(*b),
            };
            let Some(place) = tokens.list.get_mut(tokens.len) else { break };
            *place = token;
            tokens.len += 1;
        }
        tokens
    }

    fn all(&mut self) -> &[Token<'a>] {
        self.list.get(..self.len).unwrap_or_default()
    }
}

fn is_letter(b: &u8) -> bool {
    b.is_ascii_alphabetic() || *b >= 0x80
}

fn after_comment(value: &[u8]) -> &[u8] {
    let mut depth = 0usize;
    let mut escaped = false;
    for (at, b) in value.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return value.get(at + 1..).unwrap_or_default(),
            b')' => depth -= 1,
            _ => {}
        }
    }
    &[]
}

fn month(name: &[u8]) -> Option<u8> {
    const NAMES: [&[u8; 3]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    // The sum of its last two letters tells a month from the others.
    #[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
    const PLACES: [u8; 32] = {
        let (mut places, mut n) = ([0; 32], 0u8);
        while n < 12 {
            let place = place(NAMES[n as usize]);
            assert!(places[place] == 0);
            (places[place], n) = (n + 1, n + 1);
        }
        places
    };
    const fn place(name: &[u8; 3]) -> usize {
        (name[1] as usize + name[2] as usize) % 32
    }
    let [a, b, c] = *name.first_chunk()?;
    let lower = [a | 0x20, b | 0x20, c | 0x20];
    let month = *PLACES.get(place(&lower))?;
    let known = NAMES.get(usize::from(month).checked_sub(1)?)?;
    (lower == **known).then_some(month)
}

/// RFC 5322 section 4.3.
fn named(name: &[u8]) -> (Option<i16>, ZoneKind) {
    let is = |known: &&[u8]| name.eq_ignore_ascii_case(known);
    let hours = [
        (&[b"UT".as_slice(), b"GMT", b"UTC", b"Z"][..], 0),
        (&[b"EDT"], -4),
        (&[b"EST", b"CDT"], -5),
        (&[b"CST", b"MDT"], -6),
        (&[b"MST", b"PDT"], -7),
        (&[b"PST"], -8),
    ];
    match hours.iter().find(|(names, _)| names.iter().any(is)) {
        Some((_, hours)) => (Some(hours * 60), ZoneKind::Name),
        None if name.len() == 1 && !is(&&b"J"[..]) => (None, ZoneKind::Military),
        None => (None, ZoneKind::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_every_form() {
        for (value, unix, zone) in [
            ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706, Some(-360)),
            ("Tue, 1 Jul 2003 10:52:37 +0200", 1_057_049_557, Some(120)),
            ("Thu, 13 Feb 1969 23:32 -0330", -27_723_480, Some(-210)),
            ("21 Nov 97 09:55:06 GMT", 880_106_106, Some(0)),
            ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880_127_706, Some(-360)),
            ("Fri Nov 21 09:55:06 1997", 880_106_106, None),
            ("Fri Nov 21 09:55:06 EST 1997", 880_124_106, Some(-300)),
            ("Fri Nov 21 09:55:06 -0500 1997", 880_124_106, Some(-300)),
            ("Fri Nov 21 09:55:06 1997 -0500", 880_124_106, Some(-300)),
            ("Fri, Nov 21, 1997 09:55:06 -0500", 880_124_106, Some(-300)),
            ("November 21 1997 9:55:06 AM EST", 880_124_106, Some(-300)),
            ("Fri, 21 Nov 1997 09:55:06 -0000", 880_106_106, None),
            ("Fri, 21 Nov 1997 09:55:06 XYZ", 880_106_106, None),
            ("21-Nov-1997 09:55:06 EST", 880_124_106, Some(-300)),
            ("Friday, 21-Nov-97 09:55:06 pst", 880_134_906, Some(-480)),
            ("Fri,21 Nov 1997 09:55:06", 880_106_106, None),
            ("Fri, 21 November 102 09:55:06", 1_037_872_506, None),
            ("1997-11-21T09:55:06Z", 880_106_106, Some(0)),
            ("1997-11-21 09:55:06.123+01:00", 880_102_506, Some(60)),
            ("Fri, 21 Nov 1997 09:55:06 GMT-0500 (EST)", 880_124_106, Some(-300)),
            ("Fri, 21 Nov 1997 09:55:06 +-0500", 880_124_106, Some(-300)),
            ("Fri, 21 Nov 1997 09.55.06 -0500", 880_124_106, Some(-300)),
            ("Fr., 21. Nov. 1997 09:55:06 -0500", 880_124_106, Some(-300)),
            ("31 Dec 1998 23:59:60 +0000", 915_148_800, Some(0)),
            ("((a) \\) b) 21 (c) Nov 1997 09:55:06 (d) -0500 (e)", 880_124_106, Some(-300)),
            ("29 Feb 2000 00:00:00 +0000", 951_782_400, Some(0)),
        ] {
            let date = DateTime::parse(value.as_bytes()).unwrap_or_else(|| panic!("{value}"));
            assert_eq!((date.unix(), date.zone), (unix, zone), "{value}");
        }
    }

    #[test]
    fn zones_that_say_nothing_are_told_apart() {
        for (zone, kind) in [
            ("-0000", ZoneKind::Unstated),
            ("+0000", ZoneKind::Number),
            ("GMT", ZoneKind::Name),
            ("A", ZoneKind::Military),
            ("XYZ", ZoneKind::Unknown),
            ("-5", ZoneKind::Unknown),
            ("", ZoneKind::Missing),
        ] {
            let value = std::format!("21 Nov 1997 09:55:06 {zone}");
            let date = DateTime::parse(value.as_bytes()).unwrap();
            assert_eq!(date.zone_kind, kind, "{zone}");
            assert_eq!(date.unix(), 880_106_106, "{zone}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in [
            "",
            "yesterday",
            "31 Feb 2020 10:00:00",
            "30 Feb 2020 10:00:00",
            "29 Feb 1900 10:00:00",
            "1 Jan 2020",
            "1 Jan 2020 25:00",
            "1 Jan 2020 24:00:00",
            "1 Jan 2020 10:60",
            "1 Jan 2020 10:00:61",
            "32 Jan 2020 1:00",
            "0 Jan 2020 1:00",
            "1 Jan 20200 1:00",
            "1 Jan 2020 1:00:00 +9999",
            "1 Jan 2020 1:00:00 +9999999",
            "1 Jan 2020 1:00:00 +0060",
            "2020-13-01 1:00:00",
            "Mon, 99 Foo 99999999999 99:99:99 +9999999",
            "\"x\"",
            "(((((((",
        ] {
            assert_eq!(DateTime::parse(value.as_bytes()), None, "{value}");
        }
    }
}
