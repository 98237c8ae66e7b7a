//! What a sender is told: who wants which notice (RFC 3461 sections 4.1 and 6.2), of delays
//! (RFC 3464), and when a time to be delivered by has passed (RFC 2852).

use super::{Action, MessageId, Queue, State};
use crate::types::Notify;
use alloc::string::String;
use alloc::vec::Vec;

/// What a notice says of a recipient (`Action` of RFC 3464 section 2.3.3).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum NoticeKind {
    /// It could not be delivered.
    Failed,
    /// It is late, and is tried on.
    Delayed,
    /// It is in the mailbox.
    Delivered,
    /// It was given to a server that will tell nobody of success.
    Relayed,
    /// It was given to a list.
    Expanded,
}

/// One message about another: to whom, and what of which recipients. All else that it needs is in
/// the [`Message`](super::Message): what was said last ([`Queued::reason`](super::Queued::reason)), ORCPT, ENVID,
/// RET.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    /// About this message. It stays in the queue until its notices are done.
    pub message: MessageId,
    /// To this address, with an empty return path.
    pub to: String,
    /// Places among [`Message::recipients`](super::Message::recipients), and what is told of each.
    pub recipients: Vec<(usize, NoticeKind)>,
    /// The message has no return path: this goes to the postmaster.
    pub double_bounce: bool,
    /// Until when it is tried, in seconds (`Will-Retry-Until`).
    pub until: u64,
}

impl Queue {
    /// A recipient is at an end: notes what its sender wants to hear of it.
    pub(super) fn owe(&mut self, id: MessageId, at: usize, dsn: bool, trace: bool) {
        let postmaster = self.policy.postmaster.is_some();
        let Some(message) = self.messages.get_mut(&id) else { return };
        let nobody = message.envelope.from.is_empty();
        let Some(queued) = message.recipients.get_mut(at) else { return };
        // That it is late is not told of what has come to an end.
        message.owed = message.owed.saturating_sub(usize::from(queued.owed.take().is_some()));
        let never = queued.recipient.notify == Some(Notify::NEVER);
        let success = queued.recipient.wants(Notify::SUCCESS);
        let kind = match queued.state {
            State::Failed | State::Expired => {
                (queued.recipient.wants(Notify::FAILURE)).then_some(NoticeKind::Failed)
            }
            State::Delivered => success.then_some(NoticeKind::Delivered),
            State::Expanded => success.then_some(NoticeKind::Expanded),
            // The next server tells of success if it can (RFC 3461 section 5.2.2).
            State::Relayed => (success && !dsn || trace && !never).then_some(NoticeKind::Relayed),
            _ => None,
        };
        // To nobody nothing is told; to the postmaster that a bounce did not arrive.
        let told = !nobody || postmaster && kind == Some(NoticeKind::Failed);
        if let Some(kind) = kind.filter(|_| told) {
            message.owed = message.owed.saturating_add(1);
            queued.owed = Some(kind);
        }
    }

    /// Puts a message where it belongs after something became of it.
    pub(super) fn after(&mut self, id: MessageId) {
        let Some(message) = self.messages.get(&id) else { return };
        if message.owed > 0 || message.open == 0 {
            self.finished.insert(id);
        }
        self.set_alarm(id);
    }

    /// The next notice that is owed, or the removal of what is at its end.
    pub(super) fn notice(&mut self, now: u64) -> Option<Action> {
        while self.alarms.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, id)) = self.alarms.pop_first() else { break };
            self.touched = true;
            self.alarm(now, id);
        }
        // Every turn takes one out.
        while let Some(&id) = self.finished.first() {
            let postmaster = self.policy.postmaster.clone();
            let lifetime = self.policy.lifetime;
            let Some(message) = self.messages.get_mut(&id) else {
                self.finished.remove(&id);
                self.touched = true;
                continue;
            };
            if message.owed == 0 {
                self.finished.remove(&id);
                self.touched = true;
                if message.open > 0 {
                    continue;
                }
                self.messages.remove(&id);
                return Some(Action::Remove(id));
            }
            message.owed = 0;
            let double_bounce = message.envelope.from.is_empty();
            let to = match double_bounce {
                true => postmaster.unwrap_or_default(),
                false => message.envelope.from.clone(),
            };
            let until = message.arrived.saturating_add(lifetime);
            let owed = message.recipients.iter_mut().enumerate();
            let recipients = owed.filter_map(|(at, it)| Some((at, it.owed.take()?))).collect();
            return Some(Action::Notice(Notice {
                message: id,
                to,
                recipients,
                double_bounce,
                until,
            }));
        }
        None
    }

    /// A delay is to be told, or a deadline has passed.
    fn alarm(&mut self, now: u64, id: MessageId) {
        let delays = self.policy.delays.clone();
        let Some(message) = self.messages.get_mut(&id) else { return };
        (message.alarm, message.looked) = (0, message.looked.max(now));
        let nobody = message.envelope.from.is_empty();
        let by = message.envelope.by;
        let late = by.is_some_and(|by| now >= by.deadline);
        let (mut ended, arrived) = (Vec::new(), message.arrived);
        for (at, queued) in message.recipients.iter_mut().enumerate() {
            if queued.state.is_final() {
                continue;
            }
            if late && by.is_some_and(|by| by.returns) {
                // What is under way may still arrive.
                if let State::Pending { .. } = queued.state {
                    queued.state = State::Expired;
                    ended.push(at);
                }
                continue;
            }
            let passed = delays.iter().filter(|delay| now >= arrived.saturating_add(**delay));
            let passed = u32::try_from(passed.count()).unwrap_or(u32::MAX);
            let new_delay = passed > queued.delays && queued.attempts > 0;
            queued.delays = queued.delays.max(passed);
            let told_late = queued.told_late;
            queued.told_late |= late;
            if (new_delay || late && !told_late) && !nobody && queued.recipient.wants(Notify::DELAY)
            {
                message.owed = message.owed.saturating_add(usize::from(queued.owed.is_none()));
                queued.owed = Some(NoticeKind::Delayed);
            }
        }
        message.open = message.open.saturating_sub(ended.len());
        for at in ended {
            self.owe(id, at, false, false);
        }
        self.after(id);
    }

    /// Notes when a message is to be looked at although nothing is due.
    pub(super) fn set_alarm(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        self.alarms.remove(&(message.alarm, id));
        message.alarm = 0;
        if message.open == 0 {
            return;
        }
        let delays = self.policy.delays.iter().map(|delay| message.arrived.saturating_add(*delay));
        let by = message.envelope.by.map(|by| by.deadline);
        let looked = message.looked;
        // Each is looked at once.
        if let Some(next) = delays.chain(by).filter(|when| *when > looked).min() {
            message.alarm = next;
            self.alarms.insert((next, id));
        }
    }
}
