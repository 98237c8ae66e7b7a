//! One folder: its messages, their UIDs and flags, and how they change.

mod append;
mod look;
#[cfg(test)]
mod tests;
mod transfer;

use super::journal::Journal;
use super::{Content, Draft, Flags, SystemFlags, lock, name, sync_directory};
use mailwire_message::maildir::FileName;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;
use tokio::sync::watch;

/// The number of a message that never changes (RFC 3501 section 2.3.1.1).
pub type Uid = u32;

/// The letters `a` to `z` of a file name.
const MAX_KEYWORDS: usize = 26;

/// A message in a folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its number.
    pub uid: Uid,
    /// Its flags.
    pub flags: Flags,
    /// How long it is on the wire, in octets.
    pub size: u64,
    /// Rises with every change of its flags (RFC 7162).
    pub modseq: u64,
}

/// A folder at one moment.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Changes when UIDs of before mean nothing any more.
    pub validity: u32,
    /// The UID that the next message will have.
    pub next: Uid,
    /// The mod-sequence of the last change of anything.
    pub highest: u64,
    /// The messages, by UID.
    pub entries: Vec<Entry>,
    /// The keywords: the n-th is bit n of [`Flags::keywords`].
    pub keywords: Vec<String>,
    /// Those that no session had seen.
    pub recent: Vec<Uid>,
}

/// One folder, as all sessions see it.
#[derive(Debug)]
pub struct Folder {
    directory: PathBuf,
    root: PathBuf,
    state: Mutex<State>,
    /// Counts changes, so that sessions can wait for one.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    loaded: Option<Loaded>,
    /// The folder was removed or renamed.
    gone: bool,
}

#[derive(Debug)]
struct Loaded {
    journal: Journal,
    /// By UID.
    messages: Vec<Stored>,
    keywords: Vec<String>,
    /// The times of `new` and `cur` when they were read, and when that was.
    read: Option<(SystemTime, SystemTime, SystemTime)>,
}

#[derive(Debug)]
struct Stored {
    entry: Entry,
    /// The name of the file without the flags.
    base: Box<str>,
    /// What follows the `:2,` behind it, as it is written there.
    info: Option<Box<str>>,
    /// Lies in `new`.
    fresh: bool,
}

impl Folder {
    pub(super) fn new(directory: PathBuf, root: PathBuf) -> Self {
        let changes = watch::Sender::new(0);
        Self { directory, root, state: Mutex::default(), changes }
    }

