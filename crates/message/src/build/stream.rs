//! Messages with files that are not in memory: the text in between is, their octets are given as
//! they come.

use super::base64::{self, Base64Lines};
use super::body::Encoding;
use super::carry::Form;
use super::{Attachment, Builder, ContentType};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::{Invalid, Misuse, Sink};

/// A file that goes with a message and is not in memory: see [`Builder::stream`]. It is written as
/// base64.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Streamed<'a> {
    file: Attachment<'a>,
    length: Option<u64>,
}

impl<'a> Streamed<'a> {
    /// A file of so many octets, if that is known.
    pub fn new(content_type: ContentType<'a>, length: Option<u64>) -> Self {
        Self { file: Attachment::new(content_type, &[][..]), length }
    }

    /// See [`Attachment::named`].
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn named(self, name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        Ok(Self { file: self.file.named(name)?, ..self })
    }

    /// See [`Attachment::or_named`].
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn or_named(self, name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        Ok(Self { file: self.file.or_named(name)?, ..self })
    }

    pub(super) fn write_head(&self, form: Form, out: &mut (impl Sink + ?Sized)) {
        self.file.write_fields(form, out);
        out.put(Encoding::Base64.field());
        out.put(b"\r\n");
    }
}

/// Writes a message whose files are read while it is sent: made by [`Builder::stream`].
///
/// It holds what is not streamed, as it is written, and of the files less than a line. What it
/// writes does not depend on how their octets are cut.
///
/// ```
/// use mailwire_message::Message;
/// use mailwire_message::build::{Builder, ContentType, Date, Mailbox, Streamed};
///
/// let date = Date::from_unix(1_795_525_139, 0).ok_or("no such date")?;
/// let message = Builder::new(Mailbox::new("alice@example.org")?, date).text("See the file.\n");
/// let film = Streamed::new(ContentType::new("video/mp4")?, Some(8)).named("film.mp4")?;
/// let mut writer = message.stream(&[film]);
/// let size = writer.size();
///
/// let mut out = Vec::new(); // or what a connection sends, emptied every time
/// while let Some(_number_of_the_file) = writer.write_to(&mut out) {
///     for piece in [b"MOOV", b"MDAT"] {
///         writer.put(piece, &mut out)?;
///     }
///     writer.end(&mut out)?;
/// }
/// assert_eq!(size, Some(out.len() as u64));
/// let read = Message::parse(&out);
/// assert_eq!(read.parts().last().map(|part| part.body()).as_deref(), Some(&b"MOOVMDAT"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    /// All but the bodies of the files.
    frame: Vec<u8>,
    /// What of it was written.
    written: usize,
    bodies: Vec<Place>,
    /// How many of the files are over.
    over: usize,
    /// What is known of the file that is written.
    open: Option<Open>,
    size: Option<u64>,
}

/// Where a body stands in the frame, and how long it is.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    length: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Open {
    lines: Base64Lines,
    given: u64,
}

impl Writer {
    pub(super) fn new(builder: &Builder<'_>, files: &[Streamed<'_>]) -> Self {
        let (mut frame, mut at) = (Vec::new(), Vec::new());
        let mut note = |frame: &mut Vec<u8>| at.push(frame.len());
        builder.write_with(files, &mut note, &mut frame);
        let places = at.into_iter().zip(files);
        let bodies: Vec<_> = places.map(|(at, file)| Place { at, length: file.length }).collect();
        let size = bodies.iter().try_fold(frame.len() as u64, |sum, body| {
            sum.checked_add(base64::length(body.length?)?)
        });
        Self { frame, written: 0, bodies, over: 0, open: None, size }
    }

    /// How many octets the whole message has, written or not; known when the lengths of all its
    /// files are.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Writes all that can be written without octets of a file. Returns the number of the file
    /// whose octets are [`put`](Self::put) next, the first being 0; none when the message is whole.
    pub fn write_to(&mut self, out: &mut (impl Sink + ?Sized)) -> Option<usize> {
        let body = self.bodies.get(self.over);
        let until = body.map_or(self.frame.len(), |body| body.at);
        out.put(self.frame.get(self.written..until).unwrap_or_default());
        self.written = until;
        body?;
        self.open.get_or_insert_default();
        Some(self.over)
    }

    /// Whether all was written.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.over == self.bodies.len() && self.written == self.frame.len()
    }

    /// How many octets of the file that is written are still to be put, if that is known.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        let length = self.bodies.get(self.over)?.length?;
        Some(length - self.open.as_ref().map_or(0, |open| open.given))
    }

    /// Writes octets of the file that [`write_to`](Self::write_to) asked for.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when it asked for none; [`Misuse::BodyTooLong`] when the file would be
    /// longer than was said. Nothing was written then.
    pub fn put(&mut self, octets: &[u8], out: &mut (impl Sink + ?Sized)) -> Result<(), Misuse> {
        let remaining = self.remaining();
        let open = self.open.as_mut().ok_or(Misuse::NoBody)?;
        let n = octets.len() as u64;
        if remaining.is_some_and(|remaining| n > remaining) {
            return Err(Misuse::BodyTooLong);
        }
        open.given = open.given.saturating_add(n);
        open.lines.put(octets, out);
        Ok(())
    }

    /// Ends the file; [`write_to`](Self::write_to) then goes on.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoBody`] when none is written; [`Misuse::BodyTooShort`] when octets are missing
    /// that were announced, which may still be put.
    pub fn end(&mut self, out: &mut (impl Sink + ?Sized)) -> Result<(), Misuse> {
        match self.remaining() {
            Some(1..) if self.open.is_some() => Err(Misuse::BodyTooShort),
            _ => {
                self.open.take().ok_or(Misuse::NoBody)?.lines.finish(out);
                self.over += 1;
                Ok(())
            }
        }
    }
}
