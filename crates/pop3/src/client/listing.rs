//! The lines behind the first: LIST, UIDL, CAPA, LANG and others.

use super::queue::{Kind, Sent};
use super::quick::Next;
use super::{Anomaly, Connection, Error, Event, Id, Reading};
use crate::{Capability, UniqueId};
use mailwire_core::keyword::{number, trim, word};
use mailwire_core::without_end;

impl Connection {
    /// A line of an answer that has several; `None` when it is passed over.
    pub(super) fn data<'i>(&mut self, line: &'i [u8]) -> Result<Option<Event<'i>>, Error> {
        let Some(Sent { id: to, kind, .. }) = self.queue.front() else { return Ok(None) };
        let (line, crlf) = without_end(line);
        if !crlf {
            self.odd(to, Anomaly::BareLf);
        }
        let line = match line {
            b"." => return Ok(Some(Event::End { to: self.answered() })),
            [b'.', rest @ ..] => rest,
            line => line,
        };
        if let Reading::Lines { left, .. } = &mut self.reading {
            *left = left.checked_sub(1).ok_or(Error::TooManyLines(self.config.limits.lines))?;
        }
        Ok(match kind {
            Kind::List { .. } => self.listed(to, line),
            Kind::Uidl { .. } => self.unique_id(to, line)?,
            Kind::Capa => self.capability(to, line),
            Kind::Languages => self.language(to, line),
            _ => Some(Event::Line { to, line }),
        })
    }

    fn capability<'i>(&mut self, to: Id, line: &[u8]) -> Option<Event<'i>> {
        if trim(line).is_empty() {
            self.odd(to, Anomaly::BlankLine);
            return None;
        }
        let capability = Capability::parse(line);
        let most = self.config.limits.capabilities;
        let known = self.capabilities.get_or_insert_default();
        if known.as_slice().len() < most {
            self.pipelining |= capability == Capability::Pipelining;
            known.push(capability.clone());
        } else {
            self.odd(to, Anomaly::TooManyCapabilities);
        }
        Some(Event::Capability { to, capability })
    }

    /// RFC 6856 section 3.2: a tag, and perhaps a space and a name.
    fn language<'i>(&mut self, to: Id, line: &'i [u8]) -> Option<Event<'i>> {
        let (tag, description) = word(trim(line));
        let text = |bytes| core::str::from_utf8(trim(bytes)).ok();
        let Some((tag, description)) = text(tag).zip(text(description)) else {
            self.odd(to, Anomaly::BadEntry);
            return None;
        };
        if tag.is_empty() {
            self.odd(to, Anomaly::BlankLine);
            return None;
        }
        Some(Event::Language { to, tag, description })
    }

    /// A message number and a size.
    pub(super) fn listed<'i>(&mut self, to: Id, line: &[u8]) -> Option<Event<'i>> {
        let (message, octets) = match plain_pair(line) {
            Some(pair) => pair,
            None if trim(line).is_empty() => {
                self.odd(to, Anomaly::BlankLine);
                return None;
            }
            None => self.pair(to, line).or_else(|| {
                self.odd(to, Anomaly::BadEntry);
                None
            })?,
        };
        if message == 0 {
            self.odd(to, Anomaly::BadEntry);
            return None;
        }
        self.follows(to, message);
        Some(Event::Listed { to, message, octets })
    }

    /// A message number and a unique id.
    pub(super) fn unique_id<'i>(
        &mut self,
        to: Id,
        line: &'i [u8],
    ) -> Result<Option<Event<'i>>, Error> {
        let (digits, rest) = word(trim(line));
        if digits.is_empty() {
            self.odd(to, Anomaly::BlankLine);
            return Ok(None);
        }
        let Some(message @ 1..) = small(digits) else {
            self.odd(to, Anomaly::BadEntry);
            return Ok(None);
        };
        let id = trim(rest);
        if id.len() != rest.len() {
            self.odd(to, Anomaly::ExtraSpaces);
        }
        if id.iter().any(|b| !matches!(b, b' '..=b'~')) {
            return Err(Error::MalformedUniqueId);
        }
        self.follows(to, message);
        let id = core::str::from_utf8(id).ok().and_then(|id| UniqueId::new(id).ok());
        let Some(id) = id else {
            self.odd(to, Anomaly::BadUniqueId { message });
            return Ok(None);
        };
        Ok(Some(Event::UniqueId { to, message, id }))
    }

    /// Two numbers; what is odd about them is noted.
    pub(super) fn pair(&mut self, to: Id, words: &[u8]) -> Option<(u32, u64)> {
        let (first, rest) = first_word(trim(words));
        let (second, more) = first_word(trim(rest));
        let pair = (small(first)?, number(second)?);
        let trimmed = |part: &[u8]| trim(part).len() != part.len();
        if trimmed(rest) || trimmed(words) || words.contains(&b'\t') {
            self.odd(to, Anomaly::ExtraSpaces);
        }
        if !trim(more).is_empty() {
            self.odd(to, Anomaly::ExtraWords);
        }
        Some(pair)
    }

    /// Looks whether a number is above the one before it, or the one that was asked for.
    fn follows(&mut self, to: Id, message: u32) {
        if let Reading::Lines { last, next, .. } = &mut self.reading {
            let ordered = message > *last;
            *last = message;
            *next = Next::default();
            if !ordered {
                self.odd(to, Anomaly::OutOfOrder);
            }
            return;
        }
        let asked = match self.queue.front().map(|sent| sent.kind) {
            Some(Kind::List { message } | Kind::Uidl { message }) => message,
            _ => None,
        };
        if asked.is_some_and(|asked| asked != message) {
            self.odd(to, Anomaly::OtherMessage);
        }
    }
}

/// What nearly every line of LIST is: two numbers with one space between them.
fn plain_pair(line: &[u8]) -> Option<(u32, u64)> {
    let at = line.iter().position(|&b| b == b' ')?;
    Some((small(line.get(..at)?)?, number(line.get(at + 1..)?)?))
}

fn small(digits: &[u8]) -> Option<u32> {
    u32::try_from(number(digits)?).ok()
}

/// As [`word`], but a tab ends a word too.
fn first_word(words: &[u8]) -> (&[u8], &[u8]) {
    let end = words.iter().position(|b| matches!(b, b' ' | b'\t'));
    match end.and_then(|at| Some((words.get(..at)?, words.get(at + 1..)?))) {
        Some(parts) => parts,
        None => (words, &[]),
    }
}
