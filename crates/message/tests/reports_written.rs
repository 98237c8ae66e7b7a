//! Reports that are written are read back equal, whatever their values are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::Text;
use mailwire_message::build::{
    Address, Attachment, Builder, ContentType, Date, Mailbox, MessageId, Part, Returned,
};
use mailwire_message::header::DateTime;
use mailwire_message::report::{
    Action, Delivery, Disposition, Feedback, Recipient, Report, Status, Typed,
};
use mailwire_message::{Kind, Message};
use mailwire_testkit::cuts::Random;

const WORDS: [&str; 14] = [
    "a",
    "550 5.1.1",
    "\u{e9}\u{1f600}",
    "=?utf-8?q?x?=",
    ";",
    ": ",
    "\\x{e9}",
    "\\",
    "+=",
    "(c)",
    "\"",
    "a-word-that-is-long-enough-to-be-longer-than-one-line-when-there-is-another-one-of-it",
    "<b>",
    "  ",
];

const ORIGINAL: &[u8] = b"From: alice@example.net\r\nSubject: Hi\r\n\r\n--=_p\r\nHow are you?\r\n";

fn builder() -> Builder<'static> {
    Builder::new(Mailbox::new("daemon@example.net").unwrap(), Date::from_unix(0, 0).unwrap())
        .to(Address::from(Mailbox::new("alice@example.net").unwrap()))
        .message_id(MessageId::new("report@example.net").unwrap())
}

fn text(random: &mut Random) -> String {
    let text: String = (0..random.below(9)).map(|_| WORDS[random.below(WORDS.len())]).collect();
    format!("x{}y", text)
}

fn maybe<T>(random: &mut Random, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
    (random.below(2) == 0).then(|| value(random))
}

fn typed(random: &mut Random) -> Typed {
    let kind = ["rfc822", "utf-8", "dns", "smtp", "x-unix"][random.below(5)];
    Typed::new(kind, text(random))
}

fn date(random: &mut Random) -> DateTime {
    let seconds = i64::try_from(random.below(4_000_000_000)).unwrap();
    let offset = i16::try_from(random.below(1440)).unwrap() - 720;
    let date = Date::from_unix(seconds, offset).unwrap();
    DateTime::parse(date.to_string().as_bytes()).unwrap()
}

fn others(random: &mut Random) -> Vec<(String, String)> {
    (0..random.below(3)).map(|n| (format!("X-Other-{n}"), text(random))).collect()
}

fn recipient(random: &mut Random) -> Recipient {
    let (action, class) = [
        (Action::Failed, 5),
        (Action::Failed, 4),
        (Action::Delayed, 4),
        (Action::Delivered, 2),
        (Action::Relayed, 2),
        (Action::Expanded, 2),
    ][random.below(6)];
    let number = |random: &mut Random| u16::try_from(random.below(1000)).unwrap();
    let mut recipient = Recipient::default();
    recipient.original_recipient = maybe(random, typed);
    recipient.final_recipient = Some(typed(random));
    recipient.action = Some(action);
    recipient.status = Some(Status { class, subject: number(random), detail: number(random) });
    recipient.remote_mta = maybe(random, typed);
    recipient.diagnostic_code = maybe(random, typed);
    recipient.last_attempt_date = maybe(random, date);
    recipient.final_log_id = maybe(random, text);
    recipient.will_retry_until = maybe(random, date);
    recipient.others = others(random);
    recipient
}

fn delivery(random: &mut Random) -> Delivery {
    let mut delivery = Delivery::default();
    delivery.original_envelope_id = maybe(random, text);
    delivery.reporting_mta = Some(typed(random));
    delivery.dsn_gateway = maybe(random, typed);
    delivery.received_from_mta = maybe(random, typed);
    delivery.arrival_date = maybe(random, date);
    delivery.recipients = (0..=random.below(4)).map(|_| recipient(random)).collect();
    delivery.others = others(random);
    delivery
}

fn disposition(random: &mut Random) -> Disposition {
    let mut mdn = Disposition::default();
    mdn.reporting_ua = maybe(random, text);
    mdn.mdn_gateway = maybe(random, typed);
    mdn.original_recipient = maybe(random, typed);
    mdn.final_recipient = Some(typed(random));
    mdn.original_message_id = maybe(random, |_| "1995@example.org".into());
    mdn.action_mode = ["manual-action", "automatic-action"][random.below(2)].into();
    mdn.sending_mode = ["mdn-sent-manually", "mdn-sent-automatically"][random.below(2)].into();
    mdn.kind = ["displayed", "deleted", "dispatched", "processed"][random.below(4)].into();
    mdn.modifiers = (0..random.below(3)).map(|n| format!("error{n}")).collect();
    mdn.others = others(random);
    mdn
}

