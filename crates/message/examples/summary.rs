//! What is read of the messages whose paths come on standard input, one JSON object a line: the
//! digests of the leaves, the subject, the addresses, the defects. `.ci/oracle/live` compares it
//! with what other libraries read. Each argument is a set of rules, `last,line`, by which the
//! leaves are read too.

use mailwire_message::header::AddressList;
use mailwire_message::{
    AfterClose, Colons, Delimiters, Duplicates, Junk, Kind, Limits, Message, Parameters, PartRef,
    Rules, Storage,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

fn main() -> std::io::Result<()> {
    let sets: Vec<(String, Rules)> =
        std::env::args().skip(1).map(|names| (names.clone(), rules(&names))).collect();
    for path in std::io::stdin().lines() {
        let path = path?;
        let octets = std::fs::read(&path)?;
        println!("{}", summary(&path, &octets, &sets));
    }
    Ok(())
}

fn rules(names: &str) -> Rules {
    let mut rules = Rules::default();
    for name in names.split(',') {
        match name {
            "last" => rules.duplicates = Duplicates::Last,
            "line" => rules.delimiters = Delimiters::Line,
            "parts" => rules.after_close = AfterClose::Parts,
            "at-once" => rules.colons = Colons::AtOnce,
            "body" => rules.junk = Junk::Body,
            "tokens" => rules.parameters = Parameters::Tokens,
            other => panic!("no rule: {other}"),
        }
    }
    rules
}

fn summary(path: &str, octets: &[u8], sets: &[(String, Rules)]) -> Value {
    // The others are given a message, not a mailbox.
    let from_line = octets.starts_with(b"From ");
    let start = octets.iter().position(|&b| b == b'\n').filter(|_| from_line).map_or(0, |n| n + 1);
    let octets = octets.get(start..).unwrap_or_default();
    let message = Message::parse(octets);
    let root = message.root();
    let readings: Map<String, Value> = sets
        .iter()
        .map(|(names, rules)| {
            let limits = Limits::default();
            let message = Message::parse_with(octets, &limits, rules, Storage::default());
            (names.clone(), leaves(&message))
        })
        .collect();
    let defects: BTreeSet<String> = message.examine().iter().map(kind).collect();
    let addresses = |name| -> Vec<String> {
        let list = root.field(name).map(|field| AddressList::parse(field.value()));
        list.iter().flat_map(AddressList::mailboxes).filter_map(|it| it.address()).collect()
    };
    let raw =
        |name| root.field(name).map(|field| String::from_utf8_lossy(field.value()).into_owned());
    json!({
        "file": path,
        "leaves": leaves(&message),
        "readings": readings,
        "subject": root.text_field("Subject").unwrap_or_default(),
        "from": addresses("From"),
        "to": addresses("To"),
        "cc": addresses("Cc"),
        "raw": {
            "subject": raw("Subject"), "from": raw("From"), "to": raw("To"), "cc": raw("Cc"),
        },
        "defects": defects,
        // Multiparts without a part.
        "undivided": message
            .parts()
            .filter(|part| part.kind() == Kind::Multipart && part.children().next().is_none())
            .count(),
        "fields": root.fields().filter(|field| !field.name().is_empty()).count(),
    })
}

fn kind(defect: &mailwire_message::Defect) -> String {
    format!("{:?}", defect.kind)
}

/// The digests of each, its size, its type, its encoding, and what is wrong with it.
fn leaves(message: &Message<'_>) -> Value {
    let defects = message.examine();
    let leaf = |part: PartRef<'_, '_>| {
        let (body, kind_of) = (part.body(), part.content_type());
        let range = part.header_range().start as u64..=part.body_range().end as u64;
        let own: BTreeSet<String> =
            defects.iter().filter(|defect| range.contains(&defect.start)).map(kind).collect();
        json!([
            hash(&body),
            hash(&plain(&body)),
            body.len(),
            format!("{}/{}", kind_of.kind(), kind_of.subtype()),
            format!("{:?}", part.encoding()),
            hash(&loose(&body)),
            own,
        ])
    };
    message.parts().filter(|part| part.kind() == Kind::Leaf).map(leaf).collect()
}

fn hash(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|b| format!("{b:02x}")).collect()
}

/// Line ends are LF, and none stand at the end.
fn plain(octets: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = octets.iter().copied().filter(|&b| b != b'\r').collect();
    out.truncate(out.iter().rposition(|&b| b != b'\n').map_or(0, |last| last + 1));
    out
}

/// No white space at all.
fn loose(octets: &[u8]) -> Vec<u8> {
    octets.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect()
}
