//! What to ask after a reconnect, from what was remembered and what the server offers.
//!
//! Three ways, the cheapest first: QRESYNC (RFC 7162 section 3.2.5) answers everything with SELECT;
//! CONDSTORE (section 3.1.4) tells which flags changed, and what is gone is found by asking for the
//! unique identifiers; without them all flags are asked for (RFC 4549 section 4.3.1).

use super::Selected;
use crate::types::{Bound, NumberSet, SetRange};
use alloc::vec::Vec;

/// What a client stores of a mailbox between sessions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// UIDVALIDITY: with another one all of this is worth nothing.
    pub validity: u32,
    /// Messages from this unique identifier on are new.
    pub next: u32,
    /// All changes up to this mod-sequence are known.
    pub modseq: Option<u64>,
    /// The unique identifiers of the messages that are kept.
    pub uids: NumberSet,
}

/// What the server can do, of what matters here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Offers {
    /// CONDSTORE.
    pub condstore: bool,
    /// QRESYNC, enabled by `ENABLE QRESYNC`.
    pub qresync: bool,
}

/// How to select the mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Opening {
    /// `SELECT mailbox`.
    Plain,
    /// `SELECT mailbox (CONDSTORE)`.
    CondStore,
    /// `SELECT mailbox (QRESYNC (validity modseq uids))`: what vanished and what changed comes
    /// with the answer.
    QResync {
        /// UIDVALIDITY as remembered.
        validity: u32,
        /// The mod-sequence from which on to tell.
        modseq: u64,
        /// The messages of which the client wants to hear.
        uids: NumberSet,
    },
}

/// What to ask once the mailbox is selected, in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Throw away everything that is kept of the mailbox: UIDVALIDITY is another.
    Forget,
    /// `UID FETCH uids (FLAGS)`, with `(CHANGEDSINCE modseq)` when there is one. Without, what is
    /// not answered is gone.
    Flags {
        /// Which messages.
        uids: NumberSet,
        /// Only what changed since.
        changed_since: Option<u64>,
    },
    /// `UID SEARCH ALL` (with `RETURN (ALL)` where there is ESEARCH): what is not in the answer is
    /// gone. Give the answer to [`Selected::listed`], so that a later EXPUNGE names its message.
    Which,
    /// `UID FETCH first:* (…)`: the new messages. The answer may hold the last message although
    /// its identifier is lower: `first:*` is `*:first` then (RFC 9051 section 9, `seq-range`).
    New {
        /// The lowest unique identifier that is new.
        first: u32,
    },
}

/// How to select a mailbox of which this much is remembered.
#[must_use]
pub fn opening(remembered: Option<&Remembered>, offers: Offers) -> Opening {
    match remembered {
        // An empty set cannot be written; there is nothing to hear of either.
        Some(Remembered { validity, modseq: Some(modseq), uids, .. })
            if offers.qresync && *modseq > 0 && !uids.is_empty() =>
        {
            Opening::QResync { validity: *validity, modseq: *modseq, uids: uids.clone() }
        }
        _ if offers.condstore || offers.qresync => Opening::CondStore,
        _ => Opening::Plain,
    }
}

/// What is left to ask when the mailbox was selected by `opening` and its responses were seen.
#[must_use]
pub fn steps(remembered: Option<&Remembered>, opening: &Opening, selected: &Selected) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut first = 1;
    match remembered {
        Some(known) if selected.validity() == Some(known.validity) => {
            first = known.next.max(1);
            let told = matches!(opening, Opening::QResync { .. }) && selected.keeps_modseq();
            if !told && !known.uids.is_empty() {
                // Mod-sequences are compared only where the server keeps them now as before.
                let since = known.modseq.filter(|_| selected.modseq().is_some());
                if since.is_some() && since != selected.modseq() {
                    steps.push(Step::Flags { uids: known.uids.clone(), changed_since: since });
                } else if since.is_none() {
                    steps.push(Step::Flags { uids: known.uids.clone(), changed_since: None });
                }
                if since.is_some() {
                    steps.push(Step::Which);
                }
            }
        }
        Some(_) => steps.push(Step::Forget),
        None => {}
    }
    let none_new = selected.next_uid().is_some_and(|next| next <= first);
    // Under UIDONLY only those count that were told.
    let empty = !selected.is_uid_only() && selected.messages().is_empty();
    if !none_new && !empty {
        steps.push(Step::New { first });
    }
    steps
}

impl Step {
    /// The unique identifiers that it asks for.
    #[must_use]
    pub fn uids(&self) -> NumberSet {
        match self {
            Self::Forget => NumberSet::new(),
            Self::Which => NumberSet::all(),
            Self::Flags { uids, .. } => uids.clone(),
            Self::New { first } => {
                let mut set = NumberSet::new();
                set.push(SetRange { start: Bound::Number(*first), end: Bound::Last });
                set
            }
        }
    }
}
