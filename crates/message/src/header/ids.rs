//! Message identifiers (RFC 5322 sections 3.6.4 and 4.5.4).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The identifiers of a Message-ID, In-Reply-To, References or Content-ID, one after the other,
/// without their angle brackets. What is not in brackets is passed over, unless nothing is: then
/// words with an `@` count. White space in an identifier is removed; one that has none costs no
/// copy. A bracket that does not close ends at the next white space.
///
/// ```
/// use mailwire_message::header::MessageIds;
///
/// let ids: Vec<_> = MessageIds::new(b"Your mail of <a@b> (x)\r\n <\"c>d\"@e>").collect();
/// assert_eq!(ids, [&b"a@b"[..], &b"\"c>d\"@e"[..]]);
/// ```
#[derive(Clone, Debug)]
pub struct MessageIds<'a> {
    rest: &'a [u8],
    has_brackets: bool,
}

impl<'a> MessageIds<'a> {
    /// The identifiers of a value.
    #[must_use]
    pub fn new(value: &'a [u8]) -> Self {
        Self { rest: value, has_brackets: memchr::memchr(b'<', value).is_some() }
    }

    fn bare(&mut self) -> Option<&'a [u8]> {
        // Every turn consumes a word.
        loop {
            self.rest = self.rest.trim_ascii_start();
            let n = self.rest.iter().position(u8::is_ascii_whitespace).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(n);
            self.rest = rest;
            if word.is_empty() {
                return None;
            }
            if word.contains(&b'@') && !word.starts_with(b"(") {
                return Some(word);
            }
        }
    }
}

impl<'a> Iterator for MessageIds<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.has_brackets {
            return self.bare().map(Cow::Borrowed);
        }
        // Every turn consumes an identifier.
        loop {
            let start = memchr::memchr(b'<', self.rest)? + 1;
            let inside = self.rest.get(start..)?;
            let n = match end(inside) {
                Some(n) => n,
                None => {
                    let ends = |b: &u8| b.is_ascii_whitespace() || *b == b'<';
                    inside.iter().position(ends).unwrap_or(inside.len())
                }
            };
            let (id, rest) = inside.split_at(n);
            self.rest = rest;
            if id.iter().any(u8::is_ascii_whitespace) {
                let id: Vec<u8> = id.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
                if !id.is_empty() {
                    return Some(Cow::Owned(id));
                }
            } else if !id.is_empty() {
                return Some(Cow::Borrowed(id));
            }
        }
    }
}

/// Where the bracket closes; one that opens first says that it does not.
fn end(inside: &[u8]) -> Option<usize> {
    let at = memchr::memchr3(b'>', b'<', b'"', inside)?;
    match inside.get(at)? {
        b'>' => Some(at),
        b'<' => None,
        _ => {
            // A quoted local part: only one that closes before the bracket does counts.
            let quoted = inside.get(at + 1..)?;
            let close = memchr::memchr2(b'"', b'<', quoted)?;
            match quoted.get(close)? {
                b'"' => {
                    let from = at + 1 + close + 1;
                    let tail = inside.get(from..)?;
                    let n = memchr::memchr2(b'>', b'<', tail)?;
                    (tail.get(n) == Some(&b'>')).then_some(from + n)
                }
                _ => memchr::memchr(b'>', inside.get(..at + 1 + close)?),
            }
        }
    }
}

/// The message identifiers in a value as text; see [`MessageIds`].
#[must_use]
pub fn message_ids(value: &[u8]) -> Vec<String> {
    MessageIds::new(value).map(|id| String::from_utf8_lossy(&id).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_is_in_brackets() {
        for (value, expected) in [
            (" <a@b> (x) junk <c\r\n d@e>  <>", &["a@b", "cd@e"][..]),
            ("a@b", &["a@b"]),
            ("junk a@b x", &["a@b"]),
            ("<a@b <c@d>", &["a@b", "c@d"]),
            ("<a@b><c@d>,<e@f>", &["a@b", "c@d", "e@f"]),
            ("<\"a>b\"@c>", &["\"a>b\"@c"]),
            ("<\"a@b> <c@d>", &["\"a@b", "c@d"]),
            ("<a@b", &["a@b"]),
            ("<<a@b>>", &["a@b"]),
            ("", &[]),
        ] {
            assert_eq!(message_ids(value.as_bytes()), expected, "{value}");
        }
    }
}
