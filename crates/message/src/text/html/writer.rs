//! What is made of tags and text: lines.

use super::reference::{dereferenced, reference_of};
use super::tag::{Element, Tag};
use super::word::{below, equal};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// How deep quotes and lists are shown; deeper ones are as deep.
const DEPTH: usize = 20;

/// The longest `href` that is shown.
const HREF: usize = 2000;

/// What an octet of text is, if it is no letter.
const SPACE: u8 = 1;
const REFERENCE: u8 = 2;
const TAG: u8 = 4;

fn class_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(0, |b| class(*b))
}

#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
fn class(b: u8) -> u8 {
    static CLASSES: [u8; 256] = {
        let mut classes = [0; 256];
        classes[b' ' as usize] = SPACE;
        classes[b'\t' as usize] = SPACE;
        classes[b'\n' as usize] = SPACE;
        classes[b'\r' as usize] = SPACE;
        classes[0x0c] = SPACE;
        classes[b'&' as usize] = REFERENCE;
        classes[b'<' as usize] = TAG;
        classes
    };
    CLASSES[usize::from(b)]
}

/// How far letters go, with single spaces between.
fn end_of_words<const TOLD: u8>(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    // Every turn consumes an octet at least.
    loop {
        if let Some((word, after)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk::<8>) {
            let word = u64::from_le_bytes(*word);
            let space = equal(word, b' ');
            let other = below(word, b' ') | equal(word, b'<') | equal(word, b'&');
            // A space with no letter behind it is no single one.
            let next = u64::from(after.first().is_none_or(|b| class(*b) != 0)) << 63;
            let ends = other | space & ((space | other) >> 8 | next);
            at += (ends.trailing_zeros() / 8) as usize;
            if ends == 0 {
                continue;
            }
        }
        let Some(b) = bytes.get(at) else { return at };
        let single = *b == b' ' && bytes.get(at + 1).is_some_and(|b| class(*b) & TOLD == 0);
        if class(*b) & TOLD != 0 && !single {
            return at;
        }
        at += 1;
    }
}

/// Makes lines.
#[derive(Default)]
pub(super) struct Writer<'t> {
    out: String,
    pub(super) links: bool,
    pub(super) skip_quotes: bool,
    /// Line ends that are due before the next text.
    breaks: usize,
    /// A space is due before the next text.
    space: bool,
    /// Whether something stands in the line.
    in_line: bool,
    quotes: usize,
    pre: usize,
    /// Lists: the number of the next item, none for bullets.
    lists: Vec<Option<u32>>,
    /// The link that is open, and how long the text was before its own.
    link: Option<(Cow<'t, str>, usize)>,
    /// Something that stands before the text of a line: a bullet.
    mark: String,
    hidden: bool,
}

impl<'t> Writer<'t> {
    /// A writer with room for so much.
    pub(super) fn with_room(octets: usize) -> Self {
        Self { out: String::with_capacity(octets), ..Self::default() }
    }

    /// Text up to the next tag; returns where that begins.
    pub(super) fn text_of_html(&mut self, html: &str) -> usize {
        if self.is_hidden() || self.pre > 0 {
            let n = memchr::memchr(b'<', html.as_bytes()).unwrap_or(html.len());
            self.text(html.get(..n).unwrap_or_default());
            return n;
        }
        self.flow::<{ SPACE | REFERENCE | TAG }>(html)
    }

