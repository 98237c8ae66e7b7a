//! Answers: what goes on the wire, in the order of the commands, and what the session does by it.

use super::body::{Chunk, ChunkEnd, answers};
use super::{Connection, Due, Stage, Why};
use crate::types::{Code, Extension, Reply, Verb};
use crate::{Misuse, Security, rules};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use mailwire_core::{DotReader, base64};

/// Names an event whose answer was put off.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(u64);

/// Answers that may not be sent yet, since an earlier one is missing.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    list: VecDeque<Answer>,
    tickets: u64,
    /// The input begins with a command that must wait for all of them.
    pub(super) blocked: bool,
}

#[derive(Debug)]
struct Answer {
    ticket: Option<Ticket>,
    /// What it steps the session by; a refusal of the machine does not.
    verb: Option<Verb>,
    ready: Option<(Code, Vec<u8>)>,
}

/// Answers to one message, for each of its recipients.
#[derive(Debug)]
pub(super) struct Recipients {
    answers: Vec<Option<(Code, Vec<u8>)>>,
    /// How many were sent.
    sent: usize,
    /// PRDR: they are sent together, and an answer for all follows.
    together: bool,
}

impl Deferred {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many of them are recipients.
    pub(super) fn recipients(&self) -> usize {
        self.list.iter().filter(|answer| answer.verb == Some(Verb::Rcpt)).count()
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.blocked = false;
    }
}

