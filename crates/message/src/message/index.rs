//! The index of a message as a value that can be kept beside its octets.
//!
//! Everything is flat: a part says which part it is in. An [`Index`] that exists is one that a
//! message could have, whatever it was made of: what reads messages depends on that.

use super::{Entry, Message, NONE, Part, Storage};
use crate::header::{ContentType, Field};
use crate::mime::{Name, Scanner};
use crate::{Defect, Kind, Limits, Rules, TransferEncoding};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where everything is in a message: what [`Message`] is serialised as with the feature `serde`, and
/// can be made of again without its octets being read for that. Offsets and lengths are in octets.
///
/// ```
/// use mailwire_message::{Index, Message};
///
/// let raw = b"Subject: x\r\n\r\nHi\r\n";
/// let kept = serde_json::to_string(&Message::parse(raw))?;
///
/// let index: Index = serde_json::from_str(&kept)?;
/// assert_eq!(index.parts()[0].body, 14..18);
/// let message = index.message(raw)?;
/// assert_eq!(message.root().text_field("Subject").as_deref(), Some("x"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Index {
    octets: usize,
    limits: Limits,
    rules: Rules,
    parts: Vec<PartIndex>,
    defects: Vec<Defect>,
    defect_count: usize,
}

/// A part in an [`Index`].
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PartIndex {
    /// The place of the part that it is in; none for the message itself.
    pub parent: Option<usize>,
    /// What it is.
    pub kind: Kind,
    /// Whether it reached a limit, and is not divided for that.
    pub is_limited: bool,
    /// Where its header lies, the empty line behind it included.
    pub header: Range<usize>,
    /// Where its body lies, encoded.
    pub body: Range<usize>,
    /// How long the line end behind its body is that belongs to the delimiter line that it ends with.
    pub line_end: u8,
    /// Its type: what its header says, or what is meant where it says nothing.
    pub content_type: ContentType,
    /// How its body is encoded.
    pub encoding: TransferEncoding,
    /// Its fields, in their order.
    pub fields: Vec<FieldIndex>,
}

/// A field in an [`Index`].
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct FieldIndex {
    /// Its name as it is written; empty for a line that is no field.
    pub name: String,
    /// Where it lies, its line end included.
    pub range: Range<usize>,
}

/// The index is of other octets than these.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the index is of other octets")]
pub struct NotItsIndex;

