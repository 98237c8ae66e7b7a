//! IMAP beside imap-proto and imap-codec: the rows of the issue, each with the peers in the same run.
//!
//! imap-next is beside them where responses come in pieces: it is the framing of a connection around
//! imap-codec. io-imap is not: its public API sends a command and gives the sum of the answer, read by
//! imap-codec; nothing in it reads a response alone, and with it in the build imap-codec would be another
//! (its features change what imap-codec reads).

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use imap_codec::decode::Decoder;
use imap_codec::encode::Encoder;
use imap_next::State as _;
use mailwire_benches::imap::{COMMANDS, fetch_fast, fetch_structure, list, search};
use mailwire_core::{Input, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Dialect, Response};
use std::hint::black_box;
use std::sync::Arc;

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&b| b == b'\n')
}

/// Events of the whole machine that are responses.
fn machine(bytes: &[u8], size: usize) -> usize {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let (mut rx, mut n) = (Input::default(), 0);
    rx.extend(b"* OK hi\r\n");
    for piece in bytes.chunks(size) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            n += usize::from(matches!(black_box(event), Event::Response(_)));
        }
    }
    n
}

fn proto(bytes: &[u8], size: usize) -> usize {
    let (mut buf, mut n) = (Vec::new(), 0);
    for piece in bytes.chunks(size) {
        buf.extend_from_slice(piece);
        let mut rest = buf.as_slice();
        while !rest.is_empty() {
            match imap_proto::Response::parse(rest) {
                Ok((after, response)) => {
                    black_box(response);
                    n += 1;
                    rest = after;
                }
                Err(_) => break,
            }
        }
        let left = rest.len();
        buf.drain(..buf.len() - left);
    }
    n
}

fn codec(bytes: &[u8], size: usize) -> usize {
    let codec = imap_codec::ResponseCodec::new();
    let (mut buf, mut n) = (Vec::new(), 0);
    for piece in bytes.chunks(size) {
        buf.extend_from_slice(piece);
        let mut rest = buf.as_slice();
        while !rest.is_empty() {
            match codec.decode(rest) {
                Ok((after, response)) => {
                    black_box(response);
                    n += 1;
                    rest = after;
                }
                Err(_) => break,
            }
        }
        let left = rest.len();
        buf.drain(..buf.len() - left);
    }
    n
}

/// imap-next: frames responses and has imap-codec read them.
fn next(bytes: &[u8], size: usize) -> usize {
    let mut client = imap_next::client::Client::new(Default::default());
    client.enqueue_input(b"* OK hi\r\n");
    let mut n = 0;
    for piece in bytes.chunks(size) {
        client.enqueue_input(piece);
        while let Ok(event) = client.next() {
            n += usize::from(matches!(
                black_box(event),
                imap_next::client::Event::DataReceived { .. }
            ));
        }
    }
    n
}

type Reader = fn(&[u8], usize) -> usize;

/// All that read `bytes` as `n` responses, whole and in pieces.
fn group(c: &mut Criterion, name: &str, bytes: &[u8], n: usize, samples: usize) {
    let mut group = c.benchmark_group(name);
    group.sample_size(samples);
    let readers: [(&str, Reader); 4] =
        [("mailwire", machine), ("imap-proto", proto), ("imap-codec", codec), ("imap-next", next)];
    for (who, reader) in readers {
        for (how, size) in [("whole", usize::MAX), ("4 KiB", 4096)] {
            // It is made for pieces.
            if who == "imap-next" && how == "whole" {
                continue;
            }
            if reader(bytes, size) != n {
                println!("{name}: {who} does not read it {how}");
                continue;
            }
            // A peer that starts again at each piece takes minutes for one long line.
            if who != "mailwire" && how == "4 KiB" && bytes.len() > 1 << 20 && n == 1 {
                continue;
            }
            group.bench_function(format!("{who}, {how}"), |b| {
                b.iter(|| reader(black_box(bytes), size));
            });
        }
    }
    group.finish();
}

