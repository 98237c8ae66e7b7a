//! MAIL and RCPT as almost everyone sends them, each octet looked at once.
//!
//! Nothing is refused here. A line that is not quite as usual (quotes, literals, routes, what is
//! beyond US-ASCII, parameters that are not of every day, anything wrong) is `None`, and is read
//! by the grammar.

use crate::types::BodyType;
use core::ops::Range;

/// A path; places count from the start of its line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Path {
    start: u16,
    at: u16,
    end: u16,
}

impl Path {
    /// The address, which is US-ASCII, without its brackets; empty for the null path.
    pub(crate) fn address(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }

    /// How far behind its start the `@` is.
    pub(crate) fn at(self) -> usize {
        usize::from(self.at)
    }

    /// What follows the `>`.
    fn behind(self) -> usize {
        usize::from(self.end) + 1
    }

    /// How long a line is that ends behind it, its CRLF included.
    pub(crate) fn line_len(self) -> usize {
        self.behind() + 2
    }
}

/// A line of MAIL that was read whole; places count from its start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mail {
    pub(crate) path: Path,
    /// Where its parameters end, which begin behind the path with a space.
    pub(crate) end: usize,
    pub(crate) size: Option<u64>,
    pub(crate) body: Option<BodyType>,
    pub(crate) utf8: bool,
}

impl Mail {
    /// The parameters, with the space before them.
    pub(crate) fn params(&self) -> Range<usize> {
        self.path.behind()..self.end
    }

    /// How long the line is, its CRLF included.
    pub(crate) fn len(&self) -> usize {
        self.end + 2
    }
}

/// What an octet is in a name, in the low bits, and what may follow it, in the high ones.
type Table = [u8; 256];

const LETTER: u8 = 1;
const DOT: u8 = 2;
const HYPHEN: u8 = 4;
const ANY: u8 = LETTER | DOT | HYPHEN;
const fn octet(is: u8, next: u8) -> u8 {
    is | next << 4
}

/// `Atom *("." Atom)`: no two dots meet.
const LOCAL: Table = table(b"!#$%&'*+-/=?^_`{|}~", octet(DOT, LETTER), 0);
/// `sub-domain *("." sub-domain)`: where two of `.` and `-` meet only `--` is legal.
const DOMAIN: Table = table(b"_", octet(DOT, LETTER), octet(HYPHEN, LETTER | HYPHEN));

#[expect(clippy::indexing_slicing, reason = "made at compile time")]
const fn table(others: &[u8], dot: u8, hyphen: u8) -> Table {
    let mut table = [0; 256];
    let mut b: u8 = 0;
    while b < 128 {
        if b.is_ascii_alphanumeric() {
            table[b as usize] = octet(LETTER, ANY);
        }
        b += 1;
    }
    let mut at = 0;
    table[b'-' as usize] = hyphen;
    while at < others.len() {
        table[others[at] as usize] = octet(LETTER, ANY);
        at += 1;
    }
    table[b'.' as usize] = dot;
    table
}

/// The name that `i` begins with: how long it is, when it is whole and something follows it.
#[inline(always)]
fn name(table: &Table, i: &[u8]) -> Option<usize> {
    // No name begins with a dot, no domain with a hyphen.
    let (mut n, mut next) = (0, LETTER);
    let mut eights = i.chunks_exact(8);
    for eight in &mut eights {
        // A loop of eight turns is unrolled.
        let eight: &[u8; 8] = eight.try_into().ok()?;
        if let Some(more) = name_in(table, eight, &mut next) {
            return whole(n + more, next);
        }
        n += 8;
    }
    let more = name_in(table, eights.remainder(), &mut next)?;
    whole(n + more, next)
}

/// How many octets of a name `i` begins with, when something follows them.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
fn name_in(table: &Table, i: &[u8], next: &mut u8) -> Option<usize> {
    i.iter().position(|&b| {
        let octet = table[b as usize];
        let ends = octet & *next == 0;
        *next = if ends { *next } else { octet >> 4 };
        ends
    })
}

/// What may not stand before a dot may not stand at the end.
#[inline(always)]
fn whole(n: usize, next: u8) -> Option<usize> {
    (next & DOT != 0).then_some(n)
}

