//! Headers: where each field ends, and what is wrong with it.

use super::Name;
use super::delimiter::Found;
use super::scan::{Scanner, State, Token};
use crate::DefectKind;
use crate::octets::{below, marks, place, same};
use crate::rules::{Colons, Junk};
use memchr::{memchr, memchr2, memchr3};

/// A header as it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// Where it began.
    pub(super) start: u64,
    /// How many fields it has had.
    pub(super) fields: usize,
    /// Where in the field that is read its last line begins.
    pub(super) line: usize,
    /// Where in it stands a carriage return, a NUL, or a line of white space that should not.
    pub(super) bare_cr: Option<usize>,
    pub(super) nul: Option<usize>,
    pub(super) blank: Option<usize>,
}

impl Head {
    /// Where a line end is, or what should not be there and was not seen in this field before: what
    /// is binary has thousands of them.
    #[inline]
    fn find(&self, rest: &[u8]) -> Option<usize> {
        match (self.bare_cr, self.nul) {
            (None, None) => memchr3(b'\n', b'\r', 0, rest),
            (None, Some(_)) => memchr2(b'\n', b'\r', rest),
            (Some(_), None) => memchr2(b'\n', 0, rest),
            (Some(_), Some(_)) => memchr(b'\n', rest),
        }
    }
}

impl Scanner {
    /// Before the first field of the message.
    pub(super) fn preface(&mut self, bytes: &[u8], at_end: bool) -> Token {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let may_be = |start: &[u8]| !at_end && start.starts_with(bytes);
        if self.at == 0 && bytes.starts_with(MARK) {
            self.notes.add(DefectKind::ByteOrderMark, 0, 3);
            return Token::Rest(3);
        }
        if self.at == 0 && may_be(MARK) || may_be(b"From ") || may_be(b">From ") {
            return Token::NeedMore;
        }
        let line = bytes.strip_prefix(b">").unwrap_or(bytes).strip_prefix(b"From ");
        // A space before a colon makes no mailbox.
        let is_field = |line: &[u8]| matches!(line.first(), Some(b':' | b' ' | b'\t'));
        match line {
            Some([]) if !at_end => return Token::NeedMore,
            Some(line) if !is_field(line) => {
                self.notes.add(DefectKind::FromLine, self.at, self.at + 5);
                self.state = State::FromLine;
                return self.line_rest(bytes, at_end, Token::Rest, State::Header);
            }
            _ => {}
        }
        self.state = State::Header;
        self.header(bytes, at_end)
    }

    /// Passes octets up to a line end, after which `then` follows.
    pub(super) fn line_rest(
        &mut self,
        bytes: &[u8],
        at_end: bool,
        token: fn(usize) -> Token,
        then: State,
    ) -> Token {
        match memchr(b'\n', bytes) {
            Some(n) => {
                self.state = then;
                token(n + 1)
            }
            None if bytes.is_empty() && at_end => {
                self.state = then;
                token(0)
            }
            None if bytes.is_empty() => Token::NeedMore,
            None => token(bytes.len()),
        }
    }

    /// How many octets more the header may have.
    fn room(&self) -> u64 {
        let used = self.at - self.head.start;
        let all = (self.limits.headers as u64).saturating_sub(self.headers);
        (self.limits.header as u64).min(all).saturating_sub(used)
    }

    fn cut(&mut self, kind: DefectKind) -> Token {
        self.notes.add(kind, self.at, self.at);
        self.end_header(0, true)
    }

    /// A field as nearly all are, read at once: its length, its name and how long that is. `None`
    /// for all others and for what is no field, which [`header`](Self::header) reads, and these the
    /// same.
    pub(super) fn plain_field(&mut self, bytes: &[u8], at_end: bool) -> Option<(usize, Name, u16)> {
        if self.scanned > 0 || self.head.fields >= self.limits.fields {
            return None;
        }
        let name_len = name_len(bytes.get(..LONG_NAME).unwrap_or(bytes));
        let is_long = name_len > self.limits.name || name_len == LONG_NAME;
        if name_len == 0 || is_long || bytes.get(name_len) != Some(&b':') {
            return None;
        }
        if bytes.first() == Some(&b'-') && self.levels.any() {
            return None;
        }
        let (mut start, mut from) = (0, name_len);
        // Every turn passes a line end.
        let end = loop {
            let at = line_end(bytes, from)?;
            let end = match bytes.get(at..)? {
                [b'\n', ..] => at + 1,
                [b'\r', b'\n', ..] => at + 2,
                _ => return None,
            };
            // One of white space alone should not be there.
            let may_be_blank =
                start > 0 && matches!(bytes.get(from)?, b' ' | b'\t' | b'\r' | b'\n');
            if may_be_blank && bytes.get(start..at)?.trim_ascii().is_empty() {
                return None;
            }
            match bytes.get(end) {
                Some(b' ' | b'\t') => (start, from) = (end, end + 1),
                None if !at_end => return None,
                _ => break end,
            }
        };
        if end > self.limits.field || end as u64 > self.room() {
            return None;
        }
        let known = Name::at(bytes, name_len);
        if known.is_single() {
            let value = bytes.get(name_len + 1..end)?;
            let (start, notes) = (self.at, &mut self.notes);
            self.nature.look(known, value, &self.limits, &self.rules, &mut |kind| {
                notes.add(kind, start, start + end as u64);
            });
        }
        self.head.fields += 1;
        Some((end, known, u16::try_from(name_len).unwrap_or(u16::MAX)))
    }

