//! Transactions over every way a message can go: DATA and chunks, pipelined and one by one, SMTP,
//! LMTP and PRDR, with the same results; and what a server's limits and lies do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{
    Config, Connection, Envelope, Event, Outcome, Progress, Tls, Transaction, Unsendable,
};
use mailwire_smtp::server;
use mailwire_smtp::types::{
    Code, Command, Domain, Extension, ForwardPath, Mail, Notify, Parameter, Params, Protocol, Rcpt,
    Reply, ReversePath,
};
use mailwire_smtp::{Buf, Error, Input, Misuse, Security, Wants};
use mailwire_testkit::cuts::Random;
use proptest::prelude::*;

fn paths<'a>(all: &[&'a str]) -> Vec<ForwardPath<'a>> {
    all.iter().map(|path| ForwardPath::new(*path).unwrap()).collect()
}

/// How a message goes.
#[derive(Clone, Copy, Debug)]
struct Way {
    protocol: Protocol,
    pipelining: bool,
    most: usize,
    chunks: bool,
    prdr: bool,
    chunk: usize,
    window: usize,
    seed: u64,
}

/// What a server's application answers, by the command: MAIL, each RCPT, DATA, and the message for
/// each recipient.
#[derive(Clone, Debug)]
struct Answers {
    mail: bool,
    rcpt: Vec<bool>,
    data: bool,
    message: Vec<bool>,
    limit: u64,
}

const TEXT: &[u8] = b"one\n.two\r\n\r\nthree\rfour\n\n.";

/// Drives one transaction over a pipe; the outcome of each recipient as a code, and what arrived.
fn transact(way: Way, answers: &Answers) -> (Vec<u16>, Vec<u8>) {
    let mut config = Config::default();
    config.tls = Tls::Optional;
    config.protocol = way.protocol;
    (config.chunk, config.window) = (way.chunk, way.window);
    let mut client = Connection::new(config.into(), Security::Plain);
    client.limit_pipelining(way.most);
    let mut config = server::Config::default();
    config.protocol = way.protocol;
    config.limits.message = answers.limit;
    config.extensions = vec![Extension::Chunking, Extension::Prdr];
    config.extensions.extend(way.pipelining.then_some(Extension::Pipelining));
    let mut server = server::Connection::new(config.into(), Security::Plain);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let mut random = Random::new(way.seed);
    let (mut transaction, mut arrived, mut rcpts, mut pieces) = (None, Vec::new(), 0, Vec::new());
    let domain = Domain::localhost();
    client
        .send(&match way.protocol {
            Protocol::Smtp => Command::Ehlo(domain),
            Protocol::Lmtp => Command::Lhlo(domain),
        })
        .unwrap();
    let no = Reply::new(Code::REFUSED, "5.0.0 no");
    for _ in 0..50_000 {
        while let Some(event) = client.receive(&mut to_client).unwrap() {
            match &mut transaction {
                None if client.extensions().is_some() => {
                    let to: Vec<String> =
                        (0..answers.rcpt.len()).map(|n| format!("r{n}@d")).collect();
                    let to = to.iter().map(|it| ForwardPath::new(it.clone()).unwrap()).collect();
                    let mut envelope = Envelope::new(ReversePath::Null, to);
                    envelope.prefer_chunks = way.chunks;
                    envelope.prefer_prdr = way.prdr;
                    transaction = Some(Transaction::begin(&mut client, &envelope).unwrap());
                }
                None => {}
                Some(running) => match running.see(&mut client, &event).unwrap() {
                    Progress::SendBody => {
                        pieces = TEXT.chunks(1 + random.below(9)).rev().collect();
                    }
                    // A chunk was refused: the rest is not sent.
                    Progress::Done => pieces.clear(),
                    Progress::Going | Progress::NotMine => {}
                },
            }
        }
        if client.wants() == Wants::Reply {
            match pieces.pop() {
                Some(piece) => client.send_body(piece).unwrap(),
                None => client.end_body().unwrap(),
            }
        }
        while let Some(event) = server.receive(&mut to_server).unwrap() {
            let yes = match event {
                server::Event::Body(piece) => {
                    arrived.extend_from_slice(piece);
                    continue;
                }
                server::Event::Refused(_) => continue,
                server::Event::BodyRefused(_) => {
                    arrived.clear();
                    continue;
                }
                server::Event::Mail(_) => answers.mail,
                server::Event::Rcpt(_) => {
                    rcpts += 1;
                    answers.rcpt[rcpts - 1]
                }
                server::Event::Data => answers.data,
                server::Event::BodyEnd => {
                    // Of what the first of the accepted recipients gets all of SMTP get.
                    let accepted =
                        answers.rcpt.iter().zip(&answers.message).filter(|(yes, _)| **yes);
                    let each: Vec<bool> = accepted.map(|(_, yes)| *yes).collect();
                    for (n, yes) in each.iter().enumerate().rev() {
                        if !yes && (way.prdr || way.protocol == Protocol::Lmtp) {
                            server.reply_recipient(n, &no).unwrap();
                        }
                    }
                    if each.iter().all(|yes| !yes) && way.protocol == Protocol::Lmtp {
                        continue;
                    }
                    each.iter().any(|yes| *yes)
                }
                _ => true,
            };
            if yes { server.accept().unwrap() } else { server.reply(&no).unwrap() }
        }
        let n = (random.below(40) + 1).min(client.output().chunk().len());
        to_server.extend(&client.output().chunk()[..n]);
        client.output().advance(n);
        let n = (random.below(30) + 1).min(server.output().chunk().len());
        to_client.extend(&server.output().chunk()[..n]);
        server.output().advance(n);
        let done = transaction.as_ref().is_some_and(Transaction::is_done);
        if done && client.outstanding() == 0 && client.output().queued() == 0 {
            let code = |outcome: Option<&Outcome>| match outcome.unwrap() {
                Outcome::Accepted(reply) | Outcome::Refused(reply) => reply.code().get(),
                other => panic!("{other:?}"),
            };
            return (transaction.unwrap().outcomes().map(code).collect(), arrived);
        }
    }
    panic!("the transaction did not end: {way:?} {answers:?}");
}

