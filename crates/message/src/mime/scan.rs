//! Finds the fields, the bodies and the delimiters of a message in bytes that come in pieces.
//!
//! It keeps nothing of the message but the boundaries of the multiparts that are open.

use super::delimiter::{Delimiter, Found, Levels, Tail};
use super::head::Head;
use super::nature::{Inside, Nature};
use super::{Kind, Name};
use crate::rules::{AfterClose, Rules};
use crate::{Defect, DefectKind, Limits};
use alloc::collections::VecDeque;
use memchr::{memchr, memmem};

/// What comes next. The lengths are octets that are consumed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token {
    /// A part begins; its header follows.
    PartStart,
    /// A field with its lines that are folded, line ends included, and the length of its name.
    Field(usize, Name, u16),
    /// Octets of a header that are in no field.
    Rest(usize),
    /// The empty line behind a header, or nothing where there is none.
    HeaderEnd(usize),
    /// Content of the part that is open: a body, or what stands before, between or behind parts.
    Body(usize),
    /// A line end and the delimiter line behind it, or the rest of that line.
    Delimiter(usize),
    /// The part that began last and is open ended so many octets before: the line end that belongs
    /// to a delimiter is not part of what it ends, even where another delimiter ends with it.
    PartEnd(u8),
    /// Something is wrong.
    Defect(Defect),
    /// Nothing can be said before more bytes come.
    NeedMore,
    /// The message is over.
    End,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum State {
    #[default]
    Start,
    /// Before the first field of the message.
    Preface,
    Header,
    /// In a field that is longer than the limit.
    LongField,
    /// In the first line of the message, which is no field.
    FromLine,
    Body,
    /// In a delimiter line.
    DelimiterLine,
    Done,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Scanner {
    pub(super) limits: Limits,
    pub(super) rules: Rules,
    pub(super) levels: Levels,
    pub(super) nature: Nature,
    pub(super) state: State,
    /// Tokens that are decided and take no octets, or those of one delimiter.
    pub(super) notes: Notes,
    /// Where in the message what is unread begins.
    pub(super) at: u64,
    /// How much of what is unread is known to hold no end of what is looked for.
    pub(super) scanned: usize,
    /// A delimiter may stand right here, without a line end before it.
    at_line_start: bool,
    parts: usize,
    /// There are too many parts: what follows belongs to the last.
    saturated: bool,
    /// How long the line end is that was passed with a delimiter right before.
    line_end: u8,
    /// The last octet of a delimiter line that is passed in pieces.
    last_octet: u8,
    /// A part follows the delimiter line that is passed.
    part_follows: bool,
    /// The header that is read.
    pub(super) head: Head,
    /// The octets of all headers before it.
    pub(super) headers: u64,
    /// What the part is whose header ended last.
    kind: Kind,
    /// It reached a limit, and is not divided.
    limited: bool,
}

/// What is to be said before more is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    queue: VecDeque<Token>,
    /// How many defects there were, and how many are said.
    count: usize,
    limit: usize,
}

impl Notes {
    /// Notes a defect from one octet of the message to another.
    pub(super) fn add(&mut self, kind: DefectKind, start: u64, end: u64) {
        self.count = self.count.saturating_add(1);
        if self.count <= self.limit {
            self.queue.push_back(Token::Defect(Defect { start, end, kind }));
        }
    }
}

impl Scanner {
    pub(crate) fn new(limits: &Limits, rules: &Rules) -> Self {
        Self::default().restart(limits, rules)
    }

    /// Begins another message with the memory of this one.
    pub(crate) fn restart(self, limits: &Limits, rules: &Rules) -> Self {
        let Self { mut levels, mut nature, mut notes, .. } = self;
        levels.clear();
        nature.clear();
        notes.queue.clear();
        (notes.count, notes.limit) = (0, limits.defects);
        Self { limits: *limits, rules: *rules, levels, nature, notes, ..Self::default() }
    }

    /// One that is done, and noted so many defects.
    #[cfg(feature = "serde")]
    pub(crate) fn done(limits: &Limits, rules: &Rules, defects: usize) -> Self {
        let mut scanner = Self::new(limits, rules);
        scanner.state = State::Done;
        scanner.notes.count = defects;
        scanner
    }

    /// What the part is whose header ended last.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it reached a limit.
    pub(crate) fn limited(&self) -> bool {
        self.limited
    }

    /// How many defects there were, those past the limit among them.
    pub(crate) fn defects(&self) -> usize {
        self.notes.count
    }

    /// Where what is unread begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// What comes next in `bytes`, all that is unread; `at_end` when nothing will follow it.
    #[inline]
    pub(crate) fn next(&mut self, bytes: &[u8], at_end: bool) -> Token {
        // Most tokens are fields.
        if self.state == State::Header && self.notes.queue.is_empty() {
            if let Some((len, name, name_len)) = self.plain_field(bytes, at_end) {
                self.at += len as u64;
                self.line_end = 0;
                return Token::Field(len, name, name_len);
            }
        }
        self.next_of_any(bytes, at_end)
    }

