//! The cases of `../shared/cases/robustness.jsonl` for POP3: published attacks and damage, however
//! they are cut, and what must become of each.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_core::{Buf, Input};
use mailwire_pop3::{
    Argument, Capability, Command, Maildrop, Reply, Security, Text, UniqueId, Wants, client, server,
};
use mailwire_testkit::cases::{self, Case};
use mailwire_testkit::cuts::Cut;
use std::sync::Arc;

#[test]
fn all_cases() {
    let cases = cases::of("pop3");
    for case in &cases {
        // Those of many megabytes are cut in fewer ways.
        let most = if case.input.len() > 100_000 { 1 } else { usize::MAX };
        for cut in Cut::all().take(most) {
            match case.role.as_str() {
                "server" => served(case, &cut),
                "client" => received(case, &cut),
                _ => called(case),
            }
        }
    }
    println!("{} cases", cases.len());
}

/// What a server made of a case.
#[derive(Debug, Default)]
struct Served {
    said: String,
    events: Vec<String>,
    updates: usize,
    closed: bool,
}

impl Served {
    fn replies(&self) -> Vec<&str> {
        self.said.lines().filter(|line| line.starts_with(['+', '-'])).collect()
    }
}

fn serve(conn: &mut server::Connection, rx: &mut Input, input: &[u8], cut: &Cut) -> Served {
    let mut served = Served::default();
    for piece in cut.pieces(input) {
        rx.extend(piece);
        loop {
            let event = conn.receive(rx);
            match event {
                Ok(Some(event)) => {
                    let words = match &event {
                        server::Event::Pass(password) => {
                            format!("Pass {}", password.escape_ascii())
                        }
                        event => format!("{event:?}"),
                    };
                    served.events.push(words);
                    answer(conn, &event, &mut served);
                }
                Ok(None) => {
                    let out = conn.output();
                    assert!(out.queued() <= 66_000, "output is bounded");
                    let n = out.remaining();
                    if n == 0 {
                        break;
                    }
                    served.said.push_str(std::str::from_utf8(&out.chunk()[..n]).unwrap());
                    out.advance(n);
                }
                Err(error) => {
                    served.events.push(format!("Error: {error}"));
                    break;
                }
            }
        }
        served.closed = conn.wants() == Wants::Close;
        if served.closed {
            break;
        }
    }
    served
}

fn answer(conn: &mut server::Connection, event: &server::Event<'_>, served: &mut Served) {
    let done = match event {
        server::Event::Pass(_) | server::Event::AuthResponse(_) | server::Event::Apop { .. } => {
            conn.open(maildrop())
        }
        server::Event::Auth { .. } => conn.challenge(b""),
        server::Event::Retr(_) | server::Event::Top { .. } => conn.begin_body().and_then(|()| {
            conn.send_body(b"Subject: x\r\n\r\none\r\ntwo\r\n")?;
            conn.end_body()
        }),
        server::Event::Update => {
            served.updates += 1;
            conn.reply(&Reply::ok(Text::default()))
        }
        server::Event::StartTls => conn.reply(&Reply::ok(Text::default())),
        _ => Ok(()),
    };
    done.unwrap();
}

fn maildrop() -> Maildrop {
    let mut maildrop = Maildrop::default();
    maildrop.push(22, "a").unwrap();
    maildrop.push(22, "b").unwrap();
    maildrop
}

/// A server where the case begins.
fn before(case: &Case) -> (server::Connection, Input) {
    let mut config = server::Config::default();
    config.allow_plaintext_credentials = true;
    config.mechanisms = vec!["PLAIN".into()];
    config.apop = true;
    let timestamp = Text::lossy("<1@host>");
    let mut conn = server::Connection::with_timestamp(Arc::new(config), Security::Plain, timestamp);
    let mut rx = Input::default();
    let setup: &[u8] = match case.setup.as_str() {
        setup if setup.starts_with("TRANSACTION") => b"USER a\r\nPASS b\r\n",
        setup if setup.starts_with("DELE 1") => b"USER a\r\nPASS b\r\nDELE 1\r\n",
        setup if setup.starts_with("USER sent in plaintext, STLS done") => b"USER a\r\nSTLS\r\n",
        _ if case.id == "POP3-S-10" => b"USER a\r\n",
        _ => b"",
    };
    let _ = serve(&mut conn, &mut rx, setup, &Cut::Whole);
    if conn.wants() == Wants::Tls {
        conn.tls_started(&mut rx).unwrap();
    }
    (conn, rx)
}

