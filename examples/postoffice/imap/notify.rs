//! NOTIFY (RFC 5465): a client is told at once of the selected folder, and of the others.
//!
//! What other sessions do in the selected folder is told at once. The other folders are looked at
//! twice a second; at every sixth look what other programs did is found, too.

use super::fetch::Wanted;
use super::folders::name;
use super::{Answer, Failure, Session, list, no, yes};
use examples::Link;
use examples::maildir::Maildir;
use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    Code, Command, Condition, Dialect, EventGroup, FetchItem, ListAttribute, ListData,
    MailboxFilter, Notify, NotifyEvent, NumberSet, Octets, Response, State, Status, StatusItem,
    StatusValue,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;
use tokio::task::block_in_place;

/// How often is looked at what is watched.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// Every so many looks also for what other programs did.
const FORCED: u32 = 6;

/// What a client wants to be told.
#[derive(Debug, Default)]
pub(super) struct Watching {
    selected: Option<OfSelected>,
    groups: Vec<Group>,
    /// What the client knows, by name.
    known: BTreeMap<String, Known>,
    subscribed: BTreeSet<String>,
    looks: u32,
}

/// What is told of the selected folder.
#[derive(Clone, Debug)]
struct OfSelected {
    /// EXPUNGE only where it could be told anyhow.
    delayed: bool,
    /// The items of new messages, as they are written; empty for none.
    items: String,
}

/// What is told of some other folders.
#[derive(Debug)]
struct Group {
    filter: Filter,
    messages: bool,
    flags: bool,
    names: bool,
    subscriptions: bool,
}

#[derive(Debug)]
enum Filter {
    Inboxes,
    Personal,
    Subscribed,
    /// These, and what lies so many levels below them.
    Below(Vec<String>, usize),
}

/// A folder, as far as the client was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Known {
    validity: u32,
    next: u32,
    messages: usize,
    highest: u64,
}

