//! The client: commands out, responses in.

#[cfg(feature = "sasl")]
mod authentication;
mod config;
mod event;
mod profile;
mod send;
mod upgrade;

#[cfg(feature = "sasl")]
pub use authentication::{Authenticated, Authentication};
pub use config::{Config, Limits, Timeouts};
pub use event::{Error, Event, Tag};
pub use profile::{Profile, Software};

use crate::frame::{Frame, Framer, Head, Literal, Plan};
use crate::parse::{Cursor, Grammar};
use crate::rules::SessionState;
use crate::types::{Anomalies, Capabilities, Code, Condition, Dialect, Response, Section, State};
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::ops::Range;
use mailwire_core::keyword::{number, strip, word};
use mailwire_core::{Input, Output, Secret, Security, Wait, Wants, base64};
use send::{Gate, Kind, Sent};

/// The client's side of one connection.
///
/// Any number of commands can be sent at once; those whose meaning would depend on the answer to an
/// earlier one wait for it (RFC 9051 section 5.5).
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_imap::client::{Connection, Event};
/// use mailwire_imap::types::{Command, Mailbox, State};
/// use std::sync::Arc;
///
/// let mut conn = Connection::new(Arc::default(), Security::Tls);
/// conn.login("ann", "pass\"word")?;
/// let select = conn.send(&Command::Select(Mailbox::inbox(), Vec::new()))?;
/// assert_eq!(conn.output().chunk(), b"a1 LOGIN ann \"pass\\\"word\"\r\na2 SELECT INBOX\r\n");
/// let mut rx = Input::default();
/// rx.extend(b"* OK ready\r\na1 OK hello\r\n* 3 EXISTS\r\na2 OK [READ-WRITE] selected\r\n");
/// let mut selected = false;
/// while let Some(event) = conn.receive(&mut rx)? {
///     if let Event::Done { tag, condition } = event {
///         selected |= tag == select && condition.state == State::Ok;
///     }
/// }
/// assert!(selected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    security: Security,
    deflated: bool,
    state: SessionState,
    greeted: bool,
    framer: Framer,
    /// Commands that were sent and are not done, in order.
    sent: VecDeque<Sent>,
    /// What each gate of the output waits for.
    gates: VecDeque<Gate>,
    next: u32,
    capabilities: Option<Capabilities>,
    profile: Profile,
    /// What was enabled.
    dialect: Dialect,
    anomalies: Anomalies,
    phase: Phase,
    body_left: u64,
    serial: u64,
    streamed_octets: u64,
    out: Output,
    failed: Option<Error>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Open,
    /// A challenge is to be answered.
    Challenged,
    /// IDLE has begun.
    Idling,
    /// STARTTLS or COMPRESS was queued: nothing can be queued behind it.
    AskedToUpgrade,
    /// It was accepted.
    Upgrading(Upgrade),
    Closed,
}

/// What the stream is about to become.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Upgrade {
    Tls,
    Deflate,
}

impl Connection {
    /// A connection that has just been made; the greeting is still to come.
    #[must_use]
    pub fn new(config: Arc<Config>, security: Security) -> Self {
        Self {
            config,
            security,
            deflated: false,
            state: SessionState::NotAuthenticated,
            greeted: false,
            framer: Framer::default(),
            sent: VecDeque::new(),
            gates: VecDeque::new(),
            next: 0,
            capabilities: None,
            profile: Profile::default(),
            dialect: Dialect::default(),
            anomalies: Anomalies::default(),
            phase: Phase::Open,
            body_left: 0,
            serial: 0,
            streamed_octets: 0,
            out: Output::default(),
            failed: None,
        }
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
        // It is made where it is returned: it is large.
        let mut event = Ok(None);
        self.next_event(rx, &mut event);
        if let Err(error) = &event {
            self.failed = Some(error.clone());
            self.drop_gated();
        }
        event
    }

