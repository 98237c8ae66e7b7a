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

#[cfg(feature = "sasl")]
mod authentication;
mod body;
mod config;
mod event;
mod receive;
mod session;

#[cfg(feature = "sasl")]
pub use authentication::{Authentication, Verdict};
pub use config::{BareNewlines, Config, Limits, Timeouts};
pub use event::{Event, Hello, Refused, SecretBytes, Why};
pub use session::Session;

use crate::rules;
use crate::types::{Code, Extension, Reply, Verb};
use crate::{Error, Input, Machine, Misuse, Output, Security, Wait, Wants};
use alloc::sync::Arc;
use alloc::vec::Vec;
use body::Body;
use mailwire_core::{Lines, base64};

/// The server's side of one connection.
///
/// *The reply is the decision*: what the session does next follows from the code that goes on the
/// wire, so the server cannot think other than the client does.
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    session: Session,
    stage: Stage,
    due: Option<Due>,
    lines: Lines,
    /// The rest of a line that was too long is still to come.
    skipping: bool,
    out: Output,
    failed: Option<Error>,
    /// Names the wait: one more for each thing that the client completed.
    serial: u64,
    idle: u16,
    auth_failures: u16,
}

#[derive(Debug)]
enum Stage {
    Commands,
    /// A line of an AUTH exchange is to come.
    Auth,
    Body(Body),
    Upgrading,
    Closed,
}

/// What is to be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    /// A command of this kind; AUTH also for the lines of its exchange.
    Command(Verb),
    BodyEnd,
}

