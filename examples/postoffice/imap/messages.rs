//! Commands about messages: flags, copies, moves, removal, search.

use super::folders::{missing, name};

use super::selected::Selected;
use super::{Answer, Failure, Session, no, yes};
use examples::maildir::{self, Entry, SystemFlags, Uid};
use mailwire_imap::evaluate;
use mailwire_imap::types::{
    Code, Condition, Fetch, FetchData, Flag, Flags, Mailbox, NumberSet, Octets, Response,
    SearchKey, State, StoreAction, SystemFlag,
};
use mailwire_imap::view::Update;
use std::io;
use tokio::task::block_in_place;

/// The system flags, in the crate's words and in Maildir's.
const SYSTEM: [(SystemFlag, SystemFlags); 5] = [
    (SystemFlag::Answered, SystemFlags::ANSWERED),
    (SystemFlag::Flagged, SystemFlags::FLAGGED),
    (SystemFlag::Deleted, SystemFlags::DELETED),
    (SystemFlag::Seen, SystemFlags::SEEN),
    (SystemFlag::Draft, SystemFlags::DRAFT),
];

impl Session<'_> {
    /// Tells the client what is new in the selected folder.
    pub(super) fn tell(&mut self, may_expunge: bool, force: bool) -> Result<(), Failure> {
        let Some(view) = &mut self.view else { return Ok(()) };
        let news = match block_in_place(|| view.update(may_expunge, force)) {
            Ok(news) => news,
            // Removed or renamed by another session: there is nothing to tell but what was.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if news.keywords {
            self.conn.send(&Response::Flags(super::folders::known_flags(view)))?;
        }
        for update in news.updates {
            let response = match update {
                Update::Expunge(seq) => Response::Expunge(seq),
                Update::Exists(count) => Response::Exists(count),
                Update::Flags { seq, uid } => {
                    let Some(entry) = view.get(uid) else { continue };
                    let data = vec![FetchData::Uid(uid), FetchData::Flags(flags_of(view, entry))];
                    Response::Fetch(Fetch { seq, data: data.into() })
                }
            };
            self.conn.send(&response)?;
        }
        if news.recent {
            self.conn.send(&Response::Recent(view.recent()))?;
        }
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        uid: bool,
        set: &NumberSet,
        action: StoreAction,
        silent: bool,
        flags: &Flags<'_>,
    ) -> Answer {
        let view = self.view.as_mut().ok_or(Failure::State)?;
        if view.read_only {
            return Ok(no("the mailbox was opened to be read"));
        }
        let Some(chosen) = view.chosen(set, uid) else { return Ok(no_such()) };
        let names: Vec<&str> = flags.keywords().iter().map(|name| &**name).collect();
        let keywords = block_in_place(|| view.folder.keywords(&names))?;
        let Some(keywords) = keywords else {
            return Ok(
                no("the folder has as many keywords as it can").with_code(Code::named("LIMIT"))
            );
        };
        let given = maildir::Flags { system: system(flags), keywords };
        let mut gone = false;
        // New keywords are made known before a message has them.
        self.tell(false, false)?;
        for (seq, uid_of) in chosen {
            let view = self.view.as_mut().ok_or(Failure::State)?;
            let change = |before: maildir::Flags| match action {
                StoreAction::Replace => given,
                StoreAction::Add => maildir::Flags {
                    system: before.system.with(given.system),
                    keywords: before.keywords | given.keywords,
                },
                StoreAction::Remove => maildir::Flags {
                    system: before.system.without(given.system),
                    keywords: before.keywords & !given.keywords,
                },
            };
            let now = block_in_place(|| view.folder.mark(uid_of, change))?;
            let (Some(now), Some(_)) = (now, view.get(uid_of)) else {
                gone = true;
                continue;
            };
            view.note(now);
            if !silent {
                let mut data = vec![FetchData::Flags(flags_of(view, &now))];
                if uid {
                    data.push(FetchData::Uid(uid_of));
                }
                self.conn.send(&Response::Fetch(Fetch { seq, data: data.into() }))?;
            }
        }
        Ok(if gone { issued() } else { yes("stored") })
    }

    pub(super) fn copy(&mut self, uid: bool, set: &NumberSet, to: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let Some(uids) = view.chosen(set, uid).map(uids) else { return Ok(no_such()) };
        let copied = block_in_place(|| match user.mail.folder(&name(to))? {
            Some(target) => {
                let pairs = view.folder.copy(&uids, &target)?;
                Ok(Some((target.picture(false)?.validity, pairs)))
            }
            None => io::Result::Ok(None),
        });
        let Some((validity, pairs)) = copied? else { return Ok(missing("TRYCREATE")) };
        Ok(match copy_uid(validity, &pairs) {
            Some(code) => yes("copied").with_code(code),
            None => yes("there was nothing to copy"),
        })
    }

    pub(super) fn move_to(&mut self, uid: bool, set: &NumberSet, to: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        let view = self.view.as_ref().ok_or(Failure::State)?;
        if view.read_only {
            return Ok(no("the mailbox was opened to be read"));
        }
        let Some(uids) = view.chosen(set, uid).map(uids) else { return Ok(no_such()) };
        let moved = block_in_place(|| match user.mail.folder(&name(to))? {
            Some(target) => {
                let pairs = view.folder.transfer(&uids, &target)?;
                Ok(Some((target.picture(false)?.validity, pairs)))
            }
            None => io::Result::Ok(None),
        });
        let Some((validity, pairs)) = moved? else { return Ok(missing("TRYCREATE")) };
        // The code comes before the messages go (RFC 6851 section 4.3).
        if let Some(code) = copy_uid(validity, &pairs) {
            self.say(code, "moved")?;
        }
        self.tell(true, false)?;
        Ok(yes("moved"))
    }

    pub(super) fn expunge(&mut self, only: Option<&NumberSet>) -> Answer {
        let view = self.view.as_ref().ok_or(Failure::State)?;
        if view.read_only {
            return Ok(no("the mailbox was opened to be read"));
        }
        let among = match only {
            // Resolved once: a set may have many ranges.
            Some(set) => view.chosen(set, true).map(uids),
            None => None,
        };
        let may = |uid: Uid| among.as_ref().is_none_or(|uids| uids.binary_search(&uid).is_ok());
        block_in_place(|| view.folder.expunge(may))?;
        self.tell(true, false)?;
        Ok(yes("expunged"))
    }

    pub(super) fn close(&mut self, expunge: bool) -> Answer {
        let view = self.view.take().ok_or(Failure::State)?;
        if expunge && !view.read_only {
            block_in_place(|| view.folder.expunge(|_| true))?;
        }
        Ok(yes("closed"))
    }

    pub(super) fn search(
        &mut self,
        uid: bool,
        charset: Option<&Octets<'_>>,
        key: &SearchKey<'_>,
    ) -> Answer {
        let known = |charset: &Octets<'_>| {
            let name = charset.as_bytes();
            name.eq_ignore_ascii_case(b"UTF-8") || name.eq_ignore_ascii_case(b"US-ASCII")
        };
        if !charset.is_none_or(known) {
            let charsets = vec![b"UTF-8".into(), b"US-ASCII".into()];
            return Ok(no("not that charset").with_code(Code::BadCharset(charsets)));
        }
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let mut found = Vec::new();
        let result: io::Result<()> = block_in_place(|| {
            for (seq, entry) in view.iter() {
                let mut it = super::candidate::Message::new(view, seq, entry);
                if evaluate::matches(key, &mut it)? {
                    found.push(if uid { entry.uid } else { seq });
                }
            }
            Ok(())
        });
        result?;
        self.conn.send(&Response::Search(found.into()))?;
        Ok(yes("searched"))
    }
}

