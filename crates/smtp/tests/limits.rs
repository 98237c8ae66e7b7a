//! Every limit one below, at, and one above; and what is said when time is up.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server::{self, Event, Why};
use mailwire_smtp::types::{Command, Domain, Mechanism};
use mailwire_smtp::{Buf, Error, Input, Security, Wants};

fn server(change: impl Fn(&mut server::Config)) -> server::Connection {
    let mut config = server::Config::default();
    config.allow_plaintext_credentials = true;
    config.mechanisms = vec![Mechanism::new("PLAIN").unwrap()];
    change(&mut config);
    server::Connection::new(config.into(), Security::Plain)
}

fn take(server: &mut server::Connection) -> String {
    let out = server.output();
    let sent = String::from_utf8(out.chunk().to_vec()).unwrap();
    out.advance(sent.len());
    sent
}

/// What a server that accepts all refuses in `stream`, fed in pieces; then how many octets it holds.
fn refused(server: &mut server::Connection, stream: &[u8], piece: usize) -> (Vec<Why>, usize) {
    let (mut all, mut rx, mut most) = (Vec::new(), Input::default(), 0);
    for piece in stream.chunks(piece) {
        rx.extend(piece);
        loop {
            match server.receive(&mut rx).unwrap() {
                Some(Event::Refused(refused)) => all.push(refused.why),
                Some(Event::BodyRefused(why)) => all.push(why),
                Some(Event::Body(_)) => {}
                Some(_) => server.accept().unwrap(),
                None if take(server).is_empty() => break,
                None => {}
            }
        }
        most = most.max(rx.len());
    }
    (all, most)
}

#[test]
fn command_lines() {
    for piece in [1, 7, 100_000] {
        for (len, too_long) in [(511, false), (512, false), (513, true), (90_000, true)] {
            let mut server = server(|config| config.limits.line = 512);
            let line = [b"NOOP ", &vec![b'x'; len - 7][..], b"\r\nNOOP\r\n"].concat();
            let (why, most) = refused(&mut server, &line, piece);
            assert_eq!(why, if too_long { vec![Why::TooLong] } else { vec![] }, "{len} by {piece}");
            assert!(piece > 7 || most <= 512, "{most} octets were held");
        }
    }
}

// SMTP-CMD-36 of the robustness cases.
#[test]
fn auth_lines() {
    for piece in [1, 1000, 100_000] {
        for (len, too_long) in [(12_287, false), (12_288, false), (12_289, true)] {
            let mut server = server(|_| {});
            let line = [b"AUTH PLAIN ", &vec![b'='; len - 13][..], b"\r\n"].concat();
            let (why, _) = refused(&mut server, &[b"EHLO x\r\n", &line[..]].concat(), piece);
            assert_eq!(why.len(), 1);
            assert_eq!(why[0] == Why::TooLong, too_long, "{len} by {piece}");
        }
    }
}

#[test]
fn auth_responses() {
    for (len, cancelled) in [(12_288 - 2, false), (12_288 + 2, true)] {
        let mut server = server(|_| {});
        let mut rx = Input::default();
        rx.extend(b"EHLO x\r\nAUTH PLAIN\r\n");
        assert!(matches!(server.receive(&mut rx), Ok(Some(Event::Hello(_)))));
        server.accept().unwrap();
        assert!(matches!(server.receive(&mut rx), Ok(Some(Event::Auth { .. }))));
        server.challenge(b"").unwrap();
        let text = vec![b'A'; (len - 2) / 4 * 4];
        rx.extend(&text);
        rx.extend(&vec![b'A'; if cancelled { 4 } else { 0 }]);
        rx.extend(b"\r\n");
        let event = server.receive(&mut rx).unwrap().unwrap();
        assert_eq!(matches!(event, Event::AuthCancelled), cancelled, "{event:?}");
    }
}

const START: &str = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";

#[test]
fn message_sizes_while_they_stream_and_as_announced() {
    for piece in [1, 5, 100_000] {
        for (len, too_big) in [(99, false), (100, false), (101, true), (50_000, true)] {
            let mut server = server(|config| config.limits.message = 100);
            let body = format!("{START}{}\r\n.\r\n", "x".repeat(len - 2));
            let (why, most) = refused(&mut server, body.as_bytes(), piece);
            assert_eq!(why, if too_big { vec![Why::TooBig] } else { vec![] }, "{len} by {piece}");
            assert!(piece > 5 || most < 64, "{most} octets were held");
        }
    }
    for (size, too_big) in [(99, false), (100, false), (101, true)] {
        let mut server = server(|config| config.limits.message = 100);
        let line = format!("EHLO x\r\nMAIL FROM:<a@b> SIZE={size}\r\n");
        let (why, _) = refused(&mut server, line.as_bytes(), 100);
        assert_eq!(why, if too_big { vec![Why::TooBig] } else { vec![] });
    }
}

