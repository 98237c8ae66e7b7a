//! One folder: what changed at each end, and what is to be done about it.

use crate::Done;
use crate::download::Download;
use crate::state::State;
use examples::imap::{RANGES, Session, Told, letters, set, system_flags};
use examples::maildir::{Here, Maildir, Mirror};
use examples::options::Wrong;
use mailwire_imap::build::{search, store};
use mailwire_imap::client::Event;
use mailwire_imap::types::{
    Capability, Command, FetchData, Flags, Mailbox, NumberSet, Response, SystemFlag,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// One folder of one run.
pub(crate) struct Sync<'s> {
    pub(crate) session: &'s mut Session,
    pub(crate) mirror: Mirror,
    pub(crate) state: State,
    pub(crate) mailbox: &'s Mailbox<'static>,
    pub(crate) name: String,
}

/// What the server said when the folder was opened.
#[derive(Debug, Default)]
struct There {
    /// New messages, and those of which the flags may have changed.
    told: BTreeMap<u32, String>,
    gone: BTreeSet<u32>,
    modseq: Option<u64>,
    next_uid: u32,
}

/// What lies here.
#[derive(Debug, Default)]
struct Local {
    /// Messages of this mailbox.
    ours: BTreeMap<u32, Here>,
    /// Messages that the server does not have, or may have by another number.
    others: Vec<Here>,
}

impl<'s> Sync<'s> {
    pub(crate) fn new(
        session: &'s mut Session,
        maildir: &Maildir,
        account: &str,
        mailbox: &'s Mailbox<'static>,
        local: &str,
    ) -> io::Result<Self> {
        let mirror = Mirror::open(maildir, local)?;
        let state = State::open(&mirror, account)?;
        Ok(Self { session, mirror, state, mailbox, name: mailbox.name() })
    }

    pub(crate) fn disk(&self) -> impl Fn(io::Error) -> Wrong + use<> {
        let name = self.name.clone();
        move |error| format!("{name}: {error}")
    }

    pub(crate) async fn run(mut self, done: &mut Done) -> Result<(), Wrong> {
        let there = match self.open().await {
            Ok(there) => there,
            Err(line) => {
                done.failed.push(format!("{}: {line}", self.name));
                return Ok(());
            }
        };
        let disk = self.disk();
        let local = self.scan(&there).map_err(&disk)?;
        self.flags(&there, &local, done).await?;
        let wanted = there
            .told
            .keys()
            .filter(|uid| !local.ours.contains_key(uid) && !self.state.known().contains_key(uid));
        let wanted: Vec<u32> = wanted.copied().collect();
        let left = Download::new(&mut self, local.others, done).run(&wanted).await?;
        self.remove(&there, &local.ours, done).await?;
        for here in left {
            self.upload(here, there.next_uid, done).await?;
        }
        if wanted.iter().any(|uid| !self.state.known().contains_key(uid)) {
            // Some did not come, because they are gone by now or for worse: once more.
            return Ok(());
        }
        let next = there.told.keys().next_back().map_or(1, |uid| uid.saturating_add(1));
        let next = next.max(self.state.next());
        self.state.note_seen(next, there.modseq).map_err(&disk)
    }

    async fn open(&mut self) -> Result<There, Wrong> {
        let remembered = self.state.remembered();
        let mut there = There::default();
        let opened = self.session.open(self.mailbox, remembered.as_ref(), &[], |told| {
            match told {
                Told::Fetched { uid, fetch } => {
                    let flags = fetch.data.iter().find_map(|data| match data {
                        FetchData::Flags(flags) => Some(letters(flags)),
                        _ => None,
                    });
                    there.told.extend(flags.map(|flags| (uid, flags)));
                }
                Told::Gone(uids) => {
                    for (low, high) in uids.resolved(u32::MAX) {
                        let known =
                            remembered.iter().flat_map(|known| known.uids.resolved(u32::MAX));
                        for (first, last) in known {
                            there.gone.extend(low.max(first)..=high.min(last));
                        }
                        there.told.retain(|uid, _| !(low..=high).contains(uid));
                    }
                }
                Told::Forget | Told::Arrived => {}
            }
            Ok(())
        });
        let selected = opened.await?;
        // A server that says none has one that never changes.
        let validity = selected.validity().unwrap_or(1);
        let disk = self.disk();
        self.state.is_of(validity).map_err(disk)?;
        there.modseq = selected.modseq();
        there.next_uid = selected.next_uid().unwrap_or(1);
        Ok(there)
    }

    /// What lies here. What a file seems to be that is here twice, or that the server is done with,
    /// it is not: it is new.
    fn scan(&mut self, there: &There) -> io::Result<Local> {
        let mut local = Local::default();
        let mut files = self.mirror.scan()?;
        // A file that is renamed while the folder is read may be missed: removed is what is missed
        // twice.
        let seen: BTreeSet<&str> = files.iter().map(|here| here.base.as_str()).collect();
        let again = self.mirror.scan()?;
        let missed: Vec<Here> =
            again.into_iter().filter(|here| !seen.contains(here.base.as_str())).collect();
        files.extend(missed);
        let word = self.state.word().to_owned();
        let bases = files.iter().map(|here| here.base.as_str()).collect();
        self.state.keep_sending(&bases)?;
        for here in files {
            let uid = here.mark.as_ref().filter(|(of, _)| *of == word).map(|(_, uid)| *uid);
            let known = |uid: &u32| {
                // An interrupted run may have stored it without noting it.
                let fresh = *uid >= self.state.next();
                self.state.known().contains_key(uid) || there.told.contains_key(uid) || fresh
            };
            match uid.filter(known).filter(|uid| !local.ours.contains_key(uid)) {
                Some(uid) => drop(local.ours.insert(uid, here)),
                None if self.state.is_sending(&here.base) => local.others.push(here),
                // Of an earlier life of the mailbox: the server may have it by another number.
                None if here.mark.is_some() && uid.is_none() => local.others.push(here),
                None if uid.is_some() => local.others.push(self.mirror.rename_anew(&here)?),
                None => local.others.push(here),
            }
        }
        Ok(local)
    }

