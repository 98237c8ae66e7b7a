//! Targets for `mailwire-message`.

use crate::machine::{Choices, lines_end_well};
use mailwire_core::{Input, Text};
use mailwire_message::build::{
    self, Attachment, Builder, Carries, ContentType, Date, FieldName, Mailbox, MessageId,
};
use mailwire_message::encoding::{base64, quoted_printable};
use mailwire_message::header::{self, DateTime, KnownField};
use mailwire_message::{Defect, Event, Kind, Limits, Message, Reader, Rules, Storage};

/// Whatever values exist, the message that is built of them has lines of at most 998 octets, of
/// seven bits unless eight were asked for, and no stray CR or LF.
pub fn message_roundtrip(data: &[u8]) {
    let mut choices = Choices(data);
    let form = choices.octet();
    let (eight_bit, utf8) = (form & 1 == 1, form & 2 == 2);
    let mut given = Given::default();
    let mut message = build(&mut choices, eight_bit, &mut given);
    if utf8 {
        let carries = if eight_bit { Carries::EightBit } else { Carries::SevenBit };
        message = message.prepare(carries, true).expect("nothing in it must stay as it is");
    }
    let utf8 = utf8 || message.utf8_address().is_some();
    let mut out = Vec::new();
    message.write_to(&mut out);
    assert_eq!(out.len() as u64, message.size());
    lines_end_well(&out);
    assert!(out.ends_with(b"\r\n"));
    assert!(eight_bit || utf8 || out.is_ascii());
    assert!(!out.contains(&0));
    assert!(out.split(|&b| b == b'\n').all(|line| line.len() <= 999));
    let head = out.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the fields");
    let head = &out[..head];
    assert!(utf8 || head.is_ascii(), "fields are of seven bits");
    for line in head.split(|&b| b == b'\n') {
        assert!(!line.trim_ascii().is_empty(), "no line of a field is blank");
    }
    // Long lists make long fields.
    let mut limits = Limits::default();
    limits.field = out.len();
    given.compare(&Message::parse_with(&out, &limits, &Rules::default(), Storage::default()));
}

/// What was given to a builder, as a reader should find it.
#[derive(Default)]
struct Given {
    from: Vec<(Option<String>, String)>,
    to: Vec<(Option<String>, String)>,
    subject: Option<String>,
    fields: Vec<(String, String)>,
    message_id: Option<String>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    unix: i64,
    text: Option<String>,
    html: Option<String>,
    /// Content, name, and whether it is shown inside the HTML.
    files: Vec<(Vec<u8>, Option<String>, bool)>,
}

impl Given {
    fn compare(&self, message: &Message<'_>) {
        assert_eq!(message.defects(), []);
        let root = message.root();
        let addresses = |name| -> Vec<_> {
            let all = root.addresses(name);
            all.iter().filter_map(|it| Some((it.name(), it.address()?))).collect()
        };
        assert_eq!(addresses("From"), self.from);
        assert_eq!(addresses("To"), self.to);
        assert_eq!(root.text_field("Subject").as_deref(), self.subject.as_deref());
        assert_eq!(root.date("Date").map(|date| date.unix()), Some(self.unix));
        assert_eq!(root.message_ids("Message-ID").first(), self.message_id.as_ref());
        assert_eq!(root.message_ids("In-Reply-To"), self.in_reply_to);
        assert_eq!(root.message_ids("References"), self.references);
        let mut fields = root.fields();
        for (name, value) in &self.fields {
            let field = fields.find(|field| field.is(name) && field.text() == *value);
            assert!(field.is_some(), "{name}: {value:?}");
        }
        let mut leaves = message.parts().filter(|part| part.kind() == Kind::Leaf);
        for text in [&self.text, &self.html].into_iter().flatten() {
            let part = leaves.next().expect("a text");
            assert_eq!(part.text(), lines(text));
        }
        if (&self.text, &self.html) == (&None, &None) {
            assert_eq!(leaves.next().map(|part| part.text()).as_deref(), Some(""));
        }
        let related = |file: &&(_, _, bool)| file.2 && self.html.is_some();
        let rest = |file: &&(_, _, bool)| !(file.2 && self.html.is_some());
        let files = self.files.iter().filter(related).chain(self.files.iter().filter(rest));
        for (content, name, _) in files {
            let part = leaves.next().expect("a file");
            assert_eq!(&*part.body(), content.as_slice());
            assert_eq!(part.file_name(), *name);
        }
        assert!(leaves.next().is_none());
    }
}

