//! Envelopes and body structures.

use crate::types::{Few, Raw};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A string of the server's, or NIL, which is not the empty string.
type NString<'a> = Option<Cow<'a, [u8]>>;

/// The header of a message, digested (RFC 9051 section 7.5.2). Strings are as in the header:
/// encoded-words are not decoded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Envelope<'a> {
    /// The field Date.
    pub date: NString<'a>,
    /// The field Subject.
    pub subject: NString<'a>,
    /// The authors. Empty for NIL, here and below.
    pub from: Addresses<'a>,
    /// Who sent it; the authors, if nobody else did.
    pub sender: Addresses<'a>,
    /// Where answers go; the authors, if nowhere else.
    pub reply_to: Addresses<'a>,
    /// To.
    pub to: Addresses<'a>,
    /// Cc.
    pub cc: Addresses<'a>,
    /// Bcc.
    pub bcc: Addresses<'a>,
    /// In-Reply-To.
    pub in_reply_to: NString<'a>,
    /// Message-ID.
    pub message_id: NString<'a>,
}

/// The addresses of a field; one costs no allocation.
pub type Addresses<'a> = Few<Address<'a>, 1>;

/// An address of an envelope. A group is a start (its name in `mailbox`, no `host`), its members,
/// and an end (neither).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Address<'a> {
    /// The display name.
    pub name: NString<'a>,
    /// A source route, which nobody uses.
    pub adl: NString<'a>,
    /// The local part, or the name of a group.
    pub mailbox: NString<'a>,
    /// The domain.
    pub host: NString<'a>,
}

/// Names and values of a Content-Type or Content-Disposition.
pub type Parameters<'a> = Few<(Cow<'a, [u8]>, Cow<'a, [u8]>), 1>;

/// A Content-Disposition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disposition<'a> {
    /// `inline`, `attachment`, ….
    pub kind: Cow<'a, [u8]>,
    /// Its parameters.
    pub parameters: Parameters<'a>,
}

/// How a message is made up (RFC 9051 section 7.5.2). Never nested deeper than the grammar's
/// limit when it was parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BodyStructure<'a> {
    /// A part that is not divided.
    Leaf(Leaf<'a>),
    /// A multipart.
    Multipart(Multipart<'a>),
}

impl Default for BodyStructure<'_> {
    fn default() -> Self {
        Self::Leaf(Leaf::default())
    }
}

/// A part that is divided.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Multipart<'a> {
    /// The parts; a server says at least one.
    pub parts: Vec<BodyStructure<'a>>,
    /// The subtype: `mixed`, `alternative`, ….
    pub subtype: Cow<'a, [u8]>,
    /// The parameters, of BODYSTRUCTURE only.
    pub parameters: Parameters<'a>,
    /// The disposition, of BODYSTRUCTURE only.
    pub disposition: Option<Disposition<'a>>,
    /// The languages, of BODYSTRUCTURE only.
    pub language: Few<Cow<'a, [u8]>, 1>,
    /// The location, of BODYSTRUCTURE only.
    pub location: NString<'a>,
    /// Whether there are extension data: in a BODYSTRUCTURE always, in a BODY where they were told.
    pub extended: bool,
    /// Extension data of later times, as they came.
    pub extensions: Raw<'a>,
}

/// A part that is not divided.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Leaf<'a> {
    /// `text`, `image`, ….
    pub kind: Cow<'a, [u8]>,
    /// `plain`, `png`, ….
    pub subtype: Cow<'a, [u8]>,
    /// The parameters of Content-Type.
    pub parameters: Parameters<'a>,
    /// Content-ID.
    pub id: NString<'a>,
    /// Content-Description.
    pub description: NString<'a>,
    /// Content-Transfer-Encoding.
    pub encoding: Cow<'a, [u8]>,
    /// Octets as encoded.
    pub octets: u64,
    /// What is told of text and messages.
    pub content: LeafKind<'a>,
    /// Content-MD5, of BODYSTRUCTURE only.
    pub md5: NString<'a>,
    /// The disposition, of BODYSTRUCTURE only.
    pub disposition: Option<Disposition<'a>>,
    /// The languages, of BODYSTRUCTURE only.
    pub language: Few<Cow<'a, [u8]>, 1>,
    /// The location, of BODYSTRUCTURE only.
    pub location: NString<'a>,
    /// Whether there are extension data: in a BODYSTRUCTURE always, in a BODY where they were told.
    pub extended: bool,
    /// Extension data of later times, as they came.
    pub extensions: Raw<'a>,
}

/// What is told of a part by its type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum LeafKind<'a> {
    /// Nothing more.
    #[default]
    Basic,
    /// `text/*`: how many lines.
    Text {
        /// Lines as encoded.
        lines: u64,
    },
    /// `message/rfc822`: what is inside.
    Message {
        /// Its envelope.
        envelope: Box<Envelope<'a>>,
        /// Its structure.
        body: Box<BodyStructure<'a>>,
        /// Lines as encoded.
        lines: u64,
    },
}
