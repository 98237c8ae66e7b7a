//! The command line.

use clap::{Parser, ValueEnum};
use examples::options::{Wrong, password, server};
use mailwire_pop3::plan::Policy;
use std::path::PathBuf;

/// Fetches a maildrop over POP3 into a Maildir or an mbox.
///
/// Nothing is deleted on the server that is not stored and on disk here: to interrupt it is safe
/// at any time. Unique ids of what was fetched are kept beside the mail, so that the next run
/// fetches only what is new.
#[derive(Debug, Parser)]
#[command(name = "pop3_fetch", version)]
pub(crate) struct Options {
    /// The server
    #[arg(value_name = "HOST[:PORT]", value_parser = server)]
    pub(crate) server: (String, Option<u16>),
    /// Whose mail
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// A file whose first line is the password; without it the variable POP3_PASSWORD is read
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Store into this Maildir, made if there is none
    #[arg(long, value_name = "DIR", required_unless_present = "mbox", conflicts_with = "mbox")]
    pub(crate) maildir: Option<PathBuf>,
    /// Append to this mbox file (mboxrd)
    #[arg(long, value_name = "FILE")]
    pub(crate) mbox: Option<PathBuf>,
    /// What becomes of messages on the server: `delete`, `keep`, `days=N` (delete N days after
    /// they were stored), `newest=N` (delete all but the N newest)
    #[arg(long, value_name = "HOW", default_value = "keep", value_parser = policy)]
    pub(crate) policy: Policy,
    /// Protection: TLS from the first octet (port 995), STLS (port 110), or none, which shows the
    /// password to the network
    #[arg(long, value_enum, default_value = "tls")]
    pub(crate) security: Protection,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Protection {
    Tls,
    Stls,
    None,
}

impl Options {
    /// The port: as given, else the one of the protection.
    pub(crate) fn port(&self) -> u16 {
        let usual = if self.security == Protection::Tls { 995 } else { 110 };
        self.server.1.unwrap_or(usual)
    }

    /// The password, from where the options say.
    pub(crate) fn password(&self) -> Result<String, Wrong> {
        password(self.password_file.as_deref(), "POP3_PASSWORD")
    }
}

fn policy(text: &str) -> Result<Policy, String> {
    let wrong = || "one of delete, keep, days=N, newest=N".to_owned();
    match text.split_once('=') {
        None if text == "delete" => Ok(Policy::Delete),
        None if text == "keep" => Ok(Policy::Keep),
        Some(("days", n)) => {
            let days: u32 = n.parse().map_err(|_| wrong())?;
            Ok(Policy::KeepFor(u64::from(days) * 24 * 3600))
        }
        Some(("newest", n)) => n.parse().map(Policy::KeepNewest).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}
