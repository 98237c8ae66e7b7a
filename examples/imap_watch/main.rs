//! Watches a folder over IMAP and prints what changes: see `--help`.
//!
//! Waits by IDLE, which is renewed when the machine says so, and asks for news of other folders by
//! NOTIFY where the server has it. A connection that breaks is made anew, and what changed meanwhile
//! is told then: by QRESYNC or CONDSTORE where there is one.

mod report;
mod watch;

use examples::options::{self, Account};
use report::Report;
use std::process::ExitCode;
use std::time::Duration;
use watch::{Stopped, Watch};

/// Prints what changes in a folder, and with NOTIFY in all others.
///
/// Ends at Ctrl-C. A line for each change: `new UID from … subject …`, `flags UID …`, `gone UIDS`,
/// and of other folders `folder NAME …`.
#[derive(Debug, clap::Parser)]
#[command(name = "imap_watch", version)]
struct Options {
    #[command(flatten)]
    account: Account,
    /// Which folder
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    folder: String,
    /// Renew IDLE after so many seconds; servers may hang up after 30 minutes
    #[arg(long, value_name = "N", default_value_t = 29 * 60, value_parser = seconds)]
    renew: u64,
    /// Without IDLE ask so often, in seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = seconds)]
    poll: u64,
    /// Do not use NOTIFY
    #[arg(long)]
    no_notify: bool,
}

fn seconds(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("not a number of seconds".into()),
    }
}

/// How long a broken connection is waited for: twice as long each time, up to this.
const LONGEST: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("imap_watch") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let password = match options.account.password() {
        Ok(password) => password,
        Err(line) => {
            eprintln!("imap_watch: {line}");
            return ExitCode::from(2);
        }
    };
    tokio::select! {
        code = run(&options, &password) => code,
        // The server sees us go; that is what a watcher does.
        _ = tokio::signal::ctrl_c() => ExitCode::SUCCESS,
    }
}

async fn run(options: &Options, password: &str) -> ExitCode {
    let mut watch = match Watch::new(options, password, Report::default()) {
        Ok(watch) => watch,
        Err(line) => {
            eprintln!("imap_watch: {line}");
            return ExitCode::from(2);
        }
    };
    let mut pause = Duration::from_secs(1);
    loop {
        let stopped = watch.run().await;
        let (line, was_open) = match stopped {
            Stopped::Broken { line, was_open } => (line, was_open),
            Stopped::Refused(line) => {
                eprintln!("imap_watch: {line}");
                return ExitCode::FAILURE;
            }
        };
        if was_open {
            pause = Duration::from_secs(1);
        }
        eprintln!("imap_watch: {line}; again in {} s", pause.as_secs());
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}
