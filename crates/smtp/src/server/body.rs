//! The message as it comes in: dots, size, line ends.

use super::Why;
use super::config::{BareNewlines, Config};
use crate::Input;
use core::ops::Range;
use mailwire_core::dots::Piece;
use mailwire_core::{DotReader, Newlines};

/// How often the client is given new time.
const TIMED: u64 = 64 * 1024;

/// A message that is coming in.
#[derive(Debug)]
pub(super) struct Body {
    dots: DotReader,
    newlines: Newlines,
    /// How many octets came, dots removed.
    taken: u64,
}

/// What a body did.
#[derive(Debug)]
pub(super) enum Step {
    /// Content, within the limit.
    Piece(Range<usize>),
    /// It is over; with a reason when it must be refused.
    End(Option<Why>),
    NeedMore,
}

impl Body {
    pub(super) fn new() -> Self {
        Self { dots: DotReader::new(), newlines: Newlines::default(), taken: 0 }
    }

    /// The next step. What passes the size limit is consumed and not shown, at the same octet
    /// however it is cut.
    pub(super) fn next(&mut self, rx: &mut Input, config: &Config) -> Step {
        // Every turn consumes content beyond the limit, or returns.
        loop {
            let range = match self.dots.next(rx) {
                Piece::NeedMore => return Step::NeedMore,
                Piece::End => return Step::End(self.verdict(config)),
                Piece::Content(range) => range,
            };
            self.newlines.look(rx.slice(range.clone()));
            let room = config.limits.message.saturating_sub(self.taken);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let n = range.len();
            self.taken = self.taken.saturating_add(n as u64);
            if room > 0 {
                return Step::Piece(range.start..range.start + n.min(room));
            }
        }
    }

    /// How many times it has earned new time.
    pub(super) fn progress(&self) -> u64 {
        self.taken / TIMED
    }

    fn verdict(&mut self, config: &Config) -> Option<Why> {
        self.newlines.end();
        if self.taken > config.limits.message {
            Some(Why::TooBig)
        } else if self.newlines.any_bare() && config.bare_newlines == BareNewlines::Reject {
            Some(Why::BareNewline)
        } else {
            None
        }
    }
}
