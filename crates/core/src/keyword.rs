//! Case-insensitive keywords and classes of octets.

/// A set of octets, made at compile time.
///
/// ```
/// use mailwire_core::keyword::Class;
///
/// const DIGITS: Class = Class::none().with_range(b'0', b'9');
/// assert!(DIGITS.holds(b'7'));
/// assert_eq!(DIGITS.prefix(b"42 more"), 2);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Class([bool; 256]);

impl Class {
    /// No octet.
    #[must_use]
    pub const fn none() -> Self {
        Self([false; 256])
    }

    /// The printable octets of US-ASCII, space not among them: `%d33-126`.
    #[must_use]
    pub const fn graphic() -> Self {
        Self::none().with_range(33, 126)
    }

    /// These and the octets from `first` to `last`.
    #[must_use]
    pub const fn with_range(self, first: u8, last: u8) -> Self {
        self.set_range(first, last, true)
    }

    /// These less the octets from `first` to `last`.
    #[must_use]
    pub const fn without_range(self, first: u8, last: u8) -> Self {
        self.set_range(first, last, false)
    }

    /// These and `octets`.
    #[must_use]
    pub const fn with(self, octets: &[u8]) -> Self {
        self.set(octets, true)
    }

    /// These less `octets`.
    #[must_use]
    pub const fn without(self, octets: &[u8]) -> Self {
        self.set(octets, false)
    }

    /// Whether `b` is one.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
    #[inline]
    pub const fn holds(&self, b: u8) -> bool {
        self.0[b as usize]
    }

    /// How many octets at the start of `bytes` are of this class.
    #[must_use]
    #[inline]
    pub fn prefix(&self, bytes: &[u8]) -> usize {
        bytes.iter().position(|&b| !self.holds(b)).unwrap_or(bytes.len())
    }

    /// Whether all of `bytes` are.
    #[must_use]
    pub fn all(&self, bytes: &[u8]) -> bool {
        self.prefix(bytes) == bytes.len()
    }

    #[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
    const fn set_range(mut self, first: u8, last: u8, value: bool) -> Self {
        let mut b = first as usize;
        while b <= last as usize {
            self.0[b] = value;
            b += 1;
        }
        self
    }

    #[expect(clippy::indexing_slicing, reason = "`at` is below the length; an octet below 256")]
    const fn set(mut self, octets: &[u8], value: bool) -> Self {
        let mut at = 0;
        while at < octets.len() {
            self.0[octets[at] as usize] = value;
            at += 1;
        }
        self
    }
}

/// What follows `keyword` in `bytes`, when it begins with it in any case.
#[must_use]
#[inline]
pub fn strip<'a>(bytes: &'a [u8], keyword: &str) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(keyword.len())?;
    head.eq_ignore_ascii_case(keyword.as_bytes()).then_some(rest)
}

/// The first word of `bytes` and what follows the one space behind it.
#[must_use]
pub fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', bytes).and_then(|at| Some((bytes.get(..at)?, bytes.get(at + 1..)?)))
    {
        Some(parts) => parts,
        None => (bytes, &[]),
    }
}

/// `bytes` without spaces at either end.
#[must_use]
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// A number of nothing but digits that fits.
#[must_use]
#[inline]
pub fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |n, &b| {
        let digit = b.is_ascii_digit().then(|| b - b'0')?;
        n.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_they_were_made_of() {
        const ATOM: Class = Class::graphic().without(b"(){%*\"\\").without_range(b'0', b'3');

        assert!(ATOM.holds(b'a') && ATOM.holds(b'4'));
        assert!(!ATOM.holds(b' ') && !ATOM.holds(b'(') && !ATOM.holds(b'2') && !ATOM.holds(200));
        assert_eq!(ATOM.prefix(b"abc(d"), 3);
        assert!(ATOM.all(b"") && !ATOM.all(b"a b"));
    }

    #[test]
    fn keywords_have_no_case() {
        assert_eq!(strip(b"mail from:<a>", "MAIL FROM:"), Some(&b"<a>"[..]));
        assert_eq!(strip(b"mai", "MAIL"), None);
    }

    #[test]
    fn words_end_at_the_first_space() {
        assert_eq!(word(b"retr 1"), (&b"retr"[..], &b"1"[..]));
        assert_eq!(word(b"quit"), (&b"quit"[..], &b""[..]));
        assert_eq!(trim(b" \t a b "), b"a b");
    }

    #[test]
    fn numbers_are_digits_that_fit() {
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        for bad in [&b""[..], b"18446744073709551616", b"-1", b"1a", b" 1"] {
            assert_eq!(number(bad), None);
        }
    }
}
