//! Names of mailboxes that some servers do not put in quotes.

use super::cursor::{Cursor, Parsed};
use crate::types::{Mailbox, Octets, Tolerance};
use mailwire_core::Syntax;

impl<'a> Cursor<'a, '_> {
    /// The name in LIST: the last thing of the line but extended data.
    pub(crate) fn listed_mailbox(&mut self) -> Parsed<Mailbox<'a>> {
        let before = self.mark();
        let outcome = self.mailbox();
        let ends = match self.rest() {
            [b' ', b'(', ..] => true,
            rest => rest.iter().all(|&b| b == b' '),
        };
        if outcome.is_ok() && ends || !self.allows(Tolerance::UnquotedName) {
            return outcome;
        }
        self.reset(before);
        let end = self.rest().len();
        self.unquoted(end)
    }

    /// The name in STATUS: what stands before the list.
    pub(crate) fn status_mailbox(&mut self) -> Parsed<Mailbox<'a>> {
        let before = self.mark();
        let outcome = self.mailbox();
        if outcome.is_ok() && matches!(self.rest(), [b' ', b'(' | b' ', ..]) {
            return outcome;
        }
        if !self.allows(Tolerance::UnquotedName) {
            return outcome;
        }
        self.reset(before);
        let list = memchr::memmem::rfind(self.rest(), b" (");
        let Some(end) = list.filter(|&end| end > 0) else { return self.error("a mailbox") };
        self.unquoted(end)
    }

    fn unquoted(&mut self, end: usize) -> Parsed<Mailbox<'a>> {
        let name = self.rest().get(..end).unwrap_or_default();
        let at = self.position();
        self.tolerate(Tolerance::UnquotedName, "a mailbox")?;
        // What is in quotes or a literal is damaged otherwise.
        if matches!(name.first(), Some(b'"' | b'{') | None) {
            return self.error("a mailbox");
        }
        let octets = Octets::new(name).map_err(|_| Syntax { at, expected: "a mailbox" })?;
        self.skip(end);
        Ok(Mailbox::parsed(octets, self.grammar.utf8))
    }
}
