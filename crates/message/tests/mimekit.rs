//! The offsets of every part that MimeKit's tests expect.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::Message;
use serde_json::Value;

/// The file and its line ends, where the message begins, the part that differs, and why.
const DIFFERENCES: &[((&str, &str), usize, usize, &str)] = &[
    (("content-length", "unix"), 22518, 5, LINE_END),
    (("content-length", "dos"), 23054, 5, LINE_END),
    (("issue1189", "unix"), 588, 4, NO_EMPTY_LINE),
    (("issue1189", "dos"), 610, 4, NO_EMPTY_LINE),
];

const LINE_END: &str = "A multipart that ends with its closing delimiter right before another one: the line \
    end between them belongs to that (RFC 2046 section 5.1.1), not to the multipart.";

const NO_EMPTY_LINE: &str =
    "A header that ends at a delimiter: the line end of its last field is its own.";

/// Header, body and end of a part.
type Place = (u64, u64, u64);

/// The places of an entity and those inside it, in the order of [`Message::parts`].
fn places(entity: &Value, list: &mut Vec<Place>) {
    let at = |name: &str| entity[name].as_u64().unwrap();
    list.push((at("beginOffset"), at("headersEndOffset"), at("endOffset")));
    for child in entity["children"].as_array().into_iter().flatten() {
        places(child, list);
    }
    if entity["message"].is_object() {
        places(&entity["message"]["body"], list);
    }
}

#[test]
fn parts_lie_where_mimekit_finds_them() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/mimekit/UnitTests/TestData/mbox")
    else {
        return;
    };
    let (mut seen, mut differ) = (0, Vec::new());
    for name in ["content-length", "issue1189", "jwz"] {
        let Ok(text) = std::fs::read(root.join(format!("{name}.mbox.txt"))) else { continue };
        let unix: Vec<u8> = text.into_iter().filter(|&b| b != b'\r').collect();
        let mut dos = Vec::new();
        for &b in &unix {
            if b == b'\n' {
                dos.push(b'\r');
            }
            dos.push(b);
        }
        for (ends, raw) in [("unix", &unix), ("dos", &dos)] {
            let path = root.join(format!("{name}.{ends}-offsets.json"));
            let json: Value =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            for one in json.as_array().unwrap() {
                let mut expected = Vec::new();
                places(&one["body"], &mut expected);
                let index = |name: &str| usize::try_from(one[name].as_u64().unwrap()).unwrap();
                let (begin, end) = (index("beginOffset"), index("endOffset"));
                let message = Message::parse(&raw[begin..end]);
                let found: Vec<Place> = message
                    .parts()
                    .map(|part| {
                        let (header, body) = (part.header_range(), part.body_range());
                        let at = |n: usize| (begin + n) as u64;
                        (at(header.start), at(body.start), at(body.end))
                    })
                    .collect();
                seen += found.len();
                if found != expected {
                    let known = DIFFERENCES.iter().any(|(it, at, part, _)| {
                        let others = |list: &[Place]| {
                            let rest = list.iter().enumerate().filter(|(n, _)| n != part);
                            rest.map(|(_, place)| *place).collect::<Vec<_>>()
                        };
                        (name, ends, begin) == (it.0, it.1, *at)
                            && others(&found) == others(&expected)
                    });
                    if !known {
                        differ.push(format!("{name} {ends} {begin}\n{found:?}\n{expected:?}"));
                    }
                }
            }
        }
    }
    println!("{seen} parts");
    assert!(DIFFERENCES.iter().all(|(.., reason)| reason.len() > 30));
    assert!(seen > 0);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
