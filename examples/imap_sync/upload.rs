//! A message that the server does not have is sent, in pieces from the disk.

use crate::Done;
use crate::folder::{Sync, flags};
use examples::imap::said;
use examples::maildir::Here;
use examples::options::Wrong;
use mailwire_imap::client::{Event, Tag};
use mailwire_imap::types::{Append, Code, DateTime, State};
use std::io::{self, Read};
use std::time::UNIX_EPOCH;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// What became of it.
enum Sent {
    /// It is there, by this number if that was told.
    There(Option<u32>),
    Refused(String),
}

impl Sync<'_> {
    /// Sends a message; it will have at least the number `next`.
    pub(crate) async fn upload(
        &mut self,
        here: Here,
        next: u32,
        done: &mut Done,
    ) -> Result<(), Wrong> {
        let disk = self.disk();
        // Of an earlier life: a name that says nothing.
        let here = match here.mark {
            Some(_) => self.mirror.identify(&here, None),
            None => Ok(here),
        };
        let here = match here {
            // Another program was faster: the next run sees how.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            here => here.map_err(&disk)?,
        };
        let (content, date) = match self.mirror.content(&here) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            content => content.map_err(&disk)?,
        };
        self.state.note_sending(&here.base, next).map_err(&disk)?;
        let seconds = date.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let append = Append {
            mailbox: self.mailbox.clone(),
            flags: flags(&here.flags()),
            date: i64::try_from(seconds).ok().map(DateTime::from_unix),
        };
        let size = content.size();
        let tag = self.session.conn.append(&append, size).map_err(|misuse| misuse.to_string())?;
        match self.send(tag, content.take(size)).await? {
            Sent::There(Some(uid)) => {
                let mark = (self.state.word(), uid);
                match self.mirror.identify(&here, Some(mark)) {
                    // The next run finds out which it is.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    identified => drop(identified.map_err(&disk)?),
                }
                self.state.note_known(uid, &here.flags()).map_err(&disk)?;
                self.state.note_sent(&here.base).map_err(&disk)?;
                done.there += 1;
            }
            // The next run finds out which it is.
            Sent::There(None) => done.there += 1,
            Sent::Refused(said) => {
                self.state.note_sent(&here.base).map_err(&disk)?;
                done.failed.push(format!("{}: {} was refused: {said}", self.name, here.base));
            }
        }
        Ok(())
    }

    async fn send(&mut self, tag: Tag, mut content: impl Read) -> Result<Sent, Wrong> {
        let disk = self.disk();
        let refused = self.session.talk(|_, event| {
            Ok(match &event {
                Event::SendBody { tag: wanted, .. } if *wanted == tag => Some(None),
                Event::Done { tag: done, condition } if *done == tag => Some(Some(said(condition))),
                _ => None,
            })
        });
        if let Some(said) = refused.await? {
            return Ok(Sent::Refused(said));
        }
        let mut piece = vec![0; PIECE];
        // Every turn sends some of the message.
        loop {
            let n = content.read(&mut piece).map_err(&disk)?;
            if n == 0 {
                break;
            }
            let piece = piece.get(..n).unwrap_or_default();
            self.session.conn.send_body(piece).map_err(|misuse| misuse.to_string())?;
            self.session.flush().await?;
        }
        if self.session.conn.body_left() > 0 {
            return Err(format!("{}: a file became shorter while it was sent", self.name));
        }
        let sent = self.session.talk(|_, event| {
            let Event::Done { tag: done, condition } = &event else { return Ok(None) };
            if *done != tag {
                return Ok(None);
            }
            let uid = match &condition.code {
                Some(Code::AppendUid { uids, .. }) => uids.resolved(u32::MAX).next(),
                _ => None,
            };
            Ok(Some(match condition.state {
                State::Ok => Sent::There(uid.map(|(first, _)| first)),
                _ => Sent::Refused(said(condition)),
            }))
        });
        sent.await
    }
}
