//! First lines of answers: what they mean for the session.

use super::queue::{Kind, Sent};
use super::quick::Next;
use super::read::Lines;
use super::timestamp::timestamp;
use super::{Anomaly, Connection, Error, Event, Id, Reading, Utf8};
use crate::{Capabilities, Reply, State};
use alloc::string::ToString;
use mailwire_core::dots::DotReader;
use mailwire_core::keyword::trim;
use mailwire_core::without_end;

impl Connection {
    /// A first line, or a challenge; `None` when it is passed over.
    pub(super) fn reply<'i>(&mut self, line: &'i [u8]) -> Result<Option<Event<'i>>, Error> {
        self.serial += 1;
        let (text, crlf) = without_end(line);
        let front = self.queue.front();
        let to = front.map_or(Id(0), |sent| sent.id);
        if trim(text).is_empty() {
            self.odd(to, Anomaly::BlankLine);
            return Ok(None);
        }
        if !crlf {
            self.odd(to, Anomaly::BareLf);
        }
        if front.is_some_and(|sent| sent.kind == Kind::Auth) {
            if let Some(challenge) = self.challenged(to, text) {
                return Ok(Some(challenge));
            }
        }
        let reply = Reply::parse(text).ok_or(Error::MalformedReply)?;
        let Some(Sent { kind, .. }) = front else {
            if reply.is_ok() {
                return Err(Error::UnexpectedReply);
            }
            self.closed = true;
            return Ok(Some(Event::Farewell(reply)));
        };
        if !matches!(text, [b'+', b'O', b'K', ..] | [b'-', b'E', b'R', b'R', ..]) {
            self.odd(to, Anomaly::LowerCase);
        }
        if reply.is_ok() && self.was_not_announced(kind) {
            self.odd(to, Anomaly::NotAnnounced);
        }
        let event = match (kind, reply.is_ok()) {
            (Kind::Message { .. }, true) => {
                self.reading = Reading::Message { dots: DotReader::new(), octets: 0 };
                Event::Message { to, reply }
            }
            (
                Kind::Capa
                | Kind::Languages
                | Kind::Lines
                | Kind::List { message: None }
                | Kind::Uidl { message: None },
                true,
            ) => {
                if kind == Kind::Capa {
                    self.capabilities = Some(Capabilities::default());
                    self.pipelining = false;
                }
                let lines = match kind {
                    Kind::List { .. } => Lines::Sizes,
                    Kind::Uidl { .. } => Lines::UniqueIds,
                    _ => Lines::Others,
                };
                let left = self.config.limits.lines;
                let next = Next::default();
                self.reading = Reading::Lines { kind: lines, to, left, last: 0, next };
                Event::Reply { to, reply }
            }
            _ => self.single(to, kind, text, reply)?,
        };
        Ok(Some(event))
    }

    /// An answer that is one line.
    fn single<'i>(
        &mut self,
        to: Id,
        kind: Kind,
        text: &'i [u8],
        reply: Reply<'i>,
    ) -> Result<Event<'i>, Error> {
        // What follows `+OK` and its space.
        let rest = text.get(4..).unwrap_or_default();
        let event = match (kind, reply.is_ok()) {
            (Kind::Stat, true) => {
                let (messages, octets) = self.pair(to, rest).ok_or(Error::MalformedStat)?;
                Event::Stat { to, messages, octets }
            }
            (Kind::List { .. }, true) => {
                self.listed(to, rest).unwrap_or(Event::Reply { to, reply })
            }
            (Kind::Uidl { .. }, true) => {
                self.unique_id(to, rest)?.unwrap_or(Event::Reply { to, reply })
            }
            (Kind::Greeting, _) => Event::Greeting(reply),
            (Kind::Stls, true) => Event::StartTls,
            _ => Event::Reply { to, reply },
        };
        let ok = !matches!(&event, Event::Reply { reply, .. } | Event::Greeting(reply) if !reply.is_ok());
        self.answered();
        match kind {
            Kind::Greeting => {
                self.timestamp = timestamp(text).map(ToString::to_string);
                self.closed = !ok;
            }
            Kind::Login | Kind::Auth if ok => {
                self.initial = None;
                self.state = State::Transaction;
                // What the server can do may be another thing for this user.
                self.capabilities = None;
            }
            Kind::Login | Kind::Auth => {
                self.initial = None;
                self.login_failed();
            }
            Kind::Stls if !ok => {
                self.upgrading = false;
                if self.is_insecure() {
                    return Err(Error::TlsRefused);
                }
            }
            Kind::Utf8 => self.utf8 = if ok { Utf8::Yes } else { Utf8::No },
            Kind::Quit => {
                if self.state == State::Transaction {
                    self.state = State::Update;
                }
                self.closed = true;
            }
            _ => {}
        }
        Ok(event)
    }

    /// Whether the server does something that its answer to CAPA did not say.
    fn was_not_announced(&self, kind: Kind) -> bool {
        let tag = match kind {
            Kind::Uidl { .. } => "UIDL",
            Kind::Message { top: true } => "TOP",
            Kind::Utf8 => "UTF8",
            Kind::Languages => "LANG",
            _ => return false,
        };
        self.capabilities.as_ref().is_some_and(|known| !known.has_tag(tag))
    }
}
