//! Generators for property tests: anything that the types of each protocol can hold, and what a
//! caller or a peer may try.

#![allow(clippy::unwrap_used, reason = "a generator that makes what is refused is wrong")]

#[cfg(feature = "imap")]
#[allow(missing_docs, reason = "each function makes the type that it is named after")]
pub mod imap;
#[cfg(feature = "message")]
pub mod message;
#[cfg(feature = "pop3")]
#[allow(missing_docs, reason = "each function makes the type that it is named after")]
pub mod pop3;
#[cfg(feature = "smtp")]
#[allow(missing_docs, reason = "each function makes the type that it is named after")]
pub mod smtp;
pub mod text;
