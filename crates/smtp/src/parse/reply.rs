//! The grammar of replies (RFC 5321 section 4.2).

use crate::Syntax;
use crate::types::{Code, EnhancedCode, Reply};
use mailwire_core::Lines;

/// A whole reply: all its lines, with their ends.
///
/// ```
/// use mailwire_smtp::{parse, types::Code};
///
/// let reply = parse::reply(b"250-mx.example\r\n250 SIZE 1000\r\n")?;
/// assert_eq!(reply.code(), Code::OK);
/// assert!(reply.lines().eq([&b"mx.example"[..], b"SIZE 1000"]));
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
///
/// # Errors
///
/// When a line is none, two lines have different codes, the last line is not there, or something
/// follows it.
pub fn reply(lines: &[u8]) -> Result<Reply<'_>, Syntax> {
    let mut finder = Lines::default();
    let mut at = 0;
    let mut first = None;
    // Every turn consumes a line.
    while let Some(n) = finder.find(lines, at) {
        let line = lines.get(at..at + n).unwrap_or_default();
        let (code, last) =
            reply_line(line).map_err(|error| Syntax { at: at + error.at, ..error })?;
        if *first.get_or_insert(code) != code {
            return Err(Syntax { at, expected: "the same code" });
        }
        at += n;
        match last {
            true if at == lines.len() => return Ok(Reply::received(code, lines)),
            true => return Err(Syntax { at, expected: "the end" }),
            false => {}
        }
    }
    Err(Syntax { at: lines.len(), expected: "a line" })
}

/// The code of one line, and whether it is the last of its reply.
///
/// ```abnf
/// Reply-line     = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// Reply-code     = %x32-35 %x30-35 %x30-39
/// ```
/// Accepts a second digit above 5, a bare LF, and any octets for text.
pub(crate) fn reply_line(line: &[u8]) -> Result<(Code, bool), Syntax> {
    let digit = |b: &u8| u16::from(b - b'0');
    let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = line else {
        return Err(Syntax { at: 0, expected: "a reply code" });
    };
    let Some(code) = Code::new(digit(a) * 100 + digit(b) * 10 + digit(c)) else {
        return Err(Syntax { at: 0, expected: "a reply code" });
    };
    match rest {
        [b'-', ..] => Ok((code, false)),
        [] | [b' ' | b'\n', ..] | [b'\r', b'\n'] => Ok((code, true)),
        _ => Err(Syntax { at: 3, expected: "a space or `-`" }),
    }
}

/// The enhanced code at the start of `text`, when its class is that of `code`, and what follows.
///
/// ```abnf
/// status-code = class "." subject "." detail
/// class = "2" / "4" / "5"
/// subject = 1*3digit
/// detail = 1*3digit
/// ```
pub(crate) fn enhanced(code: Code, text: &[u8]) -> Option<(EnhancedCode, &[u8])> {
    let [class, b'.', rest @ ..] = text else { return None };
    if u16::from(class.checked_sub(b'0')?) != code.class() || code.is_intermediate() {
        return None;
    }
    let (subject, rest) = three_digits(rest)?;
    let [b'.', rest @ ..] = rest else { return None };
    let (detail, rest) = three_digits(rest)?;
    let rest = match rest {
        [] | [b'\r' | b'\n', ..] => rest,
        [b' ', rest @ ..] => rest,
        _ => return None,
    };
    Some((EnhancedCode { subject, detail }, rest))
}

/// A number of one to three digits, without a zero in front, so that it is written as it was read.
fn three_digits(i: &[u8]) -> Option<(u16, &[u8])> {
    let n = i.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = i.split_at(n);
    if n == 0 || n > 3 || n > 1 && digits.starts_with(b"0") {
        return None;
    }
    let value = digits.iter().fold(0, |value, b| value * 10 + u16::from(b - b'0'));
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn lines(bytes: &[u8]) -> Result<(u16, Vec<&[u8]>), Syntax> {
        let reply = reply(bytes)?;
        let all = bytes.split_inclusive(|&b| b == b'\n').map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.strip_suffix(b"\r").unwrap_or(line).get(4..).unwrap_or_default()
        });
        assert!(reply.lines().eq(all.clone()) || reply.enhanced().is_some());
        Ok((reply.code().get(), all.collect()))
    }

    // SMTP-CL-24 and 26 of the robustness cases, and a long line.
    #[test]
    fn what_servers_send_is_read() {
        assert_eq!(lines(b"250\r\n"), Ok((250, alloc::vec![&b""[..]])));
        assert_eq!(lines(b"250 ok\n"), Ok((250, alloc::vec![&b"ok"[..]])));
        assert_eq!(lines(b"250-a\r\n250-\r\n250 b\r\n").unwrap().1, [&b"a"[..], b"", b"b"]);
        let long = [&b"250 "[..], &[b'x'; 2000], b"\r\n"].concat();
        assert_eq!(lines(&long).unwrap().1, [&[b'x'; 2000][..]]);
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for bad in [
            &b""[..],
            b"250",
            b"25\r\n",
            b"150 x\r\n",
            b"999 x\r\n",
            b"250_x\r\n",
            b"250-a\r\n",
            b"250-a\r\n550 b\r\n",
            b"250 a\r\n250 b\r\n",
            b"\r\n",
            b"+OK\r\n",
        ] {
            assert!(reply(bad).is_err(), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn enhanced_codes_fit_the_code() {
        let of = |code: u16, text: &'static str| {
            enhanced(Code::new(code).unwrap(), text.as_bytes())
                .map(|(code, rest)| (code.subject, code.detail, rest))
        };
        assert_eq!(of(250, "2.1.5 ok"), Some((1, 5, &b"ok"[..])));
        assert_eq!(of(550, "5.7.509"), Some((7, 509, &b""[..])));
        for (code, text) in [
            (250, "5.1.0 x"),
            (354, "3.0.0 x"),
            (250, "2.1"),
            (250, "2.1.1000 x"),
            (250, "2.1.5x"),
            (250, "2.1.05 x"),
            (250, "2."),
            (250, ""),
        ] {
            assert_eq!(of(code, text), None, "{code} {text}");
        }
    }
}
