//! The words of IMAP: everything that commands and responses are made of.
//!
//! Those of extensions live in a file for each capability, and are exported here.

mod back_off;
mod body;
mod capability;
mod code;
mod command;
mod dialect;
mod fetch;
mod few;
mod flag;
mod lenience;
mod mailbox;
pub(crate) mod raw;
mod response;
mod search;
mod set;
pub(crate) mod string;

pub use crate::ext::acl::{Acl, AclChange, AclCommand, ListRights, MyRights};
pub use crate::ext::annotate::{Annotation, AnnotationKey, Annotations, StoreAnnotation};
pub use crate::ext::annotatemore::{GetAnnotation, MailboxAnnotation, MailboxAnnotations};
pub use crate::ext::append::{
    Append, AppendData, AppendMessage, AppendStep, CatenatePart, Replaced,
};
pub use crate::ext::binary::Binary;
pub use crate::ext::condstore::{FetchModifier, QResync, SelectOption, StoreModifier, Vanished};
pub use crate::ext::convert::{Conversion, Convert, ConvertItem};
pub use crate::ext::converted::{
    BadConversion, ConvertError, ConvertReason, Converted, ConvertedData, MissingParameters,
};
pub use crate::ext::esearch::{ESearch, MultiSearch, Page, SearchResult, SearchReturn};
pub use crate::ext::gmail::StoreLabels;
pub use crate::ext::id::Id;
pub use crate::ext::language::Comparator;
pub use crate::ext::list::{
    CreateOption, List, ListAttribute, ListAttributes, ListData, ListQuery, ListReturn,
    ListSelection,
};
pub use crate::ext::metadata::{
    Entry as MetadataEntry, GetMetadata, Metadata, MetadataData, MetadataDepth, MetadataOption,
};
pub use crate::ext::namespace::Namespace;
pub use crate::ext::notify::{EventGroup, MailboxFilter, Notify, NotifyEvent};
pub use crate::ext::objectid::ObjectId;
pub use crate::ext::push::{PushField, PushValue};
pub use crate::ext::quota::{Quota, QuotaCommand, QuotaResource, QuotaRoot};
pub use crate::ext::sort::{Sort, SortCriterion, SortKey, Sorted};
pub use crate::ext::status::{Status, StatusItem, StatusValue};
pub use crate::ext::thread::{Thread, ThreadNode};
pub use crate::ext::uidbatches::UidBatches;
pub use crate::ext::url::{ImapUrl, UrlAccess};
pub use crate::ext::urlauth::{UrlAuthCommand, UrlContent, UrlData, UrlFetch, UrlItem};
pub use back_off::BackOff;
pub use body::{
    Address, Addresses, BodyStructure, Disposition, Envelope, Leaf, LeafKind, Multipart, Parameters,
};
pub use capability::{Capabilities, Capability};
pub use code::{Code, MetadataCode, Progress};
pub use command::{Command, StoreAction};
pub use dialect::Dialect;
pub use fetch::{
    BinarySize, BodyItem, BodySection, Fetch, FetchData, FetchItem, InvalidItem, OtherItem,
    Partial, Section, SectionText,
};
pub use few::{FetchItems, Few};
pub use flag::{Flag, Flags, SystemFlag};
pub use lenience::{Anomalies, Anomaly, Lenience, Tolerance};
pub use mailbox::Mailbox;
pub use raw::Raw;
pub use response::{Condition, Found, Response, State};
pub use search::{MetadataScope, SearchKey};
pub use set::{Bound, NumberSet, SetRange};
pub use string::{DateTime, Day, Octets, Tag};
