//! The parameters that extensions add to MAIL and RCPT.

use super::{By, Notify, Orcpt, Parameter, Ret};
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
    /// `BODY=BINARYMIME`: any octets, to be sent by BDAT.
    BinaryMime,
}

impl BodyType {
    const ALL: [Self; 3] = [Self::SevenBit, Self::EightBitMime, Self::BinaryMime];

    pub(crate) fn of(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(value))
    }

    /// As it stands on the line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SevenBit => "7BIT",
            Self::EightBitMime => "8BITMIME",
            Self::BinaryMime => "BINARYMIME",
        }
    }
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
        match parse::param_whole(added) {
            // A `=` in the keyword would end it early.
            Ok(param) if param.keyword == keyword => Ok(Self(Cow::Owned(text))),
            Ok(param) => Err(invalid(param.keyword.len())),
            Err(error) => Err(invalid(error.at)),
        }
    }

    /// All of them, in the order they stand.
    pub fn iter(&self) -> impl Iterator<Item = Param<'_>> {
        Iter { rest: &self.0 }
    }

    /// The one of that name, in any case.
    #[must_use]
    pub fn get(&self, keyword: &str) -> Option<Param<'_>> {
        let n = keyword.len();
        self.iter()
            .find(|param| param.keyword.len() == n && param.keyword.eq_ignore_ascii_case(keyword))
    }

    /// Whether there is one of that name.
    #[must_use]
    pub fn has(&self, keyword: &str) -> bool {
        self.get(keyword).is_some()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.bytes().all(|b| b == b' ')
    }

    /// `SIZE=` (RFC 1870): how many octets the message will have, line ends as CRLF.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.get("SIZE")?.value.and_then(|value| keyword::number(value.as_bytes()))
    }

    /// `BODY=` (RFC 6152); `None` when it is absent or of another kind.
    #[must_use]
    pub fn body(&self) -> Option<BodyType> {
        BodyType::of(self.get("BODY")?.value?)
    }

    /// These and one more, which cannot be written wrongly.
    ///
    /// # Errors
    ///
    /// As [`with`](Self::with).
    pub fn with_parameter(self, parameter: &Parameter<'_>) -> Result<Self, Invalid> {
        self.with(parameter.keyword(), parameter.value().as_deref())
    }

    /// Each, as what it means. One whose value does not fit is [`Parameter::Other`]: what the
    /// grammar has read fits.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter<'_>> {
        self.iter().map(|param| Parameter::of(param).unwrap_or(Parameter::Other(param)))
    }

    fn parameter(&self, keyword: &str) -> Option<Parameter<'_>> {
        Parameter::of(self.get(keyword)?).ok()
    }

    /// `RET=` (RFC 3461).
    #[must_use]
    pub fn ret(&self) -> Option<Ret> {
        match self.parameter("RET")? {
            Parameter::Ret(ret) => Some(ret),
            _ => None,
        }
    }

    /// `ENVID=` (RFC 3461), decoded.
    #[must_use]
    pub fn env_id(&self) -> Option<Cow<'_, str>> {
        match self.parameter("ENVID")? {
            Parameter::EnvId(id) => Some(id),
            _ => None,
        }
    }

    /// `NOTIFY=` (RFC 3461).
    #[must_use]
    pub fn notify(&self) -> Option<Notify> {
        match self.parameter("NOTIFY")? {
            Parameter::Notify(notify) => Some(notify),
            _ => None,
        }
    }

    /// `ORCPT=` (RFC 3461), decoded.
    #[must_use]
    pub fn orcpt(&self) -> Option<Orcpt<'_>> {
        match self.parameter("ORCPT")? {
            Parameter::Orcpt(orcpt) => Some(orcpt),
            _ => None,
        }
    }

    /// `BY=` (RFC 2852).
    #[must_use]
    pub fn by(&self) -> Option<By> {
        match self.parameter("BY")? {
            Parameter::By(by) => Some(by),
            _ => None,
        }
    }

    /// `MT-PRIORITY=` (RFC 6710): -9 to 9.
    #[must_use]
    pub fn mt_priority(&self) -> Option<i8> {
        match self.parameter("MT-PRIORITY")? {
            Parameter::MtPriority(n) => Some(n),
            _ => None,
        }
    }

    /// `REQUIRETLS` (RFC 8689).
    #[must_use]
    pub fn require_tls(&self) -> bool {
        self.has("REQUIRETLS")
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

/// By octets: the searches of `str` cost more than words are long.
struct Iter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|&b| b != b' ')?;
        let word = bytes.get(start..).unwrap_or_default();
        let (mut equals, mut end) = (None, word.len());
        for (at, &b) in word.iter().enumerate() {
            match b {
                b' ' => {
                    end = at;
                    break;
                }
                b'=' if equals.is_none() => equals = Some(at),
                _ => {}
            }
        }
        let word = self.rest.get(start..start + end).unwrap_or_default();
        self.rest = self.rest.get(start + end..).unwrap_or_default();
        Some(match equals {
            None => Param { keyword: word, value: None },
            Some(at) => {
                Param { keyword: word.get(..at).unwrap_or_default(), value: word.get(at + 1..) }
            }
        })
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

    #[test]
    fn every_parameter_is_written_as_it_was_read() {
        let line = " SIZE=5 BODY=BINARYMIME SMTPUTF8 AUTH=a+2Bb@c RET=HDRS ENVID=a+20b \
                    NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c BY=-120;NT HOLDFOR=9 \
                    HOLDUNTIL=2026-12-01T00:00:00Z MT-PRIORITY=-9 REQUIRETLS \
                    RRVS=2014-04-03T23:01:00Z;C MTRK=Zm9v:60 SOLICIT=net.example:ADV \
                    TRANSID=<1@a> SUBMITTER=a@b CONPERM CONNEG PRDR XVERP=+- X-OURS=1";
        let params = parse::param_list(line).unwrap();

        let mut again = Params::default();
        for parameter in params.parameters() {
            let is_other = matches!(parameter, Parameter::Other(_));
            assert_eq!(is_other, parameter.keyword() == "X-OURS", "{parameter:?}");
            again = again.with_parameter(&parameter).unwrap();
        }

        assert_eq!(again, params);
        assert_eq!((params.ret(), params.mt_priority()), (Some(Ret::Headers), Some(-9)));
        assert_eq!(params.notify(), Some(Notify::SUCCESS.and(Notify::DELAY)));
        assert_eq!(params.orcpt().unwrap().address(), "a+b@c");
        assert_eq!(params.by().unwrap().seconds, -120);
        assert!(params.require_tls());
        let null = Params::default().with_parameter(&Parameter::Auth(None)).unwrap();
        assert_eq!(null.parameters().next(), Some(Parameter::Auth(None)));
        let orcpt = Orcpt::new("utf-8", "\u{fc}+1@b").unwrap();
        let utf8 = Params::default().with_parameter(&Parameter::Orcpt(orcpt.clone())).unwrap();
        assert_eq!(utf8.orcpt(), Some(orcpt));
    }

    #[test]
    fn values_that_a_keyword_cannot_have_are_refused() {
        for bad in [
            "RET=ALL",
            "NOTIFY=",
            "NOTIFY=NEVER,DELAY",
            "NOTIFY=LATER",
            "ORCPT=a@b",
            "ORCPT=;a",
            "ORCPT=rfc822;",
            "BY=0;R",
            "BY=-1;R",
            "BY=1;X",
            "BY=1000000000;N",
            "BY=1;RX",
            "HOLDFOR=x",
            "MT-PRIORITY=10",
            "MT-PRIORITY=-0",
            "MT-PRIORITY=+1",
            "REQUIRETLS=1",
            "RRVS=a;X",
            "MTRK=a:b",
            "SMTPUTF8=1",
            "ENVID=+ff",
            "PRDR=1",
        ] {
            let line = alloc::format!(" {bad}");
            assert!(parse::param_list(&line).is_err(), "{bad}");
        }
    }
}
