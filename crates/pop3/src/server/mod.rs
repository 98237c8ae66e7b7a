//! The server: commands in, replies out.

mod body;
mod config;
mod event;

pub use config::{Config, Lenience, Limits, Timeouts};
pub use event::{Error, Event, Refused, Why};

use crate::rules::{State, is_legal};
use crate::{Capability, Code, Command, Maildrop, Reply, Unparsed};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use body::Body;
use core::ops::Range;
use mailwire_core::keyword::strip;
use mailwire_core::{
    Input, Lines, Machine, Misuse, Output, Secret, Security, Sink, Text, Wait, Wants, base64,
    without_end,
};

/// The server's side of one connection.
///
/// The machine keeps the session's view of the maildrop and answers STAT, LIST, UIDL, DELE, RSET,
/// NOOP and CAPA by itself. Messages are deleted only by [`Event::Update`], which comes only when
/// the client said QUIT: a connection that is lost or expires deletes nothing (RFC 1939
/// section 6).
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    phase: Phase,
    due: Due,
    /// The name of USER, until it is used or forgotten.
    user: Vec<u8>,
    maildrop: Maildrop,
    listing: Option<Listing>,
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

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Authorization,
    Transaction,
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

/// A LIST or UIDL of the whole maildrop, sent as fast as the output is.
#[derive(Clone, Copy, Debug)]
struct Listing {
    ids: bool,
    next: u32,
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
            phase: Phase::Authorization,
            due: Due::Nothing,
            user: Vec::new(),
            maildrop: Maildrop::default(),
            listing: None,
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

