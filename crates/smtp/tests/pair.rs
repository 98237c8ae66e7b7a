//! The client joined to the server in memory: the same results however the bytes are cut, whether
//! commands are pipelined or not, and whether they are given one by one or as a transaction.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Envelope, Outcome, Progress, Tls, Transaction, Unsendable};
use mailwire_smtp::server::{self, Event};
use mailwire_smtp::types::{Code, Command, Domain, ForwardPath, Reply, ReversePath};
use mailwire_smtp::{Buf, Input, Security};
use mailwire_testkit::cuts::Random;
use mailwire_testkit::pair::{Pipe, join};
use mailwire_testkit::roles::smtp::{Client, Server};
use mailwire_testkit::{Options, Role};

fn options(pairs: &[(&str, &str)]) -> Options {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[test]
fn the_client_that_acts_by_itself_reaches_its_end() {
    for n in 0..50_u8 {
        let pipe = Pipe { seed: n.into(), largest: 1 + usize::from(n) * 3 };
        let joined = join::<Client, Server>(&Options::new(), &[], &pipe);

        assert_eq!(
            joined.server.events,
            [
                "Ehlo crepes.fr",
                "Mail <a@b>",
                "Rcpt <c@d>",
                "Rcpt <e@f>",
                "Data",
                "Body Subject: hi\\r\\n\\r\\n.dot\\r\\n",
                "BodyEnd",
                "Quit"
            ]
        );
        assert_eq!(
            joined.client.events.last().unwrap(),
            "Reply 221 2.0.0 hamburger.edu closing connection to QUIT"
        );
    }
}

#[test]
fn pipelined_and_one_by_one_have_the_same_results() {
    let actions = [
        "ehlo crepes.fr",
        "mail a@b | rcpt x@elsewhere | rcpt c@d | rset | mail a@b | rcpt c@d | data",
        "body one\\n.two\\n | end | mail a@b | rcpt x@elsewhere | noop | quit",
    ];
    let run = |one_by_one: &str, extensions: &str, seed| {
        let options = options(&[
            ("client", "script"),
            ("one_by_one", one_by_one),
            ("extensions", extensions),
        ]);
        join::<Client, Server>(&options, &actions, &Pipe { seed, largest: 40 })
    };
    let plain = run("yes", "", 0);
    for seed in 0..30 {
        for one_by_one in ["yes", "no"] {
            let other = run(one_by_one, "", seed);
            assert_eq!(plain.server.events, other.server.events);
            assert_eq!(plain.client.events, other.client.events);
        }
        // Without the extension, all but the answer to EHLO is the same.
        let other = run("no", "none", seed);
        assert_eq!(plain.server.events, other.server.events);
        assert_eq!(plain.client.events[2..], other.client.events[2..]);
    }
}

#[test]
fn tls_and_authentication_in_pieces() {
    let options = options(&[
        ("client", "script"),
        ("tls", "required"),
        ("starttls", "yes"),
        ("auth", "PLAIN LOGIN"),
    ]);
    let actions = [
        "ehlo crepes.fr",
        "starttls",
        "ehlo crepes.fr",
        "auth LOGIN",
        "respond alice",
        "respond hungry",
        "mail a@b",
        "quit",
    ];
    for seed in 0..30 {
        let joined = join::<Client, Server>(&options, &actions, &Pipe { seed, largest: 9 });
        let words = joined.client.events.join("\n");
        assert!(words.contains("Reply 235 2.7.0 authenticated to AUTH"), "{words}");
        assert!(words.ends_with("to QUIT"), "{words}");
    }
}

/// Joins a client to the server of the test kit and drives one transaction. Returns what became of
/// it, and how many writes the client made for it.
fn transact(
    envelope: &Envelope<'_>,
    server_options: &Options,
    one_by_one: bool,
    seed: u64,
) -> (Vec<Option<Outcome>>, usize, Vec<String>) {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    config.one_by_one = one_by_one;
    let mut client = client::Connection::new(config.into(), Security::Plain);
    let (mut app, mut server) = Server::start(server_options);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let mut random = Random::new(seed);
    let (mut transaction, mut writes, mut words) = (None, 0, Vec::new());
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    for _ in 0..20_000 {
        while let Some(event) = client.receive(&mut to_client).unwrap() {
            match &mut transaction {
                None if client.extensions().is_some() => {
                    transaction = Some(Transaction::begin(&mut client, envelope).unwrap());
                }
                None => {}
                Some(running) => match running.see(&mut client, &event).unwrap() {
                    Progress::SendBody => {
                        client.send_body(b"hi\n").unwrap();
                        client.end_body().unwrap();
                    }
                    Progress::Done | Progress::Going | Progress::NotMine => {}
                },
            }
        }
        while let Some(event) = server.receive(&mut to_server).unwrap() {
            if let mailwire_testkit::Seen::Event(event) = app.see(&mut server, event) {
                words.push(event);
            }
        }
        let done = transaction.as_ref().is_some_and(Transaction::is_done);
        let out = client.output();
        writes += usize::from(transaction.is_some() && out.has_remaining());
        to_server.extend(out.chunk());
        out.advance(out.remaining());
        let out = server.output();
        let n = (random.below(30) + 1).min(out.chunk().len());
        to_client.extend(&out.chunk()[..n]);
        out.advance(n);
        if done && client.outstanding() == 0 {
            let running = transaction.unwrap();
            return (running.outcomes().map(|outcome| outcome.cloned()).collect(), writes, words);
        }
    }
    panic!("the transaction did not end: {words:#?}");
}

fn paths<'a>(all: &[&'a str]) -> Vec<ForwardPath<'a>> {
    all.iter().map(|path| ForwardPath::new(*path).unwrap()).collect()
}

