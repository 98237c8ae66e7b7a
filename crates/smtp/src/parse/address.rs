//! The grammar of paths and mailboxes (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

use crate::types::{ForwardPath, Mailbox, ReversePath};
use mailwire_core::keyword::Class;
use mailwire_core::{Expected, Parsed, Syntax, expect, whole};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{consumed, recognize, verify};
use nom::multi::{many0_count, separated_list1};
use nom::sequence::{delimited, preceded, terminated};

/// `atext` of RFC 5322, and what is not US-ASCII. The line is known to be UTF-8.
const ATEXT: Class = Class::none()
    .with_range(b'a', b'z')
    .with_range(b'A', b'Z')
    .with_range(b'0', b'9')
    .with(b"!#$%&'*+-/=?^_`{|}~")
    .with_range(128, 255);
/// Letters, digits, `-`, and what is not US-ASCII. Accepts `_`, which real hosts have.
const LABEL: Class = Class::none()
    .with_range(b'a', b'z')
    .with_range(b'A', b'Z')
    .with_range(b'0', b'9')
    .with(b"-_")
    .with_range(128, 255);
const QTEXT: Class = Class::none().with_range(32, 126).without(b"\"\\").with_range(128, 255);
const DTEXT: Class = Class::graphic().without(b"[]\\");

/// ```abnf
/// Reverse-path   = Path / "<>"
/// ```
pub(super) fn reverse_path(i: &[u8]) -> Parsed<'_, ReversePath<'_>> {
    alt((tag("<>").map(|_| ReversePath::Null), path.map(ReversePath::Mailbox))).parse(i)
}

/// ```abnf
/// Forward-path   = Path
/// ```
/// or `<Postmaster>` (section 4.1.1.3).
pub(super) fn forward_path(i: &[u8]) -> Parsed<'_, ForwardPath<'_>> {
    let postmaster =
        verify(delimited(tag("<"), take_while(|b| b != b'>'), tag(">")), |name: &[u8]| {
            name.eq_ignore_ascii_case(b"postmaster")
        });
    alt((postmaster.map(|_| ForwardPath::Postmaster), path.map(ForwardPath::Mailbox))).parse(i)
}

/// ```abnf
/// Path           = "<" [ A-d-l ":" ] Mailbox ">"
/// A-d-l          = At-domain *( "," At-domain )
/// At-domain      = "@" Domain
/// ```
/// The route is dropped, as section 4.1.1.3 says.
fn path(i: &[u8]) -> Parsed<'_, Mailbox<'_>> {
    let at_domain = || preceded(tag("@"), expect("a domain", domain));
    let route = terminated(separated_list1_unit(at_domain()), expect("`:`", tag(":")));
    delimited(expect("`<`", tag("<")), preceded(opt_route(route), mailbox), expect("`>`", tag(">")))
        .parse(i)
}

/// A route begins with `@`, which no mailbox does: so it is there or it is not.
fn opt_route<'i>(
    mut route: impl Parser<&'i [u8], Output = (), Error = Expected<'i>>,
) -> impl FnMut(&'i [u8]) -> Parsed<'i, ()> {
    move |i| match i {
        [b'@', ..] => route.parse(i),
        _ => Ok((i, ())),
    }
}

fn separated_list1_unit<'i>(
    mut one: impl Parser<&'i [u8], Output = &'i [u8], Error = Expected<'i>>,
) -> impl FnMut(&'i [u8]) -> Parsed<'i, ()> {
    move |i| {
        let (mut rest, _) = one.parse(i)?;
        // Every turn consumes an element.
        while let [b',', more @ ..] = rest {
            (rest, _) = one.parse(more)?;
        }
        Ok((rest, ()))
    }
}

/// ```abnf
/// Mailbox        = Local-part "@" ( Domain / address-literal )
/// ```
fn mailbox(i: &[u8]) -> Parsed<'_, Mailbox<'_>> {
    let (rest, (text, at)) = consumed(mailbox_parts).parse(i)?;
    match core::str::from_utf8(text) {
        Ok(text) => Ok((rest, Mailbox::parsed(text, at))),
        Err(error) => {
            let at = i.get(error.valid_up_to()..).unwrap_or_default();
            Err(nom::Err::Failure(Expected { at, what: "UTF-8" }))
        }
    }
}

/// Where the `@` is.
fn mailbox_parts(i: &[u8]) -> Parsed<'_, usize> {
    let (rest, local) = expect("a mailbox", local_part).parse(i)?;
    let (rest, _) = preceded(
        expect("`@`", tag("@")),
        expect("a domain", verify(alt((literal, domain)), |domain: &[u8]| domain.len() <= 255)),
    )
    .parse(rest)?;
    Ok((rest, local.len()))
}

/// ```abnf
/// Local-part     = Dot-string / Quoted-string
/// Dot-string     = Atom *("."  Atom)
/// Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
/// QcontentSMTP   = qtextSMTP / quoted-pairSMTP
/// quoted-pairSMTP  = %d92 %d32-126
/// ```
fn local_part(i: &[u8]) -> Parsed<'_, &[u8]> {
    let atom = || take_while1(|b| ATEXT.holds(b));
    let dot_string =
        recognize((atom(), many0_count(preceded(tag("."), expect("an atom", atom())))));
    let qtext = take_while1(|b| QTEXT.holds(b));
    let pair =
        recognize((tag("\\"), verify(nom::number::complete::u8, |b| (32..=126).contains(b))));
    let quoted = recognize((tag("\""), many0_count(alt((qtext, pair))), expect("`\"`", tag("\""))));
    alt((quoted, dot_string)).parse(i)
}

/// ```abnf
/// Domain         = sub-domain *("." sub-domain)
/// sub-domain     = Let-dig [Ldh-str]
/// ```
fn domain(i: &[u8]) -> Parsed<'_, &[u8]> {
    let label = || {
        verify(take_while1(|b| LABEL.holds(b)), |label: &[u8]| {
            !matches!(label, [b'-', ..] | [.., b'-'])
        })
    };
    recognize(separated_list1(tag("."), expect("a label", label()))).parse(i)
}

/// ```abnf
/// address-literal  = "[" ( IPv4-address-literal / IPv6-address-literal /
///                    General-address-literal ) "]"
/// ```
/// What stands in the brackets is not looked at.
fn literal(i: &[u8]) -> Parsed<'_, &[u8]> {
    recognize((tag("["), take_while1(|b| DTEXT.holds(b)), expect("`]`", tag("]")))).parse(i)
}

/// Where the `@` of a mailbox is that is all of `text`.
pub(crate) fn mailbox_at(text: &[u8]) -> Result<usize, Syntax> {
    whole(text, mailbox_parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(text: &str) -> Result<ForwardPath<'_>, Syntax> {
        whole(text.as_bytes(), forward_path)
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
        assert_eq!(whole(b"<>", reverse_path), Ok(ReversePath::Null));
        assert_eq!(to("<POSTmaster>"), Ok(ForwardPath::Postmaster));
        assert!(to("<>").is_err());
        assert!(whole(b"< >", reverse_path).is_err());
        assert!(whole(b"<<a@example.org>>", reverse_path).is_err());
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
