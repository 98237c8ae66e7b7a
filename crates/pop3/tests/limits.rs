//! Each limit at limit-1, limit and limit+1.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Buf, Input, Security, Text, Wants};
use mailwire_pop3::server::{Config, Connection, Event, Why};
use mailwire_pop3::{Command, Maildrop, Reply, client};
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

#[test]
fn rfc5034_4_auth_line_limit() {
    for (n, too_long) in [(12_287, false), (12_288, false), (12_289, true)] {
        let (mut conn, mut rx) = server(|config| config.mechanisms = vec!["X".into()]);
        let response = "A".repeat(n - "AUTH X \r\n".len());
        // Base64 comes in groups of four.
        let response = match response.len() % 4 {
            0 => response,
            odd => format!("{}{}", &response[..response.len() - odd - 4], " ".repeat(odd + 4)),
        };
        rx.extend(format!("AUTH X {response}\r\n").as_bytes());

        let event = conn.receive(&mut rx).unwrap();

        assert_eq!(why(event), too_long.then_some(Why::TooLong), "{n}");
    }
}

#[test]
fn response_of_exactly_the_limit_is_taken() {
    for (n, too_long) in [(97, false), (98, false), (99, true)] {
        let (mut conn, mut rx) = server(|config| {
            config.mechanisms = vec!["X".into()];
            config.limits.auth_line = 98;
        });
        rx.extend(b"AUTH X\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Auth { .. }))));
        conn.challenge(b"").unwrap();
        rx.extend(format!("{}\r\n", "A".repeat(n - 2)).as_bytes());

        let event = conn.receive(&mut rx).unwrap();

        assert_eq!(why(event), too_long.then_some(Why::TooLong), "{n}");
    }
}

#[test]
fn too_many_refusals_after_login_close() {
    for (sent, closed) in [(19, false), (20, false), (21, true)] {
        let (mut conn, mut rx) = server(|_| {});
        rx.extend(b"USER bob\r\nPASS x\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Pass(_)))));
        conn.open(Maildrop::default()).unwrap();
        for _ in 0..sent {
            rx.extend(b"RETR 1\r\n");
            assert!(why(conn.receive(&mut rx).unwrap()).is_some());
        }
        let n = conn.output().remaining();
        conn.output().advance(n);
        assert_eq!(conn.wants() == Wants::Close, closed, "{sent}");
    }
}

#[test]
fn exchanges_that_come_to_nothing_close() {
    let (mut conn, mut rx) = server(|config| config.mechanisms = vec!["X".into()]);
    for last in [false, false, false, true] {
        rx.extend(b"AUTH X\r\n*\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Auth { .. }))));
        conn.challenge(b"").unwrap();
        assert_eq!(conn.receive(&mut rx), Ok(Some(Event::AuthCancelled)));
        let n = conn.output().remaining();
        conn.output().advance(n);
        assert_eq!(conn.wants() == Wants::Close, last);
    }
}

// RFC 1939 section 3: the autologout timer is set back by commands, by which only what completes one
// is meant; before login nothing gains time.
#[test]
fn only_commands_after_login_gain_time() {
    let (mut conn, mut rx) = server(|_| {});
    let wait = |conn: &Connection| conn.wait().map(|wait| (wait.limit.as_secs(), wait.serial));
    let greeted = wait(&conn).unwrap();
    assert_eq!(greeted.0, 180);
    for line in ["CAPA\r\n", "USER bob\r\n", "USER bob"] {
        rx.extend(line.as_bytes());
        assert_eq!(conn.receive(&mut rx), Ok(None));
        assert_eq!(wait(&conn), Some(greeted), "{line}");
    }
    rx.extend(b"\r\nPASS x\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Pass(_)))));
    assert_eq!(wait(&conn), None, "the application is waited for, not the client");
    conn.open(Maildrop::default()).unwrap();
    let first = wait(&conn).unwrap();
    assert_eq!(first.0, 600);
    assert_ne!(first.1, greeted.1);
    rx.extend(b"NOO");
    assert_eq!((conn.receive(&mut rx), wait(&conn)), (Ok(None), Some(first)));
    rx.extend(b"P\r\n");
    assert_eq!(conn.receive(&mut rx), Ok(None));
    assert_ne!(wait(&conn).unwrap().1, first.1);

    let n = conn.output().remaining();
    conn.output().advance(n);
    conn.expire();

    assert_eq!((conn.wants(), conn.output().queued()), (Wants::Close, 0), "nothing is said");
    rx.extend(b"QUIT\r\n");
    assert_eq!(conn.receive(&mut rx), Ok(None), "and nothing deleted");
}

fn client_after(command: &str, change: impl FnOnce(&mut client::Config)) -> client::Connection {
    let mut config = client::Config::default();
    change(&mut config);
    let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    let mut setup = b"+OK\r\n".to_vec();
    if command != "CAPA" {
        for line in ["USER a", "PASS b"] {
            conn.send(&Command::parse(line.as_bytes()).unwrap()).unwrap();
            setup.extend(b"+OK\r\n");
        }
    }
    conn.send(&Command::parse(command.as_bytes()).unwrap()).unwrap();
    setup.extend(b"+OK\r\n");
    rx.extend(&setup);
    while conn.receive(&mut rx).unwrap().is_some() {}
    conn
}

#[test]
fn listing_of_exactly_the_limit_is_taken() {
    for (n, ok) in [(9, true), (10, true), (11, false)] {
        for command in ["LIST", "UIDL"] {
            let mut conn = client_after(command, |config| config.limits.lines = 10);
            let mut rx = Input::default();
            rx.extend(b"1 1\r\n".repeat(n).as_slice());
            let mut result = Ok(());
            while result.is_ok() {
                match conn.receive(&mut rx) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) => result = Err(error),
                }
            }
            let expected = if ok { Ok(()) } else { Err(client::Error::TooManyLines(10)) };
            assert_eq!(result, expected, "{n}");
        }
    }
}

#[test]
fn capabilities_of_exactly_the_limit_are_kept() {
    for (n, kept, lost) in [(9, 9, 0), (10, 10, 0), (12, 10, 2)] {
        let mut conn = client_after("CAPA", |config| config.limits.capabilities = 10);
        let mut rx = Input::default();
        rx.extend(b"X-A\r\n".repeat(n).as_slice());
        rx.extend(b".\r\n");
        let mut anomalies = 0;
        while let Some(event) = conn.receive(&mut rx).unwrap() {
            let what = client::Anomaly::TooManyCapabilities;
            anomalies +=
                usize::from(matches!(event, client::Event::Anomaly { what: w, .. } if w == what));
        }
        assert_eq!(conn.capabilities().unwrap().as_slice().len(), kept);
        assert_eq!(anomalies, lost);
    }
}

#[test]
fn a_server_that_is_slow_gains_time_by_each_64_kib() {
    let mut conn = client_after("RETR 1", |_| {});
    let mut rx = Input::default();
    let before = conn.wait().unwrap();
    assert_eq!((before.what, before.limit.as_secs()), ("the message", 180));
    rx.extend(&[b'x'; 65_535]);
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(conn.wait().unwrap().serial, before.serial);
    rx.extend(b"x");
    assert!(conn.receive(&mut rx).unwrap().is_some());
    assert_ne!(conn.wait().unwrap().serial, before.serial);
}
