//! The queue of what is to be delivered (RFC 5321 section 4.5.4), as a pure state machine: which
//! message to try now, where and for whom; what a sender is to be told; when to ask again.
//!
//! Nothing here knows a clock, a disk or a random number. Times are seconds that the program
//! passes in; if its clock jumps, mail is tried earlier or later, and no rule is broken. The
//! messages themselves lie wherever the program likes, under the [`MessageId`] that it gets.
//!
//! ```
//! use mailwire_smtp::queue::{Action, Envelope, Outcome, Policy, Queue, Reason, Recipient};
//!
//! let mut queue = Queue::new(Policy::default());
//! let bob = Recipient::new("bob@hamburger.edu", "hamburger.edu");
//! let id = queue.accept(1000, Envelope::new("alice@crepes.fr", vec![bob]));
//!
//! let Some(Action::Attempt(attempt)) = queue.poll(1000) else { panic!() };
//! assert_eq!((attempt.message, &*attempt.recipients), (id, &[0][..]));
//! let later = Outcome::Temporary(Reason { code: 450, ..Reason::default() });
//! queue.finish(1001, attempt.id, &[later], 0);
//!
//! assert_eq!(queue.poll(1001), None);
//! assert_eq!(queue.next(), Some(1301));
//! let Some(Action::Attempt(attempt)) = queue.poll(1301) else { panic!() };
//! queue.finish(1302, attempt.id, &[Outcome::Relayed { dsn: true }], 0);
//! assert_eq!(queue.poll(1302), Some(Action::Remove(id)));
//! ```
//!
//! Every change is a line of text in [`take_log`](Queue::take_log): a program that writes those to
//! disk before it acts on them can end at any moment. [`replay`](Queue::replay) of the lines is the
//! queue as it was. What was being tried then is tried again: [`recover`](Queue::recover).
//!
//! Each operation costs what it is about (the recipients of an attempt, of a notice), and the
//! logarithm of the queue, which takes some 300 octets a recipient.

mod destination;
mod log;
mod message;
mod notice;
mod operate;
#[cfg(feature = "message")]
mod report;
mod schedule;
#[cfg(test)]
mod tests;

pub use destination::Destination;
pub use log::BadLog;
pub use message::{By, Envelope, Message, MessageId, Queued, Reason, Recipient, State};
pub use notice::{Notice, NoticeKind};
#[cfg(feature = "message")]
pub use report::Reporter;
pub use schedule::{Interval, Rule, Schedule, Tried};

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

/// How a queue behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// When a message is tried again. Default: that of Postfix.
    pub schedule: Schedule,
    /// When a destination is tried again that could not be reached. Default: that of Postfix.
    pub host_schedule: Schedule,
    /// For how long it is tried, in seconds. Default 5 days (RFC 5321 section 4.5.4.1: 4 to 5).
    pub lifetime: u64,
    /// The same for messages without a return path. Default 1 day.
    pub bounce_lifetime: u64,
    /// After how many seconds a sender is told of a delay, rising. Default: once, after 4 hours.
    pub delays: Vec<u64>,
    /// The most recipients in one transaction. Default 100 (RFC 5321 section 4.5.3.1.8).
    pub recipients: usize,
    /// Deliveries to one destination at once: at the start, and at most. Default 5 and 20.
    pub window: (u32, u32),
    /// By how many seconds a message of one MT-PRIORITY more goes before others. A message waits
    /// for more important ones no longer than the difference, so none starves. Default 600.
    pub priority: u64,
    /// Who hears of what cannot be delivered and has no return path. Default: nobody.
    pub postmaster: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            schedule: Schedule::POSTFIX,
            host_schedule: Schedule::POSTFIX,
            lifetime: 5 * 24 * 3600,
            bounce_lifetime: 24 * 3600,
            delays: Vec::from([4 * 3600]),
            recipients: 100,
            window: (5, 20),
            priority: 600,
            postmaster: None,
        }
    }
}

/// A delivery that is under way.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AttemptId(pub u64);

/// What the program is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Deliver; say how it went by [`Queue::finish`] or [`Queue::unreachable`].
    Attempt(Attempt),
    /// Tell the sender. It counts as told from now on.
    Notice(Notice),
    /// The message is at its end, and forgotten: remove it.
    Remove(MessageId),
}

/// A delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Its name.
    pub id: AttemptId,
    /// What.
    pub message: MessageId,
    /// Where to.
    pub destination: String,
    /// For whom: places among [`Message::recipients`].
    pub recipients: Vec<usize>,
}

