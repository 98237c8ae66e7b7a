//! Commands.

use crate::types::{
    AclCommand, AppendMessage, Bound, Convert, CreateOption, FetchItem, FetchModifier, Flags,
    GetAnnotation, GetMetadata, Id, ListQuery, Mailbox, MailboxAnnotation, MetadataEntry,
    MultiSearch, Notify, NumberSet, Octets, PushField, QuotaCommand, Raw, SearchKey, SearchReturn,
    SelectOption, Sort, StatusItem, StoreAnnotation, StoreLabels, StoreModifier, Thread,
    UrlAuthCommand,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
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

/// A command (RFC 9051 section 6, RFC 3501 section 6, and the extensions). `uid` tells the UID form
/// apart.
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
    /// `UNAUTHENTICATE` (RFC 8437).
    Unauthenticate,
    /// `COMPRESS` (RFC 4978), with the name of the algorithm.
    Compress(Cow<'a, str>),
    /// `LANGUAGE` (RFC 5255): those wanted, the best first.
    Language(Vec<Octets<'a>>),
    /// `COMPARATOR` (RFC 5255): those wanted, the best first.
    Comparator(Vec<Octets<'a>>),
    /// `GETJMAPACCESS` (RFC 9698).
    GetJmapAccess,
    /// `SELECT`.
    Select(Mailbox<'a>, Vec<SelectOption<'a>>),
    /// `EXAMINE`.
    Examine(Mailbox<'a>, Vec<SelectOption<'a>>),
    /// `CREATE`.
    Create(Mailbox<'a>, Vec<CreateOption<'a>>),
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
    List(ListQuery<'a>),
    /// `LSUB` (RFC 3501).
    Lsub {
        /// What the pattern is relative to, on the wire.
        reference: Octets<'a>,
        /// A name with `*` and `%`, on the wire.
        pattern: Octets<'a>,
    },
    /// `XLIST` (Gmail, before SPECIAL-USE).
    XList {
        /// What the pattern is relative to, on the wire.
        reference: Octets<'a>,
        /// A name with `*` and `%`, on the wire.
        pattern: Octets<'a>,
    },
    /// `RLIST` (RFC 2193): LIST, mailboxes on other servers too.
    RList {
        /// What the pattern is relative to, on the wire.
        reference: Octets<'a>,
        /// A name with `*` and `%`, on the wire.
        pattern: Octets<'a>,
    },
    /// `RLSUB` (RFC 2193): LSUB, mailboxes on other servers too.
    RLsub {
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
        items: Vec<StatusItem<'a>>,
    },
    /// `APPEND`, with its messages. A client streams a message by
    /// [`client::Connection::append`](crate::client::Connection::append), a server gets it by
    /// [`server::Event::Append`](crate::server::Event::Append).
    Append {
        /// Where to.
        mailbox: Mailbox<'a>,
        /// The messages: more than one by MULTIAPPEND (RFC 3502).
        messages: Vec<AppendMessage<'a>>,
    },
    /// `IDLE` (RFC 2177). Sent by [`client::Connection::idle`](crate::client::Connection::idle).
    Idle,
    /// `NOTIFY` (RFC 5465).
    Notify(Notify<'a>),
    /// `SETACL`, `DELETEACL`, `GETACL`, `LISTRIGHTS`, `MYRIGHTS` (RFC 4314).
    Acl(AclCommand<'a>),
    /// `GETQUOTA`, `GETQUOTAROOT`, `SETQUOTA` (RFC 9208).
    Quota(QuotaCommand<'a>),
    /// `GETMETADATA` (RFC 5464).
    GetMetadata(GetMetadata<'a>),
    /// `SETMETADATA` (RFC 5464).
    SetMetadata {
        /// The mailbox; an empty name is the server.
        mailbox: Mailbox<'a>,
        /// Entries and their values.
        entries: Vec<MetadataEntry<'a>>,
    },
    /// `GETANNOTATION` (ANNOTATEMORE).
    GetAnnotation(GetAnnotation<'a>),
    /// `SETANNOTATION` (ANNOTATEMORE).
    SetAnnotation {
        /// The mailboxes, by a pattern.
        mailbox: Octets<'a>,
        /// Entries and their attributes.
        entries: Vec<MailboxAnnotation<'a>>,
    },
    /// `GENURLAUTH`, `RESETKEY`, `URLFETCH` (RFC 4467).
    UrlAuth(UrlAuthCommand<'a>),
    /// `XAPPLEPUSHSERVICE` (Apple).
    ApplePush(Vec<PushField<'a>>),
    /// `CONVERSIONS` (RFC 5259).
    Conversions {
        /// From these types, by a pattern.
        from: Octets<'a>,
        /// To these types, by a pattern.
        to: Octets<'a>,
    },
    /// `ESEARCH` (RFC 7377).
    MultiSearch(Box<MultiSearch<'a>>),
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
        /// What is answered by ESEARCH (RFC 4731); `None`: a SEARCH response.
        returns: Option<Vec<SearchReturn<'a>>>,
        /// The charset that strings are in, if it is said.
        charset: Option<Octets<'a>>,
        /// What is looked for.
        key: SearchKey<'a>,
    },
    /// `SORT` (RFC 5256).
    Sort(Box<Sort<'a>>),
    /// `THREAD` (RFC 5256).
    Thread(Box<Thread<'a>>),
    /// `CANCELUPDATE` (RFC 5267), with the tags of the searches.
    CancelUpdate(Vec<Octets<'a>>),
    /// `UIDBATCHES` (RFC 10022).
    UidBatches {
        /// How many messages a batch has.
        size: u32,
        /// Which batches.
        range: Option<(u32, u32)>,
    },
    /// `FETCH`.
    Fetch {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// What of them; macros are written out.
        items: Vec<FetchItem<'a>>,
        /// Which of them (RFC 7162, RFC 9394).
        modifiers: Vec<FetchModifier<'a>>,
    },
    /// `CONVERT` (RFC 5259).
    Convert(Box<Convert<'a>>),
    /// `STORE` of flags.
    Store {
        /// UID form.
        uid: bool,
        /// Which messages.
        set: NumberSet,
        /// Which of them (RFC 7162).
        modifiers: Vec<StoreModifier<'a>>,
        /// What is done with the flags.
        action: StoreAction,
        /// `.SILENT`: the client does not want to be told.
        silent: bool,
        /// The flags.
        flags: Flags<'a>,
    },
    /// `STORE` of annotations (RFC 5257).
    StoreAnnotation(StoreAnnotation<'a>),
    /// `STORE` of labels (Gmail).
    StoreLabels(StoreLabels<'a>),
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
    /// `REPLACE` (RFC 8508).
    Replace {
        /// UID form.
        uid: bool,
        /// Which message.
        number: Bound,
        /// Where the new one goes.
        mailbox: Mailbox<'a>,
        /// The new one.
        message: Box<AppendMessage<'a>>,
    },
    /// Another command: its name, and what follows the space, as it came.
    Other {
        /// The name.
        name: Cow<'a, str>,
        /// The rest, with literals in it.
        rest: Raw<'a>,
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
            Self::Unauthenticate => "UNAUTHENTICATE",
            Self::Compress(_) => "COMPRESS",
            Self::Language(_) => "LANGUAGE",
            Self::Comparator(_) => "COMPARATOR",
            Self::GetJmapAccess => "GETJMAPACCESS",
            Self::Select(..) => "SELECT",
            Self::Examine(..) => "EXAMINE",
            Self::Create(..) => "CREATE",
            Self::Delete(_) => "DELETE",
            Self::Rename { .. } => "RENAME",
            Self::Subscribe(_) => "SUBSCRIBE",
            Self::Unsubscribe(_) => "UNSUBSCRIBE",
            Self::List(_) => "LIST",
            Self::Lsub { .. } => "LSUB",
            Self::XList { .. } => "XLIST",
            Self::RList { .. } => "RLIST",
            Self::RLsub { .. } => "RLSUB",
            Self::Namespace => "NAMESPACE",
            Self::Status { .. } => "STATUS",
            Self::Append { .. } => "APPEND",
            Self::Idle => "IDLE",
            Self::Notify(_) => "NOTIFY",
            Self::Acl(command) => command.name(),
            Self::Quota(command) => command.name(),
            Self::GetMetadata(_) => "GETMETADATA",
            Self::SetMetadata { .. } => "SETMETADATA",
            Self::GetAnnotation(_) => "GETANNOTATION",
            Self::SetAnnotation { .. } => "SETANNOTATION",
            Self::UrlAuth(command) => command.name(),
            Self::ApplePush(_) => "XAPPLEPUSHSERVICE",
            Self::Conversions { .. } => "CONVERSIONS",
            Self::MultiSearch(_) => "ESEARCH",
            Self::Check => "CHECK",
            Self::Close => "CLOSE",
            Self::Unselect => "UNSELECT",
            Self::Expunge { .. } => "EXPUNGE",
            Self::Search { .. } => "SEARCH",
            Self::Sort(_) => "SORT",
            Self::Thread(_) => "THREAD",
            Self::CancelUpdate(_) => "CANCELUPDATE",
            Self::UidBatches { .. } => "UIDBATCHES",
            Self::Fetch { .. } => "FETCH",
            Self::Convert(_) => "CONVERT",
            Self::Store { .. } | Self::StoreAnnotation(_) | Self::StoreLabels(_) => "STORE",
            Self::Copy { .. } => "COPY",
            Self::Move { .. } => "MOVE",
            Self::Replace { .. } => "REPLACE",
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
            | Self::Move { uid, .. }
            | Self::Replace { uid, .. } => *uid,
            Self::MultiSearch(search) => search.uid,
            Self::Sort(sort) => sort.uid,
            Self::Thread(thread) => thread.uid,
            Self::Convert(convert) => convert.uid,
            Self::StoreAnnotation(store) => store.uid,
            Self::StoreLabels(store) => store.uid,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Event;

    /// A command and what holds it are moved from call to call: what is rare and large in them is
    /// boxed.
    #[test]
    fn a_command_is_no_larger_than_it_must_be() {
        let sizes = [size_of::<SearchKey<'_>>(), size_of::<Command<'_>>(), size_of::<Event<'_>>()];
        assert!(sizes.iter().zip([56, 112, 152]).all(|(size, most)| *size <= most), "{sizes:?}");
    }
}
