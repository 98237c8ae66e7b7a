//! What the builder writes is read back equal, by the whole-message reader and the streaming one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::{Input, Text};
use mailwire_message::build::{
    Address, Attachment, Builder, ContentType, Date, FieldName, Mailbox, MessageId,
};
use mailwire_message::{Event, Kind, Message, Reader, header};
use mailwire_testkit::cuts::Random;

/// What texts are made of: everything that a field might take for its own.
const WORDS: [&str; 24] = [
    "a",
    "word",
    " ",
    "  ",
    "         ",
    "\u{e9}",
    "\u{20ac}",
    "\u{1f600}",
    "=?",
    "?=",
    "=?utf-8?q?x?=",
    "\"",
    "\\",
    ",",
    ";",
    ":",
    "<a@b>",
    "(c)",
    "\t",
    "%41",
    "'",
    "*",
    "\u{7f}",
    "a-word-that-is-longer-than-a-line-should-be-and-that-cannot-be-folded-anywhere-in-the-middle",
];

const BODY: [&str; 12] = [
    "line\n",
    "\u{e9}\n",
    "text ",
    "--=_m",
    "=",
    ".\n",
    "From me\n",
    "\r",
    "\r\n",
    " \n",
    "\0",
    "a line of a body that is quite long, and often repeated, so that it will be longer than 998. ",
];

const ADDRESSES: [&str; 4] =
    ["alice@example.org", "\"a b\\\"@\"@example.org", "bob.c+d@[127.0.0.1]", "o'neil@x.example"];

fn text(random: &mut Random, letters: &[&str], most: usize) -> String {
    let n = random.below(most + 1);
    (0..n).map(|_| letters[random.below(letters.len())]).collect()
}

fn mailbox(random: &mut Random) -> Mailbox<'static> {
    let name = Text::lossy(text(random, &WORDS, 9)).as_str().to_owned();
    Mailbox::new(ADDRESSES[random.below(4)]).unwrap().named(name).unwrap()
}

fn pairs(list: &[Mailbox<'_>]) -> Vec<(Option<String>, String)> {
    list.iter().map(|it| (it.name().map(str::to_owned), it.address().to_owned())).collect()
}

fn read(message: &Message<'_>, field: &str) -> Vec<(Option<String>, String)> {
    let list = message.root().addresses(field);
    list.iter().filter_map(|it| Some((it.name(), it.address()?))).collect()
}

/// A text as it is written: each line ended by CRLF.
fn lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.replace('\n', "\r\n")
}

#[test]
fn fields_come_back() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let from = mailbox(&mut random);
        let to: Vec<_> = (0..random.below(5)).map(|_| mailbox(&mut random)).collect();
        let members: Vec<_> = (0..random.below(3)).map(|_| mailbox(&mut random)).collect();
        let group = format!("g{}", text(&mut random, &WORDS, 5).trim_end_matches(' '));
        let subject = text(&mut random, &WORDS, 30);
        let value = text(&mut random, &WORDS, 60);
        let seconds = i64::try_from(random.below(4_000_000_000)).unwrap();
        let offset = i16::try_from(random.below(2879)).unwrap() - 1439;
        let date = Date::from_unix(seconds, offset).unwrap();
        let ids: Vec<_> = (0..random.below(9))
            .map(|n| MessageId::of(&format!("{seed} {n}"), "example.org").unwrap())
            .collect();
        let mut builder = Builder::new(from.clone(), date)
            .subject(Text::new(subject.as_str()).unwrap())
            .cc(Address::group(group.as_str(), members.clone()).unwrap())
            .field(FieldName::new("X-Other").unwrap(), Text::new(value.as_str()).unwrap());
        for mailbox in &to {
            builder = builder.to(mailbox.clone());
        }
        for id in &ids {
            builder = builder.references(id.clone());
        }
        let mut out = Vec::new();
        builder.write_to(&mut out);

        let message = Message::parse(&out);

        assert_eq!(message.defects(), []);
        let root = message.root();
        assert_eq!(read(&message, "From"), pairs(&[from]));
        assert_eq!(read(&message, "To"), pairs(&to));
        assert_eq!(read(&message, "Cc"), pairs(&members));
        let cc = root.addresses("Cc");
        assert!(matches!(cc.first(), Some(header::Address::GroupStart(_))));
        assert!(matches!(cc.last(), Some(header::Address::GroupEnd)));
        assert_eq!(cc[0].name().as_deref(), Some(group.as_str()));
        assert_eq!(root.text_field("Subject").as_deref(), Some(subject.as_str()));
        assert_eq!(root.text_field("X-Other").as_deref(), Some(value.as_str()));
        let ids: Vec<_> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        assert_eq!(root.message_ids("References"), ids);
        let read = root.date("Date").unwrap();
        assert_eq!((read.unix(), read.zone), (seconds, Some(offset)));
    }
}