#[test]
fn transactions_have_a_result_for_each_recipient() {
    let accepted = Some(Outcome::Accepted(Reply::new(Code::OK, "2.0.0 message accepted")));
    let refused = |who| {
        let text = format!("5.7.1 no relaying for {who}");
        Some(Outcome::Refused(Reply::new(Code::REFUSED, text)))
    };
    for seed in 0..20 {
        for one_by_one in [false, true] {
            let from = ReversePath::new("a@b").unwrap();
            let to = paths(&["c@d", "x@elsewhere", "Postmaster"]);
            let mut envelope = Envelope::new(from, to);
            envelope.size = Some(4);
            envelope.eight_bit = true;
            let (outcomes, writes, words) = transact(&envelope, &Options::new(), one_by_one, seed);
            assert_eq!(outcomes, [accepted.clone(), refused("x@elsewhere"), accepted.clone()]);
            assert_eq!(words[1], "Mail <a@b> SIZE=4 BODY=8BITMIME");
            // MAIL to DATA in one, and the message.
            assert!(one_by_one || writes == 2, "{writes}");

            let none = Envelope::new(ReversePath::Null, paths(&["x@elsewhere", "y@elsewhere"]));
            let (outcomes, _, words) = transact(&none, &Options::new(), one_by_one, seed);
            assert_eq!(outcomes, [refused("x@elsewhere"), refused("y@elsewhere")]);
            assert_eq!(words.last().unwrap(), "Reset", "the transaction is not left open");
        }
    }
}

