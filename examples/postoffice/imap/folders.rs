//! Commands about folders: which there are, and what is in them.

use super::selected::Selected;
use super::{Answer, Session, no, yes};
use examples::maildir::{Listed, SystemFlags};
use mailwire_imap::types::{
    Code, Condition, Flag, Flags, List, ListAttribute, Mailbox, Namespace, ObjectId, Octets,
    Response, Status, StatusItem, StatusValue, SystemFlag,
};
use mailwire_imap::view::list_matches;
use std::collections::BTreeSet;
use std::io;
use tokio::task::block_in_place;

/// What stands between the levels of a name.
const DELIMITER: char = '/';

impl Session<'_> {
    pub(super) fn create(&mut self, mailbox: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        Ok(match block_in_place(|| user.mail.create(&name(mailbox)))? {
            true => yes("created"),
            false => no("there is one already").with_code(Code::AlreadyExists),
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

    pub(super) fn list(&mut self, reference: &Octets<'_>, pattern: &Octets<'_>) -> Answer {
        if pattern.as_bytes().is_empty() {
            // Asks for the delimiter (RFC 3501 section 6.3.8).
            let attributes = vec![ListAttribute::Noselect];
            let mailbox = Mailbox::from_wire(Octets::default());
            self.conn.send(&Response::List(List {
                attributes,
                delimiter: Some(DELIMITER),
                mailbox,
                extended: Vec::new(),
            }))?;
            return Ok(yes("listed"));
        }
        let user = self.user()?;
        let listed = block_in_place(|| user.mail.list())?;
        let pattern = [reference.as_bytes(), pattern.as_bytes()].concat();
        for Listed { name, exists, children } in listed {
            if !fits(&pattern, &name) {
                continue;
            }
            let mut attributes = Vec::new();
            if !exists {
                attributes.push(ListAttribute::Noselect);
            }
            attributes.push(match children {
                true => ListAttribute::HasChildren,
                false => ListAttribute::HasNoChildren,
            });
            self.conn.send(&Response::List(entry(&name, attributes)?))?;
        }
        Ok(yes("listed"))
    }

    pub(super) fn lsub(&mut self, reference: &Octets<'_>, pattern: &Octets<'_>) -> Answer {
        let user = self.user()?;
        let names = block_in_place(|| user.mail.subscriptions())?;
        let pattern = [reference.as_bytes(), pattern.as_bytes()].concat();
        let mut above = BTreeSet::new();
        for name in &names {
            if fits(&pattern, name) {
                self.conn.send(&Response::Lsub(entry(name, Vec::new())?))?;
                continue;
            }
            // With `%` the level above a subscribed name is told (RFC 3501 section 6.3.9).
            for (at, _) in name.match_indices(DELIMITER) {
                let level = name.get(..at).unwrap_or_default();
                let told = names.contains(level) || above.contains(level);
                if !told && pattern.contains(&b'%') && fits(&pattern, level) {
                    self.conn
                        .send(&Response::Lsub(entry(level, vec![ListAttribute::Noselect])?))?;
                    above.insert(level.to_owned());
                }
            }
        }
        Ok(yes("listed"))
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
        let user = self.user()?;
        let picture = block_in_place(|| match user.mail.folder(&name(mailbox))? {
            Some(folder) => folder.picture(true).map(Some),
            None => Ok(None),
        });
        let Some(picture) = picture? else { return Ok(missing(Code::NonExistent)) };
        let count = |flag, set| {
            let with = |e: &&examples::maildir::Entry| e.flags.system.contains(flag) == set;
            picture.entries.iter().filter(with).count() as u64
        };
        let mut told = Vec::new();
        for item in items {
            let value = match item {
                StatusItem::Messages => picture.entries.len() as u64,
                StatusItem::Recent => picture.recent.len() as u64,
                StatusItem::UidNext => u64::from(picture.next),
                StatusItem::UidValidity => u64::from(picture.validity),
                StatusItem::Unseen => count(SystemFlags::SEEN, false),
                StatusItem::Deleted => count(SystemFlags::DELETED, true),
                StatusItem::Size => picture.entries.iter().map(|entry| entry.size).sum(),
                StatusItem::DeletedStorage => {
                    let deleted = |e: &&examples::maildir::Entry| {
                        e.flags.system.contains(SystemFlags::DELETED)
                    };
                    picture.entries.iter().filter(deleted).map(|entry| entry.size).sum()
                }
                StatusItem::HighestModSeq => picture.highest,
                StatusItem::AppendLimit => crate::office::MAX_MESSAGE,
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
        let mailbox = mailbox.clone();
        self.conn.send(&Response::Status(Status { mailbox, items: told }))?;
        Ok(yes("told"))
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

fn fits(pattern: &[u8], name: &str) -> bool {
    list_matches(pattern, name.as_bytes(), u8::try_from(DELIMITER).ok())
}

fn entry(name: &str, attributes: Vec<ListAttribute<'static>>) -> io::Result<List<'static>> {
    let name = Octets::new(name.as_bytes().to_vec()).map_err(io::Error::other)?;
    Ok(List {
        attributes,
        delimiter: Some(DELIMITER),
        mailbox: Mailbox::from_wire(name),
        extended: Vec::new(),
    })
}
