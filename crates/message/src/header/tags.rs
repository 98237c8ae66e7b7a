//! Tag lists: DKIM-Signature, ARC-Seal, ARC-Message-Signature, Autocrypt (RFC 6376 section 3.2).

use alloc::borrow::Cow;

/// A list of `tag=value` with semicolons between. Nothing is read until it is asked for, nothing is
/// copied but values that are folded.
///
/// ```
/// use mailwire_message::header::TagList;
///
/// let signature = TagList::new(b" v=1; a=rsa-sha256; d=example.org;\r\n\tb=abc\r\n\t def");
/// assert_eq!(signature.tag("d").as_deref(), Some(&b"example.org"[..]));
/// assert_eq!(signature.tag("b").as_deref(), Some(&b"abcdef"[..]));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TagList<'a> {
    value: &'a [u8],
}

impl<'a> TagList<'a> {
    /// The list of a value.
    #[must_use]
    pub fn new(value: &'a [u8]) -> Self {
        Self { value }
    }

    /// The tags in their order, names and values as they stand but for white space at their ends.
    /// What has no `=` is passed over.
    pub fn tags(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.value.split(|&b| b == b';').filter_map(|tag| {
            let at = memchr::memchr(b'=', tag)?;
            let (name, value) = tag.split_at_checked(at)?;
            let name = name.trim_ascii();
            (!name.is_empty()).then(|| (name, value.get(1..).unwrap_or_default().trim_ascii()))
        })
    }

    /// The value of the first tag of this name, without any white space. Tag names have case.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        let (_, value) = self.tags().find(|(tag, _)| *tag == name.as_bytes())?;
        Some(match value.iter().any(u8::is_ascii_whitespace) {
            false => Cow::Borrowed(value),
            true => value.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect(),
        })
    }

    /// A tag that is a number: `t`, `x`, `l`, `i` of ARC.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        mailwire_core::keyword::number(&self.tag(name)?)
    }
}
