//! Bounces and complaints of sisimai's corpus, whose names say what they are: each is read as that,
//! with LF and with CRLF.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::Message;
use mailwire_message::report::Report;
use std::collections::BTreeMap;
use std::path::Path;

/// The files of a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// What is missing of a report that its name announces.
fn missing(name: &str, report: Option<&Report>) -> Option<String> {
    match report {
        Some(Report::Delivery(delivery)) => {
            if delivery.recipients.is_empty() {
                return Some("no recipient".into());
            }
            let bad = delivery.recipients.iter().find_map(|recipient| {
                let address =
                    recipient.final_recipient.as_ref().or(recipient.original_recipient.as_ref());
                match (address, recipient.action, recipient.best_status()) {
                    (None, ..) => Some("no address"),
                    (_, None, _) => Some("no action"),
                    (.., None) => Some("no status"),
                    _ => None,
                }
            });
            bad.map(Into::into)
        }
        Some(Report::Feedback(feedback)) if feedback.kind.is_empty() => Some("no kind".into()),
        Some(_) => None,
        None if name.starts_with("rfc3464-") || name.starts_with("arf-") => {
            Some("no report".into())
        }
        None => None,
    }
}

/// The files that are listed, with what is missing, each with a reason.
fn listed() -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for line in include_str!("sisimai_differences.txt").lines() {
        if !line.starts_with('#') {
            let [name, what, reason] = *line.split('\t').collect::<Vec<_>>() else {
                panic!("{line}")
            };
            assert!(reason.len() > 10, "{line}");
            known.insert(name.to_owned(), what.to_owned());
        }
    }
    known
}

#[test]
fn reports_are_what_their_names_say() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/sisimai-set-of-emails/maildir")
    else {
        return;
    };
    let (mut seen, mut reports, mut differ) = (0, 0, BTreeMap::new());
    for folder in ["bsd", "dos", "mac", "not"] {
        for (name, raw) in files(&root.join(folder)) {
            seen += 1;
            let report = Report::of(&Message::parse(&raw));
            reports += usize::from(report.is_some());
            if let Some(what) = missing(&name, report.as_ref()) {
                differ.insert(format!("{folder}/{name}"), what);
            }
            let unix: Vec<u8> = raw.iter().copied().filter(|&b| b != b'\r').collect();
            if unix.contains(&b'\n') {
                let mut dos = Vec::new();
                for &b in &unix {
                    if b == b'\n' {
                        dos.push(b'\r');
                    }
                    dos.push(b);
                }
                let of = |raw: &[u8]| Report::of(&Message::parse(raw));
                assert_eq!(of(&unix), of(&dos), "{folder}/{name}");
            }
        }
    }
    println!("{reports} reports in {seen} messages");
    for (name, what) in &differ {
        println!("{name}\t{what}");
    }
    assert!(seen > 500 && reports > 150, "{seen} {reports}");
    assert_eq!(differ, listed(), "what is missing, and sisimai_differences.txt");
}
