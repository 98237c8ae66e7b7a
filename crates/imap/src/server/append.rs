//! APPEND and REPLACE: messages that are streamed past the command.

use super::{Connection, Event, Kind, Limits, Phase, Why};
use crate::ext::append::{AppendHead, AppendPlace};
use crate::frame::{Head, Literal, Plan};
use crate::parse::{Cursor, Grammar};
use crate::rules::SessionState;
use crate::types::{AppendStep, Capability, Tag};
use alloc::format;
use alloc::vec::Vec;
use mailwire_core::Syntax;
use mailwire_core::keyword::{strip, word};

impl Connection {
    /// An APPEND or REPLACE whose first octets are announced.
    pub(super) fn offer<'i>(
        &mut self,
        tag: Tag<'i>,
        head: AppendHead<'i>,
        place: AppendPlace,
        frame: &'i [u8],
        literal: Literal,
    ) -> Event<'i> {
        let AppendHead { append, replaced, steps } = head;
        let why = match (replaced, self.state) {
            (Some(_), _) if !self.offers(&Capability::Replace) => Some(Why::NotOffered),
            (Some(replaced), SessionState::Selected) => {
                (self.dialect.uid_only && !replaced.uid).then_some(Why::UidRequired)
            }
            (None, SessionState::Authenticated | SessionState::Selected) => None,
            _ => Some(Why::WrongState),
        };
        if let Some(why) = why {
            self.forget(literal);
            return self.refuse(Some(&tag), frame, why);
        }
        self.refused = 0;
        self.expect(&tag, Kind::Append, true);
        self.phase = Phase::Offered { sync: literal.sync };
        self.append = place;
        Event::Append { tag, append, replaced, steps, len: literal.len }
    }

    /// What stands between two literals of an APPEND.
    pub(super) fn more<'i>(&mut self, segment: &'i [u8], literal: Literal) -> Event<'i> {
        match self.append_steps(segment) {
            Ok((steps, true)) => {
                self.phase = Phase::Offered { sync: literal.sync };
                Event::AppendMore { steps, len: Some(literal.len) }
            }
            other => {
                self.forget(literal);
                let at = self.framer.held().len() - segment.len();
                self.bad_append(at, other.err())
            }
        }
    }

    /// What stands behind the last literal of an APPEND.
    pub(super) fn rest_of_append<'i>(&mut self, whole: &'i [u8]) -> Event<'i> {
        let start = self.framer.streamed().last().copied().unwrap_or_default();
        match self.append_steps(whole.get(start..).unwrap_or_default()) {
            Ok((steps, false)) if steps.is_empty() => {
                self.phase = Phase::Commands;
                Event::BodyEnd
            }
            Ok((steps, false)) => {
                self.phase = Phase::Ending;
                Event::AppendMore { steps, len: None }
            }
            other => self.bad_append(start, other.err()),
        }
    }

    fn append_steps<'i>(
        &mut self,
        segment: &'i [u8],
    ) -> Result<(Vec<AppendStep<'i>>, bool), Syntax> {
        let grammar = Grammar::default()
            .with_bounds(self.config.limits.bounds)
            .with_lenience(self.config.lenience)
            .with_utf8(self.dialect.utf8);
        Cursor::new(segment, &grammar).append_steps(&mut self.append)
    }

    fn bad_append<'i>(&mut self, start: usize, found: Option<Syntax>) -> Event<'i> {
        let found = found.unwrap_or(Syntax { at: 0, expected: "the end" });
        let syntax = Syntax { at: start + found.at, ..found };
        self.phase = Phase::Commands;
        self.finish_bad(format!("{syntax}"));
        Event::BodyRefused(syntax)
    }

    /// Passes over the octets that a refused APPEND announced, and what would follow them.
    pub(super) fn forget(&mut self, literal: Literal) {
        match literal.sync {
            true => self.framer.abandon(),
            false => self.framer.drop_message(),
        }
    }

    /// Whether the application said that it can do something.
    pub(super) fn offers(&self, capability: &Capability) -> bool {
        self.config.capabilities.iter().any(|name| Capability::parse(name) == *capability)
    }
}

/// What to do with a literal of a command. Decided by the name of the command, by which literal it is
/// and by its own line: nothing before it is looked at twice (design 1.5, trap 2).
pub(super) fn plan(
    head: &Head<'_>,
    literal: Literal,
    logged_in: bool,
    max: usize,
    limits: &Limits,
) -> Plan {
    if is_append(head.start) && is_message(head) {
        return match logged_in && literal.len <= limits.append && head.index < limits.literals {
            true => Plan::Stream,
            false => Plan::Refuse,
        };
    }
    let longest = if logged_in { limits.literal } else { limits.literal_before_login };
    if literal.len > longest || head.index >= limits.literals {
        return Plan::Refuse;
    }
    match usize::try_from(literal.len) {
        Ok(len) if head.start.len().saturating_add(len) < max => Plan::Inline,
        _ => Plan::Refuse,
    }
}

/// Whether a frame is APPEND or REPLACE.
pub(super) fn is_append(frame: &[u8]) -> bool {
    arguments(frame).is_some()
}

/// What follows the name of an APPEND, or the number of a REPLACE: the mailbox.
fn arguments(frame: &[u8]) -> Option<&[u8]> {
    let command = word(frame).1;
    strip(command, "APPEND ").or_else(|| {
        let command = strip(command, "UID ").unwrap_or(command);
        Some(word(strip(command, "REPLACE ")?).1)
    })
}

/// Whether a literal is octets of a message, and not the name of the mailbox, which is the first
/// argument, nor a URL.
fn is_message(head: &Head<'_>) -> bool {
    let mailbox =
        head.index == 0 && matches!(arguments(head.line), Some([b'{', ..] | [b'~', b'{', ..]));
    let before = memchr::memrchr(b'{', head.line).and_then(|at| head.line.get(..at));
    let mut words = before.unwrap_or_default().rsplit(|b| matches!(b, b' ' | b'('));
    let is_url =
        words.next() == Some(b"") && words.next().is_some_and(|w| strip(w, "URL") == Some(b""));
    // A mailbox may have that name: of its own message there is no list yet.
    let listed = head.index > 0 || head.line.contains(&b'(');
    !(mailbox || is_url && listed)
}
