//! The parameters that extensions add to MAIL and RCPT.

use crate::parse;
use crate::{Invalid, Sink};
use alloc::borrow::Cow;
use alloc::string::String;
use mailwire_core::keyword;

/// The most parameters that one command may have.
pub(crate) const MAX_PARAMS: usize = 32;

/// One parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Param<'a> {
    /// Its name, as written; names have no case.
    pub keyword: &'a str,
    /// What follows the `=`, if there is one.
    pub value: Option<&'a str>,
}

/// Parameters as they stand on the line: those that are not known are kept.
///
/// No keyword is there twice, since two readers would disagree about which one counts.
///
/// ```
/// use mailwire_smtp::types::Params;
///
/// let params = Params::default().with("SIZE", Some("500"))?.with("X-NEW", None)?;
/// assert_eq!(params.size(), Some(500));
/// assert!(params.has("x-new"));
/// assert!(params.with("size", Some("1")).is_err());
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Params<'a>(Cow<'a, str>);

/// What a client says of a body (RFC 6152, RFC 3030).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BodyType {
    /// `BODY=7BIT`: lines of US-ASCII.
    SevenBit,
    /// `BODY=8BITMIME`: lines of any octets.
    EightBitMime,
}

impl<'a> Params<'a> {
    /// Made by the grammar.
    pub(crate) fn parsed(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// These and one more.
    ///
    /// # Errors
    ///
    /// When the keyword is there already, either cannot be written, or there would be more
    /// than 32.
    pub fn with(self, keyword: &str, value: Option<&str>) -> Result<Self, Invalid> {
        let invalid = |at| Invalid { what: "a parameter", at };
        if self.has(keyword) || self.iter().count() >= MAX_PARAMS {
            return Err(invalid(0));
        }
        let mut text: String = self.0.into_owned();
        if !text.is_empty() {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(keyword);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
        let added = text.get(start..).unwrap_or_default();
        match parse::param_whole(added.as_bytes()) {
            // A `=` in the keyword would end it early.
            Ok(param) if param.keyword == keyword => Ok(Self(Cow::Owned(text))),
            Ok(param) => Err(invalid(param.keyword.len())),
            Err(error) => Err(invalid(error.at)),
        }
    }

    /// All of them, in the order they stand.
    pub fn iter(&self) -> impl Iterator<Item = Param<'_>> {
        self.0.split(' ').filter(|word| !word.is_empty()).map(|word| match word.split_once('=') {
            Some((keyword, value)) => Param { keyword, value: Some(value) },
            None => Param { keyword: word, value: None },
        })
    }

    /// The one of that name, in any case.
    #[must_use]
    pub fn get(&self, keyword: &str) -> Option<Param<'_>> {
        self.iter().find(|param| param.keyword.eq_ignore_ascii_case(keyword))
    }

    /// Whether there is one of that name.
    #[must_use]
    pub fn has(&self, keyword: &str) -> bool {
        self.get(keyword).is_some()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// `SIZE=` (RFC 1870): how many octets the message will have, line ends as CRLF.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.get("SIZE")?.value.and_then(|value| keyword::number(value.as_bytes()))
    }

    /// `BODY=` (RFC 6152); `None` when it is absent or of another kind.
    #[must_use]
    pub fn body(&self) -> Option<BodyType> {
        let value = self.get("BODY")?.value?;
        if value.eq_ignore_ascii_case("8BITMIME") {
            Some(BodyType::EightBitMime)
        } else if value.eq_ignore_ascii_case("7BIT") {
            Some(BodyType::SevenBit)
        } else {
            None
        }
    }

    /// `SMTPUTF8` (RFC 6531).
    #[must_use]
    pub fn smtputf8(&self) -> bool {
        self.has("SMTPUTF8")
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Params<'static> {
        Params(Cow::Owned(self.0.into_owned()))
    }

    pub(crate) fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        for param in self.iter() {
            out.put(b" ");
            out.put(param.keyword.as_bytes());
            if let Some(value) = param.value {
                out.put(b"=");
                out.put(value.as_bytes());
            }
        }
    }
}

/// The same parameters in the same order, however many spaces stand between them.
impl PartialEq for Params<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Params<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_typed_and_unknown_ones_kept() {
        let params = Params::parsed("size=42 BODY=8bitmime  X-A=b=c SMTPUTF8");
        // The grammar would refuse `b=c`; the list takes what the grammar gives.
        assert_eq!(params.size(), Some(42));
        assert_eq!(params.body(), Some(BodyType::EightBitMime));
        assert!(params.smtputf8() && !params.has("X-B"));
        assert_eq!(params.iter().count(), 4);
    }

    #[test]
    fn no_parameter_can_smuggle_another() {
        let params = Params::default();
        for (keyword, value) in [
            ("A B", None),
            ("A", Some("b c")),
            ("A", Some("b\r\nRSET")),
            ("A=B", None),
            ("A=B", Some("c")),
            ("", None),
            ("A", Some("")),
            ("-A", None),
        ] {
            assert!(params.clone().with(keyword, value).is_err(), "{keyword:?} {value:?}");
        }
    }

    #[test]
    fn parameters_of_exactly_the_limit_are_taken() {
        let mut params = Params::default();
        for n in 0..MAX_PARAMS {
            params = params.with(&alloc::format!("X{n}"), None).unwrap();
        }
        assert!(params.with("Y", None).is_err());
    }
}
