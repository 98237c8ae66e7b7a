//! Quoted-printable (RFC 2045 section 6.7), read forgivingly.

use alloc::borrow::Cow;
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
    /// How long the line is so far, what is held not counted.
    line: usize,
    faults: Faults,
}

/// A whole body as what it stands for: what a [`Decoder`] makes of it, at once. Borrows what stands
/// for itself.
///
/// ```
/// use mailwire_message::encoding::quoted_printable::decode;
///
/// assert_eq!(*decode(b"caf=C3=A9=\r\n!"), *"caf\u{e9}!".as_bytes());
/// ```
#[must_use]
pub fn decode(body: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'=', body).is_none() && !has_white_ends(body) {
        return Cow::Borrowed(body);
    }
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.decode(body, &mut out);
    decoder.finish(&mut out);
    Cow::Owned(out)
}

/// Whether white space stands at the end of a line or of the body.
fn has_white_ends(body: &[u8]) -> bool {
    let mut ends = memchr::memchr_iter(b'\n', body).chain([body.len()]);
    ends.any(|end| match body.get(..end) {
        Some([before @ .., b'\r']) => matches!(before, [.., b' ' | b'\t']) || end == body.len(),
        before => matches!(before, Some([.., b' ' | b'\t'])),
    })
}

/// What was not as it should be in a body of quoted-printable.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// How many `=` were neither an escape nor a soft line break. They are kept.
    pub bad_escapes: u64,
    /// An escape is written with small letters, which rule 1 forbids and many write. It counts.
    pub lower_case: bool,
    /// There are octets above 127. They are kept.
    pub eight_bit: bool,
    /// A line is longer than 76 characters (rule 5).
    pub long_line: bool,
    /// White space stood at the end of a line: something added it on the way. It is removed (rule
    /// 3).
    pub trailing_space: bool,
    /// The body ends within an escape.
    pub cut_off: bool,
}

