//! Whole FETCH responses are read at once as they are read by parts: the same values, the same
//! tolerances, the same errors.

use super::{Bounds, Grammar, response_with};
use mailwire_testkit::generate::imap::responses::fetch_line;
use proptest::prelude::*;
use std::cell::Cell;
use std::format;
use std::string::String;
use std::vec::Vec;

std::thread_local! {
    static OFF: Cell<bool> = const { Cell::new(false) };
}

/// Whether [`quick`](super::quick) reads nothing in this thread.
pub(super) fn is_off() -> bool {
    OFF.get()
}

fn by_parts<T>(read: impl FnOnce() -> T) -> T {
    OFF.set(true);
    let outcome = read();
    OFF.set(false);
    outcome
}

/// Bounds that what is generated often meets.
fn narrow() -> [Bounds; 2] {
    let narrow = Bounds { items: 2, parts: 1, depth: 2, section: 1, ..Bounds::server() };
    [narrow, Bounds { string: 40, ..Bounds::server() }]
}

/// Lines as most servers write them: what is read at once.
fn plain_line() -> impl Strategy<Value = Vec<u8>> {
    let text = || prop_oneof![2 => "\"[a-z @.]{0,12}\"", 1 => Just(String::from("NIL"))];
    let words = |n| prop::collection::vec("\"[a-z]{1,4}\" \"[a-z=_]{0,9}\"", 0..n);
    let listed = |items: Vec<String>, between| match items.len() {
        0 => String::from("NIL"),
        _ => format!("({})", items.join(between)),
    };
    let address = move || {
        (text(), text(), text(), text()).prop_map(|(a, b, c, d)| format!("({a} {b} {c} {d})"))
    };
    let addresses =
        move || prop::collection::vec(address(), 0..4).prop_map(move |list| listed(list, ""));
    let six = (addresses(), addresses(), addresses(), addresses(), addresses(), addresses());
    let envelope = (text(), text(), six, text(), text()).prop_map(|(a, b, six, y, z)| {
        let (c, d, e, f, g, h) = six;
        format!("({a} {b} {c} {d} {e} {f} {g} {h} {y} {z})")
    });
    let fields = move || words(4).prop_map(move |list| listed(list, " "));
    let told = move || {
        prop_oneof![
            Just(String::new()),
            (fields(), text())
                .prop_map(|(fields, text)| format!(" (\"inline\" {fields}) NIL {text}")),
        ]
    };
    let leaf = (fields(), text(), any::<u32>(), told()).prop_map(|(fields, text, n, told)| {
        let told = if told.is_empty() { told } else { format!(" NIL{told}") };
        format!("(\"text\" \"x\" {fields} NIL {text} \"7bit\" {n} 1{told})")
    });
    let structure = leaf.prop_recursive(3, 8, 3, move |part| {
        (prop::collection::vec(part, 1..4), fields(), told()).prop_map(|(parts, fields, told)| {
            format!("({} \"mixed\" {fields}{told})", parts.concat())
        })
    });
    let names = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent", "$Junk"];
    let flags = prop::collection::vec(prop::sample::select(names.to_vec()), 0..9);
    let item = prop_oneof![
        any::<u32>().prop_map(|n| format!("UID {n}")),
        any::<u64>().prop_map(|n| format!("MODSEQ ({n})")),
        any::<u64>().prop_map(|n| format!("RFC822.SIZE {n}")),
        flags.prop_map(|flags| format!("FLAGS ({})", flags.join(" "))),
        "[0-3 ][0-9]-(Jul|Feb|Xyz)-[0-9]{4} [0-2][0-9]:02:03 [+-]0[0-9]00"
            .prop_map(|date| format!("INTERNALDATE \"{date}\"")),
        envelope.prop_map(|value| format!("ENVELOPE {value}")),
        structure.prop_map(|value| format!("BODYSTRUCTURE {value}")),
    ];
    (any::<u32>(), prop::collection::vec(item, 1..6))
        .prop_map(|(n, items)| format!("* {n} FETCH ({})\r\n", items.join(" ")).into_bytes())
}

/// What is done to a line: octets put in the place of others.
fn edits() -> impl Strategy<Value = Vec<(usize, usize, Vec<u8>)>> {
    let piece = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 1..3),
        prop::sample::select(
            &[" ", "  ", "(", ")", "\"", "\\", "NIL", "0", "{1}\r\n", "()", "\r\n"][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec((any::<usize>(), 0..4_usize, piece), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_responses_that_are_read_at_once_are_what_is_read_by_parts(line in prop_oneof![fetch_line(), plain_line()], edits in edits()) {
        let mut line = line;
        for (at, n, piece) in edits {
            let at = at % line.len().max(1);
            let n = n.min(line.len() - at);
            line.splice(at..at + n, piece);
        }
        for grammar in [Grammar::strict(), Grammar::default()] {
            for bounds in [Bounds::client(), Bounds::server()].into_iter().chain(narrow()) {
                let grammar = grammar.with_bounds(bounds);
                let at_once = response_with(&line, &grammar);
                let by_parts = by_parts(|| response_with(&line, &grammar));
                prop_assert_eq!(at_once, by_parts, "{}", line.escape_ascii());
            }
        }
    }
}
