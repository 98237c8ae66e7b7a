//! The lines of an EHLO reply (RFC 5321 section 4.1.1.1).

use super::utf8;
use crate::types::{Extension, Limits, Mechanism, Words};
use crate::{Syntax, Text};
use alloc::borrow::Cow;
use mailwire_core::keyword::{Class, number, trim};

const KEYWORD: Class =
    Class::none().with_range(b'a', b'z').with_range(b'A', b'Z').with_range(b'0', b'9').with(b"-_");
/// The longest line that is kept, and the most mechanisms.
const MAX_LINE: usize = 1024;
const MAX_MECHANISMS: usize = 64;
/// As long as the longest keyword that is known, at least.
const MAX_KNOWN: usize = 24;

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
    let mut capitals = [0; MAX_KNOWN];
    for (to, from) in capitals.iter_mut().zip(keyword) {
        *to = from.to_ascii_uppercase();
    }
    let name = capitals.get(..keyword.len()).unwrap_or_default();
    let params = match rest {
        [] => rest,
        [b' ', params @ ..] => params,
        [b'=', params @ ..] if name == b"AUTH" => params,
        _ => return Err(Syntax { at: keyword.len(), expected: "a space" }),
    };
    // Those that take no parameters: a server that gives some means the same.
    match name {
        b"8BITMIME" => Ok(Extension::EightBitMime),
        b"PIPELINING" => Ok(Extension::Pipelining),
        b"CHUNKING" => Ok(Extension::Chunking),
        b"STARTTLS" => Ok(Extension::StartTls),
        b"SMTPUTF8" => Ok(Extension::SmtpUtf8),
        b"ENHANCEDSTATUSCODES" => Ok(Extension::EnhancedStatusCodes),
        b"DSN" => Ok(Extension::Dsn),
        b"BINARYMIME" => Ok(Extension::BinaryMime),
        b"HELP" => Ok(Extension::Help),
        b"VRFY" => Ok(Extension::Vrfy),
        b"ETRN" => Ok(Extension::Etrn),
        b"EXPN" => Ok(Extension::Expn),
        b"REQUIRETLS" => Ok(Extension::RequireTls),
        b"RRVS" => Ok(Extension::Rrvs),
        b"ATRN" => Ok(Extension::Atrn),
        b"CHECKPOINT" => Ok(Extension::Checkpoint),
        b"MTRK" => Ok(Extension::Mtrk),
        b"CONPERM" => Ok(Extension::ConPerm),
        b"CONNEG" => Ok(Extension::ConNeg),
        b"SUBMITTER" => Ok(Extension::Submitter),
        b"UTF8SMTP" => Ok(Extension::Utf8Smtp),
        b"SEND" => Ok(Extension::Send),
        b"SOML" => Ok(Extension::Soml),
        b"SAML" => Ok(Extension::Saml),
        b"TURN" => Ok(Extension::Turn),
        b"VERB" => Ok(Extension::Verb),
        b"ONEX" => Ok(Extension::Onex),
        b"PRDR" => Ok(Extension::Prdr),
        b"XVERP" => Ok(Extension::XVerp),
        _ => with_params(name, keyword, params),
    }
}

/// Those that take parameters, and those that are not known.
fn with_params<'a>(
    name: &[u8],
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
        b"SIZE" => match (words, number(words)) {
            ([], _) => Ok(Extension::Size(None)),
            (_, Some(max)) => Ok(Extension::Size(Some(max))),
            _ => Err(Syntax { at: start, expected: "a number" }),
        },
        b"AUTH" => {
            let names =
                words.split(|&b| b == b' ').filter_map(|word| core::str::from_utf8(word).ok());
            let list = names.filter_map(|name| Mechanism::new(name).ok()).take(MAX_MECHANISMS);
            Ok(Extension::Auth(list.collect()))
        }
        b"LIMITS" => {
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
        b"DELIVERBY" => match (words, number(words)) {
            ([], _) => Ok(Extension::DeliverBy(None)),
            (_, Some(least)) => Ok(Extension::DeliverBy(Some(least))),
            _ => Err(Syntax { at: start, expected: "a number" }),
        },
        b"FUTURERELEASE" => {
            let (interval, date) = mailwire_core::keyword::word(words);
            let Some(max_interval) = number(interval) else {
                return Err(Syntax { at: start, expected: "a number" });
            };
            if date.is_empty() || date.contains(&b' ') {
                return Err(Syntax { at: start, expected: "a date" });
            }
            Ok(Extension::FutureRelease { max_interval, max_date: text(date, start)? })
        }
        b"MT-PRIORITY" => list().map(Extension::MtPriority),
        b"BURL" => list().map(Extension::Burl),
        b"NO-SOLICITING" => list().map(Extension::NoSoliciting),
        b"XCLIENT" => list().map(Extension::XClient),
        b"XFORWARD" => list().map(Extension::XForward),
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
