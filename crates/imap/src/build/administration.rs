//! Who may do what, how much, what is noted, and of what the server tells by itself: ACL, QUOTA,
//! METADATA, NOTIFY, URLAUTH.

use super::{becomes_command, octets};
use crate::types::{
    self, AclChange, AclCommand, Command, EventGroup, FetchItem, GetMetadata, Mailbox,
    MailboxFilter, MetadataDepth, MetadataEntry, MetadataOption, NotifyEvent, Octets, QuotaCommand,
    UrlAuthCommand, UrlFetch,
};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The rights of a mailbox (RFC 4314). Rights are letters: `lrs` is to list, to read, and to keep
/// what was seen.
///
/// ```
/// use mailwire_imap::build::acl;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, Mailbox};
///
/// let team = || acl(Mailbox::new("team").unwrap_or(Mailbox::inbox()));
/// let mut out = Plain::default();
/// for command in [
///     team().get(),
///     team().set("ann", "lrs"),
///     team().add("bob", "te"),
///     team().remove("bob", "e"),
///     team().delete("eve"),
///     team().grantable("bob"),
///     team().mine(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a GETACL team\r\na SETACL team ann lrs\r\na SETACL team bob +te\r\n\
///       a SETACL team bob -e\r\na DELETEACL team eve\r\na LISTRIGHTS team bob\r\n\
///       a MYRIGHTS team\r\n"
/// );
/// ```
pub fn acl(mailbox: Mailbox<'_>) -> Acl<'_> {
    Acl(mailbox)
}

/// A mailbox whose rights are spoken of.
#[derive(Clone, Debug)]
#[must_use]
pub struct Acl<'a>(Mailbox<'a>);

impl<'a> Acl<'a> {
    /// `GETACL`: who has which rights?
    #[must_use]
    pub fn get(self) -> Command<'a> {
        Command::Acl(AclCommand::Get(self.0))
    }

    /// `MYRIGHTS`: which are mine?
    #[must_use]
    pub fn mine(self) -> Command<'a> {
        Command::Acl(AclCommand::MyRights(self.0))
    }

    /// `LISTRIGHTS`: which can be given?
    #[must_use]
    pub fn grantable(self, identifier: &'a str) -> Command<'a> {
        let identifier = octets(identifier);
        Command::Acl(AclCommand::ListRights { mailbox: self.0, identifier })
    }

    /// `SETACL`: these rights and no others.
    #[must_use]
    pub fn set(self, identifier: &'a str, rights: &'a str) -> Command<'a> {
        self.change(identifier, AclChange::Replace, rights)
    }

    /// `SETACL`: these too.
    #[must_use]
    pub fn add(self, identifier: &'a str, rights: &'a str) -> Command<'a> {
        self.change(identifier, AclChange::Add, rights)
    }

    /// `SETACL`: not these.
    #[must_use]
    pub fn remove(self, identifier: &'a str, rights: &'a str) -> Command<'a> {
        self.change(identifier, AclChange::Remove, rights)
    }

    /// `DELETEACL`: none at all.
    #[must_use]
    pub fn delete(self, identifier: &'a str) -> Command<'a> {
        Command::Acl(AclCommand::Delete { mailbox: self.0, identifier: octets(identifier) })
    }

    fn change(self, identifier: &'a str, change: AclChange, rights: &'a str) -> Command<'a> {
        let (identifier, rights) = (octets(identifier), octets(rights));
        Command::Acl(AclCommand::Set { mailbox: self.0, identifier, change, rights })
    }
}

/// `GETQUOTA` of a quota root (RFC 9208).
///
/// ```
/// use mailwire_imap::build::{quota, quota_of, set_quota};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, Mailbox};
///
/// let mut out = Plain::default();
/// for command in [
///     quota("#user/ann"),
///     quota_of(Mailbox::inbox()),
///     set_quota("#user/ann", [("STORAGE", 512), ("MESSAGE", 1000)]),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a GETQUOTA #user/ann\r\na GETQUOTAROOT INBOX\r\n\
///       a SETQUOTA #user/ann (STORAGE 512 MESSAGE 1000)\r\n"
/// );
/// ```
#[must_use]
pub fn quota(root: &str) -> Command<'_> {
    Command::Quota(QuotaCommand::Get(octets(root)))
}

