//! mbox: many messages in one file, in its four dialects, read as it arrives and written.
//!
//! A message begins with a line `From ` behind an empty one or at the beginning. The dialects
//! differ in what they do with such lines inside a message:
//!
//! | dialect | a line inside that begins with | how long a message is |
//! |---|---|---|
//! | [`Dialect::O`] | `From ` gets a `>`, which stays | up to the next `From ` line |
//! | [`Dialect::Rd`] | `>*From ` gets a `>`, which reading removes | up to the next `From ` line |
//! | [`Dialect::Cl`] | `From ` gets a `>`, which stays | what Content-Length says |
//! | [`Dialect::Cl2`] | nothing | what Content-Length says |

use alloc::vec::Vec;
use core::ops::Range;
use mailwire_core::Input;

/// A dialect of mbox.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dialect {
    /// mboxo, the oldest: quoting cannot be undone.
    O,
    /// mboxrd: quoting can be undone. What is best written.
    #[default]
    Rd,
    /// mboxcl: lengths and quoting.
    Cl,
    /// mboxcl2: lengths, and nothing quoted.
    Cl2,
}

impl Dialect {
    fn has_length(self) -> bool {
        matches!(self, Self::Cl | Self::Cl2)
    }
}

/// Something of a file of messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// A message begins.
    Message {
        /// Who sent it and when, as the `From ` line says, without `From ` and the line end. Of a
        /// line of more than 998 octets, its beginning.
        envelope: &'i [u8],
    },
    /// A piece of the message, quoting removed where the dialect can.
    Piece(&'i [u8]),
    /// The message ends.
    End,
}

/// Reads a file of messages as it arrives, at the memory of a line.
///
/// A Content-Length is believed only when a `From ` line, or the end, is where it says: many are
/// false. What cannot be looked at yet because it has not arrived is waited for, so with the
/// dialects that have lengths the caller needs memory for the longest message up to
/// [`Reader::with_longest`].
///
/// ```
/// use mailwire_core::Input;
/// use mailwire_message::mbox::{Dialect, Event, Reader};
///
/// let (mut reader, mut rx) = (Reader::new(Dialect::Rd), Input::default());
/// rx.extend(b"From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From here\n\nFrom c@d x\nA: b\n");
/// rx.close();
/// let (mut messages, mut text) = (0, Vec::new());
/// while let Some(event) = reader.receive(&mut rx) {
///     match event {
///         Event::Message { .. } => messages += 1,
///         Event::Piece(piece) => text.extend_from_slice(piece),
///         _ => {}
///     }
/// }
/// assert_eq!((messages, &*text), (2, &b"Subject: x\n\nFrom here\nA: b\n"[..]));
/// ```
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    state: State,
    /// An empty line that may be the one in front of the next message.
    blank: Option<Range<usize>>,
    /// What is held of it: its octets.
    held: Vec<u8>,
    /// The Content-Length of the header that is being read.
    length: Option<u64>,
    longest: u64,
    /// Whether the line that is being read has begun.
    in_line: bool,
    /// It is a `From ` line, of which no more is wanted.
    in_envelope: bool,
    over: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Outside,
    Header,
    /// Octets that are surely of the message.
    Sure(u64),
    Body,
}

/// The longest line that is looked at whole; of longer ones only the beginning counts.
const LINE: usize = 998;

impl Default for Reader {
    fn default() -> Self {
        Self::new(Dialect::default())
    }
}

