//! SASL on the server: from events to credentials.

use super::{Connection, Event};
use crate::types::{Code, Command, Condition, State};
use alloc::boxed::Box;
use core::fmt;
use mailwire_core::Misuse;
use mailwire_core::Secret;
use mailwire_sasl::{Credential, Credentials, Identity, Lookup, Server, ServerStep};

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_imap::server::{Authentication, Config, Connection, Verdict};
/// use mailwire_imap::types::{Condition, State};
/// use mailwire_sasl::{Credential, Credentials, HashFunction, Setup, StoredKey};
///
/// let mut config = Config::default();
/// config.mechanisms = vec!["SCRAM-SHA-256".into(), "PLAIN".into()];
/// let mut server = Connection::new(config.into(), Security::Tls);
/// let setup = Setup { random: [7; 18], secret: "of years".into(), ..Setup::default() };
/// let mut authentication = Authentication::default();
/// let yes = Condition::new(State::Ok, "welcome");
/// let mut rx = Input::default();
/// rx.extend(b"a AUTHENTICATE PLAIN AGFsaWNlAGh1bmdyeQ==\r\n");
/// while let Some(event) = server.receive(&mut rx)? {
///     match authentication.see_with(&mut server, &event, |name| setup.server(name))? {
///         Verdict::Lookup(lookup) if lookup.user == "alice" => {
///             let key = StoredKey::from_password(HashFunction::Sha256, "hungry", b"salt", 4096)?;
///             authentication.provide(&mut server, Credential::Scram(key))?;
///         }
///         Verdict::Lookup(_) => drop(authentication.provide(&mut server, Credential::Unknown)?),
///         Verdict::Due(Credentials::Password { user, password, .. })
///             if user == "alice" && password.expose() == b"hungry" => server.complete(&yes)?,
///         Verdict::Due(_) => drop(authentication.refuse(&mut server)?),
///         Verdict::Proved(identity) => server.complete(&yes)?,
///         Verdict::NotMine => panic!("{event:?}"),
///         _ => {}
///     }
/// }
/// assert!(server.output().chunk().ends_with(b"a OK welcome\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Authentication {
    exchange: Option<Box<dyn Server + Send>>,
}

/// What an event meant to an [`Authentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered and more is to come, or the client gave up.
    Going,
    /// The exchange failed, and the client was told. For logs and penalties.
    Failed,
    /// Look that up, now or later, and go on with [`Authentication::provide`].
    Lookup(Lookup),
    /// Whether these are right is yours to say, now or later: [`complete`](Connection::complete)
    /// it with OK, or
    /// [`Authentication::refuse`].
    Due(Credentials),
    /// The client has proved to be that user. Whether it may act so is yours to say, as for
    /// [`Due`](Self::Due).
    Proved(Identity),
}

impl Authentication {
    /// Looks at an event, and answers it if it belongs to an exchange. Give it every event. Knows
    /// the mechanisms of [`mailwire_sasl::server`].
    ///
    /// # Errors
    ///
    /// When the event was answered already.
    pub fn see(&mut self, conn: &mut Connection, event: &Event<'_>) -> Result<Verdict, Misuse> {
        self.see_with(conn, event, mailwire_sasl::server)
    }

    /// The same with mechanisms of your own choice: `make` is called with the name of one when an
    /// exchange begins, and is mostly [`mailwire_sasl::Setup::server`].
    ///
    /// # Errors
    ///
    /// When the event was answered already.
    pub fn see_with(
        &mut self,
        conn: &mut Connection,
        event: &Event<'_>,
        make: impl FnOnce(&str) -> Option<Box<dyn Server + Send>>,
    ) -> Result<Verdict, Misuse> {
        match event {
            Event::Command { command: Command::Authenticate { mechanism, initial }, .. } => {
                self.exchange = make(mechanism);
                self.step(conn, initial.as_ref().map(Secret::expose))
            }
            Event::AuthResponse(response) => self.step(conn, Some(response.expose())),
            Event::AuthCancelled => {
                self.exchange = None;
                Ok(Verdict::Going)
            }
            _ => Ok(Verdict::NotMine),
        }
    }

    /// Goes on with what was looked up.
    ///
    /// # Errors
    ///
    /// When no answer is due.
    pub fn provide(
        &mut self,
        conn: &mut Connection,
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
    pub fn refuse(&mut self, conn: &mut Connection) -> Result<Verdict, Misuse> {
        let step = self.exchange.as_mut().and_then(|it| it.refuse().ok());
        self.answer(conn, step)
    }

    fn step(&mut self, conn: &mut Connection, data: Option<&[u8]>) -> Result<Verdict, Misuse> {
        let step = self.exchange.as_mut().and_then(|it| it.step(data).ok());
        self.answer(conn, step)
    }

    fn answer(
        &mut self,
        conn: &mut Connection,
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
                let no = Condition::new(State::No, "authentication failed");
                conn.complete(&no.with_code(Code::named("AUTHENTICATIONFAILED")))?;
                self.exchange = None;
                Ok(Verdict::Failed)
            }
        }
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.exchange.as_ref().map(|exchange| exchange.name());
        f.debug_struct("Authentication").field("mechanism", &name).finish()
    }
}
