//! What the builder writes, looked at as octets: which fields, which parts, which lines.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::Text;
use mailwire_message::build::{
    Address, Attachment, Builder, ContentType, Date, FieldName, Mailbox, MessageId,
};

fn mailbox(address: &str) -> Mailbox<'_> {
    Mailbox::new(address).unwrap()
}

fn builder() -> Builder<'static> {
    Builder::new(mailbox("alice@example.org"), Date::from_unix(0, 0).unwrap())
}

fn written(builder: &Builder<'_>) -> String {
    let mut out = Vec::new();
    builder.write_to(&mut out);
    assert_eq!(out.len() as u64, builder.size());
    String::from_utf8(out).unwrap()
}

fn file(essence: &str) -> Attachment<'_> {
    Attachment::new(ContentType::new(essence).unwrap(), &b"data"[..])
}

/// The content types of a message, in the order of its parts.
fn types(message: &str) -> Vec<&str> {
    message
        .lines()
        .filter_map(|line| line.strip_prefix("Content-Type: "))
        .map(|value| value.split(';').next().unwrap())
        .collect()
}

#[test]
fn the_least_message_has_what_rfc5322_demands() {
    assert_eq!(
        written(&builder()),
        "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nFrom: alice@example.org\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\n"
    );
}

#[test]
fn every_field_is_written_once_and_in_order() {
    let id = |id| MessageId::new(id).unwrap();
    let message = builder()
        .from(mailbox("bob@example.org").named("Bob B.").unwrap())
        .reply_to(mailbox("list@example.org"))
        .to(Address::group("The Band", [mailbox("c@example.org"), mailbox("d@example.org")])
            .unwrap())
        .to(mailbox("e@example.org").named("E").unwrap())
        .cc(Address::group("undisclosed recipients", []).unwrap())
        .message_id(id("1@example.org"))
        .in_reply_to(id("<0@example.org>"))
        .references(id("00@example.org"))
        .references(id("0@example.org"))
        .subject(Text::new("Hi").unwrap())
        .field(FieldName::new("X-Mailer").unwrap(), Text::new("mailwire").unwrap());

    let message = written(&message);

    let (head, _) = message.split_once("MIME-Version").unwrap();
    assert_eq!(
        head,
        "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n\
         From: alice@example.org, \"Bob B.\" <bob@example.org>\r\n\
         Sender: alice@example.org\r\n\
         Reply-To: list@example.org\r\n\
         To: The Band: c@example.org, d@example.org;, E <e@example.org>\r\n\
         Cc: undisclosed recipients:;\r\n\
         Message-ID: <1@example.org>\r\n\
         In-Reply-To: <0@example.org>\r\n\
         References: <00@example.org> <0@example.org>\r\n\
         Subject: Hi\r\n\
         X-Mailer: mailwire\r\n"
    );
}

#[test]
fn bcc_is_a_secret_unless_it_is_kept() {
    let message = builder().to(mailbox("bob@example.org")).bcc(mailbox("carol@example.org"));

    assert!(!written(&message).contains("carol"));
    let recipients: Vec<_> = message.recipients().map(Mailbox::address).collect();
    assert_eq!(recipients, ["bob@example.org", "carol@example.org"]);
    assert!(written(&message.keep_bcc()).contains("Bcc: carol@example.org\r\n"));
}

#[test]
fn parts_are_nested_as_readers_expect() {
    let shown = || file("image/png").inline(MessageId::new("a@b").unwrap());
    let message = |builder: Builder<'_>| {
        let message = written(&builder);
        types(&message).join(" ")
    };

    assert_eq!(message(builder().text("a")), "text/plain");
    assert_eq!(message(builder().html("a")), "text/html");
    assert_eq!(
        message(builder().text("a").html("b")),
        "multipart/alternative text/plain text/html"
    );
    assert_eq!(
        message(builder().text("a").html("b").attach(shown()).attach(file("image/gif"))),
        "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png \
         image/gif"
    );
    assert_eq!(message(builder().attach(shown())), "multipart/mixed text/plain image/png");
}

#[test]
fn a_boundary_cannot_be_forged() {
    let boundary = |message: &str| {
        let (_, rest) = message.split_once("boundary=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let honest = builder().text("a").html("b").seed("seed");
    let delimiter = format!("--{}", boundary(&written(&honest)));

    let forger = builder().text(format!("a\r\n{delimiter}--\r\n")).html(&delimiter).seed("seed");
    let forged = written(&forger);

    assert_eq!(delimiter, format!("--{}", boundary(&forged)));
    assert_eq!(forged.matches(&delimiter).count(), 3);
    assert_ne!(delimiter, format!("--{}", boundary(&written(&forger.seed("another")))));
}

#[test]
fn files_leave_no_octet_behind() {
    let csv = Attachment::new(ContentType::new("text/csv").unwrap(), &b"a,b"[..]).named("a.csv");

    let message = written(&builder().text("see file").attach(csv.unwrap()));

    assert!(message.contains("\r\n\r\nsee file\r\n\r\n--=_m"), "{message}");
    assert!(message.contains(
        "Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\na,b\r\n--=_m"
    ));
    assert!(message.ends_with("--\r\n"));
}

#[test]
fn eight_bits_are_written_only_when_asked_for() {
    let message =
        || builder().subject(Text::new("Gr\u{fc}\u{df}e").unwrap()).text("Gr\u{fc}\u{df}e\n");

    assert!(written(&message()).is_ascii());
    let eight = written(&message().eight_bit());
    assert!(eight.ends_with("Content-Transfer-Encoding: 8bit\r\n\r\nGr\u{fc}\u{df}e\r\n"));
    assert!(eight.split_once("\r\n\r\n").unwrap().0.is_ascii());
}

#[test]
fn long_lists_are_folded() {
    let mut message = builder();
    for n in 0..1000 {
        let address = format!("recipient-number-{n}@a-rather-long-domain.example.org");
        message = message.to(Mailbox::new(address).unwrap().named("A Name, of sorts").unwrap());
    }

    let message = written(&message);

    assert!(message.split("\r\n").all(|line| line.len() <= 78));
    assert_eq!(message.matches(">,").count(), 999);
}

#[test]
fn a_file_has_a_name_for_readers_without_rfc2231() {
    for (name, fallback, expected) in [
        (
            "Men\u{fc}.pdf",
            "Menu.pdf",
            "; filename=\"Menu.pdf\";\r\n filename*=utf-8''Men%C3%BC.pdf",
        ),
        ("Men\u{fc}.pdf", "\u{fc}.pdf", "; filename*=utf-8''Men%C3%BC.pdf"),
        ("Menu.pdf", "M.pdf", "; filename=Menu.pdf"),
    ] {
        let file = file("application/pdf").named(name).unwrap().or_named(fallback).unwrap();
        let out = written(&builder().attach(file));

        let unfolded = out.replace("\r\n ", " ");
        assert!(unfolded.contains(&expected.replace("\r\n ", " ")), "{out}");
        let message = mailwire_message::Message::parse(out.as_bytes());
        assert_eq!(message.parts().last().unwrap().file_name().as_deref(), Some(name));
    }
    assert!(file("application/pdf").or_named("a\r\nb").is_err());
}
