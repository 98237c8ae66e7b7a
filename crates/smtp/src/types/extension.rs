//! What a server offers in its answer to EHLO.

use super::{Mechanism, Reply};
use crate::parse;
use crate::{Invalid, Sink, Text};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The most keywords of one EHLO reply that are kept.
const MAX_EXTENSIONS: usize = 100;

/// One line of the answer to EHLO.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Extension<'a> {
    /// `SIZE` (RFC 1870): the largest message, when the server says how large.
    Size(Option<u64>),
    /// `8BITMIME` (RFC 6152).
    EightBitMime,
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
    /// A keyword that this crate has no type for.
    Other {
        /// It, as written.
        keyword: Cow<'a, str>,
        /// What follows the space behind it.
        params: Text<'a>,
    },
}

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
            Self::EightBitMime => "8BITMIME",
            Self::Pipelining => "PIPELINING",
            Self::StartTls => "STARTTLS",
            Self::Auth(_) => "AUTH",
            Self::SmtpUtf8 => "SMTPUTF8",
            Self::EnhancedStatusCodes => "ENHANCEDSTATUSCODES",
            Self::Other { keyword, .. } => keyword,
        }
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Extension<'static> {
        match self {
            Self::Size(max) => Extension::Size(max),
            Self::EightBitMime => Extension::EightBitMime,
            Self::Pipelining => Extension::Pipelining,
            Self::StartTls => Extension::StartTls,
            Self::Auth(list) => {
                Extension::Auth(list.into_iter().map(Mechanism::into_owned).collect())
            }
            Self::SmtpUtf8 => Extension::SmtpUtf8,
            Self::EnhancedStatusCodes => Extension::EnhancedStatusCodes,
            Self::Other { keyword, params } => Extension::Other {
                keyword: Cow::Owned(keyword.into_owned()),
                params: params.into_owned(),
            },
        }
    }

    /// Writes it as it stands in the reply, without code and line end.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(self.keyword().as_bytes());
        match self {
            Self::Size(Some(max)) => {
                out.put(b" ");
                out.put_number(*max);
            }
            Self::Auth(list) => {
                for mechanism in list {
                    out.put(b" ");
                    out.put(mechanism.as_str().as_bytes());
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

/// All that a server offers.
///
/// A line that cannot be read is counted and never costs another; of more than 100 the rest is
/// counted too.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extensions {
    list: Vec<Extension<'static>>,
    damaged: usize,
}

impl Extensions {
    /// What a positive reply to EHLO offers: its lines but the first.
    #[must_use]
    pub fn of(reply: &Reply<'_>) -> Self {
        let mut all = Self::default();
        for line in reply.lines().skip(1) {
            match parse::extension(line) {
                Ok(extension) if all.list.len() < MAX_EXTENSIONS => {
                    all.list.push(extension.into_owned());
                }
                _ => all.damaged += 1,
            }
        }
        all
    }

    /// Each, in the order the server said them.
    pub fn iter(&self) -> impl Iterator<Item = &Extension<'static>> {
        self.list.iter()
    }

    /// How many lines could not be read, or were too many.
    #[must_use]
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Whether there is one of that keyword, in any case.
    #[must_use]
    pub fn has(&self, keyword: &str) -> bool {
        self.iter().any(|extension| extension.keyword().eq_ignore_ascii_case(keyword))
    }

    /// Whether SIZE is offered, and the largest message if the server says how large.
    #[must_use]
    pub fn size(&self) -> Option<Option<u64>> {
        self.iter().find_map(|extension| match extension {
            Extension::Size(max) => Some(max.filter(|&max| max > 0)),
            _ => None,
        })
    }

    /// The mechanisms of every AUTH line.
    pub fn mechanisms(&self) -> impl Iterator<Item = &Mechanism<'static>> {
        self.iter().flat_map(|extension| match extension {
            Extension::Auth(list) => list.as_slice(),
            _ => &[],
        })
    }

    /// Whether the server may be sent a group of commands at once.
    #[must_use]
    pub fn pipelining(&self) -> bool {
        self.list.contains(&Extension::Pipelining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Code;

    #[test]
    fn one_bad_line_never_loses_the_others() {
        let reply = Reply::new(
            Code::OK,
            "mx.example\nSIZE abc\nsize 1000\n\n-BAD\nAUTH=PLAIN LOGIN\nAUTH SCRAM-SHA-256 ! X\n\
             8bitmime\nX-NEW a  b\nPIPELINING",
        );

        let all = Extensions::of(&reply);

        assert_eq!(all.size(), Some(Some(1000)));
        assert!(all.has("8BITMIME") && all.has("x-new") && all.pipelining());
        let mechanisms: Vec<_> = all.mechanisms().map(Mechanism::as_str).collect();
        assert_eq!(mechanisms, ["PLAIN", "LOGIN", "SCRAM-SHA-256", "X"]);
        assert_eq!(all.damaged(), 3);
    }

    #[test]
    fn a_hundred_are_kept_and_the_rest_counted() {
        for (n, damaged) in [(99, 0), (100, 0), (101, 1)] {
            let text = alloc::format!("mx{}", "\nX-EXT".repeat(n));
            assert_eq!(Extensions::of(&Reply::new(Code::OK, text)).damaged(), damaged);
        }
    }

    #[test]
    fn extensions_cannot_hold_a_line_end() {
        assert!(Text::new("a\r\n250 X").is_err());
        assert!(Extension::new("A B", Text::default()).is_err());
        assert!(Extension::new("SIZE", Text::lossy("x")).is_err());
        assert_eq!(Extension::new("size", Text::lossy("5")), Ok(Extension::Size(Some(5))));
    }
}
