//! Strings of IMAP, and values on one line.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

/// Writes a string, or NIL.
pub(super) fn nstring(text: Option<&[u8]>, out: &mut Vec<u8>) {
    match text {
        Some(text) => string(text, out),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// Writes a string: quoted where it can be (RFC 9051 section 4.3), else as a literal. A NUL, which
/// neither can hold, becomes 0x80, as in Dovecot.
pub(super) fn string(text: &[u8], out: &mut Vec<u8>) {
    let plain = text.len() <= 1000 && text.iter().all(|b| (b' '..=b'~').contains(b) || *b == b'\t');
    if plain {
        out.push(b'"');
        for &b in text {
            if matches!(b, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(b);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(format!("{{{}}}\r\n", text.len()).as_bytes());
        out.extend(text.iter().map(|&b| if b == 0 { 0x80 } else { b }));
    }
}

/// A value on one line: white space at its start removed, and line ends; a carriage return that
/// ends no line is a space, unless there is one.
pub(super) fn one_line(value: &[u8]) -> Cow<'_, [u8]> {
    let blank = value.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let value = value.get(blank..).unwrap_or_default();
    if !value.iter().any(|b| matches!(b, b'\r' | b'\n')) {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for (at, piece) in line.split(|&b| b == b'\r').enumerate() {
            let spaced = out.last() == Some(&b' ') || piece.first() == Some(&b' ');
            if at > 0 && !spaced {
                out.push(b' ');
            }
            out.extend_from_slice(piece);
        }
    }
    Cow::Owned(out)
}

/// Text for people: white space at its ends removed, and one space for more in between.
pub(super) fn words(text: &[u8]) -> Cow<'_, [u8]> {
    let white = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let odd = text.windows(2).any(|two| two.iter().all(white));
    let ends = [text.first(), text.last()].into_iter().flatten().any(white);
    if !odd && !ends && !text.iter().any(|b| white(b) && *b != b' ') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    for word in text.split(white).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    Cow::Owned(out)
}
