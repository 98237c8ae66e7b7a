//! Authentication-Results (RFC 8601), ARC-Authentication-Results (RFC 8617) and Received-SPF (RFC
//! 7208 section 9.1): what another server found. Whether to believe it is the caller's question:
//! only those count that one's own servers wrote (RFC 8601 section 7.1).

use super::words::{Piece, Pieces};
use alloc::vec::Vec;
use mailwire_core::keyword::number;

/// What a server found out about who sent a message.
///
/// ```
/// use mailwire_message::header::AuthenticationResults;
///
/// let seen = AuthenticationResults::parse(
///     b"mx.example.net 1; spf=pass (ok) smtp.mailfrom=example.org;\r\n\
///       dkim=fail reason=\"bad signature\" header.d=example.org header.i=@example.org",
/// );
/// assert_eq!(seen.server, b"mx.example.net");
/// assert_eq!((seen.results[0].method, seen.results[0].value), (&b"spf"[..], &b"pass"[..]));
/// assert_eq!(seen.results[1].property("header.d"), Some(&b"example.org"[..]));
/// assert_eq!(seen.results[1].reason, Some(&b"bad signature"[..]));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationResults<'a> {
    /// Who says so: `authserv-id`.
    pub server: &'a [u8],
    /// The version; 1 when none is given.
    pub version: Option<u64>,
    /// `i=` of an ARC-Authentication-Results.
    pub instance: Option<u64>,
    /// What was found, in order. No more than 100.
    pub results: Vec<AuthenticationResult<'a>>,
}

/// One of the results.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationResult<'a> {
    /// `spf`, `dkim`, `dmarc`, `arc`, …, with a version behind a slash if there is one.
    pub method: &'a [u8],
    /// `pass`, `fail`, `none`, ….
    pub value: &'a [u8],
    /// Why, without quotes.
    pub reason: Option<&'a [u8]>,
    /// `smtp.mailfrom`, `header.d`, … and their values, without quotes. No more than 100.
    pub properties: Vec<(&'a [u8], &'a [u8])>,
}

const MOST: usize = 100;

impl<'a> AuthenticationResults<'a> {
    /// Reads a value. What is not of its grammar is passed over.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Self {
        let mut all = Self::default();
        let mut current: Option<AuthenticationResult<'a>> = None;
        let mut is_first = true;
        let mut pairs = Pairs { pieces: Pieces::new(value) };
        // Every turn consumes a piece.
        while let Some(pair) = pairs.next() {
            match pair {
                Pair::End => {
                    is_first = all.server.is_empty() && all.results.is_empty();
                    all.results.extend(current.take());
                }
                Pair::Of(b"i", n) if is_first && all.server.is_empty() => {
                    all.instance = number(n);
                }
                Pair::Word(word) if is_first && all.server.is_empty() => all.server = word,
                Pair::Word(word) if is_first => all.version = number(word).or(all.version),
                Pair::Word(_) => {}
                Pair::Of(method, value) => match &mut current {
                    None if all.results.len() < MOST => {
                        is_first = false;
                        current = Some(AuthenticationResult {
                            method,
                            value,
                            ..AuthenticationResult::default()
                        });
                    }
                    Some(result) if method.eq_ignore_ascii_case(b"reason") => {
                        result.reason = result.reason.or(Some(value));
                    }
                    Some(result) if result.properties.len() < MOST => {
                        result.properties.push((method, value));
                    }
                    _ => {}
                },
            }
        }
        all.results.extend(current);
        all
    }
}

impl<'a> AuthenticationResult<'a> {
    /// The value of a property, in any case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'a [u8]> {
        let is = |(known, _): &&(&[u8], &'a [u8])| known.eq_ignore_ascii_case(name.as_bytes());
        self.properties.iter().find(is).map(|(_, value)| *value)
    }
}

