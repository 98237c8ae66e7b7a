//! How a server behaves.

use crate::Capability;
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
    /// The timestamp for APOP, `<…@…>`, new for each connection and never used again (RFC 1939
    /// section 7). None: APOP is refused.
    pub apop: bool,
    /// What CAPA says besides what the machine does itself: `IMPLEMENTATION`, `EXPIRE`, ….
    pub capabilities: Vec<Capability>,
    /// Verbs that the application answers; other unknown verbs are refused.
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
            capabilities: Vec::new(),
            verbs: Vec::new(),
            lenience: Lenience::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
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
    /// For a command before login. Default 1 minute.
    pub login: Duration,
    /// For a command after login: RFC 1939 section 3 asks for at least 10 minutes. Default 10.
    pub command: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { login: Duration::from_secs(60), command: Duration::from_secs(600) }
    }
}