    /// The folder as it is, after looking for what other programs did.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn picture(&self, look: bool) -> io::Result<Picture> {
        self.with(|loaded| {
            if look && self.look(loaded)? {
                self.changed();
            }
            Ok(loaded.picture())
        })
    }

    /// The same, and no message is new after that: for a session that shows them to a person.
    ///
    /// # Errors
    ///
    /// Those of [`picture`](Self::picture).
    pub fn picture_claiming_recent(&self, look: bool) -> io::Result<Picture> {
        self.with(|loaded| {
            if look && self.look(loaded)? {
                self.changed();
            }
            let picture = loaded.picture();
            for stored in &mut loaded.messages {
                if stored.fresh {
                    let to = stored.entry.flags;
                    // One that another program removed will be missed at the next look.
                    let _ = self.rename(stored, to);
                }
            }
            Ok(picture)
        })
    }

    /// Looks for what other programs did, and says whether that was anything.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn refresh(&self) -> io::Result<bool> {
        self.with(|loaded| {
            let changed = self.look(loaded)?;
            if changed {
                self.changed();
            }
            Ok(changed)
        })
    }

    /// To wait for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Begins a message, to be given to this or another folder.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn draft(&self) -> io::Result<Draft> {
        Draft::begin(&self.directory)
    }

    /// Takes a finished message as new mail. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn deliver(&self, draft: &Draft) -> io::Result<()> {
        let mut state = lock(&self.state);
        if state.gone {
            return Err(io::ErrorKind::NotFound.into());
        }
        let base = name::for_message(draft.size());
        draft.keep(&self.directory.join("new").join(&base))?;
        sync_directory(&self.directory.join("new"))?;
        // While nobody looks the UID can wait: it goes by the names.
        if let Some(loaded) = &mut state.loaded {
            let entry = Entry { uid: 0, flags: Flags::default(), size: draft.size(), modseq: 0 };
            if loaded
                .add(vec![Stored { entry, base: base.into(), info: None, fresh: true }])
                .is_err()
            {
                // The mail is here all the same, and will get its UID at the next look.
                loaded.read = None;
            }
        }
        drop(state);
        self.changed();
        Ok(())
    }

    /// The bits of these keywords, of which new ones are made. `None` when there is no room for
    /// another.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn keywords(&self, names: &[&str]) -> io::Result<Option<u32>> {
        self.with(|loaded| {
            let mut bits = 0;
            let mut made = String::new();
            let before = loaded.keywords.len();
            for name in names {
                let known =
                    loaded.keywords.iter().position(|known| known.eq_ignore_ascii_case(name));
                let at = known.unwrap_or_else(|| {
                    made.push_str(&format!("{} {name}\n", loaded.keywords.len()));
                    loaded.keywords.push((*name).to_owned());
                    loaded.keywords.len() - 1
                });
                if at >= MAX_KEYWORDS {
                    loaded.keywords.truncate(before);
                    return Ok(None);
                }
                bits |= 1 << at;
            }
            if !made.is_empty() {
                let path = self.directory.join("mailwire-keywords");
                let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
                let written = file.write_all(made.as_bytes()).and_then(|()| file.sync_data());
                if let Err(error) = written {
                    loaded.keywords.truncate(before);
                    return Err(error);
                }
                self.changed();
            }
            Ok(Some(bits))
        })
    }

    /// Gives a message other flags, and says what it is then. `None` when there is no such message.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn mark(&self, uid: Uid, change: impl Fn(&Entry) -> Flags) -> io::Result<Option<Entry>> {
        self.retry(|loaded| {
            let Some(stored) = loaded.find(uid) else { return Ok(None) };
            let to = change(&stored.entry);
            if to == stored.entry.flags {
                return Ok(Some(stored.entry));
            }
            self.rename(stored, to)?;
            let marks = stored.marks().to_owned();
            let modseq = loaded.journal.marked(uid, &marks)?;
            self.changed();
            Ok(loaded.find(uid).map(|stored| {
                stored.entry.modseq = modseq;
                stored.entry
            }))
        })
    }

    /// Opens a message, and says when it arrived. `None` when there is no such message.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn open(&self, uid: Uid) -> io::Result<Option<(Content, SystemTime)>> {
        self.retry(|loaded| {
            let Some(stored) = loaded.find(uid) else { return Ok(None) };
            let file = File::open(self.path(stored))?;
            let date = file.metadata()?.modified()?;
            let verbatim = name::size(&stored.base).is_some();
            Ok(Some((Content::new(file, verbatim, stored.entry.size), date)))
        })
    }

    /// What is the same of a message and its copies, and when it came into this folder, in seconds
    /// since 1970. `None` when there is no such message.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn identity(&self, uid: Uid) -> io::Result<Option<(String, u64)>> {
        self.with(|loaded| {
            let identity =
                |base: &str| (FileName::parse(base).identity().to_owned(), name::delivered(base));
            Ok(loaded.find(uid).map(|stored| identity(&stored.base)))
        })
    }

    /// What is gone since a mod-sequence, as UIDs; `None` when that is not known any more.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn gone_since(&self, modseq: u64) -> io::Result<Option<Vec<Uid>>> {
        self.with(|loaded| Ok(loaded.journal.gone_since(modseq).map(Iterator::collect)))
    }

    /// Removes messages for good.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn remove(&self, uids: &[Uid]) -> io::Result<()> {
        let uids: BTreeSet<Uid> = uids.iter().copied().collect();
        self.with(|loaded| {
            let (mut result, mut gone) = (Ok(()), Vec::new());
            loaded.messages.retain(|stored| {
                if result.is_err() || !uids.contains(&stored.entry.uid) {
                    return true;
                }
                match fs::remove_file(self.path(stored)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        result = Err(error);
                        true
                    }
                    _ => {
                        gone.push(stored.entry.uid);
                        false
                    }
                }
            });
            self.changed();
            loaded.journal.left(&gone).and(result)
        })
    }

    /// Removes those of `uids` that are marked `\Deleted`.
    ///
    /// # Errors
    ///
    /// Those of [`remove`](Self::remove).
    pub fn expunge(&self, among: impl Fn(Uid) -> bool) -> io::Result<()> {
        let deleted = self.with(|loaded| {
            let marked = loaded.messages.iter().map(|stored| stored.entry).filter(|entry| {
                entry.flags.system.contains(SystemFlags::DELETED) && among(entry.uid)
            });
            Ok(marked.map(|entry| entry.uid).collect::<Vec<_>>())
        })?;
        if deleted.is_empty() { Ok(()) } else { self.remove(&deleted) }
    }

    /// Says that the folder is not here any more.
    pub(super) fn abandon(&self) {
        lock(&self.state).gone = true;
        self.changed();
    }

    /// Works on the messages, reading them from disk when nobody has yet.
    fn with<T>(&self, work: impl FnOnce(&mut Loaded) -> io::Result<T>) -> io::Result<T> {
        let mut state = lock(&self.state);
        if state.gone {
            return Err(io::ErrorKind::NotFound.into());
        }
        let loaded = match state.loaded.take() {
            Some(loaded) => loaded,
            None => self.load()?,
        };
        work(state.loaded.insert(loaded))
    }

    /// The same; once more after another look when a file is not where it was, because another
    /// program has renamed it.
    fn retry<T>(&self, work: impl Fn(&mut Loaded) -> io::Result<T>) -> io::Result<T> {
        self.with(|loaded| match work(loaded) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                loaded.read = None;
                self.look(loaded)?;
                self.changed();
                work(loaded)
            }
            result => result,
        })
    }

    /// Gives a file the name that says `flags`, in `cur`.
    fn rename(&self, stored: &mut Stored, flags: Flags) -> io::Result<()> {
        let (_, others) = Flags::parse(stored.marks());
        let from = self.path(stored);
        let before = (stored.info.replace(flags.marks(&others).into()), stored.fresh);
        stored.fresh = false;
        let renamed = fs::rename(from, self.path(stored));
        match renamed {
            Ok(()) => stored.entry.flags = flags,
            Err(_) => (stored.info, stored.fresh) = before,
        }
        renamed
    }

    fn path(&self, stored: &Stored) -> PathBuf {
        self.directory.join(stored.path())
    }

    fn changed(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }
}

