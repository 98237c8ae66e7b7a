//! The grammar of commands (RFC 5321 section 4.1.1, RFC 3207, RFC 4954).

use super::address::{forward_path, reverse_path};
use super::params::params;
use super::utf8;
use crate::types::{
    Attribute, Attributes, Command, Domain, Mail, Mechanism, Other, Param, Rcpt, Verb,
};
use crate::{Secret, Syntax, Text};
use mailwire_core::base64;
use mailwire_core::keyword::{number, strip};

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
    match words(line)? {
        (Verb::Auth, rest, _) => {
            let rest = rest.as_bytes();
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
        (verb, rest, text) => arguments(verb, rest, text),
    }
}

/// What kind of command a line is, and what follows the space behind its verb.
///
/// # Errors
///
/// When it does not begin with a verb, or holds NUL, CR, LF, or what is not UTF-8.
pub fn in_command(line: &[u8]) -> Result<(Verb, &[u8]), Syntax> {
    words(line).map(|(verb, rest, _)| (verb, rest.as_bytes()))
}

/// The same, and the line, both as text.
pub(crate) fn words(line: &[u8]) -> Result<(Verb, &str, &str), Syntax> {
    // All octets at once: a search that stops costs more than a line is long.
    let breaks = |b: u8| b == 0 || b == b'\r' || b == b'\n';
    if line.iter().fold(false, |any, &b| any | breaks(b)) {
        let at = line.iter().position(|&b| breaks(b)).unwrap_or_default();
        return Err(Syntax { at, expected: "text" });
    }
    let text = utf8(line)?;
    if let Some((four, [] | [b' ', ..])) = line.split_first_chunk::<4>() {
        match Verb::of_four(four.map(|b| b.to_ascii_uppercase())) {
            Verb::Other => {}
            verb => return Ok((verb, text.get(5..).unwrap_or_default(), text)),
        }
    }
    let n = verb_len(line);
    match line.get(n..) {
        _ if n == 0 => Err(Syntax { at: 0, expected: "a command" }),
        Some([] | [b' ', ..]) => {
            let word = line.get(..n).unwrap_or_default();
            Ok((Verb::of(word), text.get(n + 1..).unwrap_or_default(), text))
        }
        _ => Err(Syntax { at: n, expected: "a space" }),
    }
}

/// How many octets of a verb `line` begins with.
pub(crate) fn verb_len(line: &[u8]) -> usize {
    let letter = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    line.iter().take(MAX_VERB).take_while(letter).count()
}

/// The command that `line` is, of which [`words`] has said what kind it is and what `rest` its
/// arguments are.
pub(crate) fn arguments<'a>(
    verb: Verb,
    rest: &'a str,
    line: &'a str,
) -> Result<Command<'a>, Syntax> {
    let start = line.len() - rest.len();
    let shift = |error: Syntax| Syntax { at: start + error.at, ..error };
    let text = || Text::lossy(rest);
    let word = || rest.trim_matches([' ', '\t']);
    let none = |command| match word() {
        "" => Ok(command),
        _ => Err(Syntax { at: start, expected: "the end" }),
    };
    let some = || match word() {
        "" => Err(Syntax { at: line.len(), expected: "an argument" }),
        word => Ok(Text::lossy(word)),
    };
    let domain = || Domain::new(word()).map_err(|_| Syntax { at: start, expected: "a domain" });
    match verb {
        Verb::Ehlo => domain().map(Command::Ehlo),
        Verb::Helo => domain().map(Command::Helo),
        Verb::Lhlo => domain().map(Command::Lhlo),
        Verb::Mail => {
            let at = after(rest, "FROM:", "`FROM:`").map_err(shift)?;
            let (from, n) = reverse_path(tail(rest, at)).map_err(|e| shift(moved(e, at)))?;
            let params = params(tail(rest, at + n)).map_err(|e| shift(moved(e, at + n)))?;
            Ok(Command::Mail(Mail { from, params }))
        }
        Verb::Rcpt => {
            let at = after(rest, "TO:", "`TO:`").map_err(shift)?;
            let (to, n) = forward_path(tail(rest, at)).map_err(|e| shift(moved(e, at)))?;
            let params = params(tail(rest, at + n)).map_err(|e| shift(moved(e, at + n)))?;
            Ok(Command::Rcpt(Rcpt { to, params }))
        }
        Verb::Data => none(Command::Data),
        Verb::Bdat => {
            let (size, last) = last(word(), start)?;
            let size = number(size.as_bytes()).ok_or(Syntax { at: start, expected: "a size" })?;
            Ok(Command::Bdat { size, last })
        }
        Verb::Burl => {
            let (url, last) = last(word(), start)?;
            if url.is_empty() {
                return Err(Syntax { at: start, expected: "a URL" });
            }
            Ok(Command::Burl { url: Text::lossy(url), last })
        }
        Verb::Rset => none(Command::Rset),
        Verb::Vrfy => Ok(Command::Vrfy(text())),
        Verb::Expn => Ok(Command::Expn(text())),
        Verb::Help => Ok(Command::Help(text())),
        Verb::Noop => Ok(Command::Noop(text())),
        Verb::Quit => none(Command::Quit),
        Verb::StartTls => none(Command::StartTls),
        Verb::Etrn => some().map(Command::Etrn),
        Verb::Atrn => Ok(Command::Atrn(Text::lossy(word()))),
        Verb::XClient => attributes(line, start - 1).map(Command::XClient),
        Verb::XForward => attributes(line, start - 1).map(Command::XForward),
        Verb::Auth | Verb::Other => {
            let word = line.get(..verb_len(line.as_bytes())).unwrap_or_default();
            Ok(Command::Other(Other::parsed(word, text())))
        }
    }
}

