//! One folder: what is missing is asked for, and goes to the disk as it comes.

use crate::Done;
use crate::ledger::{Ledger, Ranges};
use examples::imap::{RANGES, Session, date, fetched, letters};
use examples::maildir::{Draft, Maildir, Mirror};
use examples::options::Wrong;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mailwire_imap::build::{examine, fetch};
use mailwire_imap::client::Event;
use mailwire_imap::types::{
    BodyItem, Code, Condition, Fetch as Fetched, FetchData, Mailbox, NumberSet, Response, Section,
};
use std::io;

/// The progress of one folder; indicatif draws it only on a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(quiet: bool, folder: &str) -> Self {
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_prefix(folder.to_owned());
        let template = "{prefix} {bar:30} {msg} messages, {bytes} of {total_bytes}, {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }
}

/// What is needed to fetch a folder.
pub(crate) struct Fetch<'s> {
    session: &'s mut Session,
    maildir: &'s Maildir,
    account: &'s str,
    bar: Bar,
}

impl<'s> Fetch<'s> {
    pub(crate) fn new(
        session: &'s mut Session,
        maildir: &'s Maildir,
        account: &'s str,
        bar: Bar,
    ) -> Self {
        Self { session, maildir, account, bar }
    }

    /// Fetches what is missing of a folder.
    pub(crate) async fn folder(
        self,
        mailbox: &Mailbox<'_>,
        local: &str,
        done: &mut Done,
    ) -> Result<(), Wrong> {
        let name = mailbox.name();
        let disk = |error: io::Error| format!("{name}: {error}");
        let (mut validity, mut exists) = (None, 0);
        let opened = self.session.run(examine(mailbox.clone()), |event| {
            match event {
                Event::Response(Response::Exists(n)) => exists = *n,
                Event::Response(Response::Condition(Condition {
                    code: Some(Code::UidValidity(n)),
                    ..
                })) => validity = Some(*n),
                _ => {}
            }
            Ok(())
        });
        let opened = opened.await?;
        if !opened.is_ok() {
            done.failed.push(format!("{name}: {}", opened.said));
            return Ok(());
        }
        let mirror = Mirror::open(self.maildir, local).map_err(disk)?;
        // A server that says none has one that never changes.
        let validity = validity.unwrap_or(1);
        let (mut ledger, other) = Ledger::open(&mirror, self.account, validity).map_err(disk)?;
        if other {
            eprintln!("imap_fetch: {name}: all messages have other numbers now, and come again");
        }
        if exists == 0 {
            return Ok(());
        }
        let (missing, count, octets, last) = missing(self.session, &ledger).await?;
        self.bar.0.set_length(octets);
        let mut store = Store {
            mirror: &mirror,
            ledger: &mut ledger,
            bar: &self.bar.0,
            draft: None,
            messages: 0,
            octets: 0,
            count,
            failed: Vec::new(),
        };
        store.show();
        let mut whole = true;
        let mut sets = Vec::new();
        for ranges in missing.0.chunks(RANGES) {
            let mut set = NumberSet::new();
            for (first, last) in ranges {
                set = set + NumberSet::range(*first, *last);
            }
            sets.extend(self.session.conn.profile().split(&set));
        }
        for set in sets {
            let command = fetch(set).uid().flags().internal_date().peek(Section::default());
            let ended = self
                .session
                .run(command, |event| store.see(event).map_err(|error| format!("{name}: {error}")));
            let ended = ended.await?;
            if !ended.is_ok() {
                whole = false;
                store.failed.push(ended.said);
            }
        }
        self.bar.0.finish_and_clear();
        whole &= store.failed.is_empty();
        done.messages += store.messages;
        done.octets += store.octets;
        done.failed.extend(store.failed.iter().map(|line| format!("{name}: {line}")));
        if whole {
            // What was not there is not asked for again.
            ledger.note(1, last).map_err(disk)?;
        }
        ledger.sync().map_err(disk)
    }
}

/// The unique identifiers that are not stored, how many messages and octets those are, and the
/// largest there is.
async fn missing(session: &mut Session, ledger: &Ledger) -> Result<(Ranges, u64, u64, u32), Wrong> {
    let (mut missing, mut count, mut octets, mut largest) = (Ranges::default(), 0, 0, 0);
    let command = fetch(NumberSet::since(ledger.first_missing())).uid().size().command();
    let ended = session.run(command, |event| {
        let Some(fetched) = fetched(event) else { return Ok(()) };
        let Some(uid) = fetched.uid() else { return Ok(()) };
        largest = largest.max(uid);
        // The last message is told even when it is stored: `9:*` may be `*:9`.
        if !ledger.has(uid) && !missing.has(uid) {
            missing.insert(uid, uid);
            count += 1;
            octets += fetched.data.iter().find_map(size).unwrap_or_default();
        }
        Ok(())
    });
    ended.await?.ok()?;
    Ok((missing, count, octets, largest))
}

fn size(data: &FetchData<'_>) -> Option<u64> {
    match data {
        FetchData::Rfc822Size(size) => Some(*size),
        _ => None,
    }
}

/// Where the messages go.
struct Store<'m> {
    mirror: &'m Mirror,
    ledger: &'m mut Ledger,
    bar: &'m ProgressBar,
    /// The message that is coming.
    draft: Option<Draft>,
    messages: u64,
    octets: u64,
    count: u64,
    failed: Vec<String>,
}

impl Store<'_> {
    fn see(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::BodyStart { .. } => self.draft = Some(self.mirror.draft()?),
            Event::Body(piece) => {
                self.bar.inc(piece.len() as u64);
                if let Some(draft) = &mut self.draft {
                    draft.write(piece)?;
                }
            }
            event => {
                if let Some(fetched) = fetched(event) {
                    self.fetched(fetched)?;
                }
            }
        }
        Ok(())
    }

    /// The response that a body came with says which message it is.
    fn fetched(&mut self, fetched: &Fetched<'_>) -> io::Result<()> {
        let draft = self.draft.take();
        let body = fetched.data.iter().find_map(|data| match data {
            FetchData::BodySection(section) => Some(&section.body),
            FetchData::Rfc822(body) => Some(body),
            _ => None,
        });
        // Without a body it only tells of flags that someone changed.
        let Some(body) = body else { return Ok(()) };
        let Some(uid) = fetched.uid() else {
            self.failed.push(format!("message {} came without its number", fetched.seq));
            return Ok(());
        };
        if self.ledger.has(uid) {
            return Ok(());
        }
        let draft = match (body, draft) {
            (BodyItem::Streamed(_), Some(draft)) => Some(draft),
            (BodyItem::Inline(octets), _) => {
                let mut draft = self.mirror.draft()?;
                draft.write(octets)?;
                Some(draft)
            }
            _ => None,
        };
        let Some(mut draft) = draft else {
            self.failed.push(format!("message {uid} has no contents"));
            return Ok(());
        };
        let mut flags = String::new();
        let mut received = None;
        for data in fetched.data.iter() {
            match data {
                FetchData::Flags(known) => flags = letters(known),
                FetchData::InternalDate(when) => received = date(*when),
                _ => {}
            }
        }
        draft.finish(received)?;
        self.mirror.add(&draft, (&self.ledger.word, uid), &flags)?;
        self.ledger.note(uid, uid)?;
        self.messages += 1;
        self.octets += draft.size();
        self.show();
        Ok(())
    }

    fn show(&self) {
        self.bar.set_message(format!("{}/{}", self.messages, self.count));
    }
}
