//! Targets for a mailbox as a server shows it and as a client knows it.

use crate::machine::Choices;
use mailwire_imap::model::{Change, Contradiction, Selected};
use mailwire_imap::types::{Bound, NumberSet, SetRange};
use mailwire_imap::view::{Update, View};
use std::collections::BTreeSet;

/// A set of ranges below 64, `*` among them, and whether each number is in it.
fn set(choices: &mut Choices<'_>) -> NumberSet {
    let mut set = NumberSet::new();
    for _ in 0..=choices.below(3) {
        let mut bound = || match u32::from(choices.octet()) % 64 {
            0 => Bound::Last,
            n => Bound::Number(n),
        };
        set.push(SetRange { start: bound(), end: bound() });
    }
    set
}

/// A view beside what its client knows, which is what it was told, and the mailbox.
pub fn imap_view(data: &[u8]) {
    let mut choices = Choices(data);
    let mut next = 1;
    let mut mailbox: BTreeSet<u32> = BTreeSet::new();
    for _ in 0..choices.below(20) {
        next += u32::from(choices.octet() % 3);
        mailbox.insert(next);
        next += 1;
    }
    let mut view = View::new(mailbox.iter().copied());
    let mut known: Vec<u32> = mailbox.iter().copied().collect();
    let mut flagged: BTreeSet<u32> = BTreeSet::new();
    while !choices.0.is_empty() {
        let uid = u32::from(choices.octet()) % (next + 1);
        match choices.below(6) {
            0 => {
                mailbox.insert(next);
                view.added(next);
                next += 1 + u32::from(choices.octet() % 3);
            }
            1 => {
                mailbox.remove(&uid);
                view.removed(uid);
            }
            2 => {
                if known.contains(&uid) {
                    flagged.insert(uid);
                }
                view.changed(uid);
            }
            3 => {
                flagged.remove(&uid);
                view.told(uid);
            }
            4 => resolves(&view, &known, &set(&mut choices)),
            _ => {
                let expunges = choices.octet() & 1 == 1;
                for update in view.tell(expunges) {
                    learn(update, expunges, &view, &mut known, &mut flagged);
                }
                assert!(known.iter().all(|uid| !expunges || mailbox.contains(uid)));
                assert!(mailbox.iter().all(|uid| known.contains(uid)));
                assert!(flagged.is_empty(), "all is told");
            }
        }
        let seq = |at: usize| u32::try_from(at + 1).expect("few messages");
        for (at, &uid) in known.iter().enumerate() {
            assert_eq!((view.uid(seq(at)), view.seq(uid)), (Some(uid), Some(seq(at))));
        }
        assert_eq!(view.len() as usize, known.len());
    }
}

/// What the client makes of what it is told.
fn learn(
    update: Update,
    expunges: bool,
    view: &View,
    known: &mut Vec<u32>,
    flagged: &mut BTreeSet<u32>,
) {
    match update {
        Update::Expunge { seq, uid } => {
            assert!(expunges);
            assert_eq!(known.remove(seq as usize - 1), uid);
            flagged.remove(&uid);
        }
        Update::Exists(n) => {
            let first = u32::try_from(known.len() + 1).expect("few messages");
            assert!(n >= first, "it is told when something came");
            known.extend((first..=n).map(|seq| view.uid(seq).expect("a message")));
            assert!(known.is_sorted());
        }
        Update::Flags { seq, uid } => {
            assert_eq!(known[seq as usize - 1], uid);
            assert!(flagged.remove(&uid));
        }
    }
}

fn resolves(view: &View, known: &[u32], set: &NumberSet) {
    let last = known.last().copied().unwrap_or_default();
    let all = (1..).zip(known.iter().copied());
    let wanted: Vec<(u32, u32)> = all.clone().filter(|(_, uid)| set.contains(*uid, last)).collect();
    assert_eq!(view.by_uid(set), wanted);
    let n = u32::try_from(known.len()).expect("few messages");
    let all: Vec<(u32, u32)> = all.filter(|(seq, _)| set.contains(*seq, n)).collect();
    match view.by_seq(set) {
        Some(found) => assert_eq!(found, all),
        None => assert!(set.resolved(n).any(|(low, high)| low == 0 || high > n)),
    }
}

/// What a client knows of a mailbox beside a vector, whatever a server says; and then a mailbox that
/// a server shares with many clients.
pub fn imap_model(data: &[u8]) {
    let mut choices = Choices(data);
    if choices.octet() & 1 == 1 {
        let turns = choices.0.len();
        let mut below = |n: u32| u32::from(choices.octet()) % n.max(1);
        return mailwire_testkit::mailbox::simulate(turns, &mut below);
    }
    let mut selected = Selected::new();
    let mut known: Vec<Option<u32>> = Vec::new();
    while !choices.0.is_empty() {
        let seq = u32::from(choices.octet() % 32);
        let len = u32::try_from(known.len()).expect("few messages");
        match choices.below(8) {
            0 | 1 => {
                let grown = len + seq % 4;
                assert_eq!(selected.exists(grown).is_ok(), grown >= len);
                known.resize(grown as usize, None);
            }
            2 if len > 0 => {
                assert_eq!(selected.exists(len - 1), Err(Contradiction::Shrunk(len, len - 1)));
            }
            3 => {
                let gone = selected.expunged(seq);
                if seq == 0 || seq > len {
                    assert_eq!(gone, Err(Contradiction::NoSuchMessage(seq)));
                } else {
                    let uid = known.remove(seq as usize - 1);
                    assert_eq!(gone, Ok(Change::Expunged { seq, uid }));
                }
            }
            4 => {
                let gone = set(&mut choices);
                known.retain(|uid| !uid.is_some_and(|uid| gone.contains(uid, u32::MAX)));
                selected.vanished(false, &gone);
            }
            _ => {
                let uid = u32::from(choices.octet() % 64);
                let told = selected.fetched(seq, uid, None);
                assert_eq!(told.is_ok(), fits(&known, seq, uid), "{known:?} {seq} {uid}");
                if told.is_ok() {
                    known[seq as usize - 1] = Some(uid);
                }
            }
        }
        let messages = selected.messages();
        assert_eq!(messages.len() as usize, known.len());
        for (seq, uid) in (1..).zip(&known) {
            assert_eq!(messages.uid(seq), *uid);
            assert_eq!(messages.unknown().contains(seq, 0), uid.is_none());
            assert!(uid.is_none_or(|uid| messages.seq(uid) == Some(seq)));
        }
        for uid in 0..64 {
            assert_eq!(messages.uids().contains(uid, 0), known.contains(&Some(uid)));
            assert_eq!(messages.seq(uid).is_some(), known.contains(&Some(uid)));
        }
        assert_eq!(messages.last_uid(), known.iter().rev().find_map(|uid| *uid));
    }
}

/// Whether a message can have this unique identifier: they rise, from 1 on.
fn fits(known: &[Option<u32>], seq: u32, uid: u32) -> bool {
    let Some(here) = (seq as usize).checked_sub(1).and_then(|at| known.get(at)) else {
        return false;
    };
    if let Some(here) = here {
        return *here == uid;
    }
    uid >= seq
        && (1..).zip(known).all(|(other, known)| match known {
            Some(known) if other < seq => known + (seq - other) <= uid,
            Some(known) => uid + (other - seq) <= *known,
            None => true,
        })
}
