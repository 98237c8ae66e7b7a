//! Messages: the index, and the index with the subject, the addresses, the text and the size of the
//! attachment.

use criterion::{Criterion, criterion_group, criterion_main};
use mail_parser::decoders::charsets::Charset;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Encoding, HeaderValue, MessageBuffers, MessageParser};
use mailwire_benches::message;
use mailwire_core::Input;
use mailwire_message::encoding::{base64, charset, quoted_printable};
use mailwire_message::header::fields::{Received, Value};
use mailwire_message::header::{Field, decode_parameter};
use mailwire_message::text::html;
use mailwire_message::{Kind, Limits, Message, Reader, Rules, Storage, TransferEncoding};
use std::hint::black_box;

fn ours(raw: &[u8]) -> (usize, usize) {
    let message = Message::parse(raw);
    let root = message.root();
    black_box((
        root.text_field("Subject"),
        root.addresses("From"),
        root.addresses("To"),
        root.date("Date"),
    ));
    let text = message.text_part("plain").map_or(0, |part| part.text().len());
    let file = message.attachments().next().map_or(0, |part| part.body().len());
    (text, file)
}

fn parser(raw: &[u8]) -> (usize, usize) {
    let message = mail_parser::MessageParser::default().parse(raw).expect("a message");
    black_box((message.subject(), message.from(), message.to(), message.date()));
    let text = message.body_text(0).map_or(0, |text| text.len());
    let file = message.attachments().next().map_or(0, |part| part.decoded().len());
    (text, file)
}

fn parse(raw: &[u8]) -> (usize, usize) {
    use mailparse::MailHeaderMap;
    let message = mailparse::parse_mail(raw).expect("a message");
    let header = |name| message.headers.get_first_value(name).unwrap_or_default();
    black_box(header("Subject"));
    for name in ["From", "To"] {
        black_box(mailparse::addrparse(&header(name)).expect("addresses"));
    }
    black_box(mailparse::dateparse(&header("Date")).expect("a date"));
    let text = message.subparts[0].subparts[0].get_body().expect("text").len();
    let file = message.subparts[1].get_body_raw().expect("a file").len();
    (text, file)
}

fn benches(c: &mut Criterion) {
    for (name, octets) in [("8 KB", 2000), ("10 MB", 10_000_000)] {
        let raw = message(octets);
        assert_eq!(ours(&raw), parser(&raw));
        assert_eq!(ours(&raw).1, parse(&raw).1);
        let mut group = c.benchmark_group(format!("message of {name}, read"));
        if octets > 100_000 {
            group.sample_size(20);
        }
        group.bench_function("mailwire", |b| b.iter(|| ours(black_box(&raw))));
        group.bench_function("mail-parser", |b| b.iter(|| parser(black_box(&raw))));
        group.bench_function("mailparse", |b| b.iter(|| parse(black_box(&raw))));
        group.finish();
    }
}

/// Messages of a folder under `../shared/corpus/messages`, or of the SpamAssassin corpus where
/// `MAILWIRE_SPAMASSASSIN` says that it lies, without their `From ` lines.
fn corpora() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let mut corpora = Vec::new();
    let spam = std::env::var_os("MAILWIRE_SPAMASSASSIN").map(std::path::PathBuf::from);
    let shared = mailwire_testkit::shared("corpus/messages");
    for (name, folder) in [("SpamAssassin", spam), ("the corpus", shared)] {
        let (mut folders, mut mails) = (Vec::from_iter(folder), Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_none_or(|it| it != "json" && it != "xml") {
                    let mut raw = std::fs::read(path).expect("a file");
                    if raw.starts_with(b"From ") {
                        let line = memchr::memchr(b'\n', &raw).unwrap_or(raw.len() - 1);
                        raw.drain(..=line);
                    }
                    mails.push(raw);
                }
            }
        }
        if !mails.is_empty() {
            corpora.push((name, mails));
        }
    }
    corpora
}