/// Text as it is written: every line ended by CRLF.
fn lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.replace('\n', "\r\n")
}

/// A message of whatever the data say that exists.
fn build<'d>(choices: &mut Choices<'d>, eight_bit: bool, given: &mut Given) -> Builder<'d> {
    let from = mailbox(choices).unwrap_or_else(|| Mailbox::new("a@b").expect("an address"));
    let seconds = u32::from_le_bytes([0; 4].map(|_: u8| choices.octet()));
    let offset = i16::from(choices.octet()) * 5;
    let date = Date::from_unix(i64::from(seconds), offset).expect("a date");
    (given.unix, given.from) = (date.unix(), vec![pair(&from)]);
    let mut message = Builder::new(from, date);
    if eight_bit {
        message = message.eight_bit();
    }
    // Every turn takes an octet.
    while !choices.0.is_empty() {
        message = add(message, choices, given);
    }
    message
}

fn add<'d>(message: Builder<'d>, choices: &mut Choices<'d>, given: &mut Given) -> Builder<'d> {
    match choices.octet() % 12 {
        0 => match mailbox(choices) {
            Some(to) => {
                given.to.push(pair(&to));
                message.to(to)
            }
            None => message,
        },
        1 => {
            let name = text(choices);
            let members: Vec<_> = (0..choices.below(4)).filter_map(|_| mailbox(choices)).collect();
            match build::Address::group(name, members) {
                Ok(group) => message.cc(group),
                Err(_) => message,
            }
        }
        2 => match mailbox(choices) {
            Some(author) => {
                given.from.push(pair(&author));
                message.from(author)
            }
            None => message,
        },
        3 => {
            let subject = Text::lossy(text(choices));
            given.subject = Some(subject.as_str().into());
            message.subject(subject)
        }
        4 => {
            let name = FieldName::new(text(choices));
            match name {
                Ok(name) => {
                    let value = Text::lossy(text(choices));
                    given.fields.push((name.as_str().into(), value.as_str().into()));
                    message.field(name, value)
                }
                Err(_) => message,
            }
        }
        5 => match MessageId::new(text(choices)) {
            Ok(id) => {
                given.message_id = Some(id.as_str().into());
                given.references.push(id.as_str().into());
                message.message_id(id.clone()).references(id)
            }
            Err(_) => message,
        },
        6 => match MessageId::of(&text(choices), "b") {
            Ok(id) => {
                given.in_reply_to.push(id.as_str().into());
                message.in_reply_to(id)
            }
            Err(_) => message,
        },
        7 => {
            let text = text(choices);
            given.text = Some(text.clone().into_owned());
            message.text(text)
        }
        8 => {
            let html = text(choices);
            given.html = Some(html.clone().into_owned());
            message.html(html)
        }
        9 => match mailbox(choices) {
            Some(secret) => message.bcc(secret).keep_bcc(),
            None => message,
        },
        n => {
            let Ok(mut content_type) = ContentType::new(text(choices)) else { return message };
            let (key, value) = (short(choices), short(choices));
            // A file without a name has that of its type.
            let mut type_name = None;
            if let Ok(with) = content_type.clone().with(key.clone(), value.clone()) {
                type_name = key.eq_ignore_ascii_case("name").then(|| value.into_owned());
                content_type = with;
            }
            let content = choices.bytes();
            let name = Text::new(short(choices)).ok();
            let mut file = Attachment::new(content_type, content);
            if let Some(name) = &name {
                file = file.named(name.as_str().to_owned()).expect("a name that is text");
            }
            let id = MessageId::new(text(choices)).ok().filter(|_| n == 11);
            let name = name.map(|name| name.as_str().to_owned()).or(type_name);
            given.files.push((content.to_vec(), name, id.is_some()));
            message.attach(match id {
                Some(id) => file.inline(id),
                None => file,
            })
        }
    }
}

