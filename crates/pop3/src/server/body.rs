//! A message on its way out: dots added, and for TOP cut after some lines of its body.

use mailwire_core::Output;
use mailwire_core::dots::{BareNewlines, DotWriter};

/// Sends a message, or its top.
#[derive(Debug)]
pub(crate) struct Body {
    dots: DotWriter,
    top: Option<Top>,
}

/// Finds the end of the header and counts lines behind it, however the message is cut. A line ends
/// in LF, with or without CR.
#[derive(Clone, Copy, Debug)]
struct Top {
    /// Lines of the body that are still to be sent.
    lines: u64,
    in_body: bool,
    /// The line of the header that has come so far holds nothing but perhaps a CR.
    empty: bool,
}

impl Body {
    /// All of a message, or its header and so many lines of its body.
    pub(crate) fn new(top: Option<u64>) -> Self {
        let top = top.map(|lines| Top { lines, in_body: false, empty: true });
        Self { dots: DotWriter::new(BareNewlines::Convert), top }
    }

    /// Sends a piece, or as much of it as is wanted.
    pub(crate) fn write(&mut self, piece: &[u8], out: &mut Output) {
        let n = match &mut self.top {
            Some(top) => top.wanted(piece),
            None => piece.len(),
        };
        self.dots.write(piece.get(..n).unwrap_or(piece), out);
    }

    /// Whether more of the message would be dropped.
    pub(crate) fn has_enough(&self) -> bool {
        self.top.is_some_and(|top| top.in_body && top.lines == 0)
    }

    /// Ends the answer.
    pub(crate) fn finish(self, out: &mut Output) {
        self.dots.finish(out);
    }
}

impl Top {
    /// How much of `piece` is to be sent.
    fn wanted(&mut self, piece: &[u8]) -> usize {
        let mut start = 0;
        // Every turn consumes a line.
        while let Some(rest) = piece.get(start..).filter(|rest| !rest.is_empty()) {
            if self.in_body && self.lines == 0 {
                return start;
            }
            let Some(at) = memchr::memchr(b'\n', rest) else {
                self.empty &= matches!(rest, [b'\r']);
                return piece.len();
            };
            let line = rest.get(..at).unwrap_or_default();
            if self.in_body {
                self.lines -= 1;
            } else {
                self.in_body = self.empty && matches!(line, [] | [b'\r']);
                self.empty = true;
            }
            start += at + 1;
        }
        piece.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwire_core::Buf;

    // RFC 1939 section 7: the lines of the body are counted, those of the header are not.
    #[test]
    fn top_counts_lines_of_the_body_however_it_is_cut() {
        let message = b"Subject: a\r\n b\r\n\r\none\r\n.two\r\nthree\r\n";
        for (lines, expected) in [
            (0, &b"Subject: a\r\n b\r\n\r\n.\r\n"[..]),
            (1, b"Subject: a\r\n b\r\n\r\none\r\n.\r\n"),
            (2, b"Subject: a\r\n b\r\n\r\none\r\n..two\r\n.\r\n"),
            (3, b"Subject: a\r\n b\r\n\r\none\r\n..two\r\nthree\r\n.\r\n"),
            (u64::MAX, b"Subject: a\r\n b\r\n\r\none\r\n..two\r\nthree\r\n.\r\n"),
        ] {
            for size in [1, 2, 3, 7, 100] {
                let (mut body, mut out) = (Body::new(Some(lines)), Output::default());
                for piece in message.chunks(size) {
                    body.write(piece, &mut out);
                }
                body.finish(&mut out);
                assert_eq!(out.chunk(), expected, "{lines} lines in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_header_without_a_body_is_all_there_is() {
        let (mut body, mut out) = (Body::new(Some(0)), Output::default());
        body.write(b"Subject: a\r\nX: y", &mut out);
        assert!(!body.has_enough());
        body.finish(&mut out);
        assert_eq!(out.chunk(), b"Subject: a\r\nX: y\r\n.\r\n");
    }
}
