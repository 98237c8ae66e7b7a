//! Targets for `mailwire-smtp`.

use crate::machine::{Choices, Side, check, pair};
use mailwire_smtp::parse;
use mailwire_smtp::types::{
    Command, Domain, Extension, Extensions, ForwardPath, Mail, Mailbox, Params, Proxy, ReversePath,
    decode_utf8_addr_xtext, decode_xtext, encode_utf8_addr_xtext, encode_xtext,
};
use mailwire_smtp::{Input, Security, Text, server};
use mailwire_testkit::roles::smtp::{Client, Server};

const SERVER: [(&str, &str); 12] = [
    ("starttls", "yes"),
    ("auth", "PLAIN LOGIN"),
    ("plaintext", "yes"),
    ("newlines", "keep"),
    ("extensions", "none"),
    ("message", "64"),
    ("recipients", "2"),
    ("idle", "4"),
    ("line", "600"),
    ("lmtp", "yes"),
    ("proxy", "yes"),
    ("errors", "3"),
];

const CLIENT: [(&str, &str); 7] = [
    ("client", "script"),
    ("tls", "required"),
    ("plaintext", "yes"),
    ("one_by_one", "yes"),
    ("lmtp", "yes"),
    ("chunk", "3"),
    ("window", "1"),
];

const ACTIONS: [&str; 28] = [
    "ehlo crepes.fr",
    "helo crepes.fr",
    "mail a@b",
    "mail a@b SIZE=4 BODY=8BITMIME",
    "rcpt c@d",
    "rcpt x@elsewhere",
    "data",
    "body Do you like ketchup?\\n",
    "body .\\n..two\\r\\n.",
    "body \\r",
    "end",
    "rset",
    "noop",
    "vrfy bob",
    "help",
    "quit",
    "starttls",
    "auth PLAIN \\0alice\\0hungry",
    "auth LOGIN",
    "respond alice",
    "respond hungry",
    "cancel",
    "mail a@b | rcpt c@d | data",
    "other FROB",
    "lhlo crepes.fr",
    "chunk one\\r\\n.",
    "last two\\r\\n",
    "chunks",
];

/// The server and an application that says yes.
pub fn smtp_server(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&SERVER);
    let trace = check::<Server>(Side::Server, &options, &[], choices.0);
    for line in trace.output.split_inclusive(|&b| b == b'\n') {
        assert!(line.len() <= 512, "RFC 5321 section 4.5.3.1.5");
        assert!(line.len() > 4 && line[..3].iter().all(u8::is_ascii_digit), "a code on each line");
    }
}

/// The client, with commands queued before the server says a word.
pub fn smtp_client(data: &[u8]) {
    let mut choices = Choices(data);
    let options = choices.options(&CLIENT);
    let actions = choices.actions(&ACTIONS, 12);
    check::<Client>(Side::Client, &options, &actions, choices.0);
}

/// The client joined to the server: each command has one answer, in order, and what is sent as a
/// message arrives.
pub fn smtp_pair(data: &[u8]) {
    let mut choices = Choices(data);
    let mut options = choices.options(&[
        ("one_by_one", "yes"),
        ("extensions", "none"),
        ("starttls", "yes"),
        ("auth", "PLAIN LOGIN"),
        ("plaintext", "yes"),
    ]);
    options.insert("client".into(), "script".into());
    let sizes = [choices.below(40) + 1, choices.below(9) + 1];
    let actions = choices.actions(&ACTIONS, 40);
    let joined = pair::<Client, Server>(&options, &actions, &sizes);
    let whole = pair::<Client, Server>(&options, &actions, &[usize::MAX]);
    assert_eq!(joined, whole, "the same however it is cut");

    let commands: Vec<String> = joined
        .done
        .iter()
        .flat_map(|action| action.split(" | "))
        .map(|line| line.split(' ').next().unwrap_or_default())
        .filter(|verb| !matches!(*verb, "body" | "end" | "respond" | "cancel"))
        .map(str::to_ascii_uppercase)
        .collect();
    let answered: Vec<&str> = joined
        .client
        .events
        .iter()
        .filter_map(|event| match event.as_str() {
            "StartTls" => Some("STARTTLS"),
            event if event.starts_with("Reply ") => event.rsplit(' ').next(),
            _ => None,
        })
        .collect();
    assert!(commands.len() - answered.len() <= 1, "{commands:?} {answered:?}");
    assert!(
        commands.iter().zip(&answered).all(|(sent, got)| sent == got),
        "{commands:?} {answered:?}"
    );

    let sent = bodies(&joined.done);
    let arrived: Vec<&str> =
        joined.server.events.iter().filter_map(|event| event.strip_prefix("Body ")).collect();
    // Of a message that was begun and not ended something may have arrived.
    assert!(arrived.len() - sent.len() <= 1, "{sent:?} {arrived:?}");
    assert_eq!(sent, arrived[..sent.len()]);
}

