//! Runs one machine on so many octets, a byte at a time: what `linear.sh` counts the instructions
//! of. `linear` alone lists the works; `linear NAME OCTETS` runs one.

use mailwire_core::{Input, Text};
use mailwire_imap::model::Selected;
use mailwire_imap::types::NumberSet;
use mailwire_imap::view::View;
use mailwire_message::build::{
    Attachment, Builder, Carries, ContentType, Date, Mailbox, Part, Streamed,
};
use mailwire_message::edit::Edit;
use mailwire_message::jmap::{Email, Fetch};
use mailwire_message::reply::{Reply, Whom, quote};
use mailwire_message::tnef::Tnef;
use mailwire_message::{Message, Reader, imap as answers};
use mailwire_testkit::cuts::Cut;
use mailwire_testkit::roles::{imap, pop3, smtp};
use mailwire_testkit::{Options, Role, chunks, hostile};

type Work = (&'static str, fn(usize));

const WORKS: &[Work] = &[
    ("smtp_server_commands", |n| {
        run::<smtp::Server>(b"EHLO x\r\n", b"NOOP\r\nMAIL FROM:<a@example.org>\r\nRSET\r\n", b"", n)
    }),
    ("smtp_server_body", |n| {
        run::<smtp::Server>(
            b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
            b"line\r\n..dot\r\n",
            b".\r\n",
            n,
        )
    }),
    ("smtp_server_parameters", |n| {
        run::<smtp::Server>(b"EHLO x\r\n", b"MAIL FROM:<a@b> SIZE=1 BODY=7BIT\r\nRSET\r\n", b"", n)
    }),
    ("smtp_server_dense_dots", |n| {
        run::<smtp::Server>(
            b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
            b"..\r\n",
            b".\r\n",
            n,
        )
    }),
    ("smtp_server_bare_newlines", |n| {
        let options = [("newlines", "normalise")];
        run_with::<smtp::Server>(
            &options,
            b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
            b"a\nb\r",
            b"\r\n.\r\n",
            n,
        )
    }),
    ("smtp_server_chunks", |n| {
        run_with::<smtp::Server>(
            &[("extensions", "CHUNKING")],
            b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n",
            b"BDAT 3\r\nabc",
            b"BDAT 0 LAST\r\n",
            n,
        )
    }),
    ("smtp_server_proxy", |n| {
        run_with::<smtp::Server>(
            &[("proxy", "yes")],
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nEHLO x\r\n",
            b"NOOP\r\n",
            b"",
            n,
        )
    }),
    ("smtp_server_long_line", |n| run::<smtp::Server>(b"", b"x", b"\r\n", n)),
    ("smtp_client_replies", |n| {
        run::<smtp::Client>(b"220 hi\r\n250-x\r\n", b"250-SOMETHING 1 2\r\n", b"250 y\r\n", n)
    }),
    ("smtp_server_mail_value", |n| long_line(n, b"MAIL FROM:<a@b> X=", b"+2B", b"\r\n")),
    ("smtp_server_rcpt_local", |n| long_line(n, b"RCPT TO:<a", b".a", b"@b>\r\n")),
    ("smtp_server_rcpt_quoted", |n| long_line(n, b"RCPT TO:<\"", b"\\\"", b"\"@b>\r\n")),
    ("smtp_server_rcpt_route", |n| long_line(n, b"RCPT TO:<@a", b",@a", b":c@b>\r\n")),
    ("smtp_server_other_verb", |n| long_line(n, b"FROB", b" a", b"\r\n")),
    ("smtp_command_value", |n| command(b"MAIL FROM:<a@b> X=", b"+2B", b"", n)),
    ("smtp_command_parameters", |n| command(b"MAIL FROM:<a@b>", b" X-A=b", b"", n)),
    ("smtp_command_local", |n| command(b"RCPT TO:<a", b".a", b"@b>", n)),
    ("smtp_command_quoted", |n| command(b"RCPT TO:<\"", b"\\\"", b"\"@b>", n)),
    ("smtp_command_attribute", |n| command(b"XCLIENT NAME=", b"+2B", b"", n)),
    ("smtp_ehlo_lines", |n| ehlo(b"X-NEW a b\r\n250-DSN", b" ", 1, n)),
    ("smtp_ehlo_damaged_lines", |n| ehlo(b"SIZE x\r\n250-", b"-", 2, n)),
    ("smtp_ehlo_long_lines", |n| ehlo(b"X-NEW ", b"x", 1000, n)),
    ("smtp_ehlo_mechanisms", |n| ehlo(b"AUTH", b" PLAIN X", 120, n)),
    ("smtp_ehlo_limits", |n| ehlo(b"LIMITS", b" A=1", 240, n)),
    ("smtp_ehlo_words", |n| ehlo(b"XCLIENT", b" a", 480, n)),
    ("pop3_server_commands", |n| {
        run::<pop3::Server>(b"USER a\r\nPASS b\r\n", b"NOOP\r\nSTAT\r\nLIST\r\n", b"", n)
    }),
    ("pop3_client_listing", |n| {
        run::<pop3::Client>(
            b"+OK\r\n+OK\r\nTOP\r\n.\r\n+OK\r\n+OK\r\n+OK 1 2\r\n+OK\r\n",
            b"12 3456\r\n",
            b".\r\n",
            n,
        )
    }),
    ("pop3_client_message", |n| {
        run::<pop3::Client>(
            b"+OK\r\n+OK\r\n.\r\n+OK\r\n+OK\r\n+OK 1 2\r\n+OK\r\n.\r\n+OK\r\n.\r\n+OK\r\n",
            b"line\r\n..\r\n",
            b".\r\n",
            n,
        )
    }),
    ("pop3_client_names", |n| {
        run::<pop3::Client>(
            b"+OK\r\n+OK\r\nTOP\r\n.\r\n+OK\r\n+OK\r\n+OK 1 2\r\n+OK\r\n.\r\n+OK\r\n",
            b"12 unique-id\r\n\r\n3\t \r\n",
            b".\r\n",
            n,
        )
    }),
    ("pop3_client_blank_lines", |n| run::<pop3::Client>(b"+OK\r\n", b"\r\n", b"+OK\r\n", n)),
    ("pop3_client_greeting", |n| {
        // A line of many brackets; longer ones are refused.
        run::<pop3::Client>(b"+OK ", b"<>", b"\r\n", n / 5)
    }),
    ("pop3_server_refusals", |n| {
        run::<pop3::Server>(b"USER a\r\nPASS b\r\n", b"RETR 9\r\nNOOP\r\nTOP 1 1\r\n", b"", n)
    }),
    ("imap_server_commands", |n| {
        run::<imap::Server>(
            b"a LOGIN a b\r\nb SELECT INBOX\r\n",
            b"c UID FETCH 1:* (FLAGS)\r\n",
            b"",
            n,
        )
    }),
    ("imap_server_literals", |n| {
        run::<imap::Server>(
            b"a LOGIN a b\r\nb SEARCH OR",
            b" OR TEXT {1+}\r\nx",
            b" ALL\r\n",
            n.min(30_000),
        )
    }),
    ("imap_server_append", |n| {
        run::<imap::Server>(b"a LOGIN a b\r\nb APPEND INBOX {1000000+}\r\n", b"line\r\n", b"", n)
    }),
    ("imap_client_flags", |n| {
        run::<imap::Client>(b"* OK hi\r\n", b"* 1 FETCH (FLAGS (\\Seen) UID 2)\r\n", b"", n)
    }),
    ("imap_client_search", |n| {
        run::<imap::Client>(b"* OK hi\r\n* SEARCH", b" 1234567", b"\r\n", n)
    }),
    ("imap_client_structure", |n| {
        run::<imap::Client>(
            b"* OK hi\r\n* 1 FETCH (BODYSTRUCTURE (",
            b"(\"a\" \"b\" (\"c\" \"d\") NIL NIL \"7bit\" 1)",
            b" \"mixed\"))\r\n",
            n,
        )
    }),
    ("imap_client_damaged_quotes", |n| {
        run::<imap::Client>(
            b"* OK hi\r\n* 1 FETCH (UID 1",
            b" ENVELOPE (\"a\"b\\\") \"c)",
            b")\r\n",
            n,
        )
    }),
    ("imap_client_damaged_flags", |n| {
        run::<imap::Client>(b"* OK hi\r\n* FLAGS (", b"((\\* \"x\")  ", b")\r\n", n)
    }),
    ("imap_client_search_spaces", |n| {
        run::<imap::Client>(b"* OK hi\r\n* SEARCH", b"    ", b"1\r\n", n)
    }),
    ("imap_client_listing", |n| {
        run::<imap::Client>(b"* OK hi\r\n", b"* LIST (\\Sent) \"/\" a b (c) d\r\n", b"", n)
    }),
    ("imap_model_gaps", model),
    ("imap_view_changes", view),
    ("imap_client_literals", |n| {
        run::<imap::Client>(b"* OK hi\r\n* 1 FETCH (UID 1", b" BODY[1] {3}\r\nabc", b")\r\n", n)
    }),
    ("message_whole_parts", |n| {
        whole(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            b"--b\r\n\r\ntext\r\n--\r\n-",
            n,
        )
    }),
    ("message_whole_nested", |n| {
        whole(b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", n)
    }),
    ("message_reader_parts", |n| {
        streamed(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            b"--b\r\n\r\ntext\r\n--\r\n-",
            n,
        )
    }),
    ("message_reader_parts_of_4_kib", |n| {
        let raw = stream(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            b"--b\r\n\r\ntext\r\n--\r\n-",
            b"",
            n,
        );
        println!("{} events", read(raw.chunks(4096)));
    }),
    ("header_comments", |n| value(b"((a) ", n)),
    ("header_open_comments", |n| value(b"(", n)),
    ("header_open_quotes", |n| value(b"a \"b, [c <", n)),
    ("header_addresses_equals", |n| value(b"a = b ", n)),
    ("header_addresses_literals", |n| value(b"[ ", n)),
    ("header_addresses_words", |n| value(b"a \"b\" <", n)),
    ("header_addresses", |n| value(b"Ann (x) <ann@example.org>, bob@example.net; g:", n)),
    ("header_words", |n| value(b"word @ : ", n)),
    ("header_encoded_words", |n| value(b"=?utf-8?q?=C3=A9?= ", n)),
    ("header_open_encoded_words", |n| value(b"=?a?b?x ", n)),
    ("header_parameters", |n| value(b"; p*0=v", n)),
    ("header_ids", |n| value(b"<a@b> <\"c@d ", n)),
    ("message_reader_header", |n| streamed(b"Subject: x\r\n", b" folded again\r\n", n)),
    ("build_text", |n| built(letter().text("Gr\u{fc}\u{df}e =\n --=_".repeat(n / 16)))),
    ("build_long_line", |n| built(letter().text("x".repeat(n)).html("\u{e9} ".repeat(n / 3)))),
    ("build_recipients", |n| {
        let to = || Mailbox::new("ann@example.org").and_then(|it| it.named("\u{c4}nn, B."));
        let all = (0..n / 40).filter_map(|_| to().ok());
        built(all.fold(letter(), Builder::to))
    }),
    ("build_subject", |n| {
        built(letter().subject(Text::lossy("=?  \u{e9}   word ".repeat(n / 16))))
    }),
    ("build_files", |n| {
        let file = || Attachment::new(ContentType::octets(), &b"data"[..]);
        built((0..n / 20).fold(letter(), |letter, _| letter.attach(file())))
    }),
    ("build_parts", |n| {
        let parts = (0..n / 20).map(|_| Part::message(&b"Subject: =_p\r\n\r\n--=_p\r\n"[..]));
        built(letter().content(Part::multipart("mixed", parts).expect("parts")))
    }),
    ("build_streamed", |n| {
        let mut writer = letter().stream(&[Streamed::new(ContentType::octets(), None)]);
        let mut out = Vec::new();
        while writer.write_to(&mut out).is_some() {
            for _ in 0..n {
                writer.put(b"x", &mut out).expect("it is wanted");
            }
            writer.end(&mut out).expect("it is written");
        }
        println!("{} octets", out.len());
    }),
    ("message_prepare", |n| {
        for carries in [Carries::SevenBit, Carries::EightBit, Carries::Binary] {
            let letter = letter().text("\u{e9} =\0\n".repeat(n / 6));
            built(letter.prepare(carries, true).expect("it goes everywhere"));
        }
    }),
    ("message_edit", |n| {
        let raw = stream(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            b"--b\r\nA: b\r\nA: c\r\n\r\ntext\r\n",
            b"--b--\r\n",
            n,
        );
        let message = Message::parse(&raw);
        let mut edit = Edit::new(&message);
        for part in message.parts().skip(1) {
            match part.index() % 3 {
                0 => drop(edit.remove_part(part)),
                1 => drop(edit.replace(part, "A", &Text::lossy("d"))),
                _ => drop(edit.remove_fields(part, "A")),
            }
        }
        println!("{} octets", edit.to_vec().len());
    }),
    ("message_reply", |n| {
        let to: Vec<String> = (0..n / 16).map(|i| format!("u{i}@example.org")).collect();
        let ids = "<a@b> ".repeat(n / 6);
        let text = "> said\r\nanswered\r\n".repeat(n / 20);
        let head = format!("From: ann@example.org\r\nTo: {}\r\nReferences: {ids}", to.join(","));
        let raw = format!("{head}\r\n\r\n{text}");
        let message = Message::parse(raw.as_bytes());
        let reply = Reply::to(&message, Whom::All, &["u1@example.org"]);
        println!("{} recipients, {} octets", reply.cc.len(), quote(&message).len());
        built(reply.apply(letter()));
    }),
    ("message_jmap", |n| {
        jmap(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            b"--b\r\nA: b\r\n\r\ntext <\r\n",
            n,
        )
    }),
    ("message_jmap_header", |n| jmap(b"", b"To: a:b@c;,d\r\nReferences: <a> b\r\n", n)),
    ("message_tnef", |n| tnef(b"\x78\x9f\x3e\x22\x01\0", b"\x02\x02\x90\x06\0\0\0\0\0\0\0", n)),
    ("message_tnef_properties", |n| {
        let size = u32::try_from(n / 4 * 4).unwrap_or_default();
        let head = [
            &b"\x78\x9f\x3e\x22\x01\0\x01\x03\x90\x06\0"[..],
            &size.to_le_bytes(),
            b"\xff\xff\xff\0",
        ];
        tnef(&head.concat(), b"\x01\0\x01\0", n);
    }),
    ("sasl_scram_first", |n| sasl(b"r=x,s=c2FsdA==,i=4096", b",x=y", b"", n)),
    ("sasl_scram_names", |n| sasl(b"n,,n=", b"=2C", b",r=x", n)),
    ("sasl_oauth_pairs", |n| sasl(b"n,,\x01", b"x=y\x01", b"auth=Bearer x\x01\x01", n)),
    ("sasl_prep", |n| {
        let typed = "e\u{301}\u{327}\u{ad}\u{2168}".repeat(n / 11);
        println!("{:?}", mailwire_sasl::saslprep(&typed).map(|prepared| prepared.len()));
    }),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for (name, _) in WORKS {
            println!("{name}");
        }
        for (name, _) in hostile::MAIL {
            println!("message_hostile_{name}");
        }
        return;
    };
    let octets = arguments.next().and_then(|n| n.parse().ok());
    let hostile = name.strip_prefix("message_hostile_");
    let hostile = hostile.and_then(|name| hostile::MAIL.iter().find(|(known, _)| *known == name));
    if let (Some((_, make)), Some(octets)) = (hostile, octets) {
        return ask_all(&make(octets));
    }
    let work = WORKS.iter().find(|(known, _)| *known == name);
    let (Some((_, work)), Some(octets)) = (work, octets) else {
        eprintln!("usage: linear [NAME OCTETS]; without arguments the names are listed");
        std::process::exit(2);
    };
    work(octets);
}

/// `head`, then `middle` again and again up to so many octets, then `tail`.
fn stream(head: &[u8], middle: &[u8], tail: &[u8], octets: usize) -> Vec<u8> {
    [head, &middle.repeat(octets / middle.len()), tail].concat()
}

fn run_with<R: Role>(
    options: &[(&str, &str)],
    head: &[u8],
    middle: &[u8],
    tail: &[u8],
    octets: usize,
) {
    let stream = stream(head, middle, tail, octets);
    let options: Options =
        options.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    let trace = chunks::trace::<R>(&options, &stream, &Cut::Every(1));
    println!("{} events, {} octets sent", trace.events.len(), trace.output.len());
}

fn run<R: Role>(head: &[u8], middle: &[u8], tail: &[u8], octets: usize) {
    let stream = stream(head, middle, tail, octets);
    let trace = chunks::trace::<R>(&Options::new(), &stream, &Cut::Every(1));
    println!("{} events, {} octets sent", trace.events.len(), trace.output.len());
}

/// A line that the server reads whole, behind others of its transaction.
fn long_line(octets: usize, head: &[u8], middle: &[u8], tail: &[u8]) {
    let limit = (2 * octets + 100).to_string();
    let before =
        if head.starts_with(b"RCPT") { &b"EHLO x\r\nMAIL FROM:<>\r\n"[..] } else { b"EHLO x\r\n" };
    run_with::<smtp::Server>(&[("line", &limit)], &[before, head].concat(), middle, tail, octets);
}

/// A line that is read at once.
fn command(head: &[u8], middle: &[u8], tail: &[u8], octets: usize) {
    let line = stream(head, middle, tail, octets);
    println!("{}", mailwire_smtp::parse::command(&line).is_ok());
}

/// An answer to EHLO that is read at once, of lines that are `head` and so often `more`.
fn ehlo(head: &[u8], more: &[u8], times: usize, octets: usize) {
    let line = stream(&[b"250-", head].concat(), more, b"\r\n", times * more.len());
    let lines = stream(b"250-mx\r\n", &line, b"250 HELP\r\n", octets);
    let all = mailwire_smtp::parse::ehlo(&lines);
    println!("{:?}", all.map(|all| (all.iter().count(), all.damaged())));
}

/// A mailbox of so many messages with a gap before each, as its client learns it and loses it.
fn model(messages: usize) {
    let n = u32::try_from(messages).expect("few messages");
    let mut inbox = Selected::new();
    inbox.exists(n).expect("more than none");
    for seq in 1..=n {
        inbox.fetched(seq, 2 * seq, None).expect("a unique identifier that fits");
    }
    let known: u64 = (1..=n).filter_map(|seq| inbox.messages().seq(2 * seq)).map(u64::from).sum();
    let gone = NumberSet::of((1..=n).step_by(4).map(|seq| 2 * seq));
    inbox.vanished(false, &gone);
    while inbox.messages().len() > n / 4 {
        inbox.expunged(inbox.messages().len() / 2).expect("a message");
    }
    println!("{known}, {} runs of unknown ones", inbox.messages().unknown().ranges().len());
}

/// A mailbox of so many messages that changes as a whole before its client is told.
fn view(messages: usize) {
    let n = u32::try_from(messages).expect("few messages");
    let mut view = View::new(1..=n);
    (1..=n).rev().for_each(|uid| view.changed(uid));
    (1..=2 * n).for_each(|uid| view.added(uid));
    (1..=2 * n).rev().step_by(2).for_each(|uid| view.removed(uid));
    println!("{} updates", view.tell(true).len());
}

fn letter<'a>() -> Builder<'a> {
    let from = Mailbox::new("bob@example.org").expect("an address");
    Builder::new(from, Date::from_unix(0, 0).expect("a date"))
}

fn built(message: Builder<'_>) {
    let mut out = Vec::new();
    message.write_to(&mut out);
    println!("{} octets of {}", out.len(), message.size());
}

fn jmap(head: &[u8], middle: &[u8], octets: usize) {
    let raw = stream(head, middle, b"", octets);
    let message = Message::parse(&raw);
    let fetch = Fetch { all_values: true, ..Fetch::default() };
    let mut out = Vec::new();
    let more = ["headers", "bodyStructure", "attachments", "header:To:asGroupedAddresses:all"];
    let asked = [&Email::DEFAULT[..], &more].concat();
    Email::of(&message).write(&asked, &fetch, |_| None, &mut out);
    println!("{} octets", out.len());
}

fn tnef(head: &[u8], middle: &[u8], octets: usize) {
    let raw = stream(head, middle, b"", octets);
    let Some(tnef) = Tnef::parse(&raw) else { return };
    let names = tnef.attachments().iter().filter_map(|file| file.name()).count();
    println!("{names} names of {}, {:?}", tnef.attachments().len(), tnef.text());
}

/// Reads a message whole and in pieces, and asks for all that the index answers.
fn ask_all(raw: &[u8]) {
    let message = Message::parse(raw);
    let (defects, views) = (message.examine().len(), message.views().len());
    let mut told = Vec::new();
    answers::envelope(message.root()).write(&mut told);
    answers::body_structure(&message, &mut told);
    let events = read(raw.chunks(512));
    println!("{defects} defects, {views} views, {} octets told, {events} events", told.len());
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> usize {
    let (mut reader, mut rx, mut events) = (Reader::default(), Input::default(), 0);
    for piece in pieces {
        rx.extend(piece);
        while reader.receive(&mut rx).is_some() {
            events += 1;
        }
    }
    rx.close();
    while reader.receive(&mut rx).is_some() {
        events += 1;
    }
    events
}

/// A value of a field, read as every type there is.
fn value(middle: &[u8], octets: usize) {
    let raw = stream(b"a/b", middle, b"", octets);
    println!("{} types", mailwire_message::header::fields::read_all(&raw));
}

/// Shown to every mechanism, on both sides.
fn sasl(head: &[u8], middle: &[u8], tail: &[u8], octets: usize) {
    let message = stream(head, middle, tail, octets);
    let setup = mailwire_sasl::Setup::default();
    let mut account = mailwire_sasl::Account::with_password("ann", "pencil");
    account.token = Some("token".into());
    let transport = mailwire_sasl::Transport { is_private: true, ..Default::default() };
    let mut refused = 0;
    for name in setup.mechanisms() {
        let server = setup.server(name).map(|mut server| server.step(Some(&message)).is_err());
        refused += usize::from(server == Some(true));
        if let Ok(mut client) = account.begin(name, [name], &transport) {
            let _ = client.initial();
            refused += usize::from(client.step(&message).is_err());
        }
    }
    println!("{refused} refused");
}

fn whole(head: &[u8], middle: &[u8], octets: usize) {
    let raw = stream(head, middle, b"", octets);
    println!("{} parts", Message::parse(&raw).parts().count());
}

fn streamed(head: &[u8], middle: &[u8], octets: usize) {
    let (mut reader, mut rx, mut events) = (Reader::default(), Input::default(), 0);
    for byte in stream(head, middle, b"", octets).chunks(1) {
        rx.extend(byte);
        while reader.receive(&mut rx).is_some() {
            events += 1;
        }
    }
    println!("{events} events");
}
