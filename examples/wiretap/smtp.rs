//! SMTP and LMTP, read along: which reply belongs to which command, where a message is.

use crate::proxy::{Tap, Then, Took, line};
use crate::show::{Show, Tone, Who};
use mailwire_smtp::parse;
use mailwire_smtp::types::{Command, Verb};
use std::collections::VecDeque;

/// What a reply is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    Greeting,
    Command(Verb),
    /// What the client said in an exchange.
    Auth,
    /// The end of a message.
    Message,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Body {
    None,
    /// Until a dot.
    Dots {
        octets: u64,
        in_line: bool,
    },
    /// So many octets.
    Chunk {
        left: u64,
        octets: u64,
        last: bool,
    },
}

/// One connection.
pub(crate) struct Smtp {
    lmtp: bool,
    due: VecDeque<Due>,
    body: Body,
    /// The client's next line is part of an exchange.
    exchange: bool,
    /// Recipients that were accepted.
    recipients: usize,
}

impl Smtp {
    pub(crate) fn new(lmtp: bool) -> Self {
        let due = VecDeque::from([Due::Greeting]);
        Self { lmtp, due, body: Body::None, exchange: false, recipients: 0 }
    }

    /// How what the client says next is to be read depends on an answer.
    fn holds(&self) -> bool {
        let decides = |due: &Due| {
            matches!(due, Due::Auth | Due::Command(Verb::Data | Verb::Auth | Verb::StartTls))
        };
        self.due.iter().any(decides)
    }

    fn command(&mut self, line: &[u8], show: &mut Show) {
        let client = Who::Client;
        match parse::command(line) {
            Ok(command) => {
                let verb = command.verb();
                let mut written = Vec::new();
                match &command {
                    Command::Auth { mechanism, initial } => {
                        let hidden = if initial.is_some() { " (hidden)" } else { "" };
                        written.extend(format!("AUTH {mechanism}{hidden}").bytes());
                    }
                    command => command.encode(&mut written),
                }
                let (kind, rest) = split(&written);
                show.said(client, Tone::Plain, &kind, rest);
                match &command {
                    Command::Bdat { size, last } => {
                        self.body = Body::Chunk { left: *size, octets: *size, last: *last };
                    }
                    Command::Auth { .. } => {}
                    command => show.detail(command),
                }
                self.due.push_back(Due::Command(verb));
            }
            Err(why) => {
                let verb = parse::in_command(line).map_or(Verb::Other, |(verb, _)| verb);
                let is_auth = line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH"));
                let shown = if is_auth { b"AUTH (hidden)" } else { line };
                show.said(client, Tone::Odd, "no command:", shown);
                show.note(&why.to_string());
                self.due.push_back(Due::Command(verb));
            }
        }
    }

    /// What a reply means to what follows; whether TLS does.
    fn answered(&mut self, code: u16, show: &mut Show) -> bool {
        let due = self.due.pop_front();
        let ok = code / 100 == 2;
        match due {
            None if code == 421 => {}
            None => show.note("nothing was asked"),
            Some(Due::Command(Verb::Data)) if code == 354 => {
                self.body = Body::Dots { octets: 0, in_line: false };
            }
            Some(Due::Command(Verb::Auth) | Due::Auth) => self.exchange = code == 334,
            Some(Due::Command(Verb::Rcpt)) if ok => self.recipients += 1,
            Some(Due::Command(Verb::Mail | Verb::Rset | Verb::Ehlo | Verb::Helo | Verb::Lhlo)) => {
                self.recipients = 0;
            }
            Some(Due::Command(Verb::StartTls)) if ok => return true,
            _ => {}
        }
        false
    }

    /// So many replies answer a message.
    fn message_ended(&mut self) {
        let replies = if self.lmtp { self.recipients } else { 1 };
        self.due.extend((0..replies).map(|_| Due::Message));
        self.body = Body::None;
    }
}

