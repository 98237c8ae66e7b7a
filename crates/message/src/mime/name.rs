//! The names of fields that have a type: each is known by its place in [`NAMES`].

use crate::header::fields::NAMES;

/// A name that is known, found by one comparison.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Name(u8);

impl Name {
    /// Any other.
    pub(crate) const OTHER: Self = Self(LAST + 1);
    /// A line that is no field.
    pub(crate) const NONE: Self = Self(LAST + 2);
    pub(crate) const CONTENT_DISPOSITION: Self = Self::known("Content-Disposition");
    pub(crate) const CONTENT_TRANSFER_ENCODING: Self = Self::known("Content-Transfer-Encoding");
    pub(crate) const CONTENT_TYPE: Self = Self::known("Content-Type");
    pub(crate) const MIME_VERSION: Self = Self::known("MIME-Version");

    /// A name in any case.
    pub(crate) fn of(name: &[u8]) -> Self {
        // What is shorter than the octets that are looked at gets some behind it.
        let mut field = [0; 8];
        match field.get_mut(..name.len()) {
            Some(start) => {
                start.copy_from_slice(name);
                Self::at(&field, name.len())
            }
            None => Self::at(name, name.len()),
        }
    }

    /// The name that a field begins with, which is `ftext`, where it is known how long it is.
    #[inline]
    pub(crate) fn at(field: &[u8], len: usize) -> Self {
        if len == 0 {
            return Self::NONE;
        }
        let Some((first, last)) = ends(field, len) else { return Self::alone(field, len) };
        let at = SLOTS.get(slot(first, last, len)).map_or(Self::OTHER.0, |&at| at);
        let Some(known) = KNOWN.get(usize::from(at)) else { return Self::OTHER };
        let differs = (known.first ^ first) | (known.last ^ last) | (known.name.len() ^ len) as u64;
        let is_it = differs == 0
            && (len <= 16 || is_same(field.get(8..len - 8), known.name.get(8..len - 8)));
        if is_it { Self(at) } else { Self::OTHER }
    }

    /// The same of a field that is hardly longer than its name.
    #[cold]
    fn alone(field: &[u8], len: usize) -> Self {
        Self::of(field.get(..len).unwrap_or_default())
    }

    /// Its place in [`NAMES`].
    pub(crate) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Whether a header may have one of it (RFC 5322 section 3.6, RFC 2045).
    pub(crate) fn is_single(self) -> bool {
        SINGLE & self.bit() != 0
    }

    /// Whether it says what a part is.
    pub(crate) fn is_structure(self) -> bool {
        const STRUCTURE: u64 = Name::CONTENT_TYPE.bit()
            | Name::CONTENT_TRANSFER_ENCODING.bit()
            | Name::CONTENT_DISPOSITION.bit();
        STRUCTURE & self.bit() != 0
    }

    /// One bit for each name.
    pub(crate) const fn bit(self) -> u64 {
        1 << self.0
    }

    /// The place of a name that is in [`NAMES`].
    #[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
    const fn known(name: &str) -> Self {
        let (first, last) = words(name.as_bytes());
        let at = SLOTS[slot(first, last, name.len())];
        assert!(NAMES[at as usize].len() == name.len());
        Self(at)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "there are fewer names than bits")]
const LAST: u8 = {
    assert!(NAMES.len() < 62, "more names than bits");
    NAMES.len() as u8 - 1
};

/// Those that a header may have one of.
#[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
const SINGLE: u64 = {
    let names = [
        "Date",
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Bcc",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Subject",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Content-ID",
        "Content-Description",
        "Content-Language",
        "Content-Location",
        "Content-MD5",
    ];
    let (mut bits, mut at) = (0, 0);
    while at < names.len() {
        bits |= Name::known(names[at]).bit();
        at += 1;
    }
    bits
};

#[derive(Clone, Copy)]
struct Known {
    name: &'static [u8],
    /// The first and the last eight octets, with small letters.
    first: u64,
    last: u64,
}

