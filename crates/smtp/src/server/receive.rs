//! From bytes to events.

use super::body::{Body, Step};
use super::{Connection, Due, Event, Hello, Refused, SecretBytes, Stage, Why};
use crate::rules;
use crate::types::{Command, Extension, Mail, Mechanism, Params, Rcpt, Reply, Verb};
use crate::{Error, Input, Syntax, base64_in_place, parse};
use alloc::string::String;
use core::ops::Range;
use mailwire_core::{keyword, without_end};

/// What lies in the input, before anyone asks what it means.
enum Frame {
    Line(Range<usize>),
    TooLong,
    Piece(Range<usize>),
    BodyEnd(Option<Why>),
}

impl Connection {
    pub(super) fn next<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.due.is_some() || self.out.queued() >= self.config.limits.output {
            return Ok(None);
        }
        let frame = match self.frame(rx) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.fail(error)),
        };
        if !matches!(frame, Frame::Piece(_)) {
            self.serial = self.serial.wrapping_add(1);
        }
        Ok(Some(match frame {
            Frame::Piece(range) => Event::Body(rx.slice(range)),
            Frame::BodyEnd(None) => {
                self.stage = Stage::Commands;
                self.due = Some(Due::BodyEnd);
                Event::BodyEnd
            }
            Frame::BodyEnd(Some(why)) => {
                self.stage = Stage::Commands;
                self.session.end_transaction();
                why.reply().encode(&mut self.out);
                Event::BodyRefused(why)
            }
            Frame::TooLong if matches!(self.stage, Stage::Auth) => {
                self.stage = Stage::Commands;
                Why::TooLong.reply().encode(&mut self.out);
                Event::AuthCancelled
            }
            Frame::TooLong => self.refuse(&[], Why::TooLong),
            Frame::Line(range) if matches!(self.stage, Stage::Auth) => self.response(range, rx),
            Frame::Line(range) => self.line(range, rx),
        }))
    }

    /// Finds the next frame. Looks at no grammar.
    fn frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        match &mut self.stage {
            Stage::Closed => Ok(None),
            Stage::Upgrading if rx.is_empty() && rx.is_closed() => {
                Err(Error::Truncated("the TLS handshake"))
            }
            Stage::Upgrading if rx.is_empty() => Ok(None),
            Stage::Upgrading => Err(Error::PlaintextAfterStartTls),
            Stage::Body(body) => Self::body_frame(body, rx, &self.config),
            Stage::Commands | Stage::Auth => self.line_frame(rx),
        }
    }

    fn body_frame(
        body: &mut Body,
        rx: &mut Input,
        config: &super::Config,
    ) -> Result<Option<Frame>, Error> {
        match body.next(rx, config) {
            Step::Piece(range) => Ok(Some(Frame::Piece(range))),
            Step::End(why) => Ok(Some(Frame::BodyEnd(why))),
            Step::NeedMore if rx.is_closed() => Err(Error::Truncated("the message")),
            Step::NeedMore => Ok(None),
        }
    }

    fn line_frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        let in_auth = matches!(self.stage, Stage::Auth);
        // 22 is how a TLS record begins, and no command.
        if rx.unread().first() == Some(&22) && !self.skipping && !in_auth {
            let text = alloc::format!("4.7.0 {} did not offer TLS here", self.config.name);
            Reply::new(crate::types::Code::UNAVAILABLE, text).encode(&mut self.out);
            return Err(Error::UnexpectedTls);
        }
        // Decided by the first octets, which are there before either limit is passed.
        let limits = &self.config.limits;
        let limit = if in_auth || keyword::strip(rx.unread(), "AUTH ").is_some() {
            limits.auth_line.max(limits.line)
        } else {
            limits.line
        };
        match self.lines.find(rx.unread(), 0) {
            Some(n) => {
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
                    self.stage = Stage::Closed;
                    Ok(None)
                }
            }
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

    /// A command line.
    fn line<'i>(&mut self, range: Range<usize>, rx: &'i mut Input) -> Event<'i> {
        let (text, crlf) = without_end(rx.slice(range.clone()));
        let line = range.start..range.start + text.len();
        match parse::in_command(text) {
            // Whatever is wrong with it, it may hold a password.
            _ if keyword::strip(text, "AUTH").is_some() && !crlf => self.refuse(&[], Why::LineEnd),
            Ok((Verb::Auth, rest)) => {
                let rest = line.end - rest.len()..line.end;
                self.auth(rest, rx)
            }
            Err(_) if keyword::strip(text, "AUTH").is_some() => {
                let syntax = Syntax { at: 4, expected: "a mechanism" };
                self.refuse(&[], Why::BadArgument(syntax))
            }
            _ if !crlf => self.refuse(rx.slice(line), Why::LineEnd),
            Err(syntax) => self.refuse(rx.slice(line), Why::NotACommand(syntax)),
            Ok(_) => {
                let text = rx.slice(line);
                match parse::command(text) {
                    Ok(command) => match self.check(&command, text) {
                        Ok(()) => self.command(command, text),
                        Err(why) => self.refuse(text, why),
                    },
                    Err(syntax) => self.refuse(text, Why::BadArgument(syntax)),
                }
            }
        }
    }

    /// AUTH, whose initial response is decoded where it lies.
    fn auth<'i>(&mut self, rest: Range<usize>, rx: &'i mut Input) -> Event<'i> {
        let text = rx.slice(rest.clone());
        let parsed = parse::auth(text, "AUTH ".len());
        let initial = match &parsed {
            Err(syntax) => Err(Why::BadArgument(*syntax)),
            Ok((mechanism, initial)) => self.may_authenticate(mechanism).map(|()| {
                let end = keyword::trim(text).len();
                initial.map(|word| (word == b"=", end - word.len()..end))
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
                let word = name.start + word.start..name.start + word.end;
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

    fn may_authenticate(&self, mechanism: &Mechanism<'_>) -> Result<(), Why> {
        let config = &self.config;
        if config.mechanisms.is_empty() {
            Err(Why::NotOffered)
        } else if !self.session.standing.secure && !config.allow_plaintext_credentials {
            Err(Why::Insecure)
        } else if !rules::legal(Verb::Auth, &self.session.standing) {
            Err(Why::BadSequence)
        } else if !config.mechanisms.contains(mechanism) {
            Err(Why::UnknownMechanism)
        } else if self.auth_failures >= config.limits.auth_failures {
            Err(Why::TooManyFailures)
        } else {
            Ok(())
        }
    }

    /// Whether the session and the configuration allow a command that is well formed.
    fn check(&self, command: &Command<'_>, line: &[u8]) -> Result<(), Why> {
        let limits = &self.config.limits;
        if !rules::legal(command.verb(), &self.session.standing) {
            return Err(Why::BadSequence);
        }
        match command {
            Command::Mail(Mail { from, params }) => {
                self.check_params(params)?;
                if params.size().is_some_and(|size| size > limits.message) {
                    return Err(Why::TooBig);
                }
                if from.is_utf8() && !params.smtputf8() {
                    return Err(Why::Utf8);
                }
            }
            Command::Rcpt(Rcpt { to, params }) => {
                self.check_params(params)?;
                if self.session.recipients() >= limits.recipients {
                    return Err(Why::TooManyRecipients);
                }
                if to.is_utf8() && !self.session.utf8 {
                    return Err(Why::Utf8);
                }
            }
            Command::StartTls if !self.config.starttls => return Err(Why::NotOffered),
            Command::Vrfy(text) | Command::Expn(text)
                if keyword::trim(text.as_str().as_bytes()).is_empty() =>
            {
                let syntax = Syntax { at: line.len(), expected: "a name" };
                return Err(Why::BadArgument(syntax));
            }
            Command::Other(other) if is_http(other.verb(), other.rest()) => {
                return Err(Why::NotSmtp);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether each parameter belongs to an extension that is offered.
    fn check_params(&self, params: &Params<'_>) -> Result<(), Why> {
        let config = &self.config;
        for param in params.iter() {
            let is = |name: &str| param.keyword.eq_ignore_ascii_case(name);
            let offers = |keyword: &str| {
                let mut all = config.extensions.iter().map(Extension::keyword);
                all.any(|offered| offered.eq_ignore_ascii_case(keyword))
            };
            let known = if is("SIZE") {
                true
            } else if is("BODY") {
                offers("8BITMIME") && params.body().is_some()
            } else if is("AUTH") {
                !config.mechanisms.is_empty()
            } else if is("RET") || is("ENVID") || is("NOTIFY") || is("ORCPT") {
                offers("DSN")
            } else {
                offers(param.keyword)
            };
            if !known {
                return Err(Why::UnknownParameter);
            }
        }
        Ok(())
    }

    /// A command that is well formed and may come.
    fn command<'i>(&mut self, command: Command<'i>, line: &'i [u8]) -> Event<'i> {
        let verb = command.verb();
        if !matches!(verb, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Quit) && self.is_idling() {
            return self.refuse(line, Why::TooManyIdle);
        }
        self.due = Some(Due::Command(verb));
        // The rest of the line as it lies in the input: what texts were made of.
        let text = core::str::from_utf8(line).unwrap_or_default();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match command {
            Command::Ehlo(domain) | Command::Helo(domain) => {
                keep(&mut self.session.pending_name, domain.as_str());
                Event::Hello(Hello { domain, extended: verb == Verb::Ehlo })
            }
            Command::Mail(mail) => {
                self.session.utf8 = mail.params.smtputf8();
                Event::Mail(mail)
            }
            Command::Rcpt(rcpt) => Event::Rcpt(rcpt),
            Command::Data => Event::Data,
            Command::Rset => Event::Reset,
            Command::Vrfy(_) => Event::Verify(rest),
            Command::Expn(_) => Event::Expand(rest),
            Command::Help(_) => Event::Help(rest),
            Command::Noop(_) => Event::Noop,
            Command::Quit => Event::Quit,
            Command::StartTls => Event::StartTls,
            Command::Auth { .. } | Command::Other(_) => Event::Other { verb: word, rest },
        }
    }

    /// Counts a command that brings mail no further; whether it was one too many.
    fn is_idling(&mut self) -> bool {
        self.idle = self.idle.saturating_add(1);
        self.idle > self.config.limits.idle_commands
    }

    /// Answers a line with no.
    fn refuse<'i>(&mut self, line: &'i [u8], why: Why) -> Event<'i> {
        let why = if self.is_idling() { Why::TooManyIdle } else { why };
        why.reply().encode(&mut self.out);
        if why.is_final() {
            self.stage = Stage::Closed;
        }
        Event::Refused(Refused { line, why })
    }
}

/// Keeps `text` in memory that was used before.
fn keep(place: &mut String, text: &str) {
    place.clear();
    place.push_str(text);
}

/// A browser that was made to speak to us (ALPACA, USENIX Security 2021).
fn is_http(verb: &str, rest: &str) -> bool {
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"];
    methods.contains(&verb) && rest.contains(" HTTP/")
}
