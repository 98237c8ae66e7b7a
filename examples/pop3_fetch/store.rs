//! Where the mail goes: a Maildir, or an mbox file.

use crate::ledger::sync_folder;
use examples::maildir::{Draft, Folder, Maildir};
use mailwire_message::build::Date;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One place for mail, and the message that is being written to it.
pub(crate) enum Store {
    Maildir { folder: Arc<Folder>, draft: Option<Draft> },
    Mbox(Mbox),
}

impl Store {
    /// A Maildir, made if there is none.
    pub(crate) fn maildir(path: &Path) -> io::Result<Self> {
        Ok(Self::Maildir { folder: Maildir::open(path)?.inbox()?, draft: None })
    }

    /// An mbox file, made if there is none.
    pub(crate) fn mbox(path: &Path) -> io::Result<Self> {
        Mbox::open(path).map(Self::Mbox)
    }

    /// A message begins, `now` in seconds since 1970; one that was begun before and not finished is
    /// gone.
    pub(crate) fn begin(&mut self, now: u64) -> io::Result<()> {
        match self {
            Self::Maildir { folder, draft } => *draft = Some(folder.draft()?),
            Self::Mbox(mbox) => mbox.begin(now)?,
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Maildir { draft: Some(draft), .. } => draft.write(piece),
            Self::Maildir { draft: None, .. } => Err(io::Error::other("no message was begun")),
            Self::Mbox(mbox) => mbox.write(piece),
        }
    }

    /// The message is whole: it is on disk when this returns.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Maildir { folder, draft } => {
                let mut draft = draft.take().ok_or_else(|| io::Error::other("no message"))?;
                draft.finish(None)?;
                folder.deliver(&draft)
            }
            Self::Mbox(mbox) => mbox.finish(),
        }
    }
}

/// An mbox file in the dialect mboxrd: line ends are LF, and a line that begins with `From `,
/// `>From `, … gets one more `>`.
///
/// A message is written to a file beside it first, and appended when it is whole. Nothing that is
/// in the mbox is ever changed: if the program ends while it appends, half a message stays, and the
/// next run appends all of it behind that.
pub(crate) struct Mbox {
    file: File,
    part: BufWriter<File>,
    part_path: PathBuf,
    line: Vec<u8>,
    /// The beginning of the line was written.
    in_line: bool,
}

/// A line is looked at this far to see whether it is quoted `From `; more `>` than that are not.
const LOOK: usize = 998;

impl Mbox {
    #[expect(clippy::incompatible_msrv, reason = "programs need what their dependencies need")]
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // Two programs that append at once would tear each other's messages.
        file.try_lock().map_err(|_| io::Error::other("another program has locked it"))?;
        sync_folder(path)?;
        separate(&mut file)?;
        let mut part_path = path.as_os_str().to_owned();
        part_path.push(".part");
        let part_path = PathBuf::from(part_path);
        let mut part = OpenOptions::new();
        part.read(true).write(true).create(true).truncate(true);
        let part = BufWriter::new(part.open(&part_path)?);
        Ok(Self { file, part, part_path, line: Vec::new(), in_line: false })
    }

    fn begin(&mut self, now: u64) -> io::Result<()> {
        self.part.rewind()?;
        self.part.get_ref().set_len(0)?;
        self.line.clear();
        self.in_line = false;
        writeln!(self.part, "From MAILER-DAEMON {}", asctime(now))
    }

    fn write(&mut self, mut piece: &[u8]) -> io::Result<()> {
        // Each turn takes at least one octet.
        while !piece.is_empty() {
            let end = piece.iter().position(|&b| b == b'\n');
            let (head, rest) = piece.split_at(end.map_or(piece.len(), |at| at + 1));
            self.line.extend_from_slice(head);
            piece = rest;
            if end.is_some() || self.line.len() > LOOK {
                self.put_line(end.is_some())?;
            }
        }
        Ok(())
    }

    /// Writes the line that was collected, or its beginning when it is long.
    fn put_line(&mut self, whole: bool) -> io::Result<()> {
        let quotes = self.line.iter().take_while(|&&b| b == b'>').count();
        let from = self.line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "));
        if from && !self.in_line {
            self.part.write_all(b">")?;
        }
        self.in_line = !whole;
        match self.line[..] {
            [ref line @ .., b'\r', b'\n'] => {
                self.part.write_all(line)?;
                self.part.write_all(b"\n")?;
            }
            // Perhaps of a line end that is still to come.
            [ref line @ .., b'\r'] => {
                self.part.write_all(line)?;
                self.line = vec![b'\r'];
                return Ok(());
            }
            ref line => self.part.write_all(line)?,
        }
        self.line.clear();
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.in_line || !self.line.is_empty() {
            self.line.extend_from_slice(b"\r\n");
            self.put_line(true)?;
        }
        self.part.write_all(b"\n")?;
        self.part.flush()?;
        let part = self.part.get_mut();
        part.rewind()?;
        io::copy(part, &mut self.file)?;
        self.file.sync_all()
    }
}

