//! The grammar of paths and mailboxes (RFC 5321 section 4.1.2, RFC 6531 section 3.3), by hand: it
//! is half the work of a server.

use crate::Syntax;
use crate::types::{ForwardPath, Mailbox, ReversePath};
use mailwire_core::keyword::Class;

/// `atext` of RFC 5322, the dots between, and what is not US-ASCII. The line is known to be UTF-8.
const DOT_STRING: Class = Class::none()
    .with_range(b'a', b'z')
    .with_range(b'A', b'Z')
    .with_range(b'0', b'9')
    .with(b"!#$%&'*+-/=?^_`{|}~.")
    .with_range(128, 255);
/// Letters, digits, `-`, the dots between, and what is not US-ASCII. Accepts `_`, which real hosts
/// have.
const DOMAIN: Class = Class::none()
    .with_range(b'a', b'z')
    .with_range(b'A', b'Z')
    .with_range(b'0', b'9')
    .with(b"-_.")
    .with_range(128, 255);
const QTEXT: Class = Class::none().with_range(32, 126).without(b"\"\\").with_range(128, 255);
const DTEXT: Class = Class::graphic().without(b"[]\\");

/// ```abnf
/// Reverse-path   = Path / "<>"
/// ```
/// The path at the start of `i`, and how long it is.
pub(super) fn reverse_path(i: &str) -> Result<(ReversePath<'_>, usize), Syntax> {
    if i.starts_with("<>") {
        return Ok((ReversePath::Null, 2));
    }
    path(i).map(|(mailbox, n)| (ReversePath::Mailbox(mailbox), n))
}

/// ```abnf
/// Forward-path   = Path
/// ```
/// or `<Postmaster>` (section 4.1.1.3).
pub(super) fn forward_path(i: &str) -> Result<(ForwardPath<'_>, usize), Syntax> {
    const POSTMASTER: usize = "<postmaster>".len();
    if i.get(..POSTMASTER).is_some_and(|head| head.eq_ignore_ascii_case("<postmaster>")) {
        return Ok((ForwardPath::Postmaster, POSTMASTER));
    }
    path(i).map(|(mailbox, n)| (ForwardPath::Mailbox(mailbox), n))
}

/// ```abnf
/// Path           = "<" [ A-d-l ":" ] Mailbox ">"
/// A-d-l          = At-domain *( "," At-domain )
/// At-domain      = "@" Domain
/// ```
/// The route is dropped, as section 4.1.1.3 says.
fn path(i: &str) -> Result<(Mailbox<'_>, usize), Syntax> {
    let bytes = i.as_bytes();
    let [b'<', ..] = bytes else { return Err(Syntax { at: 0, expected: "`<`" }) };
    let start = if bytes.get(1) == Some(&b'@') { route(bytes)? } else { 1 };
    let (at, end) = mailbox(bytes, start)?;
    if bytes.get(end) != Some(&b'>') {
        return Err(Syntax { at: end, expected: "`>`" });
    }
    let text = i.get(start..end).unwrap_or_default();
    Ok((Mailbox::parsed(text, at - start), end + 1))
}

/// Where the route ends that begins behind `<`.
fn route(i: &[u8]) -> Result<usize, Syntax> {
    let mut at = 1;
    // Every turn consumes a domain.
    loop {
        let [b'@', ..] = rest(i, at) else { return Err(Syntax { at, expected: "`@`" }) };
        at = domain(i, at + 1)?;
        match rest(i, at) {
            [b',', ..] => at += 1,
            [b':', ..] => return Ok(at + 1),
            _ => return Err(Syntax { at, expected: "`:`" }),
        }
    }
}

/// ```abnf
/// Mailbox        = Local-part "@" ( Domain / address-literal )
/// ```
/// Where its `@` is and where it ends.
fn mailbox(i: &[u8], start: usize) -> Result<(usize, usize), Syntax> {
    let at = match rest(i, start) {
        [b'"', ..] => quoted(i, start)?,
        local => {
            let n = DOT_STRING.prefix(local);
            dot_string(local.get(..n).unwrap_or_default(), start)?;
            start + n
        }
    };
    let end = match rest(i, at) {
        [b'@', b'[', ..] => literal(i, at + 1)?,
        [b'@', ..] => domain(i, at + 1)?,
        _ => return Err(Syntax { at, expected: "`@`" }),
    };
    if end - (at + 1) > 255 {
        return Err(Syntax { at: at + 1, expected: "a domain" });
    }
    Ok((at, end))
}

/// ```abnf
/// Dot-string     = Atom *("."  Atom)
/// ```
fn dot_string(local: &[u8], start: usize) -> Result<(), Syntax> {
    let (Some(first), Some(last)) = (local.first(), local.last()) else {
        return Err(Syntax { at: start, expected: "a mailbox" });
    };
    let next = local.get(1..).unwrap_or_default();
    let empty = local.iter().zip(next).fold(false, |any, (&a, &b)| any | (a == b'.' && b == b'.'));
    if *first == b'.' || *last == b'.' || empty {
        return Err(Syntax { at: start, expected: "an atom" });
    }
    Ok(())
}