impl Reader {
    /// A reader at the beginning of a file.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            state: State::Outside,
            blank: None,
            held: Vec::new(),
            length: None,
            longest: 64 << 20,
            in_line: false,
            in_envelope: false,
            over: false,
        }
    }

    /// The same with another limit for how long a message may be whose Content-Length is believed,
    /// in octets. Default 64 MiB.
    #[must_use]
    pub fn with_longest(self, longest: u64) -> Self {
        Self { longest, ..self }
    }

    /// Whether the file is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The next event. `None` when more bytes are needed, or when the file is over.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Option<Event<'i>> {
        // Every turn consumes a line or is the last.
        loop {
            if !self.held.is_empty() && self.blank.is_none() {
                self.held.clear();
            }
            if let State::Sure(n) = self.state {
                let here = usize::try_from(n).unwrap_or(usize::MAX).min(rx.len());
                if n == 0 {
                    (self.state, self.in_line) = (State::Body, false);
                    continue;
                }
                if here == 0 {
                    return self.ended(rx);
                }
                self.state = State::Sure(n - here as u64);
                let range = rx.take(here);
                return Some(Event::Piece(rx.slice(range)));
            }
            let unread = rx.unread();
            if unread.is_empty() {
                return self.ended(rx);
            }
            let end = memchr::memchr(b'\n', unread).map(|at| at + 1);
            if end.is_none() && unread.len() <= LINE && !rx.is_closed() {
                return None;
            }
            let n = end.unwrap_or(unread.len());
            let whole = end.is_some();
            let line = unread.get(..n).unwrap_or_default();
            if self.in_line || self.state == State::Outside && !line.starts_with(b"From ") {
                // The rest of a long line; what stands before the first message.
                self.in_line = !whole;
                let range = rx.take(n);
                if self.state == State::Outside || self.in_envelope {
                    self.in_envelope &= self.in_line;
                    continue;
                }
                return Some(Event::Piece(rx.slice(range)));
            }
            let empty = matches!(line, b"\n" | b"\r\n");
            if line.starts_with(b"From ") && (self.state == State::Outside || self.blank.is_some())
            {
                if self.state != State::Outside {
                    self.blank = None;
                    self.state = State::Outside;
                    return Some(Event::End);
                }
                // Where a long one is cut does not depend on how much of it is here.
                self.in_line = n > LINE || !whole;
                self.in_envelope = self.in_line;
                (self.state, self.length) = (State::Header, None);
                let range = rx.take(n.min(LINE));
                let line = rx.slice(range);
                let envelope = line.get(5..).unwrap_or_default().trim_ascii();
                return Some(Event::Message { envelope });
            }
            // An empty line that was none in front of a message is part of this one.
            if self.blank.take().is_some() {
                let held = core::mem::take(&mut self.held);
                rx.put_back(&held);
                let range = rx.take(held.len());
                // It is not looked at again: what follows it is no beginning.
                if self.state == State::Header {
                    self.state = State::Body;
                }
                return Some(Event::Piece(rx.slice(range)));
            }
            if empty && self.state == State::Body {
                self.held = line.to_vec();
                self.blank = Some(0..n);
                let _ = rx.take(n);
                continue;
            }
            if self.state == State::Header {
                if empty {
                    match self.body_length(unread, n, rx.is_closed()) {
                        Length::Wait => return None,
                        Length::None => self.state = State::Body,
                        Length::Sure(length) => self.state = State::Sure(length),
                    }
                    // The first line behind the header may begin the next message.
                    if self.state == State::Body {
                        let next = unread.get(n..).unwrap_or_default();
                        if next.len() < 5 && !rx.is_closed() && b"From ".starts_with(next) {
                            self.state = State::Header;
                            return None;
                        }
                        if next.starts_with(b"From ") {
                            let range = rx.take(n);
                            self.blank = Some(0..0);
                            return Some(Event::Piece(rx.slice(range)));
                        }
                    }
                } else {
                    self.look(line);
                }
            }
            let skip = match self.dialect {
                Dialect::Rd if self.state == State::Body && is_quoted(line) => 1,
                _ => 0,
            };
            self.in_line = !whole;
            let range = rx.take(n);
            return Some(Event::Piece(rx.slice(range.start + skip..range.end)));
        }
    }

    fn look(&mut self, line: &[u8]) {
        const NAME: &[u8] = b"content-length:";
        if self.dialect.has_length()
            && line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        {
            let value = line.get(NAME.len()..).unwrap_or_default().trim_ascii();
            self.length = core::str::from_utf8(value).ok().and_then(|n| n.parse().ok());
        }
    }

    /// Whether a length can be believed: a message begins, or the file ends, where it says.
    fn body_length(&self, unread: &[u8], header: usize, closed: bool) -> Length {
        let Some(length) = self.length.filter(|length| *length <= self.longest) else {
            return Length::None;
        };
        let Some(end) = usize::try_from(length).ok().and_then(|n| n.checked_add(header)) else {
            return Length::None;
        };
        let behind = unread.get(end..);
        let sure = match behind {
            None if closed => false,
            None => return Length::Wait,
            Some([]) if closed => true,
            Some([]) => return Length::Wait,
            Some(behind) => {
                let next = behind.strip_prefix(b"\r").unwrap_or(behind);
                let next = next.strip_prefix(b"\n").unwrap_or(next);
                match next.len() < 5 && !closed {
                    true => return Length::Wait,
                    false => next.starts_with(b"From ") || next.is_empty(),
                }
            }
        };
        if sure { Length::Sure(length) } else { Length::None }
    }

    fn ended<'i>(&mut self, rx: &Input) -> Option<Event<'i>> {
        if !rx.is_closed() || self.over {
            return None;
        }
        self.over = true;
        self.blank = None;
        (self.state != State::Outside).then_some(Event::End)
    }
}