/// The structure of each message, with memory that is used again.
fn index(c: &mut Criterion) {
    for (name, mails) in corpora() {
        let mut group = c.benchmark_group(format!("index of {name}"));
        group.sample_size(20);
        group.bench_function("mailwire", |b| {
            let mut storage = Some(Storage::default());
            let (limits, rules) = (Limits::default(), Rules::default());
            b.iter(|| {
                for raw in &mails {
                    let used = storage.take().unwrap_or_default();
                    let message = Message::parse_with(black_box(raw), &limits, &rules, used);
                    black_box(message.parts().count());
                    storage = Some(message.into_storage());
                }
            });
        });
        group.bench_function("mail-parser", |b| {
            let (parser, mut buffers) = (MessageParser::default(), MessageBuffers::new());
            b.iter(|| {
                for raw in &mails {
                    if let Some(message) = parser.parse_with(black_box(raw), &mut buffers) {
                        black_box(message.parts().count());
                        buffers = message.into_buffers();
                    }
                }
            });
        });
        group.finish();
        let mut group = c.benchmark_group(format!("four headers of {name}"));
        group.sample_size(20);
        group.bench_function("mailwire", |b| {
            let mut storage = Some(Storage::default());
            let (limits, rules) = (Limits::default(), Rules::default());
            b.iter(|| {
                for raw in &mails {
                    let used = storage.take().unwrap_or_default();
                    let message = Message::parse_with(black_box(raw), &limits, &rules, used);
                    let root = message.root();
                    black_box((root.text_field("Subject"), root.addresses("From")));
                    black_box((root.date("Date"), root.message_ids("Message-ID")));
                    storage = Some(message.into_storage());
                }
            });
        });
        group.bench_function("mail-parser", |b| {
            let (parser, mut buffers) = (MessageParser::default(), MessageBuffers::new());
            b.iter(|| {
                for raw in &mails {
                    if let Some(message) = parser.parse_with(black_box(raw), &mut buffers) {
                        black_box((message.subject(), message.from()));
                        black_box((message.date(), message.message_id()));
                        buffers = message.into_buffers();
                    }
                }
            });
        });
        group.finish();
        let mut group = c.benchmark_group(format!("{name} in pieces of 4 KiB"));
        group.sample_size(20);
        group.bench_function("mailwire", |b| {
            let mut rx = Input::default();
            b.iter(|| {
                for raw in &mails {
                    let mut reader = Reader::default();
                    for piece in raw.chunks(4096) {
                        rx.extend(black_box(piece));
                        while let Some(event) = reader.receive(&mut rx) {
                            black_box(event);
                        }
                    }
                    rx.close();
                    while let Some(event) = reader.receive(&mut rx) {
                        black_box(event);
                    }
                    rx = Input::from_buffer(std::mem::take(&mut rx).into_buffer());
                }
            });
        });
        group.bench_function("Message", |b| {
            b.iter(|| {
                for raw in &mails {
                    black_box(Message::parse(black_box(raw)).parts().count());
                }
            });
        });
        group.finish();
    }
    let raw = message(10_000_000);
    let mut group = c.benchmark_group("index of an attachment of 10 MB");
    group.bench_function("mailwire", |b| {
        b.iter(|| Message::parse(black_box(&raw)).parts().count());
    });
    group.bench_function("mail-parser", |b| {
        let parser = MessageParser::default();
        b.iter(|| parser.parse(black_box(&raw)).map(|message| message.parts().count()));
    });
    group.finish();
}

/// What has to be decoded in the corpora, as it lies in them.
#[derive(Default)]
struct Bodies {
    quoted_printable: Vec<Vec<u8>>,
    base64: Vec<Vec<u8>>,
    latin1: Vec<Vec<u8>>,
    html: Vec<String>,
}

impl Bodies {
    fn read() -> Self {
        let mut bodies = Self::default();
        for raw in corpora().iter().flat_map(|(_, mails)| mails) {
            let message = Message::parse(raw);
            for part in message.parts().filter(|part| part.kind() == Kind::Leaf) {
                match part.encoding() {
                    TransferEncoding::QuotedPrintable => {
                        bodies.quoted_printable.push(part.body_raw().to_vec());
                    }
                    TransferEncoding::Base64 => bodies.base64.push(part.body_raw().to_vec()),
                    _ => {}
                }
                let content_type = part.content_type();
                let label = content_type.parameter("charset").unwrap_or_default();
                let (label, body) = (label.to_ascii_lowercase(), part.body());
                if matches!(&*label, "iso-8859-1" | "windows-1252")
                    && core::str::from_utf8(&body).is_err()
                {
                    bodies.latin1.push(body.into_owned());
                }
                if content_type.is("text", "html") {
                    bodies.html.push(part.text().to_string());
                }
            }
        }
        bodies
    }
}