    /// Flags that changed at one end change at the other; of those that were changed at both ends
    /// each change counts.
    async fn flags(&mut self, there: &There, local: &Local, done: &mut Done) -> Result<(), Wrong> {
        let mut changes: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
        let mut merged = Vec::new();
        for (uid, here) in &local.ours {
            let before = self.state.known().get(uid);
            let theirs = match (there.told.get(uid), before) {
                _ if there.gone.contains(uid) => continue,
                (Some(told), _) => told,
                (None, Some(before)) => before,
                // It is gone there, and was never noted.
                (None, None) => continue,
            };
            let ours = here.flags();
            // Of a message that was not noted all flags are kept.
            let nothing = String::new();
            let before = before.unwrap_or(&nothing);
            let adds = minus(&minus(&ours, before), theirs);
            let removes: String =
                minus(before, &ours).chars().filter(|c| theirs.contains(*c)).collect();
            let both: String = "DFRST"
                .chars()
                .filter(|c| adds.contains(*c) || theirs.contains(*c) && !removes.contains(*c))
                .collect();
            if !adds.is_empty() || !removes.is_empty() {
                changes.entry((adds, removes)).or_default().push(*uid);
            }
            merged.push((*uid, here, both));
        }
        for ((adds, removes), uids) in changes {
            done.flags += uids.len() as u64;
            for ranges in NumberSet::of(uids).ranges().chunks(RANGES) {
                for (letters, add) in [(&adds, true), (&removes, false)] {
                    let flags = system_flags(letters);
                    if flags.is_empty() {
                        continue;
                    }
                    let command = store(set(ranges)).silent();
                    let command = if add { command.add(flags) } else { command.remove(flags) };
                    self.session.run(command, |_| Ok(())).await?.ok()?;
                }
            }
        }
        for (uid, here, both) in merged {
            if here.flags() != both {
                match self.mirror.mark_flags(here, &both) {
                    Ok(_) => done.flags += 1,
                    // Another program changed it just now: the next run sees how.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(self.disk()(error)),
                }
            }
            self.state.note_known(uid, &both).map_err(self.disk())?;
        }
        Ok(())
    }

    /// What is gone at one end goes at the other.
    async fn remove(
        &mut self,
        there: &There,
        ours: &BTreeMap<u32, Here>,
        done: &mut Done,
    ) -> Result<(), Wrong> {
        let disk = self.disk();
        for (uid, here) in ours {
            let unknown = !self.state.known().contains_key(uid) && !there.told.contains_key(uid);
            if there.gone.contains(uid) || unknown {
                self.mirror.remove(here).map_err(&disk)?;
                done.removed_here += 1;
            }
        }
        for uid in &there.gone {
            self.state.note_gone(*uid).map_err(&disk)?;
        }
        // What was downloaded in this run is known, and is here.
        let missing = self.mirror.scan().map_err(&disk)?;
        let word = self.state.word();
        let here: BTreeSet<u32> = missing
            .iter()
            .filter_map(|here| here.mark.as_ref())
            .filter(|(of, _)| of == word)
            .map(|(_, uid)| *uid)
            .chain(ours.keys().copied())
            .collect();
        let gone: Vec<u32> =
            self.state.known().keys().copied().filter(|uid| !here.contains(uid)).collect();
        if gone.is_empty() {
            return Ok(());
        }
        for ranges in NumberSet::of(gone.iter().copied()).ranges().chunks(RANGES) {
            let uids = set(ranges);
            let deleted = store(uids.clone()).silent().add([SystemFlag::Deleted]);
            self.session.run(deleted, |_| Ok(())).await?.ok()?;
            let uids = match self.session.has(&Capability::UidPlus)
                || self.session.has(&Capability::Imap4Rev2)
            {
                true => Some(uids),
                // EXPUNGE would take with it what others marked.
                false if self.others_are_deleted(&gone).await? => {
                    done.failed.push(format!("{}: some stay there, marked as deleted", self.name));
                    continue;
                }
                false => None,
            };
            self.session.run(Command::Expunge { uids }, |_| Ok(())).await?.ok()?;
        }
        for uid in gone {
            self.state.note_gone(uid).map_err(&disk)?;
            done.removed_there += 1;
        }
        Ok(())
    }

    async fn others_are_deleted(&mut self, ours: &[u32]) -> Result<bool, Wrong> {
        let mut others = false;
        let ended = self.session.run(search().deleted(), |event| {
            if let Event::Response(Response::Search(found)) = event {
                others |= found.numbers.iter().any(|uid| !ours.contains(uid));
            }
            Ok(())
        });
        ended.await?.ok()?;
        Ok(others)
    }
}

/// The letters of one that are not in the other.
fn minus(letters: &str, others: &str) -> String {
    letters.chars().filter(|letter| !others.contains(*letter)).collect()
}

/// The flags of letters, for APPEND.
pub(crate) fn flags(letters: &str) -> Flags<'static> {
    system_flags(letters).into_iter().map(mailwire_imap::types::Flag::System).collect()
}
