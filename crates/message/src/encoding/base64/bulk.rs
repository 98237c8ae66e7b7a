//! Lines of one length, many at a time.

use super::kernel::{self, Joined, WINDOW};
use alloc::vec::Vec;

/// What became of the front of a piece.
pub(super) struct Block {
    /// So many octets are decoded.
    pub(super) taken: usize,
    /// So many behind them are not what the kernel takes.
    pub(super) refused: usize,
}

/// Decodes whole lines of whole groups, as long as every line is as long as the first.
pub(super) fn decode(bytes: &[u8], out: &mut Vec<u8>) -> Block {
    let (mut taken, mut joined) = (0, Joined::default());
    // Every turn but the last takes a block.
    loop {
        let rest = bytes.get(taken..).unwrap_or_default();
        let window = rest.get(..WINDOW).unwrap_or(rest);
        let line = Line::first(window);
        if line.data < 4 {
            // A line that is shorter than a group, or no line at all.
            return Block { taken, refused: line.data + line.end.len() };
        }
        let lines = line.repeated(rest);
        let n = lines * line.whole();
        let block = rest.get(..n).unwrap_or_default();
        if n > 0 && kernel::lines(block, &line, lines, &mut joined, out) {
            taken += n;
            continue;
        }
        // Lines that are not whole groups, or have something else in them.
        return Block { taken, refused: n.max(line.data + line.end.len()) };
    }
}

/// What all lines of a block look like.
pub(super) struct Line<'a> {
    /// How many octets of data.
    pub(super) data: usize,
    /// The line end; none when the line does not end in what is there.
    pub(super) end: &'a [u8],
}

impl<'a> Line<'a> {
    fn first(window: &'a [u8]) -> Self {
        let Some(lf) = memchr::memchr(b'\n', window) else {
            return Self { data: window.len() / 4 * 4, end: &[] };
        };
        let end = if lf > 0 && window.get(lf - 1) == Some(&b'\r') { lf - 1 } else { lf };
        Self { data: end, end: window.get(end..=lf).unwrap_or_default() }
    }

    pub(super) fn whole(&self) -> usize {
        self.data + self.end.len()
    }

    /// How many lines of this shape there are, up to what is handed on at a time.
    fn repeated(&self, rest: &[u8]) -> usize {
        if self.data % 4 != 0 {
            return 0;
        }
        let most = (WINDOW / self.whole()).max(1);
        match *self.end {
            [] => 1,
            [b'\r', _] => count(rest, self.whole(), most, *b"\r\n"),
            _ => count(rest, self.whole(), most, *b"\n"),
        }
    }
}

/// How many lines of this length end so.
fn count<const N: usize>(rest: &[u8], whole: usize, most: usize, end: [u8; N]) -> usize {
    let ends = |line: &[u8]| line.last_chunk() == Some(&end);
    let mut lines = rest.chunks_exact(whole).take(most);
    let (mut found, mut step) = (0, 8);
    // Nearly always all do, and looking at many without stopping is several times faster. Each
    // turn looks at twice as many, so that no more is looked at than twice what is found.
    loop {
        let block = lines.clone().take(step);
        let n = block.len();
        if n == 0 {
            return found;
        }
        if !block.clone().fold(true, |all, line| all & ends(line)) {
            return found + block.take_while(|line| ends(line)).count();
        }
        found += n;
        lines.nth(n - 1);
        step *= 2;
    }
}
