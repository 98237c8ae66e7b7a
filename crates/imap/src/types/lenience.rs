//! What is taken although the grammar does not allow it, and what was.

use alloc::vec::Vec;
use core::fmt;

/// A thing that real servers send and the grammar does not allow. Each names who sends it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Tolerance {
    /// An atom where a string must be: `7BIT` (Exchange).
    AtomForString,
    /// `\"` closes a string (QQ).
    BackslashBeforeQuote,
    /// The name of a mailbox that is not modified UTF-7 (Thunderbird, home-made).
    BadName,
    /// `+` without its space (Yandex).
    BareContinue,
    /// A FETCH response goes on behind its parenthesis (Xeams).
    EarlyClose,
    /// Octets in text or in a quoted string that are not UTF-8, or controls (Domino, home-made).
    EightBit,
    /// A response code that is no atom: `[Error="…"]` (Exchange).
    OddCode,
    /// A FETCH response of nothing (QIP).
    EmptyFetch,
    /// A backslash and no flag (libetpan's collection).
    EmptyFlag,
    /// `()` where there must be something or NIL (mail.ru).
    EmptyList,
    /// A set of nothing (Outlook.com).
    EmptySet,
    /// More spaces than one, or one inside a parenthesis (DavMail, Yahoo).
    ExtraSpace,
    /// A response code whose arguments do not fit; it is [`Code::Invalid`](super::Code::Invalid).
    InvalidCode,
    /// A FETCH item whose value does not fit; it is [`FetchData::Invalid`](super::FetchData::Invalid).
    InvalidItem,
    /// No lines of a text part (go-imap).
    MissingLines,
    /// A disposition without parameters (Citadel).
    MissingParameters,
    /// A multipart without parts (Gmail, Dovecot).
    MissingParts,
    /// No space between two things (Geary's collection).
    MissingSpace,
    /// A response code without OK before it (Exchange, home.pl).
    MissingState,
    /// A part without its subtype (MailKit's collection).
    MissingSubtype,
    /// No text behind a state or a code (Gmail).
    MissingText,
    /// An item without its value (Yandex), a quota root without its list (Courier).
    MissingValue,
    /// Flags in a list inside a list of flags (libetpan's collection).
    NestedFlags,
    /// NIL among addresses (SmarterMail).
    NilAddress,
    /// NIL where a number must be (mail for Mac).
    NilForNumber,
    /// NIL where a string must be (maddy, Office 365, mail.ru).
    NilForString,
    /// The name of a command where that of a response must be (net-imap's collection).
    NotAResponse,
    /// The name of a capability that is no atom (Yahoo, home-made).
    OddCapability,
    /// A keyword that is no atom: `[Gmail]/x` (Gmail, Courier).
    OddKeyword,
    /// An item in parentheses of its own (MailKit's collection).
    ParenthesizedItem,
    /// The length behind the origin of a body: `<0.10>` (imapflow's collection).
    PartialInResponse,
    /// A flag in quotes (MailKit's collection).
    QuotedFlag,
    /// Fields of an envelope are missing (QQ, mail.ru).
    ShortEnvelope,
    /// `\*` where only flags can be (Zoho).
    StarFlag,
    /// The disposition where the language should be (MailKit's collection).
    SwappedFields,
    /// A tagged BYE (wp.pl).
    TaggedBye,
    /// A space before the end of the line (Exchange, SurgeMail).
    TrailingSpace,
    /// A quote in a quoted string that is not escaped (iCloud).
    UnescapedQuote,
    /// The name of a mailbox with spaces or controls and no quotes (Exchange).
    UnquotedName,
    /// 0 where the grammar has no 0 (Zoho).
    ZeroNumber,
}

impl Tolerance {
    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Which tolerances are granted: a value, one for each connection.
///
/// ```
/// use mailwire_imap::types::{Lenience, Tolerance};
///
/// let lenience = Lenience::FORGIVING.without(Tolerance::EightBit);
/// assert!(lenience.allows(Tolerance::ExtraSpace) && !lenience.allows(Tolerance::EightBit));
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Lenience(u64);

impl Lenience {
    /// None: what is not in the grammar is refused.
    pub const STRICT: Self = Self(0);
    /// All of them.
    pub const FORGIVING: Self = Self(u64::MAX);

    /// These and one more.
    #[must_use]
    pub const fn with(self, tolerance: Tolerance) -> Self {
        Self(self.0 | tolerance.bit())
    }

    /// These less one.
    #[must_use]
    pub const fn without(self, tolerance: Tolerance) -> Self {
        Self(self.0 & !tolerance.bit())
    }

    /// Whether this one is granted.
    #[must_use]
    pub const fn allows(self, tolerance: Tolerance) -> bool {
        self.0 & tolerance.bit() != 0
    }
}

impl fmt::Debug for Lenience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::STRICT => f.write_str("STRICT"),
            Self::FORGIVING => f.write_str("FORGIVING"),
            Self(bits) => write!(f, "Lenience({bits:#x})"),
        }
    }
}

/// A tolerance that was used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Anomaly {
    /// Which.
    pub what: Tolerance,
    /// Where, as an offset in the response.
    pub at: usize,
}

/// The tolerances that were used on one response, in order; no more than
/// [`MOST`](Self::MOST) are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Anomalies {
    kept: Vec<Anomaly>,
    more: u32,
}

impl Anomalies {
    /// How many are kept.
    pub const MOST: usize = 32;

    /// Those that were kept.
    #[must_use]
    pub fn as_slice(&self) -> &[Anomaly] {
        &self.kept
    }

    /// How many were not.
    #[must_use]
    pub fn more(&self) -> u32 {
        self.more
    }

    /// Whether there was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, what: Tolerance) -> bool {
        self.kept.iter().any(|anomaly| anomaly.what == what)
    }

    pub(crate) fn push(&mut self, what: Tolerance, at: usize) {
        if self.kept.len() < Self::MOST {
            self.kept.push(Anomaly { what, at });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

impl Anomalies {
    pub(crate) fn truncate(&mut self, n: usize) {
        self.kept.truncate(n);
    }
}