#[test]
fn what_the_server_cannot_take_is_not_sent() {
    let unsendable = |extensions: &[u8], change: fn(&mut Envelope<'_>)| {
        let mut config = client::Config::default();
        config.tls = Tls::Optional;
        let mut client = client::Connection::new(config.into(), Security::Plain);
        let mut rx = Input::default();
        client.send(&Command::Ehlo(Domain::localhost())).unwrap();
        rx.extend(b"220 x\r\n250-x\r\n");
        rx.extend(extensions);
        rx.extend(b"250 HELP\r\n");
        while client.receive(&mut rx).unwrap().is_some() {}
        let before = client.output().queued();
        let mut envelope = Envelope::new(ReversePath::Null, paths(&["a@b"]));
        change(&mut envelope);
        let error = Transaction::begin(&mut client, &envelope).err();
        assert_eq!(error.is_some(), client.output().queued() == before);
        error
    };
    assert_eq!(unsendable(b"", |_| {}), None);
    assert_eq!(unsendable(b"", |e| e.to.clear()), Some(Unsendable::NoRecipients));
    assert_eq!(unsendable(b"", |e| e.eight_bit = true), Some(Unsendable::EightBit));
    assert_eq!(unsendable(b"250-8BITMIME\r\n", |e| e.eight_bit = true), None);
    assert_eq!(unsendable(b"", |e| e.utf8 = true), Some(Unsendable::Utf8));
    let utf8 = |e: &mut Envelope<'_>| e.to = paths(&["\u{fc}@b"]);
    assert_eq!(unsendable(b"", utf8), Some(Unsendable::Utf8));
    assert_eq!(unsendable(b"250-SMTPUTF8\r\n", utf8), None);
    assert_eq!(unsendable(b"250-SIZE 9\r\n", |e| e.size = Some(9)), None);
    assert_eq!(unsendable(b"250-SIZE 9\r\n", |e| e.size = Some(10)), Some(Unsendable::TooBig(9)));
    assert_eq!(unsendable(b"250-SIZE 0\r\n", |e| e.size = Some(10)), None);
    assert_eq!(unsendable(b"", |e| e.size = Some(10)), None);
}

// The answer to the message may be lost at any octet: then it is uncertain, and not before.
#[test]
fn a_lost_answer_is_uncertain() {
    let stream = b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n";
    let body = stream.len() - b"250 queued\r\n".len();
    for end in 0..stream.len() {
        let (mut app, mut client) = Client::start(&Options::new());
        let mut rx = Input::default();
        rx.extend(&stream[..end]);
        rx.close();
        let error = loop {
            match client.receive(&mut rx) {
                Ok(Some(event)) => {
                    app.see(&mut client, event);
                    let n = client.output().remaining();
                    client.output().advance(n);
                }
                Ok(None) => panic!("no error at {end}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error == mailwire_smtp::Error::Uncertain, end >= body, "{end}: {error}");
    }
}

// What was not sent to its last octet cannot have been accepted.
#[test]
fn a_message_that_did_not_leave_is_not_uncertain() {
    for (left, uncertain) in [(0, true), (1, false), (5, false)] {
        let (mut app, mut client) = Client::start(&Options::new());
        let mut rx = Input::default();
        rx.extend(b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
        while let Some(event) = client.receive(&mut rx).unwrap() {
            app.see(&mut client, event);
            let n = client.output().remaining() - left.min(client.output().remaining());
            client.output().advance(n);
        }
        rx.close();
        let error = client.receive(&mut rx).unwrap_err();
        assert_eq!(error == mailwire_smtp::Error::Uncertain, uncertain, "{left}: {error}");
    }
}

// A server sees each command once, whatever its application decides.
#[test]
fn one_reply_a_command() {
    let stream =
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nFROB\r\nNOOP\r\nDATA\r\nx\r\n.\r\nQUIT\r\n";
    for mask in 0..256u32 {
        let config = server::Config::default();
        let mut server = server::Connection::new(config.into(), Security::Plain);
        let mut rx = Input::default();
        rx.extend(stream);
        let (mut due, mut n) = (1, 0);
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Body(_) => continue,
                Event::Refused(_) | Event::BodyRefused(_) => due += 1,
                _ => {
                    let yes = mask >> n & 1 == 1;
                    n += 1;
                    due += 1;
                    if yes {
                        server.accept().unwrap();
                    } else {
                        server.reply(&Reply::new(Code::LOCAL_ERROR, "4.3.0 later")).unwrap();
                    }
                }
            }
        }
        let sent = String::from_utf8(server.output().chunk().to_vec()).unwrap();
        let replies = sent.lines().filter(|line| line.as_bytes()[3] == b' ').count();
        assert_eq!(replies, due, "{mask:b}: {sent}");
    }
}