fn responses(c: &mut Criterion) {
    group(c, "imap 10,000 FETCH of what is fast", &fetch_fast(10_000), 10_000, 20);
    group(c, "imap 1,000 FETCH of envelope and structure", &fetch_structure(1000), 1000, 20);
    group(c, "imap SEARCH of 200,000", &search(200_000), 1, 20);
    group(c, "imap LIST of 5,000", &list(5000), 5000, 20);

    let mut literal = b"* 1 FETCH (UID 7 BODY[] {50000000}\r\n".to_vec();
    literal.resize(literal.len() + 50_000_000, b'x');
    literal.extend_from_slice(b")\r\n");
    let mut group = c.benchmark_group("imap 50 MB literal in 4 KiB pieces");
    group.sample_size(10);
    group.bench_function("mailwire", |b| b.iter(|| machine(black_box(&literal), 4096)));
    if proto(&literal, 4096) == 1 {
        group.bench_function("imap-proto", |b| b.iter(|| proto(black_box(&literal), 4096)));
    }
    group.finish();

    let mut group = c.benchmark_group("imap one line a byte at a time");
    group.sample_size(10);
    for n in [2000, 4000] {
        let line = search(n);
        group.bench_function(format!("mailwire, {} octets", line.len()), |b| {
            b.iter(|| machine(black_box(&line), 1));
        });
    }
    group.finish();
}

fn commands(c: &mut Criterion) {
    let grammar = Grammar::strict();
    let codec = imap_codec::CommandCodec::new();
    // Those that imap-codec reads without features that change its types.
    let known: Vec<&str> =
        COMMANDS.into_iter().filter(|line| codec.decode(line.as_bytes()).is_ok()).collect();
    println!("imap-codec reads {} of the 20 commands: these are compared", known.len());
    let mut group = c.benchmark_group("imap commands at the server");
    group.bench_function("mailwire", |b| {
        b.iter(|| {
            for line in &known {
                black_box(parse::command(black_box(line.as_bytes()), &grammar).expect("a command"));
            }
        });
    });
    group.bench_function("imap-codec", |b| {
        b.iter(|| {
            for line in &known {
                black_box(codec.decode(black_box(line.as_bytes())).expect("a command"));
            }
        });
    });
    group.finish();

    let mut group = c.benchmark_group("imap encoding commands");
    let parsed: Vec<_> = known
        .iter()
        .map(|line| parse::command(line.as_bytes(), &grammar).expect("a command"))
        .collect();
    group.bench_function("mailwire", |b| {
        b.iter(|| {
            let mut out = Plain::default();
            for (tag, command) in &parsed {
                encode::command(tag.as_str(), command, &Dialect::rev1(), &mut out);
            }
            out.into_bytes()
        });
    });
    let theirs: Vec<_> =
        known.iter().map(|line| codec.decode(line.as_bytes()).expect("a command").1).collect();
    group.bench_function("imap-codec", |b| {
        b.iter(|| {
            let mut out = Vec::new();
            for command in &theirs {
                out.extend_from_slice(&codec.encode(command).dump());
            }
            out
        });
    });
    group.finish();

    let bytes = fetch_fast(10_000);
    let mut group = c.benchmark_group("imap encoding 10,000 FETCH");
    group.sample_size(20);
    let grammar = Grammar::default();
    let ours: Vec<Response<'_>> =
        lines(&bytes).map(|line| parse::response(line, &grammar).expect("a response")).collect();
    group.bench_function("mailwire", |b| {
        b.iter_batched(
            || Vec::with_capacity(2 * bytes.len()),
            |mut out| {
                for response in &ours {
                    encode::response(response, &mut out);
                }
                out
            },
            BatchSize::LargeInput,
        );
    });
    let codec = imap_codec::ResponseCodec::new();
    let theirs: Vec<_> =
        lines(&bytes).filter_map(|line| Some(codec.decode(line).ok()?.1)).collect();
    if theirs.len() == 10_000 {
        group.bench_function("imap-codec", |b| {
            b.iter_batched(
                || Vec::with_capacity(2 * bytes.len()),
                |mut out: Vec<u8>| {
                    for response in &theirs {
                        out.extend_from_slice(&codec.encode(response).dump());
                    }
                    out
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(all, responses, commands);
criterion_main!(all);
