//! The client's side of any mechanism.

use crate::{Error, Secret};

/// What a client does with a challenge.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Send this, which may be empty.
    Respond(Secret),
    /// The challenge was the server's last word: nothing is to be sent but what the protocol
    /// demands (an empty response in SMTP and IMAP).
    Done,
}

/// The client's side of one exchange by one mechanism.
pub trait Client {
    /// The name of the mechanism, in capitals.
    fn name(&self) -> &str;

    /// What the client says without being asked. `None` when the server speaks first. Called
    /// once; a protocol that has no initial response sends it as the answer to an empty challenge.
    fn initial(&mut self) -> Option<Secret>;

    /// The answer to a challenge.
    ///
    /// # Errors
    ///
    /// When the challenge is not one of this mechanism; the protocol cancels the exchange.
    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error>;

    /// Whether what is sent must travel over TLS: anyone who reads it can use it.
    fn needs_privacy(&self) -> bool {
        true
    }

    /// Whether the exchange may end in success where it stands. A mechanism that must check the
    /// server's signature says no until it has; a client that is told of success before that
    /// takes it for a failure.
    fn may_end(&self) -> bool {
        true
    }
}
