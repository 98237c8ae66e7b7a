//! Base64 in lines of 76 characters (RFC 2045 section 6.8), of octets that come in pieces.

use mailwire_core::{Sink, base64};

/// What makes a line of 76 characters.
const LINE: usize = 57;
/// A line with its end.
const WIDTH: usize = LINE / 3 * 4 + 2;
/// How many lines are encoded at a time.
const LINES: usize = 64;

/// How many octets are written of so many; none when there is no such number.
pub(super) fn length(octets: u64) -> Option<u64> {
    let ends = octets.div_ceil(LINE as u64).saturating_sub(1).checked_mul(2)?;
    octets.div_ceil(3).checked_mul(4)?.checked_add(ends)
}

/// What does not make a line yet, and whether one was written.
#[derive(Clone, Debug)]
pub(super) struct Base64Lines {
    pending: [u8; LINE],
    held: usize,
    first: bool,
}

impl Default for Base64Lines {
    fn default() -> Self {
        Self { pending: [0; LINE], held: 0, first: true }
    }
}

impl Base64Lines {
    /// Writes the lines that are whole with these octets.
    pub(super) fn put(&mut self, mut bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
        if self.held > 0 || bytes.len() < LINE {
            let n = bytes.len().min(LINE - self.held);
            let (head, rest) = bytes.split_at(n);
            if let Some(room) = self.pending.get_mut(self.held..self.held + n) {
                room.copy_from_slice(head);
            }
            self.held += n;
            bytes = rest;
            if self.held < LINE {
                return;
            }
            let line = self.pending;
            self.lines(&line, out);
            self.held = 0;
        }
        let (whole, rest) = bytes.split_at(bytes.len() / LINE * LINE);
        self.lines(whole, out);
        if let Some(room) = self.pending.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
            self.held = rest.len();
        }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self, out: &mut (impl Sink + ?Sized)) {
        if self.held > 0 {
            self.begin(out);
            let line = self.pending;
            base64::encode(line.get(..self.held).unwrap_or_default(), out);
        }
    }

    /// Ends each line when the next begins: the last has its end from what follows the body.
    fn begin(&mut self, out: &mut (impl Sink + ?Sized)) {
        if !core::mem::take(&mut self.first) {
            out.put(b"\r\n");
        }
    }

    /// Writes whole lines.
    fn lines(&mut self, octets: &[u8], out: &mut (impl Sink + ?Sized)) {
        if octets.is_empty() {
            return;
        }
        self.begin(out);
        // All of a block but the last line end, which is written when another line follows.
        let (mut text, mut first) = ([0; LINES * WIDTH], true);
        for block in octets.chunks(LINES * LINE) {
            if !core::mem::take(&mut first) {
                out.put(b"\r\n");
            }
            let n = (block.len() / LINE * WIDTH).saturating_sub(2);
            kernel::encode(block, &mut text);
            out.put(text.get(..n).unwrap_or_default());
        }
    }
}

/// What encodes whole lines, each with its end.
#[cfg(feature = "encodify")]
mod kernel {
    pub(super) fn encode(lines: &[u8], text: &mut [u8]) {
        // There is room, so it cannot fail.
        let _ = encodify::base64::MIME.encode_slice(lines, text);
    }
}

#[cfg(not(feature = "encodify"))]
mod kernel {
    use super::{LINE, LINES, WIDTH};
    use crate::encoding::base64::engine;
    use base64::Engine as _;

    const DATA: usize = WIDTH - 2;

    pub(super) fn encode(lines: &[u8], text: &mut [u8]) {
        let mut joined = [0; LINES * DATA];
        let to = joined.get_mut(..lines.len() / LINE * DATA).unwrap_or_default();
        // There is room, so it cannot fail.
        let _ = engine().encode_slice(lines, to);
        for (from, to) in to.chunks_exact(DATA).zip(text.chunks_exact_mut(WIDTH)) {
            if let Some((data, end)) = to.split_at_mut_checked(DATA) {
                data.copy_from_slice(from);
                end.copy_from_slice(b"\r\n");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn encoded<'d>(pieces: impl Iterator<Item = &'d [u8]>) -> Vec<u8> {
        let (mut lines, mut out) = (Base64Lines::default(), Vec::new());
        for piece in pieces {
            lines.put(piece, &mut out);
        }
        lines.finish(&mut out);
        out
    }

    #[test]
    fn lines_do_not_depend_on_the_pieces() {
        let data: Vec<u8> = (0..=255).cycle().take(LINES * LINE * 2 + 100).collect();
        let whole = encoded([&*data].into_iter());
        for n in [1, 2, 56, 57, 58, 400, LINES * LINE, LINES * LINE + 1] {
            assert_eq!(encoded(data.chunks(n)), whole, "{n}");
        }
        for n in 0..400 {
            assert_eq!(encoded([&data[..n], &data[n..]].into_iter()), whole, "{n}");
        }
    }

    #[test]
    fn every_length_is_reckoned_and_its_lines_are_those_of_rfc2045() {
        let data: Vec<u8> = (0..=255).rev().cycle().take(LINES * LINE * 2 + 1).collect();
        for n in (0..400).chain(LINES * LINE - 1..=LINES * LINE + 58).chain([data.len()]) {
            let written = encoded([&data[..n]].into_iter());
            let mut flat = Vec::new();
            base64::encode(&data[..n], &mut flat);
            let lines: Vec<&[u8]> = flat.chunks(76).collect();
            assert_eq!(written, lines.join(&b"\r\n"[..]), "{n}");
            assert_eq!(length(n as u64), Some(written.len() as u64), "{n}");
        }
        assert_eq!(length(u64::MAX), None);
    }
}
