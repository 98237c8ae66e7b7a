//! The small words of the grammar, written.

use super::LiteralSink;
use crate::types::raw::Piece;
use crate::types::string::{ASTRING, ATOM, MONTHS};
use crate::types::{
    BodyItem, Bound, DateTime, Day, Dialect, Flag, Flags, Mailbox, NumberSet, Octets, Raw,
};
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::keyword::Class;
use mailwire_core::{Sink, Text};

/// What a quoted string can hold without 8-bit octets.
const QUOTED: Class = Class::none().with_range(b' ', 126);

/// What it holds as it is.
const UNESCAPED: Class = QUOTED.without(b"\"\\");

/// The longest string that is written in quotes: servers have limits for lines, not for literals.
const LONGEST_QUOTED: usize = 1000;

/// Octets that are gathered before they are given to the sink.
const GATHERED: usize = 256;

/// Where commands and responses are written, and for whom. Small words are gathered; the sink has
/// all of them when this is dropped.
pub(crate) struct Out<'s> {
    sink: &'s mut dyn LiteralSink,
    pub(crate) dialect: Dialect,
    gathered: [u8; GATHERED],
    len: usize,
}

impl Sink for Out<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<'s> Out<'s> {
    pub(crate) fn new(sink: &'s mut dyn LiteralSink, dialect: Dialect) -> Self {
        Self { sink, dialect, gathered: [0; GATHERED], len: 0 }
    }

