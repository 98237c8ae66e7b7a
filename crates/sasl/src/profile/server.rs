//! A server that authenticates who is at the other end of a connection.

use crate::{Credential, Credentials, Identity, Lookup, Server, ServerStep};
use alloc::boxed::Box;
use core::fmt;
use mailwire_core::Misuse;

/// What a [`ServerAuthentication`] asks of a connection.
pub trait ServerProfile {
    /// What the connection reports.
    type Event<'i>;

    /// What an event says of an exchange.
    fn asked<'e>(event: &'e Self::Event<'_>) -> Option<Asked<'e>>;

    /// Sends a challenge, in base64.
    ///
    /// # Errors
    ///
    /// When no answer is due.
    fn challenge(&mut self, challenge: &[u8]) -> Result<(), Misuse>;

    /// Answers that the exchange failed; where the protocol tells that apart, that the mechanism is
    /// not known.
    ///
    /// # Errors
    ///
    /// When no answer is due.
    fn fail(&mut self, is_known: bool) -> Result<(), Misuse>;
}

/// What a client said in an exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asked<'e> {
    /// It begins one.
    Begin {
        /// By this mechanism.
        mechanism: &'e str,
        /// With this initial response, decoded.
        initial: Option<&'e [u8]>,
    },
    /// A response, decoded.
    Response(&'e [u8]),
    /// It gave up.
    Cancelled,
}

/// The exchange of one connection, on the server.
#[derive(Default)]
pub struct ServerAuthentication {
    exchange: Option<Box<dyn Server + Send>>,
}

/// What an event meant to a [`ServerAuthentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered and more is to come, or the client gave up.
    Going,
    /// The exchange failed, and the client was told. For logs and penalties.
    Failed,
    /// Look that up, now or later, and go on with [`ServerAuthentication::provide`].
    Lookup(Lookup),
    /// Whether these are right is yours to say, now or later: answer the command of the protocol
    /// with its yes, or [`ServerAuthentication::refuse`].
    Due(Credentials),
    /// The client has proved to be that user. Whether it may act so is yours to say, as for
    /// [`Due`](Self::Due).
    Proved(Identity),
}

impl ServerAuthentication {
    /// Looks at an event, and answers it if it belongs to an exchange. Give it every event. Knows
    /// the mechanisms of [`server`](crate::server()).
    ///
    /// # Errors
    ///
    /// When the event was answered already.
    pub fn see<P: ServerProfile>(
        &mut self,
        conn: &mut P,
        event: &P::Event<'_>,
    ) -> Result<Verdict, Misuse> {
        self.see_with(conn, event, crate::server)
    }

    /// The same with mechanisms of your own choice: `make` is called with the name of one when an
    /// exchange begins, and is mostly [`Setup::server`](crate::Setup::server).
    ///
    /// # Errors
    ///
    /// When the event was answered already.
    pub fn see_with<P: ServerProfile>(
        &mut self,
        conn: &mut P,
        event: &P::Event<'_>,
        make: impl FnOnce(&str) -> Option<Box<dyn Server + Send>>,
    ) -> Result<Verdict, Misuse> {
        match P::asked(event) {
            Some(Asked::Begin { mechanism, initial }) => {
                self.exchange = make(mechanism);
                self.step(conn, initial)
            }
            Some(Asked::Response(response)) => self.step(conn, Some(response)),
            Some(Asked::Cancelled) => {
                self.exchange = None;
                Ok(Verdict::Going)
            }
            None => Ok(Verdict::NotMine),
        }
    }

    /// Goes on with what was looked up.
    ///
    /// # Errors
    ///
    /// When no answer is due.
    pub fn provide<P: ServerProfile>(
        &mut self,
        conn: &mut P,
        credential: Credential,
    ) -> Result<Verdict, Misuse> {
        let step = self.exchange.as_mut().and_then(|it| it.provide(credential).ok());
        self.answer(conn, step)
    }

    /// Refuses credentials, or the identity that was proved, in the words of the mechanism and of
    /// the protocol. Some mechanisms let the client say something before it has [`Verdict::Failed`].
    ///
    /// # Errors
    ///
    /// When no answer is due.
    pub fn refuse<P: ServerProfile>(&mut self, conn: &mut P) -> Result<Verdict, Misuse> {
        let step = self.exchange.as_mut().and_then(|it| it.refuse().ok());
        self.answer(conn, step)
    }

    fn step<P: ServerProfile>(
        &mut self,
        conn: &mut P,
        data: Option<&[u8]>,
    ) -> Result<Verdict, Misuse> {
        let step = self.exchange.as_mut().and_then(|it| it.step(data).ok());
        self.answer(conn, step)
    }

    fn answer<P: ServerProfile>(
        &mut self,
        conn: &mut P,
        step: Option<ServerStep>,
    ) -> Result<Verdict, Misuse> {
        match step {
            Some(ServerStep::Challenge(challenge)) => {
                conn.challenge(&challenge)?;
                Ok(Verdict::Going)
            }
            Some(ServerStep::NeedCredential(lookup)) => Ok(Verdict::Lookup(lookup)),
            Some(ServerStep::Verify(credentials)) => Ok(Verdict::Due(credentials)),
            Some(ServerStep::Done(identity)) => Ok(Verdict::Proved(identity)),
            _ => {
                conn.fail(self.exchange.is_some())?;
                self.exchange = None;
                Ok(Verdict::Failed)
            }
        }
    }
}

impl fmt::Debug for ServerAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.exchange.as_ref().map(|exchange| exchange.name());
        f.debug_struct("Authentication").field("mechanism", &name).finish()
    }
}
