//! Address lists (RFC 5322 sections 3.4 and 4.4), read forgivingly: a bad item never loses the
//! others, and two are never joined.

mod lex;
mod parse;
mod plain;

use super::{clean, text_of};
use crate::{Defect, Limits};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// One entry of an address list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Address<'a> {
    /// Someone's mailbox.
    Mailbox(Mailbox<'a>),
    /// The start of a group: its name.
    GroupStart(Cow<'a, [u8]>),
    /// The end of a group.
    GroupEnd,
    /// Something that is no address, as it stands.
    Invalid(&'a [u8]),
}

/// A mailbox: `mailbox` of RFC 5322 section 3.4.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mailbox<'a> {
    /// The display name as it stands, quotes removed; encoded-words are not decoded. From a
    /// comment behind the address where there is no other (RFC 5322 section 4.4's old form).
    pub name: Option<Cow<'a, [u8]>>,
    /// The source route, without its colon.
    pub route: Option<Cow<'a, [u8]>>,
    /// The local part as it is written, its quotes and backslashes too.
    pub local: Cow<'a, [u8]>,
    /// The domain, or the literal with its brackets; empty when there is none.
    pub domain: Cow<'a, [u8]>,
    /// The comments in and around it, without their outer parentheses.
    pub comments: Vec<&'a [u8]>,
}

impl Mailbox<'_> {
    /// The display name as text that can be shown: encoded-words decoded, CR, LF
    /// and NUL replaced by spaces.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.name_of(b"")
    }

    /// The same, where bytes that are not UTF-8 are of this charset; see
    /// [`text_of`](super::text_of).
    ///
    /// ```
    /// use mailwire_message::header::AddressList;
    ///
    /// let list = AddressList::parse(b"\xc1 <a@example.org>");
    /// let name = list.mailboxes().next().and_then(|mailbox| mailbox.name_of(b"iso-8859-7"));
    /// # #[cfg(feature = "encoding")]
    /// assert_eq!(name.as_deref(), Some("\u{391}"));
    /// ```
    #[must_use]
    pub fn name_of(&self, fallback: &[u8]) -> Option<String> {
        self.name.as_deref().map(|raw| shown(raw, fallback))
    }

    /// The local part without its quotes and backslashes.
    #[must_use]
    pub fn local_part(&self) -> Cow<'_, [u8]> {
        if !self.local.contains(&b'"') {
            return Cow::Borrowed(&self.local);
        }
        let mut escaped = false;
        let keep = |b: &&u8| match b {
            _ if escaped => {
                escaped = false;
                true
            }
            b'\\' => {
                escaped = true;
                false
            }
            b => **b != b'"',
        };
        Cow::Owned(self.local.iter().filter(keep).copied().collect())
    }

    /// The address as `local@domain`, as it is written but for white space and comments; `None`
    /// for one that is empty.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        if self.local.is_empty() && self.domain.is_empty() {
            return None;
        }
        let mut out = String::from_utf8_lossy(&self.local).into_owned();
        if !self.domain.is_empty() {
            out.push('@');
            out.push_str(&String::from_utf8_lossy(&self.domain));
        }
        Some(out)
    }
}

impl<'a> Address<'a> {
    /// The mailbox, if it is one.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox<'a>> {
        match self {
            Self::Mailbox(mailbox) => Some(mailbox),
            _ => None,
        }
    }

    /// The display name, or the name of the group, or what stands where an address should, as text
    /// that can be shown.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.name_of(b"")
    }

    /// The same, where bytes that are not UTF-8 are of this charset; see
    /// [`text_of`](super::text_of).
    #[must_use]
    pub fn name_of(&self, fallback: &[u8]) -> Option<String> {
        match self {
            Self::Mailbox(mailbox) => mailbox.name_of(fallback),
            Self::GroupStart(name) => Some(shown(name, fallback)),
            Self::Invalid(raw) => Some(shown(raw, fallback)),
            Self::GroupEnd => None,
        }
    }

    /// The address as `local@domain`; see [`Mailbox::address`].
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.mailbox()?.address()
    }
}

fn shown(raw: &[u8], fallback: &[u8]) -> String {
    clean(text_of(raw, fallback)).into_owned()
}

/// A list of addresses, and what was wrong with it.
///
/// ```
/// use mailwire_message::DefectKind;
/// use mailwire_message::header::AddressList;
///
/// let list = AddressList::parse(b"Ann <ann@example.org> bob@example.org@example.net, \"a b\"@c.d");
/// let seen: Vec<_> = list.mailboxes().filter_map(|mailbox| mailbox.address()).collect();
/// assert_eq!(seen, ["\"a b\"@c.d"]);
/// assert_eq!(list.defects()[0].kind, DefectKind::BadAddress);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AddressList<'a> {
    addresses: Vec<Address<'a>>,
    defects: Vec<Defect>,
    omitted: usize,
}

impl<'a> AddressList<'a> {
    /// Reads a list of addresses with groups, routes, comments and everything obsolete. It costs
    /// time in proportion to the value.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Self {
        Self::parse_with_limits(value, &Limits::default())
    }

    /// The same with limits: of addresses, and of defects that are noted.
    #[must_use]
    pub fn parse_with_limits(value: &'a [u8], limits: &Limits) -> Self {
        // Most have one mailbox.
        match plain::mailbox(value, 0) {
            Some((mailbox, end)) if end == value.len() && limits.addresses > 0 => {
                Self { addresses: alloc::vec![Address::Mailbox(mailbox)], ..Self::default() }
            }
            _ => parse::Parser::new(value, limits).run(),
        }
    }

    /// All entries in order.
    #[must_use]
    pub fn addresses(&self) -> &[Address<'a>] {
        &self.addresses
    }

    /// The mailboxes, those in groups too.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox<'a>> {
        self.addresses.iter().filter_map(Address::mailbox)
    }

    /// What was repaired, and where in the value.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// How many entries there are beyond the limit.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// The entries.
    #[must_use]
    pub fn into_addresses(self) -> Vec<Address<'a>> {
        self.addresses
    }
}

/// The first mailbox of a list.
pub(super) fn first_mailbox(value: &[u8]) -> Option<Mailbox<'_>> {
    // Most have one: no list is made of it.
    match plain::mailbox(value, 0) {
        Some((mailbox, end)) if end == value.len() => Some(mailbox),
        _ => addresses(value).into_iter().find_map(|address| match address {
            Address::Mailbox(mailbox) => Some(mailbox),
            _ => None,
        }),
    }
}

/// Reads a list of addresses; see [`AddressList::parse`].
#[must_use]
pub fn addresses(value: &[u8]) -> Vec<Address<'_>> {
    AddressList::parse(value).into_addresses()
}

#[cfg(test)]
mod tests;
