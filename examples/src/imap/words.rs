//! The same thing here and there: names of folders, flags as letters, dates.

use mailwire_imap::types::{Condition, DateTime, Flags, List, Mailbox, SystemFlag};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a server said, for people: its code and its text.
#[must_use]
pub fn said(condition: &Condition<'_>) -> String {
    let text: String = condition.text.as_str().chars().filter(|c| !c.is_control()).collect();
    match text.is_empty() {
        true => "the server does not say why".into(),
        false => text,
    }
}

/// The letters of flags in the name of a file in a Maildir, sorted.
#[must_use]
pub fn letters(flags: &Flags<'_>) -> String {
    LETTERS.iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, letter)| *letter).collect()
}

/// The flags of such letters; others are left out.
#[must_use]
pub fn system_flags(letters: &str) -> Vec<SystemFlag> {
    let known = LETTERS.iter().filter(|(_, letter)| letters.contains(*letter));
    known.map(|(flag, _)| *flag).collect()
}

const LETTERS: [(SystemFlag, char); 5] = [
    (SystemFlag::Draft, 'D'),
    (SystemFlag::Flagged, 'F'),
    (SystemFlag::Answered, 'R'),
    (SystemFlag::Seen, 'S'),
    (SystemFlag::Deleted, 'T'),
];

/// How the folder is called here: levels divided by `/`, in modified UTF-7. `None` for a name
/// that cannot be one here.
#[must_use]
pub fn local_name(list: &List<'_>) -> Option<String> {
    let wire = std::str::from_utf8(list.mailbox.as_wire().as_bytes()).ok()?;
    match list.delimiter {
        None | Some('/') => Some(wire.to_owned()),
        // A `/` in a level would become two levels.
        Some(_) if wire.contains('/') => None,
        Some(delimiter) => Some(wire.replace(delimiter, "/")),
    }
}

/// How the folder of that name is called there.
#[must_use]
pub fn remote_name(local: &str, delimiter: Option<char>) -> Option<Mailbox<'static>> {
    let wire = match delimiter {
        None | Some('/') => local.to_owned(),
        Some(delimiter) if local.contains(delimiter) => return None,
        Some(delimiter) => local.replace('/', &delimiter.to_string()),
    };
    let wire = mailwire_imap::types::Octets::new(wire.into_bytes()).ok()?;
    Some(Mailbox::from_wire(wire))
}

/// The time of a date; `None` before 1970.
#[must_use]
pub fn date(date: DateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(date.unix()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
