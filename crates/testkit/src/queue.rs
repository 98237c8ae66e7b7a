//! A queue to which anything happens, and what it must hold whatever that is.

use mailwire_smtp::queue::{
    Action, Attempt, By, Envelope, MessageId, NoticeKind, Outcome, Policy, Queue, Reason,
    Recipient, State,
};
use mailwire_smtp::types::Notify;
use std::collections::BTreeMap;

/// Lets happen to a queue what the octets say, looks at every step, and ends with a time in which
/// nothing can be delivered.
///
/// # Panics
///
/// When a recipient is tried twice at once, before it is due or after its end, is told of twice,
/// or comes to no end; when a replay of the log is not the queue.
pub fn play(data: &[u8]) {
    let mut it = Watched {
        queue: Queue::new(Policy::default()),
        log: String::new(),
        now: 1_000_000,
        failed: BTreeMap::new(),
        removed: BTreeMap::new(),
    };
    let mut data = data.iter().copied();
    // A thousand steps are enough for anything.
    for _ in 0..1000 {
        let Some(step) = data.next() else { break };
        it.take(step, &mut data);
        it.log.push_str(&it.queue.take_log());
    }
    let replayed = Queue::replay(Policy::default(), &it.log);
    assert_eq!(replayed.as_ref(), Ok(&it.queue), "{}", it.log);
    // From here on nothing works, and all come to their end.
    let ids: Vec<_> = it.queue.messages().map(|(id, _)| id).collect();
    ids.iter().for_each(|&id| it.queue.release(it.now, id));
    for _ in 0..1_000_000 {
        if it.poll() {
            continue;
        }
        let attempts: Vec<_> = it.queue.attempts().map(|attempt| attempt.id).collect();
        attempts.iter().for_each(|&id| it.queue.finish(it.now, id, &[], 0));
        match it.queue.next() {
            Some(next) => it.now = it.now.max(next),
            None => break,
        }
    }
    assert_eq!(it.queue.messages().count(), 0);
    assert!(it.failed.values().all(|&n| n <= 1) && it.removed.values().all(|&n| n == 1));
}

fn reason(code: u16) -> Reason {
    let status = format!("{}.4.2", code / 100);
    Reason { code, status, text: "no = +luck\r\nhold 1".into(), host: "mx\u{e9}".into() }
}

/// What a queue has promised so far.
struct Watched {
    queue: Queue,
    log: String,
    now: u64,
    failed: BTreeMap<(MessageId, usize), u32>,
    removed: BTreeMap<MessageId, u32>,
}

impl Watched {
    fn poll(&mut self) -> bool {
        let before = self.queue.clone();
        let Some(action) = self.queue.poll(self.now) else { return false };
        match action {
            Action::Attempt(attempt) => {
                let message = before.message(attempt.message).expect("what the queue speaks of");
                assert!(!message.held && !attempt.recipients.is_empty());
                for &at in &attempt.recipients {
                    // Not twice at once, not before it is due, not after its end.
                    let State::Pending { due } = message.recipients[at].state else {
                        panic!("{:?}", message.recipients[at])
                    };
                    assert!(due <= self.now);
                    assert_eq!(message.recipients[at].recipient.destination, attempt.destination);
                }
                let place =
                    self.queue.destination(&attempt.destination).expect("what the queue speaks of");
                assert!(
                    place.in_flight <= 20
                        && before.attempts().count() < self.queue.attempts().count()
                );
            }
            Action::Notice(notice) => {
                assert!(
                    !notice.recipients.is_empty()
                        && (notice.double_bounce || !notice.to.is_empty())
                );
                #[cfg(feature = "message")]
                check_report(&notice, before.message(notice.message), self.now);
                for (at, kind) in notice.recipients {
                    let state = &before
                        .message(notice.message)
                        .expect("what the queue speaks of")
                        .recipients[at]
                        .state;
                    assert_eq!(state.is_final(), kind != NoticeKind::Delayed);
                    *self.failed.entry((notice.message, at)).or_default() +=
                        u32::from(kind == NoticeKind::Failed);
                }
            }
            Action::Remove(id) => {
                let message = before.message(id).expect("what the queue speaks of");
                // A time to return it by may have passed just now.
                let late = message.envelope.by.is_some_and(|by| self.now >= by.deadline);
                let over = |state: &State| {
                    state.is_final() || late && matches!(state, State::Pending { .. })
                };
                assert!(message.recipients.iter().all(|it| over(&it.state)));
                *self.removed.entry(id).or_default() += 1;
            }
            other => panic!("{other:?}"),
        }
        true
    }

