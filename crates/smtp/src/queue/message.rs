//! What is queued: a message, its recipients, and what became of each.

use crate::types::{Notify, Ret};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// A message in a queue.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageId(pub u64);

/// A message that is to be queued.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// The return path without its brackets; empty: nobody is to be told (RFC 5321 section 4.5.5).
    pub from: String,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// ENVID (RFC 3461), decoded.
    pub envid: Option<String>,
    /// RET (RFC 3461): how much of the message comes back with word of a failure.
    pub ret: Option<Ret>,
    /// MT-PRIORITY (RFC 6710): -9 to 9.
    pub priority: i8,
    /// HOLDUNTIL and HOLDFOR (RFC 4865), as the time that comes of it: not before.
    pub hold_until: u64,
    /// BY (RFC 2852), as the time that comes of it.
    pub by: Option<By>,
}

impl Envelope {
    /// A message from `from` to `recipients`.
    #[must_use]
    pub fn new(from: impl Into<String>, recipients: Vec<Recipient>) -> Self {
        Self { from: from.into(), recipients, ..Self::default() }
    }
}

/// Until when it must be delivered (RFC 2852).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct By {
    /// The time, in seconds.
    pub deadline: u64,
    /// `R`: it comes back then. Otherwise (`N`) the sender is told, and it is tried on.
    pub returns: bool,
    /// `T`: each relay is told of.
    pub trace: bool,
}

/// One to whom a message goes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recipient {
    /// The address without its brackets.
    pub address: String,
    /// Where it is delivered: whatever the program tells apart, as a domain or a host.
    pub destination: String,
    /// ORCPT (RFC 3461), decoded: `rfc822;bob@example.org`.
    pub orcpt: Option<String>,
    /// NOTIFY (RFC 3461); `None`: of a failure, and of a delay if the queue likes.
    pub notify: Option<Notify>,
}

impl Recipient {
    /// A recipient at a destination.
    #[must_use]
    pub fn new(address: impl Into<String>, destination: impl Into<String>) -> Self {
        Self { address: address.into(), destination: destination.into(), ..Self::default() }
    }

    pub(super) fn wants(&self, kind: Notify) -> bool {
        match self.notify {
            Some(notify) => notify.has(kind),
            None => kind != Notify::SUCCESS,
        }
    }
}

/// What became of a recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// It is tried at this time or later.
    Pending {
        /// When.
        due: u64,
    },
    /// It is being tried.
    InFlight,
    /// It was delivered.
    Delivered,
    /// Another server took it.
    Relayed,
    /// It is a list, which took it.
    Expanded,
    /// It cannot be delivered.
    Failed,
    /// It was not delivered in time.
    Expired,
    /// Someone took it out of the queue.
    Cancelled,
}

impl State {
    /// Whether nothing more becomes of it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending { .. } | Self::InFlight)
    }
}

/// Why something was not delivered, or with what words it was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reason {
    /// The reply code; 0 when there was no reply.
    pub code: u16,
    /// The enhanced code (RFC 3463), as `5.1.1`; empty when there is none.
    pub status: String,
    /// The words of the reply, or what happened.
    pub text: String,
    /// The host that said it; empty when none did.
    pub host: String,
}

/// A recipient in the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Queued {
    /// Who.
    pub recipient: Recipient,
    /// What became of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// What was said the last time.
    pub reason: Reason,
    /// The connection was lost before the last answer: it may have been delivered (RFC 1047).
    pub uncertain: bool,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) gap: u64,
    /// What the sender is still to be told.
    pub(super) owed: Option<super::NoticeKind>,
    /// How many delays it was told of.
    pub(super) delays: u32,
    /// It was told that the deadline has passed.
    pub(super) told_late: bool,
}

/// A message in the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The envelope, without its recipients.
    pub envelope: Envelope,
    /// When it came.
    pub arrived: u64,
    /// It is not tried until it is released.
    pub held: bool,
    /// Its recipients, in their order.
    pub recipients: Vec<Queued>,
    /// Which recipients have which destination.
    pub(super) groups: BTreeMap<String, Vec<usize>>,
    /// How many recipients are not at an end.
    pub(super) open: usize,
    /// How many notices are owed.
    pub(super) owed: usize,
    /// When it is looked at next although nothing is due; 0 for never.
    pub(super) alarm: u64,
    /// Up to when that was done.
    pub(super) looked: u64,
}
