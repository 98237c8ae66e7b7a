//! ATRN (RFC 2645): the roles are turned on a stream that stays open.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server::{self, Event};
use mailwire_smtp::types::{Code, Command, Domain, Extension, Reply};
use mailwire_smtp::{Buf, Input, Output, Security, Text, Wants};

fn client() -> client::Connection {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    client::Connection::new(config.into(), Security::Plain)
}

fn server() -> server::Connection {
    let mut config = server::Config::default();
    config.extensions.push(Extension::Atrn);
    server::Connection::new(config.into(), Security::Plain)
}

fn carry(out: &mut Output, to: &mut Input) -> usize {
    let n = out.chunk().len();
    to.extend(out.chunk());
    out.advance(n);
    n
}

/// Both sides of one stream, for as long as anything moves; what the server was told of.
fn talk(
    client: (&mut client::Connection, &mut Input),
    server: (&mut server::Connection, &mut Input),
    mut on: impl FnMut(&mut server::Connection, &str),
) {
    loop {
        while client.0.receive(client.1).unwrap().is_some() {}
        while let Some(event) = server.0.receive(server.1).unwrap() {
            let told = format!("{event:?}");
            on(server.0, &told);
        }
        let moved = carry(client.0.output(), server.1) + carry(server.0.output(), client.1);
        if moved == 0 {
            return;
        }
    }
}

#[test]
fn mail_is_fetched_on_the_same_stream() {
    let (mut provider, mut customer) = (server(), client());
    let (mut at_provider, mut at_customer) = (Input::default(), Input::default());
    customer.send(&Command::Ehlo(Domain::new("customer.example").unwrap())).unwrap();
    talk((&mut customer, &mut at_customer), (&mut provider, &mut at_provider), |server, _| {
        server.accept().unwrap();
    });
    customer.send(&Command::Atrn(Text::new("customer.example").unwrap())).unwrap();
    let mut asked = Vec::new();
    talk((&mut customer, &mut at_customer), (&mut provider, &mut at_provider), |server, told| {
        asked.push(told.to_owned());
        server.accept().unwrap();
    });
    assert_eq!(asked, [r#"Atrn("customer.example")"#]);
    assert_eq!((provider.wants(), customer.wants()), (Wants::Turn, Wants::Turn));
    assert!(provider.is_closed() && customer.is_closed());
    assert_eq!((provider.wait(), customer.wait()), (None, None));
    assert!(at_provider.is_empty() && at_customer.is_empty());

    // What was the customer greets, and the mail that waited is sent to it.
    let (mut sender, mut taker) = (client(), server());
    sender.send(&Command::Ehlo(Domain::new("provider.example").unwrap())).unwrap();
    let mut told = Vec::new();
    talk((&mut sender, &mut at_provider), (&mut taker, &mut at_customer), |server, event| {
        told.push(event.to_owned());
        server.accept().unwrap();
    });
    assert!(told.len() == 1 && told[0].contains("provider.example"), "{told:?}");
    assert!(sender.extensions().is_some());
}

#[test]
fn who_is_refused_keeps_its_role() {
    let (mut provider, mut customer) = (server(), client());
    let (mut at_provider, mut at_customer) = (Input::default(), Input::default());
    customer.send(&Command::Ehlo(Domain::new("customer.example").unwrap())).unwrap();
    talk((&mut customer, &mut at_customer), (&mut provider, &mut at_provider), |server, _| {
        server.accept().unwrap();
    });
    customer.send(&Command::Atrn(Text::default())).unwrap();
    talk((&mut customer, &mut at_customer), (&mut provider, &mut at_provider), |server, _| {
        server.reply(&Reply::new(Code::NO_MAIL, "you have no mail")).unwrap();
    });
    assert_eq!((provider.wants(), customer.wants()), (Wants::Input, Wants::Input));
    customer.send(&Command::Quit).unwrap();
    talk((&mut customer, &mut at_customer), (&mut provider, &mut at_provider), |server, _| {
        server.accept().unwrap();
    });
    assert_eq!((provider.wants(), customer.wants()), (Wants::Close, Wants::Close));
}

#[test]
fn what_follows_the_command_too_early_is_no_command() {
    let (mut provider, mut rx) = (server(), Input::default());
    rx.extend(b"EHLO x\r\nATRN\r\n");
    while let Some(event) = provider.receive(&mut rx).unwrap() {
        assert!(matches!(event, Event::Hello(_) | Event::Atrn("")), "{event:?}");
        provider.accept().unwrap();
    }
    rx.extend(b"220 the customer greets\r\n");
    assert!(provider.receive(&mut rx).unwrap().is_none());
    carry(provider.output(), &mut Input::default());
    assert_eq!(provider.wants(), Wants::Turn);
    assert_eq!(rx.unread(), b"220 the customer greets\r\n");
}
