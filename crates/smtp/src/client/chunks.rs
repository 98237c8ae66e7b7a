//! A message sent in chunks (RFC 3030 section 2) instead of behind DATA.

use super::{Connection, Id, Stage};
use crate::types::{Command, Verb};
use crate::{Misuse, rules};
use alloc::vec::Vec;

/// A message that is being cut into chunks.
#[derive(Debug)]
pub(super) struct Chunks {
    pub(super) id: Id,
    /// What is not sent yet: less than a chunk.
    held: Vec<u8>,
    ends: Option<LineEnds>,
}

/// Makes a CRLF of each CR and LF that stands alone.
#[derive(Debug, Default)]
struct LineEnds {
    after_cr: bool,
    in_line: bool,
}

impl LineEnds {
    fn write(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        if core::mem::take(&mut self.after_cr) && !piece.is_empty() {
            out.extend_from_slice(b"\r\n");
            self.in_line = false;
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        // Every turn consumes a line, or the rest.
        while let Some(at) = memchr::memchr2(b'\r', b'\n', piece) {
            let (line, end) = piece.split_at(at);
            out.extend_from_slice(line);
            piece = match end {
                [b'\r'] => {
                    (self.after_cr, self.in_line) = (true, true);
                    return;
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => return,
            };
            out.extend_from_slice(b"\r\n");
            self.in_line = false;
        }
        out.extend_from_slice(piece);
        self.in_line |= !piece.is_empty();
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.after_cr || self.in_line {
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl Connection {
    /// Queues a chunk of the message: `BDAT` and its octets, as they are. Answered like a command;
    /// behind the last chunk the answer is that to the message.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send); in LMTP also [`Misuse::WrongState`] while a recipient is not
    /// answered.
    pub fn send_chunk(&mut self, chunk: &[u8], last: bool) -> Result<Id, Misuse> {
        self.may_send_now()?;
        let bdat = Command::Bdat { size: chunk.len() as u64, last };
        if self.must_upgrade() {
            return Err(Misuse::Insecure);
        }
        if !rules::legal(Verb::Bdat, &self.standing) || self.must_know_recipients() {
            return Err(Misuse::WrongState);
        }
        if !self.offers("CHUNKING") {
            return Err(Misuse::NotOffered);
        }
        let id = self.name(Verb::Bdat);
        self.gate();
        bdat.encode(&mut self.out);
        self.out.put(chunk);
        self.chunk_sent(id, last, false);
        Ok(id)
    }

    /// Begins a message that is sent in chunks: [`send_body`](Self::send_body) and
    /// [`end_body`](Self::end_body) cut it, and its one answer is an
    /// [`Event::Reply`](super::Event::Reply) to the name returned. While as many chunks wait for
    /// their answers as [`Config::window`](super::Config::window) allows, [`wants`](Self::wants) says
    /// `Input`.
    ///
    /// `binary` says that octets are sent as they are; else CR and LF that stand alone become CRLF,
    /// unless configured otherwise.
    ///
    /// # Errors
    ///
    /// As [`send_chunk`](Self::send_chunk), and [`Misuse::WrongState`] while anything is not answered.
    pub fn begin_chunks(&mut self, binary: bool) -> Result<Id, Misuse> {
        self.may_send_now()?;
        if self.must_upgrade() {
            return Err(Misuse::Insecure);
        }
        let ready = self.queue.len() == 0 && self.accepted > 0 && !self.standing.chunks;
        if !ready || !rules::legal(Verb::Bdat, &self.standing) {
            return Err(Misuse::WrongState);
        }
        if !self.offers("CHUNKING") {
            return Err(Misuse::NotOffered);
        }
        let convert = !binary && self.config.bare_newlines == super::BareNewlines::Convert;
        let id = self.name(Verb::Bdat);
        let ends = convert.then(LineEnds::default);
        self.stage = Stage::Chunks(Chunks { id, held: Vec::new(), ends });
        Ok(id)
    }

    /// Adds to the message; chunks that are full leave.
    pub(super) fn add_to_chunks(&mut self, mut piece: &[u8]) {
        let size = self.config.chunk.max(1);
        // Every turn consumes as much as makes a chunk full.
        while let Stage::Chunks(chunks) = &mut self.stage {
            let n = piece.len().min(size.saturating_sub(chunks.held.len()).max(1));
            let (now, rest) = piece.split_at(n);
            match &mut chunks.ends {
                Some(ends) => ends.write(now, &mut chunks.held),
                None => chunks.held.extend_from_slice(now),
            }
            if chunks.held.len() >= size {
                let (id, held) = (chunks.id, core::mem::take(&mut chunks.held));
                self.put_chunk(id, &held, false);
                if let Stage::Chunks(chunks) = &mut self.stage {
                    chunks.held = held;
                    chunks.held.clear();
                }
            }
            piece = rest;
            if piece.is_empty() {
                return;
            }
        }
    }

    pub(super) fn end_chunks(&mut self, mut chunks: Chunks) {
        if let Some(ends) = &mut chunks.ends {
            ends.finish(&mut chunks.held);
        }
        self.put_chunk(chunks.id, &chunks.held, true);
    }

    fn put_chunk(&mut self, id: Id, chunk: &[u8], last: bool) {
        let window = self.window();
        self.queue.gate(window, &mut self.out);
        Command::Bdat { size: chunk.len() as u64, last }.encode(&mut self.out);
        self.out.put(chunk);
        self.chunk_sent(id, last, true);
    }
}
