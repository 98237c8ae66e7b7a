//! POP3, the client's side: LIST and UIDL of 100,000, and a message of 50 MB beside the search that
//! bounds it.

use criterion::{Criterion, criterion_group, criterion_main};
use mailwire_benches::{pop3_list, pop3_uidl, stuffed};
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

/// How many entries a listing has, and the sum of what they say.
fn list(bytes: &[u8], command: &Command<'_>) -> (u32, u64) {
    let (mut conn, mut rx) = client(command);
    let mut sum = (0, 0);
    for piece in bytes.chunks(16 * 1024) {
        rx.extend(piece);
        loop {
            match conn.receive(&mut rx) {
                Ok(Some(Event::Listed { octets, .. })) => sum = (sum.0 + 1, sum.1 + octets),
                Ok(Some(Event::UniqueId { id, .. })) => {
                    sum = (sum.0 + 1, sum.1 + black_box(id).as_bytes().len() as u64);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => panic!("{error}"),
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
    assert!(pop3_codec::parse::response_list_all(&bytes).is_ok());
    assert_eq!(list(&bytes, &Command::List(None)).0, 100_000);
    let mut group = c.benchmark_group("pop3 LIST of 100,000");
    group.bench_function("mailwire", |b| {
        b.iter(|| list(black_box(&bytes), &Command::List(None)));
    });
    group.bench_function("pop3-codec", |b| {
        b.iter(|| black_box(pop3_codec::parse::response_list_all(black_box(&bytes)).is_ok()));
    });
    group.finish();

    let bytes = pop3_uidl(100_000);
    assert!(pop3_codec::parse::response_uidl_all(&bytes).is_ok());
    assert_eq!(list(&bytes, &Command::Uidl(None)).0, 100_000);
    let mut group = c.benchmark_group("pop3 UIDL of 100,000");
    group.bench_function("mailwire", |b| {
        b.iter(|| list(black_box(&bytes), &Command::Uidl(None)));
    });
    group.bench_function("pop3-codec", |b| {
        b.iter(|| black_box(pop3_codec::parse::response_uidl_all(black_box(&bytes)).is_ok()));
    });
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
