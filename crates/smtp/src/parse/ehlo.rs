//! The whole answer to EHLO in one pass (RFC 5321 section 4.1.1.1).

use super::{keywords, reply};
use crate::Syntax;
use crate::types::extension::BARE;
use crate::types::{Code, Extensions};

/// What the positive answer to EHLO offers: all its lines, with their ends.
///
/// The same as [`Extensions::of`] makes of the [`reply`](super::reply), in half the time.
///
/// ```
/// let all = mailwire_smtp::parse::ehlo(b"250-mx.example\r\n250-SIZE 1000\r\n250 PIPELINING\r\n")?;
/// assert!(all.pipelining());
/// assert_eq!(all.size(), Some(Some(1000)));
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
///
/// # Errors
///
/// When it is no reply, or one of another code than 250.
pub fn ehlo(lines: &[u8]) -> Result<Extensions, Syntax> {
    let mut all = Extensions::default();
    if usual(lines, &mut all).is_some() {
        return Ok(all);
    }
    let reply = reply(lines)?;
    if reply.code() != Code::OK {
        return Err(Syntax { at: 0, expected: "250" });
    }
    Ok(Extensions::of(&reply))
}

/// The same, when each line ends in CRLF, the codes are 250, and the last line is the last.
fn usual(lines: &[u8], all: &mut Extensions) -> Option<()> {
    let [b'2', b'5', b'0', divider @ (b'-' | b' '), first @ ..] = lines else { return None };
    let mut divider = *divider;
    // An enhanced code would stand on each line.
    let (_, mut rest) = line(first).filter(|(first, _)| !first.starts_with(b"2."))?;
    // Every turn consumes a line.
    while let ([b'2', b'5', b'0', next @ (b'-' | b' '), text @ ..], b'-') = (rest, divider) {
        divider = *next;
        // Where the next line is does not wait for what this one says.
        let (line, behind) = line(text)?;
        match keywords::at_start(text) {
            Some((known, n)) if n == line.len() && known < BARE.len() => all.add_bare(known),
            _ => all.read(line),
        }
        rest = behind;
    }
    (rest.is_empty() && divider == b' ').then_some(())
}

/// The line that `i` begins with, without its CRLF, and what follows.
fn line(i: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\n', i)?;
    Some((i.get(..at)?.strip_suffix(b"\r")?, i.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_reads_what_two_read() {
        for lines in [
            &b"250 mx\r\n"[..],
            b"250-mx\r\n250 HELP\r\n",
            b"250-mx\r\n250-size 5\r\n250-8bitmime x\r\n250-AUTH=PLAIN a!\r\n250 X-A  b\r\n",
            b"250-mx\n250-DSN\n250 PIPELINING\n",
            b"250-mx\r\n250-DSN\r\n250\r\n",
            b"250-mx\r\n250-\r\n250 -X\r\n",
            b"250-mx\r\n250-SIZE x\r\n250-DSN\rHELP\r\n250 DSN\0\r\n",
            b"250-mx\r\n250-2.1.0 ok\r\n250 HELP\r\n",
            b"250-2.1.0 mx\r\n250-2.1.0 HELP\r\n250 HELP\r\n",
        ] {
            let reply = reply(lines).unwrap();
            assert_eq!(ehlo(lines), Ok(Extensions::of(&reply)), "{}", lines.escape_ascii());
        }
        for bad in [
            &b""[..],
            b"250-mx\r\n",
            b"250 mx\r\n250 HELP\r\n",
            b"250-mx\r\n220 HELP\r\n",
            b"550 no\r\n",
            b"250 mx",
        ] {
            assert!(ehlo(bad).is_err(), "{}", bad.escape_ascii());
        }
    }
}
