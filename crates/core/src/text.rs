//! Text that may stand on a line of a protocol.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A value that may not go on the wire. No value of the wanted type exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} cannot hold the octet at {at}")]
pub struct Invalid {
    /// What was to be made: `text`, `a path`, `a keyword`.
    pub what: &'static str,
    /// The offset of the first octet that cannot stand there.
    pub at: usize,
}

/// Text without CR, LF or NUL: it cannot end the line that it stands on.
///
/// ```
/// use mailwire_core::Text;
///
/// assert!(Text::new("no relaying for you").is_ok());
/// assert!(Text::new("250 ok\r\n250 also ok").is_err());
/// assert_eq!(Text::lossy("bob\r\nEVIL").as_str(), "bob  EVIL");
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// When it holds CR, LF or NUL.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        match text.bytes().position(breaks_lines) {
            Some(at) => Err(Invalid { what: "text", at }),
            None => Ok(Self(text)),
        }
    }

    /// Makes text of anything: each CR, LF and NUL becomes a space. For replies that repeat what
    /// the peer sent.
    #[must_use]
    pub fn lossy(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.bytes().any(breaks_lines) {
            Self(Cow::Owned(text.replace(['\r', '\n', '\0'], " ")))
        } else {
            Self(text)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// The same text, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> Text<'_> {
        Text(Cow::Borrowed(&self.0))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> TryFrom<&'a str> for Text<'a> {
    type Error = Invalid;

    fn try_from(text: &'a str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl TryFrom<String> for Text<'_> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

fn breaks_lines(b: u8) -> bool {
    matches!(b, b'\r' | b'\n' | 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    // Design 1.5, trap 7.
    #[test]
    fn text_cannot_break_a_line() {
        for (text, at) in [("a\r\nb", 1), ("a\nb", 1), ("\r", 0), ("ab\0", 2)] {
            assert_eq!(Text::new(text), Err(Invalid { what: "text", at }));
            assert!(!Text::lossy(text).as_str().contains(['\r', '\n', '\0']));
        }
    }

    #[test]
    fn invalid_says_where_and_not_what() {
        let invalid = Text::new("pass\nword").unwrap_err();

        assert_eq!(invalid.to_string(), "text cannot hold the octet at 4");
    }
}
