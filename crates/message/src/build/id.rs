//! What messages and their parts are called.

use super::fold::{ATEXT, hex};
use alloc::borrow::Cow;
use alloc::string::String;
use mailwire_core::{Invalid, keyword::Class};

/// A `msg-id` of RFC 5322 section 3.6.4, without its `<` and `>`: names a message, or a part for
/// `cid:` links.
///
/// ```
/// use mailwire_message::build::MessageId;
///
/// let id = MessageId::new("<1234@example.org>")?;
/// assert_eq!(id.as_str(), "1234@example.org");
/// assert_eq!(MessageId::of("draft 7", "example.org")?.as_str(), "draft=207@example.org");
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct MessageId<'a>(Cow<'a, str>);

impl<'a> MessageId<'a> {
    /// The longest name, in octets.
    pub const LONGEST: usize = 512;

    /// Takes a name, with or without `<` and `>`. Anything printable will do, so that a reply can
    /// refer to what other programs call a message; names of one's own are `left@right`.
    ///
    /// # Errors
    ///
    /// When it is empty, too long, or holds a space, a control, `<`, `>`, or what is not US-ASCII.
    pub fn new(id: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        const ID: Class = Class::graphic().without(b"<>");
        let id = match id.into() {
            Cow::Borrowed(id) => Cow::Borrowed(bare(id)),
            Cow::Owned(id) if bare(&id).len() < id.len() => Cow::Owned(bare(&id).into()),
            owned => owned,
        };
        match ID.prefix(id.as_bytes()).min(Self::LONGEST) {
            0 => Err(Invalid { what: "a message id", at: 0 }),
            n if n < id.len() => Err(Invalid { what: "a message id", at: n }),
            _ => Ok(Self(id)),
        }
    }

    /// Makes a name of something that is unique in `domain`: a counter, a database key, a random
    /// number. Two different ones never make the same name.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new): when `unique` is empty or too long, or `domain` is no domain.
    pub fn of(unique: &str, domain: &str) -> Result<MessageId<'static>, Invalid> {
        let mut id = String::new();
        for b in unique.bytes() {
            if b != b'=' && ATEXT.holds(b) {
                id.push(char::from(b));
            } else {
                id.extend(['=', char::from(hex(b >> 4)), char::from(hex(b))]);
            }
        }
        let name = domain.bytes().all(|b| b == b'.' || ATEXT.holds(b));
        if id.is_empty() || domain.is_empty() || !name {
            return Err(Invalid { what: "a message id", at: id.len() });
        }
        id.push('@');
        id.push_str(domain);
        MessageId::new(id)
    }

    /// The name without `<` and `>`, as in a `cid:` link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn bare(id: &str) -> &str {
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_word() {
        for (id, at) in
            [("", 0), ("<>", 0), ("a b@c", 1), ("a@b\r\n", 3), ("a@b>", 3), ("\u{e9}@b", 0)]
        {
            assert_eq!(MessageId::new(id), Err(Invalid { what: "a message id", at }));
        }
        let long: String = core::iter::repeat_n('a', 513).collect();
        assert!(MessageId::new(&long[..511]).is_ok() && MessageId::new(&long[..512]).is_ok());
        assert!(MessageId::new(long).is_err());
    }

    #[test]
    fn ids_of_different_things_differ() {
        let id = |unique| MessageId::of(unique, "b").unwrap();

        assert_ne!(id("a=20"), id("a "));
        assert_eq!(id("\u{fc}").as_str(), "=C3=BC@b");
        assert!(MessageId::of("", "b").is_err() && MessageId::of("a", "b c").is_err());
    }
}