/// How a delivery went for one recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is in the recipient's mailbox.
    Delivered,
    /// Another server took it.
    Relayed {
        /// That server offered DSN: it tells the sender of success itself (RFC 3461).
        dsn: bool,
    },
    /// A list took it.
    Expanded,
    /// It cannot be delivered (5yz).
    Permanent(Reason),
    /// It may be delivered later (4yz).
    Temporary(Reason),
    /// Too many recipients in one transaction (452 4.5.3): another follows at once, and from now
    /// on no more than were taken.
    TooMany,
    /// The connection was lost after the message and before the answer: it may have been
    /// delivered, and is tried again (RFC 5321 section 4.5.3.2.6, RFC 1047).
    Uncertain(Reason),
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    policy: Policy,
    messages: BTreeMap<MessageId, Message>,
    destinations: BTreeMap<String, Destination>,
    attempts: BTreeMap<AttemptId, Attempt>,
    next_message: u64,
    next_attempt: u64,
    /// When what is not due becomes so.
    waiting: BTreeSet<(u64, MessageId, String)>,
    /// The first of each destination where a delivery may begin.
    heads: BTreeSet<(i64, MessageId, String)>,
    /// When destinations that could not be reached are tried again.
    reopen: BTreeSet<(u64, String)>,
    /// When a delay is to be told or a deadline passes.
    alarms: BTreeSet<(u64, MessageId)>,
    /// Messages of which something is to be told, or that are at their end.
    finished: BTreeSet<MessageId>,
    log: String,
    /// The version is in the log.
    started: bool,
    /// The poll that is under way has changed something.
    touched: bool,
}

