//! Commands: the scripts of James, the examples of the RFCs, our own transcripts and the seeds of the
//! fuzz targets, with imap-codec.

use crate::corpus::{files, here, seeds};
use crate::reasons::{Ours, Reasons};
use imap_codec::CommandCodec;
use imap_codec::decode::Decoder;
use imap_codec::encode::Encoder;
use imap_codec::imap_types::IntoStatic;
use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::fetch::MacroOrMessageDataItemNames;
use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{Grammar, command};
use mailwire_imap::types::Dialect;
use mailwire_testkit::dialogue::{Said, said};
use std::collections::BTreeSet;

fn everything() -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    seeds(&["imap_command", "imap_command_roundtrip"], &mut found);
    let mut texts = files(&here("crates/imap/tests/transcripts"));
    for folder in ["corpus/imap-scripts", "corpus/imap-transcripts", "rfc"] {
        texts.extend(mailwire_testkit::shared(folder).iter().flat_map(|folder| files(folder)));
    }
    for path in texts {
        let text = std::fs::read(path).expect("a text");
        let said = said(&String::from_utf8_lossy(&text));
        let commands = said.into_iter().filter(|said| said.client && said.is_message());
        found.extend(commands.map(|Said { octets, .. }| [octets.as_slice(), b"\r\n"].concat()));
    }
    found
}

/// What imap-codec reads, as text, and how it writes that.
#[derive(Debug, Eq, PartialEq)]
struct Theirs {
    /// Whether a string came as an atom, in quotes or as a literal is left out.
    value: String,
    written: Vec<u8>,
}

fn codec(message: &[u8]) -> Option<Theirs> {
    let read = |message: &[u8]| match CommandCodec::new().decode(message) {
        Ok(([], value)) => Some(value.into_static()),
        _ => None,
    };
    let mut command = read(message)?;
    if let CommandBody::Fetch { macro_or_item_names: asked, .. } = &mut command.body {
        if let MacroOrMessageDataItemNames::Macro(name) = asked {
            let items = name.expand().into_static();
            *asked = MacroOrMessageDataItemNames::MessageDataItemNames(items);
        }
    }
    // It writes sets in order, without what they hold twice.
    let written = CommandCodec::new().encode(&command).dump();
    let value = format!("{:?}", read(&written)?);
    let forms = [
        "Atom(",
        "AtomExt(",
        "String(",
        "Quoted(",
        "Literal(",
        "Literal { data: b",
        "Token(",
        "ListChar",
        ", mode: Sync }",
        ", mode: NonSync }",
        ")",
    ];
    let value = forms.iter().fold(value, |value, form| value.replace(form, ""));
    Some(Theirs { value, written })
}

#[test]
fn every_difference_of_commands_has_its_reason() {
    let mut reasons = Reasons::new(include_str!("commands.txt"));
    let (mut alike, all) = (0, everything());
    for message in &all {
        let strict = command(message, &Grammar::strict()).ok();
        let forgivingly = command(message, &Grammar::default()).is_ok();
        let ours = Ours { strictly: strict.is_some(), forgivingly };
        // What one writes the other reads, as what both have read: a password is not in the text.
        let is_same = |theirs: &Theirs| {
            let Some((tag, ours)) = &strict else { return false };
            let mut out = Plain::default();
            encode::command(tag.as_str(), ours, &Dialect::rev1(), &mut out);
            codec(&out.into_bytes()).is_some_and(|again| again.value == theirs.value)
                && command(&theirs.written, &Grammar::strict()).ok() == strict
        };
        alike += usize::from(reasons.see("imap-codec", message, ours, codec, is_same));
    }
    println!("{} commands; alike {alike}", all.len());
    reasons.settle(all.len() > 1000);
}

/// A comparison that finds everything alike would find nothing.
#[test]
fn commands_that_differ_are_seen_to_differ() {
    let pairs = [
        ("a LOGIN ann secret", "a LOGIN ann Secret"),
        ("a FETCH 1:3 FLAGS", "a FETCH 1:4 FLAGS"),
        ("a FETCH 1 BODY[1]", "a FETCH 1 BODY.PEEK[1]"),
        ("a SEARCH CC x", "a SEARCH BCC x"),
        ("a STORE 1 FLAGS (\\Seen)", "a STORE 1 +FLAGS (\\Seen)"),
    ];
    for (one, other) in pairs {
        let [one, other] = [one, other].map(|line| codec(format!("{line}\r\n").as_bytes()));
        assert!(one.is_some() && one != other, "{one:?}");
    }
}
