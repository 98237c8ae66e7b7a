//! From bytes to events.

use super::body::{self, Chunk, ChunkEnd, Step};
use super::check::Said;
use super::{
    Connection, Due, Event, Hello, Refused, SecretBytes, Stage, Synchronisation, Why, answer,
};
use crate::types::{Command, Mechanism, Proxy, Reply, Verb};
use crate::{Error, Input, Syntax, base64_in_place, parse, rules};
use alloc::boxed::Box;
use alloc::string::String;
use core::ops::Range;
use mailwire_core::{Sink, keyword, without_end};

/// What lies in the input, before anyone asks what it means.
enum Frame {
    Proxy(Range<usize>),
    /// A line that came too early, and is not taken yet.
    Early(Option<Verb>),
    Line(Range<usize>),
    TooLong,
    Piece(Range<usize>),
    Newline,
    BodyEnd(Option<Why>),
    ChunkEnd(Chunk),
}

impl Connection {
    #[inline]
    pub(super) fn next<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        match self.usual(rx) {
            Some(found) => Ok(Some(found.event(rx))),
            None => self.any(rx),
        }
    }

    /// The next event, whatever it is.
    fn any<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Every turn consumes a frame.
        loop {
            if self.due.is_some() || self.out.queued() >= self.config.limits.output {
                return Ok(None);
            }
            let frame = match self.frame(rx) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.fail(error)),
            };
            if !matches!(frame, Frame::Piece(_) | Frame::Newline) {
                self.serial = self.serial.wrapping_add(1);
            }
            let range = match frame {
                Frame::Piece(range) => return Ok(Some(Event::Body(rx.slice(range)))),
                Frame::Newline => return Ok(Some(Event::Body(b"\r\n"))),
                Frame::BodyEnd(why) => return Ok(Some(self.body_end(why))),
                Frame::ChunkEnd(chunk) => match self.chunk_end(chunk) {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                },
                Frame::Early(verb) => return Ok(Some(self.unsynchronised(verb))),
                Frame::Proxy(range) => return self.proxied(range, rx).map(Some),
                Frame::TooLong if matches!(self.stage, Stage::Auth) => {
                    self.stage = Stage::Commands;
                    Why::TooLong.reply().encode(&mut self.out);
                    return Ok(Some(Event::AuthCancelled));
                }
                Frame::TooLong => return Ok(Some(self.refuse(&[], Why::TooLong))),
                Frame::Line(range) => range,
            };
            if matches!(self.stage, Stage::Auth) {
                return Ok(Some(self.response(range, rx)));
            }
            let (text, _) = without_end(rx.slice(range.clone()));
            // A BDAT may be taken without an event.
            let quiet = matches!(text.first(), Some(b'B' | b'b'))
                && matches!(keyword::strip(text, "BDAT"), Some([] | [b' ', ..]));
            if quiet && !self.bdat(range.clone(), rx) {
                continue;
            }
            return Ok(Some(if quiet { self.bdat_event(range, rx) } else { self.line(range, rx) }));
        }
    }

    /// Finds the next frame. Looks at no grammar.
    fn frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        match &mut self.stage {
            Stage::Closed => Ok(None),
            Stage::Proxy => self.proxy_frame(rx),
            Stage::Silent if rx.is_empty() => {
                if rx.is_closed() {
                    self.stage = Stage::Closed;
                }
                Ok(None)
            }
            Stage::Silent => {
                let say = !self.noted && self.config.synchronisation != Synchronisation::Ignore;
                Ok(say.then_some(Frame::Early(None)))
            }
            Stage::Upgrading if rx.is_empty() && rx.is_closed() => {
                Err(Error::Truncated("the TLS handshake"))
            }
            Stage::Upgrading if rx.is_empty() => Ok(None),
            Stage::Upgrading => Err(Error::PlaintextAfterStartTls),
            Stage::Body(dots) => {
                let step = body::next(dots, rx, &mut self.session.received, &self.config);
                body_frame(step, rx)
            }
            Stage::Chunk(chunk) => {
                let limit = self.config.limits.message;
                match chunk.next(rx, &mut self.session.received, limit) {
                    Step::End(_) => Ok(Some(Frame::ChunkEnd(*chunk))),
                    step => body_frame(step, rx),
                }
            }
            Stage::Commands | Stage::Auth => self.line_frame(rx),
        }
    }

    fn proxy_frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        match Proxy::parse(rx.unread()) {
            Ok(Some((_, n))) => Ok(Some(Frame::Proxy(rx.take(n)))),
            Ok(None) if rx.is_closed() => Err(Error::Truncated("the PROXY header")),
            Ok(None) => Ok(None),
            Err(syntax) => Err(Error::Syntax(syntax)),
        }
    }

    fn proxied<'i>(&mut self, range: Range<usize>, rx: &'i Input) -> Result<Event<'i>, Error> {
        match Proxy::parse(rx.slice(range)) {
            Ok(Some((proxy, _))) => {
                self.session.origin_mut().addresses = proxy.addresses;
                self.stage = Stage::Commands;
                self.say_greeting();
                Ok(Event::Proxy(Box::new(proxy)))
            }
            // It was read before.
            Ok(None) => Err(self.fail(Error::Truncated("the PROXY header"))),
            Err(syntax) => Err(self.fail(Error::Syntax(syntax))),
        }
    }

    fn line_frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        let in_auth = matches!(self.stage, Stage::Auth);
        // 22 is how a TLS record begins, and no command.
        if rx.unread().first() == Some(&22) && !self.skipping && !in_auth {
            let text = alloc::format!("4.7.0 {} did not offer TLS here", self.config.name);
            self.say(&Reply::new(crate::types::Code::UNAVAILABLE, text));
            return Err(Error::UnexpectedTls);
        }
        // Decided by the first octets, which are there before either limit is passed.
        let limits = &self.config.limits;
        let is_auth = |unread: &[u8]| {
            matches!(unread.first(), Some(b'A' | b'a')) && keyword::strip(unread, "AUTH ").is_some()
        };
        let limit = if in_auth || is_auth(rx.unread()) {
            limits.auth_line.max(limits.line)
        } else {
            limits.line
        };
        match self.lines.find(rx.unread(), 0) {
            Some(n) => {
                if let Some(frame) = self.early(rx.unread(), n, in_auth) {
                    return Ok(frame);
                }
                let range = rx.take(n);
                let too_long = core::mem::take(&mut self.skipping) || n > limit;
                Ok(Some(if too_long { Frame::TooLong } else { Frame::Line(range) }))
            }
            None => {
                if rx.len() >= limit || self.skipping {
                    let _ = rx.take(rx.len());
                    self.lines.reset();
                    self.skipping = true;
                }
                if !rx.is_closed() {
                    Ok(None)
                } else if in_auth {
                    Err(Error::Truncated("authentication"))
                } else if self.skipping || !rx.is_empty() {
                    Err(Error::Truncated("a command"))
                } else {
                    // Half-closed peers are still answered.
                    self.deferred.blocked = !self.deferred.is_empty();
                    if !self.deferred.blocked {
                        self.stage = Stage::Closed;
                    }
                    Ok(None)
                }
            }
        }
    }

    /// Whether the whole line that was found must wait, or came before its time.
    #[expect(clippy::option_option, reason = "a frame, nothing yet, or go on")]
    fn early(&mut self, unread: &[u8], n: usize, in_auth: bool) -> Option<Option<Frame>> {
        let ignore = self.config.synchronisation == Synchronisation::Ignore;
        if self.deferred.is_empty() && ignore {
            return None;
        }
        let line = unread.get(..n).unwrap_or_default();
        let verb = match parse::in_command(without_end(line).0) {
            Ok((verb, _)) => verb,
            Err(_) => Verb::Other,
        };
        let full = self.deferred.len() >= self.config.limits.deferred;
        if !self.deferred.is_empty() && (full || !answer::can_wait(verb)) {
            self.deferred.blocked = true;
            return Some(None);
        }
        let pipelining = self.session.is_extended() && self.offers_keyword("PIPELINING");
        let ends = in_auth || !pipelining || rules::ends_group(verb);
        if !ignore && ends && unread.len() > n && !self.noted && verb != Verb::Bdat {
            return Some(Some(Frame::Early(Some(verb))));
        }
        self.noted = false;
        None
    }

    fn unsynchronised<'i>(&mut self, verb: Option<Verb>) -> Event<'i> {
        if self.config.synchronisation == Synchronisation::Note {
            self.noted = true;
            return Event::Unsynchronised(verb);
        }
        self.refuse(&[], Why::Unsynchronised)
    }

    fn body_end<'i>(&mut self, why: Option<Why>) -> Event<'i> {
        self.stage = Stage::Commands;
        match why {
            None => {
                self.body_is_due();
                Event::BodyEnd
            }
            Some(why) => {
                self.refuse_body(why);
                Event::BodyRefused(why)
            }
        }
    }

    fn chunk_end<'i>(&mut self, chunk: Chunk) -> Option<Event<'i>> {
        self.stage = Stage::Commands;
        match chunk.end {
            ChunkEnd::Content if chunk.last => {
                self.session.received.newlines.end();
                self.body_is_due();
                Some(Event::BodyEnd)
            }
            ChunkEnd::Content => {
                self.out.put(b"250 2.0.0 ");
                self.out.put_number(self.session.received.octets);
                self.out.put(b" octets received\r\n");
                None
            }
            ChunkEnd::Silent => None,
            ChunkEnd::Refuse(why) if self.session.in_transaction() && why == Why::TooBig => {
                let begun = self.session.standing.chunks;
                if chunk.last {
                    self.refuse_body(why);
                } else {
                    self.say(&why.reply());
                    self.session.end_transaction();
                }
                let refused = Event::Refused(Refused { line: &[], why });
                Some(if begun { Event::BodyRefused(why) } else { refused })
            }
            ChunkEnd::Refuse(why) => Some(self.refuse(&[], why)),
        }
    }

    /// A line of an AUTH exchange.
    fn response<'i>(&mut self, range: Range<usize>, rx: &'i mut Input) -> Event<'i> {
        let (text, crlf) = without_end(rx.slice(range.clone()));
        let text = range.start..range.start + text.len();
        let written = match rx.slice(text.clone()) {
            _ if !crlf => Err(Why::LineEnd),
            b"*" => Err(Why::BadArgument(Syntax { at: 0, expected: "a response" })),
            _ => base64_in_place::decode(rx.slice_mut(text.clone())).map_err(Why::BadArgument),
        };
        match written {
            Ok(n) => {
                self.due = Some(Due::Command(Verb::Auth));
                Event::AuthResponse(SecretBytes(rx.slice(text.start..text.start + n)))
            }
            Err(why) => {
                self.stage = Stage::Commands;
                why.reply().encode(&mut self.out);
                Event::AuthCancelled
            }
        }
    }

    /// Takes a BDAT; false when no event comes of it before its chunk has come.
    fn bdat(&mut self, range: Range<usize>, rx: &Input) -> bool {
        let (text, crlf) = without_end(rx.slice(range));
        let Ok(Command::Bdat { size, last }) = parse::command(text) else { return true };
        if !crlf {
            return true;
        }
        let limit = self.config.limits.message;
        if size > limit.saturating_mul(2) {
            return true;
        }
        let begun = self.session.standing.chunks;
        let received = if begun { self.session.received.octets } else { 0 };
        let refused = if !self.offers_keyword("CHUNKING") {
            Some(Why::NotOffered)
        } else if !rules::legal(Verb::Bdat, &self.session.standing) {
            Some(Why::BadSequence)
        } else if received.saturating_add(size) > limit {
            Some(Why::TooBig)
        } else {
            None
        };
        let end = refused.map_or(ChunkEnd::Content, ChunkEnd::Refuse);
        let chunk = Chunk { left: size, last, end };
        if refused.is_none() && !begun {
            self.chunk = Some(chunk);
            return true;
        }
        self.stage = Stage::Chunk(chunk);
        false
    }

    /// The event that a BDAT is at once.
    fn bdat_event<'i>(&mut self, range: Range<usize>, rx: &'i Input) -> Event<'i> {
        let (text, crlf) = without_end(rx.slice(range));
        if self.chunk.is_some() {
            self.due = Some(Due::Command(Verb::Data));
            return Event::Data;
        }
        match parse::command(text) {
            _ if !crlf => {
                self.end_refused(text, Why::BadChunk(Syntax { at: text.len(), expected: "CRLF" }))
            }
            Ok(_) => self.end_refused(text, Why::HugeChunk),
            Err(syntax) => self.end_refused(text, Why::BadChunk(syntax)),
        }
    }

    fn end_refused<'i>(&mut self, line: &'i [u8], why: Why) -> Event<'i> {
        self.session.end_transaction();
        self.refuse(line, why)
    }

    /// A command line.
    fn line<'i>(&mut self, range: Range<usize>, rx: &'i mut Input) -> Event<'i> {
        let (text, crlf) = without_end(rx.slice(range.clone()));
        if matches!(text.first(), Some(b'A' | b'a')) && keyword::strip(text, "AUTH").is_some() {
            // Whatever is wrong with it, it may hold a password.
            let rest = match parse::in_command(text) {
                _ if !crlf => return self.refuse(&[], Why::LineEnd),
                Ok((Verb::Auth, rest)) => rest.len(),
                _ => {
                    let syntax = Syntax { at: 4, expected: "a mechanism" };
                    return self.refuse(&[], Why::BadArgument(syntax));
                }
            };
            let end = range.start + text.len();
            return self.auth(end - rest..end, rx);
        }
        let (text, _) = without_end(rx.slice(range));
        let (verb, rest, line) = match parse::words(text) {
            _ if !crlf => return self.refuse(text, Why::LineEnd),
            Ok(words) => words,
            Err(syntax) => return self.refuse(text, Why::NotACommand(syntax)),
        };
        match parse::arguments(verb, rest, line) {
            Ok(command) => {
                let said = match &command {
                    Command::Mail(mail) => Said::of(&mail.params),
                    _ => Said::default(),
                };
                match self.check(&command, &said, text) {
                    Ok(()) => self.command(command, &said, line),
                    Err(why) => self.refuse(text, why),
                }
            }
            Err(syntax) => self.refuse(text, Why::BadArgument(syntax)),
        }
    }

    /// AUTH, whose initial response is decoded where it lies.
    fn auth<'i>(&mut self, rest: Range<usize>, rx: &'i mut Input) -> Event<'i> {
        let text = rx.slice(rest.clone());
        let parsed = parse::auth(text, "AUTH ".len());
        let initial = match &parsed {
            Err(syntax) => Err(Why::BadArgument(*syntax)),
            Ok((mechanism, initial)) => self.may_authenticate(mechanism).map(|()| {
                // It is the last word of the line, whatever is in it.
                let end = text.iter().rposition(|&b| b != b' ').map_or(0, |at| at + 1);
                initial.map(|word| (word == b"=", end.saturating_sub(word.len())..end))
            }),
        };
        let name_len = parsed.map_or(0, |(mechanism, _)| mechanism.as_str().len());
        // `rest` may begin with spaces.
        let lead = text.iter().take_while(|&&b| b == b' ').count();
        let name = rest.start + lead..rest.start + lead + name_len;
        let initial = match initial {
            Err(why) => return self.refuse(&[], why),
            Ok(None) => None,
            Ok(Some((true, _))) => Some(0..0),
            Ok(Some((false, word))) => {
                let word = rest.start + word.start..rest.start + word.end;
                match base64_in_place::decode(rx.slice_mut(word.clone())) {
                    Ok(n) => Some(word.start..word.start + n),
                    Err(syntax) => {
                        let at = "AUTH ".len() + word.start - rest.start + syntax.at;
                        return self.refuse(&[], Why::BadArgument(Syntax { at, ..syntax }));
                    }
                }
            }
        };
        let name = core::str::from_utf8(rx.slice(name)).unwrap_or_default();
        let Ok(mechanism) = Mechanism::new(name) else {
            let syntax = Syntax { at: "AUTH ".len(), expected: "a mechanism" };
            return self.refuse(&[], Why::BadArgument(syntax));
        };
        if self.is_idling() {
            return self.refuse(&[], Why::TooManyIdle);
        }
        self.due = Some(Due::Command(Verb::Auth));
        Event::Auth { mechanism, initial: initial.map(|range| SecretBytes(rx.slice(range))) }
    }

    /// A command that is well formed and may come.
    fn command<'i>(&mut self, command: Command<'i>, said: &Said, line: &'i str) -> Event<'i> {
        let verb = command.verb();
        if !brings_mail(verb) && self.is_idling() {
            return self.refuse(line.as_bytes(), Why::TooManyIdle);
        }
        self.due = Some(Due::Command(verb));
        match command {
            Command::Ehlo(domain) | Command::Lhlo(domain) => {
                keep(&mut self.session.pending_name, domain.as_str());
                Event::Hello(Hello { domain, extended: true })
            }
            Command::Helo(domain) => {
                keep(&mut self.session.pending_name, domain.as_str());
                Event::Hello(Hello { domain, extended: false })
            }
            Command::Mail(mail) => {
                self.session.parameters = said.parameters;
                Event::Mail(mail)
            }
            Command::Rcpt(rcpt) => Event::Rcpt(rcpt),
            Command::Data => Event::Data,
            Command::Rset => Event::Reset,
            Command::Quit => Event::Quit,
            Command::StartTls => Event::StartTls,
            Command::XClient(attributes) => {
                self.attributes = Some(Box::new(attributes.clone().into_owned()));
                Event::XClient(attributes)
            }
            Command::XForward(attributes) => {
                self.attributes = Some(Box::new(attributes.clone().into_owned()));
                Event::XForward(attributes)
            }
            other => {
                // The rest of the line as it lies in the input: what texts were made of.
                let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
                let trimmed = rest.trim_matches([' ', '\t']);
                match other {
                    Command::Vrfy(_) => Event::Verify(rest),
                    Command::Expn(_) => Event::Expand(rest),
                    Command::Help(_) => Event::Help(rest),
                    Command::Noop(_) => Event::Noop,
                    Command::Etrn(_) => Event::Etrn(trimmed),
                    Command::Atrn(_) => Event::Atrn(trimmed),
                    Command::Burl { last, .. } => {
                        self.burl_last = last;
                        let url = trimmed.split(' ').next().unwrap_or_default();
                        Event::Burl { url, last }
                    }
                    _ => Event::Other { verb: word, rest },
                }
            }
        }
    }

    /// Counts a command that brings mail no further; whether it was one too many.
    fn is_idling(&mut self) -> bool {
        self.idle = self.idle.saturating_add(1);
        self.idle > self.config.limits.idle_commands
    }

    /// Answers a line with no.
    pub(super) fn refuse<'i>(&mut self, line: &'i [u8], why: Why) -> Event<'i> {
        self.errors = self.errors.saturating_add(1);
        let why = if why.is_final() {
            why
        } else if self.is_idling() {
            Why::TooManyIdle
        } else if self.errors > self.config.limits.errors {
            Why::TooManyErrors
        } else {
            why
        };
        self.say(&why.reply());
        if why.is_final() && self.deferred.is_empty() {
            self.stage = Stage::Closed;
        }
        Event::Refused(Refused { line, why })
    }
}

fn body_frame(step: Step, rx: &Input) -> Result<Option<Frame>, Error> {
    match step {
        Step::Piece(range) => Ok(Some(Frame::Piece(range))),
        Step::Newline => Ok(Some(Frame::Newline)),
        Step::End(why) => Ok(Some(Frame::BodyEnd(why))),
        Step::NeedMore if rx.is_closed() => Err(Error::Truncated("the message")),
        Step::NeedMore => Ok(None),
    }
}

fn brings_mail(verb: Verb) -> bool {
    matches!(verb, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Burl | Verb::Quit)
}

/// Keeps `text` in memory that was used before.
fn keep(place: &mut String, text: &str) {
    place.clear();
    place.push_str(text);
}
