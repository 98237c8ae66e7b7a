//! What servers can do beside one message to all by DATA: chunks, answers for each recipient, put
//! off answers, proxies, and clients that do not wait.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::server::{
    BareNewlines, Config, Connection, Event, Protocol, Synchronisation, Why,
};
use mailwire_smtp::types::{Attribute, Code, Extension, Reply, Words};
use mailwire_smtp::{Buf, Error, Input, Misuse, Security, Text, Wants};

const START: &str = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n";

fn config() -> Config {
    let mut config = Config::default();
    let more = [
        Extension::Chunking,
        Extension::BinaryMime,
        Extension::Dsn,
        Extension::Prdr,
        Extension::Etrn,
        Extension::Burl(Words::default()),
        Extension::XClient(Words::new(Text::new("NAME ADDR LOGIN HELO").unwrap())),
        Extension::XForward(Words::new(Text::new("NAME").unwrap())),
    ];
    config.extensions.extend(more);
    config
}

fn taken(server: &mut Connection) -> String {
    let out = server.output();
    let sent = String::from_utf8(out.chunk().to_vec()).unwrap();
    out.advance(sent.len());
    sent
}

/// What an application that says yes sees, and what the client does, of a stream in pieces.
fn play(config: &Config, stream: &[u8], piece: usize) -> (Vec<String>, Vec<u8>, String) {
    let mut server = Connection::new(config.clone().into(), Security::Plain);
    let (mut rx, mut events, mut body, mut sent) =
        (Input::default(), vec![], vec![], String::new());
    for piece in stream.chunks(piece) {
        rx.extend(piece);
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Body(piece) => body.extend_from_slice(piece),
                Event::Refused(refused) => events.push(format!("{:?}", refused.why)),
                Event::BodyRefused(why) => events.push(format!("{why:?}")),
                Event::Proxy(proxy) => events.push(format!("{:?}", proxy.addresses)),
                Event::Unsynchronised(verb) => events.push(format!("{verb:?}")),
                event => {
                    let words = format!("{event:?}");
                    events.push(words.split(['(', ' ']).next().unwrap().into());
                    server.accept().unwrap();
                }
            }
        }
        sent.push_str(&taken(&mut server));
    }
    (events, body, sent)
}

fn codes(sent: &str) -> Vec<&str> {
    sent.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect()
}

#[test]
fn chunks_are_one_message_to_the_application() {
    let stream = format!("{START}BDAT 5\r\n.\r\n.\nBDAT 0\r\nBDAT 6 LAST\r\n\r\n.\r\n\rNOOP\r\n");
    for piece in 1..stream.len() + 1 {
        let (events, body, sent) = play(&config(), stream.as_bytes(), piece);
        assert_eq!(events, ["Hello", "Mail", "Rcpt", "Data", "BodyEnd", "Noop"]);
        assert_eq!(body, b".\r\n.\n\r\n.\r\n\r");
        assert_eq!(codes(&sent)[3..], ["250"; 5]);
        assert_eq!(sent.matches("354").count(), 0);
    }
}

// SMTP-CMD-20 to 22 of the robustness cases; emersion/go-smtp#315.
#[test]
fn chunks_that_are_refused_are_consumed() {
    let mut none = config();
    none.extensions.clear();
    none.extensions.push(Extension::Pipelining);
    let mut small = config();
    small.limits.message = 10;
    for (config, stream, events) in [
        (config(), "BDAT 6\r\nRSET\r\nNOOP\r\n".into(), vec!["BadSequence", "Noop"]),
        (none, "BDAT 6\r\nRSET\r\nNOOP\r\n".into(), vec!["NotOffered", "Noop"]),
        (
            config(),
            format!("{START}BDAT 3\r\nabcMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nDATA\r\nRSET\r\n"),
            vec![
                "Hello",
                "Mail",
                "Rcpt",
                "Data",
                "BadSequence",
                "BadSequence",
                "BadSequence",
                "Reset",
            ],
        ),
        (
            small,
            format!("{START}BDAT 6\r\nRSET\r\nBDAT 5\r\nNOOP\nBDAT 6 LAST\r\nNOOP\r\nNOOP\r\n"),
            vec!["Hello", "Mail", "Rcpt", "Data", "TooBig", "BadSequence", "Noop"],
        ),
    ] {
        for piece in [1, 2, 7, 1000] {
            assert_eq!(play(&config, stream.as_bytes(), piece).0, events, "{stream:?} {piece}");
        }
    }
    // What follows cannot be told from commands: the connection ends.
    for (bdat, why) in [
        ("BDAT x\r\n", "BadChunk"),
        ("BDAT 99999999999999999999999 LAST\r\n", "BadChunk"),
        ("BDAT 5 MORE\r\n", "BadChunk"),
        ("BDAT 5\n", "BadChunk"),
        ("BDAT 9223372036854775807\r\n", "HugeChunk"),
    ] {
        let (events, _, _) = play(&config(), format!("{START}{bdat}NOOP\r\n").as_bytes(), 1000);
        assert!(events.last().unwrap().starts_with(why), "{events:?}");
        assert_eq!(events.len(), 4);
    }
}

