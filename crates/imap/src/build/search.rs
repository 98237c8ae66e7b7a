//! SEARCH, SORT and THREAD.

use super::{becomes_command, octets};
use crate::types::{
    self, Command, Day, Flag, MailboxFilter, MultiSearch, NumberSet, Octets, Page, SearchKey,
    SearchReturn, SortCriterion, SortKey, SystemFlag,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `UID SEARCH`: unique identifiers are answered. Without a key it finds all messages.
pub fn search<'a>() -> Search<'a> {
    Search { uid: true, keys: Vec::new(), returns: None, charset: None }
}

/// `SEARCH`: sequence numbers are answered.
pub fn search_numbers<'a>() -> Search<'a> {
    Search { uid: false, ..search() }
}

/// A SEARCH that is being said: all of its keys hold.
#[derive(Clone, Debug)]
#[must_use]
pub struct Search<'a> {
    uid: bool,
    keys: Vec<SearchKey<'a>>,
    returns: Option<Vec<SearchReturn<'a>>>,
    charset: Option<Octets<'a>>,
}

impl<'a> Search<'a> {
    /// Any key.
    pub fn key(mut self, key: SearchKey<'a>) -> Self {
        self.keys.push(key);
        self
    }

    fn is(self, flag: SystemFlag) -> Self {
        self.key(SearchKey::Flag(Flag::System(flag)))
    }

    fn without(self, flag: SystemFlag) -> Self {
        self.key(SearchKey::NotFlag(Flag::System(flag)))
    }

    /// `SEEN`.
    pub fn seen(self) -> Self {
        self.is(SystemFlag::Seen)
    }

    /// `UNSEEN`.
    pub fn unseen(self) -> Self {
        self.without(SystemFlag::Seen)
    }

    /// `FLAGGED`.
    pub fn flagged(self) -> Self {
        self.is(SystemFlag::Flagged)
    }

    /// `ANSWERED`.
    pub fn answered(self) -> Self {
        self.is(SystemFlag::Answered)
    }

    /// `DELETED`.
    pub fn deleted(self) -> Self {
        self.is(SystemFlag::Deleted)
    }

    /// `UNDELETED`.
    pub fn undeleted(self) -> Self {
        self.without(SystemFlag::Deleted)
    }

    /// `KEYWORD`.
    pub fn keyword(self, flag: Flag<'a>) -> Self {
        self.key(SearchKey::Flag(flag))
    }

    /// `SINCE`: the internal date is this day or later.
    pub fn since(self, day: Day) -> Self {
        self.key(SearchKey::Since(day))
    }

    /// `BEFORE`: the internal date is before this day.
    pub fn before(self, day: Day) -> Self {
        self.key(SearchKey::Before(day))
    }

    /// `LARGER`.
    pub fn larger(self, octets: u64) -> Self {
        self.key(SearchKey::Larger(octets))
    }

    /// `SMALLER`.
    pub fn smaller(self, octets: u64) -> Self {
        self.key(SearchKey::Smaller(octets))
    }

    /// `FROM`. Text up to a NUL, here and below.
    pub fn from(self, text: &'a str) -> Self {
        self.key(SearchKey::From(octets(text)))
    }

    /// `TO`.
    pub fn to(self, text: &'a str) -> Self {
        self.key(SearchKey::To(octets(text)))
    }

    /// `SUBJECT`.
    pub fn subject(self, text: &'a str) -> Self {
        self.key(SearchKey::Subject(octets(text)))
    }

    /// `HEADER`.
    pub fn header(self, name: &'a str, text: &'a str) -> Self {
        self.key(SearchKey::Header(octets(name), octets(text)))
    }

    /// `BODY`.
    pub fn body(self, text: &'a str) -> Self {
        self.key(SearchKey::Body(octets(text)))
    }

    /// `TEXT`.
    pub fn text(self, text: &'a str) -> Self {
        self.key(SearchKey::Text(octets(text)))
    }

    /// `UID`: one of these unique identifiers.
    pub fn uid(self, uids: impl Into<NumberSet>) -> Self {
        self.key(SearchKey::Uid(uids.into()))
    }

    /// `YOUNGER` (RFC 5032): so many seconds old at most.
    pub fn younger(self, seconds: u32) -> Self {
        self.key(SearchKey::Younger(seconds))
    }

    /// `MODSEQ` (RFC 7162): changed by this or later.
    pub fn mod_seq(self, value: u64) -> Self {
        self.key(SearchKey::ModSeq { entry: None, value })
    }

    /// One of the two finds it.
    pub fn or(self, one: Self, other: Self) -> Self {
        let (one, other) = (Box::new(one.into_key()), Box::new(other.into_key()));
        self.key(SearchKey::Or(one, other))
    }

    /// That does not find it.
    pub fn not(self, other: Self) -> Self {
        self.key(SearchKey::Not(Box::new(other.into_key())))
    }

    /// `RETURN`: any result (RFC 4731).
    pub fn returning(mut self, result: SearchReturn<'a>) -> Self {
        self.returns.get_or_insert_default().push(result);
        self
    }

    /// `RETURN (COUNT)`.
    pub fn count(self) -> Self {
        self.returning(SearchReturn::Count)
    }

