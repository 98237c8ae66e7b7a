//! The command lines of the clients: which server, who, how protected; and errors in one line.

use crate::blocking::trust;
use clap::error::ErrorKind;
use clap::{Args, Parser, ValueEnum};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio_rustls::rustls::ClientConfig;

/// What went wrong, in a line.
pub type Wrong = String;

/// A server, and who wants to be let in.
#[derive(Clone, Debug, Args)]
pub struct Account {
    /// The server
    #[arg(value_name = "HOST[:PORT]", value_parser = server)]
    pub server: (String, Option<u16>),
    /// Whose mail
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// A file whose first line is the password; without it the variable IMAP_PASSWORD is read
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Protection: TLS from the first octet (port 993), STARTTLS (port 143), or none, which shows
    /// the password to the network
    #[arg(long, value_enum, default_value = "tls")]
    pub security: Protection,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Do not compress the connection where the server offers it
    #[arg(long)]
    pub no_compress: bool,
    /// Print the conversation, without secrets, to standard error
    #[arg(long)]
    pub trace: bool,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Protection {
    /// From the first octet.
    Tls,
    /// After a command.
    Starttls,
    /// Not at all.
    None,
}

impl Account {
    /// The name of the server.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.server.0
    }

    /// The port: as given, else the one of the protection.
    #[must_use]
    pub fn port(&self) -> u16 {
        let usual = if self.security == Protection::Tls { 993 } else { 143 };
        self.server.1.unwrap_or(usual)
    }

    /// The password, from where the options say.
    ///
    /// # Errors
    ///
    /// When there is none there.
    pub fn password(&self) -> Result<String, Wrong> {
        password(self.password_file.as_deref(), "IMAP_PASSWORD")
    }

    /// Whom a TLS connection trusts; `None` without TLS.
    ///
    /// # Errors
    ///
    /// When the file of `--trust` cannot be read.
    pub fn tls(&self) -> Result<Option<Arc<ClientConfig>>, Wrong> {
        let trust = || trust(self.trust.as_deref()).map_err(|error| format!("--trust: {error}"));
        (self.security != Protection::None).then(trust).transpose()
    }

    /// Something about this server, as an error.
    #[must_use]
    pub fn there(&self, error: &io::Error) -> Wrong {
        format!("{} port {}: {error}", self.host(), self.port())
    }

    /// A name for files that are about this account.
    #[must_use]
    pub fn file_name(&self) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let account = format!("{}@{}:{}", self.user, self.host(), self.port());
        let escape = |b: u8| match char::from(b) {
            c if fits(c) => c.to_string(),
            _ => format!("%{b:02x}"),
        };
        account.bytes().map(escape).collect()
    }
}

/// Reads the command line of a program; what is wrong with it is said in one line, and the exit
/// code is 2 then.
///
/// # Errors
///
/// The code with which the program is to end.
pub fn read<O: Parser>(program: &str) -> Result<O, ExitCode> {
    O::try_parse().map_err(|error| {
        let text = error.to_string();
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            // Where nobody reads it there is nobody to tell.
            let _ = io::stdout().lock().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        // What is missing stands on lines of its own.
        let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        let line = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        let line = line.strip_prefix("error: ").unwrap_or(&line);
        eprintln!("{program}: {line} (--help shows the options)");
        ExitCode::from(2)
    })
}

/// A password: the first line of a file, or else what a variable holds.
///
/// # Errors
///
/// When there is none there.
pub fn password(file: Option<&Path>, variable: &str) -> Result<String, Wrong> {
    let Some(file) = file else {
        return std::env::var(variable)
            .map_err(|_| format!("there is no password: give --password-file or {variable}"));
    };
    let wrong = |what: String| format!("--password-file {}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let line = text.lines().next().filter(|line| !line.is_empty());
    line.map(str::to_owned).ok_or_else(|| wrong("its first line is empty".into()))
}

/// A server as an argument: `HOST` or `HOST:PORT`.
///
/// # Errors
///
/// When it is none.
pub fn server(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address without brackets.
        Some((host, _)) if host.contains(':') && !host.ends_with(']') => (text, None),
        Some((host, port)) => (host, Some(port.parse().map_err(|_| "not HOST or HOST:PORT")?)),
        None => (text, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err("not HOST or HOST:PORT".into());
    }
    Ok((host.to_owned(), port))
}
