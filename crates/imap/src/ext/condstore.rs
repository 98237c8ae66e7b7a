//! CONDSTORE and QRESYNC (RFC 7162): mod-sequences, and catching up after a while. The parameters of
//! SELECT and the modifiers of FETCH and STORE, also those of PARTIAL (RFC 9394) and ANNOTATE.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, NumberSet, Page, Raw, Response};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A parameter of SELECT or EXAMINE.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SelectOption<'a> {
    /// `CONDSTORE`: mod-sequences are to be told.
    CondStore,
    /// `QRESYNC`: what changed since.
    QResync(QResync),
    /// `ANNOTATE` (RFC 5257): changed annotations are to be told.
    Annotate,
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// What a client knows of a mailbox that it selects again (RFC 7162 section 3.2.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QResync {
    /// The validity of unique identifiers.
    pub uid_validity: u32,
    /// The highest mod-sequence that it saw.
    pub mod_seq: u64,
    /// The unique identifiers that it knows; `None`: all there can be.
    pub known: Option<NumberSet>,
    /// Some sequence numbers and the unique identifiers that they had.
    pub pairs: Option<(NumberSet, NumberSet)>,
}

/// A modifier of FETCH.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FetchModifier<'a> {
    /// Only messages that changed since.
    ChangedSince(u64),
    /// Those that are gone, too.
    Vanished,
    /// A page of the messages (RFC 9394).
    Partial(Page),
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// A modifier of STORE.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreModifier<'a> {
    /// Only messages that did not change since.
    UnchangedSince(u64),
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// `VANISHED`: unique identifiers of messages that are gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vanished {
    /// They were gone before: an answer to SELECT or FETCH, not news.
    pub earlier: bool,
    /// Which.
    pub uids: NumberSet,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// select-params = SP "(" select-param *(SP select-param) ")"
    /// ```
    pub(crate) fn select_command(&mut self, examine: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let mut options = Vec::new();
        if self.peek() == Some(b' ') {
            self.space()?;
            options = self.list1(Self::select_option)?;
        }
        Ok(match examine {
            true => Command::Examine(mailbox, options),
            false => Command::Select(mailbox, options),
        })
    }

    fn select_option(&mut self) -> Parsed<SelectOption<'a>> {
        let name = self.atom("an option")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("CONDSTORE") {
            return Ok(SelectOption::CondStore);
        }
        if is("ANNOTATE") {
            return Ok(SelectOption::Annotate);
        }
        if !is("QRESYNC") {
            let (name, value) = self.named_raw(name)?;
            return Ok(SelectOption::Other(name, value));
        }
        self.space()?;
        self.expect(b'(', "`(`")?;
        let uid_validity = self.nz_number()?;
        self.space()?;
        let mod_seq = self.number64()?;
        let mut resync = QResync { uid_validity, mod_seq, known: None, pairs: None };
        if let [b' ', b'0'..=b'9', ..] = self.rest() {
            self.space()?;
            resync.known = Some(self.set()?);
        }
        if self.peek() == Some(b' ') {
            self.space()?;
            self.expect(b'(', "`(`")?;
            let numbers = self.set()?;
            self.space()?;
            resync.pairs = Some((numbers, self.set()?));
            self.expect(b')', "`)`")?;
        }
        self.expect(b')', "`)`")?;
        Ok(SelectOption::QResync(resync))
    }

    /// ```abnf
    /// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
    /// ```
    pub(crate) fn fetch_modifiers(&mut self) -> Parsed<Vec<FetchModifier<'a>>> {
        if self.peek() != Some(b' ') {
            return Ok(Vec::new());
        }
        self.space()?;
        self.list1(|cursor| {
            let name = cursor.atom("a modifier")?;
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            Ok(match () {
                () if is("VANISHED") => FetchModifier::Vanished,
                () if is("CHANGEDSINCE") => {
                    cursor.space()?;
                    FetchModifier::ChangedSince(cursor.number64()?)
                }
                () if is("PARTIAL") => {
                    cursor.space()?;
                    FetchModifier::Partial(cursor.page()?)
                }
                () => {
                    let (name, value) = cursor.named_raw(name)?;
                    FetchModifier::Other(name, value)
                }
            })
        })
    }

    /// ```abnf
    /// store-modifiers = SP "(" store-modifier *(SP store-modifier) ")"
    /// ```
    ///
    /// Stands behind the space, and behind the one after it when it returns.
    pub(crate) fn store_modifiers(&mut self) -> Parsed<Vec<StoreModifier<'a>>> {
        if self.peek() != Some(b'(') {
            return Ok(Vec::new());
        }
        let modifiers = self.list1(|cursor| {
            let name = cursor.atom("a modifier")?;
            if name.eq_ignore_ascii_case("UNCHANGEDSINCE") {
                cursor.space()?;
                return Ok(StoreModifier::UnchangedSince(cursor.number64()?));
            }
            let (name, value) = cursor.named_raw(name)?;
            Ok(StoreModifier::Other(name, value))
        })?;
        self.space()?;
        Ok(modifiers)
    }

    /// ```abnf
    /// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
    /// ```
    pub(crate) fn vanished(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let earlier = self.eat_keyword("(EARLIER)");
        if earlier {
            self.space()?;
        }
        Ok(Response::Vanished(Vanished { earlier, uids: self.set()? }))
    }
}