    /// Says that the server took too long. In IDLE that only means that it is time to renew it:
    /// DONE is sent. Else the connection is over.
    pub fn expire(&mut self) {
        if self.phase == Phase::Idling && self.done().is_ok() {
            return;
        }
        self.phase = Phase::Closed;
        self.drop_gated();
        self.out.clear();
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    /// What the machine needs before it can go on.
    #[must_use]
    pub fn wants(&self) -> Wants {
        match self.phase {
            _ if self.failed.is_some() => Wants::Close,
            Phase::Closed => Wants::Close,
            Phase::Upgrading(Upgrade::Tls) if self.out.queued() == 0 => Wants::Tls,
            Phase::Upgrading(Upgrade::Deflate) if self.out.queued() == 0 => Wants::Deflate,
            Phase::Upgrading(_) => Wants::Flush,
            Phase::Challenged => Wants::Reply,
            _ => Wants::Input,
        }
    }

    /// What the server owes and how long it may take; `None` when it owes nothing.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        let timeouts = &self.config.timeouts;
        let (limit, what) = match self.phase {
            Phase::Idling => (timeouts.idle, "a change"),
            _ if !self.greeted => (timeouts.response, "the greeting"),
            _ if self.sent.is_empty() => return None,
            _ => (timeouts.response, "a response"),
        };
        let wait = Wait { limit, serial: self.serial, what };
        matches!(self.wants(), Wants::Input).then_some(wait)
    }

    /// What the server said it can do; `None` before it did, and again after STARTTLS and login.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// What is done otherwise for this server, by what it has said of itself: in its greeting, in an
    /// answer to ID, in its capabilities.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Says what this server is: what it says of itself changes that no more, unless the software
    /// is [`Unknown`](Software::Unknown).
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Which tolerances were used on the response of the last event.
    #[must_use]
    pub fn anomalies(&self) -> &Anomalies {
        &self.anomalies
    }

    /// What was enabled.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Where the session is, by what the server has answered.
    #[must_use]
    pub fn state(&self) -> SessionState {
        self.state
    }

    /// Whether the transport is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    fn next_event<'i>(&mut self, rx: &'i mut Input, event: &mut Result<Option<Event<'i>>, Error>) {
        match self.phase {
            Phase::Closed | Phase::Challenged => return,
            // Behind COMPRESS it is for who decompresses.
            Phase::Upgrading(Upgrade::Deflate) => return,
            Phase::Upgrading(Upgrade::Tls) if rx.is_empty() => return,
            Phase::Upgrading(Upgrade::Tls) => return *event = Err(Error::PlaintextAfterStartTls),
            _ => {}
        }
        let limits = &self.config.limits;
        // Every turn consumes a line and the literal that it announces.
        let frame = loop {
            let next =
                self.framer.next(rx, limits.response, |head, literal| plan(head, literal, limits));
            match next {
                // A literal of the server's never waits for leave.
                Frame::Inline(_) => {}
                frame => break frame,
            }
        };
        *event = match frame {
            Frame::Message(range) => {
                self.serial += 1;
                return self.response(rx, range, event);
            }
            Frame::NeedMore if rx.is_closed() => match self.sent.is_empty() && rx.is_empty() {
                true if self.greeted && self.framer.held().is_empty() => {
                    self.phase = Phase::Closed;
                    Ok(None)
                }
                _ => Err(Error::Truncated("a response")),
            },
            Frame::NeedMore => Ok(None),
            Frame::TooLong | Frame::Inline(_) | Frame::Refused(_) | Frame::RefusedEnd => {
                Err(Error::TooLong(limits.response))
            }
            Frame::Head(range, literal) => {
                let seq = fetch_seq(self.framer.held()).unwrap_or_default();
                let section = body_name(rx.slice(range)).unwrap_or_default();
                Ok(Some(Event::BodyStart { seq, section, len: literal.len }))
            }
            Frame::Piece(range) => {
                self.streamed_octets += range.len() as u64;
                if self.streamed_octets >= 65_536 {
                    self.streamed_octets = 0;
                    self.serial += 1;
                }
                Ok(Some(Event::Body(rx.slice(range))))
            }
            Frame::PieceEnd => Ok(Some(Event::BodyEnd)),
        };
    }
}

