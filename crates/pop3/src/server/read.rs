//! From bytes to lines, and from lines to what the application is asked.

use super::{Connection, Due, Error, Event, Phase, Why};
use crate::rules::after;
use crate::{Command, Phrase, State, Unparsed};
use core::ops::Range;
use mailwire_core::keyword::{strip, trim, word};
use mailwire_core::{Input, Wants, without_end};

/// A line in the input, before anyone asks what it means.
#[derive(Debug)]
pub(super) struct Line {
    range: Range<usize>,
    too_long: bool,
}

impl Connection {
    /// The next thing that the client wants; with `None`, [`wants`](Self::wants) says why there is
    /// none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Every turn consumes a line that the machine answered by itself.
        loop {
            let line = match self.line(rx) {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.failed = Some(error.clone());
                    return Err(error);
                }
            };
            self.serial = self.serial.wrapping_add(1);
            if self.interpret(&line, rx) {
                continue;
            }
            return Ok(self.event(line, rx));
        }
    }

    /// Finds the next line. Moves cursors, looks at no grammar.
    fn line(&mut self, rx: &mut Input) -> Result<Option<Line>, Error> {
        self.list();
        match self.phase {
            Phase::Closed => return Ok(None),
            Phase::Upgrading if rx.is_empty() => return Ok(None),
            Phase::Upgrading => return Err(Error::PlaintextAfterStartTls),
            _ => {}
        }
        if self.wants() != Wants::Input {
            return Ok(None);
        }
        let Some(n) = self.lines.find(rx.unread(), 0) else {
            if rx.len() >= self.longest(rx.unread()) {
                // What comes until the line end is dropped as it comes.
                let _ = rx.take(rx.len());
                self.lines.reset();
                self.skipping = true;
            }
            return match rx.is_closed() {
                true if self.skipping || !rx.is_empty() => Err(Error::Truncated("a command")),
                true => {
                    self.phase = Phase::Closed;
                    Ok(None)
                }
                false => Ok(None),
            };
        };
        let too_long = n > self.longest(rx.unread());
        let too_long = core::mem::take(&mut self.skipping) || too_long;
        Ok(Some(Line { range: rx.take(n), too_long }))
    }

    fn longest(&self, line: &[u8]) -> usize {
        let limits = &self.config.limits;
        let auth = self.phase == Phase::Challenged || strip(line, "AUTH ").is_some();
        if auth { limits.auth_line } else { limits.line }
    }

    /// Answers a line if that needs no application; true when it did.
    fn interpret(&mut self, line: &Line, rx: &Input) -> bool {
        if line.too_long || self.phase == Phase::Challenged {
            return false;
        }
        let (bytes, crlf) = without_end(rx.slice(line.range.clone()));
        let Ok(command) = Command::parse(bytes) else { return false };
        if !(crlf || self.config.lenience.bare_lf) || self.objection(&command).is_some() {
            return false;
        }
        let answered = self.answer(&command);
        if answered {
            self.refused = 0;
        }
        answered
    }

    /// Turns a line into what the application must answer, or was spared.
    fn event<'i>(&mut self, line: Line, rx: &'i Input) -> Option<Event<'i>> {
        let whole = rx.slice(line.range);
        if line.too_long {
            return Some(self.refuse(whole, Why::TooLong));
        }
        let (bytes, crlf) = without_end(whole);
        if !crlf && !self.config.lenience.bare_lf {
            return Some(self.refuse(whole, Why::BareLf));
        }
        if self.phase == Phase::Challenged {
            return Some(self.response(bytes));
        }
        let command = match Command::parse(bytes) {
            Ok(command) => command,
            Err(_) if bytes.contains(&0) => return Some(self.refuse(whole, Why::Nul)),
            Err(Unparsed(syntax)) => return Some(self.refuse(whole, Why::Syntax(syntax))),
        };
        if let Some(why) = self.objection(&command) {
            let shown = if command.is_secret() { &[][..] } else { whole };
            return Some(self.refuse(shown, why));
        }
        // Exchanges that come to nothing are refusals in a row.
        if !matches!(command, Command::Auth { .. }) {
            self.refused = 0;
        }
        self.leads = after(&command, self.state);
        let (_, rest) = word(bytes);
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        let (due, event) = match command {
            Command::Pass(_) => (Due::Login, Event::Pass(rest)),
            Command::Apop { digest, .. } => {
                (Due::Login, Event::Apop { name: word(trim(rest)).0, digest })
            }
            Command::Auth { initial, .. } => {
                (Due::Login, Event::Auth { mechanism: text(word(trim(rest)).0), initial })
            }
            Command::Stls => (Due::StartTls, Event::StartTls),
            Command::Retr(number) => (Due::Message { number, top: None }, Event::Retr(number)),
            Command::Top { message, lines } => {
                (Due::Message { number: message, top: Some(lines) }, Event::Top { message, lines })
            }
            Command::Quit if self.leads == State::Update => {
                self.state = State::Update;
                (Due::Update, Event::Update)
            }
            Command::Quit => {
                self.ok(Phrase::Bye);
                self.phase = Phase::Closed;
                (Due::Nothing, Event::Quit)
            }
            _ => {
                let (verb, rest) = word(bytes);
                (Due::Other, Event::Other { verb: text(verb), rest: text(rest) })
            }
        };
        self.due = due;
        Some(event)
    }
}
