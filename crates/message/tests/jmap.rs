//! Every message of the corpora as JMAP tells it: JSON that another reader takes, and that says
//! what the message says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::jmap::{Email, Fetch, part_id};
use mailwire_message::{Limits, Message};
use serde_json::Value;

/// What is told beside that which every client is told.
const MORE: &[&str] = &[
    "headers",
    "header:From:asGroupedAddresses:all",
    "header:List-Unsubscribe:asURLs",
    "bodyStructure",
    "attachments",
];

fn leaves(part: &Value, found: &mut Vec<String>) {
    match part["subParts"].as_array() {
        Some(parts) => parts.iter().for_each(|part| leaves(part, found)),
        None => found.push(part["partId"].as_str().unwrap().to_owned()),
    }
}

fn check(raw: &[u8]) {
    // A multipart is two levels of JSON, of which this reader takes 128.
    let mut limits = Limits::default();
    limits.depth = 50;
    let message = Message::parse_with_limits(raw, &limits);
    let email = Email::of(&message);
    let fetch = Fetch { all_values: true, max_octets: 1000, ..Fetch::default() };
    let mut out = Vec::new();
    let properties = [&Email::DEFAULT[..], MORE].concat();
    email.write(&properties, &fetch, |_| None, &mut out);
    let told: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(told.as_object().unwrap().len(), properties.len());
    assert_eq!(told["size"], raw.len());
    let mut ids = Vec::new();
    leaves(&told["bodyStructure"], &mut ids);
    for id in &ids {
        let part = email.part(id).unwrap();
        assert_eq!(part_id(part).as_ref(), Some(id));
    }
    // What is shown, offered or told is in the tree.
    for list in ["textBody", "htmlBody", "attachments"] {
        for part in told[list].as_array().unwrap() {
            assert!(ids.iter().any(|id| part["partId"] == **id));
        }
    }
    for (id, text) in told["bodyValues"].as_object().unwrap() {
        assert!(ids.contains(id));
        assert!(text["value"].as_str().unwrap().len() <= 1000);
    }
    assert!(told["preview"].as_str().unwrap().chars().count() <= 256);
}

#[test]
fn every_message_of_the_corpora_is_json() {
    let Some(root) = mailwire_testkit::shared("corpus/messages") else { return };
    let (mut folders, mut seen) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let raw = std::fs::read(entry.path()).unwrap();
            // What is larger is no message.
            if raw.len() < 2_000_000 {
                check(&raw);
                seen += 1;
            }
        }
    }
    println!("{seen} messages");
    assert!(seen > 3000, "{seen}");
}
