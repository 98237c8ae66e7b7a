//! SEARCH: what is asked of each message, and what is answered.

use super::candidate::Message;
use super::progress::Progress;
use super::{Answer, Failure, Session, no, yes};
use examples::Link;
use examples::maildir::Entry;
use mailwire_imap::evaluate::{self, Hit, Question};
use mailwire_imap::types::{Code, Condition, Octets, SearchKey, SearchReturn, State};
use std::io;
use tokio::task::block_in_place;

/// What a SEARCH asks.
pub(super) struct Search<'s> {
    pub(super) tag: &'s str,
    pub(super) uid: bool,
    pub(super) returns: Option<&'s [SearchReturn<'s>]>,
    pub(super) charset: Option<&'s Octets<'s>>,
    pub(super) key: &'s SearchKey<'s>,
}

impl Session<'_> {
    pub(super) fn search(&mut self, search: &Search<'_>, link: &mut Link) -> Answer {
        let Search { tag, uid, returns, charset, key } = *search;
        let refusal = bad_charset(charset).or_else(|| bad_returns(returns));
        if let Some(refusal) = refusal.or_else(|| bad_key(key)) {
            return Ok(refusal);
        }
        let found = self.found(key, link, |seq, entry, _| Ok((seq, *entry)))?;
        // Mod-sequences are told to who asks for them (RFC 7162 section 3.1.5).
        let told = evaluate::names_modseq(key);
        let hits: Vec<Hit> = found
            .iter()
            .map(|&(seq, entry)| Hit {
                number: if uid { entry.uid } else { seq },
                modseq: if told { entry.modseq } else { 0 },
            })
            .collect();
        let dialect = self.conn.dialect();
        self.answer(&Question { tag, uid, sort: false, returns, dialect }, &hits)
    }

    /// Sends what is asked of what was found, and keeps what `$` stands for.
    pub(super) fn answer(&mut self, question: &Question<'_>, hits: &[Hit]) -> Answer {
        let answer = evaluate::answer(question, hits);
        let view = self.view.as_mut().ok_or(Failure::State)?;
        if let Some(saved) = answer.saved {
            let uid = |number: u32| match question.uid {
                true => Some(number),
                false => view.uid(number),
            };
            view.saved = saved.into_iter().filter_map(uid).collect();
        }
        if let Some(response) = &answer.response {
            self.conn.send(response)?;
        }
        Ok(yes("searched"))
    }

    /// What is to be known of each message that a key finds, rising.
    pub(super) fn found<T>(
        &mut self,
        key: &SearchKey<'_>,
        link: &mut Link,
        look: impl Fn(u32, &Entry, &mut Message<'_>) -> io::Result<T>,
    ) -> Result<Vec<T>, Failure> {
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let (mut found, mut key) = (Vec::new(), key.clone());
        evaluate::prepare(&mut key, (view.count(), view.last_uid()));
        let mut progress = Progress::new(&mut self.conn, link, self.office.progress, view.count());
        block_in_place(|| {
            for (seq, entry) in view.iter() {
                let mut message = Message::new(view, seq, entry);
                let looked = match evaluate::matches(&key, &mut message) {
                    Ok(true) => look(seq, entry, &mut message).map(Some),
                    Ok(false) => Ok(None),
                    Err(error) => Err(error),
                };
                match looked {
                    Ok(known) => found.extend(known),
                    // Removed by another session just now.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
                progress.step();
            }
            Ok(())
        })?;
        Ok(found)
    }
}

pub(super) fn bad_charset(charset: Option<&Octets<'_>>) -> Option<Condition<'static>> {
    let known = |charset: &Octets<'_>| {
        let name = charset.as_bytes();
        name.eq_ignore_ascii_case(b"UTF-8") || name.eq_ignore_ascii_case(b"US-ASCII")
    };
    let charsets = vec![b"UTF-8".into(), b"US-ASCII".into()];
    (!charset.is_none_or(known))
        .then(|| no("not that charset").with_code(Code::BadCharset(charsets)))
}

pub(super) fn bad_returns(returns: Option<&[SearchReturn<'_>]>) -> Option<Condition<'static>> {
    let known = |wanted: &SearchReturn<'_>| {
        use SearchReturn::{All, Count, Max, Min, Partial, Save};
        matches!(wanted, Min | Max | All | Count | Save | Partial(_))
    };
    let returns = returns.unwrap_or_default();
    if !returns.iter().all(known) {
        return Some(Condition::new(State::Bad, "not something that can be returned here"));
    }
    // RFC 9394 section 3.1.
    let numbers =
        |wanted: &&SearchReturn<'_>| matches!(wanted, SearchReturn::All | SearchReturn::Partial(_));
    (returns.iter().filter(numbers).count() > 1)
        .then(|| Condition::new(State::Bad, "all that was found, or one page of it"))
}

/// What is said to a search for what cannot be looked for here.
pub(super) fn bad_key(key: &SearchKey<'_>) -> Option<Condition<'static>> {
    let mut keys = vec![key];
    // Every turn takes a key of those that were parsed.
    while let Some(key) = keys.pop() {
        match key {
            SearchKey::And(all) => keys.extend(all),
            SearchKey::Or(one, other) => keys.extend([&**one, &**other]),
            SearchKey::Not(key) => keys.push(key),
            SearchKey::Fuzzy(_)
            | SearchKey::Filter(_)
            | SearchKey::Annotation(_)
            | SearchKey::GmRaw(_)
            | SearchKey::GmMsgId(_)
            | SearchKey::GmThrId(_)
            | SearchKey::GmLabels(_)
            | SearchKey::Other(..) => {
                return Some(Condition::new(State::Bad, "not something that is looked for here"));
            }
            _ => {}
        }
    }
    None
}