fn mailbox<'d>(choices: &mut Choices<'d>) -> Option<Mailbox<'d>> {
    let mailbox = Mailbox::new(text(choices)).ok()?;
    mailbox.clone().named(text(choices)).ok().or(Some(mailbox))
}

fn pair(mailbox: &Mailbox<'_>) -> (Option<String>, String) {
    (mailbox.name().map(str::to_owned), mailbox.address().to_owned())
}

/// Octets as text; now and then many times over.
fn text<'d>(choices: &mut Choices<'d>) -> std::borrow::Cow<'d, str> {
    let bytes = choices.bytes();
    match bytes {
        [0xff, n, rest @ ..] => String::from_utf8_lossy(rest).repeat(usize::from(*n)).into(),
        bytes => String::from_utf8_lossy(bytes),
    }
}

/// Text that needs no more parameters than a reader takes.
fn short<'d>(choices: &mut Choices<'d>) -> std::borrow::Cow<'d, str> {
    match text(choices) {
        text if text.len() < 1000 => text,
        text => text.chars().take(250).collect::<String>().into(),
    }
}

/// Any bytes are a message; what its parts are lies inside it and in order, and all that can be
/// asked of it can be.
pub fn message_parse(data: &[u8]) {
    let message = Message::parse(data);
    let mut at = 0;
    for part in message.parts() {
        let (header, body) = (part.header_range(), part.body_range());
        assert!(at <= header.start && header.end == body.start && body.end <= data.len());
        assert!(part.parent().is_none_or(|parent| parent.body_range().end >= body.end));
        assert!(part.kind() != Kind::Leaf || part.children().next().is_none());
        at = header.start;
        for field in part.fields() {
            let _ = (field.text(), header::message_ids(field.value()));
            let _ = (header::addresses(field.value()), DateTime::parse(field.value()));
        }
        let _ = (part.content_type(), part.disposition(), part.file_name());
        if !part.encoding().is_identity() {
            assert!(part.body().len() <= part.body_raw().len());
        }
        let _ = part.text();
    }
    let _ = (message.text_part("plain").is_some(), message.attachments().count());
    assert!(message.examine().starts_with(message.defects()));
    let views = message.views();
    let leaves = message.parts().filter(|part| part.children().next().is_none());
    for part in leaves {
        let (header, body) = (part.header_range(), part.body_range());
        assert!(views.iter().any(|view| view.header == header && view.body == body));
        if let Some(enclosed) = part.enclosed() {
            let _ = enclosed.message();
        }
    }
}

/// The reader finds what the message has, however the bytes come.
pub fn message_reader_agrees(data: &[u8]) {
    let (pieces, data) = crate::cut(data);
    for rules in [Rules::default(), Rules::dovecot()] {
        reader_agrees(&pieces, data, &rules);
    }
}

fn reader_agrees(pieces: &[&[u8]], data: &[u8], rules: &Rules) {
    let limits = Limits::default();
    let message = Message::parse_with(data, &limits, rules, Storage::default());
    let mut expected = Vec::new();
    for part in message.parts() {
        expected.push((part.header_range().start, part.header_range().end, part.kind()));
    }
    let fields: Vec<Vec<u8>> =
        message.parts().flat_map(|part| part.fields()).map(|field| field.raw().to_vec()).collect();
    let ends: Vec<usize> = message.parts().map(|part| part.body_range().end).collect();

    let (mut reader, mut rx) = (Reader::with_rules(&limits, rules), Input::default());
    let mut found = Found::default();
    for piece in pieces {
        rx.extend(piece);
        while let Some(event) = reader.receive(&mut rx) {
            found.note(event, data);
        }
    }
    rx.close();
    while let Some(event) = reader.receive(&mut rx) {
        found.note(event, data);
    }
    assert!(reader.is_over() && rx.is_empty() && found.open.is_empty());
    assert_eq!(found.parts, expected);
    assert_eq!(found.fields, fields);
    assert_eq!(found.ends, ends);
    assert_eq!(found.defects, message.defects());
    assert_eq!(reader.defect_count(), message.defect_count());
}

