//! The server: bytes in, commands out, replies in, bytes out.
//!
//! ```
//! use mailwire_smtp::server::{Config, Connection, Event};
//! use mailwire_smtp::types::{Code, Reply};
//! use mailwire_smtp::{Buf, Input, Security};
//!
//! let mut server = Connection::new(Config::default().into(), Security::Plain);
//! let mut rx = Input::default();
//! rx.extend(b"HELO crepes.fr\r\nMAIL FROM:<alice@crepes.fr>\r\nRCPT TO:<bob@elsewhere>\r\n");
//! while let Some(event) = server.receive(&mut rx)? {
//!     match event {
//!         Event::Rcpt(rcpt) => {
//!             let text = format!("5.7.1 no relaying for {}", rcpt.to);
//!             server.reply(&Reply::new(Code::REFUSED, text))?;
//!         }
//!         _ => server.accept()?,
//!     }
//! }
//! assert!(server.output().chunk().ends_with(b"550 5.7.1 no relaying for bob@elsewhere\r\n"));
//! # Ok::<(), mailwire_smtp::Error>(())
//! ```

mod answer;
#[cfg(feature = "sasl")]
mod authentication;
mod body;
mod check;
mod config;
mod event;
mod receive;
mod session;
mod usual;

pub use crate::types::Protocol;
pub use answer::Ticket;
#[cfg(feature = "sasl")]
pub use authentication::{Authentication, Verdict};
pub use config::{BareNewlines, Config, Limits, Synchronisation, Timeouts};
pub use event::{Event, Hello, Refused, SecretBytes, Why};
pub use session::{Origin, Received, Session};

use crate::types::{Attributes, Code, Reply, Verb};
use crate::{Error, Input, Misuse, Output, Security, Wait, Wants};
use alloc::boxed::Box;
use alloc::sync::Arc;
use answer::{Deferred, Recipients};
use body::Chunk;
use mailwire_core::{DotReader, Lines, upgrades_clean};

/// The server's side of one connection.
///
/// *The reply is the decision*: what the session does next follows from the code that goes on the
/// wire, so the server cannot think other than the client does.
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    session: Session,
    stage: Stage,
    /// It is closed because the other role has the stream now.
    turned: bool,
    due: Option<Due>,
    deferred: Deferred,
    /// The answers to the message that is due, when there is one for each recipient.
    each: Option<Box<Recipients>>,
    /// The first chunk of a message, which is due.
    chunk: Option<Chunk>,
    /// The BURL that is due is the last.
    burl_last: bool,
    /// Of the XCLIENT or XFORWARD that is due.
    attributes: Option<Box<Attributes<'static>>>,
    lines: Lines,
    /// The rest of a line that was too long is still to come.
    skipping: bool,
    /// That the client did not wait was said.
    noted: bool,
    out: Output,
    failed: Option<Error>,
    /// Names the wait: one more for each thing that the client completed.
    serial: u64,
    idle: u16,
    errors: u16,
    auth_failures: u16,
    /// Found when it is first asked for.
    allowed: Option<usual::Allowed>,
}

#[derive(Debug)]
enum Stage {
    /// The header of the PROXY protocol is to come.
    Proxy,
    /// The greeting is put off.
    Silent,
    Commands,
    /// A line of an AUTH exchange is to come.
    Auth,
    Body(DotReader),
    Chunk(Chunk),
    Upgrading,
    Closed,
}

/// What is to be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    /// A command of this kind; AUTH also for the lines of its exchange, DATA also for BDAT.
    Command(Verb),
    BodyEnd,
}

