//! Mail on disk: one Maildir++ for each user, with what IMAP and POP3 need beside it.
//!
//! ```text
//! ROOT/                     the INBOX
//!   tmp/ new/ cur/          messages: written, delivered, seen by a session
//!   mailwire-journal        UIDVALIDITY, UIDs and mod-sequences of messages: only appended to
//!   mailwire-keywords       which letter in a file name is which keyword
//!   mailwire-batch-*        what of several messages comes together, while they come
//!   mailwire-uses           what the folder is for: `\Sent`
//!   mailwire-metadata       what is noted of the folder (RFC 5464)
//!   subscriptions           one folder name a line
//!   .Archive/ .Archive.2026/  other folders, the same inside
//! ```
//!
//! A message appears by one rename of a file that is whole and on disk, its flags are in its
//! name, and the other files grow by whole lines or are replaced by a rename; so there is no
//! moment at which ending the program loses or changes anything; of several that come together
//! all are there at the next start, or none. Other programs (mutt) may work
//! on the folders at the same time.

mod batch;
mod content;
mod draft;
mod folder;
mod journal;
mod list;
mod metadata;
mod mirror;
mod name;
mod usage;

pub use content::Content;
pub use draft::Draft;
pub use folder::{Entry, Folder, Picture, Uid};
pub use list::Listed;
pub use mailwire_message::maildir::{Flags, SystemFlags};
pub use metadata::Metadata;
pub use mirror::{Here, Mirror};
pub use usage::Usage;

use mailwire_message::maildir as names;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

/// Files in `tmp` that are older than this were left by a program that is gone.
const ABANDONED: Duration = Duration::from_secs(36 * 3600);

/// One user's mail.
#[derive(Debug)]
pub struct Maildir {
    root: PathBuf,
    /// The folders that someone has open: all share one picture of each.
    open: Mutex<HashMap<String, Weak<Folder>>>,
    /// Held while folders are made, removed and renamed, and subscriptions written.
    layout: Mutex<()>,
    /// Held by the POP3 session (RFC 1939 section 4): one at a time.
    pub exclusive: Arc<tokio::sync::Mutex<()>>,
}

