//! Every file of `../shared/corpus/pop3-transcripts`, what real servers answered, read by the client.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_core::Input;
use mailwire_pop3::client::{Connection, Error, Event};
use mailwire_pop3::{Command, Security};
use mailwire_testkit::cuts::Cut;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the server answers in a file.
fn asked(name: &str) -> &'static str {
    match name {
        "greeting" => "",
        "auth" | "plus" => "AUTH LOGIN",
        "quit" => "QUIT",
        "dele" | "ok" => "DELE 1",
        "rset" => "RSET",
        "getlang" => "LANG",
        "setlang" => "LANG en",
        "retr1" | "retr1-parse-error" => "RETR 1",
        "uidl2" => "UIDL 2",
        name if name.starts_with("capa") => "CAPA",
        name if name.starts_with("stat") => "STAT",
        name if name.starts_with("list1") => "LIST 1",
        name if name.starts_with("list") => "LIST",
        name if name.starts_with("uidl1") => "UIDL 1",
        name if name.starts_with("uidl") => "UIDL",
        _ => panic!("what is {name} an answer to?"),
    }
}

/// The events of an answer in words, the last one perhaps an error.
fn read(answer: &[u8], command: &str, cut: &Cut) -> Vec<String> {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    if !command.is_empty() {
        let command = Command::parse(command.as_bytes()).unwrap();
        rx.extend(b"+OK\r\n");
        if conn.send(&command).is_err() {
            conn.send(&Command::User("a".try_into().unwrap())).unwrap();
            conn.send(&Command::Pass("b".try_into().unwrap())).unwrap();
            rx.extend(b"+OK\r\n+OK\r\n");
            conn.send(&command).unwrap();
        }
        while conn.receive(&mut rx).unwrap().is_some() {}
    }
    let (mut events, mut body) = (Vec::new(), 0);
    let mut pieces: Vec<Option<&[u8]>> = cut.pieces(answer).into_iter().map(Some).collect();
    pieces.push(None);
    for piece in pieces {
        match piece {
            Some(piece) => rx.extend(piece),
            None => rx.close(),
        }
        loop {
            let event = conn.receive(&mut rx);
            match event {
                Ok(Some(Event::Body(piece))) => body += piece.len(),
                Ok(Some(event)) => {
                    if body > 0 {
                        events.push(format!("Body of {body}"));
                        body = 0;
                    }
                    events.push(format!("{event:?}"));
                }
                Ok(None) => break,
                Err(error) => {
                    events.push(format!("{error:?}"));
                    return events;
                }
            }
        }
    }
    events
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// How many anomalies of each kind, and the error that ends it, a file has.
fn expected(name: &str) -> (&'static [&'static str], Option<&'static str>) {
    match name {
        // 7 without a size; the rest is read.
        "comcast/list-error1" => (&["BadEntry"], None),
        "comcast/list1-error2" | "gmail/uidl1-error2" => (&["OtherMessage"], None),
        "comcast/stat-error1" => (&[], Some("MalformedStat")),
        "gmail/uidl-error1" => (&["BadUniqueId { message: 3 }"], None),
        "gmail/uidl1-error1" => (&["BadUniqueId { message: 1 }"], None),
        // The body is no message, which is not POP3's concern.
        _ => (&[], None),
    }
}

#[test]
fn every_answer_is_read() {
    let Some(folder) = mailwire_testkit::shared("corpus/pop3-transcripts") else { return };
    let files = files(&folder);
    assert_eq!(files.len(), 35);
    for path in files {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let server = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let name = format!("{server}/{stem}");
        let kept = std::fs::read_to_string(&path).unwrap();
        // They are kept with the line ends of Unix.
        let wire = kept.replace("\r\n", "\n").replace('\n', "\r\n");
        let command = asked(stem);
        let events = read(wire.as_bytes(), command, &Cut::Whole);
        for cut in Cut::all().take(if wire.len() > 10_000 { 3 } else { usize::MAX }) {
            assert_eq!(read(wire.as_bytes(), command, &cut), events, "{name}, {cut:?}");
        }

        let (anomalies, error) = expected(&name);
        let found: Vec<&String> = events.iter().filter(|e| e.starts_with("Anomaly")).collect();
        assert_eq!(found.len(), anomalies.len(), "{name}: {events:#?}");
        for (found, expected) in found.iter().zip(anomalies) {
            assert!(found.contains(expected), "{name}: {found}");
        }
        // What is waited for when the file ends: nothing, or the answer to a challenge.
        let last = events.last().unwrap().as_str();
        match error {
            Some(error) => assert_eq!(last, error, "{name}"),
            None => assert!(!last.starts_with("Truncated"), "{name}: {events:#?}"),
        }

        // With the line ends as they are kept each line is odd, and read all the same. In a message
        // a dot behind a bare LF does not end it (VU#302671).
        let odd = read(kept.replace("\r\n", "\n").as_bytes(), command, &Cut::Whole);
        if command == "RETR 1" {
            assert_eq!(odd.last().unwrap(), &format!("{:?}", Error::Truncated("a message")));
        } else {
            let regular = |events: &[String]| -> Vec<String> {
                events.iter().filter(|e| !e.contains("BareLf")).cloned().collect()
            };
            assert_eq!(regular(&odd), regular(&events), "{name}");
            assert!(odd.len() > events.len() || error.is_some() || stem == "plus", "{name}");
        }
    }
}
