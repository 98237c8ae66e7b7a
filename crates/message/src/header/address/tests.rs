use super::*;
use crate::DefectKind;
use std::format;
use std::vec::Vec;

fn shown(value: &[u8]) -> Vec<String> {
    addresses(value)
        .iter()
        .map(|address| match address {
            Address::GroupStart(_) => format!("{}:", address.name().unwrap()),
            Address::GroupEnd => ";".into(),
            Address::Invalid(raw) => format!("!{}", String::from_utf8_lossy(raw)),
            mailbox => {
                let spec = mailbox.address().unwrap_or_default();
                match mailbox.name() {
                    Some(name) => format!("{name} <{spec}>"),
                    None => spec,
                }
            }
        })
        .collect()
}

fn kinds(value: &[u8]) -> Vec<DefectKind> {
    AddressList::parse(value).defects().iter().map(|defect| defect.kind).collect()
}

// RFC 5322 appendix A.
#[test]
fn rfc5322_a_examples() {
    for (value, expected) in [
        ("John Doe <jdoe@machine.example>", &["John Doe <jdoe@machine.example>"][..]),
        (
            "\"Joe Q. Public\" <john.q.public@example.com>, jdoe@one.test",
            &["Joe Q. Public <john.q.public@example.com>", "jdoe@one.test"],
        ),
        (
            "Mary Smith <mary@x.test>, <boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
            &[
                "Mary Smith <mary@x.test>",
                "boss@nil.test",
                "Giant; \"Big\" Box <sysservices@example.net>",
            ],
        ),
        (
            "A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
            &[
                "A Group:",
                "Ed Jones <joe@where.test>",
                "joe@where.test",
                "John <jdoe@one.test>",
                ";",
            ],
        ),
        ("Undisclosed recipients:;", &["Undisclosed recipients:", ";"]),
        (
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            &["Pete <pete@silly.test>"],
        ),
        (
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
            &[
                "A Group:",
                "Chris Jones <c@public.example>",
                "joe@example.org",
                "John <jdoe@one.test>",
                ";",
            ],
        ),
        (
            "Joe Q. Public <john.q.public@example.com>",
            &["Joe Q. Public <john.q.public@example.com>"],
        ),
        (
            "<@node.test,@y:mary@x.test>, , jdoe@test  . example",
            &["mary@x.test", "jdoe@test.example"],
        ),
    ] {
        assert_eq!(shown(value.as_bytes()), expected, "{value}");
    }
}

#[test]
fn a_bad_item_leaves_the_others() {
    for (value, expected) in [
        ("a@b, <, c@d>, e@f", &["a@b", "!<, c@d>", "e@f"][..]),
        ("Foo <a@b, Bar <c@d>", &["Foo <a@b>", "Bar <c@d>"]),
        ("a@b <c@d <e@f>", &["a@b <c@d>", "e@f"]),
        ("\"unclosed <a@b>, c@d", &["\"unclosed <a@b>", "c@d"]),
        ("(unclosed a@b, c@d", &["unclosed <a@b>", "c@d"]),
        ("a@[1.2.3, c@d, e@[1.2.3.4]", &["!a@[1.2.3", "c@d", "e@[1.2.3.4]"]),
        ("joe@example.org (Joe)", &["Joe <joe@example.org>"]),
        ("just words, a@b", &["!just words", "a@b"]),
        ("root", &["root"]),
        ("a.b@c (x) , root@", &["x <a.b@c>", "root"]),
        ("Doe, John <a@b>", &["Doe", "John <a@b>"]),
        ("<a@b.c> <d@e.f>", &["a@b.c", "d@e.f"]),
        ("A <a@b.c> D E <d@e.f>", &["A <a@b.c>", "D E <d@e.f>"]),
        ("a@b.c d@e.f", &["a@b.c", "d@e.f"]),
        ("A <a@b.c>; D <d@e.f>", &["A <a@b.c>", "D <d@e.f>"]),
        ("a@b.c <d@e.f>", &["a@b.c <d@e.f>"]),
        ("Joe joe@e.f", &["Joe <joe@e.f>"]),
        ("<<a@b>>", &["a@b"]),
        ("MAILER-DAEMON <>", &["MAILER-DAEMON <>"]),
        (",,;;", &[]),
    ] {
        assert_eq!(shown(value.as_bytes()), expected, "{value}");
    }
}

