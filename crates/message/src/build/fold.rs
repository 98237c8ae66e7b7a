//! Writes header fields: words that are folded before column 76, so that no line passes 78.
//!
//! A word is never broken, so everything that could be longer than a line (998 octets) is either
//! limited by its type or cut into encoded-words (RFC 2047) here.

use super::carry::Form;
use alloc::vec::Vec;
use mailwire_core::{Sink, base64, keyword::Class};

/// The column that a word may reach. Two less than RFC 5322 section 2.1.1 asks for: a comma, or
/// `:;`, may follow. RFC 2047 section 2 asks for it wherever there are encoded-words.
const WIDTH: usize = 76;

/// The longest word that is written as it is. With the name of a field it fits a line.
const LONGEST_WORD: usize = 900;

/// The longest run of spaces that is written as it is.
const LONGEST_GAP: usize = 8;

/// The longest quoted string; it is one word.
const LONGEST_QUOTED: usize = 70;

/// What may stand in an encoded-word, also in a phrase (RFC 2047 section 5, rule 3), less `=` and
/// `_`, which mean something.
const PLAIN_IN_Q: Class = Class::none()
    .with_range(b'0', b'9')
    .with_range(b'A', b'Z')
    .with_range(b'a', b'z')
    .with(b"!*+-/");

/// `atext` of RFC 5322 section 3.2.3.
pub(super) const ATEXT: Class = Class::graphic().without(b"()<>[]:;@\\,.\"");

/// What RFC 2045 section 5.1 calls a `token`.
pub(super) const TOKEN: Class = Class::graphic().without(b"()<>@,;:\\\"/[]?=");

/// `attribute-char` of RFC 2231 section 7. Values of nothing else stand without quotes too: some
/// readers take `*` and `'` for the signs of that RFC wherever they are.
const ATTRIBUTE: Class = TOKEN.without(b"*'%");

const BEGIN_Q: &[u8] = b"=?utf-8?q?";
const BEGIN_B: &[u8] = b"=?utf-8?b?";
const END: &[u8] = b"?=";
/// What an encoded-word of 75 octets, the most there may be, has for its text.
const LONGEST_ENCODED: usize = 75 - BEGIN_Q.len() - END.len();
/// A character of four octets in Q: the least that an encoded-word must have room for.
const LEAST_ENCODED: usize = 12;

/// One header field on its way out.
#[derive(Debug)]
pub(super) struct Fold<'s, S: Sink + ?Sized> {
    out: &'s mut S,
    column: usize,
    /// Octets above 127 stand as they are (RFC 6532).
    utf8: bool,
}

impl<'s, S: Sink + ?Sized> Fold<'s, S> {
    /// Begins the field `name`.
    pub(super) fn new(out: &'s mut S, name: &str) -> Self {
        out.put(name.as_bytes());
        out.put(b":");
        Self { out, column: name.len() + 1, utf8: false }
    }

    /// The same in the form that the message has.
    pub(super) fn utf8(self, form: Form) -> Self {
        Self { utf8: form.utf8, ..self }
    }

    /// Writes a word, its parts joined, behind a space or on a new line.
    pub(super) fn word(&mut self, parts: &[&[u8]]) {
        self.word_after(1, parts);
    }

    /// Writes what belongs to the word before: at most two octets, for which there is room, or the
    /// value of a parameter whose length was reckoned.
    pub(super) fn glue(&mut self, bytes: &[u8]) {
        self.out.put(bytes);
        self.column += bytes.len();
    }

    /// Ends the field.
    pub(super) fn end(self) {
        self.out.put(b"\r\n");
    }

    /// Writes `*text` (RFC 5322 section 2.2.1): plain, but from the first word to the last that
    /// cannot be so.
    pub(super) fn unstructured(&mut self, text: &str) {
        if self.fits(text) && is_plain(text.as_bytes()) {
            self.glue(b" ");
            return self.glue(text.as_bytes());
        }
        let (from, to) = must_encode(text, self.utf8);
        self.plain_words(text.get(..from).unwrap_or_default());
        if from < to {
            let before = text.get(..from).unwrap_or_default();
            let gap = before.len() - before.trim_end_matches(' ').len();
            self.encoded(gap, text.get(from..to).unwrap_or_default());
        }
        self.plain_words(text.get(to..).unwrap_or_default());
    }