#[test]
fn recipients() {
    for (n, too_many) in [(2_u32, false), (3, false), (4, true)] {
        let mut server = server(|config| config.limits.recipients = 3);
        let lines = format!("EHLO x\r\nMAIL FROM:<>\r\n{}", "RCPT TO:<a@b>\r\n".repeat(n as usize));
        let (why, _) = refused(&mut server, lines.as_bytes(), 100);
        assert_eq!(why, if too_many { vec![Why::TooManyRecipients] } else { vec![] });
        assert_eq!(server.session().recipients(), n.min(3));
    }
}

// SMTP-CMD-28 and 29 of the robustness cases.
#[test]
fn idle_commands() {
    for line in
        ["BOGUS\r\n", "NOOP\r\n", "RSET\r\n", "VRFY a\r\n", "RCPT TO:<a@b>\r\n", "EHLO x\r\n"]
    {
        for (n, closed) in [(31, false), (32, false), (33, true), (40, true)] {
            let mut server = server(|config| config.limits.errors = 1000);
            let (why, _) = refused(&mut server, line.repeat(n).as_bytes(), 100);
            assert_eq!(why.contains(&Why::TooManyIdle), closed, "{line:?} {n}");
            assert_eq!(server.is_closed(), closed);
            assert!(!closed || server.wants() == Wants::Close);
        }
    }
    // AUTH that is given up each time.
    let mut server = self::server(|_| {});
    let mut rx = Input::default();
    rx.extend(b"EHLO x\r\n");
    rx.extend(&b"AUTH PLAIN\r\n*\r\n".repeat(40));
    let (mut cancelled, mut last) = (0, None);
    while let Some(event) = server.receive(&mut rx).unwrap() {
        match event {
            Event::Auth { .. } => server.challenge(b"").unwrap(),
            Event::AuthCancelled => cancelled += 1,
            Event::Refused(refused) => last = Some(refused.why),
            _ => server.accept().unwrap(),
        }
    }
    assert_eq!((cancelled, last), (31, Some(Why::TooManyIdle)));
    // Mail makes up for them.
    let mut server = self::server(|_| {});
    let stream = format!("{}{START}hi\r\n.\r\n", "NOOP\r\n".repeat(30)).repeat(5);
    assert_eq!(refused(&mut server, stream.as_bytes(), 100).0, []);
}

// SMTP-CMD-28 of the robustness cases.
#[test]
fn errors() {
    for (n, closed) in [(19, false), (20, false), (21, true), (40, true)] {
        let mut server = server(|_| {});
        let (why, _) = refused(&mut server, "BOGUS\rx\r\n".repeat(n).as_bytes(), 100);
        assert_eq!(why.contains(&Why::TooManyErrors), closed, "{n}");
        assert_eq!(server.is_closed(), closed);
    }
}

#[test]
fn auth_failures() {
    for (n, closed) in [(2, false), (3, false), (4, true)] {
        let mut server = server(|_| {});
        let mut rx = Input::default();
        rx.extend(b"EHLO x\r\n");
        rx.extend(&b"AUTH PLAIN AAAA\r\n".repeat(n));
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Auth { .. } => {
                    let no = mailwire_smtp::types::Code::BAD_CREDENTIALS;
                    server.reply(&mailwire_smtp::types::Reply::new(no, "no")).unwrap();
                }
                Event::Refused(refused) => assert_eq!(refused.why, Why::TooManyFailures),
                _ => server.accept().unwrap(),
            }
        }
        assert_eq!(server.is_closed(), closed, "{n}");
    }
}

#[test]
fn output_that_is_not_sent_stops_the_reading() {
    let mut server = server(|config| {
        config.limits.output = 1000;
        config.limits.idle_commands = 10_000;
    });
    let mut rx = Input::default();
    rx.extend(&b"NOOP\r\n".repeat(1000));
    while server.receive(&mut rx).unwrap().is_some() {
        server.accept().unwrap();
    }
    assert_eq!(server.wants(), Wants::Flush);
    assert!(server.output().queued() < 1000 + 20);
    assert!(rx.len() > 5000);
    take(&mut server);
    assert!(server.receive(&mut rx).unwrap().is_some());
}