impl Connection {
    /// Answers the event that came last with the ordinary yes: 250, 354 to DATA, 220 to STARTTLS
    /// and XCLIENT, 235 to AUTH, 221 to QUIT, 252 to VRFY; and, since there is none, 502 to EXPN and
    /// 500 to an unknown command.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`].
    pub fn accept(&mut self) -> Result<(), Misuse> {
        let due = self.due.ok_or(Misuse::NoReplyDue)?;
        let line: &'static [u8] = match due {
            Due::Command(Verb::Mail) if self.deferred.is_empty() => {
                self.due = None;
                self.session.standing.mail = true;
                self.out.put(b"250 2.1.0 sender ok\r\n");
                return Ok(());
            }
            Due::Command(Verb::Rcpt) if self.deferred.is_empty() => {
                self.due = None;
                self.session.standing.recipients += 1;
                self.idle = 0;
                self.out.put(b"250 2.1.5 recipient ok\r\n");
                return Ok(());
            }
            Due::Command(Verb::Rset) if self.deferred.is_empty() => {
                self.due = None;
                self.session.end_transaction();
                self.out.put(b"250 2.0.0 ok\r\n");
                return Ok(());
            }
            Due::Command(Verb::Data) if self.chunk.is_none() => {
                b"354 end with a dot on a line by itself\r\n"
            }
            Due::Command(Verb::Noop) => b"250 2.0.0 ok\r\n",
            Due::BodyEnd if self.each.is_none() => b"250 2.0.0 message accepted\r\n",
            _ => return self.accept_other(due),
        };
        if !self.deferred.is_empty() {
            return self.accept_other(due);
        }
        let code = if line.starts_with(b"354") { Code::START_MAIL } else { Code::OK };
        self.out.put(line);
        self.due = None;
        self.step(due, code);
        Ok(())
    }

    fn accept_other(&mut self, due: Due) -> Result<(), Misuse> {
        let name = &self.config.name;
        let (code, text) = match due {
            Due::BodyEnd => (Code::OK, "2.0.0 message accepted"),
            Due::Command(verb) => match verb {
                Verb::Ehlo | Verb::Helo | Verb::Lhlo => {
                    let reply = Reply::new(Code::OK, alloc::format!("{name}"));
                    return self.reply(&reply);
                }
                Verb::Quit => {
                    let text = alloc::format!("2.0.0 {name} closing connection");
                    return self.reply(&Reply::new(Code::CLOSING, text));
                }
                Verb::XClient => {
                    let reply = self.greeting();
                    return self.reply(&reply);
                }
                Verb::Mail => (Code::OK, "2.1.0 sender ok"),
                Verb::Rcpt => (Code::OK, "2.1.5 recipient ok"),
                Verb::Data => (Code::START_MAIL, "end with a dot on a line by itself"),
                Verb::StartTls => (Code::READY, "2.0.0 ready to start TLS"),
                Verb::Auth => (Code::AUTHENTICATED, "2.7.0 authenticated"),
                Verb::Vrfy => (Code::CANNOT_VERIFY, "2.5.0 send some mail and see"),
                Verb::Expn => (Code::NOT_IMPLEMENTED, "5.5.1 lists are not shown"),
                Verb::Help => (Code::HELP, "2.0.0 see RFC 5321"),
                Verb::Etrn => (Code::OK, "2.0.0 queuing started"),
                Verb::Atrn => (Code::OK, "2.0.0 roles are turned"),
                Verb::Rset | Verb::Noop | Verb::Bdat | Verb::Burl | Verb::XForward => {
                    (Code::OK, "2.0.0 ok")
                }
                Verb::Other => (Code::SYNTAX_ERROR, "5.5.1 command unknown"),
            },
        };
        self.reply(&Reply::new(code, text))
    }

    /// Answers the event that came last. The code is the decision: 2yz and 3yz step the session
    /// as the client will understand it, 4yz and 5yz do not, 421 ends the connection.
    ///
    /// To a message with an answer for each recipient it answers for all that have none.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] when the code is not of a class that fits
    /// what is due: DATA takes 354, 4yz and 5yz, STARTTLS and XCLIENT 220, 4yz and 5yz, all others
    /// 2yz, 4yz and 5yz.
    pub fn reply(&mut self, reply: &Reply<'_>) -> Result<(), Misuse> {
        let due = self.due.ok_or(Misuse::NoReplyDue)?;
        let code = reply.code();
        let fits = code.class() >= 4
            || match due {
                Due::Command(Verb::Data) => {
                    code == Code::START_MAIL || self.chunk.is_some() && code.is_done()
                }
                Due::Command(Verb::StartTls | Verb::XClient) => code == Code::READY,
                _ => code.is_done(),
            };
        if !fits {
            return Err(Misuse::WrongReply);
        }
        self.due = None;
        if !self.deferred.is_empty() {
            let Due::Command(verb) = due else { return Err(Misuse::WrongReply) };
            self.put_off(None, Some(verb), Some(self.encoded(due, reply)));
            self.send_deferred();
            return Ok(());
        }
        if due == Due::BodyEnd && self.each.is_some() {
            self.answer_rest(reply);
        } else if self.chunk.is_some() && code.class() < 4 {
            // The client of a BDAT waits for no leave.
        } else if self.chunk.is_some_and(|chunk| chunk.last) {
            for _ in 0..answers(self.config.protocol, self.session.recipients()) {
                reply.encode(&mut self.out);
            }
        } else if due == Due::Command(Verb::Ehlo) || due == Due::Command(Verb::Lhlo) {
            let bytes = self.encoded(due, reply).1;
            self.out.put(&bytes);
        } else {
            reply.encode(&mut self.out);
        }
        self.decide(due, code);
        Ok(())
    }

    /// Answers AUTH, or a line of its exchange, with a challenge (334), which may be empty.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongReply`] when it is no AUTH that is due.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Misuse> {
        match self.due {
            None => return Err(Misuse::NoReplyDue),
            Some(Due::Command(Verb::Auth)) => {}
            Some(_) => return Err(Misuse::WrongReply),
        }
        self.due = None;
        self.out.put(b"334 ");
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        self.stage = Stage::Auth;
        Ok(())
    }

    /// Puts the answer to the event that came last off, and goes on with the recipients that follow:
    /// a lookup for each may run at the same time. Answer with [`reply_to`](Self::reply_to), in any
    /// order; on the wire answers stand in the order of the commands. Other commands wait until all
    /// that was put off is answered.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`]; [`Misuse::WrongState`] when what is due is not an answer to RCPT,
    /// VRFY, EXPN, HELP or NOOP, or [`Limits::deferred`](super::Limits::deferred) are put off.
    ///
    /// ```
    /// use mailwire_smtp::server::{Config, Connection, Event};
    /// use mailwire_smtp::types::{Code, Reply};
    /// use mailwire_smtp::{Buf, Input, Security};
    ///
    /// let mut server = Connection::new(Config::default().into(), Security::Plain);
    /// let mut rx = Input::default();
    /// rx.extend(b"HELO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n");
    /// let mut tickets = Vec::new();
    /// while let Some(event) = server.receive(&mut rx)? {
    ///     match event {
    ///         Event::Rcpt(_) => tickets.push(server.defer()?),
    ///         _ => server.accept()?,
    ///     }
    /// }
    /// let sent = server.output().remaining();
    /// server.reply_to(tickets[1], &Reply::new(Code::OK, "e"))?;
    /// assert_eq!(server.output().remaining(), sent, "the first is not answered");
    /// server.reply_to(tickets[0], &Reply::new(Code::REFUSED, "c"))?;
    /// assert!(server.output().chunk().ends_with(b"550 c\r\n250 e\r\n"));
    /// # Ok::<(), mailwire_smtp::Error>(())
    /// ```
    pub fn defer(&mut self) -> Result<Ticket, Misuse> {
        let due = self.due.ok_or(Misuse::NoReplyDue)?;
        let verb = match due {
            Due::Command(verb) if can_wait(verb) => verb,
            _ => return Err(Misuse::WrongState),
        };
        if self.deferred.len() >= self.config.limits.deferred {
            return Err(Misuse::WrongState);
        }
        self.due = None;
        let ticket = Ticket(self.deferred.tickets);
        self.deferred.tickets = self.deferred.tickets.wrapping_add(1);
        self.put_off(Some(ticket), Some(verb), None);
        Ok(ticket)
    }

    /// Answers an event whose answer was put off. The answer is sent when all before it are.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when it was answered, or the connection is over;
    /// [`Misuse::WrongReply`] as for [`reply`](Self::reply).
    pub fn reply_to(&mut self, ticket: Ticket, reply: &Reply<'_>) -> Result<(), Misuse> {
        if reply.code().is_intermediate() {
            return Err(Misuse::WrongReply);
        }
        let waiting =
            |answer: &&mut Answer| answer.ticket == Some(ticket) && answer.ready.is_none();
        let answer = self.deferred.list.iter_mut().find(waiting).ok_or(Misuse::NoReplyDue)?;
        let mut bytes = Vec::new();
        reply.encode(&mut bytes);
        answer.ready = Some((reply.code(), bytes));
        self.send_deferred();
        Ok(())
    }

    /// Answers [`Event::BodyEnd`](super::Event::BodyEnd) for one recipient, in any order: of those
    /// that were accepted it is the one at `index`, from 0. In LMTP the event is answered when all
    /// are; where the client asked for PRDR one [`reply`](Self::reply) for the message must follow,
    /// which also stands for the recipients that have no answer of their own.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when this recipient was answered, is none, or no message is due;
    /// [`Misuse::WrongState`] when the client expects one answer for all; [`Misuse::WrongReply`]
    /// for 3yz.
    pub fn reply_recipient(&mut self, index: usize, reply: &Reply<'_>) -> Result<(), Misuse> {
        if self.due != Some(Due::BodyEnd) {
            return Err(Misuse::NoReplyDue);
        }
        if reply.code().is_intermediate() {
            return Err(Misuse::WrongReply);
        }
        let each = self.each.as_mut().ok_or(Misuse::WrongState)?;
        match each.answers.get_mut(index) {
            Some(slot @ None) => {
                let mut bytes = Vec::new();
                reply.encode(&mut bytes);
                *slot = Some((reply.code(), bytes));
            }
            _ => return Err(Misuse::NoReplyDue),
        }
        if each.together {
            return Ok(());
        }
        // Every turn sends an answer.
        while let Some(Some((_, bytes))) = each.answers.get(each.sent) {
            self.out.put(bytes);
            each.sent += 1;
        }
        if each.sent == each.answers.len() {
            self.each = None;
            self.due = None;
            self.step(Due::BodyEnd, Code::OK);
        }
        Ok(())
    }

    /// Answers for each recipient that has no answer yet, and for the message.
    fn answer_rest(&mut self, reply: &Reply<'_>) {
        let Some(each) = self.each.take() else { return };
        let own = each.answers.iter().any(Option::is_some);
        if each.together && !own {
            reply.encode(&mut self.out);
            return;
        }
        if each.together {
            self.out.put(b"353 an answer for each recipient\r\n");
        }
        for answer in each.answers.iter().skip(each.sent) {
            match answer {
                Some((_, bytes)) => self.out.put(bytes),
                None => reply.encode(&mut self.out),
            }
        }
        if each.together {
            reply.encode(&mut self.out);
        }
    }

    /// What a message that came whole is to be answered with.
    pub(super) fn body_is_due(&mut self) {
        self.due = Some(Due::BodyEnd);
        let lmtp = self.config.protocol == super::Protocol::Lmtp;
        let prdr = self.session.parameters.prdr;
        if lmtp || prdr {
            let n = usize::try_from(self.session.recipients()).unwrap_or_default();
            let answers = core::iter::repeat_with(|| None).take(n).collect();
            self.each = Some(Recipients { answers, sent: 0, together: prdr && !lmtp }.into());
        }
    }

    /// Refuses a message that came whole.
    pub(super) fn refuse_body(&mut self, why: Why) {
        for _ in 0..answers(self.config.protocol, self.session.recipients()) {
            why.reply().encode(&mut self.out);
        }
        self.session.end_transaction();
    }

    /// Sends an answer of the machine, in its turn.
    pub(super) fn say(&mut self, reply: &Reply<'_>) {
        if self.deferred.is_empty() {
            reply.encode(&mut self.out);
        } else {
            let mut bytes = Vec::new();
            reply.encode(&mut bytes);
            self.put_off(None, None, Some((reply.code(), bytes)));
        }
    }

    fn put_off(
        &mut self,
        ticket: Option<Ticket>,
        verb: Option<Verb>,
        ready: Option<(Code, Vec<u8>)>,
    ) {
        self.deferred.list.push_back(Answer { ticket, verb, ready });
    }

    fn send_deferred(&mut self) {
        // Every turn sends an answer.
        while let Some(Answer { ready: Some(_), .. }) = self.deferred.list.front() {
            let Some(Answer { verb, ready: Some((code, bytes)), .. }) =
                self.deferred.list.pop_front()
            else {
                return;
            };
            self.out.put(&bytes);
            match verb {
                Some(verb) => self.decide(Due::Command(verb), code),
                None if code == Code::UNAVAILABLE => self.stage = Stage::Closed,
                None => {}
            }
            if matches!(self.stage, Stage::Closed) {
                self.deferred.clear();
            }
        }
        if self.deferred.is_empty() {
            self.deferred.blocked = false;
        }
    }

    fn encoded(&self, due: Due, reply: &Reply<'_>) -> (Code, Vec<u8>) {
        let mut bytes = Vec::new();
        let hello = matches!(due, Due::Command(Verb::Ehlo | Verb::Lhlo));
        if hello && reply.code().is_done() {
            reply.encode_with(self.offers().into_iter(), &mut bytes);
        } else {
            reply.encode(&mut bytes);
        }
        (reply.code(), bytes)
    }

    fn decide(&mut self, due: Due, code: Code) {
        if code == Code::UNAVAILABLE {
            self.stage = Stage::Closed;
        } else {
            self.step(due, code);
        }
    }

    /// Steps the session by what the client is told.
    fn step(&mut self, due: Due, code: Code) {
        let yes = code.class() < 4;
        let session = &mut self.session;
        match due {
            // Whatever the answer, the transaction is over.
            Due::BodyEnd => {
                session.end_transaction();
                self.idle = 0;
            }
            Due::Command(Verb::Quit) => self.stage = Stage::Closed,
            Due::Command(Verb::Auth) => {
                self.stage = Stage::Commands;
                if yes {
                    session.standing.authenticated = true;
                    self.idle = 0;
                } else {
                    self.auth_failures = self.auth_failures.saturating_add(1);
                }
            }
            Due::Command(Verb::Mail) => {
                session.standing.mail = yes;
                if !yes {
                    session.parameters = Default::default();
                }
            }
            Due::Command(Verb::Data) => match self.chunk.take() {
                Some(chunk) if yes => {
                    session.standing.chunks = true;
                    session.received = Default::default();
                    self.stage = Stage::Chunk(chunk);
                }
                Some(chunk) => {
                    session.end_transaction();
                    self.stage = Stage::Chunk(Chunk { end: ChunkEnd::Silent, ..chunk });
                }
                None if yes => {
                    session.received = Default::default();
                    self.stage = Stage::Body(DotReader::new());
                }
                None => {}
            },
            Due::Command(Verb::Burl) => {
                if yes && !self.burl_last {
                    session.standing.chunks = true;
                } else {
                    session.end_transaction();
                }
            }
            _ if !yes => {}
            Due::Command(verb) => match verb {
                Verb::Ehlo | Verb::Helo | Verb::Lhlo => {
                    session.end_transaction();
                    let extended = verb != Verb::Helo;
                    session.standing.hello =
                        if extended { rules::Hello::Extended } else { rules::Hello::Plain };
                    core::mem::swap(&mut session.name, &mut session.pending_name);
                }
                Verb::Rcpt => {
                    session.standing.recipients += 1;
                    self.idle = 0;
                }
                Verb::Rset => session.end_transaction(),
                Verb::StartTls => self.stage = Stage::Upgrading,
                Verb::Atrn => (self.stage, self.turned) = (Stage::Closed, true),
                Verb::XClient => {
                    let attributes = self.attributes.take().unwrap_or_default();
                    session.described(*attributes, self.config.protocol);
                }
                Verb::XForward => {
                    session.origin_mut().forwarded = *self.attributes.take().unwrap_or_default();
                }
                _ => {}
            },
        }
    }

    /// The lines that a positive answer to EHLO gets.
    fn offers(&self) -> Vec<Vec<u8>> {
        let config = &self.config;
        let secure = self.session.standing.secure;
        let own = |extension: &&Extension<'_>| match extension {
            Extension::Size(_) | Extension::StartTls | Extension::Auth(_) => false,
            Extension::RequireTls => self.session.security == Security::Tls,
            _ => true,
        };
        let size = Extension::Size(Some(config.limits.message));
        let security = self.session.security;
        let mechanisms = config.mechanisms.iter().filter(|it| security.allows(it.as_str()));
        let mechanisms: Vec<_> = mechanisms.cloned().collect();
        let auth_offered = !mechanisms.is_empty() && (secure || config.allow_plaintext_credentials);
        let auth = Extension::Auth(mechanisms);
        core::iter::once(&size)
            .chain(config.extensions.iter().filter(own))
            .chain((config.starttls && !secure).then_some(&Extension::StartTls))
            .chain(auth_offered.then_some(&auth))
            .map(|extension| {
                let mut line = Vec::new();
                extension.encode(&mut line);
                line
            })
            .collect()
    }
}

/// Whether recipients may be read before it is answered.
pub(super) fn can_wait(verb: Verb) -> bool {
    matches!(verb, Verb::Rcpt | Verb::Vrfy | Verb::Expn | Verb::Help | Verb::Noop)
}
