//! What is allocated: nothing for a line, little for a session, as much for a message of 50 MB as
//! for one of 5 MB, on both sides.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::{Buf, Input};
use mailwire_pop3::client::{self, Event};
use mailwire_pop3::{Command, Maildrop, Security, server};
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

/// A client and a server joined in memory, after login to a maildrop of `messages`.
struct Joined {
    client: client::Connection,
    server: server::Connection,
    to_client: Input,
    to_server: Input,
}

impl Joined {
    fn new(messages: u32) -> Self {
        let mut joined = Self {
            client: client::Connection::new(Arc::default(), Security::Tls),
            server: server::Connection::new(Arc::default(), Security::Tls),
            to_client: Input::default(),
            to_server: Input::default(),
        };
        for line in ["CAPA", "USER bob", "PASS hungry"] {
            joined.client.send(&Command::parse(line.as_bytes()).unwrap()).unwrap();
        }
        let mut maildrop = Maildrop::default();
        for n in 0..messages {
            maildrop.push(u64::from(n) + 1000, &format!("uid-{n}")).unwrap();
        }
        let mut maildrop = Some(maildrop);
        while joined.server.state() != mailwire_pop3::State::Transaction {
            joined.turn(|server, event| {
                if let server::Event::Pass(_) = event {
                    server.open(maildrop.take().unwrap()).unwrap();
                }
            });
        }
        while joined.client.unanswered() > 0 {
            joined.turn(|_, _| {});
        }
        joined
    }

    /// Moves at most 16 KiB each way; what came out at the client.
    fn turn(&mut self, on: impl FnMut(&mut server::Connection, server::Event<'_>)) -> Came {
        let mut on = on;
        let mut came = Came::default();
        let out = self.client.output();
        let n = out.chunk().len().min(16_384);
        self.to_server.extend(&out.chunk()[..n]);
        out.advance(n);
        while let Some(event) = self.server.receive(&mut self.to_server).unwrap() {
            on(&mut self.server, event);
        }
        let out = self.server.output();
        let n = out.chunk().len().min(16_384);
        self.to_client.extend(&out.chunk()[..n]);
        out.advance(n);
        while let Some(event) = self.client.receive(&mut self.to_client).unwrap() {
            match event {
                Event::Body(piece) => came.octets += piece.len(),
                Event::Listed { .. } | Event::UniqueId { .. } => came.lines += 1,
                Event::End { .. } => came.ended = true,
                _ => {}
            }
        }
        came
    }
}

#[derive(Default)]
struct Came {
    octets: usize,
    lines: usize,
    ended: bool,
}

// One test, so that no other thread allocates meanwhile.
#[test]
fn memory_is_bounded() {
    an_idle_session_is_small();
    a_large_message_takes_no_more_than_a_small_one();
    a_long_listing_takes_no_more_than_a_short_one();
    lines_of_a_listing_allocate_nothing();
}

fn an_idle_session_is_small() {
    let before = held();
    let mut joined = Joined::new(0);
    joined.client.output().release();
    joined.server.output().release();
    joined.to_client = Input::default();
    joined.to_server = Input::default();
    let both = held() - before;
    println!(
        "an idle client and server hold {both} octets beside their {} on the stack",
        size_of::<Joined>()
    );
    assert!(both < 4096, "{both}");
}

/// The most that is held while a message of `octets` moves.
fn retrieve(octets: usize) -> usize {
    let piece = b"The quick brown fox jumps over the lazy dog.\r\n.and a dot\r\n".repeat(256);
    let mut joined = Joined::new(1);
    joined.client.send(&Command::Retr(1)).unwrap();
    let before = held();
    let (mut most, mut came, mut left, mut body) = (0, 0, octets, false);
    loop {
        let now = joined.turn(|server, event| {
            assert_eq!(event, server::Event::Retr(1));
            server.begin_body().unwrap();
            body = true;
        });
        came += now.octets;
        most = most.max(held() - before);
        if body && joined.server.output().queued() == 0 {
            let n = left.min(piece.len());
            if n == 0 {
                joined.server.end_body().unwrap();
                body = false;
            } else {
                joined.server.send_body(&piece[..n]).unwrap();
                left -= n;
            }
        }
        if now.ended {
            assert!(came >= octets);
            return most;
        }
    }
}

fn a_large_message_takes_no_more_than_a_small_one() {
    let (small, large) = (retrieve(5_000_000), retrieve(50_000_000));
    println!("a message of 5 MB takes {small} octets on both sides, one of 50 MB {large}");
    assert!(large <= small && large < 128 * 1024, "{small} {large}");
}

/// The most that is held while a maildrop of `messages` is listed.
fn list(messages: u32) -> usize {
    let mut joined = Joined::new(messages);
    joined.client.send(&Command::Uidl(None)).unwrap();
    let before = held();
    let (mut most, mut lines) = (0, 0);
    loop {
        let came = joined.turn(|_, _| panic!("the machine lists by itself"));
        lines += came.lines;
        most = most.max(held().saturating_sub(before));
        if came.ended {
            assert_eq!(u32::try_from(lines), Ok(messages));
            return most;
        }
    }
}

fn a_long_listing_takes_no_more_than_a_short_one() {
    let (short, long) = (list(20_000), list(200_000));
    println!("UIDL of 20,000 takes {short} octets on both sides, of 200,000 {long}");
    assert!(long <= short + 4096, "{short} {long}");
}

fn lines_of_a_listing_allocate_nothing() {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    for line in ["USER a", "PASS b", "LIST", "UIDL"] {
        conn.send(&Command::parse(line.as_bytes()).unwrap()).unwrap();
    }
    rx.extend(b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n");
    rx.extend(b"1 2\r\n".repeat(1000).as_slice());
    rx.extend(b".\r\n+OK\r\n");
    rx.extend(b"1 unique-id\r\n".repeat(1000).as_slice());
    // The first lines out of order are noted, which needs a place once.
    for _ in 0..20 {
        conn.receive(&mut rx).unwrap();
    }
    let before = asked();
    let mut events = 0;
    while conn.receive(&mut rx).unwrap().is_some() {
        events += 1;
    }
    assert!(events > 3900, "{events}");
    assert_eq!(asked() - before, 0);
}
