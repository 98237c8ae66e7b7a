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

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::keyword::Class;

/// `ftext`: what the name of a field is made of (RFC 5322 section 3.6.8).
const NAME: Class = Class::graphic().without(b":");

/// A field as it stands in a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Field<'a> {
    raw: &'a [u8],
}

impl<'a> Field<'a> {
    /// A field from its octets, line ends included.
    #[must_use]
    pub fn new(raw: &'a [u8]) -> Self {
        Self { raw }
    }

    /// All of it, line ends included.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The name, and the value without its last line end.
    fn split(&self) -> (&'a [u8], &'a [u8]) {
        let (name, value) = split(self.raw).unwrap_or((&[], self.raw));
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        (name, value.strip_suffix(b"\r").unwrap_or(value))
    }

    /// The name, without white space before the colon; empty for a line that is no field.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.split().0
    }

    /// The value behind the colon, folded as it is, without its last line end.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.split().1
    }

    /// The value on one line, white space at its ends removed (RFC 5322 section 2.2.3).
    #[must_use]
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        unfold(self.value())
    }

    /// The value as text: unfolded, encoded-words decoded, bytes that are not UTF-8 taken for
    /// Windows-1252.
    #[must_use]
    pub fn text(&self) -> String {
        text(self.value())
    }

    /// The same, where bytes that are not UTF-8 are of this charset; see [`text_of`].
    #[must_use]
    pub fn text_of(&self, fallback: &[u8]) -> String {
        text_of(self.value(), fallback)
    }

    /// Whether the name is this, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The name and the value of a field; `None` for a line that is no field. White space between the
/// name and the colon is accepted (RFC 5322 section 4.5).
pub(crate) fn split(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let n = NAME.prefix(field);
    let (name, rest) = field.split_at_checked(n)?;
    let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let value = rest.get(spaces..)?.strip_prefix(b":")?;
    (n > 0).then_some((name, value))
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
pub(crate) fn clean(mut text: String) -> String {
    if text.contains(['\r', '\n', '\0']) {
        text = text.replace(['\r', '\n', '\0'], " ");
    }
    text
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
