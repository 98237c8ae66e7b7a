//! Conversations as files, each of which tests both roles.
//!
//! ```text
//! # What this conversation shows.
//! @ key=value                     an option for both roles
//! S: 220 hamburger.edu            the server says this
//! << helo crepes.fr               what the client's application does
//! C: HELO crepes.fr               the client says this
//! > Hello crepes.fr               what the server's application sees
//! < 250 Hello crepes.fr           what it does
//! S: 250 Hello crepes.fr
//! >> Reply 250 to Helo            what the client's application sees
//! ```
//!
//! The server's run feeds the `C` lines and expects the `S` lines, does the `<` lines and expects
//! the `>` lines; the client's run does it the other way round, with `<<` and `>>`. A file
//! without any `>` (or `>>`) line does not look at the events of that role. A line is ended with
//! CRLF; `C|` and `S|` give bytes with `\r`, `\n`, `\t`, `\\` and `\xHH` and add no line end.
//!
//! Where our own side would say it otherwise than the peer in the file: `C<` is only fed to our
//! server and `C>` only expected of our client; `S<` is only fed to our client and `S>` only

//! `=` alone on a line: TLS starts on both, or compression; what is under the machines does not
//! change.
//!
//! Each run is made whole, a byte at a time, and cut at 16 random places. A failing run prints
//! the file, the line and the difference.

use crate::cuts::Cut;
use crate::escape::unescape;
use crate::role::run;
use crate::{Options, Role, Trace};
use mailwire_core::Input;
use std::path::Path;

#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    /// These bytes come from the peer.
    Feed(Vec<u8>),
    /// These bytes must have been sent.
    Expect(Vec<u8>),
    /// This is what the application must have seen.
    See(String),
    /// This is what it does.
    Act(String),
    /// TLS or compression starts.
    Upgrade,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    Client,
    Server,
}

/// Runs each `.txt` file in `folder` on both roles.
///
/// # Panics
///
/// When a conversation goes otherwise than its file says, and when there is no file.
pub fn run_folder<S: Role, C: Role>(folder: &str) {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} has no transcript");
    for file in files {
        run_file::<S, C>(&file);
    }
}

/// Runs one file on both roles.
///
/// # Panics
///
/// As [`run_folder`].
pub fn run_file<S: Role, C: Role>(file: &Path) {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    run_text::<S, C>(&name, &text);
}

/// Runs a transcript given as text on both roles.
///
/// # Panics
///
/// As [`run_folder`].
pub fn run_text<S: Role, C: Role>(name: &str, text: &str) {
    let (options, server, client) = parse(name, text);
    for cut in Cut::all() {
        play::<S>(&format!("{name} (server, {cut:?})"), &options, &server, &cut);
        play::<C>(&format!("{name} (client, {cut:?})"), &options, &client, &cut);
    }
}

type Script = Vec<(usize, Step)>;

fn parse(name: &str, text: &str) -> (Options, Script, Script) {
    let mut options = Options::new();
    let (mut server, mut client) = (Script::new(), Script::new());
    for (number, line) in text.lines().enumerate().map(|(n, line)| (n + 1, line)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut from = |side: Side, feed: bool, expect: bool, bytes: Vec<u8>| {
            let (feeds, expects) = match side {
                Side::Client => (&mut server, &mut client),
                Side::Server => (&mut client, &mut server),
            };
            if feed {
                feeds.push((number, Step::Feed(bytes.clone())));
            }
            if expect {
                expects.push((number, Step::Expect(bytes)));
            }
        };
        let ended = || format!("{rest}\r\n").into_bytes();
        match kind {
            "@" => {
                let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
                options.insert(key.into(), value.into());
            }
            "C:" => from(Side::Client, true, true, ended()),
            "C<" => from(Side::Client, true, false, ended()),
            "C>" => from(Side::Client, false, true, ended()),
            "C|" => from(Side::Client, true, true, unescape(rest)),
            "C|<" => from(Side::Client, true, false, unescape(rest)),
            "C|>" => from(Side::Client, false, true, unescape(rest)),
            "S:" => from(Side::Server, true, true, ended()),
            "S<" => from(Side::Server, true, false, ended()),
            "S>" => from(Side::Server, false, true, ended()),
            "S|" => from(Side::Server, true, true, unescape(rest)),
            "S|<" => from(Side::Server, true, false, unescape(rest)),
            "S|>" => from(Side::Server, false, true, unescape(rest)),
            ">" => server.push((number, Step::See(rest.into()))),
            "<" => server.push((number, Step::Act(rest.into()))),
            ">>" => client.push((number, Step::See(rest.into()))),
            "<<" => client.push((number, Step::Act(rest.into()))),
            "=" => {
                server.push((number, Step::Upgrade));
                client.push((number, Step::Upgrade));
            }
            _ => panic!("{name}:{number}: no such kind of line: {kind:?}"),
        }
    }
    (options, server, client)
}

fn play<R: Role>(name: &str, options: &Options, script: &Script, cut: &Cut) {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    let looks = script.iter().any(|(_, step)| matches!(step, Step::See(_)));
    let (mut checked, mut seen) = (0, 0);
    let mut steps = script.iter().peekable();
    while let Some((number, step)) = steps.next() {
        let at = || format!("{name}:{number}");
        match step {
            Step::Feed(bytes) => {
                // What follows without an answer in between comes in the same stream.
                let mut bytes = bytes.clone();
                while let Some((_, Step::Feed(more))) = steps.peek() {
                    bytes.extend_from_slice(more);
                    steps.next();
                }
                for piece in cut.pieces(&bytes) {
                    rx.extend(piece);
                    run(&mut role, &mut machine, &mut rx, &mut trace);
                }
            }
            Step::Act(line) => {
                if let Err(why) = role.act(&mut machine, line) {
                    panic!("{}: {line:?}: {why}\nseen: {:#?}", at(), trace.events);
                }
                run(&mut role, &mut machine, &mut rx, &mut trace);
            }
            Step::Expect(bytes) => {
                run(&mut role, &mut machine, &mut rx, &mut trace);
                let end = checked + bytes.len();
                let sent = &trace.output[checked..end.min(trace.output.len())];
                let rest = &trace.output[checked..];
                assert!(
                    sent == bytes,
                    "{}:\nexpected {}\n    sent {}\nseen: {:#?}",
                    at(),
                    bytes.escape_ascii(),
                    rest.escape_ascii(),
                    trace.events
                );
                checked = end;
            }
            Step::See(words) => {
                trace.end_body();
                assert_eq!(
                    trace.events.get(seen),
                    Some(words),
                    "{} (left: seen, right: in the file)\nall: {:#?}",
                    at(),
                    trace.events
                );
                seen += 1;
            }
            Step::Upgrade => {
                trace.send(&mut machine);
                if let Err(error) = R::upgrade(&mut machine, &mut rx) {
                    panic!("{}: upgrade: {error}", at());
                }
                run(&mut role, &mut machine, &mut rx, &mut trace);
            }
        }
    }
    trace.end_body();
    assert!(
        !looks || seen == trace.events.len(),
        "{name}: events that are not in the file: {:#?}",
        &trace.events[seen..]
    );
    assert!(
        checked == trace.output.len(),
        "{name}: sent and not in the file: {}",
        trace.output[checked..].escape_ascii()
    );
}
