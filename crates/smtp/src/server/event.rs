//! What a client did.

use crate::Syntax;
use crate::types::{Attributes, Code, Domain, Mail, Mechanism, Proxy, Rcpt, Reply, Verb};
use alloc::boxed::Box;
use core::fmt;

/// What the client asked for.
///
/// Each is answered, at once or later, with [`reply`](super::Connection::reply) or
/// [`accept`](super::Connection::accept), except those that say they are not.
// A tag of a whole word: what follows it is moved by words, not across them.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
#[repr(u64)]
pub enum Event<'i> {
    /// HELO or EHLO. A positive answer to EHLO gets the keywords added.
    Hello(Hello<'i>),
    /// A transaction begins.
    Mail(Mail<'i>),
    /// A recipient.
    Rcpt(Rcpt<'i>),
    /// The client wants to send the message: DATA, or the first BDAT. `accept` lets it:
    /// [`Body`](Self::Body) follows. To BDAT no 354 is sent; when it is refused its chunk is consumed
    /// and the transaction is over.
    Data,
    /// A piece of the message, dots removed. Where it is cut means nothing. Not answered.
    Body(&'i [u8]),
    /// The message has come whole. The answer says who is responsible for it: with 250, we are. In
    /// LMTP there is one for each recipient:
    /// [`reply_recipient`](super::Connection::reply_recipient), or one `reply` for all that are left.
    BodyEnd,
    /// The server is to fetch the message, or a chunk of it. The answer to the last says who is
    /// responsible.
    Burl {
        /// From where.
        url: &'i str,
        /// Whether the message ends with it.
        last: bool,
    },
    /// The message has come whole and the machine has refused it: throw away what came. Not
    /// answered.
    BodyRefused(Why),
    /// Authentication begins. Answer with [`challenge`](super::Connection::challenge), 235 or 535.
    Auth {
        /// By which mechanism: one of those in the configuration.
        mechanism: Mechanism<'i>,
        /// What the client says first, decoded. `None` is not the same as empty.
        initial: Option<SecretBytes<'i>>,
    },
    /// The client's answer to a challenge, decoded. Answered like [`Auth`](Self::Auth).
    AuthResponse(SecretBytes<'i>),
    /// The client gave up, or sent no base64, and has been answered. Not answered.
    AuthCancelled,
    /// The client wants TLS. `accept` (220), flush, do the handshake, then
    /// [`tls_started`](super::Connection::tls_started).
    StartTls,
    /// RSET: the transaction ends when it is accepted.
    Reset,
    /// VRFY. `accept` answers 252.
    Verify(&'i str),
    /// EXPN. `accept` answers 502.
    Expand(&'i str),
    /// HELP.
    Help(&'i str),
    /// ETRN: what waits for this domain or queue is to be sent.
    Etrn(&'i str),
    /// ATRN (RFC 2645): mail for these domains, or for all of the client's, is asked for; 530 to who
    /// is not authenticated, 453 when there is none. When it is accepted the roles are turned: when
    /// the output is sent the machine wants [`Turn`](crate::Wants::Turn), and a client's takes the
    /// stream.
    Atrn(&'i str),
    /// XCLIENT. `accept` (220) begins the session anew, as that of the client described.
    XClient(Attributes<'i>),
    /// XFORWARD: what is to be logged.
    XForward(Attributes<'i>),
    /// The header of the PROXY protocol. Not answered.
    Proxy(Box<Proxy<'i>>),
    /// The client did not wait for an answer, or for the greeting (`None`). Not answered.
    Unsynchronised(Option<Verb>),
    /// NOOP.
    Noop,
    /// QUIT: the connection ends when it is answered.
    Quit,
    /// A command that is not known. `accept` answers 500.
    Other {
        /// Its first word.
        verb: &'i str,
        /// What follows the space behind it.
        rest: &'i str,
    },
    /// The machine has refused a line and answered it. For logs and penalties. Not answered.
    Refused(Refused<'i>),
}

/// HELO or EHLO.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hello<'i> {
    /// What the client calls itself. Nothing may be concluded from it.
    pub domain: Domain<'i>,
    /// Whether it said EHLO.
    pub extended: bool,
}

/// A line that was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Refused<'i> {
    /// The line without its end; empty when it was too long, or may hold a password.
    pub line: &'i [u8],
    /// Why.
    pub why: Why,
}

/// Why the machine refused something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// 500: the line does not begin with a verb, or holds what no command may.
    NotACommand(Syntax),
    /// 501: the command has an argument that it cannot have.
    BadArgument(Syntax),
    /// 500: longer than the limit.
    TooLong,
    /// 500: the line does not end in CRLF.
    LineEnd,
    /// 503: not where the session stands.
    BadSequence,
    /// 502: the configuration does not offer it.
    NotOffered,
    /// 504: not one of the mechanisms of the configuration.
    UnknownMechanism,
    /// 555: a parameter of no extension that is offered.
    UnknownParameter,
    /// 538: credentials need TLS.
    Insecure,
    /// 553: an address beyond US-ASCII, and no SMTPUTF8.
    Utf8,
    /// 552: larger than the limit.
    TooBig,
    /// 452: more recipients than the limit.
    TooManyRecipients,
    /// 550: CR or LF stands alone in the message.
    BareNewline,
    /// 501, and the connection ends: how much follows a BDAT cannot be known.
    BadChunk(Syntax),
    /// 552, and the connection ends: a chunk is larger than anyone would wait for.
    HugeChunk,
    /// 554, and the connection ends: the client did not wait for an answer or the greeting.
    Unsynchronised,
    /// 421, and the connection ends: too many commands were refused.
    TooManyErrors,
    /// 421, and the connection ends: too many commands that bring mail no further.
    TooManyIdle,
    /// 421, and the connection ends: authentication failed too often.
    TooManyFailures,
    /// 554, and the connection ends: the client speaks HTTP.
    NotSmtp,
}

impl Why {
    /// What the client is told.
    #[must_use]
    pub fn reply(&self) -> Reply<'static> {
        let (code, text) = match self {
            Self::NotACommand(_) => (Code::SYNTAX_ERROR, "5.5.2 not a command"),
            Self::BadArgument(syntax) => {
                let text = alloc::format!("5.5.4 {syntax}");
                return Reply::new(Code::BAD_ARGUMENT, text);
            }
            Self::TooLong => (Code::SYNTAX_ERROR, "5.5.6 line too long"),
            Self::LineEnd => (Code::SYNTAX_ERROR, "5.5.2 lines end in CRLF"),
            Self::BadSequence => (Code::BAD_SEQUENCE, "5.5.1 not now"),
            Self::NotOffered => (Code::NOT_IMPLEMENTED, "5.5.1 not offered"),
            Self::UnknownMechanism => {
                (Code::PARAMETER_NOT_IMPLEMENTED, "5.5.4 mechanism not offered")
            }
            Self::UnknownParameter => (Code::UNKNOWN_PARAMETER, "5.5.4 parameter not offered"),
            Self::Insecure => (Code::ENCRYPTION_REQUIRED, "5.7.11 encryption required"),
            Self::Utf8 => (Code::BAD_MAILBOX, "5.6.7 the address needs SMTPUTF8"),
            Self::TooBig => (Code::TOO_BIG, "5.3.4 message too big"),
            Self::TooManyRecipients => (Code::NO_ROOM, "4.5.3 too many recipients"),
            Self::BareNewline => (Code::REFUSED, "5.6.0 CR or LF stands alone in the message"),
            Self::BadChunk(syntax) => {
                let text = alloc::format!("5.5.4 {syntax}");
                return Reply::new(Code::BAD_ARGUMENT, text);
            }
            Self::HugeChunk => (Code::TOO_BIG, "5.3.4 message too big"),
            Self::Unsynchronised => (Code::FAILED, "5.5.0 wait for the answers"),
            Self::TooManyErrors => (Code::UNAVAILABLE, "4.7.0 too many errors"),
            Self::TooManyIdle => (Code::UNAVAILABLE, "4.7.0 too many commands without mail"),
            Self::TooManyFailures => (Code::UNAVAILABLE, "4.7.0 too many failures"),
            Self::NotSmtp => (Code::FAILED, "5.5.1 this is not HTTP"),
        };
        Reply::new(code, text)
    }

    /// Whether the connection ends with it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::BadChunk(_)
                | Self::HugeChunk
                | Self::Unsynchronised
                | Self::TooManyErrors
                | Self::TooManyIdle
                | Self::TooManyFailures
                | Self::NotSmtp
        )
    }
}

/// Decoded bytes of an AUTH exchange, borrowed from the input. Not shown by `Debug`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct SecretBytes<'i>(pub(crate) &'i [u8]);

impl<'i> SecretBytes<'i> {
    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &'i [u8] {
        self.0
    }
}

impl fmt::Debug for SecretBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}
