//! Messages that come into a folder, with their flags and UIDs.

use super::{Entry, Folder, Loaded, Stored, Uid};
use crate::maildir::batch::{Batch, Goes};
use crate::maildir::{Draft, Flags, name, sync_directory};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

impl Folder {
    /// Takes a finished message with flags, and says its UID and the UIDVALIDITY.
    ///
    /// # Errors
    ///
    /// Those of the files; `NotFound` when the folder was removed.
    pub fn append(&self, draft: &Draft, flags: Flags) -> io::Result<(u32, Uid)> {
        let (validity, uids) = self.append_all(&[(draft, flags)])?;
        Ok((validity, uids.start))
    }

    /// The same with several, all or none, also when the program ends in the middle.
    ///
    /// # Errors
    ///
    /// Those of [`append`](Self::append).
    pub fn append_all(&self, drafts: &[(&Draft, Flags)]) -> io::Result<(u32, Range<Uid>)> {
        let (validity, uids, _) = self.take(drafts, None)?;
        Ok((validity, uids))
    }

    /// The same with one that comes in the place of another, which may be in another folder: the
    /// other goes if and only if this one comes, also when the program ends in the middle.
    ///
    /// # Errors
    ///
    /// Those of [`append`](Self::append) and [`remove`](Self::remove).
    pub fn replace(
        &self,
        draft: &Draft,
        flags: Flags,
        (from, replaced): (&Self, Uid),
    ) -> io::Result<(u32, Uid)> {
        let goes = from.with(|loaded| {
            let directory = from.directory.strip_prefix(&from.root).unwrap_or(&from.directory);
            let directory = directory.to_str().unwrap_or_default().to_owned();
            let base = loaded.find(replaced).map(|stored| stored.base.to_string());
            Ok(base.map(|base| Goes { directory, base }))
        })?;
        let (validity, uids, batch) = self.take(&[(draft, flags)], goes.as_ref())?;
        if let Err(error) = from.remove(&[replaced]) {
            self.remove(&[uids.start])?;
            return Err(error);
        }
        drop(batch);
        Ok((validity, uids.start))
    }

    fn take(
        &self,
        drafts: &[(&Draft, Flags)],
        goes: Option<&Goes>,
    ) -> io::Result<(u32, Range<Uid>, Option<Batch>)> {
        self.with(|loaded| {
            let come = drafts.iter().map(|(draft, flags)| {
                let base = name::for_message(draft.size());
                let entry = Entry { uid: 0, flags: *flags, size: draft.size(), modseq: 0 };
                let info = (*flags != Flags::default()).then(|| flags.marks("").into());
                // It is recent, whatever its flags are (RFC 3501 section 6.3.11).
                Stored { entry, base: base.into(), info, fresh: true }
            });
            let mut drafts = drafts.iter();
            let keep = |path: &Path| drafts.next().map_or(Ok(()), |(draft, _)| draft.keep(path));
            let (first, batch) = self.receive(loaded, come.collect(), goes, keep)?;
            Ok((loaded.journal.validity, first..loaded.journal.next, batch))
        })
    }

    /// Gives files to messages by `keep`, in order, and UIDs, of which the first is returned: to
    /// all or none. The batch is to be dropped when what goes is gone.
    pub(super) fn receive(
        &self,
        loaded: &mut Loaded,
        come: Vec<Stored>,
        goes: Option<&Goes>,
        mut keep: impl FnMut(&Path) -> io::Result<()>,
    ) -> io::Result<(Uid, Option<Batch>)> {
        // A single file is there or not.
        let batch = if come.len() > 1 || goes.is_some() {
            let bases = come.iter().map(|stored| &*stored.base);
            Some(Batch::begin(&self.directory, loaded.journal.next, bases, goes)?)
        } else {
            None
        };
        let paths: Vec<PathBuf> = come.iter().map(|stored| self.path(stored)).collect();
        let kept = paths.iter().try_for_each(|path| keep(path));
        let synced = kept.and_then(|()| sync_directory(&self.directory.join("new")));
        let first = synced.and_then(|()| loaded.add(come)).inspect_err(|_| {
            for path in &paths {
                // What cannot be removed stays, better than less.
                let _ = fs::remove_file(path);
            }
        })?;
        self.changed();
        Ok((first, batch))
    }
}
