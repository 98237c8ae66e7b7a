//! What is allocated: nothing for a command, little for a session, as much for a message of 50 MB
//! as for one of 5 MB.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Envelope, Progress, Tls, Transaction};
use mailwire_smtp::server::{Config, Connection, Event};
use mailwire_smtp::types::{Command, Domain, Extension, ForwardPath, ReversePath};
use mailwire_smtp::{Buf, Input, Security, Wants};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Octets that are allocated now.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// How often memory was asked for.
fn asked() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

fn config() -> Arc<Config> {
    let mut config = Config::default();
    config.extensions.extend([Extension::Dsn, Extension::Chunking]);
    config.limits.idle_commands = u16::MAX;
    config.limits.message = 1 << 30;
    Arc::new(config)
}

fn accept_all(server: &mut Connection, rx: &mut Input) {
    while let Some(event) = server.receive(rx).unwrap() {
        if !matches!(event, Event::Body(_)) {
            server.accept().unwrap();
        }
    }
    let n = server.output().remaining();
    server.output().advance(n);
}

// One test, so that no other thread allocates meanwhile.
#[test]
fn memory_is_bounded() {
    commands_allocate_nothing();
    an_idle_session_is_small();
    a_large_message_takes_no_more_than_a_small_one();
}

fn commands_allocate_nothing() {
    let mut server = Connection::new(config(), Security::Plain);
    let mut rx = Input::default();
    let batch = b"MAIL FROM:<alice@example.org> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=a+20b\r\n\
        RCPT TO:<bob@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx@example.net\r\n\
        RCPT TO:<\"b b\"@[192.0.2.1]>\r\nRSET\r\nNOOP\r\n\
        MAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\nhello\r\n..\r\n.\r\n\
        MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\nabcBDAT 0 LAST\r\n";
    rx.extend(b"EHLO crepes.fr\r\n");
    for _ in 0..3 {
        rx.extend(batch);
        accept_all(&mut server, &mut rx);
    }
    // The test program's own thread may allocate meanwhile: not in each round.
    let rounds = (0..10).map(|_| {
        let before = asked();
        for _ in 0..100 {
            rx.extend(batch);
            accept_all(&mut server, &mut rx);
        }
        asked() - before
    });
    assert_eq!(rounds.min(), Some(0), "in 1,500 commands");
}

fn an_idle_session_is_small() {
    let config = config();
    let before = held();
    let mut servers: Vec<Connection> = Vec::with_capacity(100);
    for _ in 0..100 {
        let mut server = Connection::new(config.clone(), Security::Plain);
        let mut rx = Input::default();
        rx.extend(b"EHLO crepes.fr\r\nMAIL FROM:<a@b>\r\nRSET\r\n");
        accept_all(&mut server, &mut rx);
        server.output().release();
        servers.push(server);
    }
    let each = (held() - before) / servers.len();
    println!("an idle session: {each} octets");
    assert!(each < 1024, "{each}");
}

fn a_large_message_takes_no_more_than_a_small_one() {
    for chunks in [false, true] {
        let small = most_held(5_000_000, chunks);
        let large = most_held(50_000_000, chunks);
        println!("both sides of a message: {large} octets, chunks: {chunks}");
        // Of both sides together.
        assert!(large <= small + 4096, "{small} {large}");
        assert!(large < 128 * 1024, "{large}");
    }
}

/// The most octets that a client and a server hold, joined, for a message of so many.
fn most_held(octets: usize, chunks: bool) -> usize {
    let piece =
        b"The quick brown fox jumps over the lazy dog, over and over again.\r\n".repeat(120);
    let before = held();
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    let mut client = client::Connection::new(config.into(), Security::Plain);
    let mut server = Connection::new(self::config(), Security::Plain);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    let (mut running, mut left, mut most, mut sending) = (None, octets, 0, false);
    loop {
        while let Some(event) = client.receive(&mut to_client).unwrap() {
            match &mut running {
                None if client.extensions().is_some() => {
                    let to = vec![ForwardPath::new("a@b").unwrap()];
                    let mut envelope = Envelope::new(ReversePath::Null, to);
                    envelope.prefer_chunks = chunks;
                    running = Some(Transaction::begin(&mut client, &envelope).unwrap());
                }
                None => {}
                Some(running) => match running.see(&mut client, &event).unwrap() {
                    Progress::SendBody => sending = true,
                    Progress::Done => return most,
                    _ => {}
                },
            }
        }
        if sending && client.wants() == Wants::Reply {
            if left > 0 {
                client.send_body(&piece).unwrap();
                left = left.saturating_sub(piece.len());
            } else {
                client.end_body().unwrap();
            }
        }
        to_server.extend(client.output().chunk());
        let n = client.output().remaining();
        client.output().advance(n);
        while let Some(event) = server.receive(&mut to_server).unwrap() {
            if !matches!(event, Event::Body(_)) {
                server.accept().unwrap();
            }
        }
        most = most.max(held() - before);
        to_client.extend(server.output().chunk());
        let n = server.output().remaining();
        server.output().advance(n);
    }
}
