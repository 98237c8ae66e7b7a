//! Changes a message that was read, and leaves every other octet as it was.
//!
//! Signatures over what is not changed hold, and what could not be understood stays. The message
//! is not copied: what comes out are pieces of it, and what was added.

use crate::build::{Part, field_lines};
use crate::{Kind, Message, PartRef};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Range;
use mailwire_core::{Invalid, Sink, Text};

/// Changes to a message. Where one lies in what another removes, it is removed with it.
///
/// ```
/// use mailwire_core::Text;
/// use mailwire_message::{Message, edit::Edit};
///
/// let message = Message::parse(b"subject:  as it was\r\nX-Spam: yes\r\n\r\nHi\r\n");
/// let root = message.root();
/// let mut edit = Edit::new(&message);
/// edit.prepend(root, "X-Seen", &Text::new("1")?)?;
/// edit.remove_fields(root, "x-spam");
///
/// assert_eq!(edit.to_vec(), b"X-Seen: 1\r\nsubject:  as it was\r\n\r\nHi\r\n");
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Edit<'m, 'a> {
    message: &'m Message<'a>,
    changes: Vec<Change>,
    /// The parts that are removed.
    removed: BTreeSet<usize>,
    /// How many parts a multipart has left, of those of which some are removed.
    left: BTreeMap<usize, usize>,
}

#[derive(Clone, Debug)]
struct Change {
    range: Range<usize>,
    with: Vec<u8>,
}

impl<'m, 'a> Edit<'m, 'a> {
    /// No change yet: what comes out is what came in.
    #[must_use]
    pub fn new(message: &'m Message<'a>) -> Self {
        Self { message, changes: Vec::new(), removed: BTreeSet::new(), left: BTreeMap::new() }
    }

    /// Puts a field in front of all others of a part, where trace fields go (RFC 5321 section
    /// 4.4). Text that is not US-ASCII becomes encoded-words (RFC 2047), which fields with a
    /// syntax of their own do not allow: for those see [`prepend_raw`](Self::prepend_raw).
    ///
    /// # Errors
    ///
    /// When the name is no field's name of up to 76 octets.
    pub fn prepend(
        &mut self,
        part: PartRef<'_, '_>,
        name: &str,
        value: &Text<'_>,
    ) -> Result<(), Invalid> {
        let field = field_lines(name, value)?;
        self.insert(part, self.top(part), &field);
        Ok(())
    }

    /// Puts a field behind all others of a part.
    ///
    /// # Errors
    ///
    /// As [`prepend`](Self::prepend).
    pub fn append(
        &mut self,
        part: PartRef<'_, '_>,
        name: &str,
        value: &Text<'_>,
    ) -> Result<(), Invalid> {
        let field = field_lines(name, value)?;
        let raw = self.message.raw();
        // A field that is longer than the limit ends within a line.
        let whole = |end: &usize| raw.get(..*end).is_some_and(|it| it.ends_with(b"\n"));
        // A CR that is all of the last line would become an empty one by what is put behind it.
        let fields = part.field_ranges().filter(|at| raw.get(at.clone()) != Some(b"\r".as_slice()));
        let end = fields.last().map(|last| last.end);
        let end = end.filter(|end| *end == raw.len() || whole(end)).unwrap_or(self.top(part));
        self.insert(part, end, &field);
        Ok(())
    }

    /// Puts a whole field, folded and ended by CRLF, in front of all others, as it is: a
    /// signature, a trace line.
    ///
    /// # Errors
    ///
    /// When it is not one field: a name, a colon, and lines of which each but the first begins
    /// with a blank and holds more than blanks; when it holds NUL, or CR or LF alone.
    pub fn prepend_raw(&mut self, part: PartRef<'_, '_>, field: &[u8]) -> Result<(), Invalid> {
        one_field(field)?;
        self.insert(part, self.top(part), field);
        Ok(())
    }

    /// Removes the fields of this name, in any case. Says how many.
    pub fn remove_fields(&mut self, part: PartRef<'_, '_>, name: &str) -> usize {
        let before = self.changes.len();
        for (field, range) in part.fields().zip(part.field_ranges()) {
            if field.is(name) {
                self.changes.push(Change { range, with: Vec::new() });
            }
        }
        self.changes.len() - before
    }

    /// Gives the first field of this name another value, and removes the others; appends it where
    /// there is none. The name stays as it was written.
    ///
    /// # Errors
    ///
    /// As [`prepend`](Self::prepend).
    pub fn replace(
        &mut self,
        part: PartRef<'_, '_>,
        name: &str,
        value: &Text<'_>,
    ) -> Result<(), Invalid> {
        field_lines(name, value)?;
        let first = self.changes.len();
        if self.remove_fields(part, name) == 0 {
            return self.append(part, name, value);
        }
        let written = part.field(name).map(|field| field.name()).unwrap_or_default();
        let written = core::str::from_utf8(written).unwrap_or(name);
        let field = self.line_ends(field_lines(written, value)?);
        if let Some(change) = self.changes.get_mut(first) {
            // A last line without its end has none behind it either.
            change.with = field;
        }
        Ok(())
    }

