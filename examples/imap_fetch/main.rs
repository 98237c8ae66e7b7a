//! Downloads folders over IMAP to a Maildir: see `--help`.
//!
//! Bodies go from the network to the disk in pieces, so the largest message costs no memory. Which
//! message of the server a file is stands in its name, and what is done in a ledger beside it: the
//! program can be ended at any moment, and the next run goes on where it stopped. It changes
//! nothing on the server.

mod fetch;
mod ledger;

use examples::imap::{Session, local_name};
use examples::maildir::{Maildir, lock_file};
use examples::options::{self, Account, Wrong};
use fetch::{Bar, Fetch};
use mailwire_imap::build::list;
use mailwire_imap::client::{Config, Event};
use mailwire_imap::types::{ListAttribute, Mailbox, Response};
use std::path::PathBuf;
use std::process::ExitCode;

/// Downloads a folder, or all, over IMAP to a Maildir.
///
/// Only what is not there yet is fetched; nothing is changed on the server. To interrupt it is safe
/// at any time.
#[derive(Debug, clap::Parser)]
#[command(name = "imap_fetch", version)]
struct Options {
    #[command(flatten)]
    account: Account,
    /// Store into this Maildir, made if there is none; other folders than INBOX become
    /// subfolders of it
    #[arg(long, value_name = "DIR")]
    maildir: PathBuf,
    /// Download this folder; may be given more than once
    #[arg(long, value_name = "NAME", default_value = "INBOX", conflicts_with = "all")]
    folder: Vec<String>,
    /// Download all folders
    #[arg(long)]
    all: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// What became of it.
#[derive(Debug, Default)]
struct Done {
    messages: u64,
    octets: u64,
    folders: usize,
    /// What could not be done, in lines.
    failed: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("imap_fetch") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let password = match options.account.password() {
        Ok(password) => password,
        Err(line) => {
            eprintln!("imap_fetch: {line}");
            return ExitCode::from(2);
        }
    };
    match run(&options, &password).await {
        Ok(done) => {
            for line in &done.failed {
                eprintln!("imap_fetch: {line}");
            }
            if !options.quiet {
                let Done { messages, octets, folders, .. } = done;
                println!("{messages} fetched ({octets} octets), {folders} folders");
            }
            ExitCode::from(u8::from(!done.failed.is_empty()))
        }
        Err(line) => {
            eprintln!("imap_fetch: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options, password: &str) -> Result<Done, Wrong> {
    let at = |error: std::io::Error| format!("{}: {error}", options.maildir.display());
    let maildir = Maildir::open(&options.maildir).map_err(at)?;
    let name = options.account.file_name();
    let _lock = lock_file(&options.maildir.join(format!("imap_fetch.{name}.lock"))).map_err(at)?;
    let mut config = Config::default();
    // All bodies come in pieces.
    config.limits.inline_literal = 0;
    let mut session = Session::begin(&options.account, password, config).await?;
    let mut done = Done::default();
    for (mailbox, local) in folders(&mut session, options, &mut done.failed).await? {
        let bar = Bar::new(options.quiet, &mailbox.name());
        let fetch = Fetch::new(&mut session, &maildir, &name, bar);
        fetch.folder(&mailbox, &local, &mut done).await?;
        done.folders += 1;
    }
    session.end().await;
    Ok(done)
}

/// The folders that are wanted: how they are called there and here.
async fn folders(
    session: &mut Session,
    options: &Options,
    failed: &mut Vec<String>,
) -> Result<Vec<(Mailbox<'static>, String)>, Wrong> {
    let mut found = Vec::new();
    let listed = session.run(list("*"), |event| {
        let Event::Response(Response::List(list)) = event else { return Ok(()) };
        let none = [ListAttribute::Noselect, ListAttribute::NonExistent];
        if list.attributes.iter().any(|attribute| none.contains(attribute)) {
            return Ok(());
        }
        let mailbox = list.mailbox.clone().into_owned();
        let wanted = |name: &String| Mailbox::new(name).is_ok_and(|name| name == mailbox);
        if options.all || options.folder.iter().any(wanted) {
            match local_name(list) {
                Some(local) => found.push((mailbox, local)),
                None => failed.push(format!("{}: there cannot be such a folder", mailbox.name())),
            }
        }
        Ok(())
    });
    listed.await?.ok()?;
    for name in options.folder.iter().filter(|_| !options.all) {
        let wanted = Mailbox::new(name).map_err(|invalid| format!("{name}: {invalid}"))?;
        if !found.iter().any(|(mailbox, _)| *mailbox == wanted) {
            return Err(format!("there is no folder {name}"));
        }
    }
    Ok(found)
}
