//! MAIL and RCPT as almost everyone sends them, each octet looked at once.
//!
//! Nothing is refused here. A line that is not quite as usual (quotes, literals, routes, what is
//! beyond US-ASCII, parameters that are not of every day, anything wrong) is `None`, and is read
//! by the grammar.

use crate::types::BodyType;
use core::ops::Range;

/// A line that was read whole; places count from its start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Usual {
    /// The address, which is US-ASCII, without its brackets; empty for the null path.
    pub(crate) address: Range<usize>,
    /// How far behind its start the `@` is.
    pub(crate) at: usize,
    /// The parameters, with the space before them.
    pub(crate) params: Range<usize>,
    pub(crate) size: Option<u64>,
    pub(crate) body: Option<BodyType>,
    pub(crate) utf8: bool,
    /// How long the line is, its CRLF included.
    pub(crate) len: usize,
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
#[inline]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
fn name(table: &Table, i: &[u8]) -> Option<usize> {
    // No name begins with a dot, no domain with a hyphen.
    let mut next = LETTER;
    let n = i.iter().position(|&b| {
        let octet = table[b as usize];
        let ends = octet & next == 0;
        next = if ends { next } else { octet >> 4 };
        ends
    })?;
    // What may not stand before a dot may not stand at the end.
    (next & DOT != 0).then_some(n)
}

/// `MAIL FROM:<a@b>`, perhaps with SIZE, BODY and SMTPUTF8. The verb is known.
pub(crate) fn mail(line: &[u8]) -> Option<Usual> {
    let (word, rest) = line.get(4..)?.split_first_chunk::<5>()?;
    let [b' ', from @ ..] = *word else { return None };
    let [b':', ..] = rest else { return None };
    if u32::from_be_bytes(from) & CAPITALS != u32::from_be_bytes(*b"FROM") {
        return None;
    }
    let mut usual = path(line, 10, true)?;
    let mut at = usual.params.start;
    // Every turn consumes a parameter, and each may come once.
    loop {
        match line.get(at..)? {
            [b'\r', b'\n', ..] => {
                usual.params.end = at;
                usual.len = at + 2;
                return Some(usual);
            }
            [b' ', rest @ ..] => at += 1 + param(rest, &mut usual)?,
            _ => return None,
        }
    }
}

/// `RCPT TO:<a@b>`, without parameters. The verb is known.
pub(crate) fn rcpt(line: &[u8]) -> Option<Usual> {
    let [b' ', b'T' | b't', b'O' | b'o', b':', ..] = line.get(4..)? else { return None };
    let mut usual = path(line, 8, false)?;
    let [b'\r', b'\n', ..] = line.get(usual.params.start..)? else { return None };
    usual.len = usual.params.end + 2;
    Some(usual)
}

/// An octet's bit that makes a small letter of a capital one, taken away: other octets change too,
/// but into none that letters become.
pub(crate) const CAPITALS: u32 = 0xdfdf_dfdf;

/// The path that begins at `start`, perhaps behind a space.
fn path(line: &[u8], start: usize, null: bool) -> Option<Usual> {
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
    let address = start + 1..start + 1 + end;
    let behind = address.end + 1;
    Some(Usual { address, at, params: behind..behind, size: None, body: None, utf8: false, len: 0 })
}

/// A parameter of every day: how long it is. What ends it is looked at by the caller.
fn param(i: &[u8], usual: &mut Usual) -> Option<usize> {
    let (word, rest) = i.split_first_chunk::<4>()?;
    match (&(u32::from_be_bytes(*word) & CAPITALS).to_be_bytes(), rest) {
        (b"SIZE", [b'=', digits @ ..]) if usual.size.is_none() => {
            // So many digits fit in 64 bits, whatever they are.
            let n = digits.iter().take(19).position(|b| !b.is_ascii_digit()).filter(|&n| n > 0)?;
            let digits = digits.get(..n)?.iter();
            usual.size = Some(digits.fold(0, |size, b| size * 10 + u64::from(b - b'0')));
            Some(5 + n)
        }
        (b"BODY", [b'=', value @ ..]) if usual.body.is_none() => {
            let (body, n) = match value {
                [b'7', rest @ ..] if starts(rest, b"BIT") => (BodyType::SevenBit, 4),
                [b'8', rest @ ..] if starts(rest, b"BITMIME") => (BodyType::EightBitMime, 8),
                _ => return None,
            };
            usual.body = Some(body);
            Some(5 + n)
        }
        (b"SMTP", [b'U' | b'u', b'T' | b't', b'F' | b'f', b'8', ..]) if !usual.utf8 => {
            usual.utf8 = true;
            Some(8)
        }
        _ => None,
    }
}

fn starts(i: &[u8], word: &[u8]) -> bool {
    i.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
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
            _ => rcpt(bytes),
        };
        let Some(usual) = read else { return false };
        let text = line.get(..usual.len - 2).unwrap();
        assert!(line.get(..usual.len).unwrap().ends_with("\r\n"));
        let (address, params) = match parse::command(text.as_bytes()) {
            Ok(Command::Mail(mail)) => (String::from(mail.from.as_str()), mail.params),
            Ok(Command::Rcpt(rcpt)) => (String::from(rcpt.to.as_str()), rcpt.params),
            other => panic!("{line:?}: {other:?}"),
        };
        assert_eq!(&line[usual.address.clone()], address);
        assert_eq!(address.is_empty(), usual.address.is_empty());
        assert!(address.is_empty() || address[usual.at..].starts_with('@'));
        let said = (usual.size, usual.body, usual.utf8);
        assert_eq!(said, (params.size(), params.body(), params.smtputf8()), "{line:?}");
        assert_eq!(parse::param_list(&line[usual.params.clone()]), Ok(params));
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
