//! What a server offers in its answer to EHLO.

use super::Mechanism;
use crate::parse;
use crate::{Invalid, Sink, Text};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::keyword;

/// One line of the answer to EHLO: every keyword of the IANA registry, those of Postfix and Exim
/// that servers of ours need, and [`Other`](Self::Other) for what an application registers or this
/// crate does not know.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Extension<'a> {
    /// `SIZE` (RFC 1870): the largest message, when the server says how large.
    Size(Option<u64>),
    /// `8BITMIME` (RFC 6152).
    EightBitMime,
    /// `BINARYMIME` (RFC 3030).
    BinaryMime,
    /// `CHUNKING` (RFC 3030): BDAT.
    Chunking,
    /// `PIPELINING` (RFC 2920).
    Pipelining,
    /// `STARTTLS` (RFC 3207).
    StartTls,
    /// `AUTH` (RFC 4954), also as the old `AUTH=`.
    Auth(Vec<Mechanism<'a>>),
    /// `SMTPUTF8` (RFC 6531).
    SmtpUtf8,
    /// `ENHANCEDSTATUSCODES` (RFC 2034).
    EnhancedStatusCodes,
    /// `DSN` (RFC 3461).
    Dsn,
    /// `DELIVERBY` (RFC 2852): the least time, in seconds, that the server takes on.
    DeliverBy(Option<u64>),
    /// `FUTURERELEASE` (RFC 4865): the longest hold.
    FutureRelease {
        /// In seconds.
        max_interval: u64,
        /// As a date and time of RFC 3339.
        max_date: Text<'a>,
    },
    /// `MT-PRIORITY` (RFC 6710): the profile, if the server names one.
    MtPriority(Words<'a>),
    /// `REQUIRETLS` (RFC 8689).
    RequireTls,
    /// `LIMITS` (RFC 9422): how many of what.
    Limits(Limits<'a>),
    /// `RRVS` (RFC 7293).
    Rrvs,
    /// `ETRN` (RFC 1985).
    Etrn,
    /// `ATRN` (RFC 2645).
    Atrn,
    /// `BURL` (RFC 4468): `imap`, or the servers it fetches from.
    Burl(Words<'a>),
    /// `CHECKPOINT` (RFC 1845).
    Checkpoint,
    /// `NO-SOLICITING` (RFC 3865): the classes that the server refuses.
    NoSoliciting(Words<'a>),
    /// `MTRK` (RFC 3885).
    Mtrk,
    /// `CONPERM` (RFC 4141).
    ConPerm,
    /// `CONNEG` (RFC 4141).
    ConNeg,
    /// `SUBMITTER` (RFC 4405).
    Submitter,
    /// `UTF8SMTP` (RFC 5336), which SMTPUTF8 has replaced.
    Utf8Smtp,
    /// `VRFY` (RFC 5321).
    Vrfy,
    /// `EXPN` (RFC 5321).
    Expn,
    /// `HELP` (RFC 5321).
    Help,
    /// `SEND` (RFC 821).
    Send,
    /// `SOML` (RFC 821).
    Soml,
    /// `SAML` (RFC 821).
    Saml,
    /// `TURN` (RFC 821).
    Turn,
    /// `VERB` (Allman, in the registry).
    Verb,
    /// `ONEX` (Allman, in the registry).
    Onex,
    /// `XCLIENT` (Postfix): the attributes that the server takes.
    XClient(Words<'a>),
    /// `XFORWARD` (Postfix): the attributes that the server takes.
    XForward(Words<'a>),
    /// `PRDR` (Exim; draft-hall-prdr): an answer for each recipient.
    Prdr,
    /// `XVERP` (Postfix).
    XVerp,
    /// A keyword that this crate has no type for.
    Other {
        /// It, as written.
        keyword: Cow<'a, str>,
        /// What follows the space behind it.
        params: Text<'a>,
    },
}

/// The keywords that are nothing but a keyword.
pub(crate) static BARE: [(&str, Extension<'static>); 29] = [
    ("8BITMIME", Extension::EightBitMime),
    ("PIPELINING", Extension::Pipelining),
    ("CHUNKING", Extension::Chunking),
    ("STARTTLS", Extension::StartTls),
    ("SMTPUTF8", Extension::SmtpUtf8),
    ("ENHANCEDSTATUSCODES", Extension::EnhancedStatusCodes),
    ("DSN", Extension::Dsn),
    ("BINARYMIME", Extension::BinaryMime),
    ("HELP", Extension::Help),
    ("VRFY", Extension::Vrfy),
    ("ETRN", Extension::Etrn),
    ("EXPN", Extension::Expn),
    ("REQUIRETLS", Extension::RequireTls),
    ("RRVS", Extension::Rrvs),
    ("ATRN", Extension::Atrn),
    ("CHECKPOINT", Extension::Checkpoint),
    ("MTRK", Extension::Mtrk),
    ("CONPERM", Extension::ConPerm),
    ("CONNEG", Extension::ConNeg),
    ("SUBMITTER", Extension::Submitter),
    ("UTF8SMTP", Extension::Utf8Smtp),
    ("SEND", Extension::Send),
    ("SOML", Extension::Soml),
    ("SAML", Extension::Saml),
    ("TURN", Extension::Turn),
    ("VERB", Extension::Verb),
    ("ONEX", Extension::Onex),
    ("PRDR", Extension::Prdr),
    ("XVERP", Extension::XVerp),
];

/// Those behind which something stands.
pub(crate) const WITH_PARAMS: [&str; 10] = [
    "SIZE",
    "AUTH",
    "LIMITS",
    "DELIVERBY",
    "FUTURERELEASE",
    "MT-PRIORITY",
    "BURL",
    "NO-SOLICITING",
    "XCLIENT",
    "XFORWARD",
];

impl<'a> Extension<'a> {
    /// An extension of a keyword and what stands behind it.
    ///
    /// # Errors
    ///
    /// When the keyword is none, or what follows does not fit what the keyword means.
    pub fn new(keyword: &'a str, params: Text<'a>) -> Result<Self, Invalid> {
        let mut line = Vec::from(keyword);
        if !params.as_str().is_empty() {
            line.push(b' ');
            line.extend_from_slice(params.as_str().as_bytes());
        }
        match parse::extension(&line).map(Extension::into_owned) {
            Ok(Extension::Other { keyword: read, .. }) if read == keyword => {
                Ok(Self::Other { keyword: Cow::Borrowed(keyword), params })
            }
            Ok(Extension::Other { keyword: read, .. }) => {
                Err(Invalid { what: "an extension", at: read.len() })
            }
            Ok(known) => Ok(known),
            Err(error) => Err(Invalid { what: "an extension", at: error.at }),
        }
    }

    /// The keyword; as written when it is not known.
    #[must_use]
    pub fn keyword(&self) -> &str {
        match self {
            Self::Size(_) => "SIZE",
            Self::Auth(_) => "AUTH",
            Self::DeliverBy(_) => "DELIVERBY",
            Self::FutureRelease { .. } => "FUTURERELEASE",
            Self::MtPriority(_) => "MT-PRIORITY",
            Self::Limits(_) => "LIMITS",
            Self::Burl(_) => "BURL",
            Self::NoSoliciting(_) => "NO-SOLICITING",
            Self::XClient(_) => "XCLIENT",
            Self::XForward(_) => "XFORWARD",
            Self::Other { keyword, .. } => keyword,
            bare => BARE.iter().find(|(_, known)| known == bare).map_or("", |(name, _)| name),
        }
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Extension<'static> {
        match self {
            Self::Size(max) => Extension::Size(max),
            Self::Auth(list) => {
                Extension::Auth(list.into_iter().map(Mechanism::into_owned).collect())
            }
            Self::DeliverBy(least) => Extension::DeliverBy(least),
            Self::FutureRelease { max_interval, max_date } => {
                Extension::FutureRelease { max_interval, max_date: max_date.into_owned() }
            }
            Self::MtPriority(words) => Extension::MtPriority(words.into_owned()),
            Self::Limits(limits) => Extension::Limits(Limits(limits.0.into_owned())),
            Self::Burl(words) => Extension::Burl(words.into_owned()),
            Self::NoSoliciting(words) => Extension::NoSoliciting(words.into_owned()),
            Self::XClient(words) => Extension::XClient(words.into_owned()),
            Self::XForward(words) => Extension::XForward(words.into_owned()),
            Self::XVerp => Extension::XVerp,
            Self::Other { keyword, params } => Extension::Other {
                keyword: Cow::Owned(keyword.into_owned()),
                params: params.into_owned(),
            },
            Self::EightBitMime => Extension::EightBitMime,
            Self::BinaryMime => Extension::BinaryMime,
            Self::Chunking => Extension::Chunking,
            Self::Pipelining => Extension::Pipelining,
            Self::StartTls => Extension::StartTls,
            Self::SmtpUtf8 => Extension::SmtpUtf8,
            Self::EnhancedStatusCodes => Extension::EnhancedStatusCodes,
            Self::Dsn => Extension::Dsn,
            Self::RequireTls => Extension::RequireTls,
            Self::Rrvs => Extension::Rrvs,
            Self::Etrn => Extension::Etrn,
            Self::Atrn => Extension::Atrn,
            Self::Checkpoint => Extension::Checkpoint,
            Self::Mtrk => Extension::Mtrk,
            Self::ConPerm => Extension::ConPerm,
            Self::ConNeg => Extension::ConNeg,
            Self::Submitter => Extension::Submitter,
            Self::Utf8Smtp => Extension::Utf8Smtp,
            Self::Vrfy => Extension::Vrfy,
            Self::Expn => Extension::Expn,
            Self::Help => Extension::Help,
            Self::Send => Extension::Send,
            Self::Soml => Extension::Soml,
            Self::Saml => Extension::Saml,
            Self::Turn => Extension::Turn,
            Self::Verb => Extension::Verb,
            Self::Onex => Extension::Onex,
            Self::Prdr => Extension::Prdr,
        }
    }

    /// Writes it as it stands in the reply, without code and line end.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(self.keyword().as_bytes());
        match self {
            Self::Size(Some(n)) | Self::DeliverBy(Some(n)) => {
                out.put(b" ");
                out.put_number(*n);
            }
            Self::Auth(list) => {
                for mechanism in list {
                    out.put(b" ");
                    out.put(mechanism.as_str().as_bytes());
                }
            }
            Self::FutureRelease { max_interval, max_date } => {
                out.put(b" ");
                out.put_number(*max_interval);
                out.put(b" ");
                out.put(max_date.as_str().as_bytes());
            }
            Self::MtPriority(words)
            | Self::Limits(Limits(words))
            | Self::Burl(words)
            | Self::NoSoliciting(words)
            | Self::XClient(words)
            | Self::XForward(words) => {
                for word in words.iter() {
                    out.put(b" ");
                    out.put(word.as_bytes());
                }
            }
            Self::Other { params, .. } if !params.as_str().is_empty() => {
                out.put(b" ");
                out.put(params.as_str().as_bytes());
            }
            _ => {}
        }
    }
}

/// Words that stand behind a keyword, with spaces between.
#[derive(Clone, Debug, Default)]
pub struct Words<'a>(pub(crate) Text<'a>);

impl<'a> Words<'a> {
    /// Words of a text; how many spaces stand between them means nothing.
    #[must_use]
    pub fn new(text: Text<'a>) -> Self {
        Self(text)
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.as_str().split(' ').filter(|word| !word.is_empty())
    }

    /// Whether there is that word, in any case.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.iter().any(|it| it.eq_ignore_ascii_case(word))
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Words<'static> {
        Words(self.0.into_owned())
    }
}

/// The same words in the same order.
impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Words<'_> {}

/// How many of what a server takes (RFC 9422). Names it does not define are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits<'a>(pub(crate) Words<'a>);

impl<'a> Limits<'a> {
    /// Limits as they are written: `RCPTMAX=100 MAILMAX=50`.
    #[must_use]
    pub fn new(words: Words<'a>) -> Self {
        Self(words)
    }

    /// Each name and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|word| match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        })
    }

    /// `MAILMAX`: the most transactions of a session.
    #[must_use]
    pub fn mail_max(&self) -> Option<u64> {
        self.number("MAILMAX")
    }

    /// `RCPTMAX`: the most recipients of a transaction.
    #[must_use]
    pub fn rcpt_max(&self) -> Option<u64> {
        self.number("RCPTMAX")
    }

    /// `RCPTDOMAINMAX`: the most domains of recipients in a session.
    #[must_use]
    pub fn rcpt_domain_max(&self) -> Option<u64> {
        self.number("RCPTDOMAINMAX")
    }

    /// A limit is a number of one to six digits that is not 0; another value is none.
    fn number(&self, name: &str) -> Option<u64> {
        let (_, value) = self.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?;
        let n = keyword::number(value?.as_bytes())?;
        (1..1_000_000).contains(&n).then_some(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_cannot_hold_a_line_end() {
        assert!(Text::new("a\r\n250 X").is_err());
        assert!(Extension::new("A B", Text::default()).is_err());
        assert!(Extension::new("SIZE", Text::lossy("x")).is_err());
        assert!(Extension::new("LIMITS", Text::lossy("RCPTMAX=0x")).is_err());
        assert_eq!(Extension::new("size", Text::lossy("5")), Ok(Extension::Size(Some(5))));
    }

    #[test]
    fn every_keyword_of_the_registry_is_written_as_it_was_read() {
        for line in [
            "SIZE",
            "SIZE 1000",
            "AUTH PLAIN SCRAM-SHA-256",
            "DELIVERBY",
            "DELIVERBY 240",
            "FUTURERELEASE 604800 2026-12-01T00:00:00Z",
            "MT-PRIORITY",
            "MT-PRIORITY MIXER",
            "LIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=1 X-NEW=a",
            "BURL",
            "BURL imap imap://example.org",
            "NO-SOLICITING net.example:ADV",
            "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT",
            "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
            "XVERP",
            "X-OURS a  b",
        ]
        .into_iter()
        .chain(BARE.iter().map(|(name, _)| *name))
        {
            let read = parse::extension(line.as_bytes()).unwrap();
            let mut written = Vec::new();
            read.encode(&mut written);
            assert_eq!(written, line.as_bytes());
            let is_other = matches!(read, Extension::Other { .. });
            assert_eq!(is_other, line.starts_with("X-"), "{line}");
            assert_eq!(read.clone().into_owned(), read);
            // In any case, and for those that take nothing whatever stands behind them.
            let small = line.to_ascii_lowercase();
            if !is_other {
                assert_eq!(
                    parse::extension(small.as_bytes()).unwrap().keyword(),
                    read.keyword(),
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn limits_are_one_to_six_digits() {
        for (value, max) in
            [("0", None), ("1", Some(1)), ("999999", Some(999_999)), ("1000000", None)]
        {
            let text = alloc::format!("RCPTMAX={value}");
            let limits = Limits::new(Words::new(Text::new(text).unwrap()));
            assert_eq!(limits.rcpt_max(), max);
        }
    }
}
