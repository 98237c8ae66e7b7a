//! How a client behaves.

use core::time::Duration;

/// How a client behaves. Shared by its connections.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// Whether passwords may be sent over plain connections. If not, which is the default, USER,
    /// PASS, APOP and AUTH are misuse there, and a server that refuses STLS is an error.
    pub allow_plaintext_credentials: bool,
    /// Whether names and passwords outside of US-ASCII are sent to servers that did not say
    /// `UTF8 USER`. RFC 6856 section 2.2 forbids it, and old servers take what octets there are.
    /// If not, which is the default, they are misuse there.
    pub allow_undeclared_utf8: bool,
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
    /// The longest command in octets, its end included. Longer ones are misuse, but for AUTH,
    /// which then goes without its initial response (that follows when the server asks). Default
    /// 255, which RFC 2449 section 4 makes every server take.
    pub command: usize,
    /// The most lines of an answer to LIST, UIDL, CAPA or another that is not a message. More are
    /// an error. Default 1,000,000.
    pub lines: u32,
    /// How many capabilities are kept; more are reported and forgotten. Default 256.
    pub capabilities: usize,
    /// How many commands may be unanswered at once when the server takes that. Default 64.
    pub window: usize,
    /// How many octets of commands may be unanswered at once. They must fit into what the network
    /// holds: else a client that writes before it reads, and a server that does the same, wait for
    /// each other for ever (RFC 2449 section 6.6). Default 2,048.
    pub window_octets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 8192,
            command: 255,
            lines: 1_000_000,
            capabilities: 256,
            window: 64,
            window_octets: 2048,
        }
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
