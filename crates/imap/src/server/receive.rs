//! What a client sends becomes events, or is refused.

use super::append::{is_append, plan};
use super::{Connection, Due, Error, Event, Kind, Phase, Refused, Upgrade, Why};
use crate::encode;
use crate::ext::append::AppendPlace;
use crate::frame::{Frame, Literal, Plan};
use crate::parse::{self, Grammar};
use crate::rules::{
    SessionState, allows_expunge, enables_condstore, is_legal, needs_qresync, uses_sequence,
};
use crate::types::{Capability, Code, Command, Condition, Response, State, Tag};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::ops::Range;
use mailwire_core::keyword::{strip, word};
use mailwire_core::{Input, Secret, Security, Syntax, Wants, base64, without_end};

impl Connection {
    /// Finds what comes next. Moves cursors; looks at no grammar but the name of a command.
    pub(super) fn step(&mut self, rx: &mut Input) -> Result<Step, Error> {
        match self.phase {
            Phase::Closed => return Ok(Step::Wait),
            Phase::Ending => {
                self.phase = Phase::Commands;
                return Ok(Step::BodyEnd);
            }
            // Behind COMPRESS it is for who decompresses.
            Phase::Upgrading(Upgrade::Deflate) => return Ok(Step::Wait),
            Phase::Upgrading(Upgrade::Tls) if rx.is_empty() => return Ok(Step::Wait),
            Phase::Upgrading(Upgrade::Tls) => return Err(Error::PlaintextAfterStartTls),
            _ if self.wants() != Wants::Input => return Ok(Step::Wait),
            Phase::Challenged | Phase::Idling => return self.raw_line(rx),
            _ => {}
        }
        let logged_in = self.state != SessionState::NotAuthenticated;
        let limits = self.config.limits;
        let max = if logged_in { limits.command } else { limits.command_before_login };
        let in_body = self.phase == Phase::Body;
        let minus = self.config.literal_minus;
        let frame = self.framer.next(rx, max, |head, literal| {
            // RFC 7888 section 5.
            match minus && !literal.sync && literal.len > 4096 {
                true => Plan::Refuse,
                false => plan(head, literal, logged_in, max, &limits),
            }
        });
        match frame {
            Frame::NeedMore if rx.is_closed() => {
                if rx.is_empty() && self.framer.held().is_empty() && self.phase == Phase::Commands {
                    self.phase = Phase::Closed;
                    return Ok(Step::Wait);
                }
                Err(Error::Truncated("a command"))
            }
            Frame::NeedMore => Ok(Step::Wait),
            Frame::TooLong => Err(Error::TooLong(max)),
            Frame::Inline(_) => {
                self.out.put(b"+ go on\r\n");
                Ok(Step::Again)
            }
            Frame::Head(range, literal) if in_body => Ok(Step::More(range, literal)),
            Frame::Head(range, literal) => Ok(Step::Message(range, Some(literal))),
            Frame::Piece(range) => {
                self.body_octets += range.len() as u64;
                if self.body_octets >= 65_536 {
                    self.body_octets = 0;
                    self.serial += 1;
                }
                Ok(Step::Piece(range))
            }
            // What stands behind the message is still to come.
            Frame::PieceEnd => Ok(Step::Again),
            Frame::Message(range) if in_body => Ok(Step::Rest(range)),
            Frame::Message(range) => Ok(Step::Message(range, None)),
            Frame::Refused(_) => {
                let why = Why::TooLong;
                let tag = word(self.framer.held()).0;
                let tag = core::str::from_utf8(tag).ok().map(String::from);
                let tag = tag.and_then(|tag| Tag::new(tag).ok());
                let append = is_append(self.framer.held());
                let at = self.framer.held().len();
                self.phase = Phase::Commands;
                self.due = None;
                let state = if append { State::No } else { State::Bad };
                let condition = Condition::new(state, "literal too long");
                self.answer(tag.as_ref(), &condition.with_code(Code::named("TOOBIG")));
                self.count_refusal();
                Ok(match in_body {
                    true => Step::BodyRefused(Syntax { at, expected: "a shorter literal" }),
                    false => Step::Refused(why),
                })
            }
            Frame::RefusedEnd => Ok(Step::Again),
        }
    }

    /// A line that is no command: the answer to a challenge, or DONE.
    fn raw_line(&mut self, rx: &mut Input) -> Result<Step, Error> {
        let max = self.config.limits.command_before_login;
        match self.lines.find(rx.unread(), 0) {
            Some(n) if n <= max => Ok(Step::Line(rx.take(n))),
            None if rx.len() < max => match rx.is_closed() {
                true => Err(Error::Truncated("a command")),
                false => Ok(Step::Wait),
            },
            _ => Err(Error::TooLong(max)),
        }
    }

