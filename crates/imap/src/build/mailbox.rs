//! Mailboxes: SELECT, CREATE, LIST, STATUS, APPEND, COPY, MOVE.

use super::becomes_command;
use crate::types::{
    AppendMessage, Command, CreateOption, DateTime, Flag, ListAttribute, ListQuery, ListReturn,
    ListSelection, Mailbox, NumberSet, Octets, QResync, SelectOption, StatusItem,
};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// `SELECT`.
pub fn select(mailbox: Mailbox<'_>) -> Select<'_> {
    Select { examine: false, mailbox, options: Vec::new() }
}

/// `EXAMINE`.
pub fn examine(mailbox: Mailbox<'_>) -> Select<'_> {
    Select { examine: true, ..select(mailbox) }
}

/// A SELECT or EXAMINE that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Select<'a> {
    examine: bool,
    mailbox: Mailbox<'a>,
    options: Vec<SelectOption<'a>>,
}

impl<'a> Select<'a> {
    /// Any option.
    pub fn option(mut self, option: SelectOption<'a>) -> Self {
        self.options.push(option);
        self
    }

    /// Mod-sequences are to be told (RFC 7162).
    pub fn condstore(self) -> Self {
        self.option(SelectOption::CondStore)
    }

    /// What changed since is to be told (RFC 7162).
    pub fn resync(self, known: QResync) -> Self {
        self.option(SelectOption::QResync(known))
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        match self.examine {
            true => Command::Examine(self.mailbox, self.options),
            false => Command::Select(self.mailbox, self.options),
        }
    }
}

/// `CREATE`.
#[must_use]
pub fn create(mailbox: Mailbox<'_>) -> Command<'_> {
    Command::Create(mailbox, Vec::new())
}

/// `CREATE` of a mailbox for these special uses (RFC 6154).
///
/// ```
/// use mailwire_imap::build::create_for;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, ListAttribute, Mailbox};
///
/// let command = create_for(Mailbox::new("Gesendet")?, [ListAttribute::Sent]);
/// let mut out = Plain::default();
/// encode::command("a", &command, &Dialect::rev1(), &mut out);
/// assert_eq!(out.into_bytes(), b"a CREATE Gesendet (USE (\\Sent))\r\n");
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[must_use]
pub fn create_for<'a>(
    mailbox: Mailbox<'a>,
    uses: impl IntoIterator<Item = ListAttribute<'a>>,
) -> Command<'a> {
    Command::Create(mailbox, Vec::from([CreateOption::Use(uses.into_iter().collect())]))
}

/// `LIST` of the mailboxes of this pattern: `*` stands for anything, `%` for anything in one level.
/// Up to a NUL.
pub fn list(pattern: &str) -> List<'_> {
    let pattern = pattern.split('\0').next().unwrap_or_default();
    let pattern = Octets::try_from(pattern).unwrap_or_default();
    List(ListQuery::new(Octets::default(), pattern))
}

/// A LIST that is being said (RFC 5258).
#[derive(Clone, Debug)]
#[must_use]
pub struct List<'a>(ListQuery<'a>);

impl<'a> List<'a> {
    /// Only those that this selects.
    pub fn only(mut self, selection: ListSelection<'a>) -> Self {
        self.0.selection.get_or_insert_default().push(selection);
        self
    }

    /// This is to be told of them.
    pub fn with(mut self, result: ListReturn<'a>) -> Self {
        self.0.returns.get_or_insert_default().push(result);
        self
    }

    /// Only those that the user subscribed to.
    pub fn subscribed(self) -> Self {
        self.only(ListSelection::Subscribed)
    }

    /// Only those with a special use (RFC 6154).
    pub fn special(self) -> Self {
        self.only(ListSelection::SpecialUse)
    }

    /// Whether there are mailboxes below.
    pub fn with_children(self) -> Self {
        self.with(ListReturn::Children)
    }

    /// The special use (RFC 6154).
    pub fn with_special_use(self) -> Self {
        self.with(ListReturn::SpecialUse)
    }

