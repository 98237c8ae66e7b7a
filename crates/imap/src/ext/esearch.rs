//! ESEARCH (RFC 4731), SEARCHRES (RFC 5182), CONTEXT=SEARCH and CONTEXT=SORT (RFC 5267), SEARCH=FUZZY
//! relevancy (RFC 6203), MULTISEARCH (RFC 7377), PARTIAL (RFC 9394).

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::Tolerance;
use crate::types::{Command, Mailbox, MailboxFilter, NumberSet, Octets, Raw, Response, SearchKey};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What SEARCH, SORT and ESEARCH are to answer with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SearchReturn<'a> {
    /// The lowest number.
    Min,
    /// The highest number.
    Max,
    /// All numbers.
    All,
    /// How many there are.
    Count,
    /// Nothing: the server keeps them as `$` (RFC 5182).
    Save,
    /// A page of them (RFC 5267, RFC 9394).
    Partial(Page),
    /// Tell when the result changes (RFC 5267).
    Update,
    /// There will be more questions like this one (RFC 5267).
    Context,
    /// How well each fits (RFC 6203).
    Relevancy,
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// A page of results: the first is 1, the last is -1 (RFC 9394).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Page {
    /// One end.
    pub first: i64,
    /// The other, of the same sign.
    pub last: i64,
}

/// An ESEARCH response.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ESearch<'a> {
    /// The tag of the command that asked.
    pub tag: Option<Octets<'a>>,
    /// The mailbox, when several were searched (RFC 7377).
    pub mailbox: Option<Mailbox<'a>>,
    /// The validity of its unique identifiers.
    pub uid_validity: Option<u32>,
    /// The numbers are unique identifiers.
    pub uid: bool,
    /// What was found, in order.
    pub results: Vec<SearchResult<'a>>,
}

/// One result of ESEARCH.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SearchResult<'a> {
    /// The lowest number.
    Min(u32),
    /// The highest number.
    Max(u32),
    /// All numbers.
    All(NumberSet),
    /// How many there are.
    Count(u64),
    /// The highest mod-sequence of them (RFC 7162).
    ModSeq(u64),
    /// A page of them; NIL is none.
    Partial(Page, Option<NumberSet>),
    /// What is added, and where: position and numbers.
    AddTo(Vec<(u32, NumberSet)>),
    /// What is taken away, and from where.
    RemoveFrom(Vec<(u32, NumberSet)>),
    /// How well each fits, 1 to 100, in the order of ALL.
    Relevancy(Vec<u32>),
    /// Another: its name and its value.
    Other(Cow<'a, str>, Raw<'a>),
}

