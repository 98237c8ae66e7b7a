//! Responses, among them UIDFETCH (UIDONLY, RFC 9586) and JMAPACCESS (RFC 9698).

use super::Grammar;
use super::cursor::{Cursor, Parsed};
use crate::types::string::{ASTRING, ATOM};
use crate::types::{
    Anomalies, Capabilities, Capability, Condition, Fetch, FetchItems, Found, List, Response, State,
};
use crate::types::{Octets, Tolerance};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
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
    let mut response = Response::Exists(0);
    cursor.response_into(&mut response)?;
    Ok(response)
}

/// The same, and which tolerances were used.
///
/// ```
/// use mailwire_imap::parse::{Grammar, response_with};
/// use mailwire_imap::types::{Response, Tolerance};
///
/// let (response, anomalies) = response_with(b"*  1688 EXISTS\r\n", &Grammar::default())?;
/// assert_eq!(response, Response::Exists(1688));
/// assert!(anomalies.has(Tolerance::ExtraSpace));
/// assert!(response_with(b"*  1688 EXISTS\r\n", &Grammar::strict()).is_err());
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
///
/// # Errors
///
/// With the place and what should have stood there.
pub fn response_with<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
) -> Result<(Response<'a>, Anomalies), Syntax> {
    let mut cursor = Cursor::new(frame, grammar);
    let mut response = Response::Exists(0);
    cursor.response_into(&mut response)?;
    Ok((response, cursor.into_anomalies()))
}

