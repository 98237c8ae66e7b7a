//! Runs in the order of their sequence numbers, found by sequence number and by unique identifier
//! without a walk over all of them.
//!
//! They stand in blocks, so that an EXPUNGE moves the runs of one block. Each block knows the largest
//! identifier before it, and blocks are counted by groups: what is far away costs nothing.

use alloc::vec::Vec;

/// Runs in a block before it is split.
pub(super) const BLOCK: usize = 64;

/// Blocks in a group.
const GROUP: usize = 64;

/// `len` messages with unique identifiers from `uid` on, or with unknown ones. Not 0 in a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) len: u32,
    pub(super) uid: Option<u32>,
}

/// Neighbours.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    len: u32,
    /// The largest known unique identifier before it, or 0.
    floor: u32,
    pub(super) runs: Vec<Run>,
}

/// All runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    /// How many messages each group has.
    groups: Vec<u32>,
    len: u32,
}

/// Where a message is: its block, its run, and how far into that run.
#[derive(Clone, Copy)]
pub(super) struct Place {
    block: usize,
    run: usize,
    pub(super) offset: u32,
}

impl Run {
    /// The unique identifier of the message `at` places into the run.
    pub(super) fn at(&self, at: u32) -> Option<u32> {
        self.uid.and_then(|first| first.checked_add(at))
    }

    pub(super) fn last(&self) -> Option<u32> {
        self.at(self.len.saturating_sub(1))
    }

    fn contains(&self, uid: u32) -> bool {
        self.uid.is_some_and(|first| uid >= first && uid - first < self.len)
    }

    /// Whether `next` goes on where this ends.
    fn joins(&self, next: &Self) -> bool {
        match (self.uid, next.uid) {
            (None, None) => true,
            (Some(first), Some(second)) => first.checked_add(self.len) == Some(second),
            _ => false,
        }
    }

    /// What is left of it, before and behind, without these identifiers.
    fn without(self, low: u32, high: u32) -> [Self; 2] {
        let (Some(first), Some(last)) = (self.uid, self.last()) else {
            return [self, Self { len: 0, uid: None }];
        };
        let before = low.saturating_sub(first).min(self.len);
        let behind = last.saturating_sub(high).min(self.len);
        [
            Self { len: before, uid: self.uid },
            // All of it is before where nothing of it is in between.
            Self { len: behind.min(self.len - before), uid: self.at(self.len - behind) },
        ]
    }
}

