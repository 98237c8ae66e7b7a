//! The reader of streams finds what the reader of whole messages finds, however they are cut.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::Input;
use mailwire_message::{Event, Limits, Message, Reader, Rules, Storage};
use mailwire_testkit::cuts::Cut;
use mailwire_testkit::generate::message::{limits, mail, rules};
use proptest::prelude::*;

/// What a message is made of, in words.
#[derive(Debug, Default, Eq, PartialEq)]
struct Shape {
    /// Header and body of each part.
    parts: Vec<(u64, u64, u64)>,
    fields: Vec<(u64, Vec<u8>)>,
    defects: Vec<String>,
}

fn whole(raw: &[u8]) -> Shape {
    whole_with(raw, &Limits::default(), &Rules::default())
}

fn whole_with(raw: &[u8], limits: &Limits, rules: &Rules) -> Shape {
    let message = Message::parse_with(raw, limits, rules, Storage::default());
    let mut defects: Vec<_> =
        message.defects().iter().map(|defect| format!("{defect:?}")).collect();
    defects.push(message.defect_count().to_string());
    let start = |part: &[u8]| part.as_ptr() as u64 - raw.as_ptr() as u64;
    Shape {
        parts: message
            .parts()
            .map(|part| {
                let (header, body) = (part.header_range(), part.body_range());
                (header.start as u64, body.start as u64, body.end as u64)
            })
            .collect(),
        fields: message
            .parts()
            .flat_map(|part| part.fields())
            .map(|field| (start(field.raw()), field.raw().to_vec()))
            .collect(),
        defects,
    }
}

fn streamed(raw: &[u8], cut: &Cut) -> Shape {
    streamed_with(raw, cut, &Limits::default(), &Rules::default())
}

fn streamed_with(raw: &[u8], cut: &Cut, limits: &Limits, rules: &Rules) -> Shape {
    let (mut reader, mut rx) = (Reader::with_rules(limits, rules), Input::default());
    let (mut shape, mut open) = (Shape::default(), Vec::new());
    let mut see = |event: Event<'_>| match event {
        Event::PartStart { at } => {
            open.push(shape.parts.len());
            shape.parts.push((at, 0, 0));
        }
        Event::Field { at, field } => shape.fields.push((at, field.raw().to_vec())),
        Event::HeaderEnd { at, .. } => shape.parts[*open.last().unwrap()].1 = at,
        Event::PartEnd { at, .. } => shape.parts[open.pop().unwrap()].2 = at,
        Event::Defect(defect) => shape.defects.push(format!("{defect:?}")),
        _ => {}
    };
    for piece in cut.pieces(raw) {
        rx.extend(piece);
        while let Some(event) = reader.receive(&mut rx) {
            see(event);
        }
    }
    rx.close();
    while let Some(event) = reader.receive(&mut rx) {
        see(event);
    }
    assert!(reader.is_over() && rx.is_empty());
    shape.defects.push(reader.defect_count().to_string());
    shape
}

fn check(raw: &[u8]) {
    let expected = whole(raw);
    for cut in Cut::all() {
        assert_eq!(streamed(raw, &cut), expected, "{cut:?} of {}", raw.escape_ascii());
    }
}

#[test]
fn real_and_hostile_messages() {
    let Some(root) = mailwire_testkit::shared("corpus/messages") else { return };
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let raw = std::fs::read(&path).unwrap();
            if raw.len() > 200_000 {
                assert_eq!(streamed(&raw, &Cut::Every(4096)), whole(&raw), "{}", path.display());
            } else {
                let expected = whole(&raw);
                for cut in [Cut::Whole, Cut::Every(1), Cut::Random(7)] {
                    assert_eq!(streamed(&raw, &cut), expected, "{cut:?} of {}", path.display());
                }
            }
            // Every value can be asked for.
            let message = Message::parse(&raw);
            for part in message.parts() {
                let _ = (part.text(), part.file_name(), part.addresses("To"), part.date("Date"));
                for field in part.fields() {
                    let _ = field.text();
                }
            }
            seen += 1;
        }
    }
    println!("{seen} messages");
    assert!(seen > 1000);
}

proptest! {
    #[test]
    fn made_up_messages_by_any_limits_and_rules(
        raw in mail(), limits in limits(), rules in rules()
    ) {
        let expected = whole_with(raw.as_bytes(), &limits, &rules);
        for cut in Cut::all() {
            let found = streamed_with(raw.as_bytes(), &cut, &limits, &rules);
            assert_eq!(found, expected, "{cut:?} of {}", raw.escape_debug());
        }
    }
}

proptest! {
    #[test]
    fn made_up_messages(raw in mail()) {
        check(raw.as_bytes());
    }
}
