//! A message on disk, read when something is asked of it, in pieces.

use super::contents;
use super::decoding::Decoding;
use super::selected::Selected;
use crate::office::PIECE;
use examples::maildir::{Content, Entry, SystemFlags};
use mailwire_core::Input;
use mailwire_imap::evaluate::Candidate;
use mailwire_imap::message::{self, Outline, Outliner};
use mailwire_imap::types::{
    BodyStructure, DateTime, Envelope, FetchItem, Flag, Section, SectionText, SystemFlag,
};
use mailwire_message::sort::Keys;
use mailwire_message::{Event, Reader, TransferEncoding};
use std::io::{self, Read};
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// How many octets of a message are looked at for its first words.
const PREVIEWED: u64 = 256 * 1024;
/// The longest header that is looked at, in octets.
const MAX_HEADER: u64 = 1 << 20;

/// Where a section is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The message has no such part.
    Nowhere,
    /// These octets of the message.
    There(Range<u64>),
    /// These octets, put together from it.
    Made(Vec<u8>),
}

/// A message on disk.
pub(crate) struct Message<'v> {
    selected: &'v Selected,
    seq: u32,
    entry: Entry,
    open: Option<(Content, SystemTime)>,
    head: Option<Vec<u8>>,
    outline: Option<Outline>,
}

impl<'v> Message<'v> {
    pub(crate) fn new(selected: &'v Selected, seq: u32, entry: &Entry) -> Self {
        Self { selected, seq, entry: *entry, open: None, head: None, outline: None }
    }

    /// Reads what these items need, and says for each that is a section where it is.
    pub(crate) fn prepare(&mut self, items: &[FetchItem<'_>]) -> io::Result<Vec<Place>> {
        self.open()?;
        let divided = |item: &FetchItem<'_>| match item {
            FetchItem::Body
            | FetchItem::BodyStructure
            | FetchItem::Binary { .. }
            | FetchItem::BinarySize(_) => true,
            FetchItem::BodySection { section, .. } => !section.part.is_empty(),
            _ => false,
        };
        if items.iter().any(divided) {
            let size = self.entry.size;
            self.outline = Some(self.outline(size)?);
        } else if items.contains(&FetchItem::Envelope) {
            // The header is enough, however long the message is.
            let head = self.head()?.len() as u64;
            self.outline = Some(self.outline(head)?);
        }
        items.iter().map(|item| self.place(item)).collect()
    }

    pub(crate) fn date(&self) -> DateTime {
        let time = self.open.as_ref().map_or(UNIX_EPOCH, |(_, time)| *time);
        DateTime::from_unix(unix(time))
    }

    /// When it came into the folder.
    pub(crate) fn save_date(&self) -> io::Result<DateTime> {
        Ok(DateTime::from_unix(i64::try_from(self.identity()?.1).unwrap_or_default()))
    }

    /// What it has in common with its copies only, in the letters of an object identifier.
    pub(crate) fn email_id(&self) -> io::Result<String> {
        Ok(self.identity()?.0)
    }

    fn identity(&self) -> io::Result<(String, u64)> {
        let found = self.selected.folder.identity(self.entry.uid)?;
        let (name, saved) = found.ok_or(io::ErrorKind::NotFound)?;
        let letter = |c: char| match c {
            '.' => "-".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => format!("_{:x}", u32::from(c)),
        };
        let mut id: String = name.chars().map(letter).collect();
        id.truncate(255);
        Ok((id, saved))
    }

    /// The first words.
    pub(crate) fn preview(&mut self) -> io::Result<String> {
        let beginning = self.octets(0..self.entry.size.min(PREVIEWED))?;
        Ok(mailwire_message::text::preview(&mailwire_message::Message::parse(&beginning)))
    }

    /// What it is sorted and threaded by: of the header, however long the message is.
    pub(crate) fn keys(&mut self) -> io::Result<(Keys, mailwire_message::Message<'_>)> {
        self.open()?;
        let (arrival, size) = (self.date().unix(), self.entry.size);
        let head = mailwire_message::Message::parse(self.head()?);
        let mut keys = Keys::of(&head, arrival);
        keys.size = size;
        Ok((keys, head))
    }

