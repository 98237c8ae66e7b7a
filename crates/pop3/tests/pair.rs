//! A client joined to a server: whatever the pipe does, both see the same session.
#![allow(clippy::indexing_slicing, reason = "tests")]

use mailwire_testkit::Options;
use mailwire_testkit::pair::{Pipe, join};
use mailwire_testkit::roles::pop3::{Client, MESSAGES, Server};

#[test]
fn a_session_is_the_same_through_any_pipe() {
    let options = Options::from([
        ("security".to_owned(), "plain".to_owned()),
        ("application".to_owned(), "auto".to_owned()),
    ]);
    let actions = [
        "CAPA",
        "STLS",
        "CAPA",
        "USER bob",
        "PASS hungry",
        "STAT",
        "LIST",
        "UIDL",
        "RETR 1",
        "RETR 2",
        "DELE 2",
        "TOP 1 0",
        "QUIT",
    ];
    let first = join::<Client, Server>(&options, &actions, &Pipe { seed: 1, largest: 64 });
    assert_eq!(first.server.events.last().map(String::as_str), Some("Update [2]"));
    let body = |message: &str| format!("Body {}", message.as_bytes().escape_ascii());
    assert!(first.client.events.contains(&body(MESSAGES[0])), "{:#?}", first.client.events);
    assert!(first.client.events.contains(&body(MESSAGES[1])));

    for seed in 2..100 {
        let largest = usize::try_from(seed % 9 + 1).unwrap_or(1);
        let other = join::<Client, Server>(&options, &actions, &Pipe { seed, largest });
        assert_eq!(first.client.events, other.client.events);
        assert_eq!(first.server, other.server);
    }
}
