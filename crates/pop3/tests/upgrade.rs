//! STLS: injection is impossible, and nothing is remembered.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Buf, Input, Misuse, Security, Text, Wants};
use mailwire_pop3::{Command, Reply, client, server};
use std::sync::Arc;

fn command(line: &str) -> Command<'_> {
    Command::parse(line.as_bytes()).unwrap()
}

fn sent(out: &mut mailwire_core::Output) -> String {
    let text = String::from_utf8(out.chunk().to_vec()).unwrap();
    out.advance(text.len());
    text
}

fn server_asked_for_tls(after: &[u8]) -> (server::Connection, Input) {
    let mut conn = server::Connection::new(Arc::default(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"STLS\r\n");
    rx.extend(after);
    assert_eq!(conn.receive(&mut rx), Ok(Some(server::Event::StartTls)));
    conn.reply(&Reply::ok(Text::default())).unwrap();
    (conn, rx)
}

#[test]
fn commands_after_stls_in_one_packet() {
    let (mut conn, mut rx) = server_asked_for_tls(b"USER evil\r\n");

    assert_eq!(conn.tls_started(&mut rx), Err(server::Error::PlaintextAfterStartTls));
    assert_eq!(conn.receive(&mut rx), Err(server::Error::PlaintextAfterStartTls));
}

#[test]
fn tls_starts_only_when_all_is_sent() {
    let (mut conn, mut rx) = server_asked_for_tls(b"");
    assert_eq!(conn.wants(), Wants::Flush);
    assert_eq!(conn.tls_started(&mut rx), Err(Misuse::OutputNotFlushed.into()));

    assert_eq!(sent(conn.output()), "+OK POP3 server ready\r\n+OK\r\n");

    assert_eq!(conn.wants(), Wants::Tls);
    assert_eq!(conn.tls_started(&mut rx), Ok(()));
    assert_eq!(conn.security(), Security::Tls);
}

// POP3-S-04 of the robustness cases.
#[test]
fn greeting_after_handshake_is_not_expected_and_user_is_forgotten() {
    let config = server::Config::default();
    let mut config_plain = config;
    config_plain.allow_plaintext_credentials = true;
    let mut conn = server::Connection::new(Arc::new(config_plain), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"USER bob\r\nSTLS\r\n");
    assert_eq!(conn.receive(&mut rx), Ok(Some(server::Event::StartTls)));
    conn.reply(&Reply::ok(Text::default())).unwrap();
    let _ = sent(conn.output());

    conn.tls_started(&mut rx).unwrap();

    assert_eq!(sent(conn.output()), "");
    assert_eq!(conn.user(), b"");
    rx.extend(b"PASS hungry\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(server::Event::Refused(_)))));
}

fn client_on_plain() -> (client::Connection, Input) {
    let conn = client::Connection::new(Arc::default(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"+OK ready\r\n");
    (conn, rx)
}

// POP3-C-01 of the robustness cases.
#[test]
fn replies_after_the_ok_to_stls() {
    let (mut conn, mut rx) = client_on_plain();
    conn.send(&command("STLS")).unwrap();
    rx.extend(b"+OK Begin TLS negotiation now.\r\n+OK\r\nPLAIN\r\n.\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));
    assert_eq!(conn.receive(&mut rx), Ok(Some(client::Event::StartTls)));
    let _ = sent(conn.output());

    assert_eq!(conn.tls_started(&mut rx), Err(client::Error::PlaintextAfterStartTls));
    assert_eq!(conn.receive(&mut rx), Err(client::Error::PlaintextAfterStartTls));
    assert_eq!(conn.wants(), Wants::Close);
}

// POP3-C-02 of the robustness cases.
#[test]
fn a_refused_stls_is_the_end() {
    let (mut conn, mut rx) = client_on_plain();
    conn.send(&command("STLS")).unwrap();
    rx.extend(b"-ERR STARTTLS not supported.\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));

    assert_eq!(conn.receive(&mut rx), Err(client::Error::TlsRefused));
    assert_eq!(conn.send(&command("NOOP")), Err(Misuse::Closed));
}

#[test]
fn nothing_leaves_behind_stls() {
    let (mut conn, _) = client_on_plain();
    conn.send(&command("STLS")).unwrap();

    assert_eq!(conn.send(&command("CAPA")), Err(Misuse::Upgrading));
}

#[test]
fn credentials_do_not_leave_in_the_clear() {
    let (mut conn, _) = client_on_plain();

    for line in ["USER bob", "PASS hungry", "AUTH PLAIN", "APOP a 00000000000000000000000000000000"]
    {
        assert_eq!(conn.send(&command(line)), Err(Misuse::Insecure), "{line}");
    }
}

#[test]
fn capabilities_are_forgotten() {
    let (mut conn, mut rx) = client_on_plain();
    conn.send(&command("CAPA")).unwrap();
    conn.send(&command("STLS")).unwrap();
    rx.extend(b"+OK\r\nPIPELINING\r\n.\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    assert!(conn.capabilities().is_some());
    rx.extend(b"+OK\r\n");
    assert_eq!(conn.receive(&mut rx), Ok(Some(client::Event::StartTls)));
    let _ = sent(conn.output());

    conn.tls_started(&mut rx).unwrap();

    assert!(conn.capabilities().is_none());
}
