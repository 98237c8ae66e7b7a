//! SASL mechanisms (RFC 4422) for both sides, as steps: bytes in, bytes out, no I/O.
//!
//! The protocols carry the bytes (base64 in SMTP, POP3 and IMAP); the mechanisms here know what
//! they mean. Nothing is called back: a step that needs something returns and says what, and goes
//! on when it is there.
//!
//! | a step returns | and goes on with |
//! |---|---|
//! | client: [`Step::NeedKdf`], to salt a password, which takes long | [`Client::derived`] |
//! | server: [`ServerStep::NeedCredential`], to look up a user | [`Server::provide`] |
//! | server: [`ServerStep::Verify`], to say whether a password or a token is right | the protocol's yes, or [`Server::refuse`] |
//!
//! | mechanism | RFC | client | server |
//! |---|---|---|---|
//! | SCRAM-SHA-1, -256, -512, each also with -PLUS | 5802, 7677; bindings 5929, 9266 | [`Scram`] | [`ScramServer`] |
//! | OAUTHBEARER, XOAUTH2 | 7628; Google's | [`OAuth`] | [`OAuthServer`] |
//! | PLAIN | 4616 | [`Plain`] | [`PlainServer`] |
//! | LOGIN | draft-murchison-sasl-login | [`Login`] | [`LoginServer`] |
//! | CRAM-MD5, with the feature `legacy` | 2195 | [`CramMd5`] | [`CramMd5Server`] |
//! | EXTERNAL | 4422 appendix A | [`External`] | [`ExternalServer`] |
//! | ANONYMOUS | 4505 | [`Anonymous`] | [`AnonymousServer`] |
//!
//! Others are added by implementing [`Client`] or [`Server`]. `Authentication` of the protocol crates
//! (feature `sasl`) drives one over a connection; [`Account`] chooses one for a client,
//! [`Setup`] makes one for a server. There is no randomness in here: nonces are arguments.
//!
//! How to use it, what a server keeps, and what is refused: [`guide`].
//!
//! A client and a server that authenticate each other, with what each has to wait for:
//!
//! ```
//! # #[cfg(feature = "scram")] {
//! use mailwire_sasl::{Account, Credential, HashFunction, Secret, ServerStep, Setup, Step};
//! use mailwire_sasl::{StoredKey, Transport};
//!
//! // What the server keeps of alice's password.
//! let key = StoredKey::from_password(HashFunction::Sha256, "hungry", b"random of hers", 4096)?;
//! let setup = Setup { random: [1; 18], secret: "of the server".into(), ..Setup::default() };
//!
//! let alice = Account::with_password("alice", "hungry");
//! let transport = Transport { is_private: true, random: [2; 18], ..Transport::default() };
//! let mut client = alice.choose(["PLAIN", "SCRAM-SHA-256"], &transport)?;
//! let mut server = setup.server(client.name()).unwrap();
//!
//! let mut response = client.initial();
//! let identity = loop {
//!     let mut step = server.step(response.as_ref().map(Secret::expose))?;
//!     if let ServerStep::NeedCredential(lookup) = step {
//!         step = server.provide(match lookup.user.as_str() {
//!             "alice" => Credential::Scram(key.clone()),
//!             _ => Credential::Unknown,
//!         })?;
//!     }
//!     let challenge = match step {
//!         ServerStep::Challenge(challenge) => challenge,
//!         ServerStep::Done(identity) => break identity,
//!         _ => panic!("PLAIN was not chosen"),
//!     };
//!     response = match client.step(&challenge)? {
//!         Step::NeedKdf(kdf) => match client.derived(&kdf.derive())? {
//!             Step::Respond(proof) => Some(proof),
//!             _ => None,
//!         },
//!         Step::Respond(response) => Some(response),
//!         _ => Some(Secret::default()), // the server's last word is acknowledged
//!     };
//! };
//! assert_eq!(identity.user, "alice");
//! assert!(client.may_end(), "the server has shown that it knows alice, too");
//! # }
//! # Ok::<(), mailwire_sasl::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod account;
mod anonymous;
mod binding;
mod client;
#[cfg(feature = "legacy")]
mod cram_md5;
mod external;
#[cfg(feature = "scram")]
mod hash;
#[cfg(feature = "scram")]
mod kdf;
mod login;
#[cfg(any(feature = "legacy", feature = "scram"))]
mod mac;
mod oauth;
mod plain;
#[cfg(feature = "scram")]
mod prep;
#[cfg(feature = "scram")]
pub mod profile;
#[cfg(feature = "scram")]
mod scram;
mod server;
mod setup;

#[cfg(feature = "scram")]
#[doc = include_str!("guide.md")]
pub mod guide {}

pub use account::{Account, Transport};
pub use anonymous::{Anonymous, AnonymousServer};
pub use binding::{BindingKind, ChannelBinding, TLS_EXPORTER_LABEL};
pub use client::{Client, Step};
#[cfg(feature = "legacy")]
pub use cram_md5::{CramMd5, CramMd5Server, apop, is_apop};
pub use external::{External, ExternalServer};
#[cfg(feature = "scram")]
pub use hash::HashFunction;
#[cfg(feature = "scram")]
pub use kdf::Kdf;
pub use login::{Login, LoginServer};
pub use mailwire_core::Secret;
pub use oauth::{OAuth, OAuthServer, TokenRefusal};
pub use plain::{Plain, PlainServer};
#[cfg(feature = "scram")]
pub use prep::{opaque_string, saslprep};
#[cfg(feature = "scram")]
pub use scram::{Nonce, Scram, ScramServer, ScramSetup, StoredKey};
pub use server::{Credential, Credentials, Identity, Lookup, Server, ServerStep, Wanted};
pub use setup::{MECHANISMS, Setup, server};

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
    /// A step was made after the last, or one that was not asked for.
    #[error("the exchange is over, or waits for something else")]
    Over,
    /// The message has an extension that must be understood (RFC 5802 section 5.1), and is not.
    #[error("an extension that must be understood is not")]
    Extension,
    /// The nonce of the peer's message does not belong to this exchange: a replay, or a mix-up.
    #[error("the nonce is not that of this exchange")]
    Nonce,
    /// The server asks for fewer or more iterations than the client's bounds allow.
    #[error("the server asks for too few or too many iterations")]
    Iterations,
    /// The channel binding is none that both have, or not that of this connection: somebody may be
    /// between client and server.
    #[error("the channel is not bound to this connection")]
    Binding,
    /// The client did not bind the channel because that was not offered to it, but it was:
    /// somebody changed the offer.
    #[error("the client was not shown that channel binding is offered")]
    Downgrade,
    /// The client does not know the password, or there is no such user.
    #[error("the client proved nothing")]
    Proof,
    /// The server does not know the password. Whatever it says of success: end the connection.
    #[error("the server proved nothing")]
    Signature,
    /// The server refused within the mechanism.
    #[error("the server refused")]
    Refused,
    /// The server offers nothing that the client could use.
    #[error("no mechanism is offered that will do")]
    NoMechanism,
    /// What the server offers would show the password or the token to whoever listens.
    #[error("what is offered may only be used over TLS")]
    Insecure,
    /// The machine of the protocol cannot begin an exchange now.
    #[error(transparent)]
    Misuse(#[from] mailwire_core::Misuse),
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
