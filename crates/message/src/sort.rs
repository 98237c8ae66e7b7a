//! The order of messages (RFC 5256 SORT, RFC 5957): what of each message is compared.
//!
//! Pure functions: what a message is sorted by is read from it once, and two of those are compared
//! by any criteria.

use crate::header::text;
use crate::imap::{self, EnvelopeAddress, envelope_addresses};
use crate::thread::base_subject;
use crate::{Message, PartRef};
use alloc::string::String;
use core::cmp::Ordering;

/// What messages are sorted by, in the order of RFC 5256 section 3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum By {
    /// When the message came: INTERNALDATE.
    Arrival,
    /// The local part of the first address in Cc.
    Cc,
    /// When it was written; when it came, where it does not say.
    Date,
    /// The local part of the first address in From.
    From,
    /// How many octets it has.
    Size,
    /// The base subject.
    Subject,
    /// The local part of the first address in To.
    To,
    /// The name of the first address in From (RFC 5957).
    DisplayFrom,
    /// The name of the first address in To (RFC 5957).
    DisplayTo,
}

/// One criterion of several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Criterion {
    /// What is compared.
    pub by: By,
    /// Whether the greatest comes first.
    pub reverse: bool,
}

/// All that a message can be sorted by. Texts are as they are compared: by `i;unicode-casemap`
/// (RFC 5051), without its decomposition of accents.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Keys {
    /// Seconds since 1970: INTERNALDATE.
    pub arrival: i64,
    /// See [`By::Cc`].
    pub cc: String,
    /// Seconds since 1970: when it was written.
    pub date: i64,
    /// See [`By::From`].
    pub from: String,
    /// Octets, lines ended by CRLF.
    pub size: u64,
    /// The base subject (RFC 5256 section 2.1).
    pub subject: String,
    /// See [`By::To`].
    pub to: String,
    /// See [`By::DisplayFrom`].
    pub display_from: String,
    /// See [`By::DisplayTo`].
    pub display_to: String,
}

impl Keys {
    /// Those of a message that came at `arrival`, in seconds since 1970.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::sort::{By, Criterion, Keys};
    ///
    /// let one = Message::parse(b"Subject: Re: b\r\nFrom: Z <a@x.example>\r\n\r\n");
    /// let two = Message::parse(b"Subject: a\r\nFrom: Y <b@x.example>\r\n\r\n");
    /// let mut keys = [Keys::of(&one, 1), Keys::of(&two, 2)];
    /// keys.sort_by(|a, b| a.compare(b, &[Criterion { by: By::Subject, reverse: false }]));
    /// assert_eq!(keys[0].arrival, 2);
    /// keys.sort_by(|a, b| a.compare(b, &[Criterion { by: By::From, reverse: false }]));
    /// assert_eq!(keys[0].arrival, 1);
    /// ```
    #[must_use]
    pub fn of(message: &Message<'_>, arrival: i64) -> Self {
        let root = message.root();
        let (from, to, cc) = (first(root, "From"), first(root, "To"), first(root, "Cc"));
        let subject = root.text_field("Subject").unwrap_or_default();
        Self {
            arrival,
            cc: mailbox(cc.as_ref()),
            date: root.date("Date").map_or(arrival, |date| date.unix()),
            size: imap::size(message),
            subject: casemap(&base_subject(&subject).base),
            to: mailbox(to.as_ref()),
            display_from: display(from.as_ref()),
            display_to: display(to.as_ref()),
            from: mailbox(from.as_ref()),
        }
    }

    /// Compares by the first criterion that tells two messages apart. Where none does they are
    /// equal, and stay in the order of their sequence numbers when the sort is stable (RFC 5256
    /// section 3).
    #[must_use]
    pub fn compare(&self, other: &Self, criteria: &[Criterion]) -> Ordering {
        let one = |criterion: &Criterion| {
            let order = match criterion.by {
                By::Arrival => self.arrival.cmp(&other.arrival),
                By::Cc => self.cc.cmp(&other.cc),
                By::Date => self.date.cmp(&other.date),
                By::From => self.from.cmp(&other.from),
                By::Size => self.size.cmp(&other.size),
                By::Subject => self.subject.cmp(&other.subject),
                By::To => self.to.cmp(&other.to),
                By::DisplayFrom => self.display_from.cmp(&other.display_from),
                By::DisplayTo => self.display_to.cmp(&other.display_to),
            };
            if criterion.reverse { order.reverse() } else { order }
        };
        criteria.iter().map(one).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// The first address of a field, as ENVELOPE has it: a group by its name.
fn first(root: PartRef<'_, '_>, name: &str) -> Option<EnvelopeAddress> {
    envelope_addresses(root.field(name)?.value()).into_iter().next()
}

fn mailbox(address: Option<&EnvelopeAddress>) -> String {
    let mailbox = address.and_then(|address| address.mailbox.as_deref()).unwrap_or_default();
    casemap(&String::from_utf8_lossy(mailbox))
}

/// RFC 5957 section 3: the name, decoded, else the address.
fn display(address: Option<&EnvelopeAddress>) -> String {
    let Some(address) = address else { return String::new() };
    if let Some(name) = address.name.as_deref().filter(|name| !name.is_empty()) {
        return casemap(&text(name));
    }
    let mut shown = mailbox(Some(address));
    if let Some(host) = &address.host {
        shown.push('@');
        shown.push_str(&casemap(&String::from_utf8_lossy(host)));
    }
    shown
}

fn casemap(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(raw: &str) -> Keys {
        Keys::of(&Message::parse(raw.as_bytes()), 7)
    }

    #[test]
    fn rfc5256_3_keys() {
        let keys = keys(
            "Subject: =?utf-8?q?RE:_[x]_=C3=A4hm?= (fwd)\r\nFrom: =?utf-8?q?=C3=84nne?= <Ann@x.example>, b@y\r\n\
             To: friends: c@z;\r\nCc: d@Z.example\r\nDate: Thu, 1 Jan 1970 01:00:10 +0100\r\n\r\nx\n",
        );

        assert_eq!(keys.subject, "\u{c4}HM");
        assert_eq!((&*keys.from, &*keys.display_from), ("ANN", "\u{c4}NNE"));
        // A group is an address of its name in ENVELOPE.
        assert_eq!(keys.to, "FRIENDS");
        assert_eq!(keys.cc, "D");
        assert_eq!((keys.date, keys.arrival), (10, 7));
    }

    #[test]
    fn what_a_message_does_not_say_is_empty_or_when_it_came() {
        let empty = keys("Date: never\r\n\r\n");
        assert_eq!(empty, Keys { arrival: 7, date: 7, size: empty.size, ..Keys::default() });
        assert_eq!(keys("From: a@B.example\r\n\r\n").display_from, "A@B.EXAMPLE");
    }

    #[test]
    fn criteria_are_asked_in_their_order() {
        let (a, b) = (keys("From: a@x\r\nTo: q@x\r\n\r\n"), keys("From: A@x\r\nTo: p@x\r\n\r\n"));
        let by = |by| Criterion { by, reverse: false };
        assert_eq!(a.compare(&b, &[by(By::From)]), Ordering::Equal);
        assert_eq!(a.compare(&b, &[by(By::From), by(By::To)]), Ordering::Greater);
        let reverse = Criterion { by: By::To, reverse: true };
        assert_eq!(a.compare(&b, &[by(By::From), reverse]), Ordering::Less);
    }
}