impl Connection {
    /// A connection on which nothing was said. The greeting is in its output.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        let mut new = Self::silent(config, security);
        let greeting = match &new.config.greeting {
            Some(text) => Reply::new(Code::READY, text.as_str()),
            None => Reply::new(Code::READY, alloc::format!("{} ESMTP", new.config.name)),
        };
        greeting.encode(&mut new.out);
        new
    }

    /// A connection on which the greeting was said, or is not.
    fn silent(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            session: Session::new(security),
            stage: Stage::Commands,
            due: None,
            lines: Lines::default(),
            skipping: false,
            out: Output::default(),
            failed: None,
            serial: 0,
            idle: 0,
            auth_failures: 0,
        }
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

    /// Answers the event that came last with the ordinary yes: 250, 354 to DATA, 220 to STARTTLS,
    /// 235 to AUTH, 221 to QUIT, 252 to VRFY; and, since there is none, 502 to EXPN and 500 to an
    /// unknown command.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`].
    pub fn accept(&mut self) -> Result<(), Misuse> {
        let name = &self.config.name;
        let (code, text) = match self.due.ok_or(Misuse::NoReplyDue)? {
            Due::BodyEnd => (Code::OK, "2.0.0 message accepted"),
            Due::Command(verb) => match verb {
                Verb::Ehlo | Verb::Helo => {
                    let reply = Reply::new(Code::OK, alloc::format!("{name}"));
                    return self.reply(&reply);
                }
                Verb::Quit => {
                    let text = alloc::format!("2.0.0 {name} closing connection");
                    return self.reply(&Reply::new(Code::CLOSING, text));
                }
                Verb::Mail => (Code::OK, "2.1.0 sender ok"),
                Verb::Rcpt => (Code::OK, "2.1.5 recipient ok"),
                Verb::Data => (Code::START_MAIL, "end with a dot on a line by itself"),
                Verb::StartTls => (Code::READY, "2.0.0 ready to start TLS"),
                Verb::Auth => (Code::AUTHENTICATED, "2.7.0 authenticated"),
                Verb::Vrfy => (Code::CANNOT_VERIFY, "2.5.0 send some mail and see"),
                Verb::Expn => (Code::NOT_IMPLEMENTED, "5.5.1 lists are not shown"),
                Verb::Help => (Code::HELP, "2.0.0 see RFC 5321"),
                Verb::Rset | Verb::Noop => (Code::OK, "2.0.0 ok"),
                Verb::Other => (Code::SYNTAX_ERROR, "5.5.1 command unknown"),
            },
        };
        self.reply(&Reply::new(code, text))
    }

    /// Answers the event that came last. The code is the decision: 2yz and 3yz step the session
    /// as the client will understand it, 4yz and 5yz do not, 421 ends the connection.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] when the code is not of a class that fits
    /// what is due: DATA takes 354, 4yz and 5yz, STARTTLS 220, 4yz and 5yz, all others 2yz, 4yz
    /// and 5yz.
    pub fn reply(&mut self, reply: &Reply<'_>) -> Result<(), Misuse> {
        let due = self.due.ok_or(Misuse::NoReplyDue)?;
        let code = reply.code();
        let fits = code.class() >= 4
            || match due {
                Due::Command(Verb::Data) => code == Code::START_MAIL,
                Due::Command(Verb::StartTls) => code == Code::READY,
                _ => code.is_done(),
            };
        if !fits {
            return Err(Misuse::WrongReply);
        }
        let extended = due == Due::Command(Verb::Ehlo) && code.is_done();
        if extended {
            reply.encode_with(self.offers().into_iter(), &mut self.out);
        } else {
            reply.encode(&mut self.out);
        }
        self.due = None;
        if code == Code::UNAVAILABLE {
            self.stage = Stage::Closed;
        } else {
            self.step(due, code);
        }
        Ok(())
    }

    /// Answers AUTH, or a line of its exchange, with a challenge (334), which may be empty.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] when it is no AUTH that is due.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Misuse> {
        match self.due {
            None => return Err(Misuse::NoReplyDue),
            Some(Due::Command(Verb::Auth)) => {}
            Some(_) => return Err(Misuse::WrongReply),
        }
        self.due = None;
        self.out.put(b"334 ");
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        self.stage = Stage::Auth;
        Ok(())
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
            return if flushed { Wants::Close } else { Wants::Flush };
        }
        match (&self.due, &self.stage) {
            (Some(_), _) => Wants::Reply,
            (None, Stage::Upgrading) if flushed => Wants::Tls,
            (None, Stage::Upgrading) => Wants::Flush,
            _ if self.out.queued() >= self.config.limits.output => Wants::Flush,
            _ => Wants::Input,
        }
    }

    /// What the client owes and how long it may take.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        if self.failed.is_some() || self.due.is_some() {
            return None;
        }
        let timeouts = &self.config.timeouts;
        let (limit, what) = match &self.stage {
            Stage::Closed => return None,
            Stage::Commands => (timeouts.command, "a command"),
            Stage::Auth => (timeouts.command, "a response"),
            Stage::Body(_) => (timeouts.body, "the message"),
            Stage::Upgrading => (timeouts.command, "the TLS handshake"),
        };
        let progress = if let Stage::Body(body) = &self.stage { body.progress() } else { 0 };
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
        if !matches!(self.stage, Stage::Upgrading) {
            return Err(Misuse::NotUpgrading.into());
        }
        if !rx.is_empty() {
            return Err(self.fail(Error::PlaintextAfterStartTls));
        }
        if self.out.queued() > 0 {
            return Err(Misuse::OutputNotFlushed.into());
        }
        let serial = self.serial.wrapping_add(1);
        *self = Self { serial, ..Self::silent(self.config.clone(), Security::Tls) };
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

    /// Steps the session by what the client is told.
    fn step(&mut self, due: Due, code: Code) {
        let yes = code.class() < 4;
        let session = &mut self.session;
        match due {
            // Whatever the answer, the transaction is over.
            Due::BodyEnd => {
                session.end_transaction();
                self.idle = 0;
            }
            Due::Command(Verb::Quit) => self.stage = Stage::Closed,
            Due::Command(Verb::Auth) => {
                self.stage = Stage::Commands;
                if yes {
                    session.standing.authenticated = true;
                    self.idle = 0;
                } else {
                    self.auth_failures = self.auth_failures.saturating_add(1);
                }
            }
            Due::Command(Verb::Mail) => {
                session.standing.mail = yes;
                session.utf8 &= yes;
            }
            _ if !yes => {}
            Due::Command(verb) => match verb {
                Verb::Ehlo | Verb::Helo => {
                    session.end_transaction();
                    let extended = verb == Verb::Ehlo;
                    session.standing.hello =
                        if extended { rules::Hello::Extended } else { rules::Hello::Plain };
                    core::mem::swap(&mut session.name, &mut session.pending_name);
                }
                Verb::Rcpt => {
                    session.standing.recipients += 1;
                    self.idle = 0;
                }
                Verb::Data => self.stage = Stage::Body(Body::new()),
                Verb::Rset => session.end_transaction(),
                Verb::StartTls => self.stage = Stage::Upgrading,
                _ => {}
            },
        }
    }

    /// The lines that a positive answer to EHLO gets.
    fn offers(&self) -> Vec<Vec<u8>> {
        let config = &self.config;
        let own = |extension: &&Extension<'_>| {
            !matches!(extension, Extension::Size(_) | Extension::StartTls | Extension::Auth(_))
        };
        let size = Extension::Size(Some(config.limits.message));
        let auth = Extension::Auth(config.mechanisms.clone());
        let secure = self.session.standing.secure;
        let auth_offered =
            !config.mechanisms.is_empty() && (secure || config.allow_plaintext_credentials);
        core::iter::once(&size)
            .chain(config.extensions.iter().filter(own))
            .chain((config.starttls && !secure).then_some(&Extension::StartTls))
            .chain(auth_offered.then_some(&auth))
            .map(|extension| {
                let mut line = Vec::new();
                extension.encode(&mut line);
                line
            })
            .collect()
    }

    fn fail(&mut self, error: Error) -> Error {
        self.due = None;
        self.failed = Some(error.clone());
        error
    }
}

impl Machine for Connection {
    type Event<'i> = Event<'i>;
    type Error = Error;

    fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        self.receive(rx)
    }

    fn output(&mut self) -> &mut Output {
        self.output()
    }

    fn wants(&self) -> Wants {
        self.wants()
    }

    fn wait(&self) -> Option<Wait> {
        self.wait()
    }

    fn expire(&mut self) {
        self.expire();
    }

    fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        self.tls_started(rx)
    }
}
