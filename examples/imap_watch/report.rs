//! What is known of the folder, and what is printed when it changes.

use examples::options::Wrong;
use mailwire_imap::types::{
    Envelope, Fetch, FetchData, List, ListAttribute, NumberSet, Status, StatusItem,
};
use std::collections::BTreeMap;
use std::io::Write;

/// The folder as it was told.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The flags of each message, as they are printed.
    flags: BTreeMap<u32, String>,
    /// What there was at the beginning is not news.
    pub(crate) begun: bool,
}

impl Report {
    /// Something was told of a message.
    pub(crate) fn fetched(&mut self, uid: u32, fetch: &Fetch<'_>) -> Result<(), Wrong> {
        let (mut flags, mut envelope) = (None, None);
        for data in fetch.data.iter() {
            match data {
                FetchData::Flags(told) => {
                    // Whether a session was the first to know is of no interest.
                    let names = told.names().filter(|name| !name.eq_ignore_ascii_case("\\Recent"));
                    flags = Some(names.collect::<Vec<_>>().join(" "));
                }
                FetchData::Envelope(told) => envelope = Some(told),
                _ => {}
            }
        }
        let Some(flags) = flags else { return Ok(()) };
        let known = self.flags.insert(uid, flags.clone());
        match known {
            _ if !self.begun => Ok(()),
            None => {
                let mut line = format!("new {uid}");
                if let Some(envelope) = envelope {
                    line.push_str(&introduction(envelope));
                }
                print(&line)
            }
            Some(known) if known != flags => print(format!("flags {uid} {flags}").trim_end()),
            Some(_) => Ok(()),
        }
    }

    /// Whether of new messages nothing was told yet.
    pub(crate) fn lacks(&self, last: Option<u32>) -> bool {
        last.is_some_and(|uid| !self.flags.contains_key(&uid))
    }

    /// The first unique identifier of which nothing is known.
    pub(crate) fn next(&self) -> u32 {
        self.flags.keys().next_back().map_or(1, |uid| uid.saturating_add(1))
    }

    /// These are gone, as far as they were there.
    pub(crate) fn gone(&mut self, uids: &NumberSet) -> Result<(), Wrong> {
        let mut gone = Vec::new();
        for (low, high) in uids.resolved(u32::MAX) {
            gone.extend(self.flags.range(low..=high).map(|(uid, _)| *uid));
        }
        for uid in &gone {
            self.flags.remove(uid);
        }
        if gone.is_empty() || !self.begun {
            return Ok(());
        }
        let gone: Vec<String> = gone.iter().map(u32::to_string).collect();
        print(&format!("gone {}", gone.join(" ")))
    }

    /// The messages have other identifiers.
    pub(crate) fn forget(&mut self) -> Result<(), Wrong> {
        self.flags.clear();
        self.begun = false;
        print("all messages have other numbers")
    }
}

/// A folder that is not open changed.
pub(crate) fn status(status: &Status<'_>) -> Result<(), Wrong> {
    let mut line = format!("folder {}", status.mailbox.name());
    for (item, word) in [(StatusItem::Messages, "messages"), (StatusItem::Unseen, "unseen")] {
        if let Some(n) = status.number(&item) {
            line.push_str(&format!(" {n} {word}"));
        }
    }
    print(&line)
}

/// A folder was made, removed, renamed, or subscribed to.
pub(crate) fn listed(list: &List<'_>) -> Result<(), Wrong> {
    let has = |attribute| list.attributes.contains(&attribute);
    let what = match () {
        () if has(ListAttribute::NonExistent) => "is gone",
        () if has(ListAttribute::Subscribed) => "is there, subscribed",
        () => "is there",
    };
    print(&format!("folder {} {what}", list.mailbox.name()))
}

fn introduction(envelope: &Envelope<'_>) -> String {
    let mut line = String::new();
    if let Some(author) = envelope.from.iter().next() {
        let mailbox = String::from_utf8_lossy(author.mailbox.as_deref().unwrap_or_default());
        let host = String::from_utf8_lossy(author.host.as_deref().unwrap_or_default());
        line.push_str(&format!(" from {mailbox}@{host}"));
    }
    if let Some(subject) = &envelope.subject {
        line.push_str(&format!(" subject {}", mailwire_message::header::text(subject)));
    }
    line
}

/// On one line, at once.
fn print(line: &str) -> Result<(), Wrong> {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(|error| format!("standard output: {error}"))
}
