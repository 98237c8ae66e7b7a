//! What became of the messages of a folder: a file that only grows, by whole lines.
//!
//! ```text
//! mailwire-journal 1 1700000000 5 20 12                  see below
//! 20 3 :S 1700000001.M000001Q0P1.mailwire,S=10,W=10      a message came
//! 21 3 :ST                                               it has other flags
//! 22 3 -                                                 it is gone
//! ```
//!
//! The first line has the UIDVALIDITY, and as they were when the file was written anew the
//! UIDNEXT, the highest mod-sequence, and the one up to which nobody remembers what is gone. Every
//! other begins with the mod-sequence of the change and the UID.
//!
//! A line that does not end was being written when the program ended: nobody was told of it. What
//! other programs did meanwhile is found by comparing the names of the files with the last marks.

use super::name::seconds;
use super::{Uid, now};
use crate::tls::write_private;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const MAGIC: &str = "mailwire-journal 1";

/// What the file said when it was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    text: String,
    /// The messages that it did not say were gone, by UID.
    lines: Vec<Line>,
    /// Their places in `lines`, sorted by name.
    by_name: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Line {
    uid: Uid,
    modseq: u64,
    marks: Range<u32>,
    name: Range<u32>,
    gone: bool,
}

/// What is known of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Record<'k> {
    pub(super) uid: Uid,
    pub(super) modseq: u64,
    /// The letters behind the `:2,` of its file name.
    pub(super) marks: &'k str,
}

impl Known {
    pub(super) fn get(&self, base: &str) -> Option<Record<'_>> {
        let name = |&at: &u32| self.line(at).map_or("", |line| self.part(&line.name));
        let found = self.by_name.binary_search_by(|at| name(at).cmp(base)).ok()?;
        let line = self.line(*self.by_name.get(found)?)?;
        Some(Record { uid: line.uid, modseq: line.modseq, marks: self.part(&line.marks) })
    }

    /// The UIDs of all, rising.
    pub(super) fn uids(&self) -> impl Iterator<Item = Uid> {
        self.lines.iter().map(|line| line.uid)
    }

    fn line(&self, at: u32) -> Option<&Line> {
        self.lines.get(usize::try_from(at).ok()?)
    }

    fn part(&self, range: &Range<u32>) -> &str {
        let index = |n| usize::try_from(n).unwrap_or(usize::MAX);
        self.text.get(index(range.start)..index(range.end)).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    pub(super) validity: u32,
    pub(super) next: Uid,
    /// The mod-sequence of the last change.
    pub(super) highest: u64,
    /// What is gone, in that order, with the mod-sequence of its going.
    gone: Vec<(u64, Uid)>,
    /// What went up to here is not in `gone`.
    forgotten: u64,
    lines: usize,
}

impl Journal {
    /// Reads the journal of the folder at `directory`, or begins anew when there is none that can
    /// be read. `root` remembers the last UIDVALIDITY of all folders of a user.
    pub(super) fn load(directory: &Path, root: &Path) -> io::Result<(Self, Known)> {
        let path = directory.join("mailwire-journal");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        // What stands behind the last line end was not written to its end.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let header = text.get(..whole).and_then(|text| text.lines().next()).and_then(header);
        let Some((validity, next, highest, forgotten)) = header else {
            let validity = fresh_validity(root)?;
            write_private(&path, format!("{MAGIC} {validity} 1 1 0\n").as_bytes())?;
            let file = OpenOptions::new().append(true).open(&path)?;
            let (gone, forgotten) = (Vec::new(), 0);
            let this =
                Self { path, file, validity, next: 1, highest: 1, gone, forgotten, lines: 0 };
            return Ok((this, Known::default()));
        };
        let file = OpenOptions::new().append(true).open(&path)?;
        if whole < text.len() {
            file.set_len(whole as u64)?;
        }
        let gone = Vec::new();
        let mut this = Self { path, file, validity, next, highest, gone, forgotten, lines: 0 };
        let mut known = Known { text, ..Known::default() };
        this.read(&mut known, whole)?;
        Ok((this, known))
    }