    pub(super) fn header(&mut self, bytes: &[u8], at_end: bool) -> Token {
        match bytes {
            [b'\n', ..] => return self.end_header(1, false),
            [b'\r', b'\n', ..] => return self.end_header(2, false),
            [] | [b'\r'] if !at_end => return Token::NeedMore,
            [] => {
                if self.head.fields > 0 {
                    self.notes.add(DefectKind::NoEmptyLine, self.at, self.at);
                }
                return self.end_header(0, false);
            }
            [b'-', ..] if self.levels.any() => match self.levels.find(bytes, at_end, &self.rules) {
                Found::Unknown => return Token::NeedMore,
                Found::Yes(found) if self.divides(found) => {
                    self.notes.add(DefectKind::NoEmptyLine, self.at, self.at);
                    return self.end_header(0, false);
                }
                _ => {}
            },
            _ => {}
        }
        if self.head.fields >= self.limits.fields {
            return self.cut(DefectKind::TooManyFields);
        }
        // Every turn passes a line end, or an octet that should not be there.
        while let Some(n) = bytes.get(self.scanned..).and_then(|rest| self.head.find(rest)) {
            let at = self.scanned + n;
            let end = match (bytes.get(at), bytes.get(at + 1)) {
                (Some(b'\n'), _) => at + 1,
                (Some(b'\r'), Some(b'\n')) => at + 2,
                (Some(b'\r'), None) if !at_end => {
                    self.scanned = at;
                    break;
                }
                (Some(b'\r'), _) => {
                    self.head.bare_cr.get_or_insert(at);
                    self.scanned = at + 1;
                    continue;
                }
                _ => {
                    self.head.nul.get_or_insert(at);
                    self.scanned = at + 1;
                    continue;
                }
            };
            if end > self.limits.field {
                break;
            }
            // The field goes on where the next line begins with white space.
            match bytes.get(end) {
                Some(b' ' | b'\t') => {
                    self.folded(bytes, end);
                    self.scanned = end;
                }
                None if !at_end => {
                    self.scanned = at;
                    return Token::NeedMore;
                }
                _ => {
                    self.folded(bytes, end);
                    return self.field(bytes, end, false);
                }
            }
        }
        if bytes.len() > self.limits.field {
            return self.field(bytes, self.limits.field.max(1), true);
        }
        if at_end {
            return self.field(bytes, bytes.len(), false);
        }
        // All was looked at but a carriage return at the end.
        self.scanned = bytes.len() - usize::from(bytes.ends_with(b"\r"));
        Token::NeedMore
    }

    /// A line of a field ends; notes one that is blank.
    fn folded(&mut self, bytes: &[u8], end: usize) {
        let line = bytes.get(self.head.line..end).unwrap_or_default();
        if let [b' ' | b'\t', b' ' | b'\t' | b'\r' | b'\n', ..] = line {
            if line.trim_ascii().is_empty() {
                self.head.blank.get_or_insert(self.head.line);
            }
        }
        self.head.line = end;
    }

    fn field(&mut self, bytes: &[u8], len: usize, too_long: bool) -> Token {
        if len as u64 > self.room() {
            return self.cut(DefectKind::HeaderTooLong);
        }
        let field = bytes.get(..len).unwrap_or_default();
        let name_len = name_len(field);
        let (name, rest) = field.split_at_checked(name_len).unwrap_or_default();
        let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let strict = self.rules.colons == Colons::AtOnce && spaces > 0;
        let colon = !name.is_empty() && !strict && rest.get(spaces) == Some(&b':');
        let (start, end) = (self.at, self.at + len as u64);
        let name_end = start + name_len as u64;
        let mut known = Name::NONE;
        if !colon {
            self.notes.add(DefectKind::NotAField, start, end);
            if self.rules.junk == Junk::Body && !too_long {
                self.clear_field();
                return self.end_header(0, false);
            }
        } else if name_len > self.limits.name {
            self.notes.add(DefectKind::NameTooLong, start, name_end);
        } else {
            known = Name::of(name);
        }
        if colon && spaces > 0 {
            self.notes.add(DefectKind::SpaceBeforeColon, name_end, name_end + spaces as u64);
        }
        if known.is_single() {
            let value = rest.get(spaces + 1..).unwrap_or_default();
            let notes = &mut self.notes;
            self.nature.look(known, value, &self.limits, &self.rules, &mut |kind| {
                notes.add(kind, start, end);
            });
        }
        let Head { bare_cr, nul, blank, .. } = self.head;
        if bare_cr.is_some() || nul.is_some() || blank.is_some() {
            for (at, kind) in [
                (bare_cr, DefectKind::BareCr),
                (nul, DefectKind::Nul),
                (blank, DefectKind::BlankFoldedLine),
            ] {
                if let Some(at) = at.filter(|&at| at < len) {
                    self.notes.add(kind, start + at as u64, start + at as u64 + 1);
                }
            }
        }
        if too_long {
            self.notes.add(DefectKind::FieldTooLong, end, end);
            self.state = State::LongField;
        }
        self.clear_field();
        self.head.fields += 1;
        let name_len = if known == Name::NONE { 0 } else { name_len };
        Token::Field(len, known, u16::try_from(name_len).unwrap_or(u16::MAX))
    }

