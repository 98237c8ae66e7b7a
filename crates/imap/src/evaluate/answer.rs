//! What is answered to SEARCH and SORT: SEARCH and SORT themselves, or what RETURN asks for
//! (RFC 4731, RFC 5267, RFC 9394), and what `$` stands for from then on (RFC 5182).

use crate::types::{
    Dialect, ESearch, Found, NumberSet, Octets, Page, Response, SearchResult, SearchReturn, Sorted,
};
use alloc::vec::Vec;

/// A message that was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hit {
    /// Its sequence number, or its unique identifier for a UID command.
    pub number: u32,
    /// Its mod-sequence; 0 where they are not to be told.
    pub modseq: u64,
}

/// What asks.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The tag of the command.
    pub tag: &'q str,
    /// The UID form of it.
    pub uid: bool,
    /// SORT, so that the order of what was found is meant.
    pub sort: bool,
    /// What is to be answered by ESEARCH.
    pub returns: Option<&'q [SearchReturn<'q>]>,
    /// What the client enabled.
    pub dialect: Dialect,
}

/// The answer to a SEARCH or SORT.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// What is to be sent; none when the result is only to be saved.
    pub response: Option<Response<'static>>,
    /// The numbers that `$` stands for from now on, if that was asked for.
    pub saved: Option<Vec<u32>>,
}

/// The answer of what was found: rising for SEARCH, in the order of its criteria for SORT.
///
/// ```
/// use mailwire_imap::evaluate::{Hit, Question, answer};
/// use mailwire_imap::types::{Dialect, SearchReturn};
///
/// let hits = [2, 3, 7].map(|number| Hit { number, modseq: 0 });
/// let returns = [SearchReturn::Max, SearchReturn::Count];
/// let (uid, sort, dialect) = (true, false, Dialect::rev1());
/// let question = Question { tag: "a1", uid, sort, returns: Some(&returns), dialect };
///
/// let response = answer(&question, &hits).response.unwrap();
///
/// let mut wire = Vec::new();
/// mailwire_imap::encode::response(&response, &mut wire);
/// assert_eq!(wire, b"* ESEARCH (TAG \"a1\") UID MAX 7 COUNT 3\r\n");
/// ```
#[must_use]
pub fn answer(question: &Question<'_>, hits: &[Hit]) -> Answer {
    let all = [SearchReturn::All];
    let numbers = || hits.iter().map(|hit| hit.number);
    let returns = match question.returns {
        None if question.sort => {
            let sorted = Sorted { numbers: numbers().collect(), mod_seq: highest(hits) };
            return Answer { response: Some(Response::Sort(sorted)), saved: None };
        }
        None if !question.dialect.rev2 => {
            let found = Found { numbers: numbers().collect(), mod_seq: highest(hits) };
            return Answer { response: Some(Response::Search(found)), saved: None };
        }
        None | Some([]) => &all[..],
        Some(returns) => returns,
    };
    let mut told = Told { results: Vec::new(), hits: Vec::new() };
    let asks = |wanted: &SearchReturn<'_>| returns.contains(wanted);
    // Which they are is the order of what was found, also of what is sorted (RFC 5267 section 3.1).
    let ends = [(SearchReturn::Min, hits.first()), (SearchReturn::Max, hits.last())];
    for (wanted, hit) in ends {
        let Some(hit) = hit.filter(|_| asks(&wanted)) else { continue };
        let result =
            if wanted == SearchReturn::Min { SearchResult::Min } else { SearchResult::Max };
        told.say(result(hit.number), &[*hit]);
    }
    if asks(&SearchReturn::Count) {
        told.say(SearchResult::Count(hits.len() as u64), hits);
    }
    if asks(&SearchReturn::All) && !hits.is_empty() {
        told.say(SearchResult::All(NumberSet::of(numbers())), hits);
    }
    for wanted in returns {
        let SearchReturn::Partial(page) = wanted else { continue };
        let hits = of_page(hits, *page);
        let set = NumberSet::of(hits.iter().map(|hit| hit.number));
        told.say(SearchResult::Partial(*page, (!hits.is_empty()).then_some(set)), hits);
    }
    let saved = asks(&SearchReturn::Save).then(|| {
        // What is told of it, or all (RFC 5182 section 2.4).
        let saved = if told.results.is_empty() { hits } else { &told.hits };
        let mut saved: Vec<u32> = saved.iter().map(|hit| hit.number).collect();
        saved.sort_unstable();
        saved.dedup();
        saved
    });
    let silent = returns.iter().all(|wanted| *wanted == SearchReturn::Save);
    if let Some(highest) = highest(&told.hits) {
        told.results.push(SearchResult::ModSeq(highest));
    }
    let response = (!silent).then(|| {
        Response::ESearch(ESearch {
            tag: Octets::new(question.tag.as_bytes().to_vec()).ok(),
            uid: question.uid,
            results: told.results,
            ..ESearch::default()
        })
    });
    Answer { response, saved }
}

/// What is told, and which messages that is about.
struct Told {
    results: Vec<SearchResult<'static>>,
    hits: Vec<Hit>,
}

impl Told {
    fn say(&mut self, result: SearchResult<'static>, hits: &[Hit]) {
        self.results.push(result);
        self.hits.extend_from_slice(hits);
    }
}

fn highest(hits: &[Hit]) -> Option<u64> {
    hits.iter().map(|hit| hit.modseq).max().filter(|&highest| highest > 0)
}

