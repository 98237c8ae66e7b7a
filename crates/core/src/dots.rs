//! Bodies that end in a line with a lone dot: SMTP DATA (RFC 5321 section 4.5.2) and POP3
//! multi-line answers (RFC 1939 section 3).
//!
//! The end is `CRLF.CRLF` and nothing else: not `LF.LF`, not `LF.CRLF`, not `CR.CR`. A dot at the
//! start of a line is one after a CRLF, or the first octet of all.

use crate::{Input, Sink};
use core::fmt;
use core::ops::Range;
use memchr::memmem;

/// What a [`DotReader`] found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Piece {
    /// Content with the dots removed, in a range of the [`Input`].
    Content(Range<usize>),
    /// The line with the lone dot was consumed: the body is over.
    End,
    /// Nothing can be said before more bytes come.
    NeedMore,
}

/// What [`DotReader::next_normal`] found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NormalPiece {
    /// Content with the dots removed, in which CR and LF stand together, in a range of the
    /// [`Input`].
    Content(Range<usize>),
    /// A CR or LF that stood alone.
    BareNewline,
    /// The line with the lone dot was consumed: the body is over.
    End,
    /// Nothing can be said before more bytes come.
    NeedMore,
}

/// What looks for dots. To make one costs as much as to search a kilobyte, so a machine that reads
/// many bodies keeps it.
#[derive(Clone)]
pub struct DotSearch(memmem::Finder<'static>);

impl fmt::Debug for DotSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DotSearch")
    }
}

impl Default for DotSearch {
    fn default() -> Self {
        Self::new()
    }
}

impl DotSearch {
    /// One for any number of bodies.
    #[must_use]
    pub fn new() -> Self {
        Self(memmem::Finder::new(b"\r\n."))
    }
}

/// Removes the dots and finds the end, however the bytes are cut.
#[derive(Clone, Copy, Debug)]
pub struct DotReader {
    at_line_start: bool,
}

impl Default for DotReader {
    fn default() -> Self {
        Self::new()
    }
}

impl DotReader {
    /// A reader at the start of a body.
    #[must_use]
    pub fn new() -> Self {
        Self { at_line_start: true }
    }

    /// The next piece. Looks at each octet once, or twice where it may be the start of a line end,
    /// so the cost is linear however they arrive. What it returns is memory already received: no
    /// octet is copied but of short lines, where dots are dense.
    pub fn next(&mut self, rx: &mut Input) -> Piece {
        self.piece(rx, None)
    }

    /// The same with a search that was made before, which is faster where dots are frequent.
    pub fn next_with(&mut self, rx: &mut Input, search: &DotSearch) -> Piece {
        self.piece(rx, Some(search))
    }

    #[inline]
    fn piece(&mut self, rx: &mut Input, search: Option<&DotSearch>) -> Piece {
        if let Some(piece) = self.line_start(rx) {
            return piece;
        }
        let unread = rx.unread();
        match self.content(unread.get(..WINDOW).unwrap_or(unread), search) {
            0 => Piece::NeedMore,
            // Dots are dense: lines are moved together, so that not each is a piece.
            n if n <= NEAR && self.at_line_start => {
                let all = rx.take(rx.len());
                let (end, taken) = compact(rx.slice_mut(all.clone()), n);
                rx.give_back(all.len() - taken);
                Piece::Content(all.start..all.start + end)
            }
            n => Piece::Content(rx.take(n)),
        }
    }

    /// The same, with CR and LF that stand alone apart, for a reader that makes line ends of them.
    /// A piece ends before each; they are consumed.
    pub fn next_normal(&mut self, rx: &mut Input) -> NormalPiece {
        match self.line_start(rx) {
            Some(Piece::End) => return NormalPiece::End,
            Some(_) => return NormalPiece::NeedMore,
            None => {}
        }
        let n = self.content(rx.unread(), None);
        let content = rx.unread().get(..n).unwrap_or_default();
        match bare_newline(content) {
            _ if n == 0 => NormalPiece::NeedMore,
            None => NormalPiece::Content(rx.take(n)),
            Some(at) => {
                self.at_line_start = false;
                if at > 0 {
                    return NormalPiece::Content(rx.take(at));
                }
                let _ = rx.take(1);
                NormalPiece::BareNewline
            }
        }
    }

    /// Removes the dot at the start of a line; a piece when there can be no content.
    fn line_start(&mut self, rx: &mut Input) -> Option<Piece> {
        if self.at_line_start {
            match rx.unread() {
                [b'.', b'\r', b'\n', ..] => {
                    let _ = rx.take(3);
                    return Some(Piece::End);
                }
                // May still become the end.
                [] | [b'.'] | [b'.', b'\r'] => return Some(Piece::NeedMore),
                [b'.', ..] => {
                    let _ = rx.take(1);
                }
                _ => {}
            }
            self.at_line_start = false;
        }
        None
    }

