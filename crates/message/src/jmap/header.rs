//! The forms of header fields (RFC 8621 sections 4.1.2 and 4.1.3).

use super::json::{Items, array, optional, string};
use crate::PartRef;
use crate::header::{Address, DateTime, Field, ListCommand, Mailbox, MessageIds, addresses};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Sink;

/// What the value of a field is read as (RFC 8621 section 4.1.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Form {
    /// As it stands: `asRaw`.
    Raw,
    /// Unfolded, with encoded-words decoded: `asText`. It is not brought into normalization form
    /// C, for which the crate has no tables.
    Text,
    /// Mailboxes, those in groups too: `asAddresses`.
    Addresses,
    /// Mailboxes in their groups: `asGroupedAddresses`.
    GroupedAddresses,
    /// Identifiers without angle brackets: `asMessageIds`.
    MessageIds,
    /// A time: `asDate`.
    Date,
    /// URIs without angle brackets: `asURLs`.
    Urls,
}

impl Form {
    const NAMES: [(&'static str, Self); 7] = [
        ("asRaw", Self::Raw),
        ("asText", Self::Text),
        ("asAddresses", Self::Addresses),
        ("asGroupedAddresses", Self::GroupedAddresses),
        ("asMessageIds", Self::MessageIds),
        ("asDate", Self::Date),
        ("asURLs", Self::Urls),
    ];

    /// Whether the field may be asked for in this form: one that RFC 5322 or RFC 2369 defines only
    /// in its own, any other in all.
    #[must_use]
    pub fn is_allowed(self, field: &str) -> bool {
        let among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(field));
        let addresses = among(&[
            "From",
            "Sender",
            "Reply-To",
            "To",
            "Cc",
            "Bcc",
            "Resent-From",
            "Resent-Sender",
        ]) || among(&["Resent-Reply-To", "Resent-To", "Resent-Cc", "Resent-Bcc"]);
        let ids = among(&["Message-ID", "In-Reply-To", "References", "Resent-Message-ID"]);
        let date = among(&["Date", "Resent-Date"]);
        let urls = among(&["List-Help", "List-Unsubscribe", "List-Subscribe"])
            || among(&["List-Post", "List-Owner", "List-Archive"]);
        let text = among(&["Subject", "Comments", "Keywords", "List-Id"]);
        let known = addresses || ids || date || urls || text;
        let trace = among(&["Return-Path", "Received"]);
        match self {
            Self::Raw => true,
            Self::Addresses | Self::GroupedAddresses => addresses || !known && !trace,
            Self::MessageIds => ids || !known && !trace,
            Self::Date => date || !known && !trace,
            Self::Urls => urls || !known && !trace,
            Self::Text => text || !known && !trace,
        }
    }
}

/// A property that is a field: `header:Name:asForm:all` (RFC 8621 section 4.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct HeaderProperty<'n> {
    /// The name of the field, in any case.
    pub name: &'n str,
    /// How it is read.
    pub form: Form,
    /// All fields of that name, in their order; else the last one.
    pub all: bool,
}

impl<'n> HeaderProperty<'n> {
    /// Reads the name of a property. `None` for one that is none of these, or that asks for a form
    /// which the field may not have: a server answers `invalidArguments`.
    ///
    /// ```
    /// use mailwire_message::jmap::{Form, HeaderProperty};
    ///
    /// let list = HeaderProperty::parse("header:List-Post:asURLs:all");
    /// assert_eq!(list.map(|it| (it.form, it.all)), Some((Form::Urls, true)));
    /// assert_eq!(HeaderProperty::parse("header:Subject:asDate"), None);
    /// ```
    #[must_use]
    pub fn parse(property: &'n str) -> Option<Self> {
        let mut parts = property.strip_prefix("header:")?.split(':');
        let name = parts.next()?;
        let (mut form, mut all) = (Form::Raw, false);
        let mut next = parts.next();
        if let Some(named) = next.and_then(|it| Form::NAMES.iter().find(|(name, _)| *name == it)) {
            form = named.1;
            next = parts.next();
        }
        if next == Some("all") {
            all = true;
            next = parts.next();
        }
        let is_name = !name.is_empty() && name.bytes().all(|b| (b'!'..=b'~').contains(&b));
        (next.is_none() && is_name && form.is_allowed(name)).then_some(Self { name, form, all })
    }

    /// What the header of a part says to it.
    #[must_use]
    pub fn of<'a>(&self, part: PartRef<'_, 'a>) -> HeaderValues<'a> {
        let values = part.fields_named(self.name).map(|field| HeaderValue::read(field, self.form));
        if self.all {
            return HeaderValues::All(values.collect());
        }
        // Only the last is read.
        let last = part.fields_named(self.name).last();
        HeaderValues::Last(last.map(|field| HeaderValue::read(field, self.form)))
    }
}

/// What a [`HeaderProperty`] asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeaderValues<'a> {
    /// The last field; none when there is no such field.
    Last(Option<HeaderValue<'a>>),
    /// All of them, in their order.
    All(Vec<HeaderValue<'a>>),
}

impl HeaderValues<'_> {
    /// Writes it as JSON.
    pub fn write(&self, out: &mut (impl Sink + ?Sized)) {
        match self {
            Self::Last(None) => out.put(b"null"),
            Self::Last(Some(value)) => value.write(out),
            Self::All(values) => array(values, HeaderValue::write, out),
        }
    }
}