impl Connection {
    /// What a whole response means.
    fn response<'i>(
        &mut self,
        rx: &'i Input,
        range: Range<usize>,
        event: &mut Result<Option<Event<'i>>, Error>,
    ) {
        let frame = rx.slice(range);
        let grammar = Grammar::default()
            .with_bounds(self.config.limits.bounds)
            .with_lenience(self.config.lenience)
            .with_utf8(self.dialect.utf8)
            .with_streamed(self.framer.streamed());
        let mut cursor = Cursor::new(frame, &grammar);
        *event = Ok(Some(Event::Response(Response::Exists(0))));
        let Ok(Some(Event::Response(response))) = event else { return };
        let outcome = cursor.response_into(response);
        self.anomalies = cursor.into_anomalies();
        if let Err(why) = outcome {
            *event = match self.greeted && !self.answers(frame) {
                true => Ok(Some(Event::Skipped { response: frame, why })),
                false => Err(Error::Syntax(why)),
            };
            return;
        }
        match response {
            _ if !self.greeted => {}
            Response::Continue(_) | Response::Tagged { .. } => {}
            Response::Capability(known)
            | Response::Condition(Condition { code: Some(Code::Capability(known)), .. }) => {
                self.profile.offered(known);
                self.capabilities = Some(known.clone());
                return;
            }
            Response::Id(id) => {
                self.profile.identified(id);
                return;
            }
            Response::Enabled(names) => {
                for name in names {
                    self.dialect = self.dialect.enabled(name);
                }
                return;
            }
            Response::Condition(Condition { state: State::Bye, .. }) => {
                self.state = SessionState::Logout;
                return;
            }
            _ => return,
        }
        let response = core::mem::replace(response, Response::Exists(0));
        *event = self.follow(response).map(Some);
    }

    /// What the greeting means, or an answer to a command.
    fn follow<'i>(&mut self, response: Response<'i>) -> Result<Event<'i>, Error> {
        if !self.greeted {
            return self.greeting(response);
        }
        match response {
            Response::Continue(text) => Ok(self.go_on(text)),
            Response::Tagged { tag, condition } => {
                let tag = tag.strip_prefix('a').and_then(|digits| number(digits.as_bytes()));
                let at = self.sent.iter().position(|sent| Some(u64::from(sent.tag)) == tag);
                let Some(sent) = at.and_then(|at| self.sent.remove(at)) else {
                    return Err(Error::UnknownTag);
                };
                self.done_with(&sent, condition)
            }
            response => Ok(Event::Response(response)),
        }
    }

    /// Whether a line that cannot be parsed answers a command, or gives leave for something: then
    /// what it says matters. A stray line of a server that talks to itself does not.
    fn answers(&self, frame: &[u8]) -> bool {
        let tag = word(frame).0.strip_prefix(b"a").and_then(number);
        let known = self.sent.iter().any(|sent| Some(u64::from(sent.tag)) == tag);
        known || frame.starts_with(b"+")
    }

    fn greeting<'i>(&mut self, response: Response<'i>) -> Result<Event<'i>, Error> {
        let Response::Condition(condition) = response else { return Err(Error::NoGreeting) };
        match condition.state {
            State::Ok => {}
            State::PreAuth if self.is_insecure() => return Err(Error::TlsRefused),
            State::PreAuth => self.state = SessionState::Authenticated,
            State::Bye => {
                self.state = SessionState::Logout;
                self.phase = Phase::Closed;
            }
            State::No | State::Bad => return Err(Error::NoGreeting),
        }
        self.greeted = true;
        self.profile.greeted(condition.text.as_str().as_bytes());
        if let Some(Code::Capability(known)) = &condition.code {
            self.profile.offered(known);
            self.capabilities = Some(known.clone());
        }
        Ok(Event::Greeting(condition))
    }

    /// `+`: the server gives leave for what waits for it.
    fn go_on<'i>(&mut self, text: alloc::borrow::Cow<'i, [u8]>) -> Event<'i> {
        if let Some(Gate::Literal(_)) = self.gates.front() {
            self.gates.pop_front();
            self.out.open();
            return Event::Response(Response::Continue(text));
        }
        let waiting = self.sent.iter_mut().find(|sent| {
            matches!(sent.kind, Kind::Append { asked: false, .. } | Kind::Authenticate | Kind::Idle)
        });
        let Some(sent) = waiting else { return Event::Response(Response::Continue(text)) };
        let tag = Tag(sent.tag);
        match &mut sent.kind {
            Kind::Append { len, asked } => {
                *asked = true;
                self.body_left = *len;
                let len = *len;
                if len == 0 {
                    self.go_on_with_append();
                }
                Event::SendBody { tag, len }
            }
            Kind::Idle => {
                self.phase = Phase::Idling;
                Event::Idling(tag)
            }
            _ => {
                self.phase = Phase::Challenged;
                let data = base64::decode(mailwire_core::keyword::trim(&text)).unwrap_or_default();
                Event::Challenge { tag, data: Secret::new(data) }
            }
        }
    }

    /// A command ended: the session follows, and what waited for it may leave.
    fn done_with<'i>(&mut self, sent: &Sent, condition: Condition<'i>) -> Result<Event<'i>, Error> {
        let ok = condition.state == State::Ok;
        // A literal that was refused is never sent, nor the rest of its command.
        if self.gates.front() == Some(&Gate::Literal(sent.tag)) {
            self.out.drop_until(sent.end);
            self.gates.retain(|gate| *gate != Gate::Literal(sent.tag));
        }
        if let Kind::Append { .. } = sent.kind {
            self.body_left = 0;
        }
        if sent.kind == Kind::Idle || self.phase == Phase::Challenged {
            self.phase = if self.phase == Phase::Closed { Phase::Closed } else { Phase::Open };
        }
        self.open_gates();
        match (sent.kind, ok) {
            (Kind::Login | Kind::Authenticate, true) => {
                self.state = SessionState::Authenticated;
                // What the server can do may be another thing for this user.
                self.capabilities = None;
            }
            (Kind::Select, true) => self.state = SessionState::Selected,
            (Kind::Select, false) | (Kind::Deselect, true)
                if self.state == SessionState::Selected =>
            {
                self.state = SessionState::Authenticated;
            }
            (Kind::StartTls, true) => {
                self.phase = Phase::Upgrading(Upgrade::Tls);
                return Ok(Event::StartTls);
            }
            (Kind::Compress, true) => {
                self.phase = Phase::Upgrading(Upgrade::Deflate);
                return Ok(Event::Deflate);
            }
            (Kind::Unauthenticate, true) => {
                self.state = SessionState::NotAuthenticated;
                self.dialect = Dialect::default();
                self.capabilities = None;
            }
            (Kind::Compress, false) => self.phase = Phase::Open,
            (Kind::StartTls, false) => {
                self.phase = Phase::Open;
                if self.is_insecure() {
                    return Err(Error::TlsRefused);
                }
            }
            (Kind::Logout, true) => {
                self.state = SessionState::Logout;
                self.phase = Phase::Closed;
            }
            _ => {}
        }
        if let Some(Code::Capability(known)) = &condition.code {
            self.profile.offered(known);
            self.capabilities = Some(known.clone());
        }
        Ok(Event::Done { tag: Tag(sent.tag), condition })
    }

    fn is_insecure(&self) -> bool {
        self.security == Security::Plain && !self.config.allow_plaintext_credentials
    }
}