#[test]
fn an_application_that_refuses_chunks_sees_none_of_them() {
    let mut server = Connection::new(config().into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(format!("{START}BDAT 6\r\nRSET\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n").as_bytes());
    let mut events = Vec::new();
    while let Some(event) = server.receive(&mut rx).unwrap() {
        match event {
            Event::Data => server.reply(&Reply::new(Code::NO_ROOM, "4.3.1 no room")).unwrap(),
            Event::Refused(refused) => assert_eq!(refused.why, Why::BadSequence),
            event => {
                events.push(format!("{event:?}"));
                server.accept().unwrap();
            }
        }
    }
    assert_eq!(events.len(), 4);
    assert_eq!(codes(&taken(&mut server))[1..], ["250", "250", "250", "452", "503", "250"]);
}

#[test]
fn a_binary_message_comes_by_chunks_alone() {
    let stream =
        "EHLO a\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c@d>\r\nDATA\r\nBDAT 2 LAST\r\n\0\n";
    let (events, body, _) = play(&config(), stream.as_bytes(), 5);
    assert_eq!(events, ["Hello", "Mail", "Rcpt", "BadSequence", "Data", "BodyEnd"]);
    assert_eq!(body, b"\0\n");
}

#[test]
fn bare_newlines_become_line_ends_at_every_split() {
    let mut normal = config();
    normal.bare_newlines = BareNewlines::Normalise;
    let text = "a\nb\r\r\n\n.\r\n..\n.\n\r.c\rd";
    let stream = format!("{START}DATA\r\n{text}\r\n.\r\nNOOP\r\n");
    for piece in 1..stream.len() + 1 {
        let (events, body, _) = play(&normal, stream.as_bytes(), piece);
        assert_eq!(events[3..], ["Data", "BodyEnd", "Noop"]);
        let expected = "a\r\nb\r\n\r\n\r\n.\r\n.\r\n.\r\n\r\n.c\r\nd\r\n";
        assert_eq!(String::from_utf8(body).unwrap(), expected, "{piece}");
    }
    // The limit counts what is shown.
    for (limit, fits) in [(27, false), (28, true), (29, true)] {
        normal.limits.message = limit;
        let (events, body, _) = play(&normal, stream.as_bytes(), 3);
        assert_eq!(events[4] == "BodyEnd", fits, "{limit}");
        assert_eq!(body.len() as u64, limit.min(28));
    }
}

fn body_due(config: Config, stream: &str) -> Connection {
    let mut server = Connection::new(config.into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(stream.as_bytes());
    while let Some(event) = server.receive(&mut rx).unwrap() {
        match event {
            Event::BodyEnd | Event::Body(_) => {}
            _ => server.accept().unwrap(),
        }
    }
    taken(&mut server);
    server
}

const TWO: &str =
    "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\nDATA\r\nhi\r\n.\r\n";

#[test]
fn lmtp_answers_for_each_recipient_in_order() {
    let mut lmtp = config();
    lmtp.protocol = Protocol::Lmtp;
    let (ok, no) = (Reply::new(Code::OK, "2.0.0 ok"), Reply::new(Code::REFUSED, "5.2.2 full"));
    let start = || body_due(lmtp.clone(), &format!("LHLO a\r\n{TWO}"));

    let mut server = start();
    server.reply_recipient(1, &no).unwrap();
    assert_eq!(taken(&mut server), "");
    server.reply_recipient(0, &ok).unwrap();
    assert_eq!(codes(&taken(&mut server)), ["250", "550"]);
    assert_eq!(server.reply_recipient(1, &no), Err(Misuse::NoReplyDue));
    assert_eq!(server.reply_recipient(3, &no), Err(Misuse::NoReplyDue));
    assert!(server.session().in_transaction());
    server.reply_recipient(2, &ok).unwrap();
    assert_eq!(codes(&taken(&mut server)), ["250"]);
    assert!(!server.session().in_transaction());
    assert_eq!(server.reply(&ok), Err(Misuse::NoReplyDue));

    let mut server = start();
    server.reply_recipient(2, &no).unwrap();
    server.accept().unwrap();
    assert_eq!(codes(&taken(&mut server)), ["250", "250", "550"]);

    // What the machine refuses it refuses for each.
    lmtp.limits.message = 1;
    let (events, _, sent) = play(&lmtp, format!("LHLO a\r\n{TWO}EHLO a\r\n").as_bytes(), 9);
    assert_eq!(events[6..], ["TooBig", "NotOffered"]);
    assert_eq!(codes(&sent)[7..], ["552", "552", "552", "502"]);
}

#[test]
fn prdr_answers_for_each_recipient_when_they_differ() {
    let (ok, no) = (Reply::new(Code::OK, "2.0.0 ok"), Reply::new(Code::REFUSED, "5.2.2 full"));
    let stream = format!("EHLO a\r\n{}", TWO.replacen("<a@b>", "<a@b> PRDR", 1));
    let mut server = body_due(config(), &stream);
    server.reply_recipient(1, &no).unwrap();
    assert_eq!(taken(&mut server), "");
    server.reply(&ok).unwrap();
    assert_eq!(codes(&taken(&mut server)), ["353", "250", "550", "250", "250"]);

    let mut server = body_due(config(), &stream);
    server.reply(&ok).unwrap();
    assert_eq!(codes(&taken(&mut server)), ["250"]);

    let mut server = body_due(config(), &format!("EHLO a\r\n{TWO}"));
    assert_eq!(server.reply_recipient(0, &no), Err(Misuse::WrongState));
}

#[test]
fn answers_put_off_are_sent_in_order_and_other_commands_wait() {
    let mut server = Connection::new(config().into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nRCPT TO:x\r\nVRFY a\r\nDATA\r\n");
    rx.close();
    let (mut tickets, mut refused) = (Vec::new(), 0);
    while let Some(event) = server.receive(&mut rx).unwrap() {
        match event {
            Event::Rcpt(_) | Event::Verify(_) => tickets.push(server.defer().unwrap()),
            Event::Refused(_) => refused += 1,
            Event::Data => panic!("the recipients are not answered"),
            _ => server.accept().unwrap(),
        }
    }
    taken(&mut server);
    assert_eq!((tickets.len(), refused, server.wants()), (3, 1, Wants::Reply));
    let (ok, no) = (Reply::new(Code::OK, "ok"), Reply::new(Code::REFUSED, "no"));
    server.reply_to(tickets[2], &ok).unwrap();
    server.reply_to(tickets[1], &no).unwrap();
    assert_eq!(server.reply_to(tickets[1], &no), Err(Misuse::NoReplyDue));
    assert_eq!(taken(&mut server), "");
    server.reply_to(tickets[0], &ok).unwrap();
    assert_eq!(codes(&taken(&mut server)), ["250", "550", "501", "250"]);
    assert_eq!(server.session().recipients(), 1);
    assert!(matches!(server.receive(&mut rx), Ok(Some(Event::Data))));
    assert_eq!(server.defer(), Err(Misuse::WrongState));
    server.accept().unwrap();
}

#[test]
fn at_most_so_many_answers_are_put_off() {
    for (limit, n) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
        let mut few = config();
        few.limits.deferred = limit;
        few.limits.recipients = 3;
        let mut server = Connection::new(few.into(), Security::Plain);
        let mut rx = Input::default();
        rx.extend(b"EHLO a\r\nMAIL FROM:<a@b>\r\n");
        rx.extend(&b"RCPT TO:<c@d>\r\n".repeat(5));
        let mut put_off = 0;
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Rcpt(_) => put_off += server.defer().map_or(0, |_| 1),
                Event::Refused(refused) => assert_eq!(refused.why, Why::TooManyRecipients),
                _ => server.accept().unwrap(),
            }
        }
        assert_eq!(put_off, n, "{limit}");
    }
}

