//! Numbers and dates, eight octets at a time. What is not written as the RFC has it is `None` here:
//! [`leaf`](super::leaf) reads it by parts, or refuses it.

use crate::types::{DateTime, Day};

/// Eight octets of this value.
const fn eight(b: u8) -> u64 {
    u64::from_ne_bytes([b; 8])
}

/// Eight octets less `0`, digits as their values; and a mark in the highest bit of each that is no
/// digit. The lowest octet that is marked is none; what is marked above it may be one, by a carry.
#[inline(always)]
fn digits(octets: u64) -> (u64, u64) {
    let values = octets ^ eight(b'0');
    (values, (values.wrapping_add(eight(0x76)) | values) & eight(0x80))
}

/// The number that eight digits are, the first the lowest octet.
#[inline(always)]
fn value(digits: u64) -> u64 {
    const LOW: u64 = 0x0000_00ff_0000_00ff;
    const HUNDREDS: u64 = 100 + (1_000_000 << 32);
    const ONES: u64 = 1 + (10_000 << 32);
    // Two digits in every other octet, then all four of these weighed and added up by two products,
    // of which the upper half is kept.
    let pairs = (digits * 10).wrapping_add(digits >> 8);
    let upper = (pairs & LOW).wrapping_mul(HUNDREDS);
    let lower = ((pairs >> 16) & LOW).wrapping_mul(ONES);
    upper.wrapping_add(lower) >> 32
}

/// A number of up to eighteen digits, and what is left behind it.
#[inline(always)]
pub(super) fn number(rest: &[u8]) -> Option<(u64, &[u8])> {
    let octets = match (rest.first_chunk::<8>(), rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(octets), ..) => u64::from_le_bytes(*octets),
        // The first four and the last four of four to seven: what is in both is the same.
        (None, Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            first | last << (8 * (rest.len() - 4))
        }
        _ => return by_ones(0, 0, rest),
    };
    let (values, marked) = digits(octets);
    match marked.trailing_zeros() / 8 {
        8 => by_ones(value(values), 8, rest.get(8..)?),
        0 => None,
        // The digits become the last of eight, behind zeros.
        n => Some((value(values << (64 - 8 * n)), rest.get(n as usize..)?)),
    }
}

/// The same, an octet at a time, behind so many digits of this value.
#[inline]
fn by_ones(mut n: u64, before: usize, rest: &[u8]) -> Option<(u64, &[u8])> {
    let mut left = rest;
    while let [b @ b'0'..=b'9', more @ ..] = left {
        n = n.wrapping_mul(10).wrapping_add(u64::from(b - b'0'));
        left = more;
    }
    matches!(before + rest.len() - left.len(), 1..=18).then_some((n, left))
}

/// How long a date and time is that is written as the grammar has it.
pub(super) const FIXED: usize = 28;

