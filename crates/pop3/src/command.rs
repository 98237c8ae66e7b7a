//! Commands: a line in, a command out, and back.

use crate::Argument;
use alloc::borrow::Cow;
use core::fmt;
use mailwire_core::keyword::{number, trim, word};
use mailwire_core::{Secret, Sink, Syntax, Text, base64};

/// A command, as a client sends and a server reads it.
///
/// `Debug` does not show passwords.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `USER name` (RFC 1939 section 7).
    User(Argument<'a>),
    /// `PASS string`: all that follows the one space is the password, spaces too.
    Pass(Argument<'a>),
    /// `APOP name digest`: the digest is that of the greeting's timestamp and the secret, 32
    /// hexadecimal digits.
    Apop {
        /// The name of the maildrop.
        name: Argument<'a>,
        /// The MD5 digest.
        digest: [u8; 16],
    },
    /// `AUTH mechanism [initial-response]` (RFC 5034).
    Auth {
        /// The name of the mechanism.
        mechanism: Text<'a>,
        /// What the client says without being asked; `=` on the wire when it is empty.
        initial: Option<Secret>,
    },
    /// `AUTH` alone asks for the mechanisms.
    AuthList,
    /// `STLS` (RFC 2595 section 4).
    Stls,
    /// `CAPA` (RFC 2449 section 5).
    Capa,
    /// `STAT`.
    Stat,
    /// `LIST [msg]`.
    List(Option<u32>),
    /// `RETR msg`.
    Retr(u32),
    /// `DELE msg`.
    Dele(u32),
    /// `NOOP`.
    Noop,
    /// `RSET`.
    Rset,
    /// `TOP msg n`: the header, the empty line and `n` lines of the body.
    Top {
        /// The number of the message.
        message: u32,
        /// How many lines of its body.
        lines: u64,
    },
    /// `UIDL [msg]`.
    Uidl(Option<u32>),
    /// `QUIT`.
    Quit,
    /// A verb that is none of these.
    Other {
        /// As it came.
        verb: Text<'a>,
        /// What followed the space.
        rest: Text<'a>,
    },
}

/// A line that is no command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct Unparsed(#[from] pub Syntax);

impl<'a> Command<'a> {
    /// Parses a line without its end.
    ///
    /// ```abnf
    /// command = keyword *(SP 1*VCHAR)     ; keywords in any case
    /// ```
    ///
    /// Spaces at the end are accepted but in PASS, where they are part of the password.
    ///
    /// # Errors
    ///
    /// With the place and what should have stood there.
    pub fn parse(line: &'a [u8]) -> Result<Self, Unparsed> {
        let (verb, rest) = word(line);
        let offset = line.len() - rest.len();
        let is = |keyword: &str| verb.eq_ignore_ascii_case(keyword.as_bytes());
        let bad = |at: usize, expected| Unparsed(Syntax { at: offset + at, expected });
        let argument = |bytes: &'a [u8]| match Argument::new(bytes) {
            Ok(argument) if !bytes.is_empty() => Ok(argument),
            Ok(_) => Err(bad(0, "an argument")),
            Err(invalid) => Err(bad(invalid.at, "an argument without control characters")),
        };
        if is("PASS") {
            return argument(rest).map(Self::Pass);
        }
        let rest = trim(rest);
        let alone = |command| match rest {
            [] => Ok(command),
            _ => Err(bad(0, "nothing after the command")),
        };
        let message = |bytes: &[u8]| match number(bytes).map(u32::try_from) {
            Some(Ok(n)) => Ok(n),
            _ => Err(bad(0, "a message number")),
        };
        let optional = || match rest {
            [] => Ok(None),
            digits => message(digits).map(Some),
        };
        match () {
            () if is("USER") => argument(rest).map(Self::User),
            () if is("APOP") => {
                let at = rest.iter().rposition(|&b| b == b' ').unwrap_or(0);
                let (name, digits) = rest.split_at(at);
                let digest = digest(trim(digits)).ok_or(bad(at, "32 hexadecimal digits"))?;
                Ok(Self::Apop { name: argument(trim(name))?, digest })
            }
            () if is("AUTH") => match word(rest) {
                ([], _) => Ok(Self::AuthList),
                (mechanism, initial) => {
                    let mechanism = text(mechanism).ok_or(bad(0, "the name of a mechanism"))?;
                    let initial = match trim(initial) {
                        [] => None,
                        b"=" => Some(Secret::default()),
                        encoded => {
                            let at = rest.len() - encoded.len();
                            let decoded = base64::decode(encoded)
                                .map_err(|error| bad(at + error.at, error.expected))?;
                            Some(Secret::new(decoded))
                        }
                    };
                    Ok(Self::Auth { mechanism, initial })
                }
            },
            () if is("STLS") => alone(Self::Stls),
            () if is("CAPA") => alone(Self::Capa),
            () if is("STAT") => alone(Self::Stat),
            () if is("LIST") => optional().map(Self::List),
            () if is("RETR") => message(rest).map(Self::Retr),
            () if is("DELE") => message(rest).map(Self::Dele),
            () if is("NOOP") => alone(Self::Noop),
            () if is("RSET") => alone(Self::Rset),
            () if is("TOP") => {
                let (n, lines) = word(rest);
                let lines = number(trim(lines)).ok_or(bad(n.len(), "a number of lines"))?;
                Ok(Self::Top { message: message(n)?, lines })
            }
            () if is("UIDL") => optional().map(Self::Uidl),
            () if is("QUIT") => alone(Self::Quit),
            () => match (text(verb), text(rest)) {
                (Some(verb), Some(rest)) if !verb.as_str().is_empty() => {
                    Ok(Self::Other { verb, rest })
                }
                _ => Err(Unparsed(Syntax { at: 0, expected: "a command" })),
            },
        }
    }

    /// Writes the command and its CRLF.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(self.verb().as_bytes());
        match self {
            Self::User(argument) | Self::Pass(argument) => {
                out.put(b" ");
                out.put(argument.as_bytes());
            }
            Self::Apop { name, digest } => {
                out.put(b" ");
                out.put(name.as_bytes());
                out.put(b" ");
                for byte in digest {
                    let hex = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
                    out.put(&[hex(byte >> 4), hex(byte & 15)]);
                }
            }
            Self::Auth { mechanism, initial } => {
                out.put(b" ");
                out.put(mechanism.as_str().as_bytes());
                match initial.as_ref().map(Secret::expose) {
                    None => {}
                    Some([]) => out.put(b" ="),
                    Some(initial) => {
                        out.put(b" ");
                        base64::encode(initial, out);
                    }
                }
            }
            Self::List(Some(n)) | Self::Uidl(Some(n)) | Self::Retr(n) | Self::Dele(n) => {
                out.put(b" ");
                out.put_number(u64::from(*n));
            }
            Self::Top { message, lines } => {
                out.put(b" ");
                out.put_number(u64::from(*message));
                out.put(b" ");
                out.put_number(*lines);
            }
            Self::Other { rest, .. } if !rest.as_str().is_empty() => {
                out.put(b" ");
                out.put(rest.as_str().as_bytes());
            }
            _ => {}
        }
        out.put(b"\r\n");
    }

    /// The verb, in capitals but for those that are none of RFC 1939's kin.
    #[must_use]
    pub fn verb(&self) -> &str {
        match self {
            Self::User(_) => "USER",
            Self::Pass(_) => "PASS",
            Self::Apop { .. } => "APOP",
            Self::Auth { .. } | Self::AuthList => "AUTH",
            Self::Stls => "STLS",
            Self::Capa => "CAPA",
            Self::Stat => "STAT",
            Self::List(_) => "LIST",
            Self::Retr(_) => "RETR",
            Self::Dele(_) => "DELE",
            Self::Noop => "NOOP",
            Self::Rset => "RSET",
            Self::Top { .. } => "TOP",
            Self::Uidl(_) => "UIDL",
            Self::Quit => "QUIT",
            Self::Other { verb, .. } => verb.as_str(),
        }
    }

    /// Whether the line holds a password or its like.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Pass(_) | Self::Apop { .. } | Self::Auth { .. })
    }
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(_) => f.write_str("Pass(..)"),
            Self::User(name) => write!(f, "User({name:?})"),
            Self::Apop { name, .. } => write!(f, "Apop({name:?}, ..)"),
            Self::Auth { mechanism, .. } => write!(f, "Auth({mechanism}, ..)"),
            Self::List(Some(n)) | Self::Uidl(Some(n)) | Self::Retr(n) | Self::Dele(n) => {
                write!(f, "{}({n})", self.verb())
            }
            Self::Top { message, lines } => write!(f, "TOP({message}, {lines})"),
            Self::Other { verb, rest } => write!(f, "Other({verb:?}, {rest:?})"),
            _ => f.write_str(self.verb()),
        }
    }
}

