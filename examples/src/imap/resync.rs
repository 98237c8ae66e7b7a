//! Opens a mailbox and hears what became of it since it was last open: by QRESYNC, by CONDSTORE, or
//! by asking for everything.

use super::{Session, misused};
use crate::options::Wrong;
use mailwire_imap::build::{fetch, search, select};
use mailwire_imap::client::Event;
use mailwire_imap::model::{Change, Offers, Opening, Remembered, Selected, Step, opening, steps};
use mailwire_imap::types::{
    Capability, Command, Fetch, FetchItem, Mailbox, NumberSet, QResync, Response, SearchResult,
    SetRange,
};
use std::collections::BTreeSet;

/// How many ranges of numbers one command names: lines stay short.
pub const RANGES: usize = 100;

/// What is told of a mailbox.
#[derive(Debug)]
pub enum Told<'e, 'i> {
    /// Nothing that is remembered is worth anything: the identifiers are others.
    Forget,
    /// A message is there, and what was told of it.
    Fetched {
        /// Its unique identifier.
        uid: u32,
        /// Its flags and what else was told.
        fetch: &'e Fetch<'i>,
    },
    /// These messages are gone, as far as they were there.
    Gone(NumberSet),
    /// There are new messages, of which nothing was told yet.
    Arrived,
}

