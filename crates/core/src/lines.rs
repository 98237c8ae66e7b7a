//! Where a line ends, each byte looked at once.

/// Finds line feeds in unread bytes and remembers how far it looked, so that a line which comes a
/// byte at a time costs no more than one that comes whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    /// How much of the unread bytes is known to hold no line feed (past the caller's `from`).
    scanned: usize,
}

impl Lines {
    /// The length of the first line of `unread[from..]`, its LF included, counted from `from`.
    ///
    /// After `Some` the next search starts afresh at whatever `from` it is given. After `None`
    /// the next call must see the same bytes with more behind them; whoever takes bytes from the
    /// front in between calls [`reset`](Self::reset).
    #[inline]
    pub fn find(&mut self, unread: &[u8], from: usize) -> Option<usize> {
        let start = self.scanned.max(from);
        let rest = unread.get(start..)?;
        match memchr::memchr(b'\n', rest) {
            Some(at) => {
                self.scanned = 0;
                Some(start + at + 1 - from)
            }
            None => {
                self.scanned = unread.len();
                None
            }
        }
    }

    /// Whether nothing of the unread bytes was looked at.
    #[must_use]
    #[inline]
    pub fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// Forgets what was looked at: the bytes in front were consumed without a line.
    pub fn reset(&mut self) {
        self.scanned = 0;
    }
}

/// A line without its end: CRLF, or what stands before a bare LF.
///
/// The flag is whether the end was a CRLF, as every mail protocol demands.
#[must_use]
#[inline]
pub fn without_end(line: &[u8]) -> (&[u8], bool) {
    match line {
        [text @ .., b'\r', b'\n'] => (text, true),
        [text @ .., b'\n'] => (text, false),
        text => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_from_where_the_last_ended() {
        let mut lines = Lines::default();
        let unread = b"one\r\ntwo\r\nthr";

        assert_eq!(lines.find(unread, 0), Some(5));
        assert_eq!(lines.find(unread, 5), Some(5));
        assert_eq!(lines.find(unread, 10), None);
        assert_eq!(lines.find(b"one\r\ntwo\r\nthree\r\n", 10), Some(7));
    }

    #[test]
    fn a_start_past_the_end_finds_nothing() {
        let mut lines = Lines::default();

        assert_eq!(lines.find(b"a\n", 40), None);
    }

    #[test]
    fn line_ends_are_told_apart() {
        assert_eq!(without_end(b"a\r\n"), (&b"a"[..], true));
        assert_eq!(without_end(b"a\n"), (&b"a"[..], false));
        assert_eq!(without_end(b"a"), (&b"a"[..], false));
    }
}
