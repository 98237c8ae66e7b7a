//! The grammar of parameters (RFC 5321 section 4.1.2).

use crate::Syntax;
use crate::types::{MAX_PARAMS, Param, Params, parameter};
use mailwire_core::keyword::Class;

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
pub(crate) fn params(i: &str) -> Result<Params<'_>, Syntax> {
    if i.is_empty() {
        return Ok(Params::parsed(i));
    }
    if !i.starts_with(' ') {
        return Err(Syntax { at: 0, expected: "a space" });
    }
    let mut n = 0;
    let mut at = 0;
    // Every turn consumes a space and what follows it.
    while let Some(rest) = i.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(word) = rest.strip_prefix(' ') else {
            return Err(Syntax { at, expected: "a space" });
        };
        at += 1;
        if word.is_empty() || word.starts_with(' ') {
            continue;
        }
        let (param, len) = param(word, at)?;
        n += 1;
        if n > MAX_PARAMS {
            return Err(Syntax { at, expected: "fewer parameters" });
        }
        // At most 32 keywords are compared with each other.
        let before = Params::parsed(i.get(..at).unwrap_or_default());
        if n > 1 && before.has(param.keyword) {
            return Err(Syntax { at, expected: "each parameter once" });
        }
        parameter::check(param).map_err(|expected| Syntax { at, expected })?;
        at += len;
    }
    Ok(Params::parsed(i))
}

/// ```abnf
/// esmtp-param    = esmtp-keyword ["=" esmtp-value]
/// esmtp-keyword  = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// esmtp-value    = 1*(%d33-60 / %d62-126)
/// ```
/// The parameter at the start of `i`, which stands at `start`, and how long it is.
fn param(i: &str, start: usize) -> Result<(Param<'_>, usize), Syntax> {
    let n = KEYWORD.prefix(i.as_bytes());
    let keyword = i.get(..n).unwrap_or_default();
    if n == 0 || n > MAX_KEYWORD || keyword.starts_with('-') {
        return Err(Syntax { at: start, expected: "a parameter" });
    }
    let Some(rest) = i.get(n..).and_then(|rest| rest.strip_prefix('=')) else {
        return Ok((Param { keyword, value: None }, n));
    };
    // Bytes above 127 are of the class, so that this ends between characters.
    match rest.get(..VALUE.prefix(rest.as_bytes())) {
        Some(value) if !value.is_empty() => {
            Ok((Param { keyword, value: Some(value) }, n + 1 + value.len()))
        }
        _ => Err(Syntax { at: start + n + 1, expected: "a value" }),
    }
}

/// One parameter that is all of `i`.
pub(crate) fn whole(i: &str) -> Result<Param<'_>, Syntax> {
    let (param, n) = param(i, 0)?;
    if n < i.len() {
        return Err(Syntax { at: n, expected: "the end" });
    }
    parameter::check(param).map_err(|expected| Syntax { at: 0, expected })?;
    Ok(param)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_between_spaces() {
        let all = params(" SIZE=5  BODY=7BIT X ").unwrap();

        assert_eq!(all.iter().count(), 3);
        assert!(params("").unwrap().is_empty());
        assert!(params("X").is_err());
        assert!(params(" X=\u{7f}").is_err());
    }

    // SMTP-CMD-15, 16, 17 and 41 of the robustness cases.
    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        for bad in [
            " SIZE=-1",
            " SIZE",
            " SIZE=18446744073709551616",
            " SIZE=1 SIZE=99999999",
            " size=1 SIZE=1",
            " ORCPT=rfc822;a+00b@example.org",
            " ENVID=foo+0D+0ARCPT",
            " AUTH=a+0a",
            " X==",
            " X=a=b",
            " =a",
        ] {
            assert!(params(bad).is_err(), "{bad}");
        }
        assert!(params(&" X=1".repeat(2000)).is_err());
    }

    #[test]
    fn keywords_and_lists_of_exactly_the_limit_are_taken() {
        let keyword = |n: usize| alloc::format!(" {}", "K".repeat(n));
        assert!(params(&keyword(64)).is_ok());
        assert!(params(&keyword(65)).is_err());
        let list = |n| (0..n).map(|n| alloc::format!(" X{n}")).collect::<alloc::string::String>();
        assert!(params(&list(32)).is_ok());
        assert!(params(&list(33)).is_err());
    }
}
