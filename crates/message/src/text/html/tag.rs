//! Tags: which element, and its attributes.

use super::word::{ONES, below, equal};

/// The inside of a tag.
pub(super) struct Tag<'t> {
    pub(super) element: Element,
    attributes: &'t str,
}

/// What is known of an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Element {
    Break,
    Rule,
    /// A paragraph, a heading, a table: blank lines around it.
    Paragraph,
    Quote,
    Preformatted,
    List {
        ordered: bool,
    },
    Item,
    Cell,
    Image,
    Link,
    Head,
    Body,
    /// Lines of its own.
    Block,
    /// Its content is no HTML, up to its end tag: its place in [`RAW`].
    Raw(u8),
    /// Nothing that counts here.
    Other,
}

/// The elements whose content is no HTML. One is shown.
const RAW: [&str; 8] =
    ["script", "style", "title", "textarea", "xmp", "noembed", "noframes", "iframe"];

impl Element {
    /// The name by which its content ends, when that is no HTML.
    pub(super) fn raw(self) -> Option<&'static str> {
        let Self::Raw(at) = self else { return None };
        RAW.get(usize::from(at)).copied()
    }

    fn of(name: &[u8]) -> Self {
        match name {
            _ if name.len() <= 8 => Self::by_key(key(name)),
            _ if name.eq_ignore_ascii_case(b"blockquote") => Self::Quote,
            _ => Self::Other,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "a place is below 256")]
    fn by_key(key: u64) -> Self {
        match TABLE[place(key)] {
            (known, element) if known == key => element,
            _ => Self::Other,
        }
    }
}

/// A name of eight letters at most, in any case, as a number.
const fn key(name: &[u8]) -> u64 {
    let (mut key, mut at) = (0, 0);
    let mut rest = name;
    while let [b, more @ ..] = rest {
        key |= (b.to_ascii_lowercase() as u64) << at;
        (at, rest) = (at + 8, more);
    }
    key
}

/// Where a name is in the table.
const fn place(key: u64) -> usize {
    // A number by which no two names come to the same place.
    (key.wrapping_mul(0xe6e0_53f7_675e_be3b) >> 56) as usize
}

/// The names, each at its place.
#[expect(clippy::indexing_slicing, reason = "at compile time")]
static TABLE: [(u64, Element); 256] = {
    let mut table = [(0, Element::Other); 256];
    let mut at = 0;
    while at < NAMES.len() {
        let (name, element) = NAMES[at];
        assert!(table[place(key(name))].0 == 0, "two names at one place");
        if let Element::Raw(raw) = element {
            assert!(key(RAW[raw as usize].as_bytes()) == key(name), "another name");
        }
        table[place(key(name))] = (key(name), element);
        at += 1;
    }
    table
};

const NAMES: &[(&[u8], Element)] = &[
    (b"br", Element::Break),
    (b"hr", Element::Rule),
    (b"p", Element::Paragraph),
    (b"h1", Element::Paragraph),
    (b"h2", Element::Paragraph),
    (b"h3", Element::Paragraph),
    (b"h4", Element::Paragraph),
    (b"h5", Element::Paragraph),
    (b"h6", Element::Paragraph),
    (b"dl", Element::Paragraph),
    (b"table", Element::Paragraph),
    (b"figure", Element::Paragraph),
    (b"pre", Element::Preformatted),
    (b"ul", Element::List { ordered: false }),
    (b"menu", Element::List { ordered: false }),
    (b"dir", Element::List { ordered: false }),
    (b"ol", Element::List { ordered: true }),
    (b"li", Element::Item),
    (b"td", Element::Cell),
    (b"th", Element::Cell),
    (b"img", Element::Image),
    (b"a", Element::Link),
    (b"head", Element::Head),
    (b"body", Element::Body),
    (b"address", Element::Block),
    (b"article", Element::Block),
    (b"aside", Element::Block),
    (b"caption", Element::Block),
    (b"center", Element::Block),
    (b"dd", Element::Block),
    (b"div", Element::Block),
    (b"dt", Element::Block),
    (b"fieldset", Element::Block),
    (b"footer", Element::Block),
    (b"form", Element::Block),
    (b"header", Element::Block),
    (b"html", Element::Block),
    (b"legend", Element::Block),
    (b"main", Element::Block),
    (b"nav", Element::Block),
    (b"option", Element::Block),
    (b"section", Element::Block),
    (b"tbody", Element::Block),
    (b"tfoot", Element::Block),
    (b"thead", Element::Block),
    (b"tr", Element::Block),
    (b"script", Element::Raw(0)),
    (b"style", Element::Raw(1)),
    (b"title", Element::Raw(2)),
    (b"textarea", Element::Raw(3)),
    (b"xmp", Element::Raw(4)),
    (b"noembed", Element::Raw(5)),
    (b"noframes", Element::Raw(6)),
    (b"iframe", Element::Raw(7)),
];

