//! Finds where a message ends: lines, and the literals that lines announce.
//!
//! Literals are those of RFC 7888 (`{n+}`) and RFC 3516 (`~{n}`) too.
//!
//! It knows nothing of the grammar but `{n}` before a line end, so a message can be skipped safely
//! even when it cannot be parsed.
//!
//! ```text
//!  * 1 FETCH (BODY[] {50000}CRLF   a line that announces a literal
//!  ..... 50,000 octets .....       streamed past the frame in pieces
//!   UID 7)CRLF                     the last line
//!  ─▶ frame: "* 1 FETCH (BODY[] {50000}CRLF UID 7)CRLF", streamed at its 27th octet
//! ```

use alloc::vec::Vec;
use core::ops::Range;
use mailwire_core::{Input, Lines};

/// A literal, as its line announces it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Literal {
    pub(crate) len: u64,
    /// The peer waits for leave to send it.
    pub(crate) sync: bool,
}

/// What to do with a literal: a pure function of what is before it in its message, never of what
/// is buffered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Plan {
    /// The line announces nothing after all.
    Text,
    /// Keep it in the frame.
    Inline,
    /// Hand it out in pieces.
    Stream,
    /// Give the message up: the literal is too long. It comes all the same unless the peer waits.
    Refuse,
}

#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Frame {
    /// A message, whole, less the literals that were streamed.
    Message(Range<usize>),
    /// A literal that stays in the frame was announced, and its sender waits.
    Inline(Literal),
    /// The message so far, or what has come of it since its last streamed literal; it ends in the
    /// line announcing one that will be streamed.
    Head(Range<usize>, Literal),
    Piece(Range<usize>),
    PieceEnd,
    /// A message was given up because of a literal; its start is [`Framer::held`] until the next
    /// call. What follows a synchronising one is a new message.
    Refused(Literal),
    /// All of a message that was given up has come.
    RefusedEnd,
    NeedMore,
    /// A message is longer than the limit, and its end is lost.
    TooLong,
}

#[derive(Debug, Default)]
pub(crate) struct Framer {
    lines: Lines,
    /// How much of the unread input is known to belong to this message.
    have: usize,
    /// A literal in the frame whose plan was made: its octets are part of `have`.
    literals: u32,
    /// The message up to its last streamed literal. Each octet comes here at most once and goes
    /// back in front of the input at most once, so many literals cost no more than one.
    held: Vec<u8>,
    /// Where literals were streamed past the frame, as offsets in it.
    streamed: Vec<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Lines,
    Streaming(u64),
    /// A literal of a message that was given up, then lines until its end.
    Dropping(u64),
    /// The next call starts a message.
    Fresh,
}

/// What a literal is announced in.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    /// The message from its first octet up to the end of a line, with the literals in between;
    /// when some were streamed, up to the last of them.
    pub(crate) start: &'a [u8],
    /// The line that announces the literal, its end included.
    pub(crate) line: &'a [u8],
    /// How many literals this message had before.
    pub(crate) index: u32,
}