    #[inline]
    pub(crate) fn put(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let free = self.gathered.get_mut(self.len..).unwrap_or_default();
        match free.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.beyond(bytes),
        }
    }

    #[inline]
    fn byte(&mut self, b: u8) {
        self.bytes(&[b]);
    }

    /// Octets for which there is no room.
    #[cold]
    fn beyond(&mut self, bytes: &[u8]) {
        self.flush();
        match self.gathered.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = bytes.len();
            }
            None => self.sink.put(bytes),
        }
    }

    fn flush(&mut self) {
        if self.len > 0 {
            self.sink.put(self.gathered.get(..self.len).unwrap_or_default());
            self.len = 0;
        }
    }

    /// Forgets what was gathered: it was a secret.
    pub(crate) fn forget(&mut self) {
        self.flush();
        self.gathered.fill(0);
    }

    fn put_literal(&mut self, octets: &[u8]) {
        self.flush();
        self.sink.literal(octets);
    }

    #[inline]
    pub(crate) fn space(&mut self) {
        self.byte(b' ');
    }

    pub(crate) fn number(&mut self, n: impl Into<u64>) {
        self.put_number(n.into());
    }

    /// `text` and a number behind it.
    pub(crate) fn numbered(&mut self, text: &str, n: impl Into<u64>) {
        self.put(text);
        self.number(n);
    }

    /// `"(" item *(SP item) ")"`.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        item: impl FnMut(&mut Self, T),
    ) {
        self.put("(");
        self.words(items, item);
        self.put(")");
    }

    /// `item *(SP item)`.
    pub(crate) fn words<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) {
        for (at, one) in items.into_iter().enumerate() {
            if at > 0 {
                self.space();
            }
            item(self, one);
        }
    }

    /// `*(SP item)`.
    pub(crate) fn spaced<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) {
        for one in items {
            self.space();
            item(self, one);
        }
    }

    /// An item alone, or a list of items.
    pub(crate) fn one_or_list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        match items {
            [one] => item(self, one),
            items => self.list(items, item),
        }
    }

    /// Writes `text` as an atom; what cannot stand in one becomes `-`.
    pub(crate) fn atom(&mut self, text: &str) {
        self.of_class(text, &ATOM);
    }

    /// Writes `text`; what is not of this class becomes `-`.
    pub(crate) fn of_class(&mut self, text: &str, class: &Class) {
        if class.all(text.as_bytes()) && !text.is_empty() {
            self.put(text);
            return;
        }
        for b in text.bytes() {
            self.byte(if class.holds(b) { b } else { b'-' });
        }
        if text.is_empty() {
            self.put("-");
        }
    }

    /// ```abnf
    /// astring = 1*ASTRING-CHAR / string
    /// ```
    pub(crate) fn astring(&mut self, octets: &Octets<'_>) {
        self.astring_bytes(octets.as_bytes());
    }

    pub(crate) fn astring_bytes(&mut self, bytes: &[u8]) {
        // NIL as an atom would be taken for the absence of a string by some.
        if !bytes.is_empty() && ASTRING.all(bytes) && !bytes.eq_ignore_ascii_case(b"NIL") {
            self.bytes(bytes);
        } else {
            self.string(bytes);
        }
    }

    /// ```abnf
    /// string = quoted / literal
    /// ```
    pub(crate) fn string(&mut self, bytes: &[u8]) {
        if bytes.len() <= LONGEST_QUOTED && UNESCAPED.all(bytes) {
            self.byte(b'"');
            self.bytes(bytes);
            self.byte(b'"');
        } else if self.fits_in_quotes(bytes) {
            self.quoted(bytes);
        } else if bytes.contains(&0) {
            // No string can hold NUL; Dovecot says 0x80 for it, too. What is left may fit in quotes.
            let without: Vec<u8> = bytes.iter().map(|&b| if b == 0 { 0x80 } else { b }).collect();
            self.string(&without);
        } else {
            self.put_literal(bytes);
        }
    }

    fn fits_in_quotes(&self, bytes: &[u8]) -> bool {
        let plain = |b: &u8| matches!(b, b' '..=126 | 128..);
        bytes.len() <= LONGEST_QUOTED
            && (QUOTED.all(bytes)
                || self.dialect.utf8
                    && bytes.iter().all(plain)
                    && core::str::from_utf8(bytes).is_ok())
    }

    /// Bytes that are known to fit in quotes.
    fn quoted(&mut self, bytes: &[u8]) {
        self.put("\"");
        for part in bytes.split_inclusive(|b| matches!(b, b'"' | b'\\')) {
            match part {
                [plain @ .., special @ (b'"' | b'\\')] => {
                    self.bytes(plain);
                    self.bytes(&[b'\\', *special]);
                }
                plain => self.bytes(plain),
            }
        }
        self.put("\"");
    }

    /// A quoted string in any case: what cannot stand in one becomes `?`.
    pub(crate) fn quoted_text(&mut self, text: &str) {
        if self.fits_in_quotes(text.as_bytes()) {
            return self.quoted(text.as_bytes());
        }
        let utf8 = self.dialect.utf8;
        let fits = |c: char| matches!(c, ' '..='~') || utf8 && !c.is_control();
        let text: String = text.chars().map(|c| if fits(c) { c } else { '?' }).collect();
        self.quoted(text.as_bytes());
    }

    pub(crate) fn nstring(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.put("NIL"),
            Some(bytes) => self.string(bytes),
        }
    }

    /// NIL, a string, or a literal8 where there is a NUL.
    pub(crate) fn nstring8(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) if bytes.contains(&0) => self.literal8(bytes),
            other => self.nstring(other),
        }
    }

    pub(crate) fn literal(&mut self, bytes: &[u8]) {
        self.put_literal(bytes);
    }

    /// A literal of which something else gives the octets.
    pub(crate) fn streamed_literal(&mut self, len: u64) {
        self.flush();
        self.sink.streamed(len);
    }

    pub(crate) fn literal8(&mut self, bytes: &[u8]) {
        self.put("~");
        self.put_literal(bytes);
    }

    pub(crate) fn body_item(&mut self, body: &BodyItem<'_>) {
        match body {
            BodyItem::Nil => self.put("NIL"),
            BodyItem::Inline(octets) if octets.contains(&0) => self.literal8(octets),
            BodyItem::Inline(octets) => self.literal(octets),
            BodyItem::Streamed(n) => {
                self.numbered("{", *n);
                self.put("}\r\n");
            }
        }
    }

    pub(crate) fn mailbox(&mut self, mailbox: &Mailbox<'_>) {
        let utf8 = if self.dialect.utf8 { mailbox.to_utf8() } else { None };
        match utf8 {
            Some(name) => self.astring_bytes(name.as_bytes()),
            None => self.astring(mailbox.as_wire()),
        }
    }

    /// The name of a mailbox in a response: a string, as servers write it.
    pub(crate) fn mailbox_string(&mut self, mailbox: &Mailbox<'_>) {
        let utf8 = if self.dialect.utf8 { mailbox.to_utf8() } else { None };
        match utf8 {
            Some(name) => self.string(name.as_bytes()),
            None => self.string(mailbox.as_wire().as_bytes()),
        }
    }

    /// ```abnf
    /// list-mailbox = 1*list-char / string
    /// ```
    pub(crate) fn list_mailbox(&mut self, pattern: &Octets<'_>) {
        const LIST: Class = ASTRING.with(b"%*");
        let bytes = pattern.as_bytes();
        if !bytes.is_empty() && LIST.all(bytes) && !bytes.eq_ignore_ascii_case(b"NIL") {
            self.bytes(bytes);
        } else {
            self.astring(pattern);
        }
    }

    /// What is not known here, as it came; its literals are announced as they must be here.
    pub(crate) fn raw(&mut self, raw: &Raw<'_>) {
        for piece in raw.pieces() {
            match piece {
                Piece::Text(text) => self.bytes(text),
                Piece::Literal(octets) => self.put_literal(octets),
            }
        }
    }

    /// A name, and perhaps raw values behind it.
    pub(crate) fn named_raw(&mut self, name: &str, value: Option<&Raw<'_>>) {
        self.atom(name);
        if let Some(value) = value {
            self.space();
            self.raw(value);
        }
    }

    pub(crate) fn flag(&mut self, name: &str) {
        let rest = match name.strip_prefix('\\') {
            Some("*") => return self.put("\\*"),
            Some(rest) => rest,
            None => name,
        };
        // Keywords that were parsed may hold `]`.
        if !rest.is_empty() && ASTRING.all(rest.as_bytes()) {
            return self.put(name);
        }
        self.put(if rest.len() < name.len() { "\\" } else { "" });
        self.of_class(rest, &ASTRING);
    }

    /// ```abnf
    /// flag-list = "(" [flag *(SP flag)] ")"
    /// ```
    pub(crate) fn flags(&mut self, flags: &Flags<'_>) {
        self.list(flags.names(), Self::flag);
    }

    pub(crate) fn one_flag(&mut self, flag: &Flag<'_>) {
        self.flag(flag.as_str());
    }

    pub(crate) fn set(&mut self, set: &NumberSet) {
        if set.is_saved() {
            return self.put("$");
        }
        for (at, range) in set.ranges().iter().enumerate() {
            if at > 0 {
                self.put(",");
            }
            self.bound(range.start);
            if range.end != range.start {
                self.put(":");
                self.bound(range.end);
            }
        }
    }

    fn bound(&mut self, bound: Bound) {
        match bound {
            Bound::Number(number) => self.number(number),
            Bound::Last => self.put("*"),
        }
    }

    pub(crate) fn day(&mut self, day: Day) {
        let text = day_text(day);
        self.bytes(text.strip_prefix(b" ").unwrap_or(&text));
    }

    /// ```abnf
    /// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    /// ```
    pub(crate) fn date_time(&mut self, date: DateTime) {
        let zone = date.zone.unsigned_abs();
        let [h, m, s] = [date.hour, date.minute, date.second].map(|n| two(u16::from(n)));
        let sign = if date.zone < 0 { b'-' } else { b'+' };
        let [zh, zm] = [two(zone / 60), two(zone % 60)];
        let d = day_text(date.day);
        #[rustfmt::skip]
        self.bytes(&[
            b'"', d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10],
            b' ', h[0], h[1], b':', m[0], m[1], b':', s[0], s[1],
            b' ', sign, zh[0], zh[1], zm[0], zm[1], b'"',
        ]);
    }

    /// What stands before the first line end.
    pub(crate) fn one_line(&mut self, bytes: &[u8]) {
        self.bytes(one_line(bytes));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.put(Text::lossy(text).as_str());
    }
}

/// What stands before the first line end.
pub(super) fn one_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n' | 0)).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// `date-day-fixed "-" date-month "-" date-year`.
fn day_text(day: Day) -> [u8; 11] {
    let month = MONTHS.get(usize::from(day.month).wrapping_sub(1)).copied().unwrap_or("Jan");
    let &[m0, m1, m2] = month.as_bytes() else { return *b" 1-Jan-1970" };
    let ([d0, d1], [y0, y1], [y2, y3]) =
        (two(u16::from(day.day)), two(day.year / 100), two(day.year % 100));
    let d0 = if d0 == b'0' { b' ' } else { d0 };
    [d0, d1, b'-', m0, m1, m2, b'-', y0, y1, y2, y3]
}

/// The last two digits.
fn two(n: u16) -> [u8; 2] {
    let n = u8::try_from(n % 100).unwrap_or_default();
    [b'0' + n / 10, b'0' + n % 10]
}