#[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
static KNOWN: [Known; NAMES.len()] = {
    let mut all = [Known { name: b"", first: 0, last: 0 }; NAMES.len()];
    let mut at = 0;
    while at < all.len() {
        let name = NAMES[at].as_bytes();
        let (first, last) = words(name);
        all[at] = Known { name, first, last };
        at += 1;
    }
    all
};

/// The place in [`NAMES`] of each name, by its slot; what is no place where there is none.
#[allow(clippy::cast_possible_truncation, reason = "there are fewer names than bits")]
#[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
static SLOTS: [u8; 256] = {
    let (mut slots, mut at) = ([u8::MAX; 256], 0);
    while at < NAMES.len() {
        let (first, last) = words(NAMES[at].as_bytes());
        let slot = slot(first, last, NAMES[at].len());
        assert!(slots[slot] == u8::MAX, "two names in one slot: another factor is needed");
        slots[slot] = at as u8;
        at += 1;
    }
    slots
};

/// Where to look for a name. With this factor no two known names have the same.
const fn slot(first: u64, last: u64, len: usize) -> usize {
    let sum = (first ^ last.rotate_left(5)).wrapping_add(len as u64);
    (sum.wrapping_mul(0x65b6_75cd_0492_c4f5) >> 56) as usize
}

/// All octets with the bit that tells small letters from large ones.
const CASE: u64 = u64::from_ne_bytes([0x20; 8]);

/// The octets that a name of this length has among the first eight.
const fn mask(len: usize) -> u64 {
    if len < 8 { (1 << (8 * len)) - 1 } else { u64::MAX }
}

/// The first and the last eight octets of a name that a field begins with, with small letters, and
/// nothing where it has none. `None` when the field is shorter than that.
#[inline]
fn ends(field: &[u8], len: usize) -> Option<(u64, u64)> {
    let word = |bytes: &[u8; 8]| (u64::from_le_bytes(*bytes) | CASE) & mask(len);
    let last = field.get(len.saturating_sub(8)..)?.first_chunk()?;
    Some((word(field.first_chunk()?), word(last)))
}

/// The same of a name.
#[allow(clippy::indexing_slicing, reason = "no more is looked at than there is")]
const fn words(name: &[u8]) -> (u64, u64) {
    let (mut first, mut last, mut at) = (0, 0, 0);
    let start = name.len().saturating_sub(8);
    while at < 8 && at < name.len() {
        first |= ((name[at] | 0x20) as u64) << (8 * at);
        last |= ((name[start + at] | 0x20) as u64) << (8 * at);
        at += 1;
    }
    (first, last)
}

/// Whether two pieces of names, which are `ftext`, are the same in any case.
fn is_same(name: Option<&[u8]>, known: Option<&[u8]>) -> bool {
    name.zip(known).is_some_and(|(name, known)| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_no_other() {
        for (place, name) in NAMES.iter().enumerate() {
            for name in [name.to_ascii_lowercase(), name.to_ascii_uppercase(), (*name).into()] {
                assert_eq!(Name::of(name.as_bytes()).place(), place, "{name}");
                for tail in ["", ": ", ": a long value", "\r\n"] {
                    let field = std::format!("{name}{tail}");
                    assert_eq!(Name::at(field.as_bytes(), name.len()).place(), place, "{field}");
                }
            }
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = b'~';
                assert_eq!(Name::of(&other), Name::OTHER, "{name} at {at}");
                assert_eq!(
                    Name::of(&name.as_bytes()[..at]).place() < NAMES.len(),
                    at > 0 && NAMES.iter().any(|it| it.eq_ignore_ascii_case(&name[..at]))
                );
            }
        }
        assert_eq!(Name::of(b"X-To"), Name::OTHER);
        assert_eq!(Name::of(b""), Name::NONE);
    }

    #[test]
    fn most_of_rfc5322_and_of_mime_is_there_once() {
        for (name, expected) in [
            ("Date", true),
            ("bcc", true),
            ("Received", false),
            ("Content-MD5", true),
            ("MIME-Version", true),
            ("Comments", false),
            ("Resent-From", false),
            ("X", false),
        ] {
            assert_eq!(Name::of(name.as_bytes()).is_single(), expected, "{name}");
        }
        assert!(!Name::NONE.is_single());
    }
}
