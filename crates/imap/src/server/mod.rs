//! The server: commands in, responses out.

mod append;
#[cfg(feature = "sasl")]
mod authentication;
mod config;
mod event;
mod fetch;
mod progress;
mod receive;
mod upgrade;

#[cfg(feature = "sasl")]
pub use authentication::{Authentication, Verdict};
pub use config::{Config, Limits, Timeouts};
pub use event::{Error, Event, Refused, Why};
pub use fetch::BodyName;

use crate::encode;
use crate::ext::append::AppendPlace;
use crate::frame::Framer;
use crate::rules::SessionState;
use crate::types::{Capabilities, Capability, Code, Condition, Dialect, Response, State};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use fetch::Fetching;
use mailwire_core::{Input, Lines, Misuse, Output, Security, Wait, Wants, base64};
use receive::Step;

/// The server's side of one connection.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_imap::server::{Connection, Event};
/// use mailwire_imap::types::{Command, Condition, State};
/// use std::sync::Arc;
///
/// let mut conn = Connection::new(Arc::default(), Security::Tls);
/// let mut rx = Input::default();
/// rx.extend(b"a1 LOGIN {3+}\r\nann \"pass word\"\r\na2 LOGOUT\r\n");
/// while let Some(event) = conn.receive(&mut rx)? {
///     match event {
///         Event::Command { command: Command::Login { user, password }, .. } => {
///             assert_eq!(user.as_bytes(), b"ann");
///             assert_eq!(password.expose(), b"pass word");
///             conn.complete(&Condition::new(State::Ok, "welcome"))?;
///         }
///         other => assert_eq!(other, Event::Logout),
///     }
/// }
/// assert!(conn.output().remaining() > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    deflated: bool,
    dialect: Dialect,
    state: SessionState,
    phase: Phase,
    framer: Framer,
    append: AppendPlace,
    lines: Lines,
    due: Option<Due>,
    /// Kept, so that a command allocates nothing for it.
    tag: String,
    fetching: Fetching,
    refused: u32,
    failed_logins: u32,
    serial: u64,
    body_octets: u64,
    out: Output,
    failed: Option<Error>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Commands,
    /// The message of an APPEND is announced and not yet taken.
    Offered {
        sync: bool,
    },
    /// It is coming.
    Body,
    /// It has come, and the application is told so next.
    Ending,
    /// A challenge was sent: the next line answers it.
    Challenged,
    /// The next line should be DONE.
    Idling,
    Upgrading(Upgrade),
    Closed,
}

/// What the stream is about to become.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Upgrade {
    Tls,
    Deflate,
}

/// The command that the application must complete; its tag is [`Connection::tag`].
#[derive(Clone, Copy, Debug)]
struct Due {
    kind: Kind,
    expunge: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Login,
    Select,
    Deselect,
    StartTls,
    Compress,
    Unauthenticate,
    Idle,
    Append,
    Other,
}

