//! Which message has which UID: a file that only grows, by whole lines.
//!
//! ```text
//! mailwire-uids 1 1700000000 5      its UIDVALIDITY, and the UIDNEXT when it was written anew
//! 3 1700000001.M000001Q0P1.mailwire,S=10,W=10
//! 5 1700000002.M000001Q1P1.mailwire,S=12,W=12
//! ```
//!
//! A line that does not end was being written when the program ended: nobody was told that UID.

use super::name::seconds;
use super::{Uid, now};
use crate::tls::write_private;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const MAGIC: &str = "mailwire-uids 1";

/// Which message had which UID when the file was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    text: String,
    /// Where the names lie in `text`, sorted by name.
    lines: Vec<(Range<u32>, Uid)>,
}

impl Known {
    pub(super) fn get(&self, base: &str) -> Option<Uid> {
        let at = self.lines.binary_search_by(|(range, _)| self.name(range).cmp(base)).ok()?;
        self.lines.get(at).map(|(_, uid)| *uid)
    }

    fn name(&self, range: &Range<u32>) -> &str {
        let index = |n| usize::try_from(n).unwrap_or(usize::MAX);
        self.text.get(index(range.start)..index(range.end)).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct Uids {
    path: PathBuf,
    file: File,
    pub(super) validity: u32,
    pub(super) next: Uid,
    lines: usize,
}

impl Uids {
    /// Reads the UIDs of the folder at `directory`, or begins anew when there are none that can
    /// be read. `root` remembers the last UIDVALIDITY of all folders of a user.
    pub(super) fn load(directory: &Path, root: &Path) -> io::Result<(Self, Known)> {
        let path = directory.join("mailwire-uids");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        // What stands behind the last line end was not written to its end.
        let whole = text.rfind('\n').and_then(|end| text.get(..=end)).unwrap_or_default();
        let header = whole.lines().next().and_then(|line| {
            let mut numbers = line.strip_prefix(MAGIC)?.trim_start().split(' ');
            let validity = numbers.next()?.parse::<u32>().ok()?;
            Some((validity, numbers.next()?.parse::<Uid>().ok()?))
        });
        let Some((validity, mut next)) = header else {
            let validity = fresh_validity(root)?;
            write_private(&path, format!("{MAGIC} {validity} 1\n").as_bytes())?;
            let file = OpenOptions::new().append(true).open(&path)?;
            return Ok((Self { path, file, validity, next: 1, lines: 0 }, Known::default()));
        };
        let mut known = Vec::new();
        let mut count = 0;
        let mut end = 0;
        for line in whole.split_inclusive('\n') {
            end += line.len();
            let Some((uid, base)) = line.trim_end_matches('\n').split_once(' ') else { continue };
            // The header is none, since its first word is no number.
            let Ok(uid) = uid.parse::<Uid>() else { continue };
            count += 1;
            next = next.max(uid.saturating_add(1));
            let place = |n: usize| u32::try_from(n).map_err(io::Error::other);
            known.push((place(end - 1 - base.len())?..place(end - 1)?, uid));
        }
        let file = OpenOptions::new().append(true).open(&path)?;
        if whole.len() < text.len() {
            file.set_len(whole.len() as u64)?;
        }
        let mut known = Known { text, lines: known };
        let mut lines = std::mem::take(&mut known.lines);
        lines.sort_unstable_by(|(a, _), (b, _)| known.name(a).cmp(known.name(b)));
        known.lines = lines;
        Ok((Self { path, file, validity, next, lines: count }, known))
    }

    /// Gives the next UIDs to these messages, in order, and returns the first. They are on disk
    /// when this returns.
    pub(super) fn allot<'a>(&mut self, bases: impl Iterator<Item = &'a str>) -> io::Result<Uid> {
        let first = self.next;
        let mut bases = bases.peekable();
        if bases.peek().is_none() {
            return Ok(first);
        }
        let before = self.file.metadata()?.len();
        let mut out = BufWriter::new(&self.file);
        let mut uid = first;
        let mut count = 0;
        let written = (|| {
            for base in bases {
                writeln!(out, "{uid} {base}")?;
                uid = uid.checked_add(1).ok_or_else(|| io::Error::other("no UIDs are left"))?;
                count += 1;
            }
            out.flush()?;
            self.file.sync_data()
        })();
        // What it still holds after an error is not to be written.
        drop(out.into_parts());
        if let Err(error) = written {
            // Half a line must not become the beginning of the next.
            self.file.set_len(before)?;
            return Err(error);
        }
        self.next = uid;
        self.lines += count;
        Ok(first)
    }

    /// Writes the file anew when most of it speaks of messages that are gone.
    pub(super) fn compact<'a>(
        &mut self,
        live: impl ExactSizeIterator<Item = (Uid, &'a str)>,
    ) -> io::Result<()> {
        let count = live.len();
        if self.lines <= 2 * count + 100 {
            return Ok(());
        }
        let mut text = format!("{MAGIC} {} {}\n", self.validity, self.next);
        for (uid, base) in live {
            text.push_str(&format!("{uid} {base}\n"));
        }
        write_private(&self.path, text.as_bytes())?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.lines = count;
        Ok(())
    }
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

    fn load(dir: &Path) -> (Uids, Known) {
        Uids::load(dir, dir).unwrap()
    }

    #[test]
    fn uids_survive_and_are_never_given_twice() {
        let dir = tempfile::tempdir().unwrap();
        let (mut uids, known) = load(dir.path());
        assert!(known.lines.is_empty());
        assert_eq!(uids.allot(["a", "b"].into_iter()).unwrap(), 1);
        let validity = uids.validity;

        let (mut uids, known) = load(dir.path());
        assert_eq!((uids.validity, uids.next), (validity, 3));
        assert_eq!((known.get("a"), known.get("b")), (Some(1), Some(2)));

        uids.lines = 1000;
        uids.compact([(1, "a")].into_iter()).unwrap();
        let (uids, known) = load(dir.path());
        assert_eq!((uids.validity, uids.next, known.lines.len()), (validity, 3, 1));
    }

    #[test]
    fn a_line_cut_anywhere_costs_that_line_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mailwire-uids");
        drop(load(dir.path()).0.allot(["one", "two"].into_iter()));
        let whole = fs::read(&path).unwrap();
        let line = b"2 two\n".len();
        for cut in whole.len() - line..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();

            let (mut uids, known) = load(dir.path());

            assert_eq!((known.get("one"), known.get("two")), (Some(1), None));
            assert_eq!(uids.allot(["three"].into_iter()).unwrap(), 2);
            assert_eq!(load(dir.path()).1.get("three"), Some(2));
        }
    }

    #[test]
    fn a_folder_made_again_has_another_validity() {
        let root = tempfile::tempdir().unwrap();
        let first = load(root.path()).0.validity;
        fs::remove_file(root.path().join("mailwire-uids")).unwrap();

        assert!(load(root.path()).0.validity > first);
    }
}
