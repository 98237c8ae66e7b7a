//! The client: commands out, answers in.

mod config;
mod event;

pub use config::{Config, Limits, Timeouts};
pub use event::{Anomaly, Error, Event};

use crate::rules::{State, is_legal};
use crate::{Capabilities, Capability, Command, Reply, UniqueId};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::ops::Range;
use mailwire_core::dots::{DotReader, Piece};
use mailwire_core::keyword::{Class, number, trim, word};
use mailwire_core::{
    Input, Lines, Machine, Misuse, Output, Secret, Security, Wait, Wants, base64, without_end,
};

/// Names a command; the events that answer it carry it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(u64);

/// The client's side of one connection.
///
/// Any number of commands can be sent at once. They leave when they may: behind each other when
/// the server offers PIPELINING (ask with CAPA first), else one by one.
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
    /// What was sent and is not answered, in order. The first is the greeting.
    waiting: VecDeque<Sent>,
    reading: Reading,
    next: u64,
    /// Where the session will be when all that was sent has succeeded.
    state: State,
    capabilities: Option<Capabilities>,
    timestamp: Option<String>,
    lines: Lines,
    anomaly: Option<(Id, Anomaly)>,
    upgrading: bool,
    closed: bool,
    serial: u64,
    out: Output,
    failed: Option<Error>,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    id: Id,
    kind: Kind,
    /// A gate stands before its octets.
    gated: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Greeting,
    /// One line.
    Plain,
    /// One line that decides whether the session is in TRANSACTION.
    Login,
    Auth,
    Stat,
    Stls,
    /// Several lines, or one when a message was named.
    List {
        all: bool,
    },
    Uidl {
        all: bool,
    },
    Capa,
    Lines,
    Message,
    Quit,
}

/// What the next octets are.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Reply,
    /// The lines behind the first.
    Lines,
    Message {
        dots: DotReader,
        octets: u64,
    },
    /// The answer to a challenge is due.
    Challenged,
}

