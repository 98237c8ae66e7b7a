//! What every protocol stands on, beside what does the same: lines, and base64 of credentials.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mailwire_benches::smtp_commands;

use mailwire_core::{Input, Lines, base64};
use std::hint::black_box;
use std::io::BufRead;

/// Lines of a stream that comes in pieces of 4 KiB, as a machine takes them.
fn lines(bytes: &[u8]) -> usize {
    let (mut rx, mut lines, mut n) = (Input::default(), Lines::default(), 0);
    for piece in bytes.chunks(4096) {
        rx.extend(piece);
        while let Some(end) = lines.find(rx.unread(), 0) {
            let line = rx.take(end);
            n += black_box(rx.slice(line)).len();
        }
    }
    n
}

/// The same by the standard library, which copies each line.
fn read_until(bytes: &[u8]) -> usize {
    let (mut rx, mut line, mut n) = (std::io::BufReader::with_capacity(4096, bytes), Vec::new(), 0);
    while rx.read_until(b'\n', &mut line).expect("memory can be read") > 0 {
        n += black_box(&line).len();
        line.clear();
    }
    n
}

fn benches(c: &mut Criterion) {
    let bytes = smtp_commands(5_000);
    assert_eq!(lines(&bytes), read_until(&bytes));
    let mut group = c.benchmark_group("core 20,000 lines by 4 KiB");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("mailwire", |b| b.iter(|| lines(black_box(&bytes))));
    group.bench_function("std read_until", |b| b.iter(|| read_until(black_box(&bytes))));
    group.finish();

    // As long as what a client says in AUTH.
    let plain = b"\0alice@example.org\0a password of some length";
    let mut text = Vec::new();
    base64::encode(plain, &mut text);
    let engine = base64_crate::engine::general_purpose::STANDARD;
    let theirs = || base64_crate::Engine::decode(&engine, black_box(&text)).expect("base64");
    assert_eq!(base64::decode(&text).expect("base64"), theirs());
    let mut group = c.benchmark_group("core base64 of a credential, decoded");
    group.bench_function("mailwire", |b| b.iter(|| base64::decode(black_box(&text))));
    group.bench_function("base64", |b| b.iter(theirs));
    group.finish();
    let mut group = c.benchmark_group("core base64 of a credential, encoded");
    group.bench_function("mailwire", |b| {
        b.iter(|| {
            let mut out = Vec::new();
            base64::encode(black_box(plain), &mut out);
            out
        });
    });
    group.bench_function("base64", |b| {
        b.iter(|| base64_crate::Engine::encode(&engine, black_box(plain)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
