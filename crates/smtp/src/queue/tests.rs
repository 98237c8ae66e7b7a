//! What a queue does, case by case. That its promises hold whatever happens is `tests/queue.rs`.

use super::*;
use crate::types::{Notify, Ret};
use alloc::vec::Vec;

fn reason(code: u16) -> Reason {
    let status = alloc::format!("{}.4.2", code / 100);
    Reason { code, status, text: "no = +luck\r\nhold 1".into(), host: "mx\u{e9}".into() }
}

fn to(address: &str) -> Recipient {
    let destination = address.split_once('@').map_or("", |(_, domain)| domain);
    Recipient::new(address, destination)
}

fn notified(address: &str, notify: Notify) -> Recipient {
    let mut recipient = to(address);
    recipient.notify = Some(notify);
    recipient
}

/// The only attempt there is now.
fn attempt(queue: &mut Queue, now: u64) -> Attempt {
    match queue.poll(now) {
        Some(Action::Attempt(attempt)) => attempt,
        other => panic!("{other:?}"),
    }
}

/// What is told after all recipients had this outcome.
fn told(recipient: Recipient, from: &str, outcome: Outcome) -> Option<Vec<(usize, NoticeKind)>> {
    let mut queue = Queue::new(Policy::default());
    queue.accept(0, Envelope::new(from, [recipient].into()));
    let attempt = attempt(&mut queue, 0);
    queue.finish(1, attempt.id, &[outcome], 0);
    let Some(Action::Notice(notice)) = queue.poll(1) else { return None };
    assert_eq!((notice.to.as_str(), notice.double_bounce), (from, false));
    Some(notice.recipients)
}

/// RFC 3461 sections 4.1, 5.2 and 6.2.
#[test]
fn notices_are_those_that_were_asked_for() {
    use NoticeKind::{Delivered, Expanded, Failed, Relayed};
    let (never, success, failure) = (Notify::NEVER, Notify::SUCCESS, Notify::FAILURE);
    let permanent = || Outcome::Permanent(reason(550));
    for (notify, outcome, kind) in [
        (None, permanent(), Some(Failed)),
        (Some(failure), permanent(), Some(Failed)),
        (Some(success), permanent(), None),
        (Some(never), permanent(), None),
        (None, Outcome::Delivered, None),
        (Some(success), Outcome::Delivered, Some(Delivered)),
        (Some(success), Outcome::Expanded, Some(Expanded)),
        (Some(success), Outcome::Relayed { dsn: true }, None),
        (Some(success), Outcome::Relayed { dsn: false }, Some(Relayed)),
        (Some(failure), Outcome::Relayed { dsn: false }, None),
        (Some(never), Outcome::Relayed { dsn: false }, None),
    ] {
        let mut recipient = to("bob@b.example");
        recipient.notify = notify;
        let expected = kind.map(|kind| [(0, kind)].to_vec());
        assert_eq!(told(recipient.clone(), "a@a.example", outcome.clone()), expected, "{notify:?}");
        // To nobody nothing is told.
        assert_eq!(told(recipient, "", outcome), None);
    }
}

#[test]
fn a_bounce_that_does_not_arrive_is_told_to_the_postmaster_only() {
    let postmaster = Some("postmaster@a.example".into());
    let policy = Policy { postmaster, ..Policy::default() };
    let mut queue = Queue::new(policy);
    queue.accept(0, Envelope::new("", [to("bob@b.example")].into()));
    let attempt = attempt(&mut queue, 0);
    queue.finish(0, attempt.id, &[Outcome::Permanent(reason(550))], 0);

    let Some(Action::Notice(notice)) = queue.poll(0) else { panic!() };
    assert!(notice.double_bounce && notice.to == "postmaster@a.example");
    assert!(matches!(queue.poll(0), Some(Action::Remove(_))));
}

#[test]
fn delays_are_told_once_each_and_death_once() {
    let mut queue = Queue::new(Policy::default());
    let id = queue.accept(0, Envelope::new("a@a.example", [to("bob@b.example")].into()));
    let mut notices = Vec::new();
    let mut tries = Vec::new();
    while let Some(now) = queue.next() {
        let now = now.max(tries.last().copied().unwrap_or_default());
        match queue.poll(now) {
            Some(Action::Attempt(attempt)) => {
                tries.push(now);
                queue.finish(now, attempt.id, &[Outcome::Temporary(reason(450))], 0);
            }
            Some(Action::Notice(notice)) => notices.push((now, notice.recipients)),
            Some(Action::Remove(removed)) => {
                assert_eq!(removed, id);
                break;
            }
            None => {}
        }
    }
    let day = 24 * 3600;
    assert_eq!(notices[0], (4 * 3600, [(0, NoticeKind::Delayed)].to_vec()));
    assert_eq!(notices[1], (5 * day, [(0, NoticeKind::Failed)].to_vec()));
    assert_eq!((notices.len(), tries.first(), tries.last()), (2, Some(&0), Some(&(5 * day))));
    assert_eq!(queue.next(), None);
}