impl Index {
    /// The index of a message.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let name = |entry: &Entry| String::from_utf8_lossy(message.slice(&entry.name())).into();
        let part = |part: super::PartRef<'_, '_>| PartIndex {
            parent: part.parent().map(|parent| parent.index()),
            kind: part.kind(),
            is_limited: part.is_limited(),
            header: part.header_range(),
            body: part.body_range(),
            line_end: part.part().line_end,
            content_type: part.content_type(),
            encoding: part.encoding(),
            fields: (part.entries().iter())
                .map(|entry| FieldIndex { name: name(entry), range: entry.range() })
                .collect(),
        };
        Self {
            octets: message.raw.len(),
            limits: message.limits,
            rules: message.rules,
            parts: message.parts().map(part).collect(),
            defects: message.defects().to_vec(),
            defect_count: message.defect_count(),
        }
    }

    /// The message again, of the octets that the index was made of. They are looked at for the
    /// names of fields alone: that they are the same is for the caller to know. Of others the
    /// ranges are those of the index, and what they hold is something else.
    ///
    /// # Errors
    ///
    /// When there are more or fewer octets, or a field does not begin with its name.
    pub fn message<'a>(&self, raw: &'a [u8]) -> Result<Message<'a>, NotItsIndex> {
        if raw.len() != self.octets {
            return Err(NotItsIndex);
        }
        let afters = self.afters().map_err(|_| NotItsIndex)?;
        let (mut parts, mut fields) = (Vec::new(), Vec::new());
        for (part, after) in self.parts.iter().zip(afters) {
            let first = fields.len();
            for field in &part.fields {
                fields.push(field.entry(raw).ok_or(NotItsIndex)?);
            }
            parts.push(Part {
                parent: part.parent.unwrap_or(NONE),
                kind: part.kind,
                limited: part.is_limited,
                header: part.header.clone(),
                body: part.body.clone(),
                line_end: part.line_end,
                fields: first..fields.len(),
                after,
            });
        }
        let scanner = Scanner::done(&self.limits, &self.rules, self.defect_count);
        let defects = self.defects.clone();
        let storage = Storage { scanner, parts, fields, defects, open: Vec::new() };
        Ok(Message { raw, limits: self.limits, rules: self.rules, storage })
    }

    /// How many octets the message has.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The limits that it was read with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rules that it was read by.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All parts, each before those inside it.
    #[must_use]
    pub fn parts(&self) -> &[PartIndex] {
        &self.parts
    }

    /// What is wrong with the structure: see [`Message::defects`].
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// How many defects there are, those past the limit among them.
    #[must_use]
    pub fn defect_count(&self) -> usize {
        self.defect_count
    }

    /// Whether a message could have it.
    fn check(&self) -> Result<(), &'static str> {
        self.afters()?;
        for part in &self.parts {
            part.check(self.octets)?;
        }
        let octets = self.octets as u64;
        let lies = |defect: &Defect| defect.start <= defect.end && defect.end <= octets;
        if !self.defects.iter().all(lies) {
            return Err("a defect does not lie in the message");
        }
        if self.defects.len() > self.defect_count {
            return Err("more defects than are counted");
        }
        Ok(())
    }

    /// For each part the place of the first one behind it that is not inside it. Fails where parts
    /// do not lie in others as the parts of a message do, and one behind the other.
    fn afters(&self) -> Result<Vec<usize>, &'static str> {
        let n = self.parts.len();
        let mut afters = alloc::vec![n; n];
        // The parts that are open, and where the next one in each may begin.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            // Every turn closes a part, which was opened once.
            while open.last().map(|&(last, _)| last) != part.parent {
                let (ended, _) = open.pop().ok_or("a part is in one that is not open")?;
                if let Some(after) = afters.get_mut(ended) {
                    *after = at;
                }
            }
            match open.last_mut() {
                Some((parent, from)) => {
                    let around = self.parts.get(*parent).ok_or("a part is in none")?;
                    match around.kind {
                        Kind::Leaf => return Err("a part is in one that is not divided"),
                        Kind::Message if *parent + 1 != at => {
                            return Err("a message has more than one message in it");
                        }
                        _ => {}
                    }
                    if part.header.start < *from || part.body.end > around.body.end {
                        return Err("a part does not lie in its own, behind those before it");
                    }
                    *from = part.body.end;
                }
                None if at > 0 => return Err("a part is in none"),
                None => {}
            }
            open.push((at, part.body.start));
        }
        let follows = |(at, part): (usize, &PartIndex)| {
            part.kind != Kind::Message
                || self.parts.get(at + 1).and_then(|it| it.parent) == Some(at)
        };
        if !self.parts.iter().enumerate().all(follows) {
            return Err("a message has no message in it");
        }
        if n == 0 { Err("there are no parts") } else { Ok(afters) }
    }
}

impl PartIndex {
    fn check(&self, octets: usize) -> Result<(), &'static str> {
        let (header, body) = (&self.header, &self.body);
        let in_order = header.start <= header.end && header.end == body.start;
        let end = body.end.checked_add(usize::from(self.line_end));
        if !in_order || body.start > body.end || end.is_none_or(|end| end > octets) {
            return Err("a part does not lie in the message");
        }
        if self.line_end > 2 {
            return Err("a line end is longer than CR LF");
        }
        let mut from = header.start;
        for FieldIndex { name, range } in &self.fields {
            let name_end = range.start.checked_add(name.len());
            let has_name = name_end.is_some_and(|end| end <= range.end);
            if range.start < from || range.end > header.end || !has_name {
                return Err("a field does not lie in its header, behind those before it");
            }
            from = range.end;
        }
        Ok(())
    }
}

impl FieldIndex {
    fn entry(&self, raw: &[u8]) -> Option<Entry> {
        let Range { start, end } = self.range;
        let known = Field::new(raw.get(start..end)?).name();
        // Of a longer one no more is kept.
        let known = known.get(..usize::from(u16::MAX)).unwrap_or(known);
        let name = self.name.as_bytes();
        if !name.is_empty() && name != known {
            return None;
        }
        let name_len = u16::try_from(name.len()).ok()?;
        Some(Entry { start, end, name_len, name: Name::of(name) })
    }
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Index::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Index")]
        struct Unchecked {
            octets: usize,
            limits: Limits,
            rules: Rules,
            parts: Vec<PartIndex>,
            defects: Vec<Defect>,
            defect_count: usize,
        }

        let Unchecked { octets, limits, rules, parts, defects, defect_count } =
            Unchecked::deserialize(deserializer)?;
        let index = Self { octets, limits, rules, parts, defects, defect_count };
        index.check().map_err(de::Error::custom)?;
        Ok(index)
    }
}
