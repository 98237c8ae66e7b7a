use super::*;
use alloc::vec::Vec;
use serde_json::{Value, json};
use std::format;

fn told(raw: &str, properties: &[&str], fetch: &Fetch<'_>) -> Value {
    let message = Message::parse(raw.as_bytes());
    let mut out = Vec::new();
    let blob = |part: PartRef<'_, '_>| Some(format!("B{}", part.index()));
    Email::of(&message).write(properties, fetch, blob, &mut out);
    serde_json::from_slice(&out).unwrap()
}

fn one(header: &str, property: &str) -> Value {
    told(&format!("{header}\r\n\r\n"), &[property], &Fetch::default())[property].clone()
}

#[test]
fn rfc8621_4_1_2_3_addresses() {
    // The example of the RFC, and what it becomes in 4.1.2.3 and 4.1.2.4.
    let header = "From: \"  James Smythe\" <james@example.com>, Friends:\r\n\
        \x20 jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n\x20 <john@example.com>;";
    assert_eq!(
        one(header, "from"),
        json!([
            {"name": "James Smythe", "email": "james@example.com"},
            {"name": null, "email": "jane@example.com"},
            {"name": "John Sm\u{ee}th", "email": "john@example.com"},
        ])
    );
    assert_eq!(
        one(header, "header:From:asGroupedAddresses"),
        json!([
            {"name": null, "addresses": [{"name": "James Smythe", "email": "james@example.com"}]},
            {"name": "Friends", "addresses": [
                {"name": null, "email": "jane@example.com"},
                {"name": "John Sm\u{ee}th", "email": "john@example.com"},
            ]},
        ])
    );
}

#[test]
fn groups_end_where_they_end() {
    assert_eq!(
        one("To: a@b, g:;, c@d, h: e@f;, i@j", "header:To:asGroupedAddresses"),
        json!([
            {"name": null, "addresses": [{"name": null, "email": "a@b"}]},
            {"name": "g", "addresses": []},
            {"name": null, "addresses": [{"name": null, "email": "c@d"}]},
            {"name": "h", "addresses": [{"name": null, "email": "e@f"}]},
            {"name": null, "addresses": [{"name": null, "email": "i@j"}]},
        ])
    );
}

#[test]
fn every_form_of_a_field() {
    for (header, property, value) in [
        ("Subject: a\r\n =?utf-8?q?=C3=A9?=", "header:Subject", json!(" a\r\n =?utf-8?q?=C3=A9?=")),
        ("Subject: a\r\n =?utf-8?q?=C3=A9?=", "subject", json!("a \u{e9}")),
        ("Subject: a\r\nSUBJECT: b", "subject", json!("b")),
        ("Subject: a\r\nSUBJECT: b", "header:subject:asText:all", json!(["a", "b"])),
        ("Subject: a\r\nSUBJECT: b", "header:subject:all", json!([" a", " b"])),
        ("X: y", "subject", json!(null)),
        ("X: y", "header:Subject:all", json!([])),
        ("Message-ID: <a@b> (x)", "messageId", json!(["a@b"])),
        ("References: <a@b>\r\n <c@d>", "references", json!(["a@b", "c@d"])),
        ("In-Reply-To: junk", "inReplyTo", json!(null)),
        ("Date: Thu, 30 Oct 2014 14:12:00 +0800", "sentAt", json!("2014-10-30T14:12:00+08:00")),
        ("Date: Thu, 30 Oct 2014 14:12:00 -0930", "sentAt", json!("2014-10-30T14:12:00-09:30")),
        ("Date: Thu, 30 Oct 2014 06:12:00 -0000", "sentAt", json!("2014-10-30T06:12:00Z")),
        ("Date: soon", "sentAt", json!(null)),
        (
            "List-Post: <mailto:a@b>, <https://c.d/>",
            "header:List-Post:asURLs",
            json!(["mailto:a@b", "https://c.d/"]),
        ),
        ("List-Post: NO", "header:List-Post:asURLs", json!(null)),
        ("X-A: a@b", "header:X-A:asAddresses", json!([{"name": null, "email": "a@b"}])),
        ("To: a@b", "to", json!([{"name": null, "email": "a@b"}])),
        ("To: a@b (Ann)", "to", json!([{"name": "Ann", "email": "a@b"}])),
        ("X: a\0b", "header:X:asText", json!("ab")),
    ] {
        assert_eq!(one(header, property), value, "{header} {property}");
    }
}

