//! Content-Type and Content-Disposition with their parameters (RFC 2045, 2183, 2231).

mod plain;

use super::lex::{Lexer, Token};
use crate::encoding::charset;
use crate::encoding::quoted_printable::hex;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A parameter as it stands: name and value, quotes removed, nothing of RFC 2231 decoded.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parameter {
    /// The name, with any `*` and number.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial::octets"))]
    pub name: Vec<u8>,
    /// The value.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial::octets"))]
    pub value: Vec<u8>,
}

/// A Content-Type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContentType {
    kind: String,
    subtype: String,
    parameters: Vec<Parameter>,
}

impl ContentType {
    /// Parses a value. One that has no type and subtype says `text/plain` (RFC 2045 section 5.2).
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        Self::plain(value).unwrap_or_else(|| Self::any(value))
    }

    /// One with nothing odd about it; `None` for all others.
    fn plain(value: &[u8]) -> Option<Self> {
        let (kind, rest) = plain::token(plain::after_white(value))?;
        let (subtype, rest) = plain::token(rest.strip_prefix(b"/")?)?;
        let text = |token: &[u8]| core::str::from_utf8(token).ok().map(String::from);
        let parameters = plain::parameters(rest)?;
        Some(Self { kind: text(kind)?, subtype: text(subtype)?, parameters })
    }

    fn any(value: &[u8]) -> Self {
        let mut lexer = Lexer::mime(value);
        let kind = word(&mut lexer);
        let slash = matches!(lexer.next_word(), Some(Token::Special(b'/')));
        if kind.is_empty() || !slash {
            return Self { kind: "text".into(), subtype: "plain".into(), parameters: Vec::new() };
        }
        let mut subtype = word(&mut lexer);
        // Half a type is none, but what it was meant to be is plain.
        if subtype.is_empty() && kind.eq_ignore_ascii_case("text") {
            subtype.push_str("plain");
        }
        Self { kind, subtype, parameters: parameters(&mut lexer) }
    }

    /// The type, as it is written: `text`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The subtype, as it is written: `plain`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        &self.subtype
    }

    /// Whether it is this type, in any case.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether it is a multipart.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.kind.eq_ignore_ascii_case("multipart")
    }

    /// Whether it is a message in a message: `message/rfc822` or `message/global`.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.is("message", "rfc822") || self.is("message", "global")
    }

    /// A parameter by its name, in any case, decoded by RFC 2231.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        decode_parameter(&self.parameters, name)
    }

    /// The parameters as they stand.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
}

/// A Content-Disposition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContentDisposition {
    kind: String,
    parameters: Vec<Parameter>,
}

impl ContentDisposition {
    /// Parses a value.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        Self::plain(value).unwrap_or_else(|| Self::any(value))
    }

    /// One with nothing odd about it; `None` for all others.
    fn plain(value: &[u8]) -> Option<Self> {
        let (kind, rest) = plain::token(plain::after_white(value))?;
        let parameters = plain::parameters(rest)?;
        Some(Self { kind: core::str::from_utf8(kind).ok()?.into(), parameters })
    }

    fn any(value: &[u8]) -> Self {
        let mut lexer = Lexer::mime(value);
        Self { kind: word(&mut lexer), parameters: parameters(&mut lexer) }
    }

    /// `inline`, `attachment`, …, as it is written.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it is an attachment. What is not known is one too (RFC 2183 section 2.8).
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        !self.kind.eq_ignore_ascii_case("inline")
    }

    /// A parameter by its name, in any case, decoded by RFC 2231.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        decode_parameter(&self.parameters, name)
    }

    /// The parameters as they stand.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
}

/// How many parameters are kept: what comes behind is left.
const PARAMETERS: usize = 128;

fn word(lexer: &mut Lexer<'_>) -> String {
    let before = lexer.clone();
    match lexer.next_word() {
        Some(Token::Atom(text)) => String::from_utf8_lossy(text).into_owned(),
        Some(Token::Quoted(text)) => String::from_utf8_lossy(&text).into_owned(),
        _ => {
            *lexer = before;
            String::new()
        }
    }
}

