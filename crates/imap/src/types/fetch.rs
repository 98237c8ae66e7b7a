//! What FETCH asks for and what comes back.

use crate::types::{
    Annotations, Binary, BodyStructure, DateTime, Envelope, FetchItems, Flags, ObjectId, Octets,
    Raw,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Something that FETCH can ask for (RFC 9051 section 6.4.5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FetchItem<'a> {
    /// `BODY`: the structure without extension data.
    Body,
    /// `BODY[section]<partial>`.
    BodySection {
        /// Which part of the message.
        section: Section<'a>,
        /// `BODY.PEEK`: does not set `\Seen`.
        peek: bool,
        /// Which octets of it.
        partial: Option<Partial>,
    },
    /// `BODYSTRUCTURE`.
    BodyStructure,
    /// `ENVELOPE`.
    Envelope,
    /// `FLAGS`.
    Flags,
    /// `INTERNALDATE`.
    InternalDate,
    /// `RFC822`: as `BODY[]` (RFC 3501).
    Rfc822,
    /// `RFC822.HEADER`: as `BODY.PEEK[HEADER]` (RFC 3501).
    Rfc822Header,
    /// `RFC822.SIZE`.
    Rfc822Size,
    /// `RFC822.TEXT`: as `BODY[TEXT]` (RFC 3501).
    Rfc822Text,
    /// `UID`.
    Uid,
    /// `MODSEQ` (RFC 7162).
    ModSeq,
    /// `BINARY[part]<partial>` (RFC 3516).
    Binary {
        /// The numbers of the part; empty for the message itself.
        part: Vec<u32>,
        /// `BINARY.PEEK`: does not set `\\Seen`.
        peek: bool,
        /// Which octets of it.
        partial: Option<Partial>,
    },
    /// `BINARY.SIZE[part]` (RFC 3516).
    BinarySize(Vec<u32>),
    /// `EMAILID` (RFC 8474).
    EmailId,
    /// `THREADID` (RFC 8474).
    ThreadId,
    /// `SAVEDATE` (RFC 8514).
    SaveDate,
    /// `PREVIEW` (RFC 8970).
    Preview {
        /// Only if the server has it at hand.
        lazy: bool,
    },
    /// `ANNOTATION` (RFC 5257): entries and attributes, by patterns.
    Annotation {
        /// The entries.
        entries: Vec<Octets<'a>>,
        /// Their attributes.
        attributes: Vec<Octets<'a>>,
    },
    /// `X-GM-MSGID` (Gmail).
    GmMsgId,
    /// `X-GM-THRID` (Gmail).
    GmThrId,
    /// `X-GM-LABELS` (Gmail).
    GmLabels,
    /// Another, as it came.
    Other(Cow<'a, str>),
}

impl FetchItem<'_> {
    /// What the macro `FAST` stands for.
    #[must_use]
    pub fn fast() -> Vec<Self> {
        alloc::vec![Self::Flags, Self::InternalDate, Self::Rfc822Size]
    }

    /// What the macro `ALL` stands for.
    #[must_use]
    pub fn all() -> Vec<Self> {
        alloc::vec![Self::Flags, Self::InternalDate, Self::Rfc822Size, Self::Envelope]
    }

    /// What the macro `FULL` stands for.
    #[must_use]
    pub fn full() -> Vec<Self> {
        let mut items = Self::all();
        items.push(Self::Body);
        items
    }

    /// Whether a server that answers it sets `\Seen`.
    #[must_use]
    pub fn sets_seen(&self) -> bool {
        matches!(
            self,
            Self::BodySection { peek: false, .. }
                | Self::Binary { peek: false, .. }
                | Self::Rfc822
                | Self::Rfc822Text
        )
    }
}

/// Which octets of a section: from `offset`, at most `length`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Partial {
    /// The first octet, counted from 0.
    pub offset: u64,
    /// How many, at least 1.
    pub length: u64,
}

/// Which part of a message: `[1.2.HEADER]`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Section<'a> {
    /// The numbers, none of them 0; empty for the message itself.
    pub part: Vec<u32>,
    /// What of that part; `None` for all of it.
    pub text: Option<SectionText<'a>>,
}

