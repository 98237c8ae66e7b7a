//! The lines of an EHLO reply (RFC 5321 section 4.1.1.1).

use super::utf8;
use crate::types::{BARE, Extension, Limits, Mechanism, Words};
use crate::{Syntax, Text};
use alloc::borrow::Cow;
use mailwire_core::keyword::{Class, number, trim};

const KEYWORD: Class =
    Class::none().with_range(b'a', b'z').with_range(b'A', b'Z').with_range(b'0', b'9').with(b"-_");
/// The longest line that is kept, and the most mechanisms.
const MAX_LINE: usize = 1024;
const MAX_MECHANISMS: usize = 64;

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
    let is = |name: &str| keyword.eq_ignore_ascii_case(name.as_bytes());
    let params = match rest {
        [] => rest,
        [b' ', params @ ..] => params,
        [b'=', params @ ..] if is("AUTH") => params,
        _ => return Err(Syntax { at: keyword.len(), expected: "a space" }),
    };
    let words = trim(params);
    if is("SIZE") {
        return match (words, number(words)) {
            ([], _) => Ok(Extension::Size(None)),
            (_, Some(max)) => Ok(Extension::Size(Some(max))),
            _ => Err(Syntax { at: keyword.len() + 1, expected: "a number" }),
        };
    }
    if is("AUTH") {
        let names = words.split(|&b| b == b' ').filter_map(|word| core::str::from_utf8(word).ok());
        let list = names.filter_map(|name| Mechanism::new(name).ok()).take(MAX_MECHANISMS);
        return Ok(Extension::Auth(list.collect()));
    }
    let text = |bytes, at| {
        let text = utf8(bytes)?;
        Text::new(text).map_err(|invalid| Syntax { at: at + invalid.at, expected: "text" })
    };
    let start = keyword.len() + 1;
    let list = || text(params, start).map(Words::new);
    // Those that take no parameters: a server that gives some means the same.
    if let Some((_, extension)) = BARE.iter().find(|(name, _)| is(name)) {
        return Ok(extension.clone());
    }
    if is("XVERP") {
        return Ok(Extension::XVerp);
    }
    if is("LIMITS") {
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
        return Err(Syntax { at: start, expected: "limits" });
    }
    if is("DELIVERBY") {
        return match (words, number(words)) {
            ([], _) => Ok(Extension::DeliverBy(None)),
            (_, Some(least)) => Ok(Extension::DeliverBy(Some(least))),
            _ => Err(Syntax { at: start, expected: "a number" }),
        };
    }
    if is("FUTURERELEASE") {
        let (interval, date) = mailwire_core::keyword::word(words);
        let Some(max_interval) = number(interval) else {
            return Err(Syntax { at: start, expected: "a number" });
        };
        if date.is_empty() || date.contains(&b' ') {
            return Err(Syntax { at: start, expected: "a date" });
        }
        return Ok(Extension::FutureRelease { max_interval, max_date: text(date, start)? });
    }
    if is("MT-PRIORITY") {
        return list().map(Extension::MtPriority);
    }
    if is("BURL") {
        return list().map(Extension::Burl);
    }
    if is("NO-SOLICITING") {
        return list().map(Extension::NoSoliciting);
    }
    if is("XCLIENT") {
        return list().map(Extension::XClient);
    }
    if is("XFORWARD") {
        return list().map(Extension::XForward);
    }
    Ok(Extension::Other { keyword: Cow::Borrowed(utf8(keyword)?), params: text(params, start)? })
}

/// A line whose keyword can be read, whatever stands behind it.
pub(crate) fn raw_extension(line: &[u8]) -> Result<Extension<'_>, Syntax> {
    let line = line.get(..MAX_LINE).unwrap_or(line);
    let (keyword, rest) = line.split_at(KEYWORD.prefix(line));
    let [b' ', params @ ..] = rest else {
        return Err(Syntax { at: keyword.len(), expected: "a space" });
    };
    if keyword.is_empty() || keyword.starts_with(b"-") {
        return Err(Syntax { at: 0, expected: "a keyword" });
    }
    let params =
        Text::new(utf8(params)?).map_err(|invalid| Syntax { at: invalid.at, expected: "text" })?;
    Ok(Extension::Other { keyword: Cow::Borrowed(utf8(keyword)?), params })
}
