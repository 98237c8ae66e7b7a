//! The events that mime4j's tests expect: which parts there are, how they are nested, and how many
//! fields each has.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::{Kind, Message};
use std::collections::BTreeMap;

/// The tags that matter, one letter each, in their order: message, header, field, multipart,
/// body-part, body.
fn expected(xml: &str) -> String {
    let tags = [
        ("<message>", 'M'),
        ("<header>", 'h'),
        ("<field>", 'f'),
        ("<multipart>", '('),
        ("</multipart>", ')'),
        ("<body-part>", 'p'),
        ("<body>", 'b'),
    ];
    let starts = xml.match_indices('<').filter_map(|(at, _)| {
        tags.iter().find(|(tag, _)| xml[at..].starts_with(tag)).map(|(_, letter)| *letter)
    });
    starts.collect()
}

fn found(raw: &[u8]) -> String {
    let message = Message::parse(raw);
    let mut out = String::new();
    let mut open = Vec::new();
    for part in message.parts() {
        while open.last().is_some_and(|end| *end < part.header_range().start) {
            open.pop();
            out.push(')');
        }
        let inside = part.parent().map(|parent| parent.kind());
        out.push(if inside == Some(Kind::Multipart) { 'p' } else { 'M' });
        out.push('h');
        // Lines that are no fields are no events there.
        out.extend(part.fields().filter(|field| !field.name().is_empty()).map(|_| 'f'));
        match part.kind() {
            // It looks into messages that are encoded.
            Kind::Leaf if part.enclosed().is_some() => {
                out.push_str(&found(part.enclosed().unwrap().message().raw()));
            }
            Kind::Leaf => out.push('b'),
            Kind::Multipart => {
                out.push('(');
                open.push(part.body_range().end);
            }
            Kind::Message => {}
        }
    }
    out.extend(open.iter().map(|_| ')'));
    out
}

#[test]
fn parts_and_fields_are_those_of_mime4j() {
    let Some(root) =
        mailwire_testkit::shared("corpus/messages/james-mime4j/core/src/test/resources")
    else {
        return;
    };
    let listed: BTreeMap<_, _> = DIFFERENCES.iter().copied().collect();
    let (mut seen, mut differ) = (0, Vec::new());
    for folder in ["testmsgs", "mimetools-testmsgs"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let xml = path.with_extension("xml");
            if path.extension().is_none_or(|it| it != "msg") || !xml.exists() {
                continue;
            }
            let expected = expected(&String::from_utf8_lossy(&std::fs::read(xml).unwrap()));
            let found = found(&std::fs::read(&path).unwrap());
            seen += 1;
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if (found == expected) == listed.contains_key(name.as_str()) {
                differ.push(format!("{name}\n  ours   {found}\n  theirs {expected}"));
            }
        }
    }
    println!("{} of {seen} alike", seen - listed.len());
    assert!(seen > 50 && differ.is_empty(), "{}", differ.join("\n"));
}

/// What differs, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "malformedHeaderStartsBody-nocrlfcrlf",
        "A line in a header that is no field: mime4j is told in this test to begin the body there. \
         We go on, and say NotAField; Rules::junk does as it does.",
    ),
    (
        "very-very-long-boundary",
        "A boundary of more than 2,048 octets, Limits::boundary: not divided, with a defect.",
    ),
];

/// The contents that mime4j's tests expect of each leaf, decoded, in their order: files beside the
/// message.
#[test]
fn bodies_are_those_of_mime4j() {
    let Some(root) =
        mailwire_testkit::shared("corpus/messages/james-mime4j/core/src/test/resources")
    else {
        return;
    };
    let listed: BTreeMap<_, _> = BODIES.iter().copied().collect();
    let (mut seen, mut used, mut differ) = (0, 0, Vec::new());
    for folder in ["testmsgs", "mimetools-testmsgs"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let xml = path.with_file_name(format!("{stem}_decoded.xml"));
            if path.extension().is_none_or(|it| it != "msg") || !xml.exists() {
                continue;
            }
            let xml = std::fs::read(xml).unwrap();
            let xml = String::from_utf8_lossy(&xml);
            let names: Vec<_> = xml
                .split("-body name=\"")
                .skip(1)
                .map(|it| it.split('"').next().unwrap())
                .collect();
            let found = contents(&std::fs::read(&path).unwrap());
            if names.len() != found.len() {
                // Which parts there are is what the other test looks at.
                let other = DIFFERENCES.iter().any(|it| it.0 == stem);
                assert!(other, "{stem}: {} here, {} there", found.len(), names.len());
                continue;
            }
            for (name, ours) in names.into_iter().zip(found) {
                let theirs = std::fs::read(path.with_file_name(name)).unwrap();
                seen += 1;
                if plain(&ours) == plain(&theirs) {
                    continue;
                }
                match listed.contains_key(name) {
                    true => used += 1,
                    false => differ.push(format!(
                        "{name}\n  ours   {}\n  theirs {}",
                        ours.escape_ascii(),
                        theirs.escape_ascii()
                    )),
                }
            }
        }
    }
    println!("{} of {seen} bodies alike", seen - listed.len());
    assert!(seen > 100 && differ.is_empty(), "{}", differ.join("\n"));
    assert_eq!(used, listed.len(), "no difference any more");
}

/// Decoded, those of messages that are encoded among them.
fn contents(raw: &[u8]) -> Vec<Vec<u8>> {
    let message = Message::parse(raw);
    let mut all = Vec::new();
    for part in message.parts().filter(|part| part.kind() == Kind::Leaf) {
        match part.enclosed() {
            Some(inner) => all.extend(contents(inner.message().raw())),
            None => all.push(part.body().into_owned()),
        }
    }
    all
}

/// Its files have line ends of their own.
fn plain(octets: &[u8]) -> Vec<u8> {
    octets.iter().copied().filter(|&b| b != b'\r').collect()
}

/// The bodies that differ, and why.
const BODIES: &[(&str, &str)] = &[
    ("malformedHeaderStartsBody-nocrlfcrlf_decoded_1.txt", JUNK),
    ("malformedHeaderStartsBody-noheader_decoded_1.txt", JUNK),
    (
        "very-very-long-boundary_decoded_1_1.txt",
        "A boundary of more than 2,048 octets, Limits::boundary: not divided, with a defect.",
    ),
    ("multi-frag_decoded_1_3_2.bin", CUT),
    ("frag_decoded_1_2_1_2_1_2_1_2.bin", CUT),
];

const JUNK: &str = "A line in a header that is no field: mime4j is told in this test to begin the \
    body there. We go on, and say NotAField; Rules::junk does as it does.";

const CUT: &str = "Base64 that ends in the middle of a group: all octets that are known are given \
    here, and Base64Padding says so; mime4j leaves the group.";
