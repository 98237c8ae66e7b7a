//! Charsets of one octet a character, by table.

use alloc::borrow::Cow;
use alloc::string::String;

/// What the last `N` octets of a charset are in UTF-8: up to three octets and how many they are.
/// The octets below are US-ASCII.
#[derive(Debug)]
pub(super) struct Table<const N: usize>([[u8; 4]; N]);

impl<const N: usize> Table<N> {
    /// A table of characters; U+FFFD is where there is none.
    #[expect(clippy::indexing_slicing, reason = "at compile time")]
    pub(super) const fn new(chars: &[u16; N]) -> Self {
        let mut table = [[0; 4]; N];
        let mut at = 0;
        while at < N {
            let [high, low] = chars[at].to_be_bytes();
            table[at] = if chars[at] < 0x80 {
                [low, 0, 0, 1]
            } else if chars[at] < 0x800 {
                [0xc0 | high << 2 | low >> 6, 0x80 | low & 0x3f, 0, 2]
            } else {
                [0xe0 | high >> 4, 0x80 | (high & 0xf) << 2 | low >> 6, 0x80 | low & 0x3f, 3]
            };
            at += 1;
        }
        Self(table)
    }

    fn entry(&self, b: u8) -> [u8; 4] {
        let at = usize::from(b).wrapping_sub(256 - N);
        self.0.get(at).copied().unwrap_or([b, 0, 0, 1])
    }

    /// Decodes; borrows what is US-ASCII in both.
    pub(super) fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        if N <= 128 && bytes.is_ascii() {
            return super::ascii(bytes);
        }
        let mut out = String::with_capacity(bytes.len() + bytes.len() / 8 + 16);
        let mut buffer = [0; 3 * BLOCK + 8];
        // In blocks, so that what is written stays near until it is looked at and copied.
        for block in bytes.chunks(BLOCK) {
            let n = self.block(block, &mut buffer);
            let text = buffer.get(..n).unwrap_or_default();
            // Tables hold nothing but UTF-8.
            out.push_str(simdutf8::basic::from_utf8(text).unwrap_or_default());
        }
        Cow::Owned(out)
    }

    /// Decodes a block; returns how many octets it became.
    fn block(&self, block: &[u8], out: &mut [u8; 3 * BLOCK + 8]) -> usize {
        let (mut at, mut rest) = (0, block);
        // Every turn consumes an octet at least, and writes three for it at most.
        while let Some((word, after)) = rest.split_first_chunk::<8>() {
            let high = if N <= 128 { u64::from_le_bytes(*word) & 0x8080_8080_8080_8080 } else { 1 };
            // Of the eight, those that are US-ASCII; the rest of them is overwritten.
            let plain = (high.trailing_zeros() / 8) as usize;
            if let Some(to) = out.get_mut(at..at + 8) {
                to.copy_from_slice(word);
            }
            at += plain.min(8);
            if plain >= 8 {
                rest = after;
                continue;
            }
            at += self.one(word.get(plain).copied().unwrap_or_default(), at, out);
            rest = rest.get(plain + 1..).unwrap_or_default();
        }
        for &b in rest {
            at += self.one(b, at, out);
        }
        at
    }

    fn one(&self, b: u8, at: usize, out: &mut [u8; 3 * BLOCK + 8]) -> usize {
        let entry = self.entry(b);
        if let Some(to) = out.get_mut(at..at + 4) {
            to.copy_from_slice(&entry);
        }
        usize::from(entry[3])
    }
}

const BLOCK: usize = 2048;

/// Windows-1252; the five octets that it does not have are as in ISO 8859-1.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "at compile time, of numbers below 128"
)]
pub(super) static WINDOWS_1252: Table<128> = Table::new(&{
    const C1: [u16; 32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
        0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
    ];
    let mut chars = [0; 128];
    let mut at = 0;
    while at < 128 {
        chars[at] = if at < 32 { C1[at] } else { 128 + at as u16 };
        at += 1;
    }
    chars
});

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn windows_1252_is_that_of_the_world() {
        let all: Vec<u8> = (0..=255).collect();
        for cut in 0..20 {
            let bytes = all.repeat(17).split_off(cut);
            let ours = WINDOWS_1252.decode(&bytes);
            #[cfg(feature = "encoding")]
            assert_eq!(ours, encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0);
            assert_eq!(ours.chars().count(), bytes.len());
        }
    }

    #[test]
    fn blocks_meet() {
        for n in [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let text = WINDOWS_1252.decode(&[0x80, b'x'].repeat(n)).into_owned();
            assert_eq!(text, "\u{20ac}x".repeat(n));
            assert_eq!(WINDOWS_1252.decode(&[0x80].repeat(n)), "\u{20ac}".repeat(n));
        }
    }
}
