//! How a server behaves.

use crate::parse::Bounds;
use crate::types::Lenience;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use mailwire_core::Text;

/// How a server behaves. Shared by its connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The greeting's text. Empty: `IMAP4rev1 server ready`.
    pub greeting: Text<'static>,
    /// Whether STARTTLS is offered on plain connections. The driver must be able to do the
    /// handshake.
    pub starttls: bool,
    /// Whether COMPRESS=DEFLATE is offered to those who are logged in (RFC 4978). The driver must be
    /// able to do it: see [`deflate_started`](super::Connection::deflate_started). Not, by default.
    pub compress: bool,
    /// Whether UNAUTHENTICATE is offered to those who are logged in (RFC 8437): its OK makes the
    /// machine forget the user and what was enabled, as the application must. Not, by default.
    pub unauthenticate: bool,
    /// Whether passwords are taken over plain connections. If not, LOGIN and AUTHENTICATE are
    /// refused there with `[PRIVACYREQUIRED]`, and LOGINDISABLED is announced.
    pub allow_plaintext_credentials: bool,
    /// The SASL mechanisms that AUTHENTICATE takes.
    pub mechanisms: Vec<String>,
    /// Capabilities of the application besides those of the machine (`IMAP4rev1 LITERAL+ SASL-IR
    /// ID ENABLE IDLE NAMESPACE UNSELECT CHILDREN`): `UIDPLUS`, `MOVE`, ….
    pub capabilities: Vec<String>,
    /// Whether LITERAL- is announced instead of LITERAL+ (RFC 7888): literals that do not wait are of
    /// up to 4,096 octets then.
    pub literal_minus: bool,
    /// What is taken although the grammar does not allow it. Nothing, by default.
    pub lenience: Lenience,
    /// What is too much.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            greeting: Text::default(),
            starttls: true,
            compress: false,
            unauthenticate: false,
            allow_plaintext_credentials: false,
            mechanisms: Vec::from([String::from("PLAIN")]),
            capabilities: Vec::new(),
            literal_minus: false,
            lenience: Lenience::STRICT,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What is too much for a server.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest command in octets, its literals but the message of APPEND included. RFC 7162
    /// section 4 asks for 8,192. Default 65,536.
    pub command: usize,
    /// The same before login. Default 12,288: credentials may be long tickets.
    pub command_before_login: usize,
    /// The largest message that APPEND may announce, in octets. Default 64 MiB.
    pub append: u64,
    /// The longest literal but the message of APPEND, in octets. A longer one is refused before it
    /// is sent, or passed over. Default 131,072, as Cyrus.
    pub literal: u64,
    /// The same before login. Default 8,192.
    pub literal_before_login: u64,
    /// Literals of a command. Default 1,000.
    pub literals: u32,
    /// How much of anything one command may hold.
    pub bounds: Bounds,
    /// The same before login.
    pub bounds_before_login: Bounds,
    /// Octets queued before the machine stops reading. Default 65,536.
    pub output: usize,
    /// Commands refused in a row; the next closes the connection. Default 20.
    pub refused: u32,
    /// Logins refused; the last closes the connection. Default 5.
    pub failed_logins: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command: 64 * 1024,
            command_before_login: 12_288,
            append: 64 << 20,
            literal: 128 * 1024,
            literal_before_login: 8 * 1024,
            literals: 1000,
            bounds: Bounds::server(),
            bounds_before_login: Bounds::before_login(),
            output: 64 * 1024,
            refused: 20,
            failed_logins: 5,
        }
    }
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a command before login. Default 1 minute.
    pub login: Duration,
    /// For a command after login, also for the end of IDLE: RFC 9051 section 5.4 asks for at
    /// least 30 minutes. Default 30.
    pub command: Duration,
    /// For each 64 KiB of a message that is appended. Default 3 minutes.
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(60),
            command: Duration::from_secs(1800),
            body: Duration::from_secs(180),
        }
    }
}
