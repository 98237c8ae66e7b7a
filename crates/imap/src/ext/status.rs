//! STATUS, with what RFC 7162 (CONDSTORE), RFC 7889 (APPENDLIMIT), RFC 8438 (STATUS=SIZE), RFC 8474
//! (OBJECTID) and RFC 9051 add to it.

use crate::encode::Out;
use crate::parse::names::{self, key};
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Mailbox, ObjectId, Raw, Response};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What STATUS can ask for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StatusItem<'a> {
    /// How many messages there are.
    Messages,
    /// How many are recent (RFC 3501).
    Recent,
    /// The unique identifier that the next message will have at least.
    UidNext,
    /// The validity of unique identifiers.
    UidValidity,
    /// How many are not `\Seen`.
    Unseen,
    /// How many are `\Deleted` (RFC 9051).
    Deleted,
    /// Their octets together (RFC 8438).
    Size,
    /// The octets that EXPUNGE would free (RFC 9208).
    DeletedStorage,
    /// The highest mod-sequence (RFC 7162).
    HighestModSeq,
    /// The largest message that APPEND takes here (RFC 7889).
    AppendLimit,
    /// The name that outlives RENAME (RFC 8474).
    MailboxId,
    /// Another.
    Other(Cow<'a, str>),
}

impl<'a> StatusItem<'a> {
    fn named((known, name): (names::Key, &'a [u8])) -> Self {
        match known {
            names::MESSAGES => Self::Messages,
            names::RECENT => Self::Recent,
            names::UIDNEXT => Self::UidNext,
            names::UIDVALIDITY => Self::UidValidity,
            names::UNSEEN => Self::Unseen,
            names::DELETED => Self::Deleted,
            names::SIZE => Self::Size,
            names::DELETED_STORAGE => Self::DeletedStorage,
            names::HIGHESTMODSEQ => Self::HighestModSeq,
            names::APPENDLIMIT => Self::AppendLimit,
            names::MAILBOXID => Self::MailboxId,
            _ => Self::Other(Cow::Borrowed(core::str::from_utf8(name).unwrap_or_default())),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Messages => "MESSAGES",
            Self::Recent => "RECENT",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Unseen => "UNSEEN",
            Self::Deleted => "DELETED",
            Self::Size => "SIZE",
            Self::DeletedStorage => "DELETED-STORAGE",
            Self::HighestModSeq => "HIGHESTMODSEQ",
            Self::AppendLimit => "APPENDLIMIT",
            Self::MailboxId => "MAILBOXID",
            Self::Other(name) => name,
        }
    }
}

impl<'a> From<&'a str> for StatusItem<'a> {
    fn from(name: &'a str) -> Self {
        Self::named((key(name.as_bytes()), name.as_bytes()))
    }
}

/// What STATUS answers to one item.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusValue<'a> {
    /// A number.
    Number(u64),
    /// There is none: APPENDLIMIT NIL.
    Nil,
    /// MAILBOXID.
    Id(ObjectId<'a>),
    /// Another, as it came.
    Other(Raw<'a>),
}

impl StatusValue<'_> {
    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }
}

impl From<u64> for StatusValue<'_> {
    fn from(n: u64) -> Self {
        Self::Number(n)
    }
}

/// A STATUS response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// What was asked, and the answers, in order.
    pub items: Vec<(StatusItem<'a>, StatusValue<'a>)>,
}

impl<'a> Status<'a> {
    /// The number that is told for an item.
    #[must_use]
    pub fn number(&self, item: &StatusItem<'_>) -> Option<u64> {
        let (_, value) = self.items.iter().find(|(told, _)| told == item)?;
        value.number()
    }
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
    /// ```
    pub(crate) fn status_command(&mut self, to: &mut Command<'a>) -> Parsed<()> {
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        let items = self.status_names()?;
        *to = Command::Status { mailbox, items };
        Ok(())
    }

    pub(crate) fn status_names(&mut self) -> Parsed<Vec<StatusItem<'a>>> {
        self.list1(|cursor| cursor.word("a status item").map(StatusItem::named))
    }

    /// ```abnf
    /// mailbox-data = "STATUS" SP mailbox SP "(" [status-att-list] ")"
    /// ```
    pub(crate) fn status(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.status_mailbox()?;
        self.space()?;
        let items = self.list(|cursor| {
            let name = cursor.word("a status item")?;
            cursor.space()?;
            let item = StatusItem::named(name);
            let value = match (&item, cursor.peek()) {
                (StatusItem::Other(_), Some(b'0'..=b'9')) => {
                    let before = cursor.mark();
                    match cursor.number64() {
                        Ok(n) if matches!(cursor.peek(), Some(b' ' | b')')) => {
                            StatusValue::Number(n)
                        }
                        _ => {
                            cursor.reset(before);
                            StatusValue::Other(cursor.raw_value()?)
                        }
                    }
                }
                (StatusItem::Other(_), _) => StatusValue::Other(cursor.raw_value()?),
                (StatusItem::MailboxId, _) => StatusValue::Id(cursor.object_id_in_parentheses()?),
                (StatusItem::AppendLimit, _) if cursor.eat_nil() => StatusValue::Nil,
                _ => StatusValue::Number(cursor.number64()?),
            };
            Ok((item, value))
        })?;
        Ok(Response::Status(Status { mailbox, items }))
    }
}

impl Out<'_> {
    fn status_item(&mut self, item: &StatusItem<'_>) {
        match item {
            StatusItem::Other(name) => self.atom(name),
            known => self.put(known.as_str()),
        }
    }

    pub(crate) fn status_names(&mut self, items: &[StatusItem<'_>]) {
        self.list(items, Self::status_item);
    }

    pub(crate) fn status(&mut self, status: &Status<'_>) {
        self.put("STATUS ");
        self.mailbox_string(&status.mailbox);
        self.space();
        let rev2 = self.dialect.rev2;
        // RECENT is not in IMAP4rev2.
        let told = status.items.iter().filter(|(item, _)| !rev2 || *item != StatusItem::Recent);
        self.list(told, |out, (item, value)| {
            out.status_item(item);
            out.space();
            match value {
                StatusValue::Number(n) => out.number(*n),
                StatusValue::Nil => out.put("NIL"),
                StatusValue::Id(id) => {
                    out.put("(");
                    out.put(id.as_str());
                    out.put(")");
                }
                StatusValue::Other(raw) => out.raw(raw),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "STATUS blurdybloop (UIDNEXT MESSAGES)",
            "STATUS a (RECENT UIDVALIDITY UNSEEN DELETED SIZE DELETED-STORAGE HIGHESTMODSEQ)",
            "STATUS a (APPENDLIMIT MAILBOXID X-Y)",
        ]);
        no_commands(&["STATUS a ()", "STATUS a", "STATUS a (MESSAGES MESSAGES"]);
        responses(&[
            "STATUS \"INBOX\" (MESSAGES 1 SIZE 99999999999 DELETED 2)",
            "STATUS \"a\" (APPENDLIMIT NIL HIGHESTMODSEQ 7 X-Y (1 \"b\") X-Z 1 X-W 1:2)",
            "STATUS \"a\" ()",
        ]);
    }
}
