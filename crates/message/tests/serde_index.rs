//! The index of a message serialised, and the message made of it again.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::jmap::{Email, Fetch};
use mailwire_message::{Index, Limits, Message, NotItsIndex, Storage};
use mailwire_testkit::generate::message::{limits, mail, rules};
use proptest::prelude::*;
use serde::Serialize;

const MAIL: &str = "From: Ann <ann@example.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n";

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// All that there is in a message is asked for.
fn walk(message: &Message<'_>) {
    for part in message.parts() {
        let _ = (part.body(), part.text(), part.file_name(), part.encoding(), part.raw().len());
        let _ = (part.fields().count(), part.whole_fields().count());
        assert!(
            part.children().all(|child| child.parent().map(|it| it.index()) == Some(part.index()))
        );
        assert!(part.fields_named("Subject").all(|field| field.is("subject")));
    }
    let mut out = Vec::new();
    let fetch = Fetch { all_values: true, ..Fetch::default() };
    Email::of(message).write(&["bodyStructure", "bodyValues"], &fetch, |_| None, &mut out);
    let _ = (message.examine(), message.views(), format!("{message:?}"));
    let _ = (message.text_part("plain"), message.attachments().count());
}

#[test]
fn a_message_is_serialised_as_its_index() {
    let message = Message::parse(MAIL.as_bytes());

    let value: serde_json::Value = serde_json::from_str(&json(&message)).unwrap();

    let parts = serde_json::json!([
        {
            "parent": null, "kind": "Multipart", "is_limited": false,
            "header": {"start": 0, "end": 74}, "body": {"start": 74, "end": 183}, "line_end": 0,
            "content_type": {
                "kind": "multipart", "subtype": "mixed",
                "parameters": [{"name": "boundary", "value": "b"}],
            },
            "encoding": "SevenBit",
            "fields": [
                {"name": "From", "range": {"start": 0, "end": 29}},
                {"name": "Content-Type", "range": {"start": 29, "end": 72}},
            ],
        },
        {
            "parent": 0, "kind": "Leaf", "is_limited": false,
            "header": {"start": 79, "end": 116}, "body": {"start": 116, "end": 120}, "line_end": 0,
            "content_type": {"kind": "text", "subtype": "plain", "parameters": []},
            "encoding": "Base64",
            "fields": [
                {"name": "Content-Transfer-Encoding", "range": {"start": 79, "end": 114}},
            ],
        },
        {
            "parent": 0, "kind": "Message", "is_limited": false,
            "header": {"start": 127, "end": 159}, "body": {"start": 159, "end": 174}, "line_end": 0,
            "content_type": {"kind": "message", "subtype": "rfc822", "parameters": []},
            "encoding": "SevenBit",
            "fields": [{"name": "Content-Type", "range": {"start": 127, "end": 157}}],
        },
        {
            "parent": 2, "kind": "Leaf", "is_limited": false,
            "header": {"start": 159, "end": 173}, "body": {"start": 173, "end": 174}, "line_end": 0,
            "content_type": {"kind": "text", "subtype": "plain", "parameters": []},
            "encoding": "SevenBit",
            "fields": [{"name": "Subject", "range": {"start": 159, "end": 171}}],
        },
    ]);
    assert_eq!(value["parts"], parts, "{:#}", value["parts"]);
    assert_eq!(value["octets"], MAIL.len());
    let defects = serde_json::json!([{"start": 0, "end": 74, "kind": "NoMimeVersion"}]);
    assert_eq!((&value["defects"], &value["defect_count"]), (&defects, &1.into()));
    assert_eq!(value["limits"]["depth"], 100);
    assert_eq!(value["rules"]["duplicates"], "First");
}

#[test]
fn a_hundred_thousand_nested_messages_need_no_stack() {
    let raw = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let mut limits = Limits::default();
    (limits.depth, limits.parts) = (usize::MAX, usize::MAX);
    let there_and_back = move || {
        let message = Message::parse_with_limits(raw.as_bytes(), &limits);
        let kept = json(&message);
        let index: Index = serde_json::from_str(&kept).unwrap();
        let again = index.message(raw.as_bytes()).unwrap();
        assert_eq!(again.parts().count(), 100_001);
        assert_eq!(Index::of(&again), index.clone());
    };
    let thread = std::thread::Builder::new().stack_size(128 * 1024);
    thread.spawn(there_and_back).unwrap().join().unwrap();
}