prop_compose! {
    fn ways()(
        pipelining: bool, chunks: bool, most in 1..9usize, chunk in 1..30usize, window in 1..5usize,
        seed: u64,
    ) -> Way {
        let (protocol, prdr) = (Protocol::Smtp, false);
        Way { protocol, pipelining, most, chunks, prdr, chunk, window, seed }
    }
}

prop_compose! {
    fn answers()(
        mail in prop::bool::weighted(0.9),
        data in prop::bool::weighted(0.9),
        each in prop::collection::vec((any::<bool>(), any::<bool>()), 1..5),
        small in prop::bool::weighted(0.2),
    ) -> Answers {
        let (rcpt, message) = each.into_iter().unzip();
        Answers { mail, rcpt, data, message, limit: if small { 20 } else { 1000 } }
    }
}

proptest! {
    #[test]
    fn every_way_has_the_same_results(way in ways(), other in ways(), answers in answers()) {
        let (codes, arrived) = transact(way, &answers);
        let (other_codes, other_arrived) = transact(other, &answers);
        let yes = |codes: &[u16]| codes.iter().map(|code| *code == 250).collect::<Vec<_>>();
        prop_assert_eq!(yes(&codes), yes(&other_codes));
        // Whether the application or the limit says no first depends on where chunks end.
        prop_assert!(answers.limit == 20 || codes == other_codes, "{:?} {:?}", codes, other_codes);
        if codes.contains(&250) {
            prop_assert_eq!(&arrived, &other_arrived);
            prop_assert_eq!(arrived, b"one\r\n.two\r\n\r\nthree\r\nfour\r\n\r\n.\r\n");
        }
    }

    #[test]
    fn each_recipient_has_its_own_answer(way in ways(), lmtp: bool, answers in answers()) {
        let protocol = if lmtp { Protocol::Lmtp } else { Protocol::Smtp };
        let way = Way { protocol, prdr: !lmtp, ..way };
        let (codes, _) = transact(way, &answers);
        for (n, code) in codes.iter().enumerate() {
            let yes = answers.mail && answers.rcpt[n] && answers.data && answers.message[n];
            prop_assert_eq!(*code == 250, yes && answers.limit > 20, "{} of {:?}", n, &codes);
        }
    }
}

