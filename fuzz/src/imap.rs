//! Targets for `mailwire-imap`.

use crate::machine::{Choices, Side, check, lines_end_well, pair};
use mailwire_core::{Buf, Input, Security};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Command, Response};
use mailwire_imap::{client, encode, utf7};
use mailwire_testkit::roles::imap::{Client, Server};
use std::sync::Arc;

const ACTIONS: [&str; 34] = [
    "login ann pass",
    "login ann pass\"word",
    "login ann \u{e9}",
    "authenticate PLAIN",
    "authenticate PLAIN \\0ann\\0pass",
    "respond \0ann\0pass",
    "cancel",
    "STARTTLS",
    "CAPABILITY",
    "NOOP",
    "SELECT INBOX",
    "EXAMINE \"a b\"",
    "CREATE \"a\\\\b\"",
    "LIST \"\" *",
    "STATUS INBOX (MESSAGES UIDNEXT)",
    "FETCH 1:* (FLAGS UID BODY[])",
    "UID FETCH 1 BODY.PEEK[HEADER.FIELDS (FROM)]<0.9>",
    "STORE 1 +FLAGS (\\Seen $Junk)",
    "SEARCH OR SUBJECT x NOT SEEN",
    "UID COPY 1 Trash",
    "CLOSE",
    "idle",
    "done",
    "append INBOX 8",
    "append INBOX 0",
    "message \\n\\n.)\\n",
    "message \\n.\\n",
    "message abc",
    "LOGOUT",
    "COMPRESS DEFLATE",
    "UNAUTHENTICATE",
    "APPEND INBOX CATENATE (URL x TEXT {3+}\\nabc URL y)",
    "APPEND INBOX {3+}\\nabc {8+}\\nabcdefgh",
    "ENABLE UTF8=ACCEPT",
];

/// The server and an application that says OK.
pub fn imap_server(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&[
        ("security", "plain"),
        ("plaintext", "allowed"),
        ("append", "20"),
        ("compress", "offered"),
        ("unauthenticate", "offered"),
        ("capabilities", "MULTIAPPEND CATENATE REPLACE"),
        ("command", "300"),
    ]);
    check::<Server>(Side::Server, &options, &[], choices.0);
}

/// The client, with commands queued before the server says a word.
pub fn imap_client(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&[
        ("security", "plain"),
        ("plaintext", "allowed"),
        ("inline_literal", "4"),
    ]);
    let actions = choices.actions(&ACTIONS, 12);
    check::<Client>(Side::Client, &options, &actions, choices.0);
}

/// The client joined to the server: each command is completed once, in order, and messages that
/// are appended arrive.
pub fn imap_pair(data: &[u8]) {
    let mut choices = Choices(data);
    let mut options = choices.options(&[
        ("security", "plain"),
        ("compress", "offered"),
        ("unauthenticate", "offered"),
        ("capabilities", "MULTIAPPEND CATENATE REPLACE"),
    ]);
    // With any option the client does nothing by itself.
    options.insert("plaintext".into(), "allowed".into());
    let sizes = [choices.below(40) + 1, choices.below(9) + 1];
    let actions = choices.actions(&ACTIONS, 40);
    let joined = pair::<Client, Server>(&options, &actions, &sizes);
    let whole = pair::<Client, Server>(&options, &actions, &[usize::MAX]);
    assert_eq!(joined, whole, "the same however it is cut");

    let verb = |action: &str| action.split(' ').next().unwrap_or_default().to_owned();
    let goes_on = ["message", "done", "respond", "cancel"];
    let commands =
        joined.done.iter().filter(|action| !goes_on.contains(&verb(action).as_str())).count();
    let completed: Vec<u32> = joined
        .client
        .events
        .iter()
        .filter_map(|event| event.strip_prefix("Done a")?.split(' ').next()?.parse().ok())
        .collect();
    let upgrades = |event: &&String| ["StartTls", "Deflate"].contains(&event.as_str());
    let upgrades = joined.client.events.iter().filter(upgrades).count();
    if upgrades == 0 {
        assert!((1..).zip(&completed).all(|(n, tag)| n == *tag), "{completed:?}");
    }
    // Nothing is completed behind what waits for more from the client.
    let waits = |action: &&str| {
        ["append", "APPEND", "idle", "authenticate"].contains(&verb(action).as_str())
    };
    let open = if joined.done.iter().any(waits) { commands } else { 0 };
    assert!(commands - completed.len() - upgrades <= open, "{:?}", joined.done);

    let sent: String = joined
        .done
        .iter()
        .filter_map(|action| action.strip_prefix("message "))
        .map(|text| text.replace("\\n", "\r\n").escape_default().to_string())
        .collect();
    let arrived: String =
        joined.server.events.iter().filter_map(|event| event.strip_prefix("Body ")).collect();
    assert_eq!(sent, arrived);
}

