//! Messages and other answers of several lines on their way out.

use super::body::Body;
use super::{Connection, Due, Phase};
use crate::{Phrase, Reply};
use mailwire_core::Misuse;

impl Connection {
    /// Says `+OK` to [`Event::Retr`](super::Event::Retr) or [`Event::Top`](super::Event::Top); the
    /// message follows by [`send_body`](Self::send_body).
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no message is to be sent.
    pub fn begin_body(&mut self) -> Result<(), Misuse> {
        let Due::Message { number, top } = self.due else { return Err(Misuse::NoReplyDue) };
        match top {
            Some(_) => self.ok(Phrase::Top),
            None => {
                let octets = self.maildrop.octets(number).unwrap_or_default();
                self.ok_with(Phrase::Message, 1, octets);
            }
        }
        self.due = Due::Body(Body::new(top));
        Ok(())
    }

    /// Answers [`Event::Other`](super::Event::Other) with `+OK` and several lines, which follow by
    /// [`send_body`](Self::send_body).
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no such command is to be answered; [`Misuse::WrongReply`] when
    /// the reply is `-ERR`, behind which there are no lines.
    pub fn begin_lines(&mut self, reply: &Reply<'_>) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Other) {
            return Err(Misuse::NoReplyDue);
        }
        if !reply.is_ok() {
            return Err(Misuse::WrongReply);
        }
        reply.encode(&mut self.out);
        self.due = Due::Body(Body::new(None));
        Ok(())
    }

    /// Sends a piece of the message, cut anywhere; line ends that are not CRLF become it. The
    /// application sends the output when [`Output::queued`](mailwire_core::Output::queued) is more
    /// than it likes to hold.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is being sent.
    pub fn send_body(&mut self, piece: &[u8]) -> Result<(), Misuse> {
        let Due::Body(body) = &mut self.due else { return Err(Misuse::NoBody) };
        body.write(piece, &mut self.out);
        Ok(())
    }

    /// Whether the client has all that it asked for, so that the rest of the message need not be
    /// read: true when the lines of TOP are sent.
    #[must_use]
    pub fn body_has_enough(&self) -> bool {
        matches!(&self.due, Due::Body(body) if body.has_enough())
    }

    /// Ends the message. It may have been shorter or longer than its size said: what the client
    /// sees is framed right.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is being sent.
    pub fn end_body(&mut self) -> Result<(), Misuse> {
        match core::mem::replace(&mut self.due, Due::Nothing) {
            Due::Body(body) => {
                body.finish(&mut self.out);
                Ok(())
            }
            due => {
                self.due = due;
                Err(Misuse::NoBody)
            }
        }
    }

    /// Breaks the message off, when the rest of it cannot be read: the connection is over without
    /// the line that ends the message, so that the client does not take it for whole. Nothing is
    /// deleted.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is being sent.
    pub fn abort_body(&mut self) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Body(_)) {
            return Err(Misuse::NoBody);
        }
        self.due = Due::Nothing;
        self.phase = Phase::Closed;
        Ok(())
    }
}
