//! The whole answer to EHLO in one pass (RFC 5321 section 4.1.1.1).

use super::{keywords, reply};
use crate::Syntax;
use crate::types::extension::BARE;
use crate::types::{Code, Extensions, Mechanism};
use alloc::vec::Vec;

/// How many mechanisms of every day are looked for in one line.
const USUAL_MECHANISMS: usize = 8;

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
    let mut all = Extensions::with_room();
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
    let (mut is_last, first) = code(lines)?;
    // An enhanced code would stand on each line.
    let (_, mut rest) = line(first).filter(|(first, _)| !first.starts_with(b"2."))?;
    // Every turn consumes a line.
    while !is_last {
        let text;
        (is_last, text) = code(rest)?;
        rest = match one(text, all) {
            Some(behind) => behind,
            None => {
                let (line, behind) = line(text)?;
                all.read(line);
                behind
            }
        };
    }
    rest.is_empty().then_some(())
}

/// Whether a line of the code 250 is the last, and what stands behind the code.
#[inline]
fn code(line: &[u8]) -> Option<(bool, &[u8])> {
    const MORE: u32 = u32::from_be_bytes(*b"250-");
    const LAST: u32 = u32::from_be_bytes(*b"250 ");
    let (code, text) = line.split_first_chunk()?;
    match u32::from_be_bytes(*code) {
        MORE => Some((false, text)),
        LAST => Some((true, text)),
        _ => None,
    }
}

/// Adds what the line that `i` begins with offers, when it is a keyword alone, `SIZE` and a number,
/// or `AUTH` and mechanisms of every day: what follows the line. Any other is read when its end is
/// found.
#[inline]
fn one<'i>(i: &'i [u8], all: &mut Extensions) -> Option<&'i [u8]> {
    let (known, n) = keywords::at_start(i)?;
    let rest = i.get(n..)?;
    match rest.split_first_chunk()? {
        (b"\r\n", behind) if known < BARE.len() => {
            all.add_bare(known);
            Some(behind)
        }
        _ => more(known, rest, all),
    }
}

/// Apart, so that most lines are read in registers.
#[inline(never)]
fn more<'i>(known: usize, rest: &'i [u8], all: &mut Extensions) -> Option<&'i [u8]> {
    let [b' ', params @ ..] = rest else { return None };
    match known {
        keywords::SIZE => size(params, all),
        keywords::AUTH => mechanisms(params, all),
        _ => None,
    }
}

fn size<'i>(i: &'i [u8], all: &mut Extensions) -> Option<&'i [u8]> {
    let mut max = 0u64;
    // 19 digits fit in 64 bits, whatever they are.
    for (n, b) in i.iter().enumerate().take(20) {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            let (b"\r\n", behind) = i.get(n..)?.split_first_chunk()? else { return None };
            if n == 0 {
                return None;
            }
            all.add_size(max);
            return Some(behind);
        }
        max = max.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    None
}

fn mechanisms<'i>(mut i: &'i [u8], all: &mut Extensions) -> Option<&'i [u8]> {
    let mut list = Vec::with_capacity(USUAL_MECHANISMS);
    // Every turn adds one, and there is room for no more.
    while list.len() < USUAL_MECHANISMS {
        let (word, rest) = i.split_at_checked(word_len(i)?)?;
        list.push(Mechanism::usual(word)?);
        match rest {
            [b' ', rest @ ..] => i = rest,
            [b'\r', b'\n', behind @ ..] => {
                all.add_mechanisms(list);
                return Some(behind);
            }
            _ => return None,
        }
    }
    None
}

/// How many octets stand before the first below `!`, when that is among the first 24.
#[inline]
fn word_len(i: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut before = 0;
    for eight in i.chunks_exact(8).take(3) {
        let eight = u64::from_le_bytes(*eight.first_chunk()?);
        // The lowest bit that is set is that of the first octet below `!`.
        let ends = eight.wrapping_sub(ONES * 0x21) & !eight & (ONES * 0x80);
        if ends != 0 {
            return Some(before + ends.trailing_zeros() as usize / 8);
        }
        before += 8;
    }
    None
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
            b"250-mx\r\n250-SIZE 0\r\n250-size 007\r\n250 SIZE 999999999999999999\r\n",
            b"250-mx\r\n250-SIZE\r\n250-SIZE \r\n250 SIZE  5 \r\n",
            b"250-mx\r\n250-SIZE 18446744073709551615\r\n250 SIZE 18446744073709551616\r\n",
            b"250-mx\r\n250-SIZE 5x\r\n250-SIZE 5\n250-SIZE 5\r6\r\n250 SIZE=5\r\n",
            b"250-mx\r\n250-8BITMIMEX\r\n250-DSN\n250-NO\rSOLICITING\r\n250 DSN \r\n",
            b"250-mx\r\n250-AUTH  login X-A PLAIN\r\n250-AUTH\r\n250 auth=SCRAM-SHA-1\r\n",
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
