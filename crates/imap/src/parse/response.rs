//! Responses.

use super::Grammar;
use super::cursor::{Cursor, Parsed};
use crate::types::string::{ASTRING, ATOM};
use crate::types::{
    Capabilities, Capability, Code, Condition, Id, List, ListAttribute, Namespace, NumberSet,
    Octets, Response, State, Status, StatusItem,
};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::keyword::Class;
use mailwire_core::{Syntax, Text};

/// Parses a whole response, its line end included or not.
///
/// An unknown untagged response is [`Response::Other`]; an item of FETCH that does not fit is
/// [`FetchData::Invalid`](crate::types::FetchData::Invalid).
///
/// # Errors
///
/// With the place and what should have stood there.
pub fn response<'a>(frame: &'a [u8], grammar: &Grammar<'_>) -> Result<Response<'a>, Syntax> {
    let mut cursor = Cursor::new(frame, grammar);
    if cursor.eat(b'+') {
        cursor.eat(b' ');
        return Ok(Response::Continue(Cow::Borrowed(cursor.rest())));
    }
    if cursor.eat(b'*') {
        cursor.space()?;
        return cursor.untagged();
    }
    match cursor.take_class(&ASTRING) {
        [] => cursor.error("a tag, `*` or `+`"),
        tag => {
            let tag = Cow::Borrowed(core::str::from_utf8(tag).unwrap_or_default());
            cursor.space()?;
            let condition = match cursor.state() {
                Some(state @ (State::Ok | State::No | State::Bad)) => cursor.condition(state)?,
                _ => return cursor.error("OK, NO or BAD"),
            };
            Ok(Response::Tagged { tag, condition })
        }
    }
}

