//! LIST and LSUB: which folders there are, and what is told of them.

use super::folders::DELIMITER;
use super::{Answer, Session, yes};
use mailwire_imap::evaluate::{self, Listed};
use mailwire_imap::types::{
    Condition, List, ListAttribute, ListAttributes, ListQuery, ListReturn, Mailbox, Octets,
    Response, State,
};
use mailwire_imap::view::list_matches;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use tokio::task::block_in_place;

impl Session<'_> {
    pub(super) fn list(&mut self, query: &ListQuery<'_>) -> Answer {
        let asks_delimiter = query.patterns.iter().all(|pattern| pattern.as_bytes().is_empty());
        if asks_delimiter && query.selection.is_none() && query.returns.is_none() {
            // RFC 3501 section 6.3.8.
            let attributes = [ListAttribute::Noselect];
            self.conn.send(&Response::List(entry("", attributes)?))?;
            return Ok(yes("listed"));
        }
        let user = self.user()?;
        let (folders, subscriptions) =
            block_in_place(|| Ok::<_, io::Error>((user.mail.list()?, user.mail.subscriptions()?)))?;
        let mut all: BTreeMap<String, Listed> = BTreeMap::new();
        for name in subscriptions {
            let subscribed = Listed { name: name.clone(), subscribed: true, ..Listed::default() };
            all.insert(name, subscribed);
        }
        for folder in folders {
            let known = all.entry(folder.name.clone()).or_default();
            let uses = folder.uses.iter().map(|name| ListAttribute::named(name).into_owned());
            (known.uses, known.name, known.exists) = (uses.collect(), folder.name, folder.exists);
        }
        let told = match evaluate::list(query, all.into_values(), DELIMITER) {
            Ok(told) => told,
            Err(why) => return Ok(Condition::new(State::Bad, why.to_string())),
        };
        let status = query.returns.iter().flatten().find_map(|wanted| match wanted {
            ListReturn::Status(items) => Some(items),
            _ => None,
        });
        for list in told {
            let mailbox = list.mailbox.clone();
            self.conn.send(&Response::List(list))?;
            let Some(items) = status else { continue };
            // Of what cannot be selected there is none (RFC 5819 section 2).
            if let Some(status) = self.status_of(&mailbox, items)? {
                self.conn.send(&Response::Status(status))?;
            }
        }
        Ok(yes("listed"))
    }

    pub(super) fn lsub(&mut self, reference: &Octets<'_>, pattern: &Octets<'_>) -> Answer {
        let user = self.user()?;
        let names = block_in_place(|| user.mail.subscriptions())?;
        let pattern = [reference.as_bytes(), pattern.as_bytes()].concat();
        let mut above = BTreeSet::new();
        for name in &names {
            if fits(&pattern, name) {
                self.conn.send(&Response::Lsub(entry(name, Vec::new())?))?;
                continue;
            }
            // With `%` the level above a subscribed name is told (RFC 3501 section 6.3.9).
            for (at, _) in name.match_indices(DELIMITER) {
                let level = name.get(..at).unwrap_or_default();
                let told = names.contains(level) || above.contains(level);
                if !told && pattern.contains(&b'%') && fits(&pattern, level) {
                    self.conn.send(&Response::Lsub(entry(level, [ListAttribute::Noselect])?))?;
                    above.insert(level.to_owned());
                }
            }
        }
        Ok(yes("listed"))
    }
}

fn fits(pattern: &[u8], name: &str) -> bool {
    list_matches(pattern, name.as_bytes(), u8::try_from(DELIMITER).ok())
}

pub(super) fn entry(
    name: &str,
    attributes: impl Into<ListAttributes<'static>>,
) -> io::Result<List<'static>> {
    let name = Octets::new(name.as_bytes().to_vec()).map_err(io::Error::other)?;
    Ok(List {
        attributes: attributes.into(),
        delimiter: Some(DELIMITER),
        mailbox: Mailbox::from_wire(name),
        extended: Vec::new(),
    })
}
