//! A mailbox as one session sees it: sequence numbers that stay what they are until the client is
//! told otherwise.
//!
//! Pure: the application says what became of the mailbox, by whomever, and the view says what the
//! client may be told now (RFC 9051 sections 5.2 and 7.5.1, RFC 2180).

use crate::types::NumberSet;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// The messages of the selected mailbox, in the order of their unique identifiers.
///
/// ```
/// use mailwire_imap::view::{Update, View};
///
/// let mut view = View::new([4, 7, 9]);
/// view.removed(7);
/// view.added(12);
/// // In the middle of a FETCH the client may learn of the new one only.
/// assert_eq!(view.tell(false), [Update::Exists(4)]);
/// assert_eq!(view.seq(9), Some(3));
/// assert_eq!(view.tell(true), [Update::Expunge { seq: 2, uid: 7 }]);
/// assert_eq!(view.seq(9), Some(2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What the client knows of, rising. The sequence number is the index and 1.
    uids: Vec<u32>,
    /// What it is to be told. A mailbox may change as a whole, and in any order.
    added: BTreeSet<u32>,
    removed: BTreeSet<u32>,
    changed: BTreeSet<u32>,
}

/// Something that the client is to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Update {
    /// `* n EXPUNGE`, or `* VANISHED uid` where the client enabled QRESYNC or UIDONLY.
    Expunge {
        /// The sequence number.
        seq: u32,
        /// The unique identifier.
        uid: u32,
    },
    /// `* n EXISTS`.
    Exists(u32),
    /// `* n FETCH (FLAGS …)`, with the flags as they are; the `UID` too where the client uses
    /// those.
    Flags {
        /// The sequence number.
        seq: u32,
        /// The unique identifier.
        uid: u32,
    },
}

impl View {
    /// The mailbox when it was selected: unique identifiers, rising.
    #[must_use]
    pub fn new(uids: impl IntoIterator<Item = u32>) -> Self {
        let mut uids: Vec<u32> = uids.into_iter().collect();
        uids.sort_unstable();
        uids.dedup();
        Self { uids, ..Self::default() }
    }

    /// How many messages the client knows of.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.uids.len()).unwrap_or(u32::MAX)
    }

    /// Whether it knows of none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty()
    }

    /// The unique identifier of a message by its sequence number.
    #[must_use]
    pub fn uid(&self, seq: u32) -> Option<u32> {
        self.uids.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied()
    }

    /// The sequence number of a message by its unique identifier.
    #[must_use]
    pub fn seq(&self, uid: u32) -> Option<u32> {
        let at = self.uids.binary_search(&uid).ok()?;
        u32::try_from(at).ok()?.checked_add(1)
    }

    /// The largest unique identifier that the client knows of; 0 when there is none.
    #[must_use]
    pub fn last_uid(&self) -> u32 {
        self.uids.last().copied().unwrap_or_default()
    }

    /// The sequence numbers and unique identifiers of a set of sequence numbers, rising, each
    /// once. `None` when one of them is past the end: the command is BAD (RFC 9051 section
    /// 6.4.5).
    #[must_use]
    pub fn by_seq(&self, set: &NumberSet) -> Option<Vec<(u32, u32)>> {
        let last = self.len();
        if set.resolved(last).any(|(low, high)| low == 0 || high > last) {
            return None;
        }
        Some(self.of_ranges(set.resolved(last).map(|(low, high)| low..=high)))
    }

    /// The same of a set of unique identifiers; those that are not there are passed over.
    #[must_use]
    pub fn by_uid(&self, set: &NumberSet) -> Vec<(u32, u32)> {
        let last = self.last_uid();
        let first = |uid| self.uids.partition_point(|&known| known < uid);
        let seq = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.of_ranges(set.resolved(last).filter_map(|(low, high)| {
            let (start, end) = (first(low), high.checked_add(1).map_or(self.uids.len(), first));
            (start < end).then(|| seq(start) + 1..=seq(end))
        }))
    }

    /// Cost is linear in the messages, whatever the ranges are.
    fn of_ranges(&self, ranges: impl Iterator<Item = RangeInclusive<u32>>) -> Vec<(u32, u32)> {
        let mut ranges: Vec<_> = ranges.collect();
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut found = Vec::new();
        let mut next = 1;
        for range in ranges {
            for seq in (*range.start()).max(next)..=*range.end() {
                found.extend(self.uid(seq).map(|uid| (seq, uid)));
                next = seq.saturating_add(1);
            }
        }
        found
    }

    /// A message came, with an identifier above all that were there.
    pub fn added(&mut self, uid: u32) {
        if uid > self.added.last().copied().unwrap_or_else(|| self.last_uid()) {
            self.added.insert(uid);
        }
    }

    /// A message was expunged.
    pub fn removed(&mut self, uid: u32) {
        if !self.added.remove(&uid) && self.seq(uid).is_some() {
            self.removed.insert(uid);
        }
    }

    /// The flags of a message were changed, and the client does not know.
    pub fn changed(&mut self, uid: u32) {
        if self.seq(uid).is_some() {
            self.changed.insert(uid);
        }
    }

    /// The client was told the flags of a message.
    pub fn told(&mut self, uid: u32) {
        self.changed.remove(&uid);
    }

    /// Whether there is anything to tell.
    #[must_use]
    pub fn has_news(&self) -> bool {
        !(self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty())
    }

    /// What the client is to be told now, in this order. EXPUNGE is kept back when `expunges` is
    /// false: while a FETCH, STORE or SEARCH of sequence numbers is answered.
    pub fn tell(&mut self, expunges: bool) -> Vec<Update> {
        let mut updates = Vec::new();
        let before = self.uids.len();
        if expunges && !self.removed.is_empty() {
            let removed = core::mem::take(&mut self.removed);
            // From the last to the first, so that no number changes before it is told.
            for &uid in removed.iter().rev() {
                updates.extend(self.seq(uid).map(|seq| Update::Expunge { seq, uid }));
                self.told(uid);
            }
            self.uids.retain(|uid| !removed.contains(uid));
        }
        if !self.added.is_empty() {
            self.uids.extend(core::mem::take(&mut self.added));
            updates.push(Update::Exists(self.len()));
        }
        debug_assert!(expunges || self.uids.len() >= before);
        for uid in core::mem::take(&mut self.changed) {
            updates.extend(self.seq(uid).map(|seq| Update::Flags { seq, uid }));
        }
        updates
    }
}