/// `MAIL FROM:<a@b>`, perhaps with SIZE, BODY and SMTPUTF8. The verb is known.
#[inline(never)]
pub(crate) fn mail(line: &[u8]) -> Option<Mail> {
    let (word, rest) = line.get(4..)?.split_first_chunk::<5>()?;
    let [b' ', from @ ..] = *word else { return None };
    let [b':', ..] = rest else { return None };
    if u32::from_be_bytes(from) & CAPITALS != u32::from_be_bytes(*b"FROM") {
        return None;
    }
    let path = path(line, 10, true)?;
    let mut mail = Mail { path, end: path.behind(), size: None, body: None, utf8: false };
    // Every turn consumes a parameter, and each may come once.
    loop {
        match line.get(mail.end..)? {
            [b'\r', b'\n', ..] => return Some(mail),
            [b' ', rest @ ..] => mail.end += 1 + param(rest, &mut mail)?,
            _ => return None,
        }
    }
}

/// `RCPT TO:<a@b>`, without parameters. The verb is known.
// Apart, so that an octet is looked at in registers; what it returns fits in one.
#[inline(never)]
pub(crate) fn rcpt(line: &[u8]) -> Option<Path> {
    let [b' ', b'T' | b't', b'O' | b'o', b':', ..] = line.get(4..)? else { return None };
    let path = path(line, 8, false)?;
    let [b'\r', b'\n', ..] = line.get(path.behind()..)? else { return None };
    Some(path)
}

/// An octet's bit that makes a small letter of a capital one, taken away: other octets change too,
/// but into none that letters become.
pub(crate) const CAPITALS: u32 = 0xdfdf_dfdf;
/// The same behind an octet that is a digit.
const LETTERS: u32 = 0xffdf_dfdf;

/// The path that begins at `start`, perhaps behind a space.
#[inline(always)]
fn path(line: &[u8], start: usize, null: bool) -> Option<Path> {
    let start = start + usize::from(line.get(start) == Some(&b' '));
    let [b'<', local @ ..] = line.get(start..)? else { return None };
    let (at, end) = match local {
        [b'>', ..] if null => (0, 0),
        _ => {
            let at = name(&LOCAL, local)?;
            let [b'@', domain @ ..] = local.get(at..)? else { return None };
            let n = name(&DOMAIN, domain)?;
            let [b'>', ..] = domain.get(n..)? else { return None };
            if n > 255 {
                return None;
            }
            (at, at + 1 + n)
        }
    };
    let [start, at, end] = [start + 1, at, start + 1 + end].map(u16::try_from);
    Some(Path { start: start.ok()?, at: at.ok()?, end: end.ok()? })
}

