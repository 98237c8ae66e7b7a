//! A client's exchange: what is held back, what is believed.

use crate::{Client, Kdf, Secret, Step};
use alloc::boxed::Box;
use core::fmt;

/// A client's exchange as protocols carry it.
///
/// It holds an initial response back for which the command has no room, answers the server's last
/// word, gives up where the server says what it may not, and believes no success that was not
/// earned.
pub(super) struct Exchange {
    mechanism: Box<dyn Client + Send>,
    /// An initial response that was too long for the command.
    held: Option<Secret>,
    gave_up: bool,
}

/// What a client says to a challenge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// This, which may be empty.
    Respond(Secret),
    /// Nothing yet: do this, wherever it does no harm, and give what comes of it to
    /// [`Exchange::derived`].
    NeedKdf(Kdf),
    /// That it gives up: `*` in SMTP, POP3 and IMAP.
    Cancel,
}

impl Exchange {
    /// An exchange that has not begun.
    pub(super) fn new(mechanism: Box<dyn Client + Send>) -> Self {
        Self { mechanism, held: None, gave_up: false }
    }

    /// The name of the mechanism.
    pub(super) fn name(&self) -> &str {
        self.mechanism.name()
    }

    /// Whether it must not be used where somebody can listen.
    pub(super) fn needs_privacy(&self) -> bool {
        self.mechanism.needs_privacy()
    }

    /// What goes with the command, if it has at most `room` octets; `None` where the protocol has
    /// no place for it at all. What does not go answers an empty challenge.
    pub(super) fn initial(&mut self, room: Option<usize>) -> Option<Secret> {
        let initial = self.mechanism.initial()?;
        if room.is_some_and(|room| initial.expose().len() <= room) {
            return Some(initial);
        }
        self.held = Some(initial);
        None
    }

    /// The answer to a challenge.
    pub(super) fn challenge(&mut self, challenge: &[u8]) -> Answer {
        let step = match self.held.take() {
            // Not looked at closely: there are servers that ask in words.
            Some(held) => Ok(Step::Respond(held)),
            None if self.gave_up => Err(crate::Error::Over),
            None => self.mechanism.step(challenge),
        };
        self.answer(step)
    }

    /// The answer to the challenge that led to [`Answer::NeedKdf`].
    pub(super) fn derived(&mut self, salted: &Secret) -> Answer {
        let step = self.mechanism.derived(salted);
        self.answer(step)
    }

    fn answer(&mut self, step: Result<Step, crate::Error>) -> Answer {
        match step {
            Ok(Step::Respond(response)) => Answer::Respond(response),
            Ok(Step::NeedKdf(kdf)) => Answer::NeedKdf(kdf),
            Ok(Step::Done) => Answer::Respond(Secret::default()),
            Err(_) => {
                self.gave_up = true;
                Answer::Cancel
            }
        }
    }

    /// Whether a success that the server reports is one. If not, the server has not shown what the
    /// mechanism asks of it: end the connection.
    pub(super) fn may_believe(&self) -> bool {
        !self.gave_up && self.held.is_none() && self.mechanism.may_end()
    }

    /// Why the server refused, where the mechanism says it: JSON, for a token.
    pub(super) fn refusal(&self) -> Option<&[u8]> {
        self.mechanism.refusal()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("mechanism", &self.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{External, Login, OAuth, Plain};

    fn plain() -> Exchange {
        Exchange::new(Box::new(Plain::new("a", "b").unwrap()))
    }

    #[test]
    fn initial_responses_of_exactly_the_room_go_with_the_command() {
        for (room, goes) in [(Some(3), false), (Some(4), true), (Some(5), true), (None, false)] {
            let mut exchange = plain();
            assert_eq!(exchange.initial(room).is_some(), goes, "{room:?}");
            assert_eq!(exchange.may_believe(), goes, "{room:?}");
        }
    }

    #[test]
    fn an_empty_initial_response_is_held_too() {
        let mut exchange = Exchange::new(Box::new(External::new("").unwrap()));
        assert_eq!(exchange.initial(None), None);
        assert_eq!(exchange.challenge(b""), Answer::Respond("".into()));
        assert_eq!(exchange.challenge(b""), Answer::Cancel);
    }

    #[test]
    fn one_who_gave_up_believes_nothing() {
        let mut exchange = plain();
        let _ = exchange.initial(Some(99));
        assert!(exchange.may_believe());
        assert_eq!(exchange.challenge(b"and now?"), Answer::Cancel);
        assert!(!exchange.may_believe());
        assert_eq!(exchange.challenge(b""), Answer::Cancel);
    }

    #[test]
    fn servers_may_ask_in_words() {
        let mut exchange = Exchange::new(Box::new(Login::new("a", "b").unwrap()));
        assert_eq!(exchange.initial(Some(99)), None);
        assert_eq!(exchange.challenge(b"User Name\0"), Answer::Respond("a".into()));
        assert_eq!(exchange.challenge(b"Password\0"), Answer::Respond("b".into()));
        assert!(exchange.may_believe());
    }

    #[test]
    fn a_refusal_is_answered_and_kept() {
        let mut exchange = Exchange::new(Box::new(OAuth::xoauth2("a", "token").unwrap()));
        assert!(exchange.initial(Some(99)).is_some());
        assert_eq!(exchange.challenge(b"{}"), Answer::Respond("".into()));
        assert_eq!(exchange.refusal(), Some(&b"{}"[..]));
        assert!(!exchange.may_believe());
    }
}