/// ```abnf
/// parameter = attribute "=" value
/// ```
///
/// Accepts values with specials that should have been quoted (many mailers): all up to the next
/// semicolon.
fn parameters(lexer: &mut Lexer<'_>) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    // Every turn consumes up to the next semicolon.
    while parameters.len() < PARAMETERS {
        // To the semicolon.
        loop {
            match lexer.next_word() {
                None => return parameters,
                Some(Token::Special(b';')) => break,
                Some(_) => {}
            }
        }
        let mut ahead = lexer.clone();
        let Some(Token::Atom(name)) = ahead.next_word() else { continue };
        *lexer = ahead.clone();
        let Some(Token::Special(b'=')) = ahead.next_word() else { continue };
        *lexer = ahead.clone();
        let value = match ahead.next_word() {
            Some(Token::Quoted(text)) => {
                let before = lexer.rest;
                *lexer = ahead;
                let n = before.len() - lexer.rest.len();
                match windows_path(before.get(..n).unwrap_or_default().trim_ascii()) {
                    Some(path) => path.to_vec(),
                    None => text.into_owned(),
                }
            }
            // Nearly all that are not quoted are one word.
            Some(Token::Atom(text)) if matches!(ahead.rest.first(), None | Some(b';')) => {
                *lexer = ahead;
                text.to_vec()
            }
            _ => bare_value(lexer),
        };
        parameters.push(Parameter { name: name.to_vec(), value });
    }
    parameters
}

/// A quoted path of Windows whose backslashes are not escaped: they are meant, `"C:\temp\x.doc"`.
fn windows_path(quoted: &[u8]) -> Option<&[u8]> {
    let path = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    match path {
        [drive, b':', b'\\', next, ..] if drive.is_ascii_alphabetic() && *next != b'\\' => {
            Some(path)
        }
        _ => None,
    }
}

fn bare_value(lexer: &mut Lexer<'_>) -> Vec<u8> {
    let mut value = Vec::new();
    // Every turn consumes a word.
    loop {
        let before = lexer.clone();
        match lexer.next_word() {
            Some(Token::Special(b';')) | None => {
                *lexer = before;
                return value;
            }
            Some(token) => {
                if lexer.spaced && !value.is_empty() {
                    value.push(b' ');
                }
                match token {
                    Token::Atom(text) | Token::Literal(text) => value.extend_from_slice(text),
                    Token::Quoted(text) => value.extend_from_slice(&text),
                    Token::Special(b) => value.push(b),
                    Token::Comment(_) => {}
                }
            }
        }
    }
}

/// A parameter by its name, decoded: continuations joined, percents and charset (RFC 2231), or
/// encoded-words, which RFC 2047 section 5 forbids there and many write. The extended form counts
/// before the plain one, the first before later ones; what comes behind a gap is left. CR, LF and
/// NUL are spaces in what is decoded. For a name to write to a disk see
/// [`safe_filename`](super::safe_filename).
#[must_use]
pub fn decode_parameter(parameters: &[Parameter], name: &str) -> Option<String> {
    decode_parameter_of(parameters, name, b"")
}

