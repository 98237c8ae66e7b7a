//! Delivers a message to a server and says what became of it for each recipient: a whole client on
//! tokio and rustls, in one loop.

use clap::Parser;
use examples::tls::random;
use examples::{Link, Next, Trace};
use mailwire_sasl::{Account, Transport};
use mailwire_smtp::client::{
    Authenticated, Authentication, Config, Connection, Envelope, Event, Outcome, Progress, Tls,
    Transaction,
};
use mailwire_smtp::types::{
    Command, Domain, ForwardPath, Notify, Parameter, Params, Protocol, Ret, ReversePath, Verb,
};
use mailwire_smtp::{Security, Wants};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpStream;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Delivers one message by SMTP or LMTP.
///
/// Prints a line for each recipient: its code, the recipient, the text. Ends with 0 when the server
/// has taken the message for all.
#[derive(Debug, Parser)]
struct Options {
    /// HOST:PORT of the server.
    server: String,
    /// The message, with CRLF or LF.
    message: PathBuf,
    /// Who is told of failures; empty for nobody.
    from: String,
    /// Who is to have it.
    #[arg(required = true)]
    to: Vec<String>,
    /// Speak LMTP.
    #[arg(long)]
    lmtp: bool,
    /// Upgrade to TLS, and trust the certificate in this file.
    #[arg(long, value_name = "PEM")]
    starttls: Option<PathBuf>,
    /// Log in, by PLAIN.
    #[arg(long, value_name = "USER:PASSWORD")]
    login: Option<String>,
    /// Send chunks (BDAT) where the server takes them.
    #[arg(long)]
    chunks: bool,
    /// Ask for an answer for each recipient where the server offers PRDR.
    #[arg(long)]
    prdr: bool,
    /// The header is beyond US-ASCII: needs SMTPUTF8.
    #[arg(long)]
    utf8: bool,
    /// Ask for notices of success, and the header with them.
    #[arg(long)]
    notify: bool,
    /// Send commands one by one.
    #[arg(long)]
    one_by_one: bool,
    /// How often the message is sent on the one connection.
    #[arg(long, default_value_t = 1)]
    times: usize,
    /// Print the conversation.
    #[arg(long)]
    trace: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match examples::options::read("deliver") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match deliver(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the server has taken the message for all.
async fn deliver(options: &Options) -> Result<bool> {
    let message = std::fs::read(&options.message)?;
    let envelope = envelope(options, &message)?;
    let hello = || match options.lmtp {
        true => Command::Lhlo(Domain::localhost()),
        false => Command::Ehlo(Domain::localhost()),
    };
    let mut config = Config::default();
    config.protocol = if options.lmtp { Protocol::Lmtp } else { Protocol::Smtp };
    config.tls = if options.starttls.is_some() { Tls::Required } else { Tls::Optional };
    config.allow_plaintext_credentials = options.starttls.is_none();
    config.one_by_one = options.one_by_one;
    let mut conn = Connection::new(config.into(), Security::Plain);
    let stream = TcpStream::connect(&options.server).await?;
    let mut link = Link::new(stream).traced(options.trace.then(|| Trace::new("smtp", true)));
    let (mut running, mut left, mut all, mut sent) = (None, options.times, true, 0);
    conn.send(&hello())?;
    let account = options.login.as_deref().map(|login| {
        let (name, password) = login.split_once(':').unwrap_or((login, ""));
        Account::with_password(name, password)
    });
    let mut authentication: Option<Authentication> = None;
    loop {
        let transport = Transport {
            bindings: link.client_bindings(),
            random: random()?,
            allow_plaintext: options.starttls.is_none(),
            ..Transport::default()
        };
        // Every turn takes what the server said, then says what there is to say.
        while let Some(event) = conn.receive(&mut link.rx)? {
            if let Some(transaction) = &mut running {
                match Transaction::see(transaction, &mut conn, &event)? {
                    Progress::SendBody => sent = 0,
                    Progress::Done => {
                        all &= report(options, transaction);
                        running = None;
                        sent = message.len() + 1;
                        next(&mut conn, &envelope, &mut running, &mut left)?;
                    }
                    Progress::Going | Progress::NotMine => {}
                }
                continue;
            }
            if let Some(exchange) = &mut authentication {
                match Authentication::see(exchange, &mut conn, &event)? {
                    Authenticated::NeedKdf(kdf) => {
                        exchange.derived(&mut conn, &kdf.derive())?;
                    }
                    Authenticated::Yes => {
                        authentication = None;
                        next(&mut conn, &envelope, &mut running, &mut left)?;
                    }
                    Authenticated::No(reply) => return Err(format!("{reply}").into()),
                    Authenticated::Broken => return Err("the server proved nothing".into()),
                    _ => {}
                }
                continue;
            }
            match event {
                Event::Reply { to, reply } if to.verb() != Verb::Rset => match to.verb() {
                    Verb::Quit => {}
                    _ if !reply.is_positive() => return Err(format!("{reply}").into()),
                    Verb::Ehlo | Verb::Lhlo if wants_tls(options, &conn) => {
                        conn.send(&Command::StartTls)?;
                    }
                    Verb::Ehlo | Verb::Lhlo => match &account {
                        Some(account) => {
                            let begun = Authentication::choose(&mut conn, account, &transport)?;
                            authentication = Some(begun);
                        }
                        None => next(&mut conn, &envelope, &mut running, &mut left)?,
                    },
                    _ => {}
                },
                Event::Greeting(reply) | Event::Farewell(reply) if !reply.is_positive() => {
                    return Err(format!("{reply}").into());
                }
                _ => {}
            }
        }
        // A piece of the message at a time, so that no more is held.
        if running.is_some() && conn.wants() == Wants::Reply && sent <= message.len() {
            let end = message.len().min(sent + 16 * 1024);
            conn.send_body(message.get(sent..end).unwrap_or_default())?;
            sent = end;
            if end == message.len() {
                conn.end_body()?;
                sent += 1;
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                link.connect_tls(&mut conn, &trust(options)?, "localhost").await?;
                conn.send(&hello())?;
            }
            Next::Close => break,
            Next::Receive | Next::Reply | Next::Deflate => {}
        }
    }
    if let Some(transaction) = &mut running {
        transaction.ended(None);
        all &= report(options, transaction);
    }
    Ok(all)
}

fn envelope(options: &Options, message: &[u8]) -> Result<Envelope<'static>> {
    let to = options.to.iter().map(|to| ForwardPath::new(to.clone()));
    let to = to.collect::<std::result::Result<Vec<_>, _>>()?;
    let mut envelope = Envelope::new(ReversePath::new(options.from.clone())?, to);
    envelope.eight_bit = !message.is_ascii();
    envelope.utf8 = options.utf8;
    envelope.prefer_chunks = options.chunks;
    envelope.prefer_prdr = options.prdr;
    if options.notify {
        envelope.mail_params = Params::default().with_parameter(&Parameter::Ret(Ret::Headers))?;
        let notify = Notify::SUCCESS.and(Notify::FAILURE);
        let params = Params::default().with_parameter(&Parameter::Notify(notify))?;
        envelope.rcpt_params = vec![params; options.to.len()];
    }
    Ok(envelope)
}

/// Begins the next transaction, or ends the session.
fn next(
    conn: &mut Connection,
    envelope: &Envelope<'_>,
    running: &mut Option<Transaction>,
    left: &mut usize,
) -> Result<()> {
    if *left == 0 {
        conn.send(&Command::Quit)?;
    } else {
        *left -= 1;
        *running = Some(Transaction::begin(conn, envelope)?);
    }
    Ok(())
}

fn wants_tls(options: &Options, conn: &Connection) -> bool {
    options.starttls.is_some() && conn.security() == Security::Plain
}

fn report(options: &Options, transaction: &Transaction) -> bool {
    let mut all = true;
    for (to, outcome) in options.to.iter().zip(transaction.outcomes()) {
        let (yes, words) = match outcome {
            Some(Outcome::Accepted(reply)) => (true, format!("{} {to} {reply}", reply.code())),
            Some(Outcome::Refused(reply)) => (false, format!("{} {to} {reply}", reply.code())),
            Some(other) => (false, format!("--- {to} {other:?}")),
            None => (false, format!("--- {to}")),
        };
        all &= yes;
        println!("{words}");
    }
    all
}

fn trust(options: &Options) -> Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = &options.starttls {
        roots.add(CertificateDer::from_pem_file(file)?)?;
    }
    Ok(Arc::new(
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth(),
    ))
}
