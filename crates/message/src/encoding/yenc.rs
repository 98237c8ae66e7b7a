//! yEnc, version 1.3: files in the middle of a text, one octet for most octets, with a checksum.
//!
//! ```text
//! =ybegin line=128 size=584 name=testfile.txt
//! ...
//! =yend size=584 crc32=ded29f4f
//! ```

use alloc::vec::Vec;

/// Decodes a yEnc file, or a part of one, in pieces. Lines before `=ybegin` are skipped, and those
/// behind `=yend`.
///
/// ```
/// use mailwire_message::encoding::yenc::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// decoder.decode(b"=ybegin line=128 size=3 name=cat.txt\r\n\x6d\x8b", &mut out);
/// decoder.decode(b"\x9e\r\n=yend size=3 crc32=A6130548\r\n", &mut out);
/// decoder.finish(&mut out);
/// assert_eq!(out, b"Cat");
/// assert_eq!(decoder.name(), Some(&b"cat.txt"[..]));
/// # assert!(!decoder.faults().any(), "{:?}", decoder.faults());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// A line of ours that is not over.
    held: Vec<u8>,
    name: Option<Vec<u8>>,
    size: Option<u64>,
    part: Option<Part>,
    /// Whether the file says that it is one of several.
    multipart: bool,
    line_start: bool,
    escaped: bool,
    count: u64,
    crc: Crc32,
    faults: Faults,
}

/// Where a part of a file lies in it, counted from 1.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Part {
    /// The first octet.
    pub begin: u64,
    /// The last octet.
    pub end: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Before,
    /// `=ypart` may follow.
    Begun,
    Inside,
    After,
}

/// What was not as it should be in a yEnc file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// No line begins the file: nothing was decoded.
    pub no_begin: bool,
    /// No line ends the file.
    pub no_end: bool,
    /// There are more or fewer octets than the last line says.
    pub wrong_size: bool,
    /// The checksum is another one: the file is damaged.
    pub wrong_checksum: bool,
}

impl Faults {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// The longest line that begins or ends a file.
const LINE: usize = 1000;

impl Decoder {
    /// Appends what `piece` stands for.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        // Every turn consumes a line, data up to the end of one, or what is held.
        while let Some(&first) = rest.first() {
            match *self.held {
                // A line of data may begin with an escape: two octets tell.
                [b'='] if self.in_data() && first != b'y' => {
                    self.held.clear();
                    self.data(b"=", out);
                }
                [] if self.in_data() && (!self.line_start || first != b'=') => {
                    rest = self.data(rest, out);
                }
                [] if self.in_data() && rest.get(1).is_some_and(|&b| b != b'y') => {
                    rest = self.data(rest, out);
                }
                _ => rest = self.line(rest),
            }
        }
    }

    /// A line of ours, or a piece of one; returns what is behind it.
    fn line<'p>(&mut self, rest: &'p [u8]) -> &'p [u8] {
        let n = memchr::memchr(b'\n', rest).map(|at| at + 1);
        let (line, more) = rest.split_at(n.unwrap_or(rest.len()));
        let room = LINE.saturating_sub(self.held.len());
        self.held.extend_from_slice(line.get(..room).unwrap_or(line));
        if n.is_some() {
            let line = core::mem::take(&mut self.held);
            self.command(&line);
        }
        more
    }

    fn in_data(&self) -> bool {
        matches!(self.state, State::Begun | State::Inside)
    }

    /// Data up to a line that begins with `=`.
    fn data<'p>(&mut self, rest: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        self.state = State::Inside;
        let before = out.len();
        let mut at = 0;
        for &b in rest {
            match b {
                _ if self.escaped && !matches!(b, b'\r' | b'\n') => {
                    self.escaped = false;
                    out.push(b.wrapping_sub(64 + 42));
                }
                b'\r' => {}
                b'\n' => (self.line_start, self.escaped) = (true, false),
                b'=' if self.line_start && at > 0 => break,
                b'=' => (self.line_start, self.escaped) = (false, true),
                b => {
                    self.line_start = false;
                    out.push(b.wrapping_sub(42));
                }
            }
            at += 1;
        }
        let new = out.get(before..).unwrap_or_default();
        self.crc.update(new);
        self.count += new.len() as u64;
        rest.get(at..).unwrap_or_default()
    }

    fn command(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        match self.state {
            State::Before => {
                if let Some(values) = line.strip_prefix(b"=ybegin ") {
                    let name = memchr::memmem::find(values, b"name=");
                    self.name = name.and_then(|at| values.get(at + 5..)).map(<[u8]>::to_vec);
                    let values = values.get(..name.unwrap_or(values.len())).unwrap_or_default();
                    self.size = number(values, b"size");
                    self.multipart = number(values, b"part").is_some();
                    (self.state, self.line_start) = (State::Begun, true);
                }
            }
            State::Begun | State::Inside => {
                if let Some(values) = line.strip_prefix(b"=ypart ") {
                    let (begin, end) = (number(values, b"begin"), number(values, b"end"));
                    self.part = begin.zip(end).map(|(begin, end)| Part { begin, end });
                } else if let Some(values) = line.strip_prefix(b"=yend") {
                    self.end(values);
                }
                self.line_start = true;
            }
            State::After => {}
        }
    }

    fn end(&mut self, values: &[u8]) {
        self.state = State::After;
        let size = number(values, b"size").or(self.size.filter(|_| !self.multipart));
        self.faults.wrong_size = size.is_some_and(|size| size != self.count)
            || self.part.is_some_and(|part| part.end.wrapping_sub(part.begin) + 1 != self.count);
        let own = hex(values, b"pcrc32").or(hex(values, b"crc32").filter(|_| !self.multipart));
        self.faults.wrong_checksum = own.is_some_and(|crc| crc != self.crc.finish());
    }

    /// Ends the body.
    pub fn finish(&mut self, _out: &mut Vec<u8>) {
        let line = core::mem::take(&mut self.held);
        if !line.is_empty() {
            self.command(&line);
        }
        self.faults.no_begin = self.state == State::Before;
        self.faults.no_end = self.in_data();
    }

    /// The name of the file, as it stands.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.name.as_deref()
    }

    /// How long the whole file says it is.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Which part of the file it is, when it is sent in parts.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// What was not as it should be; complete after [`finish`](Self::finish).
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults
    }
}