/// The same, where octets that say nothing of their charset and are no UTF-8 are of this one; see
/// [`text_of`](super::text_of).
///
/// ```
/// use mailwire_message::header::{ContentType, decode_parameter_of};
///
/// let told = ContentType::parse(b"text/plain; name=\"\xd0\xd2.txt\"");
/// let name = decode_parameter_of(told.parameters(), "name", b"koi8-r");
/// # #[cfg(feature = "encoding")]
/// assert_eq!(name.as_deref(), Some("\u{43f}\u{440}.txt"));
/// ```
#[must_use]
pub fn decode_parameter_of(
    parameters: &[Parameter],
    name: &str,
    fallback: &[u8],
) -> Option<String> {
    let mut plain: Option<&[u8]> = None;
    let mut pieces: Vec<(u32, bool, &[u8])> = Vec::new();
    for parameter in parameters {
        let Some((head, tail)) = parameter.name.split_at_checked(name.len()) else { continue };
        if !head.eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        match tail {
            [] => plain = plain.or(Some(&parameter.value)),
            [b'*'] => pieces.push((0, true, &parameter.value)),
            [b'*', digits @ .., b'*'] => {
                pieces.extend(number(digits).map(|n| (n, true, &parameter.value[..])))
            }
            [b'*', digits @ ..] => {
                pieces.extend(number(digits).map(|n| (n, false, &parameter.value[..])))
            }
            _ => {}
        }
    }
    pieces.sort_by_key(|piece| piece.0);
    pieces.dedup_by_key(|piece| piece.0);
    if pieces.first().is_none_or(|piece| piece.0 != 0) {
        return plain.map(|value| shown(value, fallback));
    }
    Some(joined(&pieces, fallback))
}

/// A value that is not extended: encoded-words, else text, whose white space is its own.
fn shown(value: &[u8], fallback: &[u8]) -> String {
    let plain = core::str::from_utf8(value).ok().filter(|text| !text.contains("=?"));
    let text = plain.map_or_else(|| super::text_of(value, fallback), Cow::Borrowed);
    super::clean(text).into_owned()
}

/// Pieces put together, as far as they follow each other (RFC 2231 sections 3 and 4.1). Those that
/// are extended and follow each other are decoded together: characters are cut between them.
fn joined(pieces: &[(u32, bool, &[u8])], fallback: &[u8]) -> String {
    let (mut out, mut bytes) = (String::new(), Vec::new());
    let mut was_extended = false;
    // The charset, and what stands before the value with it: the language, and two quotes.
    let mut label: Option<(&[u8], &[u8])> = None;
    for (expected, &(n, extended, piece)) in (0u32..).zip(pieces) {
        if n != expected {
            break;
        }
        if extended != was_extended {
            let said = was_extended.then_some(label.unwrap_or_default().0);
            out.push_str(&flushed(said, &bytes, fallback));
            bytes.clear();
            was_extended = extended;
        }
        if !extended {
            bytes.extend_from_slice(piece);
            continue;
        }
        // The first piece that is extended says the charset; some say it in every one.
        label = label.or_else(|| charset_of(piece, n == 0));
        let before = label.unwrap_or_default().1;
        percent(piece.strip_prefix(before).unwrap_or(piece), &mut bytes);
    }
    let said = was_extended.then_some(label.unwrap_or_default().0);
    out.push_str(&flushed(said, &bytes, fallback));
    super::clean(out.into()).into_owned()
}

/// The charset that a piece begins with, and all up to its value. In the first piece any is one.
fn charset_of(piece: &[u8], is_first: bool) -> Option<(&[u8], &[u8])> {
    let charset = memchr::memchr(b'\'', piece)?;
    let language = memchr::memchr(b'\'', piece.get(charset + 1..)?)?;
    let label = piece.get(..charset)?;
    let is_label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_one = is_first || !label.is_empty() && label.iter().all(is_label);
    is_one.then_some((label, piece.get(..charset + 1 + language + 1)?))
}

