//! When a message was written.

use mailwire_core::Sink;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY: i64 = 86_400;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// A local time and its distance from UTC, from 1900 to 9999: `date-time` of RFC 5322 section 3.3.
///
/// ```
/// use mailwire_message::build::Date;
///
/// let date = Date::from_unix(1_795_525_139, 60);
/// assert_eq!(date.map(|d| d.to_string()).as_deref(), Some("Tue, 24 Nov 2026 13:58:59 +0100"));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Date {
    /// Since the epoch, as the local clock shows it.
    local: i64,
    /// Minutes east of UTC.
    offset: i16,
}

impl Date {
    /// The time so many seconds after 1970-01-01 00:00 UTC, on a clock that is `offset` minutes
    /// east of UTC. `None` when that is not in the years 1900 to 9999, or when the clock is a day
    /// or more ahead or behind.
    #[must_use]
    pub fn from_unix(seconds: i64, offset: i16) -> Option<Self> {
        let local = seconds.checked_add(i64::from(offset) * 60)?;
        let years = days_before(1900) * DAY..days_before(10_000) * DAY;
        let known = years.contains(&local) && (-1439..=1439).contains(&offset);
        known.then_some(Self { local, offset })
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.local - i64::from(self.offset) * 60
    }

    /// Minutes east of UTC.
    #[must_use]
    pub fn offset(&self) -> i16 {
        self.offset
    }

    pub(super) fn write(&self, out: &mut (impl Sink + ?Sized)) {
        // 31 octets: one `put` is cheaper than fifteen.
        let mut line = Line { octets: [0; 32], n: 0 };
        self.write_on(&mut line);
        out.put(line.octets.get(..line.n).unwrap_or_default());
    }

    fn write_on(&self, out: &mut Line) {
        let days = self.local.div_euclid(DAY);
        let second = self.local.rem_euclid(DAY);
        let (year, month, day) = civil(days);
        // 1970 began on a Thursday.
        let weekday = usize::try_from((days + 3).rem_euclid(7)).unwrap_or_default();
        out.put(DAYS.get(weekday).copied().unwrap_or_default().as_bytes());
        out.put(b", ");
        out.put_number(day);
        out.put(b" ");
        out.put(MONTHS.get(month).copied().unwrap_or_default().as_bytes());
        out.put(b" ");
        out.put_number(year);
        for (sign, value) in [(b" ", second / 3600), (b":", second / 60 % 60), (b":", second % 60)]
        {
            out.put(sign);
            two_digits(value, out);
        }
        out.put(if self.offset < 0 { b" -" } else { b" +" });
        let offset = i64::from(self.offset.unsigned_abs());
        two_digits(offset / 60, out);
        two_digits(offset % 60, out);
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = alloc::vec::Vec::new();
        self.write(&mut text);
        f.write_str(core::str::from_utf8(&text).unwrap_or_default())
    }
}

/// A date on its way out.
struct Line {
    octets: [u8; 32],
    n: usize,
}

impl Sink for Line {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.octets.get_mut(self.n..self.n + bytes.len()) {
            room.copy_from_slice(bytes);
            self.n += bytes.len();
        }
    }
}

fn two_digits(value: i64, out: &mut Line) {
    let value = u8::try_from(value).unwrap_or_default();
    out.put(&[b'0' + value / 10 % 10, b'0' + value % 10]);
}

/// Days from 1970-01-01 to the first day of `year`.
const fn days_before(year: i64) -> i64 {
    let past = year - 1;
    // 719,162 days lie between the first day of year 1 and that of 1970.
    past * 365 + past / 4 - past / 100 + past / 400 - 719_162
}

/// The year, the month counted from 0, and the day of a day after 1900.
fn civil(days: i64) -> (u64, usize, u64) {
    // Never too late, and too early by a year at most: the loop turns once or twice.
    let mut year = 1970 + (days * 400).div_euclid(ERA) - 1;
    while days_before(year + 1) <= days {
        year += 1;
    }
    let leap = days_before(year + 1) - days_before(year) == 366;
    let mut left = days - days_before(year);
    let mut month = 0;
    for length in [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (u64::try_from(year).unwrap_or_default(), month, u64::try_from(left + 1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn dates_are_written_as_the_calendar_has_them() {
        for (seconds, offset, text) in [
            (0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"),
            (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (951_782_399, 0, "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_800, 0, "Wed, 1 Mar 2000 00:00:00 +0000"),
            (4_107_542_400, 0, "Mon, 1 Mar 2100 00:00:00 +0000"),
            (1_609_459_199, 0, "Thu, 31 Dec 2020 23:59:59 +0000"),
            (1_609_459_199, -570, "Thu, 31 Dec 2020 14:29:59 -0930"),
            (1_609_459_199, 345, "Fri, 1 Jan 2021 05:44:59 +0545"),
            (-2_208_988_800, 0, "Mon, 1 Jan 1900 00:00:00 +0000"),
            (253_402_300_799, 0, "Fri, 31 Dec 9999 23:59:59 +0000"),
        ] {
            let date = Date::from_unix(seconds, offset).unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!((date.unix(), date.offset()), (seconds, offset));
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = civil(days_before(1900));
        for day in days_before(1900) + 1..days_before(2101) {
            let next = civil(day);
            let turned = next.2 == 1 && (next.1 == last.1 + 1 || next.1 == 0 && last.1 == 11);
            assert!(turned && last.2 >= 28 || (next.1, next.2) == (last.1, last.2 + 1), "{day}");
            last = next;
        }
    }

    #[test]
    fn times_that_cannot_be_written_do_not_exist() {
        assert_eq!(Date::from_unix(-2_208_988_801, 0), None);
        assert_eq!(Date::from_unix(253_402_300_800, 0), None);
        assert_eq!(Date::from_unix(i64::MAX, 1), None);
        assert_eq!(Date::from_unix(0, 1440), None);
    }
}