/// ```abnf
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
///        [SP Rcpt-parameters] CRLF
/// ```
/// Where the path begins. Accepts spaces behind the colon, which many programs send.
fn after(rest: &str, keyword: &str, expected: &'static str) -> Result<usize, Syntax> {
    let Some(path) = strip(rest.as_bytes(), keyword) else {
        return Err(Syntax { at: 0, expected });
    };
    let spaces = path.iter().take_while(|&&b| b == b' ').count();
    Ok(keyword.len() + spaces)
}

/// ```abnf
/// bdat-cmd   ::= "BDAT" SP chunk-size [ SP end-marker ] CR LF
/// burl-cmd   = "BURL" SP absolute-URI [SP end-marker] CRLF
/// end-marker = "LAST"
/// ```
fn last(words: &str, start: usize) -> Result<(&str, bool), Syntax> {
    match words.split_once(' ') {
        None => Ok((words, false)),
        Some((first, last)) if last.trim_matches(' ').eq_ignore_ascii_case("LAST") => {
            Ok((first, true))
        }
        Some((first, _)) => Err(Syntax { at: start + first.len() + 1, expected: "`LAST`" }),
    }
}

/// ```abnf
/// xclient-command = XCLIENT 1*( SP attribute-name"="attribute-value )
/// ```
/// What stands from `at` on, with the space.
fn attributes(line: &str, at: usize) -> Result<Attributes<'_>, Syntax> {
    let params = params(tail(line, at)).map_err(|error| moved(error, at))?;
    let legal = |one: Param<'_>| one.value.is_some_and(|value| Attribute::of(value).is_some());
    if params.is_empty() || !params.iter().all(legal) {
        return Err(Syntax { at: at + 1, expected: "attributes" });
    }
    Ok(Attributes::parsed(params))
}

fn tail(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

fn moved(error: Syntax, by: usize) -> Syntax {
    Syntax { at: by + error.at, ..error }
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
            b"BDAT",
            b"BDAT x",
            b"BDAT -1",
            b"BDAT 18446744073709551616",
            b"BDAT 1 LAST x",
            b"BDAT 1 FIRST",
            b"BURL",
            b"ETRN",
            b"XCLIENT",
            b"XCLIENT NAME",
            b"XCLIENT NAME=a+00",
            b"XFORWARD NAME=a NAME=b",
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
    fn commands_of_extensions_are_typed_and_written_as_they_were_read() {
        for line in [
            "LHLO crepes.fr",
            "BDAT 0",
            "BDAT 18446744073709551615 LAST",
            "BURL imap://alice@example.org/x;urlauth=submit LAST",
            "ETRN @example.org",
            "ATRN",
            "ATRN a.example,b.example",
            "XCLIENT ADDR=IPV6:::1 NAME=[UNAVAILABLE] LOGIN=a+20b",
            "XFORWARD HELO=[TEMPUNAVAIL]",
        ] {
            let command = command(line.as_bytes()).unwrap();
            assert!(!matches!(command, Command::Other(_)), "{line}");
            let mut out = alloc::vec::Vec::new();
            command.encode(&mut out);
            assert_eq!(out, [line.as_bytes(), b"\r\n"].concat());
        }
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