/// `ESEARCH`, the command: several mailboxes are searched (RFC 7377).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MultiSearch<'a> {
    /// UID form. Unique identifiers are answered in any case.
    pub uid: bool,
    /// Which mailboxes; empty: the selected one.
    pub sources: Vec<MailboxFilter<'a>>,
    /// Options of the scope.
    pub scope: Option<Raw<'a>>,
    /// What is answered.
    pub returns: Option<Vec<SearchReturn<'a>>>,
    /// The charset that strings are in, if it is said.
    pub charset: Option<Octets<'a>>,
    /// What is looked for.
    pub key: SearchKey<'a>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
    /// ```
    pub(crate) fn search_returns(&mut self) -> Parsed<Option<Vec<SearchReturn<'a>>>> {
        if !self.eat_word("RETURN") {
            return Ok(None);
        }
        self.space()?;
        self.list(Self::search_return).map(Some)
    }

    pub(crate) fn search_return(&mut self) -> Parsed<SearchReturn<'a>> {
        let name = self.atom("an option")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match () {
            () if is("MIN") => SearchReturn::Min,
            () if is("MAX") => SearchReturn::Max,
            () if is("ALL") => SearchReturn::All,
            () if is("COUNT") => SearchReturn::Count,
            () if is("SAVE") => SearchReturn::Save,
            () if is("UPDATE") => SearchReturn::Update,
            () if is("CONTEXT") => SearchReturn::Context,
            () if is("RELEVANCY") => SearchReturn::Relevancy,
            () if is("PARTIAL") => {
                self.space()?;
                SearchReturn::Partial(self.page()?)
            }
            () => {
                let (name, value) = self.named_raw(name)?;
                SearchReturn::Other(name, value)
            }
        })
    }

    /// ```abnf
    /// partial-range       = partial-range-first / partial-range-last
    /// partial-range-first = nz-number ":" nz-number
    /// partial-range-last  = MINUS nz-number ":" MINUS nz-number
    /// ```
    pub(crate) fn page(&mut self) -> Parsed<Page> {
        let from_end = self.eat(b'-');
        let first = i64::from(self.nz_number()?);
        self.expect(b':', "`:`")?;
        if from_end {
            self.expect(b'-', "`-`")?;
        }
        let last = i64::from(self.nz_number()?);
        let sign = if from_end { -1 } else { 1 };
        Ok(Page { first: sign * first, last: sign * last })
    }

    /// ```abnf
    /// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
    /// search-correlator = SP "(" one-correlator *(SP one-correlator) ")"
    /// ```
    pub(crate) fn esearch(&mut self) -> Parsed<Response<'a>> {
        let mut found = ESearch::default();
        if let [b' ', b'(', ..] = self.rest() {
            self.space()?;
            self.expect(b'(', "`(`")?;
            self.each(|cursor| {
                let at = cursor.position();
                let name = cursor.atom("a correlator")?;
                cursor.space()?;
                let is = |known: &str| name.eq_ignore_ascii_case(known);
                match () {
                    () if is("TAG") => found.tag = Some(cursor.astring()?),
                    () if is("MAILBOX") => found.mailbox = Some(cursor.mailbox()?),
                    () if is("UIDVALIDITY") => found.uid_validity = Some(cursor.nz_number()?),
                    () => {
                        return Err(mailwire_core::Syntax { at, expected: "a correlator" });
                    }
                }
                Ok(())
            })?;
        }
        found.uid = self.eat_word("UID");
        found.results = self.words(|cursor| {
            // MailKit#323.
            if cursor.peek() == Some(b'(') {
                cursor.tolerate(Tolerance::ParenthesizedItem, "a result")?;
                cursor.skip(1);
                let result = cursor.search_result()?;
                cursor.expect(b')', "`)`")?;
                return Ok(result);
            }
            cursor.search_result()
        })?;
        Ok(Response::ESearch(found))
    }

    fn search_result(&mut self) -> Parsed<SearchResult<'a>> {
        let name = self.atom("a result")?;
        self.space()?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match () {
            () if is("MIN") => SearchResult::Min(self.nz_number()?),
            () if is("MAX") => SearchResult::Max(self.nz_number()?),
            () if is("ALL") => SearchResult::All(self.set()?),
            () if is("COUNT") => SearchResult::Count(self.number64()?),
            () if is("MODSEQ") => SearchResult::ModSeq(self.number64()?),
            () if is("PARTIAL") => {
                self.expect(b'(', "`(`")?;
                let page = self.page()?;
                self.space()?;
                let set = if self.eat_nil() { None } else { Some(self.set()?) };
                self.expect(b')', "`)`")?;
                SearchResult::Partial(page, set)
            }
            () if is("ADDTO") => SearchResult::AddTo(self.positions()?),
            () if is("REMOVEFROM") => SearchResult::RemoveFrom(self.positions()?),
            () if is("RELEVANCY") => SearchResult::Relevancy(self.list(Self::number)?),
            () => SearchResult::Other(Cow::Borrowed(name), self.raw_value()?),
        })
    }

    /// ```abnf
    /// "(" context-position SP sequence-set *(SP context-position SP sequence-set) ")"
    /// ```
    fn positions(&mut self) -> Parsed<Vec<(u32, NumberSet)>> {
        self.list1(|cursor| {
            let position = cursor.number()?;
            cursor.space()?;
            Ok((position, cursor.set()?))
        })
    }

    /// ```abnf
    /// esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program
    /// esearch-source-opts = "IN" SP "(" source-mbox [SP "(" scope-options ")"] ")"
    /// source-mbox         = filter-mailboxes *(SP filter-mailboxes)
    /// ```
    pub(crate) fn esearch_command(&mut self, uid: bool) -> Parsed<Command<'a>> {
        let mut sources = Vec::new();
        let mut scope = None;
        if self.eat_word("IN") {
            self.space()?;
            self.expect(b'(', "`(`")?;
            self.each(|cursor| {
                if cursor.peek() == Some(b'(') && scope.is_none() {
                    scope = Some(cursor.raw_value()?);
                } else {
                    sources.push(cursor.mailbox_filter()?);
                }
                Ok(())
            })?;
        }
        let returns = self.search_returns()?;
        self.space()?;
        let (charset, key) = (None, SearchKey::All);
        let mut search = Box::new(MultiSearch { uid, sources, scope, returns, charset, key });
        self.search_program(&mut search.charset, &mut search.key)?;
        Ok(Command::MultiSearch(search))
    }

    /// ```abnf
    /// "CANCELUPDATE" 1*(SP quoted)
    /// ```
    pub(crate) fn cancel_update(&mut self) -> Parsed<Command<'a>> {
        let tags = self.words(Self::astring)?;
        if tags.is_empty() {
            return self.error("a space");
        }
        Ok(Command::CancelUpdate(tags))
    }
}

