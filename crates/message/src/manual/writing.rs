//! Writing messages, and changing those that were read.
//!
//! # Writing
//!
//! [`Builder`](crate::build::Builder) takes values that cannot hold CR, LF or NUL, so nothing that
//! a user types ends the field that it stands in. It folds, encodes and delimits; what differs from
//! one message to the next (date, name, boundaries) is given, so the same values write the same
//! octets. What text, HTML and files cannot say, [`Part`](crate::build::Part) does:
//!
//! ```
//! use mailwire_core::Text;
//! use mailwire_message::Message;
//! use mailwire_message::build::{Builder, Date, Mailbox, MessageId, Part};
//!
//! let forwarded = b"From: carol@example.net\r\nSubject: lunch\r\n\r\nAt noon.\r\n";
//! let content = Part::multipart("mixed", [
//!     Part::text("See below.\n"),
//!     Part::message(&forwarded[..]),
//! ])?;
//! let date = Date::from_unix(1_795_525_139, 60).ok_or("no such date")?;
//! let message = Builder::new(Mailbox::new("alice@example.org")?, date)
//!     .to(Mailbox::new("bob@example.org")?.named("Bob Müller")?)
//!     .subject(Text::new("Fwd: lunch")?)
//!     .message_id(MessageId::of("17", "example.org")?)
//!     .content(content);
//!
//! let mut out = Vec::with_capacity(message.size() as usize);
//! message.write_to(&mut out);
//! let read = Message::parse(&out);
//! assert_eq!(read.root().children().count(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A file that is too large for memory is a [`Streamed`](crate::build::Streamed): the
//! [`Writer`](crate::build::Writer) that [`Builder::stream`](crate::build::Builder::stream) makes
//! asks for its octets when it comes to them, and knows the size of the message before that.
//!
//! [`Builder::report`](crate::build::Builder::report) makes it a report of delivery, of what
//! became of a message, or of abuse, from the types that [`report`](crate::report) reads.
//!
//! # Answering and forwarding
//!
//! [`Reply`](crate::reply::Reply) says whom an answer is for, under which subject and in which
//! thread; [`quote`](crate::reply::quote) is what it quotes, as flowed text.
//! [`forward_inline`](crate::reply::forward_inline) is the text of a message that is forwarded, and
//! [`Part::message`](crate::build::Part::message) is all of it.
//!
//! ```
//! use mailwire_message::Message;
//! use mailwire_message::build::{Builder, Date, Mailbox, Part};
//! use mailwire_message::reply::{Reply, Whom, quote};
//! use mailwire_message::text::flowed::Space;
//!
//! let message = Message::parse(b"From: ann@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n");
//! let date = Date::from_unix(1_795_525_139, 60).ok_or("no such date")?;
//! let answer = format!("Ann wrote:\r\n{}\r\nYes.\r\n", quote(&message));
//! let me = Mailbox::new("bob@example.net")?;
//! let reply = Reply::to(&message, Whom::Author, &["bob@example.net"])
//!     .apply(Builder::new(me, date))
//!     .content(Part::flowed(answer, Space::Kept));
//!
//! let mut out = Vec::new();
//! reply.write_to(&mut out);
//! assert!(out.ends_with(b"\r\n\r\nAnn wrote:\r\n> At noon?\r\n\r\nYes.\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Signing
//!
//! What is signed is [`Part::octets`](crate::build::Part::octets); those octets go back through
//! [`Part::raw`](crate::build::Part::raw) into a `multipart/signed`, unchanged.
//!
//! # Changing
//!
//! [`Edit`](crate::edit::Edit) adds, replaces and removes fields and parts of a message that was
//! read. Every other octet stays what it was, also what could not be understood, so signatures over
//! it hold. Nothing is copied: the result is pieces of the message and of what is new.
//!
//! ```
//! use mailwire_message::{Message, edit::Edit};
//!
//! let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n\
//!     --b\r\nContent-Type: application/x-msdownload\r\n\r\nMZ\r\n--b--\r\n";
//! let message = Message::parse(raw);
//! let mut edit = Edit::new(&message);
//! for part in message.parts() {
//!     if part.content_type().is("application", "x-msdownload") {
//!         edit.remove_part(part)?;
//!     }
//! }
//! let without: Vec<u8> = edit.pieces().flatten().copied().collect();
//! assert_eq!(
//!     without,
//!     b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--\r\n",
//! );
//! # Ok::<(), mailwire_core::Invalid>(())
//! ```
