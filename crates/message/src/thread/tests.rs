//! Base subjects and threads, by the examples of RFC 5256 and by what mail does.

use super::*;

#[test]
fn rfc5256_2_1_base_subjects() {
    for (subject, base, is_reply) in [
        ("hello", "hello", false),
        ("Re: hello", "hello", true),
        ("RE : [x] re:Fwd[2]: hello", "hello", true),
        ("[list] hello", "hello", false),
        ("[list]", "[list]", false),
        ("[Fwd: Re: hello]", "hello", true),
        ("hello (fwd) (FWD)", "hello", true),
        ("  a \t b ", "a b", false),
        ("Re:", "", true),
        ("regards", "regards", false),
        ("Re[5]: x", "x", true),
        ("[a] [b] Re: c", "c", true),
    ] {
        let found = base_subject(subject);
        assert_eq!((&*found.base, found.is_reply), (base, is_reply), "{subject:?}");
    }
}

fn item<'a>(id: u32, subject: &'a str, references: &'a [&'a str]) -> Item<'a> {
    const NAMES: [&str; 10] = ["", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let message_id = NAMES[usize::try_from(id).unwrap()];
    Item { id, date: id.into(), subject, message_id, references }
}

/// What others say of a message and what it says itself make a loop only together.
#[test]
fn loops_lose_nobody() {
    let of = |id, message_id, references| Item { id, date: 0, subject: "", message_id, references };
    let items = [of(1, "a", &["x", "s"]), of(2, "s", &["y", "z"]), of(3, "y", &["s"])];
    let threads = references(&items);
    let mut ids: Vec<_> = threads.nodes.iter().filter_map(|node| node.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn threads_by_subject() {
    let items =
        [item(1, "a", &[]), item(2, "b", &[]), item(3, "Re: A", &[]), item(4, "[x] re: a", &[])];
    assert_eq!(ordered_subject(&items).to_imap(), "(1 (3)(4))(2)");
}

#[test]
fn threads_by_references() {
    for (items, expected) in [
        (&[][..], ""),
        (&[item(1, "a", &[]), item(2, "b", &["1"]), item(3, "c", &["1", "2"])], "(1 2 3)"),
        (&[item(1, "a", &[]), item(2, "b", &["1"]), item(3, "c", &["1"])], "(1 (2)(3))"),
        // The first is missing.
        (&[item(2, "b", &["1"]), item(3, "c", &["1"])], "((2)(3))"),
        (&[item(2, "b", &["1"]), item(3, "c", &["1", "2"])], "(2 3)"),
        // One in the middle is missing.
        (&[item(1, "a", &[]), item(3, "c", &["1", "2"])], "(1 3)"),
        // A loop.
        (&[item(1, "a", &["2"]), item(2, "b", &["1"])], "(2 1)"),
        (&[item(1, "a", &["1"])], "(1)"),
        // Subjects join what references do not.
        (&[item(1, "a", &[]), item(2, "Re: a", &[])], "(1 2)"),
        (&[item(1, "a", &[]), item(2, "a", &[])], "((1)(2))"),
    ] {
        assert_eq!(references(items).to_imap(), expected, "{items:?}");
    }
}

#[test]
fn rfc5256_4_example_of_writing() {
    let node = |depth, id| Node { depth, id: Some(id) };
    let nodes = [(0, 2), (0, 3), (1, 6), (2, 4), (3, 23), (2, 44), (3, 7), (4, 96)];
    let threads = Threads { nodes: nodes.map(|(depth, id)| node(depth, id)).to_vec() };
    assert_eq!(threads.to_imap(), "(2)(3 6 (4 23)(44 7 96))");
}
