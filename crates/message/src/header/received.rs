//! Received: the way of a message (RFC 5321 section 4.4, RFC 5322 section 3.6.7).

use super::date::DateTime;
use super::words::{Piece, Pieces};
use core::net::IpAddr;

/// One hop, as the server that wrote it says. Nothing is copied.
///
/// Reads the clauses in any order and case, and what real servers write: several words in a clause
/// (Exchange), comments in any number behind each (Postfix, Exim, qmail), a date without a
/// semicolon before it is lost.
///
/// ```
/// use mailwire_message::header::Received;
///
/// let hop = Received::parse(
///     b"from mail.example.org (HELO x) ([192.0.2.1]) by mx.example.net (Postfix)\r\n\t\
///       with ESMTPS id 4F2A (version=TLSv1.3) for <ann@example.net>; \
///       Fri, 21 Nov 1997 09:55:06 -0600",
/// );
/// assert_eq!(hop.from, Some(&b"mail.example.org"[..]));
/// assert_eq!(hop.by, Some(&b"mx.example.net"[..]));
/// assert_eq!(hop.recipient, Some(&b"<ann@example.net>"[..]));
/// assert_eq!(hop.helo(), Some(&b"x"[..]));
/// assert_eq!(hop.address(), Some("192.0.2.1".parse().unwrap()));
/// assert_eq!(hop.tls(), Some(&b"TLSv1.3"[..]));
/// assert_eq!(hop.date.map(|date| date.unix()), Some(880_127_706));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Received<'a> {
    /// `from`: the name that the client gave, or its literal.
    pub from: Option<&'a [u8]>,
    /// `by`: the server.
    pub by: Option<&'a [u8]>,
    /// `via`: the link.
    pub via: Option<&'a [u8]>,
    /// `with`: the protocol; several words in Exchange's.
    pub with: Option<&'a [u8]>,
    /// `id`, as it is written.
    pub id: Option<&'a [u8]>,
    /// `for`, as it is written.
    pub recipient: Option<&'a [u8]>,
    /// When.
    pub date: Option<DateTime>,
    /// What stands between the name of the client and the next clause: its comments.
    from_comments: &'a [u8],
    /// All before the date.
    clauses: &'a [u8],
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Clause {
    None,
    From,
    By,
    Via,
    With,
    Id,
    For,
}

impl Clause {
    fn of(word: &[u8]) -> Option<Self> {
        // Few words are as short as these. Letters alone become others.
        let lower = |b: u8| b | 0x20;
        Some(match *word {
            [a, b] => match [lower(a), lower(b)] {
                [b'b', b'y'] => Self::By,
                [b'i', b'd'] => Self::Id,
                _ => return None,
            },
            [a, b, c] => match [lower(a), lower(b), lower(c)] {
                [b'f', b'o', b'r'] => Self::For,
                [b'v', b'i', b'a'] => Self::Via,
                _ => return None,
            },
            [a, b, c, d] => match [lower(a), lower(b), lower(c), lower(d)] {
                [b'f', b'r', b'o', b'm'] => Self::From,
                [b'w', b'i', b't', b'h'] => Self::With,
                _ => return None,
            },
            _ => return None,
        })
    }
}

