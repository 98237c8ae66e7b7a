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

/// `sequence-set` (RFC 9051 section 9). `1:4294967295` costs as much as `1`.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct NumberSet(Vec<SetRange>);

impl NumberSet {
    /// No number; it cannot be sent, so add some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `1:*`.
    #[must_use]
    pub fn all() -> Self {
        Self(alloc::vec![SetRange { start: Bound::Number(1), end: Bound::Last }])
    }

    /// Numbers in any order, neighbours joined to ranges.
    #[must_use]
    pub fn of(numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::new();
        for number in numbers {
            match set.0.last_mut() {
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
        self.0.push(range);
    }

    /// The ranges in their order.
    #[must_use]
    pub fn ranges(&self) -> &[SetRange] {
        &self.0
    }

    /// Whether it has no range.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges as pairs of numbers, the lower first, where `last` is the largest in use. A range
    /// from a number past `last` to `*` is the message `last`, as RFC 9051 has it.
    pub fn resolved(&self, last: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let number = move |bound| match bound {
            Bound::Number(number) => number,
            Bound::Last => last,
        };
        self.0.iter().map(move |range| {
            let (start, end) = (number(range.start), number(range.end));
            (start.min(end), start.max(end))
        })
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
