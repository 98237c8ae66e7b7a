//! How a client behaves.

use core::time::Duration;

/// How a client behaves. Shared by its connections.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// Whether passwords may be sent over plain connections. If not, which is the default, USER,
    /// PASS, APOP and AUTH are misuse there, and a server that refuses STLS is an error.
    pub allow_plaintext_credentials: bool,
    /// What is too much.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
}

/// What is too much for a client.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest line in octets, its end included, of a reply or a listing; messages have no
    /// such limit. RFC 2449 section 4 allows 512. Default 8,192.
    pub line: usize,
    /// How many capabilities are kept. Default 256.
    pub capabilities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 8192, capabilities: 256 }
    }
}

/// How long a server may take.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the greeting and each reply; for a message, for each 64 KiB of it. Default 3 minutes.
    pub reply: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { reply: Duration::from_secs(180) }
    }
}
