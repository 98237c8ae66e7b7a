//! Octets looked at many in one step, as words.
//!
//! A mark is the highest bit of an octet. What marks an octet may mark others above it too, so only
//! the lowest mark counts.

const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// A word of one octet, which is below 128 where it is compared with.
pub(crate) const fn each(b: u8) -> u64 {
    ONES * b as u64
}

/// Marks the lowest octet that is less than `b`, which is below 128, and perhaps others above it.
pub(crate) const fn below(word: u64, b: u8) -> u64 {
    word.wrapping_sub(each(b)) & !word
}

/// Marks the lowest octet that is `b`, and perhaps others above it.
pub(crate) const fn same(word: u64, b: u8) -> u64 {
    below(word ^ each(b), 1)
}

/// Sixteen octets, looked at as two words: what is marked in each.
#[inline]
pub(crate) fn marks(octets: &[u8; 16], mark: impl Fn(u64) -> u64) -> u128 {
    let word = u128::from_le_bytes(*octets);
    #[allow(clippy::cast_possible_truncation, reason = "each is a half")]
    let [low, high] = [word as u64, (word >> 64) as u64].map(|it| mark(it) & each(1 << 7));
    u128::from(low) | u128::from(high) << 64
}

/// Where the lowest mark is.
#[inline]
pub(crate) fn place(marks: u128) -> usize {
    marks.trailing_zeros() as usize / 8
}
