//! What lies on disk: read when nobody has yet, and again when another program was there.

use super::{Folder, Loaded, MAX_KEYWORDS, Stored};
use crate::maildir::uids::Uids;
use crate::maildir::{Content, Entry, Flags, Uid, name, now};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

/// A directory that was changed so shortly before it was read may have been changed again since
/// without another time.
const COARSE: Duration = Duration::from_secs(1);
/// What was found in a directory: by base name, whether in `new`, and what follows the `:2,`.
#[derive(Default)]
struct Found(HashMap<String, (bool, Option<Box<str>>)>);

impl Folder {
    pub(super) fn load(&self) -> io::Result<Loaded> {
        let (uids, mut known) = Uids::load(&self.directory, &self.root)?;
        let text = match fs::read_to_string(self.directory.join("mailwire-keywords")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let names = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let keywords = names.filter_map(|line| Some(line.split_once(' ')?.1.to_owned()));
        let keywords = keywords.take(MAX_KEYWORDS).collect();
        let mut loaded = Loaded { uids, messages: Vec::new(), keywords, read: None };

        let read = self.times()?;
        let found = self.found()?;
        let (old, fresh) = found.0.into_iter().partition(|(base, _)| known.contains_key(base));
        for (base, (fresh, info)) in HashMap::<_, _>::into_iter(old) {
            let uid = known.remove(&base).unwrap_or_default();
            loaded.messages.extend(self.meet(uid, base, fresh, info)?);
        }
        loaded.messages.sort_unstable_by_key(|stored| stored.entry.uid);
        self.admit(&mut loaded, Found(fresh))?;
        let live = loaded.messages.iter().map(|stored| (stored.entry.uid, &*stored.base));
        loaded.uids.compact(live)?;
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
        let missing = |found: &Found, stored: &Stored| !found.0.contains_key(&*stored.base);
        if loaded.messages.iter().any(|stored| missing(&found, stored)) {
            // A file that is renamed while its directory is read may not be seen at all: only
            // what is not found twice is gone.
            found.0.extend(self.found()?.0);
        }
        let before = loaded.messages.len();
        loaded.messages.retain(|stored| !missing(&found, stored));
        let mut changed = loaded.messages.len() != before;
        for stored in &mut loaded.messages {
            let Some((fresh, info)) = found.0.remove(&*stored.base) else { continue };
            if info != stored.info || fresh != stored.fresh {
                changed = true;
                stored.entry.flags = Flags::parse(info.as_deref().unwrap_or_default()).0;
                (stored.info, stored.fresh) = (info, fresh);
            }
        }
        changed |= !found.0.is_empty();
        self.admit(loaded, found)?;
        loaded.read = Some(times);
        Ok(changed)
    }

    /// Gives UIDs to messages that have none, those delivered earlier first.
    fn admit(&self, loaded: &mut Loaded, found: Found) -> io::Result<()> {
        let mut found: Vec<_> = found.0.into_iter().collect();
        found.sort_unstable_by(|(a, _), (b, _)| {
            (name::delivered(a), a).cmp(&(name::delivered(b), b))
        });
        let mut fresh = Vec::new();
        for (base, (new, info)) in found {
            fresh.extend(self.meet(0, base, new, info)?);
        }
        loaded.add(fresh).map(drop)
    }

    /// A file seen for the first time. `None` when it is gone already.
    fn meet(
        &self,
        uid: Uid,
        base: String,
        fresh: bool,
        info: Option<Box<str>>,
    ) -> io::Result<Option<Stored>> {
        let flags = Flags::parse(info.as_deref().unwrap_or_default()).0;
        let size = name::size(&base);
        let entry = Entry { uid, flags, size: size.unwrap_or_default() };
        let mut stored = Stored { entry, base: base.into(), info, fresh };
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
                let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                    continue;
                };
                let (base, info) = match name.split_once(":2,") {
                    Some((base, info)) => (base, Some(info.into())),
                    None => (name, None),
                };
                found.0.insert(base.to_owned(), (fresh, info));
            }
        }
        Ok(found)
    }

    fn times(&self) -> io::Result<(SystemTime, SystemTime, SystemTime)> {
        let time = |place| fs::metadata(self.directory.join(place))?.modified();
        let at = now();
        Ok((time("new")?, time("cur")?, at))
    }
}
