//! The grammar of commands (RFC 5321 section 4.1.1, RFC 3207, RFC 4954).

use super::address::{forward_path, reverse_path};
use super::params::params;
use super::utf8;
use crate::types::{Command, Domain, Mail, Mechanism, Other, Rcpt, Verb};
use crate::{Secret, Syntax, Text};
use mailwire_core::keyword::{strip, trim};
use mailwire_core::{Parsed, base64};

/// The longest verb.
const MAX_VERB: usize = 32;

/// A command line without its end.
///
/// ```
/// use mailwire_smtp::{parse, types::Command};
///
/// let command = parse::command(b"mail from: <alice@crepes.fr> SIZE=500")?;
/// let Command::Mail(mail) = command else { panic!() };
/// assert_eq!(mail.from.as_str(), "alice@crepes.fr");
/// assert_eq!(mail.params.size(), Some(500));
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
///
/// Accepts spaces at the end of a line, and after the colon of MAIL and RCPT.
///
/// # Errors
///
/// When it is not a command, with the place and what was expected there.
pub fn command(line: &[u8]) -> Result<Command<'_>, Syntax> {
    match in_command(line)? {
        (Verb::Auth, rest) => {
            let (mechanism, initial) = auth(rest, line.len() - rest.len())?;
            let initial = match initial {
                None => None,
                Some(b"=") => Some(Secret::default()),
                Some(text) => {
                    let at = line.len() - text.len();
                    let bytes = base64::decode(text)
                        .map_err(|error| Syntax { at: at + error.at, ..error })?;
                    Some(Secret::new(bytes))
                }
            };
            Ok(Command::Auth { mechanism, initial })
        }
        (verb, rest) => arguments(verb, rest, line),
    }
}

/// What kind of command a line is, and what follows the space behind its verb.
///
/// # Errors
///
/// When it does not begin with a verb, or holds NUL, CR, LF, or what is not UTF-8.
pub fn in_command(line: &[u8]) -> Result<(Verb, &[u8]), Syntax> {
    if let Some(at) = line.iter().position(|b| matches!(b, 0 | b'\r' | b'\n')) {
        return Err(Syntax { at, expected: "text" });
    }
    utf8(line)?;
    let (word, rest) = line.split_at(verb_len(line));
    match rest {
        _ if word.is_empty() => Err(Syntax { at: 0, expected: "a command" }),
        [] => Ok((Verb::of(word), rest)),
        [b' ', rest @ ..] => Ok((Verb::of(word), rest)),
        _ => Err(Syntax { at: word.len(), expected: "a space" }),
    }
}

/// How many octets of a verb `line` begins with.
pub(crate) fn verb_len(line: &[u8]) -> usize {
    let letter = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    line.iter().take(MAX_VERB).take_while(letter).count()
}

fn arguments<'a>(verb: Verb, rest: &'a [u8], line: &'a [u8]) -> Result<Command<'a>, Syntax> {
    let start = line.len() - rest.len();
    let shift = |error: Syntax| Syntax { at: start + error.at, ..error };
    let text = || utf8(rest).map_err(shift).map(Text::lossy);
    let none = |command| match trim(rest) {
        [] => Ok(command),
        _ => Err(Syntax { at: start, expected: "the end" }),
    };
    let domain = || {
        let name = utf8(trim(rest)).map_err(shift)?;
        Domain::new(name).map_err(|_| Syntax { at: start, expected: "a domain" })
    };
    match verb {
        Verb::Ehlo => domain().map(Command::Ehlo),
        Verb::Helo => domain().map(Command::Helo),
        Verb::Mail => {
            let (from, rest) = path(rest, "FROM:", "`FROM:`", reverse_path).map_err(shift)?;
            let at = line.len() - rest.len();
            let params = params(rest).map_err(|error| Syntax { at: at + error.at, ..error })?;
            Ok(Command::Mail(Mail { from, params }))
        }
        Verb::Rcpt => {
            let (to, rest) = path(rest, "TO:", "`TO:`", forward_path).map_err(shift)?;
            let at = line.len() - rest.len();
            let params = params(rest).map_err(|error| Syntax { at: at + error.at, ..error })?;
            Ok(Command::Rcpt(Rcpt { to, params }))
        }
        Verb::Data => none(Command::Data),
        Verb::Rset => none(Command::Rset),
        Verb::Vrfy => text().map(Command::Vrfy),
        Verb::Expn => text().map(Command::Expn),
        Verb::Help => text().map(Command::Help),
        Verb::Noop => text().map(Command::Noop),
        Verb::Quit => none(Command::Quit),
        Verb::StartTls => none(Command::StartTls),
        Verb::Auth | Verb::Other => {
            let word = utf8(line.get(..verb_len(line)).unwrap_or_default())?;
            Ok(Command::Other(Other::parsed(word, text()?)))
        }
    }
}