enum Length {
    Wait,
    None,
    Sure(u64),
}

/// `>From `, with any number of `>`.
fn is_quoted(line: &[u8]) -> bool {
    let n = line.iter().take_while(|&&b| b == b'>').count();
    n > 0 && line.get(n..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// Appends a message to a file of messages. `envelope` is what follows `From `: the sender, and the
/// date as `asctime` writes it; line ends in it are left out.
///
/// ```
/// use mailwire_message::mbox::{Dialect, write};
///
/// let mut file = Vec::new();
/// write(Dialect::Rd, "a@b Thu Jan  1 00:00:00 1970", b"Subject: x\n\nFrom here", &mut file);
/// assert_eq!(file, b"From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From here\n\n");
/// ```
pub fn write(dialect: Dialect, envelope: &str, message: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"From ");
    out.extend(envelope.bytes().filter(|b| !matches!(b, b'\r' | b'\n')));
    out.push(b'\n');
    let start = out.len();
    let mut body = None;
    let mut rest = message;
    // Every turn consumes a line.
    while !rest.is_empty() {
        let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, more) = rest.split_at(n);
        rest = more;
        let quoted = match dialect {
            Dialect::O | Dialect::Cl => line.starts_with(b"From "),
            Dialect::Rd => line.starts_with(b"From ") || is_quoted(line),
            Dialect::Cl2 => false,
        };
        if body.is_none() {
            const NAME: &[u8] = b"content-length:";
            let is_length =
                line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME));
            if dialect.has_length() && is_length {
                continue;
            }
            if matches!(line, b"\n" | b"\r\n") {
                body = Some((out.len(), out.len() + line.len()));
            }
        }
        if quoted {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    if out.len() > start && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    if dialect.has_length() {
        let (at, from) = body.unwrap_or((out.len(), out.len()));
        let field = alloc::format!("Content-Length: {}\n", out.len() - from);
        out.splice(at..at, field.into_bytes());
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn read(dialect: Dialect, file: &[u8], size: usize) -> Vec<(String, Vec<u8>)> {
        let (mut reader, mut rx) = (Reader::new(dialect), Input::default());
        let mut messages = Vec::new();
        let mut pieces = file.chunks(size);
        while !reader.is_over() {
            match pieces.next() {
                Some(piece) => rx.extend(piece),
                None => rx.close(),
            }
            while let Some(event) = reader.receive(&mut rx) {
                match event {
                    Event::Message { envelope } => {
                        messages.push((String::from_utf8_lossy(envelope).into(), Vec::new()));
                    }
                    Event::Piece(piece) => messages.last_mut().unwrap().1.extend_from_slice(piece),
                    Event::End => {}
                }
            }
        }
        messages
    }

    #[test]
    fn what_is_written_is_read_back_however_it_is_cut() {
        let messages: [&[u8]; 6] = [
            b"A: b\n\nFrom here\n>From there\n\nFrom the end\n",
            b"A: b\n\nx\n\n\n",
            b"A: b\n\n",
            b"A: b\r\n\r\nFrom crlf\r\n",
            b"A: b\nContent-Length: 999\n\nlies\n",
            b"From: x\n\n\n\nFrom\n",
        ];
        for dialect in [Dialect::Rd, Dialect::Cl2] {
            let mut file = Vec::new();
            for message in messages {
                write(dialect, "a@b x", message, &mut file);
            }
            let whole = read(dialect, &file, file.len());
            assert_eq!(whole.len(), messages.len(), "{dialect:?} {whole:?}");
            for ((envelope, read), message) in whole.iter().zip(messages) {
                assert_eq!(envelope, "a@b x");
                let text = String::from_utf8_lossy(read).into_owned();
                let without: String = text
                    .split_inclusive('\n')
                    .filter(|line| !line.starts_with("Content-L"))
                    .collect();
                let given = String::from_utf8_lossy(message).into_owned();
                let given: String = given
                    .split_inclusive('\n')
                    .filter(|line| !line.starts_with("Content-L"))
                    .collect();
                assert_eq!(without, given, "{dialect:?}");
            }
            for size in [1, 2, 3, 7, 64] {
                assert_eq!(read(dialect, &file, size), whole, "{dialect:?} in {size}");
            }
        }
    }

    #[test]
    fn false_lengths_are_not_believed() {
        let file = b"From a\nContent-Length: 5\n\nfar more than that\n\nFrom b\nX: y\n\nz\n";
        for size in [1, 7, file.len()] {
            let read = read(Dialect::Cl, file, size);
            assert_eq!(read.len(), 2, "in {size}: {read:?}");
            assert!(read[0].1.ends_with(b"far more than that\n"));
        }
    }
}
