//! Base64 as mail has it (RFC 2045 section 6.8): line ends and other octets between, padding
//! forgotten or in the middle.

use alloc::vec::Vec;
use mailwire_core::base64::{NOT_BASE64, value};

/// Decodes base64 in pieces, forgivingly.
///
/// ```
/// use mailwire_message::encoding::base64::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// decoder.decode(b"SGVs\r\nbG", &mut out);
/// decoder.decode(b"8", &mut out);
/// decoder.finish(&mut out);
/// assert_eq!(out, b"Hello");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    bits: u32,
    count: u8,
    odd: bool,
}

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        out.reserve(piece.len() / 4 * 3 + 3);
        let mut rest = piece;
        // Every turn consumes at least an octet.
        while !rest.is_empty() {
            if self.count == 0 {
                let n = whole_groups(rest, out);
                rest = rest.get(n..).unwrap_or_default();
            }
            let Some((&b, more)) = rest.split_first() else { break };
            rest = more;
            self.octet(b, out);
        }
    }

    fn octet(&mut self, b: u8, out: &mut Vec<u8>) {
        match value(b) {
            NOT_BASE64 => {
                if b == b'=' {
                    self.pad(out);
                } else if !b.is_ascii_whitespace() {
                    self.odd = true;
                }
            }
            six => {
                self.bits = self.bits << 6 | u32::from(six);
                self.count += 1;
                if self.count == 4 {
                    let [_, a, b, c] = self.bits.to_be_bytes();
                    out.extend_from_slice(&[a, b, c]);
                    (self.bits, self.count) = (0, 0);
                }
            }
        }
    }

    /// A group that is cut off by padding, or by the end.
    fn pad(&mut self, out: &mut Vec<u8>) {
        let whole = (self.bits << (24 - 6 * u32::from(self.count.min(4)))).to_be_bytes();
        match (self.count, whole) {
            (2, [_, a, ..]) => out.push(a),
            (3, [_, a, b, _]) => out.extend_from_slice(&[a, b]),
            (1, _) => self.odd = true,
            _ => {}
        }
        (self.bits, self.count) = (0, 0);
    }

    /// Ends the body: what is left without padding is taken.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.pad(out);
    }

    /// Whether anything was not as it should be.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.odd
    }
}

/// Decodes groups of four while nothing else comes; returns how many octets they took.
fn whole_groups(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let mut n = 0;
    for group in bytes.chunks_exact(4) {
        let [a, b, c, d] = group else { break };
        let (a, b, c, d) = (value(*a), value(*b), value(*c), value(*d));
        if (a | b | c | d) == NOT_BASE64 {
            break;
        }
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        let [_, x, y, z] = bits.to_be_bytes();
        out.extend_from_slice(&[x, y, z]);
        n += 4;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8], size: usize) -> (Vec<u8>, bool) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in text.chunks(size) {
            decoder.decode(piece, &mut out);
        }
        decoder.finish(&mut out);
        (out, decoder.is_odd())
    }

    #[test]
    fn any_cut_gives_the_same() {
        for (text, expected, odd) in [
            (&b"SGVsbG8="[..], &b"Hello"[..], false),
            (b"SGVs\r\nbG8=\r\n", b"Hello", false),
            (b"SGVsbG8", b"Hello", false),
            (b"SGVsbA==SGk=", b"HellHi", false),
            (b"SG!Vsb*G8=", b"Hello", true),
            (b"S", b"", true),
            (b"", b"", false),
        ] {
            for size in 1..=text.len().max(1) {
                assert_eq!(decoded(text, size), (expected.to_vec(), odd), "{text:?} in {size}");
            }
        }
    }
}
