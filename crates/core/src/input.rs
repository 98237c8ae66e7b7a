//! The buffer of received bytes, which belongs to the caller.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// Bytes received from the peer and not yet consumed by a machine.
///
/// The caller owns it, so events can borrow from it while the machine stays free to answer; to
/// refill it while an event is alive does not compile. Bytes are put in with
/// [`spare`](Self::spare) and [`filled`](Self::filled), or copied in with
/// [`extend`](Self::extend).
///
/// ```
/// use mailwire_core::Input;
///
/// let mut rx = Input::default();
/// let spare = rx.spare(4096); // at least 4,096 octets to read into
/// spare[..6].copy_from_slice(b"QUIT\r\n");
/// rx.filled(6);
/// assert_eq!(rx.unread(), b"QUIT\r\n");
/// ```
#[derive(Default)]
pub struct Input {
    buf: Vec<u8>,
    head: usize,
    tail: usize,
    /// The offset of `buf[0]` in the stream.
    base: u64,
    closed: bool,
}

impl Input {
    /// An empty input that uses `buf`, for callers that keep buffers in a pool.
    #[must_use]
    pub fn from_buffer(buf: Vec<u8>) -> Self {
        Self { buf, ..Self::default() }
    }

    /// The buffer, to go back to its pool. What was unread is lost: an idle connection has
    /// nothing unread and can give its buffer away.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.buf
    }

    /// Space for at least `want` more octets; call [`filled`](Self::filled) with how many were
    /// written.
    ///
    /// Moves at most as many octets as were consumed since the last move, so the whole cost of
    /// moving is linear in the octets received.
    pub fn spare(&mut self, want: usize) -> &mut [u8] {
        if !self.make_room(want) {
            self.buf.resize(self.tail + want, 0);
        }
        self.buf.get_mut(self.tail..).unwrap_or_default()
    }

    /// Declares that the first `n` octets of [`spare`](Self::spare) hold received bytes.
    ///
    /// # Panics
    ///
    /// When `n` is more than was spare: the caller's `read` lied.
    pub fn filled(&mut self, n: usize) {
        assert!(n <= self.buf.len() - self.tail, "filled more than was spare");
        self.tail += n;
    }

    /// Copies `bytes` in.
    pub fn extend(&mut self, bytes: &[u8]) {
        if !self.make_room(bytes.len()) {
            // What is behind the tail is of no use: it is not filled first.
            self.buf.truncate(self.tail);
            self.buf.extend_from_slice(bytes);
        } else if let Some(room) = self.buf.get_mut(self.tail..self.tail + bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.filled(bytes.len());
    }

    /// Declares that the peer will send no more.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether the peer will send no more. Bytes may still be unread.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether nothing is unread.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// How many octets are unread.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.tail - self.head
    }

    /// Reads once from `io` into [`spare`](Self::spare), at least `want` octets of it, and notes
    /// the end of the stream. Returns how many octets came.
    ///
    /// # Errors
    ///
    /// Those of `io`.
    #[cfg(feature = "std")]
    pub fn read_from(
        &mut self,
        io: &mut (impl std::io::Read + ?Sized),
        want: usize,
    ) -> std::io::Result<usize> {
        let n = io.read(self.spare(want))?;
        if n == 0 {
            self.close();
        }
        self.filled(n);
        Ok(n)
    }

    // For machines: they consume by moving a cursor and borrow later, so that the borrow checker
    // stays out of their loops. Ranges are valid until the next `spare`.

    /// What is unread.
    #[must_use]
    #[inline]
    pub fn unread(&self) -> &[u8] {
        self.buf.get(self.head..self.tail).unwrap_or_default()
    }

    /// Consumes `n` octets, or what there is when that is less, and returns where they lie.
    #[inline]
    pub fn take(&mut self, n: usize) -> Range<usize> {
        debug_assert!(n <= self.len(), "a machine took more than was unread");
        let start = self.head;
        self.head += n.min(self.len());
        start..self.head
    }

    /// Makes the last `n` octets of what [`take`](Self::take) consumed unread again.
    pub fn give_back(&mut self, n: usize) {
        self.head -= n.min(self.head);
    }

    /// The octets in a range that [`take`](Self::take) returned.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> &[u8] {
        self.buf.get(range).unwrap_or_default()
    }

    /// The same, to be changed in place: base64 is decoded where it lies.
    #[inline]
    pub fn slice_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.buf.get_mut(range).unwrap_or_default()
    }

    /// How many octets were consumed since the stream began: the offset of
    /// [`unread`](Self::unread).
    #[must_use]
    pub fn position(&self) -> u64 {
        self.base.wrapping_add(self.head as u64)
    }

    /// Puts `bytes` back in front of what is unread. Costs nothing but their copy when they were
    /// consumed from here and nothing was received since.
    pub fn put_back(&mut self, bytes: &[u8]) {
        let n = bytes.len();
        if self.head < n {
            let grow = n - self.head;
            let (head, tail) = (self.head, self.tail);
            self.buf.resize(self.buf.len().max(tail + grow), 0);
            self.buf.copy_within(head..tail, n);
            self.base = self.base.wrapping_sub(grow as u64);
            self.head = n;
            self.tail = tail + grow;
        }
        self.head -= n;
        if let Some(room) = self.buf.get_mut(self.head..self.head + n) {
            room.copy_from_slice(bytes);
        }
    }

    /// Removes and returns all that is unread.
    pub fn drain(&mut self) -> Vec<u8> {
        let rest = self.unread().to_vec();
        self.head = self.tail;
        rest
    }

    /// Whether there is space for `want` octets behind the tail, perhaps after moving what is unread.
    fn make_room(&mut self, want: usize) -> bool {
        if self.head == self.tail {
            self.shift();
        }
        if self.buf.len() - self.tail < want && self.head >= self.tail - self.head {
            self.shift();
        }
        self.buf.len() - self.tail >= want
    }

    fn shift(&mut self) {
        self.buf.copy_within(self.head..self.tail, 0);
        self.base = self.base.wrapping_add(self.head as u64);
        self.tail -= self.head;
        self.head = 0;
    }
}

