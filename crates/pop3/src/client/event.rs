//! What a server said to a client.

use super::Id;
use crate::{Capability, Reply, UniqueId};
use mailwire_core::{Misuse, Secret};

/// What the server said.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// The first line of all. `-ERR`: the server does not want us now.
    Greeting(Reply<'i>),
    /// The answer to a command; for STAT, and where data follow, only when it is `-ERR`.
    Reply {
        /// The command.
        to: Id,
        /// The answer.
        reply: Reply<'i>,
    },
    /// The answer to STAT.
    Stat {
        /// The command.
        to: Id,
        /// How many messages there are.
        messages: u32,
        /// Their octets together, as the server counts them.
        octets: u64,
    },
    /// A message in the answer to LIST.
    Listed {
        /// The command.
        to: Id,
        /// The number of the message.
        message: u32,
        /// Its size, as the server counts it: a hint, not a promise.
        octets: u64,
    },
    /// A message in the answer to UIDL.
    UniqueId {
        /// The command.
        to: Id,
        /// The number of the message.
        message: u32,
        /// Its unique id.
        id: UniqueId<'i>,
    },
    /// A line of the answer to CAPA. All of them are in
    /// [`Connection::capabilities`](super::Connection::capabilities) when it is over.
    Capability {
        /// The command.
        to: Id,
        /// The capability.
        capability: Capability,
    },
    /// A language in the answer to LANG.
    Language {
        /// The command.
        to: Id,
        /// Its tag: what LANG takes.
        tag: &'i str,
        /// Its name, in itself; may be empty.
        description: &'i str,
    },
    /// A line of another answer of several lines, its end and dot removed.
    Line {
        /// The command.
        to: Id,
        /// The line.
        line: &'i [u8],
    },
    /// The server sends the message that RETR or TOP asked for: [`Event::Body`] and then
    /// [`Event::End`] follow.
    Message {
        /// The command.
        to: Id,
        /// The answer's first line.
        reply: Reply<'i>,
    },
    /// A piece of the message, dots removed.
    Body(&'i [u8]),
    /// All of an answer of several lines has come.
    End {
        /// The command.
        to: Id,
    },
    /// The server wants an answer in an authentication exchange: give it with
    /// [`respond`](super::Connection::respond) or [`cancel`](super::Connection::cancel).
    Challenge {
        /// The AUTH command.
        to: Id,
        /// The challenge.
        data: Secret,
    },
    /// The server is ready for TLS: do the handshake, then call
    /// [`tls_started`](super::Connection::tls_started).
    StartTls,
    /// The server took leave without being asked (an autologout). The connection is over.
    Farewell(Reply<'i>),
    /// The server sent something that no RFC allows and that was understood or passed over all
    /// the same. For logs.
    Anomaly {
        /// The command.
        to: Id,
        /// What was odd.
        what: Anomaly,
    },
}

/// What a server sends and should not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Anomaly {
    /// The status is not in capitals.
    LowerCase,
    /// An empty line in front of a reply, or in a listing: passed over.
    BlankLine,
    /// More than one space between words, or tabs.
    ExtraSpaces,
    /// Something behind the numbers of STAT or LIST: passed over.
    ExtraWords,
    /// A line of LIST or UIDL without its number or size: passed over.
    BadEntry,
    /// A line of UIDL whose unique id is missing or longer than 70 octets: passed over.
    BadUniqueId {
        /// The message that has no name therefore.
        message: u32,
    },
    /// A line of LIST or UIDL whose number is not above the one before it: if one comes twice it is
    /// among these.
    OutOfOrder,
    /// The answer to LIST or UIDL for one message is about another.
    OtherMessage,
    /// The server did what it did not announce: UIDL, TOP, UTF8, LANG.
    NotAnnounced,
    /// More capabilities than are kept.
    TooManyCapabilities,
    /// A line that ends in a bare LF.
    BareLf,
    /// A challenge that is not base64: taken for an empty one.
    BadChallenge,
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line that is neither `+OK` nor `-ERR`.
    #[error("expected +OK or -ERR")]
    MalformedReply,
    /// The answer to STAT has no numbers, or numbers that do not fit.
    #[error("expected two numbers in the answer to STAT")]
    MalformedStat,
    /// A unique id of other octets than printable US-ASCII: what names messages cannot be trusted.
    #[error("expected a unique id of printable characters")]
    MalformedUniqueId,
    /// The server said `+OK` though nothing was asked.
    #[error("the server answered a command that was not sent")]
    UnexpectedReply,
    /// A line is longer than the limit.
    #[error("{0} is longer than {1} octets")]
    TooLong(&'static str, usize),
    /// An answer has more lines than the limit.
    #[error("an answer has more than {0} lines")]
    TooManyLines(u32),
    /// Bytes came in the clear behind the answer to STLS.
    #[error("plaintext followed STLS")]
    PlaintextAfterStartTls,
    /// The server refuses STLS and credentials may not be sent without.
    #[error("the server does not offer TLS")]
    TlsRefused,
    /// The server closed while it owed an answer.
    #[error("the server closed the connection in the middle of {0}")]
    Truncated(&'static str),
    /// The program called what does not fit. Only from `tls_started`.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
