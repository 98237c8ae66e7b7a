//! What was stored in earlier sessions, kept beside the mail: a file that only grows, a line for
//! each message, on disk before anything is deleted.
//!
//! ```text
//! stored 1795525139 whqtswO00WBw418f9t5JxYwZ
//! gone whqtswO00WBw418f9t5JxYwZ
//! ```

use mailwire_pop3::plan::Stored;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The file, and what it says.
pub(crate) struct Ledger {
    file: File,
    stored: Stored,
}

impl Ledger {
    /// Reads the ledger of an account, or begins one. There is one program at a time that has it.
    #[expect(clippy::incompatible_msrv, reason = "programs need what their dependencies need")]
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(|_| io::Error::other("another program has it"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        if text.is_empty() {
            sync_folder(path)?;
        }
        if text.last().is_some_and(|&b| b != b'\n') {
            // The program ended while it wrote. Half an id may be another's: a word more, and the
            // line says nothing.
            file.write_all(b" torn\n")?;
        }
        let mut stored = Stored::new();
        let mut lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
        // What stands behind the last line end is half a line, or nothing.
        lines.pop();
        for line in lines {
            let Ok(line) = std::str::from_utf8(line) else { continue };
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["stored", when, id] => {
                    if let Ok(when) = when.parse() {
                        stored.insert(id.to_owned(), when);
                    }
                }
                ["gone", id] => drop(stored.remove(id)),
                _ => {}
            }
        }
        Ok(Self { file, stored })
    }

    /// What is known to be stored, and since when.
    pub(crate) fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Notes that a message was stored: on disk when this returns.
    pub(crate) fn note(&mut self, id: &str, now: u64) -> io::Result<()> {
        self.file.write_all(format!("stored {now} {id}\n").as_bytes())?;
        self.file.sync_data()?;
        self.stored.insert(id.to_owned(), now);
        Ok(())
    }

    /// Notes that messages are not on the server any more.
    pub(crate) fn forget(&mut self, ids: &[String]) -> io::Result<()> {
        let lines: String = ids.iter().map(|id| format!("gone {id}\n")).collect();
        self.file.write_all(lines.as_bytes())?;
        for id in ids {
            self.stored.remove(id);
        }
        self.file.sync_data()
    }
}

/// Where the ledger of an account lies: in the Maildir, or beside the mbox.
pub(crate) fn path(mail: &Path, is_folder: bool, user: &str, host: &str, port: u16) -> PathBuf {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut account = String::new();
    for b in format!("{user}@{host}:{port}").bytes() {
        match char::from(b) {
            c if fits(c) => account.push(c),
            _ => account.push_str(&format!("%{b:02x}")),
        }
    }
    if is_folder {
        return mail.join(format!("pop3_fetch.{account}"));
    }
    let mut name = mail.as_os_str().to_owned();
    name.push(format!(".pop3_fetch.{account}"));
    name.into()
}

/// Makes sure that the name of a file is on disk too.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_was_noted_is_known_again_and_half_a_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), true, "bob@example.org", "::1", 995);
        assert!(path.ends_with("pop3_fetch.bob%40example.org%40%3a%3a1%3a995"));
        {
            let mut ledger = Ledger::open(&path).unwrap();
            ledger.note("a", 1).unwrap();
            ledger.note("b", 2).unwrap();
            ledger.forget(&["a".to_owned()]).unwrap();
            assert!(Ledger::open(&path).is_err(), "it is locked");
        }
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"stored 3 half");
        std::fs::write(&path, text).unwrap();

        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.stored(), &Stored::from([("b".to_owned(), 2)]));
        ledger.note("c", 4).unwrap();
        drop(ledger);

        let ledger = Ledger::open(&path).unwrap();
        let expected = [("b".to_owned(), 2), ("c".to_owned(), 4)];
        assert_eq!(ledger.stored(), &Stored::from(expected));
    }
}
