//! OBJECTID (RFC 8474): EMAILID, THREADID and MAILBOXID, which outlive moves and renames.

use crate::parse::{Cursor, Parsed};
use crate::types::string::ATOM;
use alloc::borrow::Cow;
use core::fmt;
use mailwire_core::keyword::Class;
use mailwire_core::{Invalid, Syntax};

/// The name of a message, a thread or a mailbox: letters, digits, `-` and `_`, up to 255.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectId<'a>(Cow<'a, str>);

const CHARS: Class =
    Class::none().with_range(b'0', b'9').with_range(b'A', b'Z').with_range(b'a', b'z').with(b"-_");

impl<'a> ObjectId<'a> {
    /// Checks `id`.
    ///
    /// # Errors
    ///
    /// At the first octet that cannot be in one, or past the 255th.
    pub fn new(id: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let id = id.into();
        match CHARS.prefix(id.as_bytes()) {
            n if n < id.len() || n == 0 || n > 255 => {
                Err(Invalid { what: "an object identifier", at: n.min(255) })
            }
            _ => Ok(Self(id)),
        }
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ObjectId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// objectid = 1*255(ALPHA / DIGIT / "_" / "-")
    /// ```
    pub(crate) fn object_id(&mut self) -> Parsed<ObjectId<'a>> {
        let at = self.position();
        let id = core::str::from_utf8(self.take_class(&ATOM)).unwrap_or_default();
        ObjectId::new(id)
            .map_err(|invalid| Syntax { at: at + invalid.at, expected: "an object identifier" })
    }

    /// `"(" objectid ")"`.
    pub(crate) fn object_id_in_parentheses(&mut self) -> Parsed<ObjectId<'a>> {
        self.expect(b'(', "`(`")?;
        let id = self.object_id()?;
        self.expect(b')', "`)`")?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ext::testing::{commands, responses};
    use alloc::string::String;

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["FETCH 1 (EMAILID THREADID)", "SEARCH EMAILID M1 THREADID T-1_b"]);
        responses(&[
            "1 FETCH (EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9))",
            "2 FETCH (THREADID NIL)",
            "STATUS \"foo\" (MESSAGES 1 MAILBOXID (F1))",
            "OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] done",
        ]);
    }

    #[test]
    fn identifiers_of_255_octets_are_taken() {
        for (n, ok) in [(254, true), (255, true), (256, false), (0, false)] {
            let id: String = core::iter::repeat_n('x', n).collect();
            assert_eq!(ObjectId::new(id).is_ok(), ok, "{n}");
        }
    }
}
