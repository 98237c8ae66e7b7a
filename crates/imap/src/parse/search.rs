//! SEARCH keys (RFC 3501 section 6.4.4), with those of WITHIN (RFC 5032), FILTERS (RFC 5466),
//! SEARCH=FUZZY (RFC 6203), CONDSTORE (RFC 7162), OBJECTID (RFC 8474) and SAVEDATE (RFC 8514).

use super::cursor::{Cursor, Parsed};
use crate::types::{Flag, MetadataScope, Octets, SearchKey, SystemFlag};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// search-program = search-key *(SP search-key)
    /// ```
    pub(crate) fn search_keys(&mut self) -> Parsed<SearchKey<'a>> {
        let first = self.search_key()?;
        if self.peek() != Some(b' ') {
            return Ok(first);
        }
        let mut keys = Vec::from([first]);
        // Every turn consumes a key.
        while self.eat(b' ') {
            keys.push(self.search_key()?);
        }
        Ok(SearchKey::And(keys))
    }

    /// ```abnf
    /// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
    /// ```
    pub(crate) fn search_program(&mut self) -> Parsed<(Option<Octets<'a>>, SearchKey<'a>)> {
        let mut charset = None;
        if self.eat_keyword("CHARSET ") {
            charset = Some(self.astring()?);
            self.space()?;
        }
        Ok((charset, self.search_keys()?))
    }

    /// Depth is counted at each parenthesis, NOT, OR and FUZZY.
    fn search_key(&mut self) -> Parsed<SearchKey<'a>> {
        self.count(self.bounds().keys, "fewer search keys")?;
        match self.peek() {
            Some(b'(') => {
                self.down()?;
                self.skip(1);
                let keys = self.search_keys()?;
                self.expect(b')', "`)` or a space")?;
                self.up();
                return Ok(keys);
            }
            Some(b'0'..=b'9' | b'*' | b'$') => return self.set().map(SearchKey::Sequence),
            _ => {}
        }
        let name = self.word("a search key")?;
        let system = |flag| Ok(SearchKey::Flag(Flag::System(flag)));
        let not = |flag| Ok(SearchKey::NotFlag(Flag::System(flag)));
        let is = |key: &str| name.eq_ignore_ascii_case(key.as_bytes());
        let other = |rest| {
            let name = core::str::from_utf8(name).unwrap_or_default();
            Ok(SearchKey::Other(Cow::Borrowed(name), rest))
        };
        match () {
            () if is("ALL") => Ok(SearchKey::All),
            () if is("ANSWERED") => system(SystemFlag::Answered),
            () if is("DELETED") => system(SystemFlag::Deleted),
            () if is("DRAFT") => system(SystemFlag::Draft),
            () if is("FLAGGED") => system(SystemFlag::Flagged),
            () if is("RECENT") => system(SystemFlag::Recent),
            () if is("SEEN") => system(SystemFlag::Seen),
            () if is("NEW") => Ok(SearchKey::New),
            () if is("OLD") => not(SystemFlag::Recent),
            () if is("UNANSWERED") => not(SystemFlag::Answered),
            () if is("UNDELETED") => not(SystemFlag::Deleted),
            () if is("UNDRAFT") => not(SystemFlag::Draft),
            () if is("UNFLAGGED") => not(SystemFlag::Flagged),
            () if is("UNSEEN") => not(SystemFlag::Seen),
            () if is("SAVEDATESUPPORTED") => Ok(SearchKey::SaveDateSupported),
            () if self.peek() != Some(b' ') => other(crate::types::Raw::default()),
            () => {
                let before = self.mark();
                self.space()?;
                match () {
                    () if is("BCC") => self.astring().map(SearchKey::Bcc),
                    () if is("BODY") => self.astring().map(SearchKey::Body),
                    () if is("CC") => self.astring().map(SearchKey::Cc),
                    () if is("FROM") => self.astring().map(SearchKey::From),
                    () if is("SUBJECT") => self.astring().map(SearchKey::Subject),
                    () if is("TEXT") => self.astring().map(SearchKey::Text),
                    () if is("TO") => self.astring().map(SearchKey::To),
                    () if is("HEADER") => {
                        let name = self.astring()?;
                        self.space()?;
                        Ok(SearchKey::Header(name, self.astring()?))
                    }
                    () if is("KEYWORD") => self.flag().map(SearchKey::Flag),
                    () if is("UNKEYWORD") => self.flag().map(SearchKey::NotFlag),
                    () if is("BEFORE") => self.date().map(SearchKey::Before),
                    () if is("ON") => self.date().map(SearchKey::On),
                    () if is("SINCE") => self.date().map(SearchKey::Since),
                    () if is("SENTBEFORE") => self.date().map(SearchKey::SentBefore),
                    () if is("SENTON") => self.date().map(SearchKey::SentOn),
                    () if is("SENTSINCE") => self.date().map(SearchKey::SentSince),
                    () if is("LARGER") => self.number64().map(SearchKey::Larger),
                    () if is("SMALLER") => self.number64().map(SearchKey::Smaller),
                    () if is("UID") => self.set().map(SearchKey::Uid),
                    () if is("NOT") => {
                        self.down()?;
                        let key = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Not(Box::new(key)))
                    }
                    () if is("OR") => {
                        self.down()?;
                        let one = self.search_key()?;
                        self.space()?;
                        let other = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Or(Box::new(one), Box::new(other)))
                    }
                    () if is("MODSEQ") => self.search_mod_seq(),
                    () if is("YOUNGER") => self.nz_number().map(SearchKey::Younger),
                    () if is("OLDER") => self.nz_number().map(SearchKey::Older),
                    () if is("EMAILID") => self.object_id().map(SearchKey::EmailId),
                    () if is("THREADID") => self.object_id().map(SearchKey::ThreadId),
                    () if is("SAVEDBEFORE") => self.date().map(SearchKey::SavedBefore),
                    () if is("SAVEDON") => self.date().map(SearchKey::SavedOn),
                    () if is("SAVEDSINCE") => self.date().map(SearchKey::SavedSince),
                    () if is("FILTER") => {
                        Ok(SearchKey::Filter(Cow::Borrowed(self.atom("a filter")?)))
                    }
                    () if is("FUZZY") => {
                        self.down()?;
                        let key = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Fuzzy(Box::new(key)))
                    }
                    () if is("ANNOTATION") => {
                        let entry = self.list_mailbox()?;
                        self.space()?;
                        let attribute = self.astring()?;
                        self.space()?;
                        let value = if self.eat_nil() { None } else { Some(self.astring()?) };
                        Ok(SearchKey::Annotation { entry, attribute, value })
                    }
                    () if is("X-GM-RAW") => self.astring().map(SearchKey::GmRaw),
                    () if is("X-GM-MSGID") => self.number64().map(SearchKey::GmMsgId),
                    () if is("X-GM-THRID") => self.number64().map(SearchKey::GmThrId),
                    () if is("X-GM-LABELS") => self.label().map(SearchKey::GmLabels),
                    () => {
                        // Where its arguments end is not known: they go up to the end of the list.
                        self.reset(before);
                        self.skip(1);
                        other(self.raw_values()?)
                    }
                }
            }
        }
    }

    /// ```abnf
    /// search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer
    /// ```
    fn search_mod_seq(&mut self) -> Parsed<SearchKey<'a>> {
        let mut entry = None;
        if self.peek() == Some(b'"') {
            let name = Octets::parsed(self.quoted()?);
            self.space()?;
            let scopes = [
                ("priv", MetadataScope::Private),
                ("shared", MetadataScope::Shared),
                ("all", MetadataScope::All),
            ];
            entry = Some((name, self.one_of(&scopes, "priv, shared or all")?));
            self.space()?;
        }
        Ok(SearchKey::ModSeq { entry, value: self.number64()? })
    }
}
