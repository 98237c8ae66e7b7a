//! What a client wants of a server.

use crate::types::{Append, AppendStep, Command, Replaced, Tag};
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::{Misuse, Secret, Syntax};

/// What a client wants. One command at a time: what follows waits until it is completed.
#[derive(Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// A command. Send what it asks for, then [`complete`](super::Connection::complete) it; the
    /// condition is the decision (an OK to LOGIN is the login). To AUTHENTICATE the answer may be a
    /// [`challenge`](super::Connection::challenge); to IDLE it is
    /// [`begin_idle`](super::Connection::begin_idle).
    ///
    /// CAPABILITY and LOGOUT are answered by the machine.
    Command {
        /// Its tag.
        tag: Tag<'i>,
        /// What it is.
        command: Command<'i>,
    },
    /// APPEND or REPLACE, and so many octets of a message are announced. Take them with
    /// [`accept_body`](super::Connection::accept_body), or
    /// [`complete`](super::Connection::complete) with NO, and they do not come here.
    Append {
        /// Its tag.
        tag: Tag<'i>,
        /// Where the message is to go.
        append: Append<'i>,
        /// REPLACE: which message goes then. Only where the application offers `REPLACE`.
        replaced: Option<Replaced>,
        /// What comes before the octets; empty but where the application offers `CATENATE`.
        steps: Vec<AppendStep<'i>>,
        /// How many octets.
        len: u64,
    },
    /// The octets have come whole, and the APPEND goes on: only where the application offers
    /// `MULTIAPPEND` or `CATENATE`.
    AppendMore {
        /// What comes next.
        steps: Vec<AppendStep<'i>>,
        /// How many octets of the message in progress follow that: answer as to
        /// [`Append`](Self::Append). `None` where there are no more: not answered,
        /// [`BodyEnd`](Self::BodyEnd) follows.
        len: Option<u64>,
    },
    /// A piece of the message. Not answered.
    Body(&'i [u8]),
    /// All messages have come whole, and the command is well-formed to its end:
    /// [`complete`](super::Connection::complete) it. All are taken, or none.
    BodyEnd,
    /// The command turned out not to be one after octets of its messages, or to have too many: the
    /// machine answered BAD or NO. Forget all its messages.
    BodyRefused(Syntax),
    /// The answer to a challenge. Answer as to AUTHENTICATE.
    AuthResponse(Secret),
    /// The client gave the exchange up, or sent what is not base64; the machine answered BAD. Not
    /// answered.
    AuthCancelled,
    /// The client ended IDLE: [`complete`](super::Connection::complete) it.
    Done,
    /// The client took leave, and was answered. Not answered.
    Logout,
    /// The machine refused a command, and has told the client. For logs and penalties. Not
    /// answered.
    Refused(Refused<'i>),
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { tag, command } => write!(f, "Command({} {command:?})", tag.as_str()),
            Self::Append { tag, append, replaced, steps, len } => {
                write!(f, "Append({} {append:?} {replaced:?} {steps:?} {len})", tag.as_str())
            }
            Self::AppendMore { steps, len } => write!(f, "AppendMore({steps:?} {len:?})"),
            Self::Body(piece) => write!(f, "Body({} octets)", piece.len()),
            Self::BodyEnd => f.write_str("BodyEnd"),
            Self::BodyRefused(syntax) => write!(f, "BodyRefused({syntax})"),
            Self::AuthResponse(_) => f.write_str("AuthResponse(..)"),
            Self::AuthCancelled => f.write_str("AuthCancelled"),
            Self::Done => f.write_str("Done"),
            Self::Logout => f.write_str("Logout"),
            Self::Refused(refused) => write!(f, "{refused:?}"),
        }
    }
}

/// A command that the machine refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused<'i> {
    /// What came, literals included; empty where it may hold a password or is too long.
    pub line: &'i [u8],
    /// Why.
    pub why: Why,
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// It is no command.
    #[error("{0}")]
    Syntax(Syntax),
    /// A literal in it is too long. It was not read, or passed over.
    #[error("literal too long")]
    TooLong,
    /// It is not legal in this state.
    #[error("not legal in this state")]
    WrongState,
    /// It needs QRESYNC, which the client did not enable (RFC 7162).
    #[error("QRESYNC was not enabled")]
    NotEnabled,
    /// It speaks of sequence numbers, and the client enabled UIDONLY (RFC 9586).
    #[error("not by sequence numbers after UIDONLY")]
    UidRequired,
    /// It is not offered here.
    #[error("not offered")]
    NotOffered,
    /// Credentials over a plain connection.
    #[error("not without TLS")]
    Insecure,
    /// A mechanism that is not offered.
    #[error("mechanism not offered")]
    NoSuchMechanism,
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A command is longer than the limit: its end is lost.
    #[error("a command is longer than {0} octets")]
    TooLong(usize),
    /// Bytes came in the clear after STARTTLS was agreed.
    #[error("plaintext followed STARTTLS")]
    PlaintextAfterStartTls,
    /// The client closed in the middle of something.
    #[error("the client closed the connection in the middle of {0}")]
    Truncated(&'static str),
    /// The program called what does not fit. Only from `tls_started`.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
