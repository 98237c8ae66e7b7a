//! Received: the way of a message (RFC 5321 section 4.4, RFC 5322 section 3.6.7).

use super::date::DateTime;
use super::table::kinds;
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
    /// The clause that the word at the start of `rest` begins; `None` where it is no such word.
    #[inline]
    fn of(rest: &[u8], len: usize) -> Self {
        if !(2..=4).contains(&len) {
            return Self::None;
        }
        let word = match rest.first_chunk() {
            Some(octets) => u32::from_le_bytes(*octets),
            None => key(rest.get(..len).unwrap_or_default()),
        };
        // Letters alone become small letters.
        let word = (word | u32::from_le_bytes([0x20; 4])) & u32::MAX >> (32 - 8 * len);
        match SLOTS.get(slot(word)) {
            Some(&(known, clause)) if known == word => clause,
            _ => Self::None,
        }
    }
}

/// The clauses by their words, each in its slot.
#[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
const SLOTS: [(u32, Clause); 8] = {
    let mut slots = [(0, Clause::None); 8];
    let words: [(&[u8], Clause); 6] = [
        (b"from", Clause::From),
        (b"by", Clause::By),
        (b"via", Clause::Via),
        (b"with", Clause::With),
        (b"id", Clause::Id),
        (b"for", Clause::For),
    ];
    let mut at = 0;
    while at < words.len() {
        let word = key(words[at].0);
        assert!(slots[slot(word)].0 == 0, "two words in one slot: another factor is needed");
        slots[slot(word)] = (word, words[at].1);
        at += 1;
    }
    slots
};

/// Where to look for a word. With this factor no two clauses have the same.
const fn slot(word: u32) -> usize {
    (word.wrapping_mul(0x43b3) >> 29) as usize
}

/// A word of at most four octets as a number.
const fn key(word: &[u8]) -> u32 {
    match *word {
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

impl<'a> Received<'a> {
    /// Reads a value. One that has nothing of it gives nothing.
    #[must_use]
    #[inline]
    pub fn parse(value: &'a [u8]) -> Self {
        let mut hop = Self { clauses: value, ..Self::default() };
        let mut pieces = Pieces::new(value);
        // What each clause says, by its number; what stands before the first of them is nothing.
        let mut said: [Option<&[u8]>; 7] = [None; 7];
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
                    let next = Clause::of(value.get(before..).unwrap_or_default(), word.len());
                    // A clause that has no value yet takes any word, `by` too.
                    let takes_any = (clause != Clause::None) & start.is_none() & !is_over;
                    if (next != Clause::None) & !takes_any {
                        if let (Clause::From, Some(from)) = (clause, comments_start.take()) {
                            hop.from_comments = value.get(from..before).unwrap_or_default();
                        }
                        (clause, start, is_over) = (next, None, false);
                        continue;
                    }
                    // Only protocols have several words; a literal may follow a name.
                    if is_over | (start.is_some() & (clause != Clause::With)) {
                        if clause == Clause::From && comments_start.is_none() {
                            comments_start = Some(before);
                        }
                        continue;
                    }
                    let from = *start.get_or_insert(before);
                    let Some(place) = said.get_mut(clause as usize) else { continue };
                    // A second clause of the same kind does not count.
                    if place.is_none_or(|old| offset_of(value, old) == from) {
                        let word = word.strip_suffix(b",").unwrap_or(word);
                        *place = value.get(from..before + word.len());
                    }
                }
            }
        }
        if let (Clause::From, Some(from)) = (clause, comments_start) {
            hop.from_comments = hop.clauses.get(from..).unwrap_or_default();
        }
        [_, hop.from, hop.by, hop.via, hop.with, hop.id, hop.recipient] = said;
        hop
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
            let ends = |&b: &u8| ADDRESS.get(usize::from(b)) == Some(&ENDS);
            text.split(ends).find_map(|word| {
                let word = word.strip_prefix(b"IPv6:").unwrap_or(word);
                // Nearly all words have something that an address has not.
                if word.iter().any(|&b| ADDRESS.get(usize::from(b)) != Some(&DIGIT)) {
                    return None;
                }
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
        // Most say nothing of it, and need not be taken apart.
        let mut letters = memchr::memchr_iter(b'L', self.clauses);
        letters.find(|&at| {
            let around = at.checked_sub(1).and_then(|from| self.clauses.get(from..at + 2));
            around == Some(b"TLS")
        })?;
        self.comments().find_map(|text| {
            let ends = |b: &u8| matches!(b, b' ' | b'=' | b',' | b':' | b';' | b'(' | b')');
            text.split(ends).find(|word| {
                matches!(word, [b'T', b'L', b'S', b'v', b'1', ..] | [b'T', b'L', b'S', b'1', ..])
            })
        })
    }
}

/// What ends a word that may be an address.
const ENDS: u8 = 1;
/// What an address is made of.
const DIGIT: u8 = 2;

const ADDRESS: [u8; 256] = kinds(&[(b" \t[]()@,", ENDS), (b"0123456789abcdefABCDEF.:", DIGIT)]);

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
    fn clauses_are_words_in_any_case_and_nothing_else() {
        for word in ["by", "id", "for", "via", "from", "with"] {
            for at in 0..word.len() {
                for b in 0..=255u8 {
                    let mut other = word.as_bytes().to_vec();
                    other[at] = b;
                    let is_it = other.eq_ignore_ascii_case(word.as_bytes());
                    for tail in [&b""[..], b" ", b" a longer tail"] {
                        let rest = [&other[..], tail].concat();
                        let found = Clause::of(&rest, word.len());
                        // Nothing that is no letter may become one.
                        assert_eq!(found != Clause::None, is_it, "{rest:?}");
                    }
                }
            }
            assert!(Clause::of(word.as_bytes(), 1) == Clause::None);
        }
        assert!(Clause::of(b"by\0\0 x", 4) == Clause::None);
        assert!(Clause::of(b"for\0 x", 4) == Clause::None);
    }

    #[test]
    fn anything_is_read() {
        for value in ["", ";", "(", "((((", "from", "from from by by", "\"", "for ; ;", "by(x"] {
            let _ = shown(value);
        }
        assert_eq!(shown("from by by x").0[0], Some("by"));
    }
}
