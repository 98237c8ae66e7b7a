//! What enmime's tests expect of its writer is read back as what they gave to it.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_message::Message;
use std::fmt::Write as _;

/// What a golden file says: each leaf with its type, file name and contents, then the fields that
/// are not of MIME, as text.
fn read(raw: &[u8]) -> String {
    let message = Message::parse(raw);
    let mut said = String::new();
    for part in message.parts().filter(|part| part.children().next().is_none()) {
        let kind = part.content_type();
        write!(said, "{}/{}", kind.kind(), kind.subtype()).unwrap();
        if let Some(name) = part.file_name() {
            write!(said, " {name}").unwrap();
        }
        if part.is_text() {
            writeln!(said, " {:?}", part.text()).unwrap();
        } else {
            writeln!(said, " {} octets", part.body().len()).unwrap();
        }
    }
    for name in ["From", "To"] {
        for address in message.root().addresses(name) {
            let (who, at) = (address.name(), address.address());
            writeln!(said, "{name}: {} <{}>", who.unwrap_or_default(), at.unwrap_or_default())
                .unwrap();
        }
    }
    for name in ["Subject", "X-QP-Header", "Content-ID"] {
        if let Some(text) = message.root().text_field(name) {
            writeln!(said, "{name}: {text}").unwrap();
        }
    }
    said
}

#[test]
fn goldens_say_what_was_given_to_the_writer() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/enmime/testdata/encode") else {
        return;
    };
    let mut files: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut said = String::new();
    for path in &files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let raw = std::fs::read(path).unwrap();
        writeln!(said, "\n== {name}\n{}", read(&raw).trim_end()).unwrap();
    }
    let expected = include_str!("enmime_goldens.txt");
    let expected = expected.lines().filter(|line| !line.starts_with('#'));
    assert!(said.lines().eq(expected), "{said}");
}