impl Faults {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// White space at the end of a line that is held back, in octets; more is content.
const WHITE: usize = 1000;

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        out.reserve(piece.len() + 16);
        let mut rest = piece;
        // Every turn consumes an octet at least.
        while !rest.is_empty() {
            if self.held.is_empty() {
                rest = self.plain(rest, out);
            }
            let Some((&b, tail)) = rest.split_first() else { return };
            rest = tail;
            self.octet(b, out);
        }
    }

    /// Takes lines and escapes as long as nothing has to be held; returns what follows.
    fn plain<'p>(&mut self, mut rest: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        // Every turn consumes a run and what ends it.
        loop {
            rest = self.swift(rest, out);
            let n = next(rest);
            let (run, after) = rest.split_at(n);
            self.faults.eight_bit |= !run.is_ascii();
            match after {
                [b'=', high, low, more @ ..] => {
                    if let Some(byte) = hex(*high, *low) {
                        out.extend_from_slice(run);
                        out.push(byte);
                        self.faults.lower_case |= (high | low) & 0x20 != 0
                            && (high.is_ascii_lowercase() || low.is_ascii_lowercase());
                        self.line += n + 3;
                        rest = more;
                        continue;
                    }
                    out.extend_from_slice(run);
                    self.line += n;
                    match after {
                        [b'=', b'\r', b'\n', more @ ..] | [b'=', b'\n', more @ ..] => {
                            self.line_ends(1);
                            rest = more;
                        }
                        _ => return after,
                    }
                }
                [b'\n', more @ ..] => {
                    let cr = run.last() == Some(&b'\r');
                    let text = run.get(..n - usize::from(cr)).unwrap_or_default();
                    let kept = without_white(text);
                    if kept.len() < text.len() {
                        if text.len() - kept.len() > WHITE {
                            return self.hold_tail(rest, out);
                        }
                        self.faults.trailing_space = true;
                    }
                    out.extend_from_slice(kept);
                    out.extend_from_slice(if cr { b"\r\n" } else { b"\n" });
                    self.line_ends(text.len());
                    rest = more;
                }
                _ => return self.hold_tail(rest, out),
            }
        }
    }

    /// Takes sixteen octets at a time what is beyond doubt; returns what follows. Writes all sixteen
    /// and then goes back to as many as count, which is cheaper than to write as many as count.
    fn swift<'p>(&mut self, piece: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        let mut pos = 0_usize;
        // The greatest digit.
        let mut greatest = 0;
        let mut faults = Faults::default();
        // Where the line began.
        let mut start = pos.wrapping_sub(self.line);
        // Every turn consumes an octet at least.
        while let Some(word) = piece.get(pos..).and_then(<[u8]>::first_chunk::<16>) {
            out.extend_from_slice(word);
            if !has_special(word) {
                pos += 16;
                continue;
            }
            let n = first_special(word);
            back(out, 16 - n);
            pos += n;
            match piece.get(pos..) {
                Some([b'=', high, low, ..]) if hex(*high, *low).is_some() => {
                    let (mut high, mut low) = (*high, *low);
                    // Every turn consumes an escape; they come in twos and threes.
                    while let Some(byte) = hex(high, low) {
                        out.push(byte);
                        greatest = greatest.max(high).max(low);
                        pos += 3;
                        let Some([b'=', next @ ..]) = piece.get(pos..) else { break };
                        let Some([next_high, next_low]) = next.first_chunk() else { break };
                        (high, low) = (*next_high, *next_low);
                    }
                }
                Some([b'=', b'\r', b'\n', ..] | [b'=', b'\n', ..]) => {
                    faults.long_line |= pos.wrapping_sub(start) + 1 > 76;
                    pos += if piece.get(pos + 1) == Some(&b'\r') { 3 } else { 2 };
                    start = pos;
                }
                Some([b'\n', ..]) => {
                    let before = piece.get(..pos).unwrap_or_default();
                    let (text, cr) = match before {
                        [text @ .., b'\r'] => (text, 1),
                        text => (text, 0),
                    };
                    faults.long_line |= pos.wrapping_sub(start) - cr > 76;
                    if let [.., b' ' | b'\t'] = text {
                        let white = text.len() - without_white(text).len();
                        back(out, cr + white);
                        if white > WHITE {
                            pos -= cr + white;
                            break;
                        }
                        faults.trailing_space = true;
                        out.extend_from_slice(piece.get(pos - cr..pos).unwrap_or_default());
                    }
                    out.push(b'\n');
                    pos += 1;
                    start = pos;
                }
                _ => break,
            }
        }
        // White space that may turn out to be at the end of a line is not taken.
        let before = piece.get(..pos).unwrap_or_default();
        let held = before.len() - without_white(before.strip_suffix(b"\r").unwrap_or(before)).len();
        pos -= held;
        back(out, held);
        self.line = pos.wrapping_sub(start);
        self.faults.long_line |= faults.long_line;
        self.faults.trailing_space |= faults.trailing_space;
        self.faults.lower_case |= greatest >= b'a';
        self.faults.eight_bit |= !before.is_ascii();
        piece.get(pos..).unwrap_or_default()
    }

    /// Takes what is content whatever follows; returns the white space, or the escape, behind it.
    fn hold_tail<'p>(&mut self, rest: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        let n = rest.iter().position(|b| matches!(b, b'=' | b'\n')).unwrap_or(rest.len());
        let (run, _) = rest.split_at(n);
        let run = run.strip_suffix(b"\r").unwrap_or(run);
        let kept = without_white(run).len();
        let (text, tail) = rest.split_at(kept);
        out.extend_from_slice(text);
        self.line += kept;
        tail
    }

    fn line_ends(&mut self, more: usize) {
        self.faults.long_line |= self.line + more > 76;
        self.line = 0;
    }

    /// One octet, where something is held or begins to be.
    fn octet(&mut self, b: u8, out: &mut Vec<u8>) {
        self.faults.eight_bit |= !b.is_ascii();
        let escape = self.held.iter().position(|&b| b == b'=');
        let Some(escape) = escape else {
            let (n, after_cr) = (self.held.len(), self.held.last() == Some(&b'\r'));
            match b {
                // White space before a line end is not content (rule 3).
                b'\n' => {
                    let white = n - usize::from(after_cr);
                    self.faults.trailing_space |= white > 0;
                    self.line_ends(white);
                    self.held.clear();
                    out.extend_from_slice(if after_cr { b"\r\n" } else { b"\n" });
                }
                b' ' | b'\t' if !after_cr && n < WHITE => self.held.push(b),
                b'=' | b'\r' if !after_cr && n <= WHITE => self.held.push(b),
                b'=' | b' ' | b'\t' | b'\r' => {
                    self.line += n;
                    out.append(&mut self.held);
                    self.held.push(b);
                }
                b => {
                    self.line += n + 1;
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
                self.faults.lower_case |= high.is_ascii_lowercase() || low.is_ascii_lowercase();
                self.line += self.held.len();
                self.held.truncate(escape);
                out.append(&mut self.held);
                out.push(byte);
            }
            [one] if one.is_ascii_hexdigit() => {}
            [.., b'\n'] if tail.iter().all(u8::is_ascii_whitespace) => {
                self.faults.trailing_space |= !matches!(tail, [b'\n'] | [b'\r', b'\n']);
                let shown = self.held.iter().filter(|&&b| b != b'\r' && b != b'\n').count();
                self.line_ends(shown);
                self.held.truncate(escape);
                out.append(&mut self.held);
            }
            tail if tail.len() < WHITE
                && tail.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
                && !tail.contains(&b'\r') | tail.ends_with(b"\r") => {}
            _ => {
                // No escape: the `=` is itself, and what follows is looked at again.
                self.faults.bad_escapes += 1;
                let tail = self.held.split_off(escape + 1);
                self.line += self.held.len();
                out.append(&mut self.held);
                for b in tail {
                    if self.held.is_empty() && !matches!(b, b'=' | b' ' | b'\t' | b'\r' | b'\n') {
                        self.line += 1;
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
            self.faults.cut_off = true;
            let tail = self.held.get(escape + 1..).unwrap_or_default();
            if tail.iter().any(|b| !b.is_ascii_whitespace()) {
                out.append(&mut self.held);
            } else {
                out.extend_from_slice(self.held.get(..escape).unwrap_or_default());
            }
        } else if self.held.iter().any(|b| matches!(b, b' ' | b'\t')) {
            self.faults.trailing_space = true;
        }
        self.line_ends(self.held.len());
        self.held.clear();
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

/// Where the next `=` or line feed is, or the end. Escapes often follow each other closely: the
/// first octets are looked at one by one.
fn next(rest: &[u8]) -> usize {
    const NEAR: usize = 8;
    let near = rest.iter().take(NEAR).position(|b| matches!(b, b'=' | b'\n'));
    near.unwrap_or_else(|| {
        let far = rest.get(NEAR..).unwrap_or_default();
        memchr::memchr2(b'=', b'\n', far).map_or(rest.len(), |n| n + NEAR)
    })
}

/// Takes back the last octets that were written.
fn back(out: &mut Vec<u8>, n: usize) {
    out.truncate(out.len().saturating_sub(n));
}

/// Whether there is a `=` or a line feed. Without branches, so that all sixteen are looked at at
/// once.
fn has_special(octets: &[u8; 16]) -> bool {
    octets.iter().fold(false, |any, b| any | (*b == b'=') | (*b == b'\n'))
}

/// Where the first `=` or line feed of sixteen octets is; 16 when there is none.
fn first_special(octets: &[u8; 16]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // The lowest octet that is zero has its highest bit set; below it none has.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let found = |octets: [u8; 8]| {
        let word = u64::from_le_bytes(octets);
        zero(word ^ (ONES * b'=' as u64)) | zero(word ^ (ONES * b'\n' as u64))
    };
    let [a, b, c, d, e, f, g, h, rest @ ..] = *octets;
    let (low, high) = (found([a, b, c, d, e, f, g, h]), found(rest));
    // Which half it is in cannot be foreseen: there is no branch.
    let bits = low.trailing_zeros() + high.trailing_zeros() * u32::from(low == 0);
    (bits / 8) as usize
}

fn without_white(run: &[u8]) -> &[u8] {
    let n = run.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |at| at + 1);
    run.get(..n).unwrap_or_default()
}

/// Two hexadecimal digits, in any case, as the octet that they stand for.
pub(crate) fn hex(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (digit(high), digit(low));
    (high | low < 16).then_some(high << 4 | low)
}

/// The value of a digit; 255 when it is none.
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
fn digit(b: u8) -> u8 {
    static DIGITS: [u8; 256] = {
        let mut table = [255; 256];
        let mut i = 0u8;
        while i < 16 {
            let (small, large) = (b"0123456789abcdef"[i as usize], b"0123456789ABCDEF"[i as usize]);
            table[small as usize] = i;
            table[large as usize] = i;
            i += 1;
        }
        table
    };
    DIGITS[usize::from(b)]
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
        assert_eq!(*decode(text), *out, "{text:?}");
        (out, decoder.faults())
    }

    #[test]
    fn any_cut_gives_the_same_and_what_is_wrong_is_said() {
        let none = Faults::default();
        let bad = |bad_escapes| Faults { bad_escapes, ..none };
        let white = Faults { trailing_space: true, ..none };
        let lower = Faults { lower_case: true, ..none };
        let cut_off = Faults { cut_off: true, ..none };
        let long = [b'x'; 77];
        for (text, expected, faults) in [
            (&b"a=3Db"[..], &b"a=b"[..], none),
            (b"soft=\r\nbreak", b"softbreak", none),
            (b"soft=  \r\nbreak=\n!", b"softbreak!", white),
            (b"trailing \t \r\nnext", b"trailing\r\nnext", white),
            (b"trailing \t \nnext", b"trailing\nnext", white),
            (b"a  b", b"a  b", none),
            (b"lower=c3=a9", b"lower\xc3\xa9", lower),
            (b"=3d=3D", b"==", lower),
            (b"=XY=4", b"=XY=4", Faults { cut_off: true, ..bad(1) }),
            (b"==3D", b"==", bad(1)),
            (b"= x", b"= x", bad(1)),
            (b"=\rx", b"=\rx", bad(1)),
            (b"end=", b"end", cut_off),
            (b"end =", b"end ", cut_off),
            (b" \rx", b" \rx", none),
            (b"x \ny", b"x\ny", white),
            (b"x\r", b"x", none),
            (b"x\n\t", b"x\n", white),
            (b"caf\xe9", b"caf\xe9", Faults { eight_bit: true, ..none }),
            (&long, &long, Faults { long_line: true, ..none }),
            (&long[1..], &long[1..], none),
            (
                b"a=ZZb=4\r\nc=\r\nd=  \r\ne=3d\r\n=",
                b"a=ZZb=4\r\ncde=\r\n",
                Faults {
                    bad_escapes: 2,
                    trailing_space: true,
                    lower_case: true,
                    cut_off: true,
                    ..none
                },
            ),
        ] {
            for size in 1..=text.len() {
                assert_eq!(decoded(text, size), (expected.to_vec(), faults), "{text:?} in {size}");
            }
        }
    }

    #[test]
    fn more_white_space_than_is_held_is_content_however_it_comes() {
        for n in [WHITE - 1, WHITE, WHITE + 1, 3 * WHITE] {
            let text = [b"x".repeat(3), b" ".repeat(n), b"\r\ny=41".to_vec()].concat();
            let whole = decoded(&text, text.len());
            for size in [1, 7, WHITE] {
                assert_eq!(decoded(&text, size), whole, "{n} in {size}");
            }
        }
    }

    #[test]
    fn many_octets_at_a_time_are_as_one_by_one() {
        let pieces: [&[u8]; 10] =
            [b"=", b"=\r\n", b"\n", b"\r\n", b" ", b"\t", b"=3D=c3", b"word", b"\xe9", b"\r"];
        let mut seed = 1u32;
        for _ in 0..500 {
            let mut text = Vec::new();
            while text.len() < 300 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let [.., high] = seed.to_le_bytes();
                // Mostly words, or nothing would be taken many at a time.
                let piece = pieces[usize::from(high) % 40 % 13 % 10];
                text.extend_from_slice(if high > 160 { b"somewhat longer" } else { piece });
            }
            assert_eq!(decoded(&text, text.len()), decoded(&text, 1), "{text:?}");
        }
    }
}