/// One body after the other, or one of 10 MB: decoded, and nothing else.
///
/// Of HTML the peer reads tags without attributes: we show where links lead, what pictures are
/// called, lists, quotes, rows of tables. Bodies of Latin 1 are nearly all US-ASCII: we look first
/// whether they are UTF-8 under a false label, which the peer does not, and that is most of it.
fn decoders(c: &mut Criterion) {
    let lines = |data: &[u8]| {
        let mut text = Vec::new();
        mailwire_core::base64::encode(data, &mut text);
        text.chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect::<Vec<u8>>()
    };
    let data: Vec<u8> =
        (0..7_500_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    let big = lines(&data);
    assert_eq!(base64::decode(&big), &*Encoding::Base64.decode(&big));
    race(
        c,
        "base64 of 10 MB",
        || black_box(base64::decode(black_box(&big))).len(),
        || black_box(Encoding::Base64.decode(black_box(&big))).len(),
    );
    let bodies = Bodies::read();
    if bodies.html.is_empty() {
        println!("the corpora are not there: their bodies are not compared");
        return;
    }
    race(
        c,
        "base64 of the corpora",
        || bodies.base64.iter().map(|body| black_box(base64::decode(body)).len()).sum(),
        || bodies.base64.iter().map(|body| black_box(Encoding::Base64.decode(body)).len()).sum(),
    );
    let theirs = |body| black_box(Encoding::QuotedPrintable.decode(body)).len();
    race(
        c,
        "quoted-printable of the corpora",
        || {
            let ours = |body| black_box(quoted_printable::decode(body)).len();
            bodies.quoted_printable.iter().map(|body| ours(body)).sum()
        },
        || bodies.quoted_printable.iter().map(|body| theirs(body)).sum(),
    );
    let latin1 = Charset::from_label(b"iso-8859-1").expect("a charset");
    race(
        c,
        "latin 1 of the corpora",
        || bodies.latin1.iter().map(|it| black_box(charset::decode(b"iso-8859-1", it)).len()).sum(),
        || bodies.latin1.iter().map(|body| black_box(latin1.decode(body)).len()).sum(),
    );
    // What stands between 0x80 and 0x9f is told otherwise there.
    let both = |b: &u8| !(0x80..0xa0).contains(b);
    let one: Vec<u8> = bodies.latin1.iter().flatten().copied().filter(both).collect();
    assert_eq!(charset::decode(b"iso-8859-1", &one).len(), latin1.decode(&one).len());
    race(
        c,
        "latin 1 of the corpora as one text",
        || black_box(charset::decode(b"iso-8859-1", black_box(&one))).len(),
        || black_box(latin1.decode(black_box(&one))).len(),
    );
    race(
        c,
        "HTML of the corpora as text",
        || bodies.html.iter().map(|body| black_box(html::to_text(body)).len()).sum(),
        || bodies.html.iter().map(|body| black_box(html_to_text(body)).len()).sum(),
    );
}

fn race(c: &mut Criterion, name: &str, ours: impl Fn() -> usize, theirs: impl Fn() -> usize) {
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    group.bench_function("mailwire", |b| b.iter(&ours));
    group.bench_function("mail-parser", |b| b.iter(&theirs));
    group.finish();
}

/// The names of the fields that the peer reads as a type, or as text whose encoded-words are decoded.
const READ_BY_BOTH: [&str; 36] = [
    "Bcc",
    "Cc",
    "Comments",
    "Content-Description",
    "Content-Disposition",
    "Content-ID",
    "Content-Language",
    "Content-Location",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "In-Reply-To",
    "Keywords",
    "List-Archive",
    "List-Help",
    "List-Id",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Unsubscribe",
    "Message-ID",
    "Received",
    "References",
    "Reply-To",
    "Resent-Bcc",
    "Resent-Cc",
    "Resent-Date",
    "Resent-From",
    "Resent-Message-ID",
    "Resent-Sender",
    "Resent-To",
    "Return-Path",
    "Sender",
    "Subject",
    "To",
];

/// Which of the fields of a message, part by part, are of these names.
fn read_by_both(raw: &[u8]) -> Vec<bool> {
    let message = Message::parse(raw);
    let fields = message.parts().flat_map(|part| part.fields());
    fields.map(|field| READ_BY_BOTH.iter().any(|name| field.is(name))).collect()
}

/// A field that nobody has a type for: its text as it lies.
fn as_it_lies(field: &Field<'_>) {
    let value = field.value().trim_ascii();
    match std::str::from_utf8(value) {
        Ok(text) => drop(black_box(text)),
        Err(_) => drop(black_box(String::from_utf8_lossy(value))),
    }
}

/// What of a value is read when it is asked for, and by the peer at once: the address, the HELO and
/// the TLS of a hop, the parameters by RFC 2231.
fn ask(value: &Value<'_>) {
    let parameters = match value {
        Value::Received(hop) => {
            black_box((hop.address(), hop.helo(), hop.tls()));
            &[]
        }
        Value::ContentType(it) => it.parameters(),
        Value::Disposition(it) => it.parameters(),
        _ => &[],
    };
    for parameter in parameters {
        let name = std::str::from_utf8(&parameter.name).unwrap_or_default();
        black_box(decode_parameter(parameters, name));
    }
}

/// Every field of every part as its type, and every leaf: text as UTF-8, the others as octets.
///
/// The peer leaves the fields that it has no type for as they lie, their encoded-words too:
/// Delivered-To, MIME-Version, X-*, results, signatures. So they are left here, where we could read
/// them all. Identifiers are read one by one, for the peer does that before it is asked. The rest
/// that it reads at once and we when asked is in `ask`, and is a row of its own.
fn everything(c: &mut Criterion) {
    for (name, mails) in corpora() {
        let mails: Vec<_> = mails.iter().map(|raw| (raw, read_by_both(raw))).collect();
        let ours = |raw: &[u8], both: &[bool], used, ask: fn(&Value<'_>)| {
            let (limits, rules) = (Limits::default(), Rules::default());
            let message = Message::parse_with(raw, &limits, &rules, used);
            let mut both = both.iter();
            for part in message.parts() {
                for field in part.fields() {
                    if both.next() != Some(&true) {
                        as_it_lies(&field);
                        continue;
                    }
                    match field.typed() {
                        Value::Ids(ids) => ids.for_each(|id| drop(black_box(id))),
                        value => {
                            ask(&value);
                            black_box(value);
                        }
                    }
                }
                if part.kind() == Kind::Leaf && part.is_text() {
                    black_box(part.text());
                } else if part.kind() == Kind::Leaf {
                    black_box(part.body());
                }
            }
            message.into_storage()
        };
        let all = |ask: fn(&Value<'_>)| {
            let none = Storage::default();
            mails.iter().fold(none, |used, (raw, both)| ours(raw, both, used, ask))
        };
        let theirs = |raw: &[u8], mut used: MessageBuffers| {
            let Some(message) = MessageParser::default().parse_with(raw, &mut used) else {
                return used;
            };
            for part in message.parts() {
                for header in part.headers() {
                    black_box(header.value());
                }
                if part.is_text() {
                    black_box(part.text());
                } else if !part.is_multipart() && !part.is_message() {
                    black_box(part.decoded());
                }
            }
            message.into_buffers()
        };
        let mut group = c.benchmark_group(format!("everything of {name}, decoded"));
        group.sample_size(20);
        group.bench_function("mailwire", |b| b.iter(|| all(|_| {})));
        group.bench_function("mailwire, asked for what waits", |b| b.iter(|| all(ask)));
        group.bench_function("mail-parser", |b| {
            b.iter(|| mails.iter().fold(MessageBuffers::new(), |used, (raw, _)| theirs(raw, used)));
        });
        group.finish();
    }
}

/// A message of 200 Received fields, as five servers write them, each read as its type.
fn received(c: &mut Criterion) {
    const HOPS: [&str; 5] = [
        "from mail.example.org (HELO x) ([192.0.2.1]) by mx.example.net (Postfix)\r\n\twith ESMTPS \
         id 4F2A (version=TLSv1.3) for <ann@example.net>; Fri, 21 Nov 1997 09:55:06 -0600",
        "from a.example (a.example [192.0.2.1])\r\n\t(using TLSv1.2 with cipher X (256/256 bits))\
         \r\n\t(No client certificate requested)\r\n\tby b.example (Postfix) with ESMTPS id ABC\
         \r\n\tfor <u@b.example>; Fri, 21 Nov 1997 09:55:06 -0600 (CST)",
        "from A.example (192.0.2.2) by B.example (10.0.0.1) with Microsoft SMTP Server \
         (version=TLS1_2, cipher=X) id 15.1.2; Fri, 21 Nov 1997 09:55:06 -0600",
        "by 2002:a05:6a10:1 with SMTP id x1csp2; Fri, 21 Nov 1997 07:55:06 -0800 (PST)",
        "from [2001:db8::1] (helo=a.example)\r\n by b.example with esmtps (TLS1.3) tls X\r\n \
         (Exim 4.96)\r\n (envelope-from <x@y>)\r\n id 1abc-2\r\n for u@b.example; \
         Fri, 21 Nov 1997 09:55:06 -0600",
    ];
    let hops = HOPS.iter().cycle().take(200);
    let raw: String =
        hops.map(|hop| format!("Received: {hop}\r\n")).chain(["\r\n".into()]).collect();
    race(
        c,
        "200 Received fields as types",
        || {
            let message = Message::parse(black_box(raw.as_bytes()));
            message.root().headers::<Received>().map(black_box).count()
        },
        || {
            let message = MessageParser::default().parse(black_box(raw.as_bytes()));
            message.map_or(0, |it| {
                let headers = it.root_part().headers().into_iter();
                headers
                    .map(|it| usize::from(!matches!(black_box(it.value()), HeaderValue::Empty)))
                    .sum()
            })
        },
    );
}

criterion_group!(all, benches, index, everything, received, decoders);
criterion_main!(all);
