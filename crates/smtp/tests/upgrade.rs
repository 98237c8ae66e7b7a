//! STARTTLS: nothing said in the clear means anything under TLS (CVE-2011-0411).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server;
use mailwire_smtp::types::{Command, Domain, Mail, Mechanism, Params, ReversePath};
use mailwire_smtp::{Buf, Error, Input, Misuse, Security, Text, Wants};

fn server() -> server::Connection {
    let mut config = server::Config::default();
    config.starttls = true;
    config.mechanisms = vec![Mechanism::new("PLAIN").unwrap()];
    server::Connection::new(config.into(), Security::Plain)
}

fn client(tls: Tls) -> client::Connection {
    let mut config = client::Config::default();
    config.tls = tls;
    client::Connection::new(config.into(), Security::Plain)
}

fn send_all(out: &mut mailwire_smtp::Output) -> Vec<u8> {
    let sent = out.chunk().to_vec();
    out.advance(sent.len());
    sent
}

fn ehlo() -> Command<'static> {
    Command::Ehlo(Domain::new("crepes.fr").unwrap())
}

fn mail() -> Command<'static> {
    Command::Mail(Mail { from: ReversePath::Null, params: Params::default() })
}

/// Accepts everything until there is nothing or an error.
fn accept_all(server: &mut server::Connection, rx: &mut Input) -> Result<usize, Error> {
    let mut events = 0;
    while server.receive(rx)?.is_some() {
        events += 1;
        let _ = server.accept();
    }
    Ok(events)
}

/// A client that has been answered 220 to its STARTTLS, with `behind` following it.
fn upgrading(behind: &[u8]) -> (client::Connection, Input) {
    let (mut client, mut rx) = (client(Tls::Required), Input::default());
    client.send(&ehlo()).unwrap();
    client.send(&Command::StartTls).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    send_all(client.output());
    rx.extend(b"220 go\r\n");
    rx.extend(behind);
    (client, rx)
}

#[test]
fn commands_after_starttls_in_one_packet() {
    let behind: [&[u8]; 4] =
        [b"MAIL FROM:<evil@x>\r\n", b"N", b"STARTTLS\r\n\x16\x03\x01\x00\x05hello", b"\0"];
    for behind in behind {
        let stream = [&b"EHLO x\r\nSTARTTLS\r\n"[..], behind].concat();
        for split in 0..=stream.len() {
            let (mut server, mut rx) = (server(), Input::default());
            rx.extend(&stream[..split]);
            let first = accept_all(&mut server, &mut rx);
            rx.extend(&stream[split..]);
            let result = first.and_then(|_| accept_all(&mut server, &mut rx));

            assert_eq!(result, Err(Error::PlaintextAfterStartTls), "split at {split}");
            send_all(server.output());
            assert_eq!(server.wants(), Wants::Close);
            assert!(server.tls_started(&mut Input::default()).is_err());
        }
    }
}

#[test]
fn bytes_that_come_before_the_handshake_are_found_at_the_door() {
    let (mut server, mut rx) = (server(), Input::default());
    rx.extend(b"EHLO x\r\nSTARTTLS\r\n");
    assert_eq!(accept_all(&mut server, &mut rx), Ok(2));
    send_all(server.output());
    assert_eq!(server.wants(), Wants::Tls);
    rx.extend(b"NOOP\r\n");

    assert_eq!(server.tls_started(&mut rx), Err(Error::PlaintextAfterStartTls));
    assert_eq!(server.receive(&mut rx), Err(Error::PlaintextAfterStartTls));
}

#[test]
fn the_door_is_shut_before_the_output_is_sent() {
    let (mut server, mut rx) = (server(), Input::default());
    rx.extend(b"EHLO x\r\nSTARTTLS\r\n");
    assert_eq!(accept_all(&mut server, &mut rx), Ok(2));

    assert_eq!(server.wants(), Wants::Flush);
    assert_eq!(server.tls_started(&mut rx), Err(Misuse::OutputNotFlushed.into()));
    send_all(server.output());
    assert_eq!(server.tls_started(&mut rx), Ok(()));
    assert_eq!(server.tls_started(&mut rx), Err(Misuse::NotUpgrading.into()));
}

// SMTP-CL-08 of the robustness cases.
#[test]
fn replies_after_220() {
    for behind in [&b"250 ok\r\n"[..], b"250-AUTH PLAIN LOGIN", b"\0"] {
        let (mut client, mut rx) = upgrading(behind);

        assert!(matches!(client.receive(&mut rx), Ok(Some(client::Event::StartTls))));
        assert_eq!(client.receive(&mut rx).unwrap_err(), Error::PlaintextAfterStartTls);
        assert_eq!(client.tls_started(&mut rx), Err(Error::PlaintextAfterStartTls));
        assert_eq!(client.wants(), Wants::Close);
    }
}