/// What is the same of a queue and its replay; the rest follows from it.
impl PartialEq for Queue {
    fn eq(&self, other: &Self) -> bool {
        (&self.messages, &self.attempts, self.next_message, self.next_attempt)
            == (&other.messages, &other.attempts, other.next_message, other.next_attempt)
            && (&self.waiting, &self.heads, &self.reopen)
                == (&other.waiting, &other.heads, &other.reopen)
            && self.alarms == other.alarms
            && self.finished == other.finished
            && self.destinations == other.destinations
    }
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            messages: BTreeMap::new(),
            destinations: BTreeMap::new(),
            attempts: BTreeMap::new(),
            next_message: 1,
            next_attempt: 1,
            waiting: BTreeSet::new(),
            heads: BTreeSet::new(),
            reopen: BTreeSet::new(),
            alarms: BTreeSet::new(),
            finished: BTreeSet::new(),
            log: String::new(),
            started: false,
            touched: false,
        }
    }

    /// How it behaves.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A message that is queued.
    #[must_use]
    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// All messages, the oldest first.
    pub fn messages(&self) -> impl Iterator<Item = (MessageId, &Message)> {
        self.messages.iter().map(|(id, message)| (*id, message))
    }

    /// What is under way.
    pub fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.values()
    }

    /// What is known of a destination.
    #[must_use]
    pub fn destination(&self, name: &str) -> Option<&Destination> {
        self.destinations.get(name)
    }

    /// Takes a message. It must be on disk before its sender is told that it was taken.
    pub fn accept(&mut self, now: u64, envelope: Envelope) -> MessageId {
        let id = MessageId(self.next_message);
        self.log_accept(now, &envelope);
        self.next_message = self.next_message.saturating_add(1);
        let mut envelope = envelope;
        let due = now.max(envelope.hold_until);
        let recipients: Vec<Queued> = core::mem::take(&mut envelope.recipients)
            .into_iter()
            .map(|recipient| Queued {
                recipient,
                state: State::Pending { due },
                attempts: 0,
                reason: Reason::default(),
                uncertain: false,
                first: 0,
                last: 0,
                gap: 0,
                owed: None,
                delays: 0,
                told_late: false,
            })
            .collect();
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, queued) in recipients.iter().enumerate() {
            groups.entry(queued.recipient.destination.clone()).or_default().push(at);
        }
        for destination in groups.keys() {
            self.waiting.insert((due, id, destination.clone()));
            let window = self.policy.window.0;
            self.destinations
                .entry(destination.clone())
                .or_insert_with(|| Destination::new(window));
        }
        let open = recipients.len();
        if open == 0 {
            self.finished.insert(id);
        }
        let message = Message {
            envelope,
            arrived: now,
            held: false,
            recipients,
            groups,
            open,
            owed: 0,
            alarm: 0,
            looked: now,
        };
        self.messages.insert(id, message);
        self.set_alarm(id);
        id
    }

    /// What is to be done now; `None` for nothing until [`next`](Self::next). Ask again after each.
    pub fn poll(&mut self, now: u64) -> Option<Action> {
        self.touched = false;
        let action = self.notice(now).or_else(|| self.attempt(now));
        // That time has passed is a change too.
        if self.touched || action.is_some() {
            self.log_poll(now);
        }
        action
    }

    /// When something may be to be done by itself: in seconds, as what is passed in. Results,
    /// releases and new messages may make it earlier.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        if !self.finished.is_empty() || !self.heads.is_empty() {
            return Some(0);
        }
        let waiting = self.waiting.first().map(|(due, ..)| *due);
        let alarm = self.alarms.first().map(|(due, _)| *due);
        let reopen = self.reopen.first().map(|(due, _)| *due);
        [waiting, alarm, reopen].into_iter().flatten().min()
    }

    /// Begins the delivery that has waited longest, priorities counted in.
    fn attempt(&mut self, now: u64) -> Option<Action> {
        // Every turn takes one out.
        while self.waiting.first().is_some_and(|(due, ..)| *due <= now) {
            let Some((due, id, destination)) = self.waiting.pop_first() else { break };
            self.touched = true;
            let Some(message) = self.messages.get(&id).filter(|it| !it.held) else { continue };
            let rank = self.rank(message, due);
            if let Some(place) = self.destinations.get_mut(&destination) {
                place.ready.insert((rank, id));
            }
            self.look_at(now, &destination);
        }
        while self.reopen.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, destination)) = self.reopen.pop_first() else { break };
            self.touched = true;
            self.look_at(now, &destination);
        }
        // Every turn takes one out, which may have nothing that is due any more.
        loop {
            let (rank, message, destination) = self.heads.first()?.clone();
            self.touched = true;
            if let Some(place) = self.destinations.get_mut(&destination) {
                place.ready.remove(&(rank, message));
            }
            let recipients = self.begin(now, rank, message, &destination);
            if !recipients.is_empty() {
                let id = AttemptId(self.next_attempt);
                self.next_attempt = self.next_attempt.saturating_add(1);
                if let Some(place) = self.destinations.get_mut(&destination) {
                    place.in_flight = place.in_flight.saturating_add(1);
                }
                self.look_at(now, &destination);
                let attempt = Attempt { id, message, destination, recipients };
                self.attempts.insert(id, attempt.clone());
                return Some(Action::Attempt(attempt));
            }
            self.look_at(now, &destination);
        }
    }

    /// Takes of a message the recipients at a destination that are due, as many as it bears. The
    /// others follow: what is due at once, what is not when it is.
    fn begin(&mut self, now: u64, rank: i64, id: MessageId, destination: &str) -> Vec<usize> {
        let Some(message) = self.messages.get_mut(&id) else { return Vec::new() };
        let Some(place) = self.destinations.get_mut(destination) else { return Vec::new() };
        let most = self.policy.recipients.max(1);
        let most = place.most.and_then(|n| usize::try_from(n).ok()).map_or(most, |n| n.min(most));
        let (mut recipients, mut later, mut rest) = (Vec::new(), u64::MAX, false);
        for &at in message.groups.get(destination).into_iter().flatten() {
            let Some(it) = message.recipients.get_mut(at) else { continue };
            let State::Pending { due } = it.state else { continue };
            match due <= now {
                true if recipients.len() < most.max(1) => {
                    (it.state, it.attempts) = (State::InFlight, it.attempts.saturating_add(1));
                    recipients.push(at);
                }
                true => {
                    rest = true;
                    break;
                }
                false => later = later.min(due),
            }
        }
        if rest {
            place.ready.insert((rank, id));
        } else if later < u64::MAX {
            self.waiting.insert((later, id, destination.into()));
        }
        recipients
    }

    /// Finds anew what is first at a destination, and whether it may begin.
    fn look_at(&mut self, now: u64, destination: &str) {
        let Some(place) = self.destinations.get_mut(destination) else { return };
        if let Some((rank, id)) = place.head.take() {
            self.heads.remove(&(rank, id, destination.into()));
        }
        let Some(&(rank, id)) = place.ready.first() else { return };
        if place.is_open(now) {
            place.head = Some((rank, id));
            self.heads.insert((rank, id, destination.into()));
        } else if now < place.closed_until {
            self.reopen.insert((place.closed_until, destination.into()));
        }
    }

    /// Says how a delivery went: an outcome for each of its recipients, in their order; those that
    /// are missing are tried again as after [`Outcome::Temporary`]. What is tried again waits
    /// `jitter` seconds more than its schedule says.
    ///
    /// An attempt that there is not is passed over.
    pub fn finish(&mut self, now: u64, attempt: AttemptId, outcomes: &[Outcome], jitter: u64) {
        self.log_finish(now, attempt, outcomes, jitter);
        let Some(done) = self.attempts.remove(&attempt) else { return };
        let too_many = outcomes.contains(&Outcome::TooMany);
        if let Some(place) = self.destinations.get_mut(&done.destination) {
            place.in_flight = place.in_flight.saturating_sub(1);
            place.reached(self.policy.window.1);
            if too_many {
                let taken = outcomes.iter().filter(|outcome| **outcome != Outcome::TooMany).count();
                place.most = u32::try_from(taken.max(1)).ok();
            }
        }
        let lost = Outcome::Temporary(Reason::default());
        for (nth, &at) in done.recipients.iter().enumerate() {
            let outcome = outcomes.get(nth).unwrap_or(&lost);
            self.settle(now, &done, at, outcome, jitter);
        }
        self.look_at(now, &done.destination);
        self.after(done.message);
    }

    /// Says that a destination could not be reached at all: all that goes there waits.
    pub fn unreachable(&mut self, now: u64, attempt: AttemptId, reason: &Reason, jitter: u64) {
        self.log_unreachable(now, attempt, reason, jitter);
        let Some(done) = self.attempts.remove(&attempt) else { return };
        let schedule = &self.policy.host_schedule;
        if let Some(place) = self.destinations.get_mut(&done.destination) {
            place.in_flight = place.in_flight.saturating_sub(1);
            // As old as the failures would have made it.
            let gap = place.closed_until.saturating_sub(now).max(1);
            let attempts = place.failures.saturating_add(1);
            let first = now.saturating_sub(gap.saturating_mul(u64::from(place.failures)));
            let tried = Tried { arrived: first, first, last: now, gap, attempts, now };
            place.missed(now, schedule.wait(&tried).saturating_add(jitter));
        }
        let outcome = Outcome::Temporary(reason.clone());
        for &at in &done.recipients {
            self.settle(now, &done, at, &outcome, jitter);
        }
        self.look_at(now, &done.destination);
        self.after(done.message);
    }

    /// What becomes of one recipient of a delivery.
    fn settle(&mut self, now: u64, done: &Attempt, at: usize, outcome: &Outcome, jitter: u64) {
        let Some(message) = self.messages.get_mut(&done.message) else { return };
        let lifetime = match message.envelope.from.is_empty() {
            true => self.policy.bounce_lifetime,
            false => self.policy.lifetime,
        };
        let (arrived, by) = (message.arrived, message.envelope.by);
        let Some(queued) = message.recipients.get_mut(at) else { return };
        queued.uncertain |= matches!(outcome, Outcome::Uncertain(_));
        let mut state = match outcome {
            Outcome::Delivered => State::Delivered,
            Outcome::Relayed { .. } => State::Relayed,
            Outcome::Expanded => State::Expanded,
            Outcome::Permanent(_) => State::Failed,
            Outcome::TooMany => State::Pending { due: now },
            Outcome::Temporary(_) | Outcome::Uncertain(_) => {
                if queued.first == 0 {
                    (queued.first, queued.last) = (now, now);
                }
                let tried = Tried {
                    arrived,
                    first: queued.first,
                    last: queued.last,
                    gap: queued.gap,
                    attempts: queued.attempts,
                    now,
                };
                queued.gap = self.policy.schedule.wait(&tried);
                queued.last = now;
                // The last try is at the end of its life, not a wait after it.
                let end = arrived.saturating_add(lifetime);
                let due = now.saturating_add(queued.gap).saturating_add(jitter);
                match now >= end {
                    true => State::Expired,
                    false => State::Pending { due: due.min(end) },
                }
            }
        };
        if let Outcome::Permanent(why) | Outcome::Temporary(why) | Outcome::Uncertain(why) = outcome
        {
            queued.reason = why.clone();
        }
        if by.is_some_and(|by| by.returns && now >= by.deadline) && !state.is_final() {
            state = State::Expired;
        }
        let (dsn, trace) =
            (matches!(outcome, Outcome::Relayed { dsn: true }), by.is_some_and(|by| by.trace));
        queued.state = state;
        if let State::Pending { due } = queued.state {
            let name = done.destination.clone();
            self.waiting.insert((due, done.message, name));
            return;
        }
        message.open = message.open.saturating_sub(1);
        self.owe(done.message, at, dsn, trace);
    }

    /// How a message stands among others: the time since it is due, priorities counted in.
    fn rank(&self, message: &Message, due: u64) -> i64 {
        let step = i64::try_from(self.policy.priority).unwrap_or(i64::MAX);
        let before = step.saturating_mul(i64::from(message.envelope.priority));
        i64::try_from(due).unwrap_or(i64::MAX).saturating_sub(before)
    }
}
