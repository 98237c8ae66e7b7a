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
    /// The message that followed this DATA.
    Body(Id),
}

impl Asked {
    /// Whether what is sent behind it must wait for its answer.
    fn ends_group(self) -> bool {
        match self {
            Self::Greeting => true,
            Self::Command(id) => rules::ends_group(id.verb),
            // RFC 2920 section 3.1: the next MAIL may be sent behind the final dot.
            Self::Body(_) => false,
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
    /// Puts a gate before what is sent next, if it may not leave at once.
    pub(super) fn gate(&mut self, pipelining: bool, out: &mut Output) {
        let Some(last) = self.asked.back() else { return };
        if !pipelining || last.ends_group() {
            out.gate();
            self.gates.push_back(self.sent);
        }
    }

    pub(super) fn push(&mut self, asked: Asked) {
        self.sent += 1;
        self.asked.push_back(asked);
    }

    /// What the next answer is to.
    pub(super) fn pop(&mut self) -> Option<Asked> {
        let asked = self.asked.pop_front()?;
        self.heard += 1;
        Some(asked)
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
            Asked::Greeting | Asked::Body(_) => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether a message was sent whole and not answered.
    pub(super) fn has_body(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked, Asked::Body(_)))
    }
}