    /// Text in which no tag begins.
    pub(super) fn text(&mut self, text: &str) {
        if self.is_hidden() {
            return;
        }
        if self.pre == 0 {
            self.flow::<{ SPACE | REFERENCE }>(text);
            return;
        }
        let mut rest = text;
        // Every turn consumes text up to a reference, and the reference.
        while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
            self.plain(rest.get(..at).unwrap_or_default());
            rest = rest
                .get(at + self.reference(rest.get(at..).unwrap_or_default())..)
                .unwrap_or_default();
        }
        self.plain(rest);
    }

    fn is_hidden(&self) -> bool {
        self.hidden || (self.skip_quotes && self.quotes > 0)
    }

    /// What a reference stands for; returns how long it is.
    fn reference(&mut self, text: &str) -> usize {
        let mut buffer = [0; 4];
        match reference_of(text, &mut buffer) {
            Some(("\u{a0}", n)) => {
                self.word("\u{a0}");
                n
            }
            Some((text, n)) => {
                self.plain(text);
                n
            }
            None => {
                self.plain("&");
                1
            }
        }
    }

    /// Text without references.
    fn plain(&mut self, text: &str) {
        if self.pre == 0 {
            self.flow::<SPACE>(text);
            return;
        }
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                self.breaks += 1;
                self.in_line = false;
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            if !line.is_empty() {
                self.word(line);
            }
        }
    }

    /// Words, white space between them as one space, up to a tag where tags are among what is told
    /// from letters; returns where it begins.
    fn flow<const TOLD: u8>(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        // Every turn consumes white space and words, or a reference.
        loop {
            let start = at;
            while class_at(bytes, at) & TOLD == SPACE {
                at += 1;
            }
            self.space |= at > start;
            match class_at(bytes, at) & TOLD {
                REFERENCE => {
                    at += self.reference(text.get(at..).unwrap_or_default());
                    continue;
                }
                0 => {}
                _ => return at,
            }
            if at >= bytes.len() {
                return at;
            }
            let start = at;
            at = end_of_words::<TOLD>(bytes, at);
            self.word(text.get(start..at).unwrap_or_default());
        }
    }

    fn word(&mut self, word: &str) {
        if self.breaks > 0 || !self.in_line {
            self.begin_line();
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
        self.in_line = true;
        self.out.push_str(word);
    }

    fn begin_line(&mut self) {
        if !self.out.is_empty() {
            let most = if self.pre > 0 { 50 } else { 2 };
            for n in 0..self.breaks.min(most) {
                if n > 0 {
                    self.prefix();
                }
                // Blank lines in quotes have no space at their end.
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
            }
        }
        self.breaks = 0;
        self.prefix();
        let indent = self.lists.len().saturating_sub(1).min(DEPTH);
        for _ in 0..indent {
            self.out.push_str("  ");
        }
        if !self.lists.is_empty() && self.mark.is_empty() {
            self.out.push_str("  ");
        }
        let mark = core::mem::take(&mut self.mark);
        self.out.push_str(&mark);
    }

    fn prefix(&mut self) {
        for _ in 0..self.quotes.min(DEPTH) {
            self.out.push_str("> ");
        }
    }

    fn ends(&mut self, lines: usize) {
        // What was never begun does not end.
        if !self.out.is_empty() {
            self.breaks = self.breaks.max(lines);
        }
        (self.in_line, self.space) = (false, false);
    }

    pub(super) fn open(&mut self, tag: &Tag<'t>) {
        match tag.element {
            Element::Break => {
                self.breaks += usize::from(!self.out.is_empty());
                (self.in_line, self.space) = (false, false);
            }
            Element::Rule => {
                self.ends(1);
                self.text("---");
                self.ends(1);
            }
            Element::Paragraph => {
                self.ends(if self.mark.is_empty() { 2 } else { 0 });
            }
            Element::Quote => {
                self.ends(2);
                self.quotes += 1;
            }
            Element::Preformatted => {
                self.ends(2);
                self.pre += 1;
            }
            Element::List { ordered } => {
                self.ends(if self.lists.is_empty() { 2 } else { 1 });
                let start = tag.attribute("start").and_then(|n| n.parse().ok()).unwrap_or(1);
                if self.lists.len() < 10 * DEPTH {
                    self.lists.push(ordered.then_some(start));
                }
            }
            Element::Item => {
                self.ends(1);
                self.mark.clear();
                match self.lists.last_mut() {
                    Some(Some(n)) => {
                        let _ = core::fmt::Write::write_fmt(&mut self.mark, format_args!("{n}. "));
                        *n = n.saturating_add(1);
                    }
                    _ => self.mark.push_str("* "),
                }
            }
            Element::Cell => self.space = self.in_line,
            Element::Image => {
                if let Some(alt) = tag.attribute("alt").filter(|alt| !alt.trim_ascii().is_empty()) {
                    self.text(alt);
                }
            }
            Element::Link => {
                self.link = None;
                let href = tag.attribute("href").filter(|_| self.links && !self.hidden);
                let href = href.map(str::trim_ascii).filter(|href| {
                    let scheme = href.bytes().position(|b| b == b':').and_then(|n| href.get(..n));
                    href.len() <= HREF
                        && ["http", "https", "mailto", "ftp", "tel"]
                            .into_iter()
                            .any(|known| scheme.is_some_and(|it| known.eq_ignore_ascii_case(it)))
                });
                if let Some(href) = href {
                    self.link = Some((dereferenced(href), self.out.len()));
                }
            }
            Element::Head => self.hidden = true,
            Element::Body => self.hidden = false,
            Element::Block => self.ends(1),
            _ => {}
        }
    }

    pub(super) fn close(&mut self, element: Element) {
        match element {
            Element::Paragraph => {
                self.ends(2);
            }
            Element::Quote => {
                self.ends(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            Element::Preformatted => {
                self.ends(2);
                self.pre = self.pre.saturating_sub(1);
            }
            Element::List { .. } => {
                self.lists.pop();
                self.mark.clear();
                self.ends(if self.lists.is_empty() { 2 } else { 1 });
            }
            Element::Cell => self.space = self.in_line,
            Element::Link => self.close_link(),
            Element::Head => self.hidden = false,
            Element::Block | Element::Item | Element::Body => self.ends(1),
            _ => {}
        }
    }

    fn close_link(&mut self) {
        let Some((href, at)) = self.link.take() else { return };
        let text = self.out.get(at..).unwrap_or_default().trim();
        let bare = href.split_once(':').map_or(&*href, |(_, bare)| bare).trim_start_matches('/');
        let shown = text.trim_end_matches('/');
        if shown == href.trim_end_matches('/') || shown == bare.trim_end_matches('/') {
            return;
        }
        // A link around nothing that is shown is most often one that counts who looks.
        if text.is_empty() {
            return;
        }
        self.space = true;
        let breaks = core::mem::take(&mut self.breaks);
        self.word("<");
        self.out.push_str(&href);
        self.out.push('>');
        self.breaks = breaks;
    }

    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
