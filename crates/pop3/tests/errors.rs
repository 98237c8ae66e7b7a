//! Each error that ends a connection, as both sides find it, and that it stays the end.
#![allow(missing_docs, clippy::unwrap_used)]

use mailwire_core::{Input, Misuse};
use mailwire_pop3::{Command, Security, Wants, client, server};
use std::sync::Arc;

/// What a client that has sent these commands makes of these answers.
fn client(commands: &[&str], answers: &[u8], close: bool) -> (client::Connection, client::Error) {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    for line in commands {
        conn.send(&Command::parse(line.as_bytes()).unwrap()).unwrap();
    }
    let mut rx = Input::default();
    rx.extend(answers);
    if close {
        rx.close();
    }
    loop {
        match conn.receive(&mut rx) {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error after {}", answers.escape_ascii()),
            Err(error) => return (conn, error),
        }
    }
}

#[test]
fn each_error_of_a_client_is_the_end() {
    use client::Error;
    let long = [b"+OK ".as_slice(), &[b'x'; 9000]].concat();
    let login = ["USER a", "PASS b"];
    let after = |command: &'static str| [&login[..], &[command]].concat();
    let (stat, uidl, retr) = (after("STAT"), after("UIDL"), after("RETR 1"));
    for (commands, answers, close, expected) in [
        (&[][..], &b"220 smtp\r\n"[..], false, Error::MalformedReply),
        (&[], b"+OKAY\r\n", false, Error::MalformedReply),
        (&stat, b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n", false, Error::MalformedStat),
        (&stat, b"+OK\r\n+OK\r\n+OK\r\n+OK 1 -1\r\n", false, Error::MalformedStat),
        (&uidl, b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n1 \xe9\r\n", false, Error::MalformedUniqueId),
        (&[], b"+OK\r\n+OK\r\n", false, Error::UnexpectedReply),
        (&[], &long, false, Error::TooLong("a line", 8192)),
        (&[], b"", true, Error::Truncated("an answer")),
        (&login, b"+OK\r\n+OK", true, Error::Truncated("an answer")),
        (&login, b"+OK\r\n+OK\r\n", true, Error::Truncated("an answer")),
        (&retr, b"+OK\r\n+OK\r\n+OK\r\n+OK\r\nhalf\r\n", true, Error::Truncated("a message")),
    ] {
        let (mut conn, error) = client(commands, answers, close);
        assert_eq!(error, expected);
        assert_eq!(conn.wants(), Wants::Close);
        assert_eq!(conn.receive(&mut Input::default()), Err(error), "dead is dead");
        assert_eq!(conn.send(&Command::Noop), Err(Misuse::Closed));
    }
}

#[test]
fn a_connection_that_ends_between_answers_is_no_error() {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"+OK\r\n");
    rx.close();
    assert!(conn.receive(&mut rx).unwrap().is_some());

    assert_eq!(conn.receive(&mut rx), Ok(None));

    assert_eq!(conn.wants(), Wants::Close);
}

#[test]
fn half_a_command_is_an_error_of_a_server_and_deletes_nothing() {
    let mut conn = server::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"QUI");
    rx.close();
    let error = server::Error::Truncated("a command");
    assert_eq!(conn.receive(&mut rx), Err(error.clone()));
    assert_eq!(conn.receive(&mut Input::default()), Err(error), "dead is dead");
    assert_eq!(conn.wants(), Wants::Flush, "the greeting may still be sent");
}
