//! SORT (RFC 5256), SORT=DISPLAY (RFC 5957), ESORT (RFC 5267), and the annotation sort of RFC 5257.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::string::ATOM;
use crate::types::{Command, Octets, Response, SearchKey, SearchReturn};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `SORT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sort<'a> {
    /// UID form: unique identifiers are answered.
    pub uid: bool,
    /// What is answered by ESEARCH; `None`: a SORT response.
    pub returns: Option<Vec<SearchReturn<'a>>>,
    /// By what, the first first.
    pub criteria: Vec<SortCriterion<'a>>,
    /// The charset that strings are in.
    pub charset: Octets<'a>,
    /// What is sorted.
    pub key: SearchKey<'a>,
}

/// Something to sort by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SortCriterion<'a> {
    /// Descending.
    pub reverse: bool,
    /// What.
    pub by: SortKey<'a>,
}

/// What is compared.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SortKey<'a> {
    /// The internal date.
    Arrival,
    /// The mailbox of the first Cc.
    Cc,
    /// The field Date.
    Date,
    /// The mailbox of the first From.
    From,
    /// The size.
    Size,
    /// The base subject.
    Subject,
    /// The mailbox of the first To.
    To,
    /// The display name of the first From (RFC 5957).
    DisplayFrom,
    /// The display name of the first To (RFC 5957).
    DisplayTo,
    /// How well it fits (RFC 6203).
    Relevancy,
    /// An annotation: its entry and its attribute (RFC 5257).
    Annotation(Octets<'a>, Octets<'a>),
    /// Another.
    Other(Cow<'a, str>),
}

/// A SORT response.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sorted {
    /// The numbers, in order.
    pub numbers: Vec<u32>,
    /// The highest mod-sequence of them (RFC 7162).
    pub mod_seq: Option<u64>,
}

const KEYS: &[(&str, SortKey<'static>)] = &[
    ("ARRIVAL", SortKey::Arrival),
    ("CC", SortKey::Cc),
    ("DATE", SortKey::Date),
    ("FROM", SortKey::From),
    ("SIZE", SortKey::Size),
    ("SUBJECT", SortKey::Subject),
    ("TO", SortKey::To),
    ("DISPLAYFROM", SortKey::DisplayFrom),
    ("DISPLAYTO", SortKey::DisplayTo),
    ("RELEVANCY", SortKey::Relevancy),
];

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// sort = ["UID" SP] "SORT" [search-return-opts] SP sort-criteria SP search-criteria
    /// search-criteria = charset 1*(SP search-key)
    /// ```
    pub(crate) fn sort_command(&mut self, uid: bool) -> Parsed<Command<'a>> {
        let returns = self.search_returns()?;
        self.space()?;
        let criteria = self.list1(|cursor| {
            let mut reverse = false;
            let mut name = cursor.take_class(&ATOM);
            if name.eq_ignore_ascii_case(b"REVERSE") {
                reverse = true;
                cursor.space()?;
                name = cursor.take_class(&ATOM);
            }
            let name = core::str::from_utf8(name).unwrap_or_default();
            if name.is_empty() {
                return cursor.error("a sort key");
            }
            let known = KEYS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
            let by = match known {
                Some((_, key)) => key.clone(),
                None if name.eq_ignore_ascii_case("ANNOTATION") => {
                    cursor.space()?;
                    let entry = cursor.astring()?;
                    cursor.space()?;
                    SortKey::Annotation(entry, cursor.astring()?)
                }
                None => SortKey::Other(Cow::Borrowed(name)),
            };
            Ok(SortCriterion { reverse, by })
        })?;
        self.space()?;
        let charset = self.astring()?;
        self.space()?;
        let key = self.search_keys()?;
        Ok(Command::Sort(Box::new(Sort { uid, returns, criteria, charset, key })))
    }

    pub(crate) fn sorted(&mut self) -> Parsed<Response<'a>> {
        let (numbers, mod_seq) = self.search_numbers()?;
        Ok(Response::Sort(Sorted { numbers, mod_seq }))
    }
}

impl Out<'_> {
    pub(crate) fn sort_command(&mut self, sort: &Sort<'_>) {
        self.search_returns(sort.returns.as_deref());
        self.space();
        self.list(&sort.criteria, |out, criterion| {
            out.put(if criterion.reverse { "REVERSE " } else { "" });
            match &criterion.by {
                SortKey::Annotation(entry, attribute) => {
                    out.put("ANNOTATION ");
                    out.astring(entry);
                    out.space();
                    out.astring(attribute);
                }
                SortKey::Other(name) => out.atom(name),
                known => {
                    let name = KEYS.iter().find(|(_, key)| key == known);
                    out.put(name.map_or("", |(name, _)| *name));
                }
            }
        });
        self.space();
        self.astring(&sort.charset);
        self.space();
        self.search_keys(&sort.key);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994",
            "UID SORT (REVERSE DATE SUBJECT DISPLAYFROM REVERSE X-Y) US-ASCII ALL",
            "UID SORT RETURN (COUNT PARTIAL 1:5) (REVERSE RELEVANCY) UTF-8 UNDELETED SEEN",
            "SORT (ANNOTATION /altsubject value.shared) utf-8 ALL",
        ]);
        no_commands(&["SORT () UTF-8 ALL", "SORT (REVERSE) UTF-8 ALL", "SORT (DATE) UTF-8"]);
        responses(&["SORT 2 84 882", "SORT", "SORT 2 5 6 (MODSEQ 917162500)"]);
    }
}