fn client(change: impl Fn(&mut client::Limits)) -> client::Connection {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    change(&mut config.limits);
    client::Connection::new(config.into(), Security::Plain)
}

fn heard(mut client: client::Connection, stream: &[u8], piece: usize) -> Result<usize, Error> {
    let (mut rx, mut events) = (Input::default(), 0);
    for piece in stream.chunks(piece) {
        rx.extend(piece);
        while client.receive(&mut rx)?.is_some() {
            events += 1;
        }
    }
    Ok(events)
}

// SMTP-CL-01 and 02 of the robustness cases.
#[test]
fn replies() {
    for piece in [1, 1000, 100_000] {
        let line = |n: usize| [b"220 ", &vec![b'x'; n - 6][..], b"\r\n"].concat();
        for (len, ok) in [(99, true), (100, true), (101, false), (50_000, false)] {
            let result = heard(client(|limits| limits.line = 100), &line(len), piece);
            let error = Error::TooLong("a line of a reply", 100);
            assert_eq!(result, if ok { Ok(1) } else { Err(error) }, "{len} by {piece}");
        }
        let lines = |n: usize| [&b"220-x\r\n".repeat(n - 1)[..], b"220 x\r\n"].concat();
        for (n, ok) in [(9, true), (10, true), (11, false)] {
            let result = heard(client(|limits| limits.lines = 10), &lines(n), piece);
            assert_eq!(result, if ok { Ok(1) } else { Err(Error::TooManyLines(10)) });
        }
        for (n, ok) in [(9, true), (10, true), (11, false)] {
            let result = heard(client(|limits| limits.reply = 70), &lines(n), piece);
            assert_eq!(result, if ok { Ok(1) } else { Err(Error::TooLong("a reply", 70)) });
        }
    }
}

// RFC 5321 section 4.5.3.2.
#[test]
fn rfc5321_4_5_3_2_who_waits_how_long_for_what() {
    let minutes = |wait: Option<mailwire_smtp::Wait>| wait.map(|wait| wait.limit.as_secs() / 60);
    let mut client = client(|_| {});
    let mut rx = Input::default();
    assert_eq!(minutes(client.wait()), Some(5));
    for command in [Command::Ehlo(Domain::localhost()), mail("a@b"), rcpt("c@d"), Command::Data] {
        client.send(&command).unwrap();
    }
    rx.extend(b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(minutes(client.wait()), Some(2));
    rx.extend(b"354 go\r\n");
    client.receive(&mut rx).unwrap();
    let n = client.output().remaining();
    client.output().advance(n);
    assert_eq!(client.wait(), None, "the application is to speak");
    client.send_body(&[b'x'; 200_000]).unwrap();
    let first = client.wait().unwrap();
    assert_eq!(first.limit.as_secs(), 180);
    client.output().advance(100_000);
    assert_ne!(client.wait().unwrap().serial, first.serial, "progress earns time");
    client.end_body().unwrap();
    assert_eq!(minutes(client.wait()), Some(10));

    let mut server = server(|_| {});
    let first = server.wait().unwrap();
    assert_eq!(first.limit.as_secs(), 300);
    let mut rx = Input::default();
    rx.extend(b"NOO");
    assert!(server.receive(&mut rx).unwrap().is_none());
    assert_eq!(server.wait().unwrap().serial, first.serial, "trickling earns none");
    rx.extend(b"P\r\n");
    server.receive(&mut rx).unwrap();
    assert_eq!(server.wait(), None, "the answer is ours to give");
    server.accept().unwrap();
    assert_ne!(server.wait().unwrap().serial, first.serial);
    take(&mut server);
    server.expire();
    assert!(take(&mut server).starts_with("421 4.4.2 "));
    assert_eq!(server.wants(), Wants::Close);
}

fn mail(path: &str) -> Command<'_> {
    use mailwire_smtp::types::{Mail, Params, ReversePath};
    let from = ReversePath::new(path).unwrap();
    Command::Mail(Mail { from, params: Params::default() })
}

fn rcpt(path: &str) -> Command<'_> {
    use mailwire_smtp::types::{ForwardPath, Params, Rcpt};
    let to = ForwardPath::new(path).unwrap();
    Command::Rcpt(Rcpt { to, params: Params::default() })
}