    fn read(&mut self, known: &mut Known, whole: usize) -> io::Result<()> {
        let place = |n: usize| u32::try_from(n).map_err(io::Error::other);
        let mut start = 0;
        let mut lines: Vec<Line> = Vec::new();
        let text = known.text.get(..whole).unwrap_or_default();
        for line in text.split_inclusive('\n') {
            let (from, line) = (start, line.trim_end_matches('\n'));
            start += line.len() + 1;
            let mut words = line.splitn(4, ' ');
            let mut number = || words.next()?.parse::<u64>().ok();
            // The header is none, since its first word is no number.
            let (Some(modseq), Some(uid)) = (number(), number()) else { continue };
            let (Ok(uid), Some(what)) = (Uid::try_from(uid), words.next()) else { continue };
            let name = words.next();
            let end = from + line.len();
            let at = end - name.map_or(0, |name| name.len() + 1);
            let marks = place(at - what.len() + 1)?..place(at)?;
            self.lines += 1;
            self.highest = self.highest.max(modseq);
            if name.is_some() {
                self.next = self.next.max(uid.saturating_add(1));
                let name = place(at + 1)?..place(end)?;
                lines.push(Line { uid, modseq, marks, name, gone: false });
                continue;
            }
            if what == "-" {
                self.gone.push((modseq, uid));
            }
            let Ok(at) = lines.binary_search_by_key(&uid, |line| line.uid) else { continue };
            let Some(line) = lines.get_mut(at) else { continue };
            (line.modseq, line.marks, line.gone) = (modseq, marks, what == "-");
        }
        lines.retain(|line| !line.gone);
        let mut by_name = (0..place(lines.len())?).collect::<Vec<_>>();
        known.lines = lines;
        let name = |at: u32| known.line(at).map_or("", |line| known.part(&line.name));
        by_name.sort_unstable_by(|&a, &b| name(a).cmp(name(b)));
        known.by_name = by_name;
        Ok(())
    }

    /// Gives the next UIDs to these messages, names and marks, in order, and returns the first and
    /// the mod-sequence. They are on disk when this returns.
    pub(super) fn came<'a>(
        &mut self,
        messages: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<(Uid, u64)> {
        let (first, modseq) = (self.next, self.highest + 1);
        let mut messages = messages.peekable();
        if messages.peek().is_none() {
            return Ok((first, self.highest));
        }
        let mut uid = first;
        let count = self.write(true, |out| {
            let mut count = 0;
            for (base, marks) in messages {
                writeln!(out, "{modseq} {uid} :{marks} {base}")?;
                uid = uid.checked_add(1).ok_or_else(|| io::Error::other("no UIDs are left"))?;
                count += 1;
            }
            Ok(count)
        })?;
        (self.next, self.highest) = (uid, modseq);
        self.lines += count;
        Ok((first, modseq))
    }

    /// Notes the marks of a message, and returns the mod-sequence. A loss of power may undo it, the
    /// end of the program does not.
    pub(super) fn marked(&mut self, uid: Uid, marks: &str) -> io::Result<u64> {
        let modseq = self.highest + 1;
        self.write(false, |out| writeln!(out, "{modseq} {uid} :{marks}"))?;
        self.highest = modseq;
        self.lines += 1;
        Ok(modseq)
    }

    /// Notes that messages are gone.
    pub(super) fn left(&mut self, uids: &[Uid]) -> io::Result<()> {
        if uids.is_empty() {
            return Ok(());
        }
        let modseq = self.highest + 1;
        self.write(false, |out| uids.iter().try_for_each(|uid| writeln!(out, "{modseq} {uid} -")))?;
        self.highest = modseq;
        self.lines += uids.len();
        self.gone.extend(uids.iter().map(|&uid| (modseq, uid)));
        Ok(())
    }

    /// What went after a mod-sequence; `None` when that is not known any more.
    pub(super) fn gone_since(&self, modseq: u64) -> Option<impl Iterator<Item = Uid>> {
        let first = self.gone.partition_point(|&(when, _)| when <= modseq);
        let gone = self.gone.get(first..).unwrap_or_default();
        (modseq >= self.forgotten).then(|| gone.iter().map(|&(_, uid)| uid))
    }

    /// Writes the file anew when most of it speaks of what is not so any more: UID, mod-sequence,
    /// marks and name of each message.
    pub(super) fn compact<'a>(
        &mut self,
        live: impl ExactSizeIterator<Item = (Uid, u64, &'a str, &'a str)>,
    ) -> io::Result<()> {
        let count = live.len();
        if self.lines <= 2 * count + 1000 {
            return Ok(());
        }
        // As much is remembered of what is gone as there is of what is not.
        let old = self.gone.len().saturating_sub(count.max(100));
        if let Some((forgotten, _)) = self.gone.drain(..old).next_back() {
            self.forgotten = forgotten;
        }
        let (next, highest, forgotten) = (self.next, self.highest, self.forgotten);
        let mut text = format!("{MAGIC} {} {next} {highest} {forgotten}\n", self.validity);
        for (uid, modseq, marks, base) in live {
            text.push_str(&format!("{modseq} {uid} :{marks} {base}\n"));
        }
        for (modseq, uid) in &self.gone {
            text.push_str(&format!("{modseq} {uid} -\n"));
        }
        write_private(&self.path, text.as_bytes())?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.lines = count + self.gone.len();
        Ok(())
    }

    /// Appends lines, all or none.
    fn write<T>(
        &mut self,
        sync: bool,
        lines: impl FnOnce(&mut BufWriter<&File>) -> io::Result<T>,
    ) -> io::Result<T> {
        let before = self.file.metadata()?.len();
        let mut out = BufWriter::new(&self.file);
        let written = lines(&mut out).and_then(|value| {
            out.flush()?;
            if sync { self.file.sync_data().map(|()| value) } else { Ok(value) }
        });
        // What it still holds after an error is not to be written.
        drop(out.into_parts());
        if written.is_err() {
            // Half a line must not become the beginning of the next.
            self.file.set_len(before)?;
        }
        written
    }
}

