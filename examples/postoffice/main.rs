//! A post office: SMTP, submission, POP3 and IMAP with TLS, for a folder of Maildirs.
//!
//! ```console
//! cargo run --example postoffice                 # one demonstration, then it serves
//! cargo run --example postoffice -- --demo       # the demonstration only
//! cargo run --example postoffice -- --help
//! ```
//!
//! What is spoken is all in the crates; what is here is sockets, files and who may do what.
//! Exit status: 0; 1 when the demonstration found a difference; 2 when it could not start.

mod demo;
mod imap;
mod listen;
mod office;
mod options;
mod pop3;
mod pop3_words;
mod relay;
mod smtp;

use listen::{Listener, Service, say};
use office::Office;
use options::Options;
use relay::Relay;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// How long sessions may take to say goodbye when the program ends.
const GOODBYE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let options: Options = match examples::options::read("postoffice") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(options)).unwrap_or_else(|line| wrong(&line)),
        Err(error) => wrong(&format!("cannot start: {error}")),
    }
}

fn wrong(line: &str) -> ExitCode {
    eprintln!("postoffice: {line}");
    ExitCode::from(2)
}

async fn run(options: Options) -> Result<ExitCode, String> {
    let folder = options.data.display();
    let relay = Relay::open(&options)?.map(Arc::new);
    let office = Office::open(&options, relay)
        .map_err(|e| format!("cannot use the folder {folder}: {e}"))?;
    let office = Arc::new(office);
    let listeners = listen::bind(&options).await?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;

    if let Some(relay) = &office.relay {
        tokio::spawn(Arc::clone(relay).run(Arc::clone(&office)));
    }
    introduce(&office, &listeners);
    let places: Vec<_> = listeners.iter().map(|l| (l.service, l.address)).collect();
    let (stop, stopped) = watch::channel(false);
    let (alive, mut sessions) = mpsc::channel(1);
    for listener in listeners {
        let (office, stopped, alive) = (office.clone(), stopped.clone(), alive.clone());
        tokio::spawn(listener.serve(office, options.allow_plaintext_login, stopped, alive));
    }
    drop(alive);

    let mut status = ExitCode::SUCCESS;
    if !options.no_demo {
        let demonstration = async {
            match demo::play(&office, &places).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("postoffice: the demonstration failed: {error}");
                    ExitCode::FAILURE
                }
            }
        };
        tokio::select! {
            done = demonstration => status = done,
            _ = interrupt.recv() => return Ok(ExitCode::FAILURE),
        }
    }
    if !options.demo {
        suggest(&office, &places);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if std::io::stdout().is_terminal() {
            say("");
        }
        say("closing");
    }
    // Sessions take leave of their clients; a second Ctrl-C does not wait for them.
    let _ = stop.send(true);
    tokio::select! {
        _ = timeout(GOODBYE, sessions.recv()) => {}
        _ = interrupt.recv() => {}
    }
    Ok(status)
}

fn introduce(office: &Office, listeners: &[Listener]) {
    say(&format!("mail for {} is kept in {}", office.domain, office.data.display()));
    for user in office.users.values() {
        say(&format!("  user {:<12} password {}", user.account.name, user.account.password));
    }
    for listener in listeners {
        say(&format!("  {:<12} listens on {}", listener.service, listener.address));
    }
}

/// Lines to paste into a shell.
fn suggest(office: &Office, places: &[(Service, std::net::SocketAddr)]) {
    let at = |service| places.iter().find(|(s, _)| *s == service).map(|(_, address)| address);
    let Some(user) = office.users.values().next_back() else { return };
    let (name, password, domain) = (&user.account.name, &user.account.password, &office.domain);
    say("");
    say("Now serving, until Ctrl-C. To try it:");
    if let Some(smtp) = at(Service::Smtp) {
        say(&format!(
            "  printf 'Subject: hello\\r\\n\\r\\nIt works.\\r\\n' | curl -sS smtp://{smtp} \
             --mail-from {name}@{domain} --mail-rcpt {name}@{domain} -T -"
        ));
    }
    if let Some(pop3) = at(Service::Pop3) {
        say(&format!("  curl -sS -u {name}:{password} pop3://{pop3}/"));
        say(&format!(
            "  telnet {} {}      # then: USER {name}, PASS {password}, LIST, RETR 1, QUIT",
            pop3.ip(),
            pop3.port()
        ));
    }
    if let Some(imap) = at(Service::Imap) {
        say(&format!("  curl -sS -u {name}:{password} 'imap://{imap}/INBOX;MAILINDEX=*'"));
    }
    if let Some(imaps) = at(Service::Imaps) {
        say(&format!("  mutt -f imaps://{name}:{password}@{imaps}/INBOX"));
    }
    say(&format!("  mutt -f {}", office.data.join("mail").join(name).display()));
    say(&format!("  its certificate: {}", office.tls.certificate.display()));
    say("");
}
