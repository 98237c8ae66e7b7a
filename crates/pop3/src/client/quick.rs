//! The lines that nearly all of LIST and UIDL are, read in one look: two numbers, or a number and a
//! unique id, one space between them, CRLF behind. What is anything else is left to the slow way,
//! which knows what is odd; both ways give the same events.

use super::read::{Lines, Reading};
use super::{Connection, Event, Id};
use crate::UniqueId;
use core::ops::Range;
use mailwire_core::Input;

/// What a plain line says.
#[derive(Debug)]
pub(super) enum Plain {
    Listed { to: Id, message: u32, octets: u64 },
    UniqueId { to: Id, message: u32, id: Range<usize> },
}

impl Plain {
    #[inline(always)]
    pub(super) fn event(self, rx: &Input) -> Event<'_> {
        match self {
            Self::Listed { to, message, octets } => Event::Listed { to, message, octets },
            Self::UniqueId { to, message, id } => {
                Event::UniqueId { to, message, id: UniqueId::from_graphic(rx.slice(id)) }
            }
        }
    }
}

/// The number that the next line most likely begins with: one more than the last, as it is written,
/// with the space behind it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Next {
    text: u64,
    /// A one where its last digit stands.
    one: u64,
    /// Eight times how many digits it has.
    bits: u32,
    /// For how many numbers only the last digit differs.
    run: u32,
}

impl Next {
    /// What is expected behind a number that was read.
    #[inline(always)]
    fn behind(text: u64, message: u32, bits: u32) -> Self {
        let one = 1 << (bits - 8);
        Self { text: text.wrapping_add(one), one, bits, run: 9 - message % 10 }
    }

    /// Whether it is what eight octets begin with; then the one behind it is expected.
    #[inline(always)]
    fn is(&mut self, text: u64) -> bool {
        if self.run == 0 || (text ^ self.text) << (56 - self.bits) != 0 {
            return false;
        }
        self.text = self.text.wrapping_add(self.one);
        self.run -= 1;
        true
    }
}

impl Connection {
    /// Takes a plain line; `None` when there is none, or it is not plain: nothing was consumed then.
    #[inline(always)]
    pub(super) fn plain(&mut self, rx: &mut Input) -> Option<Plain> {
        let Reading::Lines { kind, to, left, last, next } = &mut self.reading else { return None };
        if *kind == Lines::Others || *left == 0 || !self.anomalies.is_empty() {
            return None;
        }
        let unread = rx.unread();
        let text = u64::from_le_bytes(*unread.first_chunk()?);
        let mut foreseen = *next;
        let (message, bits) = if foreseen.is(text) {
            (last.wrapping_add(1), foreseen.bits)
        } else {
            let (message, bits) = number(text)?;
            // A space is behind it, which is looked at too.
            if bits > 48 || (text >> bits) & 0xff != u64::from(b' ') || message <= *last {
                return None;
            }
            foreseen = Next::behind(text, message, bits);
            (message, bits)
        };
        let at = (bits / 8) as usize + 1;
        let rest = unread.get(at..)?;
        let (n, octets) = match kind {
            Lines::Sizes => {
                let text = u64::from_le_bytes(*rest.first_chunk()?);
                let (octets, bits) = number(text)?;
                if bits > 48 || (text >> bits) & 0xffff != CRLF {
                    return None;
                }
                ((bits / 8) as usize, octets)
            }
            _ => {
                let n = graphic(rest);
                if !matches!(n, 1..=70) || !rest.get(n..)?.starts_with(b"\r\n") {
                    return None;
                }
                (n, 0)
            }
        };
        let line = at + n + 2;
        if line > self.config.limits.line {
            return None;
        }
        (*next, *left, *last) = (foreseen, *left - 1, message);
        self.lines.reset();
        let line = rx.take(line);
        let to = *to;
        Some(match kind {
            Lines::Sizes => Plain::Listed { to, message, octets: u64::from(octets) },
            _ => Plain::UniqueId { to, message, id: line.start + at..line.start + at + n },
        })
    }
}

