//! Languages of the texts for humans (RFC 6856 section 3).

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::BTreeMap;
use mailwire_core::{Invalid, Text};

/// A basic language range (RFC 4647 section 2.1): `*`, or a language tag or its beginning.
///
/// ```
/// use mailwire_pop3::LanguageRange;
///
/// let spanish = LanguageRange::new("es")?;
/// assert!(spanish.matches("es-MX") && spanish.matches("ES") && !spanish.matches("est"));
/// assert!(LanguageRange::new("*")?.matches("sv"));
/// assert!(LanguageRange::new("es mx").is_err());
/// # Ok::<(), mailwire_pop3::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LanguageRange<'a>(Cow<'a, str>);

impl<'a> LanguageRange<'a> {
    /// Checks `range`.
    ///
    /// ```abnf
    /// language-range = (1*8ALPHA *("-" 1*8alphanum)) / "*"
    /// ```
    ///
    /// # Errors
    ///
    /// At the start of the first part that is empty, longer than 8, or holds anything else.
    pub fn new(range: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let range = range.into();
        if range == "*" {
            return Ok(Self(range));
        }
        let mut at = 0;
        for part in range.split('-') {
            let fits = match at {
                0 => part.bytes().all(|b| b.is_ascii_alphabetic()),
                _ => part.bytes().all(|b| b.is_ascii_alphanumeric()),
            };
            if !fits || !matches!(part.len(), 1..=8) {
                return Err(Invalid { what: "a language range", at });
            }
            at += part.len() + 1;
        }
        Ok(Self(range))
    }

    pub(crate) fn parse(range: &'a [u8]) -> Option<Self> {
        Self::new(core::str::from_utf8(range).ok()?).ok()
    }

    /// The range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a language tag is in the range, by basic filtering (RFC 4647 section 3.3.1).
    #[must_use]
    pub fn matches(&self, tag: &str) -> bool {
        let range = self.as_str();
        range == "*"
            || tag.split_at_checked(range.len()).is_some_and(|(head, rest)| {
                head.eq_ignore_ascii_case(range) && (rest.is_empty() || rest.starts_with('-'))
            })
    }
}

/// A language in which a server can speak.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Language {
    tag: LanguageRange<'static>,
    description: Text<'static>,
    phrases: BTreeMap<Phrase, Text<'static>>,
}

impl Language {
    /// A language by its tag (RFC 5646), as `es-MX`, and its name in itself.
    ///
    /// # Errors
    ///
    /// When the tag is none.
    pub fn new(tag: &str, description: Text<'static>) -> Result<Self, Invalid> {
        let tag = LanguageRange::new(tag.to_owned())?;
        if tag.as_str() == "*" {
            return Err(Invalid { what: "a language tag", at: 0 });
        }
        Ok(Self { tag, description, phrases: BTreeMap::new() })
    }

    /// The same with the words for a phrase; without them it is said in English.
    #[must_use]
    pub fn with(mut self, phrase: Phrase, words: Text<'static>) -> Self {
        self.phrases.insert(phrase, words);
        self
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.tag.as_str()
    }

    /// The name of the language in itself.
    #[must_use]
    pub fn description(&self) -> &str {
        self.description.as_str()
    }

    /// The words for a phrase.
    #[must_use]
    pub fn words(&self, phrase: Phrase) -> &str {
        self.phrases.get(&phrase).map_or(phrase.english(), Text::as_str)
    }
}

/// The best language for a range: the first in it, else the first in what is left of the range
/// when parts at its end are dropped (RFC 4647 section 3.4). A place in `languages`, or `Some(None)`
/// for English, which is always there, and comes last.
pub(crate) fn choose(range: &LanguageRange<'_>, languages: &[Language]) -> Option<Option<usize>> {
    let mut rest = range.as_str();
    // Every turn drops a part.
    loop {
        let shorter = LanguageRange(Cow::Borrowed(rest));
        let found = languages.iter().position(|language| shorter.matches(language.tag()));
        if found.is_some() || shorter.matches("en") {
            return Some(found);
        }
        rest = rest.rsplit_once('-')?.0;
    }
}

