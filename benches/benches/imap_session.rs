//! IMAP sessions beside imap-next: the same octets through whole machines, both roles; and a body
//! through the server beside only writing it.

use criterion::{Criterion, criterion_group, criterion_main};
use imap_next::imap_types::response::{Greeting, Status};
use imap_next::{Interrupt, Io, State as _, client, server};
use mailwire_benches::fetch_flags;
use mailwire_benches::imap::COMMANDS;
use mailwire_core::{Input, Security};
use mailwire_imap::client as our_client;
use mailwire_imap::server::{BodyName, Config, Connection, Event};
use mailwire_imap::types::{Condition, Section, State};
use std::fs::File;
use std::hint::black_box;
use std::io::{Seek, Write};
use std::sync::Arc;

const PIECE: usize = 4096;

/// How many responses the client tells of.
fn ours_client(bytes: &[u8]) -> usize {
    let mut conn = our_client::Connection::new(Arc::default(), Security::Tls);
    let (mut rx, mut n) = (Input::default(), 0);
    rx.extend(b"* OK hi\r\n");
    for piece in bytes.chunks(PIECE) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            n += usize::from(matches!(black_box(event), our_client::Event::Response(_)));
        }
    }
    n
}

fn theirs_client(bytes: &[u8]) -> usize {
    let mut conn = client::Client::new(client::Options::default());
    let mut n = 0;
    conn.enqueue_input(b"* OK hi\r\n");
    for piece in bytes.chunks(PIECE) {
        conn.enqueue_input(piece);
        loop {
            match conn.next() {
                Ok(event) => {
                    n +=
                        usize::from(matches!(black_box(event), client::Event::DataReceived { .. }));
                }
                Err(Interrupt::Io(_)) => break,
                Err(Interrupt::Error(error)) => panic!("{error}"),
            }
        }
    }
    n
}

/// The commands of a session, as both machines take them: ENABLE is not in imap-next as it is built
/// here, CAPABILITY and LOGOUT our machine answers by itself.
fn session() -> Vec<&'static str> {
    let without = ["a1 ", "a3 ", "a4 ", "a20 "];
    COMMANDS.into_iter().filter(|line| !without.iter().any(|it| line.starts_with(it))).collect()
}

/// Answers each command as it comes, and says how many.
fn ours_server(config: &Arc<Config>, commands: &[&str]) -> usize {
    let mut conn = Connection::new(Arc::clone(config), Security::Tls);
    let (mut rx, mut n, mut sent) = (Input::default(), 0, Vec::new());
    for command in commands {
        rx.extend(command.as_bytes());
        while let Some(event) = conn.receive(&mut rx).expect("no error") {
            let Event::Command { command, .. } = black_box(event) else { continue };
            drop(command);
            conn.complete(&Condition::new(State::Ok, "done")).expect("a command is open");
            n += 1;
        }
        sent.clear();
        conn.output().write_to(&mut sent).expect("memory");
        black_box(&sent);
    }
    n
}

fn theirs_server(commands: &[&str]) -> usize {
    let greeting = Greeting::ok(None, "hi").expect("a greeting");
    let mut conn = server::Server::new(server::Options::default(), greeting);
    let mut n = 0;
    for command in commands {
        conn.enqueue_input(command.as_bytes());
        loop {
            match conn.next() {
                Ok(server::Event::CommandReceived { command }) => {
                    let command = black_box(command);
                    let status = Status::ok(Some(command.tag), None, "done").expect("a status");
                    conn.enqueue_status(status);
                    n += 1;
                }
                Ok(_) => {}
                Err(Interrupt::Io(Io::Output(bytes))) => drop(black_box(bytes)),
                Err(Interrupt::Io(Io::NeedMoreInput)) => break,
                Err(Interrupt::Error(error)) => panic!("{error}"),
            }
        }
    }
    n
}

fn sessions(c: &mut Criterion) {
    let bytes = fetch_flags(10_000);
    assert_eq!((ours_client(&bytes), theirs_client(&bytes)), (10_000, 10_000));
    let mut group = c.benchmark_group("imap session, 10,000 FETCH FLAGS at the client");
    group.sample_size(20);
    group.bench_function("mailwire", |b| b.iter(|| ours_client(black_box(&bytes))));
    group.bench_function("imap-next", |b| b.iter(|| theirs_client(black_box(&bytes))));
    group.finish();

    let config = Arc::new(Config::default());
    let commands = session();
    assert_eq!(ours_server(&config, &commands), commands.len());
    assert_eq!(theirs_server(&commands), commands.len());
    let mut group = c.benchmark_group("imap session, commands at the server");
    group.bench_function("mailwire", |b| b.iter(|| ours_server(&config, black_box(&commands))));
    group.bench_function("imap-next", |b| b.iter(|| theirs_server(black_box(&commands))));
    group.finish();
}

/// Where a body is written: from its start for each piece, so that it is always the same memory.
fn write(file: &mut File, piece: &[u8]) {
    file.rewind().expect("a file");
    file.write_all(piece).expect("a file");
}

fn body(c: &mut Criterion) {
    const LEN: usize = 50_000_000;
    let piece = vec![b'x'; 64 * 1024];
    let mut file = tempfile::tempfile().expect("a file");
    let mut group = c.benchmark_group("imap session, FETCH of 50 MB at the server");
    group.sample_size(10);
    group.bench_function("mailwire", |b| {
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        let mut rx = Input::default();
        for command in ["a LOGIN a b\r\n", "b SELECT INBOX\r\n", "c FETCH 1 BODY[]\r\n"] {
            rx.extend(command.as_bytes());
            assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Command { .. }))));
            if !command.starts_with('c') {
                conn.complete(&Condition::new(State::Ok, "done")).expect("a command is open");
            }
        }
        b.iter(|| {
            conn.begin_fetch(1, 1).expect("a mailbox");
            conn.begin_body(BodyName::Section(&Section::default(), None), LEN as u64)
                .expect("a response");
            while conn.body_left() > 0 {
                let len = piece.len().min(usize::try_from(conn.body_left()).expect("small"));
                conn.send_body(&piece[..len]).expect("a body");
                file.rewind().expect("a file");
                conn.output().write_to(&mut file).expect("a file");
            }
            conn.end_fetch().expect("a response");
        });
    });
    group.bench_function("writing", |b| {
        b.iter(|| {
            let mut left = LEN;
            while left > 0 {
                let len = piece.len().min(left);
                write(&mut file, black_box(&piece[..len]));
                left -= len;
            }
        });
    });
    group.finish();
}

criterion_group!(all, sessions, body);
criterion_main!(all);