impl<'t> Tag<'t> {
    /// Reads up to the `>` that is not in a quoted value; returns what is behind it.
    #[inline(always)]
    pub(super) fn read(text: &'t str) -> (Self, &'t str) {
        let bytes = text.as_bytes();
        let (element, n) = short_name(bytes).unwrap_or_else(|| {
            let n = bytes.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
            let n = n.unwrap_or(bytes.len());
            (Element::of(bytes.get(..n).unwrap_or_default()), n)
        });
        let mut at = n;
        // Every turn consumes up to a quote or the end.
        loop {
            let tail = bytes.get(at..).unwrap_or_default();
            let Some(found) = quote_or_end(tail) else {
                at = bytes.len();
                break;
            };
            at += found;
            let quote = match bytes.get(at) {
                Some(b'>') | None => break,
                Some(quote) => *quote,
            };
            at += 1;
            // Only a value is quoted; elsewhere a quote is a letter like others.
            let before = bytes.get(n..at - 1).unwrap_or_default().trim_ascii_end();
            if before.ends_with(b"=") {
                let tail = bytes.get(at..).unwrap_or_default();
                at = end_of_value(tail, quote).map_or(bytes.len(), |found| at + found + 1);
            }
        }
        let attributes = text.get(n..at).unwrap_or_default();
        (Self { element, attributes }, text.get(at + 1..).unwrap_or_default())
    }

    /// The first attribute of this name, its value as it stands.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&'t str> {
        let mut rest = self.attributes;
        // Every turn consumes an attribute.
        loop {
            let is_gap = |b: &u8| b.is_ascii_whitespace() || *b == b'/';
            let start = rest.bytes().position(|b| !is_gap(&b))?;
            rest = rest.get(start..)?;
            let end = rest.bytes().position(|b| b == b'=' || is_gap(&b));
            // An attribute may begin with `=`.
            let end = end.map_or(rest.len(), |end| end.max(1));
            let (name, after) = rest.split_at_checked(end)?;
            let after = after.trim_ascii_start();
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_ascii_start();
            let (value, after) = match value.as_bytes() {
                [quote @ (b'"' | b'\''), inside @ ..] => {
                    let n = end_of_value(inside, *quote).unwrap_or(inside.len());
                    (value.get(1..=n)?, value.get(n + 2..).unwrap_or_default())
                }
                bytes => {
                    let end = bytes.iter().position(u8::is_ascii_whitespace);
                    value.split_at_checked(end.unwrap_or(value.len()))?
                }
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// The name that a tag begins with and how long it is, when it is shorter than eight letters: all
/// of them are looked at at once.
fn short_name(bytes: &[u8]) -> Option<(Element, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?);
    let ends = below(word, 0x21) | equal(word, b'>') | equal(word, b'/');
    let n = (ends.trailing_zeros() / 8) as usize;
    // The end may be a control character that is none.
    if !bytes.get(n).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')) || n > 7 {
        return None;
    }
    // The bit that tells small letters from large ones; no other octets become letters by it.
    let name = (word | ONES << 5) & ((1 << (8 * n)) - 1);
    Some((Element::by_key(name), n))
}

/// Where the first quote or `>` is.
fn quote_or_end(tail: &[u8]) -> Option<usize> {
    near(tail, |word| equal(word, b'>') | equal(word, b'"') | equal(word, b'\''))
        .or_else(|| memchr::memchr3(b'>', b'"', b'\'', tail))
}

/// Where a quoted value ends.
fn end_of_value(tail: &[u8], quote: u8) -> Option<usize> {
    near(tail, |word| equal(word, quote)).or_else(|| memchr::memchr(quote, tail))
}

/// Looks at the first octets, where most of what is looked for is, without preparing a search.
#[inline(always)]
fn near(tail: &[u8], found: impl Fn(u64) -> u64) -> Option<usize> {
    for at in [0, 8, 16] {
        let found = found(u64::from_le_bytes(*tail.get(at..)?.first_chunk()?));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
    }
    None
}
