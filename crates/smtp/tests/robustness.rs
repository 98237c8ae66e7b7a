//! The server's cases of `../shared/cases/robustness.jsonl`, and peers that close early.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server;
use mailwire_smtp::types::{Command, Domain};
use mailwire_smtp::{Buf, Error, Input, Security, Wants};
use mailwire_testkit::cases::{self, Case};
use mailwire_testkit::chunks;
use mailwire_testkit::cuts::Cut;
use mailwire_testkit::roles::smtp::{Client, Server};
use mailwire_testkit::{Options, Role, Trace};

const HELLO: &[u8] = b"EHLO client.example\r\n";
const TRANSACTION: &[u8] = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n";

/// What comes before a case, and how many events and replies that is.
fn prelude(setup: &str) -> Option<(Vec<u8>, usize)> {
    let (bytes, events) = match setup {
        "354 sent; receiver is in DATA content state" => {
            ([HELLO, TRANSACTION, b"DATA\r\n"].concat(), 4)
        }
        "after EHLO accepted (extended session), no TLS" => (HELLO.to_vec(), 1),
        "after EHLO, MAIL and one RCPT accepted" => ([HELLO, TRANSACTION].concat(), 3),
        _ => return None,
    };
    Some((bytes, events))
}

fn play(case: &Case, options: &Options, cut: &Cut) -> Option<(Trace, Vec<String>)> {
    let (before, events) = prelude(&case.setup)?;
    let stream = [&before[..], &case.input].concat();
    let trace = chunks::trace::<Server>(options, &stream, cut);
    let replies = String::from_utf8(trace.output.clone()).unwrap();
    let last = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
    let replies = replies.lines().filter(last).skip(1 + events).map(str::to_owned).collect();
    let mut trace = trace;
    trace.events.drain(..events);
    Some((trace, replies))
}

#[test]
fn the_cases_for_servers() {
    let mut options = Options::new();
    let all = [
        ("auth", "PLAIN LOGIN"),
        ("plaintext", "yes"),
        ("starttls", "yes"),
        ("message", "10000000"),
    ];
    for (key, value) in all {
        options.insert(key.into(), value.into());
    }
    let mut cases = cases::of("smtp");
    cases.retain(|case| case.role == "server");
    let mut played = 0;
    for case in &cases {
        let id = &case.id;
        // Input of 20 MB is played once.
        let cuts = if case.input.len() > 1 << 21 { 1 } else { 4 };
        let mut first = None;
        for cut in Cut::all().filter(|cut| !matches!(cut, Cut::Every(1))).take(cuts) {
            let Some((trace, replies)) = play(case, &options, &cut) else { continue };
            played += 1;
            let count = |word: &str| trace.events.iter().filter(|e| e.starts_with(word)).count();
            let ended = count("BodyEnd") + count("BodyRefused");
            let shown = trace.events.iter().map(|e| e.chars().take(90).collect::<String>());
            let shown = || shown.clone().take(12).collect::<Vec<_>>().join("\n");
            let refused = |reply: &String| reply.starts_with(['4', '5']);
            // BDAT is not offered: refused as unknown.
            match case.expect.as_str() {
                "not-eod" | "bounded" => {
                    assert_eq!((ended, count("Mail")), (1, 0), "{id}: {}", shown());
                }
                "eod" => assert_eq!(ended, 1, "{id}: {}", shown()),
                "limit" | "reject-state" | "reject-syntax" | "reject-fatal"
                    if !id.ends_with("EOD-16") =>
                {
                    let yes = replies.first().is_some_and(refused) || replies.iter().any(refused);
                    let failed = trace.events.last().is_some_and(|e| e.starts_with("Error"));
                    assert!(yes || failed, "{id}: {replies:?} {}", shown());
                }
                "truncated" => assert!(count("Error: the connection ended") == 1, "{id}"),
                "state-reset" => assert!(replies.last().unwrap().starts_with("250"), "{id}"),
                _ => {}
            }
            // What follows the end of a message is a command.
            let evil = case.expect != "eod" && count("Mail <x@evil.example>") > 0;
            assert!(!evil, "{id}: {}", shown());
            let all = (trace, replies);
            assert_eq!(*first.get_or_insert_with(|| all.clone()), all, "{id}: {cut:?}");
        }
    }
    assert!(cases.is_empty() || played > 60, "{played} runs of {} cases", cases.len());
}