fn feedback(random: &mut Random) -> Feedback {
    let mut arf = Feedback::default();
    let list = |random: &mut Random| (0..random.below(3)).map(|_| text(random)).collect();
    arf.kind = ["abuse", "fraud", "auth-failure", "not-spam"][random.below(4)].into();
    arf.user_agent = Some(text(random));
    arf.version = Some("1".into());
    arf.original_mail_from = maybe(random, text);
    arf.original_rcpt_to = list(random);
    arf.original_envelope_id = maybe(random, text);
    arf.arrival_date = maybe(random, date);
    arf.reporting_mta = maybe(random, typed);
    arf.source_ip = maybe(random, |_| "192.0.2.1".into());
    arf.incidents = maybe(random, |random| random.below(1000) as u64);
    arf.reported_domains = list(random);
    arf.reported_uris = list(random);
    arf.authentication_results = list(random);
    arf.others = others(random);
    arf
}

#[test]
fn reports_come_back() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let report = match random.below(3) {
            0 => Report::Delivery(delivery(&mut random)),
            1 => Report::Disposition(disposition(&mut random)),
            _ => Report::Feedback(feedback(&mut random)),
        };
        let returned = match random.below(3) {
            0 => Returned::Full(ORIGINAL.into()),
            1 => Returned::Header(ORIGINAL.into()),
            _ => Returned::Nothing,
        };
        let message = builder().report("For people.\n", &report, returned.clone()).unwrap();
        let mut out = Vec::new();
        message.write_to(&mut out);

        assert_eq!(out.len() as u64, message.size());
        assert!(out.is_ascii() && out.split(|&b| b == b'\n').all(|line| line.len() <= 999));
        let read = Message::parse(&out);
        assert_eq!(read.defects(), [], "{seed}");
        assert!(read.root().content_type().is("multipart", "report"));
        assert_eq!(Report::of(&read), Some(report), "{seed}");
        let parts: Vec<_> = read.root().children().collect();
        assert_eq!(parts[0].text(), "For people.\r\n");
        match returned {
            Returned::Full(_) => {
                assert_eq!(parts[2].kind(), Kind::Message);
                assert_eq!(parts[2].body_raw(), ORIGINAL);
            }
            Returned::Header(_) => {
                assert!(parts[2].content_type().is("text", "rfc822-headers"));
                assert_eq!(&*parts[2].body(), &ORIGINAL[..38]);
                assert!(ORIGINAL[..38].ends_with(b"Hi\r\n"));
            }
            _ => assert_eq!(parts.len(), 2),
        }
    }
}

#[test]
fn a_report_of_delivery_is_what_rfc3464_shows() {
    let mut louis = Recipient::default();
    louis.original_recipient = Some(Typed::new("rfc822", "louisl@larry.slip.umd.edu"));
    louis.final_recipient = Some(Typed::new("utf-8", "l\u{f6}uis+1@larry.slip.umd.edu"));
    louis.action = Some(Action::Failed);
    louis.status = Some(Status { class: 4, subject: 0, detail: 0 });
    louis.diagnostic_code = Some(Typed::new("smtp", "426 connection timed out"));
    let mut delivery = Delivery::default();
    delivery.reporting_mta = Some(Typed::new("dns", "cs.utk.edu"));
    delivery.recipients.push(louis);
    let returned = Returned::Header(ORIGINAL.into());
    let message = builder().report("Sorry.\n", &Report::Delivery(delivery), returned).unwrap();
    let mut out = Vec::new();
    message.write_to(&mut out);

    let out = String::from_utf8(out).unwrap();
    let (head, body) = out.split_once("\r\n\r\n").unwrap();
    let (_, boundary) = head.split_once("boundary=\"").unwrap();
    let boundary = boundary.split('"').next().unwrap();
    assert!(head.contains("\r\nAuto-Submitted: auto-replied\r\n"));
    assert!(head.contains("\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"));
    assert_eq!(
        body.replace(boundary, "B"),
        "--B\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
         Sorry.\r\n\r\n--B\r\n\
         Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
         Reporting-MTA: dns; cs.utk.edu\r\n\r\n\
         Original-Recipient: rfc822; louisl@larry.slip.umd.edu\r\n\
         Final-Recipient: utf-8; l\\x{F6}uis\\x{2B}1@larry.slip.umd.edu\r\n\
         Action: failed\r\nStatus: 4.0.0\r\n\
         Diagnostic-Code: smtp; 426 connection timed out\r\n\r\n--B\r\n\
         Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
         From: alice@example.net\r\nSubject: Hi\r\n\r\n--B--\r\n"
    );
}

