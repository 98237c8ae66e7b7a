//! APPEND and REPLACE: messages come in pieces, go to disk as they come, and appear together.

use super::candidate::{Message, Place};
use super::fetch::cut;
use super::folders::{missing, name};
use super::messages;
use super::selected::Selected;
use super::{Answer, Failure, Session, no, yes};
use crate::office::{MAX_MESSAGE, PIECE};
use examples::maildir::{self, Draft, Folder, Uid};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    Append, AppendData, AppendMessage, AppendStep, Bound, CatenatePart, Code, Command, Condition,
    DateTime, Flags, ImapUrl, Mailbox, NumberSet, Partial, Replaced, SetRange,
};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::block_in_place;

/// Messages that are being received.
pub(super) struct Appending {
    target: Arc<Folder>,
    /// Which message of the selected folder goes when they have come, and its octets.
    replaced: Option<(Uid, u64)>,
    /// The last is in progress.
    messages: Vec<Receiving>,
    /// Why they will not be taken, found where that could not be said yet.
    refused: Option<Result<Condition<'static>, io::Error>>,
}

struct Receiving {
    draft: Draft,
    flags: maildir::Flags,
    date: Option<SystemTime>,
}

/// What is said at once, if there is a reason to.
type Refusal = Result<Option<Condition<'static>>, Failure>;

