//! A notice as a message: the report that its sender gets (RFC 3464 in RFC 6522, RFC 6533).

use super::{Message, Notice, NoticeKind, Queued, State};
use crate::types::Ret;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;
use mailwire_core::{Invalid, Text};
use mailwire_message::build::{Builder, Date, Mailbox, MessageId, Returned};
use mailwire_message::header::DateTime;
use mailwire_message::report::{Action, Delivery, Recipient, Report, Status, Typed};

/// Who reports, and when.
#[derive(Clone, Debug)]
pub struct Reporter<'a> {
    /// The name of the server, as in its EHLO.
    pub host: &'a str,
    /// From whom reports come: `mailer-daemon@` the domain, as a rule.
    pub from: Mailbox<'a>,
    /// Now.
    pub date: Date,
    /// The Message-ID of the report.
    pub id: MessageId<'a>,
}

impl Notice {
    /// Whether the message goes back whole and not only its header: its sender asked for that
    /// (RET=FULL), and it failed (RFC 3461 section 4.3).
    #[must_use]
    pub fn returns_message(&self, message: &Message) -> bool {
        let failed = self.recipients.iter().any(|(_, kind)| *kind == NoticeKind::Failed);
        failed && message.envelope.ret == Some(Ret::Full)
    }

    /// The report that this is, to be sent to [`to`](Self::to) with an empty return path.
    ///
    /// `message` is the one of the queue; `returned` is what goes back of it: whole, where
    /// [`returns_message`](Self::returns_message) and it is not too large for that, else its header.
    ///
    /// ```
    /// use mailwire_message::build::{Date, Mailbox, MessageId, Returned};
    /// use mailwire_message::{Message, report::Report};
    /// use mailwire_smtp::queue::{
    ///     Action, Envelope, Outcome, Policy, Queue, Reason, Recipient, Reporter,
    /// };
    ///
    /// let mut queue = Queue::new(Policy::default());
    /// let bob = Recipient::new("bob@hamburger.edu", "hamburger.edu");
    /// queue.accept(1_795_525_000, Envelope::new("alice@crepes.fr", vec![bob]));
    /// let Some(Action::Attempt(attempt)) = queue.poll(1_795_525_000) else { panic!() };
    /// let no = Reason { code: 550, status: "5.1.1".into(), text: "who?".into(), ..Reason::default() };
    /// queue.finish(1_795_525_001, attempt.id, &[Outcome::Permanent(no)], 0);
    ///
    /// let Some(Action::Notice(notice)) = queue.poll(1_795_525_001) else { panic!() };
    /// let reporter = Reporter {
    ///     host: "mail.crepes.fr",
    ///     from: Mailbox::new("mailer-daemon@crepes.fr")?,
    ///     date: Date::from_unix(1_795_525_001, 0).ok_or("no such time")?,
    ///     id: MessageId::new("1@mail.crepes.fr")?,
    /// };
    /// let original = b"From: alice@crepes.fr\r\nSubject: lunch\r\n\r\n";
    /// let queued = queue.message(notice.message).ok_or("it is there")?;
    /// let mut out = Vec::new();
    /// notice.report(queued, &reporter, Returned::Header(original.into()))?.write_to(&mut out);
    ///
    /// let Some(Report::Delivery(report)) = Report::of(&Message::parse(&out)) else { panic!() };
    /// assert_eq!(report.recipients[0].status.unwrap().to_string(), "5.1.1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When [`to`](Self::to) is no address that a header can hold, or the name of the host is
    /// none.
    pub fn report<'a>(
        &self,
        message: &Message,
        reporter: &Reporter<'a>,
        returned: Returned<'a>,
    ) -> Result<Builder<'a>, Invalid> {
        let told = || {
            let queued = |at: usize| message.recipients.get(at);
            self.recipients.iter().filter_map(move |(at, kind)| Some((queued(*at)?, *kind)))
        };
        let mut delivery = Delivery::default();
        delivery.original_envelope_id.clone_from(&message.envelope.envid);
        delivery.reporting_mta = Some(Typed::new("dns", reporter.host));
        delivery.arrival_date = time(message.arrived);
        delivery.recipients = told().map(|(queued, kind)| self.recipient(queued, kind)).collect();
        let mut text = format!("This is {}, about a message that you sent.\n", reporter.host);
        for (queued, kind) in told() {
            text.push('\n');
            self.describe(&mut text, queued, kind);
        }
        let report = Report::Delivery(delivery);
        Builder::new(reporter.from.clone(), reporter.date)
            .message_id(reporter.id.clone())
            .to(Mailbox::new(self.to.clone())?)
            .subject(Text::new(self.subject())?)
            .report(text, &report, returned)
    }

    fn subject(&self) -> &'static str {
        let any = |wanted| self.recipients.iter().any(|(_, kind)| *kind == wanted);
        if any(NoticeKind::Failed) {
            "Mail could not be delivered"
        } else if any(NoticeKind::Delayed) {
            "Mail is delayed"
        } else {
            "Mail was delivered"
        }
    }

    fn recipient(&self, queued: &Queued, kind: NoticeKind) -> Recipient {
        let reason = &queued.reason;
        let mut recipient = Recipient::default();
        recipient.original_recipient = queued.recipient.orcpt.as_deref().and_then(|orcpt| {
            let (kind, address) = orcpt.split_once(';')?;
            Some(Typed::new(kind, address))
        });
        let address = queued.recipient.address.as_str();
        let address_type = if address.is_ascii() { "rfc822" } else { "utf-8" };
        recipient.final_recipient = Some(Typed::new(address_type, address));
        recipient.action = Some(match kind {
            NoticeKind::Failed => Action::Failed,
            NoticeKind::Delayed => Action::Delayed,
            NoticeKind::Delivered => Action::Delivered,
            NoticeKind::Relayed => Action::Relayed,
            NoticeKind::Expanded => Action::Expanded,
        });
        recipient.status = Some(status(queued, kind));
        let host = Some(&reason.host).filter(|host| !host.is_empty());
        recipient.remote_mta = host.map(|host| Typed::new("dns", host.as_str()));
        recipient.diagnostic_code = match reason.code {
            0 if reason.text.is_empty() => None,
            0 => Some(Typed::new("x-local", line(&reason.text))),
            _ => Some(Typed::new("smtp", said(queued))),
        };
        recipient.last_attempt_date = (queued.last > 0).then(|| time(queued.last)).flatten();
        if kind == NoticeKind::Delayed {
            recipient.will_retry_until = time(self.until);
        }
        recipient
    }

    /// For people.
    fn describe(&self, out: &mut String, queued: &Queued, kind: NoticeKind) {
        let address = line(&queued.recipient.address);
        let what = match kind {
            NoticeKind::Failed if queued.state == State::Expired => {
                "could not be reached in time; no more attempts are made"
            }
            NoticeKind::Failed => "cannot be delivered to; no more attempts are made",
            NoticeKind::Delayed => {
                "was not reached yet; it is tried further, and nothing is to be done"
            }
            NoticeKind::Delivered => "has it",
            NoticeKind::Relayed => "is served by a host that took it, and that will tell no more",
            NoticeKind::Expanded => "is a list, which took it",
        };
        // Nothing that is written to a string fails.
        let _ = writeln!(out, "{address} {what}.");
        if queued.uncertain {
            out.push_str("    It may have arrived all the same: an answer was lost.\n");
        }
        if queued.reason.text.is_empty() && queued.reason.code == 0 {
            return;
        }
        let who = match queued.reason.host.as_str() {
            "" => "The last word was",
            host => {
                let _ = write!(out, "    {}", line(host));
                " said"
            }
        };
        let _ = writeln!(
            out,
            "{}{who}: {}",
            if who.starts_with(' ') { "" } else { "    " },
            said(queued)
        );
    }
}

