//! FETCH: what is asked of messages, bodies read from disk as they are sent.

use super::candidate::{Message, Place};
use super::messages::{flags_of, issued, no_such};
use super::{Answer, Failure, Session, yes};
use crate::office::PIECE;
use examples::Link;
use examples::maildir::{self, Entry, SystemFlags};
use mailwire_imap::server::BodyName;
use mailwire_imap::types::{
    BodyItem, BodySection, Condition, FetchData, FetchItem, NumberSet, Partial, State,
};
use std::io;
use tokio::task::block_in_place;

impl Session<'_> {
    pub(super) async fn fetch(
        &mut self,
        uid: bool,
        set: &NumberSet,
        items: &[FetchItem<'_>],
        link: &mut Link,
    ) -> Answer {
        let unknown =
            |item: &FetchItem<'_>| matches!(item, FetchItem::Other(_) | FetchItem::ModSeq);
        if items.iter().any(unknown) {
            return Ok(Condition::new(State::Bad, "not something that can be fetched here"));
        }
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let Some(chosen) = view.chosen(set, uid) else { return Ok(no_such()) };
        let sets_seen = !view.read_only && items.iter().any(FetchItem::sets_seen);
        let mut gone = false;
        for (seq, uid_of) in chosen {
            let view = self.view.as_ref().ok_or(Failure::State)?;
            let Some(entry) = view.get(uid_of).copied() else {
                gone = true;
                continue;
            };
            gone |= !self.fetch_one(seq, entry, items, uid, sets_seen, link).await?;
            if self.conn.output().queued() >= PIECE {
                link.flush(&mut self.conn).await.map_err(fatal)?;
            }
        }
        Ok(if gone { issued() } else { yes("fetched") })
    }

    /// False when the message is gone.
    async fn fetch_one(
        &mut self,
        seq: u32,
        mut entry: Entry,
        items: &[FetchItem<'_>],
        uid: bool,
        sets_seen: bool,
        link: &mut Link,
    ) -> Result<bool, Failure> {
        let view = self.view.as_mut().ok_or(Failure::State)?;
        let mut flags_changed = false;
        if sets_seen && !entry.flags.system.contains(SystemFlags::SEEN) {
            let seen = |flags: maildir::Flags| maildir::Flags {
                system: flags.system.with(SystemFlags::SEEN),
                ..flags
            };
            if let Some(now) = block_in_place(|| view.folder.mark(entry.uid, seen))? {
                entry = now;
                view.note(now);
                flags_changed = true;
            }
        }
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let mut message = Message::new(view, seq, &entry);
        let cheap = |item: &FetchItem<'_>| {
            matches!(item, FetchItem::Flags | FetchItem::Uid | FetchItem::Rfc822Size)
        };
        // All that can fail is done before the response begins.
        let places = match items.iter().all(cheap) {
            true => Vec::new(),
            false => match block_in_place(|| message.prepare(items)) {
                Ok(places) => places,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error.into()),
            },
        };
        let mut places = places.into_iter();
        self.conn.begin_fetch(seq)?;
        if uid && !items.contains(&FetchItem::Uid) {
            self.conn.fetch_data(&FetchData::Uid(entry.uid))?;
        }
        if flags_changed && !items.contains(&FetchItem::Flags) {
            self.conn.fetch_data(&FetchData::Flags(flags_of(view, &entry)))?;
        }
        for item in items {
            let place = places.next().unwrap_or(Place::Nowhere);
            let (name, partial) = match item {
                FetchItem::BodySection { section, partial, .. } => {
                    let origin = partial.map(|partial| partial.offset);
                    (BodyName::Section(section, origin), *partial)
                }
                FetchItem::Rfc822 => (BodyName::Rfc822, None),
                FetchItem::Rfc822Header => (BodyName::Rfc822Header, None),
                FetchItem::Rfc822Text => (BodyName::Rfc822Text, None),
                item => {
                    let data = match item {
                        FetchItem::Flags => FetchData::Flags(flags_of(view, &entry)),
                        FetchItem::Uid => FetchData::Uid(entry.uid),
                        FetchItem::Rfc822Size => FetchData::Rfc822Size(entry.size),
                        FetchItem::InternalDate => FetchData::InternalDate(message.date()),
                        FetchItem::Envelope => FetchData::Envelope(message.envelope().into()),
                        FetchItem::Body => match message.structure(false) {
                            Some(structure) => FetchData::Body(structure.into()),
                            None => continue,
                        },
                        FetchItem::BodyStructure => match message.structure(true) {
                            Some(structure) => FetchData::BodyStructure(structure.into()),
                            None => continue,
                        },
                        _ => continue,
                    };
                    self.conn.fetch_data(&data)?;
                    continue;
                }
            };
            match cut(place, partial) {
                Place::Nowhere => {
                    // Only a part can be missing, and only BODY asks for parts.
                    if let BodyName::Section(section, origin) = name {
                        let (section, body) = (section.clone(), BodyItem::Nil);
                        let data =
                            FetchData::BodySection(Box::new(BodySection { section, origin, body }));
                        self.conn.fetch_data(&data)?;
                    }
                }
                Place::Made(octets) => {
                    self.conn.begin_body(name, octets.len() as u64)?;
                    if !octets.is_empty() {
                        self.conn.send_body(&octets)?;
                    }
                }
                Place::There(range) => {
                    self.conn.begin_body(name, range.end - range.start)?;
                    if range.is_empty() {
                        continue;
                    }
                    let mut piece = vec![0; PIECE];
                    block_in_place(|| message.seek(range.start)).map_err(fatal)?;
                    while self.conn.body_left() > 0 {
                        let left = usize::try_from(self.conn.body_left()).unwrap_or(PIECE);
                        let room = piece.get_mut(..left.min(PIECE)).unwrap_or_default();
                        // What was promised must be sent, so now an error ends the session.
                        let n = block_in_place(|| message.read(room)).map_err(fatal)?;
                        if n == 0 {
                            self.conn.abort();
                            return Err(fatal(io::ErrorKind::UnexpectedEof.into()));
                        }
                        self.conn.send_body(piece.get(..n).unwrap_or_default())?;
                        if self.conn.output().queued() >= PIECE {
                            link.flush(&mut self.conn).await.map_err(fatal)?;
                        }
                    }
                }
            }
        }
        self.conn.end_fetch()?;
        Ok(true)
    }
}

/// The octets of a place that were asked for.
fn cut(place: Place, partial: Option<Partial>) -> Place {
    let Some(Partial { offset, length }) = partial else { return place };
    match place {
        Place::There(range) => {
            let start = range.end.min(range.start.saturating_add(offset));
            Place::There(start..range.end.min(start.saturating_add(length)))
        }
        Place::Made(octets) => {
            let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(octets.len());
            let (start, end) = (size(offset), size(offset.saturating_add(length)));
            Place::Made(octets.get(start..end).unwrap_or_default().to_vec())
        }
        Place::Nowhere => Place::Nowhere,
    }
}

fn fatal(error: io::Error) -> Failure {
    Failure::Fatal(error.into())
}
