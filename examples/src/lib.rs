//! What the example programs share: drivers for any machine, over tokio and over a socket that
//! blocks, TLS with a certificate of one's own, a trace of conversations that hides secrets, and
//! mail on disk as Maildirs.

pub mod blocking;
pub mod courier;
pub mod deflate;
pub mod imap;
pub mod link;
pub mod maildir;
pub mod options;
pub mod tls;
pub mod trace;

pub use link::{Link, Next};
pub use trace::Trace;

/// Seconds since 1970-01-01 00:00 UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
pub fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// The examples of the project's front page compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
