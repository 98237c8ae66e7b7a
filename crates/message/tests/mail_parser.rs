//! What mail-parser 1.0.1 expects of values of fields is what we read, but for the differences that
//! `mail_parser_differences.txt` explains.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::header::{self, DateTime, Received};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

type Shown = fn(&[u8], &Value) -> (Value, Value);

#[test]
fn fields_are_those_of_mail_parser() {
    let all: [(&str, Shown); 4] =
        [("date", date), ("id", id), ("unstructured", text), ("received", received)];
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
            let value = case["header"].as_str().unwrap();
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
