//! `winmail.dat`: what Outlook packs text and files into (MS-OXTNEF), as `application/ms-tnef`.
//!
//! ```text
//! 78 9f 3e 22  kk kk | level  id of 4  length of 4  data  sum of 2 | level ...
//! ```
//!
//! Nothing is copied: files are ranges of what is read. An attribute that reaches over the end is
//! the last one, and taken as far as it goes.

mod mapi;
mod rtf;

pub use mapi::{Name, Properties, Property, Value};
pub use rtf::{Rtf, decompress};

use alloc::borrow::Cow;
use alloc::vec::Vec;
use mapi::{label, text8};

const SIGNATURE: &[u8] = &[0x78, 0x9f, 0x3e, 0x22];

/// A stream of TNEF.
///
/// ```
/// use mailwire_message::tnef::Tnef;
///
/// let raw = b"\x78\x9f\x3e\x22\x01\0\
///     \x02\x02\x90\x06\0\x00\0\0\0\0\0\
///     \x02\x10\x80\x01\0\x06\0\0\0a.txt\0\xef\x01\
///     \x02\x0f\x80\x06\0\x05\0\0\0hello\x14\x02";
/// let tnef = Tnef::parse(raw).expect("its signature");
/// let file = &tnef.attachments()[0];
/// assert_eq!((file.name().as_deref(), file.data()), (Some("a.txt"), &b"hello"[..]));
/// assert!(!tnef.is_damaged());
/// ```
#[derive(Clone, Debug)]
pub struct Tnef<'a> {
    raw: &'a [u8],
    codepage: u32,
    subject: Option<&'a [u8]>,
    body: Option<&'a [u8]>,
    class: Option<&'a [u8]>,
    properties: Properties<'a>,
    attachments: Vec<Attachment<'a>>,
    damaged: bool,
}

/// A file in a stream of TNEF.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attachment<'a> {
    title: Option<&'a [u8]>,
    data: Option<&'a [u8]>,
    properties: Properties<'a>,
}

/// An attribute of the message or of an attachment, as it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// 1 for the message, 2 for the attachment that was begun last.
    pub level: u8,
    /// What it is: the number below, the type above.
    pub id: u32,
    /// Its octets.
    pub data: &'a [u8],
    /// Whether all of it is there and its sum is right.
    pub is_sound: bool,
}

/// The attributes, one after the other.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&level, rest) = self.rest.split_first()?;
        // What is no attribute is put behind by some writers, and means nothing.
        if !matches!(level, 1 | 2) {
            self.rest = &[];
            return None;
        }
        let (id, rest) = split(rest, 4)?;
        let (length, rest) = split(rest, 4)?;
        let n = usize::try_from(number(length)?).unwrap_or(usize::MAX);
        let (data, rest) = rest.split_at(n.min(rest.len()));
        let sum = data.iter().fold(0_u16, |sum, &b| sum.wrapping_add(u16::from(b)));
        let is_sound = data.len() == n && rest.get(..2) == Some(&sum.to_le_bytes());
        self.rest = rest.get(2..).unwrap_or_default();
        Some(Attribute { level, id: number(id)?, data, is_sound })
    }
}

impl<'a> Tnef<'a> {
    /// How many attachments are kept; what is behind them is not.
    pub const ATTACHMENTS: usize = 10_000;

