//! Commands about messages: flags, copies, moves, removal.

use super::folders::{missing, name};
use super::progress::Progress;
use super::selected::Selected;
use super::{Answer, Failure, Session, no, yes};
use examples::Link;
use examples::maildir::{self, Entry, Folder, SystemFlags, Uid};
use mailwire_imap::types::{
    Code, Condition, Fetch, FetchData, Flag, Flags, Mailbox, NumberSet, Response, State,
    StoreAction, StoreModifier, SystemFlag, Vanished,
};
use mailwire_imap::view::Update;
use std::cell::Cell;
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

/// The UIDs of each message here and there.
type Pairs = Vec<(Uid, Uid)>;
/// How messages come from one folder to another; what is given last is called at each.
type Way = fn(&Folder, &[Uid], &Folder, &mut dyn FnMut()) -> io::Result<Pairs>;

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
        let dialect = self.conn.dialect();
        let mut vanished = Vec::new();
        for update in &news.updates {
            match update {
                Update::Expunge { uid, .. } if dialect.qresync || dialect.uid_only => {
                    vanished.push(*uid);
                }
                Update::Expunge { seq, .. } => self.conn.send(&Response::Expunge(*seq))?,
                _ => {}
            }
        }
        if !vanished.is_empty() {
            vanished.sort_unstable();
            let uids = NumberSet::of(vanished);
            self.conn.send(&Response::Vanished(Vanished { earlier: false, uids }))?;
        }
        for update in news.updates {
            let response = match update {
                Update::Expunge { .. } => continue,
                Update::Exists(count) => Response::Exists(count),
                Update::Flags { seq, uid } => {
                    let Some(entry) = view.get(uid) else { continue };
                    let mut data =
                        vec![FetchData::Uid(uid), FetchData::Flags(flags_of(view, entry))];
                    data.extend(dialect.condstore.then_some(FetchData::ModSeq(entry.modseq)));
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
        modifiers: &[StoreModifier<'_>],
        action: StoreAction,
        silent: bool,
        flags: &Flags<'_>,
    ) -> Answer {
        let view = self.view.as_mut().ok_or(Failure::State)?;
        if view.read_only {
            return Ok(no("the mailbox was opened to be read"));
        }
        let mut unchanged = u64::MAX;
        for modifier in modifiers {
            match modifier {
                StoreModifier::UnchangedSince(modseq) => unchanged = *modseq,
                _ => return Ok(Condition::new(State::Bad, "not a modifier that is known here")),
            }
        }
        let Some(chosen) = view.chosen(set, uid) else { return Ok(no_such()) };
        // Where no message can take them, no keywords are made.
        let takes = |uid: Uid| view.get(uid).is_none_or(|entry| entry.modseq <= unchanged);
        let names: Vec<&str> = match chosen.iter().any(|(_, uid)| takes(*uid)) {
            true => flags.keywords().collect(),
            false => Vec::new(),
        };
        let keywords = block_in_place(|| view.folder.keywords(&names))?;
        let Some(keywords) = keywords else {
            return Ok(no("the folder has as many keywords as it can").with_code(Code::Limit));
        };
        let given = maildir::Flags { system: system(flags), keywords };
        let condstore = self.conn.dialect().condstore;
        let (mut gone, mut modified) = (false, Vec::new());
        // New keywords are made known before a message has them.
        self.tell(false, false)?;
        for (seq, uid_of) in chosen {
            let view = self.view.as_mut().ok_or(Failure::State)?;
            let refused = Cell::new(false);
            let change = |before: &Entry| match action {
                _ if before.modseq > unchanged => {
                    refused.set(true);
                    before.flags
                }
                StoreAction::Replace => given,
                StoreAction::Add => maildir::Flags {
                    system: before.flags.system.with(given.system),
                    keywords: before.flags.keywords | given.keywords,
                },
                StoreAction::Remove => maildir::Flags {
                    system: before.flags.system.without(given.system),
                    keywords: before.flags.keywords & !given.keywords,
                },
            };
            let known = view.get(uid_of).map(|entry| entry.modseq);
            let now = block_in_place(|| view.folder.mark(uid_of, change))?;
            let (Some(now), Some(known)) = (now, known) else {
                gone = true;
                continue;
            };
            if refused.get() {
                // Another session was faster. The client is told of it with the next news.
                modified.push(if uid { uid_of } else { seq });
                continue;
            }
            view.note(now);
            let mut data = Vec::new();
            if !silent {
                data.push(FetchData::Flags(flags_of(view, &now)));
            }
            // Also of what is silent the mod-sequence is told (RFC 7162 section 3.1.3).
            if condstore && (!silent || now.modseq != known) {
                data.push(FetchData::ModSeq(now.modseq));
            }
            if !data.is_empty() {
                if uid || condstore {
                    data.push(FetchData::Uid(uid_of));
                }
                self.conn.send(&Response::Fetch(Fetch { seq, data: data.into() }))?;
            }
        }
        let answer = if gone { issued() } else { yes("stored") };
        Ok(match modified.is_empty() {
            true => answer,
            false => answer.with_code(Code::Modified(NumberSet::of(modified))),
        })
    }

    /// Gives messages to another mailbox by `way`, while the client is told how far it is. Says the
    /// UIDVALIDITY there and the UIDs of each here and there, or `None` where there is no such mailbox.
    fn give(
        &mut self,
        uids: &[Uid],
        to: &Mailbox<'_>,
        link: &mut Link,
        way: Way,
    ) -> Result<Option<(u32, Pairs)>, Failure> {
        let user = self.user()?;
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let mut progress = Progress::new(&mut self.conn, link, self.office.progress, uids.len());
        let given = block_in_place(|| match user.mail.folder(&name(to))? {
            Some(target) => {
                let pairs = way(&view.folder, uids, &target, &mut || progress.step())?;
                Ok(Some((target.picture(false)?.validity, pairs)))
            }
            None => io::Result::Ok(None),
        });
        Ok(given?)
    }

    pub(super) fn copy(
        &mut self,
        uid: bool,
        set: &NumberSet,
        to: &Mailbox<'_>,
        link: &mut Link,
    ) -> Answer {
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let Some(uids) = view.chosen(set, uid).map(uids) else { return Ok(no_such()) };
        let sizes = uids.iter().filter_map(|&uid| Some(view.get(uid)?.size));
        if let Some(refusal) = self.over_quota(sizes.sum(), 0)? {
            return Ok(refusal);
        }
        let copied = self.give(&uids, to, link, Folder::copy)?;
        let Some((validity, pairs)) = copied else { return Ok(missing(Code::TryCreate)) };
        Ok(match copy_uid(validity, &pairs) {
            Some(code) => yes("copied").with_code(code),
            None => yes("there was nothing to copy"),
        })
    }

    pub(super) fn move_to(
        &mut self,
        uid: bool,
        set: &NumberSet,
        to: &Mailbox<'_>,
        link: &mut Link,
    ) -> Answer {
        let view = self.view.as_ref().ok_or(Failure::State)?;
        if view.read_only {
            return Ok(no("the mailbox was opened to be read"));
        }
        let Some(uids) = view.chosen(set, uid).map(uids) else { return Ok(no_such()) };
        let moved = self.give(&uids, to, link, Folder::transfer)?;
        let Some((validity, pairs)) = moved else { return Ok(missing(Code::TryCreate)) };
        // The code comes before the messages go (RFC 6851 section 4.3).
        if let Some(code) = copy_uid(validity, &pairs) {
            self.say(code, "moved")?;
        }
        self.tell(true, false)?;
        Ok(self.with_highest(yes("moved")))
    }

    /// The same with the mod-sequence of what went, for who knows of them (RFC 7162 section 3.2.7).
    fn with_highest(&self, condition: Condition<'static>) -> Condition<'static> {
        match &self.view {
            Some(view) if self.conn.dialect().condstore => {
                condition.with_code(Code::HighestModSeq(view.highest))
            }
            _ => condition,
        }
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
        Ok(self.with_highest(yes("expunged")))
    }

    pub(super) fn close(&mut self, expunge: bool) -> Answer {
        let view = self.view.take().ok_or(Failure::State)?;
        if expunge && !view.read_only {
            block_in_place(|| view.folder.expunge(|_| true))?;
        }
        Ok(yes("closed"))
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
    no("some of the messages are gone").with_code(Code::ExpungeIssued)
}
