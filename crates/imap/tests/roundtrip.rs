//! What is written is read back as the same, whatever the strings hold.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Buf, Input, Security};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    BodySection, Bound, Capability, Command, Day, Fetch, FetchData, FetchItem, FetchItems, Flag,
    Flags, Mailbox, NumberSet, Octets, Partial, Response, SearchKey, Section, SectionText,
    SetRange, StatusItem, StoreAction,
};
use mailwire_imap::{client, encode, server};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

fn octets() -> impl Strategy<Value = Octets<'static>> {
    let bytes = prop_oneof![
        "[a-zA-Z]{0,8}".prop_map(String::into_bytes),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        prop::collection::vec(1u8.., 0..40),
        Just(b"NIL".to_vec()),
        Just(b"a\r\nb LOGOUT\r\n".to_vec()),
        Just(b"{5}\r\n".to_vec()),
    ];
    bytes.prop_map(|bytes| Octets::new(bytes).unwrap())
}

fn set() -> impl Strategy<Value = NumberSet> {
    let bound = || prop_oneof![(1u32..).prop_map(Bound::Number), Just(Bound::Last)];
    prop::collection::vec((bound(), bound()), 1..5).prop_map(|ranges| {
        let mut set = NumberSet::new();
        for (start, end) in ranges {
            set.push(SetRange { start, end });
        }
        set
    })
}

fn flags() -> impl Strategy<Value = Flags<'static>> {
    let name = prop::sample::select(vec![
        "\\Seen",
        "\\Deleted",
        "$Forwarded",
        "\\Odd",
        "x-y",
        "\\Flagged",
    ]);
    prop::collection::vec(name, 0..5)
        .prop_map(|names| names.into_iter().map(|name| Flag::new(name).unwrap()).collect())
}

fn mailbox() -> impl Strategy<Value = Mailbox<'static>> {
    // What must be encoded, and what looks like it were.
    let names = prop_oneof![any::<String>(), "[&-a,]{0,9}", Just("inbox".to_owned())];
    names.prop_map(|name| Mailbox::new(&name.replace('\0', "")).unwrap().into_owned())
}

fn day() -> impl Strategy<Value = Day> {
    (0i64..30_000).prop_map(Day::from_days)
}

fn key() -> impl Strategy<Value = SearchKey<'static>> {
    let leaf = prop_oneof![
        Just(SearchKey::All),
        Just(SearchKey::New),
        octets().prop_map(SearchKey::Subject),
        (octets(), octets()).prop_map(|(name, value)| SearchKey::Header(name, value)),
        octets().prop_map(SearchKey::Body),
        day().prop_map(SearchKey::SentSince),
        day().prop_map(SearchKey::Before),
        any::<u64>().prop_map(SearchKey::Larger),
        set().prop_map(SearchKey::Uid),
        set().prop_map(SearchKey::Sequence),
        Just(SearchKey::Flag(Flag::new("\\Seen").unwrap())),
        Just(SearchKey::NotFlag(Flag::new("\\Recent").unwrap())),
        Just(SearchKey::NotFlag(Flag::new("$x").unwrap())),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(SearchKey::negated),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| one.or(other)),
            prop::collection::vec(inner, 2..4).prop_map(SearchKey::And),
        ]
    })
}

fn section() -> impl Strategy<Value = Section<'static>> {
    let names = || prop::collection::vec(octets(), 1..3);
    let text = prop_oneof![
        Just(None),
        Just(Some(SectionText::Header)),
        Just(Some(SectionText::Text)),
        names().prop_map(|names| Some(SectionText::HeaderFields(names))),
        names().prop_map(|names| Some(SectionText::HeaderFieldsNot(names))),
    ];
    (prop::collection::vec(1u32..99, 0..3), text).prop_map(|(part, text)| Section { part, text })
}

fn item() -> impl Strategy<Value = FetchItem<'static>> {
    let partial = prop::option::of(
        (any::<u64>(), 1u64..).prop_map(|(offset, length)| Partial { offset, length }),
    );
    prop_oneof![
        Just(FetchItem::Flags),
        Just(FetchItem::Envelope),
        Just(FetchItem::BodyStructure),
        Just(FetchItem::Rfc822Header),
        Just(FetchItem::Other(Cow::Borrowed("X-ODD-ITEM"))),
        (section(), any::<bool>(), partial)
            .prop_map(|(section, peek, partial)| FetchItem::BodySection { section, peek, partial }),
    ]
}

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
        (uid(), set(), prop::collection::vec(item(), 1..4)).prop_map(|(uid, set, items)| {
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
