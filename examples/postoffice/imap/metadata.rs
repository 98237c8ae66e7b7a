//! METADATA (RFC 5464): notes of the user's on folders and on all mail. And ACL (RFC 4314), as far
//! as there is anything to say: every folder is its user's alone.

use super::folders::{missing, name};
use super::{Answer, Session, no, yes};
use examples::maildir::Metadata as Notes;
use mailwire_imap::types::{
    Acl, AclCommand, Code, Condition, GetMetadata, ListRights, Mailbox, Metadata, MetadataCode,
    MetadataData, MetadataDepth, MetadataEntry, MetadataOption, MyRights, Octets, Response, State,
};
use std::io;
use tokio::task::block_in_place;

/// The largest value, in octets.
const LARGEST: usize = 64 * 1024;
/// The most entries of one place.
const MOST: usize = 1000;
/// Everything that may be done with a mailbox (RFC 4314 section 2.1).
const RIGHTS: &str = "lrswipkxtea";

impl Session<'_> {
    pub(super) fn get_metadata(&mut self, wanted: &GetMetadata<'_>) -> Answer {
        let (mut largest, mut depth) = (u64::MAX, MetadataDepth::Entry);
        for option in &wanted.options {
            match option {
                MetadataOption::MaxSize(size) => largest = *size,
                MetadataOption::Depth(to) => depth = *to,
                _ => return Ok(Condition::new(State::Bad, "not an option that is known here")),
            }
        }
        let Some(notes) = self.notes(&wanted.mailbox)? else {
            return Ok(missing(Code::NonExistent));
        };
        let (mut told, mut too_long) = (Vec::new(), 0);
        for entry in &wanted.entries {
            let asked = entry.to_text().to_ascii_lowercase();
            for (entry, value) in notes.iter().filter(|(it, _)| is_below(it, &asked, depth)) {
                if value.len() as u64 > largest {
                    too_long = too_long.max(value.len() as u64);
                    continue;
                }
                let entry = Octets::new(entry.as_bytes().to_vec()).map_err(io::Error::other)?;
                told.push((entry, Some(value.clone().into())));
            }
            if depth == MetadataDepth::Entry && !notes.contains_key(&asked) {
                told.push((entry.clone(), None));
            }
        }
        if !told.is_empty() {
            let (mailbox, data) = (wanted.mailbox.clone(), MetadataData::Values(told));
            self.conn.send(&Response::Metadata(Metadata { mailbox, data }))?;
        }
        Ok(match too_long {
            0 => yes("told"),
            n => yes("told but what is too long")
                .with_code(Code::Metadata(MetadataCode::LongEntries(n))),
        })
    }

    pub(super) fn set_metadata(
        &mut self,
        mailbox: &Mailbox<'_>,
        entries: &[MetadataEntry<'_>],
    ) -> Answer {
        let user = self.user()?;
        let Some(mut notes) = self.notes(mailbox)? else { return Ok(missing(Code::NonExistent)) };
        for (entry, value) in entries {
            let entry = entry.to_text().to_ascii_lowercase();
            if !is_entry(&entry) {
                return Ok(Condition::new(State::Bad, "not the name of an entry"));
            }
            match value {
                Some(value) if value.len() > LARGEST => {
                    let code = Code::Metadata(MetadataCode::MaxSize(LARGEST as u64));
                    return Ok(no("the value is too long").with_code(code));
                }
                Some(value) => drop(notes.insert(entry, value.to_vec())),
                None => drop(notes.remove(&entry)),
            }
        }
        if notes.len() > MOST {
            return Ok(no("too many entries").with_code(Code::Metadata(MetadataCode::TooMany)));
        }
        block_in_place(|| user.mail.set_metadata(&place(mailbox), &notes))?;
        Ok(yes("noted"))
    }

    fn notes(&self, mailbox: &Mailbox<'_>) -> Result<Option<Notes>, super::Failure> {
        let user = self.user()?;
        Ok(block_in_place(|| user.mail.metadata(&place(mailbox)))?)
    }

    pub(super) fn acl(&mut self, command: &AclCommand<'_>) -> Answer {
        let user = self.user()?;
        let (AclCommand::Get(mailbox)
        | AclCommand::MyRights(mailbox)
        | AclCommand::ListRights { mailbox, .. }
        | AclCommand::Set { mailbox, .. }
        | AclCommand::Delete { mailbox, .. }) = command
        else {
            return Ok(Condition::new(State::Bad, "unknown command"));
        };
        if block_in_place(|| user.mail.folder(&name(mailbox)))?.is_none() {
            return Ok(missing(Code::NonExistent));
        }
        let octets = |text: &str| Octets::new(text.as_bytes().to_vec()).map_err(io::Error::other);
        let owner = octets(&user.account.name)?;
        let (mailbox, rights) = (mailbox.clone(), octets(RIGHTS)?);
        let response = match command {
            AclCommand::Get(_) => Response::Acl(Acl { mailbox, entries: vec![(owner, rights)] }),
            AclCommand::MyRights(_) => Response::MyRights(MyRights { mailbox, rights }),
            AclCommand::ListRights { identifier, .. } => Response::ListRights(ListRights {
                mailbox,
                identifier: identifier.clone(),
                required: if *identifier == owner { rights } else { Octets::default() },
                optional: Vec::new(),
            }),
            // Nobody else comes to these folders, so nobody can be let in or kept out.
            _ => return Ok(no("rights cannot be changed here").with_code(Code::NoPerm)),
        };
        self.conn.send(&response)?;
        Ok(yes("told"))
    }
}

/// The name of a folder, or nothing for the server.
fn place(mailbox: &Mailbox<'_>) -> String {
    if mailbox.name().is_empty() { String::new() } else { name(mailbox) }
}

/// RFC 5464 section 3.2.
fn is_entry(entry: &str) -> bool {
    let known = entry.starts_with("/private/") || entry.starts_with("/shared/");
    known && !entry.ends_with('/') && !entry.contains("//") && !entry.contains(['*', '%'])
}

fn is_below(entry: &str, asked: &str, depth: MetadataDepth) -> bool {
    let below = entry.strip_prefix(asked).map(|rest| rest.strip_prefix('/').ok_or(rest));
    match below {
        Some(Err("")) => true,
        Some(Ok(rest)) => match depth {
            MetadataDepth::Entry => false,
            MetadataDepth::Children => !rest.contains('/'),
            MetadataDepth::All => true,
        },
        _ => false,
    }
}
