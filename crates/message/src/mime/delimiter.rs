//! The parts that are open, and whose delimiter a line is.

use crate::rules::{Delimiters, Rules};
use alloc::vec::Vec;
use memchr::memchr;

/// A part that is open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    /// How many octets of boundaries belong to the parts around it.
    start: usize,
    /// How long its boundary is.
    len: usize,
    /// It has a boundary, which may be empty.
    is_multipart: bool,
    /// The first octets of the boundary, as far as it has them, and which those are: what most
    /// lines are told apart by.
    head: u64,
    mask: u64,
    /// Its closing delimiter has come.
    closed: bool,
    /// Messages are what is meant where its parts say nothing.
    pub(crate) digest: bool,
    /// It has had a part.
    pub(crate) divided: bool,
}

impl Level {
    pub(crate) fn is_multipart(&self) -> bool {
        self.is_multipart
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_multipart && !self.closed
    }
}

/// All that are open, outermost first. Their boundaries lie behind each other in one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    list: Vec<Level>,
    boundaries: Vec<u8>,
    /// How many have a boundary.
    multiparts: usize,
    /// How long the longest boundary is.
    longest: usize,
}

/// A line that begins with a boundary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Delimiter {
    pub(crate) level: usize,
    pub(crate) close: bool,
    /// The multipart was closed before.
    pub(crate) late: bool,
    /// How long the line is, as far as it was looked at.
    pub(crate) len: usize,
    /// The line goes on.
    pub(crate) unfinished: bool,
    pub(crate) tail: Tail,
}

/// What follows a boundary on its line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tail {
    Nothing,
    White,
    Other,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    Yes(Delimiter),
    No,
    /// More octets decide.
    Unknown,
}

impl Levels {
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.boundaries.clear();
        (self.multiparts, self.longest) = (0, 0);
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The part around the innermost one.
    pub(crate) fn parent(&self) -> Option<&Level> {
        self.list.len().checked_sub(2).and_then(|at| self.list.get(at))
    }

    /// Whether there are boundaries to look for.
    pub(crate) fn any(&self) -> bool {
        self.multiparts > 0
    }

    pub(crate) fn push(&mut self) {
        self.list.push(Level { start: self.boundaries.len(), ..Level::default() });
    }

    pub(crate) fn pop(&mut self) -> Option<Level> {
        let level = self.list.pop()?;
        self.boundaries.truncate(level.start);
        if level.is_multipart() {
            self.multiparts -= 1;
            if level.len == self.longest {
                self.longest = self.list.iter().map(|level| level.len).max().unwrap_or_default();
            }
        }
        Some(level)
    }

    /// Makes the innermost part a multipart. True when a boundary that is open is, or begins, or
    /// begins with, its own.
    pub(crate) fn divide(&mut self, boundary: &[u8], digest: bool) -> bool {
        let similar = self.list.iter().filter(|level| level.is_open()).any(|level| {
            let other = self.boundary(level);
            other.starts_with(boundary) || boundary.starts_with(other)
        });
        let Some(level) = self.list.last_mut() else { return false };
        self.boundaries.extend_from_slice(boundary);
        (level.len, level.is_multipart) = (boundary.len(), true);
        (level.head, level.mask) = head(boundary);
        level.digest = digest;
        self.multiparts += 1;
        self.longest = self.longest.max(boundary.len());
        similar
    }

    fn boundary(&self, level: &Level) -> &[u8] {
        self.boundaries.get(level.start..level.start + level.len).unwrap_or_default()
    }

    /// The innermost part, a multipart, gets a part.
    pub(crate) fn divided(&mut self) {
        if let Some(level) = self.list.last_mut() {
            (level.divided, level.closed) = (true, false);
        }
    }

    pub(crate) fn close_last(&mut self) {
        if let Some(level) = self.list.last_mut() {
            level.closed = true;
        }
    }

    /// Whether a delimiter stands at the start of `bytes`, where a line begins.
    pub(crate) fn find(&self, bytes: &[u8], at_end: bool, rules: &Rules) -> Found {
        let Some(text) = bytes.strip_prefix(b"--") else {
            let may = !at_end && b"--".starts_with(bytes);
            return if may { Found::Unknown } else { Found::No };
        };
        // More than this much never matters: the longest boundary, two hyphens, white space, and a
        // line end.
        let window = self.longest + PADDING;
        let seen = text.get(..window.min(text.len())).unwrap_or_default();
        let end = memchr(b'\n', seen);
        if end.is_none() && !at_end && text.len() < window {
            // Even so it may be known that it is none.
            return if self.may_begin(seen) { Found::Unknown } else { Found::No };
        }
        let line = seen.get(..end.unwrap_or(seen.len())).unwrap_or_default();
        let whole = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((at, level)) = self.longest_match(whole) else { return Found::No };
        let rest = whole.get(level.len..).unwrap_or_default();
        let (rest, close) = match rest.strip_prefix(b"--") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let unfinished = end.is_none() && seen.len() == window;
        let tail = match rest {
            [] if !unfinished => Tail::Nothing,
            rest if !unfinished && rest.iter().all(|b| matches!(b, b' ' | b'\t')) => Tail::White,
            _ => Tail::Other,
        };
        if tail == Tail::Other && rules.delimiters == Delimiters::Line {
            return Found::No;
        }
        let len = 2 + end.map_or(seen.len(), |end| end + 1);
        Found::Yes(Delimiter { level: at, close, late: level.closed, len, unfinished, tail })
    }

    /// The longest boundary that a line begins with, an exact one before others, open ones before
    /// closed ones, the innermost among equals.
    fn longest_match(&self, line: &[u8]) -> Option<(usize, &Level)> {
        let (word, _) = head(line);
        let mut best: Option<(usize, &Level)> = None;
        for (at, level) in self.list.iter().enumerate().rev() {
            if word & level.mask != level.head || !level.is_multipart {
                continue;
            }
            let Some(rest) = line.strip_prefix(self.boundary(level)) else { continue };
            // Behind a closing delimiter only that of the same part is told.
            if level.closed && at + 1 != self.list.len() {
                continue;
            }
            let better = best
                .is_none_or(|(_, other)| (!level.closed, level.len) > (!other.closed, other.len));
            if better {
                best = Some((at, level));
                if !level.closed && matches!(rest, [] | [b'-', b'-']) {
                    break;
                }
            }
        }
        best
    }

    /// Whether what has come of a line may be the beginning of a delimiter.
    fn may_begin(&self, line: &[u8]) -> bool {
        self.list.iter().filter(|level| level.is_multipart()).any(|level| {
            let boundary = self.boundary(level);
            line.starts_with(boundary) || boundary.starts_with(line)
        })
    }
}

/// The first eight octets, and a mask of those that there are.
fn head(bytes: &[u8]) -> (u64, u64) {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    let missing = 8 - bytes.len().min(8);
    let mask = u64::MAX.checked_shr(8 * u32::try_from(missing).unwrap_or(8)).unwrap_or(0);
    (u64::from_le_bytes(word), mask)
}

/// How many octets behind a boundary are looked at.
const PADDING: usize = 70;