    fn clear_field(&mut self) {
        self.scanned = 0;
        let Head { start, fields, .. } = self.head;
        self.head = Head { start, fields, ..Head::default() };
    }

    /// The rest of a field that is longer than the limit.
    pub(super) fn long_field(&mut self, bytes: &[u8], at_end: bool) -> Token {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
        if room == 0 {
            return self.cut(DefectKind::HeaderTooLong);
        }
        let mut from = 0;
        // Every turn passes a line end.
        while let Some(n) = bytes.get(from..).and_then(|rest| memchr(b'\n', rest)) {
            let end = from + n + 1;
            match bytes.get(end) {
                Some(b' ' | b'\t') => from = end,
                None if !at_end => {
                    // What follows the line end is not known.
                    return match (end - 1).min(room) {
                        0 => Token::NeedMore,
                        n => Token::Rest(n),
                    };
                }
                _ if end > room => return Token::Rest(room),
                _ => {
                    self.state = State::Header;
                    return Token::Rest(end);
                }
            }
        }
        match bytes.len() {
            0 if at_end => {
                self.state = State::Header;
                self.header(bytes, at_end)
            }
            0 => Token::NeedMore,
            n => Token::Rest(n.min(room)),
        }
    }
}

/// How long no name is that is plain.
const LONG_NAME: usize = 128;

/// How many octets of a name a field begins with. Sixteen are looked at in one step.
#[inline]
fn name_len(field: &[u8]) -> usize {
    let mut at = 0;
    while let Some(octets) = field.get(at..).and_then(<[u8]>::first_chunk) {
        let marks =
            marks(octets, |word| word | below(word, b'!') | same(word, b':') | same(word, 0x7f));
        if marks != 0 {
            return at + place(marks);
        }
        at += 16;
    }
    let tail = field.get(at..).unwrap_or_default();
    at + tail.iter().position(|&b| !is_name(b)).unwrap_or(tail.len())
}

/// Where the first line feed, carriage return or NUL is from here on. Thirty-two octets are looked
/// at in one step.
#[inline]
fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    // Every turn passes an octet at least; hardly any is a control character that ends no line.
    loop {
        match bytes.get(at..).and_then(<[u8]>::first_chunk::<32>) {
            Some(octets) => {
                // Without branches, so that all are looked at at once.
                if octets.iter().map(|&b| u8::from(b <= b'\r')).fold(0, |any, is| any | is) == 0 {
                    at += 32;
                    continue;
                }
                let [one, two] = [octets.first_chunk()?, octets.last_chunk()?];
                let [one, two] = [one, two].map(|it| marks(it, |word| below(word, b'\r' + 1)));
                at += if one != 0 { place(one) } else { 16 + place(two) };
            }
            None => at += bytes.get(at..)?.iter().position(|&b| b <= b'\r')?,
        }
        match bytes.get(at)? {
            b'\n' | b'\r' | 0 => return Some(at),
            _ => at += 1,
        }
    }
}

/// `ftext`: what the name of a field is made of (RFC 5322 section 3.6.8).
fn is_name(b: u8) -> bool {
    b.is_ascii_graphic() && b != b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_at_what_is_none() {
        for b in 0..=255 {
            for at in 0..20 {
                let mut field = [b'x'; 20];
                field[at] = b;
                let expected = if is_name(b) { 20 } else { at };
                assert_eq!(name_len(&field), expected, "{b} at {at}");
            }
        }
    }

    #[test]
    fn lines_end_at_what_ends_them() {
        for b in 0..=255 {
            for at in 0..100 {
                let mut line = [b'x'; 100];
                // What stands behind the first is not told of, and is like it or not.
                line[at..].fill(b ^ 9);
                line[at] = b;
                let expected = line.iter().position(|b| matches!(b, b'\n' | b'\r' | 0));
                assert_eq!(line_end(&line, 0), expected, "{b} at {at}");
                assert_eq!(line_end(&line, at), expected, "{b} at {at}");
            }
        }
        assert_eq!(line_end(b"", 0), None);
    }
}
