//! What is meant where readers disagree.

/// Which of several readings a message is given. The defaults are those of most readers; the
/// others are there to see what other readers see: see [`Message::views`](crate::Message::views).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
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
}

/// Which of several fields or parameters of the same name counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Duplicates {
    /// The first: MimeKit, CPython, Go, Dovecot, Thunderbird.
    #[default]
    First,
    /// The last: GMime, mail-parser.
    Last,
}

/// What a line is that begins like a delimiter.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Delimiters {
    /// A delimiter (RFC 2046 section 5.1.1: "comparison of the beginning is sufficient"): Dovecot.
    #[default]
    Prefix,
    /// Content, unless only white space follows (the ABNF of the same section): GMime, CPython.
    Line,
}

/// What delimiters behind the closing one of their multipart are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AfterClose {
    /// Content that belongs to no part.
    #[default]
    Content,
    /// Delimiters: what follows is a part.
    Parts,
}

/// Whether white space may stand before the colon of a field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Colons {
    /// It may (RFC 5322 section 4.5).
    #[default]
    AfterSpace,
    /// It makes the line one that is no field: CPython, MIME-tools.
    AtOnce,
}

/// What a line in a header is that is no field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Junk {
    /// Nothing; the header goes on.
    #[default]
    Passed,
    /// The first line of the body: CPython.
    Body,
}

impl Rules {
    /// The readings that may differ, the default first.
    pub(crate) fn all() -> [Self; 6] {
        let usual = Self::default();
        [
            usual,
            Self { duplicates: Duplicates::Last, ..usual },
            Self { delimiters: Delimiters::Line, ..usual },
            Self { after_close: AfterClose::Parts, ..usual },
            Self { colons: Colons::AtOnce, ..usual },
            Self { junk: Junk::Body, ..usual },
        ]
    }
}