    pub(super) fn line<'i>(&mut self, line: &[u8]) -> Event<'i> {
        let (text, _) = without_end(line);
        let idling = self.phase == Phase::Idling;
        self.phase = Phase::Commands;
        if idling {
            if text.eq_ignore_ascii_case(b"DONE") {
                return Event::Done;
            }
            self.finish_bad("expected DONE");
            let why = Why::Syntax(Syntax { at: 0, expected: "DONE" });
            return Event::Refused(Refused { line: &[], why });
        }
        match base64::decode(text) {
            Ok(response) => Event::AuthResponse(Secret::new(response)),
            Err(_) => {
                let text = if text == b"*" { "authentication cancelled" } else { "not base64" };
                self.finish_bad(text);
                Event::AuthCancelled
            }
        }
    }

    pub(super) fn finish_bad(&mut self, text: impl Into<Cow<'static, str>>) {
        let tag = self.due.take().map(|_| self.tag.as_str());
        encode::condition(tag, &Condition::new(State::Bad, text.into()), &mut self.out);
        self.count_refusal();
    }

    /// Answers CAPABILITY, which needs no application; true when it was that.
    pub(super) fn answered(&mut self, frame: &[u8]) -> bool {
        if strip(word(frame).1, "CAPABILITY").is_none() {
            return false;
        }
        let Ok((tag, Command::Capability)) = parse::command(frame, &Grammar::default()) else {
            return false;
        };
        self.refused = 0;
        let known = self.capabilities();
        encode::response(&Response::Capability(known), &mut self.out);
        self.answer(Some(&tag), &Condition::new(State::Ok, "CAPABILITY completed"));
        true
    }

