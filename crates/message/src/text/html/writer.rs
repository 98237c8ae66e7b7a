//! What is made of tags and text: lines.

use super::reference::{dereferenced, reference_of};
use super::tag::{Element, Tag};
use super::word::{ALL, below, equal, white};
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
const END: u8 = 8;

fn class_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(END, |b| class(*b))
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

/// How far white space goes.
fn end_of_white(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    // Every turn consumes eight octets.
    while let Some(octets) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let letters = white(u64::from_le_bytes(*octets)) ^ ALL;
        if letters != 0 {
            return at + (letters.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at + tail.iter().position(|b| class(*b) != SPACE).unwrap_or(tail.len())
}

/// How far letters go, with single spaces between. There is a letter at the start.
fn end_of_words<const TOLD: u8>(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    // Every turn consumes sixteen octets. Each begins with the one before.
    while let Some(octets) = bytes.get(at - 1..).and_then(<[u8]>::first_chunk::<17>) {
        if !is_flat::<TOLD>(octets) {
            break;
        }
        at += 16;
    }
    // Whether a space is before, as the bit of the first octet.
    let mut after_space = u64::from(bytes.get(at - 1) == Some(&b' ')) << 7;
    // Every turn consumes an octet at least.
    loop {
        if let Some(octets) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*octets);
            let controls = below(word, b' ');
            let spaces = below(word, b' ' + 1) ^ controls;
            let mut ends = controls | spaces & (spaces << 8 | after_space);
            if TOLD & REFERENCE != 0 {
                ends |= equal(word, b'&');
            }
            if TOLD & TAG != 0 {
                ends |= equal(word, b'<');
            }
            if ends == 0 {
                at += 8;
                after_space = spaces >> 56;
                continue;
            }
            at += (ends.trailing_zeros() / 8) as usize;
        }
        let before = bytes.get(at - 1) == Some(&b' ');
        let class = class_at(bytes, at) & (TOLD | END);
        // A control character is a letter.
        let single = class == SPACE && !before && bytes.get(at) == Some(&b' ');
        if class != 0 && !single {
            return at - usize::from(before);
        }
        at += 1;
        after_space = if single { 0x80 } else { 0 };
    }
}

/// Whether all but the first are letters with single spaces between.
fn is_flat<const TOLD: u8>(octets: &[u8; 17]) -> bool {
    let (Some(before), Some(these)) = (octets.first_chunk::<16>(), octets.last_chunk::<16>())
    else {
        return false;
    };
    // Without branches, so that all sixteen are looked at at once.
    let told = these.iter().zip(before).fold(0, |told, (b, before)| {
        let mut other = u8::from(*b < b' ') | u8::from(*b == b' ') & u8::from(*before == b' ');
        if TOLD & REFERENCE != 0 {
            other |= u8::from(*b == b'&');
        }
        if TOLD & TAG != 0 {
            other |= u8::from(*b == b'<');
        }
        told | other
    });
    told == 0
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
    pub(super) fn text_of_html(&mut self, html: &str, start: usize) -> usize {
        if self.is_hidden() || self.pre > 0 {
            let text = html.get(start..).unwrap_or_default();
            let n = memchr::memchr(b'<', text.as_bytes()).unwrap_or(text.len());
            self.text(text.get(..n).unwrap_or_default());
            return start + n;
        }
        self.flow::<{ SPACE | REFERENCE | TAG }>(html, start)
    }

    /// Text in which no tag begins.
    pub(super) fn text(&mut self, text: &str) {
        if self.is_hidden() {
            return;
        }
        if self.pre == 0 {
            self.flow::<{ SPACE | REFERENCE }>(text, 0);
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
            self.flow::<SPACE>(text, 0);
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
    fn flow<const TOLD: u8>(&mut self, text: &str, start: usize) -> usize {
        let bytes = text.as_bytes();
        let mut at = start;
        // Every turn consumes white space, words or a reference.
        loop {
            match class_at(bytes, at) & (TOLD | END) {
                SPACE => {
                    self.space = true;
                    at += 1;
                    if class_at(bytes, at) == SPACE {
                        at = end_of_white(bytes, at + 1);
                    }
                }
                REFERENCE => at += self.reference(text.get(at..).unwrap_or_default()),
                0 => {
                    let start = at;
                    at = end_of_words::<TOLD>(bytes, at);
                    self.word(text.get(start..at).unwrap_or_default());
                }
                _ => return at,
            }
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
                if self.out.ends_with(' ') {
                    self.out.truncate(self.out.trim_end_matches(' ').len());
                }
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
            Element::List { ordered } => self.open_list(tag, ordered),
            Element::Item => self.open_item(),
            Element::Cell => self.space = self.in_line,
            Element::Image => self.open_image(tag),
            Element::Link => self.open_link(tag),
            Element::Head => self.hidden = true,
            Element::Body => self.hidden = false,
            Element::Block => self.ends(1),
            _ => {}
        }
    }

    fn open_list(&mut self, tag: &Tag<'t>, ordered: bool) {
        self.ends(if self.lists.is_empty() { 2 } else { 1 });
        let start = tag.attribute("start").and_then(|n| n.parse().ok()).unwrap_or(1);
        if self.lists.len() < 10 * DEPTH {
            self.lists.push(ordered.then_some(start));
        }
    }

    fn open_item(&mut self) {
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

    fn open_image(&mut self, tag: &Tag<'t>) {
        if let Some(alt) = tag.attribute("alt").filter(|alt| !alt.trim_ascii().is_empty()) {
            self.text(alt);
        }
    }

    fn open_link(&mut self, tag: &Tag<'t>) {
        self.link = None;
        if !self.links || self.hidden {
            return;
        }
        let Some(href) = tag.attribute("href").map(str::trim_ascii) else { return };
        let known = |scheme: &str| {
            ["http", "https", "mailto", "ftp", "tel"]
                .into_iter()
                .any(|known| scheme.eq_ignore_ascii_case(known))
        };
        // The longest that is known, and its colon.
        let near = href.as_bytes().iter().take(7);
        let scheme = near.into_iter().position(|b| *b == b':').and_then(|n| href.get(..n));
        if href.len() <= HREF && scheme.is_some_and(known) {
            self.link = Some((dereferenced(href), self.out.len()));
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
        let colon = href.bytes().position(|b| b == b':');
        let bare = colon.and_then(|at| href.get(at + 1..)).unwrap_or(&href);
        let bare = bare.trim_start_matches('/');
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
