//! Mail that readers disagree about, and what is done with it.
//!
//! A filter that sees another message than the one that is shown protects nobody. Where the rules
//! leave room, or senders break them, this crate reads in one documented way, and says where
//! another reader may see something else.
//!
//! # What is found
//!
//! [`Message::defects`](crate::Message::defects) lists what is wrong with the structure, which
//! costs nothing; [`Message::examine`](crate::Message::examine) looks at addresses and bodies too.
//! Each [`Defect`](crate::Defect) has a place, a kind, and a
//! [`Severity`](crate::Severity): a note, an ambiguity, or a limit that was reached.
//!
//! ```
//! use mailwire_message::{DefectKind, Limits, Message, Severity};
//!
//! let raw = b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<b>";
//! let message = Message::parse(raw);
//! assert_eq!(message.defects()[0].kind, DefectKind::DuplicateField);
//! assert_eq!(message.defects()[0].severity(), Severity::Ambiguous);
//! // The first counts.
//! assert!(message.root().content_type().is("text", "plain"));
//! // A strict reader takes no such message.
//! assert!(Message::parse_strict(raw, &Limits::default()).is_err());
//! ```
//!
//! # What is chosen
//!
//! | what | the choice |
//! |---|---|
//! | several fields or parameters where one may be | the first |
//! | white space before a colon | it is a field |
//! | a line in a header that is no field | passed over, the header goes on |
//! | white space at the start of the first line | it is no field |
//! | a carriage return or a NUL alone in a header | content |
//! | a delimiter with something behind it on its line | it divides (RFC 2046 section 5.1.1) |
//! | a delimiter behind white space, or inside a line | content |
//! | boundaries that begin alike | the longest, then the innermost |
//! | a delimiter of a multipart further out | ends all inside it |
//! | delimiters behind a closing one | content |
//! | a multipart that says it is encoded | divided as it stands (RFC 2045 section 6.4) |
//! | a message that says it is encoded | a leaf; see [`PartRef::enclosed`](crate::PartRef::enclosed) |
//! | an encoding that is not known | content as it stands |
//! | an encoded-word in an encoding, a boundary or an address | not decoded |
//! | a boundary in pieces, or encoded | put together |
//! | octets in base64 that are none | passed over |
//! | several semicolons between parameters | one |
//! | a parameter that should be quoted | it goes on to the next semicolon |
//! | a boundary longer than 70 octets | compared whole |
//! | a boundary that is empty | none: the multipart is not divided |
//!
//! # What others see
//!
//! [`Rules`](crate::Rules) makes other choices, and
//! [`Message::views`](crate::Message::views) finds every leaf that a reader by any of them would:
//! what a scanner should look at. [`Rules::dovecot`](crate::Rules::dovecot) are all those of
//! Dovecot together, by which every ENVELOPE, BODY, BODYSTRUCTURE and date of the 1,598 messages
//! that this is tested with is equal to Dovecot's.
