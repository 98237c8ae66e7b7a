//! The cases of `../shared/cases/robustness.jsonl` that need more than a stream to a server: those
//! of clients, of what a client's caller says, and those whose server is in a state of its own.
#![cfg(feature = "sasl")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{Account, Plain, Transport};
use mailwire_smtp::client::{self, Authenticated, Authentication, Event, Tls};
use mailwire_smtp::server::{self, Synchronisation, Why};
use mailwire_smtp::types::{
    Code, Command, Domain, Extension, Extensions, ForwardPath, Mail, Mechanism, Params, Rcpt,
    Reply, ReversePath, encode_xtext,
};
use mailwire_smtp::{Buf, Error, Input, Misuse, Secret, Security, Wants, parse};
use mailwire_testkit::cases::{self, Case};

const EHLO: &[u8] = b"220 mx.example\r\n250 mx.example\r\n";

fn client(tls: Tls, security: Security) -> client::Connection {
    let mut config = client::Config::default();
    config.tls = tls;
    client::Connection::new(config.into(), security)
}

/// A client that said EHLO and was answered.
fn greeted(tls: Tls, security: Security, answer: &[u8]) -> (client::Connection, Input) {
    let mut client = client(tls, security);
    let mut rx = Input::default();
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(answer);
    while client.receive(&mut rx).unwrap().is_some() {}
    flush(&mut client);
    (client, rx)
}

fn flush(client: &mut client::Connection) -> Vec<u8> {
    let sent = client.output().chunk().to_vec();
    client.output().advance(sent.len());
    sent
}

fn mail() -> Command<'static> {
    let from = ReversePath::new("a@example.org").unwrap();
    Command::Mail(Mail { from, params: Params::default() })
}

/// A client that waits for the answer to its MAIL.
fn mailing() -> (client::Connection, Input) {
    let (mut client, rx) = greeted(Tls::Optional, Security::Plain, EHLO);
    client.send(&mail()).unwrap();
    flush(&mut client);
    (client, rx)
}

/// What a client makes of an answer to MAIL: the code, the reply as it is shown, its lines.
fn answered(input: &[u8]) -> Result<(Code, String, Vec<Vec<u8>>), Error> {
    let (mut client, mut rx) = mailing();
    rx.extend(input);
    match client.receive(&mut rx)?.unwrap() {
        Event::Reply { to, reply } => {
            assert_eq!(to.verb().as_str(), "MAIL");
            let lines = reply.lines().map(<[u8]>::to_vec).collect();
            Ok((reply.code(), format!("{reply} {reply:?}"), lines))
        }
        other => panic!("{other:?}"),
    }
}

/// The error that comes of more and more of an answer to MAIL, and how much was fed until then.
fn flooded(input: &[u8]) -> (Error, usize) {
    let (mut client, mut rx) = mailing();
    for (n, piece) in input.chunks(4096).enumerate() {
        rx.extend(piece);
        match client.receive(&mut rx) {
            Ok(event) => assert!(event.is_none()),
            Err(error) => return (error, (n + 1) * 4096),
        }
    }
    panic!("no error in {} octets", input.len())
}

/// What goes on the wire for a message that is given in pieces of so many octets.
fn sent(message: &[u8], piece: usize) -> Vec<u8> {
    let (mut client, mut rx) = mailing();
    let to = ForwardPath::new("b@example.org").unwrap();
    client.send(&Command::Rcpt(Rcpt { to, params: Params::default() })).unwrap();
    client.send(&Command::Data).unwrap();
    rx.extend(b"250 ok\r\n250 ok\r\n354 go\r\n");
    while client.receive(&mut rx).unwrap().is_some() {
        flush(&mut client);
    }
    for piece in message.chunks(piece) {
        client.send_body(piece).unwrap();
    }
    client.end_body().unwrap();
    flush(&mut client)
}

fn server(change: impl FnOnce(&mut server::Config)) -> server::Connection {
    let mut config = server::Config::default();
    change(&mut config);
    server::Connection::new(config.into(), Security::Plain)
}

