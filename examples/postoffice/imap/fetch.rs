//! FETCH: what is asked of messages, bodies read from disk as they are sent.

use super::bodies::{self, Part};
use super::candidate::{Message, Place};
use super::messages::{flags_of, issued, no_such};
use super::{Answer, Failure, Session, fatal, no, yes};
use crate::office::PIECE;
use examples::Link;
use examples::maildir::{self, Entry, SystemFlags};
use mailwire_imap::evaluate;
use mailwire_imap::server::BodyName;
use mailwire_imap::types::{
    BinarySize, BodyItem, BodySection, Code, Condition, FetchData, FetchItem, FetchModifier,
    NumberSet, ObjectId, Partial, Response, State, Vanished,
};
use mailwire_message::TransferEncoding;
use std::io;
use tokio::task::block_in_place;

/// What FETCH asks.
pub(super) struct Wanted<'f> {
    pub(super) uid: bool,
    pub(super) set: &'f NumberSet,
    pub(super) items: &'f [FetchItem<'f>],
    pub(super) modifiers: &'f [FetchModifier<'f>],
}

impl Session<'_> {
    pub(super) async fn fetch(&mut self, wanted: &Wanted<'_>, link: &mut Link) -> Answer {
        let bad = |text| Ok(Condition::new(State::Bad, text));
        if !wanted.items.iter().all(is_known) {
            return bad("not something that can be fetched here");
        }
        let (mut since, mut vanished, mut page) = (None, false, None);
        for modifier in wanted.modifiers {
            match modifier {
                FetchModifier::ChangedSince(modseq) => since = Some(*modseq),
                FetchModifier::Vanished => vanished = true,
                FetchModifier::Partial(of) => page = Some(*of),
                _ => return bad("not a modifier that is known here"),
            }
        }
        let mut items = wanted.items.to_vec();
        if since.is_some() && !items.contains(&FetchItem::ModSeq) {
            // RFC 7162 section 3.1.4.1.
            items.push(FetchItem::ModSeq);
        }
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let Some(mut chosen) = view.chosen(wanted.set, wanted.uid) else { return Ok(no_such()) };
        if let Some(page) = page {
            chosen = evaluate::of_page(&chosen, page).to_vec();
        }
        match since {
            Some(since) if vanished && wanted.uid => {
                let uids = block_in_place(|| view.vanished(since, Some(wanted.set)))?;
                if !uids.is_empty() {
                    self.conn.send(&Response::Vanished(Vanished { earlier: true, uids }))?;
                }
            }
            _ if vanished => return bad("VANISHED is for UID FETCH with CHANGEDSINCE"),
            _ => {}
        }
        let view = self.view.as_ref().ok_or(Failure::State)?;
        let sets_seen = !view.read_only && items.iter().any(FetchItem::sets_seen);
        let (mut gone, mut undecoded) = (false, false);
        for (seq, uid_of) in chosen {
            let view = self.view.as_ref().ok_or(Failure::State)?;
            let Some(entry) = view.get(uid_of).copied() else {
                gone = true;
                continue;
            };
            if since.is_some_and(|since| entry.modseq <= since) {
                continue;
            }
            match self.fetch_one(seq, entry, &items, wanted.uid, sets_seen, link).await? {
                Fetched::Told => {}
                Fetched::Gone => gone = true,
                Fetched::Undecoded => undecoded = true,
            }
            if self.conn.output().queued() >= PIECE {
                link.flush(&mut self.conn).await.map_err(fatal)?;
            }
        }
        Ok(match () {
            () if undecoded => {
                no("a part is in an encoding that is not known").with_code(Code::UnknownCte)
            }
            () if gone => issued(),
            () => yes("fetched"),
        })
    }

    async fn fetch_one(
        &mut self,
        seq: u32,
        mut entry: Entry,
        items: &[FetchItem<'_>],
        uid: bool,
        sets_seen: bool,
        link: &mut Link,
    ) -> Result<Fetched, Failure> {
        let view = self.view.as_mut().ok_or(Failure::State)?;
        let mut flags_changed = false;
        if sets_seen && !entry.flags.system.contains(SystemFlags::SEEN) {
            let seen = |before: &Entry| maildir::Flags {
                system: before.flags.system.with(SystemFlags::SEEN),
                ..before.flags
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
            use FetchItem::{Flags, ModSeq, Rfc822Size, ThreadId, Uid};
            matches!(item, Flags | Uid | Rfc822Size | ModSeq | ThreadId)
        };
        // All that can fail is done before the response begins.
        let places = match items.iter().all(cheap) {
            true => Vec::new(),
            false => match block_in_place(|| message.prepare(items)) {
                Ok(places) => places,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Fetched::Gone),
                Err(error) => return Err(error.into()),
            },
        };
        if items.iter().any(|item| is_undecodable(item, &message)) {
            return Ok(Fetched::Undecoded);
        }
        let mut places = places.into_iter();
        let condstore = self.conn.dialect().condstore;
        self.conn.begin_fetch(seq, entry.uid)?;
        if uid && !items.contains(&FetchItem::Uid) {
            self.conn.fetch_data(&FetchData::Uid(entry.uid))?;
        }
        if flags_changed && !items.contains(&FetchItem::Flags) {
            self.conn.fetch_data(&FetchData::Flags(flags_of(view, &entry)))?;
        }
        if flags_changed && condstore && !items.contains(&FetchItem::ModSeq) {
            self.conn.fetch_data(&FetchData::ModSeq(entry.modseq))?;
        }
        for item in items {
            let place = places.next().unwrap_or(Place::Nowhere);
            if let FetchItem::Binary { part, partial, .. } = item {
                let of = Part { numbers: part, partial: *partial };
                bodies::send_decoded(&mut self.conn, &mut message, of, place, link).await?;
                continue;
            }
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
                        FetchItem::ModSeq => FetchData::ModSeq(entry.modseq),
                        FetchItem::EmailId => {
                            let id = block_in_place(|| message.email_id()).map_err(fatal)?;
                            FetchData::EmailId(ObjectId::new(id).map_err(io::Error::other)?)
                        }
                        FetchItem::ThreadId => FetchData::ThreadId(None),
                        FetchItem::SaveDate => {
                            let date = block_in_place(|| message.save_date()).map_err(fatal)?;
                            FetchData::SaveDate(Some(date))
                        }
                        FetchItem::Preview { .. } => {
                            let text = block_in_place(|| message.preview()).map_err(fatal)?;
                            FetchData::Preview(Some(text.into_bytes().into()))
                        }
                        FetchItem::BinarySize(part) => {
                            let size = block_in_place(|| message.decoded_size(part));
                            let Some(size) = size.map_err(fatal)? else { continue };
                            let size = BinarySize { part: part.clone(), octets: size };
                            FetchData::BinarySize(size.into())
                        }
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
                    bodies::send(&mut self.conn, &mut message, range, link).await?;
                }
            }
        }
        self.conn.end_fetch()?;
        Ok(Fetched::Told)
    }
}

/// How it went with a message.
enum Fetched {
    Told,
    /// Another session removed it.
    Gone,
    /// A part of it is in an encoding that is not known.
    Undecoded,
}

fn is_known(item: &FetchItem<'_>) -> bool {
    use FetchItem::{Annotation, GmLabels, GmMsgId, GmThrId, Other};
    !matches!(item, Other(_) | Annotation { .. } | GmMsgId | GmThrId | GmLabels)
}

fn is_undecodable(item: &FetchItem<'_>, message: &Message<'_>) -> bool {
    match item {
        FetchItem::Binary { part, .. } | FetchItem::BinarySize(part) => {
            message.encoding(part) == Some(TransferEncoding::Other)
        }
        _ => false,
    }
}

/// The octets of a place that were asked for.
pub(super) fn cut(place: Place, partial: Option<Partial>) -> Place {
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
