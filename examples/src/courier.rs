//! Gives a message to a server by SMTP or LMTP: a connection, a transaction, an outcome for each
//! recipient.

use crate::options::Protection;
use crate::tls::random;
use crate::{Link, Next, Trace};
use mailwire_core::{Security, Wants};
use mailwire_sasl::{Account, Transport};
use mailwire_smtp::Error;
use mailwire_smtp::client::{
    Authenticated, Authentication, Config, Connection, Envelope, Event, Outcome, Progress, Tls,
    Transaction, Unsendable,
};
use mailwire_smtp::types::{Command, Domain, Protocol, Reply, Verb};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// How much of a message is read and sent at once.
const PIECE: usize = 32 * 1024;

/// A server that takes mail, and how to speak with it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// How the connection is protected. Without protection passwords are shown to the network.
    pub protection: Protection,
    /// Whom TLS trusts; needed where there is protection.
    pub trust: Option<Arc<ClientConfig>>,
    /// Who logs in.
    pub login: Option<Account>,
    /// Our name.
    pub hello: Domain<'static>,
    /// Whether the conversation is printed.
    pub trace: bool,
}

/// Why nothing was sent.
#[derive(Debug)]
pub enum Failure {
    /// The server cannot be reached, or the connection was lost before anything was sent.
    Io(io::Error),
    /// The server refused the session.
    Refused(Reply<'static>),
    /// The server cannot take this message.
    Unsendable(Unsendable),
    /// The server broke the protocol, or cannot do what is asked of it.
    Protocol(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Refused(reply) => write!(f, "the server says: {} {reply}", reply.code()),
            Self::Unsendable(why) => write!(f, "{why}"),
            Self::Protocol(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Protocol(error.to_string())
    }
}

impl From<mailwire_core::Misuse> for Failure {
    fn from(misuse: mailwire_core::Misuse) -> Self {
        Self::Protocol(misuse.to_string())
    }
}

/// What became of a message.
#[derive(Debug)]
pub struct Sent {
    /// For each recipient of the envelope.
    pub outcomes: Vec<Outcome>,
    /// Whether the server itself tells the sender of success, where that was asked for.
    pub tells: bool,
}

/// What became of the message for a recipient, in a line: the code, the recipient, what the server
/// said.
#[must_use]
pub fn told(to: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted(reply) | Outcome::Refused(reply) => {
            let (code, line) = (reply.code().to_string(), reply.to_string());
            format!("{code} {to} {}", line.strip_prefix(&code).unwrap_or(&line).trim_start())
        }
        Outcome::Uncertain => format!("--- {to} the answer was lost: it may have it or not"),
        _ => format!("--- {to} the connection was lost before the message was sent"),
    }
}

impl Server {
    /// Sends one message. `body` is read once, from the disk as a rule: so little at a time that
    /// nobody else waits long. `progress` hears how much was sent so far.
    ///
    /// # Errors
    ///
    /// When no transaction came about. Once one has, each recipient has its outcome.
    pub async fn send(
        &self,
        envelope: &Envelope<'_>,
        body: &mut (impl Read + ?Sized),
        mut progress: impl FnMut(u64),
    ) -> Result<Sent, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port));
        let stream = timeout(CONNECT_LIMIT, stream).await.map_err(io::Error::from)??;
        let mut link = Link::new(stream).traced(self.trace.then(|| Trace::new("smtp", true)));
        let mut security = Security::Plain;
        if let (Protection::Tls, Some(trust)) = (self.protection, &self.trust) {
            link.connect_tls_at_once(trust, &self.host).await?;
            security = Security::Tls;
        }
        let mut config = Config::default();
        config.protocol = self.protocol;
        config.tls = match self.protection {
            Protection::None => Tls::Optional,
            Protection::Starttls | Protection::Tls => Tls::Required,
        };
        config.allow_plaintext_credentials = self.protection == Protection::None;
        let mut session = Session {
            server: self,
            conn: Connection::new(config.into(), security),
            authentication: None,
            transaction: None,
            refused: None,
        };
        session.hello()?;
        let result = session.run(&mut link, envelope, body, &mut progress).await;
        let Some(mut transaction) = session.transaction else {
            result?;
            return Err(match session.refused {
                Some(reply) => Failure::Refused(reply),
                None => Failure::Io(io::ErrorKind::UnexpectedEof.into()),
            });
        };
        if !transaction.is_done() {
            // The machine knows what was lost.
            let lost = result.unwrap_or_default();
            transaction.ended(lost.as_ref());
        }
        let outcomes = transaction.outcomes().map(|it| it.cloned().unwrap_or(Outcome::Unsent));
        Ok(Sent { outcomes: outcomes.collect(), tells: !transaction.without_dsn() })
    }
}

/// One connection.
struct Session<'s> {
    server: &'s Server,
    conn: Connection,
    authentication: Option<Authentication>,
    transaction: Option<Transaction>,
    /// Why there is no transaction.
    refused: Option<Reply<'static>>,
}

