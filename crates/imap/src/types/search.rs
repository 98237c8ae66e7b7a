//! What SEARCH looks for.

use crate::types::{AnnotationKey, Day, Flag, NumberSet, ObjectId, Octets, Raw};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A condition on messages (RFC 3501 section 6.4.4). Never nested deeper than the grammar's limit
/// when it was parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SearchKey<'a> {
    /// All of these hold; empty is ALL.
    And(Vec<SearchKey<'a>>),
    /// All messages.
    All,
    /// The field Bcc holds this.
    Bcc(Octets<'a>),
    /// The internal date is before this day.
    Before(Day),
    /// The body holds this.
    Body(Octets<'a>),
    /// The field Cc holds this.
    Cc(Octets<'a>),
    /// The flag or keyword is set: ANSWERED, DELETED, DRAFT, FLAGGED, RECENT, SEEN, KEYWORD.
    Flag(Flag<'a>),
    /// The flag or keyword is not set: UNANSWERED, …, OLD, UNKEYWORD.
    NotFlag(Flag<'a>),
    /// The field From holds this.
    From(Octets<'a>),
    /// The field of this name holds this; an empty string asks only whether there is one.
    Header(Octets<'a>, Octets<'a>),
    /// More octets than this.
    Larger(u64),
    /// Recent and not seen.
    New,
    /// This does not hold.
    Not(Box<SearchKey<'a>>),
    /// The internal date is this day.
    On(Day),
    /// One of the two holds.
    Or(Box<SearchKey<'a>>, Box<SearchKey<'a>>),
    /// The field Date is before this day.
    SentBefore(Day),
    /// The field Date is this day.
    SentOn(Day),
    /// The field Date is this day or later.
    SentSince(Day),
    /// The internal date is this day or later.
    Since(Day),
    /// Fewer octets than this.
    Smaller(u64),
    /// The field Subject holds this.
    Subject(Octets<'a>),
    /// The header or the body holds this.
    Text(Octets<'a>),
    /// The field To holds this.
    To(Octets<'a>),
    /// The unique identifier is one of these.
    Uid(NumberSet),
    /// The sequence number is one of these.
    Sequence(NumberSet),
    /// The mod-sequence is this or higher (RFC 7162); of one entry and kind of it, if they are
    /// said.
    ModSeq {
        /// The entry (`/flags/\Seen`) and `priv`, `shared` or `all`.
        entry: Option<(Octets<'a>, MetadataScope)>,
        /// The mod-sequence.
        value: u64,
    },
    /// The internal date is within so many seconds before now (RFC 5032).
    Younger(u32),
    /// The internal date is at least so many seconds before now (RFC 5032).
    Older(u32),
    /// EMAILID is this (RFC 8474).
    EmailId(ObjectId<'a>),
    /// THREADID is this (RFC 8474).
    ThreadId(ObjectId<'a>),
    /// The save date is before this day (RFC 8514).
    SavedBefore(Day),
    /// The save date is this day (RFC 8514).
    SavedOn(Day),
    /// The save date is this day or later (RFC 8514).
    SavedSince(Day),
    /// The mailbox keeps save dates (RFC 8514).
    SaveDateSupported,
    /// Something like this holds (RFC 6203).
    Fuzzy(Box<SearchKey<'a>>),
    /// The filter of this name finds it (RFC 5466).
    Filter(Cow<'a, str>),
    /// An annotation holds this (RFC 5257).
    Annotation(Box<AnnotationKey<'a>>),
    /// What Gmail's own search finds.
    GmRaw(Octets<'a>),
    /// X-GM-MSGID is this (Gmail).
    GmMsgId(u64),
    /// X-GM-THRID is this (Gmail).
    GmThrId(u64),
    /// It has this label (Gmail).
    GmLabels(Octets<'a>),
    /// A key that is not known here, alone or up to the end of the command: its name, and what
    /// follows.
    Other(Cow<'a, str>, Raw<'a>),
}

/// Whose metadata.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetadataScope {
    /// The user's own.
    Private,
    /// Everyone's.
    Shared,
    /// Both.
    All,
}

impl<'a> SearchKey<'a> {
    /// This and that.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut keys) => {
                keys.push(other);
                Self::And(keys)
            }
            first => Self::And(alloc::vec![first, other]),
        }
    }

    /// This or that.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }

    /// Not this.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}