impl<'a> Received<'a> {
    /// Reads a value. One that has nothing of it gives nothing.
    #[must_use]
    #[inline]
    pub fn parse(value: &'a [u8]) -> Self {
        let mut hop = Self { clauses: value, ..Self::default() };
        let mut pieces = Pieces::new(value);
        let mut clause = Clause::None;
        // Where the value of the clause begins, and whether something else stood behind it.
        let (mut start, mut is_over) = (None, false);
        let mut comments_start = None;
        // Every turn consumes a piece.
        while let Some(piece) = pieces.next() {
            let before = pieces.start();
            match piece {
                Piece::Semicolon => {
                    hop.clauses = value.get(..before).unwrap_or_default();
                    let rest = pieces.rest();
                    // Of several dates the last; mostly there is one.
                    let last = match memchr::memchr(b';', rest) {
                        Some(_) => memchr::memrchr(b';', rest).and_then(|at| rest.get(at + 1..)),
                        None => None,
                    };
                    hop.date = last.and_then(DateTime::parse).or_else(|| DateTime::parse(rest));
                    break;
                }
                Piece::Comment(_) => {
                    // Behind a comment a clause takes no word any more: `from ([192.0.2.1]) by x`.
                    is_over = true;
                    if clause == Clause::From && comments_start.is_none() {
                        comments_start = Some(before);
                    }
                }
                Piece::Word(word) => {
                    // A clause that has no value yet takes any word, `by` too.
                    let next = if clause != Clause::None && start.is_none() && !is_over {
                        None
                    } else {
                        Clause::of(word)
                    };
                    if let Some(next) = next {
                        if let (Clause::From, Some(from)) = (clause, comments_start.take()) {
                            hop.from_comments = value.get(from..before).unwrap_or_default();
                        }
                        (clause, start, is_over) = (next, None, false);
                        continue;
                    }
                    // Only protocols have several words; a literal may follow a name.
                    if is_over || start.is_some() && clause != Clause::With {
                        if clause == Clause::From && comments_start.is_none() {
                            comments_start = Some(before);
                        }
                        continue;
                    }
                    let word = word.strip_suffix(b",").unwrap_or(word);
                    let from = *start.get_or_insert(before);
                    let Some(place) = hop.place(clause) else { continue };
                    // A second clause of the same kind does not count.
                    if place.is_none_or(|old| offset_of(value, old) == from) {
                        *place = value.get(from..before + word.len());
                    }
                }
            }
        }
        if let (Clause::From, Some(from)) = (clause, comments_start) {
            hop.from_comments = hop.clauses.get(from..).unwrap_or_default();
        }
        hop
    }

    fn place(&mut self, clause: Clause) -> Option<&mut Option<&'a [u8]>> {
        match clause {
            Clause::None => None,
            Clause::From => Some(&mut self.from),
            Clause::By => Some(&mut self.by),
            Clause::Via => Some(&mut self.via),
            Clause::With => Some(&mut self.with),
            Clause::Id => Some(&mut self.id),
            Clause::For => Some(&mut self.recipient),
        }
    }

    /// All comments before the date, without their outer parentheses.
    pub fn comments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        comments(self.clauses)
    }

    /// The comments behind the name of the client: what the server saw of it.
    pub fn from_comments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        comments(self.from_comments)
    }

    /// The network address of the client, where the server says it: behind its name, in a comment
    /// or not, else as its name.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        let behind = Pieces::new(self.from_comments).filter_map(|piece| match piece {
            Piece::Word(text) | Piece::Comment(text) => Some(text),
            Piece::Semicolon => None,
        });
        behind.chain(self.from).find_map(|text| {
            let ends = |b: &u8| matches!(b, b' ' | b'\t' | b'[' | b']' | b'(' | b')' | b'@' | b',');
            text.split(ends).find_map(|word| {
                let word = word.strip_prefix(b"IPv6:").unwrap_or(word);
                core::str::from_utf8(word).ok()?.parse().ok()
            })
        })
    }

    /// The name that the client gave of itself, where the server says it in a comment: `HELO x`,
    /// `helo=x` (qmail, Exim).
    #[must_use]
    pub fn helo(&self) -> Option<&'a [u8]> {
        self.from_comments().find_map(|text| {
            let head = text.get(..4)?;
            let is_greeting =
                head.eq_ignore_ascii_case(b"helo") || head.eq_ignore_ascii_case(b"ehlo");
            let [b' ' | b'=', name @ ..] = text.get(4..)? else { return None };
            is_greeting.then(|| name.split(|&b| b == b' ').next().unwrap_or(name))
        })
    }

    /// The version of TLS, as the server names it in a comment: `TLSv1.3`, `TLS1_2`.
    #[must_use]
    pub fn tls(&self) -> Option<&'a [u8]> {
        self.comments().find_map(|text| {
            let ends = |b: &u8| matches!(b, b' ' | b'=' | b',' | b':' | b';' | b'(' | b')');
            text.split(ends).find(|word| {
                matches!(word, [b'T', b'L', b'S', b'v', b'1', ..] | [b'T', b'L', b'S', b'1', ..])
            })
        })
    }
}

/// Where a slice of the value begins in it.
fn offset_of(value: &[u8], slice: &[u8]) -> usize {
    slice.as_ptr().addr().wrapping_sub(value.as_ptr().addr())
}