    /// How many octets are content up to the next dot that may be one of ours.
    fn content(&mut self, unread: &[u8], search: Option<&DotSearch>) -> usize {
        // Where dots are dense the search costs less than its preparation.
        let near = match unread.get(..NEAR) {
            Some(near) => near.windows(3).position(|three| three == b"\r\n."),
            None => None,
        };
        let far = || match search {
            Some(DotSearch(finder)) => finder.find(unread),
            None => memmem::find(unread, b"\r\n."),
        };
        match near.or_else(far) {
            Some(at) => {
                self.at_line_start = true;
                at + 2
            }
            // The line is content whatever follows; only a dot after it is undecided.
            None if unread.ends_with(b"\r\n") => {
                self.at_line_start = true;
                unread.len()
            }
            None if unread.ends_with(b"\r") => unread.len() - 1,
            None => unread.len(),
        }
    }
}

/// Moves short lines that follow the content before `end`, where a line begins, up to it, without
/// their dots. Where the content then ends, and how much was taken: up to the start of a line.
fn compact(buf: &mut [u8], mut end: usize) -> (usize, usize) {
    let mut at = end;
    // Every turn consumes a line.
    while at < COMPACT {
        let line = match buf.get(at..) {
            // Most of what is dense is this.
            Some([b'.', b'.', b'\r', b'\n', b'.', b'.', b'\r', b'\n', ..]) => {
                if let Some(to) = buf.get_mut(end..end + 6) {
                    to.copy_from_slice(b".\r\n.\r\n");
                }
                (at, end) = (at + 8, end + 6);
                continue;
            }
            Some([b'.', b'.', b'\r', b'\n', ..]) => {
                if let Some([a, b, c]) = buf.get_mut(end..end + 3) {
                    (*a, *b, *c) = (b'.', b'\r', b'\n');
                }
                (at, end) = (at + 4, end + 3);
                continue;
            }
            Some([] | [b'.'] | [b'.', b'\r', ..]) | None => break,
            Some([b'.', ..]) => at + 1,
            Some(_) => at,
        };
        let near = buf.get(line..(line + NEAR).min(buf.len())).unwrap_or_default();
        let Some(n) = near.windows(2).position(|two| two == b"\r\n") else { break };
        buf.copy_within(line..line + n + 2, end);
        (at, end) = (line + n + 2, end + n + 2);
    }
    (end, at)
}

/// How much is moved together at most.
const COMPACT: usize = 4096;

/// The largest piece: whoever looks at it once more finds it in the nearest cache.
const WINDOW: usize = 16 * 1024;

/// How many octets are looked at one by one before a search.
const NEAR: usize = 16;

/// Where in content that does not end in CR a CR or LF first stands alone.
fn bare_newline(content: &[u8]) -> Option<usize> {
    let mut at = 0;
    // Every turn consumes a line end.
    loop {
        let rest = content.get(at..)?;
        at += memchr::memchr2(b'\r', b'\n', rest)?;
        match content.get(at..) {
            Some([b'\r', b'\n', ..]) => at += 2,
            _ => return Some(at),
        }
    }
}

/// Whether each CR is followed by an LF and each LF follows a CR. All octets are looked at without
/// a branch.
fn is_canonical(piece: &[u8]) -> bool {
    let next = piece.get(1..).unwrap_or_default();
    let wrong =
        piece.iter().zip(next).fold(false, |any, (&a, &b)| any | ((a == b'\r') != (b == b'\n')));
    !wrong && piece.first() != Some(&b'\n') && piece.last() != Some(&b'\r')
}

/// Where the first dot stands that begins a line behind a CRLF.
fn dot(piece: &[u8]) -> Option<usize> {
    memmem::find(piece, b"\r\n.").map(|at| at + 2)
}

/// Puts `piece` with a second dot at the start of each line that begins with one behind a CRLF; the
/// first such stands at `first`.
fn double_dots(piece: &[u8], first: Option<usize>, out: &mut (impl Sink + ?Sized)) {
    let mut sent = 0;
    if let Some(first) = first {
        // A dot is sent twice: once here, once with what follows.
        out.put(piece.get(..=first).unwrap_or_default());
        sent = first;
        for at in memmem::find_iter(piece.get(first..).unwrap_or_default(), b"\r\n.") {
            let dot = first + at + 2;
            out.put(piece.get(sent..=dot).unwrap_or_default());
            sent = dot;
        }
    }
    out.put(piece.get(sent..).unwrap_or_default());
}