impl Session<'_> {
    fn hello(&mut self) -> Result<(), Failure> {
        let name = self.server.hello.clone();
        self.conn.send(&match self.server.protocol {
            Protocol::Lmtp => Command::Lhlo(name),
            _ => Command::Ehlo(name),
        })?;
        Ok(())
    }

    /// Until the connection ends; the error with which the machine said so.
    async fn run(
        &mut self,
        link: &mut Link,
        envelope: &Envelope<'_>,
        body: &mut (impl Read + ?Sized),
        progress: &mut impl FnMut(u64),
    ) -> Result<Option<Error>, Failure> {
        let (mut piece, mut sent, mut sending) = (vec![0; PIECE], 0, false);
        loop {
            let transport = Transport {
                bindings: link.client_bindings(),
                random: random()?,
                allow_plaintext: self.server.protection == Protection::None,
                ..Transport::default()
            };
            // Every turn takes what the server said, then says what there is to say.
            loop {
                let event = match self.conn.receive(&mut link.rx) {
                    Ok(Some(event)) => event,
                    Ok(None) => break,
                    Err(error) if self.transaction.is_some() => return Ok(Some(error)),
                    Err(error) => return Err(error.into()),
                };
                let Some(transaction) = &mut self.transaction else {
                    self.begin(&event, envelope, &transport)?;
                    continue;
                };
                match transaction.see(&mut self.conn, &event)? {
                    Progress::SendBody => sending = true,
                    Progress::Done => drop(self.conn.send(&Command::Quit)),
                    Progress::Going | Progress::NotMine => {}
                }
            }
            if sending && self.conn.wants() == Wants::Reply {
                let n = body.read(&mut piece)?;
                match piece.get(..n) {
                    None | Some([]) => {
                        self.conn.end_body()?;
                        sending = false;
                    }
                    Some(piece) => {
                        self.conn.send_body(piece)?;
                        sent += n as u64;
                        progress(sent);
                    }
                }
            }
            let next = match link.turn(&mut self.conn).await {
                Ok(next) => next,
                // What was sent whole may have been taken.
                Err(_) if self.transaction.is_some() && !link.rx.is_closed() => {
                    link.rx.close();
                    Next::Receive
                }
                Err(error) => return Err(error.into()),
            };
            match next {
                Next::Tls => {
                    let trust = self.server.trust.as_ref();
                    let trust = trust.ok_or(Failure::Protocol("nobody is trusted".into()))?;
                    link.connect_tls(&mut self.conn, trust, &self.server.host).await?;
                    self.hello()?;
                }
                Next::Close => return Ok(None),
                Next::Receive | Next::Reply | Next::Deflate => {}
            }
        }
    }

    /// What comes before the transaction.
    fn begin(
        &mut self,
        event: &Event<'_>,
        envelope: &Envelope<'_>,
        transport: &Transport,
    ) -> Result<(), Failure> {
        if let Some(authentication) = &mut self.authentication {
            match authentication.see(&mut self.conn, event)? {
                // It may take some milliseconds; the program has nothing else to do for this server.
                Authenticated::NeedKdf(kdf) => {
                    authentication.derived(&mut self.conn, &kdf.derive())?;
                }
                Authenticated::Yes => return self.transact(envelope),
                Authenticated::No(reply) => self.refuse(reply.into_owned()),
                Authenticated::Broken => {
                    return Err(Failure::Protocol("the server proved nothing".into()));
                }
                _ => {}
            }
            return Ok(());
        }
        match event {
            Event::Greeting(reply) | Event::Farewell(reply) if !reply.is_positive() => {
                self.refuse(reply.clone().into_owned());
            }
            Event::Reply { reply, .. } if !reply.is_positive() => {
                self.refuse(reply.clone().into_owned());
            }
            Event::Reply { to, .. } if matches!(to.verb(), Verb::Ehlo | Verb::Lhlo) => {
                let plain = self.conn.security() == Security::Plain;
                match &self.server.login {
                    _ if plain && self.server.protection == Protection::Starttls => {
                        self.conn.send(&Command::StartTls)?;
                    }
                    Some(account) => {
                        let begun = Authentication::choose(&mut self.conn, account, transport);
                        let begun = begun.map_err(|error| Failure::Protocol(error.to_string()))?;
                        self.authentication = Some(begun);
                    }
                    None => self.transact(envelope)?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn transact(&mut self, envelope: &Envelope<'_>) -> Result<(), Failure> {
        let begun = Transaction::begin(&mut self.conn, envelope).map_err(Failure::Unsendable)?;
        self.transaction = Some(begun);
        Ok(())
    }

    fn refuse(&mut self, reply: Reply<'static>) {
        self.refused.get_or_insert(reply);
        // When the server ends the session itself there is nothing to say.
        let _ = self.conn.send(&Command::Quit);
    }
}
