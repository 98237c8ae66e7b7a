//! Both sides authenticate each other by each mechanism.
#![cfg(feature = "sasl")]
#![allow(missing_docs, clippy::unwrap_used)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server;
use mailwire_smtp::types::{Command, Domain, Mechanism};
use mailwire_smtp::{Input, Output, Security};
use mailwire_testkit::authentication::Protocol;

struct Smtp;

impl Protocol for Smtp {
    type Client = client::Connection;
    type Server = server::Connection;
    const COMMAND: &'static str = "AUTH";
    const OFFER: &'static str = "220 x\r\n250-x\r\n250 AUTH PLAIN LOGIN\r\n";
    const SUCCESS: &'static str = "235 2.7.0 welcome\r\n";
    const LONG: usize = 600;

    fn client(security: Security, allow_plaintext: bool) -> client::Connection {
        let mut config = client::Config::default();
        config.tls = Tls::Optional;
        config.allow_plaintext_credentials = allow_plaintext;
        let mut client = client::Connection::new(config.into(), security);
        client.send(&Command::Ehlo(Domain::localhost())).unwrap();
        client
    }

    fn server(names: &[&str], security: Security, allow_plaintext: bool) -> server::Connection {
        let mut config = server::Config::default();
        let mechanisms = names.iter().map(|it| Mechanism::new(*it).unwrap().into_owned());
        config.mechanisms = mechanisms.collect();
        config.allow_plaintext_credentials = allow_plaintext;
        server::Connection::new(config.into(), security)
    }

    fn begin(mechanism: &str) -> String {
        format!("EHLO x\r\nAUTH {mechanism}\r\n")
    }

    fn hear(
        client: &mut client::Connection,
        rx: &mut Input,
        see: &mut dyn FnMut(&mut client::Connection, &client::Event<'_>),
    ) {
        while let Some(event) = client.receive(rx).unwrap() {
            see(client, &event);
        }
    }

    fn serve(
        server: &mut server::Connection,
        rx: &mut Input,
        see: &mut dyn FnMut(&mut server::Connection, &server::Event<'_>) -> bool,
    ) {
        while let Some(event) = server.receive(rx).unwrap() {
            if !see(server, &event) && !matches!(event, server::Event::Refused(_)) {
                server.accept().unwrap();
            }
        }
    }

    fn welcome(server: &mut server::Connection) {
        server.accept().unwrap();
    }

    fn from_client(client: &mut client::Connection) -> &mut Output {
        client.output()
    }

    fn from_server(server: &mut server::Connection) -> &mut Output {
        server.output()
    }
}

mailwire_testkit::test_authentication!(Smtp);
