//! Reading a message as it arrives, or one that is larger than memory.
//!
//! [`Reader`](crate::Reader) finds what [`Message`](crate::Message) finds, however the bytes come:
//! it is the same parser. It holds one field at most
//! ([`Limits::field`](crate::Limits::field)), and the boundaries that are open. Offsets count from
//! the start of the message in 64 bits.
//!
//! ```
//! use mailwire_core::Input;
//! use mailwire_message::{Event, Reader};
//!
//! let (mut reader, mut rx) = (Reader::default(), Input::default());
//! let mut subject = None;
//! let mut octets = 0;
//! for piece in [&b"Subject: he"[..], b"llo\r\n\r", b"\nsome con", b"tent\r\n"] {
//!     rx.extend(piece);
//!     while let Some(event) = reader.receive(&mut rx) {
//!         match event {
//!             Event::Field { field, .. } if field.is("Subject") => subject = Some(field.text().into_owned()),
//!             Event::Body { octets: piece, .. } => octets += piece.len(),
//!             _ => {}
//!         }
//!     }
//! }
//! rx.close();
//! assert_eq!(reader.receive(&mut rx), Some(Event::PartEnd { at: 32, line_end: 0 }));
//! assert!(reader.receive(&mut rx).is_none() && reader.is_over());
//! assert_eq!((subject.as_deref(), octets), (Some("hello"), 14));
//! ```
//!
//! Events of a part come between its [`PartStart`](crate::Event::PartStart) and its
//! [`PartEnd`](crate::Event::PartEnd), which are nested as the parts are: a stack of what is open
//! is all that a program needs to keep. A body comes as it stands, in as many pieces as the bytes
//! came in; the decoders of [`encoding`](crate::encoding) take such pieces.
