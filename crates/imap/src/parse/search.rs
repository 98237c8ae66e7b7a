//! SEARCH keys (RFC 3501 section 6.4.4), with those of WITHIN (RFC 5032), FILTERS (RFC 5466),
//! SEARCH=FUZZY (RFC 6203), CONDSTORE (RFC 7162), OBJECTID (RFC 8474) and SAVEDATE (RFC 8514).

use super::cursor::{Cursor, Parsed};
use super::names;
use crate::types::{AnnotationKey, Day, Flag, MetadataScope, Octets, Raw, SearchKey, SystemFlag};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// search-program = search-key *(SP search-key)
    /// ```
    pub(crate) fn search_keys(&mut self) -> Parsed<SearchKey<'a>> {
        let mut keys = SearchKey::All;
        self.search_keys_into(&mut keys)?;
        Ok(keys)
    }

    /// The same, to where they are wanted: a key is large, and is not moved from where it is read.
    pub(super) fn search_keys_into(&mut self, to: &mut SearchKey<'a>) -> Parsed<()> {
        self.search_key(to)?;
        if self.peek() != Some(b' ') {
            return Ok(());
        }
        let mut keys = Vec::with_capacity(4);
        keys.push(core::mem::replace(to, SearchKey::All));
        // Every turn consumes a key.
        while self.eat(b' ') {
            keys.push(SearchKey::All);
            if let Some(last) = keys.last_mut() {
                self.search_key(last)?;
            }
        }
        *to = SearchKey::And(keys);
        Ok(())
    }

    /// ```abnf
    /// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
    /// ```
    pub(crate) fn search_program(
        &mut self,
        charset: &mut Option<Octets<'a>>,
        keys: &mut SearchKey<'a>,
    ) -> Parsed<()> {
        if self.eat_keyword("CHARSET ") {
            *charset = Some(self.astring()?);
            self.space()?;
        }
        self.search_keys_into(keys)
    }

    /// Depth is counted at each parenthesis, NOT, OR and FUZZY.
    fn search_key(&mut self, to: &mut SearchKey<'a>) -> Parsed<()> {
        self.count(self.bounds().keys, "fewer search keys")?;
        match self.peek() {
            Some(b'(') => {
                self.down()?;
                self.skip(1);
                self.search_keys_into(to)?;
                self.expect(b')', "`)` or a space")?;
                self.up();
                return Ok(());
            }
            Some(b'0'..=b'9' | b'*' | b'$') => {
                *to = SearchKey::Sequence(self.set()?);
                return Ok(());
            }
            _ => {}
        }
        let (known, name) = self.word("a search key")?;
        let system = |flag| SearchKey::Flag(Flag::System(flag));
        let not = |flag| SearchKey::NotFlag(Flag::System(flag));
        *to = match known {
            names::ALL => SearchKey::All,
            names::ANSWERED => system(SystemFlag::Answered),
            names::DELETED => system(SystemFlag::Deleted),
            names::DRAFT => system(SystemFlag::Draft),
            names::FLAGGED => system(SystemFlag::Flagged),
            names::RECENT => system(SystemFlag::Recent),
            names::SEEN => system(SystemFlag::Seen),
            names::NEW => SearchKey::New,
            names::OLD => not(SystemFlag::Recent),
            names::UNANSWERED => not(SystemFlag::Answered),
            names::UNDELETED => not(SystemFlag::Deleted),
            names::UNDRAFT => not(SystemFlag::Draft),
            names::UNFLAGGED => not(SystemFlag::Flagged),
            names::UNSEEN => not(SystemFlag::Seen),
            names::NONE if name.eq_ignore_ascii_case(b"SAVEDATESUPPORTED") => {
                SearchKey::SaveDateSupported
            }
            _ if self.peek() != Some(b' ') => other(name, Raw::default()),
            _ => return self.search_key_of(known, name, to),
        };
        Ok(())
    }

    /// A key that has arguments.
    fn search_key_of(
        &mut self,
        known: names::Key,
        name: &'a [u8],
        to: &mut SearchKey<'a>,
    ) -> Parsed<()> {
        let before = self.mark();
        self.space()?;
        *to = match known {
            names::BCC => return self.with_string(SearchKey::Bcc, to),
            names::BODY => return self.with_string(SearchKey::Body, to),
            names::CC => return self.with_string(SearchKey::Cc, to),
            names::FROM => return self.with_string(SearchKey::From, to),
            names::SUBJECT => return self.with_string(SearchKey::Subject, to),
            names::TEXT => return self.with_string(SearchKey::Text, to),
            names::TO => return self.with_string(SearchKey::To, to),
            names::X_GM_RAW => return self.with_string(SearchKey::GmRaw, to),
            names::BEFORE => return self.with_day(SearchKey::Before, to),
            names::ON => return self.with_day(SearchKey::On, to),
            names::SINCE => return self.with_day(SearchKey::Since, to),
            names::SENTBEFORE => return self.with_day(SearchKey::SentBefore, to),
            names::SENTON => return self.with_day(SearchKey::SentOn, to),
            names::SENTSINCE => return self.with_day(SearchKey::SentSince, to),
            names::SAVEDBEFORE => return self.with_day(SearchKey::SavedBefore, to),
            names::SAVEDON => return self.with_day(SearchKey::SavedOn, to),
            names::SAVEDSINCE => return self.with_day(SearchKey::SavedSince, to),
            names::NOT => SearchKey::Not(self.inner_key()?),
            names::FUZZY => SearchKey::Fuzzy(self.inner_key()?),
            names::OR => {
                self.down()?;
                let mut both = (Box::new(SearchKey::All), Box::new(SearchKey::All));
                self.search_key(&mut both.0)?;
                self.space()?;
                self.search_key(&mut both.1)?;
                self.up();
                SearchKey::Or(both.0, both.1)
            }
            names::HEADER => {
                let name = self.astring()?;
                self.space()?;
                SearchKey::Header(name, self.astring()?)
            }
            names::KEYWORD => SearchKey::Flag(self.flag()?),
            names::UNKEYWORD => SearchKey::NotFlag(self.flag()?),
            names::LARGER => SearchKey::Larger(self.number64()?),
            names::SMALLER => SearchKey::Smaller(self.number64()?),
            names::UID => SearchKey::Uid(self.set()?),
            names::MODSEQ => self.search_mod_seq()?,
            names::YOUNGER => SearchKey::Younger(self.nz_number()?),
            names::OLDER => SearchKey::Older(self.nz_number()?),
            names::EMAILID => SearchKey::EmailId(self.object_id()?),
            names::THREADID => SearchKey::ThreadId(self.object_id()?),
            names::FILTER => SearchKey::Filter(Cow::Borrowed(self.atom("a filter")?)),
            names::ANNOTATION => {
                let entry = self.list_mailbox()?;
                self.space()?;
                let attribute = self.astring()?;
                self.space()?;
                let value = if self.eat_nil() { None } else { Some(self.astring()?) };
                SearchKey::Annotation(Box::new(AnnotationKey { entry, attribute, value }))
            }
            names::X_GM_MSGID => SearchKey::GmMsgId(self.number64()?),
            names::X_GM_THRID => SearchKey::GmThrId(self.number64()?),
            names::X_GM_LABELS => SearchKey::GmLabels(self.label()?),
            _ => {
                // Where its arguments end is not known: they go up to the end of the list.
                self.reset(before);
                self.skip(1);
                other(name, self.raw_values()?)
            }
        };
        Ok(())
    }

    /// The key that NOT or FUZZY is about.
    fn inner_key(&mut self) -> Parsed<Box<SearchKey<'a>>> {
        self.down()?;
        let mut key = Box::new(SearchKey::All);
        self.search_key(&mut key)?;
        self.up();
        Ok(key)
    }

    /// A key of one string.
    #[inline(never)]
    fn with_string(
        &mut self,
        key: fn(Octets<'a>) -> SearchKey<'a>,
        to: &mut SearchKey<'a>,
    ) -> Parsed<()> {
        *to = key(self.astring()?);
        Ok(())
    }

    /// A key of one day.
    #[inline(never)]
    fn with_day(&mut self, key: fn(Day) -> SearchKey<'a>, to: &mut SearchKey<'a>) -> Parsed<()> {
        *to = key(self.date()?);
        Ok(())
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

/// A key that is not known, and what follows it.
fn other<'a>(name: &'a [u8], rest: Raw<'a>) -> SearchKey<'a> {
    SearchKey::Other(Cow::Borrowed(core::str::from_utf8(name).unwrap_or_default()), rest)
}
