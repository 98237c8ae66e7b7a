//! What the header of a part says of what is inside, gathered field by field.

use super::lex::{Raw, Reader, parameters};
use super::{Name, TransferEncoding};
use crate::rules::{Boundaries, Duplicates, Rules};
use crate::{DefectKind, Limits};
use alloc::vec::Vec;

/// What a part turned out to be when its header was over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Inside {
    #[default]
    Leaf,
    Multipart,
    Message,
}

/// What the fields of one header say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nature {
    /// The names of the fields so far, by [`Name::bit`].
    seen: u64,
    inside: Inside,
    digest: bool,
    encoding: TransferEncoding,
    boundary: Vec<u8>,
    /// There is a boundary, which may be empty.
    has_boundary: bool,
    /// The boundary is longer than the limit: there is none.
    refused: bool,
}

impl Nature {
    /// Forgets all, for the next header.
    pub(crate) fn clear(&mut self) {
        self.boundary.clear();
        *self = Self { boundary: core::mem::take(&mut self.boundary), ..Self::default() };
    }

    pub(crate) fn has(&self, name: Name) -> bool {
        self.seen & name.bit() != 0
    }

    /// Looks at a field. The first of its name counts, or the last by the rules.
    #[inline]
    pub(crate) fn look(
        &mut self,
        name: Name,
        value: &[u8],
        limits: &Limits,
        rules: &Rules,
        note: &mut dyn FnMut(DefectKind),
    ) {
        if self.has(name) || name.is_structure() {
            self.look_inside(name, value, limits, rules, note);
        } else {
            self.seen |= name.bit();
        }
    }

    fn look_inside(
        &mut self,
        name: Name,
        value: &[u8],
        limits: &Limits,
        rules: &Rules,
        note: &mut dyn FnMut(DefectKind),
    ) {
        let second = self.has(name);
        self.seen |= name.bit();
        if second && name.is_single() {
            note(DefectKind::DuplicateField);
            if rules.duplicates == Duplicates::First {
                return;
            }
        }
        match name {
            Name::CONTENT_TYPE => self.content_type(value, limits, rules, note),
            Name::CONTENT_TRANSFER_ENCODING => self.encoding(value, note),
            Name::CONTENT_DISPOSITION => {
                let mut reader = Reader::new(value, rules);
                let _ = reader.word();
                let _ = scan(reader, b"filename", limits, rules, note);
            }
            _ => {}
        }
    }

    fn content_type(
        &mut self,
        value: &[u8],
        limits: &Limits,
        rules: &Rules,
        note: &mut dyn FnMut(DefectKind),
    ) {
        (self.inside, self.digest) = (Inside::Leaf, false);
        let mut reader = Reader::new(value, rules);
        let kind = reader.word();
        let slash = reader.is(b'/');
        let subtype = reader.word();
        if kind.value.is_empty() || !slash || subtype.value.is_empty() || kind.quoted {
            note(DefectKind::BadContentType);
            if kind.value.is_empty() || !slash {
                return;
            }
        }
        if kind.value.eq_ignore_ascii_case(b"message") {
            let is = |name: &[u8]| subtype.value.eq_ignore_ascii_case(name);
            if is(b"rfc822") || is(b"global") {
                self.inside = Inside::Message;
            } else if is(b"partial") || is(b"external-body") {
                note(DefectKind::Elsewhere);
            }
        } else if kind.value.eq_ignore_ascii_case(b"multipart") {
            self.inside = Inside::Multipart;
            self.digest = subtype.value.eq_ignore_ascii_case(b"digest");
        }
        let found = scan(reader.clone(), b"boundary", limits, rules, note);
        if self.inside != Inside::Multipart {
            return;
        }
        self.boundary.clear();
        self.has_boundary = false;
        match found {
            Found { plain: Some(raw), extended } => {
                raw.write(&mut self.boundary);
                self.has_boundary = rules.boundaries == Boundaries::Beginning;
                if extended {
                    note(DefectKind::ContinuedBoundary);
                }
            }
            Found { extended: true, .. } => {
                note(DefectKind::ContinuedBoundary);
                join(&reader, limits, &mut self.boundary);
            }
            _ => {}
        }
        self.check_boundary(limits, rules, note);
        self.has_boundary |= !self.boundary.is_empty();
    }

