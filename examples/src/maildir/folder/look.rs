//! What lies on disk: read when nobody has yet, and again when another program was there.

use super::{Folder, Loaded, MAX_KEYWORDS, Stored};
use crate::maildir::journal::{Journal, Record};
use crate::maildir::{Content, Entry, Flags, Uid, name, now};
use mailwire_message::maildir::FileName;
use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

/// A directory that was changed so shortly before it was read may have been changed again since
/// without another time.
const COARSE: Duration = Duration::from_secs(1);

/// What was found in the directories, by base name.
#[derive(Default)]
struct Found(Vec<Stray>);

/// A file.
struct Stray {
    base: Box<str>,
    /// What follows the `:2,` behind it.
    info: Option<Box<str>>,
    /// Lies in `new`.
    fresh: bool,
    /// It is one that was known.
    met: bool,
}

impl Found {
    fn get(&mut self, base: &str) -> Option<&mut Stray> {
        let at = self.0.binary_search_by(|stray| (*stray.base).cmp(base)).ok()?;
        self.0.get_mut(at)
    }

    /// Sorts; of two of one name the one that was found last stays.
    fn sort(&mut self) {
        self.0.reverse();
        self.0.sort_by(|a, b| a.base.cmp(&b.base));
        self.0.dedup_by(|later, first| later.base == first.base);
    }
}

impl Loaded {
    /// Notes the marks that other programs have set.
    fn note(&mut self, marked: &[Uid]) -> io::Result<()> {
        for &uid in marked {
            let Some(stored) = self.find(uid) else { continue };
            let marks = stored.marks().to_owned();
            let modseq = self.journal.marked(uid, &marks)?;
            if let Some(stored) = self.find(uid) {
                stored.entry.modseq = modseq;
            }
        }
        Ok(())
    }
}

impl Folder {
    pub(super) fn load(&self) -> io::Result<Loaded> {
        let (journal, known) = Journal::load(&self.directory, &self.root)?;
        let text = match fs::read_to_string(self.directory.join("mailwire-keywords")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let names = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let keywords = names.filter_map(|line| Some(line.split_once(' ')?.1.to_owned()));
        let keywords = keywords.take(MAX_KEYWORDS).collect();
        let mut loaded = Loaded { journal, messages: Vec::new(), keywords, read: None };

        let read = self.times()?;
        let found = self.found()?;
        let mut strange = Found::default();
        loaded.messages.reserve_exact(found.0.len());
        let mut marked = Vec::new();
        for stray in found.0 {
            let Some(record) = known.get(&stray.base) else {
                strange.0.push(stray);
                continue;
            };
            if stray.info.as_deref().unwrap_or_default() != record.marks {
                marked.push(record.uid);
            }
            loaded.messages.extend(self.meet(record, stray)?);
        }
        loaded.messages.sort_unstable_by_key(|stored| stored.entry.uid);
        // What other programs did since.
        let uids: Vec<Uid> = known.uids().collect();
        drop(known);
        let gone: Vec<Uid> = uids.into_iter().filter(|&uid| loaded.find(uid).is_none()).collect();
        loaded.journal.left(&gone)?;
        loaded.note(&marked)?;
        self.admit(&mut loaded, strange)?;
        let live = loaded
            .messages
            .iter()
            .map(|stored| (stored.entry.uid, stored.entry.modseq, stored.marks(), &*stored.base));
        loaded.journal.compact(live)?;
        loaded.read = Some(read);
        Ok(loaded)
    }

    /// Reads the directories if they were changed since they were read, and says whether anything
    /// is different.
    pub(super) fn look(&self, loaded: &mut Loaded) -> io::Result<bool> {
        let times = self.times()?;
        if let Some((new, cur, at)) = loaded.read {
            let settled = |then: SystemTime| at.duration_since(then).is_ok_and(|d| d > COARSE);
            if (new, cur) == (times.0, times.1) && settled(new) && settled(cur) {
                return Ok(false);
            }
        }
        let mut found = self.found()?;
        if loaded.messages.iter().any(|stored| found.get(&stored.base).is_none()) {
            // A file that is renamed while its directory is read may not be seen at all: only
            // what is not found twice is gone.
            found.0.append(&mut self.found()?.0);
            found.sort();
        }
        let mut changed = false;
        let (mut gone, mut marked) = (Vec::new(), Vec::new());
        loaded.messages.retain_mut(|stored| {
            let Some(stray) = found.get(&stored.base) else {
                gone.push(stored.entry.uid);
                return false;
            };
            stray.met = true;
            if stray.info != stored.info || stray.fresh != stored.fresh {
                changed = true;
                let info = std::mem::replace(&mut stored.info, stray.info.take());
                if info.as_deref().unwrap_or_default() != stored.marks() {
                    marked.push(stored.entry.uid);
                }
                stored.entry.flags = Flags::parse(stored.marks()).0;
                stored.fresh = stray.fresh;
            }
            true
        });
        found.0.retain(|stray| !stray.met);
        changed |= !gone.is_empty() || !found.0.is_empty();
        loaded.journal.left(&gone)?;
        loaded.note(&marked)?;
        self.admit(loaded, found)?;
        loaded.read = Some(times);
        Ok(changed)
    }

    /// Gives UIDs to messages that have none, those delivered earlier first.
    fn admit(&self, loaded: &mut Loaded, found: Found) -> io::Result<()> {
        let mut found = found.0;
        found.sort_unstable_by(|a, b| {
            (name::delivered(&a.base), &a.base).cmp(&(name::delivered(&b.base), &b.base))
        });
        let mut fresh = Vec::with_capacity(found.len());
        for stray in found {
            fresh.extend(self.meet(Record { uid: 0, modseq: 0, marks: "" }, stray)?);
        }
        loaded.add(fresh).map(drop)
    }

    /// A file seen for the first time. `None` when it is gone already.
    fn meet(&self, known: Record<'_>, stray: Stray) -> io::Result<Option<Stored>> {
        let Stray { base, info, fresh, .. } = stray;
        let flags = Flags::parse(info.as_deref().unwrap_or_default()).0;
        let size = name::size(&base);
        let Record { uid, modseq, .. } = known;
        let entry = Entry { uid, flags, size: size.unwrap_or_default(), modseq };
        let mut stored = Stored { entry, base, info, fresh };
        if size.is_none() {
            match Content::measure(&self.path(&stored)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                size => stored.entry.size = size?,
            }
        }
        Ok(Some(stored))
    }

    fn found(&self) -> io::Result<Found> {
        let mut found = Found::default();
        for (place, fresh) in [("new", true), ("cur", false)] {
            for file in fs::read_dir(self.directory.join(place))? {
                let name = file?.file_name();
                // No mail program makes such names, and a line of the journal could not hold one.
                let usable = |name: &&str| !name.starts_with('.') && !name.contains('\n');
                let Some(name) = name.to_str().filter(usable) else { continue };
                let name = FileName::parse(name);
                let (base, info) = (name.base().into(), name.marks().map(Into::into));
                found.0.push(Stray { base, info, fresh, met: false });
            }
        }
        found.sort();
        Ok(found)
    }

    fn times(&self) -> io::Result<(SystemTime, SystemTime, SystemTime)> {
        let time = |place| fs::metadata(self.directory.join(place))?.modified();
        let at = now();
        Ok((time("new")?, time("cur")?, at))
    }
}