/// What the client is told of the flags of a message.
pub(super) fn flags_of(view: &Selected, entry: &Entry) -> Flags<'static> {
    let mut flags = Flags::new();
    for (flag, kept) in SYSTEM {
        if entry.flags.system.contains(kept) {
            flags.insert(Flag::System(flag));
        }
    }
    if view.is_recent(entry.uid) {
        flags.insert(Flag::System(SystemFlag::Recent));
    }
    for (n, name) in view.keywords.iter().enumerate() {
        if entry.flags.keywords >> n & 1 == 1 {
            // Another program may have put anything into the file of keywords.
            if let Ok(flag) = Flag::new(name.clone()) {
                flags.insert(flag);
            }
        }
    }
    flags
}

/// The system flags among those that a client gave; `\Recent` is not its to give.
pub(super) fn system(flags: &Flags<'_>) -> SystemFlags {
    let given = SYSTEM.iter().filter(|(flag, _)| flags.has(*flag));
    given.fold(SystemFlags::default(), |all, (_, kept)| all.with(*kept))
}

fn uids(chosen: Vec<(u32, Uid)>) -> Vec<Uid> {
    chosen.into_iter().map(|(_, uid)| uid).collect()
}

fn copy_uid(validity: u32, pairs: &[(Uid, Uid)]) -> Option<Code<'static>> {
    let from = NumberSet::of(pairs.iter().map(|(from, _)| *from));
    let to = NumberSet::of(pairs.iter().map(|(_, to)| *to));
    (!pairs.is_empty()).then_some(Code::CopyUid { validity, from, to })
}

pub(super) fn no_such() -> Condition<'static> {
    Condition::new(State::Bad, "there is no such message")
}

/// Messages were removed by another session, of which this one could not be told yet.
pub(super) fn issued() -> Condition<'static> {
    no("some of the messages are gone").with_code(Code::named("EXPUNGEISSUED"))
}
