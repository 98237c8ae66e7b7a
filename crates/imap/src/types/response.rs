//! Responses.

use crate::types::{Capabilities, Fetch, Flags, Id, List, Namespace, NumberSet, Status};
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

/// A response code (RFC 9051 section 7.1, RFC 5530, RFC 4315).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Code<'a> {
    /// Show the text to the user.
    Alert,
    /// The charset of SEARCH is not known; these are.
    BadCharset(Vec<Cow<'a, [u8]>>),
    /// What the server can do.
    Capability(Capabilities),
    /// A header could not be read.
    Parse,
    /// The flags that can be changed for good.
    PermanentFlags(Flags<'a>),
    /// The mailbox is read-only.
    ReadOnly,
    /// The mailbox can be written.
    ReadWrite,
    /// The mailbox does not exist; CREATE would help.
    TryCreate,
    /// The unique identifier that the next message has at least.
    UidNext(u32),
    /// The validity of unique identifiers.
    UidValidity(u32),
    /// The first message that is not seen.
    Unseen(u32),
    /// Where APPEND put the message (RFC 4315).
    AppendUid {
        /// The validity.
        validity: u32,
        /// The unique identifiers.
        uids: NumberSet,
    },
    /// Where COPY or MOVE put the messages (RFC 4315).
    CopyUid {
        /// The validity of the target.
        validity: u32,
        /// Where they were.
        from: NumberSet,
        /// Where they are.
        to: NumberSet,
    },
    /// Unique identifiers are not kept.
    UidNotSticky,
    /// The mailbox that was selected is no more.
    Closed,
    /// The highest mod-sequence (RFC 7162).
    HighestModSeq(u64),
    /// One that says all by its name (RFC 5530 and others), or one that is not known here: the
    /// name, and what follows a space.
    Other(Cow<'a, str>, Option<Cow<'a, str>>),
}

impl<'a> Code<'a> {
    /// A code that is only a name: `NONEXISTENT`, `ALREADYEXISTS`, `PRIVACYREQUIRED`, `TOOBIG`, ….
    /// What cannot stand in a code becomes `-`.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let fits = crate::types::string::ATOM.all(name.as_bytes());
        if fits {
            return Self::Other(Cow::Borrowed(name), None);
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        Self::Other(name.chars().map(|c| if fits(c) { c } else { '-' }).collect(), None)
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
    /// `LSUB`.
    Lsub(List<'a>),
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
    Search(Vec<u32>),
    /// `FLAGS`.
    Flags(Flags<'a>),
    /// `EXISTS`.
    Exists(u32),
    /// `RECENT`.
    Recent(u32),
    /// `EXPUNGE`.
    Expunge(u32),
    /// `FETCH`.
    Fetch(Fetch<'a>),
    /// Another response: what follows `* `, as it came.
    Other(Cow<'a, [u8]>),
}
