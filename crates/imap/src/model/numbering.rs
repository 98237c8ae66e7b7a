//! Which message has which sequence number and which unique identifier, as runs of neighbours.
//!
//! Unique identifiers rise with sequence numbers (RFC 9051 section 2.3.1.1), so what is known of a
//! mailbox of any size is a list of runs: `len` messages from `uid` on, or `len` messages of which
//! no unique identifier is known yet. The runs stand in blocks, so that an EXPUNGE moves the runs
//! of one block and not all of them.

use crate::types::{Bound, NumberSet, SetRange};
use alloc::vec::Vec;

/// Runs in a block before it is split.
const BLOCK: usize = 64;

/// The messages of a mailbox by sequence number, each with its unique identifier as far as that is
/// known.
#[derive(Clone, Debug, Default)]
pub struct Numbering {
    blocks: Vec<Block>,
    len: u32,
}

/// Neighbours in the order of their sequence numbers.
#[derive(Clone, Debug, Default)]
struct Block {
    len: u32,
    runs: Vec<Run>,
}

/// `len` messages, not 0, with unique identifiers from `uid` on, or with unknown ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Run {
    len: u32,
    uid: Option<u32>,
}

/// Two things that a server said cannot both be true.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Contradiction {
    /// The sequence number is 0 or past the last message.
    #[error("there is no message {0}")]
    NoSuchMessage(u32),
    /// The message had another unique identifier before, or one that does not rise with the
    /// sequence numbers.
    #[error("message {seq} cannot have the unique identifier {uid}")]
    Uid {
        /// The sequence number.
        seq: u32,
        /// The unique identifier that was said.
        uid: u32,
    },
    /// The mailbox shrank without EXPUNGE.
    #[error("{0} messages cannot become {1} without EXPUNGE")]
    Shrunk(u32, u32),
}

impl Run {
    fn contains(&self, uid: u32) -> bool {
        self.uid.is_some_and(|first| uid >= first && uid - first < self.len)
    }

    /// The unique identifier of the message `at` places into the run.
    fn at(&self, at: u32) -> Option<u32> {
        self.uid.and_then(|first| first.checked_add(at))
    }

    fn last(&self) -> Option<u32> {
        self.at(self.len.saturating_sub(1))
    }

    /// Whether `next` goes on where this ends.
    fn joins(&self, next: &Self) -> bool {
        match (self.uid, next.uid) {
            (None, None) => true,
            (Some(first), Some(second)) => first.checked_add(self.len) == Some(second),
            _ => false,
        }
    }
}

/// Where a message is: its block, its run, and how far into that run.
#[derive(Clone, Copy)]
struct Place {
    block: usize,
    run: usize,
    offset: u32,
}

impl Numbering {
    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The unique identifier of a message, if it is known.
    #[must_use]
    pub fn uid(&self, seq: u32) -> Option<u32> {
        let place = self.place(seq)?;
        self.run(place)?.at(place.offset)
    }

    /// The sequence number of a message, if its unique identifier is known.
    #[must_use]
    pub fn seq(&self, uid: u32) -> Option<u32> {
        self.find(uid).map(|(_, seq)| seq)
    }

    /// The known unique identifiers, as ranges: what a client remembers and what it names in
    /// `SELECT … (QRESYNC …)`.
    #[must_use]
    pub fn uids(&self) -> NumberSet {
        let mut set: Vec<(u32, u32)> = Vec::new();
        for run in self.runs() {
            let (Some(first), Some(last)) = (run.uid, run.last()) else { continue };
            match set.last_mut() {
                Some((_, end)) if end.checked_add(1) == Some(first) => *end = last,
                _ => set.push((first, last)),
            }
        }
        numbers(set)
    }

    /// The sequence numbers of the messages whose unique identifiers are not known, as ranges:
    /// what is to be asked by `FETCH … (UID)`.
    #[must_use]
    pub fn unknown(&self) -> NumberSet {
        let mut set: Vec<(u32, u32)> = Vec::new();
        let mut seq = 0_u32;
        for run in self.runs() {
            if run.uid.is_none() {
                match set.last_mut() {
                    Some((_, end)) if *end == seq => *end = seq + run.len,
                    _ => set.push((seq + 1, seq + run.len)),
                }
            }
            seq += run.len;
        }
        numbers(set)
    }

    /// The largest unique identifier that is known.
    #[must_use]
    pub fn last_uid(&self) -> Option<u32> {
        let runs = self.blocks.iter().rev().flat_map(|block| block.runs.iter().rev());
        runs.filter_map(Run::last).next()
    }