    /// STATUS of each (RFC 5819).
    pub fn with_status<I: Into<StatusItem<'a>>>(self, items: impl IntoIterator<Item = I>) -> Self {
        self.with(ListReturn::Status(items.into_iter().map(Into::into).collect()))
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        Command::List(self.0)
    }
}

/// `STATUS`.
pub fn status(mailbox: Mailbox<'_>) -> Status<'_> {
    Status { mailbox, items: Vec::new() }
}

/// A STATUS that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Status<'a> {
    mailbox: Mailbox<'a>,
    items: Vec<StatusItem<'a>>,
}

impl<'a> Status<'a> {
    /// Any item.
    pub fn item(mut self, item: StatusItem<'a>) -> Self {
        self.items.push(item);
        self
    }

    /// `MESSAGES`.
    pub fn messages(self) -> Self {
        self.item(StatusItem::Messages)
    }

    /// `UNSEEN`.
    pub fn unseen(self) -> Self {
        self.item(StatusItem::Unseen)
    }

    /// `UIDNEXT`.
    pub fn uid_next(self) -> Self {
        self.item(StatusItem::UidNext)
    }

    /// `UIDVALIDITY`.
    pub fn uid_validity(self) -> Self {
        self.item(StatusItem::UidValidity)
    }

    /// `SIZE` (RFC 8438).
    pub fn size(self) -> Self {
        self.item(StatusItem::Size)
    }

    /// The command. Without items it asks for MESSAGES: there must be one.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { mailbox, mut items } = self;
        if items.is_empty() {
            items.push(StatusItem::Messages);
        }
        Command::Status { mailbox, items }
    }
}

/// `APPEND` of a message in memory. One that is long is streamed instead, by
/// [`client::Connection::append`](crate::client::Connection::append).
pub fn append<'a>(mailbox: Mailbox<'a>, message: impl Into<Cow<'a, [u8]>>) -> Append<'a> {
    Append { mailbox, messages: Vec::new(), last: AppendMessage::new(message) }
}

/// An APPEND that is being said.
///
/// ```
/// use mailwire_imap::build::append;
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, Mailbox, SystemFlag};
///
/// let command = append(Mailbox::inbox(), &b"one"[..])
///     .flags([SystemFlag::Seen])
///     .and(&b"two"[..])
///     .command();
/// let mut out = Plain::default();
/// encode::command("a", &command, &Dialect::rev1(), &mut out);
/// assert_eq!(out.into_bytes(), b"a APPEND INBOX (\\Seen) {3+}\r\none {3+}\r\ntwo\r\n");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Append<'a> {
    mailbox: Mailbox<'a>,
    messages: Vec<AppendMessage<'a>>,
    last: AppendMessage<'a>,
}

impl<'a> Append<'a> {
    /// The flags that the message is to have.
    pub fn flags<F: Into<Flag<'a>>>(mut self, flags: impl IntoIterator<Item = F>) -> Self {
        self.last.flags = Some(flags.into_iter().map(Into::into).collect());
        self
    }

    /// Its internal date.
    pub fn date(mut self, date: DateTime) -> Self {
        self.last.date = Some(date);
        self
    }

    /// Another message (MULTIAPPEND, RFC 3502).
    pub fn and(mut self, message: impl Into<Cow<'a, [u8]>>) -> Self {
        let last = core::mem::replace(&mut self.last, AppendMessage::new(message));
        self.messages.push(last);
        self
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { mailbox, mut messages, last } = self;
        messages.push(last);
        Command::Append { mailbox, messages }
    }
}

/// `UID COPY` of these unique identifiers.
#[must_use]
pub fn copy(uids: impl Into<NumberSet>, mailbox: Mailbox<'_>) -> Command<'_> {
    Command::Copy { uid: true, set: uids.into(), mailbox }
}

/// `UID MOVE` of these unique identifiers (RFC 6851).
#[must_use]
pub fn move_to(uids: impl Into<NumberSet>, mailbox: Mailbox<'_>) -> Command<'_> {
    Command::Move { uid: true, set: uids.into(), mailbox }
}

becomes_command!(Select, List, Status, Append);
