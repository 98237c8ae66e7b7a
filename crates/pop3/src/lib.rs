//! POP3 (RFC 1939) for both sides, as state machines that do no I/O.
//!
//! | RFC | what |
//! |---|---|
//! | 1939 | USER, PASS, APOP, STAT, LIST, UIDL, RETR, TOP, DELE, RSET, NOOP, QUIT; the states |
//! | 2449 | CAPA and its capabilities, response codes, PIPELINING |
//! | 2595 | STLS |
//! | 3206 | the `SYS/TEMP`, `SYS/PERM` and `AUTH` response codes |
//! | 5034 | AUTH: initial response, `=`, `*`, and alone |
//! | 6856 | UTF8, `UTF8 USER`, LANG |
//!
//! Other verbs, as LAST and XTND, are for an application to register. [`guide`] shows how whole
//! programs are written.
//!
//! A server is given a [`Maildrop`] when it lets a client in and answers everything itself that
//! needs no message:
//!
//! ```
//! use mailwire_core::{Buf, Input, Security};
//! use mailwire_pop3::server::{Connection, Event};
//! use mailwire_pop3::Maildrop;
//! use std::sync::Arc;
//!
//! let mut conn = Connection::new(Arc::default(), Security::Tls);
//! let mut rx = Input::default();
//! rx.extend(b"user bob\r\npass hungry\r\nlist\r\nretr 1\r\n");
//! while let Some(event) = conn.receive(&mut rx)? {
//!     match event {
//!         Event::Pass(b"hungry") if conn.user() == b"bob" => {
//!             let mut maildrop = Maildrop::default();
//!             maildrop.push(12, "uid-1")?;
//!             conn.open(maildrop)?;
//!         }
//!         Event::Retr(1) => {
//!             conn.begin_body()?;
//!             conn.send_body(b"Hello\r\n.dot\r\n")?;
//!             conn.end_body()?;
//!         }
//!         other => panic!("{other:?}"),
//!     }
//! }
//! let out = conn.output();
//! assert!(out.chunk().ends_with(b"1 12\r\n.\r\n+OK 12 octets\r\nHello\r\n..dot\r\n.\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod argument;
mod capability;
pub mod client;
mod command;
mod language;
mod maildrop;
pub mod plan;
mod reply;
mod rules;
pub mod server;

#[doc = include_str!("guide.md")]
pub mod guide {}

pub use argument::{Argument, UniqueId};
pub use capability::{Capabilities, Capability};
pub use command::{Command, Unparsed};
pub use language::{Language, LanguageRange, Phrase};
pub use maildrop::Maildrop;
pub use mailwire_core::{Invalid, Misuse, Secret, Security, Text, Wait, Wants};
pub use reply::{Code, Reply, Status};
pub use rules::State;
