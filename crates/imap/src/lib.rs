//! IMAP4rev1 and IMAP4rev2 for both sides, as state machines that do no I/O.
//!
//! How to use it: [`guide`].
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod build;
pub mod encode;
pub mod evaluate;
mod ext;
mod frame;
#[cfg(feature = "message")]
pub mod message;
pub mod model;
pub mod parse;
pub mod types;
pub mod utf7;
pub mod view;

pub mod client;
mod rules;
pub mod server;

pub use mailwire_core::{Security, Wait, Wants};
pub use rules::SessionState;

#[doc = include_str!("guide.md")]
pub mod guide {}