/// The bodies of the messages that were ended, as the server should see them.
fn bodies(done: &[&str]) -> Vec<String> {
    let (mut bodies, mut body) = (Vec::new(), String::new());
    for action in done {
        if let Some(text) = action.strip_prefix("body ") {
            body.push_str(&text.replace("\\r", "\r").replace("\\n", "\n"));
        } else if *action == "end" {
            let mut text = body.replace("\r\n", "\n").replace('\r', "\n");
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            if !text.is_empty() {
                bodies.push(text.replace('\n', "\r\n").escape_default().to_string());
            }
            body.clear();
        }
    }
    bodies
}

/// What is parsed is written back the same, on one line.
pub fn smtp_command(data: &[u8]) {
    let _ = parse::in_command(data);
    if let Ok(command) = parse::command(data) {
        let mut line = Vec::new();
        command.encode(&mut line);
        let text = line.strip_suffix(b"\r\n").expect("a line");
        assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        assert_eq!(parse::command(text).as_ref(), Ok(&command));
    }
}

/// The same, for replies and the extensions in them.
pub fn smtp_reply(data: &[u8]) {
    if let Ok(reply) = parse::reply(data) {
        let mut lines = Vec::new();
        reply.encode(&mut lines);
        crate::machine::lines_end_well(&lines);
        // CR and NUL in a text are written as spaces.
        if !reply.lines().any(|line| line.iter().any(|b| matches!(b, b'\r' | 0))) {
            assert_eq!(parse::reply(&lines).as_ref(), Ok(&reply));
        }
        for extension in Extensions::of(&reply).iter() {
            let mut words = Vec::new();
            extension.encode(&mut words);
            assert!(!words.iter().any(|b| matches!(b, b'\r' | b'\n')));
        }
    }
}

/// An address is what was given, and cannot be more than an argument.
pub fn smtp_address(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let addresses = [
        Mailbox::new(text).ok().map(|it| it.local_as_written().len() + 1 + it.domain().len()),
        ReversePath::new(text).ok().map(|it| it.as_str().len()),
        ForwardPath::new(text).ok().map(|it| it.as_str().len()),
        Domain::new(text).ok().map(|it| it.as_str().len()),
    ];
    for len in addresses.into_iter().flatten() {
        assert!(len <= text.len() && !text.contains(['\r', '\n', '\0']));
    }
    if let Ok(path) = ForwardPath::new(text) {
        let line = format!("RCPT TO:<{path}>");
        let parsed = parse::command(line.as_bytes());
        assert!(
            matches!(&parsed, Ok(mailwire_smtp::types::Command::Rcpt(rcpt)) if rcpt.to == path)
        );
    }
}

/// The lines of an EHLO reply: none loses another, each is written as what it was read as.
pub fn smtp_ehlo(data: &[u8]) {
    let mut lines = b"250-x\r\n".to_vec();
    let mut n = 0;
    for line in data.split(|b| matches!(b, b'\r' | b'\n')).take(40) {
        lines.extend_from_slice(b"250-");
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
        n += 1;
    }
    lines.extend_from_slice(b"250 PIPELINING\r\n");
    let Ok(reply) = parse::reply(&lines) else { panic!("every line is one of a reply") };
    let all = Extensions::of(&reply);
    assert_eq!(parse::ehlo(&lines).as_ref(), Ok(&all), "one pass reads what two read");
    assert!(all.pipelining(), "one bad line never loses the others");
    assert!(all.iter().count() <= n + 1 && all.iter().count() + all.damaged() > n);
    for extension in all.iter() {
        let mut line = b"250-x\r\n250 ".to_vec();
        extension.encode(&mut line);
        line.extend_from_slice(b"\r\n");
        let again = Extensions::of(&parse::reply(&line).expect("what is written is a reply"));
        // What is raw because its parameters do not fit stays raw, but for what does not fit because
        // it is longer than the 1,024 octets at which it is cut: its beginning may fit.
        if line.len() < 11 + 1024 + 2 {
            assert_eq!(again.iter().collect::<Vec<_>>(), [extension]);
        }
        let words = line[11..line.len() - 2].splitn(2, |b| *b == b' ').nth(1);
        let words = core::str::from_utf8(words.unwrap_or_default()).expect("it was text");
        let _ = Extension::new(extension.keyword(), Text::lossy(words));
    }
}