impl<'a> Cursor<'a, '_> {
    fn untagged(&mut self) -> Parsed<Response<'a>> {
        let start = self.position();
        if let Some(b'0'..=b'9') = self.peek() {
            let n = self.number()?;
            self.space()?;
            return match self.take_class(&ATOM) {
                name if name.eq_ignore_ascii_case(b"FETCH") => {
                    self.space()?;
                    let fetch = self.fetch(n)?;
                    self.trailing_spaces();
                    self.end()?;
                    Ok(Response::Fetch(fetch))
                }
                name if name.eq_ignore_ascii_case(b"EXISTS") => self.last(Response::Exists(n)),
                name if name.eq_ignore_ascii_case(b"RECENT") => self.last(Response::Recent(n)),
                name if name.eq_ignore_ascii_case(b"EXPUNGE") => self.last(Response::Expunge(n)),
                _ => Ok(self.other(start)),
            };
        }
        if let Some(state) = self.state() {
            return self.condition(state).map(Response::Condition);
        }
        let name = self.atom("a response")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is("LIST") => {
                self.space()?;
                let list = self.list()?;
                Ok(Response::List(list))
            }
            () if is("LSUB") => {
                self.space()?;
                let list = self.list()?;
                Ok(Response::Lsub(list))
            }
            () if is("SEARCH") => {
                let mut numbers = Vec::new();
                // Every turn consumes something.
                while self.eat(b' ') {
                    if let Some(b'0'..=b'9') = self.peek() {
                        numbers.push(self.number()?);
                    } else if self.peek() != Some(b' ') {
                        break;
                    }
                }
                // MODSEQ (RFC 7162) may stand at the end.
                if self.peek() == Some(b'(') {
                    self.skip_value()?;
                }
                self.last(Response::Search(numbers))
            }
            () if is("FLAGS") => {
                self.space()?;
                let flags = self.flags()?;
                self.last(Response::Flags(flags))
            }
            () if is("STATUS") => {
                self.space()?;
                let mailbox = self.mailbox()?;
                self.space()?;
                let items = self.status_items()?;
                self.last(Response::Status(Status { mailbox, items }))
            }
            () if is("CAPABILITY") => Ok(Response::Capability(self.capabilities())),
            () if is("ENABLED") => {
                let mut names = Vec::new();
                // Every turn consumes a name.
                while self.eat(b' ') && !self.rest().is_empty() {
                    names.push(Cow::Borrowed(self.atom("a capability")?));
                }
                self.last(Response::Enabled(names))
            }
            () if is("ID") => {
                self.space()?;
                let id = self.id()?;
                self.last(Response::Id(id))
            }
            () if is("NAMESPACE") => {
                let mut lists: [Vec<Namespace<'a>>; 3] = Default::default();
                for list in &mut lists {
                    self.space()?;
                    *list = self.namespaces()?;
                }
                let [personal, others, shared] = lists;
                self.last(Response::Namespace { personal, others, shared })
            }
            () => Ok(self.other(start)),
        }
    }

    fn other(&self, start: usize) -> Response<'a> {
        Response::Other(Cow::Borrowed(self.at(start).rest()))
    }

    fn trailing_spaces(&mut self) {
        while self.eat(b' ') {}
    }

    /// Accepts spaces at the end (Exchange 2010 and others).
    fn last(&mut self, response: Response<'a>) -> Parsed<Response<'a>> {
        self.trailing_spaces();
        self.end().map(|()| response)
    }

    fn state(&mut self) -> Option<State> {
        let before = self.position();
        let word = self.take_class(&ATOM);
        let is =
            |state: State| word.eq_ignore_ascii_case(state.as_str().as_bytes()).then_some(state);
        let state = is(State::Ok)
            .or_else(|| is(State::No))
            .or_else(|| is(State::Bad))
            .or_else(|| is(State::Bye))
            .or_else(|| is(State::PreAuth));
        if state.is_none() || !matches!(self.peek(), None | Some(b' ')) {
            *self = self.at(before);
            return None;
        }
        state
    }

    /// ```abnf
    /// resp-text = ["[" resp-text-code "]" SP] [text]
    /// ```
    ///
    /// A code that does not fit its grammar is kept as one that is not known.
    fn condition(&mut self, state: State) -> Parsed<Condition<'a>> {
        self.eat(b' ');
        let mut code = None;
        if self.peek() == Some(b'[') {
            let inside = self.at(self.position() + 1);
            let mut known = inside.clone();
            match known.code() {
                Ok(parsed) if known.eat(b']') => {
                    code = Some(parsed);
                    *self = known;
                }
                _ => {
                    if let Some(n) = memchr::memchr(b']', inside.rest()) {
                        let raw = inside.rest().get(..n).unwrap_or_default();
                        let (name, rest) = mailwire_core::keyword::word(raw);
                        let rest = (!rest.is_empty()).then(|| line(rest));
                        code = Some(Code::Other(line(name), rest));
                        *self = self.at(inside.position() + n + 1);
                    }
                }
            }
            self.eat(b' ');
        }
        let text = Text::lossy(String::from_utf8_lossy(self.rest()));
        Ok(Condition { state, code, text })
    }

    fn code(&mut self) -> Parsed<Code<'a>> {
        let start = self.position();
        let name = self.atom("a response code")?;
        let is = |code: &str| name.eq_ignore_ascii_case(code);
        let code = match () {
            () if is("ALERT") => Code::Alert,
            () if is("PARSE") => Code::Parse,
            () if is("READ-ONLY") => Code::ReadOnly,
            () if is("READ-WRITE") => Code::ReadWrite,
            () if is("TRYCREATE") => Code::TryCreate,
            () if is("UIDNOTSTICKY") => Code::UidNotSticky,
            () if is("CLOSED") => Code::Closed,
            () if is("BADCHARSET") => {
                let mut charsets = Vec::new();
                if self.eat(b' ') {
                    self.expect(b'(', "`(`")?;
                    // Every turn consumes something.
                    while !self.eat(b')') {
                        if !self.eat(b' ') {
                            charsets.push(self.nstring()?.unwrap_or_default());
                        }
                    }
                }
                Code::BadCharset(charsets)
            }
            () if is("CAPABILITY") => {
                let n = memchr::memchr(b']', self.rest()).unwrap_or(self.rest().len());
                let names = self.rest().get(..n).unwrap_or_default();
                self.skip(n);
                Code::Capability(capabilities(names))
            }
            () if is("PERMANENTFLAGS") => {
                self.space()?;
                Code::PermanentFlags(self.flags()?)
            }
            () if is("UIDNEXT") => Code::UidNext(self.code_number()?),
            () if is("UIDVALIDITY") => Code::UidValidity(self.code_number()?),
            () if is("UNSEEN") => Code::Unseen(self.code_number()?),
            () if is("HIGHESTMODSEQ") => {
                self.space()?;
                Code::HighestModSeq(self.number64()?)
            }
            () if is("APPENDUID") => {
                let validity = self.code_number()?;
                self.space()?;
                Code::AppendUid { validity, uids: self.set()? }
            }
            () if is("COPYUID") => {
                let validity = self.code_number()?;
                self.space()?;
                let from = self.code_set()?;
                self.space()?;
                Code::CopyUid { validity, from, to: self.code_set()? }
            }
            () => {
                const REST: Class = Class::none().with_range(1, 255).without(b"]\r\n");
                let name = core::str::from_utf8(self.since(start)).unwrap_or_default();
                let rest = if self.eat(b' ') { Some(line(self.take_class(&REST))) } else { None };
                Code::Other(Cow::Borrowed(name), rest)
            }
        };
        Ok(code)
    }

    fn code_number(&mut self) -> Parsed<u32> {
        self.space()?;
        self.number()
    }

    /// A set; nothing at all where nothing was copied.
    fn code_set(&mut self) -> Parsed<NumberSet> {
        if matches!(self.peek(), Some(b' ' | b']')) { Ok(NumberSet::new()) } else { self.set() }
    }

    fn capabilities(&mut self) -> Capabilities {
        let names = self.rest();
        self.skip(names.len());
        capabilities(names)
    }

    /// ```abnf
    /// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
    /// ```
    fn list(&mut self) -> Parsed<List<'a>> {
        self.expect(b'(', "`(`")?;
        let mut attributes = Vec::new();
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            let start = self.position();
            self.eat(b'\\');
            if self.take_class(&ASTRING).is_empty() {
                return self.error("an attribute or `)`");
            }
            attributes.push(attribute(core::str::from_utf8(self.since(start)).unwrap_or_default()));
        }
        self.space()?;
        let delimiter = self.delimiter()?;
        self.space()?;
        let mailbox = self.mailbox()?;
        // Extended data (RFC 5258) may follow.
        if self.eat(b' ') && !self.rest().is_empty() {
            self.skip_value()?;
        }
        self.trailing_spaces();
        self.end()?;
        Ok(List { attributes, delimiter, mailbox })
    }

    fn delimiter(&mut self) -> Parsed<Option<char>> {
        let at = self.position();
        match self.nstring()?.as_deref() {
            None | Some([]) => Ok(None),
            Some([b]) if b.is_ascii() => Ok(Some(char::from(*b))),
            Some(_) => Err(Syntax { at, expected: "one character or NIL" }),
        }
    }

    fn status_items(&mut self) -> Parsed<Vec<(StatusItem, u64)>> {
        self.expect(b'(', "`(`")?;
        let mut items = Vec::new();
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            let name = self.atom("a status item")?;
            self.space()?;
            let known = StatusItem::ALL.into_iter().find(|i| name.eq_ignore_ascii_case(i.as_str()));
            match known {
                Some(item) => items.push((item, self.number64()?)),
                None => {
                    self.skip_value()?;
                }
            }
        }
        Ok(items)
    }

    /// ```abnf
    /// namespace = nil / "(" 1*("(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) *ext ")") ")"
    /// ```
    fn namespaces(&mut self) -> Parsed<Vec<Namespace<'a>>> {
        if self.eat_keyword("NIL") {
            return Ok(Vec::new());
        }
        self.expect(b'(', "`(` or NIL")?;
        let mut list = Vec::new();
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            self.expect(b'(', "`(`")?;
            let at = self.position();
            let prefix = Octets::new(self.nstring()?.unwrap_or_default())
                .map_err(|_| Syntax { at, expected: "a prefix without NUL" })?;
            self.space()?;
            let delimiter = self.delimiter()?;
            // Every turn consumes a value.
            while self.eat(b' ') {
                self.skip_value()?;
            }
            self.expect(b')', "`)`")?;
            list.push(Namespace { prefix, delimiter });
        }
        Ok(list)
    }

    /// ```abnf
    /// id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
    /// ```
    pub(crate) fn id(&mut self) -> Parsed<Id> {
        let mut id = Id::new();
        if self.eat_keyword("NIL") {
            return Ok(id);
        }
        self.expect(b'(', "`(` or NIL")?;
        let text = |octets: Cow<'_, [u8]>| String::from_utf8_lossy(&octets).into_owned();
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            let name = text(self.string()?);
            self.space()?;
            id.push((name, self.nstring()?.map(text)));
        }
        Ok(id)
    }
}

fn line(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn capabilities(names: &[u8]) -> Capabilities {
    let names = names.split(|&b| b == b' ').filter(|name| !name.is_empty());
    names.map(|name| Capability::parse(&String::from_utf8_lossy(name))).collect()
}

fn attribute(name: &str) -> ListAttribute<'_> {
    let known = [
        ListAttribute::Noinferiors,
        ListAttribute::Noselect,
        ListAttribute::Marked,
        ListAttribute::Unmarked,
        ListAttribute::HasChildren,
        ListAttribute::HasNoChildren,
        ListAttribute::NonExistent,
        ListAttribute::Subscribed,
    ];
    let known = known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(name));
    known.unwrap_or(ListAttribute::Other(Cow::Borrowed(name)))
}
