//! Quoted-printable (RFC 2045 section 6.7), read forgivingly.

use alloc::vec::Vec;

/// Decodes quoted-printable in pieces, forgivingly: what is no escape stays as it is.
///
/// ```
/// use mailwire_message::encoding::quoted_printable::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// decoder.decode(b"caf=C3", &mut out);
/// decoder.decode(b"=A9=\r\n!  \r\n", &mut out);
/// decoder.finish(&mut out);
/// assert_eq!(out, "caf\u{e9}!\r\n".as_bytes());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// An escape or white space whose meaning depends on what follows.
    held: Vec<u8>,
    odd: bool,
}

/// White space at the end of a line that is held back, in octets; more is content.
const WHITE: usize = 1000;

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        // Every turn consumes an octet at least.
        while !rest.is_empty() {
            if self.held.is_empty() {
                let plain = rest.iter().position(|b| matches!(b, b'=' | b' ' | b'\t'));
                let n = plain.unwrap_or(rest.len());
                let (head, tail) = rest.split_at(n);
                out.extend_from_slice(head);
                rest = tail;
            }
            let Some((&b, tail)) = rest.split_first() else { return };
            rest = tail;
            self.octet(b, out);
        }
    }

    /// One octet, where something is held or begins to be.
    fn octet(&mut self, b: u8, out: &mut Vec<u8>) {
        let escape = self.held.iter().position(|&b| b == b'=');
        let Some(escape) = escape else {
            match b {
                b'=' | b' ' | b'\t' if self.held.len() < WHITE => self.held.push(b),
                // White space before a line end is not content (rule 3).
                b'\n' => {
                    let cr = self.held.last() == Some(&b'\r');
                    self.held.clear();
                    out.extend_from_slice(if cr { b"\r\n" } else { b"\n" });
                }
                b'\r' if self.held.last() != Some(&b'\r') && self.held.len() < WHITE => {
                    self.held.push(b)
                }
                b => {
                    out.append(&mut self.held);
                    out.push(b);
                }
            }
            return;
        };
        // `=` and what follows it: two digits, or white space and a line end.
        self.held.push(b);
        let tail = self.held.get(escape + 1..).unwrap_or_default();
        match tail {
            [high, low] if hex(*high, *low).is_some() => {
                let byte = hex(*high, *low).unwrap_or_default();
                self.held.truncate(escape);
                out.append(&mut self.held);
                out.push(byte);
            }
            [one] if one.is_ascii_hexdigit() => {}
            [.., b'\n'] if tail.iter().all(u8::is_ascii_whitespace) => {
                self.held.truncate(escape);
                out.append(&mut self.held);
            }
            tail if tail.len() < WHITE
                && tail.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
                && !tail.contains(&b'\r') | tail.ends_with(b"\r") => {}
            _ => {
                // No escape: the `=` is itself, and what follows is looked at again.
                self.odd = true;
                let tail = self.held.split_off(escape + 1);
                out.append(&mut self.held);
                for b in tail {
                    if self.held.is_empty() && !matches!(b, b'=' | b' ' | b'\t') {
                        out.push(b);
                    } else {
                        self.octet(b, out);
                    }
                }
            }
        }
    }

    /// Ends the body: white space at its end is not content, an escape that is cut off is.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(escape) = self.held.iter().position(|&b| b == b'=') {
            // A soft line break at the very end, or an escape that was cut off.
            if self
                .held
                .get(escape + 1..)
                .unwrap_or_default()
                .iter()
                .any(|b| !b.is_ascii_whitespace())
            {
                self.odd = true;
                out.append(&mut self.held);
            } else {
                out.extend_from_slice(self.held.get(..escape).unwrap_or_default());
            }
        }
        self.held.clear();
    }

    /// Whether anything was not as it should be.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.odd
    }
}

/// Two hexadecimal digits, in any case, as the octet that they stand for.
pub(crate) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_gives_the_same() {
        for (text, expected, odd) in [
            (&b"a=3Db"[..], &b"a=b"[..], false),
            (b"soft=\r\nbreak", b"softbreak", false),
            (b"soft=  \r\nbreak=\n!", b"softbreak!", false),
            (b"trailing \t \r\nnext", b"trailing\r\nnext", false),
            (b"a  b", b"a  b", false),
            (b"lower=c3=a9", b"lower\xc3\xa9", false),
            (b"=XY=4", b"=XY=4", true),
            (b"==3D", b"==", true),
            (b"= x", b"= x", true),
            (b"end=", b"end", false),
            (b"end =", b"end ", false),
            (b" \rx", b" \rx", false),
        ] {
            for size in 1..=text.len() {
                let (mut decoder, mut out) = (Decoder::default(), Vec::new());
                for piece in text.chunks(size) {
                    decoder.decode(piece, &mut out);
                }
                decoder.finish(&mut out);
                assert_eq!((&out[..], decoder.is_odd()), (expected, odd), "{text:?} in {size}");
            }
        }
    }
}