impl Session<'_> {
    pub(super) fn notify(&mut self, notify: &Notify<'_>) -> Answer {
        let Notify::Set { status, groups } = notify else {
            self.watching = None;
            return Ok(yes("nothing will be told"));
        };
        let mut watching = Watching::default();
        for group in groups {
            if let Some(refusal) = watching.take(group) {
                return Ok(refusal);
            }
        }
        let user = self.user()?;
        let (known, subscribed) = block_in_place(|| look(&user.mail, true))?;
        if *status {
            for (name, known) in &known {
                let group = watching.group(name, &subscribed);
                if group.is_some_and(|group| group.messages) && !self.is_selected(known) {
                    self.tell_status(name, known)?;
                }
            }
        }
        (watching.known, watching.subscribed) = (known, subscribed);
        self.watching = Some(watching);
        Ok(yes("you will be told"))
    }

    /// Tells what is new of all that is watched.
    pub(super) async fn tell_watched(&mut self, link: &mut Link) -> Result<(), Failure> {
        let Some(watching) = &mut self.watching else { return Ok(()) };
        watching.looks = watching.looks.wrapping_add(1);
        let force = watching.looks % FORCED == 0;
        let of_selected = watching.selected.clone();
        let idles = self.conn.is_idling();
        if let (Some(view), true) = (&self.view, idles || of_selected.is_some()) {
            let last = view.last_uid();
            let delayed = of_selected.as_ref().is_some_and(|it| it.delayed);
            self.tell(idles || !delayed, force)?;
            let items = of_selected.map(|it| it.items).unwrap_or_default();
            let arrived = self.view.as_ref().map_or(last, |view| view.last_uid()) > last;
            if arrived && !items.is_empty() {
                self.show(last, &items, link).await?;
            }
        }
        self.tell_others(force)
    }

    /// Tells of the messages behind a UID what the client wants to know of those that are new.
    async fn show(&mut self, last: u32, items: &str, link: &mut Link) -> Result<(), Failure> {
        let command = format!("x UID FETCH {}:* {items}\r\n", last.saturating_add(1));
        let Ok((_, Command::Fetch { set, items, .. })) =
            parse::command(command.as_bytes(), &Grammar::default())
        else {
            return Err(Failure::State);
        };
        self.fetch(&Wanted { uid: true, set: &set, items: &items, modifiers: &[] }, link).await?;
        Ok(())
    }

    fn tell_others(&mut self, force: bool) -> Result<(), Failure> {
        let user = self.user()?;
        let (now, subscribed) = block_in_place(|| look(&user.mail, force))?;
        let Some(mut watching) = self.watching.take() else { return Ok(()) };
        let before = std::mem::replace(&mut watching.known, now.clone());
        let wanted = std::mem::replace(&mut watching.subscribed, subscribed.clone());
        let told = self.tell_changes(&watching, (&before, &wanted), (&now, &subscribed));
        self.watching = Some(watching);
        told
    }

    fn tell_changes(
        &mut self,
        watching: &Watching,
        (before, wanted): (&BTreeMap<String, Known>, &BTreeSet<String>),
        (now, subscribed): (&BTreeMap<String, Known>, &BTreeSet<String>),
    ) -> Result<(), Failure> {
        let renamed = renamed(before, now);
        let tells_names = |name: &str, subscribed: &BTreeSet<String>| {
            watching.group(name, subscribed).is_some_and(|group| group.names)
        };
        let told = |name: &String| {
            let new = renamed.iter().find(|(_, old)| *old == name);
            new.is_some_and(|(new, _)| tells_names(new, subscribed))
        };
        for name in before.keys().filter(|name| !now.contains_key(*name) && !told(name)) {
            if tells_names(name, wanted) {
                self.tell_list(name, [ListAttribute::NonExistent], None)?;
            }
        }
        for (name, known) in now {
            let Some(group) = watching.group(name, subscribed) else { continue };
            let old = renamed.get(name.as_str()).copied();
            let above_is_told =
                || goes_with_above(name, &renamed, |above| tells_names(above, subscribed));
            if group.names && !before.contains_key(name) && !above_is_told() {
                self.tell_list(name, [], old)?;
            }
            let last = before.get(old.unwrap_or(name));
            let Some(last) = last.filter(|_| !self.is_selected(known)) else { continue };
            let came = (known.validity, known.next, known.messages);
            let changed = came != (last.validity, last.next, last.messages);
            if changed && group.messages || known.highest != last.highest && group.flags {
                self.tell_status(name, known)?;
            }
        }
        for name in wanted.symmetric_difference(subscribed) {
            let either = if subscribed.contains(name) { subscribed } else { wanted };
            if watching.group(name, either).is_some_and(|group| group.subscriptions) {
                let attributes = subscribed.contains(name).then_some(ListAttribute::Subscribed);
                self.tell_list(name, attributes, None)?;
            }
        }
        Ok(())
    }

    fn is_selected(&self, known: &Known) -> bool {
        self.view.as_ref().is_some_and(|view| view.validity == known.validity)
    }

    fn tell_list(
        &mut self,
        name: &str,
        attributes: impl IntoIterator<Item = ListAttribute<'static>>,
        old: Option<&str>,
    ) -> Result<(), Failure> {
        let attributes: Vec<_> = attributes.into_iter().collect();
        let mut list = list::entry(name, attributes)?;
        if let Some(old) = old {
            let old = list::entry(old, Vec::new())?.mailbox;
            list.extended.push(ListData::OldName(old));
        }
        Ok(self.conn.send(&Response::List(list))?)
    }

    fn tell_status(&mut self, name: &str, known: &Known) -> Result<(), Failure> {
        let mailbox = list::entry(name, Vec::new())?.mailbox;
        let mut items = vec![
            (StatusItem::Messages, StatusValue::Number(known.messages as u64)),
            (StatusItem::UidNext, StatusValue::Number(known.next.into())),
            (StatusItem::UidValidity, StatusValue::Number(known.validity.into())),
        ];
        if self.conn.dialect().condstore {
            items.push((StatusItem::HighestModSeq, StatusValue::Number(known.highest)));
        }
        Ok(self.conn.send(&Response::Status(Status { mailbox, items }))?)
    }
}

impl Watching {
    /// Whether the client is told of the selected folder.
    pub(super) fn tells_selected(&self) -> bool {
        self.selected.is_some()
    }