/// What a reader found.
#[derive(Default)]
struct Found {
    parts: Vec<(usize, usize, Kind)>,
    ends: Vec<usize>,
    fields: Vec<Vec<u8>>,
    open: Vec<usize>,
    defects: Vec<Defect>,
}

impl Found {
    fn note(&mut self, event: Event<'_>, data: &[u8]) {
        let offset = |at: u64| usize::try_from(at).expect("an offset in the data");
        match event {
            Event::PartStart { at } => {
                self.open.push(self.parts.len());
                self.parts.push((offset(at), offset(at), Kind::Leaf));
                self.ends.push(0);
            }
            Event::Field { at, field } => {
                assert!(data[offset(at)..].starts_with(field.raw()));
                self.fields.push(field.raw().to_vec());
            }
            Event::HeaderEnd { at, kind } => {
                let part = self.parts.last_mut().expect("a part that began");
                (part.1, part.2) = (offset(at), kind);
            }
            Event::Body { at, octets } => assert!(data[offset(at)..].starts_with(octets)),
            Event::PartEnd { at, .. } => {
                let part = self.open.pop().expect("a part that began");
                self.ends[part] = offset(at);
            }
            Event::Defect(defect) => self.defects.push(defect),
            other => panic!("{other:?}"),
        }
    }
}

/// A list of addresses never panics, its defects lie inside it, and an address that can be written
/// is read back alone.
pub fn address_list(data: &[u8]) {
    let list = header::AddressList::parse(data);
    for defect in list.defects() {
        assert!(defect.start <= defect.end && defect.end <= data.len() as u64, "{defect:?}");
    }
    for address in list.addresses() {
        let _ = address.name();
        let Some(text) = address.address() else { continue };
        assert!(!text.contains(['\r', '\n', '\0']), "{text:?}");
        // What is no UTF-8 is shown longer than it is.
        if text.contains('\u{fffd}') {
            continue;
        }
        let Ok(mailbox) = Mailbox::new(text.as_str()) else { continue };
        let again = header::addresses(mailbox.address().as_bytes());
        assert_eq!(again.len(), 1, "{text}");
        assert_eq!(again[0].address().as_deref(), Some(text.as_str()));
    }
}

/// A hop never panics, and what is read of it lies in it.
pub fn received(data: &[u8]) {
    let hop = header::Received::parse(data);
    let range = data.as_ptr_range();
    let clauses = [hop.from, hop.by, hop.via, hop.with, hop.id, hop.recipient];
    for slice in clauses.into_iter().flatten().chain(hop.comments()).chain(hop.from_comments()) {
        let slice = slice.as_ptr_range();
        assert!(range.start <= slice.start && slice.end <= range.end);
    }
    let _ = (hop.address(), hop.helo(), hop.tls());
}

/// No type of field panics, whatever the value; text that can be shown ends no line.
pub fn fields(data: &[u8]) {
    header::fields::read_all(data);
    let shown = header::fields::Subject::read(data).expect("text");
    assert!(!shown.contains(['\r', '\n', '\0']), "{shown:?}");
    for id in header::MessageIds::new(data) {
        assert!(!id.is_empty() && !id.iter().any(u8::is_ascii_whitespace));
    }
}

/// Parameters never panic, and no name of a file leads elsewhere.
pub fn parameters(data: &[u8]) {
    let content_type = header::ContentType::parse(data);
    assert!(content_type.parameters().len() <= 128);
    for parameter in content_type.parameters() {
        let name = String::from_utf8_lossy(&parameter.name);
        let _ = content_type.parameter(name.split('*').next().unwrap_or_default());
    }
    for text in [content_type.parameter("name"), Some(String::from_utf8_lossy(data).into())] {
        let Some(safe) = text.and_then(|text| header::safe_filename(&text)) else { continue };
        assert!(!safe.contains(['/', '\\', ':', '\0', '\r', '\n']) && !safe.starts_with('.'));
        assert!(safe.len() <= 255);
    }
}

