//! What proves the machines of mailwire.
//!
//! A machine is tested together with an application that answers it: a [`Role`]. With one `Role`
//! written, a machine gets all of these:
//!
//! - [`transcript`]: one file tests both roles, whole, a byte at a time, and cut at random places.
//! - [`laws`]: the six laws of [`mailwire_core::Machine`].
//! - [`chunks`]: the same events and the same output however the input is cut.
//! - [`pair`]: a client joined to a server in memory.
//!
//! and its types, with a strategy in `generate`, the property that what is written is read back.
//! [`hostile`] makes mail that is meant to cost, `mailbox` simulates one that many clients share.
//!
//! `testkit` looks at results, never at the clock. That cost is linear is measured in counted
//! instructions by `benches/linear.sh`.
#![forbid(unsafe_code)]
#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a test kit panics to report")]

#[cfg(feature = "sasl")]
pub mod authentication;
pub mod cases;
pub mod chunks;
pub mod cuts;
pub mod dialogue;
pub mod escape;
#[cfg(feature = "generate")]
pub mod generate;
pub mod hostile;
pub mod laws;
#[cfg(feature = "imap")]
pub mod mailbox;
pub mod pair;
#[cfg(feature = "smtp")]
pub mod queue;
mod role;
pub mod roles;
#[cfg(feature = "sasl")]
pub mod sasl;
pub mod transcript;

pub use role::{Options, Role, Seen, Trace};

/// A file or folder of the project's shared reference material, if it is on this machine.
///
/// A clone of the project does not have it: a test that wants it says so and passes.
#[must_use]
pub fn shared(path: &str) -> Option<std::path::PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let path = std::path::Path::new(shared).join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("not on this machine, so not checked: ../shared/{}", path.display());
    None
}