    /// Writes a `phrase` (RFC 5322 section 3.2.5): as atoms, as a quoted string, or encoded.
    pub(super) fn phrase(&mut self, text: &str) {
        let utf8 = self.utf8;
        let atoms = || text.bytes().all(|b| b == b' ' || ATEXT.holds(b));
        if text.len() <= LONGEST_QUOTED && self.fits(text) && is_plain(text.as_bytes()) && atoms() {
            self.glue(b" ");
            return self.glue(text.as_bytes());
        }
        let atom =
            |word: &str| !word.is_empty() && word.len() <= LONGEST_QUOTED && all(ATEXT, word, utf8);
        if text.contains("=?") {
            self.encoded(1, text);
        } else if text.split(' ').all(atom) {
            for word in text.split(' ') {
                self.word(&[word.as_bytes()]);
            }
        } else if let Some(quoted) = quoted(text, utf8) {
            self.word(&[&quoted]);
        } else {
            self.encoded(1, text);
        }
    }

    /// Writes a parameter behind a `;`: as a token, quoted, or as RFC 2231 has it.
    pub(super) fn parameter(&mut self, name: &str, value: &str) {
        let bytes = value.as_bytes();
        let name = name.as_bytes();
        self.glue(b";");
        if !bytes.is_empty() && bytes.len() <= LONGEST_QUOTED && ATTRIBUTE.all(bytes) {
            self.word(&[name, b"=", bytes]);
            return;
        }
        // Some readers decode encoded-words in quotes, and some lose spaces at the ends.
        let misread = value.contains("=?") || value.trim_matches(' ').len() < value.len();
        match quoted(value, self.utf8) {
            Some(quoted) if !misread => self.word(&[name, b"=", &quoted]),
            _ => self.extended(name, bytes),
        }
    }

    /// Writes a parameter that is not US-ASCII twice: as what readers without RFC 2231 show, and
    /// as it is, which the others prefer.
    pub(super) fn parameter_twice(&mut self, name: &str, value: &str, fallback: &str) {
        match quoted(fallback, false) {
            Some(quoted) if !value.is_ascii() && !self.utf8 => {
                self.glue(b";");
                self.word(&[name.as_bytes(), b"=", &quoted]);
                self.glue(b";");
                self.extended(name.as_bytes(), value.as_bytes());
            }
            _ => self.parameter(name, value),
        }
    }

    /// RFC 2231 sections 3 and 4: percent-encoded UTF-8, in numbered pieces when it is long.
    fn extended(&mut self, name: &[u8], value: &[u8]) {
        // `name*99*=utf-8''` and the `;` leave so much of a line; less than a triple is no piece.
        let room = WIDTH.saturating_sub(name.len() + 14).max(3);
        let mut pieces = alloc::vec![Vec::new()];
        for &b in value {
            let octet: &[u8] = match b {
                b if ATTRIBUTE.holds(b) => &[b],
                b => &[b'%', hex(b >> 4), hex(b & 15)],
            };
            match pieces.last_mut() {
                Some(piece) if piece.len() + octet.len() <= room => piece.extend_from_slice(octet),
                _ => pieces.push(octet.to_vec()),
            }
        }
        if let [piece] = pieces.as_slice() {
            self.word(&[name, b"*=utf-8''", piece]);
            return;
        }
        for (n, piece) in (0..).zip(&pieces) {
            let mut number = Vec::new();
            number.put_number(n);
            let charset: &[u8] = if n == 0 { b"utf-8''" } else { b"" };
            if n > 0 {
                self.glue(b";");
            }
            self.word(&[name, b"*", &number, b"*=", charset, piece]);
        }
    }

