//! Fetches a maildrop over POP3 into a Maildir or an mbox: see `--help`.
//!
//! What is fetched, kept and deleted is decided by `mailwire_pop3::plan`. A message is deleted only
//! when it is stored and on disk, and its unique id is in the ledger; and the server deletes only
//! when all was done and QUIT was said. So the program can be ended at any moment.

mod fetch;
mod ledger;
mod options;
mod session;
mod store;

use examples::options::Wrong;
use fetch::Fetch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ledger::Ledger;
use mailwire_pop3::plan::{Plan, Policy, plan};
use options::Options;
use session::{Listing, Session};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use store::Store;

fn main() -> ExitCode {
    let options: Options = match examples::options::read("pop3_fetch") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let password = match options.password() {
        Ok(password) => password,
        Err(line) => {
            eprintln!("pop3_fetch: {line}");
            return ExitCode::from(2);
        }
    };
    match run(&options, &password) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(line) => {
            eprintln!("pop3_fetch: {line}");
            ExitCode::FAILURE
        }
    }
}

/// One run; false when something could not be fetched or deleted.
fn run(options: &Options, password: &str) -> Result<bool, Wrong> {
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("{path}: {error}")
    };
    let (mut store, path, is_folder) = match (&options.maildir, &options.mbox) {
        (Some(path), _) => (Store::maildir(path).map_err(at(path))?, path, true),
        (None, Some(path)) => (Store::mbox(path).map_err(at(path))?, path, false),
        (None, None) => return Err("there is no place for the mail".into()),
    };
    let (user, host) = (&options.user, &options.server.0);
    let path = ledger::path(path, is_folder, user, host, options.port());
    let mut ledger = Ledger::open(&path).map_err(at(&path))?;

    let mut session = Session::begin(options, password)?;
    let listing = session.list()?;
    let listed: Vec<(u32, &str)> = listing.names.iter().map(|(n, id)| (*n, id.as_str())).collect();
    let now = now();
    let plan = plan(options.policy, listing.messages, &listed, ledger.stored(), now);
    explain(options.policy, &listing, &plan);

    let bar = bar(options.quiet, &listing, &plan);
    let unknown = [&plan.ambiguous[..], &plan.unnamed[..]].concat();
    let names: BTreeMap<u32, &str> =
        listed.iter().filter(|(number, _)| !unknown.contains(number)).copied().collect();
    let gone = &plan.gone;
    let (fetched, octets, deleted, failed) = {
        let mut fetch = Fetch::new(&plan, names, &mut store, &mut ledger, now, &bar);
        session.run(&mut fetch)?;
        (fetch.fetched, fetch.octets, fetch.deleted, fetch.failed)
    };
    bar.finish_and_clear();
    ledger.forget(gone).map_err(at(&path))?;
    let odd = session.end()?;

    for line in &failed {
        eprintln!("pop3_fetch: {line}");
    }
    if !odd.is_empty() {
        let odd: Vec<String> = odd.into_iter().collect();
        eprintln!("pop3_fetch: the server is odd: {}", odd.join(", "));
    }
    if !options.quiet {
        let stay = listing.messages.saturating_sub(deleted);
        println!("{fetched} fetched ({octets} octets), {deleted} deleted, {stay} stay there");
    }
    Ok(failed.is_empty())
}

/// Says what a plan cannot do.
fn explain(policy: Policy, listing: &Listing, plan: &Plan) {
    let what = if policy == Policy::Delete { "" } else { ", and will be fetched again each time" };
    if !listing.has_names && listing.messages > 0 {
        eprintln!("pop3_fetch: the server has no UIDL: messages have no names{what}");
    } else if !plan.unnamed.is_empty() {
        eprintln!("pop3_fetch: {} messages have no name{what}", plan.unnamed.len());
    }
    if !plan.ambiguous.is_empty() {
        eprintln!("pop3_fetch: {} messages share a name with another{what}", plan.ambiguous.len());
    }
    if !plan.odd.is_empty() {
        eprintln!("pop3_fetch: the server lists messages that are not there, or twice");
    }
}

/// A bar of the octets that are to come; indicatif draws it only on a terminal.
fn bar(quiet: bool, listing: &Listing, plan: &Plan) -> ProgressBar {
    let octets = plan.fetch.iter().filter_map(|number| listing.sizes.get(number)).sum();
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(octets), target);
    let count = plan.fetch.len();
    let template =
        format!("{{bar:40}} {{msg}}/{count} messages, {{bytes}} of {{total_bytes}}, {{eta}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message("0");
    bar
}

#[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
