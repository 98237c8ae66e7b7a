//! SASL on the server: from events to credentials.

use super::{Connection, Event};
use crate::Misuse;
use crate::types::{Code, Reply};
use alloc::boxed::Box;
use core::fmt;
use mailwire_sasl::{Credentials, Server, ServerStep};

/// The SASL exchange of one connection, by the mechanisms of `mailwire-sasl`.
///
/// ```
/// use mailwire_smtp::server::{Authentication, Config, Connection, Event, Verdict};
/// use mailwire_smtp::types::{Code, Mechanism, Reply};
/// use mailwire_smtp::{Input, Security};
/// use mailwire_sasl::Credentials;
///
/// let mut config = Config::default();
/// config.mechanisms = vec![Mechanism::new("PLAIN")?];
/// let mut server = Connection::new(config.into(), Security::Tls);
/// let mut authentication = Authentication::default();
/// let mut rx = Input::default();
/// rx.extend(b"EHLO crepes.fr\r\nAUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n");
/// while let Some(event) = server.receive(&mut rx)? {
///     match authentication.see(&mut server, &event)? {
///         Verdict::Due(Credentials::Password { user, password, .. })
///             if user == "alice" && password.expose() == b"hungry" => server.accept()?,
///         Verdict::Due(_) => server.reply(&Reply::new(Code::BAD_CREDENTIALS, "5.7.8 no"))?,
///         Verdict::Going => {}
///         Verdict::NotMine => server.accept()?,
///     }
/// }
/// assert!(server.session().is_authenticated());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Authentication {
    exchange: Option<Box<dyn Server + Send>>,
}

/// What an event meant to an [`Authentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered; more is to come, or it failed.
    Going,
    /// Whether these are right is yours to say: `accept`, or `reply` with 535, now or later.
    Due(Credentials),
}

impl Authentication {
    /// Looks at an event, and answers it if it belongs to an exchange. Give it every event.
    ///
    /// # Errors
    ///
    /// When the event was answered already.
    pub fn see(&mut self, conn: &mut Connection, event: &Event<'_>) -> Result<Verdict, Misuse> {
        match event {
            Event::Auth { mechanism, initial } => {
                self.exchange = mailwire_sasl::server(mechanism.as_str());
                self.step(conn, initial.as_ref().map(super::SecretBytes::expose))
            }
            Event::AuthResponse(response) => self.step(conn, Some(response.expose())),
            Event::AuthCancelled => {
                self.exchange = None;
                Ok(Verdict::Going)
            }
            _ => Ok(Verdict::NotMine),
        }
    }

    /// Takes part by a mechanism that `mailwire-sasl` does not have. Call it instead of
    /// [`see`](Self::see) with the [`Event::Auth`] of that mechanism.
    ///
    /// # Errors
    ///
    /// As [`see`](Self::see).
    pub fn begin(
        &mut self,
        conn: &mut Connection,
        exchange: Box<dyn Server + Send>,
        initial: Option<&[u8]>,
    ) -> Result<Verdict, Misuse> {
        self.exchange = Some(exchange);
        self.step(conn, initial)
    }

    fn step(&mut self, conn: &mut Connection, data: Option<&[u8]>) -> Result<Verdict, Misuse> {
        let Some(exchange) = &mut self.exchange else {
            let text = "5.5.4 mechanism not offered";
            conn.reply(&Reply::new(Code::PARAMETER_NOT_IMPLEMENTED, text))?;
            return Ok(Verdict::Going);
        };
        match exchange.step(data) {
            Ok(ServerStep::Challenge(challenge)) => {
                conn.challenge(&challenge)?;
                return Ok(Verdict::Going);
            }
            Ok(ServerStep::Verify(credentials)) => {
                self.exchange = None;
                return Ok(Verdict::Due(credentials));
            }
            // No mechanism here checks credentials by itself.
            Ok(_) | Err(_) => {}
        }
        self.exchange = None;
        conn.reply(&Reply::new(Code::BAD_CREDENTIALS, "5.7.8 authentication failed"))?;
        Ok(Verdict::Going)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.exchange.as_ref().map(|exchange| exchange.name());
        f.debug_struct("Authentication").field("mechanism", &name).finish()
    }
}