/// A page of what was found: the first is 1, the last is -1, and either end may come first (RFC 9394
/// section 3.1).
#[must_use]
pub fn of_page<T>(hits: &[T], page: Page) -> &[T] {
    let len = hits.len();
    let place = |n: i64| usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    let (one, other) = (place(page.first), place(page.last));
    let (low, high) = (one.min(other), one.max(other));
    let (start, end) = match page.first > 0 {
        true => (low.saturating_sub(1), high.min(len)),
        false => (len.saturating_sub(high), (len + 1).saturating_sub(low)),
    };
    hits.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;
    use crate::parse::{self, Grammar};
    use crate::types::Command;
    use std::string::{String, ToString};

    /// What is answered to a command about messages 10, 20, … 60, of mod-sequences 1 to 6.
    fn answered(command: &str, dialect: Dialect, modseqs: bool) -> (String, Option<Vec<u32>>) {
        let frame = std::format!("t {command}\r\n");
        let (_, command) = parse::command(frame.as_bytes(), &Grammar::default()).unwrap();
        let hits = (1..=6)
            .map(|n: u32| Hit { number: n * 10, modseq: if modseqs { n.into() } else { 0 } });
        let mut hits: Vec<_> = hits.collect();
        let (uid, sort, returns) = match &command {
            Command::Search { uid, returns, .. } => (*uid, false, returns.as_deref()),
            Command::Sort(sort) => {
                hits.reverse();
                (sort.uid, true, sort.returns.as_deref())
            }
            other => panic!("{other:?}"),
        };
        let answer = answer(&Question { tag: "t", uid, sort, returns, dialect }, &hits);
        let mut wire = Vec::new();
        if let Some(response) = &answer.response {
            encode::response_for(response, &dialect, &mut wire);
        }
        (String::from_utf8(wire).unwrap().trim_end().to_string(), answer.saved)
    }

    #[test]
    fn what_is_asked_is_answered() {
        for (command, answer) in [
            ("SEARCH ALL", "* SEARCH 10 20 30 40 50 60"),
            ("SEARCH RETURN () ALL", "* ESEARCH (TAG \"t\") ALL 10,20,30,40,50,60"),
            ("UID SEARCH RETURN (COUNT MIN) ALL", "* ESEARCH (TAG \"t\") UID MIN 10 COUNT 6"),
            ("SEARCH RETURN (PARTIAL 2:3) ALL", "* ESEARCH (TAG \"t\") PARTIAL (2:3 20,30)"),
            ("SEARCH RETURN (PARTIAL -3:-1) ALL", "* ESEARCH (TAG \"t\") PARTIAL (-3:-1 40,50,60)"),
            ("SEARCH RETURN (PARTIAL 6:9) ALL", "* ESEARCH (TAG \"t\") PARTIAL (6:9 60)"),
            ("SEARCH RETURN (PARTIAL 7:9) ALL", "* ESEARCH (TAG \"t\") PARTIAL (7:9 NIL)"),
            ("SEARCH RETURN (PARTIAL -9:-7) ALL", "* ESEARCH (TAG \"t\") PARTIAL (-9:-7 NIL)"),
            ("SORT (DATE) UTF-8 ALL", "* SORT 60 50 40 30 20 10"),
            (
                "SORT RETURN (MIN ALL) (DATE) UTF-8 ALL",
                "* ESEARCH (TAG \"t\") MIN 60 ALL 60,50,40,30,20,10",
            ),
            (
                "SORT RETURN (PARTIAL 2:3) (DATE) UTF-8 ALL",
                "* ESEARCH (TAG \"t\") PARTIAL (2:3 50,40)",
            ),
        ] {
            assert_eq!(
                answered(command, Dialect::rev1(), false),
                (answer.into(), None),
                "{command}"
            );
        }
        let rev2 = answered("SEARCH ALL", Dialect::rev2(), false).0;
        assert_eq!(rev2, "* ESEARCH (TAG \"t\") ALL 10,20,30,40,50,60");
    }

    /// RFC 7162 section 3.1.10, table 1.
    #[test]
    fn mod_sequences_are_those_of_what_is_told() {
        for (returns, highest) in [("MIN", 1), ("MAX", 6), ("MIN MAX", 6), ("COUNT", 6), ("ALL", 6)]
        {
            let command = std::format!("SEARCH RETURN ({returns}) MODSEQ 1");
            let answer = answered(&command, Dialect::rev1(), true).0;
            assert!(answer.ends_with(&std::format!(" MODSEQ {highest}")), "{answer}");
        }
        let answer = answered("SEARCH MODSEQ 1", Dialect::rev1(), true).0;
        assert_eq!(answer, "* SEARCH 10 20 30 40 50 60 (MODSEQ 6)");
    }

    /// RFC 5182 section 2.4.
    #[test]
    fn what_is_saved_is_what_is_told_or_all() {
        for (returns, saved) in [
            ("SAVE", &[10, 20, 30, 40, 50, 60][..]),
            ("SAVE MIN", &[10]),
            ("SAVE MAX", &[60]),
            ("SAVE MIN MAX", &[10, 60]),
            ("SAVE COUNT", &[10, 20, 30, 40, 50, 60]),
            ("SAVE MIN ALL", &[10, 20, 30, 40, 50, 60]),
            ("SAVE PARTIAL 2:3", &[20, 30]),
        ] {
            let command = std::format!("SEARCH RETURN ({returns}) ALL");
            let (answer, got) = answered(&command, Dialect::rev1(), false);
            assert_eq!(got.as_deref(), Some(saved), "{returns}");
            assert_eq!(answer.is_empty(), returns == "SAVE", "{returns}");
        }
    }
}
