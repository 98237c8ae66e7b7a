//! Which messages SEARCH finds (RFC 3501 section 6.4.4, RFC 5032, RFC 5182, RFC 7162, RFC 8474,
//! RFC 8514).

use crate::types::{Flag, Octets, SearchKey, SystemFlag};
use alloc::string::String;

/// A message that SEARCH looks at. What is costly is asked for last, and only if it matters.
pub trait Candidate {
    /// Why a message cannot be read.
    type Error;

    /// Its sequence number.
    fn seq(&self) -> u32;

    /// Its unique identifier.
    fn uid(&self) -> u32;

    /// The largest sequence number, and the largest unique identifier.
    fn last(&self) -> (u32, u32);

    /// Its size in octets, line ends as CRLF.
    fn size(&self) -> u64;

    /// Whether a flag or keyword is set.
    fn has(&self, flag: &Flag<'_>) -> bool;

    /// Its mod-sequence (RFC 7162); 0 where there are none.
    fn modseq(&self) -> u64 {
        0
    }

    /// Whether it is in the result that `$` stands for (RFC 5182).
    fn is_saved(&self) -> bool {
        false
    }

    /// Whether its EMAILID is this (RFC 8474).
    fn has_email_id(&self, _id: &str) -> bool {
        false
    }

    /// Whether its THREADID is this (RFC 8474).
    fn has_thread_id(&self, _id: &str) -> bool {
        false
    }

    /// Seconds from its internal date to now, 0 if that is to come (RFC 5032).
    ///
    /// # Errors
    ///
    /// When the message cannot be read; here and below.
    fn age(&mut self) -> Result<u64, Self::Error>;

    /// Days since 1970-01-01 of its save date (RFC 8514); `None` where save dates are not kept.
    ///
    /// # Errors
    ///
    /// When the message cannot be read.
    fn saved(&mut self) -> Result<Option<i64>, Self::Error> {
        Ok(None)
    }

    /// Days since 1970-01-01 of its internal date, its zone not looked at.
    ///
    /// # Errors
    ///
    /// When the message cannot be read; here and below.
    fn arrived(&mut self) -> Result<i64, Self::Error>;

    /// Days since 1970-01-01 of its field Date, the zone not looked at; `None` when it has none.
    fn sent(&mut self) -> Result<Option<i64>, Self::Error>;

    /// Whether a field of this name holds `needle`, which is without case.
    fn field(&mut self, name: &[u8], needle: &str) -> Result<bool, Self::Error>;

    /// Whether the text of any part holds `needle`, which is without case; with `header`, or any
    /// field.
    fn text(&mut self, needle: &str, header: bool) -> Result<bool, Self::Error>;
}

/// Puts the sets of a key in order, where `last` is the largest sequence number and the largest
/// unique identifier: then [`matches()`] finds a message in each by the logarithm of its ranges,
/// whatever the client sent. As deep as the keys are nested, which the grammar limits.
pub fn prepare(key: &mut SearchKey<'_>, last: (u32, u32)) {
    match key {
        SearchKey::Sequence(set) => *set = set.in_order(last.0),
        SearchKey::Uid(set) => *set = set.in_order(last.1),
        SearchKey::And(keys) => keys.iter_mut().for_each(|key| prepare(key, last)),
        SearchKey::Or(one, other) => {
            prepare(one, last);
            prepare(other, last);
        }
        SearchKey::Not(key) | SearchKey::Fuzzy(key) => prepare(key, last),
        _ => {}
    }
}

/// Whether a message is what `key` looks for. As deep as the keys are nested, which the grammar
/// limits.
///
/// # Errors
///
/// Those of the candidate.
pub fn matches<C: Candidate>(key: &SearchKey<'_>, it: &mut C) -> Result<bool, C::Error> {
    Ok(match key {
        SearchKey::And(keys) => {
            // What costs nothing first.
            for dear in [false, true] {
                for key in keys.iter().filter(|key| is_dear(key) == dear) {
                    if !matches(key, it)? {
                        return Ok(false);
                    }
                }
            }
            true
        }
        SearchKey::Or(one, other) => matches(one, it)? || matches(other, it)?,
        SearchKey::Not(key) => !matches(key, it)?,
        SearchKey::All => true,
        SearchKey::Flag(flag) => it.has(flag),
        SearchKey::NotFlag(flag) => !it.has(flag),
        SearchKey::New => {
            it.has(&Flag::System(SystemFlag::Recent)) && !it.has(&Flag::System(SystemFlag::Seen))
        }
        SearchKey::Larger(size) => it.size() > *size,
        SearchKey::Smaller(size) => it.size() < *size,
        SearchKey::Sequence(set) | SearchKey::Uid(set) if set.is_saved() => it.is_saved(),
        SearchKey::Sequence(set) => set.contains(it.seq(), it.last().0),
        SearchKey::Uid(set) => set.contains(it.uid(), it.last().1),
        SearchKey::ModSeq { value, .. } => it.modseq() >= *value,
        SearchKey::EmailId(id) => it.has_email_id(id.as_str()),
        SearchKey::ThreadId(id) => it.has_thread_id(id.as_str()),
        SearchKey::Younger(seconds) => it.age()? <= u64::from(*seconds),
        SearchKey::Older(seconds) => it.age()? >= u64::from(*seconds),
        SearchKey::SavedBefore(day) => it.saved()?.is_some_and(|saved| saved < day.days()),
        SearchKey::SavedOn(day) => it.saved()?.is_some_and(|saved| saved == day.days()),
        SearchKey::SavedSince(day) => it.saved()?.is_some_and(|saved| saved >= day.days()),
        SearchKey::SaveDateSupported => it.saved()?.is_some(),
        SearchKey::Before(day) => it.arrived()? < day.days(),
        SearchKey::On(day) => it.arrived()? == day.days(),
        SearchKey::Since(day) => it.arrived()? >= day.days(),
        SearchKey::SentBefore(day) => it.sent()?.is_some_and(|sent| sent < day.days()),
        SearchKey::SentOn(day) => it.sent()?.is_some_and(|sent| sent == day.days()),
        SearchKey::SentSince(day) => it.sent()?.is_some_and(|sent| sent >= day.days()),
        SearchKey::Bcc(needle) => it.field(b"Bcc", &fold(needle))?,
        SearchKey::Cc(needle) => it.field(b"Cc", &fold(needle))?,
        SearchKey::From(needle) => it.field(b"From", &fold(needle))?,
        SearchKey::Subject(needle) => it.field(b"Subject", &fold(needle))?,
        SearchKey::To(needle) => it.field(b"To", &fold(needle))?,
        SearchKey::Header(name, needle) => it.field(name.as_bytes(), &fold(needle))?,
        SearchKey::Body(needle) => it.text(&fold(needle), false)?,
        SearchKey::Text(needle) => it.text(&fold(needle), true)?,
        SearchKey::Fuzzy(key) => matches(key, it)?,
        // Of what a candidate does not know nothing is found; RFC 8474 and RFC 8514 have it so.
        _ => false,
    })
}

/// Whether mod-sequences are asked for, so that they are told in the answer (RFC 7162 section
/// 3.1.5). As deep as the keys are nested, which the grammar limits.
#[must_use]
pub fn names_modseq(key: &SearchKey<'_>) -> bool {
    match key {
        SearchKey::And(keys) => keys.iter().any(names_modseq),
        SearchKey::Or(one, other) => names_modseq(one) || names_modseq(other),
        SearchKey::Not(key) | SearchKey::Fuzzy(key) => names_modseq(key),
        SearchKey::ModSeq { .. } => true,
        _ => false,
    }
}

/// Whether the message must be opened for it.
fn is_dear(key: &SearchKey<'_>) -> bool {
    match key {
        SearchKey::And(keys) => keys.iter().any(is_dear),
        SearchKey::Or(one, other) => is_dear(one) || is_dear(other),
        SearchKey::Not(key) | SearchKey::Fuzzy(key) => is_dear(key),
        SearchKey::All
        | SearchKey::Flag(_)
        | SearchKey::NotFlag(_)
        | SearchKey::New
        | SearchKey::Larger(_)
        | SearchKey::Smaller(_)
        | SearchKey::Sequence(_)
        | SearchKey::Uid(_)
        | SearchKey::ModSeq { .. }
        | SearchKey::EmailId(_)
        | SearchKey::ThreadId(_) => false,
        _ => true,
    }
}

/// Text as it is compared: without case.
#[must_use]
pub fn fold(text: &Octets<'_>) -> String {
    text.to_text().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{self, Grammar};
    use crate::types::{Command, Day};

    /// Message 2 of 3, UID 20, seen, of 100 octets, that came on 5 Jan 2024 and was sent a day
    /// before, with one word in each place.
    #[derive(Default)]
    struct It {
        opened: u32,
    }

    impl Candidate for It {
        type Error = ();

        fn seq(&self) -> u32 {
            2
        }
        fn uid(&self) -> u32 {
            20
        }
        fn last(&self) -> (u32, u32) {
            (3, 30)
        }
        fn size(&self) -> u64 {
            100
        }
        fn has(&self, flag: &Flag<'_>) -> bool {
            matches!(flag.as_str(), "\\Seen" | "$Work")
        }
        fn modseq(&self) -> u64 {
            77
        }
        fn is_saved(&self) -> bool {
            true
        }
        fn has_email_id(&self, id: &str) -> bool {
            id == "M1"
        }
        fn has_thread_id(&self, id: &str) -> bool {
            id == "T1"
        }
        fn age(&mut self) -> Result<u64, ()> {
            Ok(3600)
        }
        fn saved(&mut self) -> Result<Option<i64>, ()> {
            Ok(Some(Day { year: 2024, month: 1, day: 6 }.days()))
        }
        fn arrived(&mut self) -> Result<i64, ()> {
            Ok(Day { year: 2024, month: 1, day: 5 }.days())
        }
        fn sent(&mut self) -> Result<Option<i64>, ()> {
            Ok(Some(Day { year: 2024, month: 1, day: 4 }.days()))
        }
        fn field(&mut self, name: &[u8], needle: &str) -> Result<bool, ()> {
            self.opened += 1;
            Ok(name.eq_ignore_ascii_case(b"Subject") && "ketchup".contains(needle))
        }
        fn text(&mut self, needle: &str, header: bool) -> Result<bool, ()> {
            self.opened += 1;
            Ok("pickles".contains(needle) || header && "ketchup".contains(needle))
        }
    }

    fn found(keys: &str) -> (bool, u32) {
        let frame = std::format!("a SEARCH {keys}\r\n");
        let parsed = parse::command(frame.as_bytes(), &Grammar::default());
        let Ok((_, Command::Search { key, .. })) = parsed else { panic!("{keys}") };
        let (mut it, mut prepared) = (It::default(), key.clone());
        prepare(&mut prepared, it.last());
        let found = matches(&prepared, &mut It::default());
        assert_eq!(found, matches(&key, &mut It::default()), "{prepared:?}");
        (matches(&key, &mut it).unwrap(), it.opened)
    }

    #[test]
    fn every_key_finds_what_it_should() {
        for keys in [
            "ALL",
            "SEEN",
            "UNDELETED",
            "KEYWORD $Work",
            "OLD",
            "2",
            "1:*",
            "2:1",
            "UID 20",
            "UID 15:25",
            "LARGER 99",
            "SMALLER 101",
            "ON 5-Jan-2024",
            "SINCE 5-Jan-2024",
            "BEFORE 6-Jan-2024",
            "SENTON \"4-Jan-2024\"",
            "SENTSINCE 1-Jan-2024",
            "SENTBEFORE 5-Jan-2024",
            "SUBJECT KETCH",
            "HEADER subject \"\"",
            "BODY Pickle",
            "TEXT ketchup",
            "NOT UNSEEN",
            "$",
            "UID $",
            "MODSEQ 77",
            "MODSEQ \"/flags/\\\\draft\" all 5",
            "EMAILID M1 THREADID T1",
            "YOUNGER 3600 OLDER 3600",
            "SAVEDBEFORE 7-Jan-2024 SAVEDON 6-Jan-2024 SAVEDSINCE 6-Jan-2024 SAVEDATESUPPORTED",
            "FUZZY SUBJECT ketchup",
            "OR DELETED SEEN",
            "(SEEN (NOT 3))",
            "SEEN SUBJECT ketchup NOT BODY ketchup",
        ] {
            assert!(found(keys).0, "{keys}");
            assert!(!found(&std::format!("NOT ({keys})")).0, "NOT {keys}");
        }
    }

    #[test]
    fn nothing_is_opened_that_does_not_matter() {
        assert_eq!(found("BODY pickles SUBJECT x DELETED"), (false, 0));
        assert_eq!(found("OR SEEN BODY pickles"), (true, 0));
    }
}
