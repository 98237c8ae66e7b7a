//! What a server can do.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A capability by its name. [`docs/imap-capabilities.md`] says where each is.
        ///
        /// [`docs/imap-capabilities.md`]: https://github.com/mailwire/mailwire/blob/main/docs/imap-capabilities.md
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Capability {
            $($(#[$doc])* $variant,)*
            /// `AUTH=`: this mechanism.
            Auth(String),
            /// `APPENDLIMIT=` (RFC 7889): the largest message that APPEND takes anywhere.
            AppendLimitOf(u64),
            /// `MESSAGELIMIT=` (RFC 9738): the most messages of one command.
            MessageLimit(u32),
            /// `SAVELIMIT=` (RFC 9738): the most messages that `$` keeps.
            SaveLimit(u32),
            /// `QUOTA=RES-` (RFC 9208): a resource with a quota.
            QuotaResource(String),
            /// `RIGHTS=` (RFC 4314): rights besides those of RFC 2086.
            Rights(String),
            /// `IMAPSIEVE=` (RFC 6785): where scripts are kept.
            ImapSieve(String),
            /// Another, as it came.
            Other(String),
        }

        impl Capability {
            /// Those that are only a name, with it.
            pub const PLAIN: &'static [(&'static str, Self)] =
                &[$(($name, Self::$variant),)*];

            pub(crate) fn plain_name(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

capabilities! {
    /// IMAP4rev1 (RFC 3501).
    Imap4Rev1 = "IMAP4rev1",
    /// IMAP4rev2 (RFC 9051).
    Imap4Rev2 = "IMAP4rev2",
    /// STARTTLS.
    StartTls = "STARTTLS",
    /// LOGIN is refused here.
    LoginDisabled = "LOGINDISABLED",
    /// AUTHENTICATE takes an initial response (RFC 4959).
    SaslIr = "SASL-IR",
    /// Non-synchronising literals of any size (RFC 7888).
    LiteralPlus = "LITERAL+",
    /// Non-synchronising literals of up to 4,096 octets (RFC 7888).
    LiteralMinus = "LITERAL-",
    /// RFC 4314.
    Acl = "ACL",
    /// RFC 5257.
    Annotate = "ANNOTATE-EXPERIMENT-1",
    /// Cyrus, before METADATA.
    AnnotateMore = "ANNOTATEMORE",
    /// The largest message is told by STATUS (RFC 7889).
    AppendLimit = "APPENDLIMIT",
    /// RFC 3516.
    Binary = "BINARY",
    /// RFC 4469.
    Catenate = "CATENATE",
    /// RFC 3348.
    Children = "CHILDREN",
    /// RFC 4978.
    CompressDeflate = "COMPRESS=DEFLATE",
    /// RFC 7162.
    CondStore = "CONDSTORE",
    /// RFC 5267.
    ContextSearch = "CONTEXT=SEARCH",
    /// RFC 5267.
    ContextSort = "CONTEXT=SORT",
    /// RFC 5259.
    Convert = "CONVERT",
    /// RFC 6154.
    CreateSpecialUse = "CREATE-SPECIAL-USE",
    /// RFC 5161.
    Enable = "ENABLE",
    /// RFC 4731.
    ESearch = "ESEARCH",
    /// RFC 5267.
    ESort = "ESORT",
    /// RFC 5466.
    Filters = "FILTERS",
    /// RFC 5255.
    I18nLevel1 = "I18NLEVEL=1",
    /// RFC 5255.
    I18nLevel2 = "I18NLEVEL=2",
    /// RFC 2971.
    Id = "ID",
    /// RFC 2177.
    Idle = "IDLE",
    /// RFC 9585.
    InProgress = "INPROGRESS",
    /// RFC 9698.
    JmapAccess = "JMAPACCESS",
    /// RFC 5255.
    Language = "LANGUAGE",
    /// RFC 5258.
    ListExtended = "LIST-EXTENDED",
    /// RFC 9590.
    ListMetadata = "LIST-METADATA",
    /// RFC 8440.
    ListMyRights = "LIST-MYRIGHTS",
    /// RFC 5819.
    ListStatus = "LIST-STATUS",
    /// RFC 2221.
    LoginReferrals = "LOGIN-REFERRALS",
    /// RFC 2193.
    MailboxReferrals = "MAILBOX-REFERRALS",
    /// RFC 5464.
    Metadata = "METADATA",
    /// RFC 5464.
    MetadataServer = "METADATA-SERVER",
    /// RFC 6851.
    Move = "MOVE",
    /// RFC 3502.
    MultiAppend = "MULTIAPPEND",
    /// RFC 7377.
    MultiSearch = "MULTISEARCH",
    /// RFC 2342.
    Namespace = "NAMESPACE",
    /// RFC 5465.
    Notify = "NOTIFY",
    /// RFC 8474.
    ObjectId = "OBJECTID",
    /// draft-ietf-mailmaint-imap-objectid-bis.
    ObjectIdPlus = "OBJECTID+",
    /// RFC 9394.
    Partial = "PARTIAL",
    /// RFC 8970.
    Preview = "PREVIEW",
    /// Dovecot, before PREVIEW.
    PreviewFuzzy = "PREVIEW=FUZZY",
    /// RFC 7162.
    QResync = "QRESYNC",
    /// RFC 9208, RFC 2087.
    Quota = "QUOTA",
    /// RFC 9208.
    QuotaSet = "QUOTASET",
    /// RFC 8508.
    Replace = "REPLACE",
    /// RFC 8514.
    SaveDate = "SAVEDATE",
    /// RFC 6203.
    SearchFuzzy = "SEARCH=FUZZY",
    /// RFC 5182.
    SearchRes = "SEARCHRES",
    /// Dovecot, before PREVIEW.
    SnippetFuzzy = "SNIPPET=FUZZY",
    /// RFC 5256.
    Sort = "SORT",
    /// RFC 5957.
    SortDisplay = "SORT=DISPLAY",
    /// RFC 6154.
    SpecialUse = "SPECIAL-USE",
    /// RFC 8438.
    StatusSize = "STATUS=SIZE",
    /// RFC 5256.
    ThreadOrderedSubject = "THREAD=ORDEREDSUBJECT",
    /// RFC 5256.
    ThreadReferences = "THREAD=REFERENCES",
    /// Dovecot.
    ThreadRefs = "THREAD=REFS",
    /// RFC 10022.
    UidBatches = "UIDBATCHES",
    /// RFC 9586.
    UidOnly = "UIDONLY",
    /// RFC 4315.
    UidPlus = "UIDPLUS",
    /// RFC 8437.
    Unauthenticate = "UNAUTHENTICATE",
    /// RFC 3691.
    Unselect = "UNSELECT",
    /// RFC 5550.
    UrlPartial = "URL-PARTIAL",
    /// RFC 4467.
    UrlAuth = "URLAUTH",
    /// RFC 5524.
    UrlAuthBinary = "URLAUTH=BINARY",
    /// RFC 5524, as some servers call it.
    UrlFetchBinary = "URLFETCH=BINARY",
    /// RFC 6855.
    Utf8Accept = "UTF8=ACCEPT",
    /// RFC 6855.
    Utf8Only = "UTF8=ONLY",
    /// RFC 5032.
    Within = "WITHIN",
    /// Apple.
    ApplePush = "XAPPLEPUSHSERVICE",
    /// Gmail.
    GmExt1 = "X-GM-EXT-1",
    /// Gmail, before SPECIAL-USE.
    XList = "XLIST",
    /// Gmail.
    Xyzzy = "XYZZY",
}

impl Capability {
    /// The capability called `name`, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let known = Self::PLAIN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, capability)) = known {
            return capability.clone();
        }
        let Some((head, value)) = name.split_once('=') else {
            return Self::Other(name.to_string());
        };
        let is = |known: &str| head.eq_ignore_ascii_case(known);
        let written = |n: u64| n.to_string() == value;
        let large = value.parse().ok().filter(|&n| written(n));
        let small = value.parse().ok().filter(|&n: &u32| written(u64::from(n)));
        let resource = value
            .get(4..)
            .filter(|_| value.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("RES-")));
        match (large, small, resource) {
            _ if is("AUTH") => Self::Auth(value.to_string()),
            _ if is("RIGHTS") => Self::Rights(value.to_string()),
            _ if is("IMAPSIEVE") => Self::ImapSieve(value.to_string()),
            (Some(n), ..) if is("APPENDLIMIT") => Self::AppendLimitOf(n),
            (_, Some(n), _) if is("MESSAGELIMIT") => Self::MessageLimit(n),
            (_, Some(n), _) if is("SAVELIMIT") => Self::SaveLimit(n),
            (.., Some(resource)) if is("QUOTA") => Self::QuotaResource(resource.to_string()),
            _ => Self::Other(name.to_string()),
        }
    }
}

