//! Shows what the parsers see: bytes on standard input, one JSON object a line for every event,
//! every piece of output, every error, and at the end what the machine wants.
//!
//! ```console
//! printf 'EHLO x\r\nQUIT\r\n' | cargo run --example inspect -- smtp server
//! cargo run --example inspect -- message < mail.eml
//! echo 'Bob <bob@example.org>, x' | cargo run --example inspect -- address
//! ```

mod fields;
mod imap;
mod lines;
mod message;
mod play;
mod pop3;
mod smtp;

use clap::{Parser, Subcommand, ValueEnum};
use examples::options::Wrong;
use mailwire_smtp::types::Protocol;
use std::io::Read;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "inspect", about = "Shows what the parsers see, as JSON")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// SMTP: what one side of a conversation makes of the other side's bytes
    Smtp(Side),
    /// LMTP
    Lmtp(Side),
    /// POP3
    Pop3(Side),
    /// IMAP
    Imap(Side),
    /// A message: its parts, types, text, attachments and defects
    Message(message::Options),
    /// Lists of addresses, one a line
    Address,
    /// Dates, one a line
    Date,
    /// Fields, each as the type that its name has; a line without a name as text
    Header,
}

/// One side of a conversation.
#[derive(Clone, Debug, clap::Args)]
struct Side {
    /// Whose machine is fed
    role: Role,
    /// Feed this many octets at a time (all at once if not given)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    chunk: Option<u32>,
    /// A command that the client sends before the first octet comes
    #[arg(long, value_name = "LINE")]
    send: Vec<String>,
    /// A limit of the machine
    #[arg(long, value_name = "NAME=N")]
    limit: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Role {
    Server,
    Client,
}

fn main() -> ExitCode {
    let options: Options = match examples::options::read("inspect") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(options.what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("inspect: {wrong}");
            ExitCode::from(2)
        }
    }
}

fn run(what: What) -> Result<(), Wrong> {
    match what {
        What::Smtp(side) => smtp::run(&side, Protocol::Smtp),
        What::Pop3(side) => pop3::run(&side),
        What::Imap(side) => imap::run(&side),
        What::Lmtp(side) => smtp::run(&side, Protocol::Lmtp),
        What::Message(options) => message::run(&options, &input()?),
        What::Address => lines::run(&input()?, lines::address),
        What::Date => lines::run(&input()?, lines::date),
        What::Header => fields::run(&input()?),
    }
}

fn input() -> Result<Vec<u8>, Wrong> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| format!("standard input: {error}"))?;
    Ok(bytes)
}

impl Side {
    /// The `--limit`s as names and numbers.
    fn limits(&self) -> Result<Vec<(&str, u64)>, Wrong> {
        fn split(limit: &str) -> Option<(&str, u64)> {
            let (name, n) = limit.split_once('=')?;
            Some((name, n.parse().ok()?))
        }
        let wrong =
            |limit: &String| format!("--limit {limit}: expected NAME=N with a whole number");
        self.limit.iter().map(|limit| split(limit).ok_or_else(|| wrong(limit))).collect()
    }

    /// `--send` is the client's.
    fn no_commands(&self) -> Result<(), Wrong> {
        match self.send.is_empty() {
            true => Ok(()),
            false => Err("--send is for `client`: a server sends no commands".into()),
        }
    }
}

/// A number as a limit of some width.
fn limit<T: TryFrom<u64>>(name: &str, n: u64) -> Result<T, Wrong> {
    T::try_from(n).map_err(|_| format!("--limit {name}={n}: too large"))
}

/// No limit is called so; these are.
fn no_limit(name: &str, known: &str) -> Wrong {
    format!("--limit {name}: no such limit; there are {known}")
}

/// Octets as text: what is not UTF-8 as `\xHH`.
fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}
