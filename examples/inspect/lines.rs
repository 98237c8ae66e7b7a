//! Addresses and dates, one a line.

use crate::{Wrong, text};
use mailwire_message::Defect;
use mailwire_message::header::{self, Address, AddressList, DateTime};
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
    address_list(&AddressList::parse(line))
}

pub(crate) fn address_list(list: &AddressList<'_>) -> Value {
    let entry = |address: &Address<'_>| match address {
        Address::Mailbox(mailbox) => json!({
            "name": mailbox.name(), "address": mailbox.address(), "local": text(&mailbox.local),
            "domain": text(&mailbox.domain), "route": mailbox.route.as_deref().map(text),
            "comments": mailbox.comments.iter().map(|it| header::text(it)).collect::<Vec<_>>(),
        }),
        Address::GroupStart(_) => json!({ "group": address.name() }),
        Address::Invalid(raw) => json!({ "invalid": text(raw) }),
        _ => json!({ "group_end": true }),
    };
    let defect = |it: &Defect| json!({ "kind": format!("{:?}", it.kind), "range": it.range() });
    json!({
        "addresses": list.addresses().iter().map(entry).collect::<Vec<_>>(),
        "defects": list.defects().iter().map(defect).collect::<Vec<_>>(),
        "omitted": list.omitted(),
    })
}

pub(crate) fn date(line: &[u8]) -> Value {
    match DateTime::parse(line) {
        None => json!({ "date": null, "error": "no date" }),
        Some(date) => moment(date),
    }
}

pub(crate) fn moment(date: DateTime) -> Value {
    json!({
        "date": format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year, date.month, date.day, date.hour, date.minute, date.second
        ),
        "zone_minutes": date.zone, "zone": format!("{:?}", date.zone_kind), "unix": date.unix(),
    })
}
