//! Words of trace fields: what stands between white space, with comments apart.

use super::table::kinds;
use crate::octets::{below, each, marks, place, same};

/// A word, a comment without its outer parentheses, or a semicolon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Piece<'a> {
    Word(&'a [u8]),
    Comment(&'a [u8]),
    Semicolon,
}

/// Reads a value piece by piece. A word goes on over what is in quotes or angle brackets.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    value: &'a [u8],
    /// Where the piece began that was read last.
    start: usize,
    at: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Self {
        Self { value, start: 0, at: 0 }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.value.get(self.at..).unwrap_or_default()
    }

    /// Where in the value the piece began that was read last.
    pub(crate) fn start(&self) -> usize {
        self.start
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    // Every turn consumes something.
    #[inline(always)]
    fn next(&mut self) -> Option<Piece<'a>> {
        let value = self.value;
        let mut start = self.at;
        // Mostly one space.
        let first = loop {
            match *value.get(start)? {
                b if class(b) == WHITE => start += 1,
                b => break b,
            }
        };
        self.start = start;
        let (at, piece) = match first {
            b';' => (start + 1, Piece::Semicolon),
            b'(' => {
                let (at, is_closed) = comment(value, start + 1);
                let text = value.get(start + 1..at - usize::from(is_closed));
                (at, Piece::Comment(text.unwrap_or_default()))
            }
            _ => {
                let at = word(value, start);
                (at, Piece::Word(value.get(start..at).unwrap_or_default()))
            }
        };
        self.at = at;
        Some(piece)
    }
}

const PLAIN: u8 = 0;
const WHITE: u8 = 1;
/// Ends a word: a semicolon, an opening parenthesis.
const ENDS: u8 = 2;
const QUOTE: u8 = 3;

const CLASSES: [u8; 256] = kinds(&[(b" \t\r\n", WHITE), (b";(", ENDS), (b"\"", QUOTE)]);

fn class(b: u8) -> u8 {
    CLASSES.get(usize::from(b)).copied().unwrap_or(PLAIN)
}

/// Where the comment ends whose text begins here, and whether it does. Its depth is a number.
#[inline]
fn comment(value: &[u8], mut at: usize) -> (usize, bool) {
    let mut depth = 1usize;
    // Every turn passes an octet at least, or is the last.
    loop {
        // The parentheses differ in their lowest bit.
        let mark = |word| below(word ^ each(b'('), 2) | same(word, b'\\');
        at = find(value, at, mark);
        match value.get(at) {
            Some(b'(') => depth += 1,
            Some(b')') if depth == 1 => return (at + 1, true),
            Some(b')') => depth -= 1,
            Some(b'\\') => at += 1,
            Some(_) => {}
            None => return (value.len(), false),
        }
        at += 1;
    }
}

/// Where the word ends that begins here.
#[inline]
fn word(value: &[u8], start: usize) -> usize {
    let mut at = start;
    // Every turn passes an octet at least, or is the last.
    loop {
        at = find(value, at, |word| below(word, b'(' + 1) | same(word, b';'));
        let Some(&b) = value.get(at) else { return value.len() };
        match class(b) {
            WHITE | ENDS if at > start => return at,
            QUOTE => at = quoted(value, at),
            _ => at += 1,
        }
    }
}

/// Where the first octet is that is marked, from here on. Sixteen are looked at in one step; the
/// last few, which are not sixteen, are all told of.
#[inline]
fn find(value: &[u8], mut at: usize, mark: impl Fn(u64) -> u64) -> usize {
    while let Some(octets) = value.get(at..).and_then(<[u8]>::first_chunk) {
        let marks = marks(octets, &mark);
        if marks != 0 {
            return at + place(marks);
        }
        at += 16;
    }
    at
}

/// Where the quotes that open here close, behind them.
fn quoted(rest: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(&b) = rest.get(at) {
        at += match b {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_wherever_they_do() {
        for n in 0..20 {
            let (word, tail) = ("x".repeat(n + 1), "y".repeat(n));
            for end in [" ", "\t", "\r\n", ";", "(a)"] {
                let value = std::format!("{word}{end}{tail}");
                let mut pieces = Pieces::new(value.as_bytes());
                assert_eq!(pieces.next(), Some(Piece::Word(word.as_bytes())), "{value}");
            }
            // What does not end a word, and what does, in quotes.
            for inside in ["!", "#", "'", ")", "\0", "\u{e9}", ":", "<", "\" ;(\\\"\""] {
                let whole = std::format!("{word}{inside}{tail}");
                for value in [whole.clone(), std::format!("{whole} z")] {
                    let first = Pieces::new(value.as_bytes()).next();
                    assert_eq!(first, Some(Piece::Word(whole.as_bytes())), "{value}");
                }
                if !inside.contains(['(', ')']) {
                    let value = std::format!("({whole}\\)({tail})z){word}");
                    let mut pieces = Pieces::new(value.as_bytes());
                    let inside = &value[1..value.len() - word.len() - 1];
                    assert_eq!(pieces.next(), Some(Piece::Comment(inside.as_bytes())), "{value}");
                    assert_eq!(pieces.next(), Some(Piece::Word(word.as_bytes())), "{value}");
                }
            }
            let value = std::format!("({word}");
            let mut pieces = Pieces::new(value.as_bytes());
            assert_eq!(pieces.next(), Some(Piece::Comment(word.as_bytes())));
            assert_eq!(pieces.next(), None);
        }
    }
}
