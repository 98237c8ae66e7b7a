//! The words of IMAP: everything that commands and responses are made of.

mod body;
mod capability;
mod command;
mod fetch;
mod flag;
mod mailbox;
mod response;
mod search;
mod set;
pub(crate) mod string;

pub use body::{Address, BodyStructure, Disposition, Envelope, Leaf, LeafKind, Parameters};
pub use capability::{Capabilities, Capability};
pub use command::{Append, Command, Id, StoreAction};
pub use fetch::{BodyItem, Fetch, FetchData, FetchItem, Partial, Section, SectionText};
pub use flag::{Flag, Flags, SystemFlag};
pub use mailbox::{List, ListAttribute, Mailbox, Namespace, Status, StatusItem};
pub use response::{Code, Condition, Response, State};
pub use search::SearchKey;
pub use set::{Bound, NumberSet, SetRange};
pub use string::{DateTime, Day, Octets, Tag};
