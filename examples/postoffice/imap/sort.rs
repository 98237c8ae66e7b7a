//! SORT and THREAD: what SEARCH finds, in an order (RFC 5256).

use super::search::{bad_charset, bad_key, bad_returns};
use super::{Answer, Session, yes};
use examples::Link;
use examples::maildir::Entry;
use mailwire_imap::evaluate::{self, Hit, Question};
use mailwire_imap::types::{Condition, Response, Sort, SortKey, State, Thread};
use mailwire_message::sort::{By, Criterion, Keys};
use mailwire_message::thread::{self, Item, Threads};

/// How messages are put together to threads.
type Algorithm = fn(&[Item<'_>]) -> Threads;

/// What threading needs to know of a message.
struct Told {
    number: u32,
    date: i64,
    subject: String,
    message_id: String,
    references: Vec<String>,
}

impl Session<'_> {
    pub(super) fn sort(&mut self, tag: &str, sort: &Sort<'_>, link: &mut Link) -> Answer {
        let returns = sort.returns.as_deref();
        let refusal = bad_charset(Some(&sort.charset)).or_else(|| bad_returns(returns));
        if let Some(refusal) = refusal.or_else(|| bad_key(&sort.key)) {
            return Ok(refusal);
        }
        let criteria: Option<Vec<Criterion>> = sort
            .criteria
            .iter()
            .map(|criterion| Some(Criterion { by: by(&criterion.by)?, reverse: criterion.reverse }))
            .collect();
        let Some(criteria) = criteria else {
            return Ok(Condition::new(State::Bad, "not something to sort by"));
        };
        let mut sorted = self
            .found(&sort.key, link, |seq, entry, message| Ok((message.keys()?.0, seq, *entry)))?;
        let compare = |a: &(Keys, u32, Entry), b: &(Keys, u32, Entry)| a.0.compare(&b.0, &criteria);
        sorted.sort_by(compare);
        let told = evaluate::names_modseq(&sort.key);
        let hit = |(_, seq, entry): &(Keys, u32, Entry)| Hit {
            number: if sort.uid { entry.uid } else { *seq },
            modseq: if told { entry.modseq } else { 0 },
        };
        let hits: Vec<Hit> = sorted.iter().map(hit).collect();
        let dialect = self.conn.dialect();
        self.answer(&Question { tag, uid: sort.uid, sort: true, returns, dialect }, &hits)
    }

    pub(super) fn thread(&mut self, thread: &Thread<'_>, link: &mut Link) -> Answer {
        if let Some(refusal) = bad_charset(Some(&thread.charset)).or_else(|| bad_key(&thread.key)) {
            return Ok(refusal);
        }
        let Some(algorithm) = algorithm(&thread.algorithm) else {
            return Ok(Condition::new(State::Bad, "threads are not made like that here"));
        };
        let messages = self.found(&thread.key, link, |seq, entry, message| {
            let (keys, head) = message.keys()?;
            let root = head.root();
            let first = |name| root.message_ids(name).into_iter().next();
            let mut references = root.message_ids("References");
            if references.is_empty() {
                references.extend(first("In-Reply-To"));
            }
            Ok(Told {
                number: if thread.uid { entry.uid } else { seq },
                date: keys.date,
                subject: root.text_field("Subject").unwrap_or_default().into_owned(),
                message_id: first("Message-ID").unwrap_or_default(),
                references,
            })
        })?;
        let references: Vec<Vec<&str>> = messages
            .iter()
            .map(|told| told.references.iter().map(String::as_str).collect())
            .collect();
        let items: Vec<Item<'_>> = messages
            .iter()
            .zip(&references)
            .map(|(told, references)| Item {
                id: told.number,
                date: told.date,
                subject: &told.subject,
                message_id: &told.message_id,
                references,
            })
            .collect();
        self.conn.send(&Response::Thread(evaluate::threads(&algorithm(&items))))?;
        Ok(yes("threaded"))
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    let known: [(&str, Algorithm); 2] =
        [("ORDEREDSUBJECT", thread::ordered_subject), ("REFERENCES", thread::references)];
    let named = known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    named.map(|(_, algorithm)| algorithm)
}

fn by(key: &SortKey<'_>) -> Option<By> {
    Some(match key {
        SortKey::Arrival => By::Arrival,
        SortKey::Cc => By::Cc,
        SortKey::Date => By::Date,
        SortKey::From => By::From,
        SortKey::Size => By::Size,
        SortKey::Subject => By::Subject,
        SortKey::To => By::To,
        SortKey::DisplayFrom => By::DisplayFrom,
        SortKey::DisplayTo => By::DisplayTo,
        _ => return None,
    })
}
