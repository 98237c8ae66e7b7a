//! A client that authenticates over a connection.

use super::exchange::{Answer, Exchange};
use crate::{Account, Client, Error, Kdf, Secret, Transport};
use alloc::boxed::Box;
use core::fmt;
use mailwire_core::{Misuse, Security};

/// What a [`ClientAuthentication`] asks of a connection.
pub trait ClientProfile {
    /// Which command an answer belongs to.
    type Id: Copy + Eq + fmt::Debug;
    /// What the connection reports.
    type Event<'i>;
    /// How the server ended the exchange.
    type Reply<'i>;

    /// Whether somebody can listen.
    fn security(&self) -> Security;

    /// Whether the configuration of the connection lets an exchange begin in the clear.
    fn allows_plaintext(&self) -> bool;

    /// The names of the mechanisms that the server offers.
    fn mechanisms(&self) -> impl Iterator<Item = &str>;

    /// How many octets an initial response may have, before base64, to go with the command; `None`
    /// where the command has no place for it.
    fn room(&self) -> Option<usize>;

    /// Sends the command that begins an exchange.
    ///
    /// # Errors
    ///
    /// When it may not be sent now, or the mechanism is not offered.
    fn begin(&mut self, mechanism: &str, initial: Option<Secret>) -> Result<Self::Id, Misuse>;

    /// Sends a response, in base64.
    ///
    /// # Errors
    ///
    /// When no challenge is to be answered.
    fn respond(&mut self, response: &[u8]) -> Result<(), Misuse>;

    /// Sends that the client gives up: `*`.
    ///
    /// # Errors
    ///
    /// When no challenge is to be answered.
    fn cancel(&mut self) -> Result<(), Misuse>;

    /// What an event says of an exchange, and of which.
    fn reported<'e, 'i: 'e>(
        event: &'e Self::Event<'i>,
    ) -> Option<(Self::Id, Reported<'e, Self::Reply<'i>>)>;
}

/// What a server said in an exchange.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reported<'e, R> {
    /// A challenge, decoded.
    Challenge(&'e [u8]),
    /// That the client is authenticated.
    Yes,
    /// That it is not.
    No(R),
}

/// The exchange of one connection, on the client.
pub struct ClientAuthentication<P: ClientProfile> {
    exchange: Exchange,
    id: P::Id,
}

/// What an event meant to a [`ClientAuthentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Authenticated<R> {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered; more is to come.
    Going,
    /// It is answered when this is done, which takes long: do it wherever it does no harm, and give
    /// what comes of it to [`ClientAuthentication::derived`].
    NeedKdf(Kdf),
    /// It succeeded.
    Yes,
    /// The server refused it.
    No(R),
    /// The server said something that the mechanism cannot accept; whatever it says of success, it
    /// has not shown that it knows the password. End the connection.
    Broken,
}

impl<P: ClientProfile> ClientAuthentication<P> {
    /// Begins by the best mechanism that the account can use, of those that the server offers and
    /// that are safe here.
    ///
    /// In the clear nothing is begun unless the configuration of the connection allows it
    /// (`allow_plaintext_credentials`), and then no mechanism that shows the password unless
    /// `transport` allows that too.
    ///
    /// # Errors
    ///
    /// As [`Account::choose`], and [`Error::Misuse`] when the connection cannot begin an exchange
    /// now.
    pub fn choose(conn: &mut P, account: &Account, transport: &Transport) -> Result<Self, Error> {
        let transport = Transport {
            is_private: conn.security() == Security::Tls,
            allow_plaintext: transport.allow_plaintext && conn.allows_plaintext(),
            ..transport.clone()
        };
        let mechanism = account.choose(conn.mechanisms(), &transport)?;
        Self::begin(conn, mechanism).map_err(|misuse| match misuse {
            Misuse::Insecure => Error::Insecure,
            misuse => Error::Misuse(misuse),
        })
    }

    /// Begins by this mechanism. An initial response that the command has no room for answers an
    /// empty challenge.
    ///
    /// # Errors
    ///
    /// [`Misuse::Insecure`] when what it sends may not go in the clear, [`Misuse::NotOffered`] when
    /// the server does not offer the mechanism, and those of sending a command.
    pub fn begin(conn: &mut P, mechanism: Box<dyn Client + Send>) -> Result<Self, Misuse> {
        let mut exchange = Exchange::new(mechanism);
        if exchange.needs_privacy()
            && conn.security() == Security::Plain
            && !conn.allows_plaintext()
        {
            return Err(Misuse::Insecure);
        }
        let initial = exchange.initial(conn.room());
        let id = conn.begin(exchange.name(), initial)?;
        Ok(Self { exchange, id })
    }

    /// Looks at an event, and answers it if it is a challenge. Give it every event until it says
    /// how the exchange ended.
    ///
    /// # Errors
    ///
    /// When the challenge was answered already.
    pub fn see<'i>(
        &mut self,
        conn: &mut P,
        event: &P::Event<'i>,
    ) -> Result<Authenticated<P::Reply<'i>>, Misuse> {
        match P::reported(event) {
            Some((id, reported)) if id == self.id => match reported {
                Reported::Challenge(data) => {
                    let answer = self.exchange.challenge(data);
                    self.answer(conn, answer)
                }
                Reported::Yes if !self.exchange.may_believe() => Ok(Authenticated::Broken),
                Reported::Yes => Ok(Authenticated::Yes),
                Reported::No(reply) => Ok(Authenticated::No(reply)),
            },
            _ => Ok(Authenticated::NotMine),
        }
    }

    /// Answers the challenge that led to [`Authenticated::NeedKdf`].
    ///
    /// # Errors
    ///
    /// When no challenge is to be answered.
    pub fn derived(
        &mut self,
        conn: &mut P,
        salted: &Secret,
    ) -> Result<Authenticated<P::Reply<'static>>, Misuse> {
        let answer = self.exchange.derived(salted);
        self.answer(conn, answer)
    }

    /// The name of the mechanism.
    #[must_use]
    pub fn mechanism(&self) -> &str {
        self.exchange.name()
    }

    /// Why the server refused, where the mechanism says it: JSON, for a token.
    #[must_use]
    pub fn refusal(&self) -> Option<&[u8]> {
        self.exchange.refusal()
    }

    fn answer<R>(&mut self, conn: &mut P, answer: Answer) -> Result<Authenticated<R>, Misuse> {
        match answer {
            Answer::Respond(response) => conn.respond(response.expose())?,
            Answer::NeedKdf(kdf) => return Ok(Authenticated::NeedKdf(kdf)),
            Answer::Cancel => conn.cancel()?,
        }
        Ok(Authenticated::Going)
    }
}

impl<P: ClientProfile> fmt::Debug for ClientAuthentication<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication")
            .field("exchange", &self.exchange)
            .field("id", &self.id)
            .finish()
    }
}
