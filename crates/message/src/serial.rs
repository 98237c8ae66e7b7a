//! Values of fields, serialised: those that need more than a derived form.
//!
//! What has a constructor that checks is deserialised through it.

use crate::build;
use crate::header::{
    Address, AddressList, AuthenticationResult, AuthenticationResults, DateTime, ListCommand,
    ListId, Mailbox, MessageIds, Received, ReceivedSpf, TagList, ZoneKind,
};
use crate::report::Status;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Octets: text where the form is for people and they are UTF-8.
pub(crate) mod octets {
    use super::{Cow, Deserializer, Serializer, Vec, de};
    use core::fmt;

    pub(crate) fn serialize<S: Serializer>(
        octets: &impl AsRef<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let octets = octets.as_ref();
        match core::str::from_utf8(octets) {
            Ok(text) if serializer.is_human_readable() => serializer.serialize_str(text),
            _ => serializer.serialize_bytes(octets),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(Visitor),
            false => deserializer.deserialize_byte_buf(Visitor),
        }
    }

    struct Visitor;

    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text or octets")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            Ok(text.into())
        }

        fn visit_bytes<E: de::Error>(self, octets: &[u8]) -> Result<Vec<u8>, E> {
            Ok(octets.into())
        }

        fn visit_byte_buf<E: de::Error>(self, octets: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(octets)
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
            let mut octets = Vec::new();
            // Every turn consumes an octet.
            while let Some(octet) = seq.next_element()? {
                octets.push(octet);
            }
            Ok(octets)
        }
    }

    /// The two octet strings of a value that has a type.
    pub(crate) fn serialize_two<S: Serializer>(
        [kind, value]: &[Cow<'_, [u8]>; 2],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&(super::Octets(kind), super::Octets(value)), serializer)
    }
}

/// How many parameters of a Content-Type are taken.
const MOST_PARAMETERS: usize = 128;

struct Octets<'a>(&'a [u8]);

impl Serialize for Octets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        octets::serialize(&self.0, serializer)
    }
}

/// A sequence of octet strings.
struct Strings<'s, T>(&'s [T]);

impl<T: AsRef<[u8]>> Serialize for Strings<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|octets| Octets(octets.as_ref())))
    }
}

/// Names and values in their order; a name may be there more than once.
struct Pairs<'s, 'a>(&'s [(&'a [u8], &'a [u8])]);

impl Serialize for Pairs<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, value)| (Octets(name), Octets(value))))
    }
}

impl Serialize for Address<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "Address";
        match self {
            Self::Mailbox(it) => serializer.serialize_newtype_variant(NAME, 0, "Mailbox", it),
            Self::GroupStart(it) => {
                serializer.serialize_newtype_variant(NAME, 1, "GroupStart", &Octets(it))
            }
            Self::GroupEnd => serializer.serialize_unit_variant(NAME, 2, "GroupEnd"),
            Self::Invalid(it) => {
                serializer.serialize_newtype_variant(NAME, 3, "Invalid", &Octets(it))
            }
        }
    }
}

impl Serialize for Mailbox<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("Mailbox", 5)?;
        it.serialize_field("name", &self.name.as_deref().map(Octets))?;
        it.serialize_field("route", &self.route.as_deref().map(Octets))?;
        it.serialize_field("local", &Octets(&self.local))?;
        it.serialize_field("domain", &Octets(&self.domain))?;
        it.serialize_field("comments", &Strings(&self.comments))?;
        it.end()
    }
}

impl Serialize for AddressList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("AddressList", 3)?;
        it.serialize_field("addresses", self.addresses())?;
        it.serialize_field("defects", self.defects())?;
        it.serialize_field("omitted", &self.omitted())?;
        it.end()
    }
}

impl Serialize for Received<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("Received", 10)?;
        it.serialize_field("from", &self.from.map(Octets))?;
        it.serialize_field("by", &self.by.map(Octets))?;
        it.serialize_field("via", &self.via.map(Octets))?;
        it.serialize_field("with", &self.with.map(Octets))?;
        it.serialize_field("id", &self.id.map(Octets))?;
        it.serialize_field("for", &self.recipient.map(Octets))?;
        it.serialize_field("date", &self.date)?;
        it.serialize_field("helo", &self.helo().map(Octets))?;
        it.serialize_field("address", &self.address())?;
        it.serialize_field("tls", &self.tls().map(Octets))?;
        it.end()
    }
}

impl Serialize for ListId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("ListId", 2)?;
        it.serialize_field("name", &self.name)?;
        it.serialize_field("id", &Octets(self.id))?;
        it.end()
    }
}

impl Serialize for ListCommand<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("ListCommand", 2)?;
        it.serialize_field("uris", &Strings(&self.uris))?;
        it.serialize_field("is_no", &self.is_no)?;
        it.end()
    }
}

impl Serialize for AuthenticationResults<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("AuthenticationResults", 4)?;
        it.serialize_field("server", &Octets(self.server))?;
        it.serialize_field("version", &self.version)?;
        it.serialize_field("instance", &self.instance)?;
        it.serialize_field("results", &self.results)?;
        it.end()
    }
}

