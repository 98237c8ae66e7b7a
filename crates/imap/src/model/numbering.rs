//! Which message has which sequence number and which unique identifier, as runs of neighbours.
//!
//! Unique identifiers rise with sequence numbers (RFC 9051 section 2.3.1.1), so what is known of a
//! mailbox of any size is a list of runs: `len` messages from `uid` on, or `len` messages of which
//! no unique identifier is known yet.

mod blocks;

use crate::types::{Bound, NumberSet, SetRange};
use alloc::vec::Vec;
use blocks::{Blocks, Run};

/// The messages of a mailbox by sequence number, each with its unique identifier as far as that is
/// known.
#[derive(Clone, Debug, Default)]
pub struct Numbering {
    runs: Blocks,
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

impl Numbering {
    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.runs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The unique identifier of a message, if it is known.
    #[must_use]
    pub fn uid(&self, seq: u32) -> Option<u32> {
        let place = self.runs.place(seq)?;
        self.runs.run(place)?.at(place.offset)
    }

    /// The sequence number of a message, if its unique identifier is known.
    #[must_use]
    pub fn seq(&self, uid: u32) -> Option<u32> {
        self.runs.seq(uid)
    }

    /// The known unique identifiers, as ranges: what a client remembers and what it names in
    /// `SELECT … (QRESYNC …)`.
    #[must_use]
    pub fn uids(&self) -> NumberSet {
        let mut set: Vec<(u32, u32)> = Vec::new();
        for run in self.runs.runs() {
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
        for run in self.runs.runs() {
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
        self.runs.runs().rev().find_map(Run::last)
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
                numbering.runs.append(Run { len: high - low + 1, uid: Some(low) });
                end = high;
            }
        }
        numbering
    }

    /// Messages arrive at the end, their unique identifiers not known yet.
    pub(super) fn grow(&mut self, n: u32) {
        let n = n.min(u32::MAX - self.len());
        if n > 0 {
            self.runs.append(Run { len: n, uid: None });
        }
    }

    /// The server says which unique identifier a message has.
    pub(super) fn learn(&mut self, seq: u32, uid: u32) -> Result<(), Contradiction> {
        let place = self.runs.place(seq).ok_or(Contradiction::NoSuchMessage(seq))?;
        let run = *self.runs.run(place).ok_or(Contradiction::NoSuchMessage(seq))?;
        if let Some(known) = run.at(place.offset) {
            return if known == uid { Ok(()) } else { Err(Contradiction::Uid { seq, uid }) };
        }
        // Between it and those that are known lie messages that have identifiers too.
        let low = self
            .runs
            .known_before(place)
            .map_or(u64::from(seq), |(known, its_seq)| u64::from(known) + u64::from(seq - its_seq));
        let high = self.runs.known_behind(place).map_or(u64::MAX, |(known, its_seq)| {
            u64::from(known).saturating_sub(u64::from(its_seq - seq))
        });
        if uid == 0 || u64::from(uid) < low || u64::from(uid) > high {
            return Err(Contradiction::Uid { seq, uid });
        }
        let rest = run.len - place.offset - 1;
        let parts = [
            Run { len: place.offset, uid: None },
            Run { len: 1, uid: Some(uid) },
            Run { len: rest, uid: None },
        ];
        self.runs.replace(place, &parts);
        Ok(())
    }

    /// A message is gone; returns its unique identifier if that was known.
    pub(super) fn remove(&mut self, seq: u32) -> Result<Option<u32>, Contradiction> {
        let place = self.runs.place(seq).ok_or(Contradiction::NoSuchMessage(seq))?;
        let run = *self.runs.run(place).ok_or(Contradiction::NoSuchMessage(seq))?;
        let uid = run.at(place.offset);
        let rest = run.len - place.offset - 1;
        let parts = [
            Run { len: place.offset, uid: run.uid },
            Run { len: rest, uid: run.at(place.offset + 1) },
        ];
        self.runs.replace(place, &parts);
        Ok(uid)
    }

    /// The messages with these unique identifiers are gone; returns how many of them were known.
    /// Costs as much as there are runs in between, not as the range is long.
    pub(super) fn remove_uids(&mut self, low: u32, high: u32) -> u32 {
        self.runs.remove_uids(low, high)
    }

    /// A message whose sequence number is not told (UIDONLY, RFC 9586): stands where its unique
    /// identifier puts it.
    pub(super) fn insert(&mut self, uid: u32) {
        if uid > 0 && self.seq(uid).is_none() {
            self.runs.insert(uid);
        }
    }
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

        assert_eq!(numbering.runs.runs().count(), 1);
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
        assert!(numbering.runs.blocks.iter().all(|block| block.runs.len() <= blocks::BLOCK));
    }
}
