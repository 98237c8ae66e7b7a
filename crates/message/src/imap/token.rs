//! The words of structured fields as IMAP servers read them: octets as they stand, nothing decoded.

use alloc::vec::Vec;

/// Reads a value from its start.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    pub(super) rest: &'a [u8],
    /// What the last comment held.
    pub(super) comment: Option<Vec<u8>>,
}

/// A value is not what it should be from here on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Broken;

/// Whether more follows.
pub(super) type More = Result<bool, Broken>;

impl<'a> Words<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest, comment: None }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Passes this octet, if it comes.
    pub(super) fn pass(&mut self, octet: u8) -> bool {
        let rest = self.rest.strip_prefix(&[octet]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let n = self.rest.iter().position(|&b| !wanted(b)).unwrap_or(self.rest.len());
        let (head, rest) = self.rest.split_at(n);
        self.rest = rest;
        head
    }

    /// Passes white space and comments.
    pub(super) fn blank(&mut self) -> More {
        // Every turn consumes octets.
        loop {
            let _ = self.take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
            match self.peek() {
                Some(b'(') => self.comment()?,
                next => return Ok(next.is_some()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Broken> {
        self.comment = None;
        let (mut depth, mut escaped, mut text) = (0usize, false, Vec::new());
        for (at, &b) in self.rest.iter().enumerate() {
            match b {
                _ if escaped => escaped = false,
                b'\\' => {
                    escaped = true;
                    continue;
                }
                b'(' => {
                    depth += 1;
                    if depth == 1 {
                        continue;
                    }
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        self.rest = self.rest.get(at + 1..).unwrap_or_default();
                        self.comment = Some(text);
                        return Ok(());
                    }
                }
                b'\r' | b'\n' => continue,
                _ => {}
            }
            text.push(b);
        }
        self.rest = b"";
        Err(Broken)
    }

    /// What is between quotes.
    pub(super) fn quoted(&mut self, out: &mut Vec<u8>) -> More {
        let mut escaped = false;
        for (at, &b) in self.rest.iter().enumerate().skip(1) {
            match b {
                _ if escaped => {
                    escaped = false;
                    out.push(b);
                }
                b'\\' => escaped = true,
                b'"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return self.blank();
                }
                b'\r' | b'\n' => {}
                b => out.push(b),
            }
        }
        self.rest = b"";
        Err(Broken)
    }

    /// A token of MIME; it may be empty.
    pub(super) fn token(&mut self, out: &mut Vec<u8>) -> More {
        out.extend_from_slice(self.take_while(is_token));
        self.blank()
    }

    /// Atoms with dots, and blanks around the dots.
    pub(super) fn dot_atom(&mut self, out: &mut Vec<u8>) -> More {
        // Every turn consumes an atom and a dot.
        loop {
            let atom = self.take_while(is_atext);
            if atom.is_empty() {
                return if self.rest.is_empty() { Ok(false) } else { Err(Broken) };
            }
            out.extend_from_slice(atom);
            if !self.blank()? {
                return Ok(false);
            }
            if !self.pass(b'.') {
                return Ok(true);
            }
            out.push(b'.');
            if !self.blank()? {
                return Err(Broken);
            }
        }
    }

    /// Atoms and dots, wherever these stand, and blanks between them: what is before an at sign.
    pub(super) fn dots_and_atoms(&mut self, out: &mut Vec<u8>) -> More {
        // Every turn consumes a word.
        loop {
            let before = out.len();
            let word = self.take_while(|b| is_atext(b) || b == b'.');
            out.extend_from_slice(word);
            if out.len() == before {
                return if self.rest.is_empty() { Ok(false) } else { Err(Broken) };
            }
            if !self.blank()? {
                return Ok(false);
            }
            if self.peek() != Some(b'.') && !(word.ends_with(b".") && self.starts_atom()) {
                return Ok(true);
            }
        }
    }

    fn starts_atom(&self) -> bool {
        self.peek().is_some_and(is_atext)
    }

    /// Atoms, dots and quoted strings, with one space between them.
    pub(super) fn phrase(&mut self, out: &mut Vec<u8>) -> More {
        match self.peek() {
            None => return Ok(false),
            Some(b'.') => return Err(Broken),
            _ => {}
        }
        // Every turn consumes a word.
        loop {
            let more = if self.peek() == Some(b'"') {
                self.quoted(out)?
            } else {
                out.extend_from_slice(self.take_while(|b| is_atext(b) || b == b'.'));
                self.blank()?
            };
            match self.peek() {
                _ if !more => return Ok(false),
                Some(b) if is_atext(b) || matches!(b, b'"' | b'.') => out.push(b' '),
                _ => return Ok(true),
            }
        }
    }

    /// What follows an at sign, which comes next.
    pub(super) fn domain(&mut self, out: &mut Vec<u8>) -> More {
        let _ = self.pass(b'@');
        if !self.blank()? {
            return Ok(false);
        }
        if self.peek() != Some(b'[') {
            return self.dot_atom(out);
        }
        out.extend(self.take_while(|b| b != b']').iter().filter(|b| !matches!(b, b'\r' | b'\n')));
        if !self.pass(b']') {
            return Err(Broken);
        }
        out.push(b']');
        self.blank()
    }
}

/// What an atom is made of (RFC 5322 section 3.2.3); octets of eight bits too.
pub(super) fn is_atext(b: u8) -> bool {
    b > b' ' && b != 0x7f && !b"()<>@,;:\\\".[]".contains(&b)
}

fn is_token(b: u8) -> bool {
    b == b'.' || is_atext(b) && !matches!(b, b'/' | b'?' | b'=')
}
