//! What Dovecot answers of real and hostile messages is what the index says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::{Limits, Message, Rules, Storage, imap};
use std::collections::BTreeMap;
use std::path::Path;

/// A value of IMAP.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Value {
    Nil,
    Text(Vec<u8>),
    Number(u64),
    List(Vec<Value>),
}

/// Reads the values of a list that has no parentheses around it.
fn values(rest: &mut &[u8]) -> Vec<Value> {
    let mut list = Vec::new();
    loop {
        *rest = rest.trim_ascii_start();
        let Some((&first, after)) = rest.split_first() else { return list };
        match first {
            b')' => {
                *rest = after;
                return list;
            }
            b'(' => {
                *rest = after;
                list.push(Value::List(values(rest)));
            }
            b'"' => {
                let mut text = Vec::new();
                let mut bytes = after.iter();
                while let Some(&b) = bytes.next() {
                    match b {
                        b'"' => break,
                        b'\\' => text.extend(bytes.next()),
                        b => text.push(b),
                    }
                }
                *rest = bytes.as_slice();
                list.push(Value::Text(text));
            }
            b'{' => {
                let end = after.iter().position(|&b| b == b'}').unwrap();
                let n: usize = std::str::from_utf8(&after[..end]).unwrap().parse().unwrap();
                // The file has U+FFFD for what is no UTF-8, so the count may be wrong.
                let Some((text, behind)) = after[end + 3..].split_at_checked(n) else {
                    return list;
                };
                list.push(Value::Text(text.to_vec()));
                *rest = behind;
            }
            _ => {
                let ends = |b: &u8| matches!(b, b' ' | b')' | b'(');
                let n = rest.iter().position(ends).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(n);
                *rest = behind;
                list.push(match word {
                    b"NIL" => Value::Nil,
                    word => match std::str::from_utf8(word).ok().and_then(|it| it.parse().ok()) {
                        Some(number) => Value::Number(number),
                        None => return list,
                    },
                });
            }
        }
    }
}

fn read(text: &[u8]) -> Vec<Value> {
    values(&mut &text[..])
}

/// One U+FFFD for each run of them: how many stand for octets that are no UTF-8 is a matter of
/// taste.
fn collapsed(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|&c| c != '\0') {
        if c != '\u{fffd}' || !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

/// JSON lines of one flat object: strings, numbers and booleans.
fn object(line: &str) -> BTreeMap<String, String> {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let map = value.as_object().unwrap();
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    map.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

#[test]
fn envelope_and_structure_are_dovecots() {
    let Some(root) = mailwire_testkit::shared("corpus") else { return };
    let file = std::fs::File::open(root.join("dovecot-oracle.jsonl.gz")).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();

    let (seen, differ) = compare(&text, &root.join("messages"), &Rules::default());
    let (_, as_dovecot) = compare(&text, &root.join("messages"), &Rules::dovecot());

    println!("{} of {seen} messages are told alike", seen - differ.len());
    println!("{} by Rules::dovecot()", seen - as_dovecot.len());
    assert_eq!(seen, 1598);
    assert_eq!(differ, listed(), "what differs, and dovecot_differences.txt");
    assert_eq!(as_dovecot, BTreeMap::new(), "by Rules::dovecot() nothing differs");
}

/// `.ci/oracle/dovecot DIR compare` makes what is read here, of any folder.
#[test]
fn so_are_those_of_any_folder() {
    let (Some(answers), Some(folder)) =
        (std::env::var_os("MAILWIRE_DOVECOT"), std::env::var_os("MAILWIRE_MAIL"))
    else {
        return;
    };

    let (seen, differ) =
        compare(&std::fs::read_to_string(answers).unwrap(), Path::new(&folder), &Rules::dovecot());

    println!("{} of {seen} messages are told alike", seen - differ.len());
    assert!(differ.len() * 1000 <= seen, "{differ:#?}");
}

/// How many messages there are, and which items of which differ.
fn compare(answers: &str, folder: &Path, rules: &Rules) -> (usize, BTreeMap<String, Vec<String>>) {
    let limits = Limits::default();
    let (mut differ, mut seen) = (BTreeMap::new(), 0);
    for line in answers.lines() {
        let told = object(line);
        let path = &told["file"];
        let mut raw = std::fs::read(folder.join(path)).unwrap();
        if told["from_line_stripped"] == "true" {
            let n = raw.iter().position(|&b| b == b'\n').unwrap();
            raw.drain(..=n);
        }
        seen += 1;
        let message = Message::parse_with(&raw, &limits, rules, Storage::default());
        assert_eq!(imap::size(&message).to_string(), told["vsize"], "{path}");
        let mut ours = [const { Vec::new() }; 3];
        imap::envelope(message.root()).write(&mut ours[0]);
        imap::body(&message, &mut ours[1]);
        imap::body_structure(&message, &mut ours[2]);
        for (item, ours) in ["envelope", "body", "bodystructure"].into_iter().zip(&ours) {
            let theirs = format!("({})", told[item]);
            let same = collapsed(&String::from_utf8_lossy(ours)) == collapsed(&theirs);
            if !same && read(ours) != read(theirs.as_bytes()) {
                differ.entry(path.clone()).or_insert_with(Vec::new).push(item.to_owned());
                if std::env::var_os("SHOW").is_some() {
                    let (ours, theirs) = (ours.escape_ascii(), theirs.escape_debug());
                    println!("{path} {item}\n  ours   {ours}\n  theirs {theirs}");
                }
            }
        }
    }
    (seen, differ)
}

/// The differences that have a reason: the items of each message.
fn listed() -> BTreeMap<String, Vec<String>> {
    let mut listed = BTreeMap::new();
    let lines = include_str!("dovecot_differences.txt").lines();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let [path, items, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("path, items, reason: {line}");
        };
        assert!(reason.len() > 30, "{line}");
        listed.insert(path.to_owned(), items.split(' ').map(str::to_owned).collect());
    }
    listed
}