impl Drop for Mbox {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.part_path);
    }
}

/// Makes sure that the file ends in an empty line, so that what is appended begins a message.
fn separate(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
    file.read_to_end(&mut end)?;
    match end[..] {
        [] | [b'\n', b'\n'] => Ok(()),
        [.., b'\n'] => file.write_all(b"\n"),
        _ => file.write_all(b"\n\n"),
    }
}

/// A time as C's `asctime` writes it, UTC.
fn asctime(seconds: u64) -> String {
    let date = i64::try_from(seconds).ok().and_then(|seconds| Date::from_unix(seconds, 0));
    let date = date.map(|date| date.to_string()).unwrap_or_default();
    match date.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>()[..] {
        [weekday, day, month, year, time, _] => format!("{weekday} {month} {day:>2} {time} {year}"),
        _ => "Thu Jan  1 00:00:00 1970".into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use mailwire_core::Input;
    use mailwire_message::mbox::{Dialect, Event, Reader};

    fn read(path: &Path) -> Vec<Vec<u8>> {
        let (mut reader, mut rx) = (Reader::new(Dialect::Rd), Input::default());
        rx.extend(&fs::read(path).unwrap());
        rx.close();
        let mut messages = Vec::new();
        while let Some(event) = reader.receive(&mut rx) {
            match event {
                Event::Message { envelope } => {
                    assert_eq!(envelope, b"MAILER-DAEMON Tue Nov 24 12:58:59 2026");
                    messages.push(Vec::new());
                }
                Event::Piece(piece) => messages.last_mut().unwrap().extend_from_slice(piece),
                _ => {}
            }
        }
        messages
    }

    #[test]
    fn what_is_stored_in_an_mbox_is_read_back_however_it_was_cut() {
        let long = format!("A: b\r\n\r\n{}From x\r\n{}\r\n", ">".repeat(500), "y".repeat(3000));
        let messages: [&[u8]; 5] = [
            b"A: b\r\n\r\nFrom here\r\n>From there\r\n\r\nFrom the end\r\n",
            b"A: b\r\n\r\nno line end",
            b"A: b\r\n\r\nbare\rCR\r\n\n\r\n",
            long.as_bytes(),
            b"",
        ];
        for size in [1, 2, 3, 999, 10_000] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("mbox");
            let mut store = Store::mbox(&path).unwrap();
            for message in messages {
                store.begin(1_795_525_139).unwrap();
                store.write(b"what is begun and not finished is gone").unwrap();
                store.begin(1_795_525_139).unwrap();
                for piece in message.chunks(size) {
                    store.write(piece).unwrap();
                }
                store.finish().unwrap();
            }
            drop(store);
            let stored = read(&path);
            assert_eq!(stored.len(), messages.len());
            for (stored, message) in stored.iter().zip(messages) {
                let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
                assert_eq!(String::from_utf8_lossy(stored).trim_end(), text.trim_end(), "{size}");
            }
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
        }
    }

    #[test]
    fn half_a_message_stays_apart_from_what_is_appended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mbox");
        fs::write(&path, "From MAILER-DAEMON Tue Nov 24 12:58:59 2026\nA: b\n\nhal").unwrap();
        let mut store = Store::mbox(&path).unwrap();
        store.begin(1_795_525_139).unwrap();
        store.write(b"A: b\r\n\r\nwhole\r\n").unwrap();
        store.finish().unwrap();
        assert!(Store::mbox(&path).is_err(), "it is locked");

        let stored = read(&path);

        assert_eq!(stored, [b"A: b\n\nhal\n".to_vec(), b"A: b\n\nwhole\n".to_vec()]);
    }
}
