//! Responses: of real servers, Dovecot's answers, malformed lines and the seeds of the fuzz targets.

use crate::corpus::{files, seeds};
use crate::reasons::{Ours, Reasons};
use imap_codec::decode::Decoder;
use mailwire_imap::encode;
use mailwire_imap::parse::{Grammar, response};
use mailwire_testkit::escape::unescape;
use std::collections::BTreeSet;

/// The messages of a stream whose line ends may be bare: lines with the literals they announce.
fn messages(raw: &[u8], found: &mut BTreeSet<Vec<u8>>) {
    let mut stream = Vec::new();
    for &b in raw {
        if b == b'\n' && stream.last() != Some(&b'\r') {
            stream.push(b'\r');
        }
        stream.push(b);
    }
    let (mut start, mut from) = (0, 0);
    while let Some(n) = stream.get(from..).and_then(|rest| rest.iter().position(|&b| b == b'\n')) {
        let end = from + n + 1;
        let line = stream[from..end].trim_ascii_end();
        let announced = line.strip_suffix(b"}").and_then(|line| {
            let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
            let (rest, digits) = line.split_at(line.len() - digits);
            std::str::from_utf8(digits).ok().filter(|_| rest.ends_with(b"{"))?.parse::<usize>().ok()
        });
        match announced {
            Some(octets) if end + octets < stream.len() => from = end + octets,
            _ => {
                found.insert(stream[start..end].to_vec());
                (start, from) = (end, end);
            }
        }
    }
}

fn everything() -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    seeds(&["imap_response", "imap_response_roundtrip"], &mut found);
    if let Some(folder) = mailwire_testkit::shared("corpus/imap-transcripts") {
        for path in
            files(&folder).iter().filter(|path| path.extension().is_some_and(|e| e == "txt"))
        {
            let raw = std::fs::read(path).expect("a transcript");
            let text: String = raw.iter().map(|&b| char::from(b)).collect();
            let raw: Vec<u8> = text.replace("A########", "A1").chars().map(|c| c as u8).collect();
            messages(&raw, &mut found);
        }
    }
    if let Some(path) = mailwire_testkit::shared("cases/imap-server-quirks.tsv") {
        let text = std::fs::read_to_string(path).expect("cases");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            found.insert(unescape(line.splitn(3, '\t').nth(2).unwrap_or_default()));
        }
    }
    if let Some(path) = mailwire_testkit::shared("corpus/dovecot-oracle.jsonl.gz") {
        let unpacked = std::process::Command::new("gzip").arg("-dc").arg(path).output();
        let text = unpacked.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        for line in text.unwrap_or_default().lines() {
            let told: serde_json::Value = serde_json::from_str(line).expect("JSON");
            for (name, item) in [("envelope", "ENVELOPE"), ("bodystructure", "BODYSTRUCTURE")] {
                let Some(value) = told[name].as_str().filter(|text| text.is_ascii()) else {
                    continue;
                };
                found.insert(format!("* 1 FETCH ({item} ({value}))\r\n").into_bytes());
            }
        }
    }
    found
}

/// What a peer makes of a message, as text; `None` when it does not read all of it.
type Peer = fn(&[u8]) -> Option<String>;

/// Whether a string came as an atom, in quotes or as a literal is left out.
fn codec(message: &[u8]) -> Option<String> {
    let forms = ["Atom(", "AtomExt(", "String(", "Quoted(", "Literal(", "Literal { data: b"];
    match imap_codec::ResponseCodec::new().decode(message) {
        Ok(([], value)) => {
            let text = forms.iter().fold(format!("{value:?}"), |text, form| text.replace(form, ""));
            Some(text.replace(", mode: Sync }", "").replace(')', ""))
        }
        _ => None,
    }
}

fn proto(message: &[u8]) -> Option<String> {
    match imap_proto::Response::parse(message) {
        Ok(([], value)) => Some(format!("{value:?}")),
        _ => None,
    }
}

#[test]
fn every_difference_of_responses_has_its_reason() {
    let mut reasons = Reasons::new(include_str!("responses.txt"));
    let (mut alike, all) = ([0, 0], everything());
    let peers: [(&str, Peer); 2] = [("imap-codec", codec), ("imap-proto", proto)];
    for message in &all {
        let strict = response(message, &Grammar::strict()).ok();
        let forgivingly = response(message, &Grammar::default()).is_ok();
        let ours = Ours { strictly: strict.is_some(), forgivingly };
        for (n, (name, peer)) in peers.iter().enumerate() {
            let is_same = |theirs: &String| {
                let mut again = Vec::new();
                if let Some(ours) = &strict {
                    encode::response(ours, &mut again);
                }
                peer(&again).as_ref() == Some(theirs)
            };
            alike[n] += usize::from(reasons.see(name, message, ours, peer, is_same));
        }
    }
    println!("{} messages; alike with imap-codec {}, imap-proto {}", all.len(), alike[0], alike[1]);
    reasons.settle(all.len() > 1000);
}