    /// How a part is encoded.
    pub(crate) fn encoding(&self, part: &[u32]) -> Option<TransferEncoding> {
        self.outline.as_ref()?.encoding(part)
    }

    /// How many octets a part has when it is decoded.
    pub(crate) fn decoded_size(&mut self, part: &[u32]) -> io::Result<Option<u64>> {
        let section = Section { part: part.to_vec(), text: None };
        let place = self.outline.as_ref().and_then(|outline| outline.place(&section));
        let (Some(encoding), Some(message::Place::Octets(range))) = (self.encoding(part), place)
        else {
            return Ok(None);
        };
        let mut decoding = Decoding::new(range, encoding);
        // Every turn reads a piece.
        while !decoding.is_over() {
            decoding.next(self)?;
        }
        Ok(Some(decoding.position))
    }

    pub(crate) fn envelope(&self) -> Envelope<'_> {
        self.outline.as_ref().map(Outline::envelope).unwrap_or_default()
    }

    pub(crate) fn structure(&self, extended: bool) -> Option<BodyStructure<'_>> {
        self.outline.as_ref().map(|outline| outline.structure(extended))
    }

    pub(crate) fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.open()?.seek(offset)
    }

    pub(crate) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open()?.read(buf)
    }

    fn place(&mut self, item: &FetchItem<'_>) -> io::Result<Place> {
        let whole = Section::default();
        let of_message = |text| Section { part: Vec::new(), text: Some(text) };
        let (header, text) = (of_message(SectionText::Header), of_message(SectionText::Text));
        let section = match item {
            FetchItem::BodySection { section, .. } => section,
            FetchItem::Binary { part, .. } => {
                let section = Section { part: part.clone(), text: None };
                let place = self.outline.as_ref().and_then(|outline| outline.place(&section));
                return Ok(match place {
                    Some(message::Place::Octets(range)) => Place::There(range),
                    _ => Place::Nowhere,
                });
            }
            FetchItem::Rfc822 => &whole,
            FetchItem::Rfc822Header => &header,
            FetchItem::Rfc822Text => &text,
            _ => return Ok(Place::Nowhere),
        };
        if !section.part.is_empty() {
            let place = self.outline.as_ref().and_then(|outline| outline.place(section));
            return match (place, &section.text) {
                (Some(message::Place::Octets(range)), _) => Ok(Place::There(range)),
                (Some(message::Place::Fields(range)), Some(text)) => {
                    let header = self.octets(range)?;
                    Ok(Place::Made(message::fields(&header, text)))
                }
                _ => Ok(Place::Nowhere),
            };
        }
        let size = self.entry.size;
        Ok(match &section.text {
            None => Place::There(0..size),
            Some(SectionText::Header) => Place::There(0..self.head()?.len() as u64),
            Some(SectionText::Text) => Place::There(self.head()?.len() as u64..size),
            Some(SectionText::Mime) => Place::Nowhere,
            Some(text) => Place::Made(message::fields(self.head()?, text)),
        })
    }

    fn open(&mut self) -> io::Result<&mut Content> {
        if self.open.is_none() {
            self.open = self.selected.folder.open(self.entry.uid)?;
        }
        let open = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        Ok(&mut open.0)
    }

    /// The header with the empty line behind it.
    fn head(&mut self) -> io::Result<&[u8]> {
        if self.head.is_none() {
            let content = self.open()?;
            content.seek(0)?;
            let (mut reader, mut rx) = (Reader::default(), Input::default());
            let mut end = None;
            while end.is_none() && reader_may_go_on(&rx) {
                rx.read_from(content, 4096)?;
                while let Some(event) = reader.receive(&mut rx) {
                    if let Event::HeaderEnd { at, .. } = event {
                        end = Some(at);
                        break;
                    }
                }
            }
            let end = end.unwrap_or(MAX_HEADER).min(self.entry.size);
            self.head = Some(self.octets(0..end)?);
        }
        Ok(self.head.as_deref().unwrap_or_default())
    }

    /// Some octets of the message, of which there are no more than a header may have.
    fn octets(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let content = self.open()?;
        content.seek(range.start)?;
        let mut octets = Vec::new();
        let len = (range.end - range.start).min(MAX_HEADER);
        content.take(len).read_to_end(&mut octets)?;
        Ok(octets)
    }

    /// Reads the message up to `end`, a piece at a time.
    fn outline(&mut self, end: u64) -> io::Result<Outline> {
        let content = self.open()?;
        content.seek(0)?;
        let mut content = content.take(end);
        let (mut outliner, mut rx) = (Outliner::default(), Input::default());
        while !rx.is_closed() {
            rx.read_from(&mut content, PIECE)?;
            outliner.read(&mut rx);
        }
        Ok(outliner.finish())
    }
}

