//! What was the same at both ends, noted as it is done: a file that only grows, written anew when
//! the next run begins.
//!
//! ```text
//! mailbox 1795525139 k3vd82mq     UIDVALIDITY, and the word that files of this mailbox have
//! known 17 FS                     the message is at both ends, with these flags
//! gone 16                         it is at neither
//! sending 1795.M1.host 18         this file is being sent; it will have at least this identifier
//! sent 1795.M1.host               it was, or was refused
//! seen 18 421                     all below this identifier is known, and all up to this mod-sequence
//! ```

use examples::maildir::Mirror;
use examples::tls::{random_word, write_private};
use mailwire_imap::model::Remembered;
use mailwire_imap::types::NumberSet;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// The file, and what it says.
pub(crate) struct State {
    path: PathBuf,
    file: File,
    facts: Facts,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Facts {
    mailbox: Option<(u32, String)>,
    known: BTreeMap<u32, String>,
    sending: BTreeMap<String, u32>,
    seen: Option<(u32, Option<u64>)>,
}

impl State {
    /// Reads the state of a folder, or begins one.
    pub(crate) fn open(mirror: &Mirror, account: &str) -> io::Result<Self> {
        let path = mirror.directory().join(format!("imap_sync.{account}.state"));
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let facts = Facts::parse(&text);
        let file = facts.write(&path)?;
        Ok(Self { path, file, facts })
    }

    /// What to ask the server with; `None` before a first run has come to its end.
    pub(crate) fn remembered(&self) -> Option<Remembered> {
        let (validity, _) = self.facts.mailbox.as_ref()?;
        let (next, modseq) = self.facts.seen?;
        let uids = NumberSet::of(self.facts.known.keys().copied());
        Some(Remembered { validity: *validity, next, modseq, uids })
    }

    /// The mailbox has this validity. True when it is another than was known: then nothing of what
    /// was known is worth anything.
    pub(crate) fn is_of(&mut self, validity: u32) -> io::Result<bool> {
        let known = self.facts.mailbox.as_ref().map(|(known, _)| *known);
        if known == Some(validity) {
            return Ok(false);
        }
        // Files that were being sent may be anywhere in it.
        let sending = self.facts.sending.keys().map(|base| (base.clone(), 1)).collect();
        let mailbox = Some((validity, random_word(8)?));
        self.facts = Facts { mailbox, sending, ..Facts::default() };
        self.file = self.facts.write(&self.path)?;
        Ok(known.is_some())
    }

    /// The word that files of this mailbox have in their names.
    pub(crate) fn word(&self) -> &str {
        self.facts.mailbox.as_ref().map_or("", |(_, word)| word)
    }

    /// The messages that were at both ends, with their flags.
    pub(crate) fn known(&self) -> &BTreeMap<u32, String> {
        &self.facts.known
    }

    /// Whether this file may have arrived at the server.
    pub(crate) fn is_sending(&self, base: &str) -> bool {
        self.facts.sending.contains_key(base)
    }

    /// The first identifier that was not seen yet.
    pub(crate) fn next(&self) -> u32 {
        self.facts.seen.map_or(1, |(next, _)| next)
    }

    pub(crate) fn note_known(&mut self, uid: u32, flags: &str) -> io::Result<()> {
        if self.facts.known.get(&uid).is_some_and(|known| known == flags) {
            return Ok(());
        }
        self.facts.known.insert(uid, flags.to_owned());
        self.line(&format!("known {uid} {flags}"))
    }

    pub(crate) fn note_gone(&mut self, uid: u32) -> io::Result<()> {
        match self.facts.known.remove(&uid) {
            Some(_) => self.line(&format!("gone {uid}")),
            None => Ok(()),
        }
    }

    /// On disk when it returns: a message that is not known to be on its way might be sent twice.
    pub(crate) fn note_sending(&mut self, base: &str, next: u32) -> io::Result<()> {
        self.facts.sending.insert(base.to_owned(), next);
        self.line(&format!("sending {base} {next}"))?;
        self.file.sync_data()
    }

