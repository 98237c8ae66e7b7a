//! What IMAP clients share: a session over tokio that is logged in, and commands with what answers
//! them.

mod login;
mod resync;
mod words;

pub use resync::{RANGES, Told, fetched, selected_sees, set};
pub use words::{date, letters, local_name, remote_name, said, system_flags};

use crate::options::{Account, Protection, Wrong};
use crate::{Link, Next, Trace};
use mailwire_core::{Misuse, Security};
use mailwire_imap::client::{Config, Connection, Event, Tag};
use mailwire_imap::model::Offers;
use mailwire_imap::types::{BackOff, Capability, Command, State};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// A connection to a server that has let us in.
#[derive(Debug)]
pub struct Session {
    /// The machine.
    pub conn: Connection,
    link: Link,
    /// By which mechanism we were let in.
    pub mechanism: String,
    /// Of what the server offers to catch up, only this is used.
    pub ways: Offers,
}

/// How a command ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ended {
    /// OK, NO or BAD.
    pub state: State,
    /// What the server said, for people.
    pub said: String,
    /// When it may be tried again, if the server is only asked too much.
    pub back_off: Option<BackOff>,
    name: String,
}

/// How often a command is tried again that a server is asked too much for, and the longest wait.
const AGAIN: u32 = 3;
const LONGEST: Duration = Duration::from_secs(300);

impl Ended {
    /// Whether it succeeded.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.state == State::Ok
    }

    /// A failure as an error.
    ///
    /// # Errors
    ///
    /// When the command did not succeed.
    pub fn ok(self) -> Result<(), Wrong> {
        match self.state {
            State::Ok => Ok(()),
            _ => Err(format!("{}: {}", self.name, self.said)),
        }
    }
}

impl Session {
    /// Connects, protected as the account says, and logs in by the best mechanism there is.
    ///
    /// # Errors
    ///
    /// In a line.
    pub async fn begin(
        account: &Account,
        password: &str,
        mut config: Config,
    ) -> Result<Self, Wrong> {
        let tls = account.tls()?;
        config.allow_plaintext_credentials = account.security == Protection::None;
        let stream = TcpStream::connect((account.host(), account.port()));
        let stream = stream.await.map_err(|error| account.there(&error))?;
        let trace = account.trace.then(|| Trace::to("imap", true, |line| eprintln!("{line}")));
        let mut link = Link::new(stream).traced(trace);
        let mut security = Security::Plain;
        if let (Protection::Tls, Some(tls)) = (account.security, &tls) {
            let started = link.connect_tls_at_once(tls, account.host()).await;
            started.map_err(|error| account.there(&error))?;
            security = Security::Tls;
        }
        let conn = Connection::new(Arc::new(config), security);
        let ways = Offers { condstore: true, qresync: true };
        let mut this = Self { conn, link, mechanism: String::new(), ways };
        this.greeting().await?;
        if let (Protection::Starttls, Some(tls)) = (account.security, &tls) {
            this.send(&Command::StartTls)?;
            this.talk(|_, event| Ok(matches!(event, Event::StartTls).then_some(()))).await?;
            let there = |error| account.there(&error);
            if this.link.turn(&mut this.conn).await.map_err(there)? != Next::Tls {
                return Err("the server said more than was asked before TLS".into());
            }
            this.link.connect_tls(&mut this.conn, tls, account.host()).await.map_err(there)?;
        }
        this.log_in(&account.user, password).await?;
        this.capabilities().await?;
        // Some select nothing before they know who asks.
        if this.conn.profile().id_first && this.has(&Capability::Id) {
            let id = Vec::from([("name".to_owned(), Some("mailwire".to_owned()))]);
            this.run(Command::Id(id), |_| Ok(())).await?.ok()?;
        }
        if !account.no_compress && this.has(&Capability::CompressDeflate) {
            this.compress().await?;
        }
        Ok(this)
    }

    /// Compresses the stream in both directions; a server that refuses is not pressed.
    async fn compress(&mut self) -> Result<(), Wrong> {
        self.send(&Command::Compress("DEFLATE".into()))?;
        let accepted = self.talk(|_, event| match event {
            Event::Deflate => Ok(Some(true)),
            Event::Done { .. } => Ok(Some(false)),
            _ => Ok(None),
        });
        if accepted.await? {
            let received = self.conn.deflate_started(&mut self.link.rx);
            self.link.deflate(received.map_err(|error| error.to_string())?);
        }
        Ok(())
    }

