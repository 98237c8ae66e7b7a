//! What may stand on a command line.

use alloc::borrow::Cow;
use core::fmt;
use mailwire_core::Invalid;
use mailwire_core::keyword::Class;

/// A name or a password: any octets but CR, LF, NUL and the other controls of US-ASCII.
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct Argument<'a>(Cow<'a, [u8]>);

const PLAIN: Class = Class::none().with_range(b' ', 126).with_range(128, 255);

impl<'a> Argument<'a> {
    /// Checks `bytes`.
    ///
    /// # Errors
    ///
    /// At the first control character.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Invalid> {
        let bytes = bytes.into();
        match PLAIN.prefix(&bytes) {
            at if at < bytes.len() => Err(Invalid { what: "an argument", at }),
            _ => Ok(Self(bytes)),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl<'a> TryFrom<&'a str> for Argument<'a> {
    type Error = Invalid;

    fn try_from(text: &'a str) -> Result<Self, Invalid> {
        Self::new(text.as_bytes())
    }
}

/// A unique id (RFC 1939 section 7): 1 to 70 octets from `!` to `~`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UniqueId<'a>(&'a [u8]);

impl<'a> UniqueId<'a> {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// When it is empty (at 0), too long (at 70), or holds another octet.
    pub fn new(text: &'a str) -> Result<Self, Invalid> {
        let bad = |at| Err(Invalid { what: "a unique id", at });
        match Class::graphic().prefix(text.as_bytes()) {
            at if at < text.len() => bad(at),
            0 => bad(0),
            1..=70 => Ok(Self(text.as_bytes())),
            _ => bad(70),
        }
    }

    /// One of octets that are known to be from `!` to `~`, and not too many.
    #[inline]
    pub(crate) fn from_graphic(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The octets.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        // No other octets are in it.
        core::str::from_utf8(self.0).unwrap_or_default()
    }
}

impl fmt::Debug for UniqueId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UniqueId({:?})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    // POP3-C-12 of the robustness cases.
    #[test]
    fn controls_are_no_argument() {
        for bad in ["user\r\nDELE 1", "a\0", "a\x7f", "\t"] {
            assert!(Argument::try_from(bad).is_err(), "{bad:?}");
        }
        assert!(Argument::new(&b" a b \xe9"[..]).is_ok());
    }

    #[test]
    fn unique_id_of_exactly_the_limit_is_taken() {
        for (n, ok) in [(0, false), (1, true), (69, true), (70, true), (71, false)] {
            let text: String = core::iter::repeat_n('u', n).collect();
            assert_eq!(UniqueId::new(&text).is_ok(), ok, "{n}");
        }
        assert_eq!(UniqueId::new("a b").map_err(|e| e.at), Err(1));
    }
}
