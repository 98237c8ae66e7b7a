//! SASL as a protocol carries it (RFC 4422 section 4, which calls that the protocol's profile).
//!
//! SMTP, POP3 and IMAP differ in the words around an exchange, not in the exchange: a connection
//! that implements [`ClientProfile`] or [`ServerProfile`] is driven by [`ClientAuthentication`] or
//! [`ServerAuthentication`]. The crates of mailwire do so with their feature `sasl`, and name the
//! two `client::Authentication` and `server::Authentication`; a protocol of your own does the same.

mod client;
mod exchange;
mod server;

pub use client::{Authenticated, ClientAuthentication, ClientProfile, Reported};
pub use server::{Asked, ServerAuthentication, ServerProfile, Verdict};
