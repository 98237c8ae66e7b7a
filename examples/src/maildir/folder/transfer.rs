//! Messages that go from one folder to another.

use super::{Entry, Folder, Stored, Uid};
use crate::maildir::draft::duplicate;
use crate::maildir::{Flags, name, sync_directory};
use mailwire_message::maildir::FileName;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl Folder {
    /// Copies messages, all or none, and says the UIDs of each and of its copy. `step` is called at
    /// each, while the target waits.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when a folder was removed.
    pub fn copy(
        &self,
        uids: &[Uid],
        target: &Folder,
        step: &mut dyn FnMut(),
    ) -> io::Result<Vec<(Uid, Uid)>> {
        let chosen = self.chosen(uids)?;
        let keywords = self.keywords_for(&chosen, target)?;
        target.with(|loaded| {
            let come = chosen.iter().map(|(entry, from)| Stored::copied(entry, from, &keywords));
            let mut sources = chosen.iter();
            let keep = |path: &Path| {
                let Some((_, from)) = sources.next() else { return Ok(()) };
                duplicate(from, path)?;
                step();
                Ok(())
            };
            let (first, _) = target.receive(loaded, come.collect(), None, keep)?;
            Ok(chosen.iter().map(|(entry, _)| entry.uid).zip(first..).collect())
        })
    }

    /// Moves messages, each of which is always in one of the folders, and says the UIDs that it
    /// had and has. `step` is called at each, while the target waits.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when a folder was removed. What was moved until then is
    /// moved.
    pub fn transfer(
        &self,
        uids: &[Uid],
        target: &Folder,
        step: &mut dyn FnMut(),
    ) -> io::Result<Vec<(Uid, Uid)>> {
        let mut pairs = Vec::new();
        let mut left = uids.to_vec();
        // A file that is not where it was has new flags, which another look finds, or is gone.
        for _ in 0..3 {
            let mut missed = Vec::new();
            pairs.append(&mut self.transfer_found(&left, target, &mut missed, step)?);
            if missed.is_empty() {
                break;
            }
            left = missed;
            self.with(|loaded| {
                loaded.read = None;
                self.look(loaded)
            })?;
        }
        Ok(pairs)
    }

    fn transfer_found(
        &self,
        uids: &[Uid],
        target: &Folder,
        missed: &mut Vec<Uid>,
        step: &mut dyn FnMut(),
    ) -> io::Result<Vec<(Uid, Uid)>> {
        let chosen = self.chosen(uids)?;
        let keywords = self.keywords_for(&chosen, target)?;
        let mut moved = Vec::new();
        let result = target.with(|loaded| {
            let mut arrived = Vec::new();
            let mut result = Ok(());
            for (entry, from) in &chosen {
                let copy = Stored::copied(entry, from, &keywords);
                match fs::rename(from, target.path(&copy)) {
                    Ok(()) => {
                        arrived.push(copy);
                        moved.push(entry.uid);
                        step();
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => missed.push(entry.uid),
                    Err(error) => {
                        result = Err(error);
                        break;
                    }
                }
            }
            sync_directory(&target.directory.join("new"))?;
            let first = loaded.add(arrived)?;
            target.changed();
            result.map(|()| first)
        });
        let gone: BTreeSet<Uid> = moved.iter().copied().collect();
        self.with(|loaded| {
            loaded.messages.retain(|stored| !gone.contains(&stored.entry.uid));
            loaded.journal.left(&moved)
        })?;
        self.changed();
        Ok(moved.into_iter().zip(result?..).collect())
    }

    /// The messages of these UIDs that there are, and where they lie.
    fn chosen(&self, uids: &[Uid]) -> io::Result<Vec<(Entry, PathBuf)>> {
        self.with(|loaded| {
            let chosen = uids.iter().filter_map(|&uid| {
                let stored = loaded.find(uid)?;
                Some((stored.entry, self.path(stored)))
            });
            Ok(chosen.collect())
        })
    }

    /// For each keyword of this folder that a chosen message has: which it is in the other.
    fn keywords_for(
        &self,
        chosen: &[(Entry, PathBuf)],
        target: &Folder,
    ) -> io::Result<Vec<(u32, u32)>> {
        let used = chosen.iter().fold(0, |used, (entry, _)| used | entry.flags.keywords);
        let names = self.with(|loaded| Ok(loaded.keywords.clone()))?;
        let mut pairs = Vec::new();
        for (n, name) in names.iter().enumerate().filter(|(n, _)| used >> n & 1 == 1) {
            // One for which there is no room is lost, the message is not.
            pairs.push((1 << n, target.keywords(&[name])?.unwrap_or_default()));
        }
        Ok(pairs)
    }
}

impl Stored {
    /// What a copy of the message at `from` is in another folder: recent (RFC 3501 section 6.4.7).
    fn copied(entry: &Entry, from: &Path, keywords: &[(u32, u32)]) -> Self {
        let has = |(bit, _): &&(u32, u32)| entry.flags.keywords & bit != 0;
        let bits = keywords.iter().filter(has).fold(0, |bits, (_, other)| bits | other);
        let flags = Flags { keywords: bits, ..entry.flags };
        let file = from.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let base = name::for_copy(FileName::parse(file).base());
        let info = Some(flags.marks("").into());
        Self { entry: Entry { uid: 0, flags, ..*entry }, base: base.into(), info, fresh: true }
    }
}