/// ```abnf
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
///        [SP Rcpt-parameters] CRLF
/// ```
/// Accepts spaces behind the colon, which many programs send.
fn path<'a, T>(
    rest: &'a [u8],
    keyword: &'static str,
    expected: &'static str,
    grammar: impl Fn(&'a [u8]) -> Parsed<'a, T>,
) -> Result<(T, &'a [u8]), Syntax> {
    let Some(mut i) = strip(rest, keyword) else { return Err(Syntax { at: 0, expected }) };
    while let [b' ', more @ ..] = i {
        i = more;
    }
    match grammar(i) {
        Ok((rest, path)) => Ok((path, rest)),
        Err(nom::Err::Error(e) | nom::Err::Failure(e)) => {
            Err(Syntax { at: rest.len() - e.at.len(), expected: e.what })
        }
        Err(nom::Err::Incomplete(_)) => Err(Syntax { at: rest.len(), expected: "a path" }),
    }
}

/// ```abnf
/// auth-command     = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response]
/// initial-response = base64 / "="
/// ```
/// The mechanism, and the initial response, not decoded. `start` is where `rest` stands.
pub(crate) fn auth(rest: &[u8], start: usize) -> Result<(Mechanism<'_>, Option<&[u8]>), Syntax> {
    let mut words = rest.split(|&b| b == b' ').filter(|word| !word.is_empty());
    let error = |expected| Syntax { at: start, expected };
    let name = words.next().and_then(|word| core::str::from_utf8(word).ok()).unwrap_or_default();
    let mechanism = Mechanism::new(name).map_err(|_| error("a mechanism"))?;
    let initial = words.next();
    match words.next() {
        None => Ok((mechanism, initial)),
        Some(_) => Err(error("one initial response")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        assert!(matches!(command(b"MAIL FROM: <alice@crepes.fr>"), Ok(Command::Mail(_))));
        assert!(matches!(command(b"rcpt to:<bob@hamburger.edu> "), Ok(Command::Rcpt(_))));
        assert!(matches!(command(b"quit "), Ok(Command::Quit)));
        assert!(matches!(command(b"HELO crepes.fr "), Ok(Command::Helo(_))));
        assert!(matches!(command(b"FROB a b"), Ok(Command::Other(other))
            if other.verb() == "FROB" && other.rest() == "a b"));
    }

    // SMTP-CMD-04, 08, 09, 13 and SMTP-TLS-04 of the robustness cases.
    #[test]
    fn what_is_no_command_is_refused() {
        for bad in [
            &b""[..],
            b" ",
            b" NOOP",
            b"MAIL",
            b"MAIL FROM",
            b"MAIL FROM:",
            b"MAIL FROM :<a@b>",
            b"MAIL FROM:a@b",
            b"MAIL FROM:<a\0@example.org>",
            b"MAIL FROM:< >",
            b"MAIL FROM:<<a@example.org>>",
            b"MAIL FROM:<a@b>SIZE=1",
            b"RCPT TO:<>",
            b"RCPT TO:<\"a\\",
            b"EHLO",
            b"EHLO a b",
            b"DATA foo",
            b"QUIT now",
            b"STARTTLS foo",
            b"NOOP\0",
            b"NOOP \xff",
            b"\x16\x03\x01",
            b"DA\rTA",
            b"AUTH",
            b"AUTH PLAIN a b",
            b"AUTH PLAIN !",
            b"AUTH PL/AIN",
        ] {
            assert!(command(bad).is_err(), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn errors_are_where_they_are_in_the_line() {
        let at = |line: &[u8]| command(line).unwrap_err();

        assert_eq!(at(b"MAIL FROM:<a@b"), Syntax { at: 14, expected: "`>`" });
        assert_eq!(at(b"MAIL TO:<a@b>"), Syntax { at: 5, expected: "`FROM:`" });
        assert_eq!(at(b"MAIL FROM:<a@b> SIZE=x"), Syntax { at: 16, expected: "a number" });
        assert_eq!(at(b"AUTH PLAIN Z==="), Syntax { at: 12, expected: "base64" });
    }

    #[test]
    fn an_empty_initial_response_is_not_an_absent_one() {
        let initial = |line: &'static [u8]| match command(line) {
            Ok(Command::Auth { initial, .. }) => initial.map(|secret| secret.expose().to_vec()),
            other => panic!("{other:?}"),
        };
        assert_eq!(initial(b"AUTH PLAIN"), None);
        assert_eq!(initial(b"AUTH PLAIN ="), Some(alloc::vec![]));
        assert_eq!(initial(b"AUTH PLAIN AGEAYg=="), Some(b"\0a\0b".to_vec()));
    }
}
