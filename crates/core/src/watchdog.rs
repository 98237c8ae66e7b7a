//! Time: a machine says what it waits for, and the caller's clock does the rest.

use core::ops::Add;
use core::time::Duration;

/// What the peer owes and how long it may take.
///
/// `serial` changes whenever the wait starts anew. Bytes that complete nothing do not change it,
/// so a peer that trickles cannot keep a connection alive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait {
    /// How long the peer may take, from when `serial` was first seen.
    pub limit: Duration,
    /// Names this wait among those of its machine.
    pub serial: u64,
    /// What is waited for: `a command`, `the message`.
    pub what: &'static str,
}

/// Turns [`Wait`]s into deadlines on the caller's clock: that of `std`, tokio, embassy, or a test.
///
/// ```
/// use core::time::Duration;
/// use mailwire_core::{Wait, Watchdog};
/// use std::time::Instant;
///
/// let mut watchdog = Watchdog::default();
/// let wait = Wait { limit: Duration::from_secs(300), serial: 1, what: "a command" };
/// let start = Instant::now();
/// let deadline = watchdog.deadline(Some(wait), start);
/// assert_eq!(deadline, Some(start + Duration::from_secs(300)));
/// // Ten seconds later nothing has come: the deadline stands.
/// assert_eq!(watchdog.deadline(Some(wait), start + Duration::from_secs(10)), deadline);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Watchdog<I> {
    state: Option<(u64, I)>,
}

impl<I> Default for Watchdog<I> {
    fn default() -> Self {
        Self { state: None }
    }
}

impl<I: Copy + Ord + Add<Duration, Output = I>> Watchdog<I> {
    /// When to call `expire`, if the peer does nothing until then.
    pub fn deadline(&mut self, wait: Option<Wait>, now: I) -> Option<I> {
        let Some(wait) = wait else {
            self.state = None;
            return None;
        };
        match self.state {
            Some((serial, deadline)) if serial == wait.serial => Some(deadline),
            _ => {
                let deadline = now + wait.limit;
                self.state = Some((wait.serial, deadline));
                Some(deadline)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(serial: u64) -> Option<Wait> {
        Some(Wait { limit: Duration::from_secs(5), serial, what: "a command" })
    }

    // A clock of its own: durations since some start.
    #[test]
    fn trickling_does_not_move_the_deadline_and_progress_does() {
        let mut watchdog = Watchdog::default();
        let at = Duration::from_secs;

        assert_eq!(watchdog.deadline(wait(1), at(0)), Some(at(5)));
        assert_eq!(watchdog.deadline(wait(1), at(4)), Some(at(5)));
        assert_eq!(watchdog.deadline(wait(2), at(4)), Some(at(9)));
        assert_eq!(watchdog.deadline(None, at(4)), None);
        assert_eq!(watchdog.deadline(wait(2), at(6)), Some(at(11)));
    }
}