/// What the server's machine says by itself, for translation. `{messages}` and `{octets}` stand
/// for numbers.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Phrase {
    /// Answers USER.
    SendPassword,
    /// Answers a login: `{messages}`, `{octets}`.
    Opened,
    /// Before the list of LIST or UIDL: `{messages}`, `{octets}`.
    Listing,
    /// Before a message: `{octets}`.
    Message,
    /// Before the list of mechanisms.
    Mechanisms,
    /// Before the capabilities.
    Capabilities,
    /// Before the list of languages.
    Languages,
    /// Answers a successful LANG.
    LanguageChanged,
    /// Answers UTF8.
    Utf8,
    /// Answers DELE.
    Marked,
    /// Answers RSET.
    Reset,
    /// Before the lines of TOP.
    Top,
    /// Answers QUIT before login.
    Bye,
    /// The client gave up an authentication exchange.
    Cancelled,
    /// A response in an authentication exchange is not base64.
    NotBase64,
    /// Refuses a line that is no command; in English the place is said.
    Syntax,
    /// Refuses a line that is too long.
    TooLong,
    /// Refuses a line that ends in a bare LF.
    BareLf,
    /// Refuses a line with NUL.
    Nul,
    /// Refuses a name or password that is not UTF-8.
    NotUtf8,
    /// Refuses a verb that is not known.
    Unknown,
    /// Refuses a command that is not legal in this state.
    WrongState,
    /// Refuses credentials over a plain connection.
    Insecure,
    /// Refuses the number of a message that is not there or marked.
    NoSuchMessage,
    /// Refuses a mechanism.
    NoSuchMechanism,
    /// Refuses a language.
    NoSuchLanguage,
}

impl Phrase {
    /// The phrase in English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::SendPassword => "send the password",
            Self::Opened => "maildrop has {messages} messages ({octets} octets)",
            Self::Listing => "{messages} messages ({octets} octets)",
            Self::Message => "{octets} octets",
            Self::Mechanisms => "mechanisms follow",
            Self::Capabilities => "capabilities follow",
            Self::Languages => "languages follow",
            Self::LanguageChanged => "language changed",
            Self::Utf8 => "UTF-8 from here on",
            Self::Marked => "marked to be deleted",
            Self::Reset => "no message is marked",
            Self::Top => "top of message follows",
            Self::Bye => "bye",
            Self::Cancelled => "authentication cancelled",
            Self::NotBase64 => "not base64",
            Self::Syntax => "no such command",
            Self::TooLong => "line too long",
            Self::BareLf => "lines end in CRLF",
            Self::Nul => "NUL in a line",
            Self::NotUtf8 => "not UTF-8",
            Self::Unknown => "unknown command",
            Self::WrongState => "not legal in this state",
            Self::Insecure => "not without TLS",
            Self::NoSuchMessage => "no such message",
            Self::NoSuchMechanism => "mechanism not offered",
            Self::NoSuchLanguage => "language not offered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn ranges_are_parts_of_letters_and_digits() {
        for (range, at) in [
            ("", 0),
            ("e_s", 0),
            ("1a", 0),
            ("en-", 3),
            ("en--x", 3),
            ("en-abcdefghi", 3),
            ("abcdefghi", 0),
            ("**", 0),
            ("*-x", 0),
        ] {
            assert_eq!(LanguageRange::new(range).map_err(|e| e.at), Err(at), "{range}");
        }
        for range in ["*", "i-klingon", "en-US-x-twain", "abcdefgh-12345678"] {
            assert!(LanguageRange::new(range).is_ok(), "{range}");
        }
    }

    #[test]
    fn the_best_language_is_chosen() {
        let languages: Vec<Language> = ["de-CH", "es", "es-MX"]
            .into_iter()
            .map(|tag| Language::new(tag, Text::default()).unwrap())
            .collect();
        for (range, tag) in [
            ("*", Some("de-CH")),
            ("es", Some("es")),
            ("es-mx", Some("es-MX")),
            ("es-AR", Some("es")),
            ("de", Some("de-CH")),
            ("sv", None),
        ] {
            let range = LanguageRange::new(range).unwrap();
            let chosen = choose(&range, &languages).map(|at| languages[at.unwrap()].tag());
            assert_eq!(chosen, tag, "{range:?}");
        }
        let english = LanguageRange::new("en-GB-oed").unwrap();
        assert_eq!(choose(&english, &languages), Some(None));
    }

    #[test]
    fn a_phrase_without_words_is_said_in_english() {
        let spanish = Language::new("es", Text::lossy("Español")).unwrap();
        let spanish = spanish.with(Phrase::Bye, Text::lossy("adiós"));

        assert_eq!(spanish.words(Phrase::Bye), "adiós");
        assert_eq!(spanish.words(Phrase::Marked), "marked to be deleted");
        assert!(Language::new("*", Text::default()).is_err());
    }
}
