//! Looks for words in the texts of a message, a piece at a time.

use crate::office::PIECE;
use examples::maildir::Content;
use mailwire_core::Input;
use mailwire_message::encoding::{Decoder, charset};
use mailwire_message::header::{ContentType, Field};
use mailwire_message::{Event, Kind, Reader, TransferEncoding};
use std::io;

/// How much text is looked at together, in octets. Words are found if they stand on one line, or
/// within one such window.
const WINDOW: usize = 256 * 1024;

/// Whether the text of any part, or the header of a message inside, holds `needle`, which is in
/// lower case.
pub(crate) fn hold(content: &mut Content, needle: &str) -> io::Result<bool> {
    let (mut reader, mut rx) = (Reader::default(), Input::default());
    let mut nature = Nature::default();
    let mut text = None;
    let mut parts = 0;
    while !rx.is_closed() {
        rx.read_from(content, PIECE)?;
        while let Some(event) = reader.receive(&mut rx) {
            match event {
                Event::PartStart { .. } => {
                    parts += 1;
                    nature = Nature::default();
                    text = None;
                }
                Event::Field { field, .. } => {
                    nature.look(&field);
                    if parts > 1 && field.text().to_lowercase().contains(needle) {
                        return Ok(true);
                    }
                }
                Event::HeaderEnd { kind, .. } => {
                    text = (kind == Kind::Leaf && nature.is_text).then(|| Text::new(&nature));
                }
                Event::Body { octets, .. } => {
                    if let Some(text) = &mut text {
                        text.push(octets);
                        if text.window.len() > WINDOW && text.holds(needle, false) {
                            return Ok(true);
                        }
                    }
                }
                Event::PartEnd { .. } => {
                    let last = text.take().map(|mut text: Text| text.holds(needle, true));
                    if last == Some(true) {
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(false)
}

/// What the header of a part says of it.
struct Nature {
    is_text: bool,
    charset: String,
    encoding: TransferEncoding,
}

impl Default for Nature {
    /// What is meant where nothing is said.
    fn default() -> Self {
        Self { is_text: true, charset: String::new(), encoding: TransferEncoding::default() }
    }
}

impl Nature {
    fn look(&mut self, field: &Field<'_>) {
        if field.is("Content-Type") {
            let content_type = ContentType::parse(field.value());
            self.is_text = content_type.kind().eq_ignore_ascii_case("text");
            self.charset = content_type.parameter("charset").unwrap_or_default();
        } else if field.is("Content-Transfer-Encoding") {
            self.encoding = TransferEncoding::parse(field.value());
        }
    }
}

/// A text while it is decoded.
struct Text {
    decoder: Decoder,
    charset: String,
    /// What was decoded and not yet looked at.
    window: Vec<u8>,
}

impl Text {
    fn new(nature: &Nature) -> Self {
        let decoder = Decoder::new(nature.encoding);
        Self { decoder, charset: nature.charset.clone(), window: Vec::new() }
    }

    fn push(&mut self, octets: &[u8]) {
        self.decoder.decode(octets, &mut self.window);
    }

    /// Looks at what was decoded, and keeps only the line that has not ended.
    fn holds(&mut self, needle: &str, at_end: bool) -> bool {
        if at_end {
            self.decoder.finish(&mut self.window);
        }
        let text = charset::decode(self.charset.as_bytes(), &self.window);
        if text.to_lowercase().contains(needle) {
            return true;
        }
        let whole =
            self.window.iter().rposition(|&b| b == b'\n').map_or(self.window.len(), |n| n + 1);
        self.window.drain(..whole);
        false
    }
}