/// Wherever a response ends, the next begins: each of those that follow the response that is
/// made of the data is seen, whatever stands in its lines and its literals.
pub fn imap_frame(data: &[u8]) {
    let mut choices = Choices(data);
    let streamed = choices.octet() & 1 == 1;
    let mut stream = b"* OK hi\r\n".to_vec();
    let mut frames = 0;
    let (rest, cuts) = choices.0.split_at(choices.0.len().saturating_sub(8));
    choices.0 = rest;
    // Every turn takes an octet.
    while !choices.0.is_empty() {
        let line: Vec<u8> =
            choices.bytes().iter().map(|b| if b"\r\n".contains(b) { b' ' } else { *b }).collect();
        let literal = choices.bytes();
        let head = line.get(..3).unwrap_or_default();
        let odd = line.ends_with(b"}") || head.eq_ignore_ascii_case(b"BYE");
        // What ends in `{3}` there is text.
        let states: [&[u8]; 4] = [b"OK", b"NO", b"BAD", b"PREAUTH"];
        let is = |state: &&[u8]| state.eq_ignore_ascii_case(line.get(..state.len()).unwrap_or(&[]));
        let literal = if states.iter().any(is) { &[] } else { literal };
        // What is counted, in any case; a space before it is passed over.
        let counted = line.trim_ascii_start().get(..8);
        if odd || counted.is_some_and(|line| line.eq_ignore_ascii_case(b"7 EXISTS")) {
            continue;
        }
        stream.extend_from_slice(b"* ");
        stream.extend_from_slice(&line);
        if literal.len() > 2 {
            stream.extend_from_slice(format!(" {{{}}}\r\n", literal.len()).as_bytes());
            stream.extend_from_slice(literal);
        }
        stream.extend_from_slice(b"\r\n* 7 EXISTS\r\n");
        frames += 1;
    }
    let mut config = client::Config::default();
    if streamed {
        config.limits.inline_literal = 0;
    }
    let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    let mut seen = 0;
    let sizes: Vec<usize> = cuts.iter().map(|&size| usize::from(size) + 1).collect();
    let mut sizes = sizes.iter().copied().cycle();
    let mut rest = stream.as_slice();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).min(rest.len());
        let (piece, more) = rest.split_at(size);
        rest = more;
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("responses that are framed right") {
            let exists = Response::Exists(7);
            seen += usize::from(event == client::Event::Response(exists));
        }
    }
    assert_eq!(seen, frames);
    assert!(rx.is_empty());
}

/// A command that is parsed is sent by a client as one that is parsed the same.
pub fn imap_command(data: &[u8]) {
    let Ok((_, command)) = parse::command(data, &Grammar::default()) else { return };
    for greeting in ["* OK", "* PREAUTH"] {
        let mut conn = client::Connection::new(Arc::default(), Security::Tls);
        let mut rx = Input::default();
        rx.extend(greeting.as_bytes());
        rx.extend(b" [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE] hi\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));
        if greeting == "* PREAUTH" {
            let inbox = mailwire_imap::types::Mailbox::new("INBOX").expect("a mailbox");
            let tag = conn.send(&Command::Select(inbox, Vec::new())).expect("SELECT after login");
            rx.extend(format!("{tag} OK done\r\n").as_bytes());
            assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Done { .. }))));
            let n = conn.output().remaining();
            conn.output().advance(n);
        }
        if conn.send(&command).is_err() {
            continue;
        }
        let out = conn.output();
        let line = out.chunk();
        if line.len() < out.queued() {
            continue;
        }
        let parsed = parse::command(line, &Grammar::default());
        let parsed = parsed.as_ref().map(|(_, command)| command);
        assert!(parsed.is_ok(), "{}", line.escape_ascii());
        if is_plain_line(data) {
            assert_eq!(parsed, Ok(&command), "{}", line.escape_ascii());
        }
    }
}

/// A response that is parsed is written as one that is parsed the same.
pub fn imap_response(data: &[u8]) {
    if let Ok(response) = parse::response(data, &Grammar::default()) {
        let mut frame = Vec::new();
        encode::response(&response, &mut frame);
        assert!(frame.ends_with(b"\r\n"));
        let again = parse::response(&frame, &Grammar::default());
        // Where there is no text, which there must be, some is written.
        let silent = match &response {
            Response::Tagged { condition, .. } | Response::Condition(condition) => {
                condition.text.as_str().is_empty()
            }
            _ => false,
        };
        // What is damaged says where it was.
        let whole = parse::response_with(data, &Grammar::default())
            .is_ok_and(|(_, anomalies)| anomalies.as_slice().is_empty());
        let strict = parse::response(data, &Grammar::strict()).is_ok();
        if is_plain_line(data) && !silent && strict && whole {
            assert_eq!(again.as_ref(), Ok(&response), "{}", frame.escape_ascii());
        }
    }
}

/// Whether this is a line, all of which can be written as it was read: no controls, nothing that is
/// not US-ASCII.
fn is_plain_line(data: &[u8]) -> bool {
    let line = data.strip_suffix(b"\r\n").unwrap_or(data);
    line.iter().all(|b| matches!(b, b' '..=b'~'))
}

/// What is decoded has one encoding, and any name comes back.
pub fn utf7(data: &[u8]) {
    if let Some(name) = utf7::decode(data) {
        assert_eq!(utf7::encode(&name), data);
    }
    let name = String::from_utf8_lossy(data);
    let encoded = utf7::encode(&name);
    assert!(encoded.iter().all(|b| matches!(b, b' '..=b'~')));
    assert_eq!(utf7::decode(&encoded).as_deref(), Some(&*name));
    lines_end_well(&encoded);
}