fn word<'a>(values: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    values.split(|&b| b == b' ').find_map(|word| word.strip_prefix(key)?.strip_prefix(b"="))
}

fn number(values: &[u8], key: &[u8]) -> Option<u64> {
    core::str::from_utf8(word(values, key)?).ok()?.parse().ok()
}

fn hex(values: &[u8], key: &[u8]) -> Option<u32> {
    u32::from_str_radix(core::str::from_utf8(word(values, key)?).ok()?, 16).ok()
}

/// The checksum of ISO 3309, as yEnc and TNEF's neighbours use it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(!0)
    }
}

impl Crc32 {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let mut groups = bytes.chunks_exact(4);
        for group in groups.by_ref() {
            let [a, b, c, d] = *group else { continue };
            let [w, x, y, z] = (self.0 ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
            self.0 = entry(3, w) ^ entry(2, x) ^ entry(1, y) ^ entry(0, z);
        }
        for &b in groups.remainder() {
            let [low, ..] = self.0.to_le_bytes();
            self.0 = entry(0, low ^ b) ^ self.0 >> 8;
        }
    }

    pub(crate) fn finish(self) -> u32 {
        !self.0
    }
}

/// What an octet does to the checksum when so many octets follow it.
#[expect(clippy::indexing_slicing, reason = "an octet is below 256, the table one of four")]
fn entry(table: usize, b: u8) -> u32 {
    static TABLES: [[u32; 256]; 4] = tables();
    TABLES[table & 3][usize::from(b)]
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "at compile time, of numbers below 256"
)]
const fn tables() -> [[u32; 256]; 4] {
    let mut tables = [[0; 256]; 4];
    let mut at = 0;
    while at < 256 {
        let (mut crc, mut bit) = (at as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][at] = crc;
        at += 1;
    }
    at = 0;
    while at < 256 {
        let mut table = 1;
        while table < 4 {
            let before = tables[table - 1][at];
            tables[table][at] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            table += 1;
        }
        at += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(data: &[u8], line: usize) -> Vec<u8> {
        let (mut out, mut column) = (Vec::new(), 0);
        for &b in data {
            let b = b.wrapping_add(42);
            if matches!(b, 0 | b'\r' | b'\n' | b'=') || b == b'.' && column == 0 {
                out.extend_from_slice(&[b'=', b.wrapping_add(64)]);
            } else {
                out.push(b);
            }
            column += 1;
            if column == line {
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    fn decoded(text: &[u8], size: usize) -> (Vec<u8>, Faults) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in text.chunks(size) {
            decoder.decode(piece, &mut out);
        }
        decoder.finish(&mut out);
        (out, decoder.faults())
    }

    #[test]
    fn any_octets_come_back_however_they_are_cut() {
        let data: Vec<u8> = (0..600u32).map(|i| ((i * i) >> 3).to_le_bytes()[0]).collect();
        let mut crc = Crc32::default();
        crc.update(&data);
        for line in [1, 7, 128] {
            let head = std::format!("text\r\n=ybegin line={line} size=600 name=a b.bin\r\n");
            let tail = std::format!("=yend size=600 crc32={:08x}\r\nmore\r\n", crc.finish());
            let text = [head.as_bytes(), &encoded(&data, line), tail.as_bytes()].concat();
            for size in [1, 2, 3, 5, 50, text.len()] {
                assert_eq!(
                    decoded(&text, size),
                    (data.clone(), Faults::default()),
                    "{line} {size}"
                );
            }
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_world() {
        let mut crc = Crc32::default();
        crc.update(b"12345");
        crc.update(b"6789");
        assert_eq!(crc.finish(), 0xcbf4_3926);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let none = Faults::default();
        for (text, expected, faults) in [
            (&b"nothing\r\n"[..], &b""[..], Faults { no_begin: true, ..none }),
            (b"=ybegin line=9 size=3 name=x\n\x6d\x8b", b"Ca", Faults { no_end: true, ..none }),
            (
                b"=ybegin line=9 size=3 name=x\n\x6d\x8b\n=yend size=3\n",
                b"Ca",
                Faults { wrong_size: true, ..none },
            ),
            (
                b"=ybegin line=9 size=3 name=x\n\x6d\x8b\x9f\n=yend size=3 crc32=a6130548\n",
                b"Cau",
                Faults { wrong_checksum: true, ..none },
            ),
            (
                b"=ybegin part=2 line=9 size=99 name=x\n=ypart begin=4 end=6\n\x6d\x8b\x9e\n=yend size=3 part=2 pcrc32=a6130548 crc32=00000000\n",
                b"Cat",
                none,
            ),
        ] {
            for size in 1..=text.len() {
                assert_eq!(decoded(text, size), (expected.to_vec(), faults), "{text:?} in {size}");
            }
        }
    }
}