/// A client that has said hello to a server that offers these.
fn greeted(extensions: &str, security: Security) -> Connection {
    let mut config = Config::default();
    config.tls = Tls::Optional;
    let mut client = Connection::new(config.into(), security);
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    hear(&mut client, &format!("220 x\r\n250-x\r\n{extensions}250 HELP\r\n"));
    sent(&mut client);
    client
}

fn hear(client: &mut Connection, text: &str) -> Vec<String> {
    let mut rx = Input::default();
    rx.extend(text.as_bytes());
    let mut events = Vec::new();
    while let Some(event) = client.receive(&mut rx).unwrap() {
        events.push(format!("{event:?}").split(['(', ' ']).next().unwrap().to_owned());
    }
    events
}

fn sent(client: &mut Connection) -> String {
    let text = String::from_utf8(client.output().chunk().to_vec()).unwrap();
    client.output().advance(text.len());
    text
}

fn begin(
    extensions: &str,
    security: Security,
    change: impl Fn(&mut Envelope<'_>),
) -> Result<(Transaction, String), Unsendable> {
    let mut client = greeted(extensions, security);
    let mut envelope = Envelope::new(ReversePath::Null, paths(&["a@b", "c@d"]));
    change(&mut envelope);
    let begun = Transaction::begin(&mut client, &envelope);
    assert_eq!(begun.is_err(), client.output().queued() == 0, "nothing is sent of what cannot go");
    begun.map(|begun| (begun, sent(&mut client)))
}

#[test]
fn needs_are_decided_before_mail() {
    let (plain, tls) = (Security::Plain, Security::Tls);
    let error = |extensions, security, change: fn(&mut Envelope<'_>)| {
        begin(extensions, security, change).err()
    };
    assert_eq!(error("", tls, |e| e.binary = true), Some(Unsendable::Binary));
    assert_eq!(error("250-BINARYMIME\r\n", tls, |e| e.binary = true), Some(Unsendable::Binary));
    assert_eq!(error("250-BINARYMIME\r\n250-CHUNKING\r\n", tls, |e| e.binary = true), None);
    assert_eq!(error("", tls, |e| e.require_tls = true), Some(Unsendable::RequireTls));
    assert_eq!(
        error("250-REQUIRETLS\r\n", plain, |e| e.require_tls = true),
        Some(Unsendable::RequireTls)
    );
    assert_eq!(error("250-REQUIRETLS\r\n", tls, |e| e.require_tls = true), None);
    for (max, fits) in [(1, false), (2, true), (3, true)] {
        let rcpt = begin(&format!("250-LIMITS RCPTMAX={max}\r\n"), tls, |_| {}).err();
        assert_eq!(rcpt, (!fits).then_some(Unsendable::TooManyRecipients(max)));
        let domains = begin(&format!("250-LIMITS RCPTDOMAINMAX={max}\r\n"), tls, |_| {}).err();
        assert_eq!(domains, (!fits).then_some(Unsendable::TooManyDomains));
    }
    let parameter = |e: &mut Envelope<'_>| {
        e.mail_params = Params::default().with_parameter(&Parameter::MtPriority(3)).unwrap();
    };
    assert_eq!(error("", tls, parameter), Some(Unsendable::Misuse(Misuse::NotOffered)));
    assert_eq!(error("250-MT-PRIORITY\r\n", tls, parameter), None);
}

#[test]
fn notices_are_asked_for_where_the_server_knows_of_them() {
    let change = |e: &mut Envelope<'_>| {
        e.mail_params = Params::default().with_parameter(&Parameter::EnvId("x".into())).unwrap();
        let notify = Parameter::Notify(Notify::SUCCESS);
        e.rcpt_params = vec![Params::default().with_parameter(&notify).unwrap()];
    };
    let (begun, text) = begin("250-DSN\r\n250-PIPELINING\r\n", Security::Tls, change).unwrap();
    assert!(!begun.without_dsn());
    assert!(
        text.starts_with(
            "MAIL FROM:<> ENVID=x\r\nRCPT TO:<a@b> NOTIFY=SUCCESS\r\nRCPT TO:<c@d>\r\n"
        )
    );
    let (begun, text) = begin("250-PIPELINING\r\n", Security::Tls, change).unwrap();
    assert!(begun.without_dsn());
    assert!(text.starts_with("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n"));
}

