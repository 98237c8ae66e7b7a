//! The lines of an EHLO reply (RFC 5321 section 4.1.1.1).

use super::utf8;
use crate::types::{Extension, Mechanism};
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
    // Those that take no parameters: a server that gives some means the same.
    for (name, extension) in [
        ("8BITMIME", Extension::EightBitMime),
        ("PIPELINING", Extension::Pipelining),
        ("STARTTLS", Extension::StartTls),
        ("SMTPUTF8", Extension::SmtpUtf8),
        ("ENHANCEDSTATUSCODES", Extension::EnhancedStatusCodes),
    ] {
        if is(name) {
            return Ok(extension);
        }
    }
    let text = |bytes, at| {
        let text = utf8(bytes)?;
        Text::new(text).map_err(|invalid| Syntax { at: at + invalid.at, expected: "text" })
    };
    Ok(Extension::Other {
        keyword: Cow::Borrowed(utf8(keyword)?),
        params: text(params, keyword.len() + 1)?,
    })
}
