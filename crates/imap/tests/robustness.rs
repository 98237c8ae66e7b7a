//! The IMAP cases of `../shared/cases/robustness.jsonl`: published attacks and damage, and what must
//! become of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Buf, Input, Security};
use mailwire_imap::client::{self, Event};
use mailwire_imap::types::{Command, Condition, Mailbox, Response, State};
use mailwire_imap::{encode, server};
use mailwire_testkit::cases::{self, Case};
use std::sync::Arc;

/// Cases that are not the machines' own, and where they are.
const ELSEWHERE: [(&str, &str); 8] = [
    ("IMAP-S-34", "patterns are matched by view::list_matches, whose test has it"),
    (
        "IMAP-S-54",
        "examples/tests/imap_compress.rs has it: the machine is fed what is decompressed",
    ),
    ("IMAP-S-56", "tests/transcripts/compress.txt has it"),
    ("IMAP-S-59", "charsets are the application's"),
    ("IMAP-S-66", "threads are the application's"),
    ("IMAP-C-07", "tests/upgrade.rs has it"),
    ("IMAP-C-27", "the model of the mailbox has it"),
    ("IMAP-C-43", "examples/src/deflate.rs has it: the machine is fed what is decompressed"),
];

/// What became of a case at the server.
#[derive(Debug, Default)]
struct Outcome {
    said: String,
    failed: bool,
    refused: usize,
    most_held: usize,
}

fn serve(case: &Case) -> Outcome {
    let mut config = server::Config::default();
    config.allow_plaintext_credentials = true;
    config.literal_minus = case.id == "IMAP-S-12";
    let security = if case.setup == "TLS active" { Security::Tls } else { Security::Plain };
    let mut conn = server::Connection::new(Arc::new(config), security);
    let mut rx = Input::default();
    let ok = Condition::new(State::Ok, "done");
    let setup: &[u8] = match case.setup.as_str() {
        "authenticated" => b"x LOGIN a b\r\n",
        setup if setup.starts_with("selected") => b"x LOGIN a b\r\ny SELECT INBOX\r\n",
        _ => b"",
    };
    rx.extend(setup);
    while let Some(event) = conn.receive(&mut rx).unwrap() {
        assert!(matches!(event, server::Event::Command { .. }));
        conn.complete(&ok).unwrap();
    }
    let n = conn.output().remaining();
    conn.output().advance(n);
    let mut outcome = Outcome::default();
    let probe = if case.expect == "accept" { &b""[..] } else { b"" };
    let stream = [&case.input[..], probe].concat();
    'all: for piece in stream.chunks(4096) {
        rx.extend(piece);
        loop {
            let event = match conn.receive(&mut rx) {
                Ok(Some(event)) => event,
                Ok(None) => {
                    let text = String::from_utf8_lossy(conn.output().chunk()).into_owned();
                    let n = conn.output().remaining();
                    conn.output().advance(n);
                    outcome.said.push_str(&text);
                    outcome.most_held = outcome.most_held.max(rx.len());
                    if n == 0 { break } else { continue }
                }
                Err(_) => {
                    outcome.failed = true;
                    let text = String::from_utf8_lossy(conn.output().chunk()).into_owned();
                    outcome.said.push_str(&text);
                    break 'all;
                }
            };
            match event {
                server::Event::Append { .. } => conn.accept_body().unwrap(),
                server::Event::Command { command: Command::Idle, .. } => conn.begin_idle().unwrap(),
                server::Event::Command { .. } | server::Event::BodyEnd | server::Event::Done => {
                    conn.complete(&ok).unwrap();
                }
                server::Event::Refused(_) => outcome.refused += 1,
                _ => {}
            }
        }
    }
    outcome
}

fn judge_server(case: &Case) -> Result<(), String> {
    let outcome = serve(case);
    let said = &outcome.said;
    let tag = |state: &str| said.lines().any(|line| line.starts_with(&format!("A {state}")));
    let held = outcome.most_held <= 64 * 1024 + 8192;
    let right = held
        && match case.expect.as_str() {
            "discard-buffer" => outcome.failed && !said.contains("B "),
            "reject-syntax" => (tag("BAD") || tag("NO")) && !tag("OK") && !said.contains("B "),
            "reject-state" => tag("BAD") || tag("NO"),
            // Where it is not over yet, it is waited for at constant memory.
            "limit" => !tag("OK") && (outcome.failed || tag("BAD") || tag("NO") || held),
            "reject-fatal" => outcome.failed || tag("BAD") && !said.contains("+ "),
            "accept" => tag("OK") || said.contains("+ "),
            "bounded" => !outcome.failed,
            other => return Err(format!("{other} is not known")),
        };
    if right { Ok(()) } else { Err(format!("{outcome:?}")) }
}

