//! The client's side of any mechanism.

use crate::{Error, Secret};

/// What a client does with a challenge.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Send this, which may be empty.
    Respond(Secret),
    /// Do this, which takes long, wherever it does no harm, and give what comes of it to
    /// [`Client::derived`].
    #[cfg(feature = "scram")]
    NeedKdf(crate::Kdf),
    /// The challenge was the server's last word: nothing is to be sent but what the protocol
    /// demands (an empty response in SMTP, POP3 and IMAP).
    Done,
}

/// The client's side of one exchange by one mechanism.
///
/// A mechanism that is not here is one more type that implements this:
///
/// ```
/// use mailwire_sasl::{Client, Error, Secret, Step};
///
/// /// Says where it is, as to a server that knows the answer.
/// struct Whereabouts(Option<&'static str>);
///
/// impl Client for Whereabouts {
///     fn name(&self) -> &str {
///         "X-WHEREABOUTS"
///     }
///
///     fn initial(&mut self) -> Option<Secret> {
///         None
///     }
///
///     fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
///         match challenge {
///             b"where?" => self.0.take().map(|at| Step::Respond(at.into())).ok_or(Error::Over),
///             _ => Err(Error::Malformed("X-WHEREABOUTS")),
///         }
///     }
/// }
/// ```
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

    /// Goes on with what a [`Step::NeedKdf`] came to.
    ///
    /// # Errors
    ///
    /// [`Error::Over`] when that was not asked for.
    fn derived(&mut self, salted: &Secret) -> Result<Step, Error> {
        let _ = salted;
        Err(Error::Over)
    }

    /// The answer to a challenge, with the slow step, if there is one, taken at once: it blocks.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step).
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        match self.step(challenge)? {
            #[cfg(feature = "scram")]
            Step::NeedKdf(kdf) => self.derived(&kdf.derive()),
            step => Ok(step),
        }
    }

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

    /// What the server gave for its reason to refuse, where the mechanism carries one: the JSON of
    /// OAUTHBEARER and XOAUTH2. Written by the server; not checked.
    fn refusal(&self) -> Option<&[u8]> {
        None
    }
}
