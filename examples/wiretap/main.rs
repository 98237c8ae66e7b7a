//! Stands between a client and a server, and prints what they say to each other as the grammars of
//! mailwire understand it: see `--help`.
//!
//! What is passed on is what came, octet for octet; a copy is read. Passwords and all of SASL are
//! hidden. STARTTLS is ended on both sides, so that what follows can be read too. A client that
//! binds its login to the TLS channel (SCRAM-…-PLUS) notices that, as it should: have it use another
//! mechanism.

mod imap;
mod pop3;
mod proxy;
mod show;
mod smtp;

use clap::{Parser, ValueEnum};
use examples::blocking::trust;
use examples::options::{self, Wrong};
use examples::tls;
use proxy::{Ends, Proxy};
use show::{Color, Show};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Prints conversations between a client and a server.
///
/// Listens on loopback; connect the client there. Passwords are not shown. The certificate that the
/// client sees, also after STARTTLS, is made up for localhost and lies in --data.
#[derive(Debug, Parser)]
#[command(name = "wiretap", version)]
struct Options {
    /// What they speak
    protocol: Protocol,
    /// The server
    #[arg(value_name = "HOST:PORT", value_parser = server)]
    server: (String, u16),
    /// Listen on this port of 127.0.0.1; on any that is free if not given
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// TLS from the first octet, on both sides
    #[arg(long)]
    tls: bool,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Where the certificate for the client lies, or is to be made
    #[arg(long, value_name = "DIR", default_value = "wiretap-data")]
    data: PathBuf,
    /// Print in colour
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
    /// Print every type and value, not only what is written for them
    #[arg(long)]
    details: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Protocol {
    Smtp,
    Lmtp,
    Pop3,
    Imap,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("wiretap") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("wiretap: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Wrong> {
    let at = |error: std::io::Error| format!("{}: {error}", options.data.display());
    std::fs::create_dir_all(&options.data).map_err(at)?;
    let ours = tls::load_or_make(&options.data, "localhost").map_err(at)?;
    let theirs = trust(options.trust.as_deref()).map_err(|error| format!("--trust: {error}"))?;
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(|error| format!("port {}: {error}", options.port))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("wiretap listens on {address}, trust {}", ours.certificate.display());
    let ends = Arc::new(Ends {
        server: options.server.clone(),
        at_once: options.tls,
        ours: ours.server,
        theirs,
    });
    let mut number = 0;
    loop {
        let client = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => client,
                // Of one that is gone already, or too many at once.
                Err(_) => continue,
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        number += 1;
        let show = Show::new(number, options.color, options.details);
        let (protocol, ends) = (options.protocol, ends.clone());
        tokio::spawn(async move {
            let tap: Box<dyn proxy::Tap> = match protocol {
                Protocol::Smtp => Box::new(smtp::Smtp::new(false)),
                Protocol::Lmtp => Box::new(smtp::Smtp::new(true)),
                Protocol::Pop3 => Box::new(pop3::Pop3::default()),
                Protocol::Imap => Box::new(imap::Imap::default()),
            };
            Proxy::new(tap, show).run(client, &ends).await;
        });
    }
}

fn server(text: &str) -> Result<(String, u16), String> {
    let wrong = || "not HOST:PORT".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().map_err(|_| wrong())?;
    if host.is_empty() { Err(wrong()) } else { Ok((host.to_owned(), port)) }
}