#[test]
fn greeting_after_handshake_is_not_expected() {
    let (mut client, mut rx) = upgrading(b"");
    assert!(matches!(client.receive(&mut rx), Ok(Some(client::Event::StartTls))));
    assert_eq!(client.wants(), Wants::Tls);
    client.tls_started(&mut rx).unwrap();
    assert_eq!(client.wait(), None);

    rx.extend(b"220 x\r\n");
    assert_eq!(client.receive(&mut rx).unwrap_err(), Error::Unsolicited);

    let (mut server, mut rx) = (server(), Input::default());
    rx.extend(b"EHLO x\r\nSTARTTLS\r\n");
    accept_all(&mut server, &mut rx).unwrap();
    send_all(server.output());
    server.tls_started(&mut rx).unwrap();
    assert!(server.output().is_empty());
}

// SMTP-CL-11 of the robustness cases.
#[test]
fn capabilities_are_forgotten() {
    let (mut client, mut rx) = upgrading(b"");
    assert!(client.extensions().is_some_and(|all| all.has("AUTH")));
    client.receive(&mut rx).unwrap();
    client.tls_started(&mut rx).unwrap();
    assert!(client.extensions().is_none());
    assert_eq!(client.send(&mail()), Err(Misuse::WrongState), "hello comes first");

    let (mut server, mut rx) = (server(), Input::default());
    rx.extend(b"EHLO x\r\nSTARTTLS\r\n");
    accept_all(&mut server, &mut rx).unwrap();
    send_all(server.output());
    server.tls_started(&mut rx).unwrap();
    assert_eq!((server.session().name(), server.session().is_extended()), ("", false));
    assert_eq!(server.session().security(), Security::Tls);
    rx.extend(b"MAIL FROM:<a@b>\r\n");
    assert!(matches!(server.receive(&mut rx), Ok(Some(server::Event::Refused(_)))));
}

#[test]
fn nothing_leaves_behind_starttls() {
    let mut client = client(Tls::Optional);
    client.send(&ehlo()).unwrap();
    client.send(&Command::StartTls).unwrap();
    for command in [mail(), ehlo(), Command::Quit, Command::Noop(Text::default())] {
        assert_eq!(client.send(&command), Err(Misuse::Upgrading));
    }
    let mut rx = Input::default();
    rx.extend(b"220 x\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n");
    while client.receive(&mut rx).unwrap().is_some() {
        assert!(client.send(&Command::Quit).is_err());
    }
    assert_eq!(send_all(client.output()), b"EHLO crepes.fr\r\nSTARTTLS\r\n");
    assert_eq!(client.wants(), Wants::Tls);
}

// The PREAUTH of SMTP: a server that lets one send without having offered TLS.
#[test]
fn preauth_does_not_skip_tls() {
    let mut client = client(Tls::Required);
    let mut rx = Input::default();
    rx.extend(b"220 x\r\n");
    client.receive(&mut rx).unwrap();
    client.send(&ehlo()).unwrap();
    assert_eq!(client.send(&mail()), Err(Misuse::Insecure));
    // Stripped by someone in between (SMTP-CL-10).
    rx.extend(b"250-mx.example\r\n250 SIZE 1000\r\n");

    assert_eq!(client.receive(&mut rx).unwrap_err(), Error::TlsRefused);
    assert_eq!(client.send(&mail()), Err(Misuse::Closed));
}

#[test]
fn refused_tls_is_no_silent_session_in_the_clear() {
    let mut required = client(Tls::Required);
    let mut optional = client(Tls::Optional);
    let stream = b"220 x\r\n250-x\r\n250 STARTTLS\r\n454 no certificate\r\n";
    for client in [&mut required, &mut optional] {
        client.send(&ehlo()).unwrap();
        client.send(&Command::StartTls).unwrap();
    }
    let mut rx = Input::default();
    rx.extend(stream);
    let error = loop {
        match required.receive(&mut rx) {
            Ok(event) => assert!(event.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error, Error::TlsRefused);

    let mut rx = Input::default();
    rx.extend(stream);
    while optional.receive(&mut rx).unwrap().is_some() {}
    assert!(optional.send(&mail()).is_ok());
}

// HELO has no STARTTLS.
#[test]
fn hello_without_extensions_is_no_way_around_tls() {
    let mut client = client(Tls::Required);
    let mut rx = Input::default();
    client.send(&ehlo()).unwrap();
    rx.extend(b"220 x\r\n502 what?\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    client.send(&Command::Helo(Domain::new("x").unwrap())).unwrap();
    rx.extend(b"250 x\r\n");

    assert_eq!(client.receive(&mut rx).unwrap_err(), Error::TlsRefused);
}

// SMTP-CL-30 of the robustness cases.
#[test]
fn passwords_are_not_sent_in_the_clear() {
    let mut client = client(Tls::Optional);
    let mut rx = Input::default();
    client.send(&ehlo()).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250 AUTH PLAIN\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    send_all(client.output());
    let mechanism = Mechanism::new("PLAIN").unwrap();

    let auth = Command::Auth { mechanism, initial: Some("\0alice\0hungry".into()) };

    assert_eq!(client.send(&auth), Err(Misuse::Insecure));
    assert!(client.output().is_empty());
}