#[test]
fn a_batch_of_commands_is_answered_in_one_piece() {
    let mut server = Connection::new(config().into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"EHLO a\r\nMAIL FROM:<a@b>\r\n");
    rx.extend(&b"RCPT TO:<c@d>\r\n".repeat(100));
    while server.receive(&mut rx).unwrap().is_some() {
        server.accept().unwrap();
    }
    assert_eq!(codes(&taken(&mut server)).len(), 103);
}

#[test]
fn clients_that_do_not_wait() {
    let stream =
        b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhi\r\n.\r\nMAIL FROM:<a@b>\r\n";
    let mut note = config();
    note.synchronisation = Synchronisation::Note;
    let (events, _, _) = play(&note, stream, 1000);
    assert_eq!(
        events,
        ["Some(Ehlo)", "Hello", "Mail", "Rcpt", "Some(Data)", "Data", "BodyEnd", "Mail"]
    );
    assert_eq!(play(&note, stream, 1).0, play(&config(), stream, 1).0);
    let mut refuse = config();
    refuse.synchronisation = Synchronisation::Refuse;
    assert_eq!(play(&refuse, stream, 1000).0, ["Unsynchronised"]);
    assert_eq!(play(&refuse, stream, 1).0.len(), 6);
}

// SMTP-CMD-27 of the robustness cases.
#[test]
fn clients_that_speak_first() {
    for (policy, early, closed) in [
        (Synchronisation::Ignore, 0, false),
        (Synchronisation::Note, 1, false),
        (Synchronisation::Refuse, 1, true),
    ] {
        let mut config = config();
        config.synchronisation = policy;
        let mut server = Connection::waiting(config.into(), Security::Plain);
        let mut rx = Input::default();
        assert!(server.receive(&mut rx).unwrap().is_none());
        assert!(server.output().chunk().is_empty());
        rx.extend(b"EHLO a\r\n");
        let mut seen = 0;
        while let Some(event) = server.receive(&mut rx).unwrap() {
            assert!(matches!(event, Event::Unsynchronised(None) | Event::Refused(_)));
            seen += 1;
        }
        assert_eq!((seen, server.is_closed()), (early, closed), "{policy:?}");
        assert_eq!(taken(&mut server).starts_with("554"), closed);
        assert_eq!(server.greet().is_err(), closed);
        if !closed {
            assert!(matches!(server.receive(&mut rx), Ok(Some(Event::Hello(_)))));
            assert!(taken(&mut server).starts_with("220"));
        }
    }
}

