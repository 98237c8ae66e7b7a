//! Dates as nearly all are written, read octet by octet.

use super::{DateTime, ZoneKind, month};

/// `[day ","] day month year hour ":" minute [":" second] zone`, the year of four digits, the zone
/// a number; `None` for all others, whether they are dates or not.
pub(super) fn date(value: &[u8]) -> Option<DateTime> {
    let mut rest = after_white(value);
    if let [a, b, c, b',', after @ ..] = rest {
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_alphabetic() {
            rest = after_white(after);
        }
    }
    let (d1, d2, rest) = match rest {
        [a, b, rest @ ..] if b.is_ascii_digit() => (*a, *b, rest),
        [b, rest @ ..] => (b'0', *b, rest),
        [] => return None,
    };
    let [a, b, c, rest @ ..] = behind_white(rest)? else { return None };
    let [y1, y2, y3, y4, rest @ ..] = behind_white(rest)? else { return None };
    let [h1, h2, b':', m1, m2, rest @ ..] = behind_white(rest)? else { return None };
    let (s1, s2, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (*s1, *s2, rest),
        rest => (b'0', b'0', rest),
    };
    let [sign @ (b'+' | b'-'), z1, z2, z3, z4, rest @ ..] = behind_white(rest)? else {
        return None;
    };
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

fn after_white(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', more @ ..] = rest {
        rest = more;
    }
    rest
}

/// What stands behind white space, where there is some.
fn behind_white(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [b' ' | b'\t' | b'\r' | b'\n', more @ ..] => Some(after_white(more)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_anything_are_read_as_the_other_reader_alone_reads_them() {
        // What a place of a date may have: mostly what it should.
        const PLACES: [&[&str]; 9] = [
            &["Fri, ", "Fri,", " ", "Mar, ", "", "Friday, ", "\x0c"],
            &["21", "1", "01", "32", "x", "121", ""],
            &[" ", "\r\n\t", "  ", "-", ""],
            &["Nov", "feb", "Mai", "November", "N\u{f6}v"],
            &[" ", "\t ", "", ", "],
            &["1997", "97", "2024", "19977", "1 97"],
            &[" ", "\n ", ", ", "T", ""],
            &[
                "09:55:06",
                "9:55:06",
                "23:59",
                "24:00:00",
                "09:55:60",
                "09:5:06",
                "09:55:066",
                "09.55",
            ],
            &[
                " +0100",
                " -0000",
                "+0130",
                " -0600 (CST)",
                " GMT",
                " +01000",
                " +0160",
                "",
                " +01:00",
            ],
        ];
        let (mut state, mut read) = (1u64, 0);
        for _ in 0..50_000 {
            let mut value = std::string::String::new();
            for place in PLACES {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let n = usize::try_from(state >> 33).unwrap();
                // One place in four has something else than its first.
                value.push_str(if n % 4 > 0 { place[0] } else { place[n / 4 % place.len()] });
            }
            if let Some(date) = date(value.as_bytes()) {
                assert_eq!(DateTime::parse_any(value.as_bytes()), Some(date), "{value:?}");
                read += 1;
            }
        }
        assert!(read > 5000, "{read}");
    }

    #[test]
    fn what_is_read_here_is_read_the_same_by_the_other_reader() {
        for value in [
            "Fri, 21 Nov 1997 09:55:06 -0600",
            " 1 Jan 2024 00:00:60 +0000 (UTC)",
            "Thu, 29 Feb 2024 23:59 -0000",
            "Mar, 21 Nov 1997 09:55:06 +0130;",
            "Fri,\r\n\t21  Nov 1997\n 09:55:06  +0000",
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
            "21 Nov 1997 09:55:06",
            "",
        ] {
            assert_eq!(date(value.as_bytes()), None, "{value}");
        }
    }
}
