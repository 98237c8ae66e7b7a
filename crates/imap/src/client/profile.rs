//! What servers do otherwise than the RFCs say: not in their octets, which
//! [`Lenience`](crate::types::Lenience) is for, but in what they mean and how much they take.

use crate::types::{Bound, Capabilities, Capability, Id, NumberSet, SetRange};
use alloc::vec::Vec;

/// Which server this is, as far as it says so.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Software {
    /// One of which nothing special is known, or that has not said who it is.
    #[default]
    Unknown,
    /// Coremail: 126.com, 163.com.
    Coremail,
    /// Courier.
    Courier,
    /// Cyrus.
    Cyrus,
    /// Dovecot.
    Dovecot,
    /// Exchange, Outlook.com.
    Exchange,
    /// Gmail.
    Gmail,
    /// iCloud.
    ICloud,
    /// Proton Mail Bridge.
    ProtonBridge,
    /// QQ Mail.
    Qq,
    /// UW-IMAP and what came of it.
    UwImap,
    /// Yahoo.
    Yahoo,
    /// Zimbra.
    Zimbra,
    /// Zoho.
    Zoho,
}

/// What servers say of themselves, in the text of the greeting or in an answer to ID.
const WORDS: [(&str, Software); 14] = [
    ("coremail", Software::Coremail),
    ("courier", Software::Courier),
    ("cyrus", Software::Cyrus),
    ("dovecot", Software::Dovecot),
    ("microsoft", Software::Exchange),
    ("gimap", Software::Gmail),
    ("icloud", Software::ICloud),
    ("proton", Software::ProtonBridge),
    ("qqmail", Software::Qq),
    ("uw-imap", Software::UwImap),
    ("panda imap", Software::UwImap),
    ("yahoo", Software::Yahoo),
    ("zimbra", Software::Zimbra),
    ("zoho", Software::Zoho),
];

/// Capabilities that only one server has.
const CAPABILITIES: [(&str, Software); 3] = [
    ("X-GM-EXT-1", Software::Gmail),
    ("XYMHIGHESTMODSEQ", Software::Yahoo),
    ("XAPPLELITERAL", Software::ICloud),
];

impl Software {
    /// The server that says this of itself.
    fn said(text: &[u8]) -> Self {
        let holds = |word: &str| {
            text.windows(word.len()).any(|some| some.eq_ignore_ascii_case(word.as_bytes()))
        };
        WORDS.iter().find(|(word, _)| holds(word)).map_or(Self::Unknown, |(_, software)| *software)
    }

    /// The server that has one of these capabilities.
    fn with(known: &Capabilities) -> Self {
        let found = CAPABILITIES.iter().find(|(name, _)| known.has(&Capability::parse(name)));
        found.map_or(Self::Unknown, |(_, software)| *software)
    }
}

/// What a client does otherwise because of the server it speaks to.
///
/// The machine keeps to [`in_flight`](Self::in_flight) and [`initial_response`](Self::initial_response)
/// by itself; the rest is for whoever chooses the commands.
///
/// ```
/// use mailwire_imap::client::{Profile, Software};
/// use mailwire_imap::types::NumberSet;
///
/// let yahoo = Profile::of(Software::Yahoo);
/// let sets = yahoo.split(&NumberSet::range(1, 2500));
/// assert_eq!(sets, [(1, 1000), (1001, 2000), (2001, 2500)].map(|(a, b)| NumberSet::range(a, b)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// Which server it is.
    pub software: Software,
    /// The most commands that it takes at once. Exchange stops to understand commands at about 50.
    pub in_flight: usize,
    /// The most messages that a set may name: Yahoo and UW-IMAP take 1,000.
    pub set: u32,
    /// Whether ID has to be sent before a mailbox is selected: QQ and 163.com refuse it as an unsafe
    /// login otherwise.
    pub id_first: bool,
    /// Whether it takes an initial response where it offers SASL-IR: Coremail does not.
    pub initial_response: bool,
    /// Whether SEARCH takes `CHARSET UTF-8`: Exchange does not.
    pub search_charset: bool,
    /// Whether LIST takes options where LIST-EXTENDED or SPECIAL-USE is offered: old Zimbra crashes,
    /// Proton Mail Bridge answers BAD.
    pub list_options: bool,
    /// Whether new messages are told after APPEND without NOOP: Courier does not.
    pub tells_append: bool,
}

impl Default for Profile {
    /// A server that does as the RFCs say.
    fn default() -> Self {
        Self {
            software: Software::Unknown,
            in_flight: usize::MAX,
            set: u32::MAX,
            id_first: false,
            initial_response: true,
            search_charset: true,
            list_options: true,
            tells_append: true,
        }
    }
}