#[test]
fn limits_of_the_server_are_kept_command_by_command() {
    let mut client = greeted("250-LIMITS RCPTMAX=2 MAILMAX=1\r\n", Security::Tls);
    let mail = Command::Mail(Mail { from: ReversePath::Null, params: Params::default() });
    let to = ForwardPath::new("a@b").unwrap();
    let rcpt = Command::Rcpt(Rcpt { to, params: Params::default() });
    client.send(&mail).unwrap();
    client.send(&rcpt).unwrap();
    client.send(&rcpt).unwrap();
    assert_eq!(client.send(&rcpt), Err(Misuse::TooLong));
    client.send(&Command::Rset).unwrap();
    assert_eq!(client.send(&mail), Err(Misuse::TooLong));
}

#[test]
fn a_server_that_loses_commands_is_sent_few() {
    let mut client = greeted("250-PIPELINING\r\n", Security::Tls);
    client.limit_pipelining(2);
    let to = paths(&["a@b", "c@d", "e@f"]);
    Transaction::begin(&mut client, &Envelope::new(ReversePath::Null, to)).unwrap();
    assert_eq!(sent(&mut client).lines().count(), 2);
    hear(&mut client, "250 ok\r\n");
    assert_eq!(sent(&mut client), "RCPT TO:<c@d>\r\n");
    hear(&mut client, "250 ok\r\n250 ok\r\n");
    assert_eq!(sent(&mut client), "RCPT TO:<e@f>\r\nDATA\r\n");
}

#[test]
fn chunks_are_sent_to_a_window() {
    let mut client = greeted("250-PIPELINING\r\n250-CHUNKING\r\n", Security::Tls);
    let mut envelope = Envelope::new(ReversePath::Null, paths(&["a@b"]));
    envelope.prefer_chunks = true;
    Transaction::begin(&mut client, &envelope).unwrap();
    assert_eq!(sent(&mut client), "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n");
    hear(&mut client, "250 ok\r\n250 ok\r\n");
    assert_eq!(client.wants(), Wants::Input, "the transaction was not shown the events");
    client.begin_chunks(false).unwrap();
    assert_eq!(client.wants(), Wants::Reply);
    client.send_body(&[b'x'; 16 * 1024]).unwrap();
    assert_eq!(client.wants(), Wants::Reply);
    client.send_body(&[b'x'; 16 * 1024 + 1]).unwrap();
    assert_eq!(client.wants(), Wants::Input, "two wait for answers");
    let n = client.output().remaining();
    client.output().advance(n);
    client.send_body(&[b'x'; 16 * 1024]).unwrap();
    assert!(client.output().is_empty(), "the third waits");
    assert!(hear(&mut client, "250 ok\r\n").is_empty());
    assert!(!client.output().is_empty());
    assert_eq!(hear(&mut client, "552 too much\r\n"), ["Reply"]);
    assert_eq!(client.send_body(b"more"), Err(Misuse::NoBody));
}

#[test]
fn chunks_one_by_one_are_commands() {
    let mut client = greeted("250-PIPELINING\r\n250-CHUNKING\r\n", Security::Tls);
    assert_eq!(client.send_chunk(b"x", true), Err(Misuse::WrongState));
    Transaction::begin(&mut client, &Envelope::new(ReversePath::Null, paths(&["a@b"]))).unwrap();
    assert_eq!(client.send_chunk(b"x", true), Err(Misuse::InBody));
    let mut client = greeted("250-PIPELINING\r\n250-CHUNKING\r\n", Security::Tls);
    client
        .send(&Command::Mail(Mail { from: ReversePath::Null, params: Params::default() }))
        .unwrap();
    let to = ForwardPath::new("a@b").unwrap();
    client.send(&Command::Rcpt(Rcpt { to, params: Params::default() })).unwrap();
    client.send_chunk(b".\r\n", false).unwrap();
    assert_eq!(client.send(&Command::Data), Err(Misuse::WrongState));
    client.send_chunk(b"", true).unwrap();
    assert!(sent(&mut client).ends_with("BDAT 3\r\n.\r\nBDAT 0 LAST\r\n"));
    assert_eq!(hear(&mut client, "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n"), ["Reply"; 4]);
}

