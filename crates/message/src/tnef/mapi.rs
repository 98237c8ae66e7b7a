//! Streams of MAPI properties (MS-OXTNEF section 2.1.3.4).

use super::{number, split};
use crate::encoding::charset;
use alloc::borrow::Cow;
use alloc::string::String;

/// The properties of a message or an attachment, read as they are asked for.
///
/// A stream that ends early, or holds a type that is not known, ends there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Properties<'a> {
    pub(super) data: &'a [u8],
    pub(super) codepage: u32,
}

/// A property.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Property<'a> {
    /// Its number: `0x1000` is the text of a message. From `0x8000` on it means nothing without
    /// the name.
    pub id: u16,
    /// The type of its values, without the bit that says that there may be many.
    pub kind: u16,
    /// The name of one whose number is `0x8000` or more.
    pub name: Option<Name<'a>>,
    /// Its first value.
    pub value: Value<'a>,
    /// How many values it says it has.
    pub count: u32,
}

/// The name of a property.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Name<'a> {
    /// A number, in a set that the octets name.
    Number(&'a [u8], u32),
    /// A text in UTF-16, little end first, in a set that the octets name.
    Text(&'a [u8], &'a [u8]),
}

/// A value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// None.
    Nothing,
    /// A number or a boolean: 2, 4 or 8 octets, little end first.
    Fixed(&'a [u8]),
    /// Text in the codepage of the message, with the NUL that ends it.
    Text8(&'a [u8]),
    /// Text in UTF-16, little end first, with the NUL that ends it.
    Text16(&'a [u8]),
    /// Octets.
    Octets(&'a [u8]),
    /// Another object: what it is (16 octets), and its octets.
    Object(&'a [u8], &'a [u8]),
}

impl<'a> Properties<'a> {
    /// The properties, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let (count, mut rest) = match split(self.data, 4) {
            Some((count, rest)) => (number(count).unwrap_or_default(), rest),
            None => (0, &[][..]),
        };
        // Each consumes octets: what is announced is not believed.
        (0..count).map_while(move |_| property(&mut rest))
    }

    /// The first value of the property with this number.
    #[must_use]
    pub fn value(&self, id: u16) -> Option<Value<'a>> {
        let found = self.iter().find(|property| property.id == id)?;
        (found.value != Value::Nothing).then_some(found.value)
    }

    /// The first value as text.
    #[must_use]
    pub fn text(&self, id: u16) -> Option<Cow<'a, str>> {
        self.value(id)?.text(self.codepage)
    }

    /// The first value as a number.
    #[must_use]
    pub fn number(&self, id: u16) -> Option<u64> {
        match self.value(id)? {
            Value::Fixed(octets) => {
                Some(octets.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)))
            }
            _ => None,
        }
    }

    /// The first value as octets.
    #[must_use]
    pub fn octets(&self, id: u16) -> Option<&'a [u8]> {
        match self.value(id)? {
            Value::Octets(octets) | Value::Object(_, octets) => Some(octets),
            _ => None,
        }
    }
}

impl<'a> Value<'a> {
    /// The value as text, up to its NUL, if it is one.
    #[must_use]
    pub fn text(self, codepage: u32) -> Option<Cow<'a, str>> {
        match self {
            Self::Text8(octets) => Some(text8(octets, codepage)),
            Self::Text16(octets) => Some(Cow::Owned(text16(octets))),
            _ => None,
        }
    }
}

fn text16(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|unit| match unit {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    let text = char::decode_utf16(units.take_while(|&unit| unit != 0));
    text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Text of one octet a character, or more, up to its NUL.
pub(super) fn text8(octets: &[u8], codepage: u32) -> Cow<'_, str> {
    let end = memchr::memchr(0, octets).unwrap_or(octets.len());
    charset::decode(&label(codepage), octets.get(..end).unwrap_or_default())
}

/// What mail calls a codepage of Windows.
pub(super) fn label(codepage: u32) -> Cow<'static, [u8]> {
    Cow::Borrowed(match codepage {
        0 => b"",
        932 => b"shift_jis",
        936 => b"gbk",
        949 => b"euc-kr",
        950 => b"big5",
        1361 => b"johab",
        20127 => b"us-ascii",
        20866 => b"koi8-r",
        21866 => b"koi8-u",
        20932 | 51932 => b"euc-jp",
        50220..=50222 => b"iso-2022-jp",
        50225 => b"iso-2022-kr",
        51949 => b"euc-kr",
        52936 => b"hz-gb-2312",
        54936 => b"gb18030",
        65000 => b"utf-7",
        65001 => b"utf-8",
        1250..=1258 => return Cow::Owned(alloc::format!("windows-{codepage}").into_bytes()),
        28591..=28606 => {
            return Cow::Owned(alloc::format!("iso-8859-{}", codepage - 28590).into_bytes());
        }
        _ => return Cow::Owned(alloc::format!("cp{codepage}").into_bytes()),
    })
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = split(rest, n)?;
    *rest = tail;
    Some(head)
}

fn count(rest: &mut &[u8]) -> Option<u32> {
    number(take(rest, 4)?)
}

/// So many octets, and those that fill up to a multiple of four.
fn padded<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let octets = take(rest, n)?;
    // The last may lack them.
    let fill = (4 - n % 4) % 4;
    *rest = rest.get(fill.min(rest.len())..)?;
    Some(octets)
}

fn property<'a>(rest: &mut &'a [u8]) -> Option<Property<'a>> {
    let [a, b, c, d] = *take(rest, 4)? else { return None };
    let (kind, id) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let name = match id {
        0x8000.. => {
            let set = take(rest, 16)?;
            match count(rest)? {
                0 => Some(Name::Number(set, count(rest)?)),
                1 => {
                    let n = usize::try_from(count(rest)?).ok()?;
                    Some(Name::Text(set, padded(rest, n)?))
                }
                _ => return None,
            }
        }
        _ => None,
    };
    const MANY: u16 = 0x1000;
    let (many, kind) = (kind & MANY != 0, kind & !MANY);
    let varies = matches!(kind, 0x0d | 0x1e | 0x1f | 0x102);
    let n = if many || varies { count(rest)? } else { 1 };
    let mut first = Value::Nothing;
    // Every turn consumes octets, or the value is nothing and there is but one turn.
    for at in 0..n {
        let value = match kind {
            0x00 | 0x01 => Value::Nothing,
            0x02 | 0x0b => Value::Fixed(padded(rest, 2)?),
            0x03 | 0x04 | 0x0a => Value::Fixed(take(rest, 4)?),
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Value::Fixed(take(rest, 8)?),
            0x48 => Value::Octets(take(rest, 16)?),
            0x0d | 0x1e | 0x1f | 0x102 => {
                let n = usize::try_from(count(rest)?).ok()?;
                let octets = padded(rest, n)?;
                match kind {
                    0x0d => match split(octets, 16) {
                        Some((what, octets)) => Value::Object(what, octets),
                        None => Value::Octets(octets),
                    },
                    0x1e => Value::Text8(octets),
                    0x1f => Value::Text16(octets),
                    _ => Value::Octets(octets),
                }
            }
            _ => return None,
        };
        if at == 0 {
            first = value;
        }
        if value == Value::Nothing {
            break;
        }
    }
    Some(Property { id, kind, name, value: first, count: n })
}