    /// Turns a command into an event, where it is returned: it is large, so there is one way out.
    #[inline(never)]
    pub(super) fn message<'i>(
        &mut self,
        frame: &'i [u8],
        body: Option<Literal>,
    ) -> Result<Option<Event<'i>>, Error> {
        let mut read = Ok(Some(Event::Command { tag: Tag::none(), command: Command::Noop }));
        if let Ok(Some(event)) = &mut read {
            if let Some(other) = self.command_into(frame, body, event) {
                *event = other;
            }
        }
        read
    }

    /// Reads a command into an event of one; or gives the event that it is instead.
    fn command_into<'i>(
        &mut self,
        frame: &'i [u8],
        body: Option<Literal>,
        event: &mut Event<'i>,
    ) -> Option<Event<'i>> {
        let Event::Command { tag, command } = event else { return None };
        let limits = &self.config.limits;
        let bounds = match self.state {
            SessionState::NotAuthenticated => limits.bounds_before_login,
            _ => limits.bounds,
        };
        let grammar = Grammar::default()
            .with_bounds(bounds)
            .with_lenience(self.config.lenience)
            .with_utf8(self.dialect.utf8)
            .with_streamed(self.framer.streamed());
        if let Some(literal) = body {
            let mut place = AppendPlace {
                many: self.offers(&Capability::MultiAppend),
                catenates: self.offers(&Capability::Catenate),
                binary: self.offers(&Capability::Binary),
                ..AppendPlace::default()
            };
            return Some(match parse::append_head(frame, &grammar, &mut place) {
                Ok((tag, head)) => self.offer(tag, head, place, frame, literal),
                Err(bad) => {
                    self.forget(literal);
                    self.refuse(bad.tag.as_ref(), frame, Why::Syntax(bad.syntax))
                }
            });
        }
        if let Err(syntax) = parse::command_into(frame, &grammar, tag, command) {
            let tag = (!tag.is_none()).then_some(&*tag);
            return Some(self.refuse(tag, frame, Why::Syntax(syntax)));
        }
        if let Some(why) = self.objection(command) {
            return Some(self.refuse(Some(tag), frame, why));
        }
        self.refused = 0;
        self.dialect.condstore |= enables_condstore(command);
        let kind = match &*command {
            Command::Logout => {
                let bye = Condition::new(State::Bye, "logging out");
                encode::condition(None, &bye, &mut self.out);
                self.answer(Some(tag), &Condition::new(State::Ok, "LOGOUT completed"));
                self.phase = Phase::Closed;
                self.state = SessionState::Logout;
                return Some(Event::Logout);
            }
            Command::Login { .. } | Command::Authenticate { .. } => Kind::Login,
            Command::StartTls => Kind::StartTls,
            Command::Compress(_) => Kind::Compress,
            Command::Unauthenticate => Kind::Unauthenticate,
            Command::Select(..) | Command::Examine(..) => Kind::Select,
            Command::Close | Command::Unselect => Kind::Deselect,
            Command::Idle => Kind::Idle,
            Command::Append { .. } | Command::Replace { .. } => Kind::Append,
            _ => Kind::Other,
        };
        let expunge = allows_expunge(command);
        self.expect(tag, kind, expunge);
        None
    }

    /// What is wrong with a command here and now.
    fn objection(&self, command: &Command<'_>) -> Option<Why> {
        match command {
            command if !is_legal(command, self.state) => Some(Why::WrongState),
            command if needs_qresync(command, &self.dialect) => Some(Why::NotEnabled),
            command if self.dialect.uid_only && uses_sequence(command) && !command.is_uid() => {
                Some(Why::UidRequired)
            }
            Command::StartTls if self.security == Security::Tls || !self.config.starttls => {
                Some(Why::WrongState)
            }
            Command::Compress(algorithm)
                if !self.config.compress || !algorithm.eq_ignore_ascii_case("DEFLATE") =>
            {
                Some(Why::NotOffered)
            }
            Command::Unauthenticate if !self.may_forget_user() => Some(Why::NotOffered),
            Command::Compress(_) if self.deflated => Some(Why::WrongState),
            Command::Login { .. } | Command::Authenticate { .. } if self.is_insecure() => {
                Some(Why::Insecure)
            }
            Command::Authenticate { mechanism, .. }
                if !self.security.allows(mechanism)
                    || !self
                        .config
                        .mechanisms
                        .iter()
                        .any(|m| m.eq_ignore_ascii_case(mechanism)) =>
            {
                Some(Why::NoSuchMechanism)
            }
            // There is no octet of a message in it, so it is made of URLs only.
            Command::Append { .. } | Command::Replace { .. }
                if !self.offers(&Capability::Catenate) =>
            {
                Some(Why::Syntax(Syntax { at: 0, expected: "a message" }))
            }
            Command::Append { messages, .. }
                if messages.len() > 1 && !self.offers(&Capability::MultiAppend) =>
            {
                Some(Why::Syntax(Syntax { at: 0, expected: "one message" }))
            }
            Command::Replace { .. } if !self.offers(&Capability::Replace) => Some(Why::NotOffered),
            _ => None,
        }
    }

    pub(super) fn refuse<'i>(
        &mut self,
        tag: Option<&Tag<'_>>,
        frame: &'i [u8],
        why: Why,
    ) -> Event<'i> {
        let state = match why {
            Why::Insecure | Why::NoSuchMechanism => State::No,
            _ => State::Bad,
        };
        let mut condition = Condition::new(state, format!("{why}"));
        condition.code = match why {
            Why::Insecure => Some(Code::PrivacyRequired),
            Why::UidRequired => Some(Code::UidRequired),
            _ => None,
        };
        self.answer(tag, &condition);
        self.count_refusal();
        let name = word(word(frame).1).0;
        let secret =
            name.eq_ignore_ascii_case(b"LOGIN") || name.eq_ignore_ascii_case(b"AUTHENTICATE");
        let readable = tag.is_some() && !secret;
        Event::Refused(Refused { line: if readable { frame } else { &[] }, why })
    }

    pub(super) fn count_refusal(&mut self) {
        self.refused = self.refused.saturating_add(1);
        if self.refused > self.config.limits.refused {
            self.bye("too many bad commands");
        }
    }

    /// A tagged condition, or an untagged one where the tag could not be read.
    fn answer(&mut self, tag: Option<&Tag<'_>>, condition: &Condition<'_>) {
        encode::condition(tag.map(Tag::as_str), condition, &mut self.out);
    }

    /// The application must complete this command.
    pub(super) fn expect(&mut self, tag: &Tag<'_>, kind: Kind, expunge: bool) {
        self.tag.clear();
        self.tag.push_str(tag.as_str());
        self.due = Some(Due { kind, expunge });
    }
}

pub(super) enum Step {
    Wait,
    Again,
    Piece(Range<usize>),
    BodyEnd,
    BodyRefused(Syntax),
    Refused(Why),
    Line(Range<usize>),
    /// What stands between two literals of an APPEND.
    More(Range<usize>, Literal),
    /// An APPEND, whole; what stands behind its last literal is to be looked at.
    Rest(Range<usize>),
    /// A command; with a literal, the head of an APPEND.
    Message(Range<usize>, Option<Literal>),
}