/// What of a part (`section-msgtext`, and `MIME`).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum SectionText<'a> {
    /// The header of the message, or of the message that the part is.
    Header,
    /// The fields of these names, in any case.
    HeaderFields(Vec<Octets<'a>>),
    /// All fields but those of these names.
    HeaderFieldsNot(Vec<Octets<'a>>),
    /// The header of the part itself. Only with a part number.
    Mime,
    /// All but the header.
    Text,
}

/// A FETCH response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetch<'a> {
    /// The sequence number.
    pub seq: u32,
    /// What the server tells, in its order.
    pub data: FetchItems<'a>,
}

impl Fetch<'_> {
    /// The unique identifier, if it is told.
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        self.data.iter().find_map(|data| match data {
            FetchData::Uid(uid) => Some(*uid),
            _ => None,
        })
    }
}

/// One item of a FETCH response.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FetchData<'a> {
    /// `UID`.
    Uid(u32),
    /// `FLAGS`.
    Flags(Flags<'a>),
    /// `MODSEQ` (RFC 7162).
    ModSeq(u64),
    /// `INTERNALDATE`.
    InternalDate(DateTime),
    /// `RFC822.SIZE`, in octets with line ends as CRLF.
    Rfc822Size(u64),
    /// `ENVELOPE`.
    Envelope(Box<Envelope<'a>>),
    /// `BODY`.
    Body(Box<BodyStructure<'a>>),
    /// `BODYSTRUCTURE`.
    BodyStructure(Box<BodyStructure<'a>>),
    /// `BODY[section]<origin>`.
    BodySection(Box<BodySection<'a>>),
    /// `BINARY[part]<origin>` (RFC 3516).
    Binary(Box<Binary<'a>>),
    /// `BINARY.SIZE[part]` (RFC 3516).
    BinarySize(Box<BinarySize>),
    /// `RFC822` (RFC 3501).
    Rfc822(BodyItem<'a>),
    /// `RFC822.HEADER` (RFC 3501).
    Rfc822Header(BodyItem<'a>),
    /// `RFC822.TEXT` (RFC 3501).
    Rfc822Text(BodyItem<'a>),
    /// `EMAILID` (RFC 8474).
    EmailId(ObjectId<'a>),
    /// `THREADID` (RFC 8474), or NIL where the server has no threads.
    ThreadId(Option<ObjectId<'a>>),
    /// `SAVEDATE` (RFC 8514), or NIL where the mailbox does not keep it.
    SaveDate(Option<DateTime>),
    /// `PREVIEW` (RFC 8970), or NIL where it is not at hand.
    Preview(Option<Cow<'a, [u8]>>),
    /// `ANNOTATION` (RFC 5257).
    Annotation(Box<Annotations<'a>>),
    /// `X-GM-MSGID` (Gmail).
    GmMsgId(u64),
    /// `X-GM-THRID` (Gmail).
    GmThrId(u64),
    /// `X-GM-LABELS` (Gmail).
    GmLabels(Vec<Octets<'a>>),
    /// An item that is not one of these.
    Other(Box<OtherItem<'a>>),
    /// An item of a known name whose value does not fit the grammar. The others are not touched
    /// by it.
    Invalid(Box<InvalidItem<'a>>),
}

impl Default for FetchData<'_> {
    fn default() -> Self {
        Self::Uid(0)
    }
}

/// `BODY[section]<origin>` in a FETCH response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodySection<'a> {
    /// Which part.
    pub section: Section<'a>,
    /// The first octet, when not all of it was asked for.
    pub origin: Option<u64>,
    /// The octets.
    pub body: BodyItem<'a>,
}

/// `BINARY.SIZE[part]` in a FETCH response (RFC 3516 section 4.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BinarySize {
    /// The numbers of the part; empty for the message itself.
    pub part: Vec<u32>,
    /// How many octets it has when it is decoded.
    pub octets: u64,
}

/// An item of FETCH that is not known here, as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherItem<'a> {
    /// The name, with its brackets.
    pub name: Cow<'a, str>,
    /// The value, with literals in it.
    pub value: Raw<'a>,
}

/// An item of FETCH that is damaged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidItem<'a> {
    /// The name, with its brackets.
    pub name: Cow<'a, str>,
    /// The value as it came.
    pub raw: Raw<'a>,
    /// Where in the response it stops to fit, and what should stand there.
    pub why: mailwire_core::Syntax,
}

/// The octets of a body, or word of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BodyItem<'a> {
    /// The server has none: the part does not exist.
    Nil,
    /// Here they are.
    Inline(Cow<'a, [u8]>),
    /// There were so many, and they went by as events before this response.
    Streamed(u64),
}
