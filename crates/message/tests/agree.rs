//! The reader of streams finds what the reader of whole messages finds, however they are cut.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::Input;
use mailwire_message::{
    AfterClose, Colons, Delimiters, Duplicates, Event, Junk, Limits, Message, Reader, Rules,
    Storage,
};
use mailwire_testkit::cuts::Cut;
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

fn line() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Subject: x\r\n",
        " folded\r\n",
        "\r\n",
        "\n",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/digest; boundary=\"b c\"\n",
        "Content-Type: message/rfc822\r\n",
        "--b\r\n",
        "--b--\r\n",
        "--b c\n",
        "--b c-- \t\r\n",
        "--b--b\r\n",
        "--bc\r\n",
        // Longer than is looked at of a line.
        "--b                                                                                  \r\n",
        "--b--=======================================================================xxxxxxxx\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/mixed; boundary=bc\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        " \r\n",
        "\0",
        "From x\r\n",
        "\u{feff}",
        "--",
        "-",
        "\r",
        "text\r\n",
        "no field",
        ":",
    ])
}

/// Limits that short messages reach.
fn tight(n: usize) -> Limits {
    let mut limits = Limits::default();
    match n {
        0 => limits.field = 20,
        1 => limits.header = 60,
        2 => limits.headers = 90,
        3 => limits.fields = 2,
        4 => limits.parts = 3,
        5 => limits.depth = 2,
        6 => (limits.boundary, limits.name) = (2, 8),
        _ => (limits.field, limits.header, limits.defects) = (15, 50, 2),
    }
    limits
}

fn rules(bits: u8) -> Rules {
    let bit = |n: u8| bits >> n & 1 == 1;
    let mut rules = Rules::default();
    rules.duplicates = if bit(0) { Duplicates::Last } else { Duplicates::First };
    rules.delimiters = if bit(1) { Delimiters::Line } else { Delimiters::Prefix };
    rules.after_close = if bit(2) { AfterClose::Parts } else { AfterClose::Content };
    rules.colons = if bit(3) { Colons::AtOnce } else { Colons::AfterSpace };
    rules.junk = if bit(4) { Junk::Body } else { Junk::Passed };
    rules
}

proptest! {
    #[test]
    fn made_up_messages_by_any_limits_and_rules(
        lines in prop::collection::vec(line(), 0..30), limits in 0usize..9, bits in 0u8..32
    ) {
        let (raw, limits, rules) = (lines.concat(), tight(limits), rules(bits));
        let expected = whole_with(raw.as_bytes(), &limits, &rules);
        for cut in Cut::all() {
            let found = streamed_with(raw.as_bytes(), &cut, &limits, &rules);
            assert_eq!(found, expected, "{cut:?} of {}", raw.escape_debug());
        }
    }
}

proptest! {
    #[test]
    fn made_up_messages(lines in prop::collection::vec(line(), 0..30)) {
        check(lines.concat().as_bytes());
    }
}
