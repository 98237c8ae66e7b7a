//! Addresses, dates and values of fields, one a line.

use crate::{Wrong, text};
use mailwire_message::header::{self, Address, DateTime};
use serde_json::{Value, json};

pub(crate) fn run(input: &[u8], show: fn(&[u8]) -> Value) -> Result<(), Wrong> {
    for line in input.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            println!("{}", show(line));
        }
    }
    Ok(())
}

pub(crate) fn address(line: &[u8]) -> Value {
    let entry = |address: &Address<'_>| match address {
        Address::Mailbox { local, domain, route, .. } => json!({
            "name": address.name(), "address": address.address(), "local": text(local),
            "domain": text(domain), "route": route.as_deref().map(text),
        }),
        Address::GroupStart(_) => json!({ "group": address.name() }),
        _ => json!({ "group_end": true }),
    };
    json!({ "addresses": header::addresses(line).iter().map(entry).collect::<Vec<_>>() })
}

pub(crate) fn date(line: &[u8]) -> Value {
    match DateTime::parse(line) {
        None => json!({ "date": null, "error": "no date" }),
        Some(date) => json!({
            "date": format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                date.year, date.month, date.day, date.hour, date.minute, date.second
            ),
            "zone_minutes": date.zone, "unix": date.unix(),
        }),
    }
}

pub(crate) fn header(line: &[u8]) -> Value {
    json!({ "text": header::text(line) })
}