#[test]
fn damage_of_any_octet_is_refused_or_harmless() {
    let kept = json(&Message::parse(MAIL.as_bytes())).into_bytes();
    let mut refused = 0;
    for at in 0..kept.len() {
        for b in [b'0', b'1', b'9', b'-', b'"', b' ', b'x', 0, 0xff] {
            let mut damaged = kept.clone();
            damaged[at] = b;
            let index = serde_json::from_slice::<Index>(&damaged).ok();
            match index.and_then(|index| index.message(MAIL.as_bytes()).ok()) {
                Some(message) => walk(&message),
                None => refused += 1,
            }
        }
    }
    assert!(refused > kept.len() * 4, "{refused} of {}", kept.len() * 9);
}

#[test]
fn indices_that_no_message_has_are_refused() {
    let good = serde_json::to_value(Message::parse(MAIL.as_bytes())).unwrap();
    let huge = u64::MAX;
    for (place, value, error) in [
        ("/parts/1/parent", 3.into(), "not open"),
        ("/parts/1/parent", ().into(), "in none"),
        ("/parts/0/parent", 0.into(), "not open"),
        ("/parts/0/kind", "Leaf".into(), "not divided"),
        ("/parts/0/kind", "Message".into(), "more than one"),
        ("/parts/3/kind", "Message".into(), "no message in it"),
        ("/parts/2/header/start", 119.into(), "behind those before"),
        ("/parts/3/body/end", 175.into(), "its own"),
        ("/parts/0/body/end", 184.into(), "in the message"),
        ("/parts/0/body/end", huge.into(), "in the message"),
        ("/parts/1/header/end", 115.into(), "in the message"),
        ("/parts/1/body/end", 115.into(), "in the message"),
        ("/parts/1/line_end", 3.into(), "longer than"),
        ("/parts/0/fields/1/range/start", 28.into(), "a field"),
        ("/parts/0/fields/1/range/start", huge.into(), "a field"),
        ("/parts/0/fields/1/range/end", 75.into(), "a field"),
        ("/parts", serde_json::json!([]), "no parts"),
        ("/defects/0/end", huge.into(), "a defect"),
        ("/defects/0/start", 75.into(), "a defect"),
        ("/defect_count", 0.into(), "more defects"),
    ] {
        let mut bad: serde_json::Value = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        let refused = serde_json::from_value::<Index>(bad).unwrap_err();
        assert!(refused.to_string().contains(error), "{place}: {refused}");
    }
}

#[test]
fn other_octets_are_refused_where_names_or_the_size_differ() {
    let index = Index::of(&Message::parse(b"Subject: x\r\n\r\ny"));
    assert!(index.message(b"Subject: z\r\n\r\ny").is_ok());
    for other in [&b"Subject: x\r\n\r\n"[..], b"Comment: x\r\n\r\ny", b"Subject; x\r\n\r\ny"] {
        assert_eq!(index.message(other).unwrap_err(), NotItsIndex);
    }
}

proptest! {
    #[test]
    fn an_index_gives_the_message_again(mail in mail(), limits in limits(), rules in rules()) {
        let raw = mail.as_bytes();
        let message = Message::parse_with(raw, &limits, &rules, Storage::default());

        let index: Index = serde_json::from_str(&json(&message)).unwrap();
        let again = index.message(raw).unwrap();

        prop_assert_eq!(&index, &Index::of(&message));
        prop_assert_eq!(&index, &Index::of(&again));
        prop_assert_eq!(format!("{message:?}"), format!("{again:?}"));
        prop_assert_eq!(message.defect_count(), again.defect_count());
        walk(&again);
    }

    #[test]
    fn an_index_of_other_octets_is_harmless(mail in mail(), other in mail()) {
        let mut other = other.into_bytes();
        other.resize(mail.len(), b'\n');
        if let Ok(message) = Index::of(&Message::parse(mail.as_bytes())).message(&other) {
            walk(&message);
        }
    }
}
