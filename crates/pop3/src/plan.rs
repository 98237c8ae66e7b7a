//! The two ways of reading a maildrop, as a pure plan over unique ids: download and delete,
//! download and keep.
//!
//! Nothing is deleted that is not stored: what the plan fetches now it deletes only in the next
//! session, or in this one when the caller says that it was stored
//! ([`Plan::after_storing`]).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What becomes of messages on the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Policy {
    /// Each message is deleted as soon as it is stored.
    Delete,
    /// All are kept; only new ones are fetched.
    Keep,
    /// Messages are deleted when this many seconds have passed since they were stored.
    KeepFor(u64),
    /// All but this many of the newest are deleted, once they are stored.
    KeepNewest(u32),
}

/// What is known from earlier sessions: unique ids, and when each was stored, in seconds of the
/// caller's clock.
pub type Stored = BTreeMap<String, u64>;

/// What to do in this session, by message number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// To be fetched and stored, in this order.
    pub fetch: Vec<u32>,
    /// To be deleted: they are stored already.
    pub delete: Vec<u32>,
    /// To be deleted as soon as they were fetched and stored.
    pub after_storing: Vec<u32>,
    /// What is stored and not on the server any more: may be forgotten.
    pub gone: Vec<String>,
    /// Numbers whose unique id another message has too. They cannot be told apart from one
    /// session to the next, so they are fetched each time and deleted only under
    /// [`Policy::Delete`].
    pub ambiguous: Vec<u32>,
}

/// Plans a session from what UIDL listed. `now` is on the clock of `stored`.
///
/// ```
/// use mailwire_pop3::plan::{Policy, Stored, plan};
///
/// let stored = Stored::from([("a".to_string(), 100)]);
/// let plan = plan(Policy::Keep, &[(1, "a"), (2, "b")], &stored, 200);
/// assert_eq!(plan.fetch, [2]);
/// assert!(plan.delete.is_empty());
/// ```
#[must_use]
pub fn plan(policy: Policy, listed: &[(u32, &str)], stored: &Stored, now: u64) -> Plan {
    let mut plan = Plan::default();
    let mut count: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, id) in listed {
        *count.entry(id).or_default() += 1;
    }
    let newest = match policy {
        Policy::KeepNewest(n) => usize::try_from(n).unwrap_or(usize::MAX),
        _ => 0,
    };
    let old = listed.len().saturating_sub(newest);
    for (at, &(number, id)) in listed.iter().enumerate() {
        let unique = count.get(id) == Some(&1);
        let when = stored.get(id).filter(|_| unique);
        if !unique {
            plan.ambiguous.push(number);
        }
        if when.is_none() {
            plan.fetch.push(number);
        }
        let delete = match (policy, when) {
            (Policy::Delete, _) => true,
            (Policy::Keep, _) => false,
            (Policy::KeepFor(seconds), Some(when)) => now.saturating_sub(*when) >= seconds,
            (Policy::KeepFor(_), None) => false,
            (Policy::KeepNewest(_), _) => unique && at < old,
        };
        match (delete, when) {
            (true, Some(_)) => plan.delete.push(number),
            (true, None) => plan.after_storing.push(number),
            (false, _) => {}
        }
    }
    let there: BTreeSet<&str> = listed.iter().map(|(_, id)| *id).collect();
    plan.gone =
        stored.keys().filter(|id| !there.contains(id.as_str())).map(ToString::to_string).collect();
    plan
}

/// The plan for a server without UIDL: messages have no names, so all are fetched, and only
/// [`Policy::Delete`] keeps that from happening again.
#[must_use]
pub fn plan_without_ids(policy: Policy, messages: u32) -> Plan {
    let all: Vec<u32> = (1..=messages).collect();
    let after_storing = if policy == Policy::Delete { all.clone() } else { Vec::new() };
    Plan { fetch: all, after_storing, ..Plan::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(entries: &[(&str, u64)]) -> Stored {
        entries.iter().map(|(id, when)| ((*id).to_string(), *when)).collect()
    }

    const LISTED: [(u32, &str); 3] = [(1, "a"), (2, "b"), (3, "c")];

    #[test]
    fn download_and_delete_deletes_what_is_stored_and_what_will_be() {
        let plan = plan(Policy::Delete, &LISTED, &stored(&[("b", 1)]), 10);

        assert_eq!(plan.fetch, [1, 3]);
        assert_eq!(plan.after_storing, [1, 3]);
        assert_eq!(plan.delete, [2]);
    }

    #[test]
    fn download_and_keep_fetches_only_what_is_new() {
        let plan = plan(Policy::Keep, &LISTED, &stored(&[("a", 1), ("b", 1), ("x", 1)]), 10);

        assert_eq!(plan.fetch, [3]);
        assert!(plan.delete.is_empty() && plan.after_storing.is_empty());
        assert_eq!(plan.gone, ["x"]);
    }

    #[test]
    fn keep_for_counts_from_when_it_was_stored() {
        let stored = stored(&[("a", 90), ("b", 91)]);

        let plan = plan(Policy::KeepFor(10), &LISTED, &stored, 100);

        assert_eq!((plan.fetch, plan.delete), (alloc::vec![3], alloc::vec![1]));
    }

    #[test]
    fn keep_newest_keeps_the_last() {
        let plan = plan(Policy::KeepNewest(1), &LISTED, &stored(&[("a", 1)]), 10);

        assert_eq!((plan.delete, plan.after_storing), (alloc::vec![1], alloc::vec![2]));
        assert_eq!(plan.fetch, [2, 3]);
    }

    #[test]
    fn a_unique_id_that_is_not_is_never_trusted() {
        let listed = [(1, "a"), (2, "a"), (3, "c")];

        let plan = plan(Policy::KeepFor(0), &listed, &stored(&[("a", 1), ("c", 1)]), 10);

        assert_eq!(plan.ambiguous, [1, 2]);
        assert_eq!((plan.fetch, plan.delete), (alloc::vec![1, 2], alloc::vec![3]));
    }

    #[test]
    fn without_unique_ids_all_is_fetched() {
        assert_eq!(plan_without_ids(Policy::Keep, 2).after_storing, []);
        assert_eq!(plan_without_ids(Policy::Delete, 2).after_storing, [1, 2]);
        assert_eq!(plan_without_ids(Policy::Keep, 2).fetch, [1, 2]);
    }
}
