//! The client: commands in, bytes out, replies in, events out.
//!
//! Commands are queued and leave when they may: in one write where the server offers PIPELINING
//! (RFC 2920), one by one where it does not. The results are the same.
//!
//! ```
//! use mailwire_smtp::client::{Config, Connection, Event, Tls};
//! use mailwire_smtp::types::{Command, Domain};
//! use mailwire_smtp::{Buf, Input, Security};
//!
//! let mut config = Config::default();
//! config.tls = Tls::Optional; // never do this where the path is not yours
//! let mut client = Connection::new(config.into(), Security::Plain);
//! let hello = client.send(&Command::Ehlo(Domain::new("crepes.fr")?))?;
//! assert!(client.output().chunk().is_empty(), "the server speaks first");
//!
//! let mut rx = Input::default();
//! rx.extend(b"220 hamburger.edu\r\n250-hamburger.edu\r\n250 SIZE 1000\r\n");
//! assert!(matches!(client.receive(&mut rx)?, Some(Event::Greeting(_))));
//! assert_eq!(client.output().chunk(), b"EHLO crepes.fr\r\n");
//! assert!(matches!(client.receive(&mut rx)?, Some(Event::Reply { to, .. }) if to == hello));
//! assert_eq!(client.extensions().and_then(|all| all.size()), Some(Some(1000)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "sasl")]
mod authentication;
mod check;
mod chunks;
mod config;
mod event;
mod limits;
mod queue;
mod receive;
mod transaction;

#[cfg(feature = "sasl")]
pub use authentication::{Authenticated, Authentication};
pub use config::{Config, Limits, Timeouts, Tls};
pub use event::{Event, Id};
pub use mailwire_core::dots::BareNewlines;
pub use transaction::{Envelope, Outcome, Progress, Transaction, Unsendable};

use crate::rules::{Hello, Standing};
use crate::types::{Code, Command, Extensions, Protocol, Verb};
use crate::{Error, Input, Misuse, Output, Security, Wait, Wants};
use alloc::sync::Arc;
use alloc::vec::Vec;
use chunks::Chunks;
use core::fmt;
use limits::Used;
use mailwire_core::{DotWriter, Lines, base64, upgrades_clean};
use queue::{Asked, Queue};

/// How much of a message earns the server new time.
const TIMED: u64 = 64 * 1024;

/// The client's side of one connection.
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    /// How far the session will be when all that was sent is accepted.
    standing: Standing,
    /// What the last EHLO was answered.
    extensions: Option<Extensions>,
    stage: Stage,
    /// It is closed because the other role has the stream now.
    turned: bool,
    queue: Queue,
    out: Output,
    lines: Lines,
    reading: Reading,
    /// The last MAIL that was sent: answers to older ones do not change where we stand.
    transaction: Option<Id>,
    /// How many recipients of the transaction that is being answered were accepted.
    accepted: u32,
    /// Which, where each is answered for.
    rcpts: Vec<Id>,
    /// The transaction has PRDR.
    prdr: bool,
    /// The message of which a chunk was refused: other answers to it mean nothing.
    refused_chunk: Option<Id>,
    /// How many commands may wait for answers on this connection.
    most: Option<usize>,
    used: Used,
    commands: u64,
    serial: u64,
    failed: Option<Error>,
}

#[derive(Debug)]
enum Stage {
    Open,
    /// A message may be sent.
    Body(DotWriter, Id),
    /// The same, in chunks.
    Chunks(Chunks),
    /// A challenge is to be answered.
    Challenged(Id),
    Upgrading,
    Closed,
}

/// How much of a reply has come.
#[derive(Debug, Default)]
struct Reading {
    /// Octets of whole lines.
    have: usize,
    lines: usize,
    code: Option<Code>,
}