    /// Messages of which only the unique identifiers are known; `*` in the set is none of them.
    pub(super) fn of(uids: &NumberSet) -> Self {
        let mut ranges: Vec<_> = uids.resolved(0).filter(|(low, _)| *low > 0).collect();
        ranges.sort_unstable();
        let (mut numbering, mut end) = (Self::default(), 0);
        for (low, high) in ranges {
            // Ranges may overlap.
            let low = low.max(end + 1);
            if low <= high && high < u32::MAX {
                numbering.append(Run { len: high - low + 1, uid: Some(low) });
                end = high;
            }
        }
        numbering
    }

    /// Messages arrive at the end, their unique identifiers not known yet.
    pub(super) fn grow(&mut self, n: u32) {
        let n = n.min(u32::MAX - self.len);
        if n > 0 {
            self.append(Run { len: n, uid: None });
        }
    }

    /// The server says which unique identifier a message has.
    pub(super) fn learn(&mut self, seq: u32, uid: u32) -> Result<(), Contradiction> {
        let place = self.place(seq).ok_or(Contradiction::NoSuchMessage(seq))?;
        let run = *self.run(place).ok_or(Contradiction::NoSuchMessage(seq))?;
        if let Some(known) = run.at(place.offset) {
            return if known == uid { Ok(()) } else { Err(Contradiction::Uid { seq, uid }) };
        }
        let (before, after) = (self.before(place), self.after(place));
        // So many messages without a known identifier lie between it and those that have one.
        let low = before.map_or(u64::from(seq), |(uid, away)| u64::from(uid) + u64::from(away));
        let high = after.map_or(u64::MAX, |(uid, away)| u64::from(uid).saturating_sub(away.into()));
        if uid == 0 || u64::from(uid) < low || u64::from(uid) > high {
            return Err(Contradiction::Uid { seq, uid });
        }
        let rest = run.len - place.offset - 1;
        let parts = [
            Run { len: place.offset, uid: None },
            Run { len: 1, uid: Some(uid) },
            Run { len: rest, uid: None },
        ];
        self.replace(place, &parts);
        Ok(())
    }

    /// A message is gone; returns its unique identifier if that was known.
    pub(super) fn remove(&mut self, seq: u32) -> Result<Option<u32>, Contradiction> {
        let place = self.place(seq).ok_or(Contradiction::NoSuchMessage(seq))?;
        let run = *self.run(place).ok_or(Contradiction::NoSuchMessage(seq))?;
        let uid = run.at(place.offset);
        let rest = run.len - place.offset - 1;
        let parts = [
            Run { len: place.offset, uid: run.uid },
            Run { len: rest, uid: run.at(place.offset + 1) },
        ];
        self.replace(place, &parts);
        Ok(uid)
    }

    /// The messages with these unique identifiers are gone; returns how many of them were known.
    /// Costs as much as there are runs in between, not as the range is long.
    pub(super) fn remove_uids(&mut self, low: u32, high: u32) -> u32 {
        let mut removed = 0;
        for block in &mut self.blocks {
            if !block.runs.iter().any(|run| overlaps(run, low, high)) {
                continue;
            }
            let mut kept: Vec<Run> = Vec::new();
            for run in block.runs.drain(..) {
                let (Some(first), Some(last)) = (run.uid, run.last()) else {
                    kept.push(run);
                    continue;
                };
                if !overlaps(&run, low, high) {
                    kept.push(run);
                    continue;
                }
                if first < low {
                    kept.push(Run { len: low - first, uid: Some(first) });
                }
                if last > high {
                    kept.push(Run { len: last - high, uid: Some(high + 1) });
                }
                removed += last.min(high) - first.max(low) + 1;
            }
            block.runs = kept;
            block.len = block.runs.iter().map(|run| run.len).sum();
        }
        self.len -= removed;
        self.blocks.retain(|block| block.len > 0);
        removed
    }

    /// A message whose sequence number is not told (UIDONLY, RFC 9586): stands where its unique
    /// identifier puts it.
    pub(super) fn insert(&mut self, uid: u32) {
        if uid == 0 || self.seq(uid).is_some() {
            return;
        }
        let single = Run { len: 1, uid: Some(uid) };
        let block = self.blocks.partition_point(|block| {
            block.runs.last().and_then(Run::last).is_some_and(|last| last < uid)
        });
        let Some(found) = self.blocks.get_mut(block) else {
            self.append(single);
            return;
        };
        let at = found.runs.partition_point(|run| run.last().is_some_and(|last| last < uid));
        found.runs.insert(at, single);
        found.len += 1;
        self.len += 1;
        self.tidy(block);
    }

