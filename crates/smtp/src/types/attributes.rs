//! What a proxy says of a client: the attributes of XCLIENT and XFORWARD.

use super::{Params, decode_xtext, encode_xtext};
use crate::{Invalid, Sink};
use alloc::string::String;
use alloc::vec::Vec;

/// Names with values, or without where nothing is known.
///
/// ```
/// use mailwire_smtp::types::{Attribute, Attributes};
///
/// let all = Attributes::default()
///     .with("NAME", &Attribute::Unavailable)?
///     .with("HELO", &Attribute::Value("a b=c".into()))?;
/// let mut line = Vec::new();
/// all.encode(&mut line);
/// assert_eq!(line, b" NAME=[UNAVAILABLE] HELO=a+20b+3Dc");
/// assert_eq!(all.get("helo"), Some(Attribute::Value("a b=c".into())));
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attributes<'a>(Params<'a>);

/// What is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Attribute {
    /// This, decoded.
    Value(String),
    /// `[UNAVAILABLE]`: there is nothing to know.
    Unavailable,
    /// `[TEMPUNAVAIL]`: it could not be found out.
    TemporarilyUnavailable,
}

impl<'a> Attributes<'a> {
    /// Made by the grammar, which has checked that values decode.
    pub(crate) fn parsed(params: Params<'a>) -> Self {
        Self(params)
    }

    /// These and one more.
    ///
    /// # Errors
    ///
    /// When the name is there already or is none, or the value is empty or holds NUL, CR or LF.
    pub fn with(self, name: &str, attribute: &Attribute) -> Result<Self, Invalid> {
        let value = match attribute {
            Attribute::Unavailable => "[UNAVAILABLE]".into(),
            Attribute::TemporarilyUnavailable => "[TEMPUNAVAIL]".into(),
            Attribute::Value(text) => {
                if let Some(at) = text.bytes().position(|b| matches!(b, 0 | b'\r' | b'\n')) {
                    return Err(Invalid { what: "an attribute", at });
                }
                let mut out = Vec::new();
                encode_xtext(text.as_bytes(), &mut out);
                String::from_utf8(out).unwrap_or_default()
            }
        };
        self.0.with(name, Some(&value)).map(Self)
    }

    /// The one of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Attribute> {
        self.0.get(name)?.value.and_then(Attribute::of)
    }

    /// Each name and what is known.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Attribute)> {
        self.0.iter().filter_map(|one| Some((one.keyword, Attribute::of(one.value?)?)))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Attributes<'static> {
        Attributes(self.0.into_owned())
    }

    /// Writes them, each behind a space.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        self.0.encode(out);
    }
}

impl Attribute {
    /// What a value stands for; `None` when it is not xtext of text.
    pub(crate) fn of(value: &str) -> Option<Self> {
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        if is("[UNAVAILABLE]") {
            return Some(Self::Unavailable);
        }
        if is("[TEMPUNAVAIL]") {
            return Some(Self::TemporarilyUnavailable);
        }
        let text = String::from_utf8(decode_xtext(value.as_bytes())?).ok()?;
        (!text.contains(['\0', '\r', '\n'])).then_some(Self::Value(text))
    }
}
