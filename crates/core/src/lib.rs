//! The vocabulary that every mailwire protocol shares: where bytes come in, where they go out,
//! and what a machine may ask of the program that drives it.
//!
//! A *machine* is one side of one connection. It does no I/O: the caller puts received bytes
//! into an [`Input`], takes events out of [`Machine::receive`], answers them, and sends what
//! [`Machine::output`] holds. Five verbs are the same in every protocol: `receive`,
//! `send`/`reply`, `output`, `wants`, `wait`.
//!
//! Authors of other line protocols (ManageSieve, NNTP) can build on this crate too:
//!
//! ```
//! use mailwire_core::{Buf, Input, Lines, Output};
//!
//! let mut rx = Input::default();
//! let mut out = Output::default();
//! let mut lines = Lines::default();
//!
//! rx.extend(b"PING\r\nPI");
//! while let Some(n) = lines.find(rx.unread(), 0) {
//!     let line = rx.take(n);
//!     assert_eq!(rx.slice(line), b"PING\r\n");
//!     out.put(b"PONG\r\n");
//! }
//! assert_eq!(out.chunk(), b"PONG\r\n");
//! assert_eq!(rx.unread(), b"PI");
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod base64;
pub mod dots;
mod input;
pub mod keyword;
mod lines;
mod machine;
mod misuse;
pub mod newlines;
mod output;
mod secret;
mod sink;
mod syntax;
mod text;
mod watchdog;

pub use bytes::Buf;
pub use dots::{DotReader, DotWriter};
pub use input::Input;
pub use lines::{Lines, without_end};
pub use machine::{Machine, Security, Wants, upgrades_clean};
pub use misuse::Misuse;
pub use newlines::Newlines;
pub use output::Output;
pub use secret::Secret;
pub use sink::Sink;
pub use syntax::Syntax;
#[cfg(feature = "nom")]
pub use syntax::{Expected, Parsed, expect, whole};
pub use text::{Invalid, Text};
pub use watchdog::{Wait, Watchdog};