impl Framer {
    /// The next thing in the input. Each octet is searched once: `Lines` remembers how far it
    /// looked, and literals are skipped by arithmetic.
    pub(crate) fn next(
        &mut self,
        rx: &mut Input,
        max: usize,
        mut plan: impl FnMut(&Head<'_>, Literal) -> Plan,
    ) -> Frame {
        match self.state {
            State::Streaming(0) => {
                self.state = State::Lines;
                return Frame::PieceEnd;
            }
            State::Streaming(left) => {
                return match take_up_to(rx, left) {
                    (range, 0) => {
                        debug_assert!(range.is_empty());
                        Frame::NeedMore
                    }
                    (range, n) => {
                        self.state = State::Streaming(left - n);
                        Frame::Piece(range)
                    }
                };
            }
            State::Dropping(_) => return self.drop_rest(rx),
            State::Fresh => self.begin(),
            State::Lines => {}
        }
        // Every turn consumes a line, and the literal that it announces.
        loop {
            let unread = rx.unread();
            if unread.len() < self.have {
                return Frame::NeedMore;
            }
            let Some(n) = self.lines.find(unread, self.have) else {
                let too_long = self.held.len() + unread.len() > max;
                return if too_long { Frame::TooLong } else { Frame::NeedMore };
            };
            let end = self.have + n;
            if self.held.len() + end > max {
                return Frame::TooLong;
            }
            let line = unread.get(self.have..end).unwrap_or_default();
            // Longer than any number: what follows cannot be told from commands.
            if announced(line).is_some_and(|literal| literal.len == u64::MAX && !literal.sync) {
                return Frame::TooLong;
            }
            let decided = announced(line).map(|literal| {
                let whole = unread.get(..end).unwrap_or_default();
                let start = if self.held.is_empty() { whole } else { &self.held[..] };
                (literal, plan(&Head { start, line, index: self.literals }, literal))
            });
            match decided {
                None | Some((_, Plan::Text)) => {
                    let whole = self.held.len() + end;
                    if !self.held.is_empty() {
                        rx.put_back(&self.held);
                    }
                    self.state = State::Fresh;
                    return Frame::Message(rx.take(whole));
                }
                Some((literal, Plan::Inline)) => {
                    self.literals += 1;
                    let Ok(len) = usize::try_from(literal.len) else { return Frame::TooLong };
                    if len > max {
                        return Frame::TooLong;
                    }
                    self.have = end + len;
                    if literal.sync {
                        return Frame::Inline(literal);
                    }
                }
                Some((literal, Plan::Stream)) => {
                    self.literals += 1;
                    let head = self.hold(rx, end);
                    self.streamed.push(self.held.len());
                    self.state = State::Streaming(literal.len);
                    return Frame::Head(head, literal);
                }
                Some((literal, Plan::Refuse)) => {
                    let _ = self.hold(rx, end);
                    self.state = match literal.sync {
                        true => State::Fresh,
                        false => State::Dropping(literal.len),
                    };
                    return Frame::Refused(literal);
                }
            }
        }
    }

    /// The start of the message whose literal is being streamed, or was refused.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Where literals of the last message were streamed past it.
    pub(crate) fn streamed(&self) -> &[usize] {
        &self.streamed
    }

    /// Gives up the message whose literal is being waited for: the peer was told not to send it.
    pub(crate) fn abandon(&mut self) {
        self.state = State::Fresh;
    }

    /// Passes over the literal that is being streamed and the rest of its message.
    pub(crate) fn drop_message(&mut self) {
        if let State::Streaming(left) = self.state {
            self.state = State::Dropping(left);
        }
    }

    fn begin(&mut self) {
        self.state = State::Lines;
        self.lines.reset();
        self.have = 0;
        self.literals = 0;
        self.held.clear();
        self.streamed.clear();
    }

    fn hold(&mut self, rx: &mut Input, end: usize) -> Range<usize> {
        let range = rx.take(end);
        self.held.extend_from_slice(rx.slice(range.clone()));
        self.have = 0;
        range
    }

    /// Consumes a message that was given up: its literals and its lines, at constant memory.
    fn drop_rest(&mut self, rx: &mut Input) -> Frame {
        // Every turn consumes a literal, a line, or what there is.
        while let State::Dropping(left) = self.state {
            let (_, n) = take_up_to(rx, left);
            self.state = State::Dropping(left - n);
            if n < left {
                return Frame::NeedMore;
            }
            let Some(n) = self.lines.find(rx.unread(), 0) else {
                // Only the end of a line can announce anything: keep what may be that.
                let keep = 32.min(rx.len());
                if rx.len() > 4096 {
                    let _ = rx.take(rx.len() - keep);
                    self.lines.reset();
                }
                return Frame::NeedMore;
            };
            let range = rx.take(n);
            match announced(rx.slice(range)) {
                Some(Literal { len, sync: false }) => self.state = State::Dropping(len),
                _ => self.state = State::Fresh,
            }
        }
        Frame::RefusedEnd
    }
}

fn take_up_to(rx: &mut Input, most: u64) -> (Range<usize>, u64) {
    let n = usize::try_from(most).unwrap_or(usize::MAX).min(rx.len());
    (rx.take(n), n as u64)
}

/// The literal that a line (end included) announces. Looks at the end of the line only.
///
/// ```abnf
/// literal = "{" number64 ["+" / "-"] "}" CRLF
/// ```
///
/// Accepts leading zeros. A number that is too large is the largest there is: no limit takes it.
fn announced(line: &[u8]) -> Option<Literal> {
    let line = line.strip_suffix(b"\r\n")?.strip_suffix(b"}")?;
    let (line, sync) = match line {
        [line @ .., b'+' | b'-'] => (line, false),
        line => (line, true),
    };
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (rest, number) = line.split_at_checked(line.len().checked_sub(digits)?)?;
    if number.is_empty() || !rest.ends_with(b"{") {
        return None;
    }
    let len = mailwire_core::keyword::number(number).unwrap_or(u64::MAX);
    Some(Literal { len, sync })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(
        stream: &[u8],
        chunk: usize,
        max: usize,
        plan: fn(&Head<'_>, Literal) -> Plan,
    ) -> Vec<std::string::String> {
        let (mut rx, mut framer, mut seen) = (Input::default(), Framer::default(), Vec::new());
        let mut body = Vec::new();
        for piece in stream.chunks(chunk) {
            rx.extend(piece);
            loop {
                match framer.next(&mut rx, max, plan) {
                    Frame::NeedMore => break,
                    Frame::Piece(range) => body.extend_from_slice(rx.slice(range)),
                    Frame::PieceEnd => {
                        seen.push(std::format!("body {}", body.escape_ascii()));
                        body.clear();
                    }
                    Frame::Message(range) => seen.push(std::format!(
                        "message {} {:?}",
                        rx.slice(range).escape_ascii(),
                        framer.streamed()
                    )),
                    Frame::TooLong => {
                        seen.push("too long".into());
                        return seen;
                    }
                    Frame::Head(range, literal) => seen.push(std::format!(
                        "head {} {}",
                        rx.slice(range).escape_ascii(),
                        literal.len
                    )),
                    other => seen.push(std::format!("{other:?}")),
                }
            }
        }
        seen
    }

    fn at_every_chunk(stream: &[u8], plan: fn(&Head<'_>, Literal) -> Plan, expected: &[&str]) {
        for chunk in 1..=stream.len() {
            assert_eq!(frames(stream, chunk, 1000, plan), expected, "in pieces of {chunk}");
        }
    }

    #[test]
    fn streamed_literals_go_past_the_frame() {
        at_every_chunk(
            b"a {3}\r\nxyz b {2}\r\n\r\n c\r\nd\r\n",
            |_, _| Plan::Stream,
            &[
                "head a {3}\\r\\n 3",
                "body xyz",
                "head  b {2}\\r\\n 2",
                "body \\r\\n",
                "message a {3}\\r\\n b {2}\\r\\n c\\r\\n [7, 15]",
                "message d\\r\\n []",
            ],
        );
    }

    // Design 1.5, trap 3: one decision for each literal, whatever is buffered.
    #[test]
    fn each_synchronising_literal_is_reported_once() {
        at_every_chunk(
            b"a {3}\r\nx\r\n b {0}\r\n {1+}\r\nz\r\n",
            |_, _| Plan::Inline,
            &[
                "Inline(Literal { len: 3, sync: true })",
                "Inline(Literal { len: 0, sync: true })",
                "message a {3}\\r\\nx\\r\\n b {0}\\r\\n {1+}\\r\\nz\\r\\n []",
            ],
        );
    }

    #[test]
    fn a_refused_literal_that_comes_anyway_is_passed_over() {
        at_every_chunk(
            b"a {5+}\r\nx\r\ny\n b {2+}\r\nzz end\r\nnext\r\n",
            |_, _| Plan::Refuse,
            &["Refused(Literal { len: 5, sync: false })", "RefusedEnd", "message next\\r\\n []"],
        );
    }

    #[test]
    fn a_refused_literal_that_waits_never_comes() {
        at_every_chunk(
            b"a {5}\r\nnext\r\n",
            |_, _| Plan::Refuse,
            &["Refused(Literal { len: 5, sync: true })", "message next\\r\\n []"],
        );
    }

    #[test]
    fn only_digits_in_braces_at_the_end_announce() {
        for line in ["a {5} \r\n", "a {}\r\n", "a {5\r\n", "a 5}\r\n", "a {-5}\r\n", "a {5}\n"] {
            assert_eq!(announced(line.as_bytes()), None, "{line:?}");
        }
        for (line, len, sync) in [
            ("{0005}\r\n", 5, true),
            ("~{5+}\r\n", 5, false),
            ("{000000000000000000000000000000005}\r\n", 5, true),
            ("a {99999999999999999999999}\r\n", u64::MAX, true),
            ("a{18446744073709551615-}\r\n", u64::MAX, false),
        ] {
            assert_eq!(announced(line.as_bytes()), Some(Literal { len, sync }));
        }
    }

    // Design 1.5, trap 1: counted, not timed. Each octet of the head is held once and put back once,
    // so what is moved for twice as many literals is twice as much.
    #[test]
    fn many_literals_are_moved_once() {
        let stream = |n: usize| [&b"x {1}\r\n.".repeat(n)[..], b"\r\n"].concat();
        for n in [100, 200] {
            let (mut rx, mut framer) = (Input::default(), Framer::default());
            rx.extend(&stream(n));
            let mut held = 0;
            loop {
                match framer.next(&mut rx, 100_000, |_, _| Plan::Stream) {
                    Frame::Head(..) => {
                        assert_eq!(framer.held().len(), held + 7);
                        held += 7;
                    }
                    Frame::Message(range) => {
                        assert_eq!(range.len(), n * 7 + 2);
                        break;
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn message_of_exactly_the_limit_is_taken() {
        for (n, too_long) in [(9, false), (10, false), (11, true)] {
            let line = [&b"x".repeat(n - 2)[..], b"\r\n"].concat();
            let seen = frames(&line, n, 10, |_, _| Plan::Inline);
            assert_eq!(seen == ["too long"], too_long, "{n}");
        }
    }
}
