//! Long commands: the client is told how far they have come (RFC 9585).

use examples::Link;
use mailwire_imap::server::Connection;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// How far a command has come, which works on one message after the other.
pub(super) struct Progress<'s> {
    conn: &'s mut Connection,
    link: &'s mut Link,
    interval: Duration,
    /// When the client was last told, or the command began.
    told: Instant,
    done: u32,
    goal: u32,
}

impl<'s> Progress<'s> {
    /// At the beginning of a command that works on `goal` messages.
    pub(super) fn new(
        conn: &'s mut Connection,
        link: &'s mut Link,
        interval: Duration,
        goal: impl TryInto<u32>,
    ) -> Self {
        let goal = goal.try_into().unwrap_or(u32::MAX);
        Self { conn, link, interval, told: Instant::now(), done: 0, goal }
    }

    /// A message is done. The client is told when it was not for so long; what it does not take at
    /// once stays in the output, since others may wait for what is locked here.
    ///
    /// Only inside of `block_in_place`.
    pub(super) fn step(&mut self) {
        self.done = self.done.saturating_add(1);
        if self.done >= self.goal || self.told.elapsed() < self.interval {
            return;
        }
        self.told = Instant::now();
        // Nothing is lost where this cannot be said; a broken connection is found with the answer.
        let _ = self.conn.progress(self.done, NonZeroU32::new(self.goal));
        // Asked once, and not waited for: nobody else may be left to say that the socket is ready.
        let flush = pin!(self.link.flush(self.conn));
        let _ = flush.poll(&mut Context::from_waker(Waker::noop()));
    }
}
