//! What a client is told once, for all its connections.

use crate::types::Protocol;
use core::time::Duration;
use mailwire_core::dots;

/// How a client behaves. Made once and shared by its connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// SMTP, the default, or LMTP.
    pub protocol: Protocol,
    /// Whether the connection must become private before mail or credentials are sent. Default
    /// [`Tls::Required`].
    pub tls: Tls,
    /// Whether credentials may be sent on a connection that is not private, so that anyone on the
    /// path can read them. Default no.
    pub allow_plaintext_credentials: bool,
    /// Whether commands are sent one by one even when the server offers PIPELINING: for servers
    /// that offer it and lose commands. Default no.
    pub one_by_one: bool,
    /// How many commands may wait for their answers at a time where the server offers PIPELINING, so
    /// that neither side waits for the other to read. Default 1,000.
    pub pipeline: usize,
    /// How large a chunk is, in octets, where a message is sent by BDAT. Default 16,384.
    pub chunk: usize,
    /// How many chunks may wait for their answers at a time. Default 2.
    pub window: usize,
    /// What is sent for a CR or LF that stands alone in a message. Default a CRLF.
    pub bare_newlines: dots::BareNewlines,
    /// How much of everything.
    pub limits: Limits,
    /// How long the server may take.
    pub timeouts: Timeouts,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            tls: Tls::default(),
            allow_plaintext_credentials: false,
            one_by_one: false,
            pipeline: 1000,
            chunk: 16 * 1024,
            window: 2,
            bare_newlines: dots::BareNewlines::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What a client does about TLS on a connection that began without.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Tls {
    /// Only EHLO, HELO, LHLO, NOOP, RSET, HELP, QUIT and STARTTLS may be sent before TLS. A server that
    /// does not offer STARTTLS, or refuses it, is an error: never a silent session in the clear.
    #[default]
    Required,
    /// The application decides; without STARTTLS everything goes in the clear.
    Optional,
}

/// How much a server may send. Each is tested at the limit and on both its sides.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The longest line of a reply in octets, its end included. Default 2,048; RFC 5321 section
    /// 4.5.3.1.5 allows servers 512.
    pub line: usize,
    /// The most lines of one reply. Default 128.
    pub lines: usize,
    /// The longest reply in octets, all lines together. Default 65,536.
    pub reply: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 2048, lines: 128, reply: 64 * 1024 }
    }
}

/// How long a server may take (RFC 5321 section 4.5.3.2).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For its greeting. Default 5 minutes.
    pub greeting: Duration,
    /// For its answer to a command. Default 5 minutes.
    pub command: Duration,
    /// For its answer to DATA. Default 2 minutes.
    pub data: Duration,
    /// To take 64 KiB of the message. Default 3 minutes.
    pub block: Duration,
    /// For its answer to the message. Default 10 minutes: less, and mail is delivered twice.
    pub message: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            message: minutes(10),
        }
    }
}
