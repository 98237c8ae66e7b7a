//! Finds where fields, headers, parts and bodies begin and end.
//!
//! One scanner serves the reader of whole messages and the reader of streams, so they cannot
//! differ: it is shown what is unread and says how much of it is what. It looks at each octet once,
//! remembers how far it looked, and keeps nothing but the boundaries of the open multiparts.

use super::{Inside, Kind, Nature};
use crate::{DefectKind, Limits};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use memchr::{memchr, memmem};

/// What comes next. The lengths are octets to be consumed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token {
    /// A part begins; its header follows.
    PartStart,
    /// A field with its lines that are folded, line ends included.
    Field(usize),
    /// The empty line behind a header, or nothing where there is none.
    HeaderEnd(usize),
    /// Content of the part that is open: a body, or what stands before, between or behind parts.
    Body(usize),
    /// A line end and the delimiter line behind it.
    Delimiter(usize),
    /// The part that began last and is open ends.
    PartEnd,
    /// Something is wrong here.
    Defect(DefectKind),
    /// Nothing can be said before more bytes come.
    NeedMore,
    /// The message is over.
    End,
}

/// A part that is open.
#[derive(Debug)]
struct Level {
    /// The boundary of a multipart whose closing delimiter has not come.
    boundary: Option<Vec<u8>>,
    digest: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Start,
    Header,
    Body,
    Done,
}

#[derive(Debug)]
pub(crate) struct Scanner {
    limits: Limits,
    levels: Vec<Level>,
    nature: Nature,
    state: State,
    /// Tokens that are decided and take no octets, or those of one delimiter.
    queue: VecDeque<Token>,
    /// How much of what is unread is known to hold no end of what is looked for.
    scanned: usize,
    /// A delimiter may stand right here, without a line end before it.
    at_line_start: bool,
    open_boundaries: usize,
    parts: usize,
    /// The header that is read has had a field.
    any_field: bool,
    /// What the part is whose header ended last.
    kind: Kind,
}