/// What to do with a literal of a response.
fn plan(head: &Head<'_>, literal: Literal, limits: &Limits) -> Plan {
    let (first, rest) = word(head.start);
    let (second, _) = word(rest);
    let text = [State::Ok, State::No, State::Bad, State::Bye, State::PreAuth];
    // Text never starts a literal: `* OK quota exceeded {5}` is a line.
    if first != b"*" || text.iter().any(|s| second.eq_ignore_ascii_case(s.as_str().as_bytes())) {
        return Plan::Text;
    }
    let streams = literal.len > limits.inline_literal
        && fetch_seq(head.start).is_some()
        && body_name(head.line).is_some();
    if streams { Plan::Stream } else { Plan::Inline }
}

/// The sequence number of a FETCH response.
fn fetch_seq(frame: &[u8]) -> Option<u32> {
    let (digits, rest) = word(frame.strip_prefix(b"* ")?);
    strip(rest, "FETCH ").or_else(|| strip(rest, "UIDFETCH "))?;
    u32::try_from(number(digits)?).ok()
}

/// The section whose body a line announces at its end; `None` when what it announces is no body.
fn body_name(line: &[u8]) -> Option<Section<'_>> {
    let open = memchr::memrchr(b'{', line)?;
    let before = line.get(..open)?;
    let before = before.strip_suffix(b"~").unwrap_or(before).strip_suffix(b" ")?;
    let before = mailwire_core::keyword::trim(before);
    let name = before.rsplit(|b| matches!(b, b' ' | b'(')).next()?;
    let is = |item: &str| name.eq_ignore_ascii_case(item.as_bytes());
    let of = |text| Some(Section { part: alloc::vec::Vec::new(), text });
    match () {
        () if is("RFC822") => return of(None),
        () if is("RFC822.HEADER") => return of(Some(crate::types::SectionText::Header)),
        () if is("RFC822.TEXT") => return of(Some(crate::types::SectionText::Text)),
        () => {}
    }
    let opens = |name: &'static [u8]| {
        let at = before.windows(name.len()).rposition(|w| w.eq_ignore_ascii_case(name))?;
        Some(at + name.len() - 1)
    };
    let at = opens(b"BODY[").or_else(|| opens(b"BINARY["))?;
    let grammar = Grammar::default();
    let mut cursor = Cursor::new(before.get(at..)?, &grammar);
    let section = cursor.section().ok()?;
    cursor.origin().ok()?;
    cursor.end().ok()?;
    Some(section)
}

mailwire_core::machine!(Connection, event = Event<'i>, error = Error);
