//! What a server said.

use crate::types::{Reply, Verb};
use core::fmt;

/// What the server said.
#[non_exhaustive]
pub enum Event<'i> {
    /// The first words of the server. With a positive code, say hello.
    Greeting(Reply<'i>),
    /// The answer to a command, or to the message that followed DATA.
    Reply {
        /// The command.
        to: Id,
        /// The answer. After 421 the connection is over and what else was sent stays unanswered.
        reply: Reply<'i>,
    },
    /// The answer to a message for one of its recipients: in LMTP, and by PRDR, where the answer for
    /// all follows as a [`Reply`](Self::Reply).
    RecipientReply {
        /// The DATA, or what began the chunks.
        to: Id,
        /// The RCPT.
        recipient: Id,
        /// The answer.
        reply: Reply<'i>,
    },
    /// DATA was accepted: send the message with [`send_body`](super::Connection::send_body) and
    /// [`end_body`](super::Connection::end_body).
    SendBody {
        /// The DATA; the answer to the message will be a [`Reply`](Self::Reply) to it.
        to: Id,
    },
    /// A challenge, decoded. Answer with [`respond`](super::Connection::respond) or
    /// [`cancel`](super::Connection::cancel).
    Challenge {
        /// The AUTH.
        to: Id,
        /// What the server said.
        data: &'i [u8],
    },
    /// STARTTLS was accepted: flush, do the handshake, then call
    /// [`tls_started`](super::Connection::tls_started) and say hello again.
    StartTls,
    /// The server closes the connection though nothing was asked: 421, or before it closed another
    /// code that is no yes.
    Farewell(Reply<'i>),
}

/// Challenges are not shown.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting(reply) => f.debug_tuple("Greeting").field(reply).finish(),
            Self::Reply { to, reply } => {
                f.debug_struct("Reply").field("to", to).field("reply", reply).finish()
            }
            Self::RecipientReply { to, recipient, reply } => f
                .debug_struct("RecipientReply")
                .field("to", to)
                .field("recipient", recipient)
                .field("reply", reply)
                .finish(),
            Self::SendBody { to } => f.debug_struct("SendBody").field("to", to).finish(),
            Self::Challenge { to, .. } => {
                f.debug_struct("Challenge").field("to", to).finish_non_exhaustive()
            }
            Self::StartTls => f.write_str("StartTls"),
            Self::Farewell(reply) => f.debug_tuple("Farewell").field(reply).finish(),
        }
    }
}

/// Names a command of one connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Id {
    pub(super) serial: u64,
    pub(super) verb: Verb,
}

impl Id {
    /// What kind of command it is.
    #[must_use]
    pub fn verb(self) -> Verb {
        self.verb
    }
}