impl Connection {
    /// A connection that has just been accepted; the greeting is in its output.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        let mut this = Self::silent(config, security);
        let text = match this.config.greeting.as_str() {
            "" => "IMAP4rev1 server ready",
            text => text,
        };
        let greeting = Condition::new(State::Ok, Cow::Owned(String::from(text)))
            .with_code(Code::Capability(this.capabilities()));
        encode::condition(None, &greeting, &mut this.out);
        this
    }

    /// A connection that has said nothing yet, as after a TLS handshake.
    fn silent(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            security,
            deflated: false,
            dialect: Dialect::default(),
            state: SessionState::NotAuthenticated,
            phase: Phase::Commands,
            framer: Framer::default(),
            append: AppendPlace::default(),
            lines: Lines::default(),
            due: None,
            tag: String::new(),
            fetching: Fetching::default(),
            refused: 0,
            failed_logins: 0,
            serial: 0,
            body_octets: 0,
            out: Output::default(),
            failed: None,
        }
    }

    /// The next thing that the client wants; with `None`, [`wants`](Self::wants) says why there is
    /// none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on; `* BYE` is in the output then.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Every turn consumes a message that the machine answered by itself.
        loop {
            match self.step(rx) {
                Ok(Step::Wait) => return Ok(None),
                Ok(Step::Again) => self.serial += 1,
                Ok(Step::Piece(range)) => return Ok(Some(Event::Body(rx.slice(range)))),
                Ok(Step::BodyEnd) => {
                    self.serial += 1;
                    return Ok(Some(Event::BodyEnd));
                }
                Ok(Step::BodyRefused(syntax)) => {
                    self.serial += 1;
                    return Ok(Some(Event::BodyRefused(syntax)));
                }
                Ok(Step::Refused(why)) => {
                    self.serial += 1;
                    return Ok(Some(Event::Refused(Refused { line: &[], why })));
                }
                Ok(Step::Line(range)) => {
                    self.serial += 1;
                    return Ok(Some(self.line(rx.slice(range))));
                }
                Ok(Step::More(range, literal)) => {
                    self.serial += 1;
                    return Ok(Some(self.more(rx.slice(range), literal)));
                }
                Ok(Step::Rest(range)) => {
                    self.serial += 1;
                    return Ok(Some(self.rest_of_append(rx.slice(range))));
                }
                Ok(Step::Message(range, body)) => {
                    self.serial += 1;
                    if !self.answered(rx.slice(range.clone())) {
                        return self.message(rx.slice(range), body);
                    }
                }
                Err(error) => {
                    self.failed = Some(error.clone());
                    self.fetching = Fetching::default();
                    if let Error::TooLong(_) = error {
                        self.bye("command too long");
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Sends an untagged response.
    ///
    /// # Errors
    ///
    /// [`Misuse::InBody`] while a body is being sent, [`Misuse::WrongState`] for EXPUNGE while a
    /// command that speaks of sequence numbers is answered, [`Misuse::WrongReply`] for tagged ones
    /// and continuations, [`Misuse::Closed`].
    pub fn send(&mut self, response: &Response<'_>) -> Result<(), Misuse> {
        self.may_send()?;
        match response {
            Response::Tagged { .. } | Response::Continue(_) => return Err(Misuse::WrongReply),
            Response::Expunge(_) if self.due.as_ref().is_some_and(|due| !due.expunge) => {
                return Err(Misuse::WrongState);
            }
            _ => {}
        }
        if let Response::Enabled(names) = response {
            for name in names {
                self.dialect = self.dialect.enabled(name);
            }
        }
        encode::response_for(response, &self.dialect, &mut self.out);
        Ok(())
    }

    /// Completes the command. The condition is the decision: OK to LOGIN lets the client in, OK to
    /// SELECT selects, OK to STARTTLS or COMPRESS begins the upgrade.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] for BYE and PREAUTH, for OK to an APPEND whose
    /// message was not taken, and for NO to UNAUTHENTICATE, whose client may have sent what follows
    /// (RFC 8437 section 3); [`Misuse::InBody`].
    pub fn complete(&mut self, condition: &Condition<'_>) -> Result<(), Misuse> {
        if self.fetching.is_open() {
            return Err(Misuse::InBody);
        }
        if matches!(condition.state, State::Bye | State::PreAuth) {
            return Err(Misuse::WrongReply);
        }
        let ok = condition.state == State::Ok;
        match self.phase {
            Phase::Offered { .. } if ok => return Err(Misuse::WrongReply),
            Phase::Body | Phase::Ending | Phase::Challenged | Phase::Idling => {
                return Err(Misuse::NoReplyDue);
            }
            _ => {}
        }
        let cannot_fail = |due: &Due| due.kind == Kind::Unauthenticate;
        if !ok && self.due.as_ref().is_some_and(cannot_fail) {
            return Err(Misuse::WrongReply);
        }
        let Some(due) = self.due.take() else { return Err(Misuse::NoReplyDue) };
        match self.phase {
            // Nothing more of it comes; what follows is a new command.
            Phase::Offered { sync: true } => self.framer.abandon(),
            Phase::Offered { sync: false } => self.framer.drop_message(),
            _ => {}
        }
        self.phase = Phase::Commands;
        match (due.kind, ok) {
            (Kind::Login, true) => self.state = SessionState::Authenticated,
            (Kind::Login, false) => {
                self.failed_logins = self.failed_logins.saturating_add(1);
            }
            (Kind::Select, true) => self.state = SessionState::Selected,
            (Kind::Select, false) | (Kind::Deselect, true)
                if self.state == SessionState::Selected =>
            {
                self.state = SessionState::Authenticated;
            }
            (Kind::StartTls, true) => self.phase = Phase::Upgrading(Upgrade::Tls),
            (Kind::Unauthenticate, _) => self.forget_user(),
            (Kind::Compress, true) => self.phase = Phase::Upgrading(Upgrade::Deflate),
            _ => {}
        }
        encode::condition(Some(&self.tag), condition, &mut self.out);
        if self.failed_logins >= self.config.limits.failed_logins {
            self.bye("too many failed logins");
        }
        Ok(())
    }

    /// Takes the octets that [`Event::Append`] or [`Event::AppendMore`] announced: the client is told
    /// to go on, and [`Event::Body`] follows.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when none is announced.
    pub fn accept_body(&mut self) -> Result<(), Misuse> {
        let Phase::Offered { sync } = self.phase else { return Err(Misuse::NoReplyDue) };
        if sync {
            self.out.put(b"+ go on\r\n");
        }
        self.phase = Phase::Body;
        self.body_octets = 0;
        Ok(())
    }

    /// Sends a challenge in answer to AUTHENTICATE or [`Event::AuthResponse`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no login is to be answered.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Misuse> {
        match (&self.due, self.phase) {
            (Some(Due { kind: Kind::Login, .. }), Phase::Commands) => {}
            _ => return Err(Misuse::NoReplyDue),
        }
        self.phase = Phase::Challenged;
        self.out.put(b"+ ");
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        Ok(())
    }

    /// Answers IDLE: untagged responses can be sent at any time until [`Event::Done`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when IDLE is not to be answered.
    pub fn begin_idle(&mut self) -> Result<(), Misuse> {
        match (&self.due, self.phase) {
            (Some(Due { kind: Kind::Idle, .. }), Phase::Commands) => {}
            _ => return Err(Misuse::NoReplyDue),
        }
        self.phase = Phase::Idling;
        self.out.put(b"+ idling\r\n");
        Ok(())
    }

    /// Takes leave: `* BYE`, and the connection is over.
    pub fn bye(&mut self, text: &str) {
        if self.phase == Phase::Closed {
            return;
        }
        // In the middle of a literal a BYE would be part of it.
        if !self.fetching.in_body() {
            if self.fetching.is_open() {
                self.out.put(b")\r\n");
            }
            let bye = Condition::new(State::Bye, Cow::Borrowed(text));
            encode::condition(None, &bye, &mut self.out);
        }
        self.fetching = Fetching::default();
        self.phase = Phase::Closed;
        self.state = SessionState::Logout;
        self.due = None;
    }

    /// Says that the client took too long: `* BYE`, and the connection is over.
    pub fn expire(&mut self) {
        self.bye("autologout");
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let queued = self.out.queued();
        match self.phase {
            _ if self.failed.is_some() => {
                if queued == 0 {
                    Wants::Close
                } else {
                    Wants::Flush
                }
            }
            Phase::Closed if queued == 0 => Wants::Close,
            Phase::Upgrading(Upgrade::Tls) if queued == 0 => Wants::Tls,
            Phase::Upgrading(Upgrade::Deflate) if queued == 0 => Wants::Deflate,
            Phase::Closed | Phase::Upgrading(_) => Wants::Flush,
            Phase::Offered { .. } => Wants::Reply,
            Phase::Commands if self.due.is_some() => Wants::Reply,
            _ if queued >= self.config.limits.output => Wants::Flush,
            _ => Wants::Input,
        }
    }

    /// What the client owes and how long it may take.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let timeouts = &self.config.timeouts;
        let (limit, what) = match (self.phase, self.state) {
            (Phase::Body, _) => (timeouts.body, "the message"),
            (Phase::Idling, _) => (timeouts.command, "the end of IDLE"),
            (_, SessionState::NotAuthenticated) => (timeouts.login, "a command"),
            _ => (timeouts.command, "a command"),
        };
        let wait = Wait { limit, serial: self.serial, what };
        matches!(self.wants(), Wants::Input).then_some(wait)
    }

    /// Where the session is.
    #[must_use]
    pub fn state(&self) -> SessionState {
        self.state
    }

    /// What the client enabled, by ENABLE or by what it asks for: see [`Dialect::condstore`].
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Whether the client is in IDLE, so that it can be told of changes now.
    #[must_use]
    pub fn is_idling(&self) -> bool {
        self.phase == Phase::Idling
    }

    /// What this connection can do in this state.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let mut known: Capabilities = [
            Capability::Imap4Rev1,
            match self.config.literal_minus {
                true => Capability::LiteralMinus,
                false => Capability::LiteralPlus,
            },
            Capability::SaslIr,
            Capability::Id,
            Capability::Enable,
            Capability::Idle,
            Capability::Namespace,
            Capability::Unselect,
            Capability::Children,
        ]
        .into_iter()
        .collect();
        if self.state == SessionState::NotAuthenticated {
            if self.config.starttls && self.security == Security::Plain {
                known.push(Capability::StartTls);
            }
            if self.is_insecure() {
                known.push(Capability::LoginDisabled);
            } else {
                let security = self.security;
                let offered = |name: &&String| security.allows(name);
                for mechanism in self.config.mechanisms.iter().filter(offered) {
                    known.push(Capability::Auth(mechanism.clone()));
                }
            }
        }
        if self.config.compress && !self.deflated && self.state != SessionState::NotAuthenticated {
            known.push(Capability::CompressDeflate);
        }
        if self.may_forget_user() && self.state != SessionState::NotAuthenticated {
            known.push(Capability::Unauthenticate);
        }
        for name in &self.config.capabilities {
            known.push(Capability::parse(name));
        }
        known
    }

    /// After UNAUTHENTICATE a stream that is compressed would have to be so no more (RFC 8437 section
    /// 4.1): it is not offered there.
    fn may_forget_user(&self) -> bool {
        self.config.unauthenticate && !self.deflated
    }

    /// What stands here then is as it was before the login.
    fn forget_user(&mut self) {
        self.state = SessionState::NotAuthenticated;
        self.dialect = Dialect::default();
    }

    fn is_insecure(&self) -> bool {
        self.security == Security::Plain && !self.config.allow_plaintext_credentials
    }

    fn may_send(&self) -> Result<(), Misuse> {
        match self.phase {
            _ if self.fetching.is_open() => Err(Misuse::InBody),
            _ if self.failed.is_some() => Err(Misuse::Closed),
            Phase::Closed => Err(Misuse::Closed),
            Phase::Upgrading(_) => Err(Misuse::Upgrading),
            _ => Ok(()),
        }
    }
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
