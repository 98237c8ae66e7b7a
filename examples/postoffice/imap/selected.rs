//! The selected mailbox: the folder on disk joined to the view that the client has of it.

use examples::maildir::{Entry, Folder, Picture, Uid};
use mailwire_imap::types::NumberSet;
use mailwire_imap::view::{Update, View};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio::sync::watch;

/// The selected mailbox.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) folder: Arc<Folder>,
    /// EXAMINE: nothing may be changed.
    pub(crate) read_only: bool,
    pub(crate) validity: u32,
    /// The UID that the next message will have, when the folder was selected.
    pub(crate) next: Uid,
    /// The mod-sequence of the last change that is known here.
    pub(crate) highest: u64,
    /// What `$` stands for (RFC 5182), rising.
    pub(crate) saved: Vec<Uid>,
    /// What the client knows.
    view: View,
    /// What the folder held when it was last looked at, by UID.
    entries: Vec<Entry>,
    recent: BTreeSet<Uid>,
    /// By bit number.
    pub(crate) keywords: Vec<String>,
    /// Becomes ready when the folder is changed by anyone.
    pub(crate) changes: watch::Receiver<u64>,
}

/// What the client is to be told.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct News {
    /// There are keywords that the client has not heard of.
    pub(crate) keywords: bool,
    pub(crate) updates: Vec<Update>,
    /// Another number of messages is recent.
    pub(crate) recent: bool,
}

impl Selected {
    /// Selects a folder.
    pub(crate) fn new(folder: Arc<Folder>, read_only: bool) -> io::Result<Self> {
        let changes = folder.watch();
        let picture = look(&folder, read_only, true)?;
        Ok(Self {
            folder,
            read_only,
            validity: picture.validity,
            next: picture.next,
            highest: picture.highest,
            saved: Vec::new(),
            view: View::new(picture.entries.iter().map(|entry| entry.uid)),
            entries: picture.entries,
            recent: picture.recent.into_iter().collect(),
            keywords: picture.keywords,
            changes,
        })
    }

    /// Looks at the folder again, with `force` also for what other programs did, and says what the
    /// client is to be told now; of what is gone only if it may be.
    pub(crate) fn update(&mut self, may_expunge: bool, force: bool) -> io::Result<News> {
        let mut news = News::default();
        if force || self.changes.has_changed().unwrap_or(true) {
            self.changes.mark_unchanged();
            let picture = look(&self.folder, self.read_only, force)?;
            self.compare(&picture);
            news.keywords = picture.keywords.len() != self.keywords.len();
            let recent = self.recent.len();
            self.recent.extend(picture.recent);
            news.recent = self.recent.len() != recent;
            (self.entries, self.keywords) = (picture.entries, picture.keywords);
            self.highest = picture.highest;
        }
        if self.view.has_news() {
            news.updates = self.view.tell(may_expunge);
        }
        Ok(news)
    }

    /// Both are sorted by UID, so one walk finds what came, went and changed.
    fn compare(&mut self, picture: &Picture) {
        let mut now = picture.entries.iter().peekable();
        for before in &self.entries {
            while let Some(entry) = now.next_if(|entry| entry.uid < before.uid) {
                self.view.added(entry.uid);
            }
            match now.next_if(|entry| entry.uid == before.uid) {
                Some(entry) if entry.modseq != before.modseq => self.view.changed(entry.uid),
                Some(_) => {}
                None => {
                    self.view.removed(before.uid);
                    self.recent.remove(&before.uid);
                }
            }
        }
        now.for_each(|entry| self.view.added(entry.uid));
    }

    /// How many messages the client knows of.
    pub(crate) fn count(&self) -> u32 {
        self.view.len()
    }

    /// How many of them are recent.
    pub(crate) fn recent(&self) -> u32 {
        u32::try_from(self.recent.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn is_recent(&self, uid: Uid) -> bool {
        self.recent.contains(&uid)
    }

    /// The largest UID that the client knows of; 0 when there is none.
    pub(crate) fn last_uid(&self) -> Uid {
        self.view.last_uid()
    }

    /// A message, if it is still there.
    pub(crate) fn get(&self, uid: Uid) -> Option<&Entry> {
        let at = self.entries.binary_search_by_key(&uid, |entry| entry.uid).ok()?;
        self.entries.get(at)
    }

    /// All messages that the client knows of and that are still there, with their sequence
    /// numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Entry)> {
        self.entries.iter().filter_map(|entry| Some((self.view.seq(entry.uid)?, entry)))
    }

    /// The UID of a message that the client knows of.
    pub(crate) fn uid(&self, seq: u32) -> Option<Uid> {
        self.view.uid(seq)
    }

    /// What went away since, as far as a client may know of it: `None` for all of it.
    pub(crate) fn vanished(&self, since: u64, known: Option<&NumberSet>) -> io::Result<NumberSet> {
        let is_known = |uid: Uid| known.is_none_or(|known| known.contains(uid, self.next));
        let gone = match self.folder.gone_since(since)? {
            Some(mut gone) => {
                gone.sort_unstable();
                gone.dedup();
                NumberSet::of(gone.into_iter().filter(|&uid| is_known(uid)))
            }
            // What was removed long ago is not remembered: all that is not there is gone.
            None => {
                let missing = |uid: &Uid| is_known(*uid) && self.get(*uid).is_none();
                NumberSet::of((1..self.next).filter(missing))
            }
        };
        Ok(gone)
    }

    /// Notes flags that the client is told of, or has set without wanting to be told.
    pub(crate) fn note(&mut self, now: Entry) {
        let at = self.entries.binary_search_by_key(&now.uid, |entry| entry.uid);
        if let Some(entry) = at.ok().and_then(|at| self.entries.get_mut(at)) {
            *entry = now;
        }
    }

    /// The sequence numbers and UIDs of a set, each once, in order. `None` when it names a
    /// sequence number that there is not; UIDs that there are not are passed over.
    pub(crate) fn chosen(&self, set: &NumberSet, uid: bool) -> Option<Vec<(u32, Uid)>> {
        if set.is_saved() {
            let known = |&uid: &Uid| Some((self.view.seq(uid)?, uid));
            return Some(self.saved.iter().filter_map(known).collect());
        }
        if uid { Some(self.view.by_uid(set)) } else { self.view.by_seq(set) }
    }
}

fn look(folder: &Folder, read_only: bool, force: bool) -> io::Result<Picture> {
    if read_only { folder.picture(force) } else { folder.picture_claiming_recent(force) }
}
