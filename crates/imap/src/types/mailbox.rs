//! Mailboxes and what is said of them.

use crate::types::Octets;
use crate::utf7;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Invalid;

/// The name of a mailbox, as it stands on the wire.
///
/// INBOX is the same in any case. Names made from text are written in modified UTF-7 (RFC 3501
/// section 5.1.3).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Mailbox<'a>(Octets<'a>);

impl<'a> Mailbox<'a> {
    /// The mailbox that every user has.
    #[must_use]
    pub fn inbox() -> Self {
        Self(Octets::parsed(Cow::Borrowed(b"INBOX")))
    }

    /// The mailbox called `name`, hierarchy delimiters and all.
    ///
    /// # Errors
    ///
    /// At a NUL.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Ok(Self::inbox());
        }
        let _ = Octets::new(name.as_bytes())?;
        Ok(Self(Octets::parsed(Cow::Owned(utf7::encode(name)))))
    }

    /// A name as it came.
    #[must_use]
    pub fn from_wire(name: Octets<'a>) -> Self {
        if name.as_bytes().eq_ignore_ascii_case(b"INBOX") { Self::inbox() } else { Self(name) }
    }

    /// The octets on the wire.
    #[must_use]
    pub fn as_wire(&self) -> &Octets<'a> {
        &self.0
    }

    /// Whether it is INBOX.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        self.0.as_bytes() == b"INBOX"
    }

    /// The name as text: modified UTF-7 decoded, or as it is when that is not what it is.
    #[must_use]
    pub fn name(&self) -> String {
        utf7::decode(self.0.as_bytes()).unwrap_or_else(|| self.0.to_text().into_owned())
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Mailbox<'static> {
        Mailbox(self.0.into_owned())
    }
}

/// What LIST says of a mailbox besides its name.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListAttribute<'a> {
    /// It has no mailboxes below it and can have none.
    Noinferiors,
    /// It cannot be selected.
    Noselect,
    /// The server marks it as interesting.
    Marked,
    /// It has nothing new.
    Unmarked,
    /// It has mailboxes below it (RFC 3348).
    HasChildren,
    /// It has none.
    HasNoChildren,
    /// It does not exist (RFC 5258).
    NonExistent,
    /// The user subscribed to it (RFC 5258).
    Subscribed,
    /// Another, with its backslash: the special uses of RFC 6154 are among these.
    Other(Cow<'a, str>),
}

impl ListAttribute<'_> {
    /// The attribute with its backslash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Noinferiors => "\\Noinferiors",
            Self::Noselect => "\\Noselect",
            Self::Marked => "\\Marked",
            Self::Unmarked => "\\Unmarked",
            Self::HasChildren => "\\HasChildren",
            Self::HasNoChildren => "\\HasNoChildren",
            Self::NonExistent => "\\NonExistent",
            Self::Subscribed => "\\Subscribed",
            Self::Other(name) => name,
        }
    }
}

/// A LIST or LSUB response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct List<'a> {
    /// What is said of the mailbox.
    pub attributes: Vec<ListAttribute<'a>>,
    /// What stands between the levels of its name; `None` when it has no levels.
    pub delimiter: Option<char>,
    /// Its name.
    pub mailbox: Mailbox<'a>,
}

/// What STATUS can ask for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StatusItem {
    /// How many messages there are.
    Messages,
    /// How many are recent (RFC 3501).
    Recent,
    /// The unique identifier that the next message will have at least.
    UidNext,
    /// The validity of unique identifiers.
    UidValidity,
    /// How many are not `\Seen`.
    Unseen,
    /// How many are `\Deleted` (RFC 9051).
    Deleted,
    /// Their octets together (RFC 8438).
    Size,
    /// The highest mod-sequence (RFC 7162).
    HighestModSeq,
}

impl StatusItem {
    pub(crate) const ALL: [Self; 8] = [
        Self::Messages,
        Self::Recent,
        Self::UidNext,
        Self::UidValidity,
        Self::Unseen,
        Self::Deleted,
        Self::Size,
        Self::HighestModSeq,
    ];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "MESSAGES",
            Self::Recent => "RECENT",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Unseen => "UNSEEN",
            Self::Deleted => "DELETED",
            Self::Size => "SIZE",
            Self::HighestModSeq => "HIGHESTMODSEQ",
        }
    }
}

/// A STATUS response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// What was asked, and the answer.
    pub items: Vec<(StatusItem, u64)>,
}

/// One namespace (RFC 2342).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Namespace<'a> {
    /// What names in it begin with, on the wire.
    pub prefix: Octets<'a>,
    /// What stands between its levels.
    pub delimiter: Option<char>,
}
