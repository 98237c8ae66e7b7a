//! One connection after the other: opens the folder, waits, and says what was told.

use crate::Options;
use crate::report::{self, Report};
use examples::imap::{Session, Told, selected_sees};
use examples::options::Wrong;
use mailwire_imap::build::fetch;
use mailwire_imap::client::{Config, Connection, Event};
use mailwire_imap::model::{Remembered, Selected};
use mailwire_imap::types::{
    Capability, Command, EventGroup, FetchItem, Mailbox, MailboxFilter, Notify, NotifyEvent,
    NumberSet, Response,
};
use std::time::Duration;

/// Why a connection is over.
pub(crate) enum Stopped {
    /// It broke; another is worth a try.
    Broken {
        /// What happened.
        line: Wrong,
        /// The folder was open.
        was_open: bool,
    },
    /// There is no use in trying again.
    Refused(Wrong),
}

/// What outlives a connection.
pub(crate) struct Watch<'o> {
    options: &'o Options,
    password: &'o str,
    mailbox: Mailbox<'static>,
    report: Report,
    remembered: Option<Remembered>,
    /// A connection was made, so what is refused later may be a server that restarts.
    was_there: bool,
    /// The server tells of new messages by itself.
    notified: bool,
}

impl<'o> Watch<'o> {
    pub(crate) fn new(
        options: &'o Options,
        password: &'o str,
        report: Report,
    ) -> Result<Self, Wrong> {
        let mailbox = Mailbox::new(&options.folder);
        let mailbox = mailbox.map_err(|invalid| format!("--folder: {invalid}"))?.into_owned();
        Ok(Self {
            options,
            password,
            mailbox,
            report,
            remembered: None,
            was_there: false,
            notified: false,
        })
    }

    /// Until the connection is over.
    pub(crate) async fn run(&mut self) -> Stopped {
        let mut config = Config::default();
        config.timeouts.idle = Duration::from_secs(self.options.renew);
        let session = Session::begin(&self.options.account, self.password, config).await;
        let mut session = match session {
            Ok(session) => session,
            Err(line) if self.was_there => return Stopped::Broken { line, was_open: false },
            Err(line) => return Stopped::Refused(line),
        };
        let mut selected = match self.open(&mut session).await {
            Ok(selected) => selected,
            Err(line) if self.was_there => return Stopped::Broken { line, was_open: false },
            Err(line) => return Stopped::Refused(line),
        };
        self.was_there = true;
        let Err(line) = self.watch(&mut session, &mut selected).await;
        self.remembered = selected.remember();
        Stopped::Broken { line, was_open: true }
    }

    async fn open(&mut self, session: &mut Session) -> Result<Selected, Wrong> {
        session.enable_qresync().await?;
        let report = &mut self.report;
        let (remembered, items) = (self.remembered.as_ref(), [FetchItem::Envelope]);
        // The envelopes of all that was there before would be for nothing.
        let items = if report.begun { &items[..] } else { &[] };
        let opened = session.open(&self.mailbox, remembered, items, |told| tell(report, &told));
        let selected = opened.await?;
        if !self.report.begun {
            eprintln!("imap_watch: {} messages", selected.messages().len());
        }
        self.report.begun = true;
        self.notified = false;
        if session.has(&Capability::Notify) && !self.options.no_notify {
            self.notified = session.run(notify(), others).await?.is_ok();
        }
        Ok(selected)
    }

    async fn watch(
        &mut self,
        session: &mut Session,
        selected: &mut Selected,
    ) -> Result<std::convert::Infallible, Wrong> {
        loop {
            if lacks(selected, &self.report) {
                self.fetch_new(session, selected).await?;
            }
            self.wait(session, selected).await?;
        }
    }

    /// Until something new is to be fetched, or it is time to renew.
    async fn wait(&mut self, session: &mut Session, selected: &mut Selected) -> Result<(), Wrong> {
        let report = &mut self.report;
        if !session.has(&Capability::Idle) {
            tokio::time::sleep(Duration::from_secs(self.options.poll)).await;
            let ended = session.run(Command::Noop, |event| {
                others(event)?;
                selected_sees(selected, event, &mut |told| tell(report, &told))
            });
            return ended.await?.ok();
        }
        let notified = self.notified;
        let idle = session.idle()?;
        let ended = session.talk(|conn, event| {
            others(&event)?;
            let mut arrived = false;
            selected_sees(selected, &event, &mut |told| {
                arrived |= matches!(told, Told::Arrived);
                tell(report, &told)
            })?;
            // With NOTIFY what was asked of new messages comes by itself.
            if arrived && !notified {
                end_idle(conn);
            }
            Ok(match &event {
                Event::Done { tag, .. } if *tag == idle => Some(()),
                // What arrived before IDLE had begun.
                Event::Idling(_) if !notified && lacks(selected, report) => {
                    end_idle(conn);
                    None
                }
                _ => None,
            })
        });
        ended.await
    }

    async fn fetch_new(
        &mut self,
        session: &mut Session,
        selected: &mut Selected,
    ) -> Result<(), Wrong> {
        let report = &mut self.report;
        let command = fetch(NumberSet::since(report.next())).uid().flags().envelope();
        let ended = session.run(command, |event| {
            others(event)?;
            selected_sees(selected, event, &mut |told| tell(report, &told))
        });
        ended.await?.ok()
    }
}

/// Whether there are messages of which nothing was told.
fn lacks(selected: &Selected, report: &Report) -> bool {
    !selected.messages().unknown().is_empty() || report.lacks(selected.messages().last_uid())
}

fn end_idle(conn: &mut Connection) {
    // It may not have begun, or have ended: then there is nothing to end.
    let _ = conn.done();
}

fn tell(report: &mut Report, told: &Told<'_, '_>) -> Result<(), Wrong> {
    match told {
        Told::Forget => report.forget(),
        Told::Fetched { uid, fetch } => report.fetched(*uid, fetch),
        Told::Gone(uids) => report.gone(uids),
        Told::Arrived => Ok(()),
    }
}

/// What is told of other folders.
fn others(event: &Event<'_>) -> Result<(), Wrong> {
    match event {
        Event::Response(Response::Status(status)) => report::status(status),
        Event::Response(Response::List(list)) => report::listed(list),
        _ => Ok(()),
    }
}

/// All that can be told of this folder and the others.
fn notify() -> Command<'static> {
    let new = NotifyEvent::MessageNew(vec![FetchItem::Uid, FetchItem::Flags, FetchItem::Envelope]);
    let selected = EventGroup {
        mailboxes: MailboxFilter::Selected,
        events: vec![new, NotifyEvent::MessageExpunge, NotifyEvent::FlagChange],
    };
    let others = EventGroup {
        mailboxes: MailboxFilter::Personal,
        events: vec![
            NotifyEvent::MessageNew(Vec::new()),
            NotifyEvent::MessageExpunge,
            NotifyEvent::MailboxName,
            NotifyEvent::SubscriptionChange,
        ],
    };
    Command::Notify(Notify::Set { status: false, groups: vec![selected, others] })
}
