//! What is meant where readers disagree.

/// Which of several readings a message is given. The defaults are those of most readers; the
/// others are there to see what other readers see: see [`Message::views`](crate::Message::views).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Rules {
    /// Which of several Content-Type or Content-Transfer-Encoding fields, or boundaries, counts.
    pub duplicates: Duplicates,
    /// What follows a delimiter on its line.
    pub delimiters: Delimiters,
    /// What delimiters behind the closing one are.
    pub after_close: AfterClose,
    /// Whether white space may stand between the name of a field and its colon.
    pub colons: Colons,
    /// What a line in a header is that is no field.
    pub junk: Junk,
    /// How parameters are taken apart that are against the grammar.
    pub parameters: Parameters,
    /// Which boundaries divide that may not be one.
    pub boundaries: Boundaries,
    /// Which dates are read.
    pub dates: Dates,
}

/// Which of several fields or parameters of the same name counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Duplicates {
    /// The first: MimeKit, CPython, Go, Dovecot, Thunderbird.
    #[default]
    First,
    /// The last: GMime, mail-parser.
    Last,
}

/// What a line is that begins like a delimiter.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Delimiters {
    /// A delimiter (RFC 2046 section 5.1.1: "comparison of the beginning is sufficient"): Dovecot.
    #[default]
    Prefix,
    /// Content, unless only white space follows (the ABNF of the same section): GMime, CPython.
    Line,
}

/// What delimiters behind the closing one of their multipart are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AfterClose {
    /// Content that belongs to no part.
    #[default]
    Content,
    /// Delimiters: what follows is a part.
    Parts,
}

/// Whether white space may stand before the colon of a field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Colons {
    /// It may (RFC 5322 section 4.5).
    #[default]
    AfterSpace,
    /// It makes the line one that is no field: CPython, MIME-tools.
    AtOnce,
}

/// What a line in a header is that is no field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Junk {
    /// Nothing; the header goes on.
    #[default]
    Passed,
    /// The first line of the body: CPython.
    Body,
}

/// How parameters are taken apart that are against the grammar.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Parameters {
    /// As they are meant: a value that should be quoted goes on to the next semicolon, and of
    /// several semicolons all but one are nothing.
    #[default]
    Mended,
    /// As the grammar says, as far as it goes: a value ends with the first octet that no token may
    /// have, and a semicolon behind another takes what follows with it: Dovecot.
    Tokens,
}

/// Which boundaries divide that may not be one (RFC 2046 section 5.1.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Boundaries {
    /// One that is longer than 70 octets, compared whole, up to
    /// [`Limits::boundary`](crate::Limits::boundary).
    #[default]
    Whole,
    /// Of any length, of which the first 80 octets are compared; also an empty one, where every
    /// line that begins with two hyphens divides: Dovecot.
    Beginning,
}

/// Which dates [`PartRef::date`](crate::PartRef::date) reads.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Dates {
    /// All that mailers write: [`DateTime::parse`](crate::header::DateTime::parse).
    #[default]
    Any,
    /// Those of the grammar alone: [`DateTime::parse_strict`](crate::header::DateTime::parse_strict).
    Strict,
}

impl Rules {
    /// As Dovecot 2.3 reads: for a server whose answers are to be those that clients have from it.
    /// What is right is kept nevertheless where Dovecot's answer comes from the width of a number.
    ///
    /// ```
    /// use mailwire_message::{Limits, Message, Rules, Storage};
    ///
    /// let raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;; boundary=A\r\n\r\n\
    ///     --A\r\n\r\nfirst\r\n--A--\r\n";
    /// assert_eq!(Message::parse(raw).parts().count(), 2);
    /// let rules = Rules::dovecot();
    /// let message = Message::parse_with(raw, &Limits::default(), &rules, Storage::default());
    /// assert_eq!(message.parts().count(), 1);
    /// ```
    #[must_use]
    pub fn dovecot() -> Self {
        Self {
            parameters: Parameters::Tokens,
            boundaries: Boundaries::Beginning,
            dates: Dates::Strict,
            ..Self::default()
        }
    }

    /// The readings that may differ, the default first.
    pub(crate) fn all() -> [Self; 7] {
        let usual = Self::default();
        [
            usual,
            Self { duplicates: Duplicates::Last, ..usual },
            Self { delimiters: Delimiters::Line, ..usual },
            Self { after_close: AfterClose::Parts, ..usual },
            Self { colons: Colons::AtOnce, ..usual },
            Self { junk: Junk::Body, ..usual },
            Self::dovecot(),
        ]
    }
}