#[test]
fn what_a_report_must_say_is_asked_for() {
    let report = |change: fn(&mut Delivery)| {
        let mut delivery = delivery(&mut Random::new(1));
        change(&mut delivery);
        builder().report("", &Report::Delivery(delivery), Returned::Nothing).is_ok()
    };

    assert!(report(|_| {}));
    assert!(!report(|it| it.reporting_mta = None));
    assert!(!report(|it| it.reporting_mta = Some(Typed::new("", "x"))));
    assert!(!report(|it| it.reporting_mta = Some(Typed::new("dns", "x\r\n\r\nAction: failed"))));
    assert!(!report(|it| it.recipients.clear()));
    assert!(!report(|it| it.recipients[0].final_recipient = None));
    assert!(!report(|it| it.recipients[0].action = None));
    assert!(!report(|it| it.recipients[0].status = None));
    assert!(!report(|it| {
        it.recipients[0].action = Some(Action::Delivered);
        it.recipients[0].status = Some(Status { class: 5, subject: 0, detail: 0 });
    }));
    assert!(!report(|it| it.others.push(("a b".into(), "x".into()))));
    assert!(!report(|it| it.original_envelope_id = Some("\0".into())));
}

#[test]
fn parts_in_parts_come_back() {
    let png = Attachment::new(ContentType::new("image/png").unwrap(), &b"\x89PNG"[..])
        .inline(MessageId::new("dot@example.org").unwrap());
    let related =
        Part::multipart("related", [Part::html("<img src=cid:dot@example.org>\n"), png.into()])
            .unwrap()
            .with("type", "text/html")
            .unwrap();
    let text = Part::multipart("alternative", [Part::text("dot\n"), related]).unwrap();
    let signature =
        Attachment::new(ContentType::new("application/pgp-signature").unwrap(), &b"sig"[..]);
    let signed = text.octets("inner");
    let signed_part = Part::raw(signed.as_slice()).unwrap();
    let content = Part::multipart("signed", [signed_part, signature.into()])
        .unwrap()
        .with("protocol", "application/pgp-signature")
        .unwrap();
    let file = Attachment::new(ContentType::octets(), &b"file"[..]);
    let message = builder().subject(Text::new("x").unwrap()).content(content).attach(file);
    let mut out = Vec::new();
    message.write_to(&mut out);

    let read = Message::parse(&out);

    assert_eq!(read.defects(), []);
    let kinds: Vec<_> = read.parts().map(|part| part.content_type().subtype().to_owned()).collect();
    assert_eq!(
        kinds,
        [
            "mixed",
            "signed",
            "alternative",
            "plain",
            "related",
            "html",
            "png",
            "pgp-signature",
            "octet-stream"
        ]
    );
    assert_eq!(read.parts().nth(2).unwrap().raw(), signed);
}

#[test]
fn what_cannot_stand_in_a_message_as_it_is_is_encoded() {
    let message = |raw: &'static [u8], eight_bit: bool| {
        let builder = builder().content(Part::message(raw));
        let mut out = Vec::new();
        if eight_bit { builder.eight_bit() } else { builder }.write_to(&mut out);
        out
    };
    for (raw, eight_bit, plain) in [
        (&b"A: b\r\n\r\nc\r\n"[..], false, true),
        (b"A: b\r\n\r\n\xe9\r\n", true, true),
        (b"A: b\r\n\r\n\xe9\r\n", false, false),
        (b"A: b\n\nc\n", false, false),
        (b"A: b\r\n\r\n\0", true, false),
    ] {
        let out = message(raw, eight_bit);
        let read = Message::parse(&out);
        let root = read.root();
        if plain {
            assert!(root.content_type().is("message", "rfc822"));
            assert_eq!(
                root.body_raw().strip_suffix(b"\r\n").unwrap_or_default().len(),
                raw.len() - 2
            );
        } else {
            assert!(out.is_ascii());
            assert_eq!(root.enclosed().unwrap().message().raw(), raw);
        }
    }
}

#[test]
fn a_boundary_that_a_part_holds_is_not_taken() {
    let mut first = Vec::new();
    let part =
        |raw: Vec<u8>| Part::multipart("mixed", [Part::message(raw), Part::text("x\n")]).unwrap();
    builder().content(part(b"A: b\r\n\r\n".to_vec())).write_to(&mut first);

    // The message holds one with the same name, and so on.
    for _ in 0..5 {
        let mut out = Vec::new();
        builder().content(part(first.clone())).write_to(&mut out);
        let read = Message::parse(&out);
        assert_eq!(read.defects(), []);
        let children: Vec<_> = read.root().children().collect();
        assert_eq!(children.len(), 2);
        assert_eq!(children[0].body_raw().trim_ascii_end(), first.trim_ascii_end());
        first = out;
    }
}

#[test]
fn raw_parts_are_lines_with_a_header() {
    for (raw, good) in [
        (&b"A: b\r\n\r\nc"[..], true),
        (b"\r\nc\r\n", true),
        (b"\r\n", true),
        (b"A: b\r\n", false),
        (b"A: b\n\nc\n", false),
        (b"A: b\r\n\r\nc\0", false),
        (b"", false),
    ] {
        assert_eq!(Part::raw(raw).is_ok(), good, "{raw:?}");
    }
    let deep = (0..40).try_fold(Part::text(""), |part, _| Part::multipart("mixed", [part]));
    assert!(deep.is_err());
}