/// `GETQUOTAROOT`: which quota roots does a mailbox count for?
#[must_use]
pub fn quota_of(mailbox: Mailbox<'_>) -> Command<'_> {
    Command::Quota(QuotaCommand::GetRoot(mailbox))
}

/// `SETQUOTA`: resources and their limits, `STORAGE` in units of 1,024 octets. Others have none.
#[must_use]
pub fn set_quota<'a>(
    root: &'a str,
    limits: impl IntoIterator<Item = (&'a str, u64)>,
) -> Command<'a> {
    let limits = limits.into_iter().map(|(name, limit)| (Cow::Borrowed(name), limit)).collect();
    Command::Quota(QuotaCommand::Set { root: octets(root), limits })
}

/// `GETMETADATA` of a mailbox (RFC 5464); `None` is the server.
///
/// ```
/// use mailwire_imap::build::{metadata, set_metadata};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, Mailbox};
///
/// let mut out = Plain::default();
/// for command in [
///     metadata(None).entry("/shared/admin").command(),
///     metadata(Some(Mailbox::inbox())).entry("/private").below().up_to(1024).command(),
///     set_metadata(Some(Mailbox::inbox())).value("/private/comment", "mine").command(),
///     set_metadata(Some(Mailbox::inbox())).remove("/private/comment").command(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a GETMETADATA \"\" /shared/admin\r\n\
///       a GETMETADATA (DEPTH infinity MAXSIZE 1024) INBOX /private\r\n\
///       a SETMETADATA INBOX (/private/comment \"mine\")\r\n\
///       a SETMETADATA INBOX (/private/comment NIL)\r\n"
/// );
/// ```
pub fn metadata(mailbox: Option<Mailbox<'_>>) -> Metadata<'_> {
    let mailbox = mailbox.unwrap_or_else(server);
    Metadata(GetMetadata { options: Vec::new(), mailbox, entries: Vec::new() })
}

/// The server, as METADATA names it.
fn server<'a>() -> Mailbox<'a> {
    Mailbox::from_wire(Octets::default())
}

/// A GETMETADATA that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Metadata<'a>(GetMetadata<'a>);

impl<'a> Metadata<'a> {
    /// This entry, too: it begins with `/private` or `/shared`.
    pub fn entry(mut self, entry: &'a str) -> Self {
        self.0.entries.push(octets(entry));
        self
    }

    /// Any option.
    pub fn option(mut self, option: MetadataOption<'a>) -> Self {
        self.0.options.push(option);
        self
    }

    /// All entries below these, too.
    pub fn below(self) -> Self {
        self.option(MetadataOption::Depth(MetadataDepth::All))
    }

    /// Only values of up to so many octets.
    pub fn up_to(self, octets: u64) -> Self {
        self.option(MetadataOption::MaxSize(octets))
    }

    /// The command. Without an entry it asks for `/private` and `/shared`: there must be one.
    #[must_use]
    pub fn command(mut self) -> Command<'a> {
        if self.0.entries.is_empty() {
            self.0.entries = Vec::from([octets("/private"), octets("/shared")]);
        }
        Command::GetMetadata(self.0)
    }
}

/// `SETMETADATA` of a mailbox (RFC 5464); `None` is the server.
pub fn set_metadata(mailbox: Option<Mailbox<'_>>) -> SetMetadata<'_> {
    SetMetadata { mailbox: mailbox.unwrap_or_else(server), entries: Vec::new() }
}

/// A SETMETADATA that is being said. Without an entry it is nothing that a server takes.
#[derive(Clone, Debug)]
#[must_use]
pub struct SetMetadata<'a> {
    mailbox: Mailbox<'a>,
    entries: Vec<MetadataEntry<'a>>,
}

impl<'a> SetMetadata<'a> {
    /// The entry has this value: any octets.
    pub fn value(mut self, entry: &'a str, value: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.entries.push((octets(entry), Some(Cow::Borrowed(value.as_ref()))));
        self
    }

    /// The entry is removed.
    pub fn remove(mut self, entry: &'a str) -> Self {
        self.entries.push((octets(entry), None));
        self
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        Command::SetMetadata { mailbox: self.mailbox, entries: self.entries }
    }
}