/// How much, and not what: it may be a password.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("unread", &self.len())
            .field("position", &self.position())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_survive_until_the_next_spare() {
        let mut rx = Input::default();
        rx.extend(b"abcdef");

        let first = rx.take(2);
        let second = rx.take(3);

        assert_eq!((rx.slice(first), rx.slice(second)), (&b"ab"[..], &b"cde"[..]));
        assert_eq!(rx.unread(), b"f");
        assert_eq!(rx.position(), 5);
    }

    #[test]
    fn bytes_put_back_come_again() {
        let mut rx = Input::default();
        rx.extend(b"abcdef");
        let _ = rx.take(4);
        rx.extend(b"gh");

        rx.put_back(b"abcd");

        assert_eq!(rx.unread(), b"abcdefgh");
        assert_eq!(rx.position(), 0);
    }

    #[test]
    fn more_can_be_put_back_than_was_taken() {
        let mut rx = Input::default();
        rx.extend(b"xyz");
        let _ = rx.take(1);

        rx.put_back(b"0123456789");

        assert_eq!(rx.unread(), b"0123456789yz");
    }

    #[cfg(feature = "std")]
    #[test]
    fn reading_notes_the_end() {
        let mut rx = Input::default();
        let mut io = &b"abc"[..];

        assert_eq!(rx.read_from(&mut io, 10).unwrap(), 3);
        assert!(!rx.is_closed());
        assert_eq!(rx.read_from(&mut io, 10).unwrap(), 0);

        assert!(rx.is_closed());
        assert_eq!(rx.unread(), b"abc");
    }

    #[test]
    fn a_stream_through_a_small_window_keeps_the_buffer_small() {
        let mut rx = Input::default();

        for _ in 0..10_000 {
            rx.extend(&[7; 100]);
            let _ = rx.take(100);
        }

        assert_eq!(rx.position(), 1_000_000);
        assert!(rx.into_buffer().len() <= 200);
    }

    #[test]
    fn debug_shows_how_much_and_not_what() {
        let mut rx = Input::default();
        rx.extend(b"PASS hungry\r\n");
        let _ = rx.take(5);

        let shown = alloc::format!("{rx:?}");

        assert_eq!(shown, "Input { unread: 8, position: 5, closed: false, .. }");
    }
}
