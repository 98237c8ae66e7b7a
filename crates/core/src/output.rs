//! The queue of bytes to send, which belongs to the machine.

use crate::Sink;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use bytes::Buf;
use core::fmt;

/// Bytes to be sent to the peer, some of which may have to wait.
///
/// A *gate* marks a place past which nothing may be sent until the peer has spoken: the `+` that
/// an IMAP literal waits for, the reply that a server without PIPELINING must give first. [`Buf`]
/// shows only what lies before the first gate, so a driver cannot send too early.
///
/// Positions are offsets in the stream since it began, so they survive compaction.
///
/// ```
/// use mailwire_core::{Buf, Output};
///
/// let mut out = Output::default();
/// out.put(b"a1 LOGIN ann {2}\r\n");
/// out.gate();
/// out.put("\u{e9}\r\n".as_bytes());
/// assert_eq!(out.chunk(), b"a1 LOGIN ann {2}\r\n");
/// out.open(); // the server said `+`
/// assert_eq!(out.remaining(), 22);
/// ```
#[derive(Default)]
pub struct Output {
    buf: Vec<u8>,
    /// The position of `buf[0]`.
    base: u64,
    /// What of `buf` was sent already.
    head: usize,
    gates: VecDeque<u64>,
}

impl Output {
    /// Whether nothing may be sent now. There may be more behind a gate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_remaining()
    }

    /// All that is queued, in octets, also behind gates: what a limit on memory must look at.
    #[must_use]
    #[inline]
    pub fn queued(&self) -> usize {
        self.buf.len() - self.head
    }

    /// Writes all that may be sent to `io`. Does not flush it.
    ///
    /// # Errors
    ///
    /// Those of `io`; what was written is gone from here, the rest is not.
    #[cfg(feature = "std")]
    pub fn write_to(&mut self, io: &mut (impl std::io::Write + ?Sized)) -> std::io::Result<()> {
        while self.has_remaining() {
            match io.write(self.chunk()) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(n) => self.advance(n),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    // For machines.

    /// Queues `bytes`.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Where the next byte put will stand in the stream.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.base + self.buf.len() as u64
    }

    /// Lets nothing that is put after this be sent until [`open`](Self::open).
    pub fn gate(&mut self) {
        self.gates.push_back(self.position());
    }

    /// Puts `bytes` before the first gate: they may be sent now, before what was queued earlier.
    /// Costs a move of all that stands behind the gate.
    pub fn put_before_gate(&mut self, bytes: &[u8]) {
        let at = self.limit();
        self.buf.splice(at..at, bytes.iter().copied());
        for gate in &mut self.gates {
            *gate += bytes.len() as u64;
        }
    }

    /// Whether anything waits behind a gate, or will when it is put.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        !self.gates.is_empty()
    }

    /// Where the first gate stands.
    #[must_use]
    pub fn first_gate(&self) -> Option<u64> {
        self.gates.front().copied()
    }

    /// Opens the first gate; false when there is none.
    pub fn open(&mut self) -> bool {
        self.gates.pop_front().is_some()
    }

    /// Opens the first gate and drops what lies between it and `end`: the rest of a command whose
    /// literal was refused. Gates in between go with it.
    pub fn drop_until(&mut self, end: u64) {
        let Some(start) = self.gates.pop_front() else { return };
        let end = end.clamp(start, self.position());
        let (from, to) = (self.index(start), self.index(end));
        self.buf.drain(from..to);
        self.gates.retain(|&gate| gate >= end);
        for gate in &mut self.gates {
            *gate -= end - start;
        }
    }

    /// Drops all that is queued, also behind gates: the peer will not read it any more.
    pub fn clear(&mut self) {
        self.base = self.position();
        self.buf.clear();
        self.head = 0;
        self.gates.clear();
    }

    /// Gives back the memory that nothing is queued in: for connections that are idle.
    pub fn release(&mut self) {
        self.buf.shrink_to_fit();
        self.gates.shrink_to_fit();
    }

    fn limit(&self) -> usize {
        match self.gates.front() {
            Some(&gate) => self.index(gate),
            None => self.buf.len(),
        }
    }

    /// Where a position that is still queued lies in `buf`.
    fn index(&self, position: u64) -> usize {
        usize::try_from(position.saturating_sub(self.base))
            .unwrap_or(usize::MAX)
            .clamp(self.head, self.buf.len())
    }
}

