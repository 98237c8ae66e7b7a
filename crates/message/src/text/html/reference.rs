//! Character references.

use crate::encoding::charset;
use crate::text::entities;
use alloc::borrow::Cow;
use alloc::string::String;

/// A value with its references resolved, without spaces and control characters.
pub(super) fn dereferenced(text: &str) -> Cow<'_, str> {
    if is_graphic(text) && memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Every turn consumes up to a reference.
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        let (plain, reference) = rest.split_at(at);
        push_shown(&mut out, plain);
        let mut buffer = [0; 4];
        let (text, n) = reference_of(reference, &mut buffer).unwrap_or(("&", 1));
        push_shown(&mut out, text);
        rest = reference.get(n..).unwrap_or_default();
    }
    push_shown(&mut out, rest);
    Cow::Owned(out)
}

fn push_shown(out: &mut String, text: &str) {
    if is_graphic(text) {
        out.push_str(text);
    } else {
        out.extend(text.chars().filter(|c| !c.is_control() && *c != ' '));
    }
}

/// Whether all is US-ASCII without spaces and control characters. Looks at all of it, which is
/// cheaper than to stop where something else is.
fn is_graphic(text: &str) -> bool {
    text.bytes().fold(true, |all, b| all & b.is_ascii_graphic())
}

/// What a reference at the front of a text stands for, and how long it is.
pub(super) fn reference_of<'b>(text: &str, buffer: &'b mut [u8; 4]) -> Option<(&'b str, usize)> {
    let body = text.get(1..)?;
    if let Some(number) = body.strip_prefix('#') {
        let hex = number.starts_with(['x', 'X']);
        let digits = if hex { number.get(1..)? } else { number };
        let n = digits.bytes().position(|b| match hex {
            true => !b.is_ascii_hexdigit(),
            false => !b.is_ascii_digit(),
        });
        let digits = digits.get(..n.unwrap_or(digits.len()))?;
        if digits.is_empty() {
            return None;
        }
        // A number that is too large stands for nothing.
        let code = u32::from_str_radix(digits, if hex { 16 } else { 10 }).unwrap_or(u32::MAX);
        let end = 2 + usize::from(hex) + digits.len();
        let end = end + usize::from(text.as_bytes().get(end) == Some(&b';'));
        return Some((char_of(code).encode_utf8(buffer), end));
    }
    let near = body.as_bytes().get(..entities::LONGEST + 1).unwrap_or(body.as_bytes());
    let n = near.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(near.len());
    let name = body.get(..n)?;
    if body.as_bytes().get(n) == Some(&b';') {
        let common = match name {
            "nbsp" => Some("\u{a0}"),
            "amp" => Some("&"),
            "lt" => Some("<"),
            "gt" => Some(">"),
            "quot" => Some("\""),
            name => entities::find(name),
        };
        if let Some(text) = common {
            return Some((text, n + 2));
        }
    }
    // The oldest names count without a semicolon, whatever follows them.
    (2..=n.min(6)).rev().find_map(|n| {
        let name = name.get(..n).filter(|name| entities::is_legacy(name))?;
        Some((entities::find(name)?, n + 1))
    })
}

/// Numbers of Windows-1252 are meant as such.
fn char_of(code: u32) -> char {
    match u8::try_from(code) {
        Ok(0) => '\u{fffd}',
        Ok(octet @ 0x80..=0x9f) => charset::windows_1252(octet),
        _ => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
}
