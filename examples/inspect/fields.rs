//! Fields, each as the type that its name has.

use crate::lines::{address_list, moment};
use crate::{Wrong, text};
use mailwire_message::header::{
    self, AuthenticationResult, ContentDisposition, ContentType, Field, Received, Value,
};
use serde_json::{Value as Json, json};

/// Shows each field of a header, folded as it may be; a line without a name as text.
pub(crate) fn run(input: &[u8]) -> Result<(), Wrong> {
    let mut start = 0;
    let ends = input.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    for end in ends.chain([input.len()]) {
        let goes_on = matches!(input.get(end), Some(b' ' | b'\t'));
        let raw = input.get(start..end).unwrap_or_default();
        if goes_on || raw.trim_ascii().is_empty() {
            continue;
        }
        println!("{}", shown(Field::new(raw)));
        start = end;
    }
    Ok(())
}

/// A field as the type that its name has.
pub(crate) fn shown(field: Field<'_>) -> Json {
    if field.name().is_empty() {
        return json!({ "text": header::text(field.raw()) });
    }
    let (kind, value) = typed(field);
    json!({ "name": text(field.name()), "type": kind, "value": value })
}

fn typed(field: Field<'_>) -> (&'static str, Json) {
    let all = |list: &[(&[u8], &[u8])]| -> Json {
        list.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
    };
    match field.typed() {
        Value::Date(date) => ("date", moment(date)),
        Value::Addresses(list) => ("addresses", address_list(&list)),
        Value::Mailbox(mailbox) => ("mailbox", json!({ "address": mailbox.address() })),
        Value::Id(id) => ("id", json!(text(&id))),
        Value::Ids(ids) => ("ids", ids.map(|id| text(&id)).collect()),
        Value::Text(it) => ("text", json!(it)),
        Value::Words(words) => ("words", json!(words)),
        Value::Received(hop) => ("received", received(&hop)),
        Value::Version((major, minor)) => ("version", json!([major, minor])),
        Value::ContentType(it) => ("content type", content_type(&it)),
        Value::TransferEncoding(it) => ("transfer encoding", json!(format!("{it:?}"))),
        Value::Disposition(it) => ("disposition", disposition(&it)),
        Value::Uri(uri) => ("uri", json!(text(&uri))),
        Value::Digest(digest) => {
            ("digest", digest.iter().map(|b| format!("{b:02x}")).collect::<String>().into())
        }
        Value::List(list) => ("list", json!({ "name": list.name, "id": text(list.id) })),
        Value::Command(command) => {
            let uris: Vec<_> = command.uris.iter().map(|uri| text(uri)).collect();
            ("command", json!({ "uris": uris, "no": command.is_no }))
        }
        Value::OneClick(()) => ("one click", json!(true)),
        Value::Results(it) => {
            let result = |it: &AuthenticationResult<'_>| {
                json!({
                    "method": text(it.method), "value": text(it.value),
                    "reason": it.reason.map(text), "properties": all(&it.properties),
                })
            };
            let results: Vec<_> = it.results.iter().map(result).collect();
            ("results", json!({ "server": text(it.server), "results": results }))
        }
        Value::Tags(tags) => {
            ("tags", tags.tags().map(|(name, value)| json!([text(name), text(value)])).collect())
        }
        Value::Spf(it) => {
            ("spf", json!({ "result": text(it.result), "properties": all(&it.properties) }))
        }
        Value::Automation(it) => ("automation", json!(format!("{it:?}"))),
        Value::Typed([kind, value]) => ("typed", json!([text(&kind), text(&value)])),
        Value::Importance(it) => ("importance", json!(format!("{it:?}"))),
        _ => ("unreadable", json!(field.text())),
    }
}

fn received(hop: &Received<'_>) -> Json {
    let shown = |it: Option<&[u8]>| it.map(text);
    json!({
        "from": shown(hop.from), "by": shown(hop.by), "via": shown(hop.via),
        "with": shown(hop.with), "id": shown(hop.id), "for": shown(hop.recipient),
        "date": hop.date.map(moment), "address": hop.address().map(|it| it.to_string()),
        "helo": shown(hop.helo()), "tls": shown(hop.tls()),
        "comments": hop.comments().map(text).collect::<Vec<_>>(),
    })
}

fn content_type(it: &ContentType) -> Json {
    let names = it.parameters().iter().map(|parameter| text(&parameter.name));
    let parameters: Vec<_> = names.map(|name| json!([name, it.parameter(&name)])).collect();
    json!({ "type": it.kind(), "subtype": it.subtype(), "parameters": parameters })
}

fn disposition(it: &ContentDisposition) -> Json {
    let names = it.parameters().iter().map(|parameter| text(&parameter.name));
    let parameters: Vec<_> = names.map(|name| json!([name, it.parameter(&name)])).collect();
    json!({
        "kind": it.kind(), "attachment": it.is_attachment(), "parameters": parameters,
        "file": it.parameter("filename").map(|name| header::safe_filename(&name)),
    })
}
