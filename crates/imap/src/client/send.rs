//! Commands on their way out: tags, literals that need leave, and gates.

use super::{Connection, Phase, Tag};
use crate::encode::{self, LiteralSink};
use crate::rules::{SessionState, is_legal, may_expunge, uses_sequence};
use crate::types::{
    Append, AppendData, AppendMessage, BodyItem, Capability, CatenatePart, Command, Octets,
};
use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use mailwire_core::{Misuse, Output, Secret, Security, Sink, base64};

/// A command that was sent and is not done.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) tag: u32,
    pub(super) kind: Kind,
    /// Where its octets end in the output, to drop the rest if a literal is refused.
    pub(super) end: u64,
    /// An EXPUNGE may come while it is answered.
    expunges: bool,
    /// What follows the octets that the application streams: a line, and how many it announces.
    pub(super) rest: VecDeque<(Vec<u8>, Option<u64>)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Login,
    Authenticate,
    StartTls,
    Compress,
    Unauthenticate,
    Select,
    Deselect,
    Append { len: u64, asked: bool },
    Idle,
    Logout,
    Other,
}

/// What a gate of the output waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gate {
    /// Leave to send a literal of this command.
    Literal(u32),
    /// The end of all commands up to this one.
    Before(u32),
}

impl Connection {
    /// Queues a command. It leaves as soon as it may, in order; there is no need to wait for
    /// answers before queueing more.
    ///
    /// # Errors
    ///
    /// When the command cannot succeed where the session will be, would show credentials to the
    /// network, has a method of its own ([`idle`](Self::idle)), or is one more than
    /// [`in_flight`](super::Limits::in_flight); nothing is queued then.
    ///
    /// # Messages
    ///
    /// The messages of APPEND and REPLACE are here whole, or all their octets are
    /// [`Streamed`](crate::types::BodyItem::Streamed): then
    /// [`Event::SendBody`](super::Event::SendBody) asks for each literal when its turn comes. Some of
    /// them here and others streamed is misuse, and so is a message that is NIL.
    pub fn send(&mut self, command: &Command<'_>) -> Result<Tag, Misuse> {
        let streams = match command {
            Command::Append { messages, .. } => are_streamed(messages)?,
            Command::Replace { message, .. } => are_streamed(core::slice::from_ref(&**message))?,
            _ => false,
        };
        let kind = match command {
            Command::Append { .. } | Command::Replace { .. } if streams => {
                Kind::Append { len: 0, asked: false }
            }
            Command::Idle => return Err(Misuse::WrongState),
            Command::Append { messages, .. } if messages.is_empty() => {
                return Err(Misuse::WrongState);
            }
            Command::Login { .. } => Kind::Login,
            Command::Authenticate { .. } => Kind::Authenticate,
            Command::StartTls => Kind::StartTls,
            Command::Compress(_) => Kind::Compress,
            Command::Unauthenticate => Kind::Unauthenticate,
            Command::Select(..) | Command::Examine(..) => Kind::Select,
            Command::Close | Command::Unselect => Kind::Deselect,
            Command::Logout => Kind::Logout,
            _ => Kind::Other,
        };
        if matches!(kind, Kind::Login | Kind::Authenticate) && self.is_insecure() {
            return Err(Misuse::Insecure);
        }
        if kind == Kind::StartTls && self.security == Security::Tls {
            return Err(Misuse::WrongState);
        }
        // What is compressed would have to be so no more after UNAUTHENTICATE (RFC 8437 section 4.1).
        if matches!(kind, Kind::Compress | Kind::Unauthenticate) && self.deflated {
            return Err(Misuse::WrongState);
        }
        if let Command::Login { password, .. } = command {
            // No string can carry NUL.
            if password.expose().contains(&0) {
                return Err(Misuse::WrongState);
            }
        }
        let tag = self.begin(command, kind)?;
        let name = format!("a{tag}");
        let dialect = self.dialect;
        let ir = self.takes_initial_response();
        match command {
            // Without SASL-IR the first message answers the first challenge.
            Command::Authenticate { mechanism, initial: Some(_) } if !ir => {
                let command = Command::Authenticate { mechanism: mechanism.clone(), initial: None };
                encode::command(&name, &command, &dialect, &mut self.writer(tag));
            }
            command => {
                let mut writer = self.writer(tag);
                encode::command(&name, command, &dialect, &mut writer);
                let streamed = writer.streamed;
                self.stream(streamed);
            }
        }
        self.end();
        if matches!(kind, Kind::StartTls | Kind::Compress) {
            self.phase = Phase::AskedToUpgrade;
        }
        Ok(Tag(tag))
    }