impl core::fmt::Display for Capability {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Auth(mechanism) => write!(f, "AUTH={mechanism}"),
            Self::AppendLimitOf(n) => write!(f, "APPENDLIMIT={n}"),
            Self::MessageLimit(n) => write!(f, "MESSAGELIMIT={n}"),
            Self::SaveLimit(n) => write!(f, "SAVELIMIT={n}"),
            Self::QuotaResource(resource) => write!(f, "QUOTA=RES-{resource}"),
            Self::Rights(rights) => write!(f, "RIGHTS={rights}"),
            Self::ImapSieve(url) => write!(f, "IMAPSIEVE={url}"),
            Self::Other(name) => f.write_str(name),
            plain => f.write_str(plain.plain_name().unwrap_or_default()),
        }
    }
}

/// All that a server says it can do, in its order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Whether `capability` is among them.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// Whether AUTHENTICATE can be tried with a mechanism of this name, in any case.
    #[must_use]
    pub fn has_mechanism(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|known| matches!(known, Capability::Auth(m) if m.eq_ignore_ascii_case(name)))
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Capability] {
        &self.0
    }

    /// Adds one.
    pub fn push(&mut self, capability: Capability) {
        self.0.push(capability);
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<T: IntoIterator<Item = Capability>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in [
            "IMAP4rev1",
            "AUTH=PLAIN",
            "LITERAL+",
            "X-GM-EXT-1",
            "ID",
            "APPENDLIMIT=35651584",
            "APPENDLIMIT=035",
            "MESSAGELIMIT=1000",
            "SAVELIMIT=x",
            "QUOTA=RES-STORAGE",
            "QUOTA=SET",
            "RIGHTS=texk",
            "IMAPSIEVE=sieve://x",
            "XUM1",
        ] {
            assert_eq!(Capability::parse(name).to_string(), name);
        }
        assert_eq!(Capability::parse("imap4REV1"), Capability::Imap4Rev1);
        assert_eq!(Capability::parse("appendlimit=7"), Capability::AppendLimitOf(7));
    }
}
