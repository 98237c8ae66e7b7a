//! Composes a message and sends it from the command line: see `--help`.

mod composed;

use clap::Parser;
use composed::Composed;
use examples::blocking::trust;
use examples::courier::{Failure, Server, told};
use examples::options::{self, Protection, Wrong};
use examples::tls::random_word;
use examples::unix_now;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mailwire_core::Text;
use mailwire_message::build::{Builder, ContentType, Date, Mailbox, MessageId, Streamed};
use mailwire_message::header;
use mailwire_sasl::Account;
use mailwire_smtp::client::{Envelope, Outcome};
use mailwire_smtp::types::{Domain, ForwardPath, Protocol, ReversePath};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// From how many octets on there is a progress bar.
const LARGE: u64 = 256 * 1024;

/// Composes a message and sends it. Its text is read from standard input, unless --text has it.
///
/// Prints a line for each recipient: the code, the recipient, what the server said. Ends with 0
/// when the server took the message for all, with 1 when not, with 2 when nothing could be tried.
#[derive(Debug, Parser)]
#[command(name = "send", version)]
struct Options {
    /// The server
    #[arg(value_name = "HOST[:PORT]", value_parser = options::server)]
    server: (String, Option<u16>),
    /// Who writes: `alice@example.org` or `Alice <alice@example.org>`
    #[arg(long, value_name = "ADDRESS", value_parser = mailbox)]
    from: Mailbox<'static>,
    /// To whom, repeatable
    #[arg(long, value_name = "ADDRESS", value_parser = mailbox, required = true)]
    to: Vec<Mailbox<'static>>,
    /// A copy to whom, repeatable
    #[arg(long, value_name = "ADDRESS", value_parser = mailbox)]
    cc: Vec<Mailbox<'static>>,
    /// A copy to whom, which nobody is told of, repeatable
    #[arg(long, value_name = "ADDRESS", value_parser = mailbox)]
    bcc: Vec<Mailbox<'static>>,
    /// What it is about
    #[arg(long, value_name = "TEXT", default_value = "")]
    subject: String,
    /// What it says
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// A file that goes with it, repeatable
    #[arg(long = "attach", value_name = "FILE")]
    attachments: Vec<PathBuf>,
    /// Log in as this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A file whose first line is the password; without it the variable SMTP_PASSWORD is read
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Protection: STARTTLS (port 587), TLS from the first octet (port 465), or none (port 25),
    /// which shows the password and the message to the network
    #[arg(long, value_enum, default_value = "starttls")]
    security: Protection,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Our own name
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    hello: String,
    /// Print the message and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the conversation, without secrets, to standard error
    #[arg(long)]
    trace: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("send") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(line) => {
            eprintln!("send: {line}");
            ExitCode::from(2)
        }
    }
}

/// Whether the server took the message for all.
async fn run(options: &Options) -> Result<bool, Wrong> {
    let server = server(options)?;
    let mut message = compose(options)?;
    if options.dry_run {
        io::copy(&mut message, &mut io::stdout()).map_err(|error| error.to_string())?;
        return Ok(true);
    }
    let recipients: Vec<&str> = recipients(options).map(Mailbox::address).collect();
    let path = |address: &str| ForwardPath::new(address.to_owned());
    let to = recipients.iter().map(|to| path(to).map_err(|error| format!("{to}: {error}")));
    let from = ReversePath::new(options.from.address()).map_err(|error| error.to_string())?;
    let mut envelope = Envelope::new(from, to.collect::<Result<_, _>>()?);
    envelope.size = message.size();
    let bar = bar(message.size());
    let sent = server.send(&envelope, &mut message, |octets| bar.set_position(octets)).await;
    bar.finish_and_clear();
    let sent = sent.map_err(|error| match error {
        Failure::Io(error) => format!("{} port {}: {error}", server.host, server.port),
        other => other.to_string(),
    })?;
    for (to, outcome) in recipients.iter().zip(&sent.outcomes) {
        println!("{}", told(to, outcome));
    }
    Ok(sent.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted(_))))
}