    pub(crate) fn note_sent(&mut self, base: &str) -> io::Result<()> {
        match self.facts.sending.remove(base) {
            Some(_) => self.line(&format!("sent {base}")),
            None => Ok(()),
        }
    }

    /// Files that are not here any more are not being sent.
    pub(crate) fn keep_sending(&mut self, bases: &BTreeSet<&str>) -> io::Result<()> {
        let sending: Vec<String> = self.facts.sending.keys().cloned().collect();
        for base in sending.iter().filter(|base| !bases.contains(base.as_str())) {
            self.note_sent(base)?;
        }
        Ok(())
    }

    /// The run is done: a later one goes on from here.
    pub(crate) fn note_seen(&mut self, next: u32, modseq: Option<u64>) -> io::Result<()> {
        self.facts.seen = Some((next, modseq));
        self.line(&format!("seen {next} {}", modseq.unwrap_or_default()))?;
        self.file.sync_data()
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes())
    }
}

impl Facts {
    /// Half a line, which a program left that was ended while it wrote, says nothing.
    fn parse(text: &str) -> Self {
        let mut facts = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            facts.take(line);
        }
        facts
    }

    fn take(&mut self, line: &str) -> Option<()> {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["mailbox", validity, word] => {
                *self = Self {
                    mailbox: Some((validity.parse().ok()?, word.into())),
                    ..Self::default()
                };
            }
            ["known", uid, flags] => drop(self.known.insert(uid.parse().ok()?, flags.to_owned())),
            ["gone", uid] => drop(self.known.remove(&uid.parse().ok()?)),
            ["sending", base, next] => {
                self.sending.insert(base.to_owned(), next.parse().ok()?);
            }
            ["sent", base] => drop(self.sending.remove(base)),
            ["seen", next, modseq] => {
                let modseq = modseq.parse().ok().filter(|modseq| *modseq > 0);
                self.seen = Some((next.parse().ok()?, modseq));
            }
            _ => {}
        }
        Some(())
    }

    fn write(&self, path: &PathBuf) -> io::Result<File> {
        let mut text = String::new();
        if let Some((validity, word)) = &self.mailbox {
            text.push_str(&format!("mailbox {validity} {word}\n"));
        }
        for (uid, flags) in &self.known {
            text.push_str(&format!("known {uid} {flags}\n"));
        }
        for (base, next) in &self.sending {
            text.push_str(&format!("sending {base} {next}\n"));
        }
        if let Some((next, modseq)) = self.seen {
            text.push_str(&format!("seen {next} {}\n", modseq.unwrap_or_default()));
        }
        write_private(path, text.as_bytes())?;
        OpenOptions::new().append(true).open(path)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use examples::maildir::Maildir;

    #[test]
    fn what_was_noted_is_known_again_and_half_a_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path()).unwrap();
        let mirror = Mirror::open(&maildir, "INBOX").unwrap();
        let mut state = State::open(&mirror, "a").unwrap();
        assert_eq!(state.remembered(), None);
        assert!(!state.is_of(5).unwrap() && !state.is_of(5).unwrap());
        state.note_known(1, "FS").unwrap();
        state.note_known(2, "").unwrap();
        state.note_gone(1).unwrap();
        state.note_sending("x", 3).unwrap();
        state.note_sending("y", 3).unwrap();
        state.note_sent("x").unwrap();
        state.note_seen(3, Some(7)).unwrap();
        let facts = state.facts.clone();
        let path = state.path.clone();
        let text = fs::read_to_string(&path).unwrap() + "gone 2";
        fs::write(&path, text).unwrap();

        // Twice: it is written anew each time.
        for _ in 0..2 {
            let state = State::open(&mirror, "a").unwrap();
            assert_eq!(state.facts, facts);
            assert!(state.is_sending("y") && !state.is_sending("x"));
        }
        let mut state = State::open(&mirror, "a").unwrap();
        assert!(state.is_of(6).unwrap(), "another life");
        assert!(state.known().is_empty() && state.is_sending("y") && state.next() == 1);
        assert_ne!(state.word(), facts.mailbox.unwrap().1);
    }
}
