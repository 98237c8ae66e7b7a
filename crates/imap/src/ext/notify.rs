//! NOTIFY (RFC 5465): the server tells of changes in other mailboxes, too.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, FetchItem, Mailbox, Raw};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// `NOTIFY`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notify<'a> {
    /// `NONE`: nothing is to be told.
    None,
    /// `SET`: these and no others.
    Set {
        /// STATUS of each mailbox that is not selected is told at once.
        status: bool,
        /// What of which mailboxes.
        groups: Vec<EventGroup<'a>>,
    },
}

/// Mailboxes and what is to be told of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventGroup<'a> {
    /// The mailboxes.
    pub mailboxes: MailboxFilter<'a>,
    /// What of them; empty is `NONE`.
    pub events: Vec<NotifyEvent<'a>>,
}

/// Which mailboxes, for NOTIFY and for ESEARCH (RFC 7377).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MailboxFilter<'a> {
    /// The selected one.
    Selected,
    /// The selected one, EXPUNGE only when it fits.
    SelectedDelayed,
    /// Those where messages are delivered.
    Inboxes,
    /// All of the user's own.
    Personal,
    /// Those that the user subscribed to.
    Subscribed,
    /// These and all below them.
    Subtree(Vec<Mailbox<'a>>),
    /// These and those right below them (RFC 7377).
    SubtreeOne(Vec<Mailbox<'a>>),
    /// These.
    Mailboxes(Vec<Mailbox<'a>>),
}

/// Something that happens.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotifyEvent<'a> {
    /// A message came; of those in the selected mailbox these items are told.
    MessageNew(Vec<FetchItem<'a>>),
    /// A message went.
    MessageExpunge,
    /// Flags changed.
    FlagChange,
    /// Annotations of a message changed (RFC 5257).
    AnnotationChange,
    /// A mailbox was made, removed or renamed.
    MailboxName,
    /// A subscription changed.
    SubscriptionChange,
    /// Metadata of a mailbox changed (RFC 5464).
    MailboxMetadataChange,
    /// Metadata of the server changed.
    ServerMetadataChange,
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

const EVENTS: &[(&str, NotifyEvent<'static>)] = &[
    ("MessageExpunge", NotifyEvent::MessageExpunge),
    ("FlagChange", NotifyEvent::FlagChange),
    ("AnnotationChange", NotifyEvent::AnnotationChange),
    ("MailboxName", NotifyEvent::MailboxName),
    ("SubscriptionChange", NotifyEvent::SubscriptionChange),
    ("MailboxMetadataChange", NotifyEvent::MailboxMetadataChange),
    ("ServerMetadataChange", NotifyEvent::ServerMetadataChange),
];

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-groups / "NONE")
    /// ```
    pub(crate) fn notify(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        if !self.one_of(&[("SET", true), ("NONE", false)], "SET or NONE")? {
            return Ok(Command::Notify(Notify::None));
        }
        let status = self.eat_word("STATUS");
        let groups = self.words(|cursor| {
            cursor.expect(b'(', "`(`")?;
            let mailboxes = cursor.mailbox_filter()?;
            cursor.space()?;
            let events = match cursor.peek() {
                Some(b'(') => cursor.list1(Self::notify_event)?,
                _ => cursor.one_of(&[("NONE", ())], "`(` or NONE").map(|()| Vec::new())?,
            };
            cursor.expect(b')', "`)`")?;
            Ok(EventGroup { mailboxes, events })
        })?;
        if groups.is_empty() {
            return self.error("a space");
        }
        Ok(Command::Notify(Notify::Set { status, groups }))
    }

    /// ```abnf
    /// filter-mailboxes = "selected" / "selected-delayed" / "inboxes" / "personal" / "subscribed" /
    ///                    "subtree" SP one-or-more-mailbox / "subtree-one" SP one-or-more-mailbox /
    ///                    "mailboxes" SP one-or-more-mailbox
    /// ```
    pub(crate) fn mailbox_filter(&mut self) -> Parsed<MailboxFilter<'a>> {
        let at = self.position();
        let name = self.atom("which mailboxes")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match () {
            () if is("selected") => MailboxFilter::Selected,
            () if is("selected-delayed") => MailboxFilter::SelectedDelayed,
            () if is("inboxes") => MailboxFilter::Inboxes,
            () if is("personal") => MailboxFilter::Personal,
            () if is("subscribed") => MailboxFilter::Subscribed,
            () if is("subtree") => MailboxFilter::Subtree(self.some_mailboxes()?),
            () if is("subtree-one") => MailboxFilter::SubtreeOne(self.some_mailboxes()?),
            () if is("mailboxes") => MailboxFilter::Mailboxes(self.some_mailboxes()?),
            () => return Err(mailwire_core::Syntax { at, expected: "which mailboxes" }),
        })
    }

    fn some_mailboxes(&mut self) -> Parsed<Vec<Mailbox<'a>>> {
        self.space()?;
        match self.peek() {
            Some(b'(') => {
                let mut left = self.bounds().mailboxes;
                self.list1(|cursor| {
                    let Some(less) = left.checked_sub(1) else {
                        return cursor.error("fewer mailboxes");
                    };
                    left = less;
                    cursor.mailbox()
                })
            }
            _ => Ok(Vec::from([self.mailbox()?])),
        }
    }

    fn notify_event(&mut self) -> Parsed<NotifyEvent<'a>> {
        let name = self.atom("an event")?;
        let known = EVENTS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        if let Some((_, event)) = known {
            return Ok(event.clone());
        }
        if !name.eq_ignore_ascii_case("MessageNew") {
            let (name, value) = self.named_raw(name)?;
            return Ok(NotifyEvent::Other(name, value));
        }
        let items = match self.rest() {
            [b' ', b'(', ..] => {
                self.space()?;
                self.fetch_item_list()?
            }
            _ => Vec::new(),
        };
        Ok(NotifyEvent::MessageNew(items))
    }
}