fn recipients(options: &Options) -> impl Iterator<Item = &Mailbox<'static>> {
    options.to.iter().chain(&options.cc).chain(&options.bcc)
}

fn server(options: &Options) -> Result<Server, Wrong> {
    let port = options.server.1.unwrap_or(match options.security {
        Protection::Starttls => 587,
        Protection::Tls => 465,
        Protection::None => 25,
    });
    let trust = trust(options.trust.as_deref()).map_err(|error| format!("--trust: {error}"))?;
    let login = match &options.user {
        None => None,
        Some(user) => {
            let password = options::password(options.password_file.as_deref(), "SMTP_PASSWORD")?;
            Some(Account::with_password(user, password.as_str()))
        }
    };
    Ok(Server {
        host: options.server.0.clone(),
        port,
        protocol: Protocol::Smtp,
        protection: options.security,
        trust: Some(trust),
        login,
        hello: Domain::new(options.hello.clone()).map_err(|error| format!("--hello: {error}"))?,
        trace: options.trace,
    })
}

/// The message, of whose files nothing is read yet.
fn compose(options: &Options) -> Result<Composed, Wrong> {
    let date = Date::from_unix(unix_now(), 0).ok_or("the clock is wrong")?;
    let domain = options.from.address().rsplit_once('@').map_or("localhost", |(_, it)| it);
    let word = random_word(20).map_err(|error| error.to_string())?;
    let id = MessageId::of(&word, domain).map_err(|error| error.to_string())?;
    let subject = Text::new(&*options.subject).map_err(|error| format!("--subject: {error}"))?;
    let mut builder = Builder::new(options.from.clone(), date).message_id(id).subject(subject);
    for to in &options.to {
        builder = builder.to(to.clone());
    }
    for cc in &options.cc {
        builder = builder.cc(cc.clone());
    }
    let text = match &options.text {
        Some(text) => text.clone(),
        None => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.map_err(|error| format!("the text on standard input: {error}"))?;
            text
        }
    };
    builder = builder.text(text);
    let files: Vec<_> =
        options.attachments.iter().map(|path| attachment(path)).collect::<Result<_, _>>()?;
    let (files, heads): (Vec<_>, Vec<_>) = files.into_iter().unzip();
    Ok(Composed::new(builder.stream(&heads), files))
}

/// An open file, and how it is attached.
fn attachment(path: &Path) -> Result<(File, Streamed<'static>), Wrong> {
    let wrong = |what: String| format!("--attach {}: {what}", path.display());
    let opened = File::open(path).and_then(|file| file.metadata().map(|about| (file, about)));
    let (file, about) = opened.map_err(|error| wrong(error.to_string()))?;
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = ContentType::new(kind.essence_str().to_owned());
    let kind = kind.unwrap_or_else(|_| ContentType::octets());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    // A pipe does not say how much it has.
    let attachment = Streamed::new(kind, about.is_file().then_some(about.len()));
    let named = attachment.named(name.unwrap_or_default());
    Ok((file, named.map_err(|error| wrong(error.to_string()))?))
}

/// One address, with a name or without.
fn mailbox(text: &str) -> Result<Mailbox<'static>, String> {
    let found = header::addresses(text.as_bytes());
    let [address] = found.as_slice() else { return Err("not one address".into()) };
    let plain = address.address().ok_or("not an address")?;
    let mailbox = Mailbox::new(plain.to_string()).map_err(|error| error.to_string())?;
    match address.name() {
        Some(name) => mailbox.named(name.to_string()).map_err(|error| error.to_string()),
        None => Ok(mailbox),
    }
}

/// How much was sent of so many octets, if that is known.
fn bar(octets: Option<u64>) -> ProgressBar {
    let target = match octets.is_none_or(|octets| octets >= LARGE) {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bytes}/{total_bytes} {bar:40} {bytes_per_sec}");
    let bar = ProgressBar::with_draw_target(octets, target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