/// A date exists, and what the builder writes of it is read as the same.
pub fn date(data: &[u8]) {
    let Some(read) = DateTime::parse(data) else { return };
    assert!((1..=12).contains(&read.month) && (1..=31).contains(&read.day));
    assert!(read.hour < 24 && read.minute < 60 && read.second <= 60);
    let Some(date) = Date::from_unix(read.unix(), read.zone.unwrap_or_default()) else { return };
    let again = DateTime::parse(date.to_string().as_bytes()).expect("a date");
    assert_eq!(again.unix(), read.unix());
    assert_eq!(again.zone.unwrap_or_default(), read.zone.unwrap_or_default());
}

/// Text never panics, and what the builder writes of any text is read as the same.
pub fn encoded_word(data: &[u8]) {
    let _ = header::text(data);
    let text = String::from_utf8_lossy(data);
    let mailbox = Mailbox::new("a@b").expect("an address");
    let mut out = Vec::new();
    Builder::new(mailbox, Date::from_unix(0, 0).expect("a date"))
        .subject(Text::lossy(text.as_ref()))
        .write_to(&mut out);
    let message = Message::parse(&out);
    let subject = message.root().text_field("Subject").expect("a subject");
    assert_eq!(subject, Text::lossy(text.as_ref()).as_str());
}

/// However it is cut, the same is decoded, and it is no longer than what it was.
pub fn quoted_printable(data: &[u8]) {
    let (pieces, data) = crate::cut(data);
    let (mut decoder, mut whole) = (quoted_printable::Decoder::default(), Vec::new());
    decoder.decode(data, &mut whole);
    decoder.finish(&mut whole);
    let (mut decoder, mut cut) = (quoted_printable::Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.decode(piece, &mut cut);
    }
    decoder.finish(&mut cut);
    assert_eq!(whole, cut);
    assert!(whole.len() <= data.len());
}

/// The same for base64; and what is encoded comes back.
pub fn body_base64(data: &[u8]) {
    let (pieces, data) = crate::cut(data);
    let (mut decoder, mut whole) = (base64::Decoder::default(), Vec::new());
    decoder.decode(data, &mut whole);
    decoder.finish(&mut whole);
    let (mut decoder, mut cut) = (base64::Decoder::default(), Vec::new());
    for piece in &pieces {
        decoder.decode(piece, &mut cut);
    }
    decoder.finish(&mut cut);
    assert_eq!(whole, cut);
    assert!(whole.len() <= data.len());

    let mut text = Vec::new();
    mailwire_core::base64::encode(data, &mut text);
    let (mut decoder, mut bytes) = (base64::Decoder::default(), Vec::new());
    decoder.decode(&text, &mut bytes);
    decoder.finish(&mut bytes);
    assert_eq!(bytes, data);
    assert!(!decoder.is_odd());
}

/// Whatever a message is, changing nothing is the message, and each change is one cut in it.
pub fn edit(data: &[u8]) {
    let mut choices = Choices(data);
    let (which, nth) = (choices.octet(), usize::from(choices.octet()));
    let raw = choices.0;
    let message = Message::parse(raw);
    let mut edit = mailwire_message::edit::Edit::new(&message);
    assert_eq!(edit.to_vec(), raw);
    let n = message.parts().count();
    let part = message.parts().nth(nth % n.max(1)).unwrap_or(message.root());
    let value = Text::lossy("\u{e9} x");
    let new = build::Part::text("new\n");
    let done = match which % 5 {
        0 => edit.prepend(part, "X-Fuzz", &value).is_ok(),
        1 => edit.append(part, "X-Fuzz", &value).is_ok(),
        2 => edit.remove_part(part).is_ok(),
        3 => edit.append_part(part, &new).is_ok(),
        _ => edit.replace_part(part, &new).is_ok(),
    };
    let out = edit.to_vec();
    assert_eq!(out.len() as u64, edit.size());
    if !done {
        assert_eq!(out, raw);
    }
    let (shorter, longer) = if out.len() < raw.len() { (&*out, raw) } else { (raw, &*out) };
    if which % 5 < 4 {
        let same = shorter.iter().zip(longer).take_while(|(a, b)| a == b).count();
        assert!(longer.ends_with(&shorter[same..]), "more than one place changed");
    }
    if done && which % 5 < 2 && part.index() == 0 {
        assert_eq!(Message::parse(&out).root().text_field("X-Fuzz").as_deref(), Some("\u{e9} x"));
    }
}
