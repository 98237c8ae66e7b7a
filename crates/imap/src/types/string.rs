//! Strings, tags and dates.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use mailwire_core::Invalid;
use mailwire_core::keyword::Class;

/// A string argument: any octets but NUL, which no IMAP string can carry. How it is written (atom,
/// quoted, literal) is decided when it is.
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Octets<'a>(Cow<'a, [u8]>);

impl<'a> Octets<'a> {
    /// Checks `bytes`.
    ///
    /// # Errors
    ///
    /// At the first NUL.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Invalid> {
        let bytes = bytes.into();
        match memchr::memchr(0, &bytes) {
            Some(at) => Err(Invalid { what: "a string", at }),
            None => Ok(Self(bytes)),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Cow<'a, [u8]> {
        self.0
    }

    /// The octets as text, what is not UTF-8 replaced.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Octets<'static> {
        Octets(Cow::Owned(self.0.into_owned()))
    }

    /// The same without its first octets.
    pub(crate) fn without_first(self, n: usize) -> Self {
        Self(match self.0 {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(n..).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(bytes.get(n..).unwrap_or_default().to_vec()),
        })
    }

    /// Parsed bytes that are known to hold no NUL.
    pub(crate) fn parsed(bytes: Cow<'a, [u8]>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl<'a> TryFrom<&'a str> for Octets<'a> {
    type Error = Invalid;

    fn try_from(text: &'a str) -> Result<Self, Invalid> {
        Self::new(text.as_bytes())
    }
}

/// The tag that a client gives a command (RFC 9051 section 2.2.1).
///
/// ```abnf
/// tag = 1*<any ASTRING-CHAR except "+">
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Tag<'a>(Cow<'a, str>);

impl<'a> Tag<'a> {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// When it is empty (at 0) or holds what no tag can.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        match TAG.prefix(text.as_bytes()) {
            n if n < text.len() || n == 0 => Err(Invalid { what: "a tag", at: n }),
            _ => Ok(Self(text)),
        }
    }

    /// A tag that is known to be one.
    pub(crate) fn parsed(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// What stands where no tag is read yet. No tag is empty.
    pub(crate) const fn none() -> Self {
        Self(Cow::Borrowed(""))
    }

    /// Whether it is that.
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `ATOM-CHAR`: any CHAR except `(`, `)`, `{`, SP, CTL, `%`, `*`, `"`, `\`, `]`.
pub(crate) const ATOM: Class = Class::graphic().without(b"(){%*\"\\]");
/// `ASTRING-CHAR`: `ATOM-CHAR` and `]`.
pub(crate) const ASTRING: Class = ATOM.with(b"]");
pub(crate) const TAG: Class = ASTRING.without(b"+");

/// `date`: a day without time or zone, as SEARCH compares it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day {
    /// The year, 0 to 9999.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

/// `date-time`: when a message was received (RFC 9051 section 2.3.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DateTime {
    /// The day, in its zone.
    pub day: Day,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 60.
    pub second: u8,
    /// Minutes east of Greenwich.
    pub zone: i16,
}

pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Day {
    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        // Civil calendar to days, years starting in March.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// Whether its month has such a day.
    #[must_use]
    pub fn is_real(self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => 0,
        };
        (1..=days).contains(&self.day)
    }

    /// The day that is so many days after 1970-01-01; years outside 0 to 9999 are cut to them.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        let days = days.clamp(-719_468, 2_932_896) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Self {
            year: u16::try_from(year).unwrap_or(0),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

impl DateTime {
    /// The same moment in UTC, from seconds since 1970-01-01 00:00:00.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        let of_day = seconds.rem_euclid(86_400);
        let small = |n: i64| u8::try_from(n).unwrap_or(0);
        Self {
            day: Day::from_days(seconds.div_euclid(86_400)),
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            zone: 0,
        }
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub fn unix(self) -> i64 {
        let of_day =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
                - i64::from(self.zone) * 60;
        self.day.days() * 86_400 + of_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_back() {
        for (year, month, day, days) in [
            (1970, 1, 1, 0),
            (1996, 7, 17, 9694),
            (2000, 2, 29, 11_016),
            (2026, 11, 24, 20_781),
            (1969, 12, 31, -1),
            (1, 1, 1, -719_162),
        ] {
            let date = Day { year, month, day };
            assert_eq!(date.days(), days);
            assert_eq!(Day::from_days(days), date);
        }
    }

    #[test]
    fn moments_and_back() {
        for seconds in [0, -1, 837_596_665, 4_102_444_799] {
            assert_eq!(DateTime::from_unix(seconds).unix(), seconds);
        }
    }

    #[test]
    fn tags_and_strings_are_what_the_grammar_allows() {
        assert!(Tag::new("a1").is_ok() && Tag::new("]").is_ok());
        for bad in ["", "a+", "a b", "*", "a\"", "a\r"] {
            assert!(Tag::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Octets::new(&b"ab\0"[..]).map_err(|e| e.at), Err(2));
    }
}
