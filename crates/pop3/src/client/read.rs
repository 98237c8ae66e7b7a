//! From bytes to lines and pieces of messages.

use super::quick::Next;
use super::{Anomaly, Connection, Error, Event, Id};
use core::ops::Range;
use mailwire_core::Input;
use mailwire_core::dots::{DotReader, Piece};
use mailwire_core::without_end;

/// What the next octets are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    Reply,
    /// The lines behind the first.
    Lines {
        kind: Lines,
        to: Id,
        /// How many there may still be.
        left: u32,
        /// The number of the last message that was listed.
        last: u32,
        next: Next,
    },
    Message {
        dots: DotReader,
        octets: u64,
    },
    /// The answer to a challenge is due.
    Challenged,
}

/// What lines behind the first are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lines {
    /// LIST.
    Sizes,
    /// UIDL.
    UniqueIds,
    Others,
}

/// A line or a piece in the input, before anyone asks what it means.
enum Frame {
    Data(Range<usize>),
    Reply(Range<usize>),
    Body(Range<usize>),
    BodyEnd,
}

/// So many octets of a message are progress: the server gains time.
const PROGRESS: u64 = 65_536;

impl Connection {
    /// The next event; with `None`, [`wants`](Self::wants) says why there is none.
    ///
    /// # Errors
    ///
    /// When the connection cannot go on.
    #[inline(always)]
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(plain) = self.plain(rx) {
            return Ok(Some(plain.event(rx)));
        }
        self.receive_any(rx)
    }

    fn receive_any<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if let Some((to, what)) = self.anomalies.pop_front() {
            return Ok(Some(Event::Anomaly { to, what }));
        }
        let event = self.next_event(rx);
        if let Err(error) = &event {
            self.failed = Some(error.clone());
            self.anomalies.clear();
            self.reading = Reading::Reply;
            // What might have left already may still; what waited never will.
            if self.out.is_gated() {
                self.out.drop_until(self.out.position());
            }
        }
        event
    }

    fn next_event<'i>(&mut self, rx: &'i mut Input) -> Result<Option<Event<'i>>, Error> {
        let Some(frame) = self.frame(rx)? else { return Ok(None) };
        let rx: &'i Input = rx;
        let event = match frame {
            Frame::Body(range) => return Ok(Some(Event::Body(rx.slice(range)))),
            Frame::BodyEnd => return Ok(Some(Event::End { to: self.answered() })),
            Frame::Data(range) => self.data(rx.slice(range))?,
            Frame::Reply(range) => self.reply(rx.slice(range))?,
        };
        // A line that is passed over leaves an anomaly, which is the event then.
        Ok(event.or_else(|| {
            let (to, what) = self.anomalies.pop_front()?;
            Some(Event::Anomaly { to, what })
        }))
    }

    /// Finds what comes next. Moves cursors, looks at no grammar.
    fn frame(&mut self, rx: &mut Input) -> Result<Option<Frame>, Error> {
        if self.closed {
            return Ok(None);
        }
        if self.upgrading && self.queue.is_empty() {
            return match rx.is_empty() {
                true => Ok(None),
                false => Err(Error::PlaintextAfterStartTls),
            };
        }
        // Every turn consumes a line that the machine answered by itself.
        loop {
            match &mut self.reading {
                Reading::Challenged => return Ok(None),
                Reading::Message { dots, octets } => match dots.next_with(rx, &self.search) {
                    Piece::Content(range) => {
                        *octets += range.len() as u64;
                        if *octets >= PROGRESS {
                            *octets = 0;
                            self.serial += 1;
                        }
                        return Ok(Some(Frame::Body(range)));
                    }
                    Piece::End => return Ok(Some(Frame::BodyEnd)),
                    Piece::NeedMore => return self.at_end(rx, "a message"),
                },
                Reading::Reply | Reading::Lines { .. } => {}
            }
            let limit = self.config.limits.line;
            let Some(n) = self.lines.find(rx.unread(), 0) else {
                if rx.len() >= limit {
                    return Err(Error::TooLong("a line", limit));
                }
                return self.at_end(rx, "an answer");
            };
            if n > limit {
                return Err(Error::TooLong("a line", limit));
            }
            let range = rx.take(n);
            if matches!(self.reading, Reading::Lines { .. }) {
                return Ok(Some(Frame::Data(range)));
            }
            if self.initial.is_none() || !self.give_initial(without_end(rx.slice(range.clone())).0)
            {
                return Ok(Some(Frame::Reply(range)));
            }
        }
    }

    fn at_end(&mut self, rx: &Input, what: &'static str) -> Result<Option<Frame>, Error> {
        match rx.is_closed() {
            false => Ok(None),
            true if self.queue.is_empty() && rx.is_empty() => {
                self.closed = true;
                Ok(None)
            }
            true => Err(Error::Truncated(what)),
        }
    }

    /// Notes something odd about the line.
    pub(super) fn odd(&mut self, to: Id, what: Anomaly) {
        self.anomalies.push_back((to, what));
    }
}
