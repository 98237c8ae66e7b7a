//! Reading a message that is in memory.
//!
//! [`Message::parse`](crate::Message::parse) writes an index: where each field, header and body
//! lies. It decodes and copies nothing, so a message costs what it costs to find its line ends and
//! delimiters. Any bytes are a message; there is no error. What is in a field or a body is found
//! when it is asked for:
//!
//! ```
//! use mailwire_message::{Kind, Message};
//!
//! let raw = b"From: J <j@example.org>\r\nSubject: two things\r\nMIME-Version: 1.0\r\n\
//!     Content-Type: multipart/mixed; boundary=b\r\n\r\n\
//!     --b\r\n\r\nSee the file.\r\n\
//!     --b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\
//!     Content-Transfer-Encoding: base64\r\n\r\nMSwyLDM=\r\n--b--\r\n";
//! let message = Message::parse(raw);
//!
//! assert_eq!(message.root().text_field("Subject").as_deref(), Some("two things"));
//! let leaves: Vec<_> = message.parts().filter(|part| part.kind() == Kind::Leaf).collect();
//! assert_eq!(leaves[0].text(), "See the file.");
//! assert_eq!(leaves[1].file_name().as_deref(), Some("a.csv"));
//! assert_eq!(&*leaves[1].body(), b"1,2,3");
//! // Where it lies, as it stands: for signatures, and to copy it without a change.
//! assert_eq!(&raw[leaves[1].body_range()], b"MSwyLDM=");
//! ```
//!
//! # Many messages
//!
//! [`Message::parse_with`](crate::Message::parse_with) uses the memory of the message before, so
//! that nothing is allocated.
//!
//! # Messages in messages
//!
//! A `message/rfc822` that is not encoded is part of the index: it has one child, which is that
//! message. One that is encoded, which RFC 2046 section 5.2.1 forbids and some send, is a leaf;
//! [`PartRef::enclosed`](crate::PartRef::enclosed) opens it, as many times one in another as
//! [`Limits::encoded_depth`](crate::Limits::encoded_depth) says.
//!
//! # Limits
//!
//! [`Limits`](crate::Limits) has a default for everything that a sender can make much of. What is
//! past a limit is not lost: it is one part that is not divided
//! ([`PartRef::is_limited`](crate::PartRef::is_limited)), and a
//! [`Defect`](crate::Defect) says so. Nothing recurses, so no message needs a deep stack.
//!
//! # For IMAP
//!
//! [`imap`](crate::imap) tells ENVELOPE, BODY, BODYSTRUCTURE, sections and sizes from the index.
