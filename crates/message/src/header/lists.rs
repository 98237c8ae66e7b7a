//! List-* (RFC 2369, 2919, 8058).

use super::text;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What a List-Help, -Unsubscribe, -Subscribe, -Post, -Owner or -Archive says: what to open, the
/// best first.
///
/// ```
/// use mailwire_message::header::ListCommand;
///
/// let list = ListCommand::parse(b"<mailto:x@example.org?subject=a>,\r\n <https://example.org/> (web)");
/// assert_eq!(list.uris.len(), 2);
/// assert!(ListCommand::parse(b"NO (posting is not allowed)").is_no);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListCommand<'a> {
    /// The URIs, without white space and angle brackets (RFC 2369 section 2). No more than 32.
    pub uris: Vec<Cow<'a, [u8]>>,
    /// `NO`: it cannot be done (RFC 2369 section 3.4).
    pub is_no: bool,
}

impl<'a> ListCommand<'a> {
    /// Reads a value. What is not in angle brackets is passed over.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Self {
        const URIS: usize = 32;
        let mut list = Self::default();
        let mut rest = value.trim_ascii();
        let head = rest.get(..2).unwrap_or_default();
        let ends = rest.get(2).is_none_or(|b| !b.is_ascii_alphanumeric());
        list.is_no = head.eq_ignore_ascii_case(b"no") && ends;
        // Every turn consumes a bracket.
        while let Some(start) = memchr::memchr(b'<', rest) {
            let inside = rest.get(start + 1..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'>', inside) else { break };
            let (uri, tail) = inside.split_at(end);
            rest = tail;
            // All are looked at, which is cheaper than to stop at one: few have any.
            let is_white = |b: &u8| b.is_ascii_whitespace();
            let uri = match uri.iter().fold(false, |any, b| any | is_white(b)) {
                false => Cow::Borrowed(uri),
                true => uri.iter().copied().filter(|b| !is_white(b)).collect(),
            };
            if !uri.is_empty() && list.uris.len() < URIS {
                list.uris.push(uri);
            }
        }
        list
    }
}

/// A List-Id: `phrase <list-id>`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListId<'a> {
    /// What it is called, for people.
    pub name: Option<Cow<'a, str>>,
    /// The identifier, without angle brackets.
    pub id: &'a [u8],
}

impl<'a> ListId<'a> {
    /// Reads a value; one without angle brackets is all identifier.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let (name, id) = match memchr::memrchr(b'<', value) {
            Some(at) => {
                let (name, id) = value.split_at(at);
                let id = id.get(1..).unwrap_or_default();
                let end = memchr::memchr(b'>', id).unwrap_or(id.len());
                (name.trim_ascii(), id.get(..end).unwrap_or_default().trim_ascii())
            }
            None => (&[][..], value),
        };
        let name = name.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\"")).unwrap_or(name);
        let name = (!name.is_empty()).then(|| super::clean(text(name)));
        (!id.is_empty()).then_some(Self { name, id })
    }
}
