//! Commands: what a client sends and a server reads, and how they are written.

mod parse;

use crate::{Argument, LanguageRange};
use core::fmt;
use mailwire_core::{Secret, Sink, Syntax, Text, base64};

/// A command, as a client sends and a server reads it.
///
/// `Debug` does not show passwords.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `USER name` (RFC 1939 section 7).
    User(Argument<'a>),
    /// `PASS string`: all that follows the one space is the password, spaces too.
    Pass(Argument<'a>),
    /// `APOP name digest`: the digest is that of the greeting's timestamp and the secret, 32
    /// hexadecimal digits.
    Apop {
        /// The name of the maildrop.
        name: Argument<'a>,
        /// The MD5 digest.
        digest: [u8; 16],
    },
    /// `AUTH mechanism [initial-response]` (RFC 5034).
    Auth {
        /// The name of the mechanism.
        mechanism: Text<'a>,
        /// What the client says without being asked; `=` on the wire when it is empty.
        initial: Option<Secret>,
    },
    /// `AUTH` alone asks for the mechanisms.
    AuthList,
    /// `STLS` (RFC 2595 section 4).
    Stls,
    /// `CAPA` (RFC 2449 section 5).
    Capa,
    /// `STAT`.
    Stat,
    /// `LIST [msg]`.
    List(Option<u32>),
    /// `RETR msg`.
    Retr(u32),
    /// `DELE msg`.
    Dele(u32),
    /// `NOOP`.
    Noop,
    /// `RSET`.
    Rset,
    /// `TOP msg n`: the header, the empty line and `n` lines of the body.
    Top {
        /// The number of the message.
        message: u32,
        /// How many lines of its body.
        lines: u64,
    },
    /// `UIDL [msg]`.
    Uidl(Option<u32>),
    /// `UTF8` (RFC 6856 section 2): messages may be sent as UTF-8 from here on.
    Utf8,
    /// `LANG [range]` (RFC 6856 section 3): asks for texts in a language, or alone for the
    /// languages that there are.
    Lang(Option<LanguageRange<'a>>),
    /// `QUIT`.
    Quit,
    /// A verb that is none of these.
    Other {
        /// As it came.
        verb: Text<'a>,
        /// What followed the space.
        rest: Text<'a>,
    },
}

/// A line that is no command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct Unparsed(#[from] pub Syntax);

impl<'a> Command<'a> {
    /// Writes the command and its CRLF.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(self.verb().as_bytes());
        match self {
            Self::User(argument) | Self::Pass(argument) => {
                out.put(b" ");
                out.put(argument.as_bytes());
            }
            Self::Apop { name, digest } => {
                out.put(b" ");
                out.put(name.as_bytes());
                out.put(b" ");
                for byte in digest {
                    let hex = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
                    out.put(&[hex(byte >> 4), hex(byte & 15)]);
                }
            }
            Self::Auth { mechanism, initial } => {
                out.put(b" ");
                out.put(mechanism.as_str().as_bytes());
                match initial.as_ref().map(Secret::expose) {
                    None => {}
                    Some([]) => out.put(b" ="),
                    Some(initial) => {
                        out.put(b" ");
                        base64::encode(initial, out);
                    }
                }
            }
            Self::List(Some(n)) | Self::Uidl(Some(n)) | Self::Retr(n) | Self::Dele(n) => {
                out.put(b" ");
                out.put_number(u64::from(*n));
            }
            Self::Top { message, lines } => {
                out.put(b" ");
                out.put_number(u64::from(*message));
                out.put(b" ");
                out.put_number(*lines);
            }
            Self::Lang(Some(range)) => {
                out.put(b" ");
                out.put(range.as_str().as_bytes());
            }
            Self::Other { rest, .. } if !rest.as_str().is_empty() => {
                out.put(b" ");
                out.put(rest.as_str().as_bytes());
            }
            _ => {}
        }
        out.put(b"\r\n");
    }

    /// The verb, in capitals but for those that are none of RFC 1939's kin.
    #[must_use]
    pub fn verb(&self) -> &str {
        match self {
            Self::User(_) => "USER",
            Self::Pass(_) => "PASS",
            Self::Apop { .. } => "APOP",
            Self::Auth { .. } | Self::AuthList => "AUTH",
            Self::Stls => "STLS",
            Self::Capa => "CAPA",
            Self::Stat => "STAT",
            Self::List(_) => "LIST",
            Self::Retr(_) => "RETR",
            Self::Dele(_) => "DELE",
            Self::Noop => "NOOP",
            Self::Rset => "RSET",
            Self::Top { .. } => "TOP",
            Self::Uidl(_) => "UIDL",
            Self::Utf8 => "UTF8",
            Self::Lang(_) => "LANG",
            Self::Quit => "QUIT",
            Self::Other { verb, .. } => verb.as_str(),
        }
    }

    /// Whether the line holds a password or its like.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Pass(_) | Self::Apop { .. } | Self::Auth { .. })
    }
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(_) => f.write_str("Pass(..)"),
            Self::User(name) => write!(f, "User({name:?})"),
            Self::Apop { name, .. } => write!(f, "Apop({name:?}, ..)"),
            Self::Auth { mechanism, .. } => write!(f, "Auth({mechanism}, ..)"),
            Self::List(Some(n)) | Self::Uidl(Some(n)) | Self::Retr(n) | Self::Dele(n) => {
                write!(f, "{}({n})", self.verb())
            }
            Self::Top { message, lines } => write!(f, "TOP({message}, {lines})"),
            Self::Lang(Some(range)) => write!(f, "LANG({})", range.as_str()),
            Self::Other { verb, rest } => write!(f, "Other({verb:?}, {rest:?})"),
            _ => f.write_str(self.verb()),
        }
    }
}
