//! The exchange of AUTH (RFC 5034 section 4).

use super::queue::Kind;
use super::{Anomaly, Connection, Event, Id, Reading};
use alloc::vec::Vec;
use mailwire_core::keyword::trim;
use mailwire_core::{Misuse, Secret, Sink, base64};

impl Connection {
    /// Answers [`Event::Challenge`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn respond(&mut self, data: &[u8]) -> Result<(), Misuse> {
        let mut line = Vec::new();
        base64::encode(data, &mut line);
        self.say(line)
    }

    /// Gives up the exchange that [`Event::Challenge`] is part of.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn cancel(&mut self) -> Result<(), Misuse> {
        self.say(b"*".to_vec())
    }

    fn say(&mut self, mut line: Vec<u8>) -> Result<(), Misuse> {
        if !matches!(self.reading, Reading::Challenged) || self.closed {
            return Err(Misuse::NoReplyDue);
        }
        self.reading = Reading::Reply;
        // What was queued behind the exchange stands behind a gate: the answer goes before it.
        line.put(b"\r\n");
        self.out.put_before_gate(&line);
        Ok(())
    }

    /// Answers the first challenge with the initial response that made AUTH too long; true when it
    /// did.
    pub(super) fn give_initial(&mut self, line: &[u8]) -> bool {
        let due = self.queue.front().is_some_and(|sent| sent.kind == Kind::Auth);
        if !due || self.initial.is_none() || challenge(line).is_none() {
            return false;
        }
        let Some(initial) = self.initial.take() else { return false };
        self.reading = Reading::Challenged;
        self.serial += 1;
        // It was looked at just above that one is due.
        self.respond(initial.expose()).is_ok()
    }

    /// A line that answers AUTH or a response, if it is a challenge.
    pub(super) fn challenged<'i>(&mut self, to: Id, line: &[u8]) -> Option<Event<'i>> {
        let data = challenge(line)?;
        self.reading = Reading::Challenged;
        let data = base64::decode(trim(data)).unwrap_or_else(|_| {
            self.odd(to, Anomaly::BadChallenge);
            Vec::new()
        });
        Some(Event::Challenge { to, data: Secret::new(data) })
    }
}

/// What follows `+` and a space: a challenge and not `+OK`.
///
/// ```abnf
/// continue-req = "+" SP [base64] CRLF
/// ```
///
/// Accepts a lone `+` (Exchange).
fn challenge(line: &[u8]) -> Option<&[u8]> {
    match line {
        b"+" => Some(&[]),
        [b'+', b' ', data @ ..] => Some(data),
        _ => None,
    }
}
