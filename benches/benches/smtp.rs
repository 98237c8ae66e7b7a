//! SMTP beside its peers: commands, the answer to EHLO, messages both ways.
//!
//! Ours is the whole machine where that is said, the peers' are what they have: parsers and codecs.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mailwire_benches::{base64, dots_only, ehlo_reply, smtp_commands, stuffed, wire};
use mailwire_core::dots::Piece;
use mailwire_core::{DotReader, DotWriter};
use mailwire_smtp::client;
use mailwire_smtp::server::{Config, Connection, Event};
use mailwire_smtp::types::{Command, Domain};
use mailwire_smtp::{Buf, Input, Security, parse};
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The whole machine: bytes in, events out, answers in, bytes out.
fn served(config: &Arc<Config>, bytes: &[u8]) -> usize {
    let mut server = Connection::new(config.clone(), Security::Plain);
    let (mut rx, mut n) = (Input::default(), 0);
    for batch in bytes.chunks(16 * 1024) {
        rx.extend(batch);
        loop {
            while let Some(event) = server.receive(&mut rx).expect("commands") {
                n += usize::from(matches!(black_box(event), Event::Rcpt(_)));
                server.accept().expect("an event to answer");
            }
            let sent = server.output().remaining();
            if sent == 0 {
                break;
            }
            server.output().advance(black_box(sent));
        }
    }
    n
}

/// The grammar alone.
fn parsed(bytes: &[u8]) -> usize {
    lines(bytes, |line| {
        let command = parse::command(line.strip_suffix(b"\r\n").unwrap_or(line));
        matches!(black_box(command), Ok(Command::Rcpt(_)))
    })
}

fn lines(bytes: &[u8], mut is_rcpt: impl FnMut(&[u8]) -> bool) -> usize {
    let (mut n, mut rest) = (0, bytes);
    while let Some(end) = memchr::memchr(b'\n', rest) {
        n += usize::from(is_rcpt(&rest[..=end]));
        rest = &rest[end + 1..];
    }
    n
}

fn smtp_proto_commands(bytes: &[u8]) -> usize {
    let mut n = 0;
    let mut iter = bytes.iter();
    while let Ok(request) = smtp_proto::Request::parse(&mut iter) {
        n += usize::from(matches!(black_box(request), smtp_proto::Request::Rcpt { .. }));
    }
    n
}

fn smtp_codec_commands(bytes: &[u8]) -> usize {
    lines(bytes, |line| {
        let command = smtp_codec::parse::command::command(line).map(|(_, command)| command);
        matches!(black_box(command), Ok(smtp_codec::types::Command::Rcpt { .. }))
    })
}

fn smtp_message_commands(bytes: &[u8]) -> usize {
    lines(bytes, |line| {
        let command = smtp_message::Command::<&str>::parse(line).map(|(_, command)| command);
        matches!(black_box(command), Ok(smtp_message::Command::Rcpt { .. }))
    })
}

