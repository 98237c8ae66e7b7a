//! Replies: `+OK` or `-ERR`, a response code, text.

use alloc::borrow::Cow;
use mailwire_core::keyword::{strip, trim};
use mailwire_core::{Sink, Text};

/// What a reply says in its first word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// `+OK`.
    Ok,
    /// `-ERR`.
    Err,
}

/// A response code (RFC 2449 section 8, RFC 3206, RFC 6856 section 5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Code<'a> {
    /// The credentials are wrong, and asking again with the same is useless.
    Auth,
    /// Another session has the maildrop locked. Try later.
    InUse,
    /// Too soon after the last login. Try later.
    LoginDelay,
    /// The server has a problem that lasts.
    SysPerm,
    /// The server has a problem that passes. Try later.
    SysTemp,
    /// The message holds UTF-8 and the client did not say UTF8 (RFC 6856 section 5).
    Utf8,
    /// Another one, without its brackets.
    Other(Text<'a>),
}

impl Code<'_> {
    /// The code as it stands between the brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Auth => "AUTH",
            Self::InUse => "IN-USE",
            Self::LoginDelay => "LOGIN-DELAY",
            Self::SysPerm => "SYS/PERM",
            Self::SysTemp => "SYS/TEMP",
            Self::Utf8 => "UTF8",
            Self::Other(text) => text.as_str(),
        }
    }

    /// Whether it says `what`, perhaps in more detail: `SYS/TEMP/DISK` is `SYS/TEMP` to whoever
    /// does not know the detail (RFC 2449 section 8).
    #[must_use]
    pub fn is(&self, what: &Code<'_>) -> bool {
        let (code, what) = (self.as_str().as_bytes(), what.as_str());
        strip(code, what).is_some_and(|detail| matches!(detail, [] | [b'/', ..]))
    }
}

/// The first line of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply<'a> {
    /// Yes or no.
    pub status: Status,
    /// Why, for programs.
    pub code: Option<Code<'a>>,
    /// What a human is told.
    pub text: Text<'a>,
}

impl<'a> Reply<'a> {
    /// `+OK text`.
    #[must_use]
    pub fn ok(text: Text<'a>) -> Self {
        Self { status: Status::Ok, code: None, text }
    }

    /// `-ERR text`.
    #[must_use]
    pub fn err(text: Text<'a>) -> Self {
        Self { status: Status::Err, code: None, text }
    }

    /// The same with a response code.
    #[must_use]
    pub fn with_code(self, code: Code<'a>) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Whether it is `+OK`.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    /// Parses a line without its end; `None` when it is no reply.
    ///
    /// ```abnf
    /// response = ("+OK" / "-ERR") [SP ["[" code "]" SP] *CHAR]
    /// ```
    ///
    /// Accepts any case and no text (many servers). Text that is not UTF-8 is made so.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let (status, rest) = match (strip(line, "+OK"), strip(line, "-ERR")) {
            (Some(rest), _) => (Status::Ok, rest),
            (_, Some(rest)) => (Status::Err, rest),
            _ => return None,
        };
        if !matches!(rest, [] | [b' ' | b'\t', ..]) {
            return None;
        }
        let text = trim(rest);
        let (code, text) = bracketed(text).map_or((None, text), |(code, text)| (Some(code), text));
        Some(Self { status, code: code.map(Code::from), text: lossy(text) })
    }

    /// Writes the reply and its CRLF.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(match self.status {
            Status::Ok => b"+OK",
            Status::Err => b"-ERR",
        });
        if let Some(code) = &self.code {
            out.put(b" [");
            out.put(code.as_str().as_bytes());
            out.put(b"]");
        }
        if !self.text.as_str().is_empty() {
            out.put(b" ");
            out.put(self.text.as_str().as_bytes());
        }
        out.put(b"\r\n");
    }
}

impl<'a> From<&'a [u8]> for Code<'a> {
    fn from(code: &'a [u8]) -> Self {
        let is =
            |known: Self| code.eq_ignore_ascii_case(known.as_str().as_bytes()).then_some(known);
        is(Self::Auth)
            .or_else(|| is(Self::InUse))
            .or_else(|| is(Self::LoginDelay))
            .or_else(|| is(Self::SysPerm))
            .or_else(|| is(Self::SysTemp))
            .or_else(|| is(Self::Utf8))
            .unwrap_or_else(|| Self::Other(lossy(code)))
    }
}

fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inside)?;
    Some((inside.get(..end)?, trim(inside.get(end + 1..)?)))
}

pub(crate) fn lossy(bytes: &[u8]) -> Text<'_> {
    Text::lossy(match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => alloc::string::String::from_utf8_lossy(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn replies_come_back() {
        for line in [
            "+OK",
            "-ERR",
            "+OK 2 320",
            "-ERR [IN-USE] busy",
            "-ERR [SYS/TEMP]",
            "-ERR [X] a",
            "-ERR [UTF8] no",
        ] {
            let mut out = Vec::new();
            Reply::parse(line.as_bytes()).unwrap().encode(&mut out);
            assert_eq!(out, [line.as_bytes(), b"\r\n"].concat());
        }
    }

    // RFC 2449 section 8: detail that is not known is ignored.
    #[test]
    fn codes_have_levels() {
        let code = |line: &'static str| Reply::parse(line.as_bytes()).unwrap().code.unwrap();

        assert!(code("-ERR [sys/temp/disk] full").is(&Code::SysTemp));
        assert!(code("-ERR [SYS/TEMP] full").is(&Code::SysTemp));
        assert!(!code("-ERR [SYS/TEMPORARY]").is(&Code::SysTemp));
        assert!(!code("-ERR [SYS]").is(&Code::SysTemp));
        assert_eq!(code("-ERR [sys/temp/disk] full").as_str(), "sys/temp/disk");
    }

    #[test]
    fn what_servers_send_is_read() {
        assert!(Reply::parse(b"+ok fine").unwrap().is_ok());
        assert_eq!(Reply::parse(b"-err\t[auth]  no").unwrap().code, Some(Code::Auth));
        assert_eq!(Reply::parse(b"+OK caf\xe9").unwrap().text.as_str(), "caf\u{fffd}");
        assert_eq!(Reply::parse(b"+OKAY"), None);
        assert_eq!(Reply::parse(b"OK"), None);
    }
}
