//! The client's window: commands leave together where the server takes that, and never so many that
//! both sides could wait for each other.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::{Buf, Input};
use mailwire_pop3::client::{Config, Connection, Event, Id};
use mailwire_pop3::{Command, Misuse, Security, Text};
use std::sync::Arc;

fn command(line: &str) -> Command<'_> {
    Command::parse(line.as_bytes()).unwrap()
}

fn sent(conn: &mut Connection) -> String {
    let out = conn.output();
    let text = String::from_utf8(out.chunk().to_vec()).unwrap();
    out.advance(text.len());
    text
}

/// A client in TRANSACTION whose server has said that it takes commands together.
fn client(change: impl FnOnce(&mut Config)) -> (Connection, Input) {
    let mut config = Config::default();
    change(&mut config);
    let mut conn = Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    for line in ["CAPA", "USER bob", "PASS x"] {
        conn.send(&command(line)).unwrap();
    }
    rx.extend(b"+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK\r\n+OK\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(sent(&mut conn), "CAPA\r\nUSER bob\r\nPASS x\r\n");
    (conn, rx)
}

#[test]
fn window_of_exactly_the_limit_is_used() {
    for (n, leave) in [(9, 9), (10, 10), (11, 10)] {
        let (mut conn, mut rx) = client(|config| config.limits.window = 10);
        for _ in 0..n {
            conn.send(&command("NOOP")).unwrap();
        }
        assert_eq!(sent(&mut conn).lines().count(), leave, "{n}");
        assert_eq!(conn.unanswered(), n);

        rx.extend(b"+OK\r\n");
        assert!(conn.receive(&mut rx).unwrap().is_some());

        assert_eq!(sent(&mut conn).lines().count(), n - leave, "{n}: an answer lets one leave");
    }
}

#[test]
fn octets_of_exactly_the_limit_are_used() {
    // NOOP and its end are 6 octets.
    for (octets, leave) in [(17, 2), (18, 3), (19, 3)] {
        let (mut conn, _) = client(|config| config.limits.window_octets = octets);
        for _ in 0..5 {
            conn.send(&command("NOOP")).unwrap();
        }
        assert_eq!(sent(&mut conn).lines().count(), leave, "{octets}");
    }
    // One that is longer than the window goes alone.
    let (mut conn, _) = client(|config| config.limits.window_octets = 1);
    conn.send(&command("NOOP")).unwrap();
    conn.send(&command("NOOP")).unwrap();
    assert_eq!(sent(&mut conn), "NOOP\r\n");
}

// RFC 2449 section 6.6: the octets that are under way fit into what the network holds, however many
// commands are queued.
#[test]
fn a_hundred_thousand_commands_leave_a_window_at_a_time() {
    let (mut conn, mut rx) = client(|_| {});
    let ids: Vec<Id> = (1..=100_000).map(|n| conn.send(&Command::Dele(n)).unwrap()).collect();
    let (mut answered, mut left) = (0, 0);
    while answered < ids.len() {
        let text = sent(&mut conn);
        left += text.lines().count();
        assert!(left - answered <= 64 && text.len() <= 2048);
        rx.extend(b"+OK\r\n");
        let Some(Event::Reply { to, .. }) = conn.receive(&mut rx).unwrap() else { panic!() };
        assert_eq!(to, ids[answered], "answers are matched in order");
        answered += 1;
    }
    assert_eq!((left, conn.unanswered()), (100_000, 0));
}

#[test]
fn what_decides_is_waited_for() {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    conn.send(&command("CAPA")).unwrap();
    assert_eq!(sent(&mut conn), "", "the greeting is waited for");
    rx.extend(b"+OK\r\n+OK\r\nPIPELINING\r\nSASL X\r\n.\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(sent(&mut conn), "CAPA\r\n");

    conn.send(&command("LANG en")).unwrap();
    conn.send(&command("AUTH X")).unwrap();
    conn.send(&command("STAT")).unwrap();
    conn.send(&command("RETR 1")).unwrap();
    conn.send(&command("QUIT")).unwrap();
    assert_eq!(sent(&mut conn), "LANG en\r\nAUTH X\r\n", "what follows AUTH waits for its end");
    rx.extend(b"+OK en\r\n+ \r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    conn.respond(b"secret").unwrap();
    assert_eq!(sent(&mut conn), "c2VjcmV0\r\n");
    rx.extend(b"+OK\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(sent(&mut conn), "STAT\r\nRETR 1\r\nQUIT\r\n", "it is known from before the login");
    assert!(conn.capabilities().is_none(), "but CAPA is to be asked again");
}

#[test]
fn stls_goes_alone_and_forgets_that_commands_may_go_together() {
    let mut conn = Connection::new(Arc::default(), Security::Plain);
    let mut rx = Input::default();
    conn.send(&command("CAPA")).unwrap();
    rx.extend(b"+OK\r\n+OK\r\nPIPELINING\r\n.\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    let _ = sent(&mut conn);
    conn.send(&command("LANG")).unwrap();
    conn.send(&command("STLS")).unwrap();
    assert_eq!(sent(&mut conn), "LANG\r\n");
    rx.extend(b"-ERR no\r\n+OK\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(sent(&mut conn), "STLS\r\n");
    conn.tls_started(&mut rx).unwrap();

    conn.send(&command("USER a")).unwrap();
    conn.send(&command("PASS b")).unwrap();

    assert_eq!(sent(&mut conn), "USER a\r\n");
}

// A login that fails, with commands behind it already under way.
#[test]
fn a_failed_login_takes_the_session_back() {
    let (mut conn, mut rx) = {
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        let mut rx = Input::default();
        conn.send(&command("CAPA")).unwrap();
        rx.extend(b"+OK\r\n+OK\r\nPIPELINING\r\n.\r\n");
        while conn.receive(&mut rx).unwrap().is_some() {}
        (conn, rx)
    };
    for line in ["USER a", "PASS b", "STAT"] {
        conn.send(&command(line)).unwrap();
    }
    assert_eq!(conn.send(&command("USER a")), Err(Misuse::WrongState));
    rx.extend(b"+OK\r\n-ERR no\r\n-ERR not now\r\n");
    let mut refused = 0;
    while let Some(event) = conn.receive(&mut rx).unwrap() {
        refused += usize::from(matches!(event, Event::Reply { reply, .. } if !reply.is_ok()));
    }
    assert_eq!(refused, 2);
    assert_eq!(conn.send(&command("STAT")), Err(Misuse::WrongState));
    assert!(conn.send(&command("USER a")).is_ok());
}

#[test]
fn command_of_exactly_the_limit_is_sent() {
    for (n, ok) in [(254, true), (255, true), (256, false)] {
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        let name = "u".repeat(n - "USER \r\n".len());
        let id = conn.send(&Command::User(name.as_str().try_into().unwrap()));
        assert_eq!(id.is_ok(), ok, "{n}");
        if !ok {
            assert_eq!((id, conn.unanswered()), (Err(Misuse::TooLong), 1), "only the greeting");
        }
    }
    let verb = Command::Other { verb: Text::lossy("XTND"), rest: Text::lossy("x".repeat(300)) };
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    assert_eq!(conn.send_for_lines(&verb), Err(Misuse::TooLong));
}