impl Profile {
    /// What is known of a server.
    #[must_use]
    pub fn of(software: Software) -> Self {
        let usual = Self { software, ..Self::default() };
        match software {
            Software::Coremail => Self { id_first: true, initial_response: false, ..usual },
            Software::Courier => Self { tells_append: false, ..usual },
            Software::Exchange => Self { in_flight: 25, search_charset: false, ..usual },
            Software::ProtonBridge | Software::Zimbra => Self { list_options: false, ..usual },
            Software::Qq => Self { id_first: true, ..usual },
            Software::UwImap | Software::Yahoo => Self { set: 1000, ..usual },
            _ => usual,
        }
    }

    /// Learns who the server is by the text of its greeting.
    pub(super) fn greeted(&mut self, text: &[u8]) {
        self.is(Software::said(text));
    }

    /// Learns who the server is by what it answers to ID.
    pub(super) fn identified(&mut self, id: &Id) {
        for (name, value) in id {
            if name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("vendor") {
                self.is(Software::said(value.as_deref().unwrap_or_default().as_bytes()));
            }
        }
    }

    /// Learns who the server is by what it can do.
    pub(super) fn offered(&mut self, known: &Capabilities) {
        self.is(Software::with(known));
    }

    /// What was known first is kept.
    fn is(&mut self, software: Software) {
        if self.software == Software::Unknown && software != Software::Unknown {
            *self = Self::of(software);
        }
    }

    /// A set in pieces, none of which names more messages than the server takes. A range that ends in
    /// `*` stays whole.
    #[must_use]
    pub fn split(&self, set: &NumberSet) -> Vec<NumberSet> {
        let most = self.set.max(1);
        let (mut pieces, mut piece, mut room) = (Vec::new(), NumberSet::new(), most);
        for range in set.ranges() {
            let (Bound::Number(start), Bound::Number(end)) = (range.start, range.end) else {
                piece.push(*range);
                continue;
            };
            let (mut first, last) = (start.min(end), start.max(end));
            // Every turn takes as many as there is room for, at least one.
            loop {
                let until = last.min(first.saturating_add(room - 1));
                piece.push(SetRange { start: Bound::Number(first), end: Bound::Number(until) });
                room -= until - first + 1;
                if room == 0 {
                    pieces.push(core::mem::take(&mut piece));
                    room = most;
                }
                if until == last {
                    break;
                }
                first = until + 1;
            }
        }
        if !piece.is_empty() || set.is_saved() {
            pieces.push(if set.is_saved() { set.clone() } else { piece });
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_what_they_say() {
        for (text, software) in [
            ("Gimap ready for requests from 192.0.2.1 x", Software::Gmail),
            ("The Microsoft Exchange IMAP4 service is ready.", Software::Exchange),
            ("Coremail System IMap Server Ready(163com)", Software::Coremail),
            ("Courier-IMAP ready. Copyright 1998-2023", Software::Courier),
            ("mail Cyrus IMAP 3.6.1 server ready", Software::Cyrus),
            ("Dovecot (Debian) ready.", Software::Dovecot),
            ("QQMail XMIMAP4Server ready", Software::Qq),
            ("ready", Software::Unknown),
            ("", Software::Unknown),
        ] {
            let mut profile = Profile::default();
            profile.greeted(text.as_bytes());
            assert_eq!(profile.software, software, "{text}");
        }
    }

    #[test]
    fn what_was_known_first_is_kept() {
        let mut profile = Profile::default();
        profile.offered(&[Capability::parse("XYMHIGHESTMODSEQ")].into_iter().collect());
        profile
            .identified(&Id::from([("name".into(), Some("Dovecot".into())), ("os".into(), None)]));
        assert_eq!(profile, Profile::of(Software::Yahoo));
    }

    #[test]
    fn no_piece_of_a_set_is_larger_than_may_be() {
        let profile = Profile { set: 3, ..Profile::default() };
        let split = |set: &NumberSet| {
            let pieces = profile.split(set);
            let mut all = NumberSet::new();
            for piece in &pieces {
                let count = |range: &SetRange| match (range.start, range.end) {
                    (Bound::Number(a), Bound::Number(b)) => a.abs_diff(b) + 1,
                    _ => 0,
                };
                assert!(piece.ranges().iter().map(count).sum::<u32>() <= 3, "{piece:?}");
                all = all + piece.clone();
            }
            let numbers =
                |set: &NumberSet| (1..40).filter(|n| set.contains(*n, 99)).collect::<Vec<_>>();
            assert_eq!(numbers(&all), numbers(set));
            pieces.len()
        };
        assert_eq!(split(&NumberSet::range(1, 7)), 3);
        assert_eq!(split(&(NumberSet::range(9, 8) + NumberSet::of([11, 13, 15]))), 2);
        assert_eq!(split(&NumberSet::new()), 0);
        let open = NumberSet::range(1, 4) + NumberSet::all();
        assert_eq!(profile.split(&open).len(), 2);
        assert_eq!(profile.split(&NumberSet::saved()), [NumberSet::saved()]);
        let all = NumberSet::range(1, u32::MAX);
        assert_eq!(Profile::default().split(&all), [all]);
    }
}
