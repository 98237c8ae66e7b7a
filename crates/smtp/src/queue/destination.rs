//! What is known of a place that mail goes to: whether it can be reached, how many deliveries it
//! bears at once, how many recipients it takes.

use super::MessageId;
use alloc::collections::BTreeSet;

/// A place that mail goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    /// Deliveries under way.
    pub in_flight: u32,
    /// How many there may be at once, in thousandths: it grows by what goes well and shrinks by
    /// what fails, as in Postfix (`default_destination_concurrency_positive_feedback`).
    pub window: u32,
    /// Nothing is tried before this time: it could not be reached.
    pub closed_until: u64,
    /// How often it could not be reached in a row.
    pub failures: u32,
    /// The most recipients a transaction may have (LIMITS RCPTMAX, RFC 9422), if it said.
    pub most: Option<u32>,
    /// What is due now: rank, message.
    pub(super) ready: BTreeSet<(i64, MessageId)>,
    /// Its place among those that may begin now.
    pub(super) head: Option<(i64, MessageId)>,
}

impl Destination {
    pub(super) fn new(window: u32) -> Self {
        Self {
            in_flight: 0,
            window: window.saturating_mul(1000),
            closed_until: 0,
            failures: 0,
            most: None,
            ready: BTreeSet::new(),
            head: None,
        }
    }

    /// Whether another delivery may begin.
    pub(super) fn is_open(&self, now: u64) -> bool {
        now >= self.closed_until && self.in_flight < (self.window / 1000).max(1)
    }

    /// A delivery went well: of a window of n each adds the n-th part of one.
    pub(super) fn reached(&mut self, most: u32) {
        self.failures = 0;
        self.closed_until = 0;
        let step = 1_000_000 / self.window.max(1000);
        self.window = self.window.saturating_add(step).min(most.saturating_mul(1000));
    }

    /// It could not be reached: nothing for so long, and half as much at once.
    pub(super) fn missed(&mut self, now: u64, wait: u64) {
        self.failures = self.failures.saturating_add(1);
        self.closed_until = now.saturating_add(wait);
        self.window = (self.window / 2).max(1000);
    }
}
