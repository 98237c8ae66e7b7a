//! Eight octets at once, in a number: which of them are something has the highest bit of its octet
//! set in the result, and no other bit is set.

/// One in each octet.
pub(super) const ONES: u64 = u64::from_le_bytes([1; 8]);

/// All are it.
pub(super) const ALL: u64 = ONES << 7;

/// All bits of each octet but the highest.
const LOW: u64 = ONES * 0x7f;

/// Which are this octet, which is ASCII.
pub(super) fn equal(word: u64, b: u8) -> u64 {
    let word = word ^ (ONES * u64::from(b));
    !(((word & LOW) + LOW) | word) & ALL
}

/// Which are below this, which is at most 128.
pub(super) fn below(word: u64, b: u8) -> u64 {
    let sum = (word & LOW) + ONES * u64::from(0x80 - b);
    !(sum | word) & ALL
}

/// Which are white space: of US-ASCII what HTML says, which is without the vertical tab.
pub(super) fn white(word: u64) -> u64 {
    let controls = below(word, 0x0e) & !below(word, b'\t') & !equal(word, 0x0b);
    below(word, b' ' + 1) & !below(word, b' ') | controls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_told_whatever_is_beside_them() {
        for b in 0..=255u8 {
            for beside in [0, 0x20, 0x21, b'<', b'=', 0x7f, 0x80, 0xff] {
                let octets = [beside, b, beside, b, beside, b, beside, b];
                let word = u64::from_le_bytes(octets);
                let is_white = octets.map(|b| u8::from(b.is_ascii_whitespace()) << 7);
                assert_eq!(white(word).to_le_bytes(), is_white, "{word:x}");
                for wanted in [b'<', b' ', 0x7f] {
                    let told =
                        |told: fn(u8, u8) -> bool| octets.map(|b| u8::from(told(b, wanted)) << 7);
                    assert_eq!(
                        equal(word, wanted).to_le_bytes(),
                        told(|b, it| b == it),
                        "{word:x}"
                    );
                    assert_eq!(below(word, wanted).to_le_bytes(), told(|b, it| b < it), "{word:x}");
                }
            }
        }
    }
}