    /// Whether there is room for the text on this line, and there is a text.
    fn fits(&self, text: &str) -> bool {
        !text.is_empty() && self.column + 1 + text.len() <= WIDTH
    }

    /// At least one space stands before a word, also before the first.
    fn word_after(&mut self, gap: usize, parts: &[&[u8]]) {
        let gap = gap.max(1);
        let n: usize = parts.iter().map(|part| part.len()).sum();
        if self.column + gap + n > WIDTH {
            self.out.put(b"\r\n");
            self.column = 0;
        }
        self.gap(gap);
        for part in parts {
            self.glue(part);
        }
    }

    fn gap(&mut self, gap: usize) {
        self.glue(b"        ".get(..gap.min(LONGEST_GAP)).unwrap_or_default());
    }

    fn plain_words(&mut self, text: &str) {
        for word in words(text) {
            self.word_after(word.gap, &[word.text.as_bytes()]);
        }
    }

    /// Writes `text` as encoded-words (RFC 2047 section 2), each of whole characters, in the
    /// encoding that is shorter.
    fn encoded(&mut self, gap: usize, text: &str) {
        let mut gap = gap.max(1);
        let in_q: usize = text.bytes().map(q_len).sum();
        let q = in_q <= text.len().div_ceil(3) * 4;
        let mut rest = text;
        // Every turn consumes a character.
        while !rest.is_empty() {
            let taken = self.column + gap + BEGIN_Q.len() + END.len();
            let mut room = WIDTH.saturating_sub(taken);
            if room < LEAST_ENCODED {
                self.out.put(b"\r\n");
                self.column = 0;
                room = WIDTH - gap - BEGIN_Q.len() - END.len();
            }
            let room = room.min(LONGEST_ENCODED);
            let (word, more) = rest.split_at(fitting(rest, room, q));
            self.gap(gap);
            self.glue(if q { BEGIN_Q } else { BEGIN_B });
            if q {
                self.q(word);
            } else {
                base64::encode(word.as_bytes(), self.out);
                self.column += word.len().div_ceil(3) * 4;
            }
            self.glue(END);
            rest = more;
            gap = 1;
        }
    }

    fn q(&mut self, word: &str) {
        for b in word.bytes() {
            match b {
                b' ' => self.glue(b"_"),
                b if PLAIN_IN_Q.holds(b) => self.glue(&[b]),
                b => self.glue(&[b'=', hex(b >> 4), hex(b & 15)]),
            }
        }
    }
}

/// The digit for four bits.
pub(super) fn hex(four: u8) -> u8 {
    match four & 15 {
        n @ 0..=9 => b'0' + n,
        n => b'A' + n - 10,
    }
}

/// Whether the text is words of US-ASCII with a space between them, and nothing that looks like an
/// encoded-word. Looks at all of it without a branch: nearly always it is.
fn is_plain(text: &[u8]) -> bool {
    let printable = text.iter().fold(true, |all, b| all & (b' '..=b'~').contains(b));
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    let odd = pairs
        .fold(false, |odd, (&a, &b)| odd | (a == b' ') & (b == b' ') | (a == b'=') & (b == b'?'));
    printable && !odd && text.first() != Some(&b' ') && text.last() != Some(&b' ')
}

/// Whether a word is made of these, and of what is not US-ASCII where that may stand.
fn all(class: Class, word: &str, utf8: bool) -> bool {
    word.bytes().all(|b| class.holds(b) || utf8 && !b.is_ascii())
}

/// Printable text in quotes, unless it is too long for one word.
fn quoted(text: &str, utf8: bool) -> Option<Vec<u8>> {
    let mut quoted = alloc::vec![b'"'];
    if text.len() > LONGEST_QUOTED {
        return None;
    }
    for b in text.bytes() {
        match b {
            b'"' | b'\\' => quoted.extend_from_slice(&[b'\\', b]),
            b' '..=b'~' => quoted.push(b),
            0x80.. if utf8 => quoted.push(b),
            _ => return None,
        }
    }
    quoted.push(b'"');
    (quoted.len() <= LONGEST_QUOTED).then_some(quoted)
}