fn comments(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    Pieces::new(value).filter_map(|piece| match piece {
        Piece::Comment(text) => Some(text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shown<'a> = [Option<&'a str>; 6];

    fn shown(value: &str) -> ([Option<&str>; 6], Received<'_>) {
        let hop = Received::parse(value.as_bytes());
        let text = |slice: Option<&'_ [u8]>| {
            slice.map(|slice| {
                let at = offset_of(value.as_bytes(), slice);
                &value[at..at + slice.len()]
            })
        };
        let all = [hop.from, hop.by, hop.via, hop.with, hop.id, hop.recipient].map(text);
        (all, hop)
    }

    #[test]
    fn what_servers_write() {
        let all: &[(&str, Shown<'_>, &str)] = &[
            (
                // Postfix
                "from a.example (a.example [192.0.2.1])\r\n\t(using TLSv1.2 with cipher X (256/256 bits))\r\n\t(No client certificate requested)\r\n\tby b.example (Postfix) with ESMTPS id ABC\r\n\tfor <u@b.example>; Fri, 21 Nov 1997 09:55:06 -0600 (CST)",
                [
                    Some("a.example"),
                    Some("b.example"),
                    None,
                    Some("ESMTPS"),
                    Some("ABC"),
                    Some("<u@b.example>"),
                ],
                "192.0.2.1",
            ),
            (
                // Exim
                "from [2001:db8::1] (helo=a.example)\n by b.example with esmtps (TLS1.3) tls X\n (Exim 4.96)\n (envelope-from <x@y>)\n id 1abc-2\n for u@b.example; Fri, 21 Nov 1997 09:55:06 -0600",
                [
                    Some("[2001:db8::1]"),
                    Some("b.example"),
                    None,
                    Some("esmtps"),
                    Some("1abc-2"),
                    Some("u@b.example"),
                ],
                "2001:db8::1",
            ),
            (
                // Exchange
                "from A.example (192.0.2.2) by B.example (10.0.0.1) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.1.2; Fri, 21 Nov 1997 09:55:06 -0600",
                [
                    Some("A.example"),
                    Some("B.example"),
                    None,
                    Some("Microsoft SMTP Server"),
                    Some("15.1.2"),
                    None,
                ],
                "192.0.2.2",
            ),
            (
                // Gmail
                "by 2002:a05:6a10:1 with SMTP id x1csp2; Fri, 21 Nov 1997 07:55:06 -0800 (PST)",
                [None, Some("2002:a05:6a10:1"), None, Some("SMTP"), Some("x1csp2"), None],
                "",
            ),
            (
                // qmail
                "(qmail 123 invoked from network); 21 Nov 1997 15:55:06 -0000",
                [None; 6],
                "",
            ),
            (
                "from unknown (HELO a.example) (192.0.2.3)\n  by b.example with SMTP; 21 Nov 1997 15:55:06 -0000",
                [Some("unknown"), Some("b.example"), None, Some("SMTP"), None, None],
                "192.0.2.3",
            ),
            (
                "from x [192.0.2.9] by y, with SMTP id a b; 21 Nov 97 15:55:06 GMT",
                [Some("x"), Some("y"), None, Some("SMTP"), Some("a"), None],
                "192.0.2.9",
            ),
            (
                "from ([192.0.2.8]) by y; 21 Nov 97 15:55:06 GMT",
                [None, Some("y"), None, None, None, None],
                "192.0.2.8",
            ),
            (
                "from x by y via UUCP id <a@b>; 21 Nov 97 15:55:06 GMT",
                [Some("x"), Some("y"), Some("UUCP"), None, Some("<a@b>"), None],
                "",
            ),
        ];
        for (value, expected, address) in all {
            let (seen, hop) = shown(value);
            assert_eq!(seen, *expected, "{value}");
            assert_eq!(hop.date.map(|date| date.unix()), Some(880_127_706), "{value}");
            assert_eq!(hop.address(), address.parse().ok(), "{value}");
        }
        let (_, hop) = shown(all[1].0);
        assert_eq!((hop.helo(), hop.tls()), (Some(&b"a.example"[..]), Some(&b"TLS1.3"[..])));
        assert_eq!(shown(all[0].0).1.tls(), Some(&b"TLSv1.2"[..]));
    }

    #[test]
    fn anything_is_read() {
        for value in ["", ";", "(", "((((", "from", "from from by by", "\"", "for ; ;", "by(x"] {
            let _ = shown(value);
        }
        assert_eq!(shown("from by by x").0[0], Some("by"));
    }
}