/// The value of a field in one of its forms.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HeaderValue<'a> {
    /// Of [`Form::Raw`]: all behind the colon but the last line end; NUL left out, what is not
    /// UTF-8 replaced.
    Raw(Cow<'a, str>),
    /// Of [`Form::Text`].
    Text(Cow<'a, str>),
    /// Of [`Form::Addresses`].
    Addresses(Vec<EmailAddress>),
    /// Of [`Form::GroupedAddresses`].
    GroupedAddresses(Vec<EmailAddressGroup>),
    /// Of [`Form::MessageIds`]; none when there is no identifier.
    MessageIds(Option<Vec<String>>),
    /// Of [`Form::Date`]; none when it is no date.
    Date(Option<DateTime>),
    /// Of [`Form::Urls`]; none when there is no URI.
    Urls(Option<Vec<String>>),
}

impl<'a> HeaderValue<'a> {
    /// Reads a field.
    #[must_use]
    pub fn read(field: Field<'a>, form: Form) -> Self {
        let value = field.value();
        let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        let owned = |octets: Cow<'_, [u8]>| String::from_utf8_lossy(&octets).into_owned();
        match form {
            Form::Raw => Self::Raw(without_nul(String::from_utf8_lossy(value))),
            Form::Text => Self::Text(without_nul(field.text())),
            Form::Addresses => {
                let list = addresses(value);
                Self::Addresses(list.iter().filter_map(EmailAddress::of).collect())
            }
            Form::GroupedAddresses => Self::GroupedAddresses(grouped(&addresses(value))),
            Form::MessageIds => Self::MessageIds(some(MessageIds::new(value).map(owned).collect())),
            Form::Date => Self::Date(DateTime::parse(value)),
            Form::Urls => {
                Self::Urls(some(ListCommand::parse(value).uris.into_iter().map(owned).collect()))
            }
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut (impl Sink + ?Sized)) {
        match self {
            Self::Raw(text) | Self::Text(text) => string(text, out),
            Self::Addresses(list) => array(list, EmailAddress::write, out),
            Self::GroupedAddresses(groups) => array(groups, EmailAddressGroup::write, out),
            Self::MessageIds(list) | Self::Urls(list) => match list {
                Some(list) => array(list, |item, out| string(item, out), out),
                None => out.put(b"null"),
            },
            Self::Date(None) => out.put(b"null"),
            Self::Date(Some(date)) => {
                out.put(b"\"");
                write_date(date, out);
                out.put(b"\"");
            }
        }
    }
}

/// An `EmailAddress` (RFC 8621 section 4.1.2.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct EmailAddress {
    /// The display name, decoded; that of an old comment where there is no other.
    pub name: Option<String>,
    /// The `addr-spec`.
    pub email: String,
}

impl EmailAddress {
    /// `None` for the start and the end of a group. Of what is no address nothing is lost: it is
    /// the name.
    fn of(address: &Address<'_>) -> Option<Self> {
        match address {
            Address::Mailbox(mailbox) => Some(Self::of_mailbox(mailbox)),
            Address::Invalid(_) => Some(Self { name: address.name(), email: String::new() }),
            _ => None,
        }
    }

    fn of_mailbox(mailbox: &Mailbox<'_>) -> Self {
        let name = mailbox.name().map(|name| String::from(name.trim()));
        Self {
            name: name.filter(|name| !name.is_empty()),
            email: mailbox.address().unwrap_or_default(),
        }
    }

    fn write(&self, out: &mut (impl Sink + ?Sized)) {
        let mut object = Items::object(out);
        optional(self.name.as_deref(), object.member("name"));
        string(&self.email, object.member("email"));
        object.end_object();
    }
}

/// An `EmailAddressGroup` (RFC 8621 section 4.1.2.4).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct EmailAddressGroup {
    /// The name of the group; none for those that stand in no group.
    pub name: Option<String>,
    /// Its members.
    pub addresses: Vec<EmailAddress>,
}

impl EmailAddressGroup {
    fn write(&self, out: &mut (impl Sink + ?Sized)) {
        let mut object = Items::object(out);
        optional(self.name.as_deref(), object.member("name"));
        array(&self.addresses, EmailAddress::write, object.member("addresses"));
        object.end_object();
    }
}

fn grouped(list: &[Address<'_>]) -> Vec<EmailAddressGroup> {
    let mut groups: Vec<EmailAddressGroup> = Vec::new();
    let mut open = false;
    for address in list {
        match address {
            Address::GroupStart(_) => {
                groups.push(EmailAddressGroup { name: address.name(), addresses: Vec::new() });
                open = true;
            }
            // Those behind it stand in no group.
            Address::GroupEnd => open = false,
            _ => {
                let loose = groups.last().is_none_or(|group| !open && group.name.is_some());
                if loose {
                    groups.push(EmailAddressGroup::default());
                }
                if let Some(group) = groups.last_mut() {
                    group.addresses.extend(EmailAddress::of(address));
                }
            }
        }
    }
    groups
}

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "")),
        false => text,
    }
}

/// RFC 3339, in the zone that was written; `Z` where none was.
fn write_date(date: &DateTime, out: &mut (impl Sink + ?Sized)) {
    let mut digits = |n: u32, before: &[u8]| {
        out.put(before);
        let n = n % 100;
        if n < 10 {
            out.put(b"0");
        }
        out.put_number(u64::from(n));
    };
    let year = u32::from(date.year);
    digits(year / 100, b"");
    digits(year, b"");
    digits(u32::from(date.month), b"-");
    digits(u32::from(date.day), b"-");
    digits(u32::from(date.hour), b"T");
    digits(u32::from(date.minute), b":");
    digits(u32::from(date.second), b":");
    match date.zone {
        None => out.put(b"Z"),
        Some(0) => out.put(b"Z"),
        Some(zone) => {
            let minutes = u32::from(zone.unsigned_abs());
            digits(minutes / 60, if zone < 0 { b"-" } else { b"+" });
            digits(minutes % 60, b":");
        }
    }
}