fn q_len(b: u8) -> usize {
    if b == b' ' || PLAIN_IN_Q.holds(b) { 1 } else { 3 }
}

/// How many octets of `text`, in whole characters, fit in `room` octets when encoded.
fn fitting(text: &str, room: usize, q: bool) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if q {
            let character = text.get(at..end).unwrap_or_default();
            used += character.bytes().map(q_len).sum::<usize>();
        } else {
            used = end.div_ceil(3) * 4;
        }
        if used > room {
            return at;
        }
    }
    text.len()
}

/// A word of unstructured text.
struct Word<'t> {
    /// How many spaces stand before it.
    gap: usize,
    start: usize,
    text: &'t str,
}

fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let (mut at, mut gap) = (0, 0);
    text.split(' ').filter_map(move |text| {
        let start = at;
        at += text.len() + 1;
        if text.is_empty() {
            gap += 1;
            return None;
        }
        Some(Word { gap: core::mem::replace(&mut gap, 1), start, text })
    })
}

/// The part of `text` that cannot be written as it is, from a word's start to a word's end: empty
/// at the end when there is none.
fn must_encode(text: &str, utf8: bool) -> (usize, usize) {
    let mut range: Option<(usize, usize)> = None;
    // Spaces at either end would be lost, and long runs of them make long lines.
    let (mut before, mut longest_gap) = (0, 0);
    for word in words(text) {
        let spaces = word.gap > longest_gap;
        let odd = word.text.len() > LONGEST_WORD
            || word.text.contains("=?")
            || !all(Class::graphic(), word.text, utf8);
        if spaces || odd {
            let from = if spaces { before } else { word.start };
            let from = range.map_or(from, |(start, _)| start.min(from));
            range = Some((from, word.start + word.text.len()));
        }
        (before, longest_gap) = (word.start, LONGEST_GAP);
    }
    if text.ends_with(' ') {
        range = Some((range.map_or(before, |(start, _)| start.min(before)), text.len()));
    }
    range.unwrap_or((text.len(), text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn field(name: &str, write: impl FnOnce(&mut Fold<'_, Vec<u8>>)) -> String {
        let mut out = Vec::new();
        let mut field = Fold::new(&mut out, name);
        write(&mut field);
        field.end();
        String::from_utf8(out).unwrap()
    }

    fn subject(text: &str) -> String {
        field("Subject", |field| field.unstructured(text))
    }

    #[test]
    fn plain_text_stays_plain() {
        for text in ["Hi", "Do you like ketchup?", "a  b", "a:b=c", "=? a"] {
            let written = subject(text);
            assert!(written == alloc::format!("Subject: {text}\r\n") || text.contains("=?"));
        }
        assert_eq!(subject(""), "Subject:\r\n");
    }

    #[test]
    fn only_what_must_be_is_encoded() {
        for (text, written) in [
            ("Re: Lamb\u{e9}rtston there", "Re: =?utf-8?q?Lamb=C3=A9rtston?= there"),
            (
                "a \u{e9} and something then \u{e8}  c",
                "a =?utf-8?q?=C3=A9_and_something_then_=C3=A8?=  c",
            ),
            (" lead", "=?utf-8?q?_lead?="),
            ("trail ", "=?utf-8?q?trail_?="),
            ("a trail ", "a =?utf-8?q?trail_?="),
            ("   ", "=?utf-8?q?___?="),
            ("=?utf-8?q?b?=", "=?utf-8?b?PT91dGYtOD9xP2I/PQ==?="),
            ("tab\there", "=?utf-8?q?tab=09here?="),
            ("a         b c", "=?utf-8?q?a_________b?= c"),
            ("\u{440}\u{443}\u{441}", "=?utf-8?b?0YDRg9GB?="),
        ] {
            assert_eq!(subject(text), alloc::format!("Subject: {written}\r\n"));
        }
    }

    #[test]
    fn names_are_atoms_or_quoted_or_encoded() {
        for (name, written) in [
            ("Alice", "Alice"),
            ("Alice B", "Alice B"),
            ("Q. Public", "\"Q. Public\""),
            ("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""),
            ("a  b", "\"a  b\""),
            ("Annabella, \u{e9}", "=?utf-8?q?Annabella=2C_=C3=A9?="),
            ("=?utf-8?q?b?=", "=?utf-8?b?PT91dGYtOD9xP2I/PQ==?="),
            ("", "\"\""),
        ] {
            let field = field("To", |field| field.phrase(name));
            assert_eq!(field, alloc::format!("To: {written}\r\n"));
        }
    }

    #[test]
    fn parameters_are_tokens_or_quoted_or_extended() {
        let long = "\u{e9}".repeat(20);
        for (value, written) in [
            ("a.txt", "filename=a.txt"),
            ("a b.txt", "filename=\"a b.txt\""),
            ("", "filename=\"\""),
            ("=?a", "filename*=utf-8''%3D%3Fa"),
            ("a ", "filename*=utf-8''a%20"),
            ("\u{20ac} 5's.txt", "filename*=utf-8''%E2%82%AC%205%27s.txt"),
        ] {
            let field = field("X", |field| field.parameter("filename", value));
            assert_eq!(field, alloc::format!("X:; {written}\r\n"));
        }
        let field = field("X", |field| field.parameter("filename", &long));
        let pieces: Vec<&str> = field.split(";\r\n ").collect();
        assert_eq!(pieces.len(), 4, "{field}");
        assert!(pieces[1].starts_with("filename*0*=utf-8''%C3%A9"));
        assert!(pieces[2].starts_with("filename*1*="));
        assert_eq!(field.matches("%C3").count(), 20);
    }

    #[test]
    fn no_line_is_long_and_none_is_blank() {
        let letters = ["a", "\u{e9}", "\u{1f600}", "word ", "=?", "        ", "\t", "\u{7f}"];
        for letter in letters {
            for more in letters {
                for n in 0..200 {
                    let text = alloc::format!("{} {more}", letter.repeat(n));
                    for written in [
                        subject(&text),
                        field("To", |field| field.phrase(&text)),
                        field("X", |field| field.parameter("name", &text)),
                    ] {
                        let (body, end) = written.split_at(written.len() - 2);
                        assert_eq!(end, "\r\n");
                        for (n, line) in body.split("\r\n").enumerate() {
                            let plain = letter == "a" && !line.contains("=?");
                            assert!(line.len() <= 78 || plain && line.len() <= 998, "{line:?}");
                            assert!(n == 0 || line.starts_with(' ') && !line.trim().is_empty());
                            assert!(!line.contains(['\r', '\n', '\t']) && line.is_ascii());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_word_of_exactly_the_limit_stays_plain() {
        for (n, plain) in [(899, true), (900, true), (901, false)] {
            let written = subject(&"a".repeat(n));
            assert_eq!(!written.contains("=?"), plain, "{n}");
        }
    }

    #[test]
    fn encoded_words_hold_whole_characters_and_at_most_75_octets() {
        let text = "\u{e9}\u{20ac}\u{1f600}a".repeat(50);
        for written in [subject(&text), subject(&alloc::format!("{text}{}", "abcdef".repeat(200)))]
        {
            for word in written.split_whitespace().skip(1) {
                assert!(word.len() <= 75, "{word}");
                let encoded = word.strip_suffix("?=").unwrap();
                let bytes = match encoded.split_at(BEGIN_B.len()) {
                    ("=?utf-8?b?", text) => base64::decode(text.as_bytes()).unwrap(),
                    (_, text) => {
                        let mut bytes = Vec::new();
                        let mut pieces = text.split('=');
                        bytes.extend_from_slice(pieces.next().unwrap().as_bytes());
                        for piece in pieces {
                            bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
                            bytes.extend_from_slice(&piece.as_bytes()[2..]);
                        }
                        bytes
                    }
                };
                assert!(String::from_utf8(bytes).is_ok(), "{word}");
            }
        }
    }
}
