//! Mailboxes as nearly all are written: `local@domain`, `<local@domain>`, `name <local@domain>` and
//! `"name" <local@domain>`, read octet by octet. What is anything else is left to the parser, which
//! reads these the same.

use super::super::table::kinds;
use super::Mailbox;
use alloc::borrow::Cow;
use alloc::vec::Vec;

// What an octet may be, one bit each.

/// Of a domain, and of all else.
const NAME: u8 = 1;
/// Of a local part, and of a display name.
const ATOM: u8 = 1 << 1;
const DOT: u8 = 1 << 2;
const SPACE: u8 = 1 << 3;
const WHITE: u8 = 1 << 4;
const HYPHEN: u8 = 1 << 5;
/// What does not stand behind [`FORMER`] in a local part: dots behind each other, and what begins
/// an encoded-word.
const LATTER: u8 = 1 << 6;
const FORMER: u8 = 1 << 7;

const KINDS: [u8; 256] = kinds(&[
    (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", NAME),
    (b"-", NAME | HYPHEN),
    (b"!#$%&'*+/^`{|}~", ATOM),
    (b"=", ATOM | FORMER),
    (b"?", ATOM | LATTER),
    (b".", DOT | FORMER | LATTER),
    (b" ", WHITE | SPACE),
    (b"\t\r\n", WHITE),
]);

fn kind(b: u8) -> u8 {
    KINDS.get(usize::from(b)).copied().unwrap_or(0)
}

fn white(value: &[u8], from: usize) -> usize {
    let rest = value.get(from..).unwrap_or_default();
    from + rest.iter().position(|&b| kind(b) & WHITE == 0).unwrap_or(rest.len())
}

/// The mailbox that stands here, and where the comma behind it is, or the end. One with nothing
/// wrong about it, and without comments.
#[inline]
pub(super) fn mailbox(value: &[u8], from: usize) -> Option<(Mailbox<'_>, usize)> {
    let start = white(value, from);
    let (name, at) = match *value.get(start)? {
        b'<' => (None, start),
        b'"' => {
            let inside = value.get(start + 1..)?;
            let n = inside
                .iter()
                .position(|&b| !matches!(b, b' '..=b'~') || b == b'"' || b == b'\\')?;
            if inside.get(n) != Some(&b'"') {
                return None;
            }
            (inside.get(..n), white(value, start + 1 + n + 1))
        }
        _ => {
            let words = Run::read(value, start, NAME | ATOM | DOT | SPACE);
            if value.get(words.end) == Some(&b'@') {
                return whole(value, None, start, &words);
            }
            let name = value.get(start..words.end)?;
            (Some(name.strip_suffix(b" ").unwrap_or(name)), white(value, words.end))
        }
    };
    if value.get(at) != Some(&b'<') {
        return None;
    }
    let local = Run::read(value, at + 1, NAME | ATOM | DOT);
    whole(value, Some(name.unwrap_or_default()), at + 1, &local)
}

/// The mailbox whose local part has been read, in angle brackets when there is a name for it.
#[inline]
fn whole<'a>(
    value: &'a [u8],
    name: Option<&'a [u8]>,
    start: usize,
    local: &Run,
) -> Option<(Mailbox<'a>, usize)> {
    if !local.is_local(start) || value.get(local.end) != Some(&b'@') {
        return None;
    }
    let domain = local.end + 1;
    let mut end = domain + domain_len(value.get(domain..)?)?;
    let mailbox = Mailbox {
        name: name.filter(|name| !name.is_empty()).map(Cow::Borrowed),
        route: None,
        local: Cow::Borrowed(value.get(start..local.end)?),
        domain: Cow::Borrowed(value.get(domain..end)?),
        comments: Vec::new(),
    };
    if name.is_some() {
        if value.get(end) != Some(&b'>') {
            return None;
        }
        end += 1;
    }
    Some((mailbox, ends(value, end)?))
}

/// Octets of some kinds, up to another, or to a second space. What is in them cannot be foreseen:
/// there are no branches.
struct Run {
    end: usize,
    /// All kinds that are there.
    seen: u8,
    /// The last of them.
    last: u8,
    /// Something stands behind what it does not.
    is_odd: bool,
}