/// `NOTIFY` (RFC 5465): of nothing, until something is said.
///
/// ```
/// use mailwire_imap::build::notify;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, FetchItem, MailboxFilter, NotifyEvent};
///
/// let changes = [NotifyEvent::MessageExpunge, NotifyEvent::FlagChange];
/// let mut out = Plain::default();
/// for command in [
///     notify()
///         .status()
///         .new_messages(MailboxFilter::Selected, [FetchItem::Uid], changes.clone())
///         .new_messages(MailboxFilter::Inboxes, [], changes)
///         .of(MailboxFilter::Personal, [NotifyEvent::MailboxName])
///         .command(),
///     notify().command(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a NOTIFY SET STATUS (selected (MessageNew (UID) MessageExpunge FlagChange)) \
///       (inboxes (MessageNew MessageExpunge FlagChange)) (personal (MailboxName))\r\n\
///       a NOTIFY NONE\r\n"
/// );
/// ```
pub fn notify<'a>() -> Notify<'a> {
    Notify { status: false, groups: Vec::new() }
}

/// A NOTIFY that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Notify<'a> {
    status: bool,
    groups: Vec<EventGroup<'a>>,
}

impl<'a> Notify<'a> {
    /// STATUS of each mailbox is told at once, so that nothing between it and the first event is
    /// missed.
    pub fn status(mut self) -> Self {
        self.status = true;
        self
    }

    /// These events of these mailboxes; none at all is `NONE`. Where MessageExpunge is asked,
    /// MessageNew must be, and the other way round (RFC 5465 section 5).
    pub fn of(
        mut self,
        mailboxes: MailboxFilter<'a>,
        events: impl IntoIterator<Item = NotifyEvent<'a>>,
    ) -> Self {
        self.groups.push(EventGroup { mailboxes, events: events.into_iter().collect() });
        self
    }

    /// New messages, these items of each told at once (of the selected mailbox only), and these
    /// events.
    pub fn new_messages(
        self,
        mailboxes: MailboxFilter<'a>,
        items: impl IntoIterator<Item = FetchItem<'a>>,
        events: impl IntoIterator<Item = NotifyEvent<'a>>,
    ) -> Self {
        let new = NotifyEvent::MessageNew(items.into_iter().collect());
        self.of(mailboxes, core::iter::once(new).chain(events))
    }

    /// The command: `NOTIFY NONE` if nothing was said.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        Command::Notify(match self.groups.is_empty() {
            true => types::Notify::None,
            false => types::Notify::Set { status: self.status, groups: self.groups },
        })
    }
}

/// `URLFETCH` of these URLs (RFC 4467).
///
/// ```
/// use mailwire_imap::build::{authorize_urls, fetch_urls};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::Dialect;
///
/// let url = "imap://ann@x.test/INBOX/;UID=20;URLAUTH=submit+bob";
/// let mut out = Plain::default();
/// encode::command("a", &authorize_urls([url]), &Dialect::rev1(), &mut out);
/// encode::command("b", &fetch_urls([url]), &Dialect::rev1(), &mut out);
/// assert_eq!(
///     out.into_bytes(),
///     b"a GENURLAUTH \"imap://ann@x.test/INBOX/;UID=20;URLAUTH=submit+bob\" INTERNAL\r\n\
///       b URLFETCH \"imap://ann@x.test/INBOX/;UID=20;URLAUTH=submit+bob\"\r\n"
/// );
/// ```
#[must_use]
pub fn fetch_urls<'a>(urls: impl IntoIterator<Item = &'a str>) -> Command<'a> {
    let fetch = |url| UrlFetch { url: octets(url), items: None };
    Command::UrlAuth(UrlAuthCommand::Fetch(urls.into_iter().map(fetch).collect()))
}

/// `GENURLAUTH`: tokens for these URLs, each of which ends in who may use it, made by the mechanism
/// that every server has.
#[must_use]
pub fn authorize_urls<'a>(urls: impl IntoIterator<Item = &'a str>) -> Command<'a> {
    let internal = |url| (octets(url), Cow::Borrowed("INTERNAL"));
    Command::UrlAuth(UrlAuthCommand::Generate(urls.into_iter().map(internal).collect()))
}

becomes_command!(Metadata, SetMetadata, Notify);
