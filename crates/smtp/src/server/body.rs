//! The message as it comes in: dots or chunks, size, line ends.

use super::config::{BareNewlines, Config};
use super::session::Received;
use super::{Protocol, Why};
use crate::Input;
use core::ops::Range;
use mailwire_core::DotReader;
use mailwire_core::dots::{NormalPiece, Piece};

/// How often the client is given new time.
pub(super) const TIMED: u64 = 64 * 1024;

/// A chunk that is coming in behind BDAT.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) left: u64,
    pub(super) last: bool,
    pub(super) end: ChunkEnd,
}

/// What a chunk does when it has come whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum ChunkEnd {
    /// Content.
    Content,
    /// It was refused and answered: consume it.
    Silent,
    /// It is to be refused.
    Refuse(Why),
}

/// What a body did.
#[derive(Debug)]
pub(super) enum Step {
    /// Content, within the limit.
    Piece(Range<usize>),
    /// A line end that stands for a bare one.
    Newline,
    /// It is over; with a reason when it must be refused.
    End(Option<Why>),
    NeedMore,
}

/// The next step of a message behind DATA. What passes the size limit is consumed and not shown, at
/// the same octet however it is cut.
pub(super) fn next(
    dots: &mut DotReader,
    rx: &mut Input,
    all: &mut Received,
    config: &Config,
) -> Step {
    let limit = config.limits.message;
    // Every turn consumes content beyond the limit, or returns.
    loop {
        if config.bare_newlines == BareNewlines::Normalise {
            match dots.next_normal(rx) {
                NormalPiece::NeedMore => return Step::NeedMore,
                NormalPiece::End => return Step::End(all.verdict(config)),
                NormalPiece::Content(range) => {
                    if let Some(range) = all.take(rx, range, limit) {
                        return Step::Piece(range);
                    }
                }
                NormalPiece::BareNewline => {
                    all.octets = all.octets.saturating_add(2);
                    if all.octets <= limit {
                        return Step::Newline;
                    }
                }
            }
            continue;
        }
        let range = match dots.next_with(rx, &config.search) {
            Piece::NeedMore => return Step::NeedMore,
            Piece::End => return Step::End(all.verdict(config)),
            Piece::Content(range) => range,
        };
        if let Some(range) = all.take(rx, range, limit) {
            return Step::Piece(range);
        }
    }
}

impl Chunk {
    pub(super) fn next(&mut self, rx: &mut Input, all: &mut Received, limit: u64) -> Step {
        // Every turn consumes what is not shown, or returns.
        loop {
            if self.left == 0 {
                return Step::End(None);
            }
            if rx.is_empty() {
                return Step::NeedMore;
            }
            let n = usize::try_from(self.left).unwrap_or(usize::MAX).min(rx.len());
            let range = rx.take(n);
            self.left -= n as u64;
            match self.end {
                ChunkEnd::Content => {
                    if let Some(range) = all.take(rx, range, limit) {
                        return Step::Piece(range);
                    }
                }
                ChunkEnd::Silent | ChunkEnd::Refuse(_) => {
                    all.octets = all.octets.saturating_add(n as u64);
                }
            }
        }
    }
}

impl Received {
    /// Counts a piece and looks at its line ends; what of it is within the limit.
    fn take(&mut self, rx: &Input, range: Range<usize>, limit: u64) -> Option<Range<usize>> {
        self.newlines.look(rx.slice(range.clone()));
        let room = usize::try_from(limit.saturating_sub(self.octets)).unwrap_or(usize::MAX);
        let n = range.len();
        self.octets = self.octets.saturating_add(n as u64);
        (room > 0).then(|| range.start..range.start + n.min(room))
    }

    fn verdict(&mut self, config: &Config) -> Option<Why> {
        self.newlines.end();
        if self.octets > config.limits.message {
            Some(Why::TooBig)
        } else if self.newlines.any_bare() && config.bare_newlines == BareNewlines::Reject {
            Some(Why::BareNewline)
        } else {
            None
        }
    }

    /// How many times the client has earned new time.
    pub(super) fn progress(&self) -> u64 {
        self.octets / TIMED
    }
}

/// How many answers a message gets.
pub(super) fn answers(protocol: Protocol, recipients: u32) -> u32 {
    match protocol {
        Protocol::Smtp => 1,
        Protocol::Lmtp => recipients,
    }
}
