//! How a server behaves.

use crate::{Capability, Language};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use mailwire_core::Text;

/// How a server behaves. Shared by its connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The greeting's text. Empty: `POP3 server ready`.
    pub greeting: Text<'static>,
    /// Whether STLS is offered on plain connections. The driver must be able to do the handshake.
    pub stls: bool,
    /// Whether passwords are taken over plain connections. If not, USER, PASS, APOP and AUTH are
    /// refused there and not announced (RFC 2595 section 2.1).
    pub allow_plaintext_credentials: bool,
    /// The SASL mechanisms that AUTH takes. None: AUTH is refused.
    pub mechanisms: Vec<String>,
    /// Whether APOP is taken (RFC 1939 section 7). It also needs a timestamp for each connection:
    /// [`Connection::with_timestamp`](super::Connection::with_timestamp).
    pub apop: bool,
    /// What is done about UTF-8 (RFC 6856 section 2).
    pub utf8: Utf8,
    /// The languages that LANG offers besides English, the preferred one first (RFC 6856 section
    /// 3). None: LANG is refused, and not announced.
    pub languages: Vec<Language>,
    /// What CAPA says besides what the machine does itself: `IMPLEMENTATION`, `EXPIRE`, ….
    pub capabilities: Vec<Capability>,
    /// Verbs that the application answers, as `XTND` and `LAST`; other unknown verbs are refused.
    pub verbs: Vec<String>,
    /// What is tolerated.
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
            stls: true,
            allow_plaintext_credentials: false,
            mechanisms: Vec::new(),
            apop: false,
            utf8: Utf8::default(),
            languages: Vec::new(),
            capabilities: Vec::new(),
            verbs: Vec::new(),
            lenience: Lenience::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What a server does about UTF-8.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Utf8 {
    /// UTF8 is refused, and not announced.
    #[default]
    No,
    /// UTF8 is taken. Without it, messages that hold UTF-8 outside of 8bit bodies may not be sent
    /// as they are: the application sends a surrogate, or refuses with
    /// [`Code::Utf8`](crate::Code::Utf8).
    Messages,
    /// The same, and names and passwords may be UTF-8; others than UTF-8 are refused. The
    /// application prepares them before it compares (SASLprep).
    MessagesAndUsers,
}

/// What a server tolerates. By default nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Lenience {
    /// Command lines that end in a bare LF: programs typed by hand through `nc`.
    pub bare_lf: bool,
}

/// What is too much for a server.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest command line in octets, its end included. A longer one is skipped at constant
    /// memory and refused. RFC 2449 section 4 asks for 255. Default 512.
    pub line: usize,
    /// The same for AUTH and the responses that follow it. RFC 5034 section 4 asks for as much
    /// as a mechanism needs. Default 12,288.
    pub auth_line: usize,
    /// Octets queued before the machine stops reading. Default 65,536.
    pub output: usize,
    /// Refused commands in a row before login; the next one closes the connection. Default 3, as
    /// Dovecot.
    pub refused_before_login: u32,
    /// The same after login. Default 20.
    pub refused_after_login: u32,
    /// Refused logins; the last one closes the connection. Default 3.
    pub failed_logins: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 512,
            auth_line: 12_288,
            output: 64 * 1024,
            refused_before_login: 3,
            refused_after_login: 20,
            failed_logins: 3,
        }
    }
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// From the greeting to the login, and between the two for everything together: commands do
    /// not gain time. Default 3 minutes.
    pub login: Duration,
    /// For each command after login, the autologout timer: RFC 1939 section 3 asks for at least 10
    /// minutes. Default 10.
    pub command: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { login: Duration::from_secs(180), command: Duration::from_secs(600) }
    }
}
