//! POP3, read along: which answer has lines, and where they end.

use crate::proxy::{Tap, Then, Took, line};
use crate::show::{Show, Tone, Who};
use crate::smtp::split;
use mailwire_pop3::{Command, Reply};
use std::collections::VecDeque;

/// What an answer is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    Greeting,
    Line,
    /// Lines that are shown.
    List,
    /// A message, which is not.
    Message,
    Auth,
    Stls,
}

/// The lines of an answer.
#[derive(Clone, Copy, Debug)]
struct Lines {
    shown: bool,
    octets: u64,
    in_line: bool,
}

/// One connection.
pub(crate) struct Pop3 {
    due: VecDeque<Due>,
    lines: Option<Lines>,
    /// The client's next line is part of an exchange.
    exchange: bool,
}

impl Default for Pop3 {
    fn default() -> Self {
        Self { due: VecDeque::from([Due::Greeting]), lines: None, exchange: false }
    }
}

impl Pop3 {
    fn command(&mut self, line: &[u8], show: &mut Show) {
        let command = match Command::parse(line) {
            Ok(command) => command,
            Err(why) => {
                let verb = line.split(|&b| b == b' ').next().unwrap_or_default();
                let secret = [&b"PASS"[..], b"APOP", b"AUTH"];
                let hides = secret.iter().any(|word| verb.eq_ignore_ascii_case(word));
                let shown = if hides { [verb, b" (hidden)"].concat() } else { line.to_vec() };
                show.said(Who::Client, Tone::Odd, "no command:", &shown);
                show.note(&why.to_string());
                self.due.push_back(Due::Line);
                return;
            }
        };
        let mut written = Vec::new();
        match &command {
            Command::Apop { name, .. } => {
                written.extend_from_slice(b"APOP ");
                written.extend_from_slice(name.as_bytes());
                written.extend_from_slice(b" (hidden)");
            }
            Command::Auth { mechanism, initial } => {
                let hidden = if initial.is_some() { " (hidden)" } else { "" };
                written.extend_from_slice(format!("AUTH {mechanism}{hidden}").as_bytes());
            }
            command if command.is_secret() => {
                written.extend_from_slice(format!("{} (hidden)", command.verb()).as_bytes());
            }
            command => command.encode(&mut written),
        }
        let (kind, rest) = split(&written);
        show.said(Who::Client, Tone::Plain, &kind, rest);
        // It hides what is secret.
        show.detail(&command);
        self.due.push_back(match command {
            Command::Auth { .. } => Due::Auth,
            Command::Stls => Due::Stls,
            Command::Retr(_) | Command::Top { .. } => Due::Message,
            Command::Capa
            | Command::List(None)
            | Command::Uidl(None)
            | Command::AuthList
            | Command::Lang(None) => Due::List,
            _ => Due::Line,
        });
    }
}

impl Tap for Pop3 {
    fn client(&mut self, rx: &[u8], show: &mut Show) -> Took {
        if self.due.iter().any(|due| matches!(due, Due::Auth | Due::Stls)) {
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
        if let Some(lines) = &mut self.lines {
            let Some((text, n)) = line(rx) else {
                let n = if rx.len() > 4096 { rx.len() - 1 } else { 0 };
                lines.octets += n as u64;
                lines.in_line |= n > 0;
                return Took::of(n);
            };
            match text {
                b"." if !lines.in_line => {
                    let octets = format!("({} octets)", lines.octets);
                    if lines.shown {
                        show.said(Who::Server, Tone::Good, ".", b"");
                    } else {
                        show.said(Who::Server, Tone::Body, "message", octets.as_bytes());
                    }
                    self.lines = None;
                }
                text => {
                    lines.octets += n as u64;
                    lines.in_line = false;
                    if lines.shown {
                        show.said(Who::Server, Tone::Plain, "-", text);
                    }
                }
            }
            return Took::of(n);
        }
        let Some((text, n)) = line(rx) else { return Took::NOTHING };
        let due = self.due.pop_front();
        if due == Some(Due::Auth) && text.starts_with(b"+") && !text.starts_with(b"+OK") {
            show.said(Who::Server, Tone::Good, "+", b"(hidden)");
            self.exchange = true;
            return Took::of(n);
        }
        if due.is_none() {
            show.note("nothing was asked");
        }
        let Some(reply) = Reply::parse(text) else {
            show.said(Who::Server, Tone::Odd, "no reply:", text);
            return Took::of(n);
        };
        let mut written = Vec::new();
        reply.encode(&mut written);
        let (kind, rest) = split(&written);
        let tone = if reply.is_ok() { Tone::Good } else { Tone::Bad };
        show.said(Who::Server, tone, &kind, rest);
        let shown = due == Some(Due::List);
        if reply.is_ok() && (shown || due == Some(Due::Message)) {
            self.lines = Some(Lines { shown, octets: 0, in_line: false });
        }
        let upgrades = reply.is_ok() && due == Some(Due::Stls);
        Took { octets: n, then: if upgrades { Then::Tls } else { Then::Go } }
    }

    fn tls_started(&mut self) {
        *self = Self { due: VecDeque::new(), ..Self::default() };
    }
}
