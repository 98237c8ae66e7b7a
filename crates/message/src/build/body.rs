//! Bodies: which encoding is the shortest, and writing it.

use super::base64::{self, Base64Lines};
use super::carry::Form;
use super::quoted_printable;
use mailwire_core::Sink;

/// The longest line, its end left out (RFC 5322 section 2.1.1).
const LONGEST_LINE: usize = 998;

/// What boundaries begin with behind their `--`. In quoted-printable and base64 it cannot occur;
/// a body in which it does is encoded, so no boundary is ever found where there is none.
pub(super) const BOUNDARY_START: &str = "=_";
const BOUNDARY_LINE: &[u8] = b"--=_";

/// What ends a line of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Newlines {
    /// CR, LF and CRLF do, and are written as CRLF, which also ends the last line.
    Convert,
    /// CRLF does; CR and LF alone are content.
    Exact,
}

/// `Content-Transfer-Encoding` of RFC 2045 section 6.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    SevenBit,
    EightBit,
    Binary,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// The field that names it.
    pub(super) fn field(self) -> &'static [u8] {
        match self {
            Self::SevenBit => b"Content-Transfer-Encoding: 7bit\r\n",
            Self::EightBit => b"Content-Transfer-Encoding: 8bit\r\n",
            Self::Binary => b"Content-Transfer-Encoding: binary\r\n",
            Self::QuotedPrintable => b"Content-Transfer-Encoding: quoted-printable\r\n",
            Self::Base64 => b"Content-Transfer-Encoding: base64\r\n",
        }
    }
}

/// Whether the last line that was written has its end: a text has its own, everything else leaves
/// it to what follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LastLine {
    Ended,
    Open,
}

/// A body to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body<'a> {
    data: &'a [u8],
    newlines: Newlines,
}

impl<'a> Body<'a> {
    pub(super) fn new(data: &'a [u8], newlines: Newlines) -> Self {
        Self { data, newlines }
    }

    /// The encoding that is shortest: no encoding if it can be, for text, else the shorter of the
    /// two; base64 for what is no text, unless any octets are carried.
    pub(super) fn encoding(&self, is_text: bool, form: Form) -> Encoding {
        if is_text {
            let ascii = self.data.is_ascii();
            if (ascii || form.eight_bit()) && self.is_plain() {
                return if ascii { Encoding::SevenBit } else { Encoding::EightBit };
            }
        }
        if form.binary() && memchr::memmem::find(self.data, BOUNDARY_LINE).is_none() {
            return Encoding::Binary;
        }
        if !is_text {
            return Encoding::Base64;
        }
        let mut quoted_printable = Count::default();
        self.put(Encoding::QuotedPrintable, &mut quoted_printable);
        let mut octets = 0;
        self.lines(|line, end| octets += (line.len() + end.len()) as u64);
        let base64 = base64::length(octets).unwrap_or(u64::MAX);
        if base64 < quoted_printable.0 { Encoding::Base64 } else { Encoding::QuotedPrintable }
    }

    /// Writes the field that names the encoding, the empty line, and the body.
    pub(super) fn write(&self, encoding: Encoding, out: &mut (impl Sink + ?Sized)) -> LastLine {
        out.put(encoding.field());
        out.put(b"\r\n");
        self.put(encoding, out);
        match (encoding, self.newlines) {
            (Encoding::Base64, _) | (_, Newlines::Exact) => LastLine::Open,
            (_, Newlines::Convert) => LastLine::Ended,
        }
    }

    fn put(&self, encoding: Encoding, out: &mut (impl Sink + ?Sized)) {
        match encoding {
            Encoding::Binary if self.newlines == Newlines::Exact => out.put(self.data),
            Encoding::SevenBit | Encoding::EightBit | Encoding::Binary if self.is_crlf() => {
                out.put(self.data);
                let open = !self.data.is_empty() && !self.data.ends_with(b"\n");
                if open && self.newlines == Newlines::Convert {
                    out.put(b"\r\n");
                }
            }
            Encoding::SevenBit | Encoding::EightBit | Encoding::Binary => {
                self.lines(|line, end| {
                    out.put(line);
                    out.put(end);
                })
            }
            Encoding::QuotedPrintable => self.lines(|line, end| {
                quoted_printable::encode_line(line, out);
                out.put(end);
            }),
            Encoding::Base64 => {
                let mut lines = Base64Lines::default();
                match self.newlines {
                    Newlines::Exact => lines.put(self.data, out),
                    Newlines::Convert => self.lines(|line, end| {
                        lines.put(line, out);
                        lines.put(end, out);
                    }),
                }
                lines.finish(out);
            }
        }
    }

    /// Whether it may stand in a message as it is.
    fn is_plain(&self) -> bool {
        let boundary = || {
            memchr::memchr(b'=', self.data).is_some()
                && memchr::memmem::find(self.data, BOUNDARY_LINE).is_some()
        };
        let mut plain = memchr::memchr(0, self.data).is_none() && !boundary();
        // Nothing of it can be a long line then.
        let short = self.data.len() <= LONGEST_LINE;
        if plain && !(short && (self.newlines == Newlines::Convert || self.is_crlf())) {
            self.lines(|line, _| {
                plain &= line.len() <= LONGEST_LINE;
                plain &= self.newlines == Newlines::Convert
                    || memchr::memchr2(b'\r', b'\n', line).is_none();
            });
        }
        plain
    }

