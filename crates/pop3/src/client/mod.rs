//! The client: commands out, answers in.

mod auth;
#[cfg(feature = "sasl")]
mod authentication;
mod config;
mod event;
mod listing;
mod queue;
mod quick;
mod read;
mod reply;
mod timestamp;

#[cfg(feature = "sasl")]
pub use authentication::{Authenticated, Authentication};
pub use config::{Config, Limits, Timeouts};
pub use event::{Anomaly, Error, Event};

use crate::{Capabilities, State};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use mailwire_core::dots::DotSearch;
use mailwire_core::{Input, Lines, Output, Secret, Security, Wait, Wants, upgrades_clean};
use queue::Queue;
use read::Reading;

/// Names a command; the events that answer it carry it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(u64);

/// The client's side of one connection.
///
/// Any number of commands can be sent at once. They leave when they may: a window of them behind
/// each other when the server offers PIPELINING (ask with CAPA first), else one by one.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_pop3::client::{Connection, Event};
/// use mailwire_pop3::Command;
/// use std::sync::Arc;
///
/// let mut conn = Connection::new(Arc::default(), Security::Tls);
/// conn.send(&Command::User("bob".try_into()?))?;
/// let pass = conn.send(&Command::Pass("hungry".try_into()?))?;
/// let mut rx = Input::default();
/// rx.extend(b"+OK ready\r\n+OK\r\n+OK welcome\r\n");
/// let mut welcome = false;
/// while let Some(event) = conn.receive(&mut rx)? {
///     welcome |= matches!(event, Event::Reply { to, reply } if to == pass && reply.is_ok());
/// }
/// assert!(welcome);
/// assert_eq!(conn.output().chunk(), b"USER bob\r\nPASS hungry\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    queue: Queue,
    reading: Reading,
    next: u64,
    /// Where the session is.
    state: State,
    /// Where it will be when all that was sent has succeeded.
    expected: State,
    /// QUIT was sent: nothing can follow.
    quitting: bool,
    capabilities: Option<Capabilities>,
    /// The server takes commands before it answered others: it says so once for both states.
    pipelining: bool,
    timestamp: Option<String>,
    utf8: Utf8,
    /// The initial response of an AUTH that would have been too long with it.
    initial: Option<Secret>,
    lines: Lines,
    search: DotSearch,
    /// What was odd about the line of the last event.
    anomalies: VecDeque<(Id, Anomaly)>,
    upgrading: bool,
    closed: bool,
    serial: u64,
    out: Output,
    failed: Option<Error>,
}

/// What became of UTF8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Utf8 {
    No,
    Asked,
    Yes,
}

impl Connection {
    /// A connection that has just been made; the greeting is still to come.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        Self { queue: Queue::before_greeting(), ..Self::greeted(config, security) }
    }

    /// A connection whose greeting has come, as after a TLS handshake.
    fn greeted(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            security,
            queue: Queue::default(),
            reading: Reading::Reply,
            next: 1,
            state: State::Authorization,
            expected: State::Authorization,
            quitting: false,
            capabilities: None,
            pipelining: false,
            timestamp: None,
            utf8: Utf8::No,
            initial: None,
            lines: Lines::default(),
            search: DotSearch::new(),
            anomalies: VecDeque::new(),
            upgrading: false,
            closed: false,
            serial: 0,
            out: Output::default(),
            failed: None,
        }
    }

    /// Says that the TLS handshake is done: what stands here then is a new connection, which
    /// remembers nothing of what the server said in the clear. Ask again with CAPA.
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything; misuse when STLS was not
    /// agreed, or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        let agreed = self.upgrading && self.queue.is_empty() && self.failed.is_none();
        if !upgrades_clean(agreed, rx, &self.out)? {
            self.failed = Some(Error::PlaintextAfterStartTls);
            return Err(Error::PlaintextAfterStartTls);
        }
        let next = self.next;
        *self = Self { next, ..Self::greeted(Arc::clone(&self.config), Security::Tls) };
        Ok(())
    }

    /// Says that the server took too long: the connection is over.
    pub fn expire(&mut self) {
        self.closed = true;
        self.out.clear();
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let queued = self.out.queued();
        match self.reading {
            _ if self.failed.is_some() => Wants::Close,
            _ if self.closed => Wants::Close,
            _ if self.upgrading && self.queue.is_empty() && queued > 0 => Wants::Flush,
            _ if self.upgrading && self.queue.is_empty() => Wants::Tls,
            Reading::Challenged => Wants::Reply,
            _ => Wants::Input,
        }
    }

    /// What the server owes and how long it may take; `None` when it owes nothing.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let what = match self.reading {
            Reading::Message { .. } => "the message",
            _ if self.queue.is_empty() => return None,
            _ => "an answer",
        };
        let limit = self.config.timeouts.reply;
        matches!(self.wants(), Wants::Input).then_some(Wait { limit, serial: self.serial, what })
    }

    /// What the server said it can do; `None` before CAPA was answered, and again after STLS and
    /// login, when it may be another thing: ask again.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// The timestamp of the greeting, if it has one that is fit for APOP: a message id of RFC
    /// 5322 in its plain form, `<`, words and dots with one `@` between them, `>`.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// Where the session is, as far as the server's answers say.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the server took UTF8: messages may come as UTF-8 (RFC 6856 section 2.1).
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.utf8 == Utf8::Yes
    }

    /// How many commands are not answered yet, whether they left or not.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.queue.len()
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    fn is_insecure(&self) -> bool {
        self.security == Security::Plain && !self.config.allow_plaintext_credentials
    }
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