impl Out<'_> {
    pub(crate) fn notify(&mut self, notify: &Notify<'_>) {
        let Notify::Set { status, groups } = notify else { return self.put(" NONE") };
        self.put(if *status { " SET STATUS" } else { " SET" });
        self.spaced(groups, |out, group| {
            out.put("(");
            out.mailbox_filter(&group.mailboxes);
            out.space();
            if group.events.is_empty() {
                out.put("NONE");
            } else {
                out.list(&group.events, Self::notify_event);
            }
            out.put(")");
        });
    }

    pub(crate) fn mailbox_filter(&mut self, filter: &MailboxFilter<'_>) {
        let (name, mailboxes) = match filter {
            MailboxFilter::Selected => return self.put("selected"),
            MailboxFilter::SelectedDelayed => return self.put("selected-delayed"),
            MailboxFilter::Inboxes => return self.put("inboxes"),
            MailboxFilter::Personal => return self.put("personal"),
            MailboxFilter::Subscribed => return self.put("subscribed"),
            MailboxFilter::Subtree(mailboxes) => ("subtree ", mailboxes),
            MailboxFilter::SubtreeOne(mailboxes) => ("subtree-one ", mailboxes),
            MailboxFilter::Mailboxes(mailboxes) => ("mailboxes ", mailboxes),
        };
        self.put(name);
        self.one_or_list(mailboxes, |out, mailbox| out.mailbox(mailbox));
    }

    fn notify_event(&mut self, event: &NotifyEvent<'_>) {
        match event {
            NotifyEvent::MessageNew(items) => {
                self.put("MessageNew");
                if !items.is_empty() {
                    self.space();
                    self.list(items, |out, item| out.fetch_item(item));
                }
            }
            NotifyEvent::Other(name, value) => self.named_raw(name, value.as_ref()),
            known => {
                let name = EVENTS.iter().find(|(_, event)| event == known);
                self.put(name.map_or("", |(name, _)| *name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "NOTIFY NONE",
            "NOTIFY SET STATUS (selected (MessageNew (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]) \
             MessageExpunge FlagChange)) (inboxes NONE)",
            "NOTIFY SET (selected-delayed (MessageNew)) (subtree (a b) (MailboxName X-Y (1)))",
            "NOTIFY SET (mailboxes INBOX (SubscriptionChange MailboxMetadataChange)) \
             (personal (ServerMetadataChange AnnotationChange)) (subscribed NONE)",
        ]);
        no_commands(&["NOTIFY", "NOTIFY SET", "NOTIFY SET (selected)", "NOTIFY SET (other (x))"]);
        responses(&["OK [NOTIFICATIONOVERFLOW] x", "NO [BADEVENT (MessageNew FlagChange)] x"]);
    }
}
