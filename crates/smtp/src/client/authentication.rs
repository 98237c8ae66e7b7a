//! SASL on the client: a mechanism driven to its end.

use super::{Connection, Event, Id};
use crate::types::{Command, Extensions, Mechanism, Reply};
use alloc::boxed::Box;
use mailwire_core::{Misuse, Security};
use mailwire_sasl::{Account, Answer, Client, Error, Exchange, Kdf, Secret, Transport};

/// The longest initial response that goes with the command, in octets before base64: the line
/// stays within the 512 octets of RFC 5321. A longer one answers an empty challenge.
const ROOM: usize = 360;

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_sasl::{Account, Transport};
/// use mailwire_smtp::client::{Authenticated, Authentication, Connection, Event};
/// use mailwire_smtp::types::{Command, Domain};
/// use mailwire_smtp::{Buf, Input, Security};
///
/// let mut client = Connection::new(Default::default(), Security::Tls);
/// let mut rx = Input::default();
/// client.send(&Command::Ehlo(Domain::localhost()))?;
/// rx.extend(b"220 crepes.fr\r\n250-crepes.fr\r\n250 AUTH PLAIN LOGIN\r\n");
/// while client.receive(&mut rx)?.is_some() {}
///
/// let account = Account::with_password("alice", "hungry");
/// let transport = Transport { random: [7; 18], ..Transport::default() }; // fresh random octets
/// let mut authentication = Authentication::choose(&mut client, &account, &transport)?;
/// assert!(client.output().chunk().ends_with(b"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n"));
///
/// rx.extend(b"235 2.7.0 welcome\r\n");
/// while let Some(event) = client.receive(&mut rx)? {
///     match authentication.see(&mut client, &event)? {
///         Authenticated::NeedKdf(kdf) => {
///             // SCRAM: takes some milliseconds; mind what else waits for this thread.
///             authentication.derived(&mut client, &kdf.derive())?;
///         }
///         Authenticated::Yes => println!("welcome"),
///         Authenticated::No(reply) => eprintln!("{reply:?}"),
///         Authenticated::Broken => return Err("this is not our server".into()),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Authentication {
    exchange: Exchange,
    id: Id,
}

/// What an event meant to an [`Authentication`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Authenticated<'i> {
    /// Nothing: it is about something else.
    NotMine,
    /// It was answered; more is to come.
    Going,
    /// It is answered when this is done, which takes long: do it wherever it does no harm, and give
    /// what comes of it to [`Authentication::derived`].
    NeedKdf(Kdf),
    /// It succeeded.
    Yes,
    /// The server refused it.
    No(Reply<'i>),
    /// The server said something that the mechanism cannot accept; whatever it says of success, it
    /// has not shown that it knows the password. End the connection.
    Broken,
}

impl Authentication {
    /// Begins by the best mechanism that the account can use, of those that the server offers and
    /// that are safe here.
    ///
    /// In the clear nothing is begun unless the configuration of the connection
    /// [allows it](super::Config::allow_plaintext_credentials), and then no mechanism that shows the
    /// password unless `transport` allows that too.
    ///
    /// # Errors
    ///
    /// As [`Account::choose`], and [`Error::Misuse`] when the connection cannot begin an exchange
    /// now.
    pub fn choose(
        conn: &mut Connection,
        account: &Account,
        transport: &Transport,
    ) -> Result<Self, Error> {
        let transport = Transport {
            is_private: conn.security() == Security::Tls,
            allow_plaintext: transport.allow_plaintext && conn.config.allow_plaintext_credentials,
            ..transport.clone()
        };
        let offered = conn.extensions().into_iter().flat_map(Extensions::mechanisms);
        let offered = offered.map(Mechanism::as_str);
        let mechanism = account.choose(offered, &transport)?;
        Self::begin(conn, mechanism).map_err(|misuse| match misuse {
            Misuse::Insecure => Error::Insecure,
            misuse => Error::Misuse(misuse),
        })
    }

    /// Begins by this mechanism.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] when the server does not offer the mechanism, [`Misuse::Insecure`]
    /// when what it sends may not go in the clear, and those of [`Connection::send`].
    pub fn begin(conn: &mut Connection, mechanism: Box<dyn Client + Send>) -> Result<Self, Misuse> {
        let mut exchange = Exchange::new(mechanism);
        let name = Mechanism::new(exchange.name()).map_err(|_| Misuse::NotOffered)?.into_owned();
        if exchange.needs_privacy()
            && conn.security() == Security::Plain
            && !conn.config.allow_plaintext_credentials
        {
            return Err(Misuse::Insecure);
        }
        let initial = exchange.initial(Some(ROOM));
        let id = conn.send(&Command::Auth { mechanism: name, initial })?;
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
        conn: &mut Connection,
        event: &Event<'i>,
    ) -> Result<Authenticated<'i>, Misuse> {
        match event {
            Event::Challenge { to, data } if *to == self.id => {
                let answer = self.exchange.challenge(data);
                self.answer(conn, answer)
            }
            Event::Reply { to, reply } if *to == self.id => Ok(match reply.code().is_done() {
                true if !self.exchange.may_believe() => Authenticated::Broken,
                true => Authenticated::Yes,
                false => Authenticated::No(reply.clone()),
            }),
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
        conn: &mut Connection,
        salted: &Secret,
    ) -> Result<Authenticated<'static>, Misuse> {
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

    fn answer<'i>(
        &mut self,
        conn: &mut Connection,
        answer: Answer,
    ) -> Result<Authenticated<'i>, Misuse> {
        match answer {
            Answer::Respond(response) => conn.respond(response.expose())?,
            Answer::NeedKdf(kdf) => return Ok(Authenticated::NeedKdf(kdf)),
            Answer::Cancel => conn.cancel()?,
        }
        Ok(Authenticated::Going)
    }
}
