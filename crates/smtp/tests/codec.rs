//! What is written is read back the same, and one command is one line.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::types::{
    Code, Command, Domain, Extension, Extensions, Mail, Mailbox, Mechanism, Parameter, Params,
    Proxy, Reply, ReversePath,
};
use mailwire_smtp::{Buf, Input, Security, Text, parse, server};
use mailwire_testkit::generate::smtp::{command, parameter, reply};
use mailwire_testkit::generate::text::evil;
use proptest::prelude::*;

proptest! {
    #[test]
    fn commands_come_back_and_are_one_line(command in command()) {
        let mut line = Vec::new();
        command.encode(&mut line);

        let text = line.strip_suffix(b"\r\n").unwrap();
        prop_assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        prop_assert_eq!(parse::command(text), Ok(command));
    }

    #[test]
    fn parameters_come_back_or_are_not_taken(parameter in parameter()) {
        if let Ok(params) = Params::default().with_parameter(&parameter) {
            let mut line = Vec::new();
            Command::Mail(Mail { from: ReversePath::Null, params }).encode(&mut line);
            let text = line.strip_suffix(b"\r\n").unwrap();
            prop_assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
            let Ok(Command::Mail(read)) = parse::command(text) else { panic!("{text:?}") };
            let all: Vec<_> = read.params.parameters().collect();
            // `<>` and nobody are the same.
            let nobody = parameter == Parameter::Auth(Some("<>".into()));
            let expected = if nobody { Parameter::Auth(None) } else { parameter.clone() };
            // Texts that are not encoded may hold what another kind would be: a timeout.
            let raw = matches!(parameter, Parameter::Mtrk { .. } | Parameter::Rrvs(_));
            prop_assert!(all.len() == 1 && (raw || all[0] == expected), "{:?} {:?}", all, parameter);
        }
    }

    #[test]
    fn proxy_headers_come_back(
        from: std::net::SocketAddr, to: std::net::SocketAddr, more in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        // Flow labels and scopes are not told.
        let plain = |it: std::net::SocketAddr| std::net::SocketAddr::new(it.ip(), it.port());
        let (from, to) = (plain(from), plain(to));
        let addresses = (from.is_ipv4() == to.is_ipv4()).then_some((from, to));
        let proxy = Proxy { addresses, local: false, more: &more };
        let mut binary = Vec::new();
        proxy.encode_binary(&mut binary);
        prop_assert_eq!(Proxy::parse(&binary), Ok(Some((proxy, binary.len()))));
        let mut line = Vec::new();
        proxy.encode_line(&mut line);
        let plain = Proxy { more: &[], ..proxy };
        prop_assert_eq!(Proxy::parse(&line), Ok(Some((plain, line.len()))));
        prop_assert!(line.len() <= 107 && line.iter().filter(|b| **b == b'\n').count() == 1);
    }

    #[test]
    fn no_bytes_make_a_proxy_header_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Proxy::parse(&bytes);
        let signed = [&b"\r\n\r\n\0\r\nQUIT\n"[..], &bytes].concat();
        if let Ok(Some((_, n))) = Proxy::parse(&signed) {
            prop_assert!(n <= signed.len());
        }
    }

    #[test]
    fn no_argument_is_more_than_an_argument(text in evil()) {
        for address in [
            Mailbox::new(text.as_str()).ok().map(|it| it.to_string()),
            ReversePath::new(text.as_str()).ok().map(|it| it.to_string()),
            Domain::new(text.as_str()).ok().map(|it| it.to_string()),
        ].into_iter().flatten() {
            prop_assert_eq!(&address, &text);
            prop_assert!(!address.contains(['\r', '\n', '\0']));
        }
    }

    #[test]
    fn replies_come_back(reply in reply()) {
        let mut lines = Vec::new();
        reply.encode(&mut lines);

        prop_assert!(lines.split_inclusive(|&b| b == b'\n').all(|line| line.len() <= 512));
        prop_assert_eq!(parse::reply(&lines), Ok(reply));
    }

    #[test]
    fn extensions_come_back(keyword in "[a-zA-Z0-9-]{1,9}", params in "[ -~]{0,12}") {
        if let Ok(extension) = Extension::new(&keyword, Text::new(params).unwrap()) {
            let mut line = b"250-x\r\n250 ".to_vec();
            extension.encode(&mut line);
            line.extend_from_slice(b"\r\n");
            let all = Extensions::of(&parse::reply(&line).unwrap());
            prop_assert_eq!(all.iter().collect::<Vec<_>>(), [&extension]);
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse::reply(&bytes);
        if let Ok(command) = parse::command(&bytes) {
            let mut line = Vec::new();
            command.encode(&mut line);
            line.truncate(line.len() - 2);
            prop_assert_eq!(parse::command(&line), Ok(command));
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let mut config = server::Config::default();
    config.mechanisms = vec![Mechanism::new("PLAIN").unwrap()];
    let mut server = server::Connection::new(config.into(), Security::Tls);
    let mut rx = Input::default();
    for line in [
        "EHLO x",
        "AUTH PLAIN AGFsaWNlAGh1bmdyeQ==",
        "AUTH  PLAIN  AGFsaWNlAGh1bmdyeQ==",
        "AUTH PLAIN AGFsaWNlAGh1bmdyeQ",
        "AUTH\tPLAIN AGFsaWNlAGh1bmdyeQ==",
        "AUTH NONE AGFsaWNlAGh1bmdyeQ==",
        "AUTH PLAIN AGFsaWNlAGh1bmdyeQ== x",
    ] {
        rx.extend(line.as_bytes());
        rx.extend(b"\r\n");
        let event = server.receive(&mut rx).unwrap().unwrap();
        let shown = format!("{event:?}");
        assert!(!shown.contains("hungry") && !shown.contains("AGFs"), "{line}: {shown}");
        assert!(!shown.contains("104, 117, 110"), "{line}: {shown}");
        let _ = server.reply(&Reply::new(Code::OK, "ok").with_enhanced(0, 0));
        server.output().advance(0);
    }
    let command = parse::command(b"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==").unwrap();
    assert!(!format!("{command:?}").contains("hungry"));
}

/// Every reply of the corpus is read, and what it says survives being written and read again.
#[test]
fn replies_of_real_servers_are_read() {
    let Some(folder) = mailwire_testkit::shared("corpus/smtp-transcripts") else { return };
    let (mut read, mut files) = (0, 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        files += 1;
        let text = std::fs::read(&path).unwrap();
        let mut reply = Vec::new();
        for line in text.split_inclusive(|&b| b == b'\n') {
            reply.extend_from_slice(line);
            if !line.ends_with(b"\n") {
                reply.push(b'\n');
            }
            if line.get(3) == Some(&b'-') {
                continue;
            }
            let parsed =
                parse::reply(&reply).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut again = Vec::new();
            parsed.encode(&mut again);
            assert_eq!(parse::reply(&again).unwrap(), parsed, "{}", path.display());
            if path.to_string_lossy().contains("ehlo+") {
                let all = Extensions::of(&parsed);
                assert_eq!(all.iter().count(), parsed.lines().count() - 1, "{}", path.display());
                assert!(all.size().is_some() && all.has("8BITMIME"), "{}", path.display());
            }
            read += 1;
            reply.clear();
        }
        assert!(reply.is_empty(), "{} ends in the middle of a reply", path.display());
    }
    assert!(read >= files && files > 10, "{read} replies in {files} files");
}