    /// Logs in by LOGIN. A password that no quoted string can carry goes as a literal.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Misuse::WrongState`] too for a name or a password with NUL.
    pub fn login(&mut self, user: &str, password: impl Into<Secret>) -> Result<Tag, Misuse> {
        let user = Octets::new(user.as_bytes()).map_err(|_| Misuse::WrongState)?;
        self.send(&Command::Login { user, password: password.into() })
    }

    /// Begins an exchange by a SASL mechanism. The initial response is sent with the command when
    /// the server takes it there (SASL-IR); else the first
    /// [`Event::Challenge`](super::Event::Challenge) is to be answered with it. Returns whether it
    /// was sent.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn authenticate(
        &mut self,
        mechanism: &str,
        initial: Option<Secret>,
    ) -> Result<(Tag, bool), Misuse> {
        let sent = initial.is_some() && self.takes_initial_response();
        let mechanism = Cow::Borrowed(mechanism);
        let tag = self.send(&Command::Authenticate { mechanism, initial })?;
        Ok((tag, sent))
    }

    /// Answers [`Event::Challenge`](super::Event::Challenge).
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn respond(&mut self, data: &[u8]) -> Result<(), Misuse> {
        let mut line = Vec::new();
        base64::encode(data, &mut line);
        self.answer(line)
    }

    /// Gives up the exchange that [`Event::Challenge`](super::Event::Challenge) is part of.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when there is none.
    pub fn cancel(&mut self) -> Result<(), Misuse> {
        self.answer(Vec::from(*b"*"))
    }

    fn answer(&mut self, mut line: Vec<u8>) -> Result<(), Misuse> {
        if self.phase != Phase::Challenged {
            return Err(Misuse::NoReplyDue);
        }
        self.phase = Phase::Open;
        line.extend_from_slice(b"\r\n");
        self.put_now(&line);
        Ok(())
    }

    /// Announces a message of `len` octets for a mailbox. It is wanted when
    /// [`Event::SendBody`](super::Event::SendBody) comes; the server may also refuse it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn append(&mut self, append: &Append<'_>, len: u64) -> Result<Tag, Misuse> {
        let mailbox = append.mailbox.clone();
        let command = Command::Append { mailbox, messages: Vec::new() };
        let tag = self.begin(&command, Kind::Append { len, asked: false })?;
        let name = format!("a{tag}");
        encode::append_head(&name, append, self.dialect, &mut self.writer(tag));
        self.out.put(b"{");
        self.out.put_number(len);
        self.out.put(b"}\r\n");
        self.end();
        if let Some(sent) = self.sent.back_mut() {
            sent.rest.push_back((Vec::from(*b"\r\n"), None));
        }
        Ok(Tag(tag))
    }

    /// Sends a piece of the message.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is wanted, [`Misuse::BodyTooLong`] for more than was announced.
    pub fn send_body(&mut self, piece: &[u8]) -> Result<(), Misuse> {
        if self.body_left == 0 {
            return Err(Misuse::NoBody);
        }
        let left = self.body_left.checked_sub(piece.len() as u64).ok_or(Misuse::BodyTooLong)?;
        self.body_left = left;
        self.put_now(piece);
        if left == 0 {
            self.go_on_with_append();
        }
        Ok(())
    }

    /// How many octets of the message are still to be sent.
    #[must_use]
    pub fn body_left(&self) -> u64 {
        self.body_left
    }

    /// Begins IDLE (RFC 2177): [`Event::Idling`](super::Event::Idling) follows.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] when the server said what it can do and that is not among it; else as
    /// [`send`](Self::send).
    pub fn idle(&mut self) -> Result<Tag, Misuse> {
        if self.capabilities.is_some() && !self.offers(&Capability::Idle) {
            return Err(Misuse::NotOffered);
        }
        let tag = self.begin(&Command::Idle, Kind::Idle)?;
        let dialect = self.dialect;
        encode::command(&format!("a{tag}"), &Command::Idle, &dialect, &mut self.writer(tag));
        self.end();
        Ok(Tag(tag))
    }

    /// Ends IDLE.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] when it has not begun.
    pub fn done(&mut self) -> Result<(), Misuse> {
        if self.phase != Phase::Idling {
            return Err(Misuse::WrongState);
        }
        self.phase = Phase::Open;
        self.put_now(b"DONE\r\n");
        Ok(())
    }

    /// Takes note of what the application streams of the command that was queued last.
    fn stream(&mut self, streamed: Streamed) {
        let Some(sent) = self.sent.back_mut().filter(|_| streamed.first.is_some()) else { return };
        sent.kind = Kind::Append { len: streamed.first.unwrap_or_default(), asked: false };
        sent.rest = streamed.rest;
    }

    /// Sends what follows octets that were streamed.
    pub(super) fn go_on_with_append(&mut self) {
        let Some(sent) = self.sent.iter_mut().find(|sent| is_asked(sent)) else { return };
        let Some((line, announced)) = sent.rest.pop_front() else { return };
        if let Some(len) = announced {
            sent.kind = Kind::Append { len, asked: false };
        }
        self.put_now(&line);
    }

    /// Takes note of a command; its octets follow.
    fn begin(&mut self, command: &Command<'_>, kind: Kind) -> Result<u32, Misuse> {
        match self.phase {
            _ if self.failed.is_some() => return Err(Misuse::Closed),
            Phase::Closed => return Err(Misuse::Closed),
            Phase::AskedToUpgrade | Phase::Upgrading(_) => return Err(Misuse::Upgrading),
            _ if self.sent.len() >= self.config.limits.in_flight.min(self.profile.in_flight) => {
                return Err(Misuse::TooMany);
            }
            _ => {}
        }
        if !is_legal(command, self.state_after()) {
            return Err(Misuse::WrongState);
        }
        if self.must_wait(command, kind) {
            self.out.gate();
            self.gates.push_back(Gate::Before(self.next));
        }
        self.next += 1;
        let (expunges, rest) = (may_expunge(command), VecDeque::new());
        self.sent.push_back(Sent { tag: self.next, kind, end: 0, expunges, rest });
        Ok(self.next)
    }

    fn end(&mut self) {
        let end = self.out.position();
        if let Some(sent) = self.sent.back_mut() {
            sent.end = end;
        }
    }

    /// Whether a command must not leave before those that were sent earlier are done: behind what
    /// speaks in lines that are no commands, and where an answer could be taken for another's
    /// (RFC 9051 section 5.5).
    fn must_wait(&self, command: &Command<'_>, kind: Kind) -> bool {
        let exclusive = |kind| {
            matches!(
                kind,
                Kind::Authenticate
                    | Kind::StartTls
                    | Kind::Compress
                    | Kind::Unauthenticate
                    | Kind::Append { .. }
                    | Kind::Idle
                    | Kind::Logout
            )
        };
        match self.sent.back() {
            None => false,
            Some(_) if exclusive(kind) => true,
            Some(last) if exclusive(last.kind) => true,
            Some(_) => uses_sequence(command) && self.sent.iter().any(|sent| sent.expunges),
        }
    }

    /// Where the session will be when all that was sent has succeeded.
    fn state_after(&self) -> SessionState {
        self.sent.iter().fold(self.state, |state, sent| match sent.kind {
            Kind::Login | Kind::Authenticate => SessionState::Authenticated,
            Kind::Select => SessionState::Selected,
            Kind::Deselect => SessionState::Authenticated,
            Kind::Unauthenticate => SessionState::NotAuthenticated,
            Kind::Logout => SessionState::Logout,
            _ => state,
        })
    }

    /// Some offer SASL-IR and do not keep to it.
    pub(super) fn takes_initial_response(&self) -> bool {
        self.profile.initial_response && self.offers(&Capability::SaslIr)
    }

    pub(super) fn offers(&self, capability: &Capability) -> bool {
        self.capabilities.as_ref().is_some_and(|known| known.has(capability))
    }

    fn writer(&mut self, tag: u32) -> Writer<'_> {
        let plus = self.offers(&Capability::LiteralPlus);
        let minus = self.offers(&Capability::LiteralMinus);
        let free = if plus { usize::MAX } else { usize::from(minus) * 4096 };
        Writer {
            out: &mut self.out,
            gates: &mut self.gates,
            tag,
            free,
            streamed: Streamed::default(),
        }
    }

    /// Puts what belongs to a command in progress: before what was queued behind it.
    pub(super) fn put_now(&mut self, bytes: &[u8]) {
        if self.out.is_gated() { self.out.put_before_gate(bytes) } else { self.out.put(bytes) }
    }

    /// Opens the gates of commands whose turn has come.
    pub(super) fn open_gates(&mut self) {
        // Every turn opens a gate.
        while let Some(Gate::Before(tag)) = self.gates.front() {
            if self.sent.iter().any(|sent| sent.tag <= *tag) {
                return;
            }
            self.gates.pop_front();
            self.out.open();
        }
    }

    /// Drops what has not left because it waits: it never will.
    pub(super) fn drop_gated(&mut self) {
        let end = self.out.position();
        self.out.drop_until(end);
        self.gates.clear();
    }
}