    fn next_of_any(&mut self, bytes: &[u8], at_end: bool) -> Token {
        let token = self.notes.queue.pop_front().unwrap_or_else(|| self.scan(bytes, at_end));
        match token {
            Token::Field(n, ..) | Token::Rest(n) | Token::HeaderEnd(n) | Token::Body(n) => {
                self.at += n as u64;
                self.line_end = 0;
            }
            Token::Delimiter(n) => {
                self.at += n as u64;
                self.line_end = match bytes.get(..n).unwrap_or_default() {
                    [.., b'\r', b'\n'] => 2,
                    [b'\n'] if self.last_octet == b'\r' => 2,
                    [.., b'\n'] => 1,
                    _ => 0,
                };
                let last = n.checked_sub(1).and_then(|at| bytes.get(at));
                self.last_octet = last.copied().unwrap_or_default();
            }
            _ => {}
        }
        token
    }

    fn scan(&mut self, bytes: &[u8], at_end: bool) -> Token {
        match self.state {
            State::Start => {
                self.begin_part();
                self.state = State::Preface;
                self.notes.queue.pop_front().unwrap_or(Token::PartStart)
            }
            State::Preface => self.preface(bytes, at_end),
            State::Header => self.header(bytes, at_end),
            State::LongField => self.long_field(bytes, at_end),
            State::FromLine => self.line_rest(bytes, at_end, Token::Rest, State::Header),
            State::Body => self.body(bytes, at_end),
            State::DelimiterLine => self.line_rest(bytes, at_end, Token::Delimiter, State::Body),
            State::Done => Token::End,
        }
    }

    fn begin_part(&mut self) {
        self.parts += 1;
        self.part_follows = false;
        self.levels.push();
        self.nature.clear();
        self.state = State::Header;
        self.head = Head { start: self.at, ..Head::default() };
        self.scanned = 0;
        self.notes.queue.push_back(Token::PartStart);
    }

    /// The header is over, with `len` octets of an empty line. One that was `cut` at a limit has a
    /// body that is not divided.
    pub(super) fn end_header(&mut self, len: usize, cut: bool) -> Token {
        self.scanned = 0;
        self.at_line_start = true;
        self.state = State::Body;
        let body = self.at + len as u64;
        self.headers += body - self.head.start;
        let start = self.head.start;
        let digest = self.levels.parent().is_some_and(|level| level.digest);
        let deep = self.levels.len() >= self.limits.depth;
        self.kind = Kind::Leaf;
        self.limited = cut;
        self.notes.queue.push_back(Token::HeaderEnd(len));
        let notes = &mut self.notes;
        let mut note = |kind| notes.add(kind, start, body);
        match if cut { (Inside::Leaf, false) } else { self.nature.inside(digest, &mut note) } {
            (Inside::Leaf, _) => {}
            _ if deep => {
                self.limited = true;
                note(DefectKind::TooDeep);
            }
            (Inside::Multipart, digest) => {
                if self.levels.len() == 1 && !self.nature.has(Name::MIME_VERSION) {
                    note(DefectKind::NoMimeVersion);
                }
                self.kind = Kind::Multipart;
                if self.levels.divide(self.nature.boundary(), digest) {
                    note(DefectKind::DuplicateBoundary);
                }
            }
            (Inside::Message, _) if self.parts >= self.limits.parts => {
                self.limited = true;
                note(DefectKind::TooManyParts);
            }
            (Inside::Message, _) => {
                self.kind = Kind::Message;
                let before = self.at;
                self.at = body;
                self.begin_part();
                self.at = before;
            }
        }
        self.notes.queue.pop_front().unwrap_or(Token::NeedMore)
    }

