//! LANGUAGE, I18NLEVEL=1 and I18NLEVEL=2 (RFC 5255): the language of texts, and how strings compare.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Octets, Response};
use alloc::vec::Vec;

/// A COMPARATOR response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Comparator<'a> {
    /// The one in force.
    pub active: Octets<'a>,
    /// Those that fit what was asked.
    pub matching: Vec<Octets<'a>>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// language-data = "LANGUAGE" SP "(" lang-tag-quoted *(SP lang-tag-quoted) ")"
    /// ```
    pub(crate) fn language(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        Ok(Response::Language(self.list1(Self::astring)?))
    }

    /// ```abnf
    /// comparator-data = "COMPARATOR" SP comp-sel-quoted
    ///                   [SP "(" comp-id-quoted *(SP comp-id-quoted) ")"]
    /// ```
    pub(crate) fn comparator(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let active = self.astring()?;
        let matching = match self.rest() {
            [b' ', b'(', ..] => {
                self.space()?;
                self.list1(Self::astring)?
            }
            _ => Vec::new(),
        };
        Ok(Response::Comparator(Comparator { active, matching }))
    }
}

impl Out<'_> {
    pub(crate) fn comparator(&mut self, comparator: &Comparator<'_>) {
        self.put("COMPARATOR ");
        self.astring(&comparator.active);
        if !comparator.matching.is_empty() {
            self.space();
            self.list(&comparator.matching, Self::astring);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["LANGUAGE", "LANGUAGE DE fr-CA", "COMPARATOR", "COMPARATOR cz;* i;basic"]);
        responses(&[
            "LANGUAGE (EN DE IT i-default)",
            "COMPARATOR i;unicode-casemap",
            "COMPARATOR i;basic (i;basic i;unicode-casemap)",
            "NO [BADCOMPARATOR] x",
        ]);
    }
}