fn served(case: &Case, cut: &Cut) {
    let run = |input: &[u8]| {
        let (mut conn, mut rx) = before(case);
        serve(&mut conn, &mut rx, input, cut)
    };
    let refused = |input: &[u8]| {
        let served = run(input);
        assert_eq!(served.replies().len(), 1, "{case:?}: {served:?}");
        assert!(served.said.starts_with("-ERR "), "{case:?}: {served:?}");
        assert!(!served.closed, "{case:?}: in step");
    };
    let served = || run(&case.input);
    match case.id.as_str() {
        "POP3-S-03" => {
            refused(&case.input);
            let (mut conn, mut rx) = before(&Case {
                setup: "USER sent in plaintext, STLS done".into(),
                ..Case::default()
            });
            assert!(serve(&mut conn, &mut rx, &case.input, cut).said.starts_with("-ERR "));
        }
        "POP3-S-04" | "POP3-S-11" | "POP3-S-12" => refused(&case.input),
        "POP3-S-06" => {
            refused(&case.input);
            for number in ["0", "-1", "+1", "1.0", "4294967297", "18446744073709551617"] {
                refused(format!("RETR {number}\r\n").as_bytes());
            }
        }
        "POP3-S-07" => {
            refused(&case.input);
            refused(b"TOP 1 99999999999999999999\r\n");
            let served = run(b"TOP 1 4294967295\r\n");
            assert!(served.said.ends_with("one\r\ntwo\r\n.\r\n"), "{served:?}");
        }
        "POP3-S-10" => assert_eq!(served().events, ["Pass  a b "]),
        "POP3-S-14" => {
            let served = served();
            let replies: Vec<&str> =
                served.replies().into_iter().map(|line| line.split(' ').next().unwrap()).collect();
            // The challenge, the end of the exchange, NOOP before login.
            assert_eq!(replies, ["+", "-ERR", "-ERR"], "{served:?}");
            assert!(!served.closed);
        }
        "POP3-S-15" => {
            let served = served();
            assert!(served.closed && served.said.matches("-ERR").count() <= 4, "{}", served.said);
            let (mut conn, mut rx) =
                before(&Case { setup: "TRANSACTION".into(), ..Case::default() });
            let served = serve(&mut conn, &mut rx, &case.input, cut);
            assert!(served.closed && served.said.matches("-ERR").count() <= 21);
        }
        "POP3-S-17" => {
            let (mut conn, mut rx) = before(case);
            assert_eq!(conn.maildrop().deleted().count(), 1);
            rx.close();
            let served = serve(&mut conn, &mut rx, b"", &Cut::Whole);
            assert_eq!(conn.receive(&mut rx), Ok(None));
            assert_eq!((served.updates, conn.wants()), (0, Wants::Close));
        }
        "POP3-S-19" => {
            let served = served();
            // The greeting came before.
            assert_eq!(served.replies().len(), 4, "{served:?}");
            assert!(served.said.contains("+OK 2 44\r\n") && served.closed);
        }
        "POP3-S-20" => {
            let forged = std::str::from_utf8(&case.input).unwrap();
            assert!(Text::new(forged).is_err());
            assert!(UniqueId::new(forged).is_err());
            assert!(Maildrop::default().push(1, forged).is_err());
            let mut line = Vec::new();
            Capability::Implementation(Text::lossy(forged.to_owned())).encode(&mut line);
            assert_eq!(line.iter().filter(|&&b| b == b'\n').count(), 1);
        }
        _ => panic!("there is no test for {case:?}"),
    }
}

fn command(line: &str) -> Command<'_> {
    Command::parse(line.as_bytes()).unwrap()
}

