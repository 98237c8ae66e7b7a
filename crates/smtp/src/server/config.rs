//! What a server is told once, for all its connections.

use crate::Text;
use crate::types::{Domain, Extension, Mechanism, Protocol};
use alloc::vec::Vec;
use core::time::Duration;
use mailwire_core::dots::DotSearch;

/// How a server behaves. Made once and shared by its connections.
///
/// ```
/// use mailwire_smtp::server::Config;
/// use mailwire_smtp::types::{Domain, Mechanism};
///
/// let mut config = Config::default();
/// config.name = Domain::new("mail.example.org")?;
/// config.starttls = true;
/// config.mechanisms = vec![Mechanism::new("PLAIN")?, Mechanism::new("LOGIN")?];
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The server's own name, first in its greeting and its answer to EHLO. Default `localhost`.
    pub name: Domain<'static>,
    /// What the greeting says behind its 220. `None`, the default, is the name and `ESMTP`.
    pub greeting: Option<Text<'static>>,
    /// Whether STARTTLS is offered on connections that are not secure. Default no.
    pub starttls: bool,
    /// The SASL mechanisms, best first. None, the default, means that AUTH is not offered.
    pub mechanisms: Vec<Mechanism<'static>>,
    /// Whether AUTH is offered on connections that are not secure, so that anyone on the path can
    /// read passwords. Default no: it is not offered there, and answered with 538.
    pub allow_plaintext_credentials: bool,
    /// What else EHLO offers. Default PIPELINING, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES.
    /// SIZE, STARTTLS and AUTH are added from the other fields; REQUIRETLS is offered on connections
    /// that are secure. A parameter of MAIL or RCPT that belongs to an extension here is taken;
    /// others are answered with 555. So are the commands of extensions that are not here, with 502.
    ///
    /// XCLIENT and XFORWARD are believed: offer them only to peers that are trusted, by a
    /// configuration of their own.
    pub extensions: Vec<Extension<'static>>,
    /// Keywords of parameters that are taken besides, of no extension that is offered.
    pub parameters: Vec<Text<'static>>,
    /// SMTP, the default, or LMTP.
    pub protocol: Protocol,
    /// Whether the first thing on each connection is the header of the PROXY protocol, of either
    /// version: only where none but a proxy can connect. Default no.
    pub proxy: bool,
    /// What becomes of clients that send what should wait for an answer. Default nothing.
    pub synchronisation: Synchronisation,
    /// What becomes of a message in which CR or LF stands alone. Default it is refused.
    pub bare_newlines: BareNewlines,
    /// How much of everything.
    pub limits: Limits,
    /// How long the client may take.
    pub timeouts: Timeouts,
    /// Made once for all messages.
    pub(super) search: DotSearch,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: Domain::localhost(),
            greeting: None,
            starttls: false,
            mechanisms: Vec::new(),
            allow_plaintext_credentials: false,
            extensions: [
                Extension::Pipelining,
                Extension::EightBitMime,
                Extension::SmtpUtf8,
                Extension::EnhancedStatusCodes,
            ]
            .into(),
            parameters: Vec::new(),
            protocol: Protocol::default(),
            proxy: false,
            synchronisation: Synchronisation::default(),
            bare_newlines: BareNewlines::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            search: DotSearch::new(),
        }
    }
}

/// What becomes of clients that send what should wait for an answer: a command behind one that ends
/// a group (RFC 2920 section 3.1), or anything before the greeting.
///
/// What else the machine does never depends on how bytes arrive; this does, so `Ignore` is the
/// default. `Refuse` stops most programs that send mail nobody asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Synchronisation {
    /// It waits until it is due.
    #[default]
    Ignore,
    /// [`Event::Unsynchronised`](super::Event::Unsynchronised), then it waits until it is due.
    Note,
    /// 554, and the connection ends.
    Refuse,
}

/// What becomes of a message in which CR or LF stands alone (RFC 5321 section 2.3.8 forbids it).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BareNewlines {
    /// 550 when it has come whole. Such a message can mean something else to the next server:
    /// that is how messages are smuggled. Chunks (BDAT) end where they say, so that they are kept
    /// whatever is said here; [`Session::received`](super::Session::received) tells what they had.
    #[default]
    Reject,
    /// It is content. Whoever passes it on must not pass it on as it is.
    Keep,
    /// Each becomes a CRLF: a piece of its own.
    Normalise,
}

/// How much of everything a client may send. Each is tested at the limit and on both its sides.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest command line in octets, its end included. A longer one is skipped at constant
    /// memory and answered with 500. Default 4,096; RFC 5321 section 4.5.3.1.4 asks for 512 and
    /// what extensions add.
    pub line: usize,
    /// The same for AUTH and the lines of its exchange. Default 12,288, the least that RFC 4954
    /// section 4 allows.
    pub auth_line: usize,
    /// How many octets of replies are queued before no more is read. Default 65,536.
    pub output: usize,
    /// The most recipients of one message; more are answered with 452. Default 1,000; RFC 5321
    /// section 4.5.3.1.8 asks for 100.
    pub recipients: u32,
    /// The largest message in octets, dots removed. Announced by SIZE, checked at MAIL and again
    /// while it comes; a larger one is swallowed and answered with 552. Default 50 MiB.
    pub message: u64,
    /// How many commands in a row may bring mail no further (refused ones, NOOP, RSET, VRFY, HELP,
    /// AUTH, STARTTLS, unknown ones, hellos) before 421. Default 32.
    pub idle_commands: u16,
    /// How many commands may be refused by the machine in a session before 421. Default 20.
    pub errors: u16,
    /// How often authentication may fail before 421. Default 3.
    pub auth_failures: u16,
    /// How many answers may be put off at a time ([`defer`](super::Connection::defer)). Default 100.
    pub deferred: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 4096,
            auth_line: 12_288,
            output: 64 * 1024,
            recipients: 1000,
            message: 50 * 1024 * 1024,
            idle_commands: 32,
            errors: 20,
            auth_failures: 3,
            deferred: 100,
        }
    }
}

/// How long a client may take (RFC 5321 section 4.5.3.2.7).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a command, or a line of an AUTH exchange. Default 5 minutes.
    pub command: Duration,
    /// For each 64 KiB of a message. Default 3 minutes.
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { command: Duration::from_secs(300), body: Duration::from_secs(180) }
    }
}