const CRLF: u64 = u16::from_le_bytes(*b"\r\n") as u64;
const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// The number of up to seven digits that eight octets begin with, and eight times how many digits it
/// has. All are read at once: how many there are differs from line to line, which a loop cannot
/// foresee.
#[inline(always)]
fn number(text: u64) -> Option<(u32, u32)> {
    // Each octet less that of `0`: digits are below 10.
    let values = text ^ (ONES * u64::from(b'0'));
    let others = (((values & !HIGH) + ONES * 118) | values) & HIGH;
    let bits = others.trailing_zeros() & !7;
    if !matches!(bits, 8..=56) {
        return None;
    }
    // As if zeros stood in front; then by two, by four, by eight.
    let n = values << (64 - bits);
    let n = (n.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let n = (n.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_ffff_0000_ffff;
    let n = n.wrapping_mul(1 + (10_000 << 32)) >> 32;
    Some((u32::try_from(n).ok()?, bits))
}

/// How many octets at the start are printable and no space, looked at eight at a time.
#[inline]
fn graphic(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Every turn takes eight octets.
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let eight = u64::from_le_bytes(*eight);
        // The high bit of each octet that is above 126, and of the first that is below 33; those
        // behind it do not matter.
        let above = (eight & !HIGH).wrapping_add(ONES) | eight;
        let below = eight.wrapping_sub(ONES * 33) & !eight;
        let odd = (above | below) & HIGH;
        if odd != 0 {
            return at + usize::try_from(odd.trailing_zeros() / 8).unwrap_or(0);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !matches!(b, b'!'..=b'~')).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn printable_octets_are_counted_as_one_by_one() {
        for length in 0..20 {
            for at in 0..length {
                for b in 0..=255 {
                    let mut bytes = vec![b'~'; length];
                    bytes[0] = b'!';
                    bytes[at] = b;
                    // Another odd one behind it must not matter.
                    if at + 3 < length {
                        bytes[at + 3] = 0;
                    }
                    let slow = bytes.iter().position(|b| !b.is_ascii_graphic());
                    assert_eq!(graphic(&bytes), slow.unwrap_or(length), "{bytes:?}");
                }
            }
        }
    }

    fn eight(text: &[u8]) -> u64 {
        u64::from_le_bytes(*text.first_chunk().unwrap())
    }

    #[test]
    fn numbers_are_read_at_once_as_digit_by_digit() {
        for digits in 0..9_u32 {
            for b in 0..=255_u8 {
                for value in [0, 7, 10_u64.pow(digits) - 1, 10_u64.pow(digits) / 3] {
                    let mut text = alloc::format!("{value}").into_bytes();
                    text.push(b);
                    text.extend_from_slice(b"9\r\n12345678901");
                    let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
                    let slow = text[..n]
                        .iter()
                        .fold(0, |n: u32, b| n.wrapping_mul(10).wrapping_add(u32::from(b - b'0')));
                    let read = number(eight(&text));
                    let expected = (n < 8).then_some((slow, u32::try_from(n).unwrap() * 8));
                    assert_eq!(read, expected, "{}", text.escape_ascii());
                }
            }
        }
        assert_eq!(number(eight(b" 1234567")), None);
        assert_eq!(number(eight(b"-1234567")), None);
    }

    #[test]
    fn the_next_number_is_foreseen() {
        for (last, next) in [("1 23", "2 99"), ("18 xxx", "19 "), ("999998 ", "999999 ")] {
            let pad = |text: &str| eight(alloc::format!("{text:x<8}").as_bytes());
            let (message, bits) = number(pad(last)).unwrap();
            let foreseen = Next::behind(pad(last), message, bits);
            let is = |text: &str| { foreseen }.is(pad(text));
            assert!(is(next));
            assert!(!is(last) && !is("20 ") && !is("3 ") && !is(&next.replace(' ', "0")));
        }
        let mut behind_nine = Next::behind(eight(b"19 xxxxx"), 19, 16);
        assert!(!behind_nine.is(eight(b"1: xxxxx")) && !behind_nine.is(eight(b"20 xxxxx")));
        let mut run = Next::behind(eight(b"11 xxxxx"), 11, 16);
        for text in [b"12 ..\r\n.", b"13 ..\r\n.", b"14 ..\r\n.", b"15 ..\r\n.", b"16 ..\r\n."] {
            assert!(run.is(eight(text)));
        }
        assert!(!run.is(eight(b"16 xxxxx")));
    }
}
