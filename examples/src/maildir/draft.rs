//! A message while it is being written.

use super::name;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much is collected before it is written.
const BUFFER: usize = 64 * 1024;

/// A message while it is being written, in `tmp`. It is in no folder yet; dropped, it is gone.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    size: u64,
    synced: bool,
}

impl Draft {
    /// Begins a message in `tmp` of the folder at `directory`. It can be delivered to any folder of
    /// the same file system.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn begin(directory: &Path) -> io::Result<Self> {
        let path = directory.join("tmp").join(name::unique());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file, buffer: Vec::new(), size: 0, synced: false })
    }

    /// Appends a piece.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.size += piece.len() as u64;
        if self.buffer.len() + piece.len() > BUFFER {
            self.file.write_all(&self.buffer)?;
            self.buffer.clear();
            if piece.len() > BUFFER {
                return self.file.write_all(piece);
            }
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    /// Ends the message: it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn finish(&mut self, date: Option<SystemTime>) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.buffer = Vec::new();
        if let Some(date) = date {
            self.file.set_modified(date)?;
        }
        self.file.sync_all()?;
        self.synced = true;
        Ok(())
    }

    /// How long it is so far, in octets.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Gives it another name, under which it stays. May be done again for another folder.
    ///
    /// # Errors
    ///
    /// Those of the files; when it was not finished.
    pub fn keep(&self, to: &Path) -> io::Result<()> {
        if !self.synced {
            return Err(io::Error::other("the message was not finished"));
        }
        duplicate(&self.path, to)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What stays behind is swept up at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes `to` the same as `from`, appearing whole.
pub(super) fn duplicate(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            // A file system without links.
            let folder = to.parent().and_then(Path::parent).ok_or(error)?;
            let temporary = folder.join("tmp").join(name::unique());
            fs::copy(from, &temporary)?;
            let file = OpenOptions::new().write(true).open(&temporary)?;
            file.set_modified(fs::metadata(from)?.modified()?)?;
            file.sync_all()?;
            fs::rename(&temporary, to)
        }
        result => result,
    }
}
