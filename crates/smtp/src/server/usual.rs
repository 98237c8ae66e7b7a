//! The lines that most lines are: MAIL, RCPT and RSET where nothing is in their way.
//!
//! Nothing is refused here, and nothing is decided that [`receive`](super::receive) would not
//! decide: whatever is not quite as usual is left to it.

use super::session::Parameters;
use super::{Connection, Due, Event, Stage, Synchronisation};
use crate::parse::usual::{self, Path};
use crate::types::{Extension, ForwardPath, Mail, Mailbox, Params, Rcpt, ReversePath, Verb};
use crate::{Input, rules};
use core::ops::Range;

/// Which of the parameters of every day the configuration allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    eight_bit: bool,
    utf8: bool,
}

/// An event that was found, before it is borrowed from the input.
pub(super) enum Found {
    Mail { from: Address, params: Range<usize> },
    Rcpt(Address),
    Reset,
}

pub(super) struct Address {
    range: Range<usize>,
    at: usize,
}

impl Found {
    #[inline]
    pub(super) fn event(self, rx: &Input) -> Event<'_> {
        match self {
            Self::Mail { from, params } => {
                // Both are US-ASCII.
                let all = text(rx, from.range.start..params.end);
                let address = all.get(..from.range.len()).unwrap_or_default();
                let params = all.get(params.start - from.range.start..).unwrap_or_default();
                let from = match address {
                    "" => ReversePath::Null,
                    address => ReversePath::Mailbox(Mailbox::parsed(address, from.at)),
                };
                Event::Mail(Mail { from, params: Params::parsed(params) })
            }
            Self::Rcpt(to) => {
                let to = Mailbox::parsed(text(rx, to.range), to.at);
                Event::Rcpt(Rcpt { to: ForwardPath::Mailbox(to), params: Params::default() })
            }
            Self::Reset => Event::Reset,
        }
    }
}

fn text(rx: &Input, range: Range<usize>) -> &str {
    core::str::from_utf8(rx.slice(range)).unwrap_or_default()
}

const MAIL: u32 = u32::from_be_bytes(*b"MAIL");
const RCPT: u32 = u32::from_be_bytes(*b"RCPT");
const RSET: u32 = u32::from_be_bytes(*b"RSET");

impl Connection {
    /// The next event, when the input begins with a line that is as usual. Otherwise nothing has
    /// changed.
    #[inline]
    pub(super) fn usual(&mut self, rx: &mut Input) -> Option<Found> {
        // A line that was looked at before is not looked at here: it comes in pieces.
        let calm = self.due.is_none()
            && self.failed.is_none()
            && matches!(self.stage, Stage::Commands)
            && self.lines.is_fresh()
            && !self.skipping
            && self.deferred.is_empty()
            && self.config.synchronisation == Synchronisation::Ignore
            && self.out.queued() < self.config.limits.output;
        if !calm {
            return None;
        }
        let unread = rx.unread();
        let (verb, rest) = unread.split_first_chunk::<4>()?;
        let standing = &self.session.standing;
        let may = |verb| rules::legal(verb, standing).then_some(());
        match u32::from_be_bytes(*verb) & usual::CAPITALS {
            MAIL => {
                may(Verb::Mail)?;
                let found = usual::mail(unread)?;
                self.mail(&found, rx)
            }
            RCPT => {
                may(Verb::Rcpt)?;
                let limits = &self.config.limits;
                let found = usual::rcpt(unread)?;
                let len = found.line_len();
                if self.session.recipients() >= limits.recipients || len > limits.line {
                    return None;
                }
                let start = self.taken(Verb::Rcpt, len, rx);
                Some(Found::Rcpt(address(found, start)))
            }
            RSET if self.idle < self.config.limits.idle_commands => {
                may(Verb::Rset)?;
                let ([b'\r', b'\n', ..], true) = (rest, self.config.limits.line >= 6) else {
                    return None;
                };
                self.idle += 1;
                self.taken(Verb::Rset, 6, rx);
                Some(Found::Reset)
            }
            _ => None,
        }
    }

    fn mail(&mut self, found: &usual::Mail, rx: &mut Input) -> Option<Found> {
        let limits = &self.config.limits;
        let size = found.size.is_none_or(|size| size <= limits.message);
        if found.len() > limits.line || !size {
            return None;
        }
        if found.body.is_some() || found.utf8 {
            let allowed = self.allowed();
            let body = found.body.is_none() || allowed.eight_bit;
            if !body || found.utf8 && !allowed.utf8 {
                return None;
            }
        }
        let start = self.taken(Verb::Mail, found.len(), rx);
        self.session.parameters = Parameters { utf8: found.utf8, ..Parameters::default() };
        let params = moved(found.params(), start);
        Some(Found::Mail { from: address(found.path, start), params })
    }

    /// Takes a line, which is to be answered. Where it starts.
    fn taken(&mut self, verb: Verb, len: usize, rx: &mut Input) -> usize {
        self.serial = self.serial.wrapping_add(1);
        self.due = Some(Due::Command(verb));
        rx.take(len).start
    }

    fn allowed(&mut self) -> Allowed {
        let known = self.allowed;
        known.unwrap_or_else(|| {
            let offered = &self.config.extensions;
            let allowed = Allowed {
                eight_bit: offered.contains(&Extension::EightBitMime),
                utf8: self.offers_keyword("SMTPUTF8"),
            };
            *self.allowed.insert(allowed)
        })
    }
}

fn address(path: Path, start: usize) -> Address {
    Address { range: moved(path.address(), start), at: path.at() }
}

fn moved(range: Range<usize>, by: usize) -> Range<usize> {
    by + range.start..by + range.end
}
