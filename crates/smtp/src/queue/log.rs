//! The queue as text: a line for every change.
//!
//! ```text
//! accept 1000 =alice@crepes.fr - - 0 0 - =bob@hamburger.edu =hamburger.edu - -
//! poll 1000
//! finish 1001 1 0 t 450 =4.2.0 =later =mx.hamburger.edu
//! ```
//!
//! Texts begin with `=` and are in xtext (RFC 3461 section 4), so that no line holds more than it
//! should, whatever an address or a reply holds.

use super::{AttemptId, By, Envelope, MessageId, Outcome, Policy, Queue, Reason, Recipient};
use crate::types::{Notify, Ret, decode_xtext, encode_xtext};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// A log that cannot be read: the line that is wrong, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {0} of the log is none of this version")]
pub struct BadLog(pub usize);

/// The first line of a log.
const MAGIC: &str = "mailwire-queue 1";

impl Queue {
    /// The lines that were added since this was called last. To be appended to a file, and on disk
    /// before what they say is acted on. The first begins with the version.
    pub fn take_log(&mut self) -> String {
        core::mem::take(&mut self.log)
    }

    /// The queue that a log tells of, under the policy that it was written under. A last line
    /// without its end was being written when the program ended, and is passed over.
    ///
    /// # Errors
    ///
    /// At a line that is none.
    pub fn replay(policy: Policy, log: &str) -> Result<Self, BadLog> {
        let mut queue = Self::new(policy);
        let whole = log.rfind('\n').map_or("", |end| log.get(..end).unwrap_or_default());
        for (at, line) in whole.split('\n').enumerate() {
            if at == 0 && (line == MAGIC || whole.is_empty()) {
                continue;
            }
            queue.apply(line).filter(|()| at > 0).ok_or(BadLog(at + 1))?;
        }
        // What was just read is on disk.
        queue.log.clear();
        queue.started = !whole.is_empty();
        Ok(queue)
    }

    /// Does what a line says.
    fn apply(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        let words = &mut words;
        match words.next()? {
            "accept" => {
                let now = number(words)?;
                let envelope = envelope(words)?;
                self.accept(now, envelope);
            }
            "poll" => {
                self.poll(number(words)?);
            }
            "finish" => {
                let (now, id, jitter) = (number(words)?, number(words)?, number(words)?);
                let mut outcomes = Vec::new();
                while let Some(word) = words.next() {
                    outcomes.push(match word {
                        "d" => Outcome::Delivered,
                        "r" => Outcome::Relayed { dsn: false },
                        "R" => Outcome::Relayed { dsn: true },
                        "e" => Outcome::Expanded,
                        "m" => Outcome::TooMany,
                        "p" => Outcome::Permanent(reason(words)?),
                        "t" => Outcome::Temporary(reason(words)?),
                        "u" => Outcome::Uncertain(reason(words)?),
                        _ => return None,
                    });
                }
                self.finish(now, AttemptId(id), &outcomes, jitter);
            }
            "unreachable" => {
                let (now, id, jitter) = (number(words)?, number(words)?, number(words)?);
                self.unreachable(now, AttemptId(id), &reason(words)?, jitter);
            }
            "limit" => {
                let destination = text(words)?;
                let most = match words.next()? {
                    "-" => None,
                    most => Some(most.parse().ok()?),
                };
                self.limit(&destination, most);
            }
            "hold" => self.hold(number(words)?, MessageId(number(words)?)),
            "release" => self.release(number(words)?, MessageId(number(words)?)),
            "flush" => {
                let (now, destination) = (number(words)?, text(words)?);
                self.flush(now, &destination);
            }
            "cancel" => self.cancel(MessageId(number(words)?)),
            _ => return None,
        }
        words.next().is_none().then_some(())
    }

    fn line(&mut self) -> &mut String {
        if !self.started {
            self.started = true;
            self.log.push_str(MAGIC);
            self.log.push('\n');
        }
        &mut self.log
    }

    pub(super) fn log_accept(&mut self, now: u64, envelope: &Envelope) {
        let line = self.line();
        let _ = write!(line, "accept {now}");
        put(line, Some(&envelope.from));
        put(line, envelope.envid.as_deref());
        line.push_str(match envelope.ret {
            None => " -",
            Some(Ret::Full) => " FULL",
            Some(Ret::Headers) => " HDRS",
        });
        let _ = write!(line, " {} {}", envelope.priority, envelope.hold_until);
        match envelope.by {
            None => line.push_str(" -"),
            Some(By { deadline, returns, trace }) => {
                let mode = if returns { "R" } else { "N" };
                let trace = if trace { "T" } else { "" };
                let _ = write!(line, " {deadline}{mode}{trace}");
            }
        }
        for recipient in &envelope.recipients {
            put(line, Some(&recipient.address));
            put(line, Some(&recipient.destination));
            put(line, recipient.orcpt.as_deref());
            line.push(' ');
            match recipient.notify {
                None => line.push('-'),
                Some(notify) => {
                    line.push('N');
                    let letters =
                        [(Notify::SUCCESS, 'S'), (Notify::FAILURE, 'F'), (Notify::DELAY, 'D')];
                    line.extend(letters.iter().filter(|(it, _)| notify.has(*it)).map(|(_, c)| *c));
                }
            }
        }
        line.push('\n');
    }

