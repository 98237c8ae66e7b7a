//! Gives a message to an LMTP server, as a mail server's delivery program does: see `--help`.

use clap::Parser;
use examples::courier::{Failure, Server, told};
use examples::options::{self, Protection, Wrong};
use mailwire_smtp::client::{Envelope, Outcome};
use mailwire_smtp::types::{Domain, ForwardPath, Protocol, ReversePath};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::process::ExitCode;

/// EX_UNAVAILABLE of sysexits.h: it was refused for good.
const REFUSED: u8 = 69;
/// EX_TEMPFAIL: try again later.
const LATER: u8 = 75;

/// Delivers the message on standard input to an LMTP server.
///
/// Prints a line for each recipient: the code, the recipient, what the server said. Ends with 0
/// when all have it, with 75 when some may have it later, with 69 when some cannot have it, with 2
/// when an argument is wrong. Only with 0 and 69 there is nothing left to try.
#[derive(Debug, Parser)]
#[command(name = "lmtp_deliver", version)]
struct Options {
    /// The server
    #[arg(value_name = "HOST:PORT", value_parser = options::server)]
    server: (String, Option<u16>),
    /// Who is told of failures; empty for nobody
    #[arg(long, value_name = "ADDRESS", default_value = "", value_parser = from)]
    from: ReversePath<'static>,
    /// Who is to have it
    #[arg(required = true, value_name = "ADDRESS", value_parser = to)]
    to: Vec<ForwardPath<'static>>,
    /// Our own name
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    hello: String,
    /// Print the conversation to standard error
    #[arg(long)]
    trace: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("lmtp_deliver") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(&options).await {
        Ok(code) => code,
        Err(line) => {
            eprintln!("lmtp_deliver: {line}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<ExitCode, Wrong> {
    let (host, Some(port)) = &options.server else {
        return Err("LMTP has no port of its own: give HOST:PORT".into());
    };
    let server = Server {
        host: host.clone(),
        port: *port,
        protocol: Protocol::Lmtp,
        protection: Protection::None,
        trust: None,
        login: None,
        hello: Domain::new(options.hello.clone()).map_err(|error| format!("--hello: {error}"))?,
        trace: options.trace,
    };
    let (mut file, eight_bit) =
        spooled().map_err(|error| format!("the message on standard input: {error}"))?;
    let mut envelope = Envelope::new(options.from.clone(), options.to.clone());
    envelope.eight_bit = eight_bit;
    let sent = match server.send(&envelope, &mut file, |_| {}).await {
        Ok(sent) => sent,
        Err(error) => {
            eprintln!("lmtp_deliver: {host} port {port}: {error}");
            return Ok(ExitCode::from(match error {
                Failure::Unsendable(_) => REFUSED,
                Failure::Refused(reply) if reply.code().class() == 5 => REFUSED,
                _ => LATER,
            }));
        }
    };
    let mut worst = 0;
    for (to, outcome) in options.to.iter().zip(&sent.outcomes) {
        println!("{}", told(to.as_str(), outcome));
        worst = worst.max(match outcome {
            Outcome::Accepted(_) => 0,
            Outcome::Refused(reply) if reply.code().class() == 5 => REFUSED,
            _ => LATER,
        });
    }
    Ok(ExitCode::from(worst))
}

/// Standard input as a file, and whether it has octets beyond US-ASCII.
fn spooled() -> io::Result<(File, bool)> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    file.rewind()?;
    let mut reader = BufReader::with_capacity(64 * 1024, &file);
    let mut eight_bit = false;
    loop {
        let piece = reader.fill_buf()?;
        eight_bit |= !piece.is_ascii();
        let n = piece.len();
        if n == 0 {
            break;
        }
        reader.consume(n);
    }
    file.rewind()?;
    Ok((file, eight_bit))
}

fn from(text: &str) -> Result<ReversePath<'static>, String> {
    ReversePath::new(text.to_owned()).map_err(|error| error.to_string())
}

fn to(text: &str) -> Result<ForwardPath<'static>, String> {
    ForwardPath::new(text.to_owned()).map_err(|error| error.to_string())
}