/// The status that was given, if it is one for what is told; else the general one.
fn status(queued: &Queued, kind: NoticeKind) -> Status {
    let given = Status::parse(&queued.reason.status);
    let (class, may_be_4) = match kind {
        NoticeKind::Failed => (5, true),
        NoticeKind::Delayed => (4, false),
        NoticeKind::Delivered | NoticeKind::Relayed | NoticeKind::Expanded => (2, false),
    };
    let fits = |status: &Status| status.class == class || may_be_4 && status.class == 4;
    given.filter(fits).unwrap_or(match queued.state {
        // RFC 3463 section 3.5: the delivery time has expired.
        State::Expired => Status { class: 4, subject: 4, detail: 7 },
        _ => Status { class, subject: 0, detail: 0 },
    })
}

/// What the other side said, as a reply in a line.
fn said(queued: &Queued) -> String {
    let reason = &queued.reason;
    let words = [
        if reason.code == 0 { String::new() } else { reason.code.to_string() },
        line(&reason.status),
        line(&reason.text),
    ];
    let words = words.iter().map(String::as_str).filter(|word| !word.is_empty());
    words.collect::<alloc::vec::Vec<_>>().join(" ")
}

/// Without what a field or a line cannot hold.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn time(seconds: u64) -> Option<DateTime> {
    let date = Date::from_unix(i64::try_from(seconds).ok()?, 0)?;
    DateTime::parse(date.to_string().as_bytes())
}
