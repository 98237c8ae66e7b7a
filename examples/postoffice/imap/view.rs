//! The selected mailbox as this session's client knows it: sequence numbers, and what it has not
//! been told yet.

use examples::maildir::{Entry, Flags, Folder, Picture, Uid};
use mailwire_imap::types::NumberSet;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio::sync::watch;

/// The selected mailbox.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) folder: Arc<Folder>,
    /// EXAMINE: nothing may be changed.
    pub(crate) read_only: bool,
    pub(crate) validity: u32,
    /// By sequence number, and so by UID.
    messages: Vec<Entry>,
    recent: BTreeSet<Uid>,
    /// By bit number.
    pub(crate) keywords: Vec<String>,
    /// Becomes ready when the folder is changed by anyone.
    pub(crate) changes: watch::Receiver<u64>,
}

/// What the client is to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum News {
    /// The message of this sequence number is gone, and those behind it have moved up.
    Expunge(u32),
    /// There are so many messages.
    Exists(u32),
    /// So many of them are recent.
    Recent(u32),
    /// There are keywords that the client has not heard of.
    Keywords,
    /// The flags of the message of this sequence number are others.
    Flags(u32),
}

impl View {
    /// Selects a folder.
    pub(crate) fn new(folder: Arc<Folder>, read_only: bool) -> io::Result<Self> {
        let changes = folder.watch();
        let picture = look(&folder, read_only, true)?;
        Ok(Self {
            folder,
            read_only,
            validity: picture.validity,
            messages: picture.entries,
            recent: picture.recent.into_iter().collect(),
            keywords: picture.keywords,
            changes,
        })
    }

    /// Looks at the folder again. Messages that are gone stay in the view unless the client may be
    /// told so now (RFC 3501 section 7.4.1). `force`: look for what other programs did.
    pub(crate) fn update(&mut self, may_expunge: bool, force: bool) -> io::Result<Vec<News>> {
        if !force && !self.changes.has_changed().unwrap_or(true) {
            return Ok(Vec::new());
        }
        self.changes.mark_unchanged();
        let picture = look(&self.folder, self.read_only, force)?;
        let mut news = Vec::new();
        if picture.keywords.len() != self.keywords.len() {
            self.keywords = picture.keywords;
            news.push(News::Keywords);
        }
        let known = self.messages.last().map_or(0, |entry| entry.uid);
        let recent = self.recent.len();
        self.recent.extend(picture.recent.iter().filter(|&&uid| uid > known));

        // Both are sorted by UID, so one walk finds what is gone and what is different.
        let mut now = picture.entries.into_iter().peekable();
        let mut kept: Vec<Entry> = Vec::with_capacity(self.messages.len());
        let mut changed = Vec::new();
        for before in std::mem::take(&mut self.messages) {
            while now.next_if(|entry| entry.uid < before.uid).is_some() {}
            let seq = number(kept.len() + 1);
            match now.next_if(|entry| entry.uid == before.uid) {
                Some(entry) => {
                    if entry.flags != before.flags {
                        changed.push(News::Flags(seq));
                    }
                    kept.push(entry);
                }
                None if may_expunge => {
                    news.push(News::Expunge(seq));
                    self.recent.remove(&before.uid);
                }
                None => kept.push(before),
            }
        }
        let before = kept.len();
        kept.extend(now.filter(|entry| entry.uid > known));
        self.messages = kept;
        if self.messages.len() != before {
            news.push(News::Exists(self.count()));
        }
        if self.recent.len() != recent {
            news.push(News::Recent(self.recent()));
        }
        news.append(&mut changed);
        Ok(news)
    }

    /// How many messages the client knows of.
    pub(crate) fn count(&self) -> u32 {
        number(self.messages.len())
    }

    /// How many of them are recent.
    pub(crate) fn recent(&self) -> u32 {
        number(self.recent.len())
    }

    pub(crate) fn is_recent(&self, uid: Uid) -> bool {
        self.recent.contains(&uid)
    }

    /// The message of a sequence number.
    pub(crate) fn get(&self, seq: u32) -> Option<&Entry> {
        self.messages.get(usize::try_from(seq).ok()?.checked_sub(1)?)
    }

    /// All messages with their sequence numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (u32, &Entry)> {
        self.messages.iter().enumerate().map(|(at, entry)| (number(at + 1), entry))
    }

    /// The largest UID; 0 when there is none.
    pub(crate) fn last_uid(&self) -> Uid {
        self.messages.last().map_or(0, |entry| entry.uid)
    }

    /// Notes flags that the client is told of, or has set without wanting to be told.
    pub(crate) fn note(&mut self, uid: Uid, flags: Flags) {
        if let Ok(at) = self.messages.binary_search_by_key(&uid, |entry| entry.uid) {
            if let Some(entry) = self.messages.get_mut(at) {
                entry.flags = flags;
            }
        }
    }

    /// The messages of a set, each once, in order. `None` when it names a sequence number that
    /// there is not; UIDs that there are not are passed over (RFC 3501 section 6.4.8).
    pub(crate) fn chosen(&self, set: &NumberSet, uid: bool) -> Option<Vec<(u32, Entry)>> {
        let last = if uid { self.last_uid() } else { self.count() };
        let mut ranges: Vec<(u32, u32)> = set.resolved(last).collect();
        if !uid && ranges.iter().any(|&(low, high)| low == 0 || high > last) {
            return None;
        }
        ranges.sort_unstable();
        let mut ranges = ranges.into_iter().peekable();
        let mut chosen = Vec::new();
        for (seq, entry) in self.iter() {
            let at = if uid { entry.uid } else { seq };
            // Every range is passed once.
            while ranges.next_if(|&(_, high)| high < at).is_some() {}
            if ranges.peek().is_some_and(|&(low, _)| low <= at) {
                chosen.push((seq, *entry));
            }
        }
        Some(chosen)
    }
}

fn look(folder: &Folder, read_only: bool, force: bool) -> io::Result<Picture> {
    if read_only { folder.picture(force) } else { folder.picture_claiming_recent(force) }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