/// What a client made of a case.
fn receive(
    conn: &mut client::Connection,
    input: &[u8],
    cut: &Cut,
) -> (Vec<String>, Vec<u8>, Option<client::Error>) {
    let (mut rx, mut events, mut body) = (Input::default(), Vec::new(), Vec::new());
    for piece in cut.pieces(input) {
        rx.extend(piece);
        loop {
            match conn.receive(&mut rx) {
                Ok(Some(client::Event::Body(piece))) => body.extend_from_slice(piece),
                // They are counted and not kept.
                Ok(Some(client::Event::Listed { .. } | client::Event::Anomaly { .. }))
                    if input.len() > 100_000 => {}
                Ok(Some(event)) => events.push(format!("{event:?}")),
                Ok(None) => break,
                Err(error) => return (events, body, Some(error)),
            }
        }
        let n = conn.output().remaining();
        conn.output().advance(n);
        if conn.wants() == Wants::Tls {
            if let Err(error) = conn.tls_started(&mut rx) {
                return (events, body, Some(error));
            }
        }
        assert!(rx.len() <= 8192 || rx.len() <= piece.len(), "nothing is held");
    }
    (events, body, None)
}

/// A client that has sent what the case's answer is to.
fn asked(case: &Case) -> client::Connection {
    let plain = case.setup.contains("STLS");
    let security = if plain { Security::Plain } else { Security::Tls };
    let mut conn = client::Connection::new(Arc::default(), security);
    let mut setup: Vec<&str> = vec!["+OK hello"];
    let mut verbs = ["STLS", "LIST", "RETR", "STAT", "UIDL"].into_iter();
    let verb = verbs.rfind(|verb| case.setup.contains(verb));
    if !plain && verb.is_some() {
        conn.send(&command("USER a")).unwrap();
        conn.send(&command("PASS b")).unwrap();
        setup.extend(["+OK", "+OK"]);
    }
    match verb {
        Some("RETR") => drop(conn.send(&command("RETR 1")).unwrap()),
        Some(verb) => drop(conn.send(&command(verb)).unwrap()),
        None => setup.clear(),
    }
    if case.setup.contains("\"+OK\" read") {
        setup.push("+OK");
    }
    let setup: String = setup.iter().flat_map(|line| [line, "\r\n"]).collect();
    let (_, _, error) = receive(&mut conn, setup.as_bytes(), &Cut::Whole);
    assert_eq!(error, None, "{case:?}");
    conn
}

fn received(case: &Case, cut: &Cut) {
    let mut conn = asked(case);
    let (events, body, error) = receive(&mut conn, &case.input, cut);
    match case.id.as_str() {
        // Cut behind the reply what follows comes to the new connection, that is from inside TLS.
        "POP3-C-01" if matches!(cut, Cut::Whole) => {
            assert_eq!(error, Some(client::Error::PlaintextAfterStartTls));
        }
        "POP3-C-01" => assert!(error.is_some(), "{events:?}"),
        "POP3-C-02" => {
            assert_eq!(error, Some(client::Error::TlsRefused));
            for line in ["USER a", "AUTH PLAIN", "PASS b"] {
                assert!(conn.send(&command(line)).is_err(), "{line}");
            }
        }
        "POP3-C-04" => {
            assert_eq!((conn.timestamp(), &error), (None, &None));
            assert_eq!(events.len(), 1);
        }
        "POP3-C-07" => assert_eq!(error, Some(client::Error::TooManyLines(1_000_000))),
        "POP3-C-08" => {
            assert_eq!(body, b"a\n.\nb\r\n.c\r\n");
            assert!(events.last().unwrap().starts_with("End"), "{events:?}");
        }
        "POP3-C-09" => assert_eq!(error, Some(client::Error::MalformedStat)),
        "POP3-C-11" => assert_eq!(error, Some(client::Error::MalformedUniqueId)),
        _ => panic!("there is no test for {case:?}"),
    }
    if error.is_some() {
        assert_eq!(conn.wants(), Wants::Close);
        assert_eq!(conn.receive(&mut Input::default()).err(), error, "dead is dead");
    }
}

fn called(case: &Case) {
    let "POP3-C-12" = case.id.as_str() else { panic!("there is no test for {case:?}") };
    let text = std::str::from_utf8(&case.input).unwrap();
    assert!(Argument::try_from(text).is_err());
    assert!(Text::new(text).is_err());
    for b in (0..32).chain([127]) {
        assert!(Argument::new(vec![b'a', b]).is_err(), "{b}");
    }
}