impl Connection {
    /// A connection that has just been made; the greeting is still to come.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        let greeting = Sent { id: Id(0), kind: Kind::Greeting, gated: false };
        Self { waiting: VecDeque::from([greeting]), ..Self::greeted(config, security) }
    }

    /// A connection whose greeting has come, as after a TLS handshake.
    fn greeted(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            security,
            waiting: VecDeque::new(),
            reading: Reading::Reply,
            next: 1,
            state: State::Authorization,
            capabilities: None,
            timestamp: None,
            lines: Lines::default(),
            anomaly: None,
            upgrading: false,
            closed: false,
            serial: 0,
            out: Output::default(),
            failed: None,
        }
    }

    /// Queues a command. It leaves as soon as it may, in order.
    ///
    /// # Errors
    ///
    /// When the command cannot succeed where the session is, or would show credentials to the
    /// network; nothing is queued then.
    pub fn send(&mut self, command: &Command<'_>) -> Result<Id, Misuse> {
        let secret = command.is_secret() || matches!(command, Command::User(_));
        if self.closed || self.failed.is_some() {
            return Err(Misuse::Closed);
        }
        if self.upgrading {
            return Err(Misuse::Upgrading);
        }
        if secret && self.is_insecure() {
            return Err(Misuse::Insecure);
        }
        if !is_legal(command, self.state)
            || matches!(command, Command::Stls) && self.security == Security::Tls
        {
            return Err(Misuse::WrongState);
        }
        let kind = match command {
            Command::Pass(_) | Command::Apop { .. } => Kind::Login,
            Command::Auth { .. } => Kind::Auth,
            Command::AuthList => Kind::Lines,
            Command::Stls => Kind::Stls,
            Command::Capa => Kind::Capa,
            Command::Stat => Kind::Stat,
            Command::List(message) => Kind::List { all: message.is_none() },
            Command::Uidl(message) => Kind::Uidl { all: message.is_none() },
            Command::Retr(_) | Command::Top { .. } => Kind::Message,
            Command::Quit => Kind::Quit,
            _ => Kind::Plain,
        };
        match kind {
            Kind::Login | Kind::Auth => self.state = State::Transaction,
            Kind::Quit => self.state = State::Update,
            Kind::Stls => self.upgrading = true,
            _ => {}
        }
        // What follows an exchange or an upgrade waits for its end; STLS waits for all.
        let gated = match self.waiting.back() {
            None => false,
            Some(last) => {
                !self.pipelines()
                    || kind == Kind::Stls
                    || matches!(last.kind, Kind::Auth | Kind::Greeting)
            }
        };
        if gated {
            self.out.gate();
        }
        command.encode(&mut self.out);
        let id = Id(self.next);
        self.next += 1;
        self.waiting.push_back(Sent { id, kind, gated });
        Ok(id)
    }

    /// Answers [`Event::Challenge`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn respond(&mut self, data: &[u8]) -> Result<(), Misuse> {
        self.answer(|out| base64::encode(data, out))
    }

    /// Gives up the exchange that [`Event::Challenge`] is part of.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn cancel(&mut self) -> Result<(), Misuse> {
        self.answer(|out| out.put(b"*"))
    }

    fn answer(&mut self, put: impl FnOnce(&mut Output)) -> Result<(), Misuse> {
        if !matches!(self.reading, Reading::Challenged) || self.closed {
            return Err(Misuse::NoReplyDue);
        }
        self.reading = Reading::Reply;
        // What was queued behind the exchange stands behind a gate: the answer goes before it.
        let mut answer = alloc::vec::Vec::new();
        let mut line = Output::default();
        put(&mut line);
        line.put(b"\r\n");
        answer.extend_from_slice(mailwire_core::Buf::chunk(&line));
        self.out.put_before_gate(&answer);
        Ok(())
    }

    /// The next event; with `None`, [`wants`](Self::wants) says why there is none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if let Some((to, what)) = self.anomaly.take() {
            return Ok(Some(Event::Anomaly { to, what }));
        }
        let event = self.next_event(rx);
        if let Err(error) = &event {
            self.failed = Some(error.clone());
            self.out.clear();
        }
        event
    }

    fn next_event<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if self.closed {
            return Ok(None);
        }
        if self.upgrading && self.waiting.is_empty() {
            return match rx.is_empty() {
                true => Ok(None),
                false => Err(Error::PlaintextAfterStartTls),
            };
        }
        let event = match &mut self.reading {
            Reading::Challenged => return Ok(None),
            Reading::Message { dots, octets } => match dots.next(rx) {
                Piece::Content(range) => {
                    *octets += range.len() as u64;
                    // Another 64 KiB is progress.
                    if *octets >= 65_536 {
                        *octets = 0;
                        self.serial += 1;
                    }
                    return Ok(Some(Event::Body(rx.slice(range))));
                }
                Piece::End => {
                    let to = self.answered();
                    return Ok(Some(Event::End { to }));
                }
                Piece::NeedMore => return self.at_end(rx, "a message"),
            },
            Reading::Reply | Reading::Lines => {
                let limit = self.config.limits.line;
                let Some(n) = self.lines.find(rx.unread(), 0) else {
                    if rx.len() >= limit {
                        return Err(Error::TooLong("a line", limit));
                    }
                    return self.at_end(rx, "an answer");
                };
                if n > limit {
                    return Err(Error::TooLong("a line", limit));
                }
                let range = rx.take(n);
                match self.reading {
                    Reading::Lines => Line::Data(range),
                    _ => Line::Reply(range),
                }
            }
        };
        let rx: &'i Input = rx;
        // A line that is passed over leaves an anomaly, which is the event then.
        let event = match event {
            Line::Data(range) => self.data(rx.slice(range)),
            Line::Reply(range) => Some(self.reply(rx.slice(range))?),
        };
        Ok(match (event, self.anomaly) {
            (Some(event), _) => Some(event),
            (None, Some((to, what))) => {
                self.anomaly = None;
                Some(Event::Anomaly { to, what })
            }
            (None, None) => None,
        })
    }

    /// A line of an answer that has several.
    fn data<'i>(&mut self, line: &'i [u8]) -> Option<Event<'i>> {
        let &Sent { id: to, kind, .. } = self.waiting.front()?;
        let (line, crlf) = without_end(line);
        if !crlf {
            self.anomaly = Some((to, Anomaly::BareLf));
        }
        let line = match line {
            b"." => {
                self.answered();
                return Some(Event::End { to });
            }
            [b'.', rest @ ..] => rest,
            line => line,
        };
        match kind {
            Kind::Capa => {
                let capability = Capability::parse(line);
                let most = self.config.limits.capabilities;
                let known = self.capabilities.get_or_insert_default();
                if known.as_slice().len() < most {
                    known.push(capability.clone());
                }
                Some(Event::Capability { to, capability })
            }
            Kind::List { .. } | Kind::Uidl { .. } if trim(line).is_empty() => {
                self.anomaly = Some((to, Anomaly::BlankLine));
                None
            }
            Kind::List { .. } => self.listed(to, line),
            Kind::Uidl { .. } => self.unique_id(to, line),
            _ => Some(Event::Line { to, line }),
        }
    }

    fn reply<'i>(&mut self, line: &'i [u8]) -> Result<Event<'i>, Error> {
        self.serial += 1;
        let (text, crlf) = without_end(line);
        let front = self.waiting.front().copied();
        if let (Some(Sent { id: to, kind: Kind::Auth, .. }), Some(data)) = (front, challenge(text))
        {
            self.reading = Reading::Challenged;
            let data = base64::decode(trim(data)).unwrap_or_else(|_| {
                self.anomaly = Some((to, Anomaly::BadChallenge));
                alloc::vec::Vec::new()
            });
            return Ok(Event::Challenge { to, data: Secret::new(data) });
        }
        let reply = Reply::parse(text).ok_or(Error::MalformedReply)?;
        let Some(Sent { id: to, kind, .. }) = front else {
            if reply.is_ok() {
                return Err(Error::UnexpectedReply);
            }
            self.closed = true;
            return Ok(Event::Farewell(reply));
        };
        if !crlf {
            self.anomaly = Some((to, Anomaly::BareLf));
        } else if !matches!(text, [b'+', b'O', b'K', ..] | [b'-', b'E', b'R', b'R', ..]) {
            self.anomaly = Some((to, Anomaly::LowerCase));
        }
        let rest = text.get(3..).unwrap_or_default();
        let several = matches!(
            kind,
            Kind::Capa | Kind::Lines | Kind::List { all: true } | Kind::Uidl { all: true }
        );
        match (kind, reply.is_ok()) {
            (Kind::Message, true) => {
                self.reading = Reading::Message { dots: DotReader::new(), octets: 0 };
                return Ok(Event::Message { to, reply });
            }
            (_, true) if several => {
                if kind == Kind::Capa {
                    self.capabilities = Some(Capabilities::default());
                }
                self.reading = Reading::Lines;
                return Ok(Event::Reply { to, reply });
            }
            _ => {}
        }
        self.answered();
        match (kind, reply.is_ok()) {
            (Kind::Greeting, ok) => {
                self.timestamp = timestamp(text).map(ToString::to_string);
                self.closed = !ok;
                Ok(Event::Greeting(reply))
            }
            (Kind::Stat, true) => {
                let (messages, octets) = self.pair(to, trim(rest)).ok_or(Error::MalformedStat)?;
                Ok(Event::Stat { to, messages, octets })
            }
            (Kind::List { .. }, true) => {
                Ok(self.listed(to, trim(rest)).unwrap_or(Event::Reply { to, reply }))
            }
            (Kind::Uidl { .. }, true) => {
                Ok(self.unique_id(to, trim(rest)).unwrap_or(Event::Reply { to, reply }))
            }
            (Kind::Stls, true) => Ok(Event::StartTls),
            (Kind::Stls, false) => {
                self.upgrading = false;
                if self.is_insecure() {
                    return Err(Error::TlsRefused);
                }
                Ok(Event::Reply { to, reply })
            }
            (Kind::Login | Kind::Auth, ok) => {
                if ok {
                    // What the server can do may be another thing for this user.
                    self.capabilities = None;
                } else {
                    self.state = State::Authorization;
                }
                Ok(Event::Reply { to, reply })
            }
            (Kind::Quit, _) => {
                self.closed = true;
                Ok(Event::Reply { to, reply })
            }
            _ => Ok(Event::Reply { to, reply }),
        }
    }

    /// The first command that waits is answered: the next may leave.
    fn answered(&mut self) -> Id {
        self.reading = Reading::Reply;
        self.serial += 1;
        let id = self.waiting.pop_front().map_or(Id(0), |sent| sent.id);
        if let Some(next) = self.waiting.front_mut() {
            if core::mem::take(&mut next.gated) {
                self.out.open();
            }
        }
        id
    }

    fn at_end<'i>(&mut self, rx: &Input, what: &'static str) -> Result<Option<Event<'i>>, Error> {
        match rx.is_closed() {
            false => Ok(None),
            true if self.waiting.is_empty() && rx.is_empty() => {
                self.closed = true;
                Ok(None)
            }
            true => Err(Error::Truncated(what)),
        }
    }

    /// A number and a size; what is odd about them is noted.
    fn pair(&mut self, to: Id, words: &[u8]) -> Option<(u32, u64)> {
        let (first, rest) = word(words);
        let (second, more) = word(trim(rest));
        if rest.starts_with(b" ") {
            self.anomaly = Some((to, Anomaly::ExtraSpaces));
        } else if !more.is_empty() {
            self.anomaly = Some((to, Anomaly::ExtraWords));
        }
        Some((u32::try_from(number(first)?).ok()?, number(second)?))
    }

    fn listed<'i>(&mut self, to: Id, line: &[u8]) -> Option<Event<'i>> {
        match self.pair(to, trim(line)) {
            Some((message, octets)) if message > 0 => Some(Event::Listed { to, message, octets }),
            _ => {
                self.anomaly = Some((to, Anomaly::BadEntry));
                None
            }
        }
    }

    fn unique_id<'i>(&mut self, to: Id, line: &'i [u8]) -> Option<Event<'i>> {
        let (first, rest) = word(trim(line));
        let Some(Ok(message @ 1..)) = number(first).map(u32::try_from) else {
            self.anomaly = Some((to, Anomaly::BadEntry));
            return None;
        };
        if rest.starts_with(b" ") {
            self.anomaly = Some((to, Anomaly::ExtraSpaces));
        }
        let id = core::str::from_utf8(trim(rest)).ok().and_then(|id| UniqueId::new(id).ok());
        let Some(id) = id else {
            self.anomaly = Some((to, Anomaly::BadUniqueId));
            return None;
        };
        Some(Event::UniqueId { to, message, id })
    }

    /// Says that the TLS handshake is done: what stands here then is a new connection, which
    /// remembers nothing of what the server said in the clear.
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything; misuse when STLS was not
    /// agreed, or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        if !self.upgrading || !self.waiting.is_empty() || self.failed.is_some() {
            return Err(Misuse::NotUpgrading.into());
        }
        if !rx.is_empty() {
            self.failed = Some(Error::PlaintextAfterStartTls);
            return Err(Error::PlaintextAfterStartTls);
        }
        if self.out.queued() > 0 {
            return Err(Misuse::OutputNotFlushed.into());
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
            _ if self.upgrading && self.waiting.is_empty() && queued > 0 => Wants::Flush,
            _ if self.upgrading && self.waiting.is_empty() => Wants::Tls,
            Reading::Challenged => Wants::Reply,
            _ => Wants::Input,
        }
    }

    /// What the server owes and how long it may take; `None` when it owes nothing.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let what = match self.reading {
            Reading::Message { .. } => "the message",
            _ if self.waiting.is_empty() => return None,
            _ => "an answer",
        };
        let limit = self.config.timeouts.reply;
        matches!(self.wants(), Wants::Input).then_some(Wait { limit, serial: self.serial, what })
    }

    /// What the server said it can do; `None` before CAPA was answered, and again after STLS and
    /// login.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// The timestamp of the greeting, if it has one that is fit for APOP: `<`, printable octets
    /// with one `@` between them, `>`.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    fn is_insecure(&self) -> bool {
        self.security == Security::Plain && !self.config.allow_plaintext_credentials
    }

    fn pipelines(&self) -> bool {
        self.capabilities.as_ref().is_some_and(|known| known.has(&Capability::Pipelining))
    }
}

enum Line {
    Data(Range<usize>),
    Reply(Range<usize>),
}

/// What follows `+` and a space: a challenge and not `+OK`.
fn challenge(line: &[u8]) -> Option<&[u8]> {
    match line {
        b"+" => Some(&[]),
        [b'+', b' ', data @ ..] => Some(data),
        _ => None,
    }
}

/// RFC 1939 section 7: the timestamp is a msg-id of RFC 822. One with anything odd in it is how
/// passwords were recovered through APOP (CVE-2007-1558), so it must be well-formed.
fn timestamp(greeting: &[u8]) -> Option<&str> {
    const INSIDE: Class = Class::graphic().without(b"<>@()[]\\,;:\"");
    let start = memchr::memchr(b'<', greeting)?;
    let rest = greeting.get(start..)?;
    let end = memchr::memchr(b'>', rest)?;
    let timestamp = rest.get(..=end)?;
    let inside = timestamp.get(1..end)?;
    let at = memchr::memchr(b'@', inside)?;
    let (left, right) = (inside.get(..at)?, inside.get(at + 1..)?);
    let fits = |part: &[u8]| !part.is_empty() && INSIDE.all(part);
    (fits(left) && fits(right)).then(|| core::str::from_utf8(timestamp).ok())?
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