#[test]
fn the_lone_dot_is_sent_where_data_was_accepted_and_no_recipient_was() {
    let mut client = greeted("250-PIPELINING\r\n", Security::Tls);
    let envelope = Envelope::new(ReversePath::Null, paths(&["a@b"]));
    let mut running = Transaction::begin(&mut client, &envelope).unwrap();
    sent(&mut client);
    let mut rx = Input::default();
    rx.extend(b"250 ok\r\n550 5.1.1 no\r\n354 go\r\n");
    while let Some(event) = client.receive(&mut rx).unwrap() {
        running.see(&mut client, &event).unwrap();
    }
    assert_eq!(sent(&mut client), ".\r\n");
    rx.extend(b"554 none\r\n");
    let event = client.receive(&mut rx).unwrap().unwrap();
    assert_eq!(running.see(&mut client, &event), Ok(Progress::Done));
    assert!(matches!(running.outcomes().next(), Some(Some(Outcome::Refused(reply)))
        if reply.code() == Code::REFUSED));
}

#[test]
fn servers_that_close_say_why() {
    for (text, farewell) in [
        ("421 idle\r\n", true),
        ("221 idle\r\n", true),
        ("550 go away\r\n", true),
        ("250 ok\r\n", false),
        ("354 go\r\n", false),
    ] {
        let mut client = greeted("", Security::Tls);
        let mut rx = Input::default();
        rx.extend(text.as_bytes());
        rx.close();
        match client.receive(&mut rx) {
            Ok(Some(Event::Farewell(_))) => assert!(farewell && client.is_closed(), "{text}"),
            other => assert!(!farewell && matches!(other, Err(Error::Unsolicited)), "{text}"),
        }
    }
    // In the middle of the message.
    let mut client = greeted("250-PIPELINING\r\n", Security::Tls);
    let envelope = Envelope::new(ReversePath::Null, paths(&["a@b"]));
    let mut running = Transaction::begin(&mut client, &envelope).unwrap();
    let mut rx = Input::default();
    rx.extend(b"250 ok\r\n250 ok\r\n354 go\r\n552 5.3.4 too big\r\n");
    rx.close();
    let mut last = None;
    while let Some(event) = client.receive(&mut rx).unwrap() {
        last = Some(running.see(&mut client, &event).unwrap());
    }
    assert_eq!(last, Some(Progress::Done));
    assert!(client.is_closed());
}

#[test]
fn what_is_lost_is_told_from_what_is_refused() {
    let ends = |text: &[u8], error: &Error| {
        let mut client = greeted("250-PIPELINING\r\n", Security::Tls);
        let envelope = Envelope::new(ReversePath::Null, paths(&["a@b", "c@d"]));
        let mut running = Transaction::begin(&mut client, &envelope).unwrap();
        let mut rx = Input::default();
        rx.extend(text);
        rx.close();
        let met = loop {
            match client.receive(&mut rx) {
                Ok(Some(event)) => {
                    if running.see(&mut client, &event).unwrap() == Progress::SendBody {
                        client.end_body().unwrap();
                        let n = client.output().remaining();
                        client.output().advance(n);
                    }
                }
                Ok(None) => panic!("no error"),
                Err(error) => break error,
            }
        };
        assert_eq!(met, *error);
        running.ended(Some(&met));
        let word = |outcome: Option<&Outcome>| format!("{:.6}", format!("{:?}", outcome.unwrap()));
        running.outcomes().map(word).collect::<Vec<_>>()
    };
    let before = Error::Truncated("the answers");
    assert_eq!(ends(b"250 ok\r\n550 no\r\n", &before), ["Refuse", "Unsent"]);
    assert_eq!(
        ends(b"250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n", &Error::Uncertain),
        ["Refuse", "Uncert"]
    );
}