    /// Takes note of a group; what is said if it cannot be had.
    fn take(&mut self, group: &EventGroup<'_>) -> Option<Condition<'static>> {
        let bad = |text| Some(Condition::new(State::Bad, text));
        let has = |event: &NotifyEvent<'_>| group.events.contains(event);
        let new = group.events.iter().find_map(|event| match event {
            NotifyEvent::MessageNew(items) => Some(items),
            _ => None,
        });
        let (gone, flags) = (has(&NotifyEvent::MessageExpunge), has(&NotifyEvent::FlagChange));
        let (names, subscriptions) =
            (has(&NotifyEvent::MailboxName), has(&NotifyEvent::SubscriptionChange));
        let known = [new.is_some(), gone, flags, names, subscriptions];
        if known.iter().filter(|has| **has).count() != group.events.len() {
            let can: [&[u8]; 5] = [
                b"MessageNew",
                b"MessageExpunge",
                b"FlagChange",
                b"MailboxName",
                b"SubscriptionChange",
            ];
            let can = can.into_iter().filter_map(|name| Octets::new(name).ok());
            let code = Code::BadEvent(can.collect());
            return Some(no("not an event that is known here").with_code(code));
        }
        // RFC 5465 section 5.
        if new.is_some() != gone || flags && new.is_none() {
            return bad("MessageNew and MessageExpunge belong together, and FlagChange to them");
        }
        let delayed = group.mailboxes == MailboxFilter::SelectedDelayed;
        if delayed || group.mailboxes == MailboxFilter::Selected {
            if names || subscriptions {
                return bad("not an event of the selected mailbox");
            }
            let items = new.map(|items| written(items)).unwrap_or_default();
            self.selected = new.is_some().then_some(OfSelected { delayed, items });
            return None;
        }
        if new.is_some_and(|items| !items.is_empty()) {
            return bad("items are told of the selected mailbox only");
        }
        let names_of = |mailboxes: &[_]| mailboxes.iter().map(name).collect();
        let filter = match &group.mailboxes {
            MailboxFilter::Inboxes => Filter::Inboxes,
            MailboxFilter::Personal => Filter::Personal,
            MailboxFilter::Subscribed => Filter::Subscribed,
            MailboxFilter::Subtree(mailboxes) => Filter::Below(names_of(mailboxes), usize::MAX),
            MailboxFilter::SubtreeOne(mailboxes) => Filter::Below(names_of(mailboxes), 1),
            MailboxFilter::Mailboxes(mailboxes) => Filter::Below(names_of(mailboxes), 0),
            _ => return bad("not mailboxes that are known here"),
        };
        let messages = new.is_some();
        self.groups.push(Group { filter, messages, flags, names, subscriptions });
        None
    }

    /// The first group that a folder belongs to: what follows does not add to it.
    fn group(&self, name: &str, subscribed: &BTreeSet<String>) -> Option<&Group> {
        let fits = |group: &&Group| match &group.filter {
            Filter::Inboxes => name == "INBOX",
            Filter::Personal => true,
            Filter::Subscribed => subscribed.contains(name),
            Filter::Below(tops, levels) => {
                tops.iter().any(|top| match name.strip_prefix(top.as_str()) {
                    Some("") => true,
                    Some(rest) => rest.starts_with('/') && rest.matches('/').count() <= *levels,
                    None => top.eq_ignore_ascii_case("INBOX") && name == "INBOX",
                })
            }
        };
        self.groups.iter().find(fits)
    }
}

/// The old names of folders by their new ones: the same life has another name. The INBOX stays.
fn renamed<'k>(
    before: &'k BTreeMap<String, Known>,
    now: &'k BTreeMap<String, Known>,
) -> BTreeMap<&'k str, &'k str> {
    let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
    let gone: BTreeMap<u32, &str> = gone.map(|(name, it)| (it.validity, name.as_str())).collect();
    let new = now.iter().filter(|(name, _)| !before.contains_key(*name));
    new.filter_map(|(name, it)| Some((name.as_str(), *gone.get(&it.validity)?))).collect()
}

/// Whether a folder was renamed with one above it that is told, which is all that is told (RFC 5465
/// section 5.4).
fn goes_with_above(
    name: &str,
    renamed: &BTreeMap<&str, &str>,
    is_told: impl Fn(&str) -> bool,
) -> bool {
    let Some(old) = renamed.get(name) else { return false };
    name.match_indices('/').any(|(at, _)| {
        let (above, rest) = name.split_at(at);
        is_told(above)
            && renamed
                .get(above)
                .is_some_and(|old_above| old.strip_suffix(rest) == Some(*old_above))
    })
}

/// All folders as they are, and which are subscribed to.
fn look(mail: &Maildir, force: bool) -> io::Result<(BTreeMap<String, Known>, BTreeSet<String>)> {
    let mut known = BTreeMap::new();
    for listed in mail.list()?.into_iter().filter(|listed| listed.exists) {
        // Removed just now, perhaps.
        let Some(folder) = mail.folder(&listed.name)? else { continue };
        let picture = match folder.picture(force) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            picture => picture?,
        };
        let (validity, next, highest) = (picture.validity, picture.next, picture.highest);
        let messages = picture.entries.len();
        known.insert(listed.name, Known { validity, next, messages, highest });
    }
    Ok((known, mail.subscriptions()?))
}

/// Items of FETCH as they are written.
fn written(items: &[FetchItem<'_>]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let command = Command::Fetch {
        uid: true,
        set: NumberSet::of([1]),
        items: items.to_vec(),
        modifiers: Vec::new(),
    };
    let mut out = Plain::default();
    encode::command("x", &command, &Dialect::rev2(), &mut out);
    let text = String::from_utf8(out.into_bytes()).unwrap_or_default();
    text.trim_end().strip_prefix("x UID FETCH 1 ").unwrap_or_default().to_owned()
}
