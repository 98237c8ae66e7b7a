//! Dates (RFC 5322 sections 3.3 and 4.3), read forgivingly.

use super::lex::{Lexer, Token};
use alloc::vec::Vec;
use mailwire_core::keyword::number;

/// A date and time as a field says it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    /// is UTC and nothing is said of where the writer is.
    pub zone: Option<i16>,
}

impl DateTime {
    /// Parses a date in any of the forms that mail has: `Fri, 21 Nov 1997 09:55:06 -0600` with or
    /// without the day of the week and the seconds, zones by name, years of two digits, and
    /// `Fri Nov 21 09:55:06 1997`. `None` when there is no such date.
    ///
    /// ```
    /// use mailwire_message::header::DateTime;
    ///
    /// let date = DateTime::parse(b"Fri, 21 Nov 1997 09:55:06 -0600").unwrap();
    /// assert_eq!((date.day, date.zone, date.unix()), (21, Some(-360), 880_127_706));
    /// ```
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut words: Vec<&[u8]> = Vec::new();
        let mut lexer = Lexer::new(value);
        // Every turn consumes a word; a date has no more than these.
        while let Some(token) = lexer.next_word() {
            match token {
                Token::Atom(text) => words.push(text),
                Token::Special(b':') => words.push(b":"),
                Token::Special(b',' | b'.') => {}
                _ => return None,
            }
            if words.len() > 16 {
                break;
            }
        }
        let mut words = &words[..];
        if let [name, rest @ ..] = words {
            if name.first().is_some_and(u8::is_ascii_alphabetic) && month(name).is_none() {
                words = rest;
            }
        }
        let (day, month, year, rest) = match words {
            // 21 Nov 1997, or 21-Nov-97.
            [day, name, year, rest @ ..] if number(day).is_some() => {
                (*day, month(name)?, Some(*year), rest)
            }
            [joined, rest @ ..] if joined.contains(&b'-') => {
                let mut parts = joined.split(|&b| b == b'-');
                let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
                (day, month(name)?, Some(year), rest)
            }
            // Nov 21 09:55:06 1997
            [name, day, rest @ ..] => (*day, month(name)?, None, rest),
            _ => return None,
        };
        let (hour, minute, second, rest) = time(rest)?;
        let (year, rest) = match (year, rest) {
            (Some(year), rest) => (year, rest),
            (None, [year, rest @ ..]) => (*year, rest),
            (None, []) => return None,
        };
        let digits = year.len();
        let year = match (u16::try_from(number(year)?).ok()?, digits) {
            // RFC 5322 section 4.3.
            (year @ 0..=49, 1 | 2) => year + 2000,
            (year, 1..=3) => year + 1900,
            (year, _) => year,
        };
        let date = Self {
            year,
            month,
            day: u8::try_from(number(day)?).ok()?,
            hour,
            minute,
            second,
            zone: rest.first().and_then(|name| zone(name)),
        };
        date.exists().then_some(date)
    }

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

    fn exists(&self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=days).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second <= 60
    }
}

fn month(name: &[u8]) -> Option<u8> {
    const NAMES: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let head = name.get(..3)?;
    let at = NAMES.iter().position(|known| head.eq_ignore_ascii_case(known))?;
    u8::try_from(at + 1).ok()
}

fn time<'w, 'a>(words: &'w [&'a [u8]]) -> Option<(u8, u8, u8, &'w [&'a [u8]])> {
    let two = |text: &[u8]| u8::try_from(number(text)?).ok();
    match words {
        [hour, b":", minute, b":", second, rest @ ..] => {
            Some((two(hour)?, two(minute)?, two(second)?, rest))
        }
        [hour, b":", minute, rest @ ..] => Some((two(hour)?, two(minute)?, 0, rest)),
        _ => None,
    }
}

/// ```abnf
/// zone     = (FWS ( "+" / "-" ) 4DIGIT) / (FWS obs-zone)
/// ```
fn zone(name: &[u8]) -> Option<i16> {
    let digits = |sign: i16, digits: &[u8]| {
        let n = i16::try_from(number(digits)?).ok()?;
        let minutes = n / 100 * 60 + n % 100;
        (digits.len() == 4 && n % 100 < 60).then_some(sign * minutes)
    };
    match name {
        b"-0000" => None,
        [b'+', rest @ ..] => digits(1, rest),
        [b'-', rest @ ..] => digits(-1, rest),
        name => {
            let hours = match name.to_ascii_uppercase().as_slice() {
                b"UT" | b"GMT" | b"UTC" | b"Z" => 0,
                b"EDT" => -4,
                b"EST" | b"CDT" => -5,
                b"CST" | b"MDT" => -6,
                b"MST" | b"PDT" => -7,
                b"PST" => -8,
                // RFC 5322 section 4.3: the others, military ones too, say nothing.
                _ => return None,
            };
            Some(hours * 60)
        }
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
            ("Fri, 21 Nov 1997 09:55:06 -0000", 880_106_106, None),
            ("Fri, 21 Nov 1997 09:55:06 XYZ", 880_106_106, None),
            ("21-Nov-1997 09:55:06 EST", 880_124_106, Some(-300)),
            ("Fri,21 Nov 1997 09:55:06", 880_106_106, None),
            ("Fri, 21 November 102 09:55:06", 1_037_872_506, None),
        ] {
            let date = DateTime::parse(value.as_bytes()).unwrap_or_else(|| panic!("{value}"));
            assert_eq!((date.unix(), date.zone), (unix, zone), "{value}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in [
            "",
            "yesterday",
            "31 Feb 2020 10:00:00",
            "1 Jan 2020",
            "1 Jan 2020 25:00",
            "32 Jan 2020 1:00",
            "\"x\"",
        ] {
            assert_eq!(DateTime::parse(value.as_bytes()), None, "{value}");
        }
    }
}
