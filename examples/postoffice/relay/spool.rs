//! The queue on disk.
//!
//! ```text
//! log        the queue: only appended to, and begun anew when nothing is queued
//! tmp/       messages while they come in
//! ID         a message that is queued, as it is sent
//! ```
//!
//! A message is on disk, and then a line in the log says so, before its sender is told that it was
//! taken; the log says what is to be done before it is done. So the program may end at any moment.

use examples::maildir::Draft;
use mailwire_smtp::queue::{Envelope, MessageId, Policy, Queue};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// From how many octets on a log is begun anew.
const LONG_LOG: u64 = 64 * 1024;

/// A queue and its files.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) queue: Queue,
    directory: PathBuf,
    log: File,
    /// How much of the log is whole lines.
    written: u64,
    /// Lines that are not on disk yet.
    pending: String,
}

impl Spool {
    /// The queue as it was when the program ended.
    pub(super) fn open(directory: &Path, policy: Policy, now: u64) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(directory.join("tmp"))?;
        let path = directory.join("log");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let queue = Queue::replay(policy, &text)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        let whole = text.rfind('\n').map_or(0, |end| end as u64 + 1);
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        log.set_len(whole)?;
        let directory = directory.to_owned();
        let mut this = Self { queue, directory, log, written: whole, pending: String::new() };
        this.sweep()?;
        this.queue.recover(now);
        this.write()?;
        Ok(this)
    }

    /// Removes messages that are in no queue: the program ended before they were.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if id.is_some_and(|id| self.queue.message(MessageId(id)).is_none()) {
                fs::remove_file(entry.path())?;
            }
        }
        for entry in fs::read_dir(self.directory.join("tmp"))? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// A message that comes in.
    pub(super) fn draft(&self) -> io::Result<Draft> {
        Draft::begin(&self.directory)
    }

    /// Where a message lies.
    pub(super) fn path(&self, id: MessageId) -> PathBuf {
        self.directory.join(id.0.to_string())
    }

    /// Takes a finished draft. It is queued, on disk, when this returns.
    pub(super) fn accept(
        &mut self,
        now: u64,
        envelope: Envelope,
        draft: &Draft,
    ) -> io::Result<MessageId> {
        let id = self.queue.accept(now, envelope);
        let kept =
            draft.keep(&self.path(id)).and_then(|()| File::open(&self.directory)?.sync_all());
        let kept = kept.and_then(|()| self.write());
        if let Err(error) = kept {
            self.queue.cancel(id);
            return Err(error);
        }
        Ok(id)
    }

    /// Brings to disk what the log is to say.
    pub(super) fn write(&mut self) -> io::Result<()> {
        self.pending.push_str(&self.queue.take_log());
        if self.pending.is_empty() {
            return Ok(());
        }
        let result =
            self.log.write_all(self.pending.as_bytes()).and_then(|()| self.log.sync_data());
        match result {
            Ok(()) => {
                self.written += self.pending.len() as u64;
                self.pending.clear();
                Ok(())
            }
            Err(error) => {
                // Half a line is none; all is written again.
                self.log.set_len(self.written)?;
                Err(error)
            }
        }
    }

    /// Removes a message that the queue has forgotten, and a long log when it has forgotten all.
    pub(super) fn remove(&mut self, id: MessageId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if self.queue.messages().next().is_none() && self.written > LONG_LOG {
            self.log.set_len(0)?;
            self.written = 0;
            self.queue = Queue::new(self.queue.policy().clone());
        }
        Ok(())
    }
}