#[test]
fn what_is_not_allowed_is_not_told() {
    for name in [
        "header:Subject:asAddresses",
        "header:From:asDate",
        "header:Date:asText",
        "header:Received:asText",
        "header:X:asNothing",
        "header:X:all:asText",
        "header:X:asText:all:all",
        "header::asText",
        "header:",
        "header:a b",
        "Subject",
        "threadId",
    ] {
        assert_eq!(Property::parse(name), None, "{name}");
    }
    for name in ["header:X:asText", "header:Received", "header:Comments:asText"] {
        assert!(Property::parse(name).is_some(), "{name}");
    }
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
    --c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\ntext\r\n\
    --c\r\nContent-Type: TEXT/HTML\r\nContent-Language: de (x), en\r\n\
    Content-Location: http://example.org/a\r\n b\r\n\r\n<p>a<b title=\"long long\">c\r\n--c--\r\n\
    --b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-ID: <x@y>\r\n\
    Content-Disposition: ATTACHMENT; filename=\"b.pdf\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n--b--\r\n";

#[test]
fn the_tree_of_parts_has_all_their_properties() {
    let tree = told(MIXED, &["bodyStructure"], &Fetch::default());
    let leaf = |index: &str, size: u64, kind: &str| {
        let text = kind.starts_with("text/");
        let mut leaf = json!({
            "partId": index, "blobId": format!("B{index}"), "size": size, "name": null,
            "type": kind, "charset": null, "disposition": null, "cid": null, "language": null,
            "location": null,
        });
        if text {
            leaf["charset"] = json!("us-ascii");
        }
        leaf
    };
    let mut plain = leaf("2", 11, "text/plain");
    plain["charset"] = json!("utf-8");
    let mut html = leaf("3", 26, "text/html");
    html["language"] = json!(["de", "en"]);
    html["location"] = json!("http://example.org/ab");
    let mut file = leaf("4", 5, "application/pdf");
    file["name"] = json!("b.pdf");
    file["disposition"] = json!("attachment");
    file["cid"] = json!("x@y");
    let message = leaf("5", 20, "message/rfc822");
    let root = &tree["bodyStructure"];
    assert_eq!((&root["partId"], &root["type"]), (&json!(null), &json!("multipart/mixed")));
    let parts = root["subParts"].as_array().unwrap();
    assert_eq!(parts[0]["subParts"], json!([plain, html]));
    assert_eq!(parts[1..], [file, message]);
}

#[test]
fn texts_are_told_as_far_as_they_are_asked_for() {
    let lists = ["textBody", "htmlBody", "attachments", "hasAttachment", "bodyValues", "preview"];
    let ids = |list: &Value| {
        let parts = list.as_array().unwrap().iter();
        parts.map(|part| part["partId"].as_str().unwrap().into()).collect::<Vec<String>>()
    };
    let fetch = Fetch { body_properties: &["partId"], text_values: true, ..Fetch::default() };
    let email = told(MIXED, &lists, &fetch);
    assert_eq!(ids(&email["textBody"]), ["2"]);
    assert_eq!(ids(&email["htmlBody"]), ["3"]);
    assert_eq!(ids(&email["attachments"]), ["4", "5"]);
    assert_eq!(email["hasAttachment"], json!(true));
    assert_eq!(email["preview"], json!("plain text"));
    let plain = json!({"value": "plain\ntext", "isEncodingProblem": false, "isTruncated": false});
    assert_eq!(email["bodyValues"], json!({"2": plain}));

    let fetch = Fetch { all_values: true, max_octets: 10, ..fetch };
    let values = &told(MIXED, &lists, &fetch)["bodyValues"];
    // Never in the middle of a tag.
    assert_eq!(
        values["3"],
        json!({"value": "<p>a", "isEncodingProblem": false, "isTruncated": true})
    );
    assert_eq!(values["2"]["isTruncated"], json!(false));
    assert_eq!(values.as_object().unwrap().len(), 2);
    let fetch = Fetch { text_values: false, html_values: true, ..Fetch::default() };
    assert!(told(MIXED, &lists, &fetch)["bodyValues"]["3"].is_object());
}

#[test]
fn texts_are_cut_between_characters() {
    let raw = "Content-Type: text/plain; charset=utf-8\r\n\r\na\u{20ac}b";
    for (most, value, cut) in
        [(1, "a", true), (2, "a", true), (3, "a", true), (4, "a\u{20ac}", true)]
            .into_iter()
            .chain([(5, "a\u{20ac}b", false), (0, "a\u{20ac}b", false)])
    {
        let value = json!({"value": value, "isEncodingProblem": false, "isTruncated": cut});
        let fetch = Fetch { all_values: true, max_octets: most, ..Fetch::default() };
        assert_eq!(told(raw, &["bodyValues"], &fetch)["bodyValues"]["0"], value, "{most}");
    }
}

#[test]
fn problems_of_encodings_are_told() {
    for (head, body, problem) in [
        ("Content-Type: text/plain; charset=utf-8", &b"ok"[..], false),
        ("Content-Type: text/plain; charset=x-no-such", b"ok", true),
        ("Content-Transfer-Encoding: x-no-such", b"ok", true),
        ("Content-Type: text/plain; charset=utf-8", b"many words, then \xff in \xc3\xa9", true),
    ] {
        let raw = [head.as_bytes(), b"\r\n\r\n", body].concat();
        let message = Message::parse(&raw);
        assert_eq!(BodyValue::of(message.root(), 0).is_encoding_problem, problem, "{head}");
    }
}

#[test]
fn parts_are_found_by_their_ids() {
    let message = Message::parse(MIXED.as_bytes());
    let email = Email::of(&message);
    for part in message.parts() {
        match part_id(part) {
            Some(id) => assert_eq!(email.part(&id).map(|it| it.index()), Some(part.index())),
            None => assert!(part.kind() == Kind::Multipart),
        }
    }
    for id in ["0", "1", "99", "", "x", "+2", "02"] {
        assert!(email.part(id).is_none(), "{id}");
    }
}

#[test]
fn headers_are_told_in_their_order() {
    let raw = "A: b\r\nno field\r\nC:d\r\n e\r\n\r\n";
    assert_eq!(
        told(raw, &["headers", "size"], &Fetch::default()),
        json!({
            "headers": [{"name": "A", "value": " b"}, {"name": "C", "value": "d\r\n e"}],
            "size": raw.len(),
        })
    );
}
