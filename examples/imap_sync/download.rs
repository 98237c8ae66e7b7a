//! Messages that are not here come here, unless one of those that lie here turns out to be the same.

use crate::Done;
use crate::folder::Sync;
use examples::imap::{RANGES, date, fetched, letters, set};
use examples::maildir::{Draft, Here, Mirror};
use examples::options::Wrong;
use mailwire_imap::build::fetch;
use mailwire_imap::client::Event;
use mailwire_imap::types::{BodyItem, Command, Fetch, FetchData, NumberSet, Section};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, Read};

/// What a message is known by, whatever it is called.
type Contents = [u8; 32];

/// The messages that come.
pub(crate) struct Download<'d, 's> {
    sync: &'d mut Sync<'s>,
    /// What lies here and may be at the server.
    orphans: HashMap<Contents, Vec<Here>>,
    /// What lies here and is not.
    others: Vec<Here>,
    done: &'d mut Done,
    draft: Option<(Draft, Sha256)>,
}

impl<'d, 's> Download<'d, 's> {
    /// `others` are the messages here of which the server may have some, by a number that is not
    /// known.
    pub(crate) fn new(sync: &'d mut Sync<'s>, others: Vec<Here>, done: &'d mut Done) -> Self {
        Self { sync, orphans: HashMap::new(), others, done, draft: None }
    }

    /// Fetches these messages. What is left of the others is to be sent.
    pub(crate) async fn run(mut self, uids: &[u32]) -> Result<Vec<Here>, Wrong> {
        let disk = self.sync.disk();
        if !uids.is_empty() {
            self.look_for_orphans().map_err(&disk)?;
        }
        let all = NumberSet::of(uids.iter().copied());
        let profile = *self.sync.session.conn.profile();
        for set in all.ranges().chunks(RANGES).map(set).flat_map(|set| profile.split(&set)) {
            let command = fetch(set).uid().flags().internal_date().peek(Section::default());
            self.fetch(command.command()).await?;
        }
        let mut left = self.others;
        left.extend(self.orphans.into_values().flatten());
        Ok(left)
    }

    async fn fetch(&mut self, command: Command<'_>) -> Result<(), Wrong> {
        let disk = self.sync.disk();
        let Sync { session, mirror, state, .. } = &mut *self.sync;
        let (draft, orphans, done) = (&mut self.draft, &mut self.orphans, &mut *self.done);
        let mut store = Store { mirror, state, draft, orphans, done };
        let ended = session.run(command, |event| store.see(event).map_err(&disk));
        ended.await?.ok()
    }

    /// Those that may be at the server: they were being sent, or had another number in another life
    /// of the mailbox.
    fn look_for_orphans(&mut self) -> io::Result<()> {
        for here in std::mem::take(&mut self.others) {
            if !self.sync.state.is_sending(&here.base) && here.mark.is_none() {
                self.others.push(here);
                continue;
            }
            let (mut content, _) = self.sync.mirror.content(&here)?;
            let mut hash = Sha256::new();
            let mut piece = [0; 16 * 1024];
            // Every turn reads some of the file.
            loop {
                match content.read(&mut piece)? {
                    0 => break,
                    n => hash.update(piece.get(..n).unwrap_or_default()),
                }
            }
            self.orphans.entry(hash.finalize().into()).or_default().push(here);
        }
        Ok(())
    }
}

/// Where a message goes.
struct Store<'a> {
    mirror: &'a Mirror,
    state: &'a mut crate::state::State,
    draft: &'a mut Option<(Draft, Sha256)>,
    orphans: &'a mut HashMap<Contents, Vec<Here>>,
    done: &'a mut Done,
}

impl Store<'_> {
    fn see(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::BodyStart { .. } => *self.draft = Some((self.mirror.draft()?, Sha256::new())),
            Event::Body(piece) => {
                if let Some((draft, hash)) = self.draft {
                    draft.write(piece)?;
                    hash.update(piece);
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

    fn fetched(&mut self, fetched: &Fetch<'_>) -> io::Result<()> {
        let draft = self.draft.take();
        let body = fetched.data.iter().find_map(|data| match data {
            FetchData::BodySection(section) => Some(&section.body),
            _ => None,
        });
        let (Some(body), Some(uid)) = (body, fetched.uid()) else { return Ok(()) };
        let (mut draft, hash) = match (body, draft) {
            (BodyItem::Streamed(_), Some(draft)) => draft,
            (BodyItem::Inline(octets), _) => {
                let mut draft = self.mirror.draft()?;
                draft.write(octets)?;
                (draft, Sha256::new_with_prefix(octets))
            }
            _ => return Ok(()),
        };
        let (mut flags, mut received) = (String::new(), None);
        for data in fetched.data.iter() {
            match data {
                FetchData::Flags(told) => flags = letters(told),
                FetchData::InternalDate(when) => received = date(*when),
                _ => {}
            }
        }
        let mark = (self.state.word().to_owned(), uid);
        let mark = (mark.0.as_str(), mark.1);
        let contents: Contents = hash.finalize().into();
        if let Some(here) = self.orphans.get_mut(&contents).and_then(Vec::pop) {
            // It had arrived. Flags are brought together by the next run: what is noted is what the
            // server has.
            let base = here.base.clone();
            self.mirror.identify(&here, Some(mark))?;
            self.state.note_known(uid, &flags)?;
            return self.state.note_sent(&base);
        }
        draft.finish(received)?;
        self.mirror.add(&draft, mark, &flags)?;
        self.state.note_known(uid, &flags)?;
        self.done.here += 1;
        Ok(())
    }
}
