//! White space, comments, quoted strings: what structured fields have in common.

use super::table::kinds;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A word of a structured field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Token<'a> {
    /// Octets that are nothing else.
    Atom(&'a [u8]),
    /// A quoted string, without its quotes and backslashes.
    Quoted(Cow<'a, [u8]>),
    /// A domain literal with its brackets.
    Literal(&'a [u8]),
    /// A comment without its outer parentheses.
    Comment(&'a [u8]),
    /// One of `<>@,;:.`, and other specials where they stand alone.
    Special(u8),
}

/// Reads a structured value word by word. Nothing recurses: the depth of comments is a number.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    pub(super) rest: &'a [u8],
    /// White space stood before the last token.
    pub(crate) spaced: bool,
}

const PLAIN: u8 = 0;
const WHITE: u8 = 1;
const SPECIAL: u8 = 2;
/// Begins something longer.
const BEGINS: u8 = 3;

const CLASSES: [u8; 256] =
    kinds(&[(b" \t\r\n\0", WHITE), (b"<>@,;:/=)", SPECIAL), (b"(\"", BEGINS)]);

fn class(b: u8) -> u8 {
    CLASSES.get(usize::from(b)).copied().unwrap_or(PLAIN)
}

impl<'a> Lexer<'a> {
    /// For MIME fields (RFC 2045 section 5.1), where `/` and `=` divide and dots do not.
    pub(crate) fn mime(value: &'a [u8]) -> Self {
        Self { rest: value, spaced: false }
    }

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        head
    }

    /// The next word, comments among them.
    pub(crate) fn next_token(&mut self) -> Option<Token<'a>> {
        let n = self.rest.iter().position(|&b| class(b) != WHITE).unwrap_or(self.rest.len());
        self.spaced = n > 0;
        let _ = self.take(n);
        match *self.rest.first()? {
            b'(' => Some(Token::Comment(self.comment())),
            b'"' => Some(Token::Quoted(self.quoted())),
            b'[' => {
                let n = memchr::memchr(b']', self.rest).map_or(self.rest.len(), |n| n + 1);
                Some(Token::Literal(self.take(n)))
            }
            b if class(b) == SPECIAL => {
                let _ = self.take(1);
                Some(Token::Special(b))
            }
            _ => {
                let ends = |&b: &u8| class(b) != PLAIN;
                let n = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                Some(Token::Atom(self.take(n.max(1))))
            }
        }
    }

    /// The next word that is no comment.
    pub(crate) fn next_word(&mut self) -> Option<Token<'a>> {
        let mut spaced = false;
        // Every turn consumes a comment.
        loop {
            match self.next_token()? {
                Token::Comment(_) => spaced = true,
                token => {
                    self.spaced |= spaced;
                    return Some(token);
                }
            }
        }
    }

    fn comment(&mut self) -> &'a [u8] {
        let mut depth = 0usize;
        let mut escaped = false;
        for (at, b) in self.rest.iter().enumerate() {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return self.take(at + 1).get(1..at).unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
        // It does not end: all that is left is the comment.
        let n = self.rest.len();
        self.take(n).get(1..).unwrap_or_default()
    }

    fn quoted(&mut self) -> Cow<'a, [u8]> {
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut owned: Option<Vec<u8>> = None;
        let mut escaped = false;
        // Most have nothing in them that is not text.
        let odd = memchr::memchr3(b'"', b'\\', b'\n', inside);
        if let Some(at) = odd.filter(|&at| inside.get(at) == Some(&b'"')) {
            let text = inside.get(..at).unwrap_or_default();
            if !text.contains(&b'\r') {
                let _ = self.take(at + 2);
                return Cow::Borrowed(text);
            }
        }
        for (at, &b) in inside.iter().enumerate() {
            match b {
                _ if escaped => {
                    escaped = false;
                    owned.get_or_insert_default().push(b);
                }
                b'\\' => {
                    escaped = true;
                    owned.get_or_insert_with(|| inside.get(..at).unwrap_or_default().to_vec());
                }
                b'"' => {
                    let _ = self.take(at + 2);
                    return owned
                        .map_or(Cow::Borrowed(inside.get(..at).unwrap_or_default()), Cow::Owned);
                }
                // Folding inside a quoted string is not part of it.
                b'\r' | b'\n' => {
                    owned.get_or_insert_with(|| inside.get(..at).unwrap_or_default().to_vec());
                }
                b => {
                    if let Some(owned) = &mut owned {
                        owned.push(b);
                    }
                }
            }
        }
        // It does not end: all that is left is in it.
        let n = self.rest.len();
        let _ = self.take(n);
        owned.map_or(Cow::Borrowed(inside), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_comments() {
        let mut lexer = Lexer::mime(b"a (b (c) \\) d) \"e\\\"f\" [g h]");
        assert_eq!(lexer.next_token(), Some(Token::Atom(b"a")));
        assert_eq!(lexer.next_token(), Some(Token::Comment(b"b (c) \\) d")));
        assert_eq!(lexer.next_token(), Some(Token::Quoted(Cow::Owned(b"e\"f".to_vec()))));
        assert_eq!(lexer.next_token(), Some(Token::Literal(b"[g h]")));
        assert_eq!(lexer.next_token(), None);
    }

    #[test]
    fn what_does_not_end_ends_with_the_value() {
        for value in ["(((((", "\"abc\\", "[abc", ")"] {
            let mut lexer = Lexer::mime(value.as_bytes());
            assert!(lexer.next_token().is_some());
            assert_eq!(lexer.next_token(), None, "{value}");
        }
    }
}
