//! Every limit one below, at, and one above; and what is said when time is up.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server::{self, Event, Why};
use mailwire_smtp::types::{Code, Command, Domain, Mechanism, Reply};
use mailwire_smtp::{Buf, Error, Input, Misuse, Security, Wants};

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
fn auth_lines_and_responses_of_a_limit_of_ones_own() {
    // A response of 400 octets and its line end; a line that begins with as much.
    let text = "A".repeat(400);
    for piece in [1, 1000] {
        for (limit, too_long) in [(403, false), (402, false), (401, true), (100, true)] {
            let change = |config: &mut server::Config| {
                (config.limits.line, config.limits.auth_line) = (100, limit);
            };
            let mut server = server(change);
            let (mut rx, mut cancelled) = (Input::default(), None);
            let stream = format!("EHLO x\r\nAUTH PLAIN\r\n{text}\r\n");
            for piece in stream.as_bytes().chunks(piece) {
                rx.extend(piece);
                while let Some(event) = server.receive(&mut rx).unwrap() {
                    match event {
                        Event::Auth { .. } => server.challenge(b"").unwrap(),
                        Event::AuthResponse(_) => cancelled = Some(false),
                        Event::AuthCancelled => cancelled = Some(true),
                        _ => server.accept().unwrap(),
                    }
                }
            }
            assert_eq!(cancelled, Some(too_long), "{limit} by {piece}");

            let mut server = self::server(change);
            let initial = &text[..400 - "AUTH PLAIN ".len() - 1];
            let stream = format!("EHLO x\r\nAUTH PLAIN {initial}=\r\n");
            let (why, _) = refused(&mut server, stream.as_bytes(), piece);
            assert_eq!(why == [Why::TooLong], too_long, "{limit} by {piece}: {why:?}");
        }
        // One that is less than that of other lines counts as that.
        for (limit, too_long) in [(403, false), (402, false), (401, true)] {
            let mut server = server(|config| {
                (config.limits.line, config.limits.auth_line) = (limit, 100);
            });
            let initial = &text[..400 - "AUTH PLAIN ".len() - 1];
            let stream = format!("EHLO x\r\nAUTH PLAIN {initial}=\r\n");
            let (why, _) = refused(&mut server, stream.as_bytes(), piece);
            assert_eq!(why == [Why::TooLong], too_long, "{limit} by {piece}: {why:?}");
        }
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
                    server.reply(&Reply::new(Code::BAD_CREDENTIALS, "no")).unwrap();
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
    // The answer to either, of which ten are queued.
    let answer = "250 2.0.0 ok\r\n".len();
    for line in ["NOOP\r\n", "RSET\r\n"] {
        for (limit, reads) in
            [(10 * answer + 1, true), (10 * answer, false), (10 * answer - 1, false)]
        {
            let mut server = server(|config| config.limits.output = limit);
            take(&mut server);
            let mut rx = Input::default();
            rx.extend(line.repeat(20).as_bytes());
            for _ in 0..10 {
                assert!(server.receive(&mut rx).unwrap().is_some(), "{line:?} {limit}");
                server.accept().unwrap();
            }
            assert_eq!(server.output().queued(), 10 * answer);
            assert_eq!(server.wants(), if reads { Wants::Input } else { Wants::Flush });
            assert_eq!(server.receive(&mut rx).unwrap().is_some(), reads, "{line:?} {limit}");
            if reads {
                server.accept().unwrap();
                assert!(server.receive(&mut rx).unwrap().is_none());
            }
            take(&mut server);
            assert!(server.receive(&mut rx).unwrap().is_some());
        }
    }
}

#[test]
fn answers_that_are_put_off() {
    for (n, waits) in [(2, false), (3, false), (4, true), (40, true)] {
        let mut server = server(|config| config.limits.deferred = 3);
        let mut rx = Input::default();
        rx.extend(b"EHLO x\r\nMAIL FROM:<>\r\n");
        rx.extend("RCPT TO:<a@b>\r\n".repeat(n).as_bytes());
        let mut tickets = Vec::new();
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Rcpt(_) => tickets.push(server.defer().unwrap()),
                _ => server.accept().unwrap(),
            }
        }
        assert_eq!(tickets.len(), n.min(3));
        assert_eq!(server.wants(), if waits { Wants::Reply } else { Wants::Input }, "{n}");
        assert_eq!(rx.is_empty(), !waits);

        server.reply_to(tickets[0], &Reply::new(Code::OK, "ok")).unwrap();
        assert_eq!(server.receive(&mut rx).unwrap().is_some(), waits, "{n}");
        if waits {
            server.defer().unwrap();
            assert_eq!(server.defer(), Err(Misuse::NoReplyDue));
            assert!(server.receive(&mut rx).unwrap().is_none());
        }
    }
}