    /// `RETURN (ALL)`: the numbers, as ranges.
    pub fn all(self) -> Self {
        self.returning(SearchReturn::All)
    }

    /// `RETURN (SAVE)`: kept as `$` (RFC 5182).
    pub fn save(self) -> Self {
        self.returning(SearchReturn::Save)
    }

    /// `RETURN (PARTIAL first:last)` (RFC 9394).
    pub fn page(self, first: i64, last: i64) -> Self {
        self.returning(SearchReturn::Partial(Page { first, last }))
    }

    /// `CHARSET`.
    pub fn charset(mut self, charset: &'a str) -> Self {
        self.charset = Some(octets(charset));
        self
    }

    /// What it looks for.
    #[must_use]
    pub fn into_key(self) -> SearchKey<'a> {
        let mut keys = self.keys;
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => key,
            (_, None) => SearchKey::All,
            (_, Some(last)) => {
                keys.push(last);
                SearchKey::And(keys)
            }
        }
    }

    /// The same in these mailboxes, whichever is selected (RFC 7377): each answers by itself.
    ///
    /// ```
    /// use mailwire_imap::build::search;
    /// use mailwire_imap::encode::{self, Plain};
    /// use mailwire_imap::types::{Dialect, MailboxFilter};
    ///
    /// let command = search().unseen().from("ann").across([MailboxFilter::Personal]);
    /// let mut out = Plain::default();
    /// encode::command("a", &command, &Dialect::rev1(), &mut out);
    /// assert_eq!(out.into_bytes(), b"a UID ESEARCH IN (personal) UNSEEN FROM ann\r\n");
    /// ```
    #[must_use]
    pub fn across(self, sources: impl IntoIterator<Item = MailboxFilter<'a>>) -> Command<'a> {
        let (uid, returns, charset) = (self.uid, self.returns.clone(), self.charset.clone());
        let (sources, key) = (sources.into_iter().collect(), self.into_key());
        Command::MultiSearch(Box::new(MultiSearch {
            uid,
            sources,
            scope: None,
            returns,
            charset,
            key,
        }))
    }

    /// The command.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let (uid, returns, charset) = (self.uid, self.returns.clone(), self.charset.clone());
        Command::Search { uid, returns, charset, key: self.into_key() }
    }
}

/// `UID SORT` (RFC 5256), its strings in this charset.
pub fn sort(charset: &str) -> Sort<'_> {
    Sort { criteria: Vec::new(), reverse: false, charset: octets(charset), search: search() }
}

/// `UID THREAD` by this algorithm (RFC 5256).
///
/// ```
/// use mailwire_imap::build::{search, sort, thread};
/// use mailwire_imap::encode::{self, Plain};
/// use mailwire_imap::types::{Dialect, SortKey};
///
/// let mut out = Plain::default();
/// for command in [
///     thread("REFERENCES", "UTF-8", search().unseen()),
///     sort("UTF-8").by(SortKey::From).reverse().by_date().of(search().unseen()).command(),
/// ] {
///     encode::command("a", &command, &Dialect::rev1(), &mut out);
/// }
/// assert_eq!(
///     out.into_bytes(),
///     b"a UID THREAD REFERENCES UTF-8 UNSEEN\r\na UID SORT (FROM REVERSE DATE) UTF-8 UNSEEN\r\n"
/// );
/// ```
#[must_use]
pub fn thread<'a>(algorithm: &'a str, charset: &'a str, search: Search<'a>) -> Command<'a> {
    let algorithm = Cow::Borrowed(algorithm);
    let (charset, key) = (octets(charset), search.into_key());
    Command::Thread(Box::new(types::Thread { uid: true, algorithm, charset, key }))
}

/// A SORT that is being said.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sort<'a> {
    criteria: Vec<SortCriterion<'a>>,
    reverse: bool,
    charset: Octets<'a>,
    search: Search<'a>,
}

impl<'a> Sort<'a> {
    /// By this; behind what was said before.
    pub fn by(mut self, by: SortKey<'a>) -> Self {
        let reverse = core::mem::take(&mut self.reverse);
        self.criteria.push(SortCriterion { reverse, by });
        self
    }

    /// The next criterion is descending.
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// By the internal date.
    pub fn by_arrival(self) -> Self {
        self.by(SortKey::Arrival)
    }

    /// By the field Date.
    pub fn by_date(self) -> Self {
        self.by(SortKey::Date)
    }

    /// By the base subject.
    pub fn by_subject(self) -> Self {
        self.by(SortKey::Subject)
    }

    /// By size.
    pub fn by_size(self) -> Self {
        self.by(SortKey::Size)
    }

    /// What this finds, with the results that it wants.
    pub fn of(mut self, search: Search<'a>) -> Self {
        self.search = search;
        self
    }

    /// The command. Without a criterion it is by arrival: there must be one.
    #[must_use]
    pub fn command(self) -> Command<'a> {
        let Self { mut criteria, charset, search, .. } = self;
        if criteria.is_empty() {
            criteria.push(SortCriterion { reverse: false, by: SortKey::Arrival });
        }
        let (uid, returns) = (search.uid, search.returns.clone());
        Command::Sort(Box::new(types::Sort {
            uid,
            returns,
            criteria,
            charset,
            key: search.into_key(),
        }))
    }
}

becomes_command!(Search, Sort);