/// What a client makes of it: events, and the error.
fn hear(case: &Case) -> (Vec<String>, Option<client::Error>, usize) {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    if case.setup != "connected" {
        rx.extend(b"* PREAUTH hi\r\n");
        assert!(conn.receive(&mut rx).unwrap().is_some());
    }
    if case.setup.starts_with("selected") {
        let tag = conn.send(&Command::Select(Mailbox::inbox(), Vec::new())).unwrap();
        rx.extend(format!("* 3 EXISTS\r\n{tag} OK selected\r\n").as_bytes());
        while conn.receive(&mut rx).unwrap().is_some() {}
    }
    let mut input = case.input.clone();
    // What is nested is judged when its line has ended.
    if case.id == "IMAP-C-18" {
        input.extend(b"\r\n");
    }
    if input.starts_with(b"A1 ") {
        let tag = conn.send(&Command::Noop).unwrap();
        input = [tag.to_string().as_bytes(), &input[2..]].concat();
    }
    let (mut events, mut held) = (Vec::new(), 0);
    for piece in input.chunks(4096) {
        rx.extend(piece);
        loop {
            match conn.receive(&mut rx) {
                Ok(None) => break,
                Ok(Some(event)) if events.len() < 100 => {
                    let text: String = format!("{event:?}").chars().take(300).collect();
                    events.push(text);
                }
                Ok(Some(_)) => {}
                Err(error) => return (events, Some(error), held),
            }
        }
        held = held.max(rx.len());
    }
    (events, None, held)
}

fn judge_client(case: &Case) -> Result<(), String> {
    let (events, error, held) = hear(case);
    let has = |what: &str| events.iter().any(|event| event.contains(what));
    let right = match case.expect.as_str() {
        // An error, or word of it.
        "fatal" => error.is_some() || has("Skipped") || has("Invalid") || events.len() == 1,
        "limit" => error.is_some() || has("Skipped") || has("Invalid") || has("BodyStart"),
        "accept" => error.is_none() && !events.is_empty() && !has("Skipped"),
        "bounded" => error.is_none() && held <= 8192,
        // After BYE nothing is expected any more; what comes is told.
        "ignore" => error.is_none(),
        other => return Err(format!("{other} is not known")),
    };
    if right { Ok(()) } else { Err(format!("{events:?} {error:?} {held}")) }
}

#[test]
fn every_case_becomes_what_it_must() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    let cases = cases::of("imap");
    assert!(cases.is_empty() || cases.len() > 60, "{}", cases.len());
    for case in cases {
        if ELSEWHERE.iter().any(|(id, _)| *id == case.id) {
            continue;
        }
        let by_hand = ["encode", "encode-error", "state-reset"].contains(&case.expect.as_str());
        if by_hand || case.id == "IMAP-C-03" {
            continue;
        }
        let verdict = match case.role.as_str() {
            "server" => judge_server(&case),
            _ => judge_client(&case),
        };
        judged += 1;
        if let Err(outcome) = verdict {
            let input: String = case.input.escape_ascii().to_string().chars().take(80).collect();
            wrong.push(format!("{} {} {input}: {outcome}", case.id, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{judged} judged");
}

// IMAP-C-03, IMAP-C-10, IMAP-C-32.
#[test]
fn a_client_does_not_go_on_without_tls() {
    let mut conn = client::Connection::new(Arc::default(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] hi\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Greeting(_)))));
    assert!(conn.login("ann", "x").is_err(), "never in the clear");
    let tag = conn.send(&Command::StartTls).unwrap();
    rx.extend(format!("{tag} NO not now\r\n").as_bytes());
    assert_eq!(conn.receive(&mut rx), Err(client::Error::TlsRefused));
}

// IMAP-S-63, IMAP-C-34: what an application passes stays one argument.
#[test]
fn names_cannot_break_out() {
    for name in ["a\r\nB OK forged", "INBOX\" \"x", "a\0b", "\u{e9}\u{e9}", "{3}", "a}"] {
        let name: String = name.chars().filter(|&c| c != '\0').collect();
        let mailbox = Mailbox::new(&name).unwrap();
        let list = mailwire_imap::types::List {
            attributes: Vec::new().into(),
            delimiter: Some('/'),
            mailbox: mailbox.clone(),
            extended: Vec::new(),
        };
        let mut out = Vec::new();
        encode::response(&Response::List(list), &mut out);
        assert_eq!(out.windows(2).filter(|w| w == b"\r\n").count(), 1, "{}", out.escape_ascii());
        let mut plain = encode::Plain::default();
        let dialect = mailwire_imap::types::Dialect::rev1();
        encode::command("a", &Command::Delete(mailbox), &dialect, &mut plain);
        let out = plain.into_bytes();
        assert_eq!(out.windows(2).filter(|w| w == b"\r\n").count(), 1, "{}", out.escape_ascii());
    }
}
