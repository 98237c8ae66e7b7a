//! What is held: little for a session that idles, as much for messages of 50 MB as for those of 5 MB.
#![allow(missing_docs, clippy::unwrap_used)]

use mailwire_core::{Buf, Input, Security};
use mailwire_imap::server::{Config, Connection, Event};
use mailwire_imap::types::{Capability, Condition, State};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time: what is counted is all that the program holds.
static ALONE: Mutex<()> = Mutex::new(());

/// Octets that are allocated now.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Lets the application answer what has come; the most that was held meanwhile.
fn turn(conn: &mut Connection, rx: &mut Input) -> usize {
    let ok = Condition::new(State::Ok, "done");
    let mut most = 0;
    while let Some(event) = conn.receive(rx).unwrap() {
        let idles = matches!(&event, Event::Command { command, .. } if command.name() == "IDLE");
        match event {
            Event::Append { .. } | Event::AppendMore { len: Some(_), .. } => {
                conn.accept_body().unwrap();
            }
            Event::Command { .. } if idles => conn.begin_idle().unwrap(),
            Event::Command { .. } | Event::BodyEnd | Event::Done => conn.complete(&ok).unwrap(),
            _ => {}
        }
        most = most.max(held());
    }
    let out = conn.output();
    while out.has_remaining() {
        let n = out.chunk().len();
        out.advance(n);
    }
    most.max(held())
}

#[test]
fn a_session_in_idle_holds_less_than_2_kib() {
    let alone = ALONE.lock();
    let config = Arc::new(Config::default());
    let before = held();
    let mut conn = Box::new(Connection::new(config, Security::Tls));
    let mut rx = Input::default();
    for line in [
        "a LOGIN {3+}\r\nann {4+}\r\nword\r\n",
        "b ENABLE CONDSTORE\r\n",
        "c SELECT INBOX\r\n",
        "d UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)\r\n",
        "e SEARCH OR SUBJECT {4+}\r\nword TEXT {4+}\r\nword\r\n",
        "f IDLE\r\n",
    ] {
        rx.extend(line.as_bytes());
        turn(&mut conn, &mut rx);
    }
    assert!(conn.is_idling() && rx.is_empty());
    // Without buffers: that of the input is the driver's, that of the output is given back.
    drop(rx);
    conn.output().release();

    let session = held() - before;

    println!("{session} octets, of which {} are the machine's own", size_of::<Connection>());
    assert!(session < 2048, "{session} octets are held");
    drop((conn, alone));
}

#[test]
fn a_message_that_is_appended_is_never_held() {
    let alone = ALONE.lock();
    let mut config = Config::default();
    config.capabilities = vec![Capability::MultiAppend.to_string()];
    let config = Arc::new(config);
    let peak = |size: usize| {
        let before = held();
        let mut conn = Connection::new(Arc::clone(&config), Security::Tls);
        let mut rx = Input::default();
        let piece = vec![b'm'; 16 * 1024];
        rx.extend(b"a LOGIN a b\r\n");
        let mut most = turn(&mut conn, &mut rx);
        rx.extend(format!("b APPEND INBOX {{{size}+}}\r\n").as_bytes());
        for message in 0..2 {
            for _ in 0..size / piece.len() {
                rx.extend(&piece);
                most = most.max(turn(&mut conn, &mut rx));
            }
            let more = format!(" (\\Seen) {{{size}+}}\r\n");
            rx.extend(if message == 0 { more.as_bytes() } else { b"\r\n" });
            most = most.max(turn(&mut conn, &mut rx));
        }
        most - before
    };

    let (small, large) = (peak(5 << 20), peak(50 << 20));

    assert!(large <= small + 1024, "{small} octets for 5 MB, {large} for 50 MB");
    assert!(large < 256 * 1024, "{large}");
    drop(alone);
}