#[test]
fn a_time_to_deliver_by_returns_or_is_told() {
    for (returns, kind) in [(true, NoticeKind::Failed), (false, NoticeKind::Delayed)] {
        let mut queue = Queue::new(Policy::default());
        let mut envelope = Envelope::new("a@a.example", [to("bob@b.example")].into());
        envelope.by = Some(By { deadline: 500, returns, trace: false });
        let id = queue.accept(0, envelope);
        let tried = attempt(&mut queue, 0);
        queue.finish(0, tried.id, &[Outcome::Temporary(reason(450))], 0);
        let again = attempt(&mut queue, 300);
        queue.finish(300, again.id, &[Outcome::Temporary(reason(450))], 0);

        assert_eq!(queue.next(), Some(500));
        let Some(Action::Notice(notice)) = queue.poll(500) else { panic!() };
        assert_eq!(notice.recipients, [(0, kind)]);
        assert_eq!(queue.poll(500).is_some_and(|it| it == Action::Remove(id)), returns);
    }
}

#[test]
fn nothing_is_tried_before_it_may_be() {
    let mut queue = Queue::new(Policy::default());
    let mut envelope = Envelope::new("a@a.example", [to("bob@b.example")].into());
    envelope.hold_until = 900;
    let id = queue.accept(0, envelope);
    assert_eq!((queue.poll(899), queue.next()), (None, Some(900)));
    queue.flush(100, "b.example");
    assert_eq!(queue.poll(899), None, "HOLDUNTIL is the sender's");
    queue.hold(899, id);
    assert_eq!(queue.poll(1000), None);
    queue.release(1000, id);
    let tried = attempt(&mut queue, 1000);
    queue.cancel(id);
    queue.finish(1001, tried.id, &[Outcome::Permanent(reason(550))], 0);
    assert_eq!(queue.poll(1001), Some(Action::Remove(id)));
}

#[test]
fn a_host_that_is_gone_holds_up_its_own_mail_only() {
    let mut queue = Queue::new(Policy::default());
    let mail = || Envelope::new("a@a.example", [to("x@gone.example")].into());
    queue.accept(0, mail());
    let first = attempt(&mut queue, 0);
    queue.unreachable(0, first.id, &reason(0), 0);
    queue.accept(1, mail());
    queue.accept(1, Envelope::new("a@a.example", [to("x@here.example")].into()));

    assert_eq!(attempt(&mut queue, 1).destination, "here.example");
    assert_eq!((queue.poll(1), queue.next()), (None, Some(300)));
    // ETRN.
    queue.flush(2, "gone.example");
    assert_eq!(attempt(&mut queue, 2).destination, "gone.example");
}

#[test]
fn a_transaction_has_no_more_recipients_than_are_taken() {
    let mut queue = Queue::new(Policy::default());
    let all = (0..7).map(|n| to(&alloc::format!("x{n}@b.example"))).collect();
    let id = queue.accept(0, Envelope::new("a@a.example", all));
    queue.limit("b.example", Some(4));
    let one = attempt(&mut queue, 0);
    assert_eq!(one.recipients, [0, 1, 2, 3]);
    let two = attempt(&mut queue, 0);
    assert_eq!(two.recipients, [4, 5, 6]);
    let relayed = || Outcome::Relayed { dsn: true };
    queue.finish(0, one.id, &[relayed(), relayed(), Outcome::TooMany, Outcome::TooMany], 0);
    assert_eq!(attempt(&mut queue, 0).recipients, [2, 3]);
    assert_eq!(queue.message(id).unwrap().recipients[0].state, State::Relayed);
}

/// One of the lowest priority is tried although others keep coming.
#[test]
fn nobody_starves() {
    let policy = Policy { window: (1, 1), ..Policy::default() };
    let mut queue = Queue::new(policy);
    let mail = |priority| {
        let mut envelope = Envelope::new("a@a.example", [to("x@b.example")].into());
        envelope.priority = priority;
        envelope
    };
    let poor = queue.accept(0, mail(-9));
    for now in 0.. {
        queue.accept(now, mail(9));
        while let Some(action) = queue.poll(now) {
            let Action::Attempt(attempt) = action else { continue };
            if attempt.message == poor {
                // Two are in the queue at the most at each time but the first.
                assert!(now <= 18 * 600 + 2, "{now}");
                return;
            }
            queue.finish(now, attempt.id, &[Outcome::Relayed { dsn: true }], 0);
            break;
        }
    }
}

#[test]
fn a_log_that_was_cut_or_is_none_is_told_from_one_that_is() {
    let mut queue = Queue::new(Policy::default());
    let mut envelope = Envelope::new("a=+\n@a", [notified("b c@d", Notify::SUCCESS)].into());
    (envelope.envid, envelope.ret) = (Some(" id".into()), Some(Ret::Headers));
    envelope.recipients[0].orcpt = Some("rfc822;b c@d".into());
    envelope.by = Some(By { deadline: 7, returns: true, trace: true });
    queue.accept(5, envelope);
    let log = queue.take_log();
    assert_eq!(log.lines().count(), 2);

    assert_eq!(Queue::replay(Policy::default(), &log), Ok(queue.clone()));
    let cut = alloc::format!("{log}accept 9 =x");
    assert_eq!(Queue::replay(Policy::default(), &cut), Ok(queue.clone()));
    for (bad, line) in [("x\n", 1), ("mailwire-queue 1\nfinish 1\n", 2), ("mailwire-queue 2\n", 1)]
    {
        assert_eq!(Queue::replay(Policy::default(), bad).unwrap_err(), BadLog(line));
    }
    let again = alloc::format!("{log}poll 9 9\n");
    assert_eq!(Queue::replay(Policy::default(), &again).unwrap_err(), BadLog(3));
    assert_eq!(Queue::replay(Policy::default(), ""), Ok(Queue::new(Policy::default())));
}
