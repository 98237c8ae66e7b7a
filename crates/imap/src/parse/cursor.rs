//! A place in a frame: looking, moving, and what is tolerated.

use super::Grammar;
use super::names::{Key, odd_key, plain};
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
    /// What of the frame is not read yet: its end is the frame's.
    rest: &'a [u8],
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
pub(crate) struct Mark<'a> {
    rest: &'a [u8],
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
            rest: frame,
            grammar,
            depth: 0,
            counted: 0,
            quotes: Quotes::Sound,
            anomalies: Anomalies::default(),
        }
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.frame.len() - self.rest.len()
    }

    /// What lies between an earlier place and this one.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.frame.get(start..self.position()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn mark(&self) -> Mark<'a> {
        Mark {
            rest: self.rest,
            depth: self.depth,
            counted: self.counted,
            anomalies: self.anomalies.as_slice().len(),
        }
    }

    /// Goes back, and forgets what was tolerated since.
    pub(crate) fn reset(&mut self, mark: Mark<'a>) {
        (self.rest, self.depth, self.counted) = (mark.rest, mark.depth, mark.counted);
        self.anomalies.truncate(mark.anomalies);
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    #[inline]
    pub(crate) fn skip(&mut self, n: usize) {
        self.rest = self.rest.get(n..).unwrap_or_default();
    }

    /// Goes to a place that was passed, or that lies ahead.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.rest = self.frame.get(at..).unwrap_or_default();
    }

    /// Goes to what is left behind something that was looked at: a part of the rest, up to its end.
    #[inline]
    pub(super) fn go_on(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    #[cold]
    pub(crate) fn error<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(Syntax { at: self.position(), expected })
    }

    /// Takes what the grammar does not allow here, and notes it; or refuses it.
    #[cold]
    pub(crate) fn tolerate(&mut self, what: Tolerance, expected: &'static str) -> Parsed<()> {
        self.tolerate_at(self.position(), what, expected)
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
        self.anomalies.push(what, self.position());
    }

    pub(crate) fn into_anomalies(self) -> Anomalies {
        self.anomalies
    }

    /// Consumes `b` if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, b: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == b => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    #[inline]
    pub(crate) fn expect(&mut self, b: u8, expected: &'static str) -> Parsed<()> {
        if self.eat(b) { Ok(()) } else { self.error(expected) }
    }

    /// One space; more are tolerated.
    #[inline]
    pub(crate) fn space(&mut self) -> Parsed<()> {
        match self.rest {
            [b' ', rest @ ..] if rest.first() != Some(&b' ') => {
                self.rest = rest;
                Ok(())
            }
            _ => self.spaces(),
        }
    }

    #[cold]
    fn spaces(&mut self) -> Parsed<()> {
        self.expect(b' ', "a space")?;
        self.tolerate(Tolerance::ExtraSpace, "one space")?;
        while self.eat(b' ') {}
        Ok(())
    }

    /// Consumes `keyword`, in any case, if it is next.
    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        match mailwire_core::keyword::strip(self.rest, keyword) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Consumes `NIL` where it is a word of its own.
    #[inline]
    pub(crate) fn eat_nil(&mut self) -> bool {
        let Some((nil, rest)) = self.rest.split_first_chunk::<3>() else { return false };
        let is = nil.map(|b| b | 0x20) == *b"nil" && matches!(rest, [] | [b' ' | b')' | b']', ..]);
        if is {
            self.rest = rest;
        }
        is
    }

    /// Consumes a space and `keyword` behind it, or nothing.
    pub(crate) fn eat_word(&mut self, keyword: &str) -> bool {
        let found = match self.rest {
            [b' ', rest @ ..] => mailwire_core::keyword::strip(rest, keyword),
            _ => None,
        };
        match found {
            Some(rest @ ([] | [b' ' | b'(' | b')', ..])) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.rest.is_empty() { Ok(()) } else { self.error("the end") }
    }

    /// The end, perhaps behind spaces.
    #[inline]
    pub(crate) fn last(&mut self) -> Parsed<()> {
        if self.rest.is_empty() { Ok(()) } else { self.late_end() }
    }

    #[cold]
    fn late_end(&mut self) -> Parsed<()> {
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

    #[inline]
    pub(crate) fn take_class(&mut self, class: &Class) -> &'a [u8] {
        let n = class.prefix(self.rest);
        let Some((taken, rest)) = self.rest.split_at_checked(n) else { return &[] };
        self.rest = rest;
        taken
    }

    /// The octets of a class, and the [key] of the name that they are. The class holds letters, digits,
    /// `-`, `.` and `/`, as names do that are known.
    #[inline(always)]
    pub(super) fn take_name(&mut self, class: &Class) -> (Key, &'a [u8]) {
        let plain = plain(self.rest).and_then(|(key, n)| {
            let (name, rest) = self.rest.split_at_checked(n)?;
            (!rest.first().is_some_and(|b| class.holds(*b))).then_some((key, name, rest))
        });
        // The two are had by two calls, each of which returns in registers.
        let Some((key, name, rest)) = plain else {
            let name = self.take_odd_name(class);
            return (odd_key(name), name);
        };
        self.rest = rest;
        (key, name)
    }

    #[inline(never)]
    fn take_odd_name(&mut self, class: &Class) -> &'a [u8] {
        self.take_class(class)
    }

    /// An atom, as text: it is US-ASCII.
    #[inline(never)]
    pub(crate) fn atom(&mut self, expected: &'static str) -> Parsed<&'a str> {
        self.word(expected).map(|(_, atom)| core::str::from_utf8(atom).unwrap_or_default())
    }

    /// An atom that is probably known, by its [key]: nothing is made of it.
    #[inline(always)]
    pub(crate) fn word(&mut self, expected: &'static str) -> Parsed<(Key, &'a [u8])> {
        let start = self.position();
        match self.take_name(&ATOM) {
            (_, []) => self.error(expected),
            (_, atom) if atom.len() > self.grammar.bounds.string => {
                Err(Syntax { at: start, expected: "a shorter atom" })
            }
            word => Ok(word),
        }
    }

    /// Items behind an opening parenthesis, up to the closing one, a space between them.
    #[inline]
    pub(crate) fn each(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        let mut n = 0usize;
        // Every turn consumes something.
        loop {
            match self.rest {
                [b')', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                [b' ', rest @ ..] if n > 0 && !matches!(rest, [] | [b' ' | b')', ..]) => {
                    self.rest = rest;
                }
                [next, ..] if n == 0 && *next != b' ' => {}
                _ => {
                    if self.odd_spaces(n > 0)? {
                        return Ok(());
                    }
                }
            }
            n += 1;
            if n > self.grammar.bounds.items {
                return self.error("fewer items");
            }
            let before = self.position();
            item(self)?;
            if self.position() == before {
                return self.error("an item or `)`");
            }
        }
    }

    /// More or fewer spaces than one, before an item or the end of a list. Whether it was the end.
    #[cold]
    fn odd_spaces(&mut self, behind_item: bool) -> Parsed<bool> {
        let mut spaces = 0usize;
        while self.eat(b' ') {
            spaces += 1;
        }
        let last = self.peek() == Some(b')');
        let needed = usize::from(behind_item && !last);
        if spaces > needed {
            self.tolerate_at(self.position() - 1, Tolerance::ExtraSpace, "an item or `)`")?;
        }
        if last {
            self.skip(1);
        } else if spaces < needed {
            return self.error("`)` or a space");
        }
        Ok(last)
    }

    /// `"(" [item *(SP item)] ")"`.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = self.open_list()?;
        self.each(|cursor| {
            items.push(item(cursor)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// The parenthesis before a list, and where its items go: as many as there is space for once
    /// there is one.
    fn open_list<T>(&mut self) -> Parsed<Vec<T>> {
        self.expect(b'(', "`(`")?;
        Ok(Vec::with_capacity(if self.peek() == Some(b')') { 0 } else { 4 }))
    }

    /// `"(" item *(SP item) ")"`.
    pub(crate) fn list1<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let at = self.position() + 1;
        let items = self.list(item)?;
        self.holds_some(&items, at)?;
        Ok(items)
    }

    /// The same of items that are large: each is read to where it stays, over an empty one.
    pub(crate) fn list1_into<T>(
        &mut self,
        empty: impl Fn() -> T,
        item: impl Fn(&mut Self, &mut T) -> Parsed<()>,
    ) -> Parsed<Vec<T>> {
        let at = self.position() + 1;
        let mut items = self.open_list()?;
        self.each(|cursor| {
            items.push(empty());
            items.last_mut().map_or(Ok(()), |last| item(cursor, last))
        })?;
        self.holds_some(&items, at)?;
        Ok(items)
    }

    fn holds_some<T>(&mut self, items: &[T], at: usize) -> Parsed<()> {
        match items {
            [] => self.tolerate_at(at, Tolerance::EmptyList, "an item"),
            _ => Ok(()),
        }
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
            if self.rest.is_empty() {
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
        let start = self.position();
        let word = self.take_class(&ATOM);
        let known = words.iter().find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes()));
        known.map(|(_, value)| *value).ok_or(Syntax { at: start, expected })
    }
}