    /// Removes a part of a multipart, its delimiter line and all that is in it.
    ///
    /// # Errors
    ///
    /// When it stands in no multipart, or would leave one without parts.
    pub fn remove_part(&mut self, part: PartRef<'_, '_>) -> Result<(), Invalid> {
        let (parent, range) = self.place(part)?;
        let left = self.left.get(&parent.index()).copied();
        let left = left.unwrap_or_else(|| parent.children().count());
        let left = left - usize::from(!self.removed.contains(&part.index()));
        if left == 0 {
            return Err(Invalid { what: "a multipart without parts", at: range.start });
        }
        let (raw, Range { mut start, end }) = (self.message.raw(), range);
        // Where nothing delimits the part before any more, the line end is not its content either.
        if !raw.get(end..).is_some_and(|rest| rest.starts_with(b"--")) {
            start -= match raw.get(parent.body_range().start..start) {
                Some([.., b'\r', b'\n']) => 2,
                Some([.., b'\n']) => 1,
                _ => 0,
            };
        }
        let range = start..end;
        self.left.insert(parent.index(), left);
        self.removed.insert(part.index());
        self.changes.push(Change { range, with: Vec::new() });
        Ok(())
    }

    /// Puts another part where this one is.
    ///
    /// # Errors
    ///
    /// When it stands in no multipart, or the new one holds a boundary of those that it is in.
    pub fn replace_part(&mut self, part: PartRef<'_, '_>, with: &Part<'_>) -> Result<(), Invalid> {
        let (parent, _) = self.place(part)?;
        let with = self.part(parent, with)?;
        let range = part.header_range().start..part.body_range().end;
        self.changes.push(Change { range, with });
        Ok(())
    }

    /// Adds a part at the end of a multipart, behind those that were added before.
    ///
    /// # Errors
    ///
    /// When it is no multipart or has no part; when the new part holds a boundary of those that
    /// it is put in.
    pub fn append_part(
        &mut self,
        multipart: PartRef<'_, '_>,
        part: &Part<'_>,
    ) -> Result<(), Invalid> {
        let none = Invalid { what: "a multipart", at: multipart.body_range().start };
        let last = multipart.children().last().filter(|_| multipart.kind() == Kind::Multipart);
        let last = last.ok_or(none)?;
        let (_, range) = self.place(last)?;
        let part = self.part(multipart, part)?;
        let raw = self.message.raw();
        let mut with = Vec::new();
        if !raw.get(..range.end).is_some_and(|before| before.ends_with(b"\n")) {
            with.extend_from_slice(self.line_end());
        }
        let delimiter = raw.get(range.start..last.header_range().start).unwrap_or_default();
        with.extend_from_slice(delimiter.trim_ascii_end());
        with.extend_from_slice(self.line_end());
        with.extend_from_slice(&part);
        with.extend_from_slice(self.line_end());
        self.changes.push(Change { range: range.end..range.end, with });
        Ok(())
    }