/// A parameter of every day: how long it is. What ends it is looked at by the caller.
fn param(i: &[u8], mail: &mut Mail) -> Option<usize> {
    let (word, rest) = i.split_first_chunk::<4>()?;
    match (&(u32::from_be_bytes(*word) & CAPITALS).to_be_bytes(), rest) {
        (b"SIZE", [b'=', digits @ ..]) if mail.size.is_none() => {
            let mut size = 0u64;
            // So many digits fit in 64 bits, whatever they are.
            for (n, b) in digits.iter().enumerate().take(19) {
                let digit = b.wrapping_sub(b'0');
                if digit > 9 {
                    mail.size = Some(size);
                    return (n > 0).then_some(5 + n);
                }
                size = size.wrapping_mul(10).wrapping_add(u64::from(digit));
            }
            None
        }
        (b"BODY", [b'=', value @ ..]) if mail.body.is_none() => {
            let four = u32::from_be_bytes(*value.first_chunk()?);
            if four & LETTERS == u32::from_be_bytes(*b"7BIT") {
                mail.body = Some(BodyType::SevenBit);
                return Some(5 + 4);
            }
            let mime = u32::from_be_bytes(*value.get(4..)?.first_chunk()?);
            let is = [four & LETTERS, mime & CAPITALS].map(u32::to_be_bytes);
            if is != [*b"8BIT", *b"MIME"] {
                return None;
            }
            mail.body = Some(BodyType::EightBitMime);
            Some(5 + 8)
        }
        (b"SMTP", [b'U' | b'u', b'T' | b't', b'F' | b'f', b'8', ..]) if !mail.utf8 => {
            mail.utf8 = true;
            Some(8)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::types::Command;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// What is usual is what the grammar reads.
    fn agrees(line: &str) -> bool {
        let bytes = line.as_bytes();
        let read = match bytes.first() {
            Some(b'M' | b'm') => mail(bytes),
            _ => rcpt(bytes).map(|path| {
                let (end, len) = (path.behind(), path.line_len());
                let mail = Mail { path, end, size: None, body: None, utf8: false };
                assert_eq!(mail.len(), len);
                mail
            }),
        };
        let Some(usual) = read else { return false };
        let text = line.get(..usual.len() - 2).unwrap();
        assert!(line.get(..usual.len()).unwrap().ends_with("\r\n"));
        let (address, params) = match parse::command(text.as_bytes()) {
            Ok(Command::Mail(mail)) => (String::from(mail.from.as_str()), mail.params),
            Ok(Command::Rcpt(rcpt)) => (String::from(rcpt.to.as_str()), rcpt.params),
            other => panic!("{line:?}: {other:?}"),
        };
        assert_eq!(&line[usual.path.address()], address);
        assert!(address.is_empty() || address[usual.path.at()..].starts_with('@'));
        let said = (usual.size, usual.body, usual.utf8);
        assert_eq!(said, (params.size(), params.body(), params.smtputf8()), "{line:?}");
        assert_eq!(parse::param_list(&line[usual.params()]), Ok(params));
        true
    }

    #[test]
    fn usual_lines_are_read_as_the_grammar_reads_them() {
        for line in [
            "MAIL FROM:<alice@example.org>\r\n",
            "mail from: <a.b-c@x--y.z_1>  \r\n",
            "MAIL FROM:<> SIZE=0\r\n",
            "MAIL FROM:<a@b> SIZE=999999999999999999 body=8bitmime smtputf8\r\nRCPT",
            "MAIL FROM:<a@b> BODY=7BIT\r\n",
            "RCPT TO:<b@c>\r\nRCPT TO:<d@e>\r\n",
            "rcpt to: <b@c>\r\n",
        ] {
            // Spaces at the end are left to the grammar.
            assert_eq!(agrees(line), !line.contains("  "), "{line:?}");
        }
    }

    #[test]
    fn what_is_not_usual_is_left_to_the_grammar() {
        for line in [
            "MAIL FROM:<a@b>\n",
            "MAIL FROM:<a@b>",
            "MAIL FROM:<a@b> SIZE=1 SIZE=1\r\n",
            "MAIL FROM:<a@b> SIZE=1234567890123456789\r\n",
            "MAIL FROM:<a@b> SIZE=\r\n",
            "MAIL FROM:<a@b> SIZE=1x\r\n",
            "MAIL FROM:<a@b> BODY=BINARYMIME\r\n",
            "MAIL FROM:<a@b> SMTPUTF8=1\r\n",
            "MAIL FROM:<a@b> RET=FULL\r\n",
            "MAIL FROM:<.a@b>\r\n",
            "MAIL FROM:<a.@b>\r\n",
            "MAIL FROM:<a..a@b>\r\n",
            "MAIL FROM:<a@-b>\r\n",
            "MAIL FROM:<a@b->\r\n",
            "MAIL FROM:<a@b-.c>\r\n",
            "MAIL FROM:<a@b.-c>\r\n",
            "MAIL FROM:<a@b.>\r\n",
            "MAIL FROM:<a@.b>\r\n",
            "MAIL FROM:<\u{e9}@b>\r\n",
            "MAIL FROM:<a@\u{e9}>\r\n",
            "MAIL FROM:<@b>\r\n",
            "MAIL FROM:<a@>\r\n",
            "MAIL FROM:<\"a\"@b>\r\n",
            "MAIL FROM:<a@[b]>\r\n",
            "MAIL FRO\u{4d}\r\n",
            "RCPT TO:<>\r\n",
            "RCPT TO:<postmaster>\r\n",
            "RCPT TO:<a@b> NOTIFY=NEVER\r\n",
            "RCPT TO:<a\0@b>\r\n",
            "RCPT TO:<a@b\r\n>\r\n",
        ] {
            assert!(!agrees(line), "{line:?}");
        }
        assert!(!agrees(&alloc::format!("RCPT TO:<a@{}>\r\n", "b".repeat(256))));
        assert!(agrees(&alloc::format!("RCPT TO:<a@{}>\r\n", "b".repeat(255))));
    }

    /// All that four octets of the interesting ones make of an address, and of parameters.
    #[test]
    fn every_short_address_is_read_as_the_grammar_reads_it() {
        let octets: Vec<char> = "a.-@>\"[_\u{e9} \r".chars().collect();
        let n = octets.len();
        let mut usual = 0;
        for at in 0..n.pow(5) {
            let word: String = (0..5u32).map(|digit| octets[at / n.pow(digit) % n]).collect();
            usual += usize::from(agrees(&alloc::format!("RCPT TO:<{word}>\r\n")));
            usual += usize::from(agrees(&alloc::format!("MAIL FROM:<a@b>{word}\r\n")));
        }
        assert!(usual > 100, "{usual}");
    }
}