    pub(super) fn log_poll(&mut self, now: u64) {
        let _ = writeln!(self.line(), "poll {now}");
    }

    pub(super) fn log_finish(&mut self, now: u64, id: AttemptId, all: &[Outcome], jitter: u64) {
        let line = self.line();
        let _ = write!(line, "finish {now} {} {jitter}", id.0);
        for outcome in all {
            let (letter, reason) = match outcome {
                Outcome::Delivered => ("d", None),
                Outcome::Relayed { dsn: false } => ("r", None),
                Outcome::Relayed { dsn: true } => ("R", None),
                Outcome::Expanded => ("e", None),
                Outcome::TooMany => ("m", None),
                Outcome::Permanent(reason) => ("p", Some(reason)),
                Outcome::Temporary(reason) => ("t", Some(reason)),
                Outcome::Uncertain(reason) => ("u", Some(reason)),
            };
            line.push(' ');
            line.push_str(letter);
            if let Some(reason) = reason {
                put_reason(line, reason);
            }
        }
        line.push('\n');
    }

    pub(super) fn log_unreachable(&mut self, now: u64, id: AttemptId, why: &Reason, jitter: u64) {
        let line = self.line();
        let _ = write!(line, "unreachable {now} {} {jitter}", id.0);
        put_reason(line, why);
        line.push('\n');
    }

    pub(super) fn log_limit(&mut self, destination: &str, most: Option<u32>) {
        let line = self.line();
        line.push_str("limit");
        put(line, Some(destination));
        let _ = match most {
            None => writeln!(line, " -"),
            Some(most) => writeln!(line, " {most}"),
        };
    }

    pub(super) fn log_flush(&mut self, now: u64, destination: &str) {
        let line = self.line();
        let _ = write!(line, "flush {now}");
        put(line, Some(destination));
        line.push('\n');
    }

    pub(super) fn log_words(&mut self, name: &str, numbers: &[u64]) {
        let line = self.line();
        line.push_str(name);
        for number in numbers {
            let _ = write!(line, " {number}");
        }
        line.push('\n');
    }
}

/// A space, and a text or `-`.
fn put(line: &mut String, text: Option<&str>) {
    let Some(text) = text else { return line.push_str(" -") };
    let mut encoded = Vec::new();
    encode_xtext(text.as_bytes(), &mut encoded);
    line.push_str(" =");
    line.push_str(core::str::from_utf8(&encoded).unwrap_or_default());
}

fn put_reason(line: &mut String, Reason { code, status, text, host }: &Reason) {
    let _ = write!(line, " {code}");
    [status, text, host].into_iter().for_each(|it| put(line, Some(it)));
}

type Words<'w, 'l> = &'w mut core::str::Split<'l, char>;

fn number(words: Words<'_, '_>) -> Option<u64> {
    words.next()?.parse().ok()
}

fn text(words: Words<'_, '_>) -> Option<String> {
    optional(words)?
}

fn optional(words: Words<'_, '_>) -> Option<Option<String>> {
    match words.next()? {
        "-" => Some(None),
        word => {
            let decoded = decode_xtext(word.strip_prefix('=')?.as_bytes())?;
            String::from_utf8(decoded).ok().map(Some)
        }
    }
}

fn reason(words: Words<'_, '_>) -> Option<Reason> {
    let code = words.next()?.parse().ok()?;
    Some(Reason { code, status: text(words)?, text: text(words)?, host: text(words)? })
}

fn envelope(words: Words<'_, '_>) -> Option<Envelope> {
    let mut envelope = Envelope::new(text(words)?, Vec::new());
    envelope.envid = optional(words)?;
    envelope.ret = match words.next()? {
        "-" => None,
        "FULL" => Some(Ret::Full),
        "HDRS" => Some(Ret::Headers),
        _ => return None,
    };
    envelope.priority = words.next()?.parse().ok()?;
    envelope.hold_until = number(words)?;
    envelope.by = match words.next()? {
        "-" => None,
        by => {
            let (by, trace) = by.strip_suffix('T').map_or((by, false), |by| (by, true));
            let returns = by.ends_with('R');
            let deadline = by.strip_suffix(['R', 'N'])?.parse().ok()?;
            Some(By { deadline, returns, trace })
        }
    };
    while let Some(word) = words.next() {
        let address = decode_xtext(word.strip_prefix('=')?.as_bytes())?;
        let mut recipient = Recipient::new(String::from_utf8(address).ok()?, text(words)?);
        recipient.orcpt = optional(words)?;
        recipient.notify = match words.next()? {
            "-" => None,
            letters => {
                let letters = letters.strip_prefix('N')?;
                Some(letters.chars().try_fold(Notify::NEVER, |notify, letter| match letter {
                    'S' => Some(notify.and(Notify::SUCCESS)),
                    'F' => Some(notify.and(Notify::FAILURE)),
                    'D' => Some(notify.and(Notify::DELAY)),
                    _ => None,
                })?)
            }
        };
        envelope.recipients.push(recipient);
    }
    Some(envelope)
}
