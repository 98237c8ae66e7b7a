//! Uuencode: as a transfer encoding (`x-uuencode`), and in the middle of a text, where the files
//! of old mailers are.
//!
//! ```text
//! begin 644 cat.txt
//! #0V%T
//! `
//! end
//! ```

use alloc::vec::Vec;
use core::ops::Range;

/// Decodes a uuencoded file in pieces. Lines before `begin` are skipped, and those behind `end`.
///
/// ```
/// use mailwire_message::encoding::uuencode::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// decoder.decode(b"begin 644 cat.txt\r\n#0V", &mut out);
/// decoder.decode(b"%T\r\n`\r\nend\r\n", &mut out);
/// decoder.finish(&mut out);
/// assert_eq!(out, b"Cat");
/// assert_eq!(decoder.name(), Some(&b"cat.txt"[..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// A line that is not over.
    held: Vec<u8>,
    name: Option<Vec<u8>>,
    faults: Faults,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Before,
    Inside,
    After,
}

/// What was not as it should be in a uuencoded file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// No line begins the file: nothing was decoded.
    pub no_begin: bool,
    /// No line ends the file.
    pub no_end: bool,
    /// How many lines are shorter than they say, or have characters that stand for nothing. What
    /// there is is decoded.
    pub bad_lines: u64,
}

impl Faults {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// The longest line that can be meant: 63 octets are 84 characters; a name may be longer.
const LINE: usize = 1000;

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        // Every turn consumes a line.
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, more) = rest.split_at(at + 1);
            rest = more;
            if self.held.is_empty() {
                self.line(line, out);
            } else {
                self.hold(line);
                let line = core::mem::take(&mut self.held);
                self.line(&line, out);
                self.held = line;
                self.held.clear();
            }
        }
        self.hold(rest);
    }

    fn hold(&mut self, piece: &[u8]) {
        let room = LINE.saturating_sub(self.held.len());
        self.held.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let line = line.get(..LINE).unwrap_or(line);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.state {
            State::Before => {
                if let Some(name) = begin(line) {
                    self.name = Some(name.to_vec());
                    self.state = State::Inside;
                }
            }
            State::Inside if is_end(line) => self.state = State::After,
            State::Inside => self.faults.bad_lines += u64::from(!data(line, out)),
            State::After => {}
        }
    }

    /// Ends the body.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let line = core::mem::take(&mut self.held);
        if !line.is_empty() {
            self.line(&line, out);
        }
        self.faults.no_begin = self.state == State::Before;
        self.faults.no_end = self.state == State::Inside;
    }

    /// The name of the file, as it stands.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.name.as_deref()
    }

    /// What was not as it should be; complete after [`finish`](Self::finish).
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults
    }
}

/// A file in the middle of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File<'a> {
    /// Where it lies in the text, from `begin` to the line behind `end`.
    pub range: Range<usize>,
    /// Its permissions, as they stand: `644`.
    pub mode: &'a [u8],
    /// Its name, as it stands.
    pub name: &'a [u8],
    /// The file as it is encoded.
    raw: &'a [u8],
}

impl File<'_> {
    /// The octets of the file.
    #[must_use]
    pub fn decode(&self) -> (Vec<u8>, Faults) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        decoder.decode(self.raw, &mut out);
        decoder.finish(&mut out);
        (out, decoder.faults())
    }
}

/// The files in the middle of a text. Only what has both a beginning and an end, with lines
/// between that could be data, is one: text may well begin a line with `begin`.
///
/// ```
/// use mailwire_message::encoding::uuencode;
///
/// let text = b"See:\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye.\r\n";
/// let file = uuencode::files(text).next().unwrap();
/// assert_eq!(file.decode().0, b"Cat");
/// assert_eq!(&text[file.range.end..], b"Bye.\r\n");
/// ```
pub fn files(text: &[u8]) -> impl Iterator<Item = File<'_>> {
    let mut lines = Lines { text, at: 0 };
    let mut open: Option<(usize, &[u8])> = None;
    core::iter::from_fn(move || {
        // Every turn consumes a line.
        loop {
            let (range, line) = lines.next()?;
            match open {
                _ if begin(line).is_some() => open = Some((range.start, line)),
                Some((start, first)) if is_end(line) => {
                    open = None;
                    let name = begin(first).unwrap_or_default();
                    let mode = first.strip_prefix(b"begin ").unwrap_or_default();
                    let mode = mode.split(|&b| b == b' ').next().unwrap_or_default();
                    let range = start..range.end;
                    let raw = text.get(range.clone()).unwrap_or_default();
                    return Some(File { range, mode, name, raw });
                }
                Some(_) if !is_data(line) => open = None,
                _ => {}
            }
        }
    })
}

struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (Range<usize>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let range = self.at..self.at + n;
        self.at += n;
        let line = rest.get(..n).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Some((range, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// The name in `begin 644 name`.
fn begin(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().position(|b| !matches!(b, b'0'..=b'7'))?;
    let name = rest.get(digits..)?.strip_prefix(b" ")?;
    ((3..=6).contains(&digits) && !name.is_empty()).then(|| name.trim_ascii())
}

fn is_end(line: &[u8]) -> bool {
    line.trim_ascii_end() == b"end"
}

/// Whether a line could be data: as long as its first character says, give or take what mailers
/// strip from its end or add to it.
fn is_data(line: &[u8]) -> bool {
    let Some((&first, rest)) = line.split_first() else { return true };
    let Some(n) = six(first) else { return false };
    let whole = usize::from(n).div_ceil(3) * 4;
    let lean = (usize::from(n) * 4).div_ceil(3);
    rest.iter().all(|&b| six(b).is_some()) && rest.len() <= whole + 2 && {
        // Spaces at its end may be stripped, and a space stands for zero.
        rest.len() >= lean || rest.len() * 2 >= lean
    }
}

/// The six bits of a character: a space and a grave accent are both zero.
fn six(b: u8) -> Option<u8> {
    (0x20..=0x60).contains(&b).then(|| b.wrapping_sub(0x20) & 0x3f)
}

/// Decodes a line of data; false when it is not whole.
fn data(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((&first, rest)) = line.split_first() else { return true };
    let Some(n) = six(first) else { return false };
    let n = usize::from(n);
    let before = out.len();
    let mut good = rest.len() >= (n * 4).div_ceil(3) || rest.len() * 2 >= n;
    for group in rest.chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            // What is stripped from the end was spaces.
            let value = six(group.get(at).copied().unwrap_or(b' '));
            good &= value.is_some();
            bits = bits << 6 | u32::from(value.unwrap_or_default());
        }
        let [_, a, b, c] = bits.to_be_bytes();
        out.extend_from_slice(&[a, b, c]);
    }
    let whole = out.len() - before;
    out.truncate(before + n.min(whole));
    if whole < n {
        // Zeroes that were stripped; not more than the line can hold.
        out.resize(before + n, 0);
        good &= rest.len() * 2 >= n;
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAT: &[u8] = b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n";

    fn decoded(text: &[u8], size: usize) -> (Vec<u8>, Faults) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in text.chunks(size) {
            decoder.decode(piece, &mut out);
        }
        decoder.finish(&mut out);
        (out, decoder.faults())
    }

    #[test]
    fn any_cut_gives_the_same() {
        let none = Faults::default();
        let long =
            b"begin 644 x\nM5&AE('%U:6-K(&)R;W=N(&9O>\"!J=6UP<R!O=F5R('1H92!L87IY(&1O9RX*\nend";
        let long_is = b"The quick brown fox jumps over the lazy dog.\n";
        for (text, expected, faults) in [
            (CAT, &b"Cat"[..], none),
            (long, long_is, none),
            (b"junk\nbegin 600 a b\n#0V%T\n \nend\nafter\n", b"Cat", none),
            (b"begin 644 x\n#0V%T\n", b"Cat", Faults { no_end: true, ..none }),
            (b"#0V%T\n", b"", Faults { no_begin: true, ..none }),
            (b"begin 644 x\n#0V\x7fT\nend\n", b"C`4", Faults { bad_lines: 1, ..none }),
            // The spaces at the end are stripped: zeroes.
            (b"begin 644 x\n#0P\nend\n", b"C\0\0", none),
        ] {
            for size in 1..=text.len() {
                assert_eq!(decoded(text, size), (expected.to_vec(), faults), "{text:?} in {size}");
            }
        }
    }

    #[test]
    fn files_are_found_in_a_text_and_words_are_not() {
        let text =
            [b"begin 644 is how a file begins\r\nThat was text.\r\n", CAT, b"and ", CAT, CAT]
                .concat();

        let found: Vec<_> =
            files(&text).map(|file| (file.name.to_vec(), file.decode().0)).collect();

        assert_eq!(
            found,
            [(b"cat.txt".to_vec(), b"Cat".to_vec()), (b"cat.txt".to_vec(), b"Cat".to_vec())]
        );
    }

    #[test]
    fn a_line_never_becomes_more_than_it_says() {
        assert_eq!(decoded(b"begin 644 x\nM\nend\n", 100).0.len(), 45);
        assert_eq!(decoded(&[b"begin 644 x\n#", &[b'!'; 5000][..]].concat(), 4096).0.len(), 3);
    }
}