    /// The message as it has become, in pieces: of the one that was read, and what is new.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let raw = self.message.raw();
        let mut changes: Vec<&Change> = self.changes.iter().collect();
        // What is inserted stands before what is removed from the same place.
        changes.sort_by_key(|change| {
            let Range { start, end } = change.range;
            (start, end > start, usize::MAX - end)
        });
        let (mut pieces, mut at) = (Vec::new(), 0);
        for change in changes {
            if change.range.start >= at {
                pieces.push(raw.get(at..change.range.start).unwrap_or_default());
                pieces.push(change.with.as_slice());
                at = change.range.end;
            }
        }
        pieces.push(raw.get(at..).unwrap_or_default());
        pieces.into_iter().filter(|piece| !piece.is_empty())
    }

    /// How many octets [`write_to`](Self::write_to) writes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.pieces().map(|piece| piece.len() as u64).sum()
    }

    /// Writes the message as it has become.
    pub fn write_to(&self, out: &mut (impl Sink + ?Sized)) {
        self.pieces().for_each(|piece| out.put(piece));
    }

    /// The message as it has become.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }

    /// Where a part lies, from its delimiter line to the next, and the multipart that it is in.
    fn place<'p, 'b>(
        &self,
        part: PartRef<'p, 'b>,
    ) -> Result<(PartRef<'p, 'b>, Range<usize>), Invalid> {
        let header = part.header_range().start;
        let none = Invalid { what: "a part of a multipart", at: header };
        let parent = part.parent().filter(|parent| parent.kind() == Kind::Multipart).ok_or(none)?;
        let start = self.delimiter(parent, part).ok_or(none)?;
        let end = match part.next_sibling() {
            Some(next) => self.delimiter(parent, next).ok_or(none)?,
            None => self.close(parent, part),
        };
        Ok((parent, start..end))
    }

    /// Where the delimiter line in front of a part begins.
    fn delimiter(&self, parent: PartRef<'_, '_>, part: PartRef<'_, '_>) -> Option<usize> {
        let from = parent.body_range().start;
        let line = self.message.raw().get(from..part.header_range().start)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let start = memchr::memrchr(b'\n', line).map_or(0, |n| n + 1);
        line.get(start..)?.starts_with(b"--").then_some(from + start)
    }

    /// Where the close delimiter behind the last part begins, or the end of the multipart.
    fn close(&self, parent: PartRef<'_, '_>, part: PartRef<'_, '_>) -> usize {
        let mut at = part.body_range().end + part.line_end();
        let end = parent.body_range().end.max(at);
        // An empty line may belong to the end of a part inside; each turn takes one.
        while let Some(rest) = self.message.raw().get(at..end) {
            match rest {
                [b'\r', b'\n', ..] => at += 2,
                [b'\n', ..] => at += 1,
                _ => break,
            }
        }
        at
    }

    /// A new part in the line ends of the message.
    fn part(&self, parent: PartRef<'_, '_>, part: &Part<'_>) -> Result<Vec<u8>, Invalid> {
        let octets = part.octets("edit");
        let around = core::iter::successors(Some(parent), PartRef::parent);
        for multipart in around.filter(|part| part.kind() == Kind::Multipart) {
            let boundary = multipart.content_type().parameter("boundary").unwrap_or_default();
            let line = alloc::format!("--{boundary}");
            if let Some(at) = memchr::memmem::find(&octets, line.as_bytes()) {
                return Err(Invalid { what: "a part for this multipart", at });
            }
        }
        Ok(self.line_ends(octets))
    }

    /// Where the first field of a part may stand: not in front of lines that begin with a blank,
    /// which would become its continuation.
    fn top(&self, part: PartRef<'_, '_>) -> usize {
        let Range { start: mut at, end } = part.header_range();
        // Every turn takes a line.
        while let Some(rest @ [b' ' | b'\t', ..]) = self.message.raw().get(at..end) {
            at += memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
        }
        at
    }

    /// Puts a field at a place of a header.
    fn insert(&mut self, part: PartRef<'_, '_>, at: usize, field: &[u8]) {
        let line_end = self.line_end();
        let before = self.message.raw().get(..at).unwrap_or_default();
        let mut with = Vec::new();
        // The last line of a message may lack its end.
        if !before.is_empty() && !before.ends_with(b"\n") {
            with.extend_from_slice(line_end);
        }
        with.extend_from_slice(&self.line_ends(field.to_vec()));
        let header = part.header_raw();
        let ended = header == b"\r\n"
            || header == b"\n"
            || header.ends_with(b"\n\r\n")
            || header.ends_with(b"\n\n");
        // A body right behind would be taken for more of the header.
        if !ended && at == part.header_range().end && !part.body_raw().is_empty() {
            with.extend_from_slice(line_end);
        }
        self.changes.push(Change { range: at..at, with });
    }

    /// How the first line of the message ends.
    fn line_end(&self) -> &'static [u8] {
        let raw = self.message.raw();
        match memchr::memchr(b'\n', raw).and_then(|at| raw.get(..at)) {
            Some([.., b'\r']) | None => b"\r\n",
            Some(_) => b"\n",
        }
    }

    fn line_ends(&self, lines: Vec<u8>) -> Vec<u8> {
        if self.line_end() == b"\r\n" {
            return lines;
        }
        let mut out = Vec::with_capacity(lines.len());
        for line in lines.split_inclusive(|&b| b == b'\n') {
            match line.strip_suffix(b"\r\n") {
                Some(line) => out.extend([line, b"\n"].concat()),
                None => out.extend_from_slice(line),
            }
        }
        out
    }
}

/// Whether this is one field.
fn one_field(field: &[u8]) -> Result<(), Invalid> {
    let wrong = |at| Err(Invalid { what: "a field", at });
    let colon = memchr::memchr(b':', field).unwrap_or(0);
    let name = field.get(..colon).unwrap_or_default();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return wrong(0);
    }
    let Some(lines) = field.strip_suffix(b"\r\n") else { return wrong(field.len()) };
    let mut at = 0;
    for (n, line) in lines.split(|&b| b == b'\n').enumerate() {
        let last = at + line.len() == lines.len();
        let content = if last { Some(line) } else { line.strip_suffix(b"\r") };
        let Some(content) = content else { return wrong(at) };
        let folded = n == 0 || content.starts_with(b" ") || content.starts_with(b"\t");
        let blank = n > 0 && content.trim_ascii().is_empty();
        if !folded || blank || content.iter().any(|b| matches!(b, b'\r' | 0)) || content.len() > 998
        {
            return wrong(at);
        }
        at += line.len() + 1;
    }
    Ok(())
}
