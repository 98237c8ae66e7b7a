//! What is done to a queue by hand or by what a server says: limits, holding back, hurrying.

use super::{MessageId, Outcome, Queue, Reason, State};
use alloc::string::String;
use alloc::vec::Vec;

impl Queue {
    /// The most recipients that a destination takes in one transaction: what it says by LIMITS
    /// RCPTMAX (RFC 9422).
    pub fn limit(&mut self, destination: &str, most: Option<u32>) {
        self.log_limit(destination, most);
        if let Some(place) = self.destinations.get_mut(destination) {
            place.most = most;
        }
    }

    /// A message is not tried until it is released; what is under way is not stopped.
    pub fn hold(&mut self, now: u64, id: MessageId) {
        self.log_words("hold", &[now, id.0]);
        let Some(message) = self.messages.get_mut(&id) else { return };
        message.held = true;
        let names: Vec<String> = message.groups.keys().cloned().collect();
        for name in names {
            if let Some(place) = self.destinations.get_mut(&name) {
                place.ready.retain(|(_, ready)| *ready != id);
            }
            self.look_at(now, &name);
        }
    }

    /// A message is tried again, from now on.
    pub fn release(&mut self, now: u64, id: MessageId) {
        self.log_words("release", &[now, id.0]);
        let Some(message) = self.messages.get_mut(&id) else { return };
        message.held = false;
        let names: Vec<String> = message.groups.keys().cloned().collect();
        names.iter().for_each(|name| self.hurry(now, id, name));
    }

    /// All that goes to a destination is tried now (ETRN, ATRN), also if it could not be reached.
    /// Looks at every message.
    pub fn flush(&mut self, now: u64, destination: &str) {
        self.log_flush(now, destination);
        let Some(place) = self.destinations.get_mut(destination) else { return };
        (place.closed_until, place.failures) = (0, 0);
        let ids: Vec<MessageId> = self
            .messages
            .iter()
            .filter(|(_, message)| !message.held && message.groups.contains_key(destination))
            .map(|(id, _)| *id)
            .collect();
        ids.iter().for_each(|&id| self.hurry(now, id, destination));
        self.look_at(now, destination);
    }

    /// Takes a message out of the queue, without a word to anyone. What is under way goes on, and
    /// its end is told by nobody either.
    pub fn cancel(&mut self, id: MessageId) {
        self.log_words("cancel", &[id.0]);
        let Some(message) = self.messages.get_mut(&id) else { return };
        for queued in &mut message.recipients {
            if let State::Pending { .. } = queued.state {
                queued.state = State::Cancelled;
                message.open = message.open.saturating_sub(1);
            }
            if queued.owed.take().is_some() {
                message.owed = message.owed.saturating_sub(1);
            }
            // Nothing is told of it from now on.
            queued.recipient.notify = Some(crate::types::Notify::NEVER);
        }
        self.after(id);
    }

    /// What was under way when the program ended is tried again: it may have been delivered.
    pub fn recover(&mut self, now: u64) {
        let reason = Reason { text: "the program ended".into(), ..Reason::default() };
        for (id, attempt) in self.attempts.clone() {
            let outcomes =
                alloc::vec![Outcome::Uncertain(reason.clone()); attempt.recipients.len()];
            self.finish(now, id, &outcomes, 0);
        }
    }

    /// Makes what waits for a destination due.
    fn hurry(&mut self, now: u64, id: MessageId, destination: &str) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let mut pending = false;
        for &at in message.groups.get(destination).into_iter().flatten() {
            let Some(queued) = message.recipients.get_mut(at) else { continue };
            if let State::Pending { due } = &mut queued.state {
                let not_before = message.envelope.hold_until;
                (*due, pending) = ((*due).min(now.max(not_before)), true);
            }
        }
        if pending {
            let due = now.max(message.envelope.hold_until);
            self.waiting.insert((due, id, destination.into()));
        }
    }
}