/// UIDVALIDITY, UIDNEXT, the highest mod-sequence, and up to which what is gone is forgotten.
fn header(line: &str) -> Option<(u32, Uid, u64, u64)> {
    let mut words = line.strip_prefix(MAGIC)?.split_ascii_whitespace();
    let mut number = || words.next()?.parse::<u64>().ok();
    let (validity, next, highest, forgotten) = (number()?, number()?, number()?, number()?);
    Some((validity.try_into().ok()?, next.try_into().ok()?, highest, forgotten))
}

/// A UIDVALIDITY that no folder of this user ever had.
fn fresh_validity(root: &Path) -> io::Result<u32> {
    let path = root.join("mailwire-uidvalidity");
    let last = match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse::<u32>().unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let clock = u32::try_from(seconds(now())).unwrap_or(u32::MAX);
    let validity = clock.max(last.saturating_add(1));
    write_private(&path, format!("{validity}\n").as_bytes())?;
    Ok(validity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(dir: &Path) -> (Journal, Known) {
        Journal::load(dir, dir).unwrap()
    }

    fn gone(journal: &Journal, modseq: u64) -> Option<Vec<Uid>> {
        journal.gone_since(modseq).map(Iterator::collect)
    }

    #[test]
    fn uids_marks_and_mod_sequences_survive_and_none_is_given_twice() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, known) = load(dir.path());
        assert_eq!((known.uids().count(), journal.highest), (0, 1));
        assert_eq!(journal.came([("b", ""), ("a", "S"), ("c", "")].into_iter()).unwrap(), (1, 2));
        assert_eq!(journal.marked(1, "FS").unwrap(), 3);
        journal.left(&[3]).unwrap();
        let validity = journal.validity;

        for _ in 0..2 {
            let (mut journal, known) = load(dir.path());
            assert_eq!((journal.validity, journal.next, journal.highest), (validity, 4, 4));
            assert_eq!(known.get("b"), Some(Record { uid: 1, modseq: 3, marks: "FS" }));
            assert_eq!(known.get("a"), Some(Record { uid: 2, modseq: 2, marks: "S" }));
            assert_eq!(known.get("c"), None);
            assert_eq!(known.uids().collect::<Vec<_>>(), [1, 2]);
            assert_eq!((gone(&journal, 3), gone(&journal, 4)), (Some(vec![3]), Some(vec![])));
            // Again after it was written anew.
            journal.lines = 10_000;
            journal.compact([(1, 3, "FS", "b"), (2, 2, "S", "a")].into_iter()).unwrap();
        }
    }

    #[test]
    fn what_is_forgotten_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, _) = load(dir.path());
        for uid in 1..=2000 {
            journal.came([("x", "")].into_iter()).unwrap();
            journal.left(&[uid]).unwrap();
        }
        journal.compact([].into_iter()).unwrap();

        assert_eq!(gone(&journal, 1), None);
        let highest = journal.highest;
        assert_eq!(gone(&journal, highest - 2).unwrap(), [2000]);
        assert_eq!(gone(&load(dir.path()).0, highest - 4).unwrap(), [1999, 2000]);
        assert_eq!(gone(&load(dir.path()).0, 1), None);
    }

    #[test]
    fn a_line_cut_anywhere_costs_that_line_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mailwire-journal");
        drop(load(dir.path()).0.came([("one", ""), ("two", "S")].into_iter()));
        let whole = fs::read(&path).unwrap();
        let line = b"2 2 :S two\n".len();
        for cut in whole.len() - line..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();

            let (mut journal, known) = load(dir.path());

            assert!(known.get("one").is_some() && known.get("two").is_none());
            assert_eq!(journal.came([("three", "")].into_iter()).unwrap(), (2, 3));
            assert_eq!(load(dir.path()).1.get("three").unwrap().uid, 2);
        }
    }

    #[test]
    fn a_folder_made_again_has_another_validity() {
        let root = tempfile::tempdir().unwrap();
        let first = load(root.path()).0.validity;
        fs::remove_file(root.path().join("mailwire-journal")).unwrap();

        assert!(load(root.path()).0.validity > first);
    }
}
