//! Several messages that come together, or one that comes in the place of another: all of it
//! happens or nothing, also when the program ends in the middle.
//!
//! ```text
//! mailwire-batch 17             the UID that the first of them will have
//! + 1795525139.M4711Q3P77.mailwire,S=812,W=812
//! + 1795525139.M4712Q4P77.mailwire,S=90,W=90
//! - .Drafts 1795525001.M3Q9P77.mailwire,S=85,W=85
//! ```
//!
//! The record is on disk before the first file is where a message is, and is removed after the last.
//! What came is committed by the lines of the journal that give the UIDs. A record that is found at
//! a start was left by a program that ended: if its messages did not get all their UIDs they are
//! removed, and if they did, what they replace is.

use super::journal::Journal;
use super::{Uid, name, sync_directory};
use mailwire_message::maildir::FileName;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const NAME: &str = "mailwire-batch";

/// A message that goes: the directory of its folder below that of the user, and its name.
#[derive(Clone, Debug)]
pub(super) struct Goes {
    pub(super) directory: String,
    pub(super) base: String,
}

/// The record of a batch that is at work, to be dropped when all of it is done or undone.
#[derive(Debug)]
pub(super) struct Batch {
    path: PathBuf,
    /// Locked, so that nobody takes the record for one that was left.
    _file: File,
}

impl Batch {
    /// Notes what is to happen in the folder at `directory`.
    pub(super) fn begin<'b>(
        directory: &Path,
        first: Uid,
        come: impl Iterator<Item = &'b str>,
        goes: Option<&Goes>,
    ) -> io::Result<Self> {
        let unique = name::unique();
        let mut text = format!("{NAME} {first}\n");
        for base in come {
            text.push_str(&format!("+ {base}\n"));
        }
        if let Some(Goes { directory, base }) = goes {
            text.push_str(&format!("- {directory} {base}\n"));
        }
        let temporary = directory.join("tmp").join(&unique);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        lock(&file)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let path = directory.join(format!("{NAME}-{unique}"));
        fs::rename(&temporary, &path)?;
        let this = Self { path, _file: file };
        sync_directory(directory)?;
        Ok(this)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // One that stays does no harm: its UIDs are given, or its messages are gone.
        let _ = fs::remove_file(&self.path);
    }
}

/// Completes or undoes what was at work in the folder at `directory` when a program ended. Nobody
/// may have the folder open.
pub(super) fn recover(directory: &Path, root: &Path) -> io::Result<()> {
    for file in fs::read_dir(directory)? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.starts_with(NAME) {
            continue;
        }
        let file = File::open(&path)?;
        if lock(&file).is_err() {
            // Another program is at it.
            continue;
        }
        let text = io::read_to_string(file)?;
        let (journal, _) = Journal::load(directory, root)?;
        settle(&text, directory, root, journal.next)?;
        fs::remove_file(&path)?;
    }
    Ok(())
}

fn settle(text: &str, directory: &Path, root: &Path, next: Uid) -> io::Result<()> {
    let mut lines = text.lines();
    let first = lines.next().and_then(|line| line.strip_prefix(NAME)?.trim().parse::<Uid>().ok());
    let Some(first) = first else { return Ok(()) };
    let come: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("+ ")).collect();
    let given = usize::try_from(next.saturating_sub(first)).unwrap_or(usize::MAX);
    if given < come.len() {
        return remove(directory, &come);
    }
    for goes in lines.filter_map(|line| line.strip_prefix("- ")) {
        if let Some((folder, base)) = goes.split_once(' ') {
            remove(&root.join(folder), &[base])?;
        }
    }
    Ok(())
}

/// Removes the files of messages, whatever their flags are.
fn remove(directory: &Path, bases: &[&str]) -> io::Result<()> {
    for place in ["new", "cur"] {
        let place = directory.join(place);
        let files = match fs::read_dir(&place) {
            // The folder that a message was to leave is gone.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            files => files?,
        };
        for file in files {
            let file = file?;
            let name = file.file_name();
            let name = name.to_str().unwrap_or_default();
            if bases.contains(&FileName::parse(name).base()) {
                fs::remove_file(file.path())?;
            }
        }
        sync_directory(&place)?;
    }
    Ok(())
}

#[expect(clippy::incompatible_msrv, reason = "programs need what their dependencies need")]
fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|_| io::Error::other("another program is at work there"))
}