    fn take(&mut self, step: u8, data: &mut impl Iterator<Item = u8>) {
        let mut octet = || data.next().unwrap_or_default();
        let now = self.now;
        match step % 20 {
            0..=1 => {
                let (n, priority, hold, how) = (octet() % 5, octet(), octet(), octet());
                let null = how & 1 == 1;
                let recipients = (0..n).map(|_| recipient(octet())).collect();
                let from = if null { "" } else { "a@a.example" };
                let mut envelope = Envelope::new(from, recipients);
                envelope.priority = i8::try_from(priority % 19).unwrap_or_default() - 9;
                envelope.hold_until = now + u64::from(hold) * 8;
                let deadline = now + u64::from(hold) * 16;
                let by = By { deadline, returns: null, trace: how & 4 == 4 };
                envelope.by = (how & 2 == 2).then_some(by);
                self.queue.accept(now, envelope);
            }
            2..=7 => drop(self.poll()),
            8..=11 => {
                let Some(attempt) = self.attempt(octet()) else { return };
                let n = attempt.recipients.len() + usize::from(octet() % 2);
                let outcomes: Vec<_> = (0..n).map(|_| outcome(octet())).collect();
                self.queue.finish(now, attempt.id, &outcomes, octet().into());
            }
            12 => {
                let Some(attempt) = self.attempt(octet()) else { return };
                self.queue.unreachable(now, attempt.id, &reason(0), octet().into());
            }
            13 => self.queue.hold(now, MessageId(u64::from(octet() % 8))),
            14 => self.queue.release(now, MessageId(u64::from(octet() % 8))),
            15 => self.queue.flush(now, &format!("{}.example", octet() % 3)),
            16 => self.queue.cancel(MessageId(u64::from(octet() % 8))),
            17 => self.queue.recover(now),
            18 => {
                let most = octet() % 4;
                let most = (most > 0).then_some(u32::from(most));
                self.queue.limit(&format!("{}.example", octet() % 3), most);
            }
            // Time, which may also go back.
            _ => {
                let by = i64::from(octet()) * i64::from(octet()) - 100;
                self.now = now.saturating_add_signed(by);
            }
        }
    }

    fn attempt(&self, n: u8) -> Option<Attempt> {
        let count = self.queue.attempts().count().max(1);
        self.queue.attempts().nth(usize::from(n) % count).cloned()
    }
}

fn recipient(octet: u8) -> Recipient {
    let place = format!("{}.example", octet % 3);
    let mut recipient = Recipient::new(format!("x@{place}"), place);
    let all = [Notify::SUCCESS, Notify::FAILURE, Notify::DELAY];
    let chosen = all.iter().enumerate().filter(|(at, _)| octet >> (3 + at) & 1 == 1);
    recipient.notify = (octet < 192).then(|| chosen.fold(Notify::NEVER, |n, (_, it)| n.and(*it)));
    recipient
}

fn outcome(octet: u8) -> Outcome {
    match octet % 8 {
        0 => Outcome::Delivered,
        1 => Outcome::Relayed { dsn: true },
        2 => Outcome::Relayed { dsn: false },
        3 => Outcome::Expanded,
        4 => Outcome::Permanent(reason(550)),
        5 => Outcome::TooMany,
        6 => Outcome::Uncertain(reason(0)),
        _ => Outcome::Temporary(reason(450)),
    }
}

/// The report that a notice becomes says of each recipient what the notice does, and nothing else.
#[cfg(feature = "message")]
fn check_report(
    notice: &mailwire_smtp::queue::Notice,
    message: Option<&mailwire_smtp::queue::Message>,
    now: u64,
) {
    use mailwire_message::build::{Date, Mailbox, MessageId, Returned};
    use mailwire_message::report::Report;
    use mailwire_smtp::queue::Reporter;

    const GOOD: &str = "the test's own values are good";
    let message = message.expect("a message stays until its notices are done");
    let reporter = Reporter {
        host: "mail.example.org",
        from: Mailbox::new("mailer-daemon@example.org").expect(GOOD),
        date: Date::from_unix(i64::try_from(now).expect(GOOD), 0).expect(GOOD),
        id: MessageId::new("1@example.org").expect(GOOD),
    };
    let original = b"Subject: what it is about\r\n\r\nBody.\r\n";
    let mut out = Vec::new();
    let returned = match notice.returns_message(message) {
        true => Returned::Full(original.into()),
        false => Returned::Header(original.into()),
    };
    notice.report(message, &reporter, returned).expect(GOOD).write_to(&mut out);
    let read = mailwire_message::Message::parse(&out);
    let Some(Report::Delivery(delivery)) = Report::of(&read) else {
        panic!("no report: {}", String::from_utf8_lossy(&out))
    };
    let said = delivery.recipients.iter().map(|it| {
        let address = it.final_recipient.as_ref().map(|it| it.value.as_str());
        (address, it.action.map(|it| it.name()), it.status.map(|status| status.class))
    });
    let wanted = notice.recipients.iter().map(|(at, kind)| {
        let queued = &message.recipients[*at];
        let (action, class) = match kind {
            NoticeKind::Failed => (
                "failed",
                if queued.reason.status.starts_with('4') || queued.state == State::Expired {
                    4
                } else {
                    5
                },
            ),
            NoticeKind::Delayed => ("delayed", 4),
            NoticeKind::Delivered => ("delivered", 2),
            NoticeKind::Relayed => ("relayed", 2),
            NoticeKind::Expanded => ("expanded", 2),
        };
        (Some(queued.recipient.address.as_str()), Some(action), Some(class))
    });
    assert!(said.eq(wanted), "{}", String::from_utf8_lossy(&out));
    assert_eq!(delivery.original_envelope_id, message.envelope.envid);
    let whole = out.windows(5).any(|window| window == b"Body.");
    assert_eq!(whole, notice.returns_message(message));
}
