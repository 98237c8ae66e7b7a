//! Targets for `mailwire-pop3`.

use crate::machine::{Choices, Side, check, lines_end_well, pair};
use mailwire_pop3::{Capability, Command, Reply};
use mailwire_testkit::roles::pop3::{Client, Server};
use std::collections::{BTreeSet, VecDeque};

const ACTIONS: [&str; 32] = [
    "CAPA",
    "USER bob",
    "PASS hungry",
    "STAT",
    "LIST",
    "LIST 1",
    "UIDL",
    "UIDL 2",
    "RETR 1",
    "RETR 2",
    "TOP 1 0",
    "DELE 1",
    "DELE 2",
    "RSET",
    "NOOP",
    "QUIT",
    "STLS",
    "AUTH PLAIN",
    "DELE 3",
    "respond \0bob\0hungry",
    "UTF8",
    "LANG",
    "LANG es",
    "XTND",
    "lines XTND XLST",
    "AUTH",
    "AUTH PLAIN AGJvYgBodW5ncnk=",
    "cancel",
    "APOP bob c4c9334bac560ecc979e58001b3e22fb",
    "TOP 2 1",
    "LIST 2",
    "LANG *",
];

/// Those of them whose effect on the maildrop is known beforehand.
fn known_actions() -> &'static [&'static str] {
    &ACTIONS[..24]
}

/// The server and an application with two messages.
pub fn pop3_server(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&[
        ("security", "plain"),
        ("plaintext", "allowed"),
        ("apop", "<1@hamburger.edu>"),
        ("mechanisms", "PLAIN"),
        ("verbs", "XTND"),
        ("output", "100"),
        ("utf8", "users"),
        ("languages", "es es-MX"),
        ("bare_lf", "allowed"),
        ("capability", "EXPIRE 5 USER"),
    ]);
    check::<Server>(Side::Server, &options, &[], choices.0);
}

/// The client, with commands queued before the server says a word.
pub fn pop3_client(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&[
        ("security", "plain"),
        ("plaintext", "allowed"),
        ("window", "2"),
        ("undeclared", "allowed"),
    ]);
    let actions = choices.actions(&ACTIONS, 12);
    check::<Client>(Side::Client, &options, &actions, choices.0);
}

/// The client joined to the server: what is deleted is what was said, and only by QUIT.
pub fn pop3_pair(data: &[u8]) {
    let mut choices = Choices(data);
    let mut options = choices.options(&[
        ("security", "plain"),
        ("mechanisms", "PLAIN"),
        ("window", "2"),
        ("utf8", "users"),
        ("languages", "es"),
        ("verbs", "XTND"),
    ]);
    // With any option the client does nothing by itself.
    options.insert("plaintext".into(), "allowed".into());
    let sizes = [choices.below(40) + 1, choices.below(9) + 1];
    // Fewer than the server refuses before it hangs up.
    let actions = choices.actions(known_actions(), 16);
    let joined = pair::<Client, Server>(&options, &actions, &sizes);
    let whole = pair::<Client, Server>(&options, &actions, &[usize::MAX]);
    assert_eq!(joined, whole, "the same however it is cut");

    let tried = |event: &&String| event.starts_with("Pass ") || event.starts_with("Auth");
    let mut tries = joined.server.events.iter().filter(tried).peekable();
    let mut tried = |how: &str| tries.next_if(|event| event.starts_with(how)).is_some();
    let (mut deleted, mut inside, mut update) = (BTreeSet::new(), false, None);
    // What was queued behind a challenge is done when it is answered.
    let (mut challenged, mut queued) = (false, VecDeque::new());
    for action in &joined.done {
        queued.push_back(*action);
        if challenged && action.starts_with("respond ") {
            queued.rotate_right(1);
            challenged = false;
        }
        while !challenged {
            let Some(action) = queued.pop_front() else { break };
            match action {
                "PASS hungry" => inside |= tried("Pass "),
                "AUTH PLAIN" => challenged = tried("Auth PLAIN"),
                "respond \0bob\0hungry" => inside |= tried("AuthResponse"),
                "DELE 1" if inside => drop(deleted.insert(1)),
                "DELE 2" if inside => drop(deleted.insert(2)),
                "RSET" if inside => deleted.clear(),
                "QUIT" if inside => update = Some(format!("Update {deleted:?}")),
                _ => {}
            }
        }
    }
    let updated = joined.server.events.iter().find(|event| event.starts_with("Update "));
    let listed = |text: &String| text.replace(['{', '['], "").replace(['}', ']'], "");
    assert_eq!(updated.map(listed), update.as_ref().map(listed));
}

/// What is parsed is written back the same, on one line.
pub fn pop3_command(data: &[u8]) {
    if let Ok(command) = Command::parse(data) {
        let mut line = Vec::new();
        command.encode(&mut line);
        lines_end_well(&line);
        let text = line.strip_suffix(b"\r\n").expect("a line");
        assert!(!text.contains(&b'\n'));
        assert_eq!(Command::parse(text).as_ref(), Ok(&command));
    }
}

/// The same, for replies and capabilities.
pub fn pop3_reply(data: &[u8]) {
    if let Some(reply) = Reply::parse(data) {
        let mut line = Vec::new();
        reply.encode(&mut line);
        lines_end_well(&line);
        // CR, LF and NUL in a text are read as spaces, which may then stand at its ends.
        if !data.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            let text = line.strip_suffix(b"\r\n").expect("a line");
            assert_eq!(Reply::parse(text).as_ref(), Some(&reply));
        }
    }
    let capability = Capability::parse(data);
    let mut line = Vec::new();
    capability.encode(&mut line);
    let text = line.strip_suffix(b"\r\n").expect("a line");
    assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)), "it stays one line");
    assert!(!text.starts_with(b".") || text.starts_with(b".."), "it does not end the list");
    if !data.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        let text = if text.starts_with(b".") { &text[1..] } else { text };
        assert_eq!(Capability::parse(text), capability);
    }
}
