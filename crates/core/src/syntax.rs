//! Where bytes stop being what the grammar wants, and what it wanted there.

/// Bytes that do not fit the grammar. Says where and what was expected, never what was there.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("expected {expected} at octet {at}")]
pub struct Syntax {
    /// The offset of the first octet that does not fit.
    pub at: usize,
    /// What should stand there: `a flag`, `` `)` or a space ``.
    pub expected: &'static str,
}

#[cfg(feature = "nom")]
pub use grammar::{Expected, Parsed, expect, whole};

#[cfg(feature = "nom")]
mod grammar {
    use super::Syntax;
    use nom::error::{ErrorKind, ParseError};
    use nom::{IResult, Parser};

    /// The error of mailwire's nom grammars: knows where and what, keeps the alternative that got
    /// furthest, allocates nothing.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct Expected<'i> {
        /// What was left where the parser failed.
        pub at: &'i [u8],
        /// What it wanted there.
        pub what: &'static str,
    }

    const UNNAMED: &str = "something else";

    /// What a grammar function returns: the rest, and the value.
    pub type Parsed<'i, T> = IResult<&'i [u8], T, Expected<'i>>;

    impl<'i> ParseError<&'i [u8]> for Expected<'i> {
        fn from_error_kind(at: &'i [u8], _: ErrorKind) -> Self {
            Self { at, what: UNNAMED }
        }

        fn append(_: &'i [u8], _: ErrorKind, deeper: Self) -> Self {
            deeper
        }

        /// The alternative that got furthest explains best; of two as far, one that has a name.
        fn or(self, other: Self) -> Self {
            let (ours, theirs) = (self.at.len(), other.at.len());
            if theirs < ours || theirs == ours && self.what == UNNAMED { other } else { self }
        }
    }

    /// Names what `parser` wants. The name is used where it fails at its first octet; deeper
    /// failures keep their own.
    pub fn expect<'i, O>(
        what: &'static str,
        mut parser: impl Parser<&'i [u8], Output = O, Error = Expected<'i>>,
    ) -> impl FnMut(&'i [u8]) -> Parsed<'i, O> {
        move |i| {
            parser.parse(i).map_err(|error| {
                error.map(|e| if e.at.len() == i.len() { Expected { at: i, what } } else { e })
            })
        }
    }

    /// Parses all of `i`.
    ///
    /// # Errors
    ///
    /// With the place and the expectation, also when something is left over.
    pub fn whole<'i, O>(
        i: &'i [u8],
        mut parser: impl Parser<&'i [u8], Output = O, Error = Expected<'i>>,
    ) -> Result<O, Syntax> {
        match parser.parse(i) {
            Ok(([], value)) => Ok(value),
            Ok((rest, _)) => Err(Syntax { at: i.len() - rest.len(), expected: "the end" }),
            Err(nom::Err::Error(e) | nom::Err::Failure(e)) => {
                Err(Syntax { at: i.len().saturating_sub(e.at.len()), expected: e.what })
            }
            Err(nom::Err::Incomplete(_)) => Err(Syntax { at: i.len(), expected: "more" }),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use alloc::string::ToString;
        use nom::branch::alt;
        use nom::bytes::complete::{tag, take_while1};
        use nom::sequence::preceded;

        fn flag(i: &[u8]) -> Parsed<'_, &[u8]> {
            let name = || take_while1(|b: u8| b.is_ascii_alphabetic());
            alt((preceded(tag("\\"), expect("a flag name", name())), expect("a flag", name())))
                .parse(i)
        }

        #[test]
        fn the_deeper_alternative_explains() {
            assert_eq!(whole(b"\\Seen", flag), Ok(&b"Seen"[..]));
            assert_eq!(
                whole(b"\\1", flag).unwrap_err().to_string(),
                "expected a flag name at octet 1"
            );
            assert_eq!(whole(b"1", flag).unwrap_err().to_string(), "expected a flag at octet 0");
            assert_eq!(whole(b"a b", flag).unwrap_err().to_string(), "expected the end at octet 1");
        }
    }
}
