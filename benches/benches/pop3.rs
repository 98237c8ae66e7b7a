//! POP3, the client's side: LIST of 100,000, and a message of 50 MB beside the search that bounds it.

use criterion::{Criterion, criterion_group, criterion_main};
use mailwire_benches::{pop3_list, stuffed};
use mailwire_core::{Input, Security};
use mailwire_pop3::Command;
use mailwire_pop3::client::{Connection, Event};
use std::hint::black_box;
use std::sync::Arc;

/// A client that has logged in and sent `command`.
fn client(command: &Command<'_>) -> (Connection, Input) {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    for line in ["USER bob", "PASS hungry"] {
        conn.send(&Command::parse(line.as_bytes()).expect("a command")).expect("legal");
    }
    rx.extend(b"+OK hi\r\n+OK\r\n+OK\r\n");
    while conn.receive(&mut rx).expect("no error").is_some() {}
    conn.send(command).expect("legal");
    (conn, rx)
}

fn list(bytes: &[u8]) -> (u32, u64) {
    let (mut conn, mut rx) = client(&Command::List(None));
    let mut sum = (0, 0);
    for piece in bytes.chunks(16 * 1024) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            if let Event::Listed { octets, .. } = event {
                sum = (sum.0 + 1, sum.1 + octets);
            }
        }
    }
    sum
}

fn retr(bytes: &[u8]) -> usize {
    let (mut conn, mut rx) = client(&Command::Retr(1));
    let mut sum = 0;
    for piece in bytes.chunks(16 * 1024) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            if let Event::Body(piece) = event {
                sum += black_box(piece).len();
            }
        }
    }
    sum
}

fn benches(c: &mut Criterion) {
    let bytes = pop3_list(100_000);
    let theirs = |bytes: &[u8]| {
        let (_, response) = pop3_codec::parse::response_list_all(bytes).expect("an answer");
        match response {
            pop3_codec::types::Response::Ok(listing) => black_box(listing),
            other => panic!("{other:?}"),
        };
    };
    assert_eq!(list(&bytes).0, 100_000);
    let mut group = c.benchmark_group("pop3 LIST of 100,000");
    group.bench_function("mailwire", |b| b.iter(|| list(black_box(&bytes))));
    group.bench_function("pop3-codec", |b| b.iter(|| theirs(black_box(&bytes))));
    group.finish();

    let mut bytes = b"+OK\r\n".to_vec();
    bytes.extend_from_slice(&stuffed(50_000_000));
    assert!(retr(&bytes) > 49_000_000);
    let mut group = c.benchmark_group("pop3 RETR of 50 MB");
    group.sample_size(10);
    group.bench_function("mailwire", |b| b.iter(|| retr(black_box(&bytes))));
    group.bench_function("pop3-codec", |b| {
        b.iter(|| black_box(pop3_codec::parse::response_retr(black_box(&bytes)).is_ok()));
    });
    group.bench_function("memmem over a copy", |b| {
        b.iter(|| {
            let mut found = 0;
            let mut copy = vec![0; 16 * 1024];
            for piece in bytes.chunks(16 * 1024) {
                copy[..piece.len()].copy_from_slice(piece);
                found += memchr::memmem::find_iter(&copy[..piece.len()], b"\r\n.").count();
            }
            found
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
