//! What imap-codec and imap-proto read, beside what is read here: real servers, Dovecot's answers,
//! malformed lines and the seeds of the fuzz targets. Every difference has its reason in
//! `data/imap_differences.txt`, and every reason there is needed.

use imap_codec::decode::Decoder;
use mailwire_imap::encode;
use mailwire_imap::parse::{Grammar, response};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `peer, kind, a piece of the message, why`; a line that starts with `#` is a remark.
const REASONS: &str = include_str!("data/imap_differences.txt");

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

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

fn unescaped(text: &str) -> Vec<u8> {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(b) = bytes.next() {
        let escape = if b == b'\\' { bytes.next() } else { None };
        out.push(match escape {
            None => b,
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'x') => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            Some(other) => other,
        });
    }
    out
}

fn everything() -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    let mut seeds = Vec::new();
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    files(&fuzz.join("imap_response"), &mut seeds);
    files(&fuzz.join("imap_response_roundtrip"), &mut seeds);
    for path in seeds {
        found.insert(std::fs::read(path).expect("a seed"));
    }
    if let Some(folder) = mailwire_testkit::shared("corpus/imap-transcripts") {
        let mut transcripts = Vec::new();
        files(&folder, &mut transcripts);
        for path in transcripts.iter().filter(|path| path.extension().is_some_and(|e| e == "txt")) {
            let raw = std::fs::read(path).expect("a transcript");
            let text: String = raw.iter().map(|&b| char::from(b)).collect();
            let raw: Vec<u8> = text.replace("A########", "A1").chars().map(|c| c as u8).collect();
            messages(&raw, &mut found);
        }
    }
    if let Some(path) = mailwire_testkit::shared("cases/imap-server-quirks.tsv") {
        let text = std::fs::read_to_string(path).expect("cases");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            found.insert(unescaped(line.splitn(3, '\t').nth(2).unwrap_or_default()));
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
fn every_difference_has_its_reason() {
    let reasons: Vec<Vec<&str>> = REASONS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(reasons.iter().all(|reason| reason.len() == 4), "four fields each");
    let mut used = vec![0usize; reasons.len()];
    let (mut unexplained, mut alike, all) = (Vec::new(), [0, 0], everything());
    // A peer that panics is caught.
    std::panic::set_hook(Box::new(|_| ()));
    let peers: [(&str, Peer); 2] = [("imap-codec", codec), ("imap-proto", proto)];
    for message in &all {
        let strict = response(message, &Grammar::strict()).ok();
        let forgiving = response(message, &Grammar::default()).ok();
        for (n, (name, peer)) in peers.iter().enumerate() {
            let said = std::panic::catch_unwind(|| peer(message));
            let kind =
                match (said.unwrap_or_else(|_| Some("a panic".to_owned())), &strict, &forgiving) {
                    (Some(value), ..) if value == "a panic" => "they panic",
                    (None, Some(_), _) => "we read",
                    (Some(_), None, None) => "they read",
                    (Some(_), None, Some(_)) => "they tolerate",
                    (None, None, _) => continue,
                    (Some(value), Some(ours), _) => {
                        let mut again = Vec::new();
                        encode::response(ours, &mut again);
                        if peer(&again).as_ref() == Some(&value) {
                            alike[n] += 1;
                            continue;
                        }
                        "another value"
                    }
                };
            let text = message.escape_ascii().to_string();
            let fits = |reason: &Vec<&str>| {
                reason[0] == *name && reason[1] == kind && text.contains(reason[2])
            };
            match reasons.iter().position(fits) {
                Some(at) => used[at] += 1,
                None => unexplained.push(format!("{name}\t{kind}\t{text}")),
            }
        }
    }
    let _ = std::panic::take_hook();
    println!("{} messages; alike with imap-codec {}, imap-proto {}", all.len(), alike[0], alike[1]);
    if let Some(path) = std::env::var_os("MAILWIRE_UNEXPLAINED") {
        std::fs::write(path, unexplained.join("\n")).expect("a file");
    }
    let shown = unexplained.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(unexplained.is_empty(), "{} differences have no reason:\n{shown}", unexplained.len());
    // Without the shared corpora most of them do not come up.
    if all.len() > 1000 {
        for (reason, used) in reasons.iter().zip(&used) {
            assert!(*used > 0, "no difference is explained by {reason:?}");
        }
    }
}
