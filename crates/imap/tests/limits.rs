//! Each limit is met at one less, at itself, and at one more; depth costs no stack.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Buf, Input, Misuse, Security, Wants};
use mailwire_imap::parse::{self, Bounds, Grammar};
use mailwire_imap::types::{Code, Command, Condition, Response, State};
use mailwire_imap::{client, server};
use std::sync::Arc;

/// Changes one bound.
type Set = fn(&mut Bounds, usize);

/// What is bounded, the bound, and a line that holds so much of it.
type Row = (&'static str, Set, fn(usize) -> String);

/// Of a bound of 10, 9 and 10 are taken and 11 are not.
fn check(rows: &[Row], is_taken: fn(&str, &Grammar<'_>) -> bool) {
    for (name, bound, line) in rows {
        let mut bounds = Bounds::server();
        bound(&mut bounds, 10);
        let grammar = Grammar::strict().with_bounds(bounds);
        for (n, taken) in [(9, true), (10, true), (11, false)] {
            assert_eq!(is_taken(&line(n), &grammar), taken, "{name} {n}: {}", line(n));
        }
    }
}

fn times(what: &str, n: usize) -> String {
    vec![what; n].join(" ")
}

fn depth(bounds: &mut Bounds, n: usize) {
    bounds.depth = u8::try_from(n).unwrap();
}

const COMMANDS: &[Row] = &[
    ("tag", |b, n| b.tag = n, |n| format!("{} NOOP", "t".repeat(n))),
    ("atom", |b, n| b.string = n, |n| format!("a DELETE {}", "x".repeat(n))),
    ("quoted", |b, n| b.string = n, |n| format!("a DELETE \"{}\"", " ".repeat(n))),
    ("flags", |b, n| b.items = n, |n| format!("a STORE 1 FLAGS ({})", times("k", n))),
    ("items", |b, n| b.items = n, |n| format!("a FETCH 1 ({})", times("UID", n))),
    ("enable", |b, n| b.items = n, |n| format!("a ENABLE {}", times("X", n))),
    ("patterns", |b, n| b.items = n, |n| format!("a LIST \"\" ({})", times("x", n))),
    ("id", |b, n| b.id = n, |n| format!("a ID ({})", times("\"k\" NIL", n))),
    ("id_name", |b, n| b.id_name = n, |n| format!("a ID (\"{}\" NIL)", "k".repeat(n))),
    ("id_value", |b, n| b.id_value = n, |n| format!("a ID (\"k\" \"{}\")", "v".repeat(n))),
    ("keys", |b, n| b.keys = n, |n| format!("a SEARCH {}", times("ALL", n))),
    ("ranges", |b, n| b.ranges = n, |n| format!("a FETCH {} UID", vec!["1:2"; n].join(","))),
    ("section", |b, n| b.section = n, |n| format!("a FETCH 1 BODY[{}]", vec!["1"; n].join("."))),
    ("binary", |b, n| b.section = n, |n| format!("a FETCH 1 BINARY[{}]", vec!["1"; n].join("."))),
    ("wildcards", |b, n| b.wildcards = n, |n| format!("a LIST \"\" {}", "*".repeat(n))),
    ("parentheses", depth, |n| format!("a SEARCH {}ALL{}", "(".repeat(n), ")".repeat(n))),
    ("not", depth, |n| format!("a SEARCH {}ALL", "NOT ".repeat(n))),
    ("or", depth, |n| format!("a SEARCH {}ALL{}", "OR ".repeat(n), " ALL".repeat(n))),
    ("fuzzy", depth, |n| format!("a SEARCH {}ALL", "FUZZY ".repeat(n))),
    ("entry", |b, n| b.entry = n, |n| format!("a SETMETADATA x ({} NIL)", "/".repeat(n))),
    (
        "entry literal",
        |b, n| b.entry = n,
        |n| format!("a SETMETADATA x ({{{n}+}}\r\n{} NIL)", "/".repeat(n)),
    ),
    ("entry asked", |b, n| b.entry = n, |n| format!("a GETMETADATA x {}", "/".repeat(n))),
    ("entries asked", |b, n| b.items = n, |n| format!("a GETMETADATA x ({})", times("/a", n))),
    (
        "entry listed",
        |b, n| b.entry = n,
        |n| format!("a LIST \"\" * RETURN (METADATA ({}))", "/".repeat(n)),
    ),
    (
        "entry of a message",
        |b, n| b.entry = n,
        |n| format!("a STORE 1 ANNOTATION ({} (value.priv NIL))", "/".repeat(n)),
    ),
    (
        "entry of a draft",
        |b, n| b.entry = n,
        |n| format!("a SETANNOTATION INBOX (\"{}\" (\"value.priv\" NIL))", "/".repeat(n)),
    ),
    ("value", |b, n| b.value = n, |n| format!("a SETMETADATA x (/a \"{}\")", "v".repeat(n))),
    (
        "value literal",
        |b, n| b.value = n,
        |n| format!("a SETMETADATA x (/a {{{n}+}}\r\n{})", "v".repeat(n)),
    ),
    ("entries", |b, n| b.items = n, |n| format!("a SETMETADATA x ({})", times("/a NIL", n))),
    (
        "mailboxes",
        |b, n| b.mailboxes = n,
        |n| format!("a NOTIFY SET (mailboxes ({}) (MessageNew))", times("x", n)),
    ),
    (
        "subtrees",
        |b, n| b.mailboxes = n,
        |n| format!("a NOTIFY SET (subtree ({}) NONE)", times("x", n)),
    ),
    (
        "mailboxes searched",
        |b, n| b.mailboxes = n,
        |n| format!("a ESEARCH IN (subtree-one ({})) ALL", times("x", n)),
    ),
    (
        "events",
        |b, n| b.items = n,
        |n| format!("a NOTIFY SET (selected ({}))", times("FlagChange", n)),
    ),
    ("groups", |b, n| b.items = n, |n| format!("a NOTIFY SET {}", times("(inboxes NONE)", n))),
];

#[test]
fn bounds_of_commands() {
    check(COMMANDS, |line, grammar| {
        parse::command(format!("{line}\r\n").as_bytes(), grammar).is_ok()
    });
}

const LEAF: &str = "(\"a\" \"b\" NIL NIL NIL \"7bit\" 1)";

fn message_in_message(n: usize) -> String {
    let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    let open = format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 1 {envelope} ");
    format!("{}{LEAF}{}", open.repeat(n), " 1)".repeat(n))
}

const RESPONSES: &[Row] = &[
    ("capabilities", |b, n| b.items = n + 1, |n| format!("CAPABILITY {}", times("X", n))),
    ("flags", |b, n| b.items = n, |n| format!("FLAGS ({})", times("k", n))),
    ("system flags", |b, n| b.items = n, |n| format!("FLAGS ({})", times("\\Seen", n))),
    ("fetch", |b, n| b.items = n, |n| format!("1 FETCH ({})", times("UID 1", n))),
    ("status", |b, n| b.items = n, |n| format!("STATUS a ({})", times("MESSAGES 1", n))),
    ("quoted", |b, n| b.string = n, |n| format!("LIST () NIL \"{}\"", " ".repeat(n))),
    ("id", |b, n| b.id = n, |n| format!("ID ({})", times("\"k\" NIL", n))),
    ("entry", |b, n| b.entry = n, |n| format!("METADATA x ({} NIL)", "/".repeat(n))),
    ("entry changed", |b, n| b.entry = n, |n| format!("METADATA x /a {}", "/".repeat(n))),
    ("value", |b, n| b.value = n, |n| format!("METADATA x (/a ~{{{n}}}\r\n{})", "v".repeat(n))),
    ("thread", depth, |n| format!("THREAD {}1{}", "(".repeat(n), ")".repeat(n))),
    ("multipart", depth, |n| {
        let (open, close) = ("(".repeat(n - 1), " \"mixed\")".repeat(n - 1));
        format!("1 FETCH (BODYSTRUCTURE {open}{LEAF}{close})")
    }),
    ("message", depth, |n| format!("1 FETCH (BODYSTRUCTURE {})", message_in_message(n - 1))),
    (
        "addresses",
        |b, n| b.parts = n,
        |n| {
            let to = "(NIL NIL \"a\" \"b\")".repeat(n);
            format!("1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL ({to}) NIL NIL NIL NIL))")
        },
    ),
    (
        "parameters",
        |b, n| b.items = n,
        |n| {
            let parameters = times("\"a\" \"b\"", n);
            format!("1 FETCH (BODYSTRUCTURE (\"a\" \"b\" ({parameters}) NIL NIL \"7bit\" 1))")
        },
    ),
    (
        "parts",
        |b, n| b.parts = n + 1,
        |n| format!("1 FETCH (BODYSTRUCTURE ({} \"mixed\"))", LEAF.repeat(n)),
    ),
];

#[test]
fn bounds_of_responses() {
    check(RESPONSES, |line, grammar| {
        parse::response(format!("* {line}\r\n").as_bytes(), grammar).is_ok()
    });
}

/// The defaults are part of what is promised.
#[test]
fn bounds_are_what_they_are_said_to_be() {
    let (before, server, client) = (Bounds::before_login(), Bounds::server(), Bounds::client());
    assert_eq!((before.depth, server.depth), (1, 32));
    assert_eq!((before.string, server.string), (8 * 1024, 128 * 1024));
    assert_eq!((server.tag, server.items, server.keys), (128, 1024, 1000));
    assert_eq!((server.id, server.id_name, server.id_value), (30, 30, 1024));
    assert_eq!((server.ranges, server.section, server.wildcards), (100_000, 100, 32));
    assert_eq!((server.mailboxes, server.value), (100, 128 * 1024));
    assert_eq!((client.parts, client.id, client.mailboxes), (10_000, 30, 100));
}

/// A server whose greeting is sent.
fn serve(config: server::Config, logged_in: bool) -> (server::Connection, Input) {
    let mut conn = server::Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    if logged_in {
        rx.extend(b"x LOGIN a b\r\n");
        assert!(conn.receive(&mut rx).unwrap().is_some());
        conn.complete(&Condition::new(State::Ok, "ok")).unwrap();
    }
    send_all(&mut conn);
    (conn, rx)
}

fn send_all(conn: &mut server::Connection) {
    let n = conn.output().remaining();
    conn.output().advance(n);
}

/// What has come of a literal: whether leave was given, or the command is over.
fn announced(line: &str, config: server::Config, logged_in: bool) -> String {
    let (mut conn, mut rx) = serve(config, logged_in);
    rx.extend(line.as_bytes());
    if let Some(server::Event::Append { .. }) = conn.receive(&mut rx).unwrap() {
        conn.accept_body().unwrap();
    }
    let said = String::from_utf8_lossy(conn.output().chunk()).into_owned();
    said.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn literals_of_as_many_octets_as_the_limit_are_taken() {
    let config = || {
        let mut config = server::Config::default();
        config.limits.literal = 20;
        config.limits.literal_before_login = 10;
        config.limits.append = 30;
        config.limits.literals = 3;
        config
    };
    for (n, said) in [(9, "+ go"), (10, "+ go"), (11, "a BAD")] {
        assert_eq!(announced(&format!("a LOGIN {{{n}}}\r\n"), config(), false), said, "{n}");
    }
    for (n, said) in [(19, "+ go"), (20, "+ go"), (21, "a BAD")] {
        assert_eq!(announced(&format!("a DELETE {{{n}}}\r\n"), config(), true), said, "{n}");
    }
    for (n, said) in [(29, "+ go"), (30, "+ go"), (31, "a NO")] {
        assert_eq!(announced(&format!("a APPEND b {{{n}}}\r\n"), config(), true), said, "{n}");
    }
    for (n, said) in [(2, "+ go"), (3, "+ go"), (4, "a BAD")] {
        let before = " {1+}\r\nx".repeat(n - 1);
        assert_eq!(announced(&format!("a XFOO{before} {{1}}\r\n"), config(), true), said, "{n}");
    }
    for (n, said) in [(4095, ""), (4096, ""), (4097, "a BAD")] {
        let mut minus = server::Config::default();
        minus.literal_minus = true;
        assert_eq!(announced(&format!("a DELETE {{{n}+}}\r\n"), minus, true), said, "{n}");
    }
}

#[test]
fn a_hundred_thousand_levels_need_no_stack() {
    let check = || {
        let n = 100_000;
        let client = Grammar::default().with_bounds(Bounds::client());
        for open in ["(", "NOT ", "OR ", "FUZZY ", "OR ALL "] {
            let line = format!("a SEARCH {}ALL\r\n", open.repeat(n));
            assert!(parse::command(line.as_bytes(), &Grammar::default()).is_err());
        }
        for value in [
            "(".repeat(n),
            message_in_message(n / 10),
            format!("{}{}", "(".repeat(n), ")".repeat(n)),
            format!("({}", "(\"a\" ".repeat(n)),
        ] {
            let line = format!("* 1 FETCH (UID 7 BODYSTRUCTURE {value})\r\n");
            // What is too deep is invalid where its end is known.
            drop(parse::response(line.as_bytes(), &client));
            let line = format!("* THREAD {value}\r\n");
            assert!(parse::response(line.as_bytes(), &client).is_err());
            for name in ["XFOO", "1 FETCH (X", "LIST () NIL a"] {
                let line = format!("* {name} {value}\r\n");
                drop(parse::response(line.as_bytes(), &client));
            }
            let line = format!("* FLAGS (\\Seen {value})\r\n");
            drop(parse::response(line.as_bytes(), &client));
        }
        // As deep as a client takes it: parsed, written, compared, shown and dropped.
        let depth = usize::from(Bounds::client().depth);
        for value in [
            message_in_message(depth - 1),
            format!("{}{LEAF}{}", "(".repeat(depth - 1), " \"mixed\")".repeat(depth - 1)),
        ] {
            let line = format!("* 1 FETCH (BODYSTRUCTURE {value})\r\n");
            let response =
                parse::response(line.as_bytes(), &Grammar::strict().with_bounds(Bounds::client()));
            let response = response.unwrap();
            let mut out = Vec::new();
            mailwire_imap::encode::response(&response, &mut out);
            assert_eq!(response.clone(), response);
            assert!(!format!("{response:?}").is_empty());
        }
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(check).unwrap().join().unwrap();
}

/// Whether a server takes a command of `n` octets.
fn longest(n: usize, config: server::Config, logged_in: bool) -> bool {
    let (mut conn, mut rx) = serve(config, logged_in);
    // `a ID ("k" "")` and its line end are 15 octets.
    let line = format!("a ID (\"k\" \"{}\")\r\n", "v".repeat(n - 15));
    assert_eq!(line.len(), n);
    rx.extend(line.as_bytes());
    matches!(conn.receive(&mut rx), Ok(Some(server::Event::Command { .. })))
}

#[test]
fn commands_of_as_many_octets_as_the_limit_are_taken() {
    for (n, taken) in [(99, true), (100, true), (101, false)] {
        let mut config = server::Config::default();
        config.limits.command = 100;
        config.limits.command_before_login = 60;
        assert_eq!(longest(n, config.clone(), true), taken, "{n}");
        assert_eq!(longest(n - 40, config, false), taken, "{n} less 40");
    }
}

#[test]
fn responses_of_as_many_octets_as_the_limit_are_taken() {
    for (n, taken) in [(99, true), (100, true), (101, false)] {
        let mut config = client::Config::default();
        config.limits.response = 100;
        let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
        let mut rx = Input::default();
        rx.extend(format!("* OK {}\r\n", "x".repeat(n - 7)).as_bytes());
        assert_eq!(conn.receive(&mut rx).is_ok(), taken, "{n}");
    }
}

#[test]
fn bodies_of_as_many_octets_as_the_limit_are_kept() {
    for (n, kept) in [(99, true), (100, true), (101, false)] {
        let mut config = client::Config::default();
        config.limits.inline_literal = 100;
        let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
        let mut rx = Input::default();
        let body = "x".repeat(n);
        rx.extend(format!("* OK hi\r\n* 1 FETCH (BODY[] {{{n}}}\r\n{body})\r\n").as_bytes());
        assert!(conn.receive(&mut rx).unwrap().is_some());
        let event = conn.receive(&mut rx).unwrap().unwrap();
        let whole = matches!(event, client::Event::Response(_));
        assert_eq!(whole, kept, "{n}: {event:?}");
    }
}

/// Commands that are refused in a row, and logins: how many until the server closes.
#[test]
fn refusals_up_to_the_limit_are_answered() {
    for (n, open) in [(2, true), (3, true), (4, false)] {
        let mut config = server::Config::default();
        config.limits.refused = 3;
        let (mut conn, mut rx) = serve(config, false);
        for _ in 0..n {
            rx.extend(b"a FETCH 1 (\r\n");
            drop(conn.receive(&mut rx));
        }
        send_all(&mut conn);
        assert_eq!(conn.wants() != Wants::Close, open, "{n}");
    }
    for (n, open) in [(1, true), (2, true), (3, false)] {
        let mut config = server::Config::default();
        config.limits.failed_logins = 3;
        let (mut conn, mut rx) = serve(config, false);
        for _ in 0..n {
            rx.extend(b"a LOGIN ann wrong\r\n");
            drop(conn.receive(&mut rx));
            conn.complete(&Condition::new(State::No, "no")).unwrap();
        }
        send_all(&mut conn);
        assert_eq!(conn.wants() != Wants::Close, open, "{n}");
    }
}

/// One more is misuse, whether it would leave or wait; and room is made by one that is done.
#[test]
fn commands_up_to_the_limit_are_in_flight() {
    let mut config = client::Config::default();
    config.limits.in_flight = 3;
    let mut conn = client::Connection::new(Arc::new(config), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi\r\n");
    assert!(conn.receive(&mut rx).unwrap().is_some());
    let first = conn.send(&Command::Noop).unwrap();
    conn.send(&Command::Check).unwrap_err();
    for _ in 1..3 {
        conn.send(&Command::Noop).unwrap();
    }
    assert_eq!(conn.send(&Command::Noop), Err(Misuse::TooMany));
    assert_eq!(conn.idle(), Err(Misuse::TooMany));

    rx.extend(format!("{first} OK done\r\n").as_bytes());
    assert!(matches!(conn.receive(&mut rx), Ok(Some(client::Event::Done { .. }))));
    assert!(conn.idle().is_ok());
    assert_eq!(conn.send(&Command::Noop), Err(Misuse::TooMany));
}

/// A server reads a command when the one before it is answered: what was sent ahead stays where it
/// is, and costs nothing but its octets.
#[test]
fn a_server_has_one_command_in_flight() {
    let (mut conn, mut rx) = serve(server::Config::default(), true);
    rx.extend(&b"a NOOP\r\n".repeat(3));
    for left in [2, 1, 0] {
        assert!(matches!(conn.receive(&mut rx), Ok(Some(server::Event::Command { .. }))));
        for _ in 0..2 {
            assert!(matches!(conn.receive(&mut rx), Ok(None)));
            assert_eq!((rx.len(), conn.wants()), (left * 8, Wants::Reply));
        }
        conn.complete(&Condition::new(State::Ok, "done")).unwrap();
    }
}

/// `COPYUID 1 1:4294967295 1:4294967295` costs as much as one of single numbers.
#[test]
fn ranges_are_not_expanded() {
    let line = b"a OK [COPYUID 1 1:4294967295 1:4294967295] done\r\n";
    let Response::Tagged { condition, .. } = parse::response(line, &Grammar::strict()).unwrap()
    else {
        panic!()
    };
    let Some(Code::CopyUid { from, to, .. }) = condition.code else { panic!() };
    assert_eq!((from.ranges().len(), from.count()), (1, 4_294_967_295));
    assert_eq!(from.count(), to.count());
}
