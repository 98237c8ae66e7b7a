//! The server: commands in, replies out.

mod answer;
mod auth;
#[cfg(feature = "sasl")]
mod authentication;
mod body;
mod config;
mod event;
mod listing;
mod message;
mod read;
mod refuse;

#[cfg(feature = "sasl")]
pub use authentication::{Authentication, Verdict};
pub use config::{Config, Lenience, Limits, Timeouts, Utf8};
pub use event::{Error, Event, Refused, Why};

use crate::rules::State;
use crate::{Capability, Language, Maildrop, Phrase, Reply};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use body::Body;
use listing::Listing;
use mailwire_core::{Input, Lines, Misuse, Output, Security, Text, Wait, Wants, upgrades_clean};

/// The server's side of one connection.
///
/// The machine keeps the session's view of the maildrop and answers STAT, LIST, UIDL, DELE, RSET,
/// NOOP, CAPA, UTF8 and LANG by itself. Messages are deleted only by [`Event::Update`], which comes
/// only when the client said QUIT: a connection that is lost or expires deletes nothing (RFC 1939
/// section 6).
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    state: State,
    phase: Phase,
    due: Due,
    /// Where the session is when what is due was answered with `+OK`.
    leads: State,
    /// The name of USER, until it is used or forgotten.
    user: Vec<u8>,
    maildrop: Maildrop,
    listing: Option<Listing>,
    utf8: bool,
    /// A place in the configured languages; `None`: English.
    language: Option<usize>,
    /// What CAPA says instead of the configuration's.
    announced: Option<Vec<Capability>>,
    lines: Lines,
    /// The rest of a line that is too long is still to come.
    skipping: bool,
    refused: u32,
    failed_logins: u32,
    serial: u64,
    timestamp: Text<'static>,
    out: Output,
    failed: Option<Error>,
}

/// What the next line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Command,
    /// A challenge was sent: the next line answers it.
    Challenged,
    Upgrading,
    Closed,
}

/// What the application owes.
#[derive(Debug)]
enum Due {
    Nothing,
    Login,
    StartTls,
    /// The message, or `Some` lines of its body.
    Message {
        number: u32,
        top: Option<u64>,
    },
    Body(Body),
    Update,
    Other,
}

