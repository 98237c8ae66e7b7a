//! What may not leave yet does not, and what was refused never does.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Buf, Input, Misuse, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::types::{
    Append, AppendData, AppendMessage, BodyItem, Command, FetchItem, Flags, Mailbox, NumberSet,
    Octets,
};
use std::sync::Arc;

fn logged_in() -> (Connection, Input) {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"* PREAUTH hi\r\n");
    while conn.receive(&mut rx).unwrap().is_some() {}
    (conn, rx)
}

fn sent(conn: &mut Connection) -> String {
    let text = String::from_utf8(conn.output().chunk().to_vec()).unwrap();
    conn.output().advance(text.len());
    text
}

fn drain(conn: &mut Connection, rx: &mut Input) {
    while conn.receive(rx).unwrap().is_some() {}
}

fn create(name: &str) -> Command<'static> {
    Command::Create(Mailbox::from_wire(Octets::new(name.as_bytes().to_vec()).unwrap()), Vec::new())
}

#[test]
fn literal_waits_for_the_plus_and_so_does_what_follows() {
    let (mut conn, mut rx) = logged_in();
    conn.send(&create("\u{e9}")).unwrap();
    conn.send(&Command::Noop).unwrap();
    assert_eq!(sent(&mut conn), "a1 CREATE {2}\r\n");

    rx.extend(b"+ go on\r\n");
    drain(&mut conn, &mut rx);

    assert_eq!(sent(&mut conn), "\u{e9}\r\na2 NOOP\r\n");
}

#[test]
fn several_messages_are_appended_each_with_leave_and_none_behind_one_that_is_refused() {
    let (mut conn, mut rx) = logged_in();
    let append = Command::Append {
        mailbox: Mailbox::inbox(),
        messages: vec![AppendMessage::new(&b"one"[..]), AppendMessage::new(&b"two"[..])],
    };
    for refused in [false, true] {
        conn.send(&append).unwrap();
        conn.send(&Command::Noop).unwrap();
        assert!(sent(&mut conn).ends_with(" APPEND INBOX {3}\r\n"));
        rx.extend(b"+ \r\n");
        drain(&mut conn, &mut rx);
        assert_eq!(sent(&mut conn), "one {3}\r\n");
        if refused {
            rx.extend(b"a3 NO [TOOBIG] no\r\n");
            drain(&mut conn, &mut rx);
            assert_eq!(sent(&mut conn), "a4 NOOP\r\n");
        } else {
            rx.extend(b"+ \r\n");
            drain(&mut conn, &mut rx);
            assert_eq!(sent(&mut conn), "two\r\na2 NOOP\r\n");
            rx.extend(b"a1 OK\r\na2 OK\r\n");
            drain(&mut conn, &mut rx);
        }
    }
}

#[test]
fn a_message_that_is_not_here_is_not_announced() {
    let (mut conn, _) = logged_in();
    let message = |octets| AppendMessage {
        data: AppendData::Message(octets),
        ..AppendMessage::new(&b""[..])
    };
    for octets in [BodyItem::Streamed(5), BodyItem::Nil] {
        let messages = vec![AppendMessage::new(&b"one"[..]), message(octets)];
        let append = Command::Append { mailbox: Mailbox::inbox(), messages };
        assert_eq!(conn.send(&append), Err(Misuse::WrongState));
    }
    let nothing = Command::Append { mailbox: Mailbox::inbox(), messages: Vec::new() };
    assert_eq!(conn.send(&nothing), Err(Misuse::WrongState));
    assert_eq!(sent(&mut conn), "");
}

#[test]
fn refused_literal_is_never_sent_and_the_rest_is() {
    let (mut conn, mut rx) = logged_in();
    let refused = conn.send(&create("\u{e9}")).unwrap();
    conn.send(&create("\u{fc}")).unwrap();
    conn.send(&Command::Noop).unwrap();
    assert_eq!(sent(&mut conn), "a1 CREATE {2}\r\n");

    rx.extend(b"a1 NO [TOOBIG] no\r\n");
    assert!(
        matches!(conn.receive(&mut rx).unwrap(), Some(Event::Done { tag, .. }) if tag == refused)
    );

    assert_eq!(sent(&mut conn), "a2 CREATE {2}\r\n");
    rx.extend(b"+ \r\n");
    drain(&mut conn, &mut rx);
    assert_eq!(sent(&mut conn), "\u{fc}\r\na3 NOOP\r\n");
}

#[test]
fn literal_plus_waits_for_nothing() {
    let (mut conn, mut rx) = logged_in();
    rx.extend(b"* CAPABILITY IMAP4rev1 LITERAL+\r\n");
    drain(&mut conn, &mut rx);

    conn.send(&create("\u{e9}")).unwrap();

    assert_eq!(sent(&mut conn), "a1 CREATE {2+}\r\n\u{e9}\r\n");
}

// RFC 9051 section 5.5: sequence numbers behind what may expunge.
#[test]
fn ambiguous_commands_wait_and_others_do_not() {
    let (mut conn, mut rx) = logged_in();
    conn.send(&Command::Select(Mailbox::inbox(), Vec::new())).unwrap();
    let fetch = |uid| {
        let items = vec![FetchItem::Flags];
        Command::Fetch { uid, set: NumberSet::all(), items, modifiers: Vec::new() }
    };
    conn.send(&fetch(false)).unwrap();
    conn.send(&Command::Noop).unwrap();
    conn.send(&fetch(true)).unwrap();
    conn.send(&fetch(false)).unwrap();
    assert_eq!(
        sent(&mut conn),
        "a1 SELECT INBOX\r\na2 FETCH 1:* (FLAGS)\r\na3 NOOP\r\na4 UID FETCH 1:* (FLAGS)\r\n"
    );

    rx.extend(b"a1 OK x\r\na2 OK x\r\na3 OK x\r\n");
    drain(&mut conn, &mut rx);
    assert_eq!(sent(&mut conn), "");
    rx.extend(b"a4 OK x\r\n");
    drain(&mut conn, &mut rx);

    assert_eq!(sent(&mut conn), "a5 FETCH 1:* (FLAGS)\r\n");
}

#[test]
fn the_message_of_append_goes_before_what_waits_behind_it() {
    let (mut conn, mut rx) = logged_in();
    let append = Append { mailbox: Mailbox::inbox(), flags: Flags::new(), date: None };
    conn.append(&append, 5).unwrap();
    conn.send(&Command::Noop).unwrap();
    assert_eq!(sent(&mut conn), "a1 APPEND INBOX {5}\r\n");
    assert!(conn.send_body(b"early").is_err());

    rx.extend(b"+ go on\r\n");
    assert!(matches!(conn.receive(&mut rx).unwrap(), Some(Event::SendBody { len: 5, .. })));
    assert!(conn.send_body(b"too long").is_err());
    conn.send_body(b"he").unwrap();
    conn.send_body(b"llo").unwrap();

    assert_eq!(sent(&mut conn), "hello\r\n");
    rx.extend(b"a1 OK x\r\n");
    drain(&mut conn, &mut rx);
    assert_eq!(sent(&mut conn), "a2 NOOP\r\n");
}
