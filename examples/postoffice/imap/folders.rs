//! Commands about folders: which there are, and what is in them.

use super::selected::Selected;
use super::{Answer, Failure, Session, no, yes};
use crate::office::MAX_MESSAGE;
use examples::maildir::{Entry, SystemFlags};
use mailwire_imap::types::{
    Code, Condition, CreateOption, Flag, Flags, ListAttribute, Mailbox, Namespace, ObjectId,
    Response, State, Status, StatusItem, StatusValue, SystemFlag,
};
use std::io;
use tokio::task::block_in_place;

/// What stands between the levels of a name.
pub(super) const DELIMITER: char = '/';

impl Session<'_> {
    pub(super) fn create(&mut self, mailbox: &Mailbox<'_>, options: &[CreateOption<'_>]) -> Answer {
        let user = self.user()?;
        let mut uses = Vec::new();
        for option in options {
            let CreateOption::Use(wanted) = option else {
                return Ok(Condition::new(State::Bad, "not a parameter that is known here"));
            };
            // Views of all or some messages there are none (RFC 6154 section 3).
            let kept = |it: &&ListAttribute<'_>| {
                use ListAttribute::{Archive, Drafts, Junk, Sent, Trash};
                matches!(it, Archive | Drafts | Junk | Sent | Trash)
            };
            if !wanted.iter().all(|it| kept(&it)) {
                return Ok(no("not a use that a mailbox can have").with_code(Code::UseAttr));
            }
            uses.extend(wanted.iter().map(ListAttribute::as_str));
        }
        let name = name(mailbox);
        let name = name.strip_suffix('/').unwrap_or(&name);
        // A use is of one mailbox, so that every client finds the same.
        let taken = !uses.is_empty()
            && block_in_place(|| user.mail.list())?.iter().any(|folder| {
                folder.name != name
                    && folder
                        .uses
                        .iter()
                        .any(|used| uses.iter().any(|it| it.eq_ignore_ascii_case(used)))
            });
        if taken {
            return Ok(no("another mailbox has that use").with_code(Code::UseAttr));
        }
        let (created, folder) = block_in_place(|| {
            let created = user.mail.create(name)?;
            if created && !uses.is_empty() {
                user.mail.set_uses(name, &uses)?;
            }
            let folder = user.mail.folder(name)?;
            io::Result::Ok((created, folder.map(|folder| folder.picture(false)).transpose()?))
        })?;
        Ok(match folder {
            _ if !created => no("there is one already").with_code(Code::AlreadyExists),
            // RFC 8474 section 4.1.
            Some(picture) => yes("created").with_code(Code::MailboxId(
                ObjectId::new(mailbox_id(picture.validity)).map_err(io::Error::other)?,
            )),
            // Another session has removed it already.
            None => yes("created"),
        })
    }

    pub(super) fn delete(&mut self, mailbox: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        Ok(match block_in_place(|| user.mail.delete(&name(mailbox)))? {
            true => yes("deleted"),
            false => missing(Code::NonExistent),
        })
    }

    pub(super) fn rename(&mut self, from: &Mailbox<'_>, to: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        Ok(match block_in_place(|| user.mail.rename(&name(from), &name(to)))? {
            true => yes("renamed"),
            false => missing(Code::NonExistent),
        })
    }

    pub(super) fn subscribe(&mut self, mailbox: &Mailbox<'_>, wanted: bool) -> Answer {
        let user = self.user()?;
        block_in_place(|| user.mail.subscribe(&name(mailbox), wanted))?;
        Ok(yes(if wanted { "subscribed" } else { "unsubscribed" }))
    }

    pub(super) fn namespace(&mut self) -> Answer {
        let personal = vec![Namespace { delimiter: Some(DELIMITER), ..Namespace::default() }];
        self.conn.send(&Response::Namespace {
            personal,
            others: Vec::new(),
            shared: Vec::new(),
        })?;
        Ok(yes("that is all"))
    }

    pub(super) fn status(&mut self, mailbox: &Mailbox<'_>, items: &[StatusItem<'_>]) -> Answer {
        if items.iter().any(|item| matches!(item, StatusItem::Other(_))) {
            return Ok(Condition::new(State::Bad, "not something that a mailbox has here"));
        }
        match self.status_of(mailbox, items)? {
            Some(status) => {
                self.conn.send(&Response::Status(status))?;
                Ok(yes("told"))
            }
            None => Ok(missing(Code::NonExistent)),
        }
    }

    /// What STATUS says of a mailbox; `None` when there is none.
    pub(super) fn status_of<'m>(
        &self,
        mailbox: &Mailbox<'m>,
        items: &[StatusItem<'m>],
    ) -> Result<Option<Status<'m>>, Failure> {
        let user = self.user()?;
        let picture = block_in_place(|| match user.mail.folder(&name(mailbox))? {
            Some(folder) => folder.picture(true).map(Some),
            None => Ok(None),
        });
        let Some(picture) = picture? else { return Ok(None) };
        let with = |flag, set| {
            let has = move |e: &&Entry| e.flags.system.contains(flag) == set;
            picture.entries.iter().filter(has)
        };
        let mut told = Vec::new();
        for item in items {
            let value = match item {
                StatusItem::Messages => picture.entries.len() as u64,
                StatusItem::Recent => picture.recent.len() as u64,
                StatusItem::UidNext => u64::from(picture.next),
                StatusItem::UidValidity => u64::from(picture.validity),
                StatusItem::Unseen => with(SystemFlags::SEEN, false).count() as u64,
                StatusItem::Deleted => with(SystemFlags::DELETED, true).count() as u64,
                StatusItem::Size => picture.entries.iter().map(|entry| entry.size).sum(),
                StatusItem::DeletedStorage => {
                    with(SystemFlags::DELETED, true).map(|entry| entry.size).sum()
                }
                StatusItem::HighestModSeq => picture.highest,
                StatusItem::AppendLimit => MAX_MESSAGE,
                StatusItem::MailboxId => {
                    let id =
                        ObjectId::new(mailbox_id(picture.validity)).map_err(io::Error::other)?;
                    told.push((StatusItem::MailboxId, StatusValue::Id(id)));
                    continue;
                }
                _ => continue,
            };
            told.push((item.clone(), StatusValue::Number(value)));
        }
        Ok(Some(Status { mailbox: mailbox.clone(), items: told }))
    }
}

/// The name under which a mailbox is kept: modified UTF-7, however the client wrote it.
pub(super) fn name(mailbox: &Mailbox<'_>) -> String {
    match Mailbox::new(&mailbox.name()) {
        Ok(mailbox) => mailbox.as_wire().to_text().into_owned(),
        // With NUL in it there is no such folder.
        Err(_) => String::new(),
    }
}

/// What a folder has in common with none that this user ever had: no UIDVALIDITY is given twice.
pub(super) fn mailbox_id(validity: u32) -> String {
    format!("F{validity}")
}

/// All flags that there are in the folder.
pub(super) fn known_flags(view: &Selected) -> Flags<'static> {
    let system = [
        SystemFlag::Answered,
        SystemFlag::Flagged,
        SystemFlag::Deleted,
        SystemFlag::Seen,
        SystemFlag::Draft,
    ];
    let keywords = view.keywords.iter().filter_map(|name| Flag::new(name.clone()).ok());
    system.into_iter().map(Flag::System).chain(keywords).collect()
}

pub(super) fn missing(code: Code<'static>) -> Condition<'static> {
    no("there is no such mailbox").with_code(code)
}
