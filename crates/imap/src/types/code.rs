//! Response codes.

use crate::types::{Capabilities, Flags, NumberSet, ObjectId, Octets};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Syntax;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A response code (RFC 9051 section 7.1, RFC 5530, and the extensions).
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Code<'a> {
            $($(#[$doc])* $variant,)*
            /// The charset of SEARCH is not known; these are.
            BadCharset(Vec<Cow<'a, [u8]>>),
            /// What the server can do.
            Capability(Capabilities),
            /// The flags that can be changed for good.
            PermanentFlags(Flags<'a>),
            /// The unique identifier that the next message has at least.
            UidNext(u32),
            /// The validity of unique identifiers.
            UidValidity(u32),
            /// The first message that is not seen (RFC 3501).
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
            /// The highest mod-sequence (RFC 7162).
            HighestModSeq(u64),
            /// These messages changed meanwhile: STORE left them (RFC 7162).
            Modified(NumberSet),
            /// The name of the mailbox that outlives RENAME (RFC 8474).
            MailboxId(ObjectId<'a>),
            /// A URL of CATENATE or URLFETCH names nothing (RFC 4469).
            BadUrl(Cow<'a, str>),
            /// Ask there: URLs (RFC 2221, RFC 2193).
            Referral(Cow<'a, str>),
            /// METADATA (RFC 5464).
            Metadata(MetadataCode),
            /// How far a command got (RFC 9585).
            InProgress(Option<Progress<'a>>),
            /// Only so many messages were done; the last of them, if it is said (RFC 9738).
            MessageLimit(u32, Option<u32>),
            /// A filter of this name is not known (RFC 5466).
            UndefinedFilter(Cow<'a, str>),
            /// The result of the search of this tag is not kept up to date (RFC 5267).
            NoUpdate(Octets<'a>),
            /// These events are not known (RFC 5465).
            BadEvent(Vec<Octets<'a>>),
            /// The mechanisms of URLAUTH for the mailbox (RFC 4467): names, and `=` and a key.
            UrlMech(Vec<Cow<'a, str>>),
            /// How large annotations may be (RFC 5257): `READ-ONLY`, `NONE` or a number, and whether
            /// there are none of one's own.
            Annotations(Cow<'a, str>, bool),
            /// Why an annotation was not stored (RFC 5257): `TOOBIG` or `TOOMANY`.
            Annotate(Cow<'a, str>),
            /// CONVERT takes so many messages (RFC 5259).
            MaxConvertMessages(u32),
            /// CONVERT takes so many parts (RFC 5259).
            MaxConvertParts(u32),
            /// One that is not known here: the name, and what follows a space.
            Other(Cow<'a, str>, Option<Cow<'a, str>>),
            /// A known one whose arguments do not fit: what stands in the brackets.
            Invalid {
                /// What stands in the brackets.
                raw: Cow<'a, str>,
                /// Where in the response it stops to fit, and what should stand there.
                why: Syntax,
            },
        }

        impl Code<'_> {
            /// Those that say all by their name.
            pub(crate) const PLAIN: &'static [(&'static str, Code<'static>)] =
                &[$(($name, Code::$variant),)*];

            pub(crate) fn plain_name(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// Show the text to the user.
    Alert = "ALERT",
    /// A mailbox of this name exists (RFC 5530).
    AlreadyExists = "ALREADYEXISTS",
    /// The credentials are wrong (RFC 5530).
    AuthenticationFailed = "AUTHENTICATIONFAILED",
    /// The credentials are right, but not for that identity (RFC 5530).
    AuthorizationFailed = "AUTHORIZATIONFAILED",
    /// No comparator fits (RFC 5255).
    BadComparator = "BADCOMPARATOR",
    /// It never can be done (RFC 5530).
    Cannot = "CANNOT",
    /// The server thinks that the client is at fault (RFC 5530).
    ClientBug = "CLIENTBUG",
    /// The mailbox that was selected is no more.
    Closed = "CLOSED",
    /// The connection is compressed already (RFC 4978).
    CompressionActive = "COMPRESSIONACTIVE",
    /// Ask the administrator (RFC 5530).
    ContactAdmin = "CONTACTADMIN",
    /// Something is damaged on the server (RFC 5530).
    Corruption = "CORRUPTION",
    /// The credentials are too old (RFC 5530).
    Expired = "EXPIRED",
    /// Someone expunged messages (RFC 5530).
    ExpungeIssued = "EXPUNGEISSUED",
    /// There are mailboxes below it (RFC 9051).
    HasChildren = "HASCHILDREN",
    /// Someone uses it; try later (RFC 5530).
    InUse = "INUSE",
    /// More than the server allows (RFC 5530).
    Limit = "LIMIT",
    /// There is no such mailbox (RFC 5530).
    NonExistent = "NONEXISTENT",
    /// The user may not (RFC 5530).
    NoPerm = "NOPERM",
    /// The mailbox does not keep mod-sequences (RFC 7162).
    NoModSeq = "NOMODSEQ",
    /// The server stopped to tell of changes (RFC 5465).
    NotificationOverflow = "NOTIFICATIONOVERFLOW",
    /// The result was not saved as `$` (RFC 5182).
    NotSaved = "NOTSAVED",
    /// There is no more room (RFC 5530).
    OverQuota = "OVERQUOTA",
    /// A header could not be read.
    Parse = "PARSE",
    /// Not without TLS (RFC 5530).
    PrivacyRequired = "PRIVACYREQUIRED",
    /// The mailbox is read-only.
    ReadOnly = "READ-ONLY",
    /// The mailbox can be written.
    ReadWrite = "READ-WRITE",
    /// The server is at fault (RFC 5530).
    ServerBug = "SERVERBUG",
    /// A conversion cannot be done now (RFC 5259).
    TempFail = "TEMPFAIL",
    /// Slow down (Gmail, Dovecot).
    Throttled = "THROTTLED",
    /// The message is too large (RFC 4469, RFC 7889).
    TooBig = "TOOBIG",
    /// Batches cannot be that small (RFC 10022).
    TooSmall = "TOOSMALL",
    /// The mailbox does not exist; CREATE would help.
    TryCreate = "TRYCREATE",
    /// Unique identifiers are not kept (RFC 4315).
    UidNotSticky = "UIDNOTSTICKY",
    /// Not by sequence numbers (RFC 9586).
    UidRequired = "UIDREQUIRED",
    /// Something is not there now (RFC 5530).
    Unavailable = "UNAVAILABLE",
    /// The part cannot be decoded (RFC 3516).
    UnknownCte = "UNKNOWN-CTE",
    /// The special use is not possible here (RFC 6154).
    UseAttr = "USEATTR",
}

/// What METADATA has to say (RFC 5464).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetadataCode {
    /// The largest value that was left out, in octets.
    LongEntries(u64),
    /// A value is larger than this.
    MaxSize(u64),
    /// There are too many entries.
    TooMany,
    /// There are no entries of one's own.
    NoPrivate,
}

/// How far a command got (RFC 9585).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Progress<'a> {
    /// The tag of the command.
    pub tag: Option<Octets<'a>>,
    /// What is done.
    pub done: Option<u64>,
    /// What is to be done.
    pub goal: Option<u64>,
}

impl<'a> Code<'a> {
    /// A code that is only a name: `NONEXISTENT`, `TOOBIG`, or one that is not known here. What
    /// cannot stand in a code becomes `-`.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let known = Self::PLAIN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        if let Some((_, code)) = known {
            return code.clone();
        }
        if crate::types::string::ATOM.all(name.as_bytes()) {
            return Self::Other(Cow::Borrowed(name), None);
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        Self::Other(name.chars().map(|c| if fits(c) { c } else { '-' }).collect(), None)
    }
}
