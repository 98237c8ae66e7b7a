//! What the example programs share: drivers for any machine, over tokio and over a socket that
//! blocks, TLS with a certificate of one's own, a trace of conversations that hides secrets, and
//! mail on disk as Maildirs.

pub mod blocking;
pub mod imap;
pub mod link;
pub mod maildir;
pub mod options;
pub mod tls;
pub mod trace;

pub use link::{Link, Next};
pub use trace::Trace;

/// The examples of the project's front page compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
