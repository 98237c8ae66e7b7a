//! Why a connection cannot go on.

use crate::{Misuse, Syntax};

/// Why a connection cannot go on. What should still be said to the peer is in the output.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A server's reply cannot be read, so no later one could be told apart.
    #[error("malformed reply: {0}")]
    Syntax(#[from] Syntax),
    /// A server's reply passed a limit.
    #[error("{0} is longer than {1} octets")]
    TooLong(&'static str, u64),
    /// A server sent a reply of more lines than the limit.
    #[error("a reply has more than {0} lines")]
    TooManyLines(usize),
    /// A server replied though nothing was asked.
    #[error("the server answered a command that was not sent")]
    Unsolicited,
    /// A server's reply is of a class that the command cannot have.
    #[error("the server's reply does not fit the command")]
    WrongReply,
    /// Bytes came in the clear where TLS was to begin: someone may have injected them.
    #[error("plaintext followed STARTTLS")]
    PlaintextAfterStartTls,
    /// The configuration demands TLS and the server does not give it.
    #[error("the server does not offer TLS")]
    TlsRefused,
    /// A client began TLS where it should have sent a command.
    #[error("a TLS record came where a command was expected")]
    UnexpectedTls,
    /// The peer closed in the middle of something.
    #[error("the connection ended in the middle of {0}")]
    Truncated(&'static str),
    /// The message was sent whole and the connection ended before the server said whether it took
    /// it. Sending it again may deliver it twice.
    #[error("the connection ended before the message was answered")]
    Uncertain,
    /// The caller's mistake. Nothing was changed.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