impl Run {
    #[inline]
    fn read(value: &[u8], from: usize, kinds: u8) -> Self {
        let (mut end, mut seen, mut last, mut odd) = (from, 0, FORMER, 0);
        while let Some(&b) = value.get(end) {
            let kind = kind(b);
            if (kind & kinds == 0) | (kind & last & SPACE != 0) {
                break;
            }
            odd |= last >> 1 & kind;
            seen |= kind;
            last = kind;
            end += 1;
        }
        Self { end, seen, last, is_odd: odd & LATTER != 0 }
    }

    /// Whether it is a local part that is not too long, with dots between atoms alone, and no
    /// encoded-word.
    fn is_local(&self, start: usize) -> bool {
        let is_text = self.end > start && self.seen & SPACE == 0 && self.last & DOT == 0;
        is_text && !self.is_odd && self.end - start <= 64
    }
}

/// How long the domain is: labels that are not too long, with dots between, and none of Punycode.
#[inline]
fn domain_len(rest: &[u8]) -> Option<usize> {
    let (mut len, mut last, mut odd) = (0, DOT, 0);
    while let Some(&b) = rest.get(len) {
        let kind = kind(b);
        if kind & (NAME | DOT) == 0 {
            break;
        }
        odd |= last & kind;
        last = kind;
        len += 1;
    }
    if odd & (DOT | HYPHEN) != 0 || last & DOT != 0 || len > 255 {
        return None;
    }
    let is_long = |label: &[u8]| label.len() > 63;
    let domain = rest.get(..len)?;
    (len <= 63 || !domain.split(|&b| b == b'.').any(is_long)).then_some(len)
}

/// The comma or the end that follows white space.
fn ends(value: &[u8], from: usize) -> Option<usize> {
    let at = white(value, from);
    matches!(value.get(at), None | Some(b',')).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::AddressList;
    use super::*;

    #[test]
    fn what_is_read_here_is_read_the_same_by_the_parser() {
        for value in [
            "a@b.c",
            " <a.b+c@d-e.f> ",
            "Ann B. C <a@b.c>",
            "\"Doe, John\" <j@d.e>, x@y.z",
            "\"\" <a@b.c>",
            "=?utf-8?q?=C3=A9?= x\r\n <a@b.c>",
            "a.b <a@b.c>\r\n\t,",
            "Ann<a@b.c>",
        ] {
            let (mailbox, _) = mailbox(value.as_bytes(), 0).expect(value);
            // A comment before it makes the parser read all of it.
            let slow = std::format!("(){value}");
            let mut other =
                AddressList::parse(slow.as_bytes()).mailboxes().next().cloned().unwrap();
            other.comments.clear();
            assert_eq!(mailbox, other, "{value}");
        }
    }

    #[test]
    fn lists_of_anything_are_read_as_the_parser_alone_reads_them() {
        let long = "a".repeat(40);
        let pieces = [
            "a", "b.c", "@", "<", ">", ",", " ", "  ", "\r\n ", "\"x y\"", "\"", ".", "(c)", ";",
            "g:", "xn--a-", "=?", "?=", "-", "[1]", "\\", "\u{e9}", "?", "=", "--", &long,
        ];
        let limits = crate::Limits::default();
        // The numbers of a generator that is always the same.
        let mut state = 1u64;
        for _ in 0..20_000 {
            let mut value = std::string::String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                value.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            let list = AddressList::parse(value.as_bytes());
            let alone = super::super::parse::Parser::new(value.as_bytes(), &limits);
            assert_eq!(list, alone.without_plain().run(), "{value:?}");
        }
    }

    #[test]
    fn what_is_odd_is_left() {
        for value in [
            "a b@c.d",
            "<a@b.c> x",
            "a@b.c (x)",
            "a.@b.c",
            ".a@b.c",
            "a@b..c",
            "a@",
            "<@b:a@b.c>",
            "g: a@b.c;",
            "a  b <a@b.c>",
            "\"a\\\"b\" <a@b.c>",
            "\"a\"@b.c",
            "a@[1.2.3.4]",
            "a@xn--b-.c",
            "a",
            "a@b@c",
            "=?utf-8?q?a?=@b.c",
            "",
        ] {
            assert!(mailbox(value.as_bytes(), 0).is_none(), "{value}");
        }
    }
}
