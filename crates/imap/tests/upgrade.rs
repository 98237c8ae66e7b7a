//! STARTTLS: injection is impossible, and nothing is remembered. COMPRESS: no octet behind the OK is
//! read as it came.
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

fn logged_in() -> (server::Connection, Input) {
    let mut config = server::Config::default();
    config.compress = true;
    let mut conn = server::Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"a LOGIN ann secret\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(server::Event::Command { .. }))));
    conn.complete(&Condition::new(State::Ok, "hello")).unwrap();
    let _ = sent(conn.output());
    (conn, rx)
}

#[test]
fn what_follows_compress_is_for_who_decompresses() {
    let (mut conn, mut rx) = logged_in();
    rx.extend(b"b COMPRESS DEFLATE\r\nc NOOP\r\n\x00");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(server::Event::Command { .. }))));
    assert_eq!(conn.receive(&mut rx), Ok(None));
    assert_eq!(conn.deflate_started(&mut rx), Err(Misuse::NotUpgrading.into()));

    conn.complete(&Condition::new(State::Ok, "deflating")).unwrap();

    assert_eq!(conn.receive(&mut rx), Ok(None));
    assert_eq!(conn.send(&mailwire_imap::types::Response::Exists(1)), Err(Misuse::Upgrading));
    assert_eq!(conn.wants(), Wants::Flush);
    assert_eq!(conn.deflate_started(&mut rx), Err(Misuse::OutputNotFlushed.into()));
    assert_eq!(sent(conn.output()), "b OK deflating\r\n");
    assert_eq!(conn.wants(), Wants::Deflate);
    assert_eq!(conn.tls_started(&mut rx), Err(Misuse::NotUpgrading.into()));
    assert_eq!(conn.deflate_started(&mut rx), Ok(b"c NOOP\r\n\x00".to_vec()));
    assert!(rx.is_empty() && conn.is_deflated() && conn.wants() == Wants::Input);
    assert_eq!(conn.state(), SessionState::Authenticated);
}

#[test]
fn nothing_leaves_behind_compress_until_it_is_answered() {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"* PREAUTH hi\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));
    conn.send(&Command::Noop).unwrap();
    conn.send(&Command::Compress("DEFLATE".into())).unwrap();
    assert_eq!(conn.send(&Command::Noop), Err(Misuse::Upgrading));
    assert_eq!(sent(conn.output()), "a1 NOOP\r\n");
    rx.extend(b"a1 OK done\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Done { .. }))));
    assert_eq!(sent(conn.output()), "a2 COMPRESS DEFLATE\r\n");

    rx.extend(b"a2 OK deflating\r\n\xf2\x02\r\n");

    assert_eq!(conn.receive(&mut rx), Ok(Some(client::Event::Deflate)));
    assert_eq!(conn.receive(&mut rx), Ok(None));
    assert_eq!(conn.wants(), Wants::Deflate);
    assert_eq!(conn.deflate_started(&mut rx), Ok(b"\xf2\x02\r\n".to_vec()));
    assert_eq!(conn.send(&Command::Compress("DEFLATE".into())), Err(Misuse::WrongState));
    conn.send(&Command::Noop).unwrap();
    assert_eq!(sent(conn.output()), "a3 NOOP\r\n");
}

#[test]
fn a_refused_compress_changes_nothing() {
    let mut conn = client::Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"* PREAUTH hi\r\na1 NO not now\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Greeting(_)))));
    conn.send(&Command::Compress("DEFLATE".into())).unwrap();

    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Done { .. }))));

    assert!(!conn.is_deflated());
    conn.send(&Command::Noop).unwrap();
}

#[test]
fn no_is_no_answer_to_unauthenticate_and_there_is_none_under_compression() {
    let mut config = server::Config::default();
    (config.compress, config.unauthenticate) = (true, true);
    let mut conn = server::Connection::new(Arc::new(config), Security::Tls);
    let ok = Condition::new(State::Ok, "yes");
    let mut rx = Input::default();
    rx.extend(b"a LOGIN a b\r\nb UNAUTHENTICATE\r\nc LOGIN a b\r\nd COMPRESS DEFLATE\r\n");
    assert!(conn.receive(&mut rx).unwrap().is_some());
    conn.complete(&ok).unwrap();
    assert!(conn.receive(&mut rx).unwrap().is_some());
    assert_eq!(conn.complete(&Condition::new(State::No, "no")), Err(Misuse::WrongReply));
    conn.complete(&ok).unwrap();
    assert_eq!(conn.state(), SessionState::NotAuthenticated);
    for _ in 0..2 {
        assert!(conn.receive(&mut rx).unwrap().is_some());
        conn.complete(&ok).unwrap();
    }
    let _ = sent(conn.output());
    conn.deflate_started(&mut rx).unwrap();
    assert!(!conn.capabilities().has(&mailwire_imap::types::Capability::Unauthenticate));
    rx.extend(b"e UNAUTHENTICATE\r\n");
    assert!(matches!(conn.receive(&mut rx), Ok(Some(server::Event::Refused(_)))));
    assert_eq!(sent(conn.output()), "e BAD not offered\r\n");
}
