//! SASL on the client: a mechanism driven to its end.

use super::{Connection, Event, Id};
use crate::types::{Command, Mechanism, Reply};
use crate::{Misuse, Security};
use alloc::boxed::Box;
use core::fmt;
use mailwire_sasl::{Client, Secret, Step};

/// The longest initial response that goes with the command, in octets before base64: the line
/// stays within the 512 octets of RFC 5321. A longer one answers an empty challenge.
const MAX_INITIAL: usize = 360;

/// The SASL exchange of one connection.
pub struct Authentication {
    mechanism: Box<dyn Client + Send>,
    id: Id,
    /// An initial response that was too long for the command.
    held: Option<Secret>,
    cancelled: bool,
}

/// What an event meant to an [`Authentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Authenticated {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered; more is to come.
    Going,
    /// It succeeded.
    Yes,
    /// The server refused it.
    No(Reply<'static>),
    /// The server said something that the mechanism cannot accept; whatever it says of success, it
    /// has not shown that it knows the password. End the connection.
    Broken,
}

impl Authentication {
    /// Sends AUTH.
    ///
    /// ```no_run
    /// # fn f(client: &mut mailwire_smtp::client::Connection)
    /// #     -> Result<(), Box<dyn std::error::Error>> {
    /// use mailwire_smtp::client::Authentication;
    ///
    /// let plain = mailwire_sasl::Plain::new("alice", "hungry")?;
    /// let authentication = Authentication::begin(client, Box::new(plain))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] when the server does not offer the mechanism, [`Misuse::Insecure`]
    /// when what it sends may not go in the clear, and those of [`Connection::send`].
    pub fn begin(
        conn: &mut Connection,
        mut mechanism: Box<dyn Client + Send>,
    ) -> Result<Self, Misuse> {
        let name = Mechanism::new(mechanism.name()).map_err(|_| Misuse::NotOffered)?.into_owned();
        if mechanism.needs_privacy()
            && conn.security() == Security::Plain
            && !conn.config.allow_plaintext_credentials
        {
            return Err(Misuse::Insecure);
        }
        let (initial, held) = match mechanism.initial() {
            Some(long) if long.expose().len() > MAX_INITIAL => (None, Some(long)),
            initial => (initial, None),
        };
        let id = conn.send(&Command::Auth { mechanism: name, initial })?;
        Ok(Self { mechanism, id, held, cancelled: false })
    }

    /// Looks at an event, and answers it if it is a challenge. Give it every event until it says
    /// how the exchange ended.
    ///
    /// # Errors
    ///
    /// When the challenge was answered already.
    pub fn see(
        &mut self,
        conn: &mut Connection,
        event: &Event<'_>,
    ) -> Result<Authenticated, Misuse> {
        match event {
            Event::Challenge { to, data } if *to == self.id => {
                let step = match self.held.take() {
                    Some(held) if data.is_empty() => Ok(Step::Respond(held)),
                    _ => self.mechanism.step(data),
                };
                match step {
                    Ok(Step::Respond(response)) => conn.respond(response.expose())?,
                    Ok(Step::Done) => conn.respond(&[])?,
                    _ => {
                        self.cancelled = true;
                        conn.cancel()?;
                    }
                }
                Ok(Authenticated::Going)
            }
            Event::Reply { to, reply } if *to == self.id => Ok(match reply.code().is_done() {
                true if self.cancelled || !self.mechanism.may_end() => Authenticated::Broken,
                true => Authenticated::Yes,
                false => Authenticated::No(reply.clone().into_owned()),
            }),
            _ => Ok(Authenticated::NotMine),
        }
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication").field("mechanism", &self.mechanism.name()).finish()
    }
}