impl Connection {
    /// A connection that has just been accepted; the greeting is in its output.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        Self::with_timestamp(config, security, Text::default())
    }

    /// The same with the timestamp that APOP needs: `<`, something that no connection ever had
    /// before, `@`, the name of the host, `>` (RFC 1939 section 7). Without one, or without
    /// [`Config::apop`], APOP is refused.
    #[must_use]
    pub fn with_timestamp(
        config: Arc<Config>,
        security: Security,
        timestamp: Text<'static>,
    ) -> Self {
        let mut this = Self::silent(config, security);
        if this.config.apop {
            this.timestamp = timestamp;
        }
        let greeting = match this.config.greeting.as_str() {
            "" => "POP3 server ready",
            text => text,
        };
        let greeting = match this.timestamp.as_str() {
            "" => Cow::Borrowed(greeting),
            timestamp => Cow::Owned(format!("{greeting} {timestamp}")),
        };
        Reply::ok(Text::lossy(greeting)).encode(&mut this.out);
        this
    }

    /// A connection that has said nothing yet, as after a TLS handshake.
    fn silent(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            security,
            state: State::Authorization,
            phase: Phase::Command,
            due: Due::Nothing,
            leads: State::Authorization,
            user: Vec::new(),
            maildrop: Maildrop::default(),
            listing: None,
            utf8: false,
            language: None,
            announced: None,
            lines: Lines::default(),
            skipping: false,
            refused: 0,
            failed_logins: 0,
            serial: 0,
            timestamp: Text::default(),
            out: Output::default(),
            failed: None,
        }
    }

    /// Answers the last event. `+OK` is the decision where it can be one.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] for `+OK` to a login (that is
    /// [`open`](Self::open)) or to a message (that is [`begin_body`](Self::begin_body)).
    pub fn reply(&mut self, reply: &Reply<'_>) -> Result<(), Misuse> {
        match (&self.due, reply.is_ok()) {
            (Due::Nothing, _) => return Err(Misuse::NoReplyDue),
            (Due::Body(_), _) => return Err(Misuse::InBody),
            (Due::Login | Due::Message { .. }, true) => return Err(Misuse::WrongReply),
            (Due::Login, false) => self.login_failed(),
            (Due::StartTls, true) => self.phase = Phase::Upgrading,
            (Due::Update, _) => self.phase = Phase::Closed,
            _ => {}
        }
        self.due = Due::Nothing;
        reply.encode(&mut self.out);
        Ok(())
    }

    /// Says what CAPA answers besides what the machine does itself, in place of
    /// [`Config::capabilities`]: for what differs from user to user, as `EXPIRE` and `LOGIN-DELAY`
    /// (RFC 2449 sections 6.5 and 6.7).
    pub fn announce(&mut self, capabilities: Vec<Capability>) {
        self.announced = Some(capabilities);
    }

    /// Says that the TLS handshake is done: what stands here then is a new connection, which
    /// remembers nothing and does not greet again (RFC 2595 section 4).
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything; misuse when STLS was not
    /// agreed, or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        let agreed = self.phase == Phase::Upgrading && self.failed.is_none();
        if !upgrades_clean(agreed, rx, &self.out)? {
            self.failed = Some(Error::PlaintextAfterStartTls);
            return Err(Error::PlaintextAfterStartTls);
        }
        *self = Self::silent(Arc::clone(&self.config), Security::Tls);
        Ok(())
    }

    /// Says that the client took too long: the connection is over, nothing is said and nothing
    /// deleted (RFC 1939 section 3).
    pub fn expire(&mut self) {
        self.phase = Phase::Closed;
        self.due = Due::Nothing;
        self.listing = None;
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let queued = self.out.queued();
        match (&self.due, self.phase) {
            _ if self.failed.is_some() && queued == 0 => Wants::Close,
            _ if self.failed.is_some() => Wants::Flush,
            (Due::Nothing, Phase::Closed) if queued == 0 => Wants::Close,
            (Due::Nothing, Phase::Upgrading) if queued == 0 => Wants::Tls,
            (Due::Nothing, Phase::Closed | Phase::Upgrading) => Wants::Flush,
            (Due::Nothing, _) if self.listing.is_some() => Wants::Flush,
            (Due::Nothing, _) if queued >= self.config.limits.output => Wants::Flush,
            (Due::Nothing, _) => Wants::Input,
            _ => Wants::Reply,
        }
    }

    /// What the client owes and how long it may take: after login the autologout timer, which each
    /// command sets back; before login there is one time for all that comes.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let timeouts = &self.config.timeouts;
        let wait = match self.state {
            State::Authorization => Wait { limit: timeouts.login, serial: 0, what: "a login" },
            _ => Wait { limit: timeouts.command, serial: self.serial, what: "a command" },
        };
        matches!(self.wants(), Wants::Input).then_some(wait)
    }

    /// The name that USER gave; empty when it gave none.
    #[must_use]
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    /// The timestamp of the greeting, which [`Event::Apop`]'s digest is made with; empty where there
    /// is none, as after STLS.
    #[must_use]
    pub fn timestamp(&self) -> &str {
        self.timestamp.as_str()
    }

    /// The maildrop as the session sees it; empty before login.
    #[must_use]
    pub fn maildrop(&self) -> &Maildrop {
        &self.maildrop
    }

    /// Where the session is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Whether the client said UTF8: messages may be sent as UTF-8 (RFC 6856 section 2.1).
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// The language that the client chose by LANG; `None`: English. For texts of the application.
    #[must_use]
    pub fn language(&self) -> Option<&Language> {
        self.config.languages.get(self.language?)
    }

    /// The words for a phrase in the client's language, numbers filled in.
    fn words(&self, phrase: Phrase) -> Cow<'static, str> {
        match self.language() {
            None => phrase.english().into(),
            Some(language) => language.words(phrase).to_string().into(),
        }
    }

    fn ok(&mut self, phrase: Phrase) {
        let words = self.words(phrase);
        Reply::ok(Text::lossy(words)).encode(&mut self.out);
    }

    fn err(&mut self, phrase: Phrase) {
        let words = self.words(phrase);
        Reply::err(Text::lossy(words)).encode(&mut self.out);
    }

    /// `+OK` with a phrase that says how many messages and octets.
    fn ok_with(&mut self, phrase: Phrase, messages: u32, octets: u64) {
        let words = self.words(phrase);
        let words = words.replace("{messages}", &messages.to_string());
        let words = words.replace("{octets}", &octets.to_string());
        Reply::ok(Text::lossy(words)).encode(&mut self.out);
    }
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
