//! Writing messages: a small text, and one with an attachment of 10 MB.

use criterion::{Criterion, criterion_group, criterion_main};
use lettre::message::header::ContentType as LettreType;
use lettre::message::{Attachment as LettreAttachment, Body, Mailbox as LettreMailbox, MultiPart};
use lettre::message::{Message as Lettre, SinglePart};
use mail_builder::MessageBuilder;
use mailwire_core::Text;
use mailwire_message::Message;
use mailwire_message::build::{
    Attachment, Builder, ContentType, Date, Mailbox, MessageId, Streamed,
};
use std::hint::black_box;

const TEXT: &str = "Do you like ketchup?\r\nI have some left.\r\n\r\nAlice\r\n";
/// 2026-11-24 12:58:59 UTC.
const WHEN: i64 = 1_795_525_139;

/// The same fields and the same text for everyone. The date is given to all, and so is the name
/// of the message; lettre's boundaries are random and the others' are not.
fn small(c: &mut Criterion) {
    let ours = |out: &mut Vec<u8>| {
        letter(black_box(TEXT)).write_to(out);
    };
    let theirs = |out: &mut Vec<u8>| {
        peers_letter(black_box(TEXT)).write_to(out).expect("a message");
    };
    let lettre =
        || lettres_letter().body(black_box(TEXT).to_owned()).expect("a message").formatted();
    let mut outs = [Vec::new(), Vec::new(), lettre()];
    ours(&mut outs[0]);
    theirs(&mut outs[1]);
    for out in &outs {
        let root = Message::parse(out);
        let root = root.root();
        assert_eq!(root.text_field("Subject").as_deref(), Some("Ketchup: what is left"));
        assert_eq!(root.text_field("Message-ID").as_deref(), Some("<1@example.org>"));
        assert_eq!(root.addresses("From")[0].name().as_deref(), Some("Alice Example"));
        assert_eq!((root.addresses("To").len(), root.addresses("Cc").len()), (1, 1));
        assert!(root.text_field("Date").is_some_and(|date| date.contains("12:58:59 +0000")));
        assert_eq!(root.text(), TEXT);
    }
    let mut group = c.benchmark_group("build: small text");
    let mut out = Vec::with_capacity(4096);
    group.bench_function("mailwire", |b| {
        b.iter(|| {
            out.clear();
            ours(&mut out);
            out.len()
        });
    });
    group.bench_function("mail-builder", |b| {
        b.iter(|| {
            out.clear();
            theirs(&mut out);
            out.len()
        });
    });
    group.bench_function("lettre", |b| b.iter(|| lettre().len()));
    group.finish();
}

/// Each has a buffer that is large enough; ours also in pieces of 32 KiB through one buffer, as a
/// file is sent.
fn attachment(c: &mut Criterion) {
    let data: Vec<u8> =
        (0..10_000_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    let kind = || ContentType::new("application/pdf").expect("a type");
    let ours = |out: &mut Vec<u8>| {
        let file = Attachment::new(kind(), black_box(&*data)).named("menu.pdf").expect("a name");
        letter(TEXT).attach(file).write_to(out);
    };
    let pieces = |out: &mut Vec<u8>| {
        let file = Streamed::new(kind(), Some(data.len() as u64)).named("menu.pdf");
        let mut writer = letter(TEXT).stream(&[file.expect("a name")]);
        let mut written = 0;
        while writer.write_to(out).is_some() {
            for piece in black_box(&data).chunks(32 * 1024) {
                writer.put(piece, out).expect("it is wanted");
                written += out.len();
                out.clear();
            }
            writer.end(out).expect("it is whole");
        }
        written + out.len()
    };
    let theirs = |out: &mut Vec<u8>| {
        let letter = peers_letter(TEXT);
        let letter = letter.attachment("application/pdf", "menu.pdf", black_box(&*data));
        letter.write_to(out).expect("a message");
    };
    let lettre = || {
        let kind = LettreType::parse("application/pdf").expect("a type");
        let text = SinglePart::plain(TEXT.to_owned());
        let file = LettreAttachment::new("menu.pdf".into()).body(Body::new(data.clone()), kind);
        let parts = MultiPart::mixed().singlepart(text).singlepart(file);
        lettres_letter().multipart(parts).expect("a message").formatted()
    };
    let mut out = Vec::with_capacity(16_000_000);
    for write in [&ours as &dyn Fn(&mut Vec<u8>), &theirs] {
        out.clear();
        write(&mut out);
        let message = Message::parse(&out);
        let file = message.parts().last().expect("a part");
        assert_eq!((&*file.body(), file.file_name().as_deref()), (&*data, Some("menu.pdf")));
    }
    let mut group = c.benchmark_group("build: 10 MB attachment");
    group.throughput(criterion::Throughput::Bytes(data.len() as u64)).sample_size(20);
    group.bench_function("mailwire", |b| {
        b.iter(|| {
            out.clear();
            ours(&mut out);
            out.len()
        });
    });
    group.bench_function("mailwire, in pieces", |b| {
        let mut out = Vec::with_capacity(64 * 1024);
        b.iter(|| {
            out.clear();
            pieces(&mut out)
        });
    });
    group.bench_function("mail-builder", |b| {
        b.iter(|| {
            out.clear();
            theirs(&mut out);
            out.len()
        });
    });
    group.bench_function("lettre", |b| b.iter(|| lettre().len()));
    group.finish();
}

fn letter(text: &str) -> Builder<'_> {
    let mailbox = |address, name| Mailbox::new(address).and_then(|it| it.named(name));
    let from = mailbox("alice@example.org", "Alice Example").expect("a mailbox");
    Builder::new(from, Date::from_unix(WHEN, 0).expect("a date"))
        .to(mailbox("bob@example.org", "Bob").expect("a mailbox"))
        .cc(mailbox("carol@example.net", "Carol").expect("a mailbox"))
        .message_id(MessageId::new("1@example.org").expect("an id"))
        .subject(Text::new("Ketchup: what is left").expect("a text"))
        .text(text)
}

fn peers_letter(text: &str) -> MessageBuilder<'_> {
    MessageBuilder::new()
        .from(("Alice Example", "alice@example.org"))
        .date(WHEN)
        .to(("Bob", "bob@example.org"))
        .cc(("Carol", "carol@example.net"))
        .message_id("1@example.org")
        .subject("Ketchup: what is left")
        .text_body(text)
}

fn lettres_letter() -> lettre::message::MessageBuilder {
    let mailbox = |name: &str, address: &str| {
        LettreMailbox::new(Some(name.to_owned()), address.parse().expect("an address"))
    };
    let when = std::time::UNIX_EPOCH + std::time::Duration::from_secs(WHEN as u64);
    Lettre::builder()
        .from(mailbox("Alice Example", "alice@example.org"))
        .to(mailbox("Bob", "bob@example.org"))
        .cc(mailbox("Carol", "carol@example.net"))
        .date(when)
        .message_id(Some("<1@example.org>".to_owned()))
        .subject("Ketchup: what is left")
}

criterion_group!(all, small, attachment);
criterion_main!(all);
