//! SMTP, the server's side: pipelined commands, and bodies.

use criterion::{Criterion, criterion_group, criterion_main};
use mailwire_benches::{smtp_commands, stuffed};
use mailwire_core::Input;
use mailwire_core::dots::{DotReader, Piece};
use mailwire_smtp::parse;
use mailwire_smtp::types::Command;
use std::hint::black_box;

/// The grammar alone, as the peer has it: each command to its type.
fn commands(bytes: &[u8]) -> usize {
    let mut n = 0;
    let mut rest = bytes;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = &rest[..end];
        let command = parse::command(line.strip_suffix(b"\r").unwrap_or(line)).expect("a command");
        n += usize::from(matches!(black_box(command), Command::Rcpt { .. }));
        rest = &rest[end + 1..];
    }
    n
}

fn their_commands(bytes: &[u8]) -> usize {
    let mut n = 0;
    let mut iter = bytes.iter();
    while let Ok(request) = smtp_proto::Request::parse(&mut iter) {
        n += usize::from(matches!(black_box(request), smtp_proto::Request::Rcpt { .. }));
    }
    n
}

fn body(bytes: &[u8]) -> usize {
    let (mut rx, mut reader, mut sum) = (Input::default(), DotReader::new(), 0);
    for piece in bytes.chunks(16 * 1024) {
        rx.extend(piece);
        while let Piece::Content(range) = reader.next(&mut rx) {
            sum += black_box(rx.slice(range)).len();
        }
    }
    sum
}

fn their_body(bytes: &[u8]) -> usize {
    let mut receiver = smtp_proto::request::receiver::DataReceiver::new();
    let mut buf = Vec::new();
    for piece in bytes.chunks(16 * 1024) {
        if receiver.ingest(&mut piece.iter(), &mut buf) {
            break;
        }
    }
    black_box(buf).len()
}

fn benches(c: &mut Criterion) {
    let bytes = smtp_commands(5000);
    assert_eq!(commands(&bytes), their_commands(&bytes));
    let mut group = c.benchmark_group("smtp 20,000 commands");
    group.bench_function("mailwire", |b| b.iter(|| commands(black_box(&bytes))));
    group.bench_function("smtp-proto", |b| b.iter(|| their_commands(black_box(&bytes))));
    group.finish();

    let bytes = stuffed(50_000_000);
    assert_eq!(body(&bytes), their_body(&bytes));
    let mut group = c.benchmark_group("smtp DATA of 50 MB");
    group.sample_size(10);
    group.bench_function("mailwire", |b| b.iter(|| body(black_box(&bytes))));
    group.bench_function("smtp-proto (keeps it)", |b| b.iter(|| their_body(black_box(&bytes))));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