impl Serialize for AuthenticationResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("AuthenticationResult", 4)?;
        it.serialize_field("method", &Octets(self.method))?;
        it.serialize_field("value", &Octets(self.value))?;
        it.serialize_field("reason", &self.reason.map(Octets))?;
        it.serialize_field("properties", &Pairs(&self.properties))?;
        it.end()
    }
}

impl Serialize for ReceivedSpf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("ReceivedSpf", 2)?;
        it.serialize_field("result", &Octets(self.result))?;
        it.serialize_field("properties", &Pairs(&self.properties))?;
        it.end()
    }
}

impl Serialize for TagList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tags: Vec<_> = self.tags().collect();
        Pairs(&tags).serialize(serializer)
    }
}

/// The identifiers that are left.
impl Serialize for MessageIds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ids: Vec<_> = self.clone().collect();
        Strings(&ids).serialize(serializer)
    }
}

/// A [`DateTime`] of which it is not known whether there is such a date.
#[derive(Deserialize)]
pub(crate) struct DateTimeFields {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    zone: Option<i16>,
    zone_kind: ZoneKind,
}

impl TryFrom<DateTimeFields> for DateTime {
    type Error = &'static str;

    fn try_from(fields: DateTimeFields) -> Result<Self, Self::Error> {
        let DateTimeFields { year, month, day, hour, minute, second, zone, zone_kind } = fields;
        let date = Self { year, month, day, hour, minute, second, zone, zone_kind };
        let has_zone = zone.is_none_or(|zone| (-1439..=1439).contains(&zone));
        if date.exists() && has_zone { Ok(date) } else { Err("there is no such date") }
    }
}

/// A [`Status`] of which it is not known whether it is one.
#[derive(Deserialize)]
pub(crate) struct StatusFields {
    class: u16,
    subject: u16,
    detail: u16,
}

impl TryFrom<StatusFields> for Status {
    type Error = &'static str;

    fn try_from(fields: StatusFields) -> Result<Self, Self::Error> {
        let StatusFields { class, subject, detail } = fields;
        let is_one = matches!(class, 2 | 4 | 5) && subject < 1000 && detail < 1000;
        if is_one { Ok(Self { class, subject, detail }) } else { Err("there is no such status") }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "Mailbox")]
struct MailboxFields<'a> {
    name: Option<Cow<'a, str>>,
    address: Cow<'a, str>,
}

impl Serialize for build::Mailbox<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = self.name().map(Cow::Borrowed);
        MailboxFields { name, address: self.address().into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for build::Mailbox<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MailboxFields { name, address } = MailboxFields::deserialize(deserializer)?;
        let mailbox = Self::new(address.into_owned()).map_err(de::Error::custom)?;
        match name {
            Some(name) => mailbox.named(name.into_owned()).map_err(de::Error::custom),
            None => Ok(mailbox),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "Address")]
enum AddressFields<'a> {
    Mailbox(build::Mailbox<'a>),
    Group { name: Cow<'a, str>, members: Vec<build::Mailbox<'a>> },
}

impl Serialize for build::Address<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self.clone() {
            Self::Mailbox(mailbox) => AddressFields::Mailbox(mailbox),
            Self::Group { name, members } => {
                AddressFields::Group { name: String::from(name.as_str()).into(), members }
            }
        };
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for build::Address<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match AddressFields::deserialize(deserializer)? {
            AddressFields::Mailbox(mailbox) => Ok(Self::Mailbox(mailbox)),
            AddressFields::Group { name, members } => {
                Self::group(name.into_owned(), members).map_err(de::Error::custom)
            }
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "ContentType")]
struct ContentTypeFields<'a> {
    essence: Cow<'a, str>,
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Serialize for build::ContentType<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parameters = self.parameters().map(|(name, value)| (name.into(), value.into()));
        let parameters = parameters.collect();
        ContentTypeFields { essence: self.essence().into(), parameters }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for build::ContentType<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ContentTypeFields { essence, parameters } =
            ContentTypeFields::deserialize(deserializer)?;
        let mut whole = Self::new(essence.into_owned()).map_err(de::Error::custom)?;
        // `with` looks at all that it has: the reader keeps no more either.
        if parameters.len() > MOST_PARAMETERS {
            return Err(de::Error::custom("too many parameters"));
        }
        for (name, value) in parameters {
            whole = whole.with(name.into_owned(), value.into_owned()).map_err(de::Error::custom)?;
        }
        Ok(whole)
    }
}

impl Serialize for build::MessageId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for build::MessageId<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for build::FieldName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for build::FieldName<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename = "Date")]
struct DateFields {
    unix: i64,
    offset: i16,
}

impl Serialize for build::Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DateFields { unix: self.unix(), offset: self.offset() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for build::Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let DateFields { unix, offset } = DateFields::deserialize(deserializer)?;
        Self::from_unix(unix, offset).ok_or_else(|| de::Error::custom("there is no such date"))
    }
}
