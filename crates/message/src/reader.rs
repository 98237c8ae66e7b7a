//! Messages as they arrive, at constant memory.

use crate::header::Field;
use crate::mime::{Scanner, Token};
use crate::{Defect, Kind, Limits, Rules};
use mailwire_core::Input;

/// Something of a message. Offsets are octets since it began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// A part begins: the message first, then those inside it, before it ends.
    PartStart {
        /// Where its header begins.
        at: u64,
    },
    /// A field of the part that began last.
    Field {
        /// Where it begins.
        at: u64,
        /// The field.
        field: Field<'i>,
    },
    /// The header of the part that began last is over.
    HeaderEnd {
        /// Where its body begins.
        at: u64,
        /// What the part is.
        kind: Kind,
    },
    /// A piece of the body, encoded as it is, of the part that began last and has not ended. Of a
    /// multipart it is what stands before, between or behind its parts.
    Body {
        /// Where it begins.
        at: u64,
        /// The octets.
        octets: &'i [u8],
    },
    /// The part that began last and has not ended ends.
    PartEnd {
        /// Where its body ended.
        at: u64,
        /// How long the line end behind it is, where it ends with a delimiter line of a multipart
        /// inside; else 0.
        line_end: u8,
    },
    /// Something is wrong.
    Defect(Defect),
}

/// Reads a message as it arrives. Finds the same as [`Message`](crate::Message), whatever the
/// pieces, and holds a field at most.
///
/// ```
/// use mailwire_core::Input;
/// use mailwire_message::{Event, Reader};
///
/// let (mut reader, mut rx) = (Reader::default(), Input::default());
/// let mut body = Vec::new();
/// for piece in [&b"Subj"[..], b"ect: hello\r\n\r", b"\nwor", b"ld"] {
///     rx.extend(piece);
///     while let Some(event) = reader.receive(&mut rx) {
///         if let Event::Body { octets, .. } = event {
///             body.extend_from_slice(octets);
///         }
///     }
/// }
/// assert_eq!(body, b"world");
/// ```
#[derive(Debug)]
pub struct Reader {
    scanner: Scanner,
    ended: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}

impl Reader {
    /// A reader at the start of a message.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self::with_rules(limits, &Rules::default())
    }

    /// A reader at the start of a message, by other rules.
    #[must_use]
    pub fn with_rules(limits: &Limits, rules: &Rules) -> Self {
        Self { scanner: Scanner::new(limits, rules), ended: false }
    }

    /// The next event. `None` when more bytes are needed, or, when the input is closed, when the
    /// message is over.
    pub fn receive<'i>(&mut self, rx: &'i mut Input) -> Option<Event<'i>> {
        // Every turn consumes a delimiter, or is the last.
        loop {
            let at = self.scanner.at();
            match self.scanner.next(rx.unread(), rx.is_closed()) {
                Token::PartStart => return Some(Event::PartStart { at }),
                Token::Field(n, ..) => {
                    let range = rx.take(n);
                    return Some(Event::Field { at, field: Field::new(rx.slice(range)) });
                }
                Token::HeaderEnd(n) => {
                    let _ = rx.take(n);
                    let (at, kind) = (self.scanner.at(), self.scanner.kind());
                    return Some(Event::HeaderEnd { at, kind });
                }
                Token::Body(n) => {
                    let range = rx.take(n);
                    return Some(Event::Body { at, octets: rx.slice(range) });
                }
                Token::Delimiter(n) | Token::Rest(n) => {
                    let _ = rx.take(n);
                }
                Token::PartEnd(back) => {
                    let at = at - u64::from(back);
                    return Some(Event::PartEnd { at, line_end: back });
                }
                Token::Defect(defect) => return Some(Event::Defect(defect)),
                Token::NeedMore => return None,
                Token::End => {
                    self.ended = true;
                    return None;
                }
            }
        }
    }

    /// Whether the message is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// How many defects there were, those past the limit among them, which are no events.
    #[must_use]
    pub fn defect_count(&self) -> usize {
        self.scanner.defects()
    }
}
