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
    /// All but this many of the newest are deleted, once they are stored. The newest are those with
    /// the highest numbers.
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
    /// What is stored and not on the server any more: may be forgotten. Empty when a message has
    /// no unique id, since it may be one of these.
    pub gone: Vec<String>,
    /// Numbers whose unique id another message has too. They cannot be told apart from one
    /// session to the next, so they are fetched each time and deleted only under
    /// [`Policy::Delete`].
    pub ambiguous: Vec<u32>,
    /// Numbers of messages without a unique id, all of them when the server has no UIDL. The same
    /// becomes of them.
    pub unnamed: Vec<u32>,
    /// Numbers that were listed and are none of a message, or were listed twice: the list is
    /// not to be believed there, and nothing is done with them but what is said above.
    pub odd: Vec<u32>,
}

/// Plans a session: the maildrop has so many `messages`, as STAT says, of which UIDL `listed`
/// these. `now` is on the clock of `stored`. A server without UIDL listed nothing.
///
/// ```
/// use mailwire_pop3::plan::{Policy, Stored, plan};
///
/// let stored = Stored::from([("a".to_string(), 100)]);
/// let plan = plan(Policy::Keep, 3, &[(1, "a"), (2, "b")], &stored, 200);
/// assert_eq!(plan.fetch, [2, 3]);
/// assert_eq!(plan.unnamed, [3]);
/// assert!(plan.delete.is_empty());
/// ```
#[must_use]
pub fn plan(
    policy: Policy,
    messages: u32,
    listed: &[(u32, &str)],
    stored: &Stored,
    now: u64,
) -> Plan {
    let mut plan = Plan::default();
    let mut names: BTreeMap<u32, Option<&str>> = BTreeMap::new();
    let mut count: BTreeMap<&str, u32> = BTreeMap::new();
    for &(number, id) in listed {
        *count.entry(id).or_default() += 1;
        if !(1..=messages).contains(&number) {
            plan.odd.push(number);
            continue;
        }
        // A number with two ids has none.
        if names.insert(number, Some(id)).is_some() {
            plan.odd.push(number);
            names.insert(number, None);
        }
    }
    let newest = match policy {
        Policy::KeepNewest(n) => n,
        _ => 0,
    };
    let old = messages.saturating_sub(newest);
    // One entry for each message, as in the answer to STAT; the answer to UIDL may be short.
    for number in 1..=messages {
        let name = names.get(&number).copied().flatten();
        let unique = name.filter(|id| count.get(id) == Some(&1));
        match (name, unique) {
            (None, _) => plan.unnamed.push(number),
            (Some(_), None) => plan.ambiguous.push(number),
            (Some(_), Some(_)) => {}
        }
        let when = unique.and_then(|id| stored.get(id));
        if when.is_none() {
            plan.fetch.push(number);
        }
        let delete = match (policy, when) {
            (Policy::Delete, _) => true,
            (Policy::Keep, _) => false,
            (Policy::KeepFor(seconds), Some(when)) => now.saturating_sub(*when) >= seconds,
            (Policy::KeepFor(_), None) => false,
            (Policy::KeepNewest(_), _) => unique.is_some() && number <= old,
        };
        match (delete, when) {
            (true, Some(_)) => plan.delete.push(number),
            (true, None) => plan.after_storing.push(number),
            (false, _) => {}
        }
    }
    if plan.unnamed.is_empty() {
        let there: BTreeSet<&str> = listed.iter().map(|(_, id)| *id).collect();
        let gone = stored.keys().filter(|id| !there.contains(id.as_str()));
        plan.gone = gone.map(ToString::to_string).collect();
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn stored(entries: &[(&str, u64)]) -> Stored {
        entries.iter().map(|(id, when)| ((*id).to_string(), *when)).collect()
    }

    const LISTED: [(u32, &str); 3] = [(1, "a"), (2, "b"), (3, "c")];

    #[test]
    fn download_and_delete_deletes_what_is_stored_and_what_will_be() {
        let plan = plan(Policy::Delete, 3, &LISTED, &stored(&[("b", 1)]), 10);

        assert_eq!(plan.fetch, [1, 3]);
        assert_eq!(plan.after_storing, [1, 3]);
        assert_eq!(plan.delete, [2]);
    }

    #[test]
    fn download_and_keep_fetches_only_what_is_new() {
        let plan = plan(Policy::Keep, 3, &LISTED, &stored(&[("a", 1), ("b", 1), ("x", 1)]), 10);

        assert_eq!(plan.fetch, [3]);
        assert!(plan.delete.is_empty() && plan.after_storing.is_empty());
        assert_eq!(plan.gone, ["x"]);
    }

    #[test]
    fn keep_for_counts_from_when_it_was_stored() {
        let stored = stored(&[("a", 90), ("b", 91)]);

        let plan = plan(Policy::KeepFor(10), 3, &LISTED, &stored, 100);

        assert_eq!((plan.fetch, plan.delete), (vec![3], vec![1]));
    }

    #[test]
    fn keep_newest_keeps_the_last() {
        let plan = plan(Policy::KeepNewest(1), 3, &LISTED, &stored(&[("a", 1)]), 10);

        assert_eq!((plan.delete, plan.after_storing), (vec![1], vec![2]));
        assert_eq!(plan.fetch, [2, 3]);
    }

    #[test]
    fn a_unique_id_that_is_not_is_never_trusted() {
        let listed = [(1, "a"), (2, "a"), (3, "c")];

        let plan = plan(Policy::KeepFor(0), 3, &listed, &stored(&[("a", 1), ("c", 1)]), 10);

        assert_eq!(plan.ambiguous, [1, 2]);
        assert_eq!((plan.fetch, plan.delete), (vec![1, 2], vec![3]));
    }

    #[test]
    fn without_uidl_all_is_fetched_and_said() {
        let nothing = stored(&[("x", 1)]);
        for (policy, after_storing) in [
            (Policy::Keep, &[][..]),
            (Policy::KeepFor(0), &[]),
            (Policy::KeepNewest(0), &[]),
            (Policy::Delete, &[1, 2]),
        ] {
            let plan = plan(policy, 2, &[], &nothing, 10);
            assert_eq!((plan.fetch, plan.unnamed), (vec![1, 2], vec![1, 2]));
            assert_eq!((plan.after_storing.as_slice(), plan.delete), (after_storing, vec![]));
            assert!(plan.gone.is_empty(), "it may be one of those without a name");
        }
    }

    #[test]
    fn a_list_that_is_short_or_wrong_loses_no_message() {
        let listed = [(1, "a"), (3, "c"), (3, "d"), (9, "e")];

        let plan = plan(Policy::Delete, 3, &listed, &stored(&[("a", 1), ("c", 1), ("e", 1)]), 10);

        assert_eq!((plan.fetch, plan.unnamed), (vec![2, 3], vec![2, 3]));
        assert_eq!((plan.delete, plan.odd), (vec![1], vec![3, 9]));
    }

    // Whatever the server lists and whatever is stored.
    #[test]
    fn nothing_is_deleted_that_is_not_stored_or_fetched_first() {
        let ids = ["a", "b", "a", "c"];
        for messages in 0..4 {
            for taken in 0..81_usize {
                // Each of four places in the list is empty, the right number, or a wrong one.
                let mut n = taken;
                let mut listed = vec![];
                for (number, id) in (1..).zip(ids) {
                    match n % 3 {
                        1 => listed.push((number, id)),
                        2 => listed.push((1, id)),
                        _ => {}
                    }
                    n /= 3;
                }
                let stored = stored(&[("a", 5), ("c", 5)]);
                for policy in [
                    Policy::Delete,
                    Policy::Keep,
                    Policy::KeepFor(3),
                    Policy::KeepFor(9),
                    Policy::KeepNewest(1),
                ] {
                    let plan = plan(policy, messages, &listed, &stored, 10);
                    for number in &plan.delete {
                        let mut names = listed.iter().filter(|(n, _)| n == number);
                        let (_, id) = names.next().unwrap();
                        assert!(stored.contains_key(*id) && names.next().is_none());
                        assert_eq!(listed.iter().filter(|(_, other)| other == id).count(), 1);
                    }
                    assert!(plan.after_storing.iter().all(|number| plan.fetch.contains(number)));
                    assert!(plan.delete.iter().all(|number| !plan.fetch.contains(number)));
                    let fetched = |number| plan.fetch.contains(&number);
                    let known = |number| {
                        listed.iter().any(|(n, id)| *n == number && stored.contains_key(*id))
                    };
                    assert!((1..=messages).all(|number| fetched(number) || known(number)));
                }
            }
        }
    }
}
