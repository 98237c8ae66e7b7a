//! What libetpan (mailcore) expects of messages: their parts, the types, charsets and file names of
//! these, the subject, the date, the identifier and the addresses, but for the differences that
//! `libetpan_differences.txt` explains.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::header::AddressList;
use mailwire_message::{Kind, Message, PartRef};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn messages_are_those_of_libetpan() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/libetpan/unittest/mime-parser/data")
    else {
        return;
    };
    let mut listed: BTreeMap<&str, &str> = include_str!("libetpan_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').expect("a tab"))
        .collect();
    let all = listed.len();
    let (mut unlisted, mut seen) = (Vec::new(), 0);
    for folder in ["mbox/jwz", "mbox/simple", "messages", "partial", "regression"] {
        let mut names: Vec<_> = std::fs::read_dir(root.join("output").join(folder))
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        for name in names {
            let read =
                |side: &str| std::fs::read(root.join(side).join(folder).join(&name)).unwrap();
            let expected: Value = serde_json::from_slice(&read("output")).unwrap();
            let raw = read("input");
            let message = Message::parse(&raw);
            for (what, ours, theirs) in compare(message.root(), &expected) {
                seen += 1;
                let key = format!("{folder}/{name} {what}");
                if ours != theirs && listed.remove(key.as_str()).is_none() {
                    unlisted.push(format!("{key}\n  we   {ours}\n  they {theirs}"));
                }
            }
        }
    }
    println!("{} of {seen} facts are the same", seen - all);
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
    assert_eq!(listed, BTreeMap::new(), "no difference any more");
    assert!(seen > 800);
}

fn compare(root: PartRef<'_, '_>, expected: &Value) -> Vec<(&'static str, Value, Value)> {
    // What its tests put where there is none: an identifier, and a time.
    let told = |value: &Value, made_up: &str| match value.as_str() {
        Some(text) if text != made_up => value.clone(),
        _ => Value::Null,
    };
    let header = &expected["header"];
    let lists = ["from", "to", "cc"].map(|name| {
        let field = ["From", "To", "Cc"].into_iter().find(|it| it.eq_ignore_ascii_case(name));
        let theirs = theirs_of(&header[name]);
        let mut ours = addresses(root, field.unwrap());
        // It does not take a comment behind an address for a name.
        for (ours, _) in ours.iter_mut().zip(&theirs).filter(|it| it.1[0].is_none()) {
            let raw = root.field(field.unwrap()).map(|it| it.text()).unwrap_or_default();
            ours[0].take_if(|name| raw.contains(&format!("({name})")));
        }
        (name, json!(ours), json!(theirs))
    });
    let subject = root.text_field("Subject").map(|text| words(&text)).unwrap_or_default();
    let id = root.message_ids("Message-ID").into_iter().next();
    let mut date = json!(root.date("Date").map(|date| date.unix().to_string()));
    // A year of two digits is one of the next century there.
    let century = root.date("Date").map(|date| (date.unix() + 3_155_760_000).to_string());
    if century.as_deref() == header["date"].as_str() {
        date = header["date"].clone();
    }
    let mut facts = vec![
        ("parts", Value::Array(parts(root)), Value::Array(their_parts(&expected["mainPart"]))),
        ("subject", json!(subject), json!(words(header["subject"].as_str().unwrap_or_default()))),
        ("id", json!(id), told(&header["messageID"], "MyMessageID123@mail.gmail.com")),
        ("date", date.clone(), told(&header["date"], "978307200")),
    ];
    facts.extend(lists);
    facts
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn addresses(root: PartRef<'_, '_>, name: &str) -> Vec<[Option<String>; 2]> {
    let Some(field) = root.field(name) else { return Vec::new() };
    let list = AddressList::parse(field.value());
    list.mailboxes().map(|it| [it.name().map(|it| words(&it)), it.address()]).collect()
}

fn theirs_of(value: &Value) -> Vec<[Option<String>; 2]> {
    let one = |it: &Value| ["displayName", "mailbox"].map(|name| it[name].as_str().map(words));
    match value["items"].as_array() {
        Some(list) => list.iter().map(one).collect(),
        None if value.is_object() => vec![one(value)],
        None => Vec::new(),
    }
}

/// The parts in their order: how deep, and of a leaf its type, charset and file name.
fn parts(root: PartRef<'_, '_>) -> Vec<Value> {
    let shown = |part: PartRef<'_, '_>| {
        let depth = std::iter::successors(part.parent(), PartRef::parent).count();
        let told = part.content_type();
        match part.kind() {
            Kind::Message => json!([depth, "message"]),
            Kind::Multipart => json!([depth, "multipart"]),
            Kind::Leaf => {
                let kind = format!("{}/{}", told.kind(), told.subtype()).to_lowercase();
                json!([depth, kind, told.parameter("charset"), part.file_name()])
            }
        }
    };
    root.message().parts().map(shown).collect()
}

fn their_parts(main: &Value) -> Vec<Value> {
    let (mut all, mut todo) = (Vec::new(), vec![(0, main)]);
    while let Some((depth, part)) = todo.pop() {
        match part["partType"].as_str().unwrap() {
            "message" => {
                all.push(json!([depth, "message"]));
                todo.push((depth + 1, &part["mainPart"]));
            }
            "single" => {
                let kind = part["mimeType"].as_str().unwrap().to_lowercase();
                all.push(json!([depth, kind, part["charset"], part["filename"]]));
            }
            _ => {
                all.push(json!([depth, "multipart"]));
                let inner = part["parts"]["items"].as_array().unwrap();
                todo.extend(inner.iter().rev().map(|it| (depth + 1, it)));
            }
        }
    }
    all
}