impl Connection {
    /// A connection on which nothing was said: the server's greeting is expected.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        let mut new = Self::silent(config, security);
        new.queue.push(Asked::Greeting);
        new
    }

    /// A connection on which no greeting is expected.
    fn silent(config: Arc<Config>, security: Security) -> Self {
        let secure = security == Security::Tls;
        Self {
            config,
            security,
            standing: Standing { secure, ..Standing::default() },
            extensions: None,
            stage: Stage::Open,
            turned: false,
            queue: Queue::default(),
            out: Output::default(),
            lines: Lines::default(),
            reading: Reading::default(),
            transaction: None,
            accepted: 0,
            rcpts: Vec::new(),
            prdr: false,
            refused_chunk: None,
            most: None,
            used: Used::default(),
            commands: 0,
            serial: 0,
            failed: None,
        }
    }

    /// The next thing the server said. With `None`, [`wants`](Self::wants) says why there is
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on; the same error comes again at each call, and what was
    /// queued is dropped.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        self.next(rx)
    }

    /// Queues a command. It leaves as soon as the protocol allows, in order.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] when the command cannot come where the session will then be;
    /// [`Misuse::NotOffered`] when it, or one of its parameters, needs an extension that the
    /// server does not offer or whose EHLO is not answered yet; [`Misuse::TooLong`] when the SIZE is
    /// more than the server takes; [`Misuse::Insecure`] when it may not go in the clear;
    /// [`Misuse::InBody`] behind DATA and [`Misuse::Upgrading`] behind STARTTLS, before which
    /// nothing can be queued; [`Misuse::Closed`].
    pub fn send(&mut self, command: &Command<'_>) -> Result<Id, Misuse> {
        self.may_send(command)?;
        self.gate();
        command.encode(&mut self.out);
        let verb = command.verb();
        let id = self.name(verb);
        self.queue.push(Asked::Command(id));
        match command {
            Command::Ehlo(_) | Command::Lhlo(_) => {
                self.standing.end_transaction();
                self.standing.hello = Hello::Extended;
            }
            Command::Helo(_) => {
                self.standing.end_transaction();
                self.standing.hello = Hello::Plain;
            }
            Command::Mail(mail) => {
                self.standing.mail = true;
                self.prdr = mail.params.has("PRDR");
                self.transaction = Some(id);
                self.used.mail();
            }
            Command::Rcpt(rcpt) => {
                self.standing.recipients = self.standing.recipients.saturating_add(1);
                self.used.rcpt(&rcpt.to, self.extensions.as_ref());
            }
            Command::Burl { last, .. } => {
                self.standing.chunks = true;
                if *last {
                    self.standing.end_transaction();
                }
            }
            Command::Rset => self.standing.end_transaction(),
            _ => {}
        }
        Ok(id)
    }

    /// Queues a piece of the message, of any size: dots are added, and a CRLF for each CR or LF
    /// that stands alone (unless configured otherwise). Send the output between pieces, or all of
    /// them are held.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when no [`Event::SendBody`] has come, or the message was ended.
    pub fn send_body(&mut self, piece: &[u8]) -> Result<(), Misuse> {
        match &mut self.stage {
            Stage::Body(dots, _) => dots.write(piece, &mut self.out),
            Stage::Chunks(_) => self.add_to_chunks(piece),
            _ => return Err(Misuse::NoBody),
        }
        Ok(())
    }

    /// Ends the message. Its answer will be an [`Event::Reply`] to its DATA.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`].
    pub fn end_body(&mut self) -> Result<(), Misuse> {
        match core::mem::replace(&mut self.stage, Stage::Open) {
            Stage::Body(dots, id) => {
                dots.finish(&mut self.out);
                self.ask_for_body(id);
                Ok(())
            }
            Stage::Chunks(chunks) => {
                self.end_chunks(chunks);
                Ok(())
            }
            other => {
                self.stage = other;
                Err(Misuse::NoBody)
            }
        }
    }

    /// Answers a challenge.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn respond(&mut self, data: &[u8]) -> Result<(), Misuse> {
        let Stage::Challenged(id) = self.stage else { return Err(Misuse::NoReplyDue) };
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        self.queue.push(Asked::Command(id));
        self.stage = Stage::Open;
        Ok(())
    }

    /// Answers a challenge by giving up. The server answers the AUTH with 501.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn cancel(&mut self) -> Result<(), Misuse> {
        let Stage::Challenged(id) = self.stage else { return Err(Misuse::NoReplyDue) };
        self.out.put(b"*\r\n");
        self.queue.push(Asked::Command(id));
        self.stage = Stage::Open;
        Ok(())
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on. `Reply` when the application is to send a
    /// message or to answer a challenge.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let flushed = self.out.queued() == 0;
        if self.is_closed() {
            return match (flushed, self.turned && self.failed.is_none()) {
                (false, _) => Wants::Flush,
                (true, true) => Wants::Turn,
                (true, false) => Wants::Close,
            };
        }
        match self.stage {
            Stage::Upgrading if flushed => Wants::Tls,
            Stage::Upgrading => Wants::Flush,
            Stage::Chunks(_) if self.queue.chunks() >= self.window() => Wants::Input,
            Stage::Body(..) | Stage::Challenged(_) | Stage::Chunks(_) => Wants::Reply,
            Stage::Open | Stage::Closed => Wants::Input,
        }
    }

    /// What the server owes and how long it may take.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        if self.is_closed() {
            return None;
        }
        let timeouts = &self.config.timeouts;
        let mut serial = self.serial;
        let (limit, what) = match &self.stage {
            Stage::Body(..) if self.out.queued() > 0 => {
                let sent = self.out.position().saturating_sub(self.out.queued() as u64);
                serial = serial.wrapping_add(sent / TIMED);
                (timeouts.block, "room for the message")
            }
            Stage::Body(..) | Stage::Challenged(_) | Stage::Closed => return None,
            Stage::Upgrading => (timeouts.command, "the TLS handshake"),
            Stage::Open | Stage::Chunks(_) => match self.queue.first()? {
                Asked::Greeting => (timeouts.greeting, "the greeting"),
                Asked::Body(..) | Asked::Recipient { .. } => {
                    (timeouts.message, "the answer to the message")
                }
                Asked::Chunk(_) => (timeouts.block, "the answer to a chunk"),
                Asked::Command(id) if id.verb == Verb::Data => {
                    (timeouts.data, "the answer to DATA")
                }
                Asked::Command(_) => (timeouts.command, "an answer"),
            },
        };
        Some(Wait { limit, serial, what })
    }

    /// Says that the server took too long: the connection ends. QUIT is said when the server owes
    /// nothing; what waited behind a gate is dropped.
    pub fn expire(&mut self) {
        if self.is_closed() {
            return;
        }
        if self.queue.len() == 0 && matches!(self.stage, Stage::Open) {
            Command::Quit.encode(&mut self.out);
        } else {
            self.drop_waiting();
        }
        self.stage = Stage::Closed;
    }

    /// Says that TLS has started: `rx` will be fed decrypted bytes. The session begins anew: say
    /// hello again.
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
        let (commands, serial) = (self.commands, self.serial.wrapping_add(1));
        let fresh = Self::silent(self.config.clone(), Security::Tls);
        *self = Self { commands, serial, most: self.most, ..fresh };
        Ok(())
    }

    /// What the server offers. `None` before EHLO is answered, and after HELO.
    #[must_use]
    pub fn extensions(&self) -> Option<&Extensions> {
        self.extensions.as_ref()
    }

    /// Whether the connection is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Lets at most `most` commands wait for their answers on this connection, whatever the
    /// configuration says: 1 for a server that offers PIPELINING and loses commands, some tens for
    /// one that loses them when they are many.
    pub fn limit_pipelining(&mut self, most: usize) {
        self.most = Some(most.max(1));
    }

    /// How many answers the server owes.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.queue.len()
    }

    /// Whether authentication succeeded.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.standing.authenticated
    }

    /// Whether the connection is over. Its output may still have to be sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.failed.is_some() || matches!(self.stage, Stage::Closed)
    }

    /// The name of the next command.
    fn name(&mut self, verb: Verb) -> Id {
        let id = Id { serial: self.commands, verb };
        self.commands += 1;
        id
    }

    /// Holds back what is sent next until it may leave.
    fn gate(&mut self) {
        let most = self.unanswered();
        self.queue.gate(most, &mut self.out);
    }

    /// How many commands may wait for their answers.
    fn unanswered(&self) -> usize {
        let pipelining = self.extensions.as_ref().is_some_and(Extensions::pipelining);
        match self.most {
            _ if self.config.one_by_one || !pipelining => 1,
            Some(most) => most,
            None => self.config.pipeline,
        }
    }

    /// How many chunks may.
    fn window(&self) -> usize {
        self.config.window.min(self.unanswered()).max(1)
    }

    /// Whether there is an answer to the message for each recipient, and one is not known.
    fn must_know_recipients(&self) -> bool {
        (self.config.protocol == Protocol::Lmtp || self.prdr) && self.queue.has_rcpt()
    }

    /// The message was sent whole.
    fn ask_for_body(&mut self, id: Id) {
        let end = self.out.position();
        if self.config.protocol == Protocol::Lmtp {
            for &rcpt in &self.rcpts {
                self.queue.push(Asked::Recipient { data: id, rcpt, end, together: false });
            }
        } else {
            self.queue.push(Asked::Body(id, end));
        }
        self.standing.end_transaction();
    }

    /// A chunk was sent; those that were `cut` from a message have one answer.
    fn chunk_sent(&mut self, id: Id, last: bool, cut: bool) {
        self.standing.chunks = true;
        match (last, cut) {
            (true, _) => self.ask_for_body(id),
            (false, true) => self.queue.push(Asked::Chunk(id)),
            (false, false) => self.queue.push(Asked::Command(id)),
        }
    }

    /// Whether the transaction of this MAIL is open, or may be.
    fn is_open(&self, mail: Id) -> bool {
        self.standing.mail && self.transaction == Some(mail) && !self.is_closed()
    }

    fn must_upgrade(&self) -> bool {
        self.security == Security::Plain && self.config.tls == Tls::Required
    }

    fn fail(&mut self, error: Error) -> Error {
        self.drop_waiting();
        self.failed = Some(error.clone());
        error
    }

    /// Drops what waits for an answer that will not come. What might have left already may leave.
    fn drop_waiting(&mut self) {
        let end = self.out.position();
        self.out.drop_until(end);
    }
}

/// Without what is queued, which may be a password.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("security", &self.security)
            .field("standing", &self.standing)
            .field("stage", &self.stage)
            .field("queue", &self.queue)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
