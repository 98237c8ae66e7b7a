//! Targets for `mailwire-message`.

use crate::machine::{Choices, lines_end_well};
use mailwire_core::Text;
use mailwire_message::build::{
    Address, Attachment, Builder, ContentType, Date, FieldName, Mailbox, MessageId,
};

/// Whatever values exist, the message that is built of them has lines of at most 998 octets, of
/// seven bits unless eight were asked for, and no stray CR or LF.
pub fn message_roundtrip(data: &[u8]) {
    let mut choices = Choices(data);
    let eight_bit = choices.octet() & 1 == 1;
    let message = build(&mut choices, eight_bit);
    let mut out = Vec::new();
    message.write_to(&mut out);
    assert_eq!(out.len() as u64, message.size());
    lines_end_well(&out);
    assert!(out.ends_with(b"\r\n"));
    assert!(eight_bit || out.is_ascii());
    assert!(!out.contains(&0));
    assert!(out.split(|&b| b == b'\n').all(|line| line.len() <= 999));
    let head = out.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the fields");
    let head = &out[..head];
    assert!(head.is_ascii(), "fields are always of seven bits");
    for line in head.split(|&b| b == b'\n') {
        assert!(!line.trim_ascii().is_empty(), "no line of a field is blank");
    }
}

/// A message of whatever the data say that exists.
fn build<'d>(choices: &mut Choices<'d>, eight_bit: bool) -> Builder<'d> {
    let from = mailbox(choices).unwrap_or_else(|| Mailbox::new("a@b").expect("an address"));
    let seconds = u32::from_le_bytes([0; 4].map(|_: u8| choices.octet()));
    let offset = i16::from(choices.octet()) * 5;
    let date = Date::from_unix(i64::from(seconds), offset).expect("a date");
    let mut message = Builder::new(from, date);
    if eight_bit {
        message = message.eight_bit();
    }
    // Every turn takes an octet.
    while !choices.0.is_empty() {
        message = add(message, choices);
    }
    message
}

fn add<'d>(message: Builder<'d>, choices: &mut Choices<'d>) -> Builder<'d> {
    match choices.octet() % 12 {
        0 => match mailbox(choices) {
            Some(to) => message.to(to),
            None => message,
        },
        1 => {
            let name = text(choices);
            let members: Vec<_> = (0..choices.below(4)).filter_map(|_| mailbox(choices)).collect();
            match Address::group(name, members) {
                Ok(group) => message.cc(group),
                Err(_) => message,
            }
        }
        2 => match mailbox(choices) {
            Some(author) => message.from(author),
            None => message,
        },
        3 => message.subject(Text::lossy(text(choices))),
        4 => {
            let name = FieldName::new(text(choices));
            match name {
                Ok(name) => message.field(name, Text::lossy(text(choices))),
                Err(_) => message,
            }
        }
        5 => match MessageId::new(text(choices)) {
            Ok(id) => message.message_id(id.clone()).references(id),
            Err(_) => message,
        },
        6 => match MessageId::of(&text(choices), "b") {
            Ok(id) => message.in_reply_to(id),
            Err(_) => message,
        },
        7 => message.text(text(choices)),
        8 => message.html(text(choices)),
        9 => match mailbox(choices) {
            Some(secret) => message.bcc(secret).keep_bcc(),
            None => message,
        },
        n => {
            let Ok(mut content_type) = ContentType::new(text(choices)) else { return message };
            if let Ok(with) = content_type.clone().with(text(choices), text(choices)) {
                content_type = with;
            }
            let file = Attachment::new(content_type, choices.bytes());
            let file = file.clone().named(text(choices)).unwrap_or(file);
            match MessageId::new(text(choices)) {
                Ok(id) if n == 11 => message.attach(file.inline(id)),
                _ => message.attach(file),
            }
        }
    }
}

fn mailbox<'d>(choices: &mut Choices<'d>) -> Option<Mailbox<'d>> {
    let mailbox = Mailbox::new(text(choices)).ok()?;
    mailbox.clone().named(text(choices)).ok().or(Some(mailbox))
}

/// Octets as text; now and then many times over.
fn text<'d>(choices: &mut Choices<'d>) -> std::borrow::Cow<'d, str> {
    let bytes = choices.bytes();
    match bytes {
        [0xff, n, rest @ ..] => String::from_utf8_lossy(rest).repeat(usize::from(*n)).into(),
        bytes => String::from_utf8_lossy(bytes),
    }
}
