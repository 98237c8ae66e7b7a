//! The parameters of a MIME field where they lie: nothing is allocated, nothing decoded.

use crate::limits::Limits;
use crate::rules::{Parameters, Rules};
use alloc::vec::Vec;
use memchr::memchr;

/// Where one parameter lies in a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    /// The name, with any `*` and number.
    pub(crate) name: &'a [u8],
    /// The value; of a quoted one what is between the quotes, backslashes kept.
    pub(crate) value: &'a [u8],
    pub(crate) quoted: bool,
}

impl Raw<'_> {
    /// The value without backslashes and line ends.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut escaped = false;
        for &b in self.value {
            match b {
                _ if escaped => {
                    escaped = false;
                    out.push(b);
                }
                b'\\' if self.quoted => escaped = true,
                b'\r' | b'\n' => {}
                b => out.push(b),
            }
        }
    }
}

/// What the reader of parameters found strange.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddities {
    pub(crate) comment: bool,
    pub(crate) open_quote: bool,
    pub(crate) junk: bool,
}

/// Reads a value: the words before the first semicolon, then parameters.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    pub(crate) odd: Oddities,
    rules: Parameters,
}

fn is_white(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a [u8], rules: &Rules) -> Self {
        Self { rest: value, odd: Oddities::default(), rules: rules.parameters }
    }

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        head
    }

    /// Passes white space and comments.
    fn blank(&mut self) {
        // Every turn consumes octets.
        loop {
            let n = self.rest.iter().take_while(|&&b| is_white(b)).count();
            let _ = self.take(n);
            if self.rest.first() != Some(&b'(') {
                return;
            }
            self.odd.comment = true;
            let (mut depth, mut escaped) = (0usize, false);
            let end = self.rest.iter().position(|b| {
                match b {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let _ = self.take(end.map_or(usize::MAX, |at| at + 1));
        }
    }

    /// A token, or what is between quotes; empty when there is none.
    pub(crate) fn word(&mut self) -> Raw<'a> {
        self.blank();
        if self.rest.first() == Some(&b'"') {
            let value = self.quoted();
            return Raw { name: b"", value, quoted: true };
        }
        let ends = |&b: &u8| is_white(b) || matches!(b, b';' | b'=' | b'/' | b'(' | b'"' | b',');
        let n = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        Raw { name: b"", value: self.take(n), quoted: false }
    }

    /// Whether this octet comes; passes it.
    pub(crate) fn is(&mut self, octet: u8) -> bool {
        self.blank();
        let found = self.rest.first() == Some(&octet);
        if found {
            let _ = self.take(1);
        }
        found
    }

    fn quoted(&mut self) -> &'a [u8] {
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut escaped = false;
        let end = inside.iter().position(|&b| {
            let closes = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            closes
        });
        match end {
            Some(end) => {
                let _ = self.take(end + 2);
                inside.get(..end).unwrap_or_default()
            }
            None => {
                self.odd.open_quote = true;
                self.rest = b"";
                inside
            }
        }
    }

    /// Passes what stands before the next semicolon, and it; false at the end.
    fn next_semicolon(&mut self) -> bool {
        // Every turn consumes octets.
        loop {
            self.blank();
            match self.rest.first() {
                None => return false,
                Some(b';') => {
                    let _ = self.take(1);
                    return true;
                }
                Some(b'"') => {
                    self.odd.junk = true;
                    let _ = self.quoted();
                }
                Some(_) => {
                    self.odd.junk = true;
                    let _ = self.take(1);
                }
            }
        }
    }

    /// How long the token is that comes, or the encoded-word, which is none.
    fn token(&self) -> usize {
        let is_word = self.rest.first() == Some(&b'=');
        let ends = |&b: &u8| is_white(b) || !is_word && b"()<>@,;:\\\"/[]?=".contains(&b);
        self.rest.iter().position(ends).unwrap_or(self.rest.len())
    }

    /// The next parameter. A value with specials that should have been quoted goes on to the next
    /// semicolon (many mailers write such).
    pub(crate) fn parameter(&mut self) -> Option<Raw<'a>> {
        // Every turn consumes a semicolon.
        while self.next_semicolon() {
            let name = self.word();
            if name.value.is_empty() || name.quoted || !self.is(b'=') {
                self.odd.junk |= !self.rest.is_empty() && self.rest.first() != Some(&b';');
                if self.rules == Parameters::Tokens {
                    let _ = self.take(1);
                }
                continue;
            }
            let before = self.rest;
            self.blank();
            let blank = before.get(..before.len() - self.rest.len()).unwrap_or_default();
            // Readers that unfold late find no value.
            self.odd.junk |= blank.contains(&b'\n');
            if self.rest.first() == Some(&b'"') {
                let value = self.quoted();
                return Some(Raw { name: name.value, value, quoted: true });
            }
            let n = memchr(b';', self.rest).unwrap_or(self.rest.len());
            let n = memchr(b'(', self.rest).map_or(n, |at| at.min(n));
            let n = match self.rules {
                Parameters::Mended => n,
                Parameters::Tokens => self.token().min(n),
            };
            let value = self.take(n).trim_ascii_end();
            return Some(Raw { name: name.value, value, quoted: false });
        }
        None
    }
}

/// The first parameters of a value, as many as the limits allow; the flag says that there are more.
pub(crate) fn parameters<'a>(
    reader: Reader<'a>,
    limits: &Limits,
) -> impl Iterator<Item = Raw<'a>> + use<'a> {
    let mut reader = reader;
    core::iter::from_fn(move || reader.parameter()).take(limits.parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec;

    fn read(value: &str) -> Vec<(String, String)> {
        let mut reader = Reader::new(value.as_bytes(), &Rules::default());
        core::iter::from_fn(|| reader.parameter())
            .map(|raw| {
                let mut out = Vec::new();
                raw.write(&mut out);
                (String::from_utf8_lossy(raw.name).into(), String::from_utf8(out).unwrap())
            })
            .collect()
    }

    #[test]
    fn parameters_lie_where_they_are() {
        let pair = |a: &str, b: &str| (String::from(a), String::from(b));
        for (value, expected) in [
            ("a/b; c=d", vec![pair("c", "d")]),
            ("a/b ;c = \"d\\\"e;f\" ; g=h", vec![pair("c", "d\"e;f"), pair("g", "h")]),
            ("a/b; c((x))=d (y); e=f g", vec![pair("c", "d"), pair("e", "f g")]),
            ("a/b; junk; c=d/e", vec![pair("c", "d/e")]),
            ("a/b; c=\"open", vec![pair("c", "open")]),
            ("a/b; c=", vec![pair("c", "")]),
            ("(((((", vec![]),
            ("a/b; c=\"d\r\n e\"", vec![pair("c", "d e")]),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }
}