/// Pieces of one kind: extended ones with their charset, or plain ones without.
fn flushed(label: Option<&[u8]>, bytes: &[u8], fallback: &[u8]) -> String {
    match label {
        Some(label) if !label.is_empty() => charset::decode_value(label, bytes).into_owned(),
        Some(_) => super::text_of(bytes, fallback).into_owned(),
        None => shown(bytes, fallback),
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    u32::try_from(mailwire_core::keyword::number(digits)?).ok()
}

fn percent(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let [first, more @ ..] = rest {
        rest = more;
        match (first, more) {
            (b'%', [high, low, after @ ..]) => match hex(*high, *low) {
                Some(byte) => {
                    out.push(byte);
                    rest = after;
                }
                None => out.push(b'%'),
            },
            (b, _) => out.push(*b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(value: &str, name: &str) -> Option<String> {
        ContentType::parse(value.as_bytes()).parameter(name)
    }

    #[test]
    fn types_and_parameters() {
        let content_type =
            ContentType::parse(b" Text/HTML (comment) ; charset = \"utf-8\";format=flowed");
        assert!(content_type.is("text", "html"));
        assert_eq!(content_type.parameter("CHARSET").as_deref(), Some("utf-8"));
        assert_eq!(content_type.parameter("format").as_deref(), Some("flowed"));
        for bad in ["", "text", "/plain", ";charset=x"] {
            assert!(ContentType::parse(bad.as_bytes()).is("text", "plain"), "{bad}");
        }
    }

    // RFC 2231 sections 3, 4 and 4.1.
    #[test]
    fn rfc2231_examples() {
        let url = "message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"";
        assert_eq!(
            parameter(url, "url").as_deref(),
            Some("ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar")
        );
        let title = "application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A";
        assert_eq!(parameter(title, "title").as_deref(), Some("This is ***fun***"));
        let long = "application/x-stuff; title*2=\"isn't it!\"; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20";
        assert_eq!(
            parameter(long, "title").as_deref(),
            Some("This is even more ***fun*** isn't it!")
        );
    }

    #[test]
    fn what_mailers_write_is_read() {
        for (value, expected) in [
            ("a/b; name=two words.pdf; x=y", "two words.pdf"),
            ("a/b; name=\"=?utf-8?q?=C3=A9.pdf?=\"", "\u{e9}.pdf"),
            ("a/b; name=plain.pdf; name*=utf-8''%C3%A9.pdf", "\u{e9}.pdf"),
            ("a/b; name=one; name=two", "one"),
            ("a/b; name=\"\u{e9}\"", "\u{e9}"),
            ("a/b; junk; name=x", "x"),
            ("a/b; name=a=b/c", "a=b/c"),
        ] {
            assert_eq!(parameter(value, "name").as_deref(), Some(expected), "{value}");
        }
        assert_eq!(parameter("a/b; name*1=x", "name"), None);
    }

    #[test]
    fn common_breaches_are_read() {
        for (value, expected) in [
            ("a/b; name*1=b; name*0=a; name*2=c", "abc"),
            ("a/b; name*0=a; name*2=c", "a"),
            ("a/b; name*0=a; name*0=b; name*1=.txt", "a.txt"),
            ("a/b; name*0*=utf-8''%E2%82; name*1*=%AC; name*2=x", "\u{20ac}x"),
            ("a/b; name*=x; name=y", "x"),
            ("a/b; name*=%41%zz", "A%zz"),
            ("a/b; name*99999999999999999999=a; name*4294967296=b; name=c", "c"),
            ("a/b; name*0*=utf-8''pay;\r\n name*1=\"load.e\";\r\n name*2*=%78%65", "payload.exe"),
            ("a/b; name*0=\"see \"; name*1*=utf-8''%E2%98%95; name*2=.gif", "see \u{2615}.gif"),
            ("a/b (c); (d) name (e) = (f) x (g)", "x"),
            ("a/b; name=\"C:\\temp\\x.doc\"", "C:\\temp\\x.doc"),
            ("a/b; name=\"a\\\"b\"", "a\"b"),
            ("a/b; name*0*=utf-16le''%41%00; name*1=bc", "Abc"),
            ("a/b; name*0*=us-ascii'en'a; name*1*=us-ascii'en'b", "ab"),
            ("a/b; name=\" a \\\\ b \"", " a \\ b "),
            ("a/b; name*=utf-8''a%0D%0Ab%00", "a  b "),
            ("a/b; NAME = =?utf-8?b?w6k?=", "\u{e9}"),
        ] {
            assert_eq!(parameter(value, "name").as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn parameters_are_limited() {
        let value = std::format!("a/b{}", "; p=v".repeat(1000));
        assert_eq!(ContentType::parse(value.as_bytes()).parameters().len(), 128);
    }
}
