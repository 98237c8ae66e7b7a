//! The keywords of EHLO, found by one look.

use crate::types::extension::{BARE, WITH_PARAMS};

/// All that are known: those of [`BARE`], and [`WITH_PARAMS`] behind them.
const N: usize = 39;
/// Where a keyword is looked for: by a factor that was searched for, so that each has a slot of its
/// own.
const SLOTS: usize = 128;
const FACTOR: u32 = 0x00dd_b74d;
const NONE: u8 = u8::MAX;

struct Known {
    name: &'static str,
    /// Its octets by eight, and those bits of each octet that count: none behind the name, and all
    /// but that which makes a letter small.
    words: [u64; 3],
    masks: [u64; 3],
}

/// Where these two stand among those that are known.
pub(crate) const SIZE: usize = BARE.len();
pub(crate) const AUTH: usize = SIZE + 1;

static KNOWN: [Known; N] = known();
/// Places in [`KNOWN`], and how long the keywords are.
static TABLE: [(u8, u8); SLOTS] = table();

/// Which keyword it is, in any case: its place among those that are known.
pub(crate) fn of(keyword: &[u8]) -> Option<usize> {
    at_start(keyword).filter(|(_, n)| *n == keyword.len()).map(|(place, _)| place)
}

/// Which keyword `i` begins with, and how long it is. What follows may be more of a word.
#[inline(always)]
pub(crate) fn at_start(i: &[u8]) -> Option<(usize, usize)> {
    let first = octets(i, 0);
    #[expect(clippy::cast_possible_truncation, reason = "the first four of the eight")]
    let (place, n) = *TABLE.get(slot(first as u32))?;
    let known = KNOWN.get(usize::from(place))?;
    let ([word, second, third], [mask, second_mask, third_mask]) = (known.words, known.masks);
    let same = first & mask == word
        && (n <= 8 || octets(i, 8) & second_mask == second)
        && (n <= 16 || octets(i, 16) & third_mask == third);
    same.then_some((usize::from(place), usize::from(n)))
}

/// Eight octets of `i`, with NUL, which no keyword has, for those that are not there.
#[inline(always)]
fn octets(i: &[u8], at: usize) -> u64 {
    let rest = i.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => fewer(rest),
    }
}

#[inline(never)]
fn fewer(i: &[u8]) -> u64 {
    match (i.first_chunk(), i.last_chunk()) {
        (Some(first), Some(last)) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            u64::from(first) | u64::from(last) << (8 * (i.len() - 4))
        }
        _ => i.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)),
    }
}

/// The name of a keyword that is known.
pub(crate) fn name(place: usize) -> &'static str {
    KNOWN.get(place).map_or("", |known| known.name)
}

/// Found by its first three octets, and by a bit of the fourth that tells CONPERM and CONNEG apart
/// and is not set in what may follow DSN: no octet, a space or a CR.
const fn slot(four: u32) -> usize {
    ((four & 0x02df_dfdf).wrapping_mul(FACTOR) >> (32 - SLOTS.trailing_zeros())) as usize
}

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
const fn known() -> [Known; N] {
    let mut all = [const { Known { name: "", words: [0; 3], masks: [0; 3] } }; N];
    let mut n = 0;
    while n < N {
        let name = if n < BARE.len() { BARE[n].0 } else { WITH_PARAMS[n - BARE.len()] };
        all[n].name = name;
        let bytes = name.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let mask = if bytes[at].is_ascii_alphabetic() { 0xdf } else { 0xff };
            all[n].words[at / 8] |= (bytes[at] as u64) << (at % 8 * 8);
            all[n].masks[at / 8] |= mask << (at % 8 * 8);
            at += 1;
        }
        n += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 255")]
const fn table() -> [(u8, u8); SLOTS] {
    let known = known();
    let mut table = [(NONE, 0); SLOTS];
    let mut n = 0;
    while n < N {
        let slot = slot(known[n].words[0] as u32);
        assert!(table[slot].0 == NONE, "two keywords have one slot");
        table[slot] = (n as u8, known[n].name.len() as u8);
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found_at_its_place() {
        for (place, name) in BARE.iter().map(|(name, _)| *name).chain(WITH_PARAMS).enumerate() {
            assert_eq!(of(name.as_bytes()), Some(place), "{name}");
            assert_eq!(of(name.to_ascii_lowercase().as_bytes()), Some(place), "{name}");
            assert_eq!(super::name(place), name);
            for other in [alloc::format!("{name}X"), name[1..].into(), name.replace('E', "_")] {
                assert!(other == name || of(other.as_bytes()).is_none(), "{other}");
            }
        }
        assert_eq!((super::name(SIZE), super::name(AUTH)), ("SIZE", "AUTH"));
        assert_eq!(of(b""), None);
        assert_eq!(BARE.len() + WITH_PARAMS.len(), N);
    }

    #[test]
    fn a_keyword_is_found_whatever_follows_it() {
        for (place, name) in BARE.iter().map(|(name, _)| *name).chain(WITH_PARAMS).enumerate() {
            for tail in ["", "\r", "\r\n", " x", "\r\n250 and what follows it, however long"] {
                let line = alloc::format!("{name}{tail}");
                assert_eq!(at_start(line.as_bytes()), Some((place, name.len())), "{line}");
            }
            // One octet of another kind makes it another word.
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = if other[at] == b'-' { b'\r' } else { other[at] ^ 0x40 };
                assert_eq!(at_start(&other), None, "{}", other.escape_ascii());
                assert_eq!(at_start(&name.as_bytes()[..at]), None);
            }
        }
    }
}