/// What was consumed of a header, and what is held of it, is not too long.
fn reader_may_go_on(rx: &Input) -> bool {
    !rx.is_closed() && rx.position() + rx.len() as u64 <= MAX_HEADER
}

impl Candidate for Message<'_> {
    type Error = io::Error;

    fn seq(&self) -> u32 {
        self.seq
    }

    fn uid(&self) -> u32 {
        self.entry.uid
    }

    fn last(&self) -> (u32, u32) {
        (self.selected.count(), self.selected.last_uid())
    }

    fn size(&self) -> u64 {
        self.entry.size
    }

    fn has(&self, flag: &Flag<'_>) -> bool {
        let system = self.entry.flags.system;
        match flag {
            Flag::System(SystemFlag::Recent) => self.selected.is_recent(self.entry.uid),
            Flag::System(SystemFlag::Answered) => system.contains(SystemFlags::ANSWERED),
            Flag::System(SystemFlag::Flagged) => system.contains(SystemFlags::FLAGGED),
            Flag::System(SystemFlag::Deleted) => system.contains(SystemFlags::DELETED),
            Flag::System(SystemFlag::Seen) => system.contains(SystemFlags::SEEN),
            Flag::System(SystemFlag::Draft) => system.contains(SystemFlags::DRAFT),
            Flag::System(SystemFlag::Any) => false,
            Flag::Keyword(name) => {
                let known =
                    self.selected.keywords.iter().position(|k| k.eq_ignore_ascii_case(name));
                known.is_some_and(|n| self.entry.flags.keywords >> n & 1 == 1)
            }
        }
    }

    fn modseq(&self) -> u64 {
        self.entry.modseq
    }

    fn is_saved(&self) -> bool {
        self.selected.saved.binary_search(&self.entry.uid).is_ok()
    }

    fn has_email_id(&self, id: &str) -> bool {
        self.identity().is_ok_and(|(own, _)| own == id)
    }

    fn age(&mut self) -> io::Result<u64> {
        self.open()?;
        Ok(u64::try_from(unix(now()) - self.date().unix()).unwrap_or_default())
    }

    fn saved(&mut self) -> io::Result<Option<i64>> {
        Ok(Some(self.save_date()?.day.days()))
    }

    fn arrived(&mut self) -> io::Result<i64> {
        self.open()?;
        Ok(self.date().day.days())
    }

    fn sent(&mut self) -> io::Result<Option<i64>> {
        let head = mailwire_message::Message::parse(self.head()?);
        Ok(head.root().date("Date").map(|date| date.days()))
    }

    fn field(&mut self, name: &[u8], needle: &str) -> io::Result<bool> {
        let head = mailwire_message::Message::parse(self.head()?);
        let mut named = head.root().fields().filter(|f| f.name().eq_ignore_ascii_case(name));
        Ok(named.any(|field| field.text().to_lowercase().contains(needle)))
    }

    fn text(&mut self, needle: &str, header: bool) -> io::Result<bool> {
        if header {
            let head = mailwire_message::Message::parse(self.head()?);
            let found = |field: mailwire_message::header::Field<'_>| {
                let raw = String::from_utf8_lossy(field.raw()).to_lowercase();
                raw.contains(needle) || field.text().to_lowercase().contains(needle)
            };
            if head.root().fields().any(found) {
                return Ok(true);
            }
        }
        let content = self.open()?;
        content.seek(0)?;
        contents::hold(content, needle)
    }
}

#[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn unix(time: SystemTime) -> i64 {
    let seconds = |d: std::time::Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}
