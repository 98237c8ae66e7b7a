//! A message while it is being read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// A message on disk, read in pieces as it goes on the wire: with CRLF line ends, also when
/// another program wrote it with LF.
#[derive(Debug)]
pub struct Content {
    file: File,
    /// Whether the file is already as it goes on the wire.
    verbatim: bool,
    /// The last octet that was read was CR.
    after_cr: bool,
    /// An LF of which the CR was given already.
    pending: bool,
    size: u64,
}

impl Content {
    pub(super) fn new(file: File, verbatim: bool, size: u64) -> Self {
        Self { file, verbatim, after_cr: false, pending: false, size }
    }

    /// How long the message is on the wire, in octets.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Goes to the octet at `offset`.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        if self.verbatim {
            return self.file.seek(SeekFrom::Start(offset)).map(drop);
        }
        self.file.rewind()?;
        (self.after_cr, self.pending) = (false, false);
        let mut skipped = io::sink();
        io::copy(&mut self.take(offset), &mut skipped).map(drop)
    }

    /// All of it from the beginning.
    ///
    /// # Errors
    ///
    /// Those of the file, and when it is longer than `limit` octets.
    pub fn whole(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        if self.size > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.seek(0)?;
        let mut all = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        let size = self.size;
        self.take(size).read_to_end(&mut all)?;
        Ok(all)
    }

    /// Reads the file at `path` once to find how long it is on the wire.
    pub(super) fn measure(path: &Path) -> io::Result<u64> {
        let mut content = Self::new(File::open(path)?, false, 0);
        io::copy(&mut content, &mut io::sink())
    }
}

impl Read for Content {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.verbatim {
            return self.file.read(buf);
        }
        // A line end may take one octet more than it did in the file; so at most half is read.
        let [first, rest @ ..] = buf else { return Ok(0) };
        if std::mem::take(&mut self.pending) {
            *first = b'\n';
            return Ok(1);
        }
        let mut raw = [0; 4096];
        let want = (rest.len() / 2).clamp(1, raw.len());
        let n = self.file.read(raw.get_mut(..want).unwrap_or_default())?;
        let mut used = 0;
        let mut put = |b: u8| match buf.get_mut(used) {
            Some(place) => {
                *place = b;
                used += 1;
                true
            }
            None => false,
        };
        for &b in raw.get(..n).unwrap_or_default() {
            if b == b'\n' && !self.after_cr {
                put(b'\r');
            }
            // Only the last octet can find no room: when there was room for one and it was an LF.
            self.pending = !put(b);
            self.after_cr = b == b'\r';
        }
        Ok(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_crlf_however_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m");
        let raw = b"a\nb\r\n\n\nc\r\rd\n".repeat(1500);
        std::fs::write(&path, &raw).unwrap();
        let want = b"a\r\nb\r\n\r\n\r\nc\r\rd\r\n".repeat(1500);
        let size = Content::measure(&path).unwrap();
        assert_eq!(size, want.len() as u64);

        for step in [1, 2, 3, 5, 4096, 100_000] {
            let mut content = Content::new(File::open(&path).unwrap(), false, size);
            let mut got = Vec::new();
            let mut piece = vec![0; step];
            while let Ok(n @ 1..) = content.read(&mut piece) {
                got.extend_from_slice(&piece[..n]);
            }
            assert!(got == want, "in pieces of {step}");
        }
        let mut content = Content::new(File::open(&path).unwrap(), false, size);
        content.seek(2).unwrap();
        let mut rest = Vec::new();
        content.read_to_end(&mut rest).unwrap();
        assert!(rest == want[2..]);
        assert!(content.whole(size).unwrap() == want && content.whole(size - 1).is_err());
    }
}
