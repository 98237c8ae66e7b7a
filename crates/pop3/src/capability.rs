//! Capabilities (RFC 2449 section 6, and the IANA registry).

use crate::reply::lossy;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use mailwire_core::Sink;
use mailwire_core::keyword::word;

/// One line of the answer to CAPA.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Capability {
    /// TOP is there.
    Top,
    /// USER and PASS are there.
    User,
    /// AUTH is there, with these mechanisms.
    Sasl(Vec<String>),
    /// Replies may begin with a response code.
    RespCodes,
    /// The least seconds between logins.
    LoginDelay(String),
    /// Commands may be sent before the replies to earlier ones.
    Pipelining,
    /// The least days that messages are kept, or `NEVER`.
    Expire(String),
    /// UIDL is there.
    Uidl,
    /// Who wrote the server.
    Implementation(String),
    /// STLS is there (RFC 2595).
    Stls,
    /// `[AUTH]` tells wrong credentials from other failures (RFC 3206).
    AuthRespCode,
    /// UTF8 is there (RFC 6856), with its arguments.
    Utf8(String),
    /// LANG is there (RFC 6856).
    Lang,
    /// Another line, as it came.
    Other(String),
}

impl Capability {
    /// Parses a line without its end.
    #[must_use]
    pub fn parse(line: &[u8]) -> Self {
        let (name, rest) = word(line);
        let text = || lossy(rest).as_str().trim().to_string();
        match name.to_ascii_uppercase().as_slice() {
            b"TOP" => Self::Top,
            b"USER" => Self::User,
            b"SASL" => {
                Self::Sasl(text().split_ascii_whitespace().map(ToString::to_string).collect())
            }
            b"RESP-CODES" => Self::RespCodes,
            b"LOGIN-DELAY" => Self::LoginDelay(text()),
            b"PIPELINING" => Self::Pipelining,
            b"EXPIRE" => Self::Expire(text()),
            b"UIDL" => Self::Uidl,
            b"IMPLEMENTATION" => Self::Implementation(text()),
            b"STLS" => Self::Stls,
            b"AUTH-RESP-CODE" => Self::AuthRespCode,
            b"UTF8" => Self::Utf8(text()),
            b"LANG" => Self::Lang,
            _ => Self::Other(lossy(line).as_str().to_string()),
        }
    }

    /// Writes the line and its CRLF. CR, LF and NUL in texts become spaces.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        let mut put = |name: &str, text: &str| {
            let name = lossy(name.as_bytes());
            out.put(name.as_str().as_bytes());
            if !text.is_empty() {
                out.put(b" ");
                out.put(lossy(text.as_bytes()).as_str().as_bytes());
            }
            out.put(b"\r\n");
        };
        match self {
            Self::Top => put("TOP", ""),
            Self::User => put("USER", ""),
            Self::Sasl(mechanisms) => put("SASL", &mechanisms.join(" ")),
            Self::RespCodes => put("RESP-CODES", ""),
            Self::LoginDelay(text) => put("LOGIN-DELAY", text),
            Self::Pipelining => put("PIPELINING", ""),
            Self::Expire(text) => put("EXPIRE", text),
            Self::Uidl => put("UIDL", ""),
            Self::Implementation(text) => put("IMPLEMENTATION", text),
            Self::Stls => put("STLS", ""),
            Self::AuthRespCode => put("AUTH-RESP-CODE", ""),
            Self::Utf8(text) => put("UTF8", text),
            Self::Lang => put("LANG", ""),
            Self::Other(line) => put(line, ""),
        }
    }
}

/// What a server says it can do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// All of them, in the server's order.
    #[must_use]
    pub fn as_slice(&self) -> &[Capability] {
        &self.0
    }

    /// Whether `capability` is among them; arguments count.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// Whether AUTH can be tried with a mechanism of this name, in any case.
    #[must_use]
    pub fn has_mechanism(&self, name: &str) -> bool {
        self.0.iter().any(|capability| match capability {
            Capability::Sasl(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
            _ => false,
        })
    }

    pub(crate) fn push(&mut self, capability: Capability) {
        self.0.push(capability);
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<T: IntoIterator<Item = Capability>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        for line in [
            "TOP",
            "SASL PLAIN LOGIN",
            "EXPIRE 60 USER",
            "X-NEW thing",
            "UTF8 USER",
            "LOGIN-DELAY 900",
        ] {
            let mut out = Vec::new();
            Capability::parse(line.as_bytes()).encode(&mut out);
            assert_eq!(out, [line.as_bytes(), b"\r\n"].concat());
        }
    }

    // POP3-S-20 of the robustness cases.
    #[test]
    fn a_line_stays_one_line() {
        let mut out = Vec::new();
        Capability::Implementation("x\r\n.\r\n+OK forged".into()).encode(&mut out);
        assert_eq!(out, b"IMPLEMENTATION x  .  +OK forged\r\n");
    }
}
