//! SELECT and EXAMINE: what a client is told of a folder, all of it or what changed since.

use super::folders::{known_flags, mailbox_id, missing, name};
use super::messages::flags_of;
use super::selected::Selected;
use super::{Answer, Failure, Session, yes};
use examples::maildir::SystemFlags;
use mailwire_imap::types::{
    Code, Condition, Fetch, FetchData, Flag, Flags, Mailbox, ObjectId, QResync, Response,
    SelectOption, State, SystemFlag, Vanished,
};
use std::io;
use tokio::task::block_in_place;

impl Session<'_> {
    pub(super) fn select(
        &mut self,
        mailbox: &Mailbox<'_>,
        options: &[SelectOption<'_>],
        read_only: bool,
    ) -> Answer {
        let known = |option: &SelectOption<'_>| {
            matches!(option, SelectOption::CondStore | SelectOption::QResync(_))
        };
        if !options.iter().all(known) {
            return Ok(Condition::new(State::Bad, "not a parameter that is known here"));
        }
        if self.view.take().is_some() {
            // What was said so far is about the other one (RFC 9051 section 7.1).
            self.say(Code::Closed, "the other mailbox is closed")?;
        }
        let user = self.user()?;
        let opened = block_in_place(|| match user.mail.folder(&name(mailbox))? {
            Some(folder) => Selected::new(folder, read_only).map(Some),
            None => Ok(None),
        });
        let Some(view) = opened? else { return Ok(missing(Code::NonExistent)) };

        let dialect = self.conn.dialect();
        let flags = known_flags(&view);
        self.conn.send(&Response::Flags(flags.clone()))?;
        self.conn.send(&Response::Exists(view.count()))?;
        self.conn.send(&Response::Recent(view.recent()))?;
        let unseen = view.iter().find(|(_, entry)| !entry.flags.system.contains(SystemFlags::SEEN));
        if let Some((seq, _)) = unseen.filter(|_| !dialect.uid_only && !dialect.rev2) {
            self.say(Code::Unseen(seq), "the first that was not read")?;
        }
        let mut permanent = Flags::new();
        if !read_only {
            permanent = flags;
            permanent.insert(Flag::System(SystemFlag::Any));
        }
        self.say(Code::PermanentFlags(permanent), "what can be changed for good")?;
        self.say(Code::UidValidity(view.validity), "UIDs are kept")?;
        self.say(Code::UidNext(view.next), "the next UID")?;
        self.say(Code::HighestModSeq(view.highest), "the last change")?;
        let id = ObjectId::new(mailbox_id(view.validity)).map_err(io::Error::other)?;
        self.say(Code::MailboxId(id), "what outlives its name")?;
        if dialect.rev2 {
            // How it is really called (RFC 9051 section 6.3.2).
            let list = super::list::entry(&name(mailbox), Vec::new())?;
            self.conn.send(&Response::List(list))?;
        }
        for option in options {
            if let SelectOption::QResync(since) = option {
                self.catch_up(&view, since)?;
            }
        }
        self.view = Some(view);
        Ok(if read_only {
            yes("selected, to be read").with_code(Code::ReadOnly)
        } else {
            yes("selected").with_code(Code::ReadWrite)
        })
    }

    /// Tells what changed since a client was here (RFC 7162 section 3.2.5).
    fn catch_up(&mut self, view: &Selected, since: &QResync) -> Result<(), Failure> {
        if since.uid_validity != view.validity {
            return Ok(());
        }
        let known = since.known.as_ref();
        let uids = block_in_place(|| view.vanished(since.mod_seq, known))?;
        if !uids.is_empty() {
            self.conn.send(&Response::Vanished(Vanished { earlier: true, uids }))?;
        }
        for (seq, entry) in view.iter().filter(|(_, entry)| entry.modseq > since.mod_seq) {
            if known.is_some_and(|known| !known.contains(entry.uid, view.last_uid())) {
                continue;
            }
            let data = vec![
                FetchData::Uid(entry.uid),
                FetchData::Flags(flags_of(view, entry)),
                FetchData::ModSeq(entry.modseq),
            ];
            self.conn.send(&Response::Fetch(Fetch { seq, data: data.into() }))?;
        }
        Ok(())
    }
}