    fn runs(&self) -> impl Iterator<Item = &Run> {
        self.blocks.iter().flat_map(|block| &block.runs)
    }

    fn run(&self, place: Place) -> Option<&Run> {
        self.blocks.get(place.block)?.runs.get(place.run)
    }

    /// Looks at the lengths of the blocks, then at the runs of one.
    fn place(&self, seq: u32) -> Option<Place> {
        let mut left = seq.checked_sub(1)?;
        for (block, found) in self.blocks.iter().enumerate() {
            if left >= found.len {
                left -= found.len;
                continue;
            }
            for (run, candidate) in found.runs.iter().enumerate() {
                if left < candidate.len {
                    return Some(Place { block, run, offset: left });
                }
                left -= candidate.len;
            }
        }
        None
    }

    fn find(&self, uid: u32) -> Option<(Place, u32)> {
        let mut seq = 0_u32;
        for (block, found) in self.blocks.iter().enumerate() {
            // Known identifiers rise, so the last known one of a block tells whether to look.
            let last = found.runs.iter().rev().find_map(Run::last);
            if last.is_some_and(|last| last >= uid) {
                for (run, candidate) in found.runs.iter().enumerate() {
                    if candidate.contains(uid) {
                        let offset = uid - candidate.uid.unwrap_or_default();
                        return Some((Place { block, run, offset }, seq + offset + 1));
                    }
                    seq += candidate.len;
                }
                return None;
            }
            seq += found.len;
        }
        None
    }

    /// The nearest known identifier before an unknown message, and how many messages away it is.
    fn before(&self, place: Place) -> Option<(u32, u32)> {
        let mut away = place.offset;
        let mut at = (place.block, place.run);
        loop {
            at = self.previous(at)?;
            let run = self.run(Place { block: at.0, run: at.1, offset: 0 })?;
            if let Some(last) = run.last() {
                return Some((last, away + 1));
            }
            away += run.len;
        }
    }

    /// The nearest known identifier behind it.
    fn after(&self, place: Place) -> Option<(u32, u32)> {
        let mut away = self.run(place)?.len - place.offset - 1;
        let mut at = (place.block, place.run);
        loop {
            at = self.next(at)?;
            let run = self.run(Place { block: at.0, run: at.1, offset: 0 })?;
            if let Some(first) = run.uid {
                return Some((first, away + 1));
            }
            away += run.len;
        }
    }

    fn previous(&self, (block, run): (usize, usize)) -> Option<(usize, usize)> {
        if let Some(run) = run.checked_sub(1) {
            return Some((block, run));
        }
        let block = block.checked_sub(1)?;
        Some((block, self.blocks.get(block)?.runs.len().checked_sub(1)?))
    }

    fn next(&self, (block, run): (usize, usize)) -> Option<(usize, usize)> {
        if run + 1 < self.blocks.get(block)?.runs.len() {
            return Some((block, run + 1));
        }
        (block + 1 < self.blocks.len()).then_some((block + 1, 0))
    }

    fn append(&mut self, run: Run) {
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let last = self.blocks.len() - 1;
        if let Some(block) = self.blocks.last_mut() {
            block.runs.push(run);
            block.len += run.len;
            self.len += run.len;
        }
        self.tidy(last);
    }

    /// Puts `parts` in the place of a run; those without messages vanish.
    fn replace(&mut self, place: Place, parts: &[Run]) {
        let Some(block) = self.blocks.get_mut(place.block) else { return };
        let Some(old) = block.runs.get(place.run).map(|run| run.len) else { return };
        let new: u32 = parts.iter().map(|part| part.len).sum();
        let parts = parts.iter().copied().filter(|part| part.len > 0);
        block.runs.splice(place.run..=place.run, parts);
        block.len = block.len - old + new;
        self.len = self.len - old + new;
        self.tidy(place.block);
    }

    /// Joins the neighbours of one block, splits it when it is long, drops it when it is empty.
    fn tidy(&mut self, at: usize) {
        let Some(block) = self.blocks.get_mut(at) else { return };
        block.runs.dedup_by(|next, run| {
            let joined = run.joins(next);
            if joined {
                run.len += next.len;
            }
            joined
        });
        if block.runs.is_empty() {
            self.blocks.remove(at);
        } else if block.runs.len() > BLOCK {
            let runs = block.runs.split_off(BLOCK / 2);
            let len = runs.iter().map(|run| run.len).sum();
            block.len -= len;
            self.blocks.insert(at + 1, Block { len, runs });
        }
    }
}

