//! From bytes to events.

use super::queue::Asked;
use super::{Connection, Event, Id, Stage};
use crate::rules::{Hello, Standing};
use crate::types::{Code, Extensions, Protocol, Reply, Verb};
use crate::{Error, Input, Syntax, base64_in_place, parse};
use core::ops::Range;
use mailwire_core::{DotWriter, without_end};

/// What a whole reply means, before it is borrowed.
enum Meaning {
    Greeting,
    Reply(Id),
    Recipient(Id, Id),
    SendBody(Id),
    Challenge(Id, Range<usize>),
    StartTls,
    Farewell,
    /// The machine has dealt with it.
    Nothing,
}

impl Connection {
    pub(super) fn next<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Every turn consumes a reply, or is the last.
        let (range, code, meaning) = loop {
            match self.step(rx) {
                Ok(Some((_, _, Meaning::Nothing))) => {}
                Ok(Some(step)) => break step,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.fail(error)),
            }
        };
        let reply = Reply::received(code, rx.slice(range));
        Ok(match meaning {
            Meaning::Nothing => None,
            Meaning::Greeting => Some(Event::Greeting(reply)),
            Meaning::Reply(to) => Some(Event::Reply { to, reply }),
            Meaning::Recipient(to, recipient) => {
                Some(Event::RecipientReply { to, recipient, reply })
            }
            Meaning::SendBody(to) => Some(Event::SendBody { to }),
            Meaning::Challenge(to, data) => Some(Event::Challenge { to, data: rx.slice(data) }),
            Meaning::StartTls => Some(Event::StartTls),
            Meaning::Farewell => Some(Event::Farewell(reply)),
        })
    }

    /// Takes a whole reply, and steps the session by it.
    fn step(&mut self, rx: &mut Input) -> Result<Option<(Range<usize>, Code, Meaning)>, Error> {
        match self.stage {
            Stage::Closed => return Ok(None),
            Stage::Upgrading if rx.is_empty() && rx.is_closed() => {
                return Err(Error::Truncated("the TLS handshake"));
            }
            Stage::Upgrading if rx.is_empty() => return Ok(None),
            Stage::Upgrading => return Err(Error::PlaintextAfterStartTls),
            // What comes now is an answer to what is being said, and is read when it was said.
            Stage::Body(..) | Stage::Challenged(_) if !rx.is_closed() => return Ok(None),
            Stage::Body(..) | Stage::Challenged(_) | Stage::Open | Stage::Chunks(_) => {}
        }
        let Some((range, code)) = self.reply(rx)? else { return Ok(None) };
        self.serial = self.serial.wrapping_add(1);
        let meaning = match self.queue.pop() {
            Some(Asked::Greeting) if code.is_intermediate() => return Err(Error::WrongReply),
            Some(Asked::Greeting) => Meaning::Greeting,
            Some(Asked::Command(id)) => self.answer(id, code, &range, rx)?,
            // PRDR: an answer for each recipient, and then one for all.
            Some(Asked::Body(id, end)) if code.get() == 353 && self.prdr => {
                let rcpts = core::mem::take(&mut self.rcpts).into_iter();
                let together = true;
                let part = |rcpt| Asked::Recipient { data: id, rcpt, end, together };
                self.queue.split(Asked::Body(id, end), rcpts.map(part));
                Meaning::Nothing
            }
            Some(_) if code.is_intermediate() => return Err(Error::WrongReply),
            Some(Asked::Recipient { data, .. }) if self.refused_chunk == Some(data) => {
                // A last chunk that cannot come any more is refused once.
                self.queue.drop_recipients(data);
                Meaning::Nothing
            }
            Some(Asked::Recipient { data, rcpt, .. }) => Meaning::Recipient(data, rcpt),
            Some(Asked::Body(id, _)) if self.refused_chunk == Some(id) => Meaning::Nothing,
            Some(Asked::Body(id, _)) => Meaning::Reply(id),
            Some(Asked::Chunk(id)) => self.chunk_answered(id, code),
            None if code == Code::UNAVAILABLE => Meaning::Farewell,
            None if code.class() < 4 && code != Code::CLOSING => return Err(Error::Unsolicited),
            None => match &self.stage {
                // It would not wait for the end of the message.
                Stage::Body(_, id) if code.class() >= 4 && rx.is_closed() => {
                    let id = *id;
                    self.drop_waiting();
                    self.stage = Stage::Closed;
                    Meaning::Reply(id)
                }
                // It says why it closes.
                Stage::Open if rx.is_closed() => {
                    self.stage = Stage::Closed;
                    Meaning::Farewell
                }
                _ => return Err(Error::Unsolicited),
            },
        };
        if code == Code::UNAVAILABLE {
            self.drop_waiting();
            self.stage = Stage::Closed;
        }
        self.queue.open(&mut self.out);
        Ok(Some((range, code, meaning)))
    }

    /// Finds the end of the reply. Each line is looked at once.
    fn reply(&mut self, rx: &mut Input) -> Result<Option<(Range<usize>, Code)>, Error> {
        let limits = &self.config.limits;
        let too_long = |what, limit: usize| Error::TooLong(what, limit as u64);
        // Every turn consumes a line, or returns.
        loop {
            let have = self.reading.have;
            let unread = rx.unread();
            let Some(n) = self.lines.find(unread, have) else {
                if unread.len() - have.min(unread.len()) >= limits.line {
                    return Err(too_long("a line of a reply", limits.line));
                }
                if rx.is_closed() {
                    return self.ended(rx.is_empty());
                }
                return Ok(None);
            };
            if n > limits.line {
                return Err(too_long("a line of a reply", limits.line));
            }
            if have + n > limits.reply {
                return Err(too_long("a reply", limits.reply));
            }
            if self.reading.lines >= limits.lines {
                return Err(Error::TooManyLines(limits.lines));
            }
            let line = unread.get(have..have + n).unwrap_or_default();
            let (code, last) =
                parse::reply_line(line).map_err(|error| Syntax { at: have + error.at, ..error })?;
            if *self.reading.code.get_or_insert(code) != code {
                return Err(Syntax { at: have, expected: "the same code" }.into());
            }
            self.reading.have += n;
            self.reading.lines += 1;
            if last {
                let n = core::mem::take(&mut self.reading).have;
                return Ok(Some((rx.take(n), code)));
            }
        }
    }

    /// The server has closed, with nothing or part of a reply left.
    fn ended(&mut self, nothing_left: bool) -> Result<Option<(Range<usize>, Code)>, Error> {
        let sent = self.out.position().saturating_sub(self.out.queued() as u64);
        if self.queue.has_body(sent) {
            return Err(Error::Uncertain);
        }
        match (&self.stage, self.queue.first()) {
            (Stage::Body(..) | Stage::Chunks(_), _) => Err(Error::Truncated("the message")),
            (Stage::Challenged(_), _) => Err(Error::Truncated("authentication")),
            _ if !nothing_left => Err(Error::Truncated("a reply")),
            (_, None) => {
                self.stage = Stage::Closed;
                Ok(None)
            }
            // Servers that close instead of saying goodbye have done what was asked.
            (_, Some(Asked::Command(id))) if id.verb == Verb::Quit => {
                self.stage = Stage::Closed;
                Ok(None)
            }
            (_, Some(Asked::Greeting)) => Err(Error::Truncated("the greeting")),
            (_, Some(_)) => Err(Error::Truncated("the answers")),
        }
    }

    /// Steps the session by the answer to a command.
    fn answer(
        &mut self,
        id: Id,
        code: Code,
        range: &Range<usize>,
        rx: &mut Input,
    ) -> Result<Meaning, Error> {
        let done = code.is_done();
        if code.is_intermediate() && !matches!(id.verb, Verb::Data | Verb::Auth) {
            return Err(Error::WrongReply);
        }
        match id.verb {
            Verb::Ehlo | Verb::Lhlo if done => {
                let lines = rx.slice(range.clone());
                let offered = parse::ehlo(lines)
                    .unwrap_or_else(|_| Extensions::of(&Reply::received(code, lines)));
                if self.must_upgrade() && !offered.has("STARTTLS") {
                    return Err(Error::TlsRefused);
                }
                self.extensions = Some(offered);
            }
            Verb::Helo if done => {
                if self.must_upgrade() {
                    return Err(Error::TlsRefused);
                }
                self.extensions = None;
            }
            Verb::Ehlo | Verb::Helo | Verb::Lhlo => self.standing.hello = Hello::None,
            Verb::Mail if done => {
                self.accepted = 0;
                self.rcpts.clear();
                self.refused_chunk = None;
            }
            Verb::Mail => {
                self.accepted = 0;
                self.rcpts.clear();
                if self.transaction == Some(id) {
                    self.standing.end_transaction();
                }
            }
            Verb::Rcpt if done => {
                self.accepted = self.accepted.saturating_add(1);
                if self.prdr || self.config.protocol == Protocol::Lmtp {
                    self.rcpts.push(id);
                }
            }
            Verb::Rcpt if self.transaction.is_some_and(|mail| mail.serial > id.serial) => {}
            Verb::Rcpt => {
                self.standing.recipients = self.standing.recipients.saturating_sub(1);
            }
            Verb::Data if done => return Err(Error::WrongReply),
            // RFC 2033 section 4.2: there would be no answer.
            Verb::Data
                if code.is_intermediate()
                    && self.accepted == 0
                    && self.config.protocol == Protocol::Lmtp =>
            {
                return Err(Error::WrongReply);
            }
            Verb::Data if code.is_intermediate() && self.accepted == 0 => {
                // RFC 2920 section 3.1: an empty message, which goes to nobody, says that.
                self.out.put(b".\r\n");
                // A yes to it delivers nothing: losing it leaves nothing uncertain.
                self.queue.push(Asked::Body(id, u64::MAX));
                self.standing.end_transaction();
                return Ok(Meaning::Nothing);
            }
            Verb::Data if code.is_intermediate() => {
                self.stage = Stage::Body(DotWriter::new(self.config.bare_newlines), id);
                return Ok(Meaning::SendBody(id));
            }
            Verb::StartTls if done => {
                self.stage = Stage::Upgrading;
                return Ok(Meaning::StartTls);
            }
            Verb::StartTls if self.must_upgrade() => return Err(Error::TlsRefused),
            Verb::Auth if code.is_intermediate() => return self.challenge(id, range, rx),
            Verb::Auth => self.standing.authenticated = done,
            // The session begins anew; the roles are turned.
            Verb::XClient if done => {
                self.standing = Standing { secure: self.standing.secure, ..Standing::default() };
                self.extensions = None;
            }
            Verb::Atrn if done => (self.stage, self.turned) = (Stage::Closed, true),
            Verb::Quit => self.stage = Stage::Closed,
            _ => {}
        }
        Ok(Meaning::Reply(id))
    }

    /// Steps a message by the answer to one of its chunks but the last.
    fn chunk_answered(&mut self, id: Id, code: Code) -> Meaning {
        if code.is_done() || self.refused_chunk == Some(id) {
            return Meaning::Nothing;
        }
        self.refused_chunk = Some(id);
        if matches!(&self.stage, Stage::Chunks(chunks) if chunks.id == id) {
            self.stage = Stage::Open;
        }
        Meaning::Reply(id)
    }

    /// Decodes a challenge where it lies.
    fn challenge(
        &mut self,
        id: Id,
        range: &Range<usize>,
        rx: &mut Input,
    ) -> Result<Meaning, Error> {
        let (line, _) = without_end(rx.slice(range.clone()));
        let text = (range.start + 4).min(range.start + line.len())..range.start + line.len();
        let n = base64_in_place::decode(rx.slice_mut(text.clone()))
            .map_err(|error| Syntax { at: 4 + error.at, ..error })?;
        self.stage = Stage::Challenged(id);
        Ok(Meaning::Challenge(id, text.start..text.start + n))
    }
}
