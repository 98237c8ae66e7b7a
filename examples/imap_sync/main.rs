//! Keeps a server's folders and a Maildir the same, both ways: see `--help`.
//!
//! Each run brings over what changed at either end since the last one: new messages, flags, and what
//! was removed. What the server has to say is asked by QRESYNC or CONDSTORE where there is one. The
//! program can be ended at any moment, and nothing is lost or there twice: which message of the
//! server a file is stands in its name, what was the same at both ends is noted when it is, and a
//! message that may have arrived at the server is looked for before it is sent again.

mod download;
mod folder;
mod state;
mod upload;

use examples::imap::{Session, local_name, remote_name};
use examples::maildir::{Maildir, lock_file};
use examples::options::{self, Account, Wrong};
use folder::Sync;
use mailwire_imap::build::{create, list};
use mailwire_imap::client::{Config, Event};
use mailwire_imap::model::Offers;
use mailwire_imap::types::{ListAttribute, Mailbox, Response};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Keeps a server's folders and a Maildir the same, both ways.
///
/// Folders that are at one end only are made at the other; none is removed. What was removed at one
/// end is removed at the other. To interrupt it is safe at any time.
#[derive(Debug, clap::Parser)]
#[command(name = "imap_sync", version)]
struct Options {
    #[command(flatten)]
    account: Account,
    /// The Maildir, made if there is none; other folders than INBOX are subfolders of it
    #[arg(long, value_name = "DIR")]
    maildir: PathBuf,
    /// Only this folder; may be given more than once
    #[arg(long, value_name = "NAME")]
    folder: Vec<String>,
    /// What of the server's to use at most to hear what changed
    #[arg(long, value_enum, default_value = "qresync")]
    by: Way,
    /// Say only what is wrong
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Way {
    Plain,
    Condstore,
    Qresync,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) here: u64,
    pub(crate) there: u64,
    pub(crate) removed_here: u64,
    pub(crate) removed_there: u64,
    pub(crate) flags: u64,
    /// What could not be done, in lines.
    pub(crate) failed: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("imap_sync") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let password = match options.account.password() {
        Ok(password) => password,
        Err(line) => {
            eprintln!("imap_sync: {line}");
            return ExitCode::from(2);
        }
    };
    match run(&options, &password).await {
        Ok(done) => {
            for line in &done.failed {
                eprintln!("imap_sync: {line}");
            }
            if !options.quiet {
                println!(
                    "new: {} here, {} there; removed: {} here, {} there; flags: {}",
                    done.here, done.there, done.removed_here, done.removed_there, done.flags
                );
            }
            ExitCode::from(u8::from(!done.failed.is_empty()))
        }
        Err(line) => {
            eprintln!("imap_sync: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options, password: &str) -> Result<Done, Wrong> {
    let at = |error: std::io::Error| format!("{}: {error}", options.maildir.display());
    let maildir = Maildir::open(&options.maildir).map_err(at)?;
    let name = options.account.file_name();
    let _lock = lock_file(&options.maildir.join(format!("imap_sync.{name}.lock"))).map_err(at)?;
    let mut config = Config::default();
    // All bodies come in pieces.
    config.limits.inline_literal = 0;
    let mut session = Session::begin(&options.account, password, config).await?;
    session.ways =
        Offers { condstore: options.by != Way::Plain, qresync: options.by == Way::Qresync };
    session.enable_qresync().await?;
    let mut done = Done::default();
    for (local, mailbox) in folders(&mut session, &maildir, options, &mut done).await? {
        let sync = Sync::new(&mut session, &maildir, &name, &mailbox, &local);
        sync.map_err(at)?.run(&mut done).await?;
    }
    session.end().await;
    Ok(done)
}

/// The folders of both ends, those that are wanted, made where they are not.
async fn folders(
    session: &mut Session,
    maildir: &Maildir,
    options: &Options,
    done: &mut Done,
) -> Result<BTreeMap<String, Mailbox<'static>>, Wrong> {
    let (mut found, mut delimiter) = (BTreeMap::new(), None);
    let listed = session.run(list("*"), |event| {
        let Event::Response(Response::List(list)) = event else { return Ok(()) };
        delimiter = delimiter.or(list.delimiter);
        let none = [ListAttribute::Noselect, ListAttribute::NonExistent];
        if !list.attributes.iter().any(|attribute| none.contains(attribute)) {
            let mailbox = list.mailbox.clone().into_owned();
            match local_name(list) {
                Some(local) => drop(found.insert(local, mailbox)),
                None => done.failed.push(format!("{}: there can be none here", mailbox.name())),
            }
        }
        Ok(())
    });
    listed.await?.ok()?;
    let here = maildir.list().map_err(|error| format!("{}: {error}", options.maildir.display()))?;
    for local in here.into_iter().filter(|listed| listed.exists).map(|listed| listed.name) {
        if found.contains_key(&local) {
            continue;
        }
        let Some(mailbox) = remote_name(&local, delimiter) else {
            done.failed.push(format!("{local}: there can be none at the server"));
            continue;
        };
        let made = session.run(create(mailbox.clone()), |_| Ok(())).await?;
        match made.is_ok() {
            true => drop(found.insert(local, mailbox)),
            false => done.failed.push(format!("{local}: {}", made.said)),
        }
    }
    if !options.folder.is_empty() {
        let mut wanted = Vec::new();
        for name in &options.folder {
            let mailbox = Mailbox::new(name).map_err(|invalid| format!("{name}: {invalid}"))?;
            if !found.values().any(|there| *there == mailbox) {
                return Err(format!("there is no folder {name}"));
            }
            wanted.push(mailbox);
        }
        found.retain(|_, mailbox| wanted.contains(mailbox));
    }
    Ok(found)
}
