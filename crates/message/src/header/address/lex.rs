//! The words of a list of addresses, and where they stand.

use super::super::table::kinds;
use crate::DefectKind;
use core::ops::Range;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Atom,
    Quoted,
    Literal,
    /// An encoded-word, which may hold what otherwise divides.
    Encoded,
    Special(u8),
    Comment,
}

/// What stands before a word.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Gap {
    None,
    White,
    Comment,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) gap: Gap,
}

impl Token {
    pub(super) fn is(&self, special: u8) -> bool {
        self.kind == Kind::Special(special)
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Atom | Kind::Quoted | Kind::Encoded)
    }
}

/// How many comments may turn out to have no end before all that is left is taken for one. Each
/// costs a look at the rest of the value.
const OPEN_COMMENTS: u8 = 8;

#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    value: &'a [u8],
    at: usize,
    open_comments: u8,
    no_more_quotes: bool,
}

const PLAIN: u8 = 0;
const WHITE: u8 = 1;
const SPECIAL: u8 = 2;
/// Begins something longer.
const BEGINS: u8 = 3;

const CLASSES: [u8; 256] = kinds(&[(b" \t\r\n", WHITE), (b"<>@,;:.", SPECIAL), (b"(\"[", BEGINS)]);

fn class(b: u8) -> u8 {
    CLASSES.get(usize::from(b)).copied().unwrap_or(PLAIN)
}

impl<'a> Lexer<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self { value, at: 0, open_comments: 0, no_more_quotes: false }
    }

    /// Where the next word may begin.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What stands before this place was read otherwise.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether a quote begins a quoted string.
    pub(super) fn may_quote(&self) -> bool {
        !self.no_more_quotes
    }

    fn rest(&self) -> &'a [u8] {
        self.value.get(self.at..).unwrap_or_default()
    }

    /// The next word and what is wrong with it. Every call but the last consumes something.
    pub(super) fn next(&mut self) -> Option<(Token, Option<DefectKind>)> {
        let rest = self.rest();
        let white = rest.iter().take_while(|&&b| class(b) == WHITE).count();
        self.at += white;
        let rest = rest.get(white..).unwrap_or_default();
        let first = *rest.first()?;
        let (kind, len, defect) = match first {
            b'(' => match comment(rest) {
                Some(len) => (Kind::Comment, len, None),
                None if self.open_comments < OPEN_COMMENTS => {
                    self.open_comments += 1;
                    (Kind::Comment, 1, Some(DefectKind::OpenComment))
                }
                None => (Kind::Comment, rest.len(), Some(DefectKind::OpenComment)),
            },
            b'"' if !self.no_more_quotes => match quoted(rest) {
                Some(len) => (Kind::Quoted, len, None),
                None => {
                    self.no_more_quotes = true;
                    (Kind::Atom, 1, Some(DefectKind::OpenQuote))
                }
            },
            b'[' => match literal(rest) {
                Some(len) => (Kind::Literal, len, None),
                None => (Kind::Atom, 1, Some(DefectKind::OpenLiteral)),
            },
            b if class(b) == SPECIAL => (Kind::Special(b), 1, None),
            _ => match encoded_word(rest) {
                Some(len) => (Kind::Encoded, len, None),
                None => {
                    let len = rest.iter().skip(1).take_while(|&&b| class(b) == PLAIN).count() + 1;
                    (Kind::Atom, len, None)
                }
            },
        };
        let start = self.at;
        self.at += len;
        let gap = if white > 0 { Gap::White } else { Gap::None };
        Some((Token { kind, start, end: self.at, gap }, defect))
    }
}

/// Where the comment ends that this begins with. Its depth is a number.
fn comment(rest: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut from = 0;
    // Every turn consumes up to a parenthesis or a backslash.
    loop {
        let at = from + memchr::memchr3(b'(', b')', b'\\', rest.get(from..)?)?;
        match rest.get(at)? {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => from = at + 1,
        }
        from = from.max(at) + 1;
    }
}

fn quoted(rest: &[u8]) -> Option<usize> {
    let mut from = 1;
    // Every turn consumes up to a quote or a backslash.
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', rest.get(from..)?)?;
        match rest.get(at)? {
            b'"' => return Some(at + 1),
            _ => from = at + 2,
        }
    }
}

/// A literal. One that holds what divides addresses has lost its end.
fn literal(rest: &[u8]) -> Option<usize> {
    let ends = |b: &u8| matches!(b, b']' | b'[' | b'<' | b'>' | b'@' | b',' | b'"');
    let at = rest.iter().skip(1).position(ends)? + 1;
    (rest.get(at) == Some(&b']')).then_some(at + 1)
}

/// An encoded-word may hold commas and the like, which RFC 2047 section 5 forbids and many write.
fn encoded_word(rest: &[u8]) -> Option<usize> {
    // No longer than this, so that a thousand openings cost a thousand such looks at most.
    const LONGEST: usize = 200;
    let inside = rest.strip_prefix(b"=?")?;
    let inside = inside.get(..inside.len().min(LONGEST)).unwrap_or_default();
    let label = memchr::memchr(b'?', inside)?;
    // The name of no charset holds what divides addresses.
    if inside.get(..label)?.iter().any(|b| b"@,;()".contains(b)) {
        return None;
    }
    let [encoding, b'?', text @ ..] = inside.get(label + 1..)? else { return None };
    let end = memchr::memmem::find(text, b"?=")?;
    let ends = |b: &u8| class(*b) == WHITE || matches!(b, b'"' | b'<' | b'>' | b'\\');
    let whole = rest.get(..2 + label + 3 + end + 2)?;
    (matches!(encoding, b'Q' | b'q' | b'B' | b'b') && !whole.iter().any(ends))
        .then_some(whole.len())
}
