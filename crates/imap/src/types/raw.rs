//! What is not known here, as it came.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::Invalid;

/// Values of the grammar as they came: atoms, strings, literals and lists, with single spaces
/// between. Re-encodes byte for byte; a literal in it is announced as where it is written needs it.
///
/// ```
/// use mailwire_imap::types::Raw;
///
/// assert!(Raw::new(&b"(a {3}\r\nb c) \"d\""[..]).is_ok());
/// assert!(Raw::new(&b"(a"[..]).is_err() && Raw::new(&b"a\r\nb LOGOUT"[..]).is_err());
/// ```
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct Raw<'a>(Cow<'a, [u8]>);

impl<'a> Raw<'a> {
    /// Checks that `bytes` are whole values, or nothing.
    ///
    /// # Errors
    ///
    /// Where they stop being that.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, Invalid> {
        let bytes = bytes.into();
        let grammar = crate::parse::Grammar::strict();
        let mut cursor = crate::parse::Cursor::inside(&bytes, &grammar);
        let whole = cursor.raw_values().and_then(|_| cursor.end());
        whole.map_err(|syntax| Invalid { what: "raw values", at: syntax.at })?;
        Ok(Self(bytes))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Raw<'static> {
        Raw(Cow::Owned(self.0.into_owned()))
    }

    /// Octets that were parsed as values.
    pub(crate) fn parsed(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// The pieces between which literals stand, and the literals: text, then a literal, and so on.
    /// A literal's announcement is not in the text, but its `~` is.
    pub(crate) fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.0)
    }
}

/// A piece of raw values.
#[derive(Debug)]
pub(crate) enum Piece<'p> {
    Text(&'p [u8]),
    Literal(&'p [u8]),
}

/// Splits octets at the literals in them. Line ends that are no literal's are left out: a tolerant
/// reader takes a CR in quotes, and nobody may write one.
pub(crate) fn pieces(bytes: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    // Every turn consumes a line and the literal that it announces.
    loop {
        let Some(end) = memchr::memchr2(b'\r', b'\n', rest) else {
            pieces.push(Piece::Text(rest));
            return pieces;
        };
        let (line, after) = rest.split_at(end);
        let literal = announced(line)
            .and_then(|(head, n)| Some((head, after.strip_prefix(b"\r\n")?.split_at_checked(n)?)));
        match literal {
            Some((head, (octets, more))) => {
                pieces.push(Piece::Text(head));
                pieces.push(Piece::Literal(octets));
                rest = more;
            }
            None => {
                pieces.push(Piece::Text(line));
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
}

/// What stands before the literal that `line` announces, and how many octets it has.
fn announced(line: &[u8]) -> Option<(&[u8], usize)> {
    let inside = line.strip_suffix(b"}")?;
    let inside = inside.strip_suffix(b"+").or(inside.strip_suffix(b"-")).unwrap_or(inside);
    let open = memchr::memrchr(b'{', inside)?;
    let n = mailwire_core::keyword::number(inside.get(open + 1..)?)?;
    Some((line.get(..open)?, usize::try_from(n).ok()?))
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_that_is_no_literal_s_is_left_out_and_nothing_else() {
        let mut text = Vec::new();
        let mut literals = 0;
        for piece in pieces(b"(\"a {0}\rb\" {3}\r\nx\r\n c\n{9}\r\nd)") {
            match piece {
                Piece::Text(octets) => text.extend_from_slice(octets),
                Piece::Literal(octets) => {
                    assert_eq!(octets, b"x\r\n");
                    literals += 1;
                }
            }
        }
        assert_eq!((text.as_slice(), literals), (&b"(\"a {0}b\"  c{9}d)"[..], 1));
    }
}