fn overlaps(run: &Run, low: u32, high: u32) -> bool {
    matches!((run.uid, run.last()), (Some(first), Some(last)) if first <= high && last >= low)
}

fn numbers(ranges: impl IntoIterator<Item = (u32, u32)>) -> NumberSet {
    let mut set = NumberSet::new();
    for (start, end) in ranges {
        set.push(SetRange { start: Bound::Number(start), end: Bound::Number(end) });
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(uids: &[u32]) -> Numbering {
        let mut numbering = Numbering::default();
        numbering.grow(u32::try_from(uids.len()).unwrap());
        for (at, &uid) in uids.iter().enumerate() {
            numbering.learn(u32::try_from(at).unwrap() + 1, uid).unwrap();
        }
        numbering
    }

    #[test]
    fn neighbours_cost_one_run() {
        let numbering = filled(&(1..=10_000).collect::<Vec<_>>());

        assert_eq!(numbering.runs().count(), 1);
        assert_eq!(numbering.uid(5_000), Some(5_000));
    }

    #[test]
    fn expunge_moves_what_follows() {
        let mut numbering = filled(&[4, 7, 9, 12]);

        assert_eq!(numbering.remove(2), Ok(Some(7)));
        assert_eq!(numbering.uid(2), Some(9));
        assert_eq!(numbering.seq(12), Some(3));
        assert_eq!(numbering.remove(4), Err(Contradiction::NoSuchMessage(4)));
    }

    #[test]
    fn what_cannot_be_true_is_refused() {
        let mut numbering = filled(&[4, 7]);
        numbering.grow(2);

        assert_eq!(numbering.learn(1, 5), Err(Contradiction::Uid { seq: 1, uid: 5 }));
        assert_eq!(numbering.learn(3, 7), Err(Contradiction::Uid { seq: 3, uid: 7 }));
        // Message 3 lies between.
        assert_eq!(numbering.learn(4, 8), Err(Contradiction::Uid { seq: 4, uid: 8 }));
        assert_eq!(numbering.learn(4, 9), Ok(()));
        assert_eq!(numbering.learn(3, 9), Err(Contradiction::Uid { seq: 3, uid: 9 }));
        assert_eq!(numbering.learn(5, 10), Err(Contradiction::NoSuchMessage(5)));
        assert_eq!(numbering.learn(0, 1), Err(Contradiction::NoSuchMessage(0)));
    }

    #[test]
    fn vanished_ranges_cost_nothing() {
        let mut numbering = filled(&[4, 7, 8, 9, 12]);

        assert_eq!(numbering.remove_uids(8, u32::MAX), 3);
        assert_eq!((numbering.len(), numbering.uid(2)), (2, Some(7)));
    }

    /// Many runs, removed and learnt in every order, beside a vector.
    #[test]
    fn it_equals_a_vector() {
        let mut state = 7_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below.max(1)
        };
        let (mut model, mut numbering, mut next): (Vec<(u32, bool)>, _, _) =
            (Vec::new(), Numbering::default(), 1);
        for _ in 0..20_000 {
            let len = u32::try_from(model.len()).unwrap();
            match random(8) {
                0..=2 => {
                    next += 1 + random(3);
                    model.push((next, false));
                    numbering.grow(1);
                }
                3..=4 if len > 0 => {
                    let at = random(len);
                    let (uid, known) = &mut model[at as usize];
                    assert_eq!(numbering.learn(at + 1, *uid), Ok(()));
                    *known = true;
                }
                5..=6 if len > 0 => {
                    let at = random(len);
                    let (uid, known) = model.remove(at as usize);
                    assert_eq!(numbering.remove(at + 1), Ok(known.then_some(uid)));
                }
                _ => {
                    let low = random(next + 1);
                    let high = low + random(4);
                    let gone = |(uid, known): &(u32, bool)| *known && (low..=high).contains(uid);
                    let n = model.iter().filter(|message| gone(message)).count();
                    model.retain(|message| !gone(message));
                    assert_eq!(numbering.remove_uids(low, high) as usize, n);
                }
            }
            assert_eq!(numbering.len() as usize, model.len());
        }
        for (at, (uid, known)) in model.iter().enumerate() {
            let seq = u32::try_from(at).unwrap() + 1;
            assert_eq!(numbering.uid(seq), known.then_some(*uid));
            assert_eq!(numbering.seq(*uid), known.then_some(seq));
            assert_eq!(numbering.unknown().contains(seq, 0), !known);
            assert_eq!(numbering.uids().contains(*uid, 0), *known);
        }
        assert!(numbering.blocks.iter().all(|block| block.runs.len() <= 2 * BLOCK));
    }
}