fn text(bytes: &[u8]) -> Option<Text<'_>> {
    let text = core::str::from_utf8(bytes).ok()?;
    (!text.contains(|c: char| c.is_ascii_control())).then(|| Text::new(Cow::Borrowed(text)).ok())?
}

fn digest(digits: &[u8]) -> Option<[u8; 16]> {
    let mut digest = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
        let pair = core::str::from_utf8(pair).ok()?;
        if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    fn encoded(command: &Command<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        command.encode(&mut out);
        out
    }

    #[test]
    fn what_is_parsed_is_encoded_to_the_same() {
        for line in [
            "USER bob",
            "PASS  a b ",
            "APOP mrose c4c9334bac560ecc979e58001b3e22fb",
            "AUTH PLAIN AGJvYgBodW5ncnk=",
            "AUTH EXTERNAL =",
            "AUTH SCRAM-SHA-256",
            "AUTH",
            "STLS",
            "CAPA",
            "STAT",
            "LIST",
            "LIST 4294967295",
            "RETR 1",
            "DELE 2",
            "NOOP",
            "RSET",
            "TOP 1 18446744073709551615",
            "UIDL",
            "UIDL 3",
            "QUIT",
            "XTND XLST From",
            "LAST",
        ] {
            let command = Command::parse(line.as_bytes()).unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(encoded(&command), format!("{line}\r\n").as_bytes());
        }
    }

    // POP3-S-06, POP3-S-07, POP3-S-11, POP3-S-12 of the robustness cases.
    #[test]
    fn what_is_no_command_is_refused_where_it_stops_being_one() {
        for (line, at) in [
            ("RETR 99999999999999999999", 5),
            ("RETR -1", 5),
            ("RETR +1", 5),
            ("RETR 1.0", 5),
            ("RETR 4294967297", 5),
            ("RETR", 4),
            ("TOP 1 -1", 5),
            ("TOP 1", 5),
            ("TOP 1 99999999999999999999", 5),
            ("APOP user 0123", 9),
            ("AUTH PLAIN !!!", 11),
            ("AUTH PLAIN !!!!", 11),
            ("STAT 1", 5),
            ("USER", 4),
            ("PASS", 4),
            ("PASS a\0b", 6),
            ("", 0),
            (" QUIT", 0),
        ] {
            let error = Command::parse(line.as_bytes()).unwrap_err();
            assert_eq!(error.0.at, at, "{line}: {error}");
        }
    }

    #[test]
    fn commands_have_no_case_and_may_end_in_spaces() {
        assert_eq!(Command::parse(b"retr 1  "), Ok(Command::Retr(1)));
        assert_eq!(Command::parse(b"quit "), Ok(Command::Quit));
    }

    #[test]
    fn debug_does_not_tell_passwords() {
        for line in
            ["PASS hungry", "AUTH PLAIN aHVuZ3J5", "APOP a 68756e67727968756e67727968756e67"]
        {
            let words = format!("{:?}", Command::parse(line.as_bytes()).unwrap());
            assert!(!words.contains("hungry") && words.contains(".."), "{words}");
        }
    }
}
