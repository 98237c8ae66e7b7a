//! Sets of message numbers and unique identifiers, kept as ranges.

use alloc::vec::Vec;

/// One end of a range.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Bound {
    /// A number, not 0.
    Number(u32),
    /// `*`: the largest number in use.
    Last,
}

/// A range of numbers, both ends included, in either order.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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
        self.ranges.extend(other.ranges);
        self
    }
}

impl From<u32> for NumberSet {
    fn from(number: u32) -> Self {
        Self::of([number])
    }
}

/// `sequence-set` (RFC 9051 section 9). `1:4294967295` costs as much as `1`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct NumberSet {
    ranges: Vec<SetRange>,
    /// `$` (RFC 5182).
    saved: bool,
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
        Self { ranges: alloc::vec![all], saved: false }
    }

    /// `$`: what the last SEARCH saved (RFC 5182). Which numbers those are is not known here: it
    /// holds none.
    #[must_use]
    pub fn saved() -> Self {
        Self { ranges: Vec::new(), saved: true }
    }

    /// Whether it is `$`.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.saved
    }

    /// `first:last`.
    #[must_use]
    pub fn range(first: u32, last: u32) -> Self {
        let range = SetRange { start: Bound::Number(first), end: Bound::Number(last) };
        Self { ranges: alloc::vec![range], saved: false }
    }

    /// `first:*`.
    #[must_use]
    pub fn since(first: u32) -> Self {
        let range = SetRange { start: Bound::Number(first), end: Bound::Last };
        Self { ranges: alloc::vec![range], saved: false }
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
        self.ranges.push(range);
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

    /// Whether `number` is in it, where `last` is the largest in use.
    #[must_use]
    pub fn contains(&self, number: u32, last: u32) -> bool {
        self.resolved(last).any(|(low, high)| (low..=high).contains(&number))
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
}
