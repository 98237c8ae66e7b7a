//! SMTP (RFC 5321) for clients and servers as state machines, without I/O.
//!
//! A [`server::Connection`] turns received bytes into commands and the application's replies into
//! bytes; a [`client::Connection`] turns commands into bytes and received bytes into replies. A
//! program moves the bytes: over sockets of any runtime, or between the two, as here:
//!
//! ```
//! use mailwire_smtp::client::{self, Envelope, Outcome, Progress, Tls, Transaction};
//! use mailwire_smtp::types::{Command, Domain, ForwardPath, ReversePath};
//! use mailwire_smtp::{Buf, Input, Security, server};
//!
//! let mut config = client::Config::default();
//! config.tls = Tls::Optional;
//! let mut client = client::Connection::new(config.into(), Security::Plain);
//! let mut server = server::Connection::new(server::Config::default().into(), Security::Plain);
//! let (mut to_client, mut to_server) = (Input::default(), Input::default());
//! client.send(&Command::Ehlo(Domain::new("crepes.fr")?))?;
//! let to = vec![ForwardPath::new("bob@hamburger.edu")?];
//! let envelope = Envelope::new(ReversePath::new("alice@crepes.fr")?, to);
//! let (mut sending, mut message): (Option<Transaction>, Vec<u8>) = (None, Vec::new());
//! while !sending.as_ref().is_some_and(Transaction::is_done) {
//!     while let Some(event) = server.receive(&mut to_server)? {
//!         match event {
//!             server::Event::Body(piece) => message.extend_from_slice(piece),
//!             server::Event::Refused(_) | server::Event::BodyRefused(_) => {}
//!             _ => server.accept()?,
//!         }
//!     }
//!     to_client.extend(server.output().chunk());
//!     let n = server.output().remaining();
//!     server.output().advance(n);
//!     while let Some(event) = client.receive(&mut to_client)? {
//!         let Some(sending) = &mut sending else {
//!             if client.extensions().is_some() {
//!                 sending = Some(Transaction::begin(&mut client, &envelope)?);
//!             }
//!             continue;
//!         };
//!         if sending.see(&mut client, &event)? == Progress::SendBody {
//!             client.send_body(b"Do you like ketchup?\n")?;
//!             client.end_body()?;
//!         }
//!     }
//!     to_server.extend(client.output().chunk());
//!     let n = client.output().remaining();
//!     client.output().advance(n);
//! }
//! assert_eq!(message, b"Do you like ketchup?\r\n");
//! assert!(matches!(sending.unwrap().outcomes().next(), Some(Some(Outcome::Accepted(_)))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How to use it: [`guide`]. Extensions, all both ways:
//!
//! | RFC | what |
//! |---|---|
//! | 5321 | SMTP; VRFY, EXPN, HELP |
//! | 2033 | LMTP |
//! | 1870 | SIZE |
//! | 1985, 2645 | ETRN, ATRN |
//! | 2034, 3463, 5248 | ENHANCEDSTATUSCODES |
//! | 2852 | DELIVERBY |
//! | 2920 | PIPELINING |
//! | 3030 | CHUNKING, BINARYMIME |
//! | 3207 | STARTTLS |
//! | 3461, 6533 | DSN, with `utf-8` addresses |
//! | 4468 | BURL |
//! | 4865 | FUTURERELEASE |
//! | 4954 | AUTH; mechanisms by `mailwire-sasl` with the feature `sasl` |
//! | 6152 | 8BITMIME |
//! | 6531 | SMTPUTF8 |
//! | 6710 | MT-PRIORITY |
//! | 7293 | RRVS |
//! | 8689 | REQUIRETLS |
//! | 9422 | LIMITS |
//! | 1845, 3865, 3885, 4141, 4405 | CHECKPOINT, NO-SOLICITING, MTRK, CONPERM and CONNEG, SUBMITTER: keywords and parameters |
//! | | XCLIENT, XFORWARD, XVERP (Postfix), PRDR (Exim), the PROXY protocol 1 and 2 |
//!
//! Others are kept as they are, and an application can register its own.
//!
//! Feature `std`: adapters of `mailwire-core` for `std::io`. Feature `sasl`:
//! `server::Authentication` and `client::Authentication`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod base64_in_place;
pub mod client;
mod encode;
mod error;
#[doc = include_str!("guide.md")]
pub mod guide {}
pub mod parse;
pub mod queue;
mod rules;
pub mod server;
pub mod types;

pub use error::Error;
pub use mailwire_core::{
    Buf, Input, Invalid, Machine, Misuse, Output, Secret, Security, Sink, Syntax, Text, Wait, Wants,
};
