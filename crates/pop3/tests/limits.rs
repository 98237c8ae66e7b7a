//! Each limit at limit-1, limit and limit+1.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Buf, Input, Security, Text, Wants};
use mailwire_pop3::server::{Config, Connection, Event, Why};
use mailwire_pop3::{Maildrop, Reply, client};
use std::sync::Arc;

fn server(change: impl FnOnce(&mut Config)) -> (Connection, Input) {
    let mut config = Config::default();
    change(&mut config);
    (Connection::new(Arc::new(config), Security::Tls), Input::default())
}

fn why(event: Option<Event<'_>>) -> Option<Why> {
    match event {
        Some(Event::Refused(refused)) => Some(refused.why),
        _ => None,
    }
}

#[test]
fn rfc2449_4_command_line_limit() {
    for (n, too_long) in [(254, false), (255, false), (256, true), (100_000, true)] {
        let (mut conn, mut rx) = server(|config| config.limits.line = 255);
        let name = "u".repeat(n - "USER \r\n".len());
        rx.extend(format!("USER {name}\r\nCAPA\r\n").as_bytes());

        let refused = why(conn.receive(&mut rx).unwrap());

        assert_eq!(refused, too_long.then_some(Why::TooLong), "{n}");
        assert_eq!(conn.receive(&mut rx), Ok(None));
        assert!(conn.output().chunk().ends_with(b"\r\n.\r\n"), "what follows is answered");
    }
}

#[test]
fn a_line_that_never_ends_costs_no_memory() {
    let (mut conn, mut rx) = server(|_| {});
    for _ in 0..10_000 {
        rx.extend(&[b'x'; 1000]);
        assert_eq!(conn.receive(&mut rx), Ok(None));
        assert!(rx.len() < 12_288);
    }
}

// POP3-S-15 of the robustness cases.
#[test]
fn too_many_refusals_close() {
    for (most, sent, closed) in [(3, 3, false), (3, 4, true)] {
        let (mut conn, mut rx) = server(|config| config.limits.refused_before_login = most);
        for _ in 0..sent {
            rx.extend(b"BOGUS\r\n");
            assert!(why(conn.receive(&mut rx).unwrap()).is_some());
        }
        let n = conn.output().remaining();
        conn.output().advance(n);
        assert_eq!(conn.wants() == Wants::Close, closed, "{sent} of {most}");
    }
}

#[test]
fn too_many_wrong_passwords_close() {
    let (mut conn, mut rx) = server(|config| config.limits.failed_logins = 2);
    for last in [false, true] {
        rx.extend(b"USER bob\r\nPASS x\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Pass(b"x")))));
        conn.reply(&Reply::err(Text::default())).unwrap();
        let n = conn.output().remaining();
        conn.output().advance(n);
        assert_eq!(conn.wants() == Wants::Close, last);
    }
}

// A listing of any length goes out at constant memory.
#[test]
fn a_long_listing_waits_for_its_output() {
    let (mut conn, mut rx) = server(|config| config.limits.output = 1000);
    rx.extend(b"USER bob\r\nPASS x\r\nUIDL\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Pass(_)))));
    let mut maildrop = Maildrop::default();
    for n in 0..50_000 {
        maildrop.push(1, &format!("uid-{n}")).unwrap();
    }
    conn.open(maildrop).unwrap();
    let mut lines = 0;
    loop {
        assert_eq!(conn.receive(&mut rx), Ok(None));
        let out = conn.output();
        assert!(out.queued() < 1100);
        lines += out.chunk().iter().filter(|&&b| b == b'\n').count();
        out.advance(out.remaining());
        match conn.wants() {
            Wants::Flush => {}
            wants => {
                assert_eq!(wants, Wants::Input);
                break;
            }
        }
    }
    assert_eq!(lines, 3 + 1 + 50_000 + 1);
}

#[test]
fn reply_of_exactly_the_limit_is_taken() {
    for (n, ok) in [(99, true), (100, true), (101, false)] {
        let mut config = client::Config::default();
        config.limits.line = 100;
        let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
        let mut rx = Input::default();
        rx.extend(format!("+OK {}\r\n", "x".repeat(n - 6)).as_bytes());

        assert_eq!(conn.receive(&mut rx).is_ok(), ok, "{n}");
    }
}

// POP3-S-17 of the robustness cases.
#[test]
fn a_lost_connection_deletes_nothing() {
    let (mut conn, mut rx) = server(|_| {});
    rx.extend(b"USER bob\r\nPASS x\r\nDELE 1\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Pass(_)))));
    let mut maildrop = Maildrop::default();
    maildrop.push(1, "a").unwrap();
    conn.open(maildrop).unwrap();
    assert_eq!(conn.receive(&mut rx), Ok(None));
    assert_eq!(conn.maildrop().deleted().count(), 1);

    rx.close();

    assert_eq!(conn.receive(&mut rx), Ok(None), "no Update");
    let n = conn.output().remaining();
    conn.output().advance(n);
    assert_eq!(conn.wants(), Wants::Close);
}
