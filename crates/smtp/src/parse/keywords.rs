//! The keywords of EHLO, found by one look.

use crate::types::extension::{BARE, WITH_PARAMS};

/// All that are known: those of [`BARE`], and [`WITH_PARAMS`] behind them.
const N: usize = 39;
/// Where a keyword is looked for: by a factor that was searched for, so that each has a slot of its
/// own.
const SLOTS: usize = 128;
const FACTOR: u64 = 0xf98d_dc84_f59d_c887;
const NONE: u8 = u8::MAX;

struct Known {
    name: &'static str,
    /// Its first eight octets, the eight behind them, and its last eight.
    word: u64,
    second: u64,
    last: u64,
}

/// Where these two stand among those that are known.
pub(crate) const SIZE: usize = BARE.len();
pub(crate) const AUTH: usize = SIZE + 1;

static KNOWN: [Known; N] = known();
static TABLE: [u8; SLOTS] = table();

/// Which keyword it is, in any case: its place among those that are known.
pub(crate) fn of(keyword: &[u8]) -> Option<usize> {
    at_start(keyword).filter(|(_, n)| *n == keyword.len()).map(|(place, _)| place)
}

/// Which keyword `i` begins with, and how long it is. What follows may be more of a word.
#[inline]
pub(crate) fn at_start(i: &[u8]) -> Option<(usize, usize)> {
    let eight = match i.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        // Behind less than eight octets no keyword goes on.
        None => i.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)),
    };
    // The lowest bit that is set is that of the first octet below `!`.
    let ends = eight.wrapping_sub(ONES * 0x21) & !eight & (ONES * 0x80);
    // All octets before that one: below `!` the capitals of small digits are.
    let word = eight & ((ends & ends.wrapping_neg()) >> 7).wrapping_sub(1) & CAPITALS;
    let place = usize::from(*TABLE.get(slot(word))?);
    let known = KNOWN.get(place)?;
    let n = known.name.len();
    let same = known.word == word
        && (n <= 8
            || word_before(i, n)? == known.last
                && (n <= 16 || word_before(i, 16)? == known.second));
    same.then_some((place, n))
}

/// The eight octets before `end`.
#[inline]
fn word_before(i: &[u8], end: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*i.get(..end)?.last_chunk()?) & CAPITALS)
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The name of a keyword that is known.
pub(crate) fn name(place: usize) -> &'static str {
    KNOWN.get(place).map_or("", |known| known.name)
}

/// Without the bit that makes letters small. Of what keywords are made of no two octets become the
/// same but a letter and its capital.
const CAPITALS: u64 = 0xdfdf_dfdf_dfdf_dfdf;

#[expect(clippy::cast_possible_truncation, reason = "seven bits are left")]
const fn slot(word: u64) -> usize {
    (word.wrapping_mul(FACTOR) >> (64 - SLOTS.trailing_zeros())) as usize
}

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
const fn known() -> [Known; N] {
    let mut all = [const { Known { name: "", word: 0, second: 0, last: 0 } }; N];
    let mut n = 0;
    while n < N {
        let name = if n < BARE.len() { BARE[n].0 } else { WITH_PARAMS[n - BARE.len()] };
        let bytes = name.as_bytes();
        let last = if bytes.len() > 8 { word_at(bytes, bytes.len() - 8) } else { 0 };
        all[n] = Known { name, word: word_at(bytes, 0), second: word_at(bytes, 8), last };
        n += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
const fn word_at(name: &[u8], start: usize) -> u64 {
    let (mut word, mut at) = (0, 0);
    while at < 8 && start + at < name.len() {
        word |= (name[start + at] as u64) << (8 * at);
        at += 1;
    }
    word & CAPITALS
}

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 255")]
const fn table() -> [u8; SLOTS] {
    let known = known();
    let mut table = [NONE; SLOTS];
    let mut n = 0;
    while n < N {
        let slot = slot(known[n].word);
        assert!(table[slot] == NONE, "two keywords have one slot");
        table[slot] = n as u8;
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
}