impl Connection {
    /// A connection on which nothing was said. The greeting is in its output, unless a PROXY header
    /// is to come first.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        let mut new = Self::silent(config, security);
        if new.config.proxy {
            new.stage = Stage::Proxy;
        } else {
            new.say_greeting();
        }
        new
    }

    /// The same, with the greeting put off until [`greet`](Self::greet): a client that speaks before
    /// shows itself. What then becomes of it, [`Config::synchronisation`] says.
    #[must_use]
    pub fn waiting(config: Arc<Config>, security: Security) -> Self {
        let mut new = Self::silent(config, security);
        new.stage = if new.config.proxy { Stage::Proxy } else { Stage::Silent };
        new.noted = false;
        new
    }

    /// A connection on which the greeting was said, or is not.
    fn silent(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            session: Session::new(security),
            stage: Stage::Commands,
            turned: false,
            due: None,
            deferred: Deferred::default(),
            each: None,
            chunk: None,
            burl_last: false,
            attributes: None,
            lines: Lines::default(),
            skipping: false,
            noted: false,
            out: Output::default(),
            failed: None,
            serial: 0,
            idle: 0,
            errors: 0,
            auth_failures: 0,
            allowed: None,
        }
    }

    /// Says the greeting that was put off.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] when it was said.
    pub fn greet(&mut self) -> Result<(), Misuse> {
        if !matches!(self.stage, Stage::Silent) {
            return Err(Misuse::WrongState);
        }
        self.stage = Stage::Commands;
        self.noted = false;
        self.say_greeting();
        Ok(())
    }

    fn greeting(&self) -> Reply<'static> {
        match &self.config.greeting {
            Some(text) => Reply::new(Code::READY, alloc::string::String::from(text.as_str())),
            None => {
                let protocol = match self.config.protocol {
                    Protocol::Smtp => "ESMTP",
                    Protocol::Lmtp => "LMTP",
                };
                Reply::new(Code::READY, alloc::format!("{} {protocol}", self.config.name))
            }
        }
    }

    fn say_greeting(&mut self) {
        self.greeting().encode(&mut self.out);
    }

    /// The next thing the client wants. With `None`, [`wants`](Self::wants) says why there is
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on: it ended in the middle of something, or bytes followed
    /// STARTTLS. The same error comes again at each call.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        self.next(rx)
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let flushed = self.out.queued() == 0;
        if self.failed.is_some() || matches!(self.stage, Stage::Closed) {
            return match (flushed, self.turned && self.failed.is_none()) {
                (false, _) => Wants::Flush,
                (true, true) => Wants::Turn,
                (true, false) => Wants::Close,
            };
        }
        match (&self.due, &self.stage) {
            (Some(_), _) => Wants::Reply,
            (None, Stage::Upgrading) if flushed => Wants::Tls,
            (None, Stage::Upgrading) => Wants::Flush,
            _ if self.out.queued() >= self.config.limits.output => Wants::Flush,
            _ if self.deferred.blocked => Wants::Reply,
            _ => Wants::Input,
        }
    }

    /// What the client owes and how long it may take.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        if self.failed.is_some() || self.due.is_some() || self.deferred.blocked {
            return None;
        }
        let timeouts = &self.config.timeouts;
        let (limit, what) = match &self.stage {
            Stage::Closed | Stage::Silent => return None,
            Stage::Proxy => (timeouts.command, "the PROXY header"),
            Stage::Commands => (timeouts.command, "a command"),
            Stage::Auth => (timeouts.command, "a response"),
            Stage::Body(_) | Stage::Chunk(_) => (timeouts.body, "the message"),
            Stage::Upgrading => (timeouts.command, "the TLS handshake"),
        };
        let progress = match self.stage {
            Stage::Body(_) | Stage::Chunk(_) => self.session.received.progress(),
            _ => 0,
        };
        Some(Wait { limit, serial: self.serial.wrapping_add(progress), what })
    }

    /// Says that the client took too long: 421, and the connection ends when that is sent.
    pub fn expire(&mut self) {
        if self.failed.is_some() || matches!(self.stage, Stage::Closed) {
            return;
        }
        if !matches!(self.stage, Stage::Upgrading) {
            let text = alloc::format!("4.4.2 {} waited too long", self.config.name);
            Reply::new(Code::UNAVAILABLE, text).encode(&mut self.out);
        }
        self.due = None;
        self.deferred.clear();
        self.stage = Stage::Closed;
    }

    /// Says that TLS has started: `rx` will be fed decrypted bytes. The session begins anew, in
    /// nothing like it was.
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything: it came in the clear. Misuse
    /// when no upgrade was agreed or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let agreed = matches!(self.stage, Stage::Upgrading);
        if !upgrades_clean(agreed, rx, &self.out)? {
            return Err(self.fail(Error::PlaintextAfterStartTls));
        }
        let serial = self.serial.wrapping_add(1);
        // Who is connected did not change.
        let origin = self.session.origin.take();
        *self = Self { serial, ..Self::silent(self.config.clone(), Security::Tls) };
        self.session.origin = origin;
        Ok(())
    }

    /// What is known of the client and its transaction.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Whether the connection is over. Its output may still have to be sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.failed.is_some() || matches!(self.stage, Stage::Closed)
    }

    fn fail(&mut self, error: Error) -> Error {
        self.due = None;
        self.deferred.clear();
        self.failed = Some(error.clone());
        error
    }
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