/// Whether the name of a mailbox fits a pattern of LIST: `*` stands for anything, `%` for
/// anything but the delimiter (RFC 9051 section 6.3.9). INBOX fits in any case.
///
/// Costs at most the product of the two lengths, and nothing that grows faster.
#[must_use]
pub fn list_matches(pattern: &[u8], name: &[u8], delimiter: Option<u8>) -> bool {
    let inbox = name.eq_ignore_ascii_case(b"INBOX");
    let same = |a: u8, b: u8| a == b || inbox && a.eq_ignore_ascii_case(&b);
    // The places in `name` that the pattern so far can have reached.
    let mut reached = Vec::from([true]);
    reached.resize(name.len() + 1, false);
    for &wanted in pattern {
        let mut next = alloc::vec![false; name.len() + 1];
        let mut open = false;
        for (at, &here) in reached.iter().enumerate() {
            match wanted {
                b'*' | b'%' => {
                    let stops = wanted == b'%'
                        && at.checked_sub(1).and_then(|before| name.get(before)).copied()
                            == delimiter
                        && delimiter.is_some();
                    open = here || open && !stops;
                    if let Some(next) = next.get_mut(at) {
                        *next = open;
                    }
                }
                wanted if here => {
                    if let (Some(&b), Some(next)) = (name.get(at), next.get_mut(at + 1)) {
                        *next = same(wanted, b);
                    }
                }
                _ => {}
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Bound, SetRange};

    fn set(ranges: &[(Bound, Bound)]) -> NumberSet {
        let mut set = NumberSet::new();
        for &(start, end) in ranges {
            set.push(SetRange { start, end });
        }
        set
    }

    use Bound::{Last, Number};

    #[test]
    fn expunges_are_told_from_the_last_to_the_first() {
        let mut view = View::new([1, 2, 3, 4]);
        view.removed(2);
        view.removed(4);
        view.removed(2);

        assert!(view.tell(false).is_empty());
        let gone = |n| Update::Expunge { seq: n, uid: n };
        assert_eq!(view.tell(true), [gone(4), gone(2)]);
        assert_eq!((view.uid(1), view.uid(2), view.uid(3)), (Some(1), Some(3), None));
        assert!(!view.has_news());
    }

    #[test]
    fn a_message_that_came_and_went_is_never_told() {
        let mut view = View::new([1]);
        view.added(5);
        view.removed(5);

        assert!(view.tell(true).is_empty());
    }

    #[test]
    fn flags_are_told_with_the_numbers_after_the_expunges() {
        let mut view = View::new([1, 2, 3]);
        view.changed(3);
        view.changed(1);
        view.removed(1);

        assert_eq!(
            view.tell(true),
            [Update::Expunge { seq: 1, uid: 1 }, Update::Flags { seq: 2, uid: 3 }]
        );
    }

    #[test]
    fn sets_are_resolved_in_order_and_once() {
        let view = View::new([10, 20, 30, 40]);

        let both = set(&[(Last, Number(3)), (Number(2), Number(3))]);
        assert_eq!(view.by_seq(&both), Some(alloc::vec![(2, 20), (3, 30), (4, 40)]));
        assert_eq!(view.by_seq(&set(&[(Number(4), Number(5))])), None);
        assert_eq!(view.by_uid(&set(&[(Number(15), Number(30))])), [(2, 20), (3, 30)]);
        // RFC 9051: `n:*` always holds the last message.
        assert_eq!(view.by_uid(&set(&[(Number(99), Last)])), [(4, 40)]);
        assert_eq!(view.by_uid(&set(&[(Number(1), Number(u32::MAX))])).len(), 4);
        assert!(View::new([]).by_uid(&NumberSet::all()).is_empty());
        assert_eq!(View::new([]).by_seq(&NumberSet::all()), None);
    }

    #[test]
    fn patterns_fit_as_in_rfc9051() {
        for (pattern, name, fits) in [
            ("*", "a/b/c", true),
            ("%", "a", true),
            ("%", "a/b", false),
            ("a/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a/*", "a/b/c", true),
            ("%/c", "a/b/c", false),
            ("*c", "a/b/c", true),
            ("inbox", "INBOX", true),
            ("InB%", "INBOX", true),
            ("foo", "FOO", false),
            ("", "", true),
            ("", "a", false),
            ("a%b*c", "axxbyyc", true),
        ] {
            assert_eq!(
                list_matches(pattern.as_bytes(), name.as_bytes(), Some(b'/')),
                fits,
                "{pattern} {name}"
            );
        }
        // Exponential in a matcher that backtracks.
        assert!(!list_matches(&b"*a".repeat(30), &[b'a'; 29], Some(b'/')));
    }
}