impl Tap for Smtp {
    fn client(&mut self, rx: &[u8], show: &mut Show) -> Took {
        match &mut self.body {
            Body::Dots { octets, in_line } => {
                let Some((text, n)) = line(rx) else {
                    // A long line is passed on as it comes; the dot would be alone on its line.
                    let n = if rx.len() > 4096 { rx.len() - 1 } else { 0 };
                    *octets += n as u64;
                    *in_line |= n > 0;
                    return Took::of(n);
                };
                if text == b"." && !*in_line {
                    let body = format!("({octets} octets)");
                    show.said(Who::Client, Tone::Body, "message", body.as_bytes());
                    self.message_ended();
                } else {
                    *octets += n as u64;
                    *in_line = false;
                }
                return Took::of(n);
            }
            Body::Chunk { left, octets, last } => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(rx.len());
                *left -= n as u64;
                if *left > 0 {
                    return Took::of(n);
                }
                let body = format!("({octets} octets)");
                let kind = if *last { "last chunk" } else { "chunk" };
                show.said(Who::Client, Tone::Body, kind, body.as_bytes());
                let more = if self.lmtp && *last { self.recipients.saturating_sub(1) } else { 0 };
                self.due.extend((0..more).map(|_| Due::Message));
                self.body = Body::None;
                if n > 0 {
                    return Took::of(n);
                }
            }
            Body::None => {}
        }
        if self.holds() {
            return Took::NOTHING;
        }
        let Some((text, n)) = line(rx) else { return Took::NOTHING };
        if self.exchange {
            self.exchange = false;
            self.due.push_back(Due::Auth);
            show.said(Who::Client, Tone::Plain, "response", b"(hidden)");
        } else {
            self.command(text, show);
        }
        Took::of(n)
    }

    fn server(&mut self, rx: &[u8], show: &mut Show) -> Took {
        let mut end = 0;
        // Every turn takes a line of the reply.
        loop {
            let Some((text, n)) = line(rx.get(end..).unwrap_or_default()) else {
                return Took::NOTHING;
            };
            end += n;
            if text.get(3) != Some(&b'-') {
                break;
            }
        }
        let lines = rx.get(..end).unwrap_or_default();
        let mut then = Then::Go;
        match parse::reply(lines) {
            Ok(reply) => {
                let code = reply.code().to_string();
                let number = code.parse().unwrap_or_default();
                let tone = match number / 100 {
                    2 | 3 => Tone::Good,
                    _ => Tone::Bad,
                };
                let hidden = number == 334 && self.due.front() != Some(&Due::Greeting);
                if hidden {
                    show.said(Who::Server, tone, "334", b"(hidden)");
                } else {
                    for line in reply.lines() {
                        show.said(Who::Server, tone, &code, line);
                    }
                    show.detail(&reply.enhanced());
                }
                if self.answered(number, show) {
                    then = Then::Tls;
                }
            }
            Err(why) => {
                show.said(Who::Server, Tone::Odd, "no reply:", lines);
                show.note(&why.to_string());
                let code = lines.get(..3).and_then(|code| std::str::from_utf8(code).ok());
                let code = code.and_then(|code| code.parse().ok()).unwrap_or_default();
                if self.answered(code, show) {
                    then = Then::Tls;
                }
            }
        }
        Took { octets: end, then }
    }

    fn tls_started(&mut self) {
        *self = Self { due: VecDeque::new(), ..Self::new(self.lmtp) };
    }
}

/// The first word, and the rest.
pub(crate) fn split(written: &[u8]) -> (String, &[u8]) {
    let written = written.strip_suffix(b"\r\n").unwrap_or(written);
    let at = written.iter().position(|&b| b == b' ').unwrap_or(written.len());
    let (word, rest) = written.split_at(at);
    (String::from_utf8_lossy(word).into_owned(), rest.get(1..).unwrap_or_default())
}
