//! What a parser must know besides the bytes.

use crate::types::Lenience;

/// What a parser must know besides the bytes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Grammar<'g> {
    /// What is too much.
    pub bounds: Bounds,
    /// What is taken although the grammar does not allow it.
    pub lenience: Lenience,
    /// Names of mailboxes are in UTF-8 (after ENABLE UTF8=ACCEPT or IMAP4rev2), not in modified
    /// UTF-7.
    pub utf8: bool,
    /// The offsets in the frame at which a literal was streamed past it: its octets are not there.
    /// In rising order.
    pub streamed: &'g [usize],
}

impl Default for Grammar<'_> {
    /// Forgiving, within the bounds of a server.
    fn default() -> Self {
        Self {
            bounds: Bounds::default(),
            lenience: Lenience::FORGIVING,
            utf8: false,
            streamed: &[],
        }
    }
}

impl<'g> Grammar<'g> {
    /// Nothing but what the RFCs allow.
    #[must_use]
    pub fn strict() -> Self {
        Self { lenience: Lenience::STRICT, ..Self::default() }
    }

    /// The same with another lenience.
    #[must_use]
    pub fn with_lenience(self, lenience: Lenience) -> Self {
        Self { lenience, ..self }
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The same with names of mailboxes in UTF-8 or not.
    #[must_use]
    pub fn with_utf8(self, utf8: bool) -> Self {
        Self { utf8, ..self }
    }

    pub(crate) fn with_streamed(self, streamed: &'g [usize]) -> Self {
        Self { streamed, ..self }
    }
}

/// How much of anything one command or response may hold. What is more is refused where it is
/// more, before anything is made of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Bounds {
    /// How deep parentheses, NOT and OR, THREAD and parts of messages may be nested.
    pub depth: u8,
    /// Octets of a tag. Dovecot takes 126.
    pub tag: usize,
    /// Octets of an atom or a quoted string.
    pub string: usize,
    /// Items of a list: flags, capabilities, attributes, items of FETCH.
    pub items: usize,
    /// Fields of ID (RFC 2971 allows 30).
    pub id: usize,
    /// Octets of the name of such a field (RFC 2971 allows 30).
    pub id_name: usize,
    /// Octets of the value of such a field (RFC 2971 allows 1,024).
    pub id_value: usize,
    /// Octets of the name of an entry of METADATA or ANNOTATION.
    pub entry: usize,
    /// Octets of the value of such an entry. Dovecot and Cyrus take 131,072.
    pub value: usize,
    /// Mailboxes that a filter of NOTIFY or ESEARCH names. Dovecot takes 100.
    pub mailboxes: usize,
    /// Keys of SEARCH, all levels together.
    pub keys: usize,
    /// Ranges of a set.
    pub ranges: usize,
    /// Numbers of a section: `BODY[1.2.3]` has three.
    pub section: usize,
    /// Parts of a body structure, all levels together.
    pub parts: usize,
    /// Wildcards of a LIST pattern.
    pub wildcards: usize,
}

impl Bounds {
    /// For a server whose client has not logged in: one level of parentheses, short strings.
    #[must_use]
    pub const fn before_login() -> Self {
        Self { depth: 1, string: 8 * 1024, ..Self::server() }
    }

    /// For a server.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            depth: 32,
            tag: 128,
            string: 128 * 1024,
            items: 1024,
            id: 30,
            id_name: 30,
            id_value: 1024,
            entry: 1024,
            value: 128 * 1024,
            mailboxes: 100,
            keys: 1000,
            ranges: 100_000,
            section: 100,
            parts: 10_000,
            wildcards: 32,
        }
    }

    /// For a client: mailboxes of a million messages are searched and listed.
    #[must_use]
    pub const fn client() -> Self {
        Self {
            depth: 64,
            string: 1 << 20,
            value: 1 << 20,
            items: 10_000,
            ranges: 1_000_000,
            wildcards: 10_000,
            ..Self::server()
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::server()
    }
}
