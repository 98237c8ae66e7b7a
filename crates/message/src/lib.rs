//! RFC 5322 and MIME messages: read whole or as they arrive, and written, without I/O.
//!
//! Any bytes are a message. What is wrong with them is said as [`Defect`]s beside what could be
//! read.
//!
//! ```
//! use mailwire_message::Message;
//!
//! let message = Message::parse(
//!     b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nSubject: hello\r\n\
//!       Content-Type: text/plain; charset=iso-8859-1\r\n\
//!       Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n",
//! );
//! let root = message.root();
//! assert_eq!(root.text_field("Subject").as_deref(), Some("hello"));
//! assert_eq!(root.addresses("From")[0].name().as_deref(), Some("J\u{fc}rgen"));
//! assert_eq!(root.text(), "Gr\u{fc}\u{df}e\r\n");
//! ```
//!
//! # Features
//!
//! - `encoding`, on by default: all charsets, by encoding_rs. `detect` guesses them, by chardetng.
//! - `std`: vector instructions that the processor is asked for. `encodify`: base64 at the speed of
//!   memory; needs Rust 1.89.
//! - `serde`: a [`Message`] is serialised as its `Index`, which is deserialised after everything in
//!   it was checked, and gives the message again. The values of fields are serialised. Those that
//!   own what they hold are deserialised too, and those of [`build`] through their constructors: no
//!   CR, LF or NUL comes in. Those that borrow (lists of addresses, `Received` and others) are read
//!   again from the octets.
//! - `tnef`: `winmail.dat` (MS-OXTNEF).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod bodies;
pub mod build;
mod defect;
pub mod edit;
pub mod encoding;
mod examine;
pub mod header;
pub mod imap;
pub mod jmap;
mod limits;
pub mod maildir;
pub mod manual;
pub mod mbox;
mod message;
mod mime;
mod octets;
mod reader;
pub mod reply;
pub mod report;
mod rules;
#[cfg(feature = "serde")]
mod serial;
pub mod sort;
pub mod text;
pub mod thread;
#[cfg(feature = "tnef")]
pub mod tnef;
mod views;

pub use defect::{Defect, DefectKind, Severity};
pub use limits::Limits;
#[cfg(feature = "serde")]
pub use message::{FieldIndex, Index, NotItsIndex, PartIndex};
pub use message::{Message, PartRef, Storage};
pub use mime::{Kind, TransferEncoding};
pub use reader::{Event, Reader};
pub use rules::{
    AfterClose, Boundaries, Colons, Dates, Delimiters, Duplicates, Junk, Parameters, Rules,
};
pub use views::{Enclosed, View};
