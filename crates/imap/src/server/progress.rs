//! How far a long command has come (RFC 9585).

use super::{Connection, Phase};
use crate::types::{Code, Condition, Octets, Progress, Response, State};
use core::num::NonZeroU32;
use mailwire_core::Misuse;

impl Connection {
    /// Tells the client how far the command that is to be completed has come:
    /// `* OK [INPROGRESS ("tag" done goal)]` (RFC 9585 section 5). So it knows that the server is at
    /// work, and does not give up.
    ///
    /// `done` and `goal` count whatever the command works on; `goal` is `None` where it is not known.
    /// A `done` that is not below the goal is said as one below it, since only the tagged answer
    /// says that all is done. A tag that holds `]` is not said, as the RFC demands.
    ///
    /// The machine has no clock: the application keeps to the 10 to 15 seconds between two of these
    /// that the RFC recommends, and says `INPROGRESS` among its
    /// [`capabilities`](super::Config::capabilities).
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no command is to be completed; [`Misuse::InBody`] while a FETCH
    /// response is open; [`Misuse::Closed`].
    pub fn progress(&mut self, done: u32, goal: Option<NonZeroU32>) -> Result<(), Misuse> {
        self.may_send()?;
        if self.due.is_none() || self.phase != Phase::Commands {
            return Err(Misuse::NoReplyDue);
        }
        let last = goal.map_or(u32::MAX, |goal| goal.get().saturating_sub(1));
        let tag = match self.tag.contains(']') {
            true => None,
            false => Octets::new(self.tag.as_bytes().to_vec()).ok(),
        };
        let progress = Progress {
            tag,
            done: Some(done.min(last).into()),
            goal: goal.map(|goal| goal.get().into()),
        };
        let condition = Condition::new(State::Ok, "still at it");
        self.send(&Response::Condition(condition.with_code(Code::InProgress(Some(progress)))))
    }
}