/// What a server was told, in words, and what it said; all is accepted but messages, if `no`.
fn told(server: &mut server::Connection, input: &[u8], no: bool) -> (Vec<String>, String) {
    let mut rx = Input::default();
    rx.extend(input);
    let mut events = Vec::new();
    while let Some(event) = server.receive(&mut rx).unwrap() {
        events.push(format!("{event:?}"));
        match event {
            server::Event::Refused(_) | server::Event::Body(_) | server::Event::BodyRefused(_) => {}
            server::Event::BodyEnd if no => server.reply(&Reply::new(Code::FAILED, "no")).unwrap(),
            _ => server.accept().unwrap(),
        }
    }
    let said = String::from_utf8(server.output().chunk().to_vec()).unwrap();
    server.output().advance(said.len());
    (events, said)
}

fn chunking(setup: &str) -> server::Connection {
    let mut server = server(|config| config.extensions.push(Extension::Chunking));
    told(&mut server, b"EHLO x\r\n", false);
    if setup.contains("MAIL") {
        told(&mut server, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n", false);
    }
    server
}

/// Whether there is a check of a case here.
fn checked(case: &Case) -> bool {
    let input = &case.input[..];
    let text = || String::from_utf8(input.to_vec()).unwrap();
    match case.id.as_str() {
        "SMTP-CL-01" => {
            let (error, fed) = flooded(input);
            assert!(matches!(error, Error::TooManyLines(_)) && fed <= 8192, "{error} {fed}");
        }
        "SMTP-CL-02" => {
            let (error, fed) = flooded(input);
            assert!(matches!(error, Error::TooLong(..)) && fed <= 4096, "{error} {fed}");
        }
        "SMTP-CL-06" => {
            let mut client = client(Tls::Optional, Security::Plain);
            let mut rx = Input::default();
            client.send(&Command::Ehlo(Domain::localhost())).unwrap();
            rx.extend(b"220 mx.example\r\n");
            rx.extend(input);
            for _ in 0..2 {
                assert!(client.receive(&mut rx).unwrap().is_some());
            }
            assert_eq!(client.receive(&mut rx).unwrap_err(), Error::Unsolicited);
            assert!(client.send(&mail()).is_err());
        }
        "SMTP-CL-08" => {
            let offer = b"220 mx.example\r\n250-mx.example\r\n250 STARTTLS\r\n";
            let (mut client, mut rx) = greeted(Tls::Required, Security::Plain, offer);
            client.send(&Command::StartTls).unwrap();
            flush(&mut client);
            rx.extend(input);
            let error = loop {
                match client.receive(&mut rx) {
                    Ok(Some(_)) => {}
                    Ok(None) => break client.tls_started(&mut rx).unwrap_err(),
                    Err(error) => break error,
                }
            };
            assert_eq!(error, Error::PlaintextAfterStartTls);
            assert!(client.extensions().is_none_or(|all| !all.has("AUTH")));
        }
        "SMTP-CL-10" => {
            let mut client = client(Tls::Required, Security::Plain);
            let mut rx = Input::default();
            client.send(&Command::Ehlo(Domain::localhost())).unwrap();
            rx.extend(b"220 mx.example\r\n");
            rx.extend(input);
            assert!(client.receive(&mut rx).unwrap().is_some());
            assert_eq!(client.receive(&mut rx).unwrap_err(), Error::TlsRefused);
        }
        "SMTP-CL-11" => {
            let offer = b"220 mx.example\r\n250-mx\r\n250-AUTH SCRAM-SHA-256\r\n250 STARTTLS\r\n";
            let (mut client, mut rx) = greeted(Tls::Required, Security::Plain, offer);
            client.send(&Command::StartTls).unwrap();
            flush(&mut client);
            rx.extend(b"220 go\r\n");
            while client.receive(&mut rx).unwrap().is_some() {}
            assert_eq!(client.wants(), Wants::Tls);
            client.tls_started(&mut rx).unwrap();
            assert!(client.extensions().is_none());
            client.send(&Command::Ehlo(Domain::localhost())).unwrap();
            rx.extend(input);
            assert!(client.receive(&mut rx).unwrap().is_some());
            let all = client.extensions().unwrap();
            assert!(all.mechanisms().map(Mechanism::as_str).eq(["PLAIN"]));
        }
        "SMTP-CL-12" | "SMTP-CL-13" => {
            assert!(ReversePath::new(text()).is_err() && ForwardPath::new(text()).is_err());
            assert!(Params::default().with("AUTH", Some(&text())).is_err());
        }
        "SMTP-CL-16" => {
            let password = |text: String| Plain::new("alice", text.as_str()).map(|_| ());
            let user = Plain::new(&text(), "x").map(|_| ());
            assert!(user.is_err() && password(text()).is_err() && password("ab".into()).is_ok());
        }
        "SMTP-CL-17" => {
            assert_eq!(sent(input, 64), b"a\r\n\r\n..\r\nRSET\r\n.\r\n");
            assert_eq!(sent(input, 1), sent(input, 64));
        }
        "SMTP-CL-20" => assert_eq!(sent(input, 64), b"..\r\n.\r\n"),
        "SMTP-CL-21" => {
            assert_ne!(sent(input, 64), b"a\r\r\n.\r\n");
            assert_eq!(sent(input, 1), sent(input, 64));
            assert_eq!(sent(b"a\r\nb", 2), b"a\r\nb\r\n.\r\n");
        }
        "SMTP-CL-22" => assert_eq!(answered(input), Err(Error::WrongReply)),
        "SMTP-CL-23" => {
            let (code, _, lines) = answered(input).unwrap();
            assert_eq!((code, &lines[0][..]), (Code::OK, &b"5.1.0 bad"[..]));
        }
        "SMTP-CL-24" => {
            let (code, _, lines) = answered(input).unwrap();
            assert_eq!((code, &lines[0][..]), (Code::OK, &b""[..]));
        }
        "SMTP-CL-25" => {
            let (_, shown, lines) = answered(input).unwrap();
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert_eq!(lines[0], b"\x1b]0;pwned\x07 no\0");
        }
        "SMTP-CL-26" => assert_eq!(answered(input).unwrap().0, Code::OK),
        "SMTP-CL-27" => {
            let all = parse::ehlo(input).unwrap();
            assert_eq!(all, Extensions::of(&parse::reply(input).unwrap()));
            let lines = input.split(|&b| b == b'\n').count() - 2;
            assert_eq!((all.iter().count(), all.damaged()), (lines, 0));
            assert!(all.has("END") && answered(input).is_ok());
        }
        "SMTP-CL-29" => {
            let offer = b"220 mx.example\r\n250-mx\r\n250 AUTH SCRAM-SHA-256\r\n";
            let (mut client, mut rx) = greeted(Tls::Optional, Security::Tls, offer);
            let account = Account::with_password("alice", "hungry");
            let transport = Transport { random: [1; 18], ..Transport::default() };
            let mut asking = Authentication::choose(&mut client, &account, &transport).unwrap();
            assert_eq!(asking.mechanism(), "SCRAM-SHA-256");
            rx.extend(input);
            let event = client.receive(&mut rx).unwrap().unwrap();
            let seen = asking.see(&mut client, &event).unwrap();
            assert!(matches!(seen, Authenticated::Broken), "{seen:?}");
        }
        "SMTP-CL-30" => {
            let offer = [b"220 mx.example\r\n", input].concat();
            let (mut client, _) = greeted(Tls::Optional, Security::Plain, &offer);
            let mechanism = Mechanism::new("PLAIN").unwrap();
            let initial = Some(Secret::from("\0alice\0hungry"));
            let auth = Command::Auth { mechanism, initial };
            assert_eq!(client.send(&auth).unwrap_err(), Misuse::Insecure);
            let account = Account::with_password("alice", "hungry");
            let transport = Transport { random: [1; 18], ..Transport::default() };
            assert!(Authentication::choose(&mut client, &account, &transport).is_err());
            assert_eq!(flush(&mut client), b"");
        }
        "SMTP-CL-34" => {
            let mut out = Vec::new();
            encode_xtext(input, &mut out);
            assert_eq!(out, b"a+2Bb+3Dc+7F");
        }
        "SMTP-TLS-07" => {
            let mut server = server(|config| config.starttls = true);
            told(&mut server, b"EHLO x\r\nSTARTTLS\r\n", false);
            assert_eq!(server.wants(), Wants::Tls);
            let mut rx = Input::default();
            rx.extend(input);
            // Stricter than to throw it away: someone is at work.
            assert_eq!(server.receive(&mut rx).unwrap_err(), Error::PlaintextAfterStartTls);
            assert_eq!(server.tls_started(&mut rx).unwrap_err(), Error::PlaintextAfterStartTls);
        }
        "SMTP-CMD-27" => {
            let mut config = server::Config::default();
            config.synchronisation = Synchronisation::Refuse;
            let mut server = server::Connection::waiting(config.into(), Security::Plain);
            let (events, said) = told(&mut server, input, false);
            assert!(events[0].contains(&format!("{:?}", Why::Unsynchronised)), "{events:?}");
            assert!(said.starts_with("554 ") && server.is_closed(), "{said}");
        }
        "SMTP-CMD-33" => {
            let mut server = server(|_| {});
            let message = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n";
            let (_, said) = told(&mut server, message, true);
            assert!(said.ends_with("554 no\r\n"), "{said}");
            let (_, said) = told(&mut server, input, true);
            assert_eq!(said.lines().filter(|line| line.starts_with("503 ")).count(), 2, "{said}");
        }
        "SMTP-CMD-20" => {
            let mut server = chunking(&case.setup);
            let (_, said) = told(&mut server, input, false);
            assert!(said.starts_with("552 5.3.4") && server.is_closed(), "{said}");
        }
        "SMTP-CMD-21" => {
            let (events, said) = told(&mut chunking(&case.setup), input, false);
            assert_eq!(said.lines().filter(|line| line.starts_with("503 ")).count(), 2, "{said}");
            assert!(events.len() == 2, "{events:?}");
        }
        "SMTP-CMD-22" => {
            let mut server = chunking(&case.setup);
            let (events, said) = told(&mut server, input, false);
            assert!(said.ends_with("503 5.5.1 not now\r\n"), "{said}");
            assert!(!events.iter().any(|event| event == "BodyEnd"));
            assert!(!server.session().in_transaction());
            // And when the chunk fails.
            let mut server = chunking(&case.setup);
            told(&mut server, b"BDAT x\r\n", false);
            assert!(server.is_closed() && !server.session().in_transaction());
        }
        "SMTP-CMD-25" => {
            let mut server = chunking(&case.setup);
            let (events, _) = told(&mut server, input, false);
            // Ten octets came, and the end of DATA among them means nothing.
            assert!(!events.iter().any(|event| event == "BodyEnd"));
            let (events, said) = told(&mut server, b"x", false);
            assert!(events.iter().any(|event| event == "BodyEnd"), "{events:?}");
            assert!(said.starts_with("250 ") && server.session().received().octets() == 11);
            assert!(server.session().received().bare_lf());
        }
        _ => return false,
    }
    true
}

/// What `robustness.rs` plays.
const STREAMS: [&str; 3] = [
    "354 sent; receiver is in DATA content state",
    "after EHLO accepted (extended session), no TLS",
    "after EHLO, MAIL and one RCPT accepted",
];

#[test]
fn every_case_is_played_here_or_as_a_stream() {
    let mut here = 0;
    for case in cases::of("smtp") {
        let checked = checked(&case);
        here += usize::from(checked);
        let stream = case.role == "server" && STREAMS.contains(&&*case.setup);
        assert!(checked || stream, "{}: nobody plays it", case.id);
    }
    println!("{here} cases");
}
