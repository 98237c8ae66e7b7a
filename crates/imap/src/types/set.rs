//! Sets of message numbers and unique identifiers, kept as ranges.

use crate::types::Few;
use alloc::vec::Vec;

/// One end of a range.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Bound {
    /// A number, not 0.
    Number(u32),
    /// `*`: the largest number in use.
    #[default]
    Last,
}

/// A range of numbers, both ends included, in either order; `*` if nothing else is said.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct SetRange {
    /// One end.
    pub start: Bound,
    /// The other; the same for a single number.
    pub end: Bound,
}

impl core::ops::Add for NumberSet {
    type Output = Self;

    /// The ranges of both, in order.
    fn add(mut self, other: Self) -> Self {
        for range in other.ranges.iter() {
            self.push(*range);
        }
        self
    }
}

impl From<u32> for NumberSet {
    fn from(number: u32) -> Self {
        Self::of([number])
    }
}

/// `sequence-set` (RFC 9051 section 9). `1:4294967295` costs as much as `1`, and
/// a set of one range costs no allocation.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct NumberSet {
    ranges: Few<SetRange, 1>,
    /// `$` (RFC 5182).
    saved: bool,
    /// The ranges do not rise, so that all have to be looked at.
    unordered: bool,
}

impl NumberSet {
    /// No number; it cannot be sent, so add some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `1:*`.
    #[must_use]
    pub fn all() -> Self {
        let all = SetRange { start: Bound::Number(1), end: Bound::Last };
        Self { ranges: [all].into(), saved: false, unordered: false }
    }

    /// `$`: what the last SEARCH saved (RFC 5182). Which numbers those are is not known here: it
    /// holds none.
    #[must_use]
    pub fn saved() -> Self {
        Self { ranges: Few::new(), saved: true, unordered: false }
    }

