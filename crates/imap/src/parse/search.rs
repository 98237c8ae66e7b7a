//! SEARCH keys (RFC 3501 section 6.4.4), with those of WITHIN (RFC 5032), FILTERS (RFC 5466),
//! SEARCH=FUZZY (RFC 6203), CONDSTORE (RFC 7162), OBJECTID (RFC 8474) and SAVEDATE (RFC 8514).

use super::cursor::{Cursor, Parsed};
use super::names;
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
        let (known, name) = self.word("a search key")?;
        let system = |flag| Ok(SearchKey::Flag(Flag::System(flag)));
        let not = |flag| Ok(SearchKey::NotFlag(Flag::System(flag)));
        let other = |rest| {
            let name = core::str::from_utf8(name).unwrap_or_default();
            Ok(SearchKey::Other(Cow::Borrowed(name), rest))
        };
        match known {
            names::ALL => Ok(SearchKey::All),
            names::ANSWERED => system(SystemFlag::Answered),
            names::DELETED => system(SystemFlag::Deleted),
            names::DRAFT => system(SystemFlag::Draft),
            names::FLAGGED => system(SystemFlag::Flagged),
            names::RECENT => system(SystemFlag::Recent),
            names::SEEN => system(SystemFlag::Seen),
            names::NEW => Ok(SearchKey::New),
            names::OLD => not(SystemFlag::Recent),
            names::UNANSWERED => not(SystemFlag::Answered),
            names::UNDELETED => not(SystemFlag::Deleted),
            names::UNDRAFT => not(SystemFlag::Draft),
            names::UNFLAGGED => not(SystemFlag::Flagged),
            names::UNSEEN => not(SystemFlag::Seen),
            0 if name.eq_ignore_ascii_case(b"SAVEDATESUPPORTED") => {
                Ok(SearchKey::SaveDateSupported)
            }
            _ if self.peek() != Some(b' ') => other(crate::types::Raw::default()),
            _ => {
                let before = self.mark();
                self.space()?;
                match known {
                    names::BCC => self.astring().map(SearchKey::Bcc),
                    names::BODY => self.astring().map(SearchKey::Body),
                    names::CC => self.astring().map(SearchKey::Cc),
                    names::FROM => self.astring().map(SearchKey::From),
                    names::SUBJECT => self.astring().map(SearchKey::Subject),
                    names::TEXT => self.astring().map(SearchKey::Text),
                    names::TO => self.astring().map(SearchKey::To),
                    names::HEADER => {
                        let name = self.astring()?;
                        self.space()?;
                        Ok(SearchKey::Header(name, self.astring()?))
                    }
                    names::KEYWORD => self.flag().map(SearchKey::Flag),
                    names::UNKEYWORD => self.flag().map(SearchKey::NotFlag),
                    names::BEFORE => self.date().map(SearchKey::Before),
                    names::ON => self.date().map(SearchKey::On),
                    names::SINCE => self.date().map(SearchKey::Since),
                    names::SENTBEFORE => self.date().map(SearchKey::SentBefore),
                    names::SENTON => self.date().map(SearchKey::SentOn),
                    names::SENTSINCE => self.date().map(SearchKey::SentSince),
                    names::LARGER => self.number64().map(SearchKey::Larger),
                    names::SMALLER => self.number64().map(SearchKey::Smaller),
                    names::UID => self.set().map(SearchKey::Uid),
                    names::NOT => {
                        self.down()?;
                        let key = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Not(Box::new(key)))
                    }
                    names::OR => {
                        self.down()?;
                        let one = self.search_key()?;
                        self.space()?;
                        let other = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Or(Box::new(one), Box::new(other)))
                    }
                    names::MODSEQ => self.search_mod_seq(),
                    names::YOUNGER => self.nz_number().map(SearchKey::Younger),
                    names::OLDER => self.nz_number().map(SearchKey::Older),
                    names::EMAILID => self.object_id().map(SearchKey::EmailId),
                    names::THREADID => self.object_id().map(SearchKey::ThreadId),
                    names::SAVEDBEFORE => self.date().map(SearchKey::SavedBefore),
                    names::SAVEDON => self.date().map(SearchKey::SavedOn),
                    names::SAVEDSINCE => self.date().map(SearchKey::SavedSince),
                    names::FILTER => Ok(SearchKey::Filter(Cow::Borrowed(self.atom("a filter")?))),
                    names::FUZZY => {
                        self.down()?;
                        let key = self.search_key()?;
                        self.up();
                        Ok(SearchKey::Fuzzy(Box::new(key)))
                    }
                    names::ANNOTATION => {
                        let entry = self.list_mailbox()?;
                        self.space()?;
                        let attribute = self.astring()?;
                        self.space()?;
                        let value = if self.eat_nil() { None } else { Some(self.astring()?) };
                        Ok(SearchKey::Annotation { entry, attribute, value })
                    }
                    names::X_GM_RAW => self.astring().map(SearchKey::GmRaw),
                    names::X_GM_MSGID => self.number64().map(SearchKey::GmMsgId),
                    names::X_GM_THRID => self.number64().map(SearchKey::GmThrId),
                    names::X_GM_LABELS => self.label().map(SearchKey::GmLabels),
                    _ => {
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