impl Session<'_> {
    pub(super) fn begin_append(
        &mut self,
        append: &Append<'_>,
        replaced: Option<Replaced>,
        steps: &[AppendStep<'_>],
        len: u64,
    ) -> Refusal {
        let refusal = match self.open_append(&append.mailbox, replaced)? {
            Some(refusal) => Some(refusal),
            None => match self.next_message(&append.flags, append.date)? {
                Some(refusal) => Some(refusal),
                None => self.take_steps(steps, Some(len))?,
            },
        };
        self.go_on(refusal)
    }

    pub(super) fn append_more(&mut self, steps: &[AppendStep<'_>], len: Option<u64>) -> Refusal {
        let refusal = match self.append.as_mut().and_then(|append| append.refused.take()) {
            Some(refused) => Some(refused?),
            None => self.take_steps(steps, len)?,
        };
        match (len, &mut self.append) {
            // The answer is due at the end.
            (None, Some(append)) => {
                append.refused = refusal.map(Ok);
                Ok(None)
            }
            _ => self.go_on(refusal),
        }
    }

    /// Takes the octets that are announced, unless there is a reason not to.
    fn go_on(&mut self, refusal: Option<Condition<'static>>) -> Refusal {
        match refusal {
            Some(_) => self.append = None,
            None => self.conn.accept_body()?,
        }
        Ok(refusal)
    }

    pub(super) fn append_piece(&mut self, piece: &[u8]) {
        let Some(append) = &mut self.append else { return };
        if let (Some(message), None) = (append.messages.last_mut(), &append.refused) {
            append.refused = message.draft.write(piece).err().map(Err);
        }
    }

    pub(super) fn end_append(&mut self) -> Answer {
        let mut append = self.append.take().ok_or(Failure::State)?;
        if let Some(refused) = append.refused {
            return Ok(refused?);
        }
        if append.messages.iter().any(|message| message.draft.size() == 0) {
            // RFC 3502: so a client cancels.
            return Ok(no("there is nothing in a message"));
        }
        let view = self.view.as_ref();
        let replaced = match append.replaced {
            Some((uid, _)) => Some((&*view.ok_or(Failure::State)?.folder, uid)),
            None => None,
        };
        let (validity, uids) = block_in_place(|| {
            for message in &mut append.messages {
                message.draft.finish(message.date)?;
            }
            match (replaced, &append.messages[..]) {
                (Some(replaced), [message]) => {
                    let (validity, uid) =
                        append.target.replace(&message.draft, message.flags, replaced)?;
                    Ok((validity, uid..uid.saturating_add(1)))
                }
                (_, messages) => {
                    let drafts = messages.iter().map(|message| (&message.draft, message.flags));
                    append.target.append_all(&drafts.collect::<Vec<_>>())
                }
            }
        })?;
        let code = Code::AppendUid { validity, uids: NumberSet::of(uids) };
        if replaced.is_none() {
            return Ok(yes("appended").with_code(code));
        }
        self.say(code, "replaced by")?;
        // What came before what went, as in RFC 8508 section 3.2.
        self.tell(false, false)?;
        self.tell(true, false)?;
        Ok(yes("replaced"))
    }

    /// APPEND of messages that are made of others.
    pub(super) fn append_urls(
        &mut self,
        mailbox: &Mailbox<'_>,
        messages: &[AppendMessage<'_>],
    ) -> Answer {
        self.made_of_urls(None, mailbox, messages)
    }

    /// REPLACE by a message that is made of others.
    pub(super) fn replace_by_urls(
        &mut self,
        replaced: Replaced,
        mailbox: &Mailbox<'_>,
        message: &AppendMessage<'_>,
    ) -> Answer {
        self.made_of_urls(Some(replaced), mailbox, std::slice::from_ref(message))
    }

    fn made_of_urls(
        &mut self,
        replaced: Option<Replaced>,
        mailbox: &Mailbox<'_>,
        messages: &[AppendMessage<'_>],
    ) -> Answer {
        if let Some(refusal) = self.open_append(mailbox, replaced)? {
            return Ok(refusal);
        }
        let mut steps = Vec::new();
        for message in messages {
            let flags = message.flags.clone().unwrap_or_default();
            steps.push(AppendStep::Message { flags, date: message.date });
            let AppendData::Catenate(parts) = &message.data else { return Err(Failure::State) };
            for part in parts {
                let CatenatePart::Url(url) = part else { return Err(Failure::State) };
                steps.push(AppendStep::Url(url.clone()));
            }
        }
        match self.take_steps(&steps, None)? {
            Some(refusal) => {
                self.append = None;
                Ok(refusal)
            }
            None => self.end_append(),
        }
    }

    /// Finds where messages are to go, and which one they replace.
    fn open_append(&mut self, mailbox: &Mailbox<'_>, replaced: Option<Replaced>) -> Refusal {
        let user = self.user()?;
        let replaced = match replaced {
            None => None,
            Some(Replaced { uid, number }) => {
                let view = self.view.as_ref().ok_or(Failure::State)?;
                if view.read_only {
                    return Ok(Some(no("the mailbox was opened to be read")));
                }
                let mut set = NumberSet::new();
                set.push(SetRange { start: number, end: number });
                let found = view.chosen(&set, uid).and_then(|chosen| chosen.first().copied());
                // RFC 8508 section 3.1: `*` is the last there is, and a number must be one there is.
                let fits = |&(_, it): &(u32, Uid)| {
                    !uid || number == Bound::Last || Bound::Number(it) == number
                };
                let Some((_, uid)) = found.filter(fits) else {
                    return Ok(Some(no("there is no such message")));
                };
                Some((uid, view.get(uid).map_or(0, |entry| entry.size)))
            }
        };
        let target = block_in_place(|| user.mail.folder(&name(mailbox)))?;
        let Some(target) = target else { return Ok(Some(missing(Code::TryCreate))) };
        self.append = Some(Appending { target, replaced, messages: Vec::new(), refused: None });
        Ok(None)
    }

    /// Begins a message.
    fn next_message(&mut self, flags: &Flags<'_>, date: Option<DateTime>) -> Refusal {
        let append = self.append.as_mut().ok_or(Failure::State)?;
        let names: Vec<&str> = flags.keywords().collect();
        let (keywords, draft) = block_in_place(|| {
            Ok::<_, io::Error>((append.target.keywords(&names)?, append.target.draft()?))
        })?;
        let Some(keywords) = keywords else {
            let full = no("the folder has as many keywords as it can");
            return Ok(Some(full.with_code(Code::Limit)));
        };
        let flags = maildir::Flags { system: messages::system(flags), keywords };
        append.messages.push(Receiving { draft, flags, date: date.map(time) });
        Ok(None)
    }

    /// Does what comes before octets that are announced, or at the end.
    fn take_steps(&mut self, steps: &[AppendStep<'_>], len: Option<u64>) -> Refusal {
        for step in steps {
            let refusal = match step {
                AppendStep::Message { flags, date } => self.next_message(flags, *date)?,
                AppendStep::Url(url) => self.take_url(&url.to_text())?,
                _ => return Err(Failure::State),
            };
            if refusal.is_some() {
                return Ok(refusal);
            }
        }
        self.too_much(len.unwrap_or_default())
    }

    /// What is said to so many octets more in the message that is in progress.
    fn too_much(&self, len: u64) -> Refusal {
        let append = self.append.as_ref().ok_or(Failure::State)?;
        let sizes = append.messages.iter().map(|message| message.draft.size());
        let last = sizes.clone().next_back().unwrap_or_default();
        if last.saturating_add(len) > MAX_MESSAGE {
            return Ok(Some(no("the message is too long").with_code(Code::named("TOOBIG"))));
        }
        let freed = append.replaced.map_or(0, |(_, size)| size);
        self.over_quota(sizes.fold(len, u64::saturating_add), freed)
    }

    /// Adds what a URL names to the message that is in progress.
    fn take_url(&mut self, text: &str) -> Refusal {
        let bad = || {
            let code = Code::BadUrl(text.to_owned().into());
            Ok(Some(no("there is no such thing").with_code(code)))
        };
        let Some(url) = self.own(text) else { return bad() };
        let section = url.section.as_deref().unwrap_or_default();
        let command = format!("x FETCH 1 BODY.PEEK[{section}]\r\n");
        let item = match parse::command(command.as_bytes(), &Grammar::default()) {
            Ok((_, Command::Fetch { items, .. })) if items.len() == 1 => items,
            _ => return bad(),
        };
        let user = self.user()?;
        let folder = match (&url.mailbox, &self.view) {
            (Some(mailbox), _) => {
                let Ok(mailbox) = Mailbox::new(mailbox) else { return bad() };
                block_in_place(|| user.mail.folder(&name(&mailbox)))?
            }
            // Relative to what is selected.
            (None, Some(view)) => Some(Arc::clone(&view.folder)),
            (None, None) => None,
        };
        let Some(folder) = folder else { return bad() };
        let view = block_in_place(|| Selected::new(folder, true))?;
        let valid = url.uid_validity.is_none_or(|validity| validity == view.validity);
        let Some(entry) = url.uid.and_then(|uid| view.get(uid)).filter(|_| valid) else {
            return bad();
        };
        let mut message = Message::new(&view, 0, entry);
        let mut places = block_in_place(|| message.prepare(&item))?;
        let partial = url.partial.map(|(offset, length)| {
            let length = length.unwrap_or(u64::MAX);
            Partial { offset, length }
        });
        let place = cut(places.pop().unwrap_or(Place::Nowhere), partial);
        let size = match &place {
            Place::Nowhere => return bad(),
            Place::Made(octets) => octets.len() as u64,
            Place::There(range) => range.end - range.start,
        };
        if let Some(refusal) = self.too_much(size)? {
            return Ok(Some(refusal));
        }
        let append = self.append.as_mut().ok_or(Failure::State)?;
        let draft = &mut append.messages.last_mut().ok_or(Failure::State)?.draft;
        block_in_place(|| copy(&mut message, place, draft))?;
        Ok(None)
    }

    /// A URL of something in this user's mail.
    fn own(&self, text: &str) -> Option<ImapUrl> {
        let url: ImapUrl = text.parse().ok()?;
        let here = |host: &String| {
            host.eq_ignore_ascii_case(&self.office.domain) || host.eq_ignore_ascii_case("localhost")
        };
        let name = &self.user.as_ref()?.account.name;
        let mine = |user: &String| user.split('@').next() == Some(name.as_str());
        let elsewhere = !url.host.as_ref().is_none_or(here) || !url.user.as_ref().is_none_or(mine);
        let other = url.search.is_some() || url.access.is_some();
        (!elsewhere && !other).then_some(url)
    }
}

/// Copies octets of a message, a piece at a time.
fn copy(message: &mut Message<'_>, place: Place, draft: &mut Draft) -> io::Result<()> {
    let range = match place {
        Place::Nowhere => return Ok(()),
        Place::Made(octets) => return draft.write(&octets),
        Place::There(range) => range,
    };
    message.seek(range.start)?;
    let (mut left, mut piece) = (range.end - range.start, vec![0; PIECE]);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let n = message.read(piece.get_mut(..most).unwrap_or_default())?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        draft.write(piece.get(..n).unwrap_or_default())?;
        left -= n as u64;
    }
    Ok(())
}

fn time(date: DateTime) -> SystemTime {
    let seconds = Duration::from_secs(date.unix().unsigned_abs());
    let date = match date.unix() < 0 {
        true => UNIX_EPOCH.checked_sub(seconds),
        false => UNIX_EPOCH.checked_add(seconds),
    };
    date.unwrap_or(UNIX_EPOCH)
}
