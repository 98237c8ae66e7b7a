//! Targets for `mailwire-smtp`.

use crate::machine::{Choices, Side, check, pair};
use mailwire_smtp::parse;
use mailwire_smtp::types::{Domain, Extensions, ForwardPath, Mailbox, ReversePath};
use mailwire_testkit::roles::smtp::{Client, Server};

const SERVER: [(&str, &str); 9] = [
    ("starttls", "yes"),
    ("auth", "PLAIN LOGIN"),
    ("plaintext", "yes"),
    ("newlines", "keep"),
    ("extensions", "none"),
    ("message", "64"),
    ("recipients", "2"),
    ("idle", "4"),
    ("line", "600"),
];

const CLIENT: [(&str, &str); 4] =
    [("client", "script"), ("tls", "required"), ("plaintext", "yes"), ("one_by_one", "yes")];

const ACTIONS: [&str; 24] = [
    "ehlo crepes.fr",
    "helo crepes.fr",
    "mail a@b",
    "mail a@b SIZE=4 BODY=8BITMIME",
    "rcpt c@d",
    "rcpt x@elsewhere",
    "data",
    "body Do you like ketchup?\\n",
    "body .\\n..two\\r\\n.",
    "body \\r",
    "end",
    "rset",
    "noop",
    "vrfy bob",
    "help",
    "quit",
    "starttls",
    "auth PLAIN \\0alice\\0hungry",
    "auth LOGIN",
    "respond alice",
    "respond hungry",
    "cancel",
    "mail a@b | rcpt c@d | data",
    "other FROB",
];

/// The server and an application that says yes.
pub fn smtp_server(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&SERVER);
    let trace = check::<Server>(Side::Server, &options, &[], choices.0);
    for line in trace.output.split_inclusive(|&b| b == b'\n') {
        assert!(line.len() <= 512, "RFC 5321 section 4.5.3.1.5");
        assert!(line.len() > 4 && line[..3].iter().all(u8::is_ascii_digit), "a code on each line");
    }
}

/// The client, with commands queued before the server says a word.
pub fn smtp_client(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&CLIENT);
    let actions = choices.actions(&ACTIONS, 12);
    check::<Client>(Side::Client, &options, &actions, choices.0);
}

/// The client joined to the server: each command has one answer, in order, and what is sent as a
/// message arrives.
pub fn smtp_pair(data: &[u8]) {
    let mut choices = Choices(data);
    let mut options = choices.options(&[
        ("one_by_one", "yes"),
        ("extensions", "none"),
        ("starttls", "yes"),
        ("auth", "PLAIN LOGIN"),
        ("plaintext", "yes"),
    ]);
    options.insert("client".into(), "script".into());
    let sizes = [choices.below(40) + 1, choices.below(9) + 1];
    let actions = choices.actions(&ACTIONS, 40);
    let joined = pair::<Client, Server>(&options, &actions, &sizes);
    let whole = pair::<Client, Server>(&options, &actions, &[usize::MAX]);
    assert_eq!(joined, whole, "the same however it is cut");

    let commands: Vec<String> = joined
        .done
        .iter()
        .flat_map(|action| action.split(" | "))
        .map(|line| line.split(' ').next().unwrap_or_default())
        .filter(|verb| !matches!(*verb, "body" | "end" | "respond" | "cancel"))
        .map(str::to_ascii_uppercase)
        .collect();
    let answered: Vec<&str> = joined
        .client
        .events
        .iter()
        .filter_map(|event| match event.as_str() {
            "StartTls" => Some("STARTTLS"),
            event if event.starts_with("Reply ") => event.rsplit(' ').next(),
            _ => None,
        })
        .collect();
    assert!(commands.len() - answered.len() <= 1, "{commands:?} {answered:?}");
    assert!(
        commands.iter().zip(&answered).all(|(sent, got)| sent == got),
        "{commands:?} {answered:?}"
    );

    let sent = bodies(&joined.done);
    let arrived: Vec<&str> =
        joined.server.events.iter().filter_map(|event| event.strip_prefix("Body ")).collect();
    // Of a message that was begun and not ended something may have arrived.
    assert!(arrived.len() - sent.len() <= 1, "{sent:?} {arrived:?}");
    assert_eq!(sent, arrived[..sent.len()]);
}

/// The bodies of the messages that were ended, as the server should see them.
fn bodies(done: &[&str]) -> Vec<String> {
    let (mut bodies, mut body) = (Vec::new(), String::new());
    for action in done {
        if let Some(text) = action.strip_prefix("body ") {
            body.push_str(&text.replace("\\r", "\r").replace("\\n", "\n"));
        } else if *action == "end" {
            let mut text = body.replace("\r\n", "\n").replace('\r', "\n");
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            if !text.is_empty() {
                bodies.push(text.replace('\n', "\r\n").escape_default().to_string());
            }
            body.clear();
        }
    }
    bodies
}

/// What is parsed is written back the same, on one line.
pub fn smtp_command(data: &[u8]) {
    let _ = parse::in_command(data);
    if let Ok(command) = parse::command(data) {
        let mut line = Vec::new();
        command.encode(&mut line);
        let text = line.strip_suffix(b"\r\n").expect("a line");
        assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        assert_eq!(parse::command(text).as_ref(), Ok(&command));
    }
}

/// The same, for replies and the extensions in them.
pub fn smtp_reply(data: &[u8]) {
    if let Ok(reply) = parse::reply(data) {
        let mut lines = Vec::new();
        reply.encode(&mut lines);
        crate::machine::lines_end_well(&lines);
        // CR and NUL in a text are written as spaces.
        if !reply.lines().any(|line| line.iter().any(|b| matches!(b, b'\r' | 0))) {
            assert_eq!(parse::reply(&lines).as_ref(), Ok(&reply));
        }
        for extension in Extensions::of(&reply).iter() {
            let mut words = Vec::new();
            extension.encode(&mut words);
            assert!(!words.iter().any(|b| matches!(b, b'\r' | b'\n')));
        }
    }
}

/// An address is what was given, and cannot be more than an argument.
pub fn smtp_address(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let addresses = [
        Mailbox::new(text).ok().map(|it| it.local_as_written().len() + 1 + it.domain().len()),
        ReversePath::new(text).ok().map(|it| it.as_str().len()),
        ForwardPath::new(text).ok().map(|it| it.as_str().len()),
        Domain::new(text).ok().map(|it| it.as_str().len()),
    ];
    for len in addresses.into_iter().flatten() {
        assert!(len <= text.len() && !text.contains(['\r', '\n', '\0']));
    }
    if let Ok(path) = ForwardPath::new(text) {
        let line = format!("RCPT TO:<{path}>");
        let parsed = parse::command(line.as_bytes());
        assert!(
            matches!(&parsed, Ok(mailwire_smtp::types::Command::Rcpt(rcpt)) if rcpt.to == path)
        );
    }
}