impl Loaded {
    /// Takes messages that are on disk, gives them UIDs in order, and returns the first.
    fn add(&mut self, mut fresh: Vec<Stored>) -> io::Result<Uid> {
        let named = fresh.iter().map(|stored| (&*stored.base, stored.marks()));
        let (first, modseq) = self.journal.came(named)?;
        for (stored, uid) in fresh.iter_mut().zip(first..) {
            (stored.entry.uid, stored.entry.modseq) = (uid, modseq);
        }
        self.messages.append(&mut fresh);
        Ok(first)
    }

    fn find(&mut self, uid: Uid) -> Option<&mut Stored> {
        let at = self.messages.binary_search_by_key(&uid, |stored| stored.entry.uid).ok()?;
        self.messages.get_mut(at)
    }

    fn picture(&self) -> Picture {
        let recent = self.messages.iter().filter(|stored| stored.fresh);
        Picture {
            validity: self.journal.validity,
            next: self.journal.next,
            highest: self.journal.highest,
            entries: self.messages.iter().map(|stored| stored.entry).collect(),
            keywords: self.keywords.clone(),
            recent: recent.map(|stored| stored.entry.uid).collect(),
        }
    }
}

impl Stored {
    /// The letters behind the `:2,`.
    fn marks(&self) -> &str {
        self.info.as_deref().unwrap_or_default()
    }

    fn path(&self) -> String {
        let place = if self.fresh { "new" } else { "cur" };
        match &self.info {
            Some(info) => format!("{place}/{}:2,{info}", self.base),
            None => format!("{place}/{}", self.base),
        }
    }
}