    fn check_boundary(&mut self, limits: &Limits, rules: &Rules, note: &mut dyn FnMut(DefectKind)) {
        let boundary = &mut self.boundary;
        let odd = |b: &u8| !matches!(b, b' '..=b'~');
        if boundary.len() > 70 || boundary.ends_with(b" ") || boundary.iter().any(odd) {
            note(DefectKind::BadBoundary);
        }
        if boundary.windows(2).any(|two| two == b"=?") && boundary.ends_with(b"?=") {
            note(DefectKind::EncodedWord);
        }
        if rules.boundaries == Boundaries::Beginning {
            boundary.truncate(BEGINNING);
        }
        self.refused = boundary.len() > limits.boundary;
        if self.refused {
            note(DefectKind::BoundaryTooLong);
            boundary.clear();
        }
    }

    fn encoding(&mut self, value: &[u8], note: &mut dyn FnMut(DefectKind)) {
        self.encoding = TransferEncoding::parse(value);
        let line = value.strip_suffix(b"\n").unwrap_or(value);
        let spaced = line.strip_suffix(b"\r").unwrap_or(line).ends_with(b" ");
        let value = value.trim_ascii();
        let plain = value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        if value.starts_with(b"=?") {
            note(DefectKind::EncodedWord);
        } else if value.contains(&b'(') {
            note(DefectKind::Comment);
        } else if self.encoding == TransferEncoding::Other {
            note(DefectKind::UnknownEncoding);
        } else if !plain || value.is_empty() || spaced {
            note(DefectKind::BadEncoding);
        }
    }

    /// What the part is, and of a multipart whether its parts are messages if they say nothing;
    /// `digest` when that is so of the multipart that it is in (RFC 2046 section 5.1.5).
    pub(crate) fn inside(&self, digest: bool, note: &mut dyn FnMut(DefectKind)) -> (Inside, bool) {
        let inside = match self.inside {
            Inside::Leaf if digest && !self.has(Name::CONTENT_TYPE) => Inside::Message,
            inside => inside,
        };
        let identity = self.encoding.is_identity();
        if inside != self.inside {
            note(DefectKind::ImpliedMessage);
        }
        match inside {
            Inside::Multipart if !self.has_boundary => {
                if !self.refused {
                    note(DefectKind::NoBoundary);
                }
                return (Inside::Leaf, false);
            }
            Inside::Multipart if !identity => note(DefectKind::EncodedMultipart),
            Inside::Message if self.encoding.is_decoded() => {
                note(DefectKind::EncodedMessage);
                return (Inside::Leaf, false);
            }
            _ => {}
        }
        (inside, self.digest)
    }

    pub(crate) fn boundary(&self) -> &[u8] {
        &self.boundary
    }
}

/// How much of a boundary Dovecot compares, in octets.
const BEGINNING: usize = 80;

struct Found<'a> {
    plain: Option<Raw<'a>>,
    /// There is one in pieces, or encoded.
    extended: bool,
}

/// Looks at all parameters; finds the one of this name.
fn scan<'a>(
    reader: Reader<'a>,
    wanted: &[u8],
    limits: &Limits,
    rules: &Rules,
    note: &mut dyn FnMut(DefectKind),
) -> Found<'a> {
    let mut found = Found { plain: None, extended: false };
    let mut reader = reader;
    // A number for each name that was seen.
    let mut names = [0u64; 128];
    let (mut duplicate, mut path, mut n) = (false, false, 0);
    while let Some(raw) = reader.parameter() {
        if n == limits.parameters {
            note(DefectKind::TooManyParameters);
            break;
        }
        let name = number(raw.name);
        duplicate |= names.iter().take(n).any(|&seen| seen == name);
        if let Some(place) = names.get_mut(n) {
            *place = name;
        }
        n += 1;
        path |= is_path(&raw);
        if raw.name.eq_ignore_ascii_case(wanted) {
            if found.plain.is_none() || rules.duplicates == Duplicates::Last {
                found.plain = Some(raw);
            }
        } else if section(raw.name, wanted).is_some() {
            found.extended = true;
        }
    }
    for (is, kind) in [
        (duplicate, DefectKind::DuplicateParameter),
        (path, DefectKind::UnescapedPath),
        (found.plain.is_some() && found.extended, DefectKind::ConflictingParameter),
        (reader.odd.comment, DefectKind::Comment),
        (reader.odd.open_quote, DefectKind::OpenQuote),
        (reader.odd.junk, DefectKind::BadParameter),
    ] {
        if is {
            note(kind);
        }
    }
    found
}

/// A path of Windows, quoted, whose backslashes are not escaped.
fn is_path(raw: &Raw<'_>) -> bool {
    match raw.value {
        [drive, b':', b'\\', next, ..] => {
            raw.quoted && drive.is_ascii_alphabetic() && *next != b'\\'
        }
        _ => false,
    }
}