/// Whether the application streams the octets of messages: all of them, or none. A gate cannot stand
/// behind what is streamed, so nothing else there may need a literal.
fn are_streamed(messages: &[AppendMessage<'_>]) -> Result<bool, Misuse> {
    let (mut streamed, mut here, mut plain) = (false, false, true);
    let mut see = |octets: &BodyItem<'_>| match octets {
        BodyItem::Streamed(_) => streamed = true,
        BodyItem::Inline(_) => here = true,
        BodyItem::Nil => (streamed, here) = (true, true),
    };
    for message in messages {
        match &message.data {
            AppendData::Message(octets) | AppendData::Utf8(octets) => see(octets),
            AppendData::Catenate(parts) => parts.iter().for_each(|part| match part {
                CatenatePart::Text(octets) => see(octets),
                CatenatePart::Url(url) => {
                    plain &= url.as_bytes().iter().all(|b| matches!(b, b' '..=b'~'));
                }
            }),
        }
    }
    match streamed && (here || !plain) {
        true => Err(Misuse::WrongState),
        false => Ok(streamed),
    }
}

/// Whether the octets of a command are being streamed.
fn is_asked(sent: &Sent) -> bool {
    matches!(sent.kind, Kind::Append { asked: true, .. })
}

/// What the application streams of a command.
#[derive(Debug, Default)]
struct Streamed {
    /// How many octets first.
    first: Option<u64>,
    /// Each line that follows, and how many octets it announces.
    rest: VecDeque<(Vec<u8>, Option<u64>)>,
}

/// Writes a command; a literal the server must give leave for stands behind a gate.
struct Writer<'a> {
    out: &'a mut Output,
    gates: &'a mut VecDeque<Gate>,
    tag: u32,
    /// The longest literal that needs no leave.
    free: usize,
    streamed: Streamed,
}

impl Sink for Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        match self.streamed.rest.back_mut() {
            Some((line, _)) => line.extend_from_slice(bytes),
            None => self.out.put(bytes),
        }
    }
}

impl LiteralSink for Writer<'_> {
    fn literal(&mut self, octets: &[u8]) {
        let free = octets.len() <= self.free;
        self.put(b"{");
        self.put_number(octets.len() as u64);
        self.put(if free { b"+}\r\n" } else { b"}\r\n" });
        if !free {
            self.out.gate();
            self.gates.push_back(Gate::Literal(self.tag));
        }
        self.put(octets);
    }

    fn streamed(&mut self, len: u64) {
        self.put(b"{");
        self.put_number(len);
        self.put(b"}\r\n");
        match self.streamed.rest.back_mut() {
            Some((_, announced)) => *announced = Some(len),
            None => self.streamed.first = Some(len),
        }
        self.streamed.rest.push_back((Vec::new(), None));
    }
}