    async fn greeting(&mut self) -> Result<(), Wrong> {
        self.talk(|_, event| match event {
            Event::Greeting(condition) if condition.state == State::Bye => {
                Err(format!("the server does not want us: {}", said(&condition)))
            }
            Event::Greeting(_) => Ok(Some(())),
            _ => Ok(None),
        })
        .await
    }

    /// Asks what the server can do, unless it has said so.
    ///
    /// # Errors
    ///
    /// In a line.
    pub async fn capabilities(&mut self) -> Result<(), Wrong> {
        if self.conn.capabilities().is_some() {
            return Ok(());
        }
        self.run(Command::Capability, |_| Ok(())).await?.ok()
    }

    /// Whether the server can do something.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.conn.capabilities().is_some_and(|known| known.has(capability))
    }

    /// Sends a command and shows what comes until it is done, its end too.
    ///
    /// # Errors
    ///
    /// When it cannot be sent, the connection breaks, or `on` says so. That it fails is none; what
    /// fails because the server is asked too much is tried again when it says so.
    pub async fn run<'c>(
        &mut self,
        command: impl Into<Command<'c>>,
        mut on: impl FnMut(&Event<'_>) -> Result<(), Wrong>,
    ) -> Result<Ended, Wrong> {
        let command = command.into();
        let mut tried = 0;
        // Every turn counts.
        loop {
            let tag = self.send(&command)?;
            let ended = self.until_done(tag, command.name(), &mut on).await?;
            let pause = match ended.back_off {
                Some(BackOff::After(time)) => time,
                Some(BackOff::Later) => Duration::from_secs(1 << (2 * tried)),
                None => return Ok(ended),
            };
            if tried == AGAIN || pause > LONGEST {
                return Ok(ended);
            }
            tried += 1;
            tokio::time::sleep(pause).await;
        }
    }

    /// Shows what comes until this command is done, its end too.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn until_done(
        &mut self,
        tag: Tag,
        name: &str,
        mut on: impl FnMut(&Event<'_>) -> Result<(), Wrong>,
    ) -> Result<Ended, Wrong> {
        self.talk(|_, event| {
            on(&event)?;
            Ok(match &event {
                Event::Done { tag: done, condition } if *done == tag => {
                    let (state, back_off) = (condition.state, condition.back_off());
                    Some(Ended { state, said: said(condition), back_off, name: name.to_owned() })
                }
                _ => None,
            })
        })
        .await
    }

    /// Queues a command.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub fn send(&mut self, command: &Command<'_>) -> Result<Tag, Wrong> {
        self.conn.send(command).map_err(|misuse| format!("{}: {misuse}", command.name()))
    }

    /// Shows events to `on` until it has seen what it waits for. May be dropped while it waits:
    /// nothing is lost.
    ///
    /// # Errors
    ///
    /// When the connection breaks or ends, or `on` says so.
    pub async fn talk<T>(
        &mut self,
        mut on: impl FnMut(&mut Connection, Event<'_>) -> Result<Option<T>, Wrong>,
    ) -> Result<T, Wrong> {
        let mut farewell = None;
        loop {
            let received = |error: mailwire_imap::client::Error| error.to_string();
            while let Some(event) = self.conn.receive(&mut self.link.rx).map_err(received)? {
                if let Event::Response(mailwire_imap::types::Response::Condition(condition)) =
                    &event
                {
                    if condition.state == State::Bye {
                        farewell = Some(said(condition));
                    }
                }
                if let Some(seen) = on(&mut self.conn, event)? {
                    return Ok(seen);
                }
            }
            match self.link.turn(&mut self.conn).await.map_err(|error| error.to_string())? {
                Next::Receive => {}
                Next::Reply | Next::Tls | Next::Deflate => {
                    return Err("the server said what was not asked".into());
                }
                Next::Close => {
                    return Err(match farewell {
                        Some(said) => format!("the server took leave: {said}"),
                        None => "the server closed the connection, or is too slow".into(),
                    });
                }
            }
        }
    }

    /// Sends what is queued, and waits for nothing.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub async fn flush(&mut self) -> Result<(), Wrong> {
        self.link.flush(&mut self.conn).await.map_err(|error| error.to_string())
    }

    /// Says LOGOUT and closes.
    pub async fn end(mut self) {
        // Nobody is left to be told what goes wrong here.
        let _ = self.run(Command::Logout, |_| Ok(())).await;
        self.link.close(&mut self.conn).await;
    }
}

fn misused(misuse: Misuse) -> Wrong {
    misuse.to_string()
}
