//! What Dovecot shows of real and hostile messages in a list is what `preview` shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::Message;
use mailwire_message::text::preview;
use std::collections::BTreeMap;

/// One U+FFFD for each run of them: how many stand for octets that are no UTF-8 is a matter of
/// taste.
fn collapsed(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c != '\u{fffd}' || !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

#[test]
fn previews_are_dovecots() {
    let Some(root) = mailwire_testkit::shared("corpus") else { return };
    let file = std::fs::File::open(root.join("dovecot-oracle.jsonl.gz")).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let (mut seen, mut differ) = (0, BTreeMap::new());
    for line in text.lines() {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = told["file"].as_str().unwrap();
        let mut raw = std::fs::read(root.join("messages").join(path)).unwrap();
        if told["from_line_stripped"] == true {
            let n = raw.iter().position(|&b| b == b'\n').unwrap();
            raw.drain(..=n);
        }
        seen += 1;
        let ours = collapsed(&preview(&Message::parse(&raw)));
        let theirs = collapsed(told["snippet"].as_str().unwrap());
        if ours != theirs {
            differ.insert(path.to_owned(), (ours, theirs));
        }
    }
    for (path, (ours, theirs)) in &differ {
        println!("{path}\n  ours   {ours:?}\n  theirs {theirs:?}");
    }
    println!("{} of {seen} previews are alike", seen - differ.len());
    assert_eq!(seen, 1598);
    let differ: Vec<_> = differ.into_keys().collect();
    assert_eq!(differ, listed(), "what differs, and preview_differences.txt");
}

/// The files that are listed, each with a reason.
fn listed() -> Vec<String> {
    let mut paths = Vec::new();
    for line in include_str!("preview_differences.txt").lines() {
        if !line.starts_with('#') {
            let (path, reason) = line.split_once('\t').unwrap();
            assert!(!reason.is_empty(), "{path}");
            paths.push(path.to_owned());
        }
    }
    paths
}
