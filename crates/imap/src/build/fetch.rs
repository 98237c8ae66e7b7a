//! FETCH and STORE.

use super::becomes_command;
use crate::types::{
    Command, FetchItem, FetchModifier, Flag, Flags, NumberSet, Page, Partial, Section, StoreAction,
    StoreModifier, SystemFlag,
};
use alloc::vec::Vec;

/// `UID FETCH` of these unique identifiers.
pub fn fetch<'a>(uids: impl Into<NumberSet>) -> Fetch<'a> {
    Fetch { uid: true, set: uids.into(), items: Vec::new(), modifiers: Vec::new() }
}

/// `FETCH` of these sequence numbers.
pub fn fetch_numbers<'a>(numbers: impl Into<NumberSet>) -> Fetch<'a> {
    Fetch { uid: false, ..fetch(numbers) }
}

/// A FETCH that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fetch<'a> {
    uid: bool,
    set: NumberSet,
    items: Vec<FetchItem<'a>>,
    modifiers: Vec<FetchModifier<'a>>,
}

impl<'a> Fetch<'a> {
    /// Any item.
    pub fn item(mut self, item: FetchItem<'a>) -> Self {
        self.items.push(item);
        self
    }

    /// `FLAGS`.
    pub fn flags(self) -> Self {
        self.item(FetchItem::Flags)
    }

    /// `UID`.
    pub fn uid(self) -> Self {
        self.item(FetchItem::Uid)
    }

    /// `ENVELOPE`.
    pub fn envelope(self) -> Self {
        self.item(FetchItem::Envelope)
    }

    /// `INTERNALDATE`.
    pub fn internal_date(self) -> Self {
        self.item(FetchItem::InternalDate)
    }

    /// `RFC822.SIZE`.
    pub fn size(self) -> Self {
        self.item(FetchItem::Rfc822Size)
    }

    /// `BODYSTRUCTURE`.
    pub fn structure(self) -> Self {
        self.item(FetchItem::BodyStructure)
    }

    /// `MODSEQ` (RFC 7162).
    pub fn mod_seq(self) -> Self {
        self.item(FetchItem::ModSeq)
    }

    /// `PREVIEW` (RFC 8970).
    pub fn preview(self) -> Self {
        self.item(FetchItem::Preview { lazy: false })
    }

    /// `BODY[section]`, which sets `\Seen`.
    pub fn body(self, section: Section<'a>) -> Self {
        self.item(FetchItem::BodySection { section, peek: false, partial: None })
    }

    /// `BODY.PEEK[section]`.
    pub fn peek(self, section: Section<'a>) -> Self {
        self.item(FetchItem::BodySection { section, peek: true, partial: None })
    }

    /// `BODY.PEEK[section]<offset.length>`.
    pub fn peek_part(self, section: Section<'a>, offset: u64, length: u64) -> Self {
        let partial = Some(Partial { offset, length: length.max(1) });
        self.item(FetchItem::BodySection { section, peek: true, partial })
    }

    /// `BINARY.PEEK[part]` (RFC 3516).
    pub fn binary(self, part: impl Into<Vec<u32>>) -> Self {
        self.item(FetchItem::Binary { part: part.into(), peek: true, partial: None })
    }

    /// `ANNOTATION`: entries and attributes, by patterns with `*` and `%` (RFC 5257).
    pub fn annotation(self, entry: &'a str, attribute: &'a str) -> Self {
        let one = |text| Vec::from([super::octets(text)]);
        self.item(FetchItem::Annotation { entries: one(entry), attributes: one(attribute) })
    }

    /// Only messages that changed since (RFC 7162).
    pub fn changed_since(mut self, mod_seq: u64) -> Self {
        self.modifiers.push(FetchModifier::ChangedSince(mod_seq));
        self
    }

    /// Those that are gone, too (RFC 7162).
    pub fn vanished(mut self) -> Self {
        self.modifiers.push(FetchModifier::Vanished);
        self
    }

    /// A page of them (RFC 9394): the first is 1, the last is -1.
    pub fn page(mut self, first: i64, last: i64) -> Self {
        self.modifiers.push(FetchModifier::Partial(Page { first, last }));
        self
    }

    /// The command. Without items it asks for FLAGS: there must be one.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { uid, set, mut items, modifiers } = self;
        if items.is_empty() {
            items.push(FetchItem::Flags);
        }
        Command::Fetch { uid, set, items, modifiers }
    }
}

/// `UID STORE` of these unique identifiers.
pub fn store<'a>(uids: impl Into<NumberSet>) -> Store<'a> {
    Store {
        uid: true,
        set: uids.into(),
        modifiers: Vec::new(),
        action: StoreAction::Add,
        silent: false,
        flags: Flags::new(),
    }
}

/// `STORE` of these sequence numbers.
pub fn store_numbers<'a>(numbers: impl Into<NumberSet>) -> Store<'a> {
    Store { uid: false, ..store(numbers) }
}

/// A STORE that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Store<'a> {
    uid: bool,
    set: NumberSet,
    modifiers: Vec<StoreModifier<'a>>,
    action: StoreAction,
    silent: bool,
    flags: Flags<'a>,
}

impl<'a> Store<'a> {
    /// These flags too.
    #[expect(clippy::should_implement_trait, reason = "it is what the RFC calls it")]
    pub fn add<F: Into<Flag<'a>>>(self, flags: impl IntoIterator<Item = F>) -> Self {
        self.with(StoreAction::Add, flags)
    }

    /// Not these flags.
    pub fn remove<F: Into<Flag<'a>>>(self, flags: impl IntoIterator<Item = F>) -> Self {
        self.with(StoreAction::Remove, flags)
    }

    /// These flags and no others.
    pub fn replace<F: Into<Flag<'a>>>(self, flags: impl IntoIterator<Item = F>) -> Self {
        self.with(StoreAction::Replace, flags)
    }

    fn with<F: Into<Flag<'a>>>(
        mut self,
        action: StoreAction,
        flags: impl IntoIterator<Item = F>,
    ) -> Self {
        self.action = action;
        self.flags = flags.into_iter().map(Into::into).collect();
        self
    }

    /// The client does not want to be told.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Only messages that did not change since (RFC 7162).
    pub fn unchanged_since(mut self, mod_seq: u64) -> Self {
        self.modifiers.push(StoreModifier::UnchangedSince(mod_seq));
        self
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { uid, set, modifiers, action, silent, flags } = self;
        Command::Store { uid, set, modifiers, action, silent, flags }
    }
}

impl From<SystemFlag> for Flag<'_> {
    fn from(flag: SystemFlag) -> Self {
        Self::System(flag)
    }
}

becomes_command!(Fetch, Store);
