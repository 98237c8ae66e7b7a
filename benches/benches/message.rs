//! Messages: the index, and the index with the subject, the addresses, the text and the size of the
//! attachment.

use criterion::{Criterion, criterion_group, criterion_main};
use mailwire_benches::message;
use mailwire_message::Message;
use std::hint::black_box;

fn ours(raw: &[u8]) -> (usize, usize) {
    let message = Message::parse(raw);
    let root = message.root();
    black_box((
        root.text_field("Subject"),
        root.addresses("From"),
        root.addresses("To"),
        root.date("Date"),
    ));
    let text = message.text_part("plain").map_or(0, |part| part.text().len());
    let file = message.attachments().next().map_or(0, |part| part.body().len());
    (text, file)
}

fn parser(raw: &[u8]) -> (usize, usize) {
    let message = mail_parser::MessageParser::default().parse(raw).expect("a message");
    black_box((message.subject(), message.from(), message.to(), message.date()));
    let text = message.body_text(0).map_or(0, |text| text.len());
    let file = message.attachments().next().map_or(0, |part| part.decoded().len());
    (text, file)
}

fn parse(raw: &[u8]) -> (usize, usize) {
    use mailparse::MailHeaderMap;
    let message = mailparse::parse_mail(raw).expect("a message");
    let header = |name| message.headers.get_first_value(name).unwrap_or_default();
    black_box(header("Subject"));
    for name in ["From", "To"] {
        black_box(mailparse::addrparse(&header(name)).expect("addresses"));
    }
    black_box(mailparse::dateparse(&header("Date")).expect("a date"));
    let text = message.subparts[0].subparts[0].get_body().expect("text").len();
    let file = message.subparts[1].get_body_raw().expect("a file").len();
    (text, file)
}

fn benches(c: &mut Criterion) {
    for (name, octets) in [("8 KB", 2000), ("10 MB", 10_000_000)] {
        let raw = message(octets);
        assert_eq!(ours(&raw), parser(&raw));
        assert_eq!(ours(&raw).1, parse(&raw).1);
        let mut group = c.benchmark_group(format!("message of {name}, read"));
        if octets > 100_000 {
            group.sample_size(20);
        }
        group.bench_function("mailwire", |b| b.iter(|| ours(black_box(&raw))));
        group.bench_function("mail-parser", |b| b.iter(|| parser(black_box(&raw))));
        group.bench_function("mailparse", |b| b.iter(|| parse(black_box(&raw))));
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
