//! Values of fields serialised, and what of them is taken back.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::header::fields::Value;
use mailwire_message::header::{ContentDisposition, ContentType, DateTime, Field};
use mailwire_message::report::{Report, Status, Typed};
use mailwire_message::{DefectKind, Limits, Message, Rules, TransferEncoding, build};
use mailwire_testkit::generate::text::evil;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fmt::Debug;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

fn refused<T: DeserializeOwned + Debug>(value: serde_json::Value) {
    let shown = value.to_string();
    assert!(serde_json::from_value::<T>(value).is_err(), "{shown}");
}

#[test]
fn values_of_fields_are_serialised_as_what_they_mean() {
    for (field, expected) in [
        (
            &b"Date: Fri, 21 Nov 1997 09:55:06 -0600"[..],
            json!({"Date": {"year": 1997, "month": 11, "day": 21, "hour": 9, "minute": 55,
                "second": 6, "zone": -360, "zone_kind": "Number"}}),
        ),
        (
            b"To: g: Ann (x) <a@b>;, just words",
            json!({"Addresses": {
                "addresses": [
                    {"GroupStart": "g"},
                    {"Mailbox": {"name": "Ann", "route": null, "local": "a", "domain": "b",
                        "comments": ["x"]}},
                    "GroupEnd",
                    {"Invalid": "just words"},
                ],
                "defects": [{"start": 20, "end": 30, "kind": "BadAddress"}],
                "omitted": 0,
            }}),
        ),
        (b"Subject: =?utf-8?q?=C3=A9?=", json!({"Text": "\u{e9}"})),
        (b"Message-ID: <\xff@b>", json!({"Id": [255, 64, 98]})),
        (b"References: <a@b> <c@d>", json!({"Ids": ["a@b", "c@d"]})),
        (
            b"Received: from a (HELO h) ([192.0.2.1]) by b with ESMTP id i for <c@d>; 1 Jan 2020 00:00 GMT",
            json!({"Received": {"from": "a", "by": "b", "via": null, "with": "ESMTP", "id": "i",
                "for": "<c@d>", "helo": "h", "address": "192.0.2.1", "tls": null,
                "date": {"year": 2020, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0,
                    "zone": 0, "zone_kind": "Name"}}}),
        ),
        (b"List-Id: The list <l.b>", json!({"List": {"name": "The list", "id": "l.b"}})),
        (b"List-Post: NO", json!({"Command": {"uris": [], "is_no": true}})),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", json!({"OneClick": null})),
        (
            b"Authentication-Results: mx; spf=pass smtp.mailfrom=b",
            json!({"Results": {"server": "mx", "version": null, "instance": null, "results": [
                {"method": "spf", "value": "pass", "reason": null,
                    "properties": [["smtp.mailfrom", "b"]]},
            ]}}),
        ),
        (
            b"Received-SPF: pass helo=b",
            json!({"Spf": {"result": "pass", "properties": [["helo", "b"]]}}),
        ),
        (b"DKIM-Signature: v=1; d=b", json!({"Tags": [["v", "1"], ["d", "b"]]})),
        (b"Original-Recipient: rfc822; a@b", json!({"Typed": ["rfc822", "a@b"]})),
        (b"Content-Transfer-Encoding: base64", json!({"TransferEncoding": "Base64"})),
        (b"Importance: high", json!({"Importance": "High"})),
        (b"Date: never", json!("Unreadable")),
    ] {
        let value: Value<'_> = Field::new(field).typed();
        assert_eq!(serde_json::to_value(&value).unwrap(), expected);
    }
}

#[test]
fn reports_come_back() {
    let message = Message::parse(
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\
          Arrival-Date: 1 Jan 2020 00:00 +0100\r\n\r\nFinal-Recipient: rfc822; a@b\r\n\
          Action: failed\r\nStatus: 5.1.1\r\nX-Other: y\r\n",
    );
    comes_back(&Report::of(&message).unwrap());
    comes_back(&Typed::new("dns", "b"));
    comes_back(&(Limits::default(), Rules::dovecot(), DefectKind::OpenAngle));
    comes_back(&TransferEncoding::Yenc);
}

#[test]
fn what_may_not_be_written_is_not_deserialised_either() {
    for bad in ["\r", "\n", "\0"] {
        let with = |text: &str| format!("{text}{bad}x");
        refused::<build::Mailbox<'_>>(json!({"name": null, "address": with("a@b")}));
        refused::<build::Mailbox<'_>>(json!({"name": with("Ann"), "address": "a@b"}));
        refused::<build::Address<'_>>(json!({"Group": {"name": with("g"), "members": []}}));
        refused::<build::Address<'_>>(json!({"Mailbox": {"name": null, "address": with("a@b")}}));
        refused::<build::MessageId<'_>>(json!(with("a@b")));
        refused::<build::FieldName<'_>>(json!(with("X-A")));
        refused::<build::ContentType<'_>>(json!({"essence": with("a/b"), "parameters": []}));
        for pair in [[with("a"), "b".into()], ["a".into(), with("b")]] {
            refused::<build::ContentType<'_>>(json!({"essence": "a/b", "parameters": [pair]}));
        }
    }
    refused::<build::ContentType<'_>>(json!({"essence": "multipart/mixed", "parameters": []}));
    let many: Vec<_> = (0..129).map(|n| [format!("n{n}"), "x".into()]).collect();
    refused::<build::ContentType<'_>>(json!({"essence": "a/b", "parameters": many}));
    refused::<build::Date>(json!({"unix": i64::MAX, "offset": 0}));
    refused::<build::Date>(json!({"unix": 0, "offset": 1440}));
}

#[test]
fn dates_and_codes_that_are_none_are_refused() {
    let date = DateTime::parse(b"29 Feb 2024 12:00:00 -0000").unwrap();
    let good = serde_json::to_value(date).unwrap();
    comes_back(&date);
    for (name, value) in [("year", 2023), ("month", 0), ("month", 13), ("hour", 24), ("zone", 1440)]
    {
        let mut bad = good.clone();
        bad[name] = value.into();
        refused::<DateTime>(bad);
    }
    refused::<Status>(json!({"class": 3, "subject": 1, "detail": 1}));
    refused::<Status>(json!({"class": 5, "subject": 1000, "detail": 1}));
}

proptest! {
    #[test]
    fn values_come_back(value in prop::collection::vec(any::<u8>(), 0..60), text in evil()) {
        comes_back(&ContentType::parse(&value));
        comes_back(&ContentType::parse(&[b"a/b; c=\"", &value[..], b"\"; d=", &value[..]].concat()));
        comes_back(&ContentDisposition::parse(&[b"a; filename=", text.as_bytes()].concat()));
        if let Ok(mailbox) = build::Mailbox::new("a@b.c").and_then(|it| it.named(text.clone())) {
            comes_back(&build::Address::from(mailbox.clone()));
            if let Ok(group) = build::Address::group(text.clone(), [mailbox]) {
                comes_back(&group);
            }
        }
        if let Ok(id) = build::MessageId::new(text.clone()) {
            comes_back(&id);
        }
        if let Ok(written) = build::ContentType::octets().with("name", text) {
            comes_back(&written);
        }
    }

    #[test]
    fn dates_come_back(unix in -2_000_000_000i64..200_000_000_000, offset in -1439i16..1440) {
        let date = build::Date::from_unix(unix, offset).unwrap();
        comes_back(&date);
        comes_back(&DateTime::parse(format!("{date}").as_bytes()).unwrap());
    }
}
