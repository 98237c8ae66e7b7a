//! A place in a frame: looking, moving, and what is tolerated.

use super::Grammar;
use crate::types::string::ATOM;
use crate::types::{Anomalies, Tolerance};
use alloc::vec::Vec;
use mailwire_core::Syntax;
use mailwire_core::keyword::Class;

pub(crate) type Parsed<T> = Result<T, Syntax>;

/// A place in a frame without its last line end.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a, 'g> {
    frame: &'a [u8],
    pub(super) at: usize,
    pub(super) grammar: &'g Grammar<'g>,
    depth: u8,
    /// Keys of SEARCH, or parts of a message, so far.
    counted: usize,
    /// Where a quoted string ends in damaged data.
    pub(super) quotes: Quotes,
    anomalies: Anomalies,
}

/// Where a quoted string ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quotes {
    /// At the first quote that is not escaped, if something can follow it there.
    Sound,
    /// At `\"` too, if something can follow it there.
    AlsoEscaped,
}

/// A place to come back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    at: usize,
    depth: u8,
    counted: usize,
    anomalies: usize,
}

impl<'a, 'g> Cursor<'a, 'g> {
    pub(crate) fn new(frame: &'a [u8], grammar: &'g Grammar<'g>) -> Self {
        let frame = frame.strip_suffix(b"\n").map_or(frame, |f| f.strip_suffix(b"\r").unwrap_or(f));
        Self::inside(frame, grammar)
    }

