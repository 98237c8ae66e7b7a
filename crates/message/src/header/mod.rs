//! Fields: their names, their values, and what values mean.

mod address;
mod authentication;
mod content;
mod date;
mod encoded_word;
pub mod fields;
mod filename;
mod ids;
mod lex;
mod lists;
mod received;
mod small;
mod table;
mod tags;
mod words;

pub use address::{Address, AddressList, Mailbox, addresses};
pub use authentication::{AuthenticationResult, AuthenticationResults, ReceivedSpf};
pub use content::{
    ContentDisposition, ContentType, Parameter, decode_parameter, decode_parameter_of,
};
pub use date::{DateTime, ZoneKind};
pub use encoded_word::{text, text_of};
pub use fields::{KnownField, Value};
pub use filename::safe_filename;
pub use ids::{MessageIds, message_ids};
pub use lists::{ListCommand, ListId};
pub use received::Received;
pub use small::{Automation, Importance};
pub use tags::TagList;

use crate::mime::Name;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::keyword::Class;

/// `ftext`: what the name of a field is made of (RFC 5322 section 3.6.8).
const NAME: Class = Class::graphic().without(b":");

/// A field as it stands in a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Field<'a> {
    raw: &'a [u8],
    /// How long the name is; nothing for a line that is no field.
    name_len: usize,
    /// Where the value begins, behind the colon.
    value_at: usize,
    known: Name,
}

impl<'a> Field<'a> {
    /// A field from its octets, line ends included.
    #[must_use]
    pub fn new(raw: &'a [u8]) -> Self {
        let (name_len, value_at) = places(raw).unwrap_or_default();
        Self { raw, name_len, value_at, known: Name::at(raw, name_len) }
    }

    /// The same, where it is known how long the name is, and which; 0 when it is not.
    #[inline]
    pub(crate) fn with_name(raw: &'a [u8], name_len: u16, known: Name) -> Self {
        let name_len = usize::from(name_len);
        if name_len > 0 && raw.get(name_len) == Some(&b':') {
            return Self { raw, name_len, value_at: name_len + 1, known };
        }
        Self::new(raw)
    }

    /// All of it, line ends included.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The name, without white space before the colon; empty for a line that is no field.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.raw.get(..self.name_len).unwrap_or_default()
    }

    /// The value behind the colon, folded as it is, without its last line end.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        let value = self.raw.get(self.value_at..).unwrap_or_default();
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        value.strip_suffix(b"\r").unwrap_or(value)
    }

    /// The value on one line, white space at its ends removed (RFC 5322 section 2.2.3).
    #[must_use]
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        unfold(self.value())
    }

    /// The value as text: unfolded, encoded-words decoded, bytes that are not UTF-8 taken for
    /// Windows-1252.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        text(self.value())
    }

    /// The same, where bytes that are not UTF-8 are of this charset; see [`text_of`].
    #[must_use]
    pub fn text_of(&self, fallback: &[u8]) -> Cow<'a, str> {
        text_of(self.value(), fallback)
    }

    /// Whether the name is this, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }
}

/// How long the name of a field is, and where its value begins; `None` for a line that is no field.
/// White space between the name and the colon is accepted (RFC 5322 section 4.5).
fn places(field: &[u8]) -> Option<(usize, usize)> {
    let name_len = NAME.prefix(field);
    let rest = field.get(name_len..)?;
    let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let is_field = name_len > 0 && rest.get(spaces) == Some(&b':');
    is_field.then_some((name_len, name_len + spaces + 1))
}

/// A value on one line: line ends before white space are removed, and white space at the ends.
#[must_use]
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    let Some(mut end) = memchr::memchr2(b'\r', b'\n', value) else { return Cow::Borrowed(value) };
    let (mut out, mut rest) = (Vec::with_capacity(value.len()), value);
    // Every turn passes a line end.
    loop {
        out.extend_from_slice(rest.get(..end).unwrap_or_default());
        rest = rest.get(end + 1..).unwrap_or_default();
        match memchr::memchr2(b'\r', b'\n', rest) {
            Some(next) => end = next,
            None => {
                out.extend_from_slice(rest);
                return Cow::Owned(out);
            }
        }
    }
}

/// Text without what ends lines or strings: CR, LF and NUL become spaces.
pub(crate) fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    match memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()) {
        None => text,
        Some(_) => Cow::Owned(text.replace(['\r', '\n', '\0'], " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_at_the_colon() {
        let field = Field::new(b"Subject : a\r\n b: c\r\n");
        assert_eq!(field.name(), b"Subject");
        assert_eq!(field.value(), b" a\r\n b: c");
        assert_eq!(&*field.unfolded(), b"a b: c");
        assert_eq!(Field::new(b"no field\r\n").name(), b"");
        assert_eq!(Field::new(b": x\r\n").name(), b"");
    }
}