fn ours_ehlo(config: &Arc<client::Config>, bytes: &[u8]) -> usize {
    let mut client = client::Connection::new(config.clone(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"220 x\r\n");
    client.send(&Command::Ehlo(Domain::localhost())).expect("a client that may say hello");
    rx.extend(bytes);
    while let Some(event) = client.receive(&mut rx).expect("a reply") {
        black_box(event);
    }
    client.extensions().map_or(0, |all| all.iter().count())
}

/// From octets to what is offered, as the peer's parser does it.
fn reply_only(bytes: &[u8]) -> mailwire_smtp::types::Extensions {
    parse::ehlo(bytes).expect("a reply")
}

fn body(bytes: &[u8], piece: usize) -> usize {
    let (mut rx, mut reader, mut sum) = (Input::default(), DotReader::new(), 0);
    for piece in bytes.chunks(piece) {
        rx.extend(piece);
        while let Piece::Content(range) = reader.next(&mut rx) {
            sum += black_box(rx.slice(range)).len();
        }
    }
    sum
}

/// The whole machine again.
fn served_body(config: &Arc<Config>, bytes: &[u8], piece: usize) -> usize {
    let mut server = Connection::new(config.clone(), Security::Plain);
    let (mut rx, mut sum) = (Input::default(), 0);
    rx.extend(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    for piece in bytes.chunks(piece) {
        rx.extend(piece);
        while let Some(event) = server.receive(&mut rx).expect("a message") {
            match event {
                Event::Body(piece) => sum += black_box(piece).len(),
                _ => server.accept().expect("an event to answer"),
            }
        }
    }
    sum
}

fn smtp_proto_body(bytes: &[u8], piece: usize) -> usize {
    let mut receiver = smtp_proto::request::receiver::DataReceiver::new();
    let mut buf = Vec::new();
    for piece in bytes.chunks(piece) {
        if receiver.ingest(&mut piece.iter(), &mut buf) {
            break;
        }
    }
    black_box(buf).len()
}

/// In place, in a buffer that is filled as ours is.
fn smtp_message_body(bytes: &[u8], size: usize) -> usize {
    let mut unescaper = smtp_message::DataUnescaper::new(true);
    let (mut buf, mut held, mut sum) = (vec![0; size + 16], 0, 0);
    for piece in bytes.chunks(size) {
        buf[held..held + piece.len()].copy_from_slice(piece);
        let all = held + piece.len();
        let done = unescaper.unescape(&mut buf[..all]);
        sum += black_box(&buf[..done.written]).len();
        buf.copy_within(done.unhandled_idx..all, 0);
        held = all - done.unhandled_idx;
    }
    sum
}

/// As fast as the bytes can be looked at: what a body costs at least.
fn memmem_only(bytes: &[u8], size: usize) -> usize {
    let mut rx = Input::default();
    let mut n = 0;
    for piece in bytes.chunks(size) {
        rx.extend(piece);
        n += memchr::memmem::find_iter(rx.unread(), b"\r\n.").count();
        let all = rx.len();
        let _ = rx.take(black_box(all));
    }
    n
}

fn stuffing(bytes: &[u8]) -> usize {
    let (mut out, mut sum, mut dots) = (Vec::new(), 0, DotWriter::default());
    for piece in bytes.chunks(16 * 1024) {
        out.clear();
        dots.write(piece, &mut out);
        sum += black_box(&out).len();
    }
    sum
}

/// Where a peer's writer writes to: a buffer that is used again, as ours is.
#[derive(Default)]
struct Sink {
    buf: Vec<u8>,
    sum: usize,
}

impl futures::AsyncWrite for Sink {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.buf.clear();
        self.buf.extend_from_slice(bytes);
        self.sum += black_box(&self.buf).len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn smtp_message_stuffing(bytes: &[u8]) -> usize {
    let mut sink = Sink::default();
    futures::executor::block_on(async {
        let mut dots = smtp_message::EscapingDataWriter::new(&mut sink);
        for mut piece in bytes.chunks(16 * 1024) {
            // Not `write_all`: before a dot at the start of a piece it writes nothing, and goes on.
            while !piece.is_empty() {
                let n = futures::AsyncWriteExt::write(&mut dots, piece).await.expect("a sink");
                piece = &piece[n..];
            }
        }
    });
    sink.sum
}

fn benches(c: &mut Criterion) {
    let mut config = Config::default();
    config.limits.message = 1 << 40;
    config.limits.idle_commands = u16::MAX;
    let config = Arc::new(config);

    let bytes = smtp_commands(5000);
    let hello = [&b"EHLO x\r\n"[..], &bytes].concat();
    let rcpts = smtp_proto_commands(&bytes);
    assert_eq!([served(&config, &hello), parsed(&bytes)], [rcpts; 2]);
    assert_eq!([smtp_codec_commands(&bytes), smtp_message_commands(&bytes)], [rcpts; 2]);
    let mut group = c.benchmark_group("smtp 20,000 commands");
    group.throughput(Throughput::Elements(20_000));
    group.bench_function("mailwire", |b| b.iter(|| served(&config, black_box(&hello))));
    group.bench_function("mailwire (grammar alone)", |b| b.iter(|| parsed(black_box(&bytes))));
    group.bench_function("smtp-proto", |b| b.iter(|| smtp_proto_commands(black_box(&bytes))));
    group.bench_function("smtp-codec", |b| b.iter(|| smtp_codec_commands(black_box(&bytes))));
    group.bench_function("smtp-message", |b| b.iter(|| smtp_message_commands(black_box(&bytes))));
    group.finish();

    let bytes = ehlo_reply();
    let theirs =
        || smtp_proto::EhloResponse::parse(&mut black_box(&bytes).iter()).expect("a reply");
    let client = Arc::new(client::Config::default());
    assert_eq!((reply_only(&bytes).iter().count(), ours_ehlo(&client, &bytes)), (12, 12));
    let mut group = c.benchmark_group("smtp EHLO reply of 12 keywords");
    group.bench_function("mailwire", |b| b.iter(|| black_box(reply_only(black_box(&bytes)))));
    group.bench_function("mailwire (whole client)", |b| {
        b.iter(|| ours_ehlo(&client, black_box(&bytes)))
    });
    group.bench_function("smtp-proto", |b| b.iter(|| black_box(theirs())));
    group.finish();

    let sizes = [4096, 65_536];
    for (name, bytes) in [
        ("text", stuffed(50_000_000)),
        ("base64", wire(&base64(50_000_000))),
        ("CRLF . only", wire(&dots_only(50_000_000))),
    ] {
        for size in sizes {
            let mut group = c.benchmark_group(format!("smtp DATA 50 MB {name} by {}", size / 1024));
            group.sample_size(10).throughput(Throughput::Bytes(bytes.len() as u64));
            assert_eq!(body(&bytes, size), served_body(&config, &bytes, size));
            group.bench_function("mailwire", |b| b.iter(|| body(black_box(&bytes), size)));
            group.bench_function("mailwire (whole server)", |b| {
                b.iter(|| served_body(&config, black_box(&bytes), size));
            });
            group.bench_function("smtp-proto", |b| {
                b.iter(|| smtp_proto_body(black_box(&bytes), size))
            });
            group.bench_function("smtp-message", |b| {
                b.iter(|| smtp_message_body(black_box(&bytes), size));
            });
            group.bench_function("memmem", |b| b.iter(|| memmem_only(black_box(&bytes), size)));
            group.finish();
        }
    }

    // A message of 50 MB waits for memory, as any copy of it does; one of 1 MB is in the cache.
    for (name, bytes) in [
        ("50 MB text", mailwire_benches::body(50_000_000)),
        ("50 MB base64", base64(50_000_000)),
        ("1 MB text", mailwire_benches::body(1_000_000)),
        ("1 MB base64", base64(1_000_000)),
    ] {
        let mut group = c.benchmark_group(format!("smtp sending DATA {name}"));
        group.sample_size(10).throughput(Throughput::Bytes(bytes.len() as u64));
        // lettre's writer is private, smtp-codec and smtp-proto have none.
        assert_eq!(smtp_message_stuffing(&bytes), stuffing(&bytes));
        group.bench_function("mailwire", |b| b.iter(|| stuffing(black_box(&bytes))));
        group.bench_function("smtp-message", |b| {
            b.iter(|| smtp_message_stuffing(black_box(&bytes)));
        });
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
