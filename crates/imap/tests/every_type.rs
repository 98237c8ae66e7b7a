//! Whatever the types hold is read back as it was written, strictly, for clients of IMAP4rev1 and of
//! UTF-8 alike, as one line and no more.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Dialect, Lenience, Response, Tolerance};
use mailwire_testkit::generate::imap::commands::command;
use mailwire_testkit::generate::imap::responses::response;
use proptest::prelude::*;

fn dialects() -> [(Dialect, Grammar<'static>); 2] {
    // What is 8-bit and not UTF-8 can be in a string of a message, and that is told in a literal.
    let grammar = Grammar::strict().with_lenience(Lenience::STRICT.with(Tolerance::OddKeyword));
    [(Dialect::rev1(), grammar), (Dialect::rev1().enabled("UTF8=ACCEPT"), grammar.with_utf8(true))]
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

    /// For a client of UIDONLY nothing speaks of sequence numbers.
    #[test]
    fn nothing_speaks_of_sequence_numbers_to_who_does_not_know_them(response in response()) {
        let mut frame = Vec::new();
        encode::response_for(&response, &Dialect::rev1().enabled("UIDONLY"), &mut frame);
        let parsed = parse::response(&frame, &Grammar::strict());
        prop_assert!(!matches!(parsed, Ok(Response::Fetch(_) | Response::Expunge(_))));
    }
}
