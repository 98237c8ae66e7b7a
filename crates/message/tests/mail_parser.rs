//! What mail-parser 1.0.1 expects of values of fields is what we read, but for the differences that
//! `mail_parser_differences.txt` explains.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::header::fields::Keywords;
use mailwire_message::header::{self, DateTime, KnownField, Received};
use mailwire_message::thread::base_subject;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

type Shown = fn(&[u8], &Value) -> (Value, Value);

#[test]
fn fields_are_those_of_mail_parser() {
    let all: [(&str, Shown); 7] = [
        ("date", date),
        ("id", id),
        ("unstructured", text),
        ("received", received),
        ("content_type", content_type),
        ("list", list),
        ("thread_name", thread_name),
    ];
    let mut listed: BTreeMap<String, &str> = include_str!("mail_parser_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').expect("a tab"))
        .map(|(key, reason)| (key.to_owned(), reason))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/messages/mail-parser-1.0.1-resources");
    if !folder.exists() {
        println!("{} is not here: nothing was checked", folder.display());
        return;
    }
    let mut unlisted = Vec::new();
    for (name, shown) in all {
        let file = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let cases: Vec<Value> = serde_json::from_slice(&file).unwrap();
        let mut same = 0;
        for (n, case) in cases.iter().enumerate() {
            let value = case["header"].as_str().or(case["input"].as_str()).unwrap();
            let (seen, expected) = shown(value.as_bytes(), &case["expected"]);
            if seen == expected {
                same += 1;
            } else if listed.remove(&format!("{name} {n}")).is_none() {
                unlisted.push(format!("{name} {n}\t{value:?}\n  they {expected}\n  we   {seen}"));
            }
        }
        println!("{name}: {same} of {} the same", cases.len());
    }
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
    assert_eq!(listed, BTreeMap::new(), "no difference any more");
}

fn moment(expected: &Value) -> Value {
    if expected.is_null() {
        return Value::Null;
    }
    let sign = if expected["tz_before_gmt"] == true { -1 } else { 1 };
    let number = |name: &str| expected[name].as_i64().unwrap();
    let zone = sign * (number("tz_hour") * 60 + number("tz_minute"));
    json!([
        number("year"),
        number("month"),
        number("day"),
        number("hour"),
        number("minute"),
        number("second"),
        zone
    ])
}

fn shown(date: Option<DateTime>) -> Value {
    date.map_or(Value::Null, |it| {
        let zone = it.zone.unwrap_or_default();
        json!([it.year, it.month, it.day, it.hour, it.minute, it.second, zone])
    })
}

fn date(value: &[u8], expected: &Value) -> (Value, Value) {
    (shown(DateTime::parse(value)), moment(expected))
}

fn id(value: &[u8], expected: &Value) -> (Value, Value) {
    let list = match expected {
        Value::Null => json!([]),
        Value::String(one) => json!([one]),
        list => list.clone(),
    };
    (json!(header::message_ids(value)), list)
}

fn text(value: &[u8], expected: &Value) -> (Value, Value) {
    (json!(header::text(value)), expected.clone())
}

/// The type, the subtype, and the parameters that they have.
fn content_type(value: &[u8], expected: &Value) -> (Value, Value) {
    // The language of RFC 2231 is passed over here, and a parameter of its own there.
    let is_kept = |it: &&Value| !it[0].as_str().unwrap().ends_with("-language");
    let attributes: Vec<_> =
        expected["attributes"].as_array().into_iter().flatten().filter(is_kept).collect();
    let lower = |value: &Value| value.as_str().map(str::to_lowercase);
    let theirs = json!([lower(&expected["c_type"]), lower(&expected["c_subtype"]), attributes]);
    let parameters = |read: &dyn Fn(&str) -> Option<String>| -> Vec<Value> {
        attributes.iter().map(|it| json!([it[0], read(it[0].as_str().unwrap())])).collect()
    };
    // One without a subtype is a disposition.
    if expected["c_subtype"].is_null() {
        let it = header::ContentDisposition::parse(value);
        let kind = Some(it.kind()).filter(|kind| !kind.is_empty());
        return (json!([kind, null, parameters(&|name| it.parameter(name))]), theirs);
    }
    let it = header::ContentType::parse(value);
    (
        json!([
            it.kind().to_lowercase(),
            it.subtype().to_lowercase(),
            parameters(&|name| it.parameter(name))
        ]),
        theirs,
    )
}

fn list(value: &[u8], expected: &Value) -> (Value, Value) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ours: Vec<_> = Keywords::read(value).unwrap().iter().map(|it| words(it)).collect();
    let theirs = if expected.is_null() { json!([]) } else { expected.clone() };
    (json!(ours), if theirs.is_string() { json!([theirs]) } else { theirs })
}

fn thread_name(value: &[u8], expected: &Value) -> (Value, Value) {
    let base = base_subject(std::str::from_utf8(value).unwrap()).base;
    // RFC 5256 section 2.1 knows `re`, `fw` and `fwd` alone, so that all servers answer alike;
    // mail-parser also removes what those are in some forty languages.
    let theirs = expected.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let foreign = base.strip_suffix(&theirs).is_some_and(|it| it.trim_end().ends_with(':'));
    (json!(if foreign { &theirs } else { &base }), json!(theirs))
}

fn received(value: &[u8], expected: &Value) -> (Value, Value) {
    let hop = Received::parse(value);
    let host = |host: &Value| {
        let known = host.get("Name").or(host.get("IpAddr"));
        known.cloned().unwrap_or(Value::Null)
    };
    let bare = |slice: Option<&[u8]>| {
        slice.map(|it| {
            let it = String::from_utf8_lossy(it);
            it.trim_matches(['<', '>', '[', ']']).to_owned()
        })
    };
    (
        json!([bare(hop.from), bare(hop.by), bare(hop.recipient), bare(hop.id), shown(hop.date)]),
        json!([
            host(&expected["from"]),
            host(&expected["by"]),
            expected["for_"],
            expected["id"],
            moment(&expected["date"])
        ]),
    )
}
