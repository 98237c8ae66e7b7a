//! FETCH responses, with bodies that are sent as they are read from where they lie.

use super::{Connection, Error, Phase};
use crate::encode;
use crate::types::{FetchData, Section};
use mailwire_core::{Misuse, Sink};

/// Where a FETCH response stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Fetching {
    /// There is none.
    #[default]
    Closed,
    /// Its parenthesis is open and nothing is in it, of the message with this unique identifier.
    Empty(u32),
    /// Something is in it.
    Open,
    /// So many octets of a literal are still to be sent.
    Body(u64),
}

impl Fetching {
    pub(super) fn is_open(self) -> bool {
        self != Self::Closed
    }

    pub(super) fn in_body(self) -> bool {
        matches!(self, Self::Body(_))
    }
}

impl Connection {
    /// Begins a FETCH response for the message with this sequence number and unique identifier, or
    /// a UIDFETCH response where the client enabled UIDONLY (RFC 9586). Items follow by
    /// [`fetch_data`](Self::fetch_data) and [`begin_body`](Self::begin_body).
    ///
    /// # Errors
    ///
    /// [`Misuse::InBody`] when one is open; [`Misuse::WrongState`] when no mailbox is selected.
    pub fn begin_fetch(&mut self, seq: u32, uid: u32) -> Result<(), Misuse> {
        self.may_send()?;
        if self.state() != crate::rules::SessionState::Selected {
            return Err(Misuse::WrongState);
        }
        let (number, name) = match self.dialect.uid_only {
            true => (uid, &b" UIDFETCH ("[..]),
            false => (seq, &b" FETCH ("[..]),
        };
        self.out.put(b"* ");
        self.out.put_number(u64::from(number));
        self.out.put(name);
        self.fetching = Fetching::Empty(uid);
        Ok(())
    }

    /// Adds an item. UIDFETCH has said the UID already, so that is left out where something else is in it.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when no response is open, [`Misuse::InBody`] in the middle of a body.
    pub fn fetch_data(&mut self, data: &FetchData<'_>) -> Result<(), Misuse> {
        if self.dialect.uid_only && self.fetching.is_open() && matches!(data, FetchData::Uid(_)) {
            return Ok(());
        }
        self.separate()?;
        encode::fetch_data(data, &self.dialect, &mut self.out);
        Ok(())
    }

    /// Adds a body of `len` octets; they follow by [`send_body`](Self::send_body).
    ///
    /// # Errors
    ///
    /// As [`fetch_data`](Self::fetch_data).
    pub fn begin_body(&mut self, name: BodyName<'_, '_>, len: u64) -> Result<(), Misuse> {
        self.separate()?;
        encode::begin_body(name, len, &mut self.out);
        if len > 0 {
            self.fetching = Fetching::Body(len);
        }
        Ok(())
    }

    /// Sends a piece of the body. The application sends the output when
    /// [`Output::queued`](mailwire_core::Output::queued) is more than it likes to hold.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`], and [`Misuse::BodyTooLong`] for more than was announced.
    pub fn send_body(&mut self, piece: &[u8]) -> Result<(), Misuse> {
        let Fetching::Body(left) = self.fetching else { return Err(Misuse::NoBody) };
        let left = left.checked_sub(piece.len() as u64).ok_or(Misuse::BodyTooLong)?;
        self.out.put(piece);
        self.fetching = if left == 0 { Fetching::Open } else { Fetching::Body(left) };
        Ok(())
    }

    /// How many octets of the body are still to be sent.
    #[must_use]
    pub fn body_left(&self) -> u64 {
        match self.fetching {
            Fetching::Body(left) => left,
            _ => 0,
        }
    }

    /// Ends the response. One in which nothing was said says the unique identifier: the grammar has
    /// none that is empty.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is open, [`Misuse::BodyTooShort`] when octets are missing.
    pub fn end_fetch(&mut self) -> Result<(), Misuse> {
        match self.fetching {
            Fetching::Closed => Err(Misuse::NoBody),
            Fetching::Body(_) => Err(Misuse::BodyTooShort),
            Fetching::Open | Fetching::Empty(_) => {
                if let Fetching::Empty(uid) = self.fetching {
                    encode::fetch_data(&FetchData::Uid(uid), &self.dialect, &mut self.out);
                }
                self.fetching = Fetching::Closed;
                self.out.put(b")\r\n");
                Ok(())
            }
        }
    }

    /// Closes a connection whose body cannot be ended as announced: the message became unreadable.
    /// What was promised cannot be kept, so nothing more is said.
    pub fn abort(&mut self) {
        self.fetching = Fetching::Closed;
        self.phase = Phase::Closed;
        self.due = None;
        self.failed = Some(Error::Truncated("a body"));
    }

    fn separate(&mut self) -> Result<(), Misuse> {
        match self.fetching {
            Fetching::Closed => Err(Misuse::NoBody),
            Fetching::Body(_) => Err(Misuse::InBody),
            Fetching::Empty(_) => {
                self.fetching = Fetching::Open;
                Ok(())
            }
            Fetching::Open => {
                self.out.put(b" ");
                Ok(())
            }
        }
    }
}

/// The name under which a body is sent: that under which it was asked for.
#[derive(Clone, Copy, Debug)]
pub enum BodyName<'s, 'a> {
    /// `BODY[section]<origin>`.
    Section(&'s Section<'a>, Option<u64>),
    /// `RFC822`.
    Rfc822,
    /// `RFC822.HEADER`.
    Rfc822Header,
    /// `RFC822.TEXT`.
    Rfc822Text,
    /// `BINARY[part]<origin>` (RFC 3516): a literal8, in which NUL may be.
    Binary(&'s [u32], Option<u64>),
}
