//! The command line.

use crate::relay::HostPort;
use clap::Parser;
use examples::options::Protection;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

/// An SMTP, submission, POP3 and IMAP server for a folder of Maildirs. Without options it makes
/// two users, plays one demonstration against itself, and serves on loopback until Ctrl-C.
///
/// An ADDR is HOST:PORT, or a PORT of 127.0.0.1, or `off`. Port 0 is any that is free.
#[derive(Debug, Parser)]
#[command(name = "postoffice", version)]
pub(crate) struct Options {
    /// Play the demonstration and end: status 0 when all came back identical
    #[arg(long)]
    pub(crate) demo: bool,
    /// Do not play the demonstration
    #[arg(long, conflicts_with = "demo")]
    pub(crate) no_demo: bool,
    /// Where mail, users and certificate are kept
    #[arg(long, value_name = "DIR", default_value = "postoffice-data")]
    pub(crate) data: PathBuf,
    /// The domain whose mail is taken
    #[arg(long, value_name = "NAME", default_value = "localhost", value_parser = domain)]
    pub(crate) domain: String,
    /// A user, repeatable; without any: alice and bob, with passwords made at the first start
    #[arg(long = "user", value_name = "NAME:PASSWORD")]
    pub(crate) users: Vec<Account>,
    /// A bearer token of a user, repeatable: what OAUTHBEARER and XOAUTH2 take
    #[arg(long = "token", value_name = "NAME:TOKEN")]
    pub(crate) tokens: Vec<Account>,
    /// SMTP, for mail from anyone to our users
    #[arg(long, value_name = "ADDR", default_value = "2525")]
    pub(crate) smtp: Address,
    /// The same with TLS from the first octet
    #[arg(long, value_name = "ADDR", default_value = "off")]
    pub(crate) smtps: Address,
    /// Submission, for mail from our users
    #[arg(long, value_name = "ADDR", default_value = "2587")]
    pub(crate) submission: Address,
    /// The same with TLS from the first octet
    #[arg(long, value_name = "ADDR", default_value = "2465")]
    pub(crate) submissions: Address,
    /// LMTP, for mail to our users from a mail server that trusts us to answer for each
    #[arg(long, value_name = "ADDR", default_value = "off")]
    pub(crate) lmtp: Address,
    /// POP3
    #[arg(long, value_name = "ADDR", default_value = "2110")]
    pub(crate) pop3: Address,
    /// POP3 with TLS from the first octet
    #[arg(long, value_name = "ADDR", default_value = "2995")]
    pub(crate) pop3s: Address,
    /// IMAP
    #[arg(long, value_name = "ADDR", default_value = "2143")]
    pub(crate) imap: Address,
    /// IMAP with TLS from the first octet
    #[arg(long, value_name = "ADDR", default_value = "2993")]
    pub(crate) imaps: Address,
    /// A server that takes mail for all other domains, from our users
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) relay: Option<HostPort>,
    /// Who logs in there
    #[arg(long, value_name = "NAME:PASSWORD", requires = "relay")]
    pub(crate) relay_login: Option<Account>,
    /// How the connection to it is protected; none shows the password to the network
    #[arg(long, value_enum, default_value = "starttls", requires = "relay")]
    pub(crate) relay_security: Protection,
    /// Trust the certificates in this PEM file there too
    #[arg(long, value_name = "FILE", requires = "relay")]
    pub(crate) relay_trust: Option<PathBuf>,
    /// Which server takes mail for which domain: lines of DOMAIN HOST:PORT or DOMAIN
    /// lmtp:HOST:PORT. For tests: there is no TLS on these ways
    #[arg(long, value_name = "FILE")]
    pub(crate) mx: Option<PathBuf>,
    /// After how many seconds mail that waits is tried again; else as Postfix does it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) retry: Option<u64>,
    /// After how many seconds mail that waits goes back; else after 5 days
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=2_592_000))]
    pub(crate) give_up: Option<u64>,
    /// How many octets each user may keep; else there is no limit
    #[arg(long, value_name = "OCTETS", value_parser = octets)]
    pub(crate) quota: Option<u64>,
    /// After how many seconds a client that waits for a long command is told how far it is; 0 tells
    /// it at every message
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) progress: u64,
    /// Take passwords without TLS also on addresses that are not loopback
    #[arg(long)]
    pub(crate) allow_plaintext_login: bool,
    /// Print each conversation, secrets hidden
    #[arg(long)]
    pub(crate) trace: bool,
}

fn octets(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "not a number of octets")
}

/// Where to listen.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    At(SocketAddr),
    Off,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        if let Ok(port) = text.parse::<u16>() {
            return Ok(Self::At((Ipv4Addr::LOCALHOST, port).into()));
        }
        let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
        found.map(Self::At).ok_or_else(|| "not HOST:PORT, PORT or off".into())
    }
}

/// A user and the password.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Passwords are not shown.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FromStr for Account {
    type Err = String;

    /// The name becomes the local part of an address and the name of a directory.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, password) = text.split_once(':').ok_or("not NAME:PASSWORD")?;
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) || name.starts_with('.') {
            return Err("a name is 1 to 64 letters, digits, `-`, `_` and `.`".into());
        }
        if password.is_empty() || password.bytes().any(|b| b.is_ascii_control()) {
            return Err("a password is not empty and holds no control characters".into());
        }
        Ok(Self { name: name.to_ascii_lowercase(), password: password.into() })
    }
}

fn domain(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 253 && text.split('.').all(label) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("not a domain name".into())
    }
}
