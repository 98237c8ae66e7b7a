//! The grammar of parameters (RFC 5321 section 4.1.2).

use crate::types::{MAX_PARAMS, Param, Params, decode_xtext};
use mailwire_core::keyword::Class;
use mailwire_core::{Parsed, Syntax, expect};
use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::combinator::verify;

const KEYWORD: Class =
    Class::none().with_range(b'a', b'z').with_range(b'A', b'Z').with_range(b'0', b'9').with(b"-");
/// What is not US-ASCII is for SMTPUTF8 (RFC 6531 section 3.3).
const VALUE: Class = Class::graphic().without(b"=").with_range(128, 255);

/// The longest keyword, in octets.
const MAX_KEYWORD: usize = 64;

/// ```abnf
/// Mail-parameters  = esmtp-param *(SP esmtp-param)
/// ```
/// The rest of a line, with the space before it. Accepts more spaces, and some at the end.
pub(super) fn params(i: &[u8]) -> Result<Params<'_>, Syntax> {
    let error = |at: &[u8], expected| Syntax { at: i.len() - at.len(), expected };
    if !matches!(i, [] | [b' ', ..]) {
        return Err(error(i, "a space"));
    }
    // At most 32 keywords are compared with each other.
    let mut seen: [&[u8]; MAX_PARAMS] = [&[]; MAX_PARAMS];
    let mut free = seen.iter_mut();
    let mut rest = i;
    loop {
        while let [b' ', more @ ..] = rest {
            rest = more;
        }
        if rest.is_empty() {
            break;
        }
        let at = rest;
        let (more, (keyword, value)) = param(rest).map_err(|e| match e {
            nom::Err::Error(e) | nom::Err::Failure(e) => error(e.at, e.what),
            nom::Err::Incomplete(_) => error(rest, "a parameter"),
        })?;
        if !matches!(more, [] | [b' ', ..]) {
            return Err(error(more, "a space"));
        }
        check(keyword, value).map_err(|expected| error(at, expected))?;
        let Some(slot) = free.next() else {
            return Err(error(at, "fewer parameters"));
        };
        *slot = keyword;
        rest = more;
    }
    let used = MAX_PARAMS - free.len();
    for (n, keyword) in seen.iter().take(used).enumerate() {
        if seen.iter().take(n).any(|other| other.eq_ignore_ascii_case(keyword)) {
            return Err(error(&[], "each parameter once"));
        }
    }
    super::utf8(i).map(Params::parsed)
}

/// What the value of a known keyword must be: a SIZE is a number, xtext decodes, and what it
/// stands for breaks no line.
fn check(keyword: &[u8], value: Option<&[u8]>) -> Result<(), &'static str> {
    let is = |name: &[u8]| keyword.eq_ignore_ascii_case(name);
    let value = value.unwrap_or_default();
    if is(b"SIZE") && mailwire_core::keyword::number(value).is_none() {
        return Err("a number");
    }
    if is(b"ORCPT") || is(b"ENVID") || is(b"AUTH") {
        match decode_xtext(value) {
            Some(bytes) if !bytes.iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) => {}
            _ => return Err("xtext"),
        }
    }
    Ok(())
}

/// ```abnf
/// esmtp-param    = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword  = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// esmtp-value    = 1*(%d33-60 / %d62-126)
/// ```
fn param(i: &[u8]) -> Parsed<'_, (&[u8], Option<&[u8]>)> {
    let keyword = verify(take_while1(|b| KEYWORD.holds(b)), |word: &[u8]| {
        word.len() <= MAX_KEYWORD && !word.starts_with(b"-")
    });
    let (rest, keyword) = expect("a parameter", keyword).parse(i)?;
    match rest {
        [b'=', rest @ ..] => {
            let (rest, value) = expect("a value", take_while1(|b| VALUE.holds(b))).parse(rest)?;
            Ok((rest, (keyword, Some(value))))
        }
        _ => Ok((rest, (keyword, None))),
    }
}

/// One parameter that is all of `i`.
pub(crate) fn whole(i: &[u8]) -> Result<Param<'_>, Syntax> {
    let (keyword, value) = mailwire_core::whole(i, param)?;
    check(keyword, value).map_err(|expected| Syntax { at: 0, expected })?;
    Ok(Param { keyword: super::utf8(keyword)?, value: value.map(super::utf8).transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_between_spaces() {
        let all = params(b" SIZE=5  BODY=7BIT X ").unwrap();

        assert_eq!(all.iter().count(), 3);
        assert!(params(b"").unwrap().is_empty());
        assert!(params(b"X").is_err());
        assert!(params(b" X=\xff").is_err());
    }

    // SMTP-CMD-15, 16, 17 and 41 of the robustness cases.
    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        for bad in [
            &b" SIZE=-1"[..],
            b" SIZE",
            b" SIZE=18446744073709551616",
            b" SIZE=1 SIZE=99999999",
            b" size=1 SIZE=1",
            b" ORCPT=rfc822;a+00b@example.org",
            b" ENVID=foo+0D+0ARCPT",
            b" AUTH=a+0a",
            b" X==",
            b" X=a=b",
            b" =a",
        ] {
            assert!(params(bad).is_err(), "{}", bad.escape_ascii());
        }
        assert!(params(&b" X=1".repeat(2000)).is_err());
    }

    #[test]
    fn keywords_and_lists_of_exactly_the_limit_are_taken() {
        let keyword = |n: usize| alloc::format!(" {}", "K".repeat(n));
        assert!(params(keyword(64).as_bytes()).is_ok());
        assert!(params(keyword(65).as_bytes()).is_err());
        let list = |n| (0..n).map(|n| alloc::format!(" X{n}")).collect::<alloc::string::String>();
        assert!(params(list(32).as_bytes()).is_ok());
        assert!(params(list(33).as_bytes()).is_err());
    }
}
