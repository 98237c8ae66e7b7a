//! What a client asks.

use super::{Attributes, Domain, ForwardPath, Params, ReversePath};
use crate::parse;
use crate::{Invalid, Secret, Text};
use alloc::borrow::Cow;
use core::fmt;

/// A command.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// Says who the client is and asks for extensions (RFC 5321 section 4.1.1.1).
    Ehlo(Domain<'a>),
    /// Says who the client is, to a server without extensions.
    Helo(Domain<'a>),
    /// EHLO of LMTP (RFC 2033).
    Lhlo(Domain<'a>),
    /// Begins a transaction (section 4.1.1.2).
    Mail(Mail<'a>),
    /// Names a recipient (section 4.1.1.3).
    Rcpt(Rcpt<'a>),
    /// Asks to send the message (section 4.1.1.4).
    Data,
    /// Sends a chunk of the message, which follows the line (RFC 3030).
    Bdat {
        /// How many octets follow.
        size: u64,
        /// Whether the message ends with them.
        last: bool,
    },
    /// Has the server fetch a chunk of the message (RFC 4468).
    Burl {
        /// From where.
        url: Text<'a>,
        /// Whether the message ends with it.
        last: bool,
    },
    /// Ends the transaction without a message (section 4.1.1.5).
    Rset,
    /// Asks whether a user exists (section 4.1.1.6).
    Vrfy(Text<'a>),
    /// Asks who is on a list (section 4.1.1.7).
    Expn(Text<'a>),
    /// Asks for help (section 4.1.1.8); the text may be empty.
    Help(Text<'a>),
    /// Asks for nothing (section 4.1.1.9); the text, often empty, means nothing.
    Noop(Text<'a>),
    /// Ends the session (section 4.1.1.10).
    Quit,
    /// Asks for TLS (RFC 3207).
    StartTls,
    /// Begins authentication (RFC 4954).
    Auth {
        /// By which mechanism.
        mechanism: Mechanism<'a>,
        /// What the client says first, decoded. `None` is not the same as empty.
        initial: Option<Secret>,
    },
    /// Asks for the queue of a domain to be sent out (RFC 1985): its name, perhaps behind `@`, or a
    /// queue's behind `#`.
    Etrn(Text<'a>),
    /// Asks for the mail of domains on this connection, with the roles turned (RFC 2645); the
    /// domains stand with commas between, or not at all.
    Atrn(Text<'a>),
    /// Says what a proxy knows of the client, which the server is to believe (Postfix).
    XClient(Attributes<'a>),
    /// Says what a proxy knows of the client, for logs (Postfix).
    XForward(Attributes<'a>),
    /// A command that is none of these.
    Other(Other<'a>),
}

impl Command<'_> {
    /// What kind of command it is.
    #[must_use]
    pub fn verb(&self) -> Verb {
        match self {
            Self::Ehlo(_) => Verb::Ehlo,
            Self::Helo(_) => Verb::Helo,
            Self::Lhlo(_) => Verb::Lhlo,
            Self::Mail(_) => Verb::Mail,
            Self::Rcpt(_) => Verb::Rcpt,
            Self::Data => Verb::Data,
            Self::Bdat { .. } => Verb::Bdat,
            Self::Burl { .. } => Verb::Burl,
            Self::Rset => Verb::Rset,
            Self::Vrfy(_) => Verb::Vrfy,
            Self::Expn(_) => Verb::Expn,
            Self::Help(_) => Verb::Help,
            Self::Noop(_) => Verb::Noop,
            Self::Quit => Verb::Quit,
            Self::StartTls => Verb::StartTls,
            Self::Auth { .. } => Verb::Auth,
            Self::Etrn(_) => Verb::Etrn,
            Self::Atrn(_) => Verb::Atrn,
            Self::XClient(_) => Verb::XClient,
            Self::XForward(_) => Verb::XForward,
            Self::Other(_) => Verb::Other,
        }
    }
}

/// The kinds of commands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum Verb {
    Ehlo,
    Helo,
    Lhlo,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Burl,
    Rset,
    Vrfy,
    Expn,
    Help,
    Noop,
    Quit,
    StartTls,
    Auth,
    Etrn,
    Atrn,
    XClient,
    XForward,
    /// One that this crate has no type for.
    Other,
}

impl Verb {
    /// Those that have a type.
    pub const KNOWN: [Self; 20] = [
        Self::Ehlo,
        Self::Helo,
        Self::Lhlo,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Bdat,
        Self::Burl,
        Self::Rset,
        Self::Vrfy,
        Self::Expn,
        Self::Help,
        Self::Noop,
        Self::Quit,
        Self::StartTls,
        Self::Auth,
        Self::Etrn,
        Self::Atrn,
        Self::XClient,
        Self::XForward,
    ];

    /// The kind of command that begins with `word`, in any case.
    #[must_use]
    pub fn of(word: &[u8]) -> Self {
        match word.first_chunk() {
            Some(four) if word.len() == 4 => Self::of_four(four.map(|b| b.to_ascii_uppercase())),
            _ => {
                let is = |verb: &&Self| word.eq_ignore_ascii_case(verb.as_str().as_bytes());
                let long = [Self::StartTls, Self::XClient, Self::XForward];
                long.iter().find(is).copied().unwrap_or(Self::Other)
            }
        }
    }

    pub(crate) fn of_four(word: [u8; 4]) -> Self {
        match &word {
            b"EHLO" => Self::Ehlo,
            b"HELO" => Self::Helo,
            b"LHLO" => Self::Lhlo,
            b"MAIL" => Self::Mail,
            b"RCPT" => Self::Rcpt,
            b"DATA" => Self::Data,
            b"BDAT" => Self::Bdat,
            b"BURL" => Self::Burl,
            b"RSET" => Self::Rset,
            b"VRFY" => Self::Vrfy,
            b"EXPN" => Self::Expn,
            b"HELP" => Self::Help,
            b"NOOP" => Self::Noop,
            b"QUIT" => Self::Quit,
            b"AUTH" => Self::Auth,
            b"ETRN" => Self::Etrn,
            b"ATRN" => Self::Atrn,
            _ => Self::Other,
        }
    }

    /// The word it begins with, in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ehlo => "EHLO",
            Self::Helo => "HELO",
            Self::Lhlo => "LHLO",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Bdat => "BDAT",
            Self::Burl => "BURL",
            Self::Rset => "RSET",
            Self::Vrfy => "VRFY",
            Self::Expn => "EXPN",
            Self::Help => "HELP",
            Self::Noop => "NOOP",
            Self::Quit => "QUIT",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Etrn => "ETRN",
            Self::Atrn => "ATRN",
            Self::XClient => "XCLIENT",
            Self::XForward => "XFORWARD",
            Self::Other => "OTHER",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// MAIL: from whom, and what extensions say of the message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mail<'a> {
    /// Who is told when it fails.
    pub from: ReversePath<'a>,
    /// What extensions add.
    pub params: Params<'a>,
}

/// RCPT: to whom, and what extensions say of this recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rcpt<'a> {
    /// Who is to have it.
    pub to: ForwardPath<'a>,
    /// What extensions add.
    pub params: Params<'a>,
}

/// The name of a SASL mechanism.
#[derive(Clone, Debug)]
pub struct Mechanism<'a>(Cow<'a, str>);

impl<'a> Mechanism<'a> {
    /// Checks `name`.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 20 letters, digits, `-` and `_` (RFC 4422 section 3.1).
    pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let name = name.into();
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let bad = name.bytes().position(|b| !legal(b));
        match bad.or((name.is_empty() || name.len() > 20).then_some(name.len())) {
            Some(at) => Err(Invalid { what: "a mechanism", at }),
            None => Ok(Self(name)),
        }
    }

    /// The one that `word` is, if it is one.
    pub(crate) fn read(word: &'a [u8]) -> Option<Self> {
        match Self::usual(word) {
            Some(usual) => Some(usual),
            None => Self::new(core::str::from_utf8(word).ok()?).ok(),
        }
    }

    /// One of every day, which is owned without memory.
    #[inline]
    pub(crate) fn usual(word: &[u8]) -> Option<Mechanism<'static>> {
        Some(Mechanism(Cow::Borrowed(match word {
            b"PLAIN" => "PLAIN",
            b"LOGIN" => "LOGIN",
            b"CRAM-MD5" => "CRAM-MD5",
            b"SCRAM-SHA-1" => "SCRAM-SHA-1",
            b"SCRAM-SHA-256" => "SCRAM-SHA-256",
            b"SCRAM-SHA-256-PLUS" => "SCRAM-SHA-256-PLUS",
            b"XOAUTH2" => "XOAUTH2",
            b"OAUTHBEARER" => "OAUTHBEARER",
            b"EXTERNAL" => "EXTERNAL",
            _ => return None,
        })))
    }

    /// The name, as written; names have no case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Mechanism<'static> {
        Self::usual(self.0.as_bytes()).unwrap_or_else(|| Mechanism(Cow::Owned(self.0.into_owned())))
    }
}

impl PartialEq for Mechanism<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Mechanism<'_> {}

impl fmt::Display for Mechanism<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command that this crate has no type for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Other<'a> {
    verb: Cow<'a, str>,
    rest: Text<'a>,
}

impl<'a> Other<'a> {
    /// A command of a verb and what follows the space behind it.
    ///
    /// # Errors
    ///
    /// When the verb is not 1 to 32 letters, digits and `-`, or one of [`Verb::KNOWN`], or TURN,
    /// which would put the session into a state that the machine does not know.
    pub fn new(verb: impl Into<Cow<'a, str>>, rest: Text<'a>) -> Result<Self, Invalid> {
        let verb = verb.into();
        let known = Verb::of(verb.as_bytes()) != Verb::Other || verb.eq_ignore_ascii_case("TURN");
        match parse::verb_len(verb.as_bytes()) {
            n if n == verb.len() && n > 0 && !known => Ok(Self { verb, rest }),
            at => Err(Invalid { what: "a verb", at }),
        }
    }

    /// Made by the grammar, which has checked the verb. It may be one that cannot be sent.
    pub(crate) fn parsed(verb: &'a str, rest: Text<'a>) -> Self {
        Self { verb: Cow::Borrowed(verb), rest }
    }

    /// The verb, as written.
    #[must_use]
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// What follows the space behind the verb.
    #[must_use]
    pub fn rest(&self) -> &str {
        self.rest.as_str()
    }
}
