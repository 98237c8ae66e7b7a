//! How a client behaves.

use crate::parse::Bounds;
use crate::types::Lenience;
use core::time::Duration;

/// How a client behaves. Shared by its connections.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether passwords may be sent over plain connections. If not, which is the default, LOGIN
    /// and AUTHENTICATE are misuse there, and PREAUTH and a refused STARTTLS are errors.
    pub allow_plaintext_credentials: bool,
    /// What is taken although the grammar does not allow it. All that is known, by default.
    pub lenience: Lenience,
    /// What is too much.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow_plaintext_credentials: false,
            lenience: Lenience::FORGIVING,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What is too much for a client.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest response in octets, streamed bodies not counted. Default 4 MiB: a SEARCH that
    /// finds 500,000 messages.
    pub response: usize,
    /// Bodies in FETCH that are longer are streamed. 0 streams all. Default 16,384.
    pub inline_literal: u64,
    /// Commands that are sent, or queued, and not done. Default 64.
    pub in_flight: usize,
    /// How much of anything one response may hold.
    pub bounds: Bounds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            response: 4 << 20,
            inline_literal: 16 * 1024,
            in_flight: 64,
            bounds: Bounds::client(),
        }
    }
}

/// How long a server may take.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the greeting and for each response. Default 3 minutes.
    pub response: Duration,
    /// Until IDLE is to be renewed (RFC 2177 asks for less than 30 minutes). Default 29 minutes.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { response: Duration::from_secs(180), idle: Duration::from_secs(29 * 60) }
    }
}
