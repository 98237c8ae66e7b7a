//! Commands.

use crate::types::{DateTime, FetchItem, Flags, Mailbox, NumberSet, Octets, SearchKey, StatusItem};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Secret;

/// What STORE does with the flags it is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoreAction {
    /// `FLAGS`: these and no others.
    Replace,
    /// `+FLAGS`: these too.
    Add,
    /// `-FLAGS`: not these.
    Remove,
}

/// Field and value pairs of the ID command (RFC 2971).
pub type Id = Vec<(String, Option<String>)>;

/// What APPEND says before the message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Append<'a> {
    /// Where to.
    pub mailbox: Mailbox<'a>,
    /// The flags that the message is to have.
    pub flags: Flags<'a>,
    /// Its internal date, if not now.
    pub date: Option<DateTime>,
}

/// A command (RFC 9051 section 6, RFC 3501 section 6). `uid` tells the UID form apart.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `CAPABILITY`.
    Capability,
    /// `NOOP`.
    Noop,
    /// `LOGOUT`.
    Logout,
    /// `STARTTLS`.
    StartTls,
    /// `AUTHENTICATE`.
    Authenticate {
        /// The mechanism.
        mechanism: Cow<'a, str>,
        /// The initial response, if there is one.
        initial: Option<Secret>,
    },
    /// `LOGIN`.
    Login {
        /// The user's name.
        user: Octets<'a>,
        /// The password.
        password: Secret,
    },
    /// `ID` (RFC 2971).
    Id(Id),
    /// `ENABLE` (RFC 5161), with the names as they came.
    Enable(Vec<Cow<'a, str>>),
    /// `SELECT`.
    Select(Mailbox<'a>),
    /// `EXAMINE`.
    Examine(Mailbox<'a>),
    /// `CREATE`.
    Create(Mailbox<'a>),
    /// `DELETE`.
    Delete(Mailbox<'a>),
    /// `RENAME`.
    Rename {
        /// The name that it has.
        from: Mailbox<'a>,
        /// The name that it gets.
        to: Mailbox<'a>,
    },
    /// `SUBSCRIBE`.
    Subscribe(Mailbox<'a>),
    /// `UNSUBSCRIBE`.
    Unsubscribe(Mailbox<'a>),
    /// `LIST`.
    List {
        /// What the pattern is relative to, on the wire.
        reference: Octets<'a>,
        /// A name with `*` and `%`, on the wire.
        pattern: Octets<'a>,
    },
    /// `LSUB` (RFC 3501).
    Lsub {
        /// What the pattern is relative to, on the wire.
        reference: Octets<'a>,
        /// A name with `*` and `%`, on the wire.
        pattern: Octets<'a>,
    },
    /// `NAMESPACE`.
    Namespace,
    /// `STATUS`.
    Status {
        /// The mailbox.
        mailbox: Mailbox<'a>,
        /// What is asked.
        items: Vec<StatusItem>,
    },
    /// `APPEND`, without the message. Sent by
    /// [`client::Connection::append`](crate::client::Connection::append).
    Append(Append<'a>),
    /// `IDLE` (RFC 2177). Sent by [`client::Connection::idle`](crate::client::Connection::idle).
    Idle,
    /// `CHECK` (RFC 3501).
    Check,
    /// `CLOSE`.
    Close,
    /// `UNSELECT` (RFC 3691).
    Unselect,
    /// `EXPUNGE`, or `UID EXPUNGE` of these (RFC 4315).
    Expunge {
        /// Which, in the UID form.
        uids: Option<NumberSet>,
    },
    /// `SEARCH`.
    Search {
        /// UID form: unique identifiers are answered.
        uid: bool,
        /// The charset that strings are in, if it is said.
        charset: Option<Octets<'a>>,
        /// What is looked for.
        key: SearchKey<'a>,
    },
    /// `FETCH`.
    Fetch {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// What of them; macros are written out.
        items: Vec<FetchItem<'a>>,
    },
    /// `STORE`.
    Store {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// What is done with the flags.
        action: StoreAction,
        /// `.SILENT`: the client does not want to be told.
        silent: bool,
        /// The flags.
        flags: Flags<'a>,
    },
    /// `COPY`.
    Copy {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// Where to.
        mailbox: Mailbox<'a>,
    },
    /// `MOVE` (RFC 6851).
    Move {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// Where to.
        mailbox: Mailbox<'a>,
    },
    /// Another command: its name, and what follows the space, as it came.
    Other {
        /// The name.
        name: Cow<'a, str>,
        /// The rest, with literals in it.
        rest: Cow<'a, [u8]>,
    },
}

impl Command<'_> {
    /// The name, without `UID`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Capability => "CAPABILITY",
            Self::Noop => "NOOP",
            Self::Logout => "LOGOUT",
            Self::StartTls => "STARTTLS",
            Self::Authenticate { .. } => "AUTHENTICATE",
            Self::Login { .. } => "LOGIN",
            Self::Id(_) => "ID",
            Self::Enable(_) => "ENABLE",
            Self::Select(_) => "SELECT",
            Self::Examine(_) => "EXAMINE",
            Self::Create(_) => "CREATE",
            Self::Delete(_) => "DELETE",
            Self::Rename { .. } => "RENAME",
            Self::Subscribe(_) => "SUBSCRIBE",
            Self::Unsubscribe(_) => "UNSUBSCRIBE",
            Self::List { .. } => "LIST",
            Self::Lsub { .. } => "LSUB",
            Self::Namespace => "NAMESPACE",
            Self::Status { .. } => "STATUS",
            Self::Append(_) => "APPEND",
            Self::Idle => "IDLE",
            Self::Check => "CHECK",
            Self::Close => "CLOSE",
            Self::Unselect => "UNSELECT",
            Self::Expunge { .. } => "EXPUNGE",
            Self::Search { .. } => "SEARCH",
            Self::Fetch { .. } => "FETCH",
            Self::Store { .. } => "STORE",
            Self::Copy { .. } => "COPY",
            Self::Move { .. } => "MOVE",
            Self::Other { name, .. } => name,
        }
    }

    /// Whether it is written with `UID` before its name.
    #[must_use]
    pub fn is_uid(&self) -> bool {
        match self {
            Self::Expunge { uids } => uids.is_some(),
            Self::Search { uid, .. }
            | Self::Fetch { uid, .. }
            | Self::Store { uid, .. }
            | Self::Copy { uid, .. }
            | Self::Move { uid, .. } => *uid,
            _ => false,
        }
    }
}
