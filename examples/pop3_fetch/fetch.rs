//! Fetching: messages go to the store, and what is stored may be deleted.

use crate::ledger::Ledger;
use crate::session::said;
use crate::store::Store;
use examples::options::Wrong;
use indicatif::ProgressBar;
use mailwire_pop3::Command;
use mailwire_pop3::client::{Connection, Event, Id};
use mailwire_pop3::plan::Plan;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many messages are asked for before the first of them has come.
const AHEAD: usize = 8;

/// One run of a plan.
pub(crate) struct Fetch<'p> {
    store: &'p mut Store,
    ledger: &'p mut Ledger,
    bar: &'p ProgressBar,
    /// The unique ids by which messages are known again.
    names: BTreeMap<u32, &'p str>,
    now: u64,
    to_fetch: VecDeque<u32>,
    after_storing: BTreeSet<u32>,
    to_delete: VecDeque<u32>,
    /// Asked for, and not whole yet, in order.
    coming: VecDeque<(Id, u32)>,
    deleting: BTreeSet<Id>,
    /// What became of it.
    pub(crate) fetched: u32,
    pub(crate) octets: u64,
    pub(crate) deleted: u32,
    /// What could not be done, in lines.
    pub(crate) failed: Vec<String>,
}

impl<'p> Fetch<'p> {
    pub(crate) fn new(
        plan: &Plan,
        names: BTreeMap<u32, &'p str>,
        store: &'p mut Store,
        ledger: &'p mut Ledger,
        now: u64,
        bar: &'p ProgressBar,
    ) -> Self {
        Self {
            store,
            ledger,
            bar,
            names,
            now,
            to_fetch: plan.fetch.iter().copied().collect(),
            after_storing: plan.after_storing.iter().copied().collect(),
            to_delete: plan.delete.iter().copied().collect(),
            coming: VecDeque::new(),
            deleting: BTreeSet::new(),
            fetched: 0,
            octets: 0,
            deleted: 0,
            failed: Vec::new(),
        }
    }

    /// Asks for the first messages, and deletes what is stored since an earlier run.
    pub(crate) fn begin(&mut self, conn: &mut Connection) -> Result<(), Wrong> {
        while let Some(number) = self.to_delete.pop_front() {
            self.delete(conn, number)?;
        }
        while self.coming.len() < AHEAD && self.ask(conn)? {}
        Ok(())
    }

    /// Whether all is answered.
    pub(crate) fn is_done(&self) -> bool {
        self.coming.is_empty() && self.deleting.is_empty()
    }

    pub(crate) fn see(&mut self, conn: &mut Connection, event: Event<'_>) -> Result<(), Wrong> {
        let disk = |error: std::io::Error| format!("a message cannot be stored: {error}");
        let front = self.coming.front().copied();
        match event {
            Event::Message { .. } => self.store.begin(self.now).map_err(disk)?,
            Event::Body(piece) => {
                self.store.write(piece).map_err(disk)?;
                self.octets += piece.len() as u64;
                self.bar.inc(piece.len() as u64);
            }
            Event::End { to } => {
                if let Some((_, number)) = front.filter(|(id, _)| *id == to) {
                    self.store.finish().map_err(disk)?;
                    if let Some(name) = self.names.get(&number) {
                        self.ledger
                            .note(name, self.now)
                            .map_err(|error| format!("the ledger cannot be written: {error}"))?;
                    }
                    self.fetched += 1;
                    self.bar.set_message(format!("{}", self.fetched));
                    self.coming.pop_front();
                    // It is on disk, and known to be.
                    if self.after_storing.contains(&number) {
                        self.delete(conn, number)?;
                    }
                    self.ask(conn)?;
                }
            }
            Event::Reply { to, reply } if self.deleting.remove(&to) => match reply.is_ok() {
                true => self.deleted += 1,
                false => self.failed.push(format!("not deleted: {}", said(&reply))),
            },
            Event::Reply { to, reply } => {
                if let Some((_, number)) = front.filter(|(id, _)| *id == to) {
                    self.failed.push(format!("message {number} was not sent: {}", said(&reply)));
                    self.coming.pop_front();
                    self.ask(conn)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks for the next message; false when there is none.
    fn ask(&mut self, conn: &mut Connection) -> Result<bool, Wrong> {
        let Some(number) = self.to_fetch.pop_front() else { return Ok(false) };
        let id = conn.send(&Command::Retr(number)).map_err(|misuse| misuse.to_string())?;
        self.coming.push_back((id, number));
        Ok(true)
    }

    fn delete(&mut self, conn: &mut Connection, number: u32) -> Result<(), Wrong> {
        let id = conn.send(&Command::Dele(number)).map_err(|misuse| misuse.to_string())?;
        self.deleting.insert(id);
        Ok(())
    }
}
