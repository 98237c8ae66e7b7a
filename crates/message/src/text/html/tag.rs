//! Tags: which element, and its attributes.

use super::word::{ONES, below, equal};

/// The inside of a tag.
pub(super) struct Tag<'t> {
    pub(super) element: Element,
    html: &'t str,
    /// Where its attributes begin and end.
    start: usize,
    end: usize,
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
        // Whether a name is known cannot be foreseen: the place is chosen without a branch.
        let place = place(key);
        TABLE[if TABLE[place].0 == key { place } else { FREE }].1
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

/// A place without a name.
const FREE: usize = place(0);

/// The names, each at its place.
#[expect(clippy::indexing_slicing, reason = "at compile time")]
static TABLE: [(u64, Element); 256] = {
    let mut table = [(0, Element::Other); 256];
    let mut at = 0;
    while at < NAMES.len() {
        let (name, element) = NAMES[at];
        assert!(table[place(key(name))].0 == 0, "two names at one place");
        assert!(place(key(name)) != FREE, "a name at the place without one");
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
    /// Reads from its name up to the `>` that is not in a quoted value; returns where it goes on
    /// behind that.
    #[inline(always)]
    pub(super) fn read(html: &'t str, name: usize) -> (Self, usize) {
        let bytes = html.as_bytes();
        let tail = bytes.get(name..).unwrap_or_default();
        let (element, n) = short_name(tail).unwrap_or_else(|| long_name(tail));
        let start = name + n;
        let end = match bytes.get(start) {
            Some(b'>') => start,
            _ => end_of_tag(bytes, start),
        };
        (Self { element, html, start, end }, end + 1)
    }

    /// The first attribute of this name, its value as it stands.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&'t str> {
        let bytes = self.html.as_bytes().get(..self.end)?;
        let mut at = self.start;
        // Every turn consumes an attribute.
        loop {
            let name = bytes.get(end_of_gap(bytes, at)..).filter(|name| !name.is_empty())?;
            let n = end_of_name(name);
            at = end_of_white(bytes, bytes.len() - name.len() + n);
            if bytes.get(at) != Some(&b'=') {
                continue;
            }
            let start = end_of_white(bytes, at + 1);
            let value = match bytes.get(start..).unwrap_or_default() {
                [quote @ (b'"' | b'\''), inside @ ..] => {
                    let end = start + 1 + end_of_value(inside, *quote);
                    at = bytes.len().min(end + 1);
                    start + 1..end
                }
                value => {
                    at = start + end_of_word(value);
                    start..at
                }
            };
            if n == wanted.len()
                && name.get(..n).is_some_and(|it| it.eq_ignore_ascii_case(wanted.as_bytes()))
            {
                return self.html.get(value);
            }
        }
    }
}

/// The name that a tag begins with and how long it is, when it is shorter than eight letters: all
/// of them are looked at at once.
#[inline(always)]
fn short_name(tail: &[u8]) -> Option<(Element, usize)> {
    let octets = tail.first_chunk::<8>()?;
    let word = u64::from_le_bytes(*octets);
    // Names are of letters and digits nearly always: what is below them may be an end.
    let ends = below(word, b'0') | equal(word, b'>');
    let n = (ends.trailing_zeros() / 8) as usize;
    octets.get(n).filter(|b| is_white(**b) || matches!(b, b'/' | b'>'))?;
    // The bit that tells small letters from large ones; no other octets become letters by it.
    let below_end = (ends & ends.wrapping_neg()) - 1;
    let name = (word | ONES << 5) & (below_end >> 7);
    Some((Element::by_key(name), n))
}

#[cold]
fn long_name(tail: &[u8]) -> (Element, usize) {
    let n = tail.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    let n = n.unwrap_or(tail.len());
    (Element::of(tail.get(..n).unwrap_or_default()), n)
}

/// Where the `>` is that ends the attributes which begin here, or the text.
fn end_of_tag(bytes: &[u8], start: usize) -> usize {
    let tail = bytes.get(start..).unwrap_or_default();
    let Some(n) = memchr::memchr2(b'>', b'\'', tail) else { return bytes.len() };
    if tail.get(n) != Some(&b'>') {
        return start + end_of_quotes(tail);
    }
    let attributes = tail.get(..n).unwrap_or_default();
    let last = match attributes.last() {
        Some(b'"') => Some(n - 1),
        _ => memchr::memrchr(b'"', attributes),
    };
    // Behind a quote that begins no value none is open.
    match last.is_some_and(|last| begins_value(attributes, last)) {
        true => start + end_of_quotes(tail),
        false => start + n,
    }
}