impl Out<'_> {
    pub(crate) fn select_options(&mut self, options: &[SelectOption<'_>]) {
        if options.is_empty() {
            return;
        }
        self.space();
        self.list(options, |out, option| match option {
            SelectOption::CondStore => out.put("CONDSTORE"),
            SelectOption::Annotate => out.put("ANNOTATE"),
            SelectOption::Other(name, value) => out.named_raw(name, value.as_ref()),
            SelectOption::QResync(resync) => {
                out.numbered("QRESYNC (", resync.uid_validity);
                out.numbered(" ", resync.mod_seq);
                if let Some(known) = &resync.known {
                    out.space();
                    out.set(known);
                }
                if let Some((numbers, uids)) = &resync.pairs {
                    out.put(" (");
                    out.set(numbers);
                    out.space();
                    out.set(uids);
                    out.put(")");
                }
                out.put(")");
            }
        });
    }

    pub(crate) fn fetch_modifiers(&mut self, modifiers: &[FetchModifier<'_>]) {
        if modifiers.is_empty() {
            return;
        }
        self.space();
        self.list(modifiers, |out, modifier| match modifier {
            FetchModifier::ChangedSince(n) => out.numbered("CHANGEDSINCE ", *n),
            FetchModifier::Vanished => out.put("VANISHED"),
            FetchModifier::Partial(page) => {
                out.put("PARTIAL ");
                out.page(*page);
            }
            FetchModifier::Other(name, value) => out.named_raw(name, value.as_ref()),
        });
    }

    pub(crate) fn store_modifiers(&mut self, modifiers: &[StoreModifier<'_>]) {
        if modifiers.is_empty() {
            return;
        }
        self.space();
        self.list(modifiers, |out, modifier| match modifier {
            StoreModifier::UnchangedSince(n) => out.numbered("UNCHANGEDSINCE ", *n),
            StoreModifier::Other(name, value) => out.named_raw(name, value.as_ref()),
        });
    }

    pub(crate) fn vanished(&mut self, vanished: &Vanished) {
        self.put(if vanished.earlier { "VANISHED (EARLIER) " } else { "VANISHED " });
        self.set(&vanished.uids);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "SELECT INBOX (CONDSTORE)",
            "SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
            "EXAMINE a (QRESYNC (1 2 41:211 (1,2 3:4)) ANNOTATE X-Y (1 \"b\"))",
            "SELECT a (QRESYNC (1 90060115194045000 (1:5 7:11)))",
            "FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)",
            "UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 0 VANISHED PARTIAL -1:-30 X-Y 1)",
            "STORE 100:150 (UNCHANGEDSINCE 212030000000) +FLAGS.SILENT ($Processed)",
            "UID STORE 6 (UNCHANGEDSINCE 0 X-Y) FLAGS ()",
            "SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338",
            "SEARCH MODSEQ 620162338 SEEN",
        ]);
        no_commands(&[
            "SELECT INBOX ()",
            "SELECT INBOX (QRESYNC (1))",
            "SELECT INBOX (QRESYNC (0 1))",
            "FETCH 1 (FLAGS) ()",
            "STORE 1 (UNCHANGEDSINCE) FLAGS ()",
        ]);
        responses(&[
            "VANISHED (EARLIER) 41,43:116,118,120:211,214:540",
            "VANISHED 405,407,410,425",
            "SEARCH 2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)",
            "1 FETCH (MODSEQ (624140003))",
            "OK [MODIFIED 7,9] Conditional STORE failed",
            "OK [HIGHESTMODSEQ 715194045007] x",
            "OK [NOMODSEQ] x",
        ]);
    }
}
