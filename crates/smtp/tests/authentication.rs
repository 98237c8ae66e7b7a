//! Both sides authenticate each other by each mechanism, through the glue.
#![cfg(feature = "sasl")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{Anonymous, Client, Credentials, External, Login, Plain};
use mailwire_smtp::client::{self, Authenticated};
use mailwire_smtp::server::{self, Event, Verdict};
use mailwire_smtp::types::{Code, Command, Domain, Mechanism, Reply};
use mailwire_smtp::{Buf, Input, Misuse, Output, Security};

fn pump(out: &mut Output, rx: &mut Input) {
    rx.extend(out.chunk());
    out.advance(out.remaining());
}

/// How the exchange ends, and whom the server saw.
fn exchange(mechanism: Box<dyn Client + Send>) -> (Authenticated, Option<Credentials>) {
    let mut config = server::Config::default();
    config.mechanisms =
        mailwire_sasl::MECHANISMS.iter().map(|&name| Mechanism::new(name).unwrap()).collect();
    let mut server = server::Connection::new(config.into(), Security::Tls);
    let mut client = client::Connection::new(client::Config::default().into(), Security::Tls);
    let (mut to_server, mut to_client) = (Input::default(), Input::default());
    let mut serving = server::Authentication::default();
    let mut asking = None;
    let mut mechanism = Some(mechanism);
    let mut seen = None;
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    for _ in 0..20 {
        pump(client.output(), &mut to_server);
        while let Some(event) = server.receive(&mut to_server).unwrap() {
            match serving.see(&mut server, &event).unwrap() {
                Verdict::NotMine => server.accept().unwrap(),
                Verdict::Due(credentials) => {
                    let wrong = matches!(&credentials, Credentials::Password { password, .. }
                        if password.expose() != "hungry".repeat(100).as_bytes()
                            && password.expose() != b"hungry");
                    seen = Some(credentials);
                    match wrong {
                        true => {
                            let no = Reply::new(Code::BAD_CREDENTIALS, "5.7.8 no");
                            server.reply(&no).unwrap();
                        }
                        false => server.accept().unwrap(),
                    }
                }
                _ => assert!(!matches!(event, Event::Mail(_))),
            }
        }
        pump(server.output(), &mut to_client);
        while let Some(event) = client.receive(&mut to_client).unwrap() {
            if let Some(asking) = &mut asking {
                let asking: &mut client::Authentication = asking;
                match asking.see(&mut client, &event).unwrap() {
                    Authenticated::Going | Authenticated::NotMine => {}
                    end => {
                        assert_eq!(server.session().is_authenticated(), end == Authenticated::Yes);
                        return (end, seen);
                    }
                }
            } else if client.extensions().is_some() {
                let mechanism = mechanism.take().unwrap();
                asking = Some(client::Authentication::begin(&mut client, mechanism).unwrap());
            }
        }
    }
    panic!("the exchange did not end");
}

#[test]
fn every_mechanism_succeeds_and_long_initial_responses_fall_back() {
    let all: [Box<dyn Client + Send>; 5] = [
        Box::new(Plain::new("alice", "hungry").unwrap()),
        Box::new(Plain::new("alice", "hungry".repeat(100).as_str()).unwrap()),
        Box::new(Login::new("alice", "hungry").unwrap()),
        Box::new(External::new("").unwrap()),
        Box::new(Anonymous::new("sirhc").unwrap()),
    ];
    for mechanism in all {
        let name = mechanism.name().to_owned();
        let (end, seen) = exchange(mechanism);
        assert_eq!(end, Authenticated::Yes, "{name}");
        assert!(seen.is_some());
    }
}

#[test]
fn wrong_passwords_fail() {
    for mechanism in [
        Box::new(Plain::new("alice", "thirsty").unwrap()) as Box<dyn Client + Send>,
        Box::new(Login::new("alice", "thirsty").unwrap()),
    ] {
        let (end, _) = exchange(mechanism);
        assert!(matches!(end, Authenticated::No(reply) if reply.code() == Code::BAD_CREDENTIALS));
    }
}

#[test]
fn a_mechanism_is_not_used_where_it_is_not_offered_or_not_safe() {
    let mut config = client::Config::default();
    config.tls = client::Tls::Optional;
    let mut client = client::Connection::new(config.into(), Security::Plain);
    let mut rx = Input::default();
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250 AUTH PLAIN\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}

    let plain = Box::new(Plain::new("alice", "hungry").unwrap());
    let refused = client::Authentication::begin(&mut client, plain);
    assert_eq!(refused.err(), Some(Misuse::Insecure));

    let mut client = client::Connection::new(client::Config::default().into(), Security::Tls);
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250 AUTH PLAIN\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    let login = Box::new(Login::new("alice", "hungry").unwrap());
    let refused = client::Authentication::begin(&mut client, login);
    assert_eq!(refused.err(), Some(Misuse::NotOffered));
}
