//! IMAP, the client's side: FETCH of flags through the machine and by the grammar, SEARCH in pieces.

use criterion::{Criterion, criterion_group, criterion_main};
use imap_codec::decode::Decoder;
use mailwire_benches::fetch_flags;
use mailwire_core::{Input, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::parse::{Grammar, response};
use mailwire_imap::types::Response;
use std::hint::black_box;
use std::sync::Arc;

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&b| b == b'\n')
}

fn grammar(bytes: &[u8]) -> usize {
    let grammar = Grammar::default();
    let fetches = lines(bytes)
        .filter(|line| matches!(black_box(response(line, &grammar)), Ok(Response::Fetch(_))));
    fetches.count()
}

fn machine(bytes: &[u8]) -> usize {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let (mut rx, mut n) = (Input::default(), 0);
    rx.extend(b"* OK hi\r\n");
    for piece in bytes.chunks(4096) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            n += usize::from(matches!(black_box(event), Event::Response(Response::Fetch(_))));
        }
    }
    n
}

fn benches(c: &mut Criterion) {
    let bytes = fetch_flags(20_000);
    let proto = |bytes: &[u8]| {
        let mut rest = bytes;
        let mut n = 0;
        while !rest.is_empty() {
            let (after, response) = imap_proto::Response::parse(rest).expect("a response");
            n += usize::from(matches!(black_box(response), imap_proto::Response::Fetch(..)));
            rest = after;
        }
        n
    };
    let codec = |bytes: &[u8]| {
        let codec = imap_codec::ResponseCodec::new();
        let mut rest = bytes;
        let mut n = 0;
        while !rest.is_empty() {
            let (after, response) = codec.decode(rest).expect("a response");
            black_box(response);
            n += 1;
            rest = after;
        }
        n
    };
    assert_eq!((grammar(&bytes), machine(&bytes)), (20_000, 20_000));
    assert_eq!((proto(&bytes), codec(&bytes)), (20_000, 20_000));
    let mut group = c.benchmark_group("imap 20,000 FETCH of flags, grammar");
    group.sample_size(20);
    group.bench_function("mailwire", |b| b.iter(|| grammar(black_box(&bytes))));
    group.bench_function("mailwire, whole machine in 4 KiB pieces", |b| {
        b.iter(|| machine(black_box(&bytes)))
    });
    group.bench_function("imap-proto", |b| b.iter(|| proto(black_box(&bytes))));
    group.bench_function("imap-codec", |b| b.iter(|| codec(black_box(&bytes))));
    group.finish();

    let mut bytes = b"* SEARCH".to_vec();
    for n in 0..200_000 {
        bytes.extend_from_slice(format!(" {}", n + 1_000_000).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    let found = |bytes: &[u8], size: usize| {
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        let (mut rx, mut n) = (Input::default(), 0);
        rx.extend(b"* OK hi\r\n");
        for piece in bytes.chunks(size) {
            rx.extend(piece);
            while let Some(event) = conn.receive(&mut rx).expect("no error") {
                if let Event::Response(Response::Search(numbers)) = event {
                    n += numbers.len();
                }
            }
        }
        n
    };
    assert_eq!(found(&bytes, 4096), 200_000);
    let mut group = c.benchmark_group("imap SEARCH of 200,000");
    group.sample_size(20);
    group.bench_function("mailwire", |b| b.iter(|| found(black_box(&bytes), usize::MAX)));
    group
        .bench_function("mailwire, in 4 KiB pieces", |b| b.iter(|| found(black_box(&bytes), 4096)));
    group.bench_function("imap-codec", |b| b.iter(|| codec(black_box(&bytes))));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
