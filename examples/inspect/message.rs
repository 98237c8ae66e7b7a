//! A message: what it is made of.

use crate::{Wrong, fields, text};
use mailwire_core::Input;
use mailwire_imap::encode;
use mailwire_imap::message::Outliner;
use mailwire_imap::types::{Fetch, FetchData, Response};
use mailwire_message::jmap::{self, Email};
use mailwire_message::report::Report;
use mailwire_message::text::preview;
use mailwire_message::tnef::Tnef;
use mailwire_message::{Defect, Event, Kind, Message, PartRef, Reader};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What of a message is shown.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// The ENVELOPE, as IMAP tells it
    #[arg(long)]
    envelope: bool,
    /// The BODYSTRUCTURE, as IMAP tells it
    #[arg(long)]
    bodystructure: bool,
    /// All that JMAP says of it, but what a server knows beside it
    #[arg(long)]
    jmap: bool,
    /// Read as it arrives, by the streaming reader
    #[arg(long)]
    reader: bool,
    /// With --reader: feed this many octets at a time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    chunk: Option<u32>,
}

pub(crate) fn run(options: &Options, raw: &[u8]) -> Result<(), Wrong> {
    if options.chunk.is_some() && !options.reader {
        return Err("--chunk is for --reader: without it a message is read whole".into());
    }
    if options.envelope || options.bodystructure {
        imap(options, raw);
    } else if options.jmap {
        jmap(raw);
    } else if options.reader {
        reader(options, raw);
    } else {
        whole(raw);
    }
    Ok(())
}

fn imap(options: &Options, raw: &[u8]) {
    let (mut outliner, mut rx) = (Outliner::default(), Input::default());
    rx.extend(raw);
    rx.close();
    outliner.read(&mut rx);
    let outline = outliner.finish();
    let show = |name: &str, data: FetchData<'_>| {
        let mut line = Vec::new();
        let response = Response::Fetch(Fetch { seq: 1, data: vec![data].into() });
        encode::response(&response, &mut line);
        println!("{}", json!({ name: text(line.trim_ascii_end()) }));
    };
    if options.envelope {
        show("envelope", FetchData::Envelope(outline.envelope().into()));
    }
    if options.bodystructure {
        show("bodystructure", FetchData::BodyStructure(outline.structure(true).into()));
    }
}

fn jmap(raw: &[u8]) {
    let message = Message::parse(raw);
    let fetch = jmap::Fetch { all_values: true, ..jmap::Fetch::default() };
    let mut line = Vec::new();
    let more = ["headers", "bodyStructure", "attachments"];
    let asked = [&Email::DEFAULT[..], &more].concat();
    Email::of(&message).write(&asked, &fetch, |_| None, &mut line);
    println!("{}", text(&line));
}

fn reader(options: &Options, raw: &[u8]) {
    let (mut reader, mut rx) = (Reader::default(), Input::default());
    let size = options.chunk.and_then(|n| usize::try_from(n).ok()).unwrap_or(raw.len().max(1));
    let mut pieces = raw.chunks(size);
    let mut body: Option<(u64, Vec<u8>)> = None;
    let end_body = |body: &mut Option<(u64, Vec<u8>)>| {
        if let Some((at, octets)) = body.take() {
            let hash = hash(&octets);
            println!("{}", json!({ "body": at, "octets": octets.len(), "sha256": hash }));
        }
    };
    while !reader.is_over() {
        match pieces.next() {
            Some(piece) => rx.extend(piece),
            None => rx.close(),
        }
        while let Some(event) = reader.receive(&mut rx) {
            let object = match event {
                Event::Body { at, octets } => {
                    body.get_or_insert_with(|| (at, Vec::new())).1.extend_from_slice(octets);
                    continue;
                }
                Event::PartStart { at } => json!({ "part": at }),
                Event::Field { at, field } => {
                    json!({ "field": text(field.name()), "at": at, "text": field.text() })
                }
                Event::HeaderEnd { at, kind } => {
                    json!({ "header_end": at, "kind": format!("{kind:?}") })
                }
                Event::PartEnd { at, .. } => json!({ "part_end": at }),
                Event::Defect(defect) => defect_shown(&defect),
                _ => continue,
            };
            end_body(&mut body);
            println!("{object}");
        }
    }
    end_body(&mut body);
}

fn whole(raw: &[u8]) {
    let message = Message::parse(raw);
    let files: Vec<usize> = message.attachments().map(|part| part.index()).collect();
    let [plain, html] = ["plain", "html"].map(|of| message.text_part(of).map(|part| part.index()));
    for part in message.parts() {
        println!("{}", shown(part, files.contains(&part.index())));
    }
    println!("{}", json!({ "text": plain, "html": html, "attachments": files }));
    println!("{}", json!({ "preview": preview(&message) }));
    if let Some(report) = Report::of(&message) {
        println!("{}", json!({ "report": format!("{report:?}") }));
    }
    for part in message.parts().filter(|part| part.kind() == Kind::Leaf) {
        if let Some(tnef) = Tnef::parse(&part.body()) {
            println!("{}", unpacked(part.index(), &tnef));
        }
    }
    for defect in message.examine() {
        println!("{}", defect_shown(&defect));
    }
}

fn defect_shown(defect: &Defect) -> Value {
    let (kind, severity) = (format!("{:?}", defect.kind), format!("{:?}", defect.severity()));
    json!({ "defect": kind, "severity": severity, "at": defect.start, "end": defect.end })
}

/// What a `winmail.dat` holds.
fn unpacked(part: usize, tnef: &Tnef<'_>) -> Value {
    let files = tnef.attachments().iter().map(|file| {
        let range = tnef.range(file.data()).map(|it| [it.start, it.end]);
        json!({
            "name": file.name(), "type": file.mime_type(), "id": file.content_id(),
            "range": range, "message": file.message().map(|it| it.subject().map(String::from)),
        })
    });
    json!({
        "tnef": part, "damaged": tnef.is_damaged(), "class": tnef.class(),
        "subject": tnef.subject(), "id": tnef.message_id(), "text": tnef.text(),
        "html": tnef.html(), "rtf": tnef.rtf().map(|rtf| text(&rtf.text)),
        "files": files.collect::<Vec<_>>(),
    })
}

fn shown(part: PartRef<'_, '_>, file: bool) -> Value {
    let content_type = part.content_type();
    let (header, body) = (part.header_range(), part.body_range());
    let fields: Vec<Value> = part
        .fields()
        .zip(part.field_ranges())
        .map(|(field, at)| {
            let mut shown = fields::shown(field);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("text".into(), json!(field.text()));
                shown.insert("at".into(), json!([at.start, at.end]));
            }
            shown
        })
        .collect();
    let is_text = part.kind() == Kind::Leaf && content_type.kind().eq_ignore_ascii_case("text");
    // A picture in the text is no attachment (RFC 8621 section 4.1.4), and a file all the same.
    let file = (file || part.kind() == Kind::Leaf && !is_text).then(|| {
        let octets = part.body();
        json!({ "name": part.file_name(), "octets": octets.len(), "sha256": hash(&octets) })
    });
    json!({
        "part": part.index(),
        "parent": part.parent().map(|parent| parent.index()),
        "kind": format!("{:?}", part.kind()),
        "type": format!("{}/{}", content_type.kind(), content_type.subtype()),
        "encoding": format!("{:?}", part.encoding()),
        "header": [header.start, header.end],
        "body": [body.start, body.end],
        "fields": fields,
        "text": (is_text && file.is_none()).then(|| part.text()),
        "file": file,
    })
}

fn hash(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|byte| format!("{byte:02x}")).collect()
}
