//! SASL mechanisms (RFC 4422) for both sides, as steps: bytes in, bytes out, no I/O.
//!
//! The protocols carry the bytes (base64 in SMTP, POP3 and IMAP); the mechanisms here know what
//! they mean. Nothing is called back: a server step that needs to know whether a password is right
//! returns [`ServerStep::Verify`], and the application says yes or no in the protocol's own words
//! whenever it knows.
//!
//! | mechanism | RFC | type |
//! |---|---|---|
//! | PLAIN | 4616 | [`Plain`], [`PlainServer`] |
//! | LOGIN | draft-murchison-sasl-login | [`Login`], [`LoginServer`] |
//! | EXTERNAL | 4422 appendix A | [`External`], [`ExternalServer`] |
//! | ANONYMOUS | 4505 | [`Anonymous`], [`AnonymousServer`] |
//!
//! Others are added by implementing [`Client`] or [`Server`].
//!
//! ```
//! use mailwire_sasl::{Client, Credentials, Plain, Server, ServerStep, server};
//!
//! let mut client = Plain::new("alice", "hungry")?;
//! let mut server = server("plain").unwrap();
//!
//! let initial = client.initial().unwrap();
//! let step = server.step(Some(initial.expose()))?;
//!
//! let ServerStep::Verify(Credentials::Password { user, password, .. }) = step else { panic!() };
//! assert_eq!((user.as_str(), password.expose()), ("alice", &b"hungry"[..]));
//! # Ok::<(), mailwire_sasl::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod anonymous;
mod client;
mod external;
mod login;
mod plain;
mod server;

pub use anonymous::{Anonymous, AnonymousServer};
pub use client::{Client, Step};
pub use external::{External, ExternalServer};
pub use login::{Login, LoginServer};
pub use mailwire_core::Secret;
pub use plain::{Plain, PlainServer};
pub use server::{Credentials, Identity, MECHANISMS, Server, ServerStep, server};

use alloc::string::String;

/// The longest user name, authorization identity or trace that is accepted, in octets.
pub const MAX_NAME: usize = 1024;
/// The longest message of one step that is accepted, in octets.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Why an exchange cannot go on. The protocol is told to cancel or refuse it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer's message is not one of this mechanism.
    #[error("malformed {0} message")]
    Malformed(&'static str),
    /// A user name, password or message is longer than is accepted.
    #[error("{0} is longer than is accepted")]
    TooLong(&'static str),
    /// A user name or password holds NUL, or is empty where it may not be.
    #[error("{0} holds what the mechanism cannot carry")]
    Unusable(&'static str),
    /// A step was made after the last.
    #[error("the exchange is over")]
    Over,
}

/// A name in UTF-8 without NUL, not too long.
fn name(bytes: &[u8], mechanism: &'static str) -> Result<String, Error> {
    if bytes.len() > MAX_NAME {
        return Err(Error::TooLong("a name"));
    }
    match core::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text.into()),
        _ => Err(Error::Malformed(mechanism)),
    }
}

/// What a client was given, as something that a message can carry.
fn usable(what: &'static str, bytes: &[u8], max: usize) -> Result<(), Error> {
    match bytes.len() {
        n if n > max => Err(Error::TooLong(what)),
        _ if bytes.contains(&0) => Err(Error::Unusable(what)),
        _ => Ok(()),
    }
}
