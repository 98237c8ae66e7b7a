//! Each limit at its edge, and hostile mail on a small stack: nothing is lost, and nothing costs
//! more than it is long.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::{DefectKind as D, Kind, Limits, Message, Severity, imap};

fn parse(raw: &str, limit: impl Fn(&mut Limits)) -> Vec<D> {
    let mut limits = Limits::default();
    limit(&mut limits);
    let message = Message::parse_with_limits(raw.as_bytes(), &limits);
    // Whatever is past a limit lies in the last part, or in its header.
    let last = message.parts().last().unwrap();
    assert!(last.raw().ends_with(&raw.as_bytes()[raw.len() - 1..]), "{raw}");
    let defects = message.defects().iter();
    defects.filter(|it| it.severity() == Severity::Limit).map(|it| it.kind).collect()
}

/// The defect comes with the first octet, part or field past the limit.
fn edge(kind: D, limit: fn(&mut Limits, usize), at: usize, raw: impl Fn(usize) -> String) {
    for n in [at - 1, at, at + 1] {
        let expected = if n > at { vec![kind] } else { vec![] };
        assert_eq!(parse(&raw(n), |limits| limit(limits, at)), expected, "{kind:?}, {n} of {at}");
    }
}

#[test]
fn each_limit_is_met_at_its_edge() {
    edge(D::FieldTooLong, |l, n| l.field = n, 40, |n| format!("A: {}\r\n\r\nx", "a".repeat(n - 5)));
    edge(
        D::FieldTooLong,
        |l, n| l.field = n,
        40,
        |n| format!("A: b\r\n {}\r\nB: c\r\n\r\nx", "a".repeat(n - 9)),
    );
    edge(
        D::HeaderTooLong,
        |l, n| l.header = n,
        60,
        |n| format!("A: b\r\nB: {}\r\n\r\nx", "a".repeat(n - 11)),
    );
    // The first header has 30 octets.
    edge(
        D::HeaderTooLong,
        |l, n| l.headers = n,
        90,
        |n| {
            let field = "a".repeat(n - 35);
            format!("Content-Type: message/rfc822\n\nA: {field}\r\n\r\nx")
        },
    );
    edge(D::TooManyFields, |l, n| l.fields = n, 5, |n| "A: b\r\n".repeat(n) + "\r\nx");
    edge(D::NameTooLong, |l, n| l.name = n, 10, |n| "a".repeat(n) + ": b\r\n\r\nx");
    edge(
        D::TooManyParameters,
        |l, n| l.parameters = n,
        4,
        |n| format!("Content-Type: a/b{}\r\n\r\nx", ";c=d".repeat(n)),
    );
    edge(
        D::BoundaryTooLong,
        |l, n| l.boundary = n,
        4,
        |n| format!("Content-Type: multipart/mixed; boundary={}\r\n\r\nx", "b".repeat(n)),
    );
    edge(
        D::TooDeep,
        |l, n| l.depth = n,
        4,
        |n| "Content-Type: message/rfc822\r\n\r\n".repeat(n - 1) + "\r\nx",
    );
    edge(
        D::TooManyParts,
        |l, n| l.parts = n,
        4,
        |n| {
            format!(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}x",
                "--b\r\n\r\n".repeat(n - 1)
            )
        },
    );
    edge(
        D::TooManyParts,
        |l, n| l.parts = n,
        4,
        |n| "Content-Type: message/rfc822\r\n\r\n".repeat(n - 1) + "\r\nx",
    );
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let raw = |n: usize| format!("Subject: {}\r\n\r\nx", "a".repeat(n));
    assert_eq!(parse(&raw(102_400 - 11), |_| {}), []);
    assert_eq!(parse(&raw(102_400 - 10), |_| {}), [D::FieldTooLong]);
    let raw = |n: usize| "X: y\r\n".repeat(n) + "\r\nx";
    assert_eq!(parse(&raw(10_000), |_| {}), []);
    assert_eq!(parse(&raw(10_001), |_| {}), [D::TooManyFields]);
}

#[test]
fn defects_are_noted_up_to_a_limit_and_counted() {
    for n in [99, 100, 101, 5000] {
        let raw = "junk\r\n".repeat(n) + "\r\n";
        let message = Message::parse(raw.as_bytes());
        assert_eq!((message.defects().len(), message.defect_count()), (n.min(100), n));
    }
}

#[test]
fn encoded_messages_are_opened_so_many_times() {
    let mut raw = b"Subject: innermost\r\n\r\nx".to_vec();
    for _ in 0..5 {
        let mut text = String::new();
        for chunk in raw.chunks(48) {
            let mut bits = [0u8; 3];
            for three in chunk.chunks(3) {
                bits[..three.len()].copy_from_slice(three);
                bits[three.len()..].fill(0);
                let all = u32::from_be_bytes([0, bits[0], bits[1], bits[2]]);
                for at in 0..4 {
                    let digit = usize::try_from(all >> (18 - 6 * at) & 63).unwrap();
                    let alphabet =
                        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                    let padding = usize::try_from(at).unwrap() > three.len();
                    text.push(if padding { '=' } else { char::from(alphabet[digit]) });
                }
            }
            text.push_str("\r\n");
        }
        let head = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        raw = [head.as_bytes(), text.as_bytes()].concat();
    }
    for levels in [2, 3, 4, 5, 6] {
        let mut limits = Limits::default();
        limits.encoded_depth = levels;
        let outer = Message::parse_with_limits(&raw, &limits);
        let (mut enclosed, mut opened) = (outer.root().enclosed(), 0);
        while let Some(one) = enclosed {
            opened += 1;
            enclosed = one.message().root().enclosed();
        }
        assert_eq!(opened, levels.min(5));
    }
}

#[test]
fn hostile_mail_needs_little_stack_and_loses_nothing() {
    let read = || {
        for (name, make) in mailwire_testkit::hostile::MAIL {
            let raw = make(60_000);
            let mut limits = Limits::default();
            for deep in [false, true] {
                if deep {
                    (limits.depth, limits.parts) = (usize::MAX, usize::MAX);
                }
                let message = Message::parse_with_limits(&raw, &limits);
                assert_eq!(message.root().raw(), raw, "{name}");
                let last = message.parts().last().unwrap();
                assert!(last.kind() == Kind::Leaf || last.children().next().is_none(), "{name}");
                let _ = (message.clone(), format!("{message:?}").len());
                let mut told = Vec::new();
                imap::body_structure(&message, &mut told);
                if !deep {
                    let (defects, views) = (message.examine(), message.views());
                    assert!(defects.len() <= 100 && !views.is_empty(), "{name}");
                }
            }
        }
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(read).unwrap().join().unwrap();
}