#[test]
fn where_no_answer_may_be_put_off_each_is_due() {
    let mut server = server(|config| config.limits.deferred = 0);
    let mut rx = Input::default();
    rx.extend(b"NOOP\r\nNOOP\r\n");
    assert!(server.receive(&mut rx).unwrap().is_some());
    assert_eq!(server.defer(), Err(Misuse::WrongState));
    server.accept().unwrap();
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

/// A client that may send mail, and its input; `change` is of its configuration.
fn ready(change: impl Fn(&mut client::Config)) -> (client::Connection, Input) {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    change(&mut config);
    let mut client = client::Connection::new(config.into(), Security::Plain);
    let mut rx = Input::default();
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250-CHUNKING\r\n250 PIPELINING\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(leaving(&mut client), ["EHLO localhost"]);
    (client, rx)
}

/// The lines that may leave; they do.
fn leaving(client: &mut client::Connection) -> Vec<String> {
    let mut sent = Vec::new();
    while client.output().remaining() > 0 {
        sent.extend_from_slice(client.output().chunk());
        let n = client.output().chunk().len();
        client.output().advance(n);
    }
    String::from_utf8(sent).unwrap().lines().map(String::from).collect()
}

#[test]
fn commands_that_are_not_answered() {
    for (n, leave) in [(2, 2), (3, 3), (4, 3), (40, 3)] {
        let (mut client, mut rx) = ready(|config| config.pipeline = 3);
        client.send(&mail("a@b")).unwrap();
        for _ in 1..n {
            client.send(&rcpt("c@d")).unwrap();
        }
        assert_eq!(leaving(&mut client).len(), leave, "{n}");
        // Each answer lets one leave.
        let mut left = n - leave;
        rx.extend(&b"250 ok\r\n".repeat(n));
        for _ in 0..n {
            assert!(client.receive(&mut rx).unwrap().is_some());
            assert_eq!(leaving(&mut client).len(), left.min(1), "{n}");
            left -= left.min(1);
        }
        assert_eq!(left, 0);
    }
}

/// One that has a recipient and begins a message in chunks.
fn chunks(change: impl Fn(&mut client::Config)) -> (client::Connection, Input) {
    let (mut client, mut rx) = ready(change);
    client.send(&mail("a@b")).unwrap();
    client.send(&rcpt("c@d")).unwrap();
    rx.extend(b"250 ok\r\n250 ok\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(leaving(&mut client).len(), 2);
    client.begin_chunks(true).unwrap();
    (client, rx)
}

#[test]
fn chunks_of_a_message() {
    for (len, cut) in [
        (0, &["BDAT 0 LAST"][..]),
        (99, &["BDAT 99 LAST"]),
        (100, &["BDAT 100", "BDAT 0 LAST"]),
        (101, &["BDAT 100", "BDAT 1 LAST"]),
        (200, &["BDAT 100", "BDAT 100", "BDAT 0 LAST"]),
    ] {
        for piece in [1, 99, 100, 101, 1000] {
            let (mut client, _) = chunks(|config| (config.chunk, config.window) = (100, 10));
            for piece in vec![b'\n'; len].chunks(piece) {
                client.send_body(piece).unwrap();
            }
            client.end_body().unwrap();
            let mut lines = leaving(&mut client);
            lines.retain(|line| !line.is_empty());
            assert_eq!(lines, cut, "{len} by {piece}");
        }
    }
}

#[test]
fn chunks_that_are_not_answered() {
    for (window, pipeline, most) in [(1, 1000, 1), (2, 1000, 2), (3, 1000, 3), (3, 2, 2), (0, 9, 1)]
    {
        for n in [most - 1, most, most + 1] {
            let (mut client, mut rx) = chunks(|config| {
                (config.chunk, config.window, config.pipeline) = (10, window, pipeline);
            });
            client.send_body(&vec![b'\n'; 10 * n]).unwrap();
            let mut lines = leaving(&mut client);
            lines.retain(|line| !line.is_empty());
            assert_eq!(lines, vec!["BDAT 10"; n.min(most)], "{n} of {most}");
            let wants = |full: bool| if full { Wants::Input } else { Wants::Reply };
            assert_eq!(client.wants(), wants(n >= most), "{n} of {most}");
            // Each answer lets one leave.
            for answered in 1..=n {
                rx.extend(b"250 ok\r\n");
                assert!(client.receive(&mut rx).unwrap().is_none(), "the message has one answer");
                assert_eq!(client.wants(), wants(n - answered >= most), "{n} of {most}");
                let left = n > most && answered == 1;
                assert_eq!(leaving(&mut client).contains(&"BDAT 10".into()), left);
            }
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
