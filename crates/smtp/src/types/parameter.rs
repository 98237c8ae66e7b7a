//! What the parameters of extensions mean, each as a type.

use super::{BodyType, Param, decode_utf8_addr_xtext, decode_xtext};
use super::{encode_utf8_addr_xtext, encode_xtext};
use crate::Invalid;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::keyword;

/// A parameter of MAIL or RCPT, as what it means.
///
/// ```
/// use mailwire_smtp::types::{Notify, Parameter, Params};
///
/// let params = Params::default()
///     .with_parameter(&Parameter::EnvId("a+b c".into()))?
///     .with_parameter(&Parameter::Notify(Notify::FAILURE.and(Notify::DELAY)))?;
/// let text: Vec<_> = params.iter().map(|param| param.value.unwrap()).collect();
/// assert_eq!(text, ["a+2Bb+20c", "FAILURE,DELAY"]);
/// assert_eq!(params.env_id().as_deref(), Some("a+b c"));
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Parameter<'a> {
    /// `SIZE=` of MAIL (RFC 1870): octets, line ends as CRLF.
    Size(u64),
    /// `BODY=` of MAIL (RFC 6152, RFC 3030).
    Body(BodyType),
    /// `SMTPUTF8` of MAIL (RFC 6531).
    SmtpUtf8,
    /// `AUTH=` of MAIL (RFC 4954 section 5): who submitted it; `None` is `<>`.
    Auth(Option<Cow<'a, str>>),
    /// `RET=` of MAIL (RFC 3461 section 4.3).
    Ret(Ret),
    /// `ENVID=` of MAIL (section 4.4), decoded.
    EnvId(Cow<'a, str>),
    /// `NOTIFY=` of RCPT (section 4.1).
    Notify(Notify),
    /// `ORCPT=` of RCPT (section 4.2).
    Orcpt(Orcpt<'a>),
    /// `BY=` of MAIL (RFC 2852).
    By(By),
    /// `HOLDFOR=` of MAIL (RFC 4865): seconds.
    HoldFor(u64),
    /// `HOLDUNTIL=` of MAIL (RFC 4865): a date and time of RFC 3339.
    HoldUntil(Cow<'a, str>),
    /// `MT-PRIORITY=` of MAIL (RFC 6710): -9 to 9.
    MtPriority(i8),
    /// `REQUIRETLS` of MAIL (RFC 8689).
    RequireTls,
    /// `RRVS=` of RCPT (RFC 7293).
    Rrvs(Rrvs<'a>),
    /// `MTRK=` of MAIL (RFC 3885).
    Mtrk {
        /// In base64.
        certifier: Cow<'a, str>,
        /// In seconds.
        timeout: Option<u64>,
    },
    /// `SOLICIT=` of MAIL (RFC 3865): classes, with commas between.
    Solicit(Cow<'a, str>),
    /// `TRANSID=` of MAIL (RFC 1845), as written.
    TransId(Cow<'a, str>),
    /// `SUBMITTER=` of MAIL (RFC 4405), decoded.
    Submitter(Cow<'a, str>),
    /// `CONPERM` of MAIL (RFC 4141).
    ConPerm,
    /// `CONNEG` of RCPT (RFC 4141).
    ConNeg,
    /// `PRDR` of MAIL (Exim).
    Prdr,
    /// `XVERP` of MAIL (Postfix): two delimiters, if the client names them.
    XVerp(Option<Cow<'a, str>>),
    /// One that this crate has no type for.
    Other(Param<'a>),
}

impl<'a> Parameter<'a> {
    /// What a parameter means.
    ///
    /// # Errors
    ///
    /// What was expected, when the keyword is known and cannot have the value.
    pub fn of(param: Param<'a>) -> Result<Self, &'static str> {
        let is = |name: &str| param.keyword.eq_ignore_ascii_case(name);
        let text = || param.value.ok_or("a value");
        let number = || keyword::number(text()?.as_bytes()).ok_or("a number");
        let bare = |it| if param.value.is_none() { Ok(it) } else { Err("no value") };
        // The first letters decide for most what they cannot be.
        let known = match param.keyword.as_bytes() {
            [b'S' | b's', ..] if is("SIZE") => Self::Size(number()?),
            [b'S' | b's', ..] if is("SMTPUTF8") => return bare(Self::SmtpUtf8),
            [b'S' | b's', ..] if is("SOLICIT") => Self::Solicit(Cow::Borrowed(text()?)),
            [b'S' | b's', ..] if is("SUBMITTER") => Self::Submitter(xtext(text()?)?),
            [b'B' | b'b', ..] if is("BODY") => match BodyType::of(text()?) {
                Some(body) => Self::Body(body),
                None => Self::Other(param),
            },
            [b'B' | b'b', ..] if is("BY") => Self::By(By::of(text()?).ok_or("a time and a mode")?),
            [b'A' | b'a', ..] if is("AUTH") => {
                Self::Auth(Some(xtext(text()?)?).filter(|who| who != "<>"))
            }
            [b'R' | b'r', ..] if is("RET") => {
                Self::Ret(Ret::of(text()?).ok_or("`FULL` or `HDRS`")?)
            }
            [b'R' | b'r', ..] if is("REQUIRETLS") => return bare(Self::RequireTls),
            [b'R' | b'r', ..] if is("RRVS") => Self::Rrvs(Rrvs::of(text()?).ok_or("a date")?),
            [b'E' | b'e', ..] if is("ENVID") => Self::EnvId(xtext(text()?)?),
            [b'N' | b'n', ..] if is("NOTIFY") => {
                Self::Notify(Notify::of(text()?).ok_or("`NEVER`, or when")?)
            }
            [b'O' | b'o', ..] if is("ORCPT") => Self::Orcpt(Orcpt::of(text()?)?),
            [b'H' | b'h', ..] if is("HOLDFOR") => Self::HoldFor(number()?),
            [b'H' | b'h', ..] if is("HOLDUNTIL") => Self::HoldUntil(Cow::Borrowed(text()?)),
            [b'M' | b'm', ..] if is("MT-PRIORITY") => {
                Self::MtPriority(priority(text()?).ok_or("-9 to 9")?)
            }
            [b'M' | b'm', ..] if is("MTRK") => {
                let (certifier, timeout) = match text()?.split_once(':') {
                    None => (text()?, None),
                    Some((certifier, timeout)) => {
                        let seconds = keyword::number(timeout.as_bytes()).ok_or("a number")?;
                        (certifier, Some(seconds))
                    }
                };
                Self::Mtrk { certifier: Cow::Borrowed(certifier), timeout }
            }
            [b'T' | b't', ..] if is("TRANSID") => Self::TransId(Cow::Borrowed(text()?)),
            [b'C' | b'c', ..] if is("CONPERM") => return bare(Self::ConPerm),
            [b'C' | b'c', ..] if is("CONNEG") => return bare(Self::ConNeg),
            [b'P' | b'p', ..] if is("PRDR") => return bare(Self::Prdr),
            [b'X' | b'x', ..] if is("XVERP") => Self::XVerp(param.value.map(Cow::Borrowed)),
            _ => Self::Other(param),
        };
        Ok(known)
    }

    /// Its name.
    #[must_use]
    pub fn keyword(&self) -> &'a str {
        match self {
            Self::Size(_) => "SIZE",
            Self::Body(_) => "BODY",
            Self::SmtpUtf8 => "SMTPUTF8",
            Self::Auth(_) => "AUTH",
            Self::Ret(_) => "RET",
            Self::EnvId(_) => "ENVID",
            Self::Notify(_) => "NOTIFY",
            Self::Orcpt(_) => "ORCPT",
            Self::By(_) => "BY",
            Self::HoldFor(_) => "HOLDFOR",
            Self::HoldUntil(_) => "HOLDUNTIL",
            Self::MtPriority(_) => "MT-PRIORITY",
            Self::RequireTls => "REQUIRETLS",
            Self::Rrvs(_) => "RRVS",
            Self::Mtrk { .. } => "MTRK",
            Self::Solicit(_) => "SOLICIT",
            Self::TransId(_) => "TRANSID",
            Self::Submitter(_) => "SUBMITTER",
            Self::ConPerm => "CONPERM",
            Self::ConNeg => "CONNEG",
            Self::Prdr => "PRDR",
            Self::XVerp(_) => "XVERP",
            Self::Other(param) => param.keyword,
        }
    }

    /// Its value as it stands on the line.
    pub(crate) fn value(&self) -> Option<String> {
        let encoded = |text: &str| {
            let mut out = Vec::new();
            encode_xtext(text.as_bytes(), &mut out);
            String::from_utf8(out).unwrap_or_default()
        };
        Some(match self {
            Self::Size(n) | Self::HoldFor(n) => n.to_string(),
            Self::Body(body) => body.as_str().into(),
            Self::Auth(None) => "<>".into(),
            Self::Auth(Some(text)) | Self::EnvId(text) | Self::Submitter(text) => encoded(text),
            Self::Ret(ret) => ret.as_str().into(),
            Self::Notify(notify) => notify.to_string(),
            Self::Orcpt(orcpt) => orcpt.to_string(),
            Self::By(by) => by.to_string(),
            Self::HoldUntil(text) | Self::Solicit(text) | Self::TransId(text) => text.to_string(),
            Self::MtPriority(n) => n.to_string(),
            Self::Rrvs(rrvs) => rrvs.to_string(),
            Self::Mtrk { certifier, timeout: None } => certifier.to_string(),
            Self::Mtrk { certifier, timeout: Some(n) } => alloc::format!("{certifier}:{n}"),
            Self::XVerp(delimiters) => return delimiters.as_ref().map(ToString::to_string),
            Self::Other(param) => return param.value.map(Into::into),
            Self::SmtpUtf8 | Self::RequireTls | Self::ConPerm | Self::ConNeg | Self::Prdr => {
                return None;
            }
        })
    }
}

/// Whether the value is one that the keyword can have. Allocates nothing for what is US-ASCII.
pub(crate) fn check(param: Param<'_>) -> Result<(), &'static str> {
    let is = |name: &str| param.keyword.eq_ignore_ascii_case(name);
    if matches!(
        param.keyword.as_bytes(),
        [b'B' | b'b' | b'N' | b'n' | b'R' | b'r', ..] | [_, _, _, b'E' | b'e']
    ) {
        return Parameter::of(param).map(|_| ());
    }
    let escaped = match param.value {
        Some(value) if is("ENVID") || is("AUTH") || is("SUBMITTER") => value,
        Some(value) if is("ORCPT") => match value.split_once(';') {
            Some((kind, address)) if !kind.eq_ignore_ascii_case("utf-8") => {
                Orcpt::new(kind, address).map_err(|_| "an address")?;
                address
            }
            _ => return Parameter::of(param).map(|_| ()),
        },
        _ => return Parameter::of(param).map(|_| ()),
    };
    let mut rest = escaped.as_bytes();
    // Every turn consumes an octet or three.
    loop {
        rest = match rest {
            [] => return Ok(()),
            [b'+', high @ b'0'..=b'7', low, rest @ ..] if low.is_ascii_hexdigit() => {
                match (*high, *low) {
                    (b'0', b'0' | b'A' | b'a' | b'D' | b'd') => return Err("xtext"),
                    _ => rest,
                }
            }
            // What is beyond US-ASCII may be UTF-8 or not.
            [b'+' | 128.., ..] => return xtext(escaped).map(|_| ()),
            [_, rest @ ..] => rest,
        };
    }
}

/// Text that xtext stands for: UTF-8 without NUL and line ends.
fn xtext(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if !value.bytes().any(|b| matches!(b, b'+' | b'=' | 128..)) {
        return Ok(Cow::Borrowed(value));
    }
    let text = decode_xtext(value.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    match text {
        Some(text) if !text.contains(['\0', '\r', '\n']) => Ok(Cow::Owned(text)),
        _ => Err("xtext"),
    }
}

/// ```abnf
/// priority-value = (["-"] NZDIGIT) / "0"
/// ```
fn priority(text: &str) -> Option<i8> {
    match text.as_bytes() {
        [b'0'] => Some(0),
        [b @ b'1'..=b'9'] => i8::try_from(b - b'0').ok(),
        [b'-', b @ b'1'..=b'9'] => i8::try_from(b - b'0').ok().map(|n| -n),
        _ => None,
    }
}

/// What of a message a notice of its failure is to hold (RFC 3461 section 4.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

impl Ret {
    fn of(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if is("FULL") { Some(Self::Full) } else { is("HDRS").then_some(Self::Headers) }
    }

    /// As it stands on the line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        }
    }
}

/// When the sender is to be told (RFC 3461 section 4.1): never, or on some of three occasions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notify(u8);

impl Notify {
    /// Never.
    pub const NEVER: Self = Self(0);
    /// When it was delivered.
    pub const SUCCESS: Self = Self(1);
    /// When it failed.
    pub const FAILURE: Self = Self(2);
    /// When it is late.
    pub const DELAY: Self = Self(4);

    const NAMES: [(Self, &'static str); 3] =
        [(Self::SUCCESS, "SUCCESS"), (Self::FAILURE, "FAILURE"), (Self::DELAY, "DELAY")];

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all those are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn of(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("NEVER") {
            return Some(Self::NEVER);
        }
        text.split(',').try_fold(Self::NEVER, |all, word| {
            let named = |(_, name): &&(Self, &str)| word.eq_ignore_ascii_case(name);
            Self::NAMES.iter().find(named).map(|(one, _)| all.and(*one))
        })
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("NEVER");
        }
        let all = Self::NAMES.iter().filter(|(one, _)| self.has(*one));
        for (n, (_, name)) in all.enumerate() {
            f.write_str(if n > 0 { "," } else { "" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// The recipient that the sender named (RFC 3461 section 4.2, RFC 6533 section 3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Orcpt<'a> {
    kind: Cow<'a, str>,
    address: Cow<'a, str>,
}

impl<'a> Orcpt<'a> {
    /// An address of a type: `rfc822`, `utf-8`, or one that is registered.
    ///
    /// # Errors
    ///
    /// When the type is not one to 32 letters, digits and `-`, or the address is empty or holds
    /// NUL, CR or LF.
    pub fn new(
        kind: impl Into<Cow<'a, str>>,
        address: impl Into<Cow<'a, str>>,
    ) -> Result<Self, Invalid> {
        let (kind, address) = (kind.into(), address.into());
        let bad = kind.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'-');
        if let Some(at) = bad.or((kind.is_empty() || kind.len() > 32).then_some(kind.len())) {
            return Err(Invalid { what: "an address type", at });
        }
        let bad = address.bytes().position(|b| matches!(b, 0 | b'\r' | b'\n'));
        match bad.or(address.is_empty().then_some(0)) {
            Some(at) => Err(Invalid { what: "an address", at }),
            None => Ok(Self { kind, address }),
        }
    }

    fn of(value: &'a str) -> Result<Self, &'static str> {
        let Some((kind, address)) = value.split_once(';') else { return Err("`;`") };
        let address = if kind.eq_ignore_ascii_case("utf-8") {
            // Some send plain xtext under this type (RFC 6533 section 3 allows to read it).
            match decode_utf8_addr_xtext(address) {
                Some(address) => Cow::Owned(address),
                None => xtext(address)?,
            }
        } else {
            xtext(address)?
        };
        Self::new(kind, address).map_err(|_| "an address")
    }

    /// The type of the address.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The address, decoded.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// As it stands on the line.
impl fmt::Display for Orcpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        if self.kind.eq_ignore_ascii_case("utf-8") {
            encode_utf8_addr_xtext(&self.address, &mut out);
        } else {
            encode_xtext(self.address.as_bytes(), &mut out);
        }
        write!(f, "{};{}", self.kind, core::str::from_utf8(&out).unwrap_or_default())
    }
}

/// Until when a message is to be delivered (RFC 2852 section 4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct By {
    /// In seconds from now; negative when it is late already.
    pub seconds: i64,
    /// What becomes of it then.
    pub mode: ByMode,
    /// Whether each host it passes is to be told of.
    pub trace: bool,
}

/// What becomes of a message whose time is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ByMode {
    /// `N`: the sender is told, and it is delivered.
    Notify,
    /// `R`: it is returned.
    Return,
}

impl By {
    /// ```abnf
    /// by-value = by-time";"by-mode[by-trace]
    /// by-time  = ["-" / "+"]1*9digit
    /// ```
    fn of(text: &str) -> Option<Self> {
        let (time, mode) = text.split_once(';')?;
        let (digits, sign) = match time.strip_prefix('-') {
            Some(digits) => (digits, -1),
            None => (time.strip_prefix('+').unwrap_or(time), 1),
        };
        let n = keyword::number(digits.as_bytes()).filter(|_| digits.len() <= 9)?;
        let seconds = i64::try_from(n).ok()? * sign;
        let (mode, trace) = match mode.as_bytes() {
            [b'N' | b'n', rest @ ..] => (ByMode::Notify, rest),
            [b'R' | b'r', rest @ ..] => (ByMode::Return, rest),
            _ => return None,
        };
        let trace = match trace {
            [] => false,
            [b'T' | b't'] => true,
            _ => return None,
        };
        // What is to be returned cannot be late already.
        (mode == ByMode::Notify || seconds > 0).then_some(Self { seconds, mode, trace })
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            ByMode::Notify => "N",
            ByMode::Return => "R",
        };
        write!(f, "{};{mode}{}", self.seconds, if self.trace { "T" } else { "" })
    }
}

/// Since when the recipient must have had the mailbox (RFC 7293).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rrvs<'a> {
    /// A date and time of RFC 3339.
    pub since: Cow<'a, str>,
    /// Whether a host without RRVS may be given it (`C`), or not (`R`); `None` is `R`.
    pub or_continue: Option<bool>,
}

impl<'a> Rrvs<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (since, or_continue) = match text.split_once(';') {
            None => (text, None),
            Some((since, "C" | "c")) => (since, Some(true)),
            Some((since, "R" | "r")) => (since, Some(false)),
            Some(_) => return None,
        };
        (!since.is_empty()).then_some(Self { since: Cow::Borrowed(since), or_continue })
    }
}

impl fmt::Display for Rrvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.since)?;
        f.write_str(match self.or_continue {
            None => "",
            Some(true) => ";C",
            Some(false) => ";R",
        })
    }
}