/// A Received-SPF.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ReceivedSpf<'a> {
    /// `pass`, `fail`, `softfail`, ….
    pub result: &'a [u8],
    /// `client-ip`, `envelope-from`, `helo`, … and their values, without quotes. No more than 100.
    pub properties: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> ReceivedSpf<'a> {
    /// Reads a value; `None` when it says nothing.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut spf = Self::default();
        let mut pairs = Pairs { pieces: Pieces::new(value) };
        // Every turn consumes a piece.
        while let Some(pair) = pairs.next() {
            match pair {
                Pair::Word(word) if spf.result.is_empty() => spf.result = word,
                Pair::Of(name, value) if spf.properties.len() < MOST => {
                    spf.properties.push((name, value));
                }
                _ => {}
            }
        }
        (!spf.result.is_empty()).then_some(spf)
    }

    /// The value of a property, in any case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'a [u8]> {
        let is = |(known, _): &&(&[u8], &'a [u8])| known.eq_ignore_ascii_case(name.as_bytes());
        self.properties.iter().find(is).map(|(_, value)| *value)
    }
}

enum Pair<'a> {
    Word(&'a [u8]),
    Of(&'a [u8], &'a [u8]),
    End,
}

/// Words, and words with `=` between, white space around it or not; comments are passed over.
struct Pairs<'a> {
    pieces: Pieces<'a>,
}

impl<'a> Pairs<'a> {
    fn word(&mut self) -> Option<&'a [u8]> {
        // Every turn consumes a comment.
        loop {
            let mut ahead = self.pieces.clone();
            match ahead.next()? {
                Piece::Comment(_) => self.pieces = ahead,
                Piece::Word(word) => {
                    self.pieces = ahead;
                    return Some(word);
                }
                Piece::Semicolon => return None,
            }
        }
    }

    fn next(&mut self) -> Option<Pair<'a>> {
        // Every turn consumes a comment.
        loop {
            match self.pieces.next()? {
                Piece::Comment(_) => {}
                Piece::Semicolon => return Some(Pair::End),
                Piece::Word(word) => {
                    let split = memchr::memchr(b'=', word).filter(|_| !word.starts_with(b"\""));
                    if let Some((name, value)) = split.and_then(|at| word.split_at_checked(at)) {
                        let value = match value.get(1..).unwrap_or_default() {
                            b"" => self.word().unwrap_or_default(),
                            value => value,
                        };
                        return Some(Pair::Of(name, unquoted(value)));
                    }
                    // `spf = pass`
                    let mut ahead = Pairs { pieces: self.pieces.clone() };
                    if let Some([b'=', value @ ..]) = ahead.word() {
                        let value = match value {
                            b"" => ahead.word().unwrap_or_default(),
                            value => value,
                        };
                        self.pieces = ahead.pieces;
                        return Some(Pair::Of(word, unquoted(value)));
                    }
                    return Some(Pair::Word(word));
                }
            }
        }
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8601 appendix B.
    #[test]
    fn rfc8601_b_examples() {
        let none = AuthenticationResults::parse(b"example.org 1; none");
        assert_eq!((none.server, none.version), (&b"example.org"[..], Some(1)));
        assert_eq!(none.results, []);
        let all = AuthenticationResults::parse(
            b"example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n          spf = pass smtp.mailfrom = example.net",
        );
        assert_eq!(all.results.len(), 2);
        assert_eq!(all.results[0].property("smtp.auth"), Some(&b"sender@example.net"[..]));
        assert_eq!(all.results[1].property("SMTP.mailfrom"), Some(&b"example.net"[..]));
        let arc = AuthenticationResults::parse(b"i=2; mx.example; dkim=pass header.i=@x");
        assert_eq!((arc.instance, arc.server), (Some(2), &b"mx.example"[..]));
        assert_eq!(arc.results[0].property("header.i"), Some(&b"@x"[..]));
    }

    // RFC 7208 section 9.1.
    #[test]
    fn rfc7208_9_1_examples() {
        let spf = ReceivedSpf::parse(
            b"fail (mybox.example.org: domain of\r\n myname@example.com does not designate 192.0.2.1)\r\n identity=mailfrom; client-ip=192.0.2.1; envelope-from=\"myname@example.com\";",
        )
        .unwrap();
        assert_eq!(spf.result, b"fail");
        assert_eq!(spf.property("client-ip"), Some(&b"192.0.2.1"[..]));
        assert_eq!(spf.property("envelope-from"), Some(&b"myname@example.com"[..]));
        assert_eq!(ReceivedSpf::parse(b" (x) ; "), None);
    }
}