impl Maildir {
    /// Opens the mail in `root`, making it when there is none, and completes or undoes what a
    /// program that ended was at.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn open(root: &Path) -> io::Result<Self> {
        make_folder(root)?;
        let this = Self {
            root: root.to_owned(),
            open: Mutex::default(),
            layout: Mutex::default(),
            exclusive: Arc::default(),
        };
        for listed in this.list()? {
            if listed.exists {
                let directory = this.directory(&listed.name)?;
                sweep(&directory.join("tmp"))?;
                batch::recover(&directory, root)?;
            }
        }
        Ok(this)
    }

    /// The folder of a name as IMAP writes it, levels divided by `/`; `None` when there is none.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be one of that name.
    pub fn folder(&self, name: &str) -> io::Result<Option<Arc<Folder>>> {
        let directory = self.directory(name)?;
        let name = canonical(name);
        let mut open = lock(&self.open);
        if let Some(folder) = open.get(name).and_then(Weak::upgrade) {
            return Ok(Some(folder));
        }
        if !directory.join("cur").is_dir() {
            return Ok(None);
        }
        open.retain(|_, folder| folder.strong_count() > 0);
        let folder = Arc::new(Folder::new(directory, self.root.clone()));
        open.insert(name.to_owned(), Arc::downgrade(&folder));
        Ok(Some(folder))
    }

    /// The INBOX, which always exists.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn inbox(&self) -> io::Result<Arc<Folder>> {
        self.folder("INBOX")?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes a folder, and those above it that do not exist. False when it exists.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be one of that name.
    pub fn create(&self, name: &str) -> io::Result<bool> {
        let name = name.strip_suffix('/').unwrap_or(name);
        let directory = self.directory(name)?;
        let _layout = lock(&self.layout);
        if directory.join("cur").is_dir() {
            return Ok(false);
        }
        for (at, _) in name.match_indices('/') {
            let above = name.get(..at).unwrap_or_default();
            if canonical(above) != "INBOX" {
                make_folder(&self.directory(above)?)?;
            }
        }
        make_folder(&directory)?;
        sync_directory(&self.root)?;
        Ok(true)
    }

    /// Removes a folder and the messages in it, not those below it. False when there is none.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` for the INBOX.
    pub fn delete(&self, name: &str) -> io::Result<bool> {
        if canonical(name) == "INBOX" {
            return Err(invalid("the INBOX stays"));
        }
        let directory = self.directory(name)?;
        let _layout = lock(&self.layout);
        if !directory.join("cur").is_dir() {
            return Ok(false);
        }
        let gone = self.root.join(format!("mailwire-gone-{}", name::unique()));
        fs::rename(&directory, &gone)?;
        sync_directory(&self.root)?;
        if let Some(folder) = lock(&self.open).remove(name).and_then(|folder| folder.upgrade()) {
            folder.abandon();
        }
        fs::remove_dir_all(&gone)?;
        Ok(true)
    }

    /// Renames a folder and those below it; of the INBOX, moves the messages into a new folder
    /// (RFC 3501 section 6.3.5). False when there is none.
    ///
    /// # Errors
    ///
    /// Those of the files; `AlreadyExists`; `InvalidInput` when there cannot be one of that name.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<bool> {
        let to = to.strip_suffix('/').unwrap_or(to);
        if canonical(from) == "INBOX" {
            return self.move_inbox(to);
        }
        if to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
            return Err(invalid("a folder cannot go below itself"));
        }
        if self.directory(to)?.join("cur").is_dir() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let below = format!("{from}/");
        let mut moves = Vec::new();
        for listed in self.list()?.into_iter().filter(|listed| listed.exists) {
            let rest = match listed.name.strip_prefix(&below) {
                Some(_) => listed.name.strip_prefix(from).unwrap_or_default(),
                None if listed.name == from => "",
                None => continue,
            };
            moves.push((listed.name.clone(), format!("{to}{rest}")));
        }
        if moves.is_empty() {
            return Ok(false);
        }
        for (at, _) in to.match_indices('/') {
            self.create(to.get(..at).unwrap_or_default())?;
        }
        let _layout = lock(&self.layout);
        for (from, to) in moves {
            fs::rename(self.directory(&from)?, self.directory(&to)?)?;
            if let Some(folder) = lock(&self.open).remove(&from).and_then(|open| open.upgrade()) {
                folder.abandon();
            }
        }
        sync_directory(&self.root)?;
        Ok(true)
    }

    fn move_inbox(&self, to: &str) -> io::Result<bool> {
        if !self.create(to)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (Some(inbox), Some(target)) = (self.folder("INBOX")?, self.folder(to)?) else {
            return Ok(false);
        };
        let uids: Vec<Uid> = inbox.picture(false)?.entries.iter().map(|entry| entry.uid).collect();
        inbox.transfer(&uids, &target, &mut || {})?;
        Ok(true)
    }

    /// Where the folder of that name lies, or would.
    fn directory(&self, name: &str) -> io::Result<PathBuf> {
        if canonical(name) == "INBOX" {
            return Ok(self.root.clone());
        }
        Ok(self.root.join(names::directory(name).ok_or_else(|| invalid("not a folder name"))?))
    }

    fn layout(&self) -> MutexGuard<'_, ()> {
        lock(&self.layout)
    }

    fn root(&self) -> &Path {
        &self.root
    }
}

/// INBOX has no case (RFC 3501 section 5.1); every other name is as it is.
fn canonical(name: &str) -> &str {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX" } else { name }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Nothing panics while it holds one of these, so what they guard is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_folder(directory: &Path) -> io::Result<()> {
    for inner in ["tmp", "new", "cur"] {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(directory.join(inner))?;
    }
    sync_directory(directory)
}

/// Makes what was renamed in a directory survive a loss of power.
fn sync_directory(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

/// Removes what a program that ended while it wrote has left behind.
fn sweep(tmp: &Path) -> io::Result<()> {
    for file in fs::read_dir(tmp)? {
        let file = file?;
        let age = file.metadata().and_then(|meta| meta.modified()).map(age);
        if age.is_ok_and(|age| age > ABANDONED) {
            // Someone else may have been faster.
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// Holds a file that says that a program is at work: until the value is dropped, or the program
/// ends in any way.
///
/// # Errors
///
/// Those of the file, and when another program has it.
#[expect(clippy::incompatible_msrv, reason = "programs need what their dependencies need")]
pub fn lock_file(path: &Path) -> io::Result<fs::File> {
    let file = fs::File::create(path)?;
    file.try_lock().map_err(|_| io::Error::other("another program is at work there"))?;
    Ok(file)
}

fn age(then: SystemTime) -> Duration {
    now().duration_since(then).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
fn now() -> SystemTime {
    SystemTime::now()
}
