//! What mail-parser 1.0.1 expects of whole messages is what we read: where parts lie, what they
//! are, what they hold, which are the text, the HTML and the attachments (RFC 8621 section 4.1.4),
//! and what addresses, dates, identifiers and texts the fields have, but for the differences that
//! `mail_parser_messages_differences.txt` explains.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::encoding::base64::Decoder;
use mailwire_message::header::fields::Keywords;
use mailwire_message::header::{self, AddressList, DateTime, KnownField, ListCommand, ListId};
use mailwire_message::{Kind, Message, PartRef, bodies};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[test]
fn messages_are_those_of_mail_parser() {
    let folder = "corpus/messages/mail-parser-1.0.1-resources/eml";
    let Some(root) = mailwire_testkit::shared(folder) else { return };
    let mut listed: BTreeMap<String, &str> = include_str!("mail_parser_messages_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').expect("a tab"))
        .map(|(key, reason)| (key.to_owned(), reason))
        .collect();
    let all = listed.len();
    let (mut unlisted, mut seen) = (Vec::new(), 0);
    for path in expectations(&root) {
        let expected: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let raw = message_of(&path);
        let name = path.strip_prefix(&root).unwrap().with_extension("").display().to_string();
        for (what, ours, theirs) in compare(&Message::parse(&raw), &expected) {
            seen += 1;
            if ours != theirs && listed.remove(&format!("{name} {what}")).is_none() {
                unlisted.push(format!("{name} {what}\n  we   {ours}\n  they {theirs}"));
            }
        }
    }
    println!("{} of {seen} facts are the same", seen - all);
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
    assert_eq!(listed, BTreeMap::new(), "no difference any more");
    assert!(seen > 1000);
}

/// The files of JSON, in their order.
fn expectations(root: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(root).unwrap().map(|it| it.unwrap().path());
    let files = folders.flat_map(|it| std::fs::read_dir(it).unwrap().map(|it| it.unwrap().path()));
    let mut files: Vec<_> =
        files.filter(|it| it.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

/// The message beside the expectation: `x.crlf.json` is told of `x.eml` with its line ends CRLF,
/// `x.json` with LF.
fn message_of(path: &Path) -> Vec<u8> {
    let stem = path.with_extension("");
    let crlf = stem.extension().is_some_and(|it| it == "crlf");
    let raw = std::fs::read(stem.with_extension("eml")).unwrap();
    let mut out = Vec::new();
    for &b in &raw {
        if b == b'\n' {
            if out.last() == Some(&b'\r') {
                out.pop();
            }
            out.extend(crlf.then_some(b'\r'));
        }
        out.push(b);
    }
    out
}

/// What is compared, as we have it and as they do.
fn compare(message: &Message<'_>, expected: &Value) -> Vec<(String, Value, Value)> {
    let mut facts = Vec::new();
    let top: Vec<&Value> =
        expected["parts"].as_array().unwrap().iter().filter(|it| is_raw(expected, it)).collect();
    let parts: Vec<_> = message.parts().collect();
    let ours = parts.iter().map(|part| place(part)).collect();
    let theirs = top.iter().map(|it| their_place(it)).collect();
    facts.push(("parts".to_owned(), Value::Array(ours), Value::Array(theirs)));
    if parts.len() != top.len() {
        return facts;
    }
    let number = |part: &PartRef<'_, '_>| {
        let at = parts.iter().position(|it| it.index() == part.index());
        at.and_then(|at| top[at]["id"].as_u64())
    };
    let list = |parts: &[PartRef<'_, '_>]| -> Value { parts.iter().map(number).collect() };
    let bodies = bodies::of(message);
    let first = &expected["messages"][0];
    facts.push(("text".to_owned(), list(&bodies.text), first["text_body"].clone()));
    facts.push(("html".to_owned(), list(&bodies.html), first["html_body"].clone()));
    facts.push(("attachments".to_owned(), list(&bodies.attachments), first["attachments"].clone()));
    for (at, (part, theirs)) in parts.iter().zip(&top).enumerate() {
        if let Some(text) = theirs.get("text") {
            facts.push((format!("{at} text"), json!(part.text()), text.clone()));
        }
        if let Some(octets) = theirs["binary"].as_str() {
            let (mut decoded, mut decoder) = (Vec::new(), Decoder::default());
            decoder.decode(octets.as_bytes(), &mut decoded);
            decoder.finish(&mut decoded);
            facts.push((format!("{at} binary"), json!(part.body()), json!(decoded)));
        }
        for (nth, field) in theirs["headers"].as_array().unwrap().iter().enumerate() {
            let ours = part.fields().filter(|it| !it.name().is_empty()).nth(nth);
            let name = field["name"].as_str().unwrap();
            let Some(ours) = ours.filter(|it| it.is(name)) else { continue };
            let (ours, theirs) = value(name, ours.value(), &field["value"]);
            facts.push((format!("{at} {name} {nth}"), ours, theirs));
        }
    }
    facts
}

/// Whether a part of theirs lies in the message as it stands, and not in one that was decoded.
fn is_raw(expected: &Value, part: &Value) -> bool {
    let id = usize::try_from(part["message"].as_u64().unwrap()).unwrap();
    // The root of a message inside is a part of its own there, as it is here.
    expected["messages"][id]["source"] == "raw"
}

fn place(part: &PartRef<'_, '_>) -> Value {
    let (header, body) = (part.header_range(), part.body_range());
    let kind = match part.kind() {
        Kind::Multipart => "multipart",
        Kind::Message => "message",
        Kind::Leaf => "leaf",
    };
    json!([kind, header.start, body.start, body.end])
}

fn their_place(part: &Value) -> Value {
    let kind = match part["kind"].as_str().unwrap() {
        "message" if part["encoding"] == "base64" || part["encoding"] == "quoted_printable" => {
            "leaf"
        }
        kind @ ("multipart" | "message") => kind,
        _ => "leaf",
    };
    json!([kind, part["offset_header"], part["offset_body"], part["offset_end"]])
}

/// A value by the type that they read it as.
fn value(name: &str, raw: &[u8], expected: &Value) -> (Value, Value) {
    if let Some(list) = expected.get("address") {
        if name == "List-Id" {
            let id = ListId::parse(raw).unwrap();
            let ours =
                [id.name.map(String::from), Some(String::from_utf8_lossy(id.id).into_owned())];
            return (json!([ours]), json!(their_addresses(list)));
        }
        if name.starts_with("List-") {
            // They read the commands of lists as addresses.
            let shown = |uri: &[u8]| [None, Some(String::from_utf8_lossy(uri).into_owned())];
            let uris: Vec<_> = ListCommand::parse(raw).uris.iter().map(|uri| shown(uri)).collect();
            return (json!(uris), json!(their_addresses(list)));
        }
        return (json!(addresses(raw)), json!(their_addresses(list)));
    }
    if let Some(date) = expected.get("date_time") {
        let number = |name: &str| date[name].as_i64().unwrap();
        let sign = if date["tz_before_gmt"] == true { -1 } else { 1 };
        let zone = sign * (number("tz_hour") * 60 + number("tz_minute"));
        let (day, time) = (["month", "day"].map(number), ["hour", "minute", "second"].map(number));
        let ours = DateTime::parse(raw).map(|it| {
            let zone = it.zone.unwrap_or_default();
            {
                let (day, time) = ([it.month, it.day], [it.hour, it.minute, it.second]);
                json!([it.year, day, time, zone])
            }
        });
        return (json!(ours), json!([number("year"), day, time, zone]));
    }
    if let Some(list) = expected.get("text_list") {
        let ids = match name {
            "Content-Language" | "Keywords" => Keywords::read(raw).unwrap(),
            _ => header::message_ids(raw),
        };
        let list = if list.is_string() { json!([list]) } else { list.clone() };
        return (json!(ids), list);
    }
    if let Some(text) = expected.get("text") {
        return (json!(words(&header::text(raw))), json!(words(text.as_str().unwrap())));
    }
    if let Some(kind) = expected.get("content_type") {
        let parameter = |name: &str| match kind["subtype"].is_null() {
            true => header::ContentDisposition::parse(raw).parameter(name),
            false => header::ContentType::parse(raw).parameter(name),
        };
        let charset = kind["attributes"].as_array().into_iter().flatten();
        let theirs: BTreeMap<_, _> = charset
            .map(|pair| (pair[0].as_str().unwrap().to_lowercase(), pair[1].clone()))
            .collect();
        let ours: BTreeMap<_, _> =
            theirs.keys().map(|name| (name.clone(), json!(parameter(name)))).collect();
        return (json!(ours), json!(theirs));
    }
    (Value::Null, Value::Null)
}

/// They keep one space of several.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn addresses(raw: &[u8]) -> Vec<[Option<String>; 2]> {
    let list = AddressList::parse(raw);
    list.mailboxes().map(|it| [it.name().map(|name| words(&name)), it.address()]).collect()
}

fn their_addresses(list: &Value) -> Vec<[Option<String>; 2]> {
    let text = |value: &Value| value.as_str().map(words);
    let mut found = Vec::new();
    let mut todo: Vec<&Value> = list.as_array().into_iter().flatten().rev().collect();
    while let Some(item) = todo.pop() {
        if let Some(mailbox) = item.get("mailbox") {
            found.push([text(&mailbox["name"]), text(&mailbox["address"])]);
        } else if let Some(group) = item.get("group") {
            todo.extend(group["mailboxes"].as_array().into_iter().flatten().rev());
        } else if item.get("address").is_some() {
            found.push([text(&item["name"]), text(&item["address"])]);
        }
    }
    found
}
