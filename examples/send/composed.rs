//! A message whose files are read while it is sent.

use mailwire_message::build::Writer;
use std::fs::File;
use std::io::{self, Read};

/// How much of a file is read at once.
const PIECE: usize = 32 * 1024;

/// The octets of a message, to be read once. Of its files a piece is held.
#[derive(Debug)]
pub(crate) struct Composed {
    writer: Writer,
    files: Vec<File>,
    piece: Vec<u8>,
    /// What is written, and how much of it was read.
    out: Vec<u8>,
    read: usize,
}

impl Composed {
    /// The message that `writer` writes with these files, in their order.
    pub(crate) fn new(writer: Writer, files: Vec<File>) -> Self {
        Self { writer, files, piece: vec![0; PIECE], out: Vec::new(), read: 0 }
    }

    /// How many octets it has; unknown when that of a file is.
    pub(crate) fn size(&self) -> Option<u64> {
        self.writer.size()
    }

    /// Writes what comes next.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(number) = self.writer.write_to(&mut self.out) else { return Ok(()) };
        let file = self.files.get_mut(number).ok_or(io::ErrorKind::NotFound)?;
        let n = file.read(&mut self.piece)?;
        let changed = |_| io::Error::other("a file changed its length while it was read");
        match self.piece.get(..n).unwrap_or_default() {
            [] => self.writer.end(&mut self.out),
            piece => self.writer.put(piece, &mut self.out),
        }
        .map_err(changed)
    }
}

impl Read for Composed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // A few octets make no line of base64: then nothing is written, and more is read.
        while self.read == self.out.len() {
            if self.writer.is_done() {
                return Ok(0);
            }
            self.out.clear();
            self.read = 0;
            self.go_on()?;
        }
        let n = self.out.get(self.read..).unwrap_or_default().read(buf)?;
        self.read += n;
        Ok(n)
    }
}