impl<'a> Cursor<'a, '_> {
    /// Reads a response to where it stays: it is large, and those that come by the thousand are not
    /// moved once they are made.
    #[inline]
    pub(crate) fn response_into(&mut self, to: &mut Response<'a>) -> Parsed<()> {
        if self.rest().starts_with(b"* LIST (") {
            self.skip(6);
            *to = Response::List(List::default());
            if let Response::List(list) = to {
                self.mailbox_list_into(list)?;
            }
            return self.last();
        }
        if let Some((seq, rest)) = super::quick::fetch_start(self.rest()) {
            self.go_on(rest);
            *to = Response::Fetch(Fetch { seq, data: FetchItems::new() });
            if let Response::Fetch(fetch) = to {
                self.fetch(&mut fetch.data)?;
            }
            return self.last();
        }
        *to = self.response()?;
        Ok(())
    }

    fn response(&mut self) -> Parsed<Response<'a>> {
        if self.eat(b'+') {
            if !self.eat(b' ') {
                self.tolerate(Tolerance::BareContinue, "a space")?;
            }
            return Ok(Response::Continue(Cow::Borrowed(self.rest())));
        }
        if self.eat(b'*') {
            self.space()?;
            return self.untagged();
        }
        if self.peek() == Some(b'[') {
            return self.code_alone();
        }
        let start = self.position();
        match self.take_class(&ASTRING) {
            [] => self.error("a tag, `*` or `+`"),
            tag if tag.len() > self.bounds().tag => {
                Err(Syntax { at: start, expected: "a shorter tag" })
            }
            tag => {
                let tag = Cow::Borrowed(core::str::from_utf8(tag).unwrap_or_default());
                self.space()?;
                let at = self.position();
                let condition = match self.state() {
                    Some(state @ (State::Ok | State::No | State::Bad)) => self.condition(state)?,
                    Some(State::Bye) => {
                        self.tolerate_at(at, Tolerance::TaggedBye, "OK, NO or BAD")?;
                        self.condition(State::Bye)?
                    }
                    _ => return Err(Syntax { at, expected: "OK, NO or BAD" }),
                };
                Ok(Response::Tagged { tag, condition })
            }
        }
    }

    /// A code without a state before it.
    fn code_alone(&mut self) -> Parsed<Response<'a>> {
        self.tolerate(Tolerance::MissingState, "a tag, `*`, `+` or a state")?;
        let code = self.bracketed()?;
        if code.is_none() {
            return self.error("a response code");
        }
        self.eat(b' ');
        let text = Text::lossy(String::from_utf8_lossy(self.rest()));
        Ok(Response::Condition(Condition { state: State::Ok, code, text }))
    }

    fn untagged(&mut self) -> Parsed<Response<'a>> {
        let start = self.mark();
        if let Some(b'0'..=b'9') = self.peek() {
            return self.numbered();
        }
        if let Some(state) = self.state() {
            return self.condition(state).map(Response::Condition);
        }
        if self.peek() == Some(b'[') {
            return self.code_alone();
        }
        let name = self.atom("a response")?;
        match self.known(name)? {
            Some(response) => {
                self.last()?;
                Ok(response)
            }
            None => {
                self.reset(start);
                if name.eq_ignore_ascii_case("NOOP") {
                    self.tolerate(Tolerance::NotAResponse, "a response")?;
                }
                self.other()
            }
        }
    }

    /// `number SP …`.
    fn numbered(&mut self) -> Parsed<Response<'a>> {
        let start = self.mark();
        let at = self.position();
        let n = self.number()?;
        self.space()?;
        let name = self.take_class(&ATOM);
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        // A message has a number that is not 0; there may be no messages.
        let of_message = || is(b"FETCH") || is(b"EXPUNGE") || is(b"UIDFETCH") || is(b"CONVERTED");
        if n == 0 && of_message() {
            return Err(Syntax { at, expected: "a number that is not 0" });
        }
        let response = match () {
            () if is(b"FETCH") => {
                self.space()?;
                let mut data = FetchItems::new();
                self.fetch(&mut data)?;
                Response::Fetch(Fetch { seq: n, data })
            }
            () if is(b"EXISTS") => Response::Exists(n),
            () if is(b"RECENT") => Response::Recent(n),
            () if is(b"EXPUNGE") => Response::Expunge(n),
            () if is(b"UIDFETCH") => {
                self.space()?;
                let mut data = FetchItems::new();
                self.fetch(&mut data)?;
                Response::UidFetch(Fetch { seq: n, data })
            }
            () if is(b"CONVERTED") => self.converted(n)?,
            () => {
                self.reset(start);
                return self.other();
            }
        };
        self.last()?;
        Ok(response)
    }

    /// The rest of a response of this name, if it is known.
    fn known(&mut self, name: &'a str) -> Parsed<Option<Response<'a>>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(Some(match () {
            () if is("LIST") => Response::List(self.mailbox_list()?),
            () if is("LSUB") => Response::Lsub(self.mailbox_list()?),
            () if is("XLIST") => Response::XList(self.mailbox_list()?),
            () if is("SEARCH") => {
                let (numbers, mod_seq) = self.search_numbers()?;
                Response::Search(Found { numbers, mod_seq })
            }
            () if is("ESEARCH") => self.esearch()?,
            () if is("SORT") => self.sorted()?,
            () if is("THREAD") => self.threads()?,
            () if is("FLAGS") => {
                self.space()?;
                Response::Flags(self.flags()?)
            }
            () if is("STATUS") => self.status()?,
            () if is("CAPABILITY") => {
                let names = self.rest();
                self.skip(names.len());
                if names.ends_with(b" ") {
                    self.tolerate(Tolerance::TrailingSpace, "the end")?;
                }
                let most = self.bounds().items;
                self.odd_capabilities(names)?;
                if names.split(|&b| b == b' ').count() > most {
                    return self.error("fewer capabilities");
                }
                Response::Capability(capabilities(names, most))
            }
            () if is("ENABLED") => Response::Enabled(
                self.words(|cursor| cursor.atom("a capability").map(Cow::Borrowed))?,
            ),
            () if is("ID") => {
                self.space()?;
                Response::Id(self.id()?)
            }
            () if is("NAMESPACE") => self.namespaces()?,
            () if is("VANISHED") => self.vanished()?,
            () if is("ACL") => self.acl()?,
            () if is("LISTRIGHTS") => self.list_rights()?,
            () if is("MYRIGHTS") => self.my_rights()?,
            () if is("QUOTA") => self.quota()?,
            () if is("QUOTAROOT") => self.quota_root()?,
            () if is("METADATA") => self.metadata()?,
            () if is("ANNOTATION") => self.mailbox_annotations()?,
            () if is("LANGUAGE") => self.language()?,
            () if is("COMPARATOR") => self.comparator()?,
            () if is("CONVERSION") => self.conversion()?,
            () if is("GENURLAUTH") => self.generated_urls()?,
            () if is("URLFETCH") => self.url_data()?,
            () if is("UIDBATCHES") => self.uid_batches()?,
            () if is("JMAPACCESS") => {
                self.space()?;
                Response::JmapAccess(Octets::parsed(self.quoted()?))
            }
            () if is("XAPPLEPUSHSERVICE") => Response::ApplePush(self.push_fields()?),
            () => return Ok(None),
        }))
    }

    /// Names of capabilities that are no atoms.
    pub(super) fn odd_capabilities(&mut self, names: &[u8]) -> Parsed<()> {
        let odd = |name: &[u8]| !ATOM.all(name);
        if names.split(|&b| b == b' ').any(odd) {
            self.tolerate(Tolerance::OddCapability, "a capability")?;
        }
        Ok(())
    }

    /// ```abnf
    /// search = "SEARCH" *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]
    /// ```
    pub(crate) fn search_numbers(&mut self) -> Parsed<(Vec<u32>, Option<u64>)> {
        let mut numbers = Vec::new();
        self.quick_numbers(&mut numbers);
        self.numbers_by_parts(&mut numbers)?;
        if let [b' ', b'(', ..] = self.rest() {
            self.skip(2);
            if !self.eat_keyword("MODSEQ ") {
                return self.error("MODSEQ");
            }
            let mod_seq = self.number64()?;
            self.expect(b')', "`)`")?;
            return Ok((numbers, Some(mod_seq)));
        }
        Ok((numbers, None))
    }

    pub(super) fn numbers_by_parts(&mut self, numbers: &mut Vec<u32>) -> Parsed<()> {
        // Every turn consumes a number.
        loop {
            match self.rest() {
                [b' ', b'0'..=b'9', ..] => {
                    self.skip(1);
                    numbers.push(self.nz_number()?);
                }
                [b' ', b' ', ..] => {
                    let spaces = self.rest().iter().take_while(|&&b| b == b' ').count();
                    if spaces == self.rest().len() {
                        break;
                    }
                    self.tolerate(Tolerance::ExtraSpace, "one space")?;
                    self.skip(spaces - 1);
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn other(&mut self) -> Parsed<Response<'a>> {
        let start = self.mark();
        // Whatever it is, it ends with its line: what looks like values is kept as that.
        if let Ok(values) = self.raw_values() {
            if self.end().is_ok() {
                return Ok(Response::Other(values));
            }
        }
        self.reset(start);
        match memchr::memchr2(b'\r', b'\n', self.rest()) {
            None => Ok(Response::Other(self.raw_rest())),
            Some(_) => self.error("values"),
        }
    }

    pub(crate) fn state(&mut self) -> Option<State> {
        let before = self.mark();
        let word = self.take_class(&ATOM);
        let is =
            |state: State| word.eq_ignore_ascii_case(state.as_str().as_bytes()).then_some(state);
        let state = is(State::Ok)
            .or_else(|| is(State::No))
            .or_else(|| is(State::Bad))
            .or_else(|| is(State::Bye))
            .or_else(|| is(State::PreAuth));
        if state.is_none() || !matches!(self.peek(), None | Some(b' ')) {
            self.reset(before);
            return None;
        }
        state
    }
}

pub(super) fn line(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

pub(super) fn capabilities(names: &[u8], most: usize) -> Capabilities {
    let names = names.split(|&b| b == b' ').filter(|name| !name.is_empty()).take(most);
    names.map(|name| Capability::parse(&String::from_utf8_lossy(name))).collect()
}