/// A number that two names have in common when they are the same in any case, and hardly else.
fn number(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |sum, b| {
        (sum ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `name*` or `name*1` or `name*1*` (RFC 2231): the number, 0 for none, and whether it is encoded.
fn section(name: &[u8], wanted: &[u8]) -> Option<(usize, bool)> {
    let (base, rest) = name.split_at_checked(wanted.len())?;
    let rest = rest.strip_prefix(b"*").filter(|_| base.eq_ignore_ascii_case(wanted))?;
    if rest.is_empty() {
        return Some((0, true));
    }
    let (digits, encoded) = match rest.strip_suffix(b"*") {
        Some(digits) => (digits, true),
        None => (rest, false),
    };
    // No more than three digits: there are no more parameters than that.
    let number = core::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 3)?;
    Some((number.parse().ok()?, encoded))
}

/// Puts a boundary in pieces together, as far as they follow each other.
fn join(reader: &Reader<'_>, limits: &Limits, out: &mut Vec<u8>) {
    // Every turn finds another piece. No boundary needs more of them.
    for n in 0..PIECES {
        let piece = parameters(reader.clone(), limits)
            .find_map(|raw| Some((raw, section(raw.name, b"boundary").filter(|it| it.0 == n)?.1)));
        let Some((raw, encoded)) = piece else { return };
        let start = out.len();
        raw.write(out);
        if encoded {
            decode(out, start, n == 0);
        }
    }
}

/// How many pieces of a boundary are put together.
const PIECES: usize = 16;

/// Decodes percents from `start` on; the first piece has a charset and a language before it.
fn decode(out: &mut Vec<u8>, start: usize, first: bool) {
    let text = out.get(start..).unwrap_or_default();
    let mut quotes = text.iter().enumerate().filter(|(_, b)| **b == b'\'').map(|(at, _)| at);
    let skipped = if first { quotes.nth(1).map_or(0, |at| at + 1) } else { 0 };
    // In place: what is decoded is never longer.
    let (mut from, mut to) = (start + skipped, start);
    while let Some(&b) = out.get(from) {
        let escape = match out.get(from..from + 3) {
            Some(&[b'%', high, low]) => hex(high, low),
            _ => None,
        };
        from += if escape.is_some() { 3 } else { 1 };
        if let Some(place) = out.get_mut(to) {
            *place = escape.unwrap_or(b);
        }
        to += 1;
    }
    out.truncate(to);
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn boundary(value: &str) -> (Vec<u8>, Vec<DefectKind>) {
        let (mut nature, mut notes) = (Nature::default(), Vec::new());
        let (limits, rules) = (Limits::default(), Rules::default());
        nature.look(Name::CONTENT_TYPE, value.as_bytes(), &limits, &rules, &mut |kind| {
            notes.push(kind);
        });
        (nature.boundary, notes)
    }

    #[test]
    fn boundaries_are_found() {
        use DefectKind as D;
        for (value, expected, notes) in [
            ("multipart/mixed; boundary=A", "A", &[][..]),
            ("multipart/mixed; boundary=\"A \"", "A ", &[D::BadBoundary]),
            ("multipart/mixed; boundary*0=A; boundary*1=B", "AB", &[D::ContinuedBoundary]),
            ("multipart/mixed; boundary*=utf-8''A%42", "AB", &[D::ContinuedBoundary]),
            (
                "multipart/mixed; boundary((c))=\"A\"; boundary=B",
                "A",
                &[D::DuplicateParameter, D::Comment],
            ),
            (
                "multipart/mixed; BOUNDARY=A; boundary*=''B",
                "A",
                &[D::ConflictingParameter, D::ContinuedBoundary],
            ),
            (
                "multipart/mixed; boundary=\"=?us-ascii?q?A?=\"",
                "=?us-ascii?q?A?=",
                &[D::EncodedWord],
            ),
            ("multipart/mixed; boundary*99999999999999999999=A", "", &[]),
            ("multipart/mixed; boundary=A; name=\"c:\\a\\b\"", "A", &[D::UnescapedPath]),
            ("multipart/mixed; boundary=A; name=\"c:\\\\a\"", "A", &[]),
            ("multipart; boundary=A", "", &[D::BadContentType]),
        ] {
            let (found, noted) = boundary(value);
            assert_eq!(found.escape_ascii().to_string(), expected, "{value}");
            assert_eq!(noted, notes, "{value}");
        }
    }
}