#[test]
fn parts_come_back() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut builder = Builder::new(mailbox(&mut random), Date::from_unix(0, 0).unwrap());
        let mut texts = Vec::new();
        let mut eight_bit = false;
        if random.below(3) == 0 {
            (builder, eight_bit) = (builder.eight_bit(), true);
        }
        let kind = random.below(3);
        if kind < 2 {
            let text = text(&mut random, &BODY, 30);
            texts.push(("plain", lines(&text)));
            builder = builder.text(text);
        }
        if kind > 0 {
            let html = text(&mut random, &BODY, 30);
            texts.push(("html", lines(&html)));
            builder = builder.html(html);
        }
        let (mut shown, mut files) = (Vec::new(), Vec::new());
        for _ in 0..random.below(4) {
            let essence = ["image/png", "text/csv"][random.below(2)];
            let data = match essence {
                "text/csv" => text(&mut random, &BODY, 20).into_bytes(),
                _ => (0..random.below(300))
                    .map(|_| u8::try_from(random.below(256)).unwrap())
                    .collect(),
            };
            let name = text(&mut random, &WORDS, 12);
            let content_type = ContentType::new(essence).unwrap().with("x", name.clone()).unwrap();
            let mut file = Attachment::new(content_type, data.clone()).named(name.clone()).unwrap();
            let inline = random.below(2) == 0;
            if inline {
                file = file.inline(MessageId::new("shown@example.org").unwrap());
            }
            let expected = (essence, data, name, inline);
            if inline && kind > 0 {
                shown.push(expected)
            } else {
                files.push(expected)
            }
            builder = builder.attach(file);
        }
        let mut out = Vec::new();
        builder.write_to(&mut out);

        let message = Message::parse(&out);

        assert!(eight_bit || out.is_ascii());
        assert_eq!(message.defects(), []);
        let mut leaves = message.parts().filter(|part| part.kind() == Kind::Leaf);
        for (subtype, text) in &texts {
            let part = leaves.next().unwrap();
            assert!(part.content_type().is("text", subtype));
            assert_eq!(part.text(), *text, "{seed}");
            assert_eq!(message.text_part(subtype).unwrap().index(), part.index());
        }
        for (essence, data, name, inline) in shown.iter().chain(&files) {
            let part = leaves.next().unwrap();
            let content_type = part.content_type();
            assert_eq!(format!("{}/{}", content_type.kind(), content_type.subtype()), *essence);
            assert_eq!(content_type.parameter("x").as_deref(), Some(name.as_str()), "{seed}");
            assert_eq!(part.file_name().as_deref(), Some(name.as_str()), "{seed}");
            assert_eq!(part.is_attachment(), !inline);
            assert_eq!(&*part.body(), data.as_slice(), "{seed}");
        }
        assert!(leaves.next().is_none());
        assert_eq!(streamed(&out, &mut random), leaf_bodies(&message));
    }
}

fn leaf_bodies(message: &Message<'_>) -> Vec<Vec<u8>> {
    let leaves = message.parts().filter(|part| part.kind() == Kind::Leaf);
    leaves.map(|part| part.body_raw().to_vec()).collect()
}

/// The bodies of the leaves as the streaming reader finds them.
fn streamed(message: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let (mut reader, mut rx) = (Reader::default(), Input::default());
    let (mut bodies, mut leaf) = (Vec::new(), false);
    let mut rest = message;
    loop {
        while let Some(event) = reader.receive(&mut rx) {
            match event {
                Event::HeaderEnd { kind, .. } => {
                    leaf = kind == Kind::Leaf;
                    bodies.extend(leaf.then(Vec::new));
                }
                Event::Body { octets, .. } if leaf => {
                    bodies.last_mut().unwrap().extend_from_slice(octets);
                }
                Event::PartEnd { .. } => leaf = false,
                _ => {}
            }
        }
        if rest.is_empty() {
            if rx.is_closed() {
                return bodies;
            }
            rx.close();
            continue;
        }
        let (piece, more) = rest.split_at((random.below(64) + 1).min(rest.len()));
        rx.extend(piece);
        rest = more;
    }
}