/// Reads `"17-Jul-1996 02:44:25 -0700"` at once. What is not that is read, or refused, by parts.
#[inline(always)]
pub(super) fn fixed_date_time(text: &[u8; FIXED]) -> Option<DateTime> {
    let (first, rest) = text.split_first_chunk::<8>()?;
    let (second, rest) = rest.split_first_chunk::<8>()?;
    let (third, _) = rest.split_first_chunk::<8>()?;
    let (_, last) = text.split_last_chunk::<8>()?;
    // `"17-Jul-`, `1996 02:`, `44:25 -0` and `5 -0700"`.
    let [first, second, third, last] = [first, second, third, last].map(|o| u64::from_le_bytes(*o));
    let is = |word: u64, form: &[u8; 8]| {
        let mask = u64::from_le_bytes(form.map(|b| if b == b'_' { 0 } else { 0xff }));
        (word ^ u64::from_le_bytes(*form)) & mask == 0
    };
    if !(is(first, b"\"__-___-") && is(second, b"____ __:") && is(third, b"__:__ __"))
        || last >> 56 != u64::from(b'"')
    {
        return None;
    }
    let month = month((first >> 32) as u32 & 0xff_ffff | 0x20_20_20)?;
    // A space before the day is a zero.
    let day = (first >> 8) & 0xffff;
    let day = if day & 0xff == u64::from(b' ') { day | 0x10 } else { day };
    let low = day | (second & 0xffff_ffff) << 16 | ((second >> 40) & 0xffff) << 48;
    let high = third & 0xffff | ((third >> 24) & 0xffff) << 16 | ((last >> 24) & 0xffff_ffff) << 32;
    let ((low, no_low), (high, no_high)) = (digits(low), digits(high));
    if no_low | no_high != 0 {
        return None;
    }
    // Two digits in every other octet: none is above 99, so none runs over into the next.
    let pairs = |values: u64| (values * 10).wrapping_add(values >> 8).to_le_bytes();
    let [day, _, y1, _, y2, _, hour, _] = pairs(low);
    let [minute, _, seconds, _, hours, _, minutes, _] = pairs(high);
    let day = Day { year: u16::from(y1) * 100 + u16::from(y2), month, day };
    let zone = i16::from(hours) * 60 + i16::from(minutes);
    let [.., sign, _] = third.to_le_bytes();
    let zone = match sign {
        b'+' => zone,
        b'-' => -zone,
        _ => return None,
    };
    let fits = hour < 24 && minute < 60 && seconds <= 60 && minutes < 60;
    // Every month has a 28th.
    let is_real = matches!(day.day, 1..=28) || day.is_real();
    (fits && is_real).then_some(DateTime { day, hour, minute, second: seconds, zone })
}

/// The month whose name in lower case is this word.
#[inline(always)]
fn month(name: u32) -> Option<u8> {
    const fn word(name: &[u8; 3]) -> u32 {
        u32::from_le_bytes([name[0], name[1], name[2], 0])
    }
    const JAN: u32 = word(b"jan");
    const FEB: u32 = word(b"feb");
    const MAR: u32 = word(b"mar");
    const APR: u32 = word(b"apr");
    const MAY: u32 = word(b"may");
    const JUN: u32 = word(b"jun");
    const JUL: u32 = word(b"jul");
    const AUG: u32 = word(b"aug");
    const SEP: u32 = word(b"sep");
    const OCT: u32 = word(b"oct");
    const NOV: u32 = word(b"nov");
    const DEC: u32 = word(b"dec");
    Some(match name {
        JAN => 1,
        FEB => 2,
        MAR => 3,
        APR => 4,
        MAY => 5,
        JUN => 6,
        JUL => 7,
        AUG => 8,
        SEP => 9,
        OCT => 10,
        NOV => 11,
        DEC => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Cursor, Grammar};

    #[test]
    fn numbers_are_read_at_once_as_they_are_by_ones() {
        for text in ["1", "12", "1234567", "12345678", "123456789", "123456789012345678"] {
            for behind in ["", ")", " 1", "x2345678", "/0000000", ":0000000", "\u{ff}\u{ff}"] {
                let text = std::format!("{text}{behind}");
                for at in 0..text.len() {
                    for b in 0..=255 {
                        let mut text = text.as_bytes().to_vec();
                        text[at] = b;
                        assert_eq!(number(&text), by_ones(0, 0, &text), "{}", text.escape_ascii());
                    }
                }
            }
        }
        assert_eq!(number(b"1234567890123456789"), None);
    }

    /// Read at once or by parts, a date is the same or is refused.
    #[test]
    fn dates_are_read_at_once_as_they_are_by_parts() {
        let grammar = Grammar::strict();
        for date in [*b"\"17-Jul-1996 02:44:25 -0700\"", *b"\" 1-feb-0000 23:59:60 +9959\""] {
            for at in 0..FIXED {
                for b in 0..=255 {
                    let mut text = date;
                    text[at] = b;
                    let mut cursor = Cursor::inside(&text, &grammar);
                    let by_parts = cursor.date_time_by_parts();
                    if let Some(fixed) = fixed_date_time(&text) {
                        assert_eq!(by_parts, Ok(fixed), "{}", text.escape_ascii());
                    }
                }
            }
            assert!(fixed_date_time(&date).is_some());
        }
    }
}
