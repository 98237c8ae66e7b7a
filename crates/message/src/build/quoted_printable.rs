//! Writes quoted-printable (RFC 2045 section 6.7).

use super::fold::hex;
use mailwire_core::{Sink, keyword::Class};

/// What stands for itself anywhere on a line; space and tab do but at its end.
const PLAIN: Class = Class::graphic().without(b"=").with(b" \t");

/// The longest line is 76, of which a soft line end takes one.
const WIDTH: usize = 75;

/// Writes a line without its end. CR and LF in it are written as `=0D` and `=0A`, so nothing but a
/// soft line end breaks what is written, and no line of it is longer than 76.
pub(super) fn encode_line(line: &[u8], out: &mut (impl Sink + ?Sized)) {
    let (line, last) = match line {
        [line @ .., last @ (b' ' | b'\t')] => (line, Some(*last)),
        line => (line, None),
    };
    let mut column = 0;
    let mut rest = line;
    // Every turn consumes a run of plain octets, or one that is not.
    while let [first, more @ ..] = rest {
        if PLAIN.holds(*first) {
            let (mut run, after) = rest.split_at(PLAIN.prefix(rest));
            while run.len() > WIDTH - column {
                let (piece, left) = run.split_at(WIDTH - column);
                out.put(piece);
                out.put(b"=\r\n");
                (run, column) = (left, 0);
            }
            out.put(run);
            column += run.len();
            rest = after;
        } else {
            column = encoded(*first, column, out);
            rest = more;
        }
    }
    if let Some(blank) = last {
        encoded(blank, column, out);
    }
}

/// Writes an octet as three, on the next line if they do not fit this. Returns the column.
fn encoded(b: u8, mut column: usize, out: &mut (impl Sink + ?Sized)) -> usize {
    if column + 3 > WIDTH {
        out.put(b"=\r\n");
        column = 0;
    }
    out.put(&[b'=', hex(b >> 4), hex(b)]);
    column + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn encode(line: &[u8]) -> String {
        let mut out = Vec::new();
        encode_line(line, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// The decoder of the RFC, without any of the mercy that readers need.
    fn decode(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let text = text.replace("=\r\n", "");
        let mut rest = text.as_bytes();
        while let [first, more @ ..] = rest {
            if *first == b'=' {
                let digits = core::str::from_utf8(&more[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &more[2..];
            } else {
                bytes.push(*first);
                rest = more;
            }
        }
        bytes
    }

    #[test]
    fn what_is_plain_stays() {
        assert_eq!(encode(b"caf\xc3\xa9 a=b"), "caf=C3=A9 a=3Db");
        assert_eq!(encode(b""), "");
        assert_eq!(encode(b"\r\n\0\x7f"), "=0D=0A=00=7F");
    }

    #[test]
    fn no_line_ends_with_a_blank() {
        assert_eq!(encode(b"a \t"), "a =09");
        assert_eq!(encode(b" "), "=20");
    }

    #[test]
    fn lines_of_every_length_come_back_and_none_is_long() {
        for n in 0..400 {
            for letters in [&b"a"[..], b" ", b"\xff", b"ab \xff", b"=", b"a\r\n"] {
                let line: Vec<u8> = letters.iter().copied().cycle().take(n).collect();
                let text = encode(&line);

                assert_eq!(decode(&text), line);
                for written in text.split("\r\n") {
                    assert!(written.len() <= 76 && !written.contains(['\r', '\n']), "{written:?}");
                    assert!(!written.ends_with([' ', '\t']), "{written:?}");
                }
            }
        }
    }
}