/// The same where a `>` may be in a value, quote by quote.
#[cold]
fn end_of_quotes(tail: &[u8]) -> usize {
    let mut at = 0;
    // Every turn consumes up to a quote or the end, and a value.
    while let Some(n) = tail.get(at..).and_then(|it| memchr::memchr3(b'>', b'"', b'\'', it)) {
        at += n;
        match tail.get(at..) {
            Some([quote @ (b'"' | b'\''), inside @ ..]) if begins_value(tail, at) => {
                at += end_of_value(inside, *quote) + 2;
            }
            Some([b'"' | b'\'', ..]) => at += 1,
            _ => return at,
        }
    }
    tail.len()
}

/// Whether a quote among attributes begins a value: elsewhere it is a letter like others.
fn begins_value(attributes: &[u8], at: usize) -> bool {
    let before = attributes.get(..at).unwrap_or_default();
    match before.last() {
        Some(b'=') => true,
        Some(b) if b.is_ascii_whitespace() => before.trim_ascii_end().ends_with(b"="),
        _ => false,
    }
}

/// Where something other than white space and `/` begins.
fn end_of_gap(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| is_white(*b) || *b == b'/') {
        at += 1;
    }
    at
}

/// Where something other than white space begins.
fn end_of_white(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| is_white(*b)) {
        at += 1;
    }
    at
}

fn is_white(b: u8) -> bool {
    b <= b' ' && b.is_ascii_whitespace()
}

/// Where the name of an attribute ends. One may begin with `=`.
fn end_of_name(name: &[u8]) -> usize {
    let ends = |b: &u8| is_white(*b) || matches!(b, b'/' | b'=');
    if let Some(octets) = name.first_chunk::<8>() {
        let word = u64::from_le_bytes(*octets);
        let found = below(word, 0x21) | equal(word, b'=') | equal(word, b'/');
        let n = (found.trailing_zeros() / 8) as usize;
        if octets.get(n).is_some_and(ends) {
            return n.max(1);
        }
    }
    name.iter().position(ends).unwrap_or(name.len()).max(1)
}

/// Where a value without quotes ends.
fn end_of_word(value: &[u8]) -> usize {
    if let Some(octets) = value.first_chunk::<8>() {
        let n = (below(u64::from_le_bytes(*octets), 0x21).trailing_zeros() / 8) as usize;
        if octets.get(n).is_some_and(|b| is_white(*b)) {
            return n;
        }
    }
    value.iter().position(|b| is_white(*b)).unwrap_or(value.len())
}

/// Where a quoted value ends. Looks at the first octets, where it mostly is, without preparing a
/// search.
fn end_of_value(inside: &[u8], quote: u8) -> usize {
    for at in [0, 8] {
        let Some(octets) = inside.get(at..).and_then(<[u8]>::first_chunk) else { break };
        let found = equal(u64::from_le_bytes(*octets), quote);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
    }
    memchr::memchr(quote, inside).unwrap_or(inside.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn tags_end_where_they_do_when_every_quote_is_looked_at() {
        const PIECES: [&str; 10] = ["a", " ", "=", "\"", "\"", "'", ">", "/", "=\"b c\"", " = \""];
        // The numbers of a generator that is always the same.
        let mut seed = 1u64;
        for _ in 0..20_000 {
            let mut text = Vec::from(*b" ");
            for _ in 0..10 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = usize::try_from(seed >> 33).unwrap() % PIECES.len();
                text.extend_from_slice(PIECES[at].as_bytes());
            }
            assert_eq!(end_of_tag(&text, 0), end_of_quotes(&text), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn attributes_are_found_among_others() {
        for (tag, expected) in [
            ("a href=x>", Some("x")),
            ("a HREF = 'x y' b>", Some("x y")),
            ("a title=\"href='z'\" href=\"x\">", Some("x")),
            ("a/href=x>", Some("x")),
            ("a href href=x href=y>", Some("x")),
            ("a = href=x>", Some("x")),
            ("a data-href=z hrefs=z>", None),
            ("a href=\"x", Some("x")),
            ("a href=>", Some("")),
            ("a>", None),
        ] {
            let (tag, _) = Tag::read(tag, 0);
            assert_eq!(tag.element, Element::Link);
            assert_eq!(tag.attribute("href"), expected);
        }
    }
}
