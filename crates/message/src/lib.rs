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
pub mod sort;
pub mod text;
pub mod thread;
#[cfg(feature = "tnef")]
pub mod tnef;
mod views;

pub use defect::{Defect, DefectKind, Severity};
pub use limits::Limits;
pub use message::{Message, PartRef, Storage};
pub use mime::{Kind, TransferEncoding};
pub use reader::{Event, Reader};
pub use rules::{
    AfterClose, Boundaries, Colons, Dates, Delimiters, Duplicates, Junk, Parameters, Rules,
};
pub use views::{Enclosed, View};