    /// Whether it is `$`.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.saved
    }

    /// `first:last`.
    #[must_use]
    pub fn range(first: u32, last: u32) -> Self {
        let mut set = Self::new();
        set.push(SetRange { start: Bound::Number(first), end: Bound::Number(last) });
        set
    }

    /// `first:*`.
    #[must_use]
    pub fn since(first: u32) -> Self {
        let range = SetRange { start: Bound::Number(first), end: Bound::Last };
        Self { ranges: [range].into(), saved: false, unordered: false }
    }

    /// Numbers in any order, neighbours joined to ranges.
    #[must_use]
    pub fn of(numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::new();
        for number in numbers {
            match set.ranges.last_mut() {
                Some(SetRange { end: Bound::Number(end), .. })
                    if end.checked_add(1) == Some(number) =>
                {
                    *end = number;
                }
                _ => {
                    set.push(SetRange { start: Bound::Number(number), end: Bound::Number(number) })
                }
            }
        }
        set
    }

    /// Adds a range.
    pub fn push(&mut self, range: SetRange) {
        let first = match range.start {
            Bound::Number(first) => first,
            Bound::Last => u32::MAX,
        };
        let is_reversed = matches!(range.end, Bound::Number(end) if end < first);
        let rises = match self.ranges.last() {
            None => true,
            Some(SetRange { start: Bound::Number(_), end: Bound::Number(end) }) => *end < first,
            Some(_) => false,
        };
        self.unordered |= is_reversed || !rises;
        self.ranges.push(range);
    }

    /// The same numbers, where `last` is the largest in use, in ranges that rise and do not touch:
    /// of these [`contains`](Self::contains) is as fast as it can be, whatever the peer sent.
    #[must_use]
    pub fn in_order(&self, last: u32) -> Self {
        if self.saved {
            return self.clone();
        }
        let mut pairs: Vec<(u32, u32)> = self.resolved(last).collect();
        pairs.sort_unstable();
        let mut set = Self::new();
        let mut open: Option<(u32, u32)> = None;
        for (low, high) in pairs {
            match &mut open {
                Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
                _ => {
                    set.extend_with(open);
                    open = Some((low, high));
                }
            }
        }
        set.extend_with(open);
        set
    }

    fn extend_with(&mut self, range: Option<(u32, u32)>) {
        if let Some((low, high)) = range {
            self.push(SetRange { start: Bound::Number(low), end: Bound::Number(high) });
        }
    }

    /// The ranges in their order.
    #[must_use]
    pub fn ranges(&self) -> &[SetRange] {
        &self.ranges
    }

    /// Whether it has no range.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && !self.saved
    }

    /// The ranges as pairs of numbers, the lower first, where `last` is the largest in use. A range
    /// from a number past `last` to `*` is the message `last`, as RFC 9051 has it.
    pub fn resolved(&self, last: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let number = move |bound| match bound {
            Bound::Number(number) => number,
            Bound::Last => last,
        };
        self.ranges.iter().map(move |range| {
            let (start, end) = (number(range.start), number(range.end));
            (start.min(end), start.max(end))
        })
    }

    /// How many numbers it has, `*` not resolved: a range up to it counts as if it were the
    /// largest possible. Not an expansion: `1:4294967295` is counted as fast as `1`.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.resolved(u32::MAX).map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    /// Whether `number` is in it, where `last` is the largest in use. Takes the logarithm of the
    /// number of ranges if they rise, as those of most clients do, and else looks at each of them:
    /// see [`in_order`](Self::in_order).
    #[must_use]
    pub fn contains(&self, number: u32, last: u32) -> bool {
        let has = |range: &SetRange| {
            let at = |bound| match bound {
                Bound::Number(number) => number,
                Bound::Last => last,
            };
            let (start, end) = (at(range.start), at(range.end));
            (start.min(end)..=start.max(end)).contains(&number)
        };
        // Only the last range of rising ones can hold `*`.
        match self.ranges.split_last() {
            None => false,
            Some(_) if self.unordered => self.ranges.iter().any(has),
            Some((range, before)) => {
                let ends_before =
                    |range: &SetRange| matches!(range.end, Bound::Number(end) if end < number);
                let at = before.partition_point(ends_before);
                has(range) || before.get(at).is_some_and(has)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined() {
        let set = NumberSet::of([1, 2, 3, 5, 7, 8]);

        assert_eq!(set.resolved(9).collect::<Vec<_>>(), [(1, 3), (5, 5), (7, 8)]);
    }

    #[test]
    fn ranges_may_be_reversed_and_end_in_the_last() {
        let mut set = NumberSet::new();
        set.push(SetRange { start: Bound::Number(9), end: Bound::Last });
        set.push(SetRange { start: Bound::Number(4), end: Bound::Number(2) });

        assert_eq!(set.resolved(5).collect::<Vec<_>>(), [(5, 9), (2, 4)]);
        assert!(set.contains(5, 5) && set.contains(3, 5) && !set.contains(1, 5));
    }

    #[test]
    fn what_rises_is_found_as_in_any_order() {
        let number = |n: u32| match n {
            0 => Bound::Last,
            n => Bound::Number(n),
        };
        // All sets of up to three ranges between 1 and 5 and `*`.
        let ranges: Vec<SetRange> = (0..6)
            .flat_map(|start| (0..6).map(move |end| (start, end)))
            .map(|(start, end)| SetRange { start: number(start), end: number(end) })
            .collect();
        let mut risen = 0;
        for one in &ranges {
            for two in &ranges {
                for three in &ranges {
                    let mut set = NumberSet::new();
                    for range in [one, two, three] {
                        set.push(*range);
                    }
                    risen += u32::from(!set.unordered);
                    for last in [3, 7] {
                        let ordered = set.in_order(last);
                        assert!(!ordered.unordered, "{ordered:?}");
                        for n in 1..8 {
                            let is = set.resolved(last).any(|(low, high)| low <= n && n <= high);
                            assert_eq!(set.contains(n, last), is, "{set:?} {n} {last}");
                            assert_eq!(ordered.contains(n, last), is, "{ordered:?} {n} {last}");
                        }
                    }
                }
            }
        }
        assert!(risen > 20, "{risen}");
    }
}