impl Session {
    /// Has the server speak of what vanished, if it can: once, before a mailbox is opened.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn enable_qresync(&mut self) -> Result<(), Wrong> {
        let offered = self.has(&Capability::QResync) && self.has(&Capability::Enable);
        if offered && self.ways.qresync {
            self.run(Command::Enable(vec!["QRESYNC".into()]), |_| Ok(())).await?;
        }
        Ok(())
    }

    /// Opens a mailbox, and tells what is new of it: everything, when nothing is remembered. Of new
    /// messages `items` are asked for besides their flags.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, the connection breaks, or `told` says so.
    pub async fn open(
        &mut self,
        mailbox: &Mailbox<'_>,
        remembered: Option<&Remembered>,
        items: &[FetchItem<'_>],
        mut told: impl FnMut(Told<'_, '_>) -> Result<(), Wrong>,
    ) -> Result<Selected, Wrong> {
        let qresync = self.conn.dialect().qresync;
        let condstore = qresync || self.has(&Capability::CondStore) && self.ways.condstore;
        let opening = opening(remembered, Offers { condstore, qresync });
        let command = select(mailbox.clone());
        let mut selected = Selected::new();
        let command = match &opening {
            Opening::Plain => command,
            Opening::CondStore => command.condstore(),
            Opening::QResync { validity, modseq, uids } => {
                if let Some(remembered) = remembered {
                    selected = selected.resuming(remembered);
                }
                // Without the set the server speaks of all there can be.
                let known = (uids.ranges().len() <= RANGES).then(|| uids.clone());
                let (uid_validity, mod_seq) = (*validity, *modseq);
                command.resync(QResync { uid_validity, mod_seq, known, pairs: None })
            }
        };
        let opened = self.run(command, |event| selected_sees(&mut selected, event, &mut told));
        opened.await?.ok()?;
        for step in steps(remembered, &opening, &selected) {
            self.step(&step, &mut selected, remembered, items, &mut told).await?;
        }
        Ok(selected)
    }

    async fn step(
        &mut self,
        step: &Step,
        selected: &mut Selected,
        remembered: Option<&Remembered>,
        items: &[FetchItem<'_>],
        told: &mut impl FnMut(Told<'_, '_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let (mut there, mut whole) = (BTreeSet::new(), false);
        match step {
            Step::Forget => return told(Told::Forget),
            Step::Flags { uids, changed_since } => {
                whole = changed_since.is_none();
                let sets = uids.ranges().chunks(RANGES).map(set);
                let profile = *self.conn.profile();
                for set in sets.flat_map(|set| profile.split(&set)) {
                    let mut command = fetch(set).uid().flags();
                    if let Some(since) = changed_since {
                        command = command.changed_since(*since);
                    }
                    let ended = self.run(command, |event| {
                        there.extend(fetched(event).and_then(Fetch::uid));
                        selected_sees(selected, event, told)
                    });
                    ended.await?.ok()?;
                }
            }
            Step::Which => {
                // Someone may remove messages while they are listed; not for ever.
                for _ in 0..10 {
                    let listed = self.list_uids(selected, told).await?;
                    whole = selected.listed(&listed);
                    if whole {
                        break;
                    }
                }
                if !whole {
                    return Err("the server does not say which messages there are".into());
                }
            }
            Step::New { first } => {
                let mut command = fetch(NumberSet::since(*first)).uid().flags();
                for item in items {
                    command = command.item(item.clone());
                }
                let ended = self.run(command, |event| selected_sees(selected, event, told));
                ended.await?.ok()?;
            }
            other => return Err(format!("{other:?} is not known here")),
        }
        if let Some(remembered) = remembered.filter(|_| whole) {
            let listed = matches!(step, Step::Which);
            let is_there = |uid: u32| match listed {
                true => selected.messages().seq(uid).is_some(),
                false => there.contains(&uid),
            };
            let known = remembered.uids.resolved(u32::MAX).flat_map(|(low, high)| low..=high);
            let gone = NumberSet::of(known.filter(|uid| !is_there(*uid)));
            if !gone.is_empty() {
                told(Told::Gone(gone))?;
            }
        }
        Ok(())
    }

    /// The answer to `UID SEARCH ALL`.
    async fn list_uids(
        &mut self,
        selected: &mut Selected,
        told: &mut impl FnMut(Told<'_, '_>) -> Result<(), Wrong>,
    ) -> Result<NumberSet, Wrong> {
        let mut listed = NumberSet::new();
        let ended = self.run(search(), |event| {
            match event {
                Event::Response(Response::Search(found)) => {
                    listed = NumberSet::of(found.numbers.iter().copied());
                }
                Event::Response(Response::ESearch(found)) => {
                    for result in &found.results {
                        if let SearchResult::All(set) = result {
                            listed = set.clone();
                        }
                    }
                }
                _ => {}
            }
            selected_sees(selected, event, told)
        });
        ended.await?.ok()?;
        Ok(listed)
    }

    /// Begins IDLE.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub fn idle(&mut self) -> Result<mailwire_imap::client::Tag, Wrong> {
        self.conn.idle().map_err(misused)
    }
}

/// Shows an event to the picture of the mailbox, and says what it told.
///
/// # Errors
///
/// When the server contradicts itself, or `told` says so.
pub fn selected_sees(
    selected: &mut Selected,
    event: &Event<'_>,
    told: &mut impl FnMut(Told<'_, '_>) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    let response = match event {
        Event::Response(response) => response,
        Event::Done { condition, .. } => {
            selected.completed(condition);
            return Ok(());
        }
        _ => return Ok(()),
    };
    let lost = |what| format!("the server contradicts itself: {what}");
    match selected.see(response).map_err(lost)? {
        Change::Arrived(..) => told(Told::Arrived),
        Change::Expunged { uid: Some(uid), .. } => told(Told::Gone(NumberSet::from(uid))),
        Change::Vanished(uids) => told(Told::Gone(uids)),
        Change::Fetched { uid: Some(uid), .. } => match fetched(event) {
            Some(fetch) => told(Told::Fetched { uid, fetch }),
            None => Ok(()),
        },
        Change::Invalidated => Err("the identifiers of the messages have changed".into()),
        _ => Ok(()),
    }
}

/// The FETCH response that an event is.
#[must_use]
pub fn fetched<'e, 'i>(event: &'e Event<'i>) -> Option<&'e Fetch<'i>> {
    match event {
        Event::Response(Response::Fetch(fetch) | Response::UidFetch(fetch)) => Some(fetch),
        _ => None,
    }
}

/// Some ranges as a set.
#[must_use]
pub fn set(ranges: &[SetRange]) -> NumberSet {
    let mut set = NumberSet::new();
    for range in ranges {
        set.push(*range);
    }
    set
}
