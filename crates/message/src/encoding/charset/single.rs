//! Charsets of one octet a character, by table.

use alloc::borrow::Cow;
use alloc::string::String;

/// What the octets of a charset are in UTF-8: up to three octets and, highest, how many they are.
/// Those below the last `N` are US-ASCII.
#[derive(Debug)]
pub(super) struct Table<const N: usize>([u32; 256]);

impl<const N: usize> Table<N> {
    /// A table of characters; U+FFFD is where there is none.
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "at compile time, of numbers below 256"
    )]
    pub(super) const fn new(chars: &[u16; N]) -> Self {
        let (mut table, mut at) = ([0; 256], 0);
        while at < 256 {
            let code = if at < 256 - N { at as u16 } else { chars[at + N - 256] };
            let [high, low] = code.to_be_bytes();
            table[at] = u32::from_le_bytes(if code < 0x80 {
                [low, 0, 0, 1]
            } else if code < 0x800 {
                [0xc0 | high << 2 | low >> 6, 0x80 | low & 0x3f, 0, 2]
            } else {
                [0xe0 | high >> 4, 0x80 | (high & 0xf) << 2 | low >> 6, 0x80 | low & 0x3f, 3]
            });
            at += 1;
        }
        Self(table)
    }

    #[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
    fn entry(&self, b: u8) -> [u8; 4] {
        self.0[usize::from(b)].to_le_bytes()
    }

    /// What one octet is.
    pub(super) fn char(&self, b: u8) -> char {
        let [octets @ .., n] = self.entry(b);
        let text = octets.get(..usize::from(n)).and_then(|it| core::str::from_utf8(it).ok());
        text.and_then(|it| it.chars().next()).unwrap_or('\u{fffd}')
    }

    /// Decodes; borrows what is US-ASCII in both.
    pub(super) fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        if N <= 128 && bytes.is_ascii() {
            return super::ascii(bytes);
        }
        let mut out = String::with_capacity(bytes.len() + bytes.len() / 8 + 16);
        let mut buffer: Buffer = [0; 3 * BLOCK + 32];
        // In blocks, so that what is written stays near until it is looked at and copied.
        for block in bytes.chunks(BLOCK) {
            if N <= 128 && block.is_ascii() {
                out.push_str(simdutf8::basic::from_utf8(block).unwrap_or_default());
                continue;
            }
            let n = match N {
                ..=128 => self.words(block, &mut buffer),
                _ => self.octets(block, 0, &mut buffer),
            };
            let text = buffer.get(..n).unwrap_or_default();
            // Tables hold nothing but UTF-8.
            out.push_str(simdutf8::basic::from_utf8(text).unwrap_or_default());
        }
        Cow::Owned(out)
    }

    /// Decodes a block whose half below 128 is US-ASCII; returns how many octets it became.
    fn words(&self, block: &[u8], out: &mut Buffer) -> usize {
        let mut at = 0;
        let words = block.chunks_exact(32);
        let rest = words.remainder();
        for words in words {
            let plain = words.iter().fold(0, |all, b| all | b).is_ascii();
            if let Some(to) = out.get_mut(at..at + 32).filter(|_| plain) {
                to.copy_from_slice(words);
                at += 32;
                continue;
            }
            for word in words.chunks_exact(8) {
                at = word.first_chunk().map_or(at, |word| self.word(*word, at, out));
            }
        }
        self.octets(rest, at, out)
    }

    /// Decodes eight octets. At most two of them are high most often: twice, what is left is
    /// written as it is, over that what the first high one becomes, and so on behind it. Where none
    /// is high, the last is looked up all the same. So nothing depends on how many there are and
    /// where, which no processor could foresee.
    fn word(&self, word: [u8; 8], at: usize, out: &mut Buffer) -> usize {
        const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
        let mut octets = u64::from_le_bytes(word);
        let but_one = |high: u64| high & high.wrapping_sub(1);
        if but_one(but_one(octets & HIGH)) != 0 {
            return self.octets(&word, at, out);
        }
        let (mut to, mut end) = (at, at + 6);
        for _ in 0..2 {
            let place = (octets & HIGH | 1 << 63).trailing_zeros() & !7;
            let [b, ..] = (octets >> place).to_le_bytes();
            let (entry, n) = (self.entry(b), (place / 8) as usize);
            write(out, to, octets.to_le_bytes());
            write(out, to + n, entry);
            octets = octets >> place >> 8;
            to += n + usize::from(entry[3]);
            end += usize::from(entry[3]);
        }
        write(out, to, octets.to_le_bytes());
        end
    }

    /// Decodes octet by octet.
    fn octets(&self, block: &[u8], mut at: usize, out: &mut Buffer) -> usize {
        for &b in block {
            at += self.one(b, at, out);
        }
        at
    }

    fn one(&self, b: u8, at: usize, out: &mut Buffer) -> usize {
        let entry = self.entry(b);
        write(out, at, entry);
        usize::from(entry[3])
    }
}

fn write<const N: usize>(out: &mut Buffer, at: usize, octets: [u8; N]) {
    if let Some(to) = out.get_mut(at..at + N) {
        to.copy_from_slice(&octets);
    }
}

const BLOCK: usize = 1024;

/// What a block becomes, and room for what is written and does not count.
type Buffer = [u8; 3 * BLOCK + 32];

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
