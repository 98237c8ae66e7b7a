//! STARTTLS: injection is impossible, and nothing is remembered.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Buf, Input, Misuse, Output, Security, Wants};
use mailwire_imap::types::{Command, Condition, Mailbox, State};
use mailwire_imap::{SessionState, client, server};
use std::sync::Arc;

fn sent(out: &mut Output) -> String {
    let text = String::from_utf8(out.chunk().to_vec()).unwrap();
    out.advance(text.len());
    text
}

fn server_asked_for_tls(after: &[u8]) -> (server::Connection, Input) {
    let mut conn = server::Connection::new(Arc::default(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"a STARTTLS\r\n");
    rx.extend(after);
    let event = conn.receive(&mut rx).unwrap();
    assert!(matches!(event, Some(server::Event::Command { command: Command::StartTls, .. })));
    conn.complete(&Condition::new(State::Ok, "begin")).unwrap();
    (conn, rx)
}

#[test]
fn commands_after_starttls_in_one_packet() {
    let (mut conn, mut rx) = server_asked_for_tls(b"b LOGIN evil evil\r\n");

    assert_eq!(conn.tls_started(&mut rx), Err(server::Error::PlaintextAfterStartTls));
    assert_eq!(conn.receive(&mut rx), Err(server::Error::PlaintextAfterStartTls));
}

#[test]
fn greeting_after_handshake_is_not_expected() {
    let (mut conn, mut rx) = server_asked_for_tls(b"");
    assert_eq!(conn.wants(), Wants::Flush);
    assert_eq!(conn.tls_started(&mut rx), Err(Misuse::OutputNotFlushed.into()));
    let _ = sent(conn.output());
    assert_eq!(conn.wants(), Wants::Tls);

    conn.tls_started(&mut rx).unwrap();

    assert_eq!(sent(conn.output()), "");
    assert_eq!((conn.security(), conn.state()), (Security::Tls, SessionState::NotAuthenticated));
}

fn client(greeting: &[u8]) -> (client::Connection, Input) {
    let mut rx = Input::default();
    rx.extend(greeting);
    (client::Connection::new(Arc::default(), Security::Plain), rx)
}

#[test]
fn replies_after_the_ok() {
    let (mut conn, mut rx) = client(b"* OK hi\r\n");
    conn.send(&Command::StartTls).unwrap();
    rx.extend(b"a1 OK begin\r\n* CAPABILITY AUTH=EVIL\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));
    assert_eq!(conn.receive(&mut rx), Ok(Some(client::Event::StartTls)));
    let _ = sent(conn.output());

    assert_eq!(conn.tls_started(&mut rx), Err(client::Error::PlaintextAfterStartTls));
    assert!(conn.capabilities().is_none());
}

#[test]
fn capabilities_are_forgotten() {
    let (mut conn, mut rx) =
        client(b"* OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS] hi\r\na1 OK begin\r\n");
    conn.send(&Command::StartTls).unwrap();
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert!(conn.capabilities().is_some());
    let _ = sent(conn.output());

    conn.tls_started(&mut rx).unwrap();

    assert!(conn.capabilities().is_none());
}

#[test]
fn preauth_does_not_skip_tls() {
    let (mut conn, mut rx) = client(b"* PREAUTH welcome\r\n");

    assert_eq!(conn.receive(&mut rx), Err(client::Error::TlsRefused));
}

#[test]
fn a_refused_starttls_is_the_end() {
    let (mut conn, mut rx) = client(b"* OK hi\r\na1 NO not here\r\n");
    conn.send(&Command::StartTls).unwrap();
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));

    assert_eq!(conn.receive(&mut rx), Err(client::Error::TlsRefused));
    assert_eq!(conn.wants(), Wants::Close);
}

#[test]
fn nothing_leaves_behind_starttls() {
    let (mut conn, _) = client(b"* OK hi\r\n");
    conn.send(&Command::StartTls).unwrap();

    assert_eq!(conn.send(&Command::Noop), Err(Misuse::Upgrading));
    assert!(conn.login("a", "b").is_err());
    assert_eq!(sent(conn.output()), "a1 STARTTLS\r\n");
}

#[test]
fn credentials_do_not_leave_in_the_clear() {
    let (mut conn, _) = client(b"");

    assert_eq!(conn.login("ann", "secret"), Err(Misuse::Insecure));
    assert_eq!(conn.authenticate("PLAIN", None), Err(Misuse::Insecure));
    assert_eq!(conn.send(&Command::Select(Mailbox::inbox(), Vec::new())), Err(Misuse::WrongState));
}