    /// A cursor over something that has no line end.
    pub(crate) fn inside(frame: &'a [u8], grammar: &'g Grammar<'g>) -> Self {
        Self {
            frame,
            at: 0,
            grammar,
            depth: 0,
            counted: 0,
            quotes: Quotes::Sound,
            anomalies: Anomalies::default(),
        }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.frame.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What lies between an earlier place and this one.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.frame.get(start..self.at).unwrap_or_default()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            depth: self.depth,
            counted: self.counted,
            anomalies: self.anomalies.as_slice().len(),
        }
    }

    /// Goes back, and forgets what was tolerated since.
    pub(crate) fn reset(&mut self, mark: Mark) {
        (self.at, self.depth, self.counted) = (mark.at, mark.depth, mark.counted);
        self.anomalies.truncate(mark.anomalies);
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.frame.get(self.at).copied()
    }

    pub(crate) fn skip(&mut self, n: usize) {
        self.at = (self.at + n).min(self.frame.len());
    }

    pub(crate) fn error<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(Syntax { at: self.at, expected })
    }

    /// Takes what the grammar does not allow here, and notes it; or refuses it.
    pub(crate) fn tolerate(&mut self, what: Tolerance, expected: &'static str) -> Parsed<()> {
        self.tolerate_at(self.at, what, expected)
    }

    pub(crate) fn tolerate_at(
        &mut self,
        at: usize,
        what: Tolerance,
        expected: &'static str,
    ) -> Parsed<()> {
        if !self.grammar.lenience.allows(what) {
            return Err(Syntax { at, expected });
        }
        self.anomalies.push(what, at);
        Ok(())
    }

    pub(crate) fn allows(&self, what: Tolerance) -> bool {
        self.grammar.lenience.allows(what)
    }

    /// Notes what is taken in any case.
    pub(crate) fn note(&mut self, what: Tolerance) {
        self.anomalies.push(what, self.at);
    }

    pub(crate) fn into_anomalies(self) -> Anomalies {
        self.anomalies
    }

    /// Consumes `b` if it is next.
    pub(crate) fn eat(&mut self, b: u8) -> bool {
        let is = self.peek() == Some(b);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn expect(&mut self, b: u8, expected: &'static str) -> Parsed<()> {
        if self.eat(b) { Ok(()) } else { self.error(expected) }
    }

    /// One space; more are tolerated.
    pub(crate) fn space(&mut self) -> Parsed<()> {
        self.expect(b' ', "a space")?;
        if self.peek() == Some(b' ') {
            self.tolerate(Tolerance::ExtraSpace, "one space")?;
            while self.eat(b' ') {}
        }
        Ok(())
    }

    /// Consumes `keyword`, in any case, if it is next.
    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let is = mailwire_core::keyword::strip(self.rest(), keyword).is_some();
        self.at += if is { keyword.len() } else { 0 };
        is
    }

    /// Consumes `NIL` where it is a word of its own.
    pub(crate) fn eat_nil(&mut self) -> bool {
        let is = matches!(
            self.rest(),
            [b'N' | b'n', b'I' | b'i', b'L' | b'l']
                | [b'N' | b'n', b'I' | b'i', b'L' | b'l', b' ' | b')' | b']', ..]
        );
        self.at += if is { 3 } else { 0 };
        is
    }

    /// Consumes a space and `keyword` behind it, or nothing.
    pub(crate) fn eat_word(&mut self, keyword: &str) -> bool {
        let found = match self.rest() {
            [b' ', rest @ ..] => mailwire_core::keyword::strip(rest, keyword),
            _ => None,
        };
        let is = matches!(found, Some([] | [b' ' | b'(' | b')', ..]));
        self.at += if is { keyword.len() + 1 } else { 0 };
        is
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.at >= self.frame.len() { Ok(()) } else { self.error("the end") }
    }

    /// The end, perhaps behind spaces.
    pub(crate) fn last(&mut self) -> Parsed<()> {
        if self.peek() == Some(b' ') {
            self.tolerate(Tolerance::TrailingSpace, "the end")?;
            while self.eat(b' ') {}
        }
        self.end()
    }

    /// Goes one level down; [`up`](Self::up) comes back.
    pub(crate) fn down(&mut self) -> Parsed<()> {
        if self.depth >= self.grammar.bounds.depth {
            return self.error("less nesting");
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn up(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(crate) fn bounds(&self) -> &'g super::Bounds {
        &self.grammar.bounds
    }

    /// Counts one of what there may be no more than `most` of.
    pub(crate) fn count(&mut self, most: usize, expected: &'static str) -> Parsed<()> {
        self.counted += 1;
        if self.counted > most { self.error(expected) } else { Ok(()) }
    }

    pub(crate) fn take_class(&mut self, class: &Class) -> &'a [u8] {
        let start = self.at;
        self.at += class.prefix(self.rest());
        self.since(start)
    }

    /// An atom, as text: it is US-ASCII.
    pub(crate) fn atom(&mut self, expected: &'static str) -> Parsed<&'a str> {
        let start = self.at;
        match self.take_class(&ATOM) {
            [] => self.error(expected),
            atom if atom.len() > self.grammar.bounds.string => {
                Err(Syntax { at: start, expected: "a shorter atom" })
            }
            atom => Ok(core::str::from_utf8(atom).unwrap_or_default()),
        }
    }

    /// Items behind an opening parenthesis, up to the closing one, a space between them.
    pub(crate) fn each(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        let mut n = 0usize;
        // Every turn consumes something.
        loop {
            let mut spaces = 0usize;
            while self.eat(b' ') {
                spaces += 1;
            }
            let last = self.peek() == Some(b')');
            let needed = usize::from(n > 0 && !last);
            if spaces > needed {
                self.tolerate_at(self.at - 1, Tolerance::ExtraSpace, "an item or `)`")?;
            }
            if last {
                self.at += 1;
                return Ok(());
            }
            if spaces < needed {
                return self.error("`)` or a space");
            }
            n += 1;
            if n > self.grammar.bounds.items {
                return self.error("fewer items");
            }
            let before = self.at;
            item(self)?;
            if self.at == before {
                return self.error("an item or `)`");
            }
        }
    }

    /// `"(" [item *(SP item)] ")"`.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(b'(', "`(`")?;
        let mut items = Vec::new();
        self.each(|cursor| {
            items.push(item(cursor)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// `"(" item *(SP item) ")"`.
    pub(crate) fn list1<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let at = self.at + 1;
        let items = self.list(item)?;
        if items.is_empty() {
            self.tolerate_at(at, Tolerance::EmptyList, "an item")?;
        }
        Ok(items)
    }

    /// `item *(SP item)` up to the end.
    pub(crate) fn words<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        // Every turn consumes a space.
        while self.peek() == Some(b' ') {
            let before = self.mark();
            self.space()?;
            if self.rest().is_empty() {
                self.reset(before);
                return Ok(items);
            }
            if items.len() >= self.grammar.bounds.items {
                return self.error("fewer items");
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A word of a fixed set, in any case.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        words: &[(&str, T)],
        expected: &'static str,
    ) -> Parsed<T> {
        let start = self.at;
        let word = self.take_class(&ATOM);
        let known = words.iter().find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes()));
        known.map(|(_, value)| *value).ok_or(Syntax { at: start, expected })
    }
}
