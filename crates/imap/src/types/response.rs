//! Responses.

use crate::types::{
    Acl, Capabilities, Code, Comparator, Conversion, Converted, ESearch, Fetch, Flags, Id, List,
    ListRights, MailboxAnnotations, Metadata, MyRights, Namespace, NumberSet, Octets, PushField,
    Quota, QuotaRoot, Raw, Sorted, Status, ThreadNode, UidBatches, UrlData, Vanished,
};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Text;

/// How a command ended, or what a server says of itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// It succeeded.
    Ok,
    /// It failed.
    No,
    /// It was no command, or not legal here.
    Bad,
    /// The server closes the connection.
    Bye,
    /// The greeting of a connection that is authenticated already.
    PreAuth,
}

impl State {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Bye => "BYE",
            Self::PreAuth => "PREAUTH",
        }
    }
}

/// A state with its code and text: `OK [READ-WRITE] selected`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition<'a> {
    /// Success or failure.
    pub state: State,
    /// Why, for programs.
    pub code: Option<Code<'a>>,
    /// For humans.
    pub text: Text<'a>,
}

impl<'a> Condition<'a> {
    /// A condition without a code. CR, LF and NUL in the text become spaces.
    #[must_use]
    pub fn new(state: State, text: impl Into<Cow<'a, str>>) -> Self {
        Self { state, code: None, text: Text::lossy(text) }
    }

    /// The same with a code.
    #[must_use]
    pub fn with_code(self, code: Code<'a>) -> Self {
        Self { code: Some(code), ..self }
    }
}

/// A SEARCH response.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// The numbers, in the server's order.
    pub numbers: Vec<u32>,
    /// The highest mod-sequence of them (RFC 7162).
    pub mod_seq: Option<u64>,
}

impl From<Vec<u32>> for Found {
    fn from(numbers: Vec<u32>) -> Self {
        Self { numbers, mod_seq: None }
    }
}

/// A response of the server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Response<'a> {
    /// `tag OK …`: a command ended.
    Tagged {
        /// Which command.
        tag: Cow<'a, str>,
        /// How.
        condition: Condition<'a>,
    },
    /// `* OK …`: something that is not about a command.
    Condition(Condition<'a>),
    /// `+ …`: go on.
    Continue(Cow<'a, [u8]>),
    /// `CAPABILITY`.
    Capability(Capabilities),
    /// `ENABLED`.
    Enabled(Vec<Cow<'a, str>>),
    /// `ID`.
    Id(Id),
    /// `LIST`.
    List(List<'a>),
    /// `LSUB` (RFC 3501).
    Lsub(List<'a>),
    /// `XLIST` (Gmail).
    XList(List<'a>),
    /// `STATUS`.
    Status(Status<'a>),
    /// `NAMESPACE`: one's own, those of other users, shared ones.
    Namespace {
        /// One's own.
        personal: Vec<Namespace<'a>>,
        /// Those of other users.
        others: Vec<Namespace<'a>>,
        /// Those that are shared.
        shared: Vec<Namespace<'a>>,
    },
    /// `SEARCH`.
    Search(Found),
    /// `ESEARCH` (RFC 4731).
    ESearch(ESearch<'a>),
    /// `SORT` (RFC 5256).
    Sort(Sorted),
    /// `THREAD` (RFC 5256).
    Thread(Vec<ThreadNode>),
    /// `FLAGS`.
    Flags(Flags<'a>),
    /// `EXISTS`.
    Exists(u32),
    /// `RECENT` (RFC 3501).
    Recent(u32),
    /// `EXPUNGE`.
    Expunge(u32),
    /// `VANISHED` (RFC 7162).
    Vanished(Vanished),
    /// `FETCH`.
    Fetch(Fetch<'a>),
    /// `UIDFETCH` (RFC 9586): the number is a unique identifier.
    UidFetch(Fetch<'a>),
    /// `CONVERTED` (RFC 5259).
    Converted(Converted<'a>),
    /// `CONVERSION` (RFC 5259).
    Conversion(Conversion<'a>),
    /// `ACL` (RFC 4314).
    Acl(Acl<'a>),
    /// `LISTRIGHTS` (RFC 4314).
    ListRights(ListRights<'a>),
    /// `MYRIGHTS` (RFC 4314).
    MyRights(MyRights<'a>),
    /// `QUOTA` (RFC 9208).
    Quota(Quota<'a>),
    /// `QUOTAROOT` (RFC 9208).
    QuotaRoot(QuotaRoot<'a>),
    /// `METADATA` (RFC 5464).
    Metadata(Metadata<'a>),
    /// `ANNOTATION` (ANNOTATEMORE).
    Annotation(MailboxAnnotations<'a>),
    /// `LANGUAGE` (RFC 5255).
    Language(Vec<Octets<'a>>),
    /// `COMPARATOR` (RFC 5255).
    Comparator(Comparator<'a>),
    /// `GENURLAUTH` (RFC 4467): the URLs, with their access.
    GenUrlAuth(Vec<Octets<'a>>),
    /// `URLFETCH` (RFC 4467).
    UrlFetch(Vec<UrlData<'a>>),
    /// `UIDBATCHES` (RFC 10022).
    UidBatches(UidBatches<'a>),
    /// `JMAPACCESS` (RFC 9698): the URL of the JMAP session.
    JmapAccess(Octets<'a>),
    /// `XAPPLEPUSHSERVICE` (Apple).
    ApplePush(Vec<PushField<'a>>),
    /// Another response: what follows `* `, as it came.
    Other(Raw<'a>),
}

impl Response<'_> {
    /// The numbers of VANISHED or EXPUNGE as a set, if it is one of these.
    #[must_use]
    pub fn gone(&self) -> Option<NumberSet> {
        match self {
            Self::Expunge(seq) => Some(NumberSet::from(*seq)),
            Self::Vanished(vanished) => Some(vanished.uids.clone()),
            _ => None,
        }
    }
}