impl Scanner {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            levels: Vec::new(),
            nature: Nature::default(),
            state: State::Start,
            queue: VecDeque::new(),
            scanned: 0,
            at_line_start: true,
            open_boundaries: 0,
            parts: 0,
            any_field: false,
            kind: Kind::Leaf,
        }
    }

    /// What the part is whose header ended last.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What comes next in `bytes`, all that is unread; `at_end` when nothing will follow it.
    pub(crate) fn next(&mut self, bytes: &[u8], at_end: bool) -> Token {
        if let Some(token) = self.queue.pop_front() {
            return token;
        }
        match self.state {
            State::Start => {
                self.begin_part();
                self.next(bytes, at_end)
            }
            State::Header => self.header(bytes, at_end),
            State::Body => self.body(bytes, at_end),
            State::Done => Token::End,
        }
    }

    fn begin_part(&mut self) {
        self.parts += 1;
        self.levels.push(Level { boundary: None, digest: false });
        self.nature = Nature::default();
        self.state = State::Header;
        self.any_field = false;
        self.scanned = 0;
        self.queue.push_back(Token::PartStart);
        if self.parts == self.limits.parts {
            self.queue.push_back(Token::Defect(DefectKind::TooManyParts));
        }
    }

    fn header(&mut self, bytes: &[u8], at_end: bool) -> Token {
        // Every turn consumes a line.
        let mut at = 0;
        loop {
            let from = self.scanned.max(at);
            let Some(n) = bytes.get(from..).and_then(|rest| memchr(b'\n', rest)) else {
                return self.unfinished_line(bytes, at, at_end);
            };
            let end = from + n + 1;
            let line = bytes.get(at..end).unwrap_or_default();
            if at == 0 {
                if matches!(line, [b'\n'] | [b'\r', b'\n']) {
                    return self.end_header(end);
                }
                if self.open_boundaries > 0
                    && line.starts_with(b"--")
                    && self.delimiter(line, true).is_some()
                {
                    self.queue.push_back(Token::Defect(DefectKind::NoEmptyLine));
                    return self.end_header(0);
                }
            }
            if end >= self.limits.field {
                return self.field(bytes, end.min(self.limits.field).max(1), true);
            }
            // The field goes on where the next line begins with white space.
            match bytes.get(end) {
                Some(b' ' | b'\t') => {
                    at = end;
                    self.scanned = end;
                }
                None if !at_end => {
                    // The line end is known; what follows it is not.
                    self.scanned = end - 1;
                    return Token::NeedMore;
                }
                _ => return self.field(bytes, end, false),
            }
        }
    }

    /// The bytes end in the middle of a line that begins at `at`.
    fn unfinished_line(&mut self, bytes: &[u8], at: usize, at_end: bool) -> Token {
        self.scanned = bytes.len();
        if bytes.len() >= self.limits.field {
            return self.field(bytes, self.limits.field.max(1), true);
        }
        if !at_end {
            return Token::NeedMore;
        }
        if bytes.is_empty() {
            if self.any_field {
                self.queue.push_back(Token::Defect(DefectKind::NoEmptyLine));
            }
            return self.end_header(0);
        }
        if at == 0 && bytes.starts_with(b"--") && self.delimiter(bytes, true).is_some() {
            self.queue.push_back(Token::Defect(DefectKind::NoEmptyLine));
            return self.end_header(0);
        }
        self.field(bytes, bytes.len(), false)
    }

    fn field(&mut self, bytes: &[u8], len: usize, too_long: bool) -> Token {
        self.scanned = 0;
        self.any_field = true;
        let field = bytes.get(..len).unwrap_or_default();
        if too_long {
            self.queue.push_back(Token::Defect(DefectKind::FieldTooLong));
        }
        match crate::header::split(field) {
            Some((name, value)) => {
                if field.get(name.len()) != Some(&b':') {
                    self.queue.push_back(Token::Defect(DefectKind::SpaceBeforeColon));
                }
                if self.nature.look(name, value) {
                    self.queue.push_back(Token::Defect(DefectKind::DuplicateField));
                }
            }
            None => self.queue.push_back(Token::Defect(DefectKind::NotAField)),
        }
        Token::Field(len)
    }

    fn end_header(&mut self, len: usize) -> Token {
        self.scanned = 0;
        self.at_line_start = true;
        self.state = State::Body;
        let parent = self.levels.len().checked_sub(2).and_then(|at| self.levels.get(at));
        let inside = self.nature.inside(parent.is_some_and(|level| level.digest));
        let deep = self.levels.len() >= self.limits.depth;
        self.kind = Kind::Leaf;
        match inside {
            Inside::Leaf => {}
            Inside::Encoded => self.queue.push_back(Token::Defect(DefectKind::EncodedMultipart)),
            Inside::NoBoundary => self.queue.push_back(Token::Defect(DefectKind::NoBoundary)),
            _ if deep => self.queue.push_back(Token::Defect(DefectKind::TooDeep)),
            _ if self.parts >= self.limits.parts => {}
            Inside::Multipart { boundary, digest } => {
                if let Some(level) = self.levels.last_mut() {
                    self.kind = Kind::Multipart;
                    *level = Level { boundary: Some(boundary), digest };
                    self.open_boundaries += 1;
                }
            }
            Inside::Message => {
                self.kind = Kind::Message;
                self.begin_part();
            }
        }
        // A defect of the header stands before its end.
        let defect = match self.queue.front() {
            Some(Token::Defect(DefectKind::NoEmptyLine)) => self.queue.pop_front(),
            _ => None,
        };
        match defect {
            Some(defect) => {
                self.queue.push_front(Token::HeaderEnd(len));
                defect
            }
            None => Token::HeaderEnd(len),
        }
    }

    fn body(&mut self, bytes: &[u8], at_end: bool) -> Token {
        if self.open_boundaries == 0 {
            return match bytes.len() {
                0 if at_end => self.finish(),
                0 => Token::NeedMore,
                n => Token::Body(n),
            };
        }
        if self.at_line_start {
            match self.delimiter_at(bytes, 0, at_end) {
                Found::Unknown => return Token::NeedMore,
                Found::Yes(level, close, len) => return self.close(level, close, len),
                Found::No => self.at_line_start = false,
            }
        }
        let mut from = self.scanned;
        // Every turn looks at the octets behind the last candidate.
        while let Some(n) = bytes.get(from..).and_then(|rest| memmem::find(rest, b"\n--")) {
            let line = from + n + 1;
            let end = match (from + n).checked_sub(1).and_then(|before| bytes.get(before)) {
                Some(b'\r') => line - 2,
                _ => line - 1,
            };
            match self.delimiter_at(bytes, line, at_end) {
                Found::Yes(level, close, len) => {
                    if end > 0 {
                        // The next call begins at the line end that belongs to the delimiter.
                        self.scanned = 0;
                        return Token::Body(end);
                    }
                    return self.close(level, close, line + len);
                }
                Found::Unknown if end > 0 => {
                    self.scanned = 0;
                    return Token::Body(end);
                }
                Found::Unknown => {
                    self.scanned = 0;
                    return Token::NeedMore;
                }
                Found::No => from = line,
            }
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

    /// Whether a delimiter line begins at `at`: which level it is of, whether it closes it, and how
    /// long it is.
    fn delimiter_at(&self, bytes: &[u8], at: usize, at_end: bool) -> Found {
        let rest = bytes.get(at..).unwrap_or_default();
        if !rest.starts_with(b"--") {
            let may = !at_end && b"--".starts_with(rest);
            return if may { Found::Unknown } else { Found::No };
        }
        // No boundary and padding is longer: what is longer need not be seen whole.
        let longest = self.levels.iter().flat_map(|level| &level.boundary).map(Vec::len).max();
        let longest = longest.unwrap_or_default() + PADDING + 6;
        let line = match memchr(b'\n', rest.get(..longest.min(rest.len())).unwrap_or_default()) {
            Some(n) => rest.get(..=n).unwrap_or_default(),
            None if at_end && rest.len() < longest => rest,
            None if rest.len() < longest && self.may_be_delimiter(rest) => return Found::Unknown,
            None => return Found::No,
        };
        match self.delimiter(line, false) {
            Some((level, close)) => Found::Yes(level, close, line.len()),
            None => Found::No,
        }
    }

    /// The level whose delimiter a line is, innermost first, and whether it closes it. `any` also
    /// takes a line that is cut off.
    fn delimiter(&self, line: &[u8], any: bool) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        self.levels.iter().enumerate().rev().find_map(|(at, level)| {
            let rest = text.strip_prefix(level.boundary.as_deref()?)?;
            let (rest, close) = match rest.strip_prefix(b"--") {
                Some(rest) => (rest, true),
                None => (rest, false),
            };
            // Past the limit what would divide is content.
            let divides = close || self.parts < self.limits.parts;
            let padding = divides && (rest.len() <= PADDING + 2 || any);
            let fits = padding && rest.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
            fits.then_some((at, close))
        })
    }

    /// Whether more octets could make a delimiter of a line that has begun.
    fn may_be_delimiter(&self, line: &[u8]) -> bool {
        let text = line.strip_prefix(b"--").unwrap_or_default();
        self.levels.iter().filter_map(|level| level.boundary.as_deref()).any(|boundary| match text
            .strip_prefix(boundary)
        {
            Some(rest) => {
                let rest = rest.strip_prefix(b"--").or(rest.strip_prefix(b"-")).unwrap_or(rest);
                rest.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
            }
            None => boundary.starts_with(text),
        })
    }

    /// A delimiter of `level` was found: the parts inside it end.
    fn close(&mut self, level: usize, close: bool, len: usize) -> Token {
        self.scanned = 0;
        self.at_line_start = true;
        while self.levels.len() > level + 1 {
            self.end_part(true);
        }
        self.queue.push_back(Token::Delimiter(len));
        if close {
            if let Some(level) = self.levels.last_mut() {
                level.boundary = None;
                self.open_boundaries -= 1;
            }
        } else {
            self.begin_part();
        }
        self.queue.pop_front().unwrap_or(Token::NeedMore)
    }

    fn end_part(&mut self, defects: bool) {
        if let Some(level) = self.levels.pop() {
            if level.boundary.is_some() {
                self.open_boundaries -= 1;
                if defects {
                    self.queue.push_back(Token::Defect(DefectKind::NotClosed));
                }
            }
            self.queue.push_back(Token::PartEnd);
        }
    }

    fn finish(&mut self) -> Token {
        // Every turn ends a part.
        while !self.levels.is_empty() {
            self.end_part(true);
        }
        self.state = State::Done;
        self.queue.pop_front().unwrap_or(Token::End)
    }
}

/// White space behind a delimiter that is still a delimiter, in octets.
const PADDING: usize = 64;

#[derive(Debug)]
enum Found {
    Yes(usize, bool, usize),
    No,
    Unknown,
}