    /// Reads a stream; `None` for what does not begin as one.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let mut tnef = Self {
            raw,
            codepage: 0,
            subject: None,
            body: None,
            class: None,
            properties: Properties::default(),
            attachments: Vec::new(),
            damaged: false,
        };
        let mut attributes = Self::attributes(raw)?;
        for attribute in attributes.by_ref() {
            tnef.damaged |= !attribute.is_sound;
            match attribute.level {
                1 => tnef.of_message(attribute),
                _ => tnef.of_attachment(attribute),
            }
        }
        // Less than the head of an attribute is left.
        tnef.damaged |= !attributes.rest.is_empty();
        let codepage = tnef.codepage;
        tnef.properties.codepage = codepage;
        for attachment in &mut tnef.attachments {
            attachment.properties.codepage = codepage;
        }
        Some(tnef)
    }

    /// All attributes as they stand; `None` for what does not begin as TNEF.
    #[must_use]
    pub fn attributes(raw: &'a [u8]) -> Option<Attributes<'a>> {
        let rest = raw.strip_prefix(SIGNATURE)?.get(2..)?;
        Some(Attributes { rest })
    }

    fn of_message(&mut self, attribute: Attribute<'a>) {
        let data = attribute.data;
        match attribute.id & 0xffff {
            0x9007 => self.codepage = number(data).unwrap_or_default(),
            0x8004 => self.subject = Some(data),
            0x800c => self.body = Some(data),
            0x8008 => self.class = Some(data),
            0x9003 => self.properties.data = data,
            _ => {}
        }
    }

    fn of_attachment(&mut self, attribute: Attribute<'a>) {
        let data = attribute.data;
        let id = attribute.id & 0xffff;
        // `attAttachRenddata` begins one; some writers leave out the first.
        if id == 0x9002 || self.attachments.is_empty() {
            if self.attachments.len() == Self::ATTACHMENTS {
                self.damaged = true;
                return;
            }
            self.attachments.push(Attachment::default());
        }
        let Some(attachment) = self.attachments.last_mut() else { return };
        match id {
            0x8010 => attachment.title = Some(data),
            0x800f => attachment.data = Some(data),
            0x9005 => attachment.properties.data = data,
            _ => {}
        }
    }

    /// Whether a sum is wrong, or the end is missing.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The codepage of texts of eight bits; 0 when it is not said.
    #[must_use]
    pub fn codepage(&self) -> u32 {
        self.codepage
    }

    /// The properties of the message.
    #[must_use]
    pub fn properties(&self) -> Properties<'a> {
        self.properties
    }

    /// The files, in their order.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment<'a>] {
        &self.attachments
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x0037).or_else(|| self.subject.map(|it| text8(it, self.codepage)))
    }

    /// What kind of message it is: `IPM.Note`, `IPM.Appointment`.
    #[must_use]
    pub fn class(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x001a).or_else(|| self.class.map(|it| text8(it, self.codepage)))
    }

    /// The Message-ID, without angle brackets.
    #[must_use]
    pub fn message_id(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x1035).map(bare)
    }

    /// The plain text.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x1000).or_else(|| self.body.map(|it| text8(it, self.codepage)))
    }

    /// The HTML.
    #[must_use]
    pub fn html(&self) -> Option<Cow<'a, str>> {
        match self.properties.value(0x1013)? {
            Value::Octets(octets) => {
                let internet = self.properties.number(0x3fde).and_then(|it| it.try_into().ok());
                let end = octets.strip_suffix(b"\0").unwrap_or(octets);
                let label = label(internet.unwrap_or(self.codepage));
                Some(crate::encoding::charset::decode(&label, end))
            }
            text => text.text(self.codepage),
        }
    }

    /// The text in RTF, decompressed. Outlook may have put HTML into it, which is not taken out.
    #[must_use]
    pub fn rtf(&self) -> Option<Rtf> {
        Some(decompress(self.properties.octets(0x1009)?))
    }

    /// Where in the stream these octets lie, which were taken from it.
    #[must_use]
    pub fn range(&self, octets: &[u8]) -> Option<core::ops::Range<usize>> {
        let start = (octets.as_ptr() as usize).checked_sub(self.raw.as_ptr() as usize)?;
        let end = start.checked_add(octets.len())?;
        (self.raw.get(start..end) == Some(octets)).then_some(start..end)
    }
}

impl<'a> Attachment<'a> {
    /// The octets; none for what is only linked to.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.properties.octets(0x3701).or(self.data).unwrap_or_default()
    }

    /// Its name: the long one, the short one, what is shown.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'a, str>> {
        let title = || self.title.map(|title| text8(title, self.properties.codepage));
        let named = |id| self.properties.text(id);
        let mut names =
            [named(0x3707), title(), named(0x3704), named(0x3001)].into_iter().flatten();
        names.find(|name| !name.is_empty())
    }

    /// Its media type, if it says one.
    #[must_use]
    pub fn mime_type(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x370e)
    }

    /// What the HTML calls it, without angle brackets.
    #[must_use]
    pub fn content_id(&self) -> Option<Cow<'a, str>> {
        self.properties.text(0x3712).map(bare)
    }

    /// The message that it is, if it is one: its data are a stream of TNEF.
    #[must_use]
    pub fn message(&self) -> Option<Tnef<'a>> {
        match self.properties.value(0x3701)? {
            Value::Object(_, octets) => Tnef::parse(octets),
            _ => None,
        }
    }

    /// All its properties.
    #[must_use]
    pub fn properties(&self) -> Properties<'a> {
        self.properties
    }
}

fn bare(id: Cow<'_, str>) -> Cow<'_, str> {
    let inner = id.trim().trim_start_matches('<').trim_end_matches('>');
    match inner.len() == id.len() {
        true => id,
        false => Cow::Owned(inner.into()),
    }
}

/// The number in the first four octets.
fn number(octets: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*octets.first_chunk()?))
}

fn split(octets: &[u8], n: usize) -> Option<(&[u8], &[u8])> {
    octets.split_at_checked(n)
}

#[cfg(test)]
mod tests;