impl Out<'_> {
    pub(crate) fn search_returns(&mut self, returns: Option<&[SearchReturn<'_>]>) {
        let Some(returns) = returns else { return };
        self.put(" RETURN ");
        self.list(returns, |out, option| match option {
            SearchReturn::Min => out.put("MIN"),
            SearchReturn::Max => out.put("MAX"),
            SearchReturn::All => out.put("ALL"),
            SearchReturn::Count => out.put("COUNT"),
            SearchReturn::Save => out.put("SAVE"),
            SearchReturn::Update => out.put("UPDATE"),
            SearchReturn::Context => out.put("CONTEXT"),
            SearchReturn::Relevancy => out.put("RELEVANCY"),
            SearchReturn::Partial(page) => {
                out.put("PARTIAL ");
                out.page(*page);
            }
            SearchReturn::Other(name, value) => out.named_raw(name, value.as_ref()),
        });
    }

    pub(crate) fn page(&mut self, page: Page) {
        let signed = |out: &mut Self, n: i64| {
            out.put(if n < 0 { "-" } else { "" });
            out.number(n.unsigned_abs());
        };
        signed(self, page.first);
        self.put(":");
        signed(self, page.last);
    }

    pub(crate) fn esearch(&mut self, found: &ESearch<'_>) {
        self.put("ESEARCH");
        let correlated =
            found.tag.is_some() || found.mailbox.is_some() || found.uid_validity.is_some();
        if correlated {
            let mut before = " (";
            if let Some(tag) = &found.tag {
                self.put(" (TAG ");
                self.string(tag.as_bytes());
                before = " ";
            }
            if let Some(mailbox) = &found.mailbox {
                self.put(before);
                self.put("MAILBOX ");
                self.mailbox_string(mailbox);
                before = " ";
            }
            if let Some(validity) = found.uid_validity {
                self.put(before);
                self.numbered("UIDVALIDITY ", validity);
            }
            self.put(")");
        }
        self.put(if found.uid { " UID" } else { "" });
        self.spaced(&found.results, |out, result| match result {
            SearchResult::Min(n) => out.numbered("MIN ", *n),
            SearchResult::Max(n) => out.numbered("MAX ", *n),
            SearchResult::Count(n) => out.numbered("COUNT ", *n),
            SearchResult::ModSeq(n) => out.numbered("MODSEQ ", *n),
            SearchResult::All(set) => {
                out.put("ALL ");
                out.set(set);
            }
            SearchResult::Partial(page, set) => {
                out.put("PARTIAL (");
                out.page(*page);
                out.space();
                match set {
                    None => out.put("NIL"),
                    Some(set) => out.set(set),
                }
                out.put(")");
            }
            SearchResult::AddTo(positions) => out.positions("ADDTO ", positions),
            SearchResult::RemoveFrom(positions) => out.positions("REMOVEFROM ", positions),
            SearchResult::Relevancy(scores) => {
                out.put("RELEVANCY ");
                out.list(scores, |out, score| out.number(*score));
            }
            SearchResult::Other(name, value) => out.named_raw(name, Some(value)),
        });
    }

    fn positions(&mut self, name: &str, positions: &[(u32, NumberSet)]) {
        self.put(name);
        self.list(positions, |out, (position, set)| {
            out.number(*position);
            out.space();
            out.set(set);
        });
    }

    pub(crate) fn multi_search(&mut self, search: &MultiSearch<'_>) {
        if !search.sources.is_empty() {
            self.put(" IN (");
            self.words(&search.sources, Self::mailbox_filter);
            if let Some(scope) = &search.scope {
                self.space();
                self.raw(scope);
            }
            self.put(")");
        }
        self.search_returns(search.returns.as_deref());
        self.search_program(search.charset.as_ref(), &search.key);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "SEARCH RETURN (MIN MAX COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM Smith",
            "SEARCH RETURN () CHARSET UTF-8 ALL",
            "SEARCH RETURN (SAVE) SEEN",
            "SEARCH $ SMALLER 4096",
            "FETCH $ (UID FLAGS)",
            "UID SEARCH RETURN (PARTIAL -1:-100 ALL) UNDELETED",
            "SEARCH RETURN (UPDATE CONTEXT PARTIAL 1:500 RELEVANCY X-Y (1)) FUZZY TEXT x",
            "CANCELUPDATE B01 B02",
            "ESEARCH IN (mailboxes folder1 subtree folder2) UNSEEN",
            "ESEARCH IN (selected personal subtree-one (a b)) RETURN (COUNT) ALL",
            "ESEARCH SUBJECT chad",
            "UID ESEARCH FROM frobozz 1:100",
        ]);
        no_commands(&[
            "UID SEARCH RETURN (PARTIAL 1:99999999999) ALL",
            "SEARCH RETURN (PARTIAL 1:-5) ALL",
            "SEARCH RETURN (PARTIAL 0:5) ALL",
            "SEARCH RETURN (MIN) ",
        ]);
        responses(&[
            "ESEARCH (TAG \"A282\") MIN 2 COUNT 3",
            "ESEARCH (TAG \"a\") UID ALL 17,900,901 MODSEQ 17 COUNT 18446744073709551615",
            "ESEARCH",
            "ESEARCH (TAG \"A01\") UID PARTIAL (-1:-100 100:105)",
            "ESEARCH (TAG \"A03\") PARTIAL (23500:24000 NIL)",
            "ESEARCH (TAG \"B01\") UID ADDTO (0 32768:32769) REMOVEFROM (1 5 0 7)",
            "ESEARCH (TAG \"t\" MAILBOX \"folder1\" UIDVALIDITY 1) UID ALL 4001,4003",
            "ESEARCH (TAG \"R1\") ALL 1:10 RELEVANCY (4 99 4)",
            "ESEARCH X-Y (a \"b\") COUNT 1",
        ]);
    }
}
