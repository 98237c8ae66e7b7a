//! What was sent and not answered, and which gate opens when: RFC 2920's groups.

use super::Id;
use crate::Output;
use crate::rules;
use crate::types::Verb;
use alloc::collections::VecDeque;

/// Something the server owes an answer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// The connection itself.
    Greeting,
    Command(Id),
    /// The message that followed this DATA, or ended with this chunk, and where its last octet stands
    /// in the output.
    Body(Id, u64),
    /// A chunk that was cut from the message of this name.
    Chunk(Id),
    /// The message, for one recipient; by PRDR if it is `together` with an answer for all.
    Recipient {
        data: Id,
        rcpt: Id,
        end: u64,
        together: bool,
    },
}

impl Asked {
    /// Whether what is sent behind it must wait for its answer.
    fn ends_group(self) -> bool {
        match self {
            Self::Greeting => true,
            Self::Command(id) => rules::ends_group(id.verb),
            // RFC 2920 section 3.1: the next MAIL may be sent behind the final dot.
            Self::Body(..) | Self::Chunk(_) | Self::Recipient { .. } => false,
        }
    }
}

/// The questions in the order they were asked.
#[derive(Debug, Default)]
pub(super) struct Queue {
    asked: VecDeque<Asked>,
    /// For each gate of the output, how many answers must have come before it opens.
    gates: VecDeque<u64>,
    sent: u64,
    heard: u64,
}

impl Queue {
    /// Puts a gate before what is sent next, if it may not leave at once: when what was sent last
    /// ends a group, or `most` are not answered.
    pub(super) fn gate(&mut self, most: usize, out: &mut Output) {
        let Some(last) = self.asked.back() else { return };
        let most = if last.ends_group() { 1 } else { most.max(1) };
        if self.asked.len() >= most {
            let gate = (self.sent + 1).saturating_sub(most as u64);
            // Gates open in order, so one behind another opens no earlier.
            let gate = self.gates.back().map_or(gate, |&last| last.max(gate));
            if gate > self.heard {
                out.gate();
                self.gates.push_back(gate);
            }
        }
    }

    pub(super) fn push(&mut self, asked: Asked) {
        self.sent += 1;
        self.asked.push_back(asked);
    }

    /// What the next answer is to.
    pub(super) fn pop(&mut self) -> Option<Asked> {
        let asked = self.asked.pop_front()?;
        // The message's own answer is counted, which comes after those.
        if !matches!(asked, Asked::Recipient { together: true, .. }) {
            self.heard += 1;
        }
        Some(asked)
    }

    /// What was taken is answered in parts: for each of these, and then for the whole.
    pub(super) fn split(&mut self, whole: Asked, parts: impl DoubleEndedIterator<Item = Asked>) {
        self.heard = self.heard.saturating_sub(1);
        self.asked.push_front(whole);
        for part in parts.rev() {
            self.asked.push_front(part);
        }
    }

    /// Lets leave what waited for the answers that have come.
    pub(super) fn open(&mut self, out: &mut Output) {
        while self.gates.front().is_some_and(|&gate| gate <= self.heard) {
            self.gates.pop_front();
            out.open();
        }
    }

    pub(super) fn first(&self) -> Option<Asked> {
        self.asked.front().copied()
    }

    /// The last command, if it is not answered.
    pub(super) fn last_verb(&self) -> Option<Verb> {
        match self.asked.back()? {
            Asked::Command(id) => Some(id.verb),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    /// Counts as answered what a message is owed for its other recipients.
    pub(super) fn drop_recipients(&mut self, of: Id) {
        let is = |asked: &Asked| matches!(asked, Asked::Recipient { data, .. } if *data == of);
        while self.asked.front().is_some_and(is) {
            let _ = self.pop();
        }
    }

    /// Whether a RCPT is not answered.
    pub(super) fn has_rcpt(&self) -> bool {
        let is = |asked: &Asked| matches!(asked, Asked::Command(id) if id.verb == Verb::Rcpt);
        self.asked.iter().any(is)
    }

    /// How many chunks are not answered.
    pub(super) fn chunks(&self) -> usize {
        self.asked.iter().filter(|asked| matches!(asked, Asked::Chunk(_))).count()
    }

    /// Whether a message was sent whole, which is when `sent` octets were, and not answered.
    pub(super) fn has_body(&self, sent: u64) -> bool {
        self.asked.iter().any(|asked| match asked {
            Asked::Body(_, end) | Asked::Recipient { end, .. } => *end <= sent,
            _ => false,
        })
    }
}