    /// Whether each of its line ends is CRLF already.
    fn is_crlf(&self) -> bool {
        let mut newlines = mailwire_core::Newlines::default();
        newlines.look(self.data);
        newlines.end();
        !newlines.any_bare()
    }

    /// Where it stops being lines that a message can hold: NUL, CR or LF alone, a line above 998.
    pub(super) fn odd(&self) -> Option<usize> {
        let (mut at, mut odd) = (0, memchr::memchr(0, self.data));
        self.lines(|line, end| {
            let bare = memchr::memchr2(b'\r', b'\n', line);
            let long = (line.len() > LONGEST_LINE).then_some(LONGEST_LINE);
            if let Some(n) = bare.into_iter().chain(long).min() {
                odd = Some(odd.map_or(at + n, |odd| odd.min(at + n)));
            }
            at += line.len() + end.len();
        });
        odd
    }

    /// Gives each line and its end, which the last has not if it is exact.
    fn lines(&self, mut each: impl FnMut(&[u8], &[u8])) {
        let mut rest = self.data;
        // Every turn consumes a line.
        while !rest.is_empty() {
            let at = match self.newlines {
                Newlines::Convert => memchr::memchr2(b'\r', b'\n', rest),
                Newlines::Exact => memchr::memmem::find(rest, b"\r\n"),
            };
            let (line, end) = rest.split_at(at.unwrap_or(rest.len()));
            rest = match end {
                [b'\r', b'\n', more @ ..] | [_, more @ ..] => more,
                [] => &[],
            };
            let ended = at.is_some() || self.newlines == Newlines::Convert;
            each(line, if ended { b"\r\n" } else { b"" });
        }
    }
}

/// Counts what is written to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(pub(super) u64);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Carries;
    use alloc::vec::Vec;

    fn text(data: &str) -> Body<'_> {
        Body::new(data.as_bytes(), Newlines::Convert)
    }

    fn put(body: Body<'_>, encoding: Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        body.put(encoding, &mut out);
        out
    }

    const EIGHT: Form = Form { carries: Carries::EightBit, utf8: false };

    #[test]
    fn any_octets_stand_as_they_are_where_they_are_carried() {
        let binary = Form { carries: Carries::Binary, utf8: false };
        for (data, is_text, encoding) in [
            (&b"\0\r\n\n\xff"[..], false, Encoding::Binary),
            (b"plain", true, Encoding::SevenBit),
            (b"\xc3\xa9", true, Encoding::EightBit),
            (b"nul \0", true, Encoding::Binary),
            (b"\0\r\n--=_", false, Encoding::Base64),
        ] {
            let body = Body::new(data, Newlines::Exact);
            assert_eq!(body.encoding(is_text, binary), encoding, "{data:?}");
            if encoding == Encoding::Binary {
                assert_eq!(put(body, encoding), data);
            }
        }
    }

    #[test]
    fn the_shortest_encoding_is_chosen() {
        let long = "a".repeat(999);
        for (body, encoding) in [
            ("", Encoding::SevenBit),
            ("plain\ntext", Encoding::SevenBit),
            (&long[..998], Encoding::SevenBit),
            (&long, Encoding::QuotedPrintable),
            ("mostly ASCII, \u{e9}", Encoding::QuotedPrintable),
            ("\u{440}\u{443}\u{441}\u{441}\u{43a}\u{438}\u{439}", Encoding::Base64),
            ("nul \0 is not text", Encoding::QuotedPrintable),
            ("a line\n--=_ of a boundary", Encoding::QuotedPrintable),
        ] {
            assert_eq!(text(body).encoding(true, Form::SEVEN_BIT), encoding, "{body:?}");
        }
    }

    #[test]
    fn eight_bits_are_kept_if_they_may_be() {
        let long = "\u{e9}".repeat(500);

        assert_eq!(text("\u{e9}").encoding(true, EIGHT), Encoding::EightBit);
        assert_eq!(text("e").encoding(true, EIGHT), Encoding::SevenBit);
        assert_eq!(text(&long[..998]).encoding(true, EIGHT), Encoding::EightBit);
        assert_eq!(text(&long).encoding(true, EIGHT), Encoding::Base64);
    }

    #[test]
    fn bare_newlines_of_files_are_content() {
        let file = |data| Body::new(data, Newlines::Exact);

        assert_eq!(file(b"a\r\nb").encoding(true, Form::SEVEN_BIT), Encoding::SevenBit);
        assert_eq!(
            file(b"a long line\nb").encoding(true, Form::SEVEN_BIT),
            Encoding::QuotedPrintable
        );
        assert_eq!(put(file(b"a\nb\r\nc\r"), Encoding::QuotedPrintable), b"a=0Ab\r\nc=0D");
        assert_eq!(file(b"a").encoding(false, Form::SEVEN_BIT), Encoding::Base64);
    }

    #[test]
    fn every_line_end_of_a_text_is_written_as_crlf() {
        for body in ["a\nb\n", "a\rb\r", "a\r\nb\r\n", "a\nb"] {
            assert_eq!(put(text(body), Encoding::SevenBit), b"a\r\nb\r\n");
            assert_eq!(put(text(body), Encoding::QuotedPrintable), b"a\r\nb\r\n");
            assert_eq!(put(text(body), Encoding::Base64), b"YQ0KYg0K");
        }
        assert_eq!(put(text("\n\r\n\r"), Encoding::SevenBit), b"\r\n\r\n\r\n");
    }
}