impl Blocks {
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.blocks.iter().flat_map(|block| &block.runs)
    }

    pub(super) fn run(&self, place: Place) -> Option<&Run> {
        self.blocks.get(place.block)?.runs.get(place.run)
    }

    /// Where the message with this sequence number is.
    pub(super) fn place(&self, seq: u32) -> Option<Place> {
        let mut left = seq.checked_sub(1).filter(|left| *left < self.len)?;
        let group = skip(&mut left, self.groups.iter().copied())?;
        let first = group * GROUP;
        let block = first + skip(&mut left, self.blocks.get(first..)?.iter().map(|it| it.len))?;
        let run = skip(&mut left, self.blocks.get(block)?.runs.iter().map(|run| run.len))?;
        Some(Place { block, run, offset: left })
    }

    /// The sequence number of the message with this unique identifier.
    pub(super) fn seq(&self, uid: u32) -> Option<u32> {
        let block = self.block_of(uid)?;
        let runs = &self.blocks.get(block)?.runs;
        let run = runs.iter().position(|run| run.contains(uid))?;
        let first = runs.get(run)?.uid?;
        Some(self.first_of(block, run) + (uid - first))
    }

    /// The nearest message before an unknown one that is known: its unique identifier and its
    /// sequence number.
    pub(super) fn known_before(&self, place: Place) -> Option<(u32, u32)> {
        let block = self.blocks.get(place.block)?;
        let before = block.runs.get(..place.run)?.iter().rev().find_map(Run::last);
        let uid = before.unwrap_or(block.floor);
        Some((uid, self.seq(uid)?))
    }

    /// The nearest one behind it.
    pub(super) fn known_behind(&self, place: Place) -> Option<(u32, u32)> {
        let known = |runs: &[Run]| runs.iter().position(|run| run.uid.is_some());
        let here = self.blocks.get(place.block)?;
        let (block, run) = match known(here.runs.get(place.run..)?) {
            Some(run) => (place.block, place.run + run),
            None => {
                // Those between have none, so that the floor of the next is higher only behind it.
                let tail = self.blocks.get(place.block + 1..)?;
                let floor = tail.first()?.floor;
                let block = place.block + tail.partition_point(|block| block.floor <= floor);
                (block, known(&self.blocks.get(block)?.runs)?)
            }
        };
        let uid = self.blocks.get(block)?.runs.get(run)?.uid?;
        Some((uid, self.first_of(block, run)))
    }

    pub(super) fn append(&mut self, run: Run) {
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
            self.groups.push(0);
        }
        if let Some(last) = self.blocks.last_mut() {
            last.runs.push(run);
        }
        self.settle(self.blocks.len() - 1);
    }

    /// Puts `parts` in the place of a run; those without messages vanish.
    pub(super) fn replace(&mut self, place: Place, parts: &[Run]) {
        let Some(block) = self.blocks.get_mut(place.block) else { return };
        if place.run < block.runs.len() {
            let parts = parts.iter().copied().filter(|part| part.len > 0);
            block.runs.splice(place.run..=place.run, parts);
            self.settle(place.block);
            self.drop_empty(place.block..place.block + 1);
        }
    }

    /// Puts a message where its unique identifier belongs, where all are known.
    pub(super) fn insert(&mut self, uid: u32) {
        let single = Run { len: 1, uid: Some(uid) };
        let block = self.block_of(uid);
        match block.and_then(|at| Some((at, self.blocks.get_mut(at)?))) {
            Some((at, block)) => {
                let run = block.runs.partition_point(|run| run.last().is_some_and(|it| it < uid));
                block.runs.insert(run, single);
                self.settle(at);
            }
            None => self.append(single),
        }
    }

    /// Takes these unique identifiers away; returns how many of them were known.
    pub(super) fn remove_uids(&mut self, low: u32, high: u32) -> u32 {
        let before = self.len;
        let first = self.block_of(low).unwrap_or(0);
        let mut at = first;
        while let Some(block) = self.blocks.get_mut(at).filter(|block| block.floor < high) {
            let left = block.runs.iter().flat_map(|run| run.without(low, high));
            let left: Vec<Run> = left.filter(|run| run.len > 0).collect();
            at += 1;
            if left != block.runs {
                block.runs = left;
                at += usize::from(self.settle(at - 1));
            }
        }
        self.drop_empty(first..at);
        before - self.len
    }

    /// The block where a unique identifier is, if it is known.
    fn block_of(&self, uid: u32) -> Option<usize> {
        self.blocks.partition_point(|block| block.floor < uid).checked_sub(1)
    }

    /// The sequence number of the first message of a run.
    fn first_of(&self, block: usize, run: usize) -> u32 {
        let group = block / GROUP;
        let groups = self.groups.iter().take(group).sum::<u32>();
        let blocks = self.blocks.iter().take(block).skip(group * GROUP).map(|it| it.len);
        let runs = self.blocks.get(block).into_iter().flat_map(|it| it.runs.iter().take(run));
        groups + blocks.sum::<u32>() + runs.map(|run| run.len).sum::<u32>() + 1
    }

    /// Makes all fit what the runs of a block are now; returns whether it was split. It may be
    /// empty.
    fn settle(&mut self, at: usize) -> bool {
        let Some(block) = self.blocks.get_mut(at) else { return false };
        block.runs.dedup_by(|next, run| {
            let joined = run.joins(next);
            if joined {
                run.len += next.len;
            }
            joined
        });
        let len = block.runs.iter().map(|run| run.len).sum();
        let old = core::mem::replace(&mut block.len, len);
        self.len = self.len - old + len;
        if let Some(group) = self.groups.get_mut(at / GROUP) {
            *group = *group - old + len;
        }
        let split = block.runs.len() > BLOCK;
        if split {
            let runs = block.runs.split_off(BLOCK / 2);
            let len = runs.iter().map(|run| run.len).sum();
            block.len -= len;
            self.blocks.insert(at + 1, Block { len, floor: 0, runs });
            self.count_groups(at / GROUP);
        }
        self.find_floors(at);
        split
    }

    /// Drops those of some blocks that are empty.
    fn drop_empty(&mut self, among: core::ops::Range<usize>) {
        let some = self.blocks.get(among.clone()).unwrap_or_default();
        if some.iter().any(|block| block.runs.is_empty()) {
            let mut at = 0;
            self.blocks.retain(|block| {
                at += 1;
                !(among.contains(&(at - 1)) && block.runs.is_empty())
            });
            self.count_groups(among.start / GROUP);
        }
    }

    fn count_groups(&mut self, from: usize) {
        self.groups.truncate(from);
        let blocks = self.blocks.get(from * GROUP..).unwrap_or_default();
        let len = |group: &[Block]| group.iter().map(|block| block.len).sum::<u32>();
        self.groups.extend(blocks.chunks(GROUP).map(len));
    }

    /// The floors of a block whose runs have changed and of those behind it, as far as they change.
    fn find_floors(&mut self, at: usize) {
        let last =
            |block: &Block| block.runs.iter().rev().find_map(Run::last).unwrap_or(block.floor);
        let before = at.checked_sub(1).and_then(|at| self.blocks.get(at));
        let mut floor = before.map_or(0, last);
        for (n, block) in self.blocks.iter_mut().skip(at).enumerate() {
            // The next one may be new.
            if n > 1 && block.floor == floor {
                break;
            }
            block.floor = floor;
            floor = last(block);
        }
    }
}

/// Which of some lengths holds what is `left` behind their beginning; it is then behind its own.
fn skip(left: &mut u32, mut lens: impl Iterator<Item = u32>) -> Option<usize> {
    lens.position(|len| match left.checked_sub(len) {
        Some(rest) => {
            *left = rest;
            false
        }
        None => true,
    })
}