impl Buf for Output {
    fn remaining(&self) -> usize {
        self.limit() - self.head
    }

    fn chunk(&self) -> &[u8] {
        self.buf.get(self.head..self.limit()).unwrap_or_default()
    }

    fn advance(&mut self, n: usize) {
        assert!(n <= self.remaining(), "advanced past what may be sent");
        self.head += n;
        // Moves at most as many octets as were sent since the last move.
        if self.head >= self.buf.len() - self.head {
            self.buf.drain(..self.head);
            self.base += self.head as u64;
            self.head = 0;
        }
    }
}

impl Sink for Output {
    fn put(&mut self, bytes: &[u8]) {
        Self::put(self, bytes);
    }
}

/// How much, and not what: it may be a password.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("queued", &self.queued())
            .field("may_be_sent", &self.remaining())
            .field("gates", &self.gates.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send_all(out: &mut Output) -> Vec<u8> {
        let sent = out.chunk().to_vec();
        out.advance(sent.len());
        sent
    }

    #[test]
    fn nothing_passes_a_gate() {
        let mut out = Output::default();
        out.put(b"one");
        out.gate();
        out.put(b"two");
        out.gate();
        out.put(b"three");

        assert_eq!(send_all(&mut out), b"one");
        assert!(out.is_empty());
        assert_eq!(out.queued(), 8);
        assert!(out.open());
        assert_eq!(send_all(&mut out), b"two");
        assert!(out.open());
        assert_eq!(send_all(&mut out), b"three");
        assert!(!out.open());
    }

    // Design 1.5, trap 4.
    #[test]
    fn gates_survive_compaction() {
        let mut out = Output::default();
        out.put(&[b'x'; 1000]);
        out.gate();
        out.put(b"behind");
        for _ in 0..1000 {
            out.advance(1);
        }

        assert!(out.is_empty());
        out.open();

        assert_eq!(send_all(&mut out), b"behind");
    }

    #[test]
    fn refused_literal_is_dropped_and_the_rest_is_sent() {
        let mut out = Output::default();
        out.put(b"a1 LOGIN ann {2}\r\n");
        out.gate();
        out.put(b"xx {3}\r\n");
        out.gate();
        out.put(b"yyy\r\n");
        let end = out.position();
        out.put(b"a2 CREATE {1}\r\n");
        out.gate();
        out.put(b"b\r\n");
        let _ = send_all(&mut out);

        out.drop_until(end);

        assert_eq!(send_all(&mut out), b"a2 CREATE {1}\r\n");
        out.open();
        assert_eq!(send_all(&mut out), b"b\r\n");
    }

    #[cfg(feature = "std")]
    #[test]
    fn writing_stops_at_the_gate() {
        let mut out = Output::default();
        out.put(b"one");
        out.gate();
        out.put(b"two");
        let mut io = Vec::new();

        out.write_to(&mut io).unwrap();

        assert_eq!(io, b"one");
        assert_eq!(out.queued(), 3);
    }

    #[test]
    fn what_is_put_before_the_gate_is_sent_first() {
        let mut out = Output::default();
        out.put(b"AUTH PLAIN\r\n");
        out.gate();
        out.put(b"STAT\r\n");
        let _ = send_all(&mut out);

        out.put_before_gate(b"AGE=\r\n");

        assert_eq!(send_all(&mut out), b"AGE=\r\n");
        out.open();
        assert_eq!(send_all(&mut out), b"STAT\r\n");
    }

    #[test]
    fn cleared_output_has_no_gates_and_keeps_counting() {
        let mut out = Output::default();
        out.put(b"abc");
        out.gate();
        out.put(b"def");

        out.clear();

        assert_eq!((out.queued(), out.is_gated(), out.position()), (0, false, 6));
    }

    #[test]
    fn debug_shows_how_much_and_not_what() {
        let mut out = Output::default();
        out.put(b"PASS hungry\r\n");
        out.gate();
        out.put(b"STAT\r\n");

        let shown = alloc::format!("{out:?}");

        assert_eq!(shown, "Output { queued: 19, may_be_sent: 13, gates: 1, .. }");
    }
}
