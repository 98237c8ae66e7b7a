//! What real servers said, and what Dovecot says of messages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Input, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::encode;
use mailwire_imap::parse::{Grammar, response, response_with};
use mailwire_imap::types::{Response, Tolerance};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn corpus(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("{} is not there: nothing to test", path.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "txt") {
            found.push(path);
        }
    }
}

/// The one whose literal is announced an octet too short: its last line holds a space that was not
/// counted, so where its response ends is lost.
const DAMAGED: &str = "gmail/headers.1+unsolicited-info.txt";

/// Responses of a transcript, through the machine: tags are those of commands that were sent.
fn play(path: &Path, chunk: usize, tolerances: &mut BTreeMap<Tolerance, usize>) -> Vec<String> {
    // Files have the line ends of a repository; lengths are counted with those of the wire.
    let mut raw = Vec::new();
    for b in fs::read(path).unwrap() {
        if b == b'\n' && raw.last() != Some(&b'\r') {
            raw.push(b'\r');
        }
        raw.push(b);
    }
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    let greets = [&b"* OK"[..], b"* PREAUTH", b"* BYE"].iter().any(|g| raw.starts_with(g));
    if !greets {
        rx.extend(b"* PREAUTH hi\r\n");
        conn.receive(&mut rx).unwrap();
    }
    // Tags in the files are `A########`, sometimes with blanks; each is of the next command.
    let mut stream = Vec::new();
    let mut rest = &raw[..];
    while let Some(at) = rest.windows(9).position(|w| w == b"A########") {
        stream.extend_from_slice(&rest[..at]);
        rest = &rest[at + 9..];
        if stream.is_empty() || stream.ends_with(b"\n") {
            let tag = conn.send(&mailwire_imap::types::Command::Noop).unwrap();
            stream.extend_from_slice(tag.to_string().as_bytes());
        } else {
            stream.extend_from_slice(b"A########");
        }
    }
    stream.extend_from_slice(rest);
    let mut skipped = Vec::new();
    for piece in stream.chunks(chunk) {
        rx.extend(piece);
        loop {
            match conn.receive(&mut rx) {
                Ok(None) => break,
                Ok(Some(Event::Skipped { response, why })) => {
                    skipped.push(format!("{why}: {}", response.escape_ascii()));
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    skipped.push(error.to_string());
                    return skipped;
                }
            }
            for anomaly in conn.anomalies().as_slice() {
                *tolerances.entry(anomaly.what).or_default() += 1;
            }
        }
    }
    skipped
}

#[test]
fn every_transcript_parses_and_nothing_is_skipped() {
    let Some(folder) = corpus("imap-transcripts") else { return };
    let mut found = Vec::new();
    files(&folder, &mut found);
    let mut tolerances = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in found.iter().filter(|path| !path.ends_with(DAMAGED)) {
        for skipped in play(path, 4096, &mut tolerances) {
            let skipped: String = skipped.chars().take(300).collect();
            wrong.push(format!("{}: {skipped}", path.display()));
        }
    }
    println!("{} files; tolerances: {tolerances:?}", found.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The string of this name in a line of JSON.
fn field(line: &str, name: &str) -> Option<String> {
    let at = line.find(&format!("\"{name}\": \""))? + name.len() + 5;
    let mut out = String::new();
    let mut chars = line[at..].chars();
    let mut units: Vec<u16> = Vec::new();
    loop {
        let c = chars.next()?;
        let escaped = if c == '\\' { Some(chars.next()?) } else { None };
        if escaped == Some('u') {
            let hex: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&hex, 16).unwrap());
            continue;
        }
        out.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        match (c, escaped) {
            ('"', None) => return Some(out),
            (_, Some('n')) => out.push('\n'),
            (_, Some('r')) => out.push('\r'),
            (_, Some('t')) => out.push('\t'),
            (_, Some(other)) => out.push(other),
            (other, None) => out.push(other),
        }
    }
}

/// The same without quotes, escapes and announcements of literals.
fn unquoted(frame: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = frame;
    while let [first, more @ ..] = rest {
        rest = more;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if *first == b'{' && digits > 0 && rest[digits..].starts_with(b"}\r\n") {
            rest = &rest[digits + 3..];
        } else if !matches!(first, b'"' | b'\\') {
            out.push(*first);
        }
    }
    out
}