#[test]
fn proxies_say_who_is_connected() {
    let mut behind = config();
    behind.proxy = true;
    let stream = b"PROXY TCP4 192.0.2.1 192.0.2.2 4321 25\r\nEHLO a\r\n";
    for piece in 1..stream.len() {
        let (events, _, sent) = play(&behind, stream, piece);
        assert_eq!(events[1..], ["Hello"], "{events:?}");
        assert!(events[0].contains("192.0.2.1:4321"));
        assert_eq!(codes(&sent), ["220", "250"]);
    }
    let mut server = Connection::new(behind.into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"EHLO a\r\n");
    assert!(matches!(server.receive(&mut rx), Err(Error::Syntax(_))));
    assert!(server.output().chunk().is_empty());
}

#[test]
fn xclient_begins_the_session_of_the_client_described() {
    let mut server = Connection::new(config().into(), Security::Plain);
    let mut rx = Input::default();
    rx.extend(b"EHLO proxy\r\nXCLIENT ADDR=192.0.2.1 LOGIN=a+20b\r\nMAIL FROM:<a@b>\r\n");
    let mut refused = 0;
    while let Some(event) = server.receive(&mut rx).unwrap() {
        if matches!(event, Event::Refused(_)) {
            refused += 1;
        } else {
            server.accept().unwrap();
        }
    }
    // It must say hello again.
    assert_eq!((refused, codes(&taken(&mut server))), (1, vec!["220", "250", "220", "503"]));
    let session = server.session();
    assert!(session.is_authenticated() && session.name().is_empty());
    let login = session.origin().unwrap().client().get("LOGIN");
    assert_eq!(login, Some(Attribute::Value("a b".into())));
    rx.extend(b"XCLIENT HELO=c PROTO=ESMTP\r\nXFORWARD NAME=n\r\nMAIL FROM:<a@b>\r\n");
    while let Some(event) = server.receive(&mut rx).unwrap() {
        assert!(!matches!(event, Event::Refused(_)), "{event:?}");
        server.accept().unwrap();
    }
    assert!(server.session().in_transaction() && server.session().name() == "c");
    assert!(server.session().origin().unwrap().forwarded().get("NAME").is_some());
}

#[test]
fn registered_parameters_and_verbs_reach_the_application() {
    let mut ours = config();
    ours.parameters.push(Text::new("X-COLOUR").unwrap());
    let stream = "EHLO a\r\nMAIL FROM:<a@b> X-COLOUR=red\r\nX-PAINT it black\r\nRSET\r\n\
                  MAIL FROM:<a@b> X-OTHER\r\nMAIL FROM:<a@b> NOTIFY=NEVER\r\nETRN example.org\r\n";
    let (events, _, sent) = play(&ours, stream.as_bytes(), 50);
    assert_eq!(
        events,
        ["Hello", "Mail", "Other", "Reset", "UnknownParameter", "UnknownParameter", "Etrn"]
    );
    assert_eq!(codes(&sent)[2..], ["250", "500", "250", "555", "555", "250"]);
}
