//! Values that are not looked into.

use super::cursor::{Cursor, Parsed, Quotes};
use crate::types::Raw;

impl<'a> Cursor<'a, '_> {
    /// Skips a value of any form: an atom, a string, a list of any depth. Used where the grammar
    /// does not know what it is, so that what follows is not lost.
    pub(crate) fn skip_value(&mut self) -> Parsed<&'a [u8]> {
        let start = self.position();
        let mut open = 0usize;
        // Every turn consumes something.
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.quoted()?;
                }
                Some(b'{') => {
                    let here = self.position();
                    if self.literal().is_err() {
                        self.go_to(here + 1);
                    }
                }
                Some(b'(') => {
                    open += 1;
                    self.skip(1);
                }
                Some(b')') if open > 0 => {
                    open -= 1;
                    self.skip(1);
                }
                Some(b' ') if open > 0 => self.skip(1),
                Some(b' ' | b')') | None => break,
                // A line that goes on after its end would be another.
                Some(b'\r' | b'\n') => return self.error("a value"),
                Some(_) => self.skip(1),
            }
        }
        match self.since(start) {
            [] => self.error("a value"),
            _ if open > 0 => self.error("`)`"),
            value => Ok(value),
        }
    }

    /// Skips a damaged value of an item: up to where an item can end, by one reading of its
    /// quotes or another.
    pub(crate) fn skip_damaged(&mut self) -> Parsed<&'a [u8]> {
        let before = self.mark();
        let mut outcome = self.skip_value();
        for quotes in [Quotes::Sound, Quotes::AlsoEscaped] {
            if outcome.is_ok() && matches!(self.peek(), Some(b' ' | b')')) {
                break;
            }
            self.reset(before);
            self.quotes = quotes;
            outcome = self.skip_value();
            self.quotes = Quotes::Sound;
        }
        outcome
    }

    pub(crate) fn raw_value(&mut self) -> Parsed<Raw<'a>> {
        self.skip_value().map(Raw::parsed)
    }

    /// `[value *(SP value)]`.
    pub(crate) fn raw_values(&mut self) -> Parsed<Raw<'a>> {
        let start = self.position();
        if self.rest().is_empty() {
            return Ok(Raw::default());
        }
        self.skip_value()?;
        // Every turn consumes a value.
        while self.eat(b' ') {
            self.skip_value()?;
        }
        Ok(Raw::parsed(self.since(start)))
    }

    /// `value *(SP value)` up to a closing parenthesis.
    pub(crate) fn raw_values_in_list(&mut self) -> Parsed<Raw<'a>> {
        let start = self.position();
        self.skip_value()?;
        // Every turn consumes a value.
        while matches!(self.rest(), [b' ', next, ..] if *next != b')') {
            self.skip(1);
            self.skip_value()?;
        }
        Ok(Raw::parsed(self.since(start)))
    }

    /// All that is left, whatever it is.
    pub(crate) fn raw_rest(&mut self) -> Raw<'a> {
        let rest = self.rest();
        self.skip(rest.len());
        Raw::parsed(rest)
    }
}