/// ```abnf
/// Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
/// QcontentSMTP   = qtextSMTP / quoted-pairSMTP
/// quoted-pairSMTP  = %d92 %d32-126
/// ```
/// Where it ends.
fn quoted(i: &[u8], start: usize) -> Result<usize, Syntax> {
    let mut at = start + 1;
    // Every turn consumes an octet.
    loop {
        at += QTEXT.prefix(rest(i, at));
        match rest(i, at) {
            [b'"', ..] => return Ok(at + 1),
            [b'\\', 32..=126, ..] => at += 2,
            _ => return Err(Syntax { at, expected: "`\"`" }),
        }
    }
}

/// ```abnf
/// Domain         = sub-domain *("." sub-domain)
/// sub-domain     = Let-dig [Ldh-str]
/// ```
/// Where it ends.
fn domain(i: &[u8], start: usize) -> Result<usize, Syntax> {
    let rest = rest(i, start);
    let n = DOMAIN.prefix(rest);
    let all = rest.get(..n).unwrap_or_default();
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(Syntax { at: start, expected: "a domain" });
    };
    // Where two of `.` and `-` meet, a label is empty, or begins or ends with `-`.
    let pairs = all.iter().zip(all.get(1..).unwrap_or_default());
    let wrong = pairs.fold(false, |any, (&a, &b)| {
        any | (a == b'.' && (b == b'.' || b == b'-')) | (a == b'-' && b == b'.')
    });
    if wrong || matches!(first, b'.' | b'-') || matches!(last, b'.' | b'-') {
        return Err(Syntax { at: start, expected: "a label" });
    }
    Ok(start + n)
}

/// ```abnf
/// address-literal  = "[" ( IPv4-address-literal / IPv6-address-literal /
///                    General-address-literal ) "]"
/// ```
/// What stands in the brackets is not looked at. Where it ends.
fn literal(i: &[u8], start: usize) -> Result<usize, Syntax> {
    let n = DTEXT.prefix(rest(i, start + 1));
    let end = start + 1 + n;
    match rest(i, end) {
        [b']', ..] if n > 0 => Ok(end + 1),
        _ => Err(Syntax { at: end, expected: "`]`" }),
    }
}

fn rest(i: &[u8], at: usize) -> &[u8] {
    i.get(at..).unwrap_or_default()
}

/// Where the `@` of a mailbox is that is all of `text`.
pub(crate) fn mailbox_at(text: &[u8]) -> Result<usize, Syntax> {
    match mailbox(text, 0)? {
        (at, end) if end == text.len() => Ok(at),
        (_, end) => Err(Syntax { at: end, expected: "the end" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole<T>(text: &str, read: Result<(T, usize), Syntax>) -> Result<T, Syntax> {
        let (value, n) = read?;
        if n == text.len() { Ok(value) } else { Err(Syntax { at: n, expected: "the end" }) }
    }

    fn to(text: &str) -> Result<ForwardPath<'_>, Syntax> {
        whole(text, forward_path(text))
    }

    fn from(text: &str) -> Result<ReversePath<'_>, Syntax> {
        whole(text, reverse_path(text))
    }

    #[test]
    fn source_routes_are_dropped() {
        for text in ["<@evil.example,@b.example:a@example.org>", "<@b:a@example.org>"] {
            assert_eq!(to(text).unwrap().as_str(), "a@example.org");
        }
        assert!(to("<@b,:a@example.org>").is_err());
        assert!(to("<@b a@example.org>").is_err());
    }

    #[test]
    fn null_and_postmaster_each_have_their_place() {
        assert_eq!(from("<>"), Ok(ReversePath::Null));
        assert_eq!(to("<POSTmaster>"), Ok(ForwardPath::Postmaster));
        assert!(to("<>").is_err());
        assert!(from("< >").is_err());
        assert!(from("<<a@example.org>>").is_err());
        assert_eq!(to("<postmaster@example.org>").unwrap().as_str(), "postmaster@example.org");
    }

    #[test]
    fn errors_say_where_and_what() {
        let expected = |text| to(text).unwrap_err();
        assert_eq!(expected("a@b"), Syntax { at: 0, expected: "`<`" });
        assert_eq!(expected("<a>"), Syntax { at: 2, expected: "`@`" });
        assert_eq!(expected("<a@b"), Syntax { at: 4, expected: "`>`" });
        assert_eq!(expected("<a@>"), Syntax { at: 3, expected: "a domain" });
    }

    #[test]
    fn domains_of_exactly_the_limit_are_taken() {
        let path = |n: usize| alloc::format!("<a@{}>", "d".repeat(n));

        assert!(to(&path(254)).is_ok() && to(&path(255)).is_ok());
        assert!(to(&path(256)).is_err());
    }
}
