//! What a server said to a client.

use crate::types::{Condition, Response, Section};
use mailwire_core::{Misuse, Secret, Syntax};

/// Names a command; the events that answer it carry it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(pub(crate) u32);

impl core::fmt::Display for Tag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "a{}", self.0)
    }
}

/// What the server said.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// The first line: OK, PREAUTH or BYE.
    Greeting(Condition<'i>),
    /// An untagged response.
    Response(Response<'i>),
    /// A body too long to keep is about to come in pieces. The response it belongs to follows
    /// whole, with [`BodyItem::Streamed`](crate::types::BodyItem::Streamed) in its place.
    BodyStart {
        /// The sequence number of the message.
        seq: u32,
        /// Which part of it.
        section: Section<'i>,
        /// How many octets.
        len: u64,
    },
    /// A piece of the body.
    Body(&'i [u8]),
    /// The body has come whole.
    BodyEnd,
    /// A command ended.
    Done {
        /// Which.
        tag: Tag,
        /// How.
        condition: Condition<'i>,
    },
    /// The server wants the message that [`append`](super::Connection::append) announced: give it
    /// with [`send_body`](super::Connection::send_body).
    SendBody {
        /// The APPEND.
        tag: Tag,
        /// How many octets.
        len: u64,
    },
    /// The server wants an answer in an authentication exchange: give it with
    /// [`respond`](super::Connection::respond) or [`cancel`](super::Connection::cancel).
    Challenge {
        /// The AUTHENTICATE command.
        tag: Tag,
        /// The challenge.
        data: Secret,
    },
    /// IDLE has begun: responses come as they happen, until [`done`](super::Connection::done).
    Idling(Tag),
    /// The server is ready for TLS: do the handshake, then call
    /// [`tls_started`](super::Connection::tls_started).
    StartTls,
    /// The server compresses from here on: send the output, wrap the stream, then call
    /// [`deflate_started`](super::Connection::deflate_started). A COMPRESS that is refused is
    /// [`Done`](Self::Done).
    Deflate,
    /// An untagged response that is malformed where it cannot be mended was passed over; its
    /// framing was right, so nothing else is lost.
    Skipped {
        /// The response, with its literals.
        response: &'i [u8],
        /// Where it stops to fit, and what should stand there.
        why: Syntax,
    },
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The greeting, or a tagged response, is malformed.
    #[error("malformed response: {0}")]
    Syntax(Syntax),
    /// The greeting is not OK, PREAUTH or BYE.
    #[error("expected a greeting")]
    NoGreeting,
    /// A response is longer than the limit: its end is lost.
    #[error("a response is longer than {0} octets")]
    TooLong(usize),
    /// A tagged response for a command that is not in progress.
    #[error("the server answered a command that was not sent")]
    UnknownTag,
    /// Bytes came in the clear behind the OK to STARTTLS.
    #[error("plaintext followed STARTTLS")]
    PlaintextAfterStartTls,
    /// The server refuses STARTTLS, or begins with PREAUTH in the clear, and credentials may not
    /// be sent without TLS.
    #[error("the server does not offer TLS")]
    TlsRefused,
    /// The server closed while it owed an answer.
    #[error("the server closed the connection in the middle of {0}")]
    Truncated(&'static str),
    /// The program called what does not fit. Only from `tls_started`.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
