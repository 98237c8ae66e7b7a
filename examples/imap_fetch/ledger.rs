//! What was stored in earlier runs, kept beside the mail: a file that only grows, a line for each
//! message, written anew when the next run begins.
//!
//! ```text
//! mailbox 1795525139 k3vd82mq
//! stored 1:17
//! stored 18
//! ```
//!
//! The first line says which life of the mailbox it is about (UIDVALIDITY) and the word by which
//! files of it are known. A file that is there counts as stored also when its line is missing.

use examples::maildir::Mirror;
use examples::tls::{random_word, write_private};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// The file, and what it says.
pub(crate) struct Ledger {
    file: File,
    /// The word by which files of this mailbox are known.
    pub(crate) word: String,
    stored: Ranges,
}

impl Ledger {
    /// Reads the ledger of a folder, or begins one. The second value is true when what was stored
    /// is of another life of the mailbox, and so worth nothing.
    pub(crate) fn open(mirror: &Mirror, account: &str, validity: u32) -> io::Result<(Self, bool)> {
        let path = mirror.directory().join(format!("imap_fetch.{account}.ledger"));
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let (known, mut stored) = parse(&text);
        let other_life = known.as_ref().is_some_and(|(known, _)| *known != validity);
        let word = match known.filter(|_| !other_life) {
            Some((_, word)) => word,
            None => {
                stored = Ranges::default();
                random_word(8)?
            }
        };
        for here in mirror.scan()? {
            if let Some((_, uid)) = here.mark.filter(|(of, _)| *of == word) {
                stored.insert(uid, uid);
            }
        }
        let mut text = format!("mailbox {validity} {word}\n");
        for (first, last) in &stored.0 {
            text.push_str(&format!("stored {first}:{last}\n"));
        }
        let path: PathBuf = path;
        write_private(&path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok((Self { file, word, stored }, other_life))
    }

    /// The lowest unique identifier that is not stored.
    pub(crate) fn first_missing(&self) -> u32 {
        match self.stored.0.first() {
            Some((1, last)) => last.saturating_add(1),
            _ => 1,
        }
    }

    pub(crate) fn has(&self, uid: u32) -> bool {
        self.stored.has(uid)
    }

    /// Notes that messages were stored, or need not be.
    pub(crate) fn note(&mut self, first: u32, last: u32) -> io::Result<()> {
        self.stored.insert(first, last);
        self.file.write_all(format!("stored {first}:{last}\n").as_bytes())
    }

    /// What was noted is on disk when this returns.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// What a ledger says. Half a line, which a program left that was ended while it wrote, says
/// nothing.
fn parse(text: &str) -> (Option<(u32, String)>, Ranges) {
    let (mut mailbox, mut stored) = (None, Ranges::default());
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["mailbox", validity, word] => {
                mailbox = validity.parse().ok().map(|validity| (validity, word.to_owned()));
            }
            ["stored", range] => {
                if let Some((first, last)) = range.split_once(':') {
                    if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                        stored.insert(first, last);
                    }
                }
            }
            _ => {}
        }
    }
    (mailbox, stored)
}

/// Numbers as ranges: in order, apart from one another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ranges(pub(crate) Vec<(u32, u32)>);

impl Ranges {
    /// Adds `first` to `last`.
    pub(crate) fn insert(&mut self, first: u32, last: u32) {
        if first > last {
            return;
        }
        // Those that overlap or touch become one.
        let from = self.0.partition_point(|(_, end)| end.saturating_add(1) < first);
        let to = self.0.partition_point(|(start, _)| *start <= last.saturating_add(1));
        let touched = self.0.get(from..to).unwrap_or_default();
        let low = touched.first().map_or(first, |(start, _)| first.min(*start));
        let high = touched.last().map_or(last, |(_, end)| last.max(*end));
        self.0.splice(from..to.max(from), [(low, high)]);
    }

    pub(crate) fn has(&self, number: u32) -> bool {
        let at = self.0.partition_point(|(_, end)| *end < number);
        self.0.get(at).is_some_and(|(start, _)| *start <= number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use examples::maildir::Maildir;

    #[test]
    fn ranges_are_what_a_set_of_numbers_is() {
        let mut ranges = Ranges::default();
        let mut set = std::collections::BTreeSet::new();
        let mut seed = 7u32;
        for _ in 0..500 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (first, len) = (1 + (seed >> 16) % 300, (seed >> 8) % 4);
            ranges.insert(first, first + len);
            set.extend(first..=first + len);
            for n in 0..310 {
                assert_eq!(ranges.has(n), set.contains(&n), "{n} in {ranges:?}");
            }
            assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{ranges:?}");
        }
        ranges.insert(u32::MAX, u32::MAX);
        ranges.insert(1, u32::MAX);
        assert_eq!(ranges.0, [(1, u32::MAX)]);
    }

    #[test]
    fn what_was_noted_is_known_again_half_a_line_is_not_and_another_life_knows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path()).unwrap();
        let mirror = Mirror::open(&maildir, "INBOX").unwrap();
        let (mut ledger, other) = Ledger::open(&mirror, "a", 5).unwrap();
        assert!(!other);
        ledger.note(1, 3).unwrap();
        ledger.note(5, 5).unwrap();
        let word = ledger.word.clone();
        drop(ledger);
        let path = dir.path().join("imap_fetch.a.ledger");
        let text = fs::read_to_string(&path).unwrap() + "stored 4:4";
        fs::write(&path, text).unwrap();
        let mut draft = mirror.draft().unwrap();
        draft.finish(None).unwrap();
        mirror.add(&draft, (&word, 9), "").unwrap();
        mirror.add(&draft, ("others", 8), "").unwrap();

        let (ledger, other) = Ledger::open(&mirror, "a", 5).unwrap();
        assert_eq!((&ledger.word, other, ledger.first_missing()), (&word, false, 4));
        assert_eq!(ledger.stored.0, [(1, 3), (5, 5), (9, 9)]);

        let (ledger, other) = Ledger::open(&mirror, "a", 6).unwrap();
        assert!(other && ledger.word != word && ledger.stored.0.is_empty());
    }
}
