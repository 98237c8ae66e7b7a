//! Eight octets at once, in a number: which of them are something has the highest bit of its octet
//! set in the result. What is set above the lowest that is set may be wrong.

/// One in each octet.
pub(super) const ONES: u64 = u64::from_le_bytes([1; 8]);

/// Which are this octet.
pub(super) fn equal(word: u64, b: u8) -> u64 {
    let word = word ^ (ONES * u64::from(b));
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// Which are below this, which is at most 128. These are right throughout.
pub(super) fn below(word: u64, b: u8) -> u64 {
    let sum = (word & (ONES * 0x7f)) + ONES * u64::from(0x80 - b);
    !(sum | word) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_is_right() {
        for b in 0..=255u8 {
            for beside in [0, 0x20, 0x21, b'<', 0x7f, 0x80, 0xff] {
                let word = u64::from_le_bytes([beside, b, beside, b, beside, b, beside, b]);
                for wanted in [b'<', b' ', 0x7f] {
                    let first = word.to_le_bytes().iter().position(|b| *b == wanted);
                    let found = equal(word, wanted).trailing_zeros() / 8;
                    assert_eq!(first.unwrap_or(8), found as usize, "{word:x}");
                    let low = below(word, wanted).to_le_bytes();
                    assert_eq!(low.map(|bits| bits > 0), word.to_le_bytes().map(|b| b < wanted));
                }
            }
        }
    }
}
