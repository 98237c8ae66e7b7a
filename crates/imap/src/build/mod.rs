//! Commands said in words: `fetch(uids).flags().envelope().changed_since(m)`.
//!
//! Each builder becomes a [`Command`](crate::types::Command) by `command()`, or where one is wanted by `into()`. What has no
//! builder here has a constructor or public fields of its own in [`types`](crate::types).
//!
//! ```
//! use mailwire_imap::build::{fetch, list, search, select, sort, status, store};
//! use mailwire_imap::encode::{self, Plain};
//! use mailwire_imap::types::{Command, Day, Dialect, Mailbox, NumberSet, Section, SystemFlag};
//!
//! let uids = NumberSet::since(100);
//! let day = Day { year: 2024, month: 1, day: 5 };
//! let commands: [Command<'_>; 7] = [
//!     select(Mailbox::inbox()).condstore().into(),
//!     fetch(uids.clone()).flags().envelope().peek(Section::default()).changed_since(7).into(),
//!     search().unseen().since(day).or(search().flagged(), search().from("ann")).count().into(),
//!     sort("UTF-8").by_arrival().reverse().by_subject().of(search().undeleted()).into(),
//!     store(uids).add([SystemFlag::Seen]).silent().unchanged_since(9).into(),
//!     list("*").subscribed().with_children().with_status(["MESSAGES", "UNSEEN"]).into(),
//!     status(Mailbox::inbox()).messages().unseen().size().into(),
//! ];
//! let mut out = Plain::default();
//! for command in &commands {
//!     encode::command("a", command, &Dialect::rev1(), &mut out);
//! }
//! let lines = String::from_utf8(out.into_bytes())?;
//! assert_eq!(
//!     lines.lines().collect::<Vec<_>>(),
//!     [
//!         "a SELECT INBOX (CONDSTORE)",
//!         "a UID FETCH 100:* (FLAGS ENVELOPE BODY.PEEK[]) (CHANGEDSINCE 7)",
//!         "a UID SEARCH RETURN (COUNT) UNSEEN SINCE 5-Jan-2024 OR FLAGGED FROM ann",
//!         "a UID SORT (ARRIVAL REVERSE SUBJECT) UTF-8 UNDELETED",
//!         "a UID STORE 100:* (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Seen)",
//!         "a LIST (SUBSCRIBED) \"\" * RETURN (CHILDREN STATUS (MESSAGES UNSEEN))",
//!         "a STATUS INBOX (MESSAGES UNSEEN SIZE)",
//!     ]
//! );
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```

mod administration;
mod extensions;
mod fetch;
mod mailbox;
mod search;

pub use administration::{
    Acl, Metadata, Notify, SetMetadata, acl, authorize_urls, fetch_urls, metadata, notify, quota,
    quota_of, set_metadata, set_quota,
};
pub use extensions::{
    Annotate, ApplePush, Convert, annotate, annotation, apple_push, comparator, conversions,
    convert, language, set_annotation, uid_batches,
};
pub use fetch::{Fetch, Store, fetch, fetch_numbers, store, store_numbers};
pub use mailbox::{
    Append, List, Select, Status, append, copy, create, create_for, examine, list, move_to, select,
    status,
};
pub use search::{Search, Sort, search, search_numbers, sort, thread};

/// Text as a string that can be sent: up to a NUL.
fn octets(text: &str) -> crate::types::Octets<'_> {
    let before = text.split('\0').next().unwrap_or_default();
    crate::types::Octets::try_from(before).unwrap_or_default()
}

/// What a builder needs to become a command.
macro_rules! becomes_command {
    ($($builder:ident),*) => {$(
        impl<'a> From<$builder<'a>> for crate::types::Command<'a> {
            fn from(builder: $builder<'a>) -> Self {
                builder.command()
            }
        }
    )*};
}
pub(crate) use becomes_command;
