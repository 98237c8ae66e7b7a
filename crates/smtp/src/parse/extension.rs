//! The lines of an EHLO reply (RFC 5321 section 4.1.1.1).

use super::{keywords, utf8};
use crate::types::extension::BARE;
use crate::types::{Extension, Limits, Mechanism, Words};
use crate::{Syntax, Text};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::keyword::{Class, number, trim};

const KEYWORD: Class =
    Class::none().with_range(b'a', b'z').with_range(b'A', b'Z').with_range(b'0', b'9').with(b"-_");
/// The longest line that is kept, and the most mechanisms.
const MAX_LINE: usize = 1024;
const MAX_MECHANISMS: usize = 64;
/// About how many there are.
const USUAL_MECHANISMS: usize = 4;

/// ```abnf
/// ehlo-line      = ehlo-keyword *( SP ehlo-param )
/// ehlo-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// ```
/// Accepts `AUTH=` for `AUTH ` (from before RFC 2554), `_` in keywords, and words that are no
/// mechanism among those of AUTH, which are left out.
pub(crate) fn extension(line: &[u8]) -> Result<Extension<'_>, Syntax> {
    if line.len() > MAX_LINE {
        return Err(Syntax { at: MAX_LINE, expected: "the end" });
    }
    let (keyword, rest) = line.split_at(KEYWORD.prefix(line));
    if keyword.is_empty() || keyword.starts_with(b"-") {
        return Err(Syntax { at: 0, expected: "a keyword" });
    }
    let known = match rest {
        [b'=', ..] => keywords::of(keyword),
        _ => keywords::at_start(line).filter(|&(_, n)| n == keyword.len()).map(|(known, _)| known),
    };
    let params = match rest {
        [] => rest,
        [b' ', params @ ..] => params,
        [b'=', params @ ..] if known == Some(keywords::AUTH) => params,
        _ => return Err(Syntax { at: keyword.len(), expected: "a space" }),
    };
    match known {
        Some(keywords::SIZE) => match (trim(params), number(trim(params))) {
            ([], _) => Ok(Extension::Size(None)),
            (_, Some(max)) => Ok(Extension::Size(Some(max))),
            _ => Err(Syntax { at: keyword.len() + 1, expected: "a number" }),
        },
        Some(keywords::AUTH) => {
            let mut list = Vec::with_capacity(USUAL_MECHANISMS);
            let words = trim(params).split(|&b| b == b' ');
            list.extend(words.filter_map(Mechanism::read).take(MAX_MECHANISMS));
            Ok(Extension::Auth(list))
        }
        // A server that gives parameters to those that take none means the same.
        Some(known) if known < BARE.len() => {
            Ok(BARE.get(known).map(|(_, bare)| bare.clone()).unwrap_or(Extension::Help))
        }
        known => with_params(known.map_or("", keywords::name), keyword, params),
    }
}

/// Those that take parameters, and those that are not known.
fn with_params<'a>(
    name: &str,
    keyword: &'a [u8],
    params: &'a [u8],
) -> Result<Extension<'a>, Syntax> {
    let words = trim(params);
    let start = keyword.len() + 1;
    let text = |bytes, at| {
        let text = utf8(bytes)?;
        Text::new(text).map_err(|invalid| Syntax { at: at + invalid.at, expected: "text" })
    };
    let list = || text(params, start).map(Words::new);
    match name {
        "LIMITS" => {
            let limits = Limits::new(list()?);
            let named = |(name, value): (&str, Option<&str>)| !name.is_empty() && value.is_some();
            let known = ["MAILMAX", "RCPTMAX", "RCPTDOMAINMAX"];
            let counted = |(name, value): (&str, Option<&str>)| {
                !known.iter().any(|it| it.eq_ignore_ascii_case(name))
                    || value.and_then(|value| number(value.as_bytes())).is_some()
            };
            if limits.iter().all(|one| named(one) && counted(one)) {
                return Ok(Extension::Limits(limits));
            }
            Err(Syntax { at: start, expected: "limits" })
        }
        "DELIVERBY" => match (words, number(words)) {
            ([], _) => Ok(Extension::DeliverBy(None)),
            (_, Some(least)) => Ok(Extension::DeliverBy(Some(least))),
            _ => Err(Syntax { at: start, expected: "a number" }),
        },
        "FUTURERELEASE" => {
            let (interval, date) = mailwire_core::keyword::word(words);
            let Some(max_interval) = number(interval) else {
                return Err(Syntax { at: start, expected: "a number" });
            };
            if date.is_empty() || date.contains(&b' ') {
                return Err(Syntax { at: start, expected: "a date" });
            }
            Ok(Extension::FutureRelease { max_interval, max_date: text(date, start)? })
        }
        "MT-PRIORITY" => list().map(Extension::MtPriority),
        "BURL" => list().map(Extension::Burl),
        "NO-SOLICITING" => list().map(Extension::NoSoliciting),
        "XCLIENT" => list().map(Extension::XClient),
        "XFORWARD" => list().map(Extension::XForward),
        _ => {
            let params = text(params, start)?;
            Ok(Extension::Other { keyword: Cow::Borrowed(utf8(keyword)?), params })
        }
    }
}

/// A line whose keyword can be read, whatever stands behind it.
pub(crate) fn raw_extension(line: &[u8]) -> Result<Extension<'_>, Syntax> {
    let line = line.get(..MAX_LINE).unwrap_or(line);
    let (keyword, rest) = line.split_at(KEYWORD.prefix(line));
    let params = match rest {
        // One that lacks its parameters is still offered.
        [] => rest,
        [b' ', params @ ..] => params,
        _ => return Err(Syntax { at: keyword.len(), expected: "a space" }),
    };
    if keyword.is_empty() || keyword.starts_with(b"-") {
        return Err(Syntax { at: 0, expected: "a keyword" });
    }
    let params =
        Text::new(utf8(params)?).map_err(|invalid| Syntax { at: invalid.at, expected: "text" })?;
    Ok(Extension::Other { keyword: Cow::Borrowed(utf8(keyword)?), params })
}
