//! Types out: commands and responses as they go on the wire.
//!
//! A string argument picks its own form: an atom where it is one, a quoted string where it can be,
//! a literal where it must, a literal8 where there is a NUL and one may stand. Names of mailboxes
//! go in modified UTF-7 or in UTF-8, as the two sides agreed ([`Dialect`]). Nothing that a caller
//! passes can end a line or an argument early.

mod code;
mod command;
mod fetch;
mod out;
mod response;

pub(crate) use command::append_head;
pub use command::command;
pub(crate) use out::Out;
pub(crate) use response::{begin_body, condition, fetch_data};
pub use response::{response, response_for};

use crate::types::Dialect;
use alloc::vec::Vec;
use mailwire_core::Sink;

/// Where commands are written: a literal may have to wait for the server's leave.
pub trait LiteralSink: Sink {
    /// Writes a literal: its announcement and its octets.
    fn literal(&mut self, octets: &[u8]);

    /// Writes the announcement of a literal of which something else gives the octets.
    fn streamed(&mut self, len: u64) {
        self.put(b"{");
        self.put_number(len);
        self.put(b"}\r\n");
    }
}

/// A server's literals, which wait for nothing.
struct Responses<'s, S: Sink + ?Sized>(&'s mut S);

impl<S: Sink + ?Sized> Sink for Responses<'_, S> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.0.put(bytes);
    }
}

impl<S: Sink + ?Sized> LiteralSink for Responses<'_, S> {
    fn literal(&mut self, octets: &[u8]) {
        self.0.put(b"{");
        self.0.put_number(octets.len() as u64);
        self.0.put(b"}\r\n");
        self.0.put(octets);
    }
}

/// Commands in memory, their literals non-synchronising (RFC 7888): for a server that announces
/// `LITERAL+`, for tests, for logs.
///
/// ```
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Command, Dialect, Mailbox};
///
/// let mut out = Plain::default();
/// let command = Command::Delete(Mailbox::new("a\r\nb")?);
/// encode::command("a1", &command, &Dialect::rev1(), &mut out);
/// assert_eq!(out.into_bytes(), b"a1 DELETE a&AA0ACg-b\r\n");
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Plain(Vec<u8>);

impl Plain {
    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Sink for Plain {
    fn put(&mut self, bytes: &[u8]) {
        if self.0.capacity() == 0 {
            // Room for several commands.
            self.0.reserve(bytes.len().max(512));
        }
        self.0.extend_from_slice(bytes);
    }
}

impl LiteralSink for Plain {
    fn literal(&mut self, octets: &[u8]) {
        self.put(b"{");
        self.put_number(octets.len() as u64);
        self.put(b"+}\r\n");
        self.put(octets);
    }
}

/// Writes by `write` what is a response or part of one.
fn to_client<S: Sink + ?Sized>(out: &mut S, dialect: &Dialect, write: impl FnOnce(&mut Out<'_>)) {
    let mut responses = Responses(out);
    write(&mut Out::new(&mut responses, *dialect));
}