#[test]
fn what_an_address_is_made_of_stays_as_it_is_written() {
    for (value, expected) in [
        ("\"a b\"@c.d", "\"a b\"@c.d"),
        ("\"a@b\\ c\"@c.d", "\"a@b\\ c\"@c.d"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ("a@[IPv6:::1]", "a@[IPv6:::1]"),
        ("a(x)@(y)b.c", "a@b.c"),
        ("<@x,@y:a@b>", "a@b"),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
        ("=?utf-8?q?a?=@b.c", "=?utf-8?q?a?=@b.c"),
        ("\u{43f}@\u{43f}.example", "\u{43f}@\u{43f}.example"),
    ] {
        let list = AddressList::parse(value.as_bytes());
        let [Address::Mailbox(mailbox)] = list.addresses() else { panic!("{value}") };
        assert_eq!(mailbox.address().as_deref(), Some(expected), "{value}");
    }
    let list = AddressList::parse(b"<@x,@y:\"a \\\"b\"@b> (c) (d)");
    let mailbox = list.mailboxes().next().unwrap();
    assert_eq!(&*mailbox.local_part(), b"a \"b");
    assert_eq!(mailbox.route.as_deref(), Some(&b"@x,@y"[..]));
    assert_eq!(mailbox.comments, [b"c", b"d"]);
}

#[test]
fn names_are_decoded_and_addresses_are_not() {
    assert_eq!(shown("=?utf-8?q?J=C3=BCrgen?= <j@x>".as_bytes()), ["J\u{fc}rgen <j@x>"]);
    assert_eq!(shown(b"=?utf-8?q?Doe,_John_(x)?= <j@x>, k@y"), ["Doe, John (x) <j@x>", "k@y"]);
    assert_eq!(shown(b"=?utf-8?q?a=40evil=3E=2C?= <j@x>"), ["a@evil>, <j@x>"]);
    assert_eq!(shown(b"caf\xe9 <j@x>"), ["caf\u{e9} <j@x>"]);
    assert_eq!(shown(b"=?utf-8?q?a=0D=0AB=3A_x=00?= <j@x>"), ["a  B: x  <j@x>"]);
}

#[test]
fn repairs_are_said() {
    for (value, kind) in [
        (&b"a@b@c"[..], DefectKind::BadAddress),
        (b"root", DefectKind::NoDomain),
        (b"x <>", DefectKind::EmptyAddress),
        (b"<a@b", DefectKind::OpenAngle),
        (b"a@b>", DefectKind::OpenAngle),
        (b"<a@b> <c@d>", DefectKind::MissingComma),
        (b"<a@b> x", DefectKind::TrailingWords),
        (b"a@b (x", DefectKind::OpenComment),
        (b"\"x <a@b>", DefectKind::OpenQuote),
        (b"a@[b", DefectKind::OpenLiteral),
        (b"a@b;", DefectKind::OpenGroup),
        (b"g: a@b", DefectKind::OpenGroup),
        (b"g: h: a@b;", DefectKind::NestedGroup),
        (b"a..b@c", DefectKind::Dots),
        (b"<@x:a@b>", DefectKind::Route),
        (b"a@evil <b@good>", DefectKind::AmbiguousAddress),
        (b"=?a?q?b?=@c", DefectKind::EncodedWord),
        (b"\xe2\x80\xaex <a@b>", DefectKind::Bidirectional),
    ] {
        assert!(kinds(value).contains(&kind), "{kind:?} {:?}", kinds(value));
    }
    assert_eq!(kinds(b"A <a@b.c>, g: d@e;, \"x y\"@z (w)"), []);
}

#[test]
fn limits_hold() {
    let limits = Limits { addresses: 3, ..Limits::default() };
    let list = AddressList::parse_with_limits(b"a@b, c@d, e@f, g@h, i@j", &limits);
    assert_eq!((list.addresses().len(), list.omitted()), (3, 2));
    assert_eq!(list.defects()[0].kind, DefectKind::TooManyAddresses);
}
