//! What the machine does otherwise for a server that is known.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Buf, Input, Misuse, Secret, Security};
use mailwire_imap::client::{Connection, Profile, Software};
use mailwire_imap::types::Command;
use std::sync::Arc;

/// A connection that has heard this.
fn heard(said: &str) -> Connection {
    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(said.as_bytes());
    while conn.receive(&mut rx).unwrap().is_some() {}
    conn
}

fn authenticates(greeting: &str) -> String {
    let said = format!("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] {greeting}\r\n");
    let mut conn = heard(&said);
    conn.authenticate("PLAIN", Some(Secret::from("\0a\0b"))).unwrap();
    String::from_utf8(conn.output().chunk().to_vec()).unwrap()
}

#[test]
fn who_offers_initial_responses_and_takes_none_is_sent_none() {
    assert_eq!(authenticates("ready"), "a1 AUTHENTICATE PLAIN AGEAYg==\r\n");
    let coremail = authenticates("Coremail System IMap Server Ready(163com)");
    assert_eq!(coremail, "a1 AUTHENTICATE PLAIN\r\n");
}

#[test]
fn who_takes_few_commands_at_once_is_sent_few() {
    let mut conn = heard("* PREAUTH The Microsoft Exchange IMAP4 service is ready.\r\n");
    for _ in 0..25 {
        conn.send(&Command::Noop).unwrap();
    }
    assert_eq!(conn.send(&Command::Noop), Err(Misuse::TooMany));
    // Who knows better says so.
    conn.set_profile(Profile::default());
    assert!(conn.send(&Command::Noop).is_ok());
}

#[test]
fn a_server_is_known_by_its_answers_too() {
    for (said, software) in [
        ("* ID (\"vendor\" \"Zimbra\" \"version\" \"9\")\r\n", Software::Zimbra),
        ("* CAPABILITY IMAP4rev1 X-GM-EXT-1\r\n", Software::Gmail),
        ("* OK [CAPABILITY IMAP4rev1 XAPPLELITERAL] x\r\n", Software::ICloud),
        ("* OK Dovecot said this later, and of something else\r\n", Software::Unknown),
    ] {
        let conn = heard(&format!("* OK ready\r\n{said}"));
        assert_eq!(conn.profile().software, software, "{said}");
        assert_eq!(*conn.profile(), Profile::of(software));
    }
}
