//! Base64 as mail has it (RFC 2045 section 6.8): line ends and other octets between, padding
//! forgotten or in the middle.
//!
//! Whole lines of the same length are decoded many at a time by a vector kernel; whatever it does
//! not take as it is goes octet by octet, so the result does not depend on how the body is cut.

use alloc::vec::Vec;
use mailwire_core::base64::{NOT_BASE64, value};

mod bulk;
mod kernel;

#[cfg(not(feature = "encodify"))]
pub(crate) use kernel::engine;

/// Decodes base64 in pieces, forgivingly: what is outside the alphabet is skipped, and after
/// padding in the middle the next group begins.
///
/// ```
/// use mailwire_message::encoding::base64::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// decoder.decode(b"SGVs\r\nbG", &mut out);
/// decoder.decode(b"8", &mut out);
/// decoder.finish(&mut out);
/// assert_eq!(out, b"Hello");
/// assert!(decoder.faults().missing_padding);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    bits: u32,
    count: u8,
    /// How many `=` the last group still wants.
    wanted: u8,
    padded: bool,
    faults: Faults,
}

/// A whole body as what it stands for: what a [`Decoder`] makes of it, at once.
///
/// ```
/// use mailwire_message::encoding::base64::decode;
///
/// assert_eq!(decode(b"SGVs\r\nbG8=\r\n"), b"Hello");
/// ```
#[must_use]
pub fn decode(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if kernel::whole(body, &mut out) {
        return out;
    }
    let mut decoder = Decoder::default();
    decoder.decode(body, &mut out);
    decoder.finish(&mut out);
    out
}

/// What was not as it should be in a body of base64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// How many octets were neither in the alphabet nor white space nor padding. They are skipped.
    pub junk: u64,
    /// Padding was followed by more data, which was decoded as new groups.
    pub data_after_padding: bool,
    /// Junk followed padding: most likely the footer of a mailing list.
    pub trailer: bool,
    /// The last group is shorter than four and not padded. It was decoded.
    pub missing_padding: bool,
    /// There is more padding than a group can have, or padding where a group begins.
    pub stray_padding: bool,
    /// A group of a single character, which stands for nothing and is dropped.
    pub dangling: bool,
}

impl Faults {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        out.reserve(piece.len() / 4 * 3 + 3);
        let mut rest = piece;
        // Every turn consumes an octet at least; what the kernel refuses is consumed by octets, so
        // none is looked at more than a few times.
        while !rest.is_empty() {
            let mut slow = 1;
            if self.count == 0 && self.wanted == 0 {
                let block = bulk::decode(rest, out);
                if block.taken > 0 {
                    self.data();
                }
                rest = rest.get(block.taken..).unwrap_or_default();
                slow = block.refused.max(1);
            }
            let (by_octets, more) = rest.split_at(slow.min(rest.len()));
            for &b in by_octets {
                self.octet(b, out);
            }
            rest = more;
        }
    }

    /// Notes that data come.
    fn data(&mut self) {
        self.faults.missing_padding |= self.wanted > 0;
        self.faults.data_after_padding |= self.padded;
        self.wanted = 0;
    }

    fn octet(&mut self, b: u8, out: &mut Vec<u8>) {
        match value(b) {
            NOT_BASE64 => match b {
                b'=' => self.pad(out),
                b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => {}
                _ => {
                    self.faults.junk += 1;
                    self.faults.trailer |= self.padded;
                }
            },
            six => {
                if self.count == 0 {
                    self.data();
                }
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

    fn pad(&mut self, out: &mut Vec<u8>) {
        self.padded = true;
        match self.count {
            0 if self.wanted > 0 => self.wanted -= 1,
            0 => self.faults.stray_padding = true,
            // A group has two characters at least.
            1 => self.flush(out),
            n => {
                self.wanted = 3 - n;
                self.flush(out);
            }
        }
    }

    /// A group that is cut off by padding, or by the end.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let whole = (self.bits << (24 - 6 * u32::from(self.count.min(4)))).to_be_bytes();
        match (self.count, whole) {
            (2, [_, a, ..]) => out.push(a),
            (3, [_, a, b, _]) => out.extend_from_slice(&[a, b]),
            (1, _) => self.faults.dangling = true,
            _ => {}
        }
        (self.bits, self.count) = (0, 0);
    }

    /// Ends the body: what is left without padding is taken.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.faults.missing_padding |= self.count > 1 || self.wanted > 0;
        self.flush(out);
        self.wanted = 0;
    }

    /// Whether anything was not as it should be.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.faults.any()
    }

    /// What was not as it should be.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8], size: usize) -> (Vec<u8>, Faults) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in text.chunks(size) {
            decoder.decode(piece, &mut out);
        }
        decoder.finish(&mut out);
        assert_eq!(decode(text), out, "{text:?}");
        (out, decoder.faults())
    }

    #[test]
    fn any_cut_gives_the_same_and_what_is_wrong_is_said() {
        let none = Faults::default();
        for (text, expected, faults) in [
            (&b"SGVsbG8="[..], &b"Hello"[..], none),
            (b"SGVs\r\nbG8=\r\n", b"Hello", none),
            (b"SGVsbG8", b"Hello", Faults { missing_padding: true, ..none }),
            (b"SGVsbA=\r\n", b"Hell", Faults { missing_padding: true, ..none }),
            (b"SGVsbA==SGk=", b"HellHi", Faults { data_after_padding: true, ..none }),
            (b"SG!Vsb*G8=", b"Hello", Faults { junk: 2, ..none }),
            (b"SG.Vs\r\n-bG8#=\r\n", b"Hello", Faults { junk: 3, ..none }),
            (b"S", b"", Faults { dangling: true, ..none }),
            (
                b"SGVsbG8=A\r\n",
                b"Hello",
                Faults { dangling: true, data_after_padding: true, ..none },
            ),
            (b"SGVs=\r\n====", b"Hel", Faults { stray_padding: true, ..none }),
            (b"SGk=\r\n_____\r\n", b"Hi", Faults { junk: 5, trailer: true, ..none }),
            (b"", b"", none),
            (b"\r\n\r\n", b"", none),
        ] {
            for size in 1..=text.len().max(1) {
                assert_eq!(decoded(text, size), (expected.to_vec(), faults), "{text:?} in {size}");
            }
        }
    }

    #[test]
    fn lines_of_any_length_and_end_are_decoded_in_blocks() {
        let data: Vec<u8> = (0..60_000u32).map(|i| i.wrapping_mul(167).to_le_bytes()[1]).collect();
        let mut whole = Vec::new();
        mailwire_core::base64::encode(&data, &mut whole);
        for length in [1, 3, 4, 60, 64, 72, 75, 76, 77, 998, 10_000, 100_000] {
            for end in [&b"\r\n"[..], b"\n", b"\r\n \t"] {
                let mut text = Vec::new();
                for line in whole.chunks(length) {
                    text.extend_from_slice(line);
                    text.extend_from_slice(end);
                }
                for size in [text.len(), 4096, 77] {
                    let (out, faults) = decoded(&text, size);
                    assert!(out == data && !faults.any(), "{length} {end:?} {size} {faults:?}");
                }
                // Something else in the middle of a block.
                text.insert(20_000.min(text.len()), b'%');
                let (out, faults) = decoded(&text, text.len());
                assert!(out == data && faults.junk == 1, "{length} {end:?}");
            }
        }
    }
}
