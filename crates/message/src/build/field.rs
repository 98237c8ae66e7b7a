//! Fields that the builder has no method for.

use alloc::borrow::Cow;
use mailwire_core::{Invalid, keyword, keyword::Class};

/// `ftext` of RFC 5322 section 3.6.8.
const FTEXT: Class = Class::graphic().without(b":");

/// Fields that the builder writes itself, each at most once.
const WRITTEN: [&str; 12] = [
    "Bcc",
    "Cc",
    "Date",
    "From",
    "In-Reply-To",
    "Message-ID",
    "MIME-Version",
    "References",
    "Reply-To",
    "Sender",
    "Subject",
    "To",
];

/// The name of a field that [`Builder`](super::Builder) does not write itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldName<'a>(Cow<'a, str>);

impl<'a> FieldName<'a> {
    /// The longest name, in octets: with its colon it fits on a line of 78.
    pub const LONGEST: usize = 76;

    /// Takes a name.
    ///
    /// # Errors
    ///
    /// When it is empty, too long or holds what a name may not, and for `Content-*` and the fields
    /// that have a method, of which there would be two.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let name = name.into();
        let bytes = name.as_bytes();
        let written = WRITTEN.iter().any(|known| name.eq_ignore_ascii_case(known))
            || keyword::strip(bytes, "Content-").is_some();
        check(&name)?;
        if written {
            return Err(Invalid { what: "an additional field's name", at: 0 });
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this is the name of a field.
pub(super) fn check(name: &str) -> Result<(), Invalid> {
    match FTEXT.prefix(name.as_bytes()).min(FieldName::LONGEST) {
        n if n == 0 || n < name.len() => Err(Invalid { what: "a field's name", at: n }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn names_are_words_that_the_builder_does_not_write() {
        for bad in
            ["", "a b", "a:", "a\r\nb", "\u{e9}", "content-type", "BCC", "mime-version", "Subject"]
        {
            assert!(FieldName::new(bad).is_err(), "{bad:?}");
        }
        for good in ["X-Mailer", "List-Id", "Contents", "!#"] {
            assert_eq!(FieldName::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_name_of_exactly_the_limit_is_taken() {
        for (n, good) in [(75, true), (76, true), (77, false)] {
            let name: String = core::iter::repeat_n('a', n).collect();
            assert_eq!(FieldName::new(name).is_ok(), good, "{n}");
        }
    }
}
