//! What a client wants of a server.

use crate::Phrase;
use core::fmt;
use mailwire_core::{Misuse, Secret, Syntax};

/// What a client wants. Each is to be answered as it says, once; the machine answers by itself
/// what is not here.
#[derive(Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// USER and PASS came: this is the password, the name is
    /// [`Connection::user`](super::Connection::user). Answer with
    /// [`open`](super::Connection::open) or a `-ERR` [`reply`](super::Connection::reply).
    Pass(&'i [u8]),
    /// APOP came with the MD5 digest of the timestamp and the secret. Answer as `Pass`.
    Apop {
        /// The name of the maildrop.
        name: &'i [u8],
        /// The digest.
        digest: [u8; 16],
    },
    /// AUTH came, with one of the configured mechanisms. Answer with
    /// [`challenge`](super::Connection::challenge), [`open`](super::Connection::open) or a
    /// `-ERR` [`reply`](super::Connection::reply).
    Auth {
        /// The mechanism, as it is spelled in the configuration's list but perhaps for its case.
        mechanism: &'i str,
        /// The client's first message, if it sent one with the command.
        initial: Option<Secret>,
    },
    /// The answer to a challenge. Answer as `Auth`.
    AuthResponse(Secret),
    /// The client gave the exchange up, or sent what is not base64; it was told `-ERR`. Not
    /// answered.
    AuthCancelled,
    /// The client wants TLS. Answer `+OK`, flush, do the handshake, and call
    /// [`tls_started`](super::Connection::tls_started); or answer `-ERR`.
    StartTls,
    /// The client wants this message. Answer with [`begin_body`](super::Connection::begin_body) and
    /// the message, or a `-ERR` [`reply`](super::Connection::reply).
    Retr(u32),
    /// The client wants the header of this message and so many lines of its body. Answer as
    /// `Retr`, with the whole message if that is easiest: the machine takes what is needed.
    Top {
        /// The number of the message.
        message: u32,
        /// How many lines of the body.
        lines: u64,
    },
    /// The client said QUIT in TRANSACTION. Delete what
    /// [`Maildrop::deleted`](crate::Maildrop::deleted) says, release the maildrop, and answer
    /// `+OK`, or `-ERR` when some could not be deleted. The connection is over then.
    Update,
    /// The client said QUIT before login. It was told `+OK`. Not answered.
    Quit,
    /// One of the configured verbs, in any state but UPDATE. Answer with a
    /// [`reply`](super::Connection::reply), or with several lines:
    /// [`begin_lines`](super::Connection::begin_lines).
    Other {
        /// The verb as it came.
        verb: &'i str,
        /// What followed the space.
        rest: &'i str,
    },
    /// The machine refused a line, and has told the client. For logs and penalties. Not answered.
    Refused(Refused<'i>),
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(_) => f.write_str("Pass(..)"),
            Self::Apop { name, .. } => write!(f, "Apop(\"{}\", ..)", name.escape_ascii()),
            Self::Auth { mechanism, initial } => {
                let initial = if initial.is_some() { "initial" } else { "no initial" };
                write!(f, "Auth({mechanism}, {initial})")
            }
            Self::AuthResponse(_) => f.write_str("AuthResponse(..)"),
            Self::AuthCancelled => f.write_str("AuthCancelled"),
            Self::StartTls => f.write_str("StartTls"),
            Self::Retr(message) => write!(f, "Retr({message})"),
            Self::Top { message, lines } => write!(f, "Top({message}, {lines})"),
            Self::Update => f.write_str("Update"),
            Self::Quit => f.write_str("Quit"),
            Self::Other { verb, rest } => write!(f, "Other({verb:?}, {rest:?})"),
            Self::Refused(refused) => write!(f, "{refused:?}"),
        }
    }
}

/// A line that the machine refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused<'i> {
    /// The line with its end; empty where it may hold a password, and where it is too long.
    pub line: &'i [u8],
    /// Why.
    pub why: Why,
}

/// Why a line was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// It is no command.
    #[error("{0}")]
    Syntax(Syntax),
    /// It is longer than the limit.
    #[error("line too long")]
    TooLong,
    /// It ends in a bare LF.
    #[error("lines end in CRLF")]
    BareLf,
    /// It holds NUL.
    #[error("NUL in a line")]
    Nul,
    /// Its verb is not known here.
    #[error("unknown command")]
    Unknown,
    /// It is not legal in this state.
    #[error("not legal in this state")]
    WrongState,
    /// Credentials over a plain connection.
    #[error("not without TLS")]
    Insecure,
    /// No such message, or one that is marked as deleted.
    #[error("no such message")]
    NoSuchMessage,
    /// An authentication mechanism that is not offered.
    #[error("mechanism not offered")]
    NoSuchMechanism,
    /// A language that is not offered.
    #[error("language not offered")]
    NoSuchLanguage,
    /// A name or a password that is not UTF-8 where it has to be.
    #[error("not UTF-8")]
    NotUtf8,
}

impl Why {
    /// What the client is told.
    #[must_use]
    pub fn phrase(self) -> Phrase {
        match self {
            Self::Syntax(_) => Phrase::Syntax,
            Self::TooLong => Phrase::TooLong,
            Self::BareLf => Phrase::BareLf,
            Self::Nul => Phrase::Nul,
            Self::Unknown => Phrase::Unknown,
            Self::WrongState => Phrase::WrongState,
            Self::Insecure => Phrase::Insecure,
            Self::NoSuchMessage => Phrase::NoSuchMessage,
            Self::NoSuchMechanism => Phrase::NoSuchMechanism,
            Self::NoSuchLanguage => Phrase::NoSuchLanguage,
            Self::NotUtf8 => Phrase::NotUtf8,
        }
    }
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes came in the clear after STLS was agreed.
    #[error("plaintext followed STLS")]
    PlaintextAfterStartTls,
    /// The client closed in the middle of something. Nothing was deleted.
    #[error("the client closed the connection in the middle of {0}")]
    Truncated(&'static str),
    /// The program called what does not fit. Only from `tls_started`.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
