//! Servers that want to be asked later.

use crate::types::{Code, Condition, State};
use core::time::Duration;

/// When a server that does too much for a client wants to be asked again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BackOff {
    /// After this time, which it says.
    After(Duration),
    /// Later: each time after longer than before.
    Later,
}

impl Condition<'_> {
    /// Whether the command failed only because the server is asked too much, and when it may be
    /// asked again. Known are `THROTTLED`, as a code or at the end of the text, the time that
    /// Exchange writes in the text, and Yahoo's rate limit.
    ///
    /// ```
    /// use mailwire_imap::types::{BackOff, Condition, State};
    /// use std::time::Duration;
    ///
    /// let text = "Request is throttled. Suggested Backoff Time: 92415 milliseconds";
    /// let bad = Condition::new(State::Bad, text);
    /// assert_eq!(bad.back_off(), Some(BackOff::After(Duration::from_millis(92_415))));
    /// assert_eq!(Condition::new(State::No, "no such mailbox").back_off(), None);
    /// ```
    #[must_use]
    pub fn back_off(&self) -> Option<BackOff> {
        if !matches!(self.state, State::No | State::Bad | State::Bye) {
            return None;
        }
        let text = self.text.as_str().as_bytes();
        let behind = |word: &str| {
            let mut places = text.windows(word.len());
            let at = places.position(|some| some.eq_ignore_ascii_case(word.as_bytes()))?;
            text.get(at + word.len()..)
        };
        let time = behind("Backoff Time: ").and_then(|rest| {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let (digits, unit) = rest.split_at_checked(digits)?;
            let n = mailwire_core::keyword::number(digits)?;
            unit.starts_with(b" milliseconds").then(|| Duration::from_millis(n))
        });
        if let Some(time) = time {
            return Some(BackOff::After(time));
        }
        let throttled = self.code == Some(Code::Throttled)
            || behind("[THROTTLED]").is_some_and(<[u8]>::is_empty)
            || behind("Rate limit").is_some();
        throttled.then_some(BackOff::Later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_throttled_is_told_from_what_fails() {
        let later = Some(BackOff::Later);
        for (state, code, text, expected) in [
            (State::No, Some(Code::Throttled), "slower", later),
            (State::Bad, None, "Too many requests [THROTTLED]", later),
            (State::No, Some(Code::named("LIMIT")), "UID FETCH Rate limit hit", later),
            (
                State::Bye,
                None,
                "Suggested Backoff Time: 5 milliseconds",
                Some(BackOff::After(Duration::from_millis(5))),
            ),
            (State::No, None, "Backoff Time: 99999999999999999999 milliseconds", None),
            (State::No, None, "Backoff Time: 5 parsecs", None),
            (State::No, None, "[THROTTLED] is a code", None),
            (State::Ok, Some(Code::Throttled), "done, slowly", None),
            (State::No, None, "no such mailbox", None),
        ] {
            let mut condition = Condition::new(state, text);
            condition.code = code;
            assert_eq!(condition.back_off(), expected, "{text}");
        }
    }
}