    /// The next thing that the client wants; with `None`, [`wants`](Self::wants) says why there is
    /// none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Every turn consumes a line that the machine answered by itself.
        loop {
            let line = match self.line(rx) {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.failed = Some(error.clone());
                    return Err(error);
                }
            };
            self.serial = self.serial.wrapping_add(1);
            if self.interpret(&line, rx) {
                continue;
            }
            return Ok(self.event(line, rx));
        }
    }

    /// Lets the client in: answers [`Event::Pass`], [`Event::Apop`], [`Event::Auth`] or
    /// [`Event::AuthResponse`] with `+OK`. The application has locked the maildrop.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no login is to be answered.
    pub fn open(&mut self, maildrop: Maildrop) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Login) {
            return Err(Misuse::NoReplyDue);
        }
        let (messages, octets) = maildrop.stat();
        self.due = Due::Nothing;
        self.phase = Phase::Transaction;
        self.maildrop = maildrop;
        self.user.clear();
        self.refused = 0;
        let text = format!("maildrop has {messages} messages ({octets} octets)");
        Reply::ok(Text::lossy(text)).encode(&mut self.out);
        Ok(())
    }

    /// Sends a challenge in answer to [`Event::Auth`] or [`Event::AuthResponse`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no login is to be answered.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Login) {
            return Err(Misuse::NoReplyDue);
        }
        self.due = Due::Nothing;
        self.phase = Phase::Challenged;
        self.out.put(b"+ ");
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        Ok(())
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
            (Due::Login, false) => {
                self.phase = Phase::Authorization;
                self.user.clear();
                self.failed_logins = self.failed_logins.saturating_add(1);
                if self.failed_logins >= self.config.limits.failed_logins {
                    self.phase = Phase::Closed;
                }
            }
            (Due::StartTls, true) => self.phase = Phase::Upgrading,
            (Due::Update, _) => self.phase = Phase::Closed,
            _ => {}
        }
        self.due = Due::Nothing;
        reply.encode(&mut self.out);
        Ok(())
    }

    /// Says `+OK` to [`Event::Retr`] or [`Event::Top`]; the message follows by
    /// [`send_body`](Self::send_body).
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no message is to be sent.
    pub fn begin_body(&mut self) -> Result<(), Misuse> {
        let Due::Message { number, top } = self.due else { return Err(Misuse::NoReplyDue) };
        let text = match top {
            Some(_) => String::from("top of message follows"),
            None => format!("{} octets", self.maildrop.octets(number).unwrap_or_default()),
        };
        Reply::ok(Text::lossy(text)).encode(&mut self.out);
        self.due = Due::Body(Body::new(top));
        Ok(())
    }

    /// Sends a piece of the message, cut anywhere; line ends that are not CRLF become it. The
    /// application sends the output when [`Output::queued`] is more than it likes to hold.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is being sent.
    pub fn send_body(&mut self, piece: &[u8]) -> Result<(), Misuse> {
        let Due::Body(body) = &mut self.due else { return Err(Misuse::NoBody) };
        body.write(piece, &mut self.out);
        Ok(())
    }

    /// Whether the client has all that it asked for, so that the rest of the message need not be
    /// read: true when the lines of TOP are sent.
    #[must_use]
    pub fn body_has_enough(&self) -> bool {
        matches!(&self.due, Due::Body(body) if body.has_enough())
    }

    /// Ends the message. It may have been shorter or longer than its size said: what the client
    /// sees is framed right.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is being sent.
    pub fn end_body(&mut self) -> Result<(), Misuse> {
        match core::mem::replace(&mut self.due, Due::Nothing) {
            Due::Body(body) => {
                body.finish(&mut self.out);
                Ok(())
            }
            due => {
                self.due = due;
                Err(Misuse::NoBody)
            }
        }
    }

    /// Says that the TLS handshake is done: what stands here then is a new connection, which
    /// remembers nothing and does not greet again (RFC 2595 section 4).
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything; misuse when STLS was not
    /// agreed, or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        if self.phase != Phase::Upgrading || self.failed.is_some() {
            return Err(Misuse::NotUpgrading.into());
        }
        if !rx.is_empty() {
            self.failed = Some(Error::PlaintextAfterStartTls);
            return Err(Error::PlaintextAfterStartTls);
        }
        if self.out.queued() > 0 {
            return Err(Misuse::OutputNotFlushed.into());
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

    /// What the client owes and how long it may take.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let limit = match self.phase {
            Phase::Transaction => self.config.timeouts.command,
            _ => self.config.timeouts.login,
        };
        let wait = Wait { limit, serial: self.serial, what: "a command" };
        matches!(self.wants(), Wants::Input).then_some(wait)
    }

    /// The name that USER gave; empty when it gave none.
    #[must_use]
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    /// The maildrop as the session sees it; empty before login.
    #[must_use]
    pub fn maildrop(&self) -> &Maildrop {
        &self.maildrop
    }

    /// Where the session is.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.due, self.phase) {
            (Due::Update, _) => State::Update,
            (_, Phase::Transaction) => State::Transaction,
            _ => State::Authorization,
        }
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Finds the next line. Moves cursors, looks at no grammar.
    fn line(&mut self, rx: &mut Input) -> Result<Option<Line>, Error> {
        self.list();
        match self.phase {
            Phase::Closed => return Ok(None),
            Phase::Upgrading if rx.is_empty() => return Ok(None),
            Phase::Upgrading => return Err(Error::PlaintextAfterStartTls),
            _ => {}
        }
        if self.wants() != Wants::Input {
            return Ok(None);
        }
        let limits = self.config.limits;
        let Some(n) = self.lines.find(rx.unread(), 0) else {
            if rx.len() >= self.longest(rx.unread(), &limits) {
                // What comes until the line end is dropped as it comes.
                let _ = rx.take(rx.len());
                self.lines.reset();
                self.skipping = true;
            }
            return match rx.is_closed() {
                true if self.skipping || !rx.is_empty() => Err(Error::Truncated("a command")),
                true => {
                    self.phase = Phase::Closed;
                    Ok(None)
                }
                false => Ok(None),
            };
        };
        let too_long = n > self.longest(rx.unread(), &limits);
        let too_long = core::mem::take(&mut self.skipping) || too_long;
        Ok(Some(Line { range: rx.take(n), too_long }))
    }

    fn longest(&self, line: &[u8], limits: &Limits) -> usize {
        let auth = self.phase == Phase::Challenged || strip(line, "AUTH ").is_some();
        if auth { limits.auth_line } else { limits.line }
    }

    /// Answers a line if that needs no application; true when it did.
    fn interpret(&mut self, line: &Line, rx: &Input) -> bool {
        if line.too_long || self.phase == Phase::Challenged {
            return false;
        }
        let (bytes, crlf) = without_end(rx.slice(line.range.clone()));
        let Ok(command) = Command::parse(bytes) else { return false };
        if !(crlf || self.config.lenience.bare_lf) || self.objection(&command).is_some() {
            return false;
        }
        match command {
            Command::User(name) => {
                self.user = name.as_bytes().to_vec();
                self.ok("send the password");
            }
            Command::AuthList => {
                self.ok("mechanisms follow");
                for mechanism in &self.config.mechanisms {
                    Capability::Other(mechanism.clone()).encode(&mut self.out);
                }
                self.out.put(b".\r\n");
            }
            Command::Capa => self.capabilities(),
            Command::Stat => {
                let (messages, octets) = self.maildrop.stat();
                self.out.put(b"+OK ");
                self.out.put_number(u64::from(messages));
                self.out.put(b" ");
                self.out.put_number(octets);
                self.out.put(b"\r\n");
            }
            Command::List(None) => self.begin_listing(false),
            Command::Uidl(None) => self.begin_listing(true),
            Command::List(Some(number)) => self.entry(false, number, b"+OK "),
            Command::Uidl(Some(number)) => self.entry(true, number, b"+OK "),
            Command::Dele(number) => {
                self.maildrop.delete(number);
                self.ok("marked to be deleted");
            }
            Command::Rset => {
                self.maildrop.reset();
                self.ok("no message is marked");
            }
            Command::Noop => self.ok(""),
            _ => return false,
        }
        self.refused = 0;
        true
    }

    /// Turns a line into what the application must answer, or was spared.
    fn event<'i>(&mut self, line: Line, rx: &'i Input) -> Option<Event<'i>> {
        let whole = rx.slice(line.range);
        if line.too_long {
            return Some(self.refuse(whole, Why::TooLong));
        }
        let (bytes, crlf) = without_end(whole);
        if !crlf && !self.config.lenience.bare_lf {
            return Some(self.refuse(whole, Why::BareLf));
        }
        if self.phase == Phase::Challenged {
            return Some(self.response(bytes));
        }
        let command = match Command::parse(bytes) {
            Ok(command) => command,
            Err(_) if bytes.contains(&0) => return Some(self.refuse(whole, Why::Nul)),
            Err(Unparsed(syntax)) => return Some(self.refuse(whole, Why::Syntax(syntax))),
        };
        if let Some(why) = self.objection(&command) {
            let shown = if command.is_secret() { &[][..] } else { whole };
            return Some(self.refuse(shown, why));
        }
        self.refused = 0;
        let (_, rest) = mailwire_core::keyword::word(bytes);
        let (due, event) = match command {
            Command::Pass(_) => (Due::Login, Event::Pass(rest)),
            Command::Apop { digest, .. } => {
                let (name, _) = mailwire_core::keyword::word(mailwire_core::keyword::trim(rest));
                (Due::Login, Event::Apop { name, digest })
            }
            Command::Auth { initial, .. } => {
                let (mechanism, _) = mailwire_core::keyword::word(rest);
                let mechanism = core::str::from_utf8(mechanism).unwrap_or_default();
                (Due::Login, Event::Auth { mechanism, initial })
            }
            Command::Stls => (Due::StartTls, Event::StartTls),
            Command::Retr(number) => (Due::Message { number, top: None }, Event::Retr(number)),
            Command::Top { message, lines } => {
                (Due::Message { number: message, top: Some(lines) }, Event::Top { message, lines })
            }
            Command::Quit if self.phase == Phase::Transaction => (Due::Update, Event::Update),
            Command::Quit => {
                self.ok("bye");
                self.phase = Phase::Closed;
                (Due::Nothing, Event::Quit)
            }
            _ => {
                let (verb, rest) = mailwire_core::keyword::word(bytes);
                let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
                (Due::Other, Event::Other { verb: text(verb), rest: text(rest) })
            }
        };
        self.due = due;
        Some(event)
    }

    /// The answer to a challenge (RFC 5034 section 4).
    fn response<'i>(&mut self, line: &[u8]) -> Event<'i> {
        self.phase = Phase::Authorization;
        match base64::decode(line) {
            Ok(response) => {
                self.due = Due::Login;
                Event::AuthResponse(Secret::new(response))
            }
            Err(_) => {
                let text = if line == b"*" { "authentication cancelled" } else { "not base64" };
                self.err(text);
                Event::AuthCancelled
            }
        }
    }

    /// What is wrong with a command here and now.
    fn objection(&self, command: &Command<'_>) -> Option<Why> {
        let state = self.state();
        let insecure = self.security == Security::Plain && !self.config.allow_plaintext_credentials;
        let has = |number: &u32| self.maildrop.octets(*number).is_some();
        match command {
            command if !is_legal(command, state) => Some(Why::WrongState),
            Command::User(_)
            | Command::Pass(_)
            | Command::Apop { .. }
            | Command::Auth { .. }
            | Command::AuthList
                if insecure =>
            {
                Some(Why::Insecure)
            }
            Command::Pass(_) if self.user.is_empty() => Some(Why::WrongState),
            Command::Apop { .. } if self.timestamp.as_str().is_empty() => Some(Why::Unknown),
            Command::Auth { mechanism, .. } if !self.offers(mechanism.as_str()) => {
                Some(Why::NoSuchMechanism)
            }
            Command::Stls if self.security == Security::Tls => Some(Why::WrongState),
            Command::Stls if !self.config.stls => Some(Why::Unknown),
            Command::List(Some(n))
            | Command::Uidl(Some(n))
            | Command::Retr(n)
            | Command::Dele(n)
                if !has(n) =>
            {
                Some(Why::NoSuchMessage)
            }
            Command::Top { message, .. } if !has(message) => Some(Why::NoSuchMessage),
            Command::Other { verb, .. }
                if !self.config.verbs.iter().any(|v| v.eq_ignore_ascii_case(verb.as_str())) =>
            {
                Some(Why::Unknown)
            }
            _ => None,
        }
    }

    fn offers(&self, mechanism: &str) -> bool {
        self.config.mechanisms.iter().any(|known| known.eq_ignore_ascii_case(mechanism))
    }

    /// RFC 2449 section 5: what this connection can do in this state.
    fn capabilities(&mut self) {
        let insecure = self.security == Security::Plain && !self.config.allow_plaintext_credentials;
        self.ok("capabilities follow");
        let mut put = |capability: &Capability| capability.encode(&mut self.out);
        for own in [
            Capability::Top,
            Capability::Uidl,
            Capability::RespCodes,
            Capability::AuthRespCode,
            Capability::Pipelining,
        ] {
            put(&own);
        }
        if !insecure {
            put(&Capability::User);
            if !self.config.mechanisms.is_empty() {
                put(&Capability::Sasl(self.config.mechanisms.clone()));
            }
        }
        if self.config.stls
            && self.security == Security::Plain
            && self.phase == Phase::Authorization
        {
            put(&Capability::Stls);
        }
        for capability in &self.config.capabilities {
            put(capability);
        }
        self.out.put(b".\r\n");
    }

    fn begin_listing(&mut self, ids: bool) {
        let (messages, octets) = self.maildrop.stat();
        let text = format!("{messages} messages ({octets} octets)");
        Reply::ok(Text::lossy(text)).encode(&mut self.out);
        self.listing = Some(Listing { ids, next: 1 });
        self.list();
    }

    /// Goes on with a listing until the output is full.
    fn list(&mut self) {
        let Some(Listing { ids, next }) = self.listing else { return };
        for number in next..=self.maildrop.len() {
            if self.out.queued() >= self.config.limits.output {
                self.listing = Some(Listing { ids, next: number });
                return;
            }
            if self.maildrop.octets(number).is_some() {
                self.entry(ids, number, b"");
            }
        }
        self.out.put(b".\r\n");
        self.listing = None;
    }

    fn entry(&mut self, ids: bool, number: u32, head: &[u8]) {
        self.out.put(head);
        self.out.put_number(u64::from(number));
        self.out.put(b" ");
        if ids {
            self.out.put(self.maildrop.unique_id(number).unwrap_or_default().as_bytes());
        } else {
            self.out.put_number(self.maildrop.octets(number).unwrap_or_default());
        }
        self.out.put(b"\r\n");
    }

    fn refuse<'i>(&mut self, line: &'i [u8], why: Why) -> Event<'i> {
        let limits = &self.config.limits;
        let most = match self.phase {
            Phase::Transaction => limits.refused_after_login,
            _ => limits.refused_before_login,
        };
        self.refused = self.refused.saturating_add(1);
        if self.phase == Phase::Challenged {
            self.phase = Phase::Authorization;
        }
        let text = Text::lossy(format!("{why}"));
        let reply = match why {
            Why::Insecure => Reply::err(text).with_code(Code::Auth),
            _ => Reply::err(text),
        };
        reply.encode(&mut self.out);
        if self.refused > most {
            self.phase = Phase::Closed;
        }
        // What is left of a line that is too long depends on how it was cut.
        let hidden = why == Why::TooLong
            || strip(line, "PASS").or(strip(line, "AUTH")).or(strip(line, "APOP")).is_some();
        Event::Refused(Refused { line: if hidden { &[] } else { line }, why })
    }

    fn ok(&mut self, text: &'static str) {
        Reply::ok(Text::lossy(text)).encode(&mut self.out);
    }

    fn err(&mut self, text: &'static str) {
        Reply::err(Text::lossy(text)).encode(&mut self.out);
    }
}

/// A line in the input, before anyone asks what it means.
#[derive(Debug)]
struct Line {
    range: Range<usize>,
    too_long: bool,
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