/// Parameters, as what they mean: what is read is written as the same.
pub fn smtp_params(data: &[u8]) {
    let line = [b"MAIL FROM:<>", data].concat();
    let Ok(Command::Mail(mail)) = parse::command(&line) else { return };
    let mut params = Params::default();
    for parameter in mail.params.parameters() {
        params = params.with_parameter(&parameter).expect("what was read can be written");
    }
    let typed: Vec<_> = mail.params.parameters().collect();
    assert_eq!(params.parameters().collect::<Vec<_>>(), typed);
    let mut out = Vec::new();
    Command::Mail(Mail { from: ReversePath::Null, params }).encode(&mut out);
    assert_eq!(out.iter().filter(|b| **b == b'\n').count(), 1);
}

/// xtext and utf-8-addr-xtext: encoding is the inverse of decoding.
pub fn smtp_xtext(data: &[u8]) {
    let mut text = Vec::new();
    encode_xtext(data, &mut text);
    assert_eq!(decode_xtext(&text).as_deref(), Some(data));
    if let Some(bytes) = decode_xtext(data) {
        let mut again = Vec::new();
        encode_xtext(&bytes, &mut again);
        assert_eq!(decode_xtext(&again), Some(bytes));
    }
    let Ok(address) = core::str::from_utf8(data) else { return };
    let mut text = Vec::new();
    encode_utf8_addr_xtext(address, &mut text);
    let text = core::str::from_utf8(&text).expect("it is US-ASCII");
    assert_eq!(decode_utf8_addr_xtext(text).as_deref(), Some(address));
    let _ = decode_utf8_addr_xtext(address);
}

/// BDAT: of a chunk whose size can be read no octet is a command, however it is cut; what the
/// application sees is what the chunks held.
pub fn smtp_bdat(data: &[u8]) {
    let mut config = server::Config::default();
    config.extensions = vec![Extension::Chunking, Extension::Pipelining];
    config.limits.message = 300;
    let mut stream = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n".to_vec();
    let (mut expected, mut rest, mut over) = (Vec::new(), data, false);
    while let Some((&n, more)) = rest.split_first() {
        let (chunk, more) = more.split_at(usize::from(n % 64).min(more.len()));
        let last = n >= 192;
        let end = if last { " LAST" } else { "" };
        stream.extend_from_slice(format!("BDAT {}{end}\r\n", chunk.len()).as_bytes());
        stream.extend_from_slice(chunk);
        if !over && expected.len() + chunk.len() <= 300 {
            expected.extend_from_slice(chunk);
        } else {
            over = true;
        }
        over |= last;
        rest = more;
    }
    let config = std::sync::Arc::new(config);
    for size in [usize::MAX, 1, 7] {
        let mut server = server::Connection::new(config.clone(), Security::Plain);
        let (mut rx, mut body) = (Input::default(), Vec::new());
        for piece in stream.chunks(size.min(stream.len())) {
            rx.extend(piece);
            while let Some(event) = server.receive(&mut rx).expect("chunks end where they say") {
                match event {
                    server::Event::Body(piece) => body.extend_from_slice(piece),
                    server::Event::Refused(refused) => assert!(
                        matches!(
                            refused.why,
                            server::Why::BadSequence
                                | server::Why::TooBig
                                | server::Why::TooManyErrors
                                | server::Why::TooManyIdle
                        ),
                        "{refused:?}"
                    ),
                    server::Event::BodyRefused(_) => {}
                    server::Event::Hello(_)
                    | server::Event::Mail(_)
                    | server::Event::Rcpt(_)
                    | server::Event::Data
                    | server::Event::BodyEnd => server.accept().expect("an event to answer"),
                    other => panic!("an octet of a chunk was a command: {other:?}"),
                }
            }
        }
        assert_eq!(body, expected, "by {size}");
    }
}

/// The PROXY header: at every cut the same, and what is read is written as the same.
pub fn smtp_proxy(data: &[u8]) {
    let whole = Proxy::parse(data);
    for n in 0..data.len() {
        match Proxy::parse(&data[..n]) {
            Ok(None) => {}
            early => {
                assert_eq!(early, whole);
                break;
            }
        }
    }
    if let Ok(Some((proxy, n))) = whole {
        assert!(n <= data.len() && n <= 1024);
        let mut out = Vec::new();
        proxy.encode_binary(&mut out);
        let again = Proxy::parse(&out).expect("what is written is a header");
        let (again, _) = again.expect("it is whole");
        assert_eq!((again.addresses, again.local), (proxy.addresses, proxy.local));
    }
}

/// Whatever happens to a queue, each recipient comes to one end, nobody is told of it twice, and
/// its log is the queue.
pub fn smtp_queue(data: &[u8]) {
    mailwire_testkit::queue::play(data);
}
