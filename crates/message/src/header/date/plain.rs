//! Dates as nearly all are written, read octet by octet.

use super::{DateTime, ZoneKind, month};

/// `[day ","] day month year hour ":" minute [":" second] zone`, the year of four digits, the zone
/// a number, one space between them; `None` for all others, whether they are dates or not.
pub(super) fn date(value: &[u8]) -> Option<DateTime> {
    let mut rest = value.trim_ascii_start();
    if let [a, b, c, b',', after @ ..] = rest {
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_alphabetic() {
            rest = after.trim_ascii_start();
        }
    }
    let (d1, d2, rest) = match rest {
        [b, b' ', rest @ ..] => (b'0', *b, rest),
        [a, b, b' ', rest @ ..] => (*a, *b, rest),
        _ => return None,
    };
    let [a, b, c, b' ', y1, y2, y3, y4, b' ', h1, h2, b':', m1, m2, rest @ ..] = rest else {
        return None;
    };
    let (s1, s2, rest) = match rest {
        [b':', s1, s2, b' ', rest @ ..] => (*s1, *s2, rest),
        [b' ', rest @ ..] => (b'0', b'0', rest),
        _ => return None,
    };
    let [sign @ (b'+' | b'-'), z1, z2, z3, z4, rest @ ..] = rest else { return None };
    // All are digits, or what is made of them is nothing.
    let mut all = true;
    let mut two = |a: u8, b: u8| {
        let (tens, ones) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
        all &= tens <= 9 && ones <= 9;
        tens.wrapping_mul(10).wrapping_add(ones)
    };
    let (hours, minutes) = (two(*z1, *z2), two(*z3, *z4));
    let date = DateTime {
        year: u16::from(two(*y1, *y2)) * 100 + u16::from(two(*y3, *y4)),
        month: month(&[*a, *b, *c])?,
        day: two(d1, d2),
        hour: two(*h1, *h2),
        minute: two(*m1, *m2),
        second: two(s1, s2),
        zone: None,
        zone_kind: ZoneKind::Missing,
    };
    // More digits than a zone has are for the other reader, and what cannot be.
    if !all || rest.first().is_some_and(u8::is_ascii_digit) || hours > 23 || minutes > 59 {
        return None;
    }
    let date = date.offset(*sign, u32::from(hours) * 60 + u32::from(minutes))?;
    date.exists().then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_here_is_read_the_same_by_the_other_reader() {
        for value in [
            "Fri, 21 Nov 1997 09:55:06 -0600",
            " 1 Jan 2024 00:00:60 +0000 (UTC)",
            "Thu, 29 Feb 2024 23:59 -0000",
            "Mar, 21 Nov 1997 09:55:06 +0130;",
        ] {
            let date = date(value.as_bytes());
            assert!(date.is_some(), "{value}");
            assert_eq!(date, DateTime::parse_any(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_is_odd_is_left() {
        for value in [
            "Fri, 21 Nov 97 09:55:06 -0600",
            "21 Nov 1997 09:55:06 GMT",
            "30 Feb 2024 09:55:06 +0000",
            "21 Nov 1997 09:55:06 +00000",
            "21 Nov 1997 09:55:06 +2400",
            "21 Nov 1997 9:55:06 +0000",
            "21  Nov 1997 09:55:06 +0000",
            "21 Nov 1997 09:55:06  +0000",
            "21 Nov 1997 09:55:06",
            "",
        ] {
            assert_eq!(date(value.as_bytes()), None, "{value}");
        }
    }
}
