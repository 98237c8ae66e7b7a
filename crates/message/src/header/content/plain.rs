//! Types and parameters as nearly all are written: tokens, and quoted strings without backslashes and
//! folding. What is anything else is left to the other reader, which reads these the same.

use super::super::table::kinds;
use super::{PARAMETERS, Parameter};
use alloc::vec::Vec;

const OTHER: u8 = 0;
/// Of a token (RFC 2045 section 5.1).
const TOKEN: u8 = 1;
/// Of a quoted string, and of no token.
const TEXT: u8 = 2;
const WHITE: u8 = 3;
/// Of a quoted string too.
const SPACE: u8 = 4;

const KINDS: [u8; 256] = kinds(&[
    (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+!#$%&'*^`{|}~", TOKEN),
    (b"()<>@,;:/[]?=", TEXT),
    (b"\t\r\n", WHITE),
    (b" ", SPACE),
]);

fn kind(b: u8) -> u8 {
    KINDS.get(usize::from(b)).copied().unwrap_or(OTHER)
}

fn split(rest: &[u8], goes_on: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let n = rest.iter().position(|&b| !goes_on(kind(b))).unwrap_or(rest.len());
    rest.split_at(n)
}

pub(super) fn after_white(rest: &[u8]) -> &[u8] {
    split(rest, |kind| kind >= WHITE).1
}

/// A token, and what follows it.
pub(super) fn token(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    Some(split(rest, |kind| kind == TOKEN)).filter(|(token, _)| !token.is_empty())
}

/// All parameters, from behind what stands before the first; a semicolon may stand behind the last.
pub(super) fn parameters(rest: &[u8]) -> Option<Vec<Parameter>> {
    let (mut parameters, mut rest) = (Vec::new(), after_white(rest));
    // Every turn consumes a semicolon.
    while let [b';', after @ ..] = rest {
        rest = after_white(after);
        if rest.is_empty() {
            break;
        }
        let (name, after) = token(rest)?;
        let after = after.strip_prefix(b"=")?;
        let (value, after) = match after {
            [b'"', inside @ ..] => {
                let (text, after) = split(inside, |kind| matches!(kind, TOKEN | TEXT | SPACE));
                (text, after.strip_prefix(b"\"")?)
            }
            after => token(after)?,
        };
        parameters.push(Parameter { name: name.to_vec(), value: value.to_vec() });
        rest = after_white(after);
    }
    // The other reader knows how many there may be.
    (rest.is_empty() && parameters.len() < PARAMETERS).then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::super::{ContentDisposition, ContentType};

    #[test]
    fn values_of_anything_are_read_as_the_other_reader_alone_reads_them() {
        const PIECES: [&str; 30] = [
            "; ",
            ";",
            ";\r\n\t",
            "a=b",
            "charset=\"utf-8\"",
            "name=",
            "\"",
            "\"x; y=z\"",
            "\\",
            "=",
            " ",
            "\0",
            "(c)",
            "(",
            "/",
            "text",
            "html",
            "a/b",
            "*0*=x''y",
            "[1]",
            "]",
            "?",
            "<a@b>",
            "\u{e9}",
            "=?utf-8?q?x?=",
            "\"C:\\a\"",
            ",",
            "\t",
            "~",
            "\"a\\\"b\"",
        ];
        // The numbers of a generator that is always the same.
        let (mut state, mut plain) = (1u64, 0);
        for _ in 0..50_000 {
            let mut value = std::string::String::from(" text/plain");
            for n in 0..8 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = usize::try_from(state >> 33).unwrap();
                // Often what should be there: nothing odd for a while.
                let usual = if n % 2 == 0 { at % 3 } else { 3 + at % 2 };
                value.push_str(PIECES[if at % 7 < 5 { usual } else { at / 7 % PIECES.len() }]);
            }
            let value = if state % 5 == 0 { &value[6..] } else { &value }.as_bytes();
            if let Some(read) = ContentType::plain(value) {
                assert_eq!(read, ContentType::any(value), "{}", value.escape_ascii());
                plain += 1;
            }
            if let Some(read) = ContentDisposition::plain(value) {
                assert_eq!(read, ContentDisposition::any(value), "{}", value.escape_ascii());
            }
        }
        assert!(plain > 2000, "{plain}");
    }

    #[test]
    fn what_is_odd_is_left() {
        for value in [
            "",
            "text",
            "text/",
            "/plain",
            "text /plain",
            "text/plain; a",
            "text/plain; a=b c",
            "text/plain; a=\"b\\c\"",
            "text/plain; a=\"b",
            "text/plain;; a=b",
            "text/plain (c)",
            "text/plain; a=\"b\r\n c\"",
            "text/plain; a = b",
            "text/plain; a=\u{e9}",
            "text/plain\0",
        ] {
            assert!(ContentType::plain(value.as_bytes()).is_none(), "{value}");
        }
    }
}