// Exim half-closes before it reads.
#[test]
fn half_closed_peers_are_answered() {
    let stream = [HELLO, TRANSACTION, b"DATA\r\nhi\r\n.\r\nQUIT\r\n"].concat();
    let (mut role, mut server) = Server::start(&Options::new());
    let mut rx = Input::default();
    rx.extend(&stream);
    rx.close();

    while let Some(event) = server.receive(&mut rx).unwrap() {
        role.see(&mut server, event);
    }

    let sent = String::from_utf8(server.output().chunk().to_vec()).unwrap();
    assert!(sent.contains("250 2.0.0 message accepted\r\n221 "), "{sent}");
    let n = sent.len();
    server.output().advance(n);
    assert_eq!(server.wants(), Wants::Close);
}

/// Every octet at which a server's client may go away: an error in the middle of something, a
/// clean end between commands, never a message that was not ended.
#[test]
fn the_end_may_come_at_any_octet() {
    let stream = [HELLO, TRANSACTION, b"DATA\r\nhi\r\n.\r\nAUTH PLAIN\r\nAGEAYg==\r\n"].concat();
    let mut options = Options::new();
    options.insert("auth".into(), "PLAIN".into());
    options.insert("plaintext".into(), "yes".into());
    let end = stream.len() - b"AUTH PLAIN\r\nAGEAYg==\r\n".len();
    for at in 0..=stream.len() {
        let trace = chunks::trace::<Server>(&options, &stream[..at], &Cut::Whole);
        let done = trace.events.iter().any(|event| event == "BodyEnd");
        assert_eq!(done, at >= end, "{at}");
        let failed = trace.events.last().is_some_and(|event| event.starts_with("Error: "));
        let between = stream[..at].ends_with(b"\r\n") || at == 0;
        let data = at > [HELLO, TRANSACTION].concat().len() + 5 && at < end;
        let auth = at > end && stream[..at].ends_with(b"PLAIN\r\n");
        assert_eq!(failed, !between || data || auth, "{at}: {:?}", trace.events);
    }
}

// SMTP-CL-06 of the robustness cases.
#[test]
fn replies_to_nothing_are_fatal() {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    let mut client = client::Connection::new(config.into(), Security::Plain);
    let mut rx = Input::default();
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250 ok\r\n354 go\r\n250 queued\r\n");
    assert!(client.receive(&mut rx).unwrap().is_some());
    assert!(client.receive(&mut rx).unwrap().is_some());

    assert_eq!(client.receive(&mut rx).unwrap_err(), Error::Unsolicited);

    // Each kind of client error is reached, whatever the chunks.
    for (stream, words) in [
        (
            &b"220 x\r\n250 x\r\n354 go\r\n"[..],
            "Error: the server's reply does not fit the command",
        ),
        (b"220 x\r\n25x\r\n", "Error: malformed reply: expected a reply code at octet 0"),
        (b"220 x\r\n250-x\r\n", "Error: the connection ended in the middle of a reply"),
        (b"", "Error: the connection ended in the middle of the greeting"),
        (b"220 x\r\n", "Error: the connection ended in the middle of the answers"),
    ] {
        for cut in Cut::all() {
            let trace = chunks::trace::<Client>(&Options::new(), stream, &cut);
            assert_eq!(trace.events.last().unwrap(), words);
        }
    }
}

#[test]
fn each_error_of_a_server_is_reached() {
    let mut config = server::Config::default();
    config.starttls = true;
    for (stream, error) in [
        (&b"NOO"[..], Error::Truncated("a command")),
        (b"\x16\x03\x01", Error::UnexpectedTls),
        (b"EHLO x\r\nSTARTTLS\r\nNOOP\r\n", Error::PlaintextAfterStartTls),
        (b"EHLO x\r\nSTARTTLS\r\n", Error::Truncated("the TLS handshake")),
    ] {
        let mut server = server::Connection::new(config.clone().into(), Security::Plain);
        let mut rx = Input::default();
        rx.extend(stream);
        rx.close();
        let met = loop {
            match server.receive(&mut rx) {
                Ok(Some(_)) => server.accept().unwrap(),
                Ok(None) => panic!("no error"),
                Err(error) => break error,
            }
        };
        assert_eq!(met, error);
        assert_eq!(server.receive(&mut rx).unwrap_err(), error);
    }
}
