//! Commands: a line in, a command out.

use super::{Command, Unparsed};
use crate::{Argument, LanguageRange};
use alloc::borrow::Cow;
use mailwire_core::keyword::{number, trim, word};
use mailwire_core::{Secret, Syntax, Text, base64};

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
            () if is("UTF8") => alone(Self::Utf8),
            () if is("LANG") => match rest {
                [] => Ok(Self::Lang(None)),
                range => LanguageRange::parse(range)
                    .map(|range| Self::Lang(Some(range)))
                    .ok_or(bad(0, "a language range")),
            },
            () if is("QUIT") => alone(Self::Quit),
            () => match (text(verb), text(rest)) {
                (Some(verb), Some(rest)) if !verb.as_str().is_empty() => {
                    Ok(Self::Other { verb, rest })
                }
                _ => Err(Unparsed(Syntax { at: 0, expected: "a command" })),
            },
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
            "UTF8",
            "LANG",
            "LANG *",
            "LANG en-boont",
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
            ("UTF8 1", 5),
            ("LANG es mx", 5),
            ("LANG e_s", 5),
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
