//! Words of trace fields: what stands between white space, with comments apart.

use super::table::kinds;

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
    #[inline]
    fn next(&mut self) -> Option<Piece<'a>> {
        let mut rest = self.rest();
        // Mostly one space.
        while let [first, after @ ..] = rest {
            if class(*first) != WHITE {
                break;
            }
            rest = after;
        }
        self.start = self.value.len() - rest.len();
        let (n, piece) = match rest.first()? {
            b';' => (1, Piece::Semicolon),
            b'(' => {
                let (n, is_closed) = comment(rest);
                let text = rest.get(1..n - usize::from(is_closed)).unwrap_or_default();
                (n, Piece::Comment(text))
            }
            _ => {
                let n = word(rest);
                (n, Piece::Word(rest.get(..n).unwrap_or_default()))
            }
        };
        self.at = self.start + n;
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

/// How long the comment is that this begins with, and whether it ends. Its depth is a number.
fn comment(rest: &[u8]) -> (usize, bool) {
    let (mut depth, mut at) = (1usize, 1);
    // Every turn passes a parenthesis or a backslash.
    while let Some(n) = rest.get(at..).and_then(|it| memchr::memchr3(b'(', b')', b'\\', it)) {
        at += n + 1;
        match rest.get(at - 1) {
            Some(b'(') => depth += 1,
            Some(b')') if depth == 1 => return (at, true),
            Some(b')') => depth -= 1,
            _ => at += 1,
        }
    }
    (rest.len(), false)
}

/// How long the word is that this begins with.
fn word(rest: &[u8]) -> usize {
    let mut at = 0;
    // Every turn passes an octet at least, or is the last.
    loop {
        at += plain(rest.get(at..).unwrap_or_default());
        let Some(&b) = rest.get(at) else { return rest.len() };
        match class(b) {
            WHITE | ENDS if at > 0 => return at,
            QUOTE => at = quoted(rest, at),
            _ => at += 1,
        }
    }
}

/// How many octets there are before one that may matter: up to a quote, a semicolon or an opening
/// parenthesis. Eight are looked at in one step.
fn plain(rest: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    let each = |b: u8| ONES * u64::from(b);
    // The lowest octet below `b` is marked, and perhaps others above it.
    let below = |word: u64, b: u8| word.wrapping_sub(each(b)) & !word;
    let mut at = 0;
    while let Some(&eight) = rest.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(eight);
        let marks =
            below(word, b'"' + 1) | below(word ^ each(b';'), 1) | below(word ^ each(b'('), 1);
        let marks = marks & HIGHS;
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let tail = rest.get(at..).unwrap_or_default();
    at + tail.iter().position(|&b| class(b) != PLAIN).unwrap_or(tail.len())
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
    fn what_matters_is_found_wherever_it_stands() {
        for b in 0..=255 {
            for at in 0..20 {
                let mut text = [b'x'; 20];
                text[at] = b;
                let expected = if class(b) == PLAIN { 20 } else { at };
                let found = plain(&text);
                // A sign that does not matter may stop the search: the caller looks at it.
                let odd = class(b) == PLAIN && b <= b'"';
                assert!(found == expected || odd && found == at, "{b} at {at}: {found}");
            }
        }
    }
}