#[test]
fn what_dovecot_says_of_messages_comes_back_as_it_was() {
    let Some(path) = corpus("dovecot-oracle.jsonl.gz") else { return };
    let Ok(out) = Command::new("gzip").arg("-dc").arg(&path).output() else { return };
    let text = String::from_utf8(out.stdout).unwrap();
    let mut tested = 0;
    let mut wrong = Vec::new();
    for line in text.lines() {
        for (name, item) in
            [("envelope", "ENVELOPE"), ("bodystructure", "BODYSTRUCTURE"), ("body", "BODY")]
        {
            let Some(value) = field(line, name) else { continue };
            // Octets that JSON could not carry.
            if value.contains('\u{fffd}') {
                continue;
            }
            let frame = format!("* 1 FETCH ({item} ({value}))\r\n").into_bytes();
            let (response, anomalies) = match response_with(&frame, &Grammar::default()) {
                Ok(parsed) => parsed,
                Err(why) => {
                    wrong.push(format!("{why}: {}", frame.escape_ascii()));
                    continue;
                }
            };
            let Response::Fetch(fetch) = &response else { panic!("{response:?}") };
            assert_eq!(fetch.data.len(), 1);
            let mut again = Vec::new();
            encode::response(&response, &mut again);
            let same = again == frame || unquoted(&again) == unquoted(&frame);
            // 8-bit text is a literal when it is written.
            let reread = mailwire_imap::parse::response(&again, &Grammar::default());
            if !same && (frame.is_ascii() || reread.as_ref() != Ok(&response)) {
                wrong.push(format!("{}\n  {}", frame.escape_ascii(), again.escape_ascii()));
            }
            if !anomalies.is_empty() {
                wrong.push(format!("{anomalies:?}: {}", frame.escape_ascii()));
            }
            tested += 1;
        }
    }
    println!("{tested} tested");
    assert!(wrong.is_empty(), "{} of {tested}: {}", wrong.len(), wrong.join("\n"));
    assert!(tested > 4000, "{tested}");
    let _ = response(b"* 1 EXISTS\r\n", &Grammar::default());
}

/// Through both crates: what `mailwire-message` says of messages is read as what Dovecot says.
#[cfg(feature = "message")]
#[test]
fn what_is_said_of_messages_is_what_dovecot_says() {
    use mailwire_message::{Message, imap};

    let Some(path) = corpus("dovecot-oracle.jsonl.gz") else { return };
    let Ok(out) = Command::new("gzip").arg("-dc").arg(&path).output() else { return };
    let text = String::from_utf8(out.stdout).unwrap();
    // Where Dovecot reads a message otherwise, and why.
    let listed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../message/tests/dovecot_differences.txt");
    let listed = fs::read_to_string(listed).unwrap_or_default();
    let excused = |file: &str| listed.lines().any(|line| line.split('\t').next() == Some(file));
    let (mut tested, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let file = field(line, "file").unwrap();
        if excused(&file) {
            continue;
        }
        let mut raw = fs::read(path.with_file_name("messages").join(&file)).unwrap();
        if line.contains("\"from_line_stripped\": true") {
            let n = raw.iter().position(|&b| b == b'\n').unwrap();
            raw.drain(..=n);
        }
        let message = Message::parse(&raw);
        let mut ours = [const { Vec::new() }; 3];
        imap::envelope(message.root()).write(&mut ours[0]);
        imap::body(&message, &mut ours[1]);
        imap::body_structure(&message, &mut ours[2]);
        let names =
            [("envelope", "ENVELOPE"), ("body", "BODY"), ("bodystructure", "BODYSTRUCTURE")];
        for ((name, item), ours) in names.into_iter().zip(&ours) {
            let Some(theirs) = field(line, name) else { continue };
            // Octets that JSON could not carry.
            if theirs.contains('\u{fffd}') {
                continue;
            }
            let theirs = format!("* 1 FETCH ({item} ({theirs}))\r\n").into_bytes();
            let ours = [format!("* 1 FETCH ({item} ").as_bytes(), ours, b")\r\n"].concat();
            let read = |frame| response(frame, &Grammar::default()).unwrap();
            if read(&ours) != read(&theirs) {
                wrong.push(format!(
                    "{file}\n  {}\n  {}",
                    ours.escape_ascii(),
                    theirs.escape_ascii()
                ));
            }
            tested += 1;
        }
    }
    println!("{tested} tested");
    assert!(wrong.is_empty(), "{} of {tested}: {}", wrong.len(), wrong.join("\n"));
    assert!(tested > 4000, "{tested}");
}