/// What a [`DotWriter`] does with CR and LF that stand alone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BareNewlines {
    /// Sends a CRLF for each: what a file with Unix line ends wants.
    #[default]
    Convert,
    /// Sends them as they are. Other servers may take them for line ends, and a lone dot between
    /// two of them for the end of the message.
    Keep,
}

/// Adds the dots and the end, however the content is cut.
///
/// ```
/// use mailwire_core::DotWriter;
///
/// let mut sent = Vec::new();
/// let mut dots = DotWriter::default();
/// dots.write(b"one\n.two", &mut sent);
/// dots.finish(&mut sent);
/// assert_eq!(sent, b"one\r\n..two\r\n.\r\n");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DotWriter {
    newlines: BareNewlines,
    at: At,
}

/// Where a [`DotWriter`] stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    LineStart,
    Line,
    /// After a CR. When bare newlines are converted it is not sent until its LF is known.
    Cr,
}

impl Default for DotWriter {
    fn default() -> Self {
        Self::new(BareNewlines::default())
    }
}

impl DotWriter {
    /// A writer at the start of a body.
    #[must_use]
    pub fn new(newlines: BareNewlines) -> Self {
        Self { newlines, at: At::LineStart }
    }

    /// Writes the next piece of content.
    pub fn write(&mut self, piece: &[u8], out: &mut (impl Sink + ?Sized)) {
        match self.newlines {
            BareNewlines::Keep => self.keep(piece, out),
            // Each is looked at twice, the second time in the nearest cache.
            BareNewlines::Convert => piece.chunks(WINDOW).for_each(|it| self.convert(it, out)),
        }
    }

    /// Ends the body: with a CRLF first, when its last line has none.
    pub fn finish(self, out: &mut (impl Sink + ?Sized)) {
        out.put(match self.at {
            At::LineStart => b".\r\n",
            At::Line | At::Cr => b"\r\n.\r\n",
        });
    }

    fn keep(&mut self, mut piece: &[u8], out: &mut (impl Sink + ?Sized)) {
        match (self.at, piece) {
            (_, []) => return,
            (At::LineStart, [b'.', ..]) => out.put(b"."),
            (At::Cr, [b'\n', rest @ ..]) if rest.first() == Some(&b'.') => {
                out.put(b"\n.");
                piece = rest;
                self.at = At::Line;
            }
            _ => {}
        }
        self.at = match piece {
            [.., b'\r', b'\n'] => At::LineStart,
            [b'\n'] if self.at == At::Cr => At::LineStart,
            [.., b'\r'] => At::Cr,
            _ => At::Line,
        };
        double_dots(piece, dot(piece), out);
    }

    fn convert(&mut self, mut piece: &[u8], out: &mut (impl Sink + ?Sized)) {
        if let (At::Cr, Some(first)) = (self.at, piece.first()) {
            out.put(b"\r\n");
            self.at = At::LineStart;
            if *first == b'\n' {
                piece = piece.get(1..).unwrap_or_default();
            }
        }
        if self.at == At::LineStart && piece.first() == Some(&b'.') {
            out.put(b".");
        }
        if piece.is_empty() {
            return;
        }
        // The search comes first: it is what brings the piece from memory soonest.
        let dot = dot(piece);
        if is_canonical(piece) {
            self.at = if piece.ends_with(b"\n") { At::LineStart } else { At::Line };
            return double_dots(piece, dot, out);
        }
        self.at = At::Line;
        // What stands before `sent` was put; lines that are as they should be are put together.
        let mut sent = 0;
        // Every turn consumes a line end.
        let mut at = 0;
        while let Some(n) = piece.get(at..).and_then(|rest| memchr::memchr2(b'\r', b'\n', rest)) {
            at += n;
            match piece.get(at..) {
                Some([b'\r', b'\n', rest @ ..]) => {
                    at += 2;
                    if let [b'.', ..] = rest {
                        out.put(piece.get(sent..at).unwrap_or_default());
                        out.put(b".");
                        sent = at;
                    }
                }
                Some([b'\r']) => {
                    out.put(piece.get(sent..at).unwrap_or_default());
                    self.at = At::Cr;
                    return;
                }
                _ => {
                    out.put(piece.get(sent..at).unwrap_or_default());
                    at += 1;
                    sent = at;
                    let dot = piece.get(at) == Some(&b'.');
                    out.put(if dot { b"\r\n." } else { b"\r\n" });
                }
            }
        }
        out.put(piece.get(sent..).unwrap_or_default());
        if at == piece.len() {
            self.at = At::LineStart;
        }
    }
}
