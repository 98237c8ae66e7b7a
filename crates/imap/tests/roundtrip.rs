//! What is written is read back as the same, whatever the strings hold.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Buf, Input, Security};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    BodySection, Capability, Command, Fetch, FetchData, FetchItems, Mailbox, Octets, Response,
    StatusItem, StoreAction,
};
use mailwire_imap::{client, encode, server};
use mailwire_testkit::generate::imap::commands::{fetch_item, key};
use mailwire_testkit::generate::imap::{flags, mailbox, octets, section, set};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// What a client may say in the selected state.
fn command() -> impl Strategy<Value = Command<'static>> {
    let uid = any::<bool>;
    prop_oneof![
        Just(Command::Noop),
        Just(Command::Namespace),
        mailbox().prop_map(|mailbox| Command::Select(mailbox, Vec::new())),
        (mailbox(), mailbox()).prop_map(|(from, to)| Command::Rename { from, to }),
        (octets(), octets()).prop_map(|(reference, pattern)| Command::Lsub { reference, pattern }),
        mailbox().prop_map(|mailbox| Command::Status {
            mailbox,
            items: vec![StatusItem::Messages, StatusItem::UidNext]
        }),
        (uid(), set(), prop::collection::vec(fetch_item(), 1..4)).prop_map(|(uid, set, items)| {
            Command::Fetch { uid, set, items, modifiers: Vec::new() }
        }),
        (uid(), set(), any::<bool>(), flags()).prop_map(|(uid, set, silent, flags)| {
            Command::Store {
                uid,
                set,
                modifiers: Vec::new(),
                action: StoreAction::Add,
                silent,
                flags,
            }
        }),
        (uid(), set(), mailbox()).prop_map(|(uid, set, mailbox)| Command::Move {
            uid,
            set,
            mailbox
        }),
        (uid(), prop::option::of(Just(Octets::try_from("UTF-8").unwrap())), key())
            .prop_map(|(uid, charset, key)| Command::Search { uid, returns: None, charset, key }),
        set().prop_map(|uids| Command::Expunge { uids: Some(uids) }),
    ]
}

/// Sends a command through the machines, with literals that wait; what the server got.
fn through(command: &Command<'_>, plus: bool) -> String {
    let mut client = client::Connection::new(Arc::default(), Security::Tls);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let capability = if plus { "* CAPABILITY IMAP4rev1 LITERAL+\r\n" } else { "" };
    to_client.extend(format!("* PREAUTH hi\r\n{capability}").as_bytes());
    let mut server = server::Connection::new(Arc::default(), Security::Tls);
    // The server learns of a login and a selection, so that every command is legal.
    to_server.extend(b"x LOGIN a b\r\ny SELECT INBOX\r\n");
    for _ in 0..2 {
        assert!(server.receive(&mut to_server).unwrap().is_some());
        let ok = mailwire_imap::types::Condition::new(mailwire_imap::types::State::Ok, "ok");
        server.complete(&ok).unwrap();
    }
    let n = server.output().remaining();
    server.output().advance(n);
    while client.receive(&mut to_client).unwrap().is_some() {}
    client.send(&Command::Select(Mailbox::inbox(), Vec::new())).unwrap();
    let n = client.output().remaining();
    client.output().advance(n);
    to_client.extend(b"a1 OK selected\r\n");
    while client.receive(&mut to_client).unwrap().is_some() {}

    client.send(command).unwrap();
    for _ in 0..100 {
        to_server.extend(client.output().chunk());
        let n = client.output().remaining();
        client.output().advance(n);
        if let Some(event) = server.receive(&mut to_server).unwrap() {
            let server::Event::Command { command, .. } = event else { panic!("{event:?}") };
            let got = format!("{command:?}");
            assert!(to_server.is_empty(), "one command and no more");
            return got;
        }
        to_client.extend(server.output().chunk());
        let n = server.output().remaining();
        server.output().advance(n);
        while client.receive(&mut to_client).unwrap().is_some() {}
    }
    panic!("{command:?} did not arrive");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_command_arrives_as_it_was_sent(command in command(), plus in any::<bool>()) {
        prop_assert_eq!(through(&command, plus), format!("{command:?}"));
    }

    #[test]
    fn a_response_is_read_as_it_was_written(seq in 1u32.., uid in 1u32.., size in any::<u64>(), flags in flags(), section in section(), body in prop::collection::vec(any::<u8>(), 0..50)) {
        let body = mailwire_imap::types::BodyItem::Inline(Cow::Owned(body));
        let response = Response::Fetch(Fetch { seq, data: FetchItems::from_iter([

            FetchData::Uid(uid),
            FetchData::Rfc822Size(size),
            FetchData::Flags(flags),
            FetchData::BodySection(Box::new(BodySection { section, origin: None, body })),
        ]) });
        let mut frame = Vec::new();
        encode::response(&response, &mut frame);
        prop_assert_eq!(parse::response(&frame, &Grammar::default()), Ok(response));
    }
}

#[test]
fn nesting_is_refused_and_needs_no_stack() {
    let deep = |open: &str, n: usize| format!("a SEARCH {}ALL", open.repeat(n));
    let check = move || {
        for open in ["(", "NOT ", "OR "] {
            let line = deep(open, 100_000);
            assert!(parse::command(line.as_bytes(), &Grammar::default()).is_err());
        }
        let line = format!("* 1 FETCH (BODYSTRUCTURE {}", "(".repeat(100_000));
        assert!(parse::response(line.as_bytes(), &Grammar::default()).is_err());
        let line = format!("* 1 FETCH (X {}{} UID 7)", "(".repeat(50_000), ")".repeat(50_000));
        assert!(parse::response(line.as_bytes(), &Grammar::default()).is_ok());
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(check).unwrap().join().unwrap();
    for (n, ok) in [(31, true), (32, true), (33, false)] {
        let line = deep("NOT ", n);
        assert_eq!(parse::command(line.as_bytes(), &Grammar::default()).is_ok(), ok, "{n}");
    }
    assert_eq!(Capability::parse("X").to_string(), "X");
}
