//! Words of trace fields: what stands between white space, with comments apart.

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
    rest: &'a [u8],
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        head
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    // Every turn consumes something.
    fn next(&mut self) -> Option<Piece<'a>> {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.first()? {
            b';' => {
                let _ = self.take(1);
                Some(Piece::Semicolon)
            }
            b'(' => {
                let (n, is_closed) = comment(self.rest);
                let whole = self.take(n);
                Some(Piece::Comment(whole.get(1..n - usize::from(is_closed)).unwrap_or_default()))
            }
            _ => Some(Piece::Word(self.take(word(self.rest)))),
        }
    }
}

/// How long the comment is that this begins with, and whether it ends. Its depth is a number.
fn comment(rest: &[u8]) -> (usize, bool) {
    let mut depth = 0usize;
    let mut escaped = false;
    for (at, b) in rest.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return (at + 1, true),
            b')' => depth -= 1,
            _ => {}
        }
    }
    (rest.len(), false)
}

fn word(rest: &[u8]) -> usize {
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, b) in rest.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' => in_quotes = !in_quotes,
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' if !in_quotes && at > 0 => return at,
            _ => {}
        }
    }
    rest.len()
}
