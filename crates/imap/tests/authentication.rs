//! Both sides authenticate each other by each mechanism.
#![cfg(feature = "sasl")]
#![allow(missing_docs, clippy::unwrap_used)]

use mailwire_core::{Input, Output, Security};
use mailwire_imap::types::{Command, Condition, State};
use mailwire_imap::{client, server};
use mailwire_testkit::authentication::Protocol;

struct Imap;

impl Protocol for Imap {
    type Client = client::Connection;
    type Server = server::Connection;
    const COMMAND: &'static str = "AUTHENTICATE";
    const OFFER: &'static str =
        "* OK x\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN\r\na1 OK x\r\n";
    const SUCCESS: &'static str = "a2 OK welcome\r\n";
    const LONG: usize = 6100;

    fn client(security: Security, allow_plaintext: bool) -> client::Connection {
        let mut config = client::Config::default();
        config.allow_plaintext_credentials = allow_plaintext;
        let mut client = client::Connection::new(config.into(), security);
        client.send(&Command::Capability).unwrap();
        client
    }

    fn server(names: &[&str], security: Security, allow_plaintext: bool) -> server::Connection {
        let mut config = server::Config::default();
        config.mechanisms = names.iter().map(ToString::to_string).collect();
        config.allow_plaintext_credentials = allow_plaintext;
        server::Connection::new(config.into(), security)
    }

    fn begin(mechanism: &str) -> String {
        format!("a CAPABILITY\r\nb AUTHENTICATE {mechanism}\r\n")
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
            assert!(see(server, &event) || matches!(event, server::Event::Refused(_)), "{event:?}");
        }
    }

    fn welcome(server: &mut server::Connection) {
        server.complete(&Condition::new(State::Ok, "welcome")).unwrap();
    }

    fn from_client(client: &mut client::Connection) -> &mut Output {
        client.output()
    }

    fn from_server(server: &mut server::Connection) -> &mut Output {
        server.output()
    }
}

mailwire_testkit::test_authentication!(Imap);
