//! Mailboxes as nearly all are written: `local@domain`, `<local@domain>`, `name <local@domain>` and
//! `"name" <local@domain>`, read octet by octet. What is anything else is left to the parser, which
//! reads these the same.

use super::super::table::kinds;
use super::Mailbox;
use alloc::borrow::Cow;
use alloc::vec::Vec;

const OTHER: u8 = 0;
/// Of a domain, and of all else.
const NAME: u8 = 1;
/// Of a local part, and of a display name.
const ATOM: u8 = 2;
const DOT: u8 = 3;
const WHITE: u8 = 4;

const KINDS: [u8; 256] = kinds(&[
    (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", NAME),
    (b"!#$%&'*+/=?^`{|}~", ATOM),
    (b".", DOT),
    (b" \t\r\n", WHITE),
]);

fn kind(b: u8) -> u8 {
    KINDS.get(usize::from(b)).copied().unwrap_or(OTHER)
}

fn white(value: &[u8], from: usize) -> usize {
    let rest = value.get(from..).unwrap_or_default();
    from + rest.iter().position(|&b| kind(b) != WHITE).unwrap_or(rest.len())
}

/// The mailbox that stands here, and where the comma behind it is, or the end. One with nothing
/// wrong about it, and without comments.
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
            let end = words(value, start);
            if value.get(end) == Some(&b'@') {
                return spec(value, start, end);
            }
            let name = value.get(start..end)?;
            (Some(name.strip_suffix(b" ").unwrap_or(name)), white(value, end))
        }
    };
    if value.get(at) != Some(&b'<') {
        return None;
    }
    let local = at + 1;
    let (mut mailbox, end) = spec_at(value, local, local + local_len(value.get(local..)?))?;
    if value.get(end) != Some(&b'>') {
        return None;
    }
    mailbox.name = name.filter(|name| !name.is_empty()).map(Cow::Borrowed);
    Some((mailbox, ends(value, end + 1)?))
}

/// Where words end that have one space between them.
fn words(value: &[u8], from: usize) -> usize {
    let (mut at, mut after_space) = (from, false);
    while let Some(&b) = value.get(at) {
        match kind(b) {
            WHITE if b == b' ' && !after_space => after_space = true,
            OTHER | WHITE => return at,
            _ => after_space = false,
        }
        at += 1;
    }
    at
}

fn local_len(rest: &[u8]) -> usize {
    rest.iter().position(|&b| !matches!(kind(b), NAME | ATOM | DOT)).unwrap_or(rest.len())
}

/// An address without angle brackets whose at sign stands at `at`.
fn spec(value: &[u8], start: usize, at: usize) -> Option<(Mailbox<'_>, usize)> {
    let (mailbox, end) = spec_at(value, start, at)?;
    Some((mailbox, ends(value, end)?))
}

fn spec_at(value: &[u8], start: usize, at: usize) -> Option<(Mailbox<'_>, usize)> {
    let local = value.get(start..at).filter(|it| is_local(it))?;
    let domain = value.get(at..)?.strip_prefix(b"@")?;
    let len = domain_len(domain)?;
    let mailbox = Mailbox {
        name: None,
        route: None,
        local: Cow::Borrowed(local),
        domain: Cow::Borrowed(domain.get(..len)?),
        comments: Vec::new(),
    };
    Some((mailbox, at + 1 + len))
}

/// Not too long, with dots between atoms alone, and no encoded-word.
fn is_local(text: &[u8]) -> bool {
    let mut last = b'.';
    for &b in text {
        if (b == b'.' || b == b'?') && (last == b'.' || last == b'=') || b == b' ' {
            return false;
        }
        last = b;
    }
    last != b'.' && text.len() <= 64
}

/// How long the domain is: labels that are not too long, with dots between, and none of Punycode.
fn domain_len(rest: &[u8]) -> Option<usize> {
    let (mut at, mut label, mut last) = (0, 0, b'.');
    while let Some(&b) = rest.get(at) {
        match kind(b) {
            DOT if label == 0 => return None,
            DOT => label = 0,
            NAME if b == b'-' && last == b'-' || label == 63 => return None,
            NAME => label += 1,
            _ => break,
        }
        last = b;
        at += 1;
    }
    (label > 0 && at <= 255).then_some(at)
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
        const PIECES: [&str; 22] = [
            "a", "b.c", "@", "<", ">", ",", " ", "  ", "\r\n ", "\"x y\"", "\"", ".", "(c)", ";",
            "g:", "xn--a-", "=?", "?=", "-", "[1]", "\\", "\u{e9}",
        ];
        let limits = crate::Limits::default();
        // The numbers of a generator that is always the same.
        let mut state = 1u64;
        for _ in 0..20_000 {
            let mut value = std::string::String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                value.push_str(PIECES[usize::try_from(state >> 33).unwrap() % PIECES.len()]);
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