    fn body(&mut self, bytes: &[u8], at_end: bool) -> Token {
        if self.part_follows {
            self.begin_part();
            return self.notes.queue.pop_front().unwrap_or(Token::PartStart);
        }
        if !self.levels.any() || self.saturated {
            return match bytes.len() {
                0 if at_end => self.finish(),
                0 => Token::NeedMore,
                n => Token::Body(n),
            };
        }
        if self.at_line_start {
            match self.levels.find(bytes, at_end, &self.rules) {
                Found::Unknown => return Token::NeedMore,
                Found::Yes(delimiter) => {
                    if let Some(token) = self.delimiter(delimiter, 0) {
                        return token;
                    }
                    if self.saturated && !bytes.is_empty() {
                        return Token::Body(bytes.len());
                    }
                }
                Found::No => {}
            }
            self.at_line_start = false;
        }
        let mut from = self.scanned;
        // Every turn looks at the octets behind the last candidate.
        while let Some(feed) = find_dashes(bytes, from) {
            let line = feed + 1;
            let end = match feed.checked_sub(1).and_then(|before| bytes.get(before)) {
                Some(b'\r') => line - 2,
                _ => line - 1,
            };
            let rest = bytes.get(line..).unwrap_or_default();
            match self.levels.find(rest, at_end, &self.rules) {
                Found::No => {}
                Found::Yes(delimiter) if end == 0 && self.divides(delimiter) => {
                    return self.delimiter(delimiter, line).unwrap_or(Token::NeedMore);
                }
                Found::Yes(delimiter) if !self.divides(delimiter) => {
                    let _ = self.delimiter(delimiter, line);
                    if self.saturated {
                        return Token::Body(bytes.len());
                    }
                }
                // The next call begins at the line end that belongs to the delimiter.
                _ => {
                    self.scanned = 0;
                    return if end > 0 { Token::Body(end) } else { Token::NeedMore };
                }
            }
            from = line;
        }
        self.scanned = 0;
        if at_end {
            return match bytes.len() {
                0 => self.finish(),
                n => Token::Body(n),
            };
        }
        // What may be the start of a delimiter is not content yet.
        let held = match bytes {
            [.., b'\r', b'\n'] => 2,
            [.., b'\r', b'\n', b'-'] => 3,
            [.., b'\n', b'-'] => 2,
            [.., b'\n' | b'\r'] => 1,
            _ => 0,
        };
        match bytes.len() - held {
            0 => Token::NeedMore,
            n => Token::Body(n),
        }
    }

    /// Whether a line divides, by the limits and what was closed.
    pub(super) fn divides(&self, found: Delimiter) -> bool {
        let late = found.late && (found.close || self.rules.after_close == AfterClose::Content);
        !late && (found.close || self.parts < self.limits.parts)
    }

    /// A delimiter stands `before` octets from here: the parts inside its multipart end. `None`
    /// when it does not divide.
    fn delimiter(&mut self, found: Delimiter, before: usize) -> Option<Token> {
        let start = self.at + before as u64;
        let end = start + found.len as u64;
        if !self.divides(found) {
            if found.late {
                self.notes.add(DefectKind::AfterClose, start, end);
            } else if !self.saturated {
                self.saturated = true;
                self.notes.add(DefectKind::TooManyParts, start, end);
            }
            return None;
        }
        self.scanned = 0;
        self.at_line_start = true;
        if before > 0 {
            // It has a line end of its own: that of the delimiter line before is content.
            self.line_end = 0;
        }
        while self.levels.len() > found.level + 1 {
            self.end_part();
        }
        match found.tail {
            Tail::Nothing => {}
            Tail::White => self.notes.add(DefectKind::DelimiterPadding, start, end),
            Tail::Other => self.notes.add(DefectKind::DelimiterSuffix, start, end),
        }
        if found.late {
            self.notes.add(DefectKind::AfterClose, start, end);
        }
        let len = before + found.len;
        self.notes.queue.push_back(Token::Delimiter(len));
        self.part_follows = !found.close;
        if found.close {
            self.levels.close_last();
        } else {
            self.levels.divided();
        }
        if found.unfinished {
            // The part begins behind the line, wherever that ends.
            self.state = State::DelimiterLine;
        } else if self.part_follows {
            let at = self.at;
            self.at = end;
            self.begin_part();
            self.at = at;
        } else {
            // What follows a closing delimiter in a header is the content around it.
            self.state = State::Body;
        }
        self.notes.queue.pop_front()
    }

    fn end_part(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        if level.is_open() {
            self.notes.add(DefectKind::NotClosed, self.at, self.at);
        }
        if level.is_multipart() && !level.divided {
            self.notes.add(DefectKind::NoParts, self.at, self.at);
        }
        self.notes.queue.push_back(Token::PartEnd(self.line_end));
    }

    fn finish(&mut self) -> Token {
        // No delimiter follows: all that there is belongs to the parts.
        self.line_end = 0;
        // Every turn ends a part.
        while self.levels.len() > 0 {
            self.end_part();
        }
        self.state = State::Done;
        self.notes.queue.pop_front().unwrap_or(Token::End)
    }
}

/// The first line feed from `from` on that two hyphens follow.
fn find_dashes(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    // Every turn looks at octets behind those of the last one.
    loop {
        // Base64 has no hyphens, so looking for one is as fast as memory.
        let hyphen = at + memchr(b'-', bytes.get(at..)?)?;
        let pair = bytes.get(hyphen..)?.starts_with(b"--");
        if pair && hyphen > from && bytes.get(hyphen - 1) == Some(&b'\n') {
            return Some(hyphen - 1);
        }
        // Text has: there all three octets are looked for at once.
        let end = (hyphen + NEAR).min(bytes.len());
        let near = bytes.get(hyphen..end)?;
        if let Some(n) = memmem::find(near, b"\n--") {
            return Some(hyphen + n);
        }
        if end == bytes.len() {
            return None;
        }
        at = end - 2;
    }
}

/// How far behind a hyphen others are expected, in octets.
const NEAR: usize = 2048;
