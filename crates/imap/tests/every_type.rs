//! Whatever the types hold is read back as it was written, strictly, for clients of IMAP4rev1 and of
//! UTF-8 alike, as one line and no more.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

use mailwire_core::{Input, Security};
use mailwire_imap::client::{Config, Connection, Event};
use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{BodyItem, Dialect, Fetch, FetchData, Lenience, Response, Tolerance};
use mailwire_testkit::cuts::Cut;
use mailwire_testkit::generate::imap::commands::command;
use mailwire_testkit::generate::imap::responses::{fetch, response};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

fn dialects() -> [(Dialect, Grammar<'static>); 2] {
    // What is 8-bit and not UTF-8 can be in a string of a message, and that is told in a literal.
    let grammar = Grammar::strict().with_lenience(Lenience::STRICT.with(Tolerance::OddKeyword));
    [(Dialect::rev1(), grammar), (Dialect::rev1().enabled("UTF8=ACCEPT"), grammar.with_utf8(true))]
}

/// What a client sees of a response, its streamed octets put where they belong, and how many they
/// are.
fn fetched(stream: &[u8], inline: u64, cut: &Cut) -> (String, usize) {
    let mut config = Config::default();
    config.lenience = Lenience::STRICT.with(Tolerance::OddKeyword);
    config.limits.inline_literal = inline;
    let mut conn = Connection::new(Arc::new(config), Security::Tls);
    let (mut rx, mut octets, mut seen, mut streamed) = (Input::default(), Vec::new(), None, 0);
    rx.extend(b"* PREAUTH hi\r\n");
    assert!(conn.receive(&mut rx).unwrap().is_some());
    for piece in cut.pieces(stream) {
        rx.extend(piece);
        while let Some(event) = conn.receive(&mut rx).unwrap() {
            match event {
                Event::Body(piece) => octets.extend_from_slice(piece),
                Event::BodyStart { .. } | Event::BodyEnd => {}
                Event::Response(Response::Fetch(Fetch { seq, data })) => {
                    let mut data: Vec<_> = data.into_iter().collect();
                    for item in data.iter_mut().filter_map(body_of) {
                        let BodyItem::Streamed(n) = *item else { continue };
                        let n = usize::try_from(n).unwrap();
                        *item = BodyItem::Inline(Cow::Owned(octets.drain(..n).collect()));
                        streamed += n;
                    }
                    let fetch = Fetch { seq, data: data.into_iter().collect() };
                    assert!(seen.replace(format!("{fetch:?}")).is_none(), "one response");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(octets.is_empty() && rx.is_empty(), "all of it is told");
    (seen.unwrap(), streamed)
}

fn body_of<'r, 'a>(item: &'r mut FetchData<'a>) -> Option<&'r mut BodyItem<'a>> {
    match item {
        FetchData::BodySection(section) => Some(&mut section.body),
        FetchData::Binary(binary) => Some(&mut binary.body),
        FetchData::Rfc822(body) | FetchData::Rfc822Header(body) | FetchData::Rfc822Text(body) => {
            Some(body)
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_command_is_read_as_it_was_written(command in command()) {
        for (dialect, grammar) in dialects() {
            let mut out = Plain::default();
            encode::command("a1", &command, &dialect, &mut out);
            let frame = out.into_bytes();
            let parsed = parse::command(&frame, &grammar);
            let parsed = parsed.as_ref().map(|(_, command)| command);
            prop_assert_eq!(parsed, Ok(&command), "{}", frame.escape_ascii());
        }
    }

    #[test]
    fn a_response_is_read_as_it_was_written(response in response()) {
        for (dialect, grammar) in dialects() {
            let mut frame = Vec::new();
            encode::response_for(&response, &dialect, &mut frame);
            let parsed = parse::response(&frame, &grammar);
            prop_assert_eq!(parsed.as_ref(), Ok(&response), "{}", frame.escape_ascii());
        }
    }

    #[test]
    fn a_fetch_response_is_the_same_streamed_or_whole_however_it_is_cut(fetch in fetch(), seed in any::<u64>()) {
        let mut stream = Vec::new();
        encode::response(&Response::Fetch(fetch.clone()), &mut stream);
        let expected = format!("{fetch:?}");
        for cut in [Cut::Whole, Cut::Every(1), Cut::Random(seed)] {
            prop_assert_eq!(fetched(&stream, u64::MAX, &cut), (expected.clone(), 0));
            prop_assert_eq!(&fetched(&stream, 0, &cut).0, &expected);
        }
    }

    /// For a client of UIDONLY nothing speaks of sequence numbers.
    #[test]
    fn nothing_speaks_of_sequence_numbers_to_who_does_not_know_them(response in response()) {
        let mut frame = Vec::new();
        encode::response_for(&response, &Dialect::rev1().enabled("UIDONLY"), &mut frame);
        let parsed = parse::response(&frame, &Grammar::strict());
        prop_assert!(!matches!(parsed, Ok(Response::Fetch(_) | Response::Expunge(_))));
    }
}
