//! What other readers would see: every part that any of them finds.

use crate::{Limits, Message, PartRef, Rules, Storage};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::ops::Range;

/// A part that some reading of a message finds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View {
    /// The first reading that finds it; the default one for what everyone sees.
    pub rules: Rules,
    /// Its place in [`Message::parts`] of that reading.
    pub index: usize,
    /// Where its header lies.
    pub header: Range<usize>,
    /// Where its body lies.
    pub body: Range<usize>,
}

/// A message that was encoded in another.
#[derive(Clone, Debug)]
pub struct Enclosed {
    octets: Vec<u8>,
    limits: Limits,
}

impl Message<'_> {
    /// Every leaf that any reading finds: those of the default [`Rules`] first, then those that
    /// only others find. A scanner that looks at all of them looks at what any reader would show.
    ///
    /// ```
    /// use mailwire_message::Message;
    ///
    /// let raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n\
    ///     --A\r\n\r\nseen by all\r\n--A--\r\n--A\r\n\r\nhidden\r\n--A--\r\n";
    /// let message = Message::parse(raw);
    /// let bodies: Vec<_> = message.views().into_iter().map(|view| &raw[view.body]).collect();
    /// assert_eq!(bodies, [&b"seen by all"[..], b"hidden"]);
    /// ```
    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let (mut views, mut seen) = (Vec::new(), BTreeSet::new());
        let mut storage = Storage::default();
        for rules in Rules::all() {
            let message = Message::parse_with(self.raw(), self.limits(), &rules, storage);
            for part in message.parts().filter(|part| part.children().next().is_none()) {
                let (header, body) = (part.header_range(), part.body_range());
                if seen.insert((header.start, body.start, body.end)) {
                    views.push(View { rules, index: part.index(), header, body });
                }
            }
            storage = message.into_storage();
        }
        views
    }
}

impl PartRef<'_, '_> {
    /// The message that this part is, where it is encoded, which the index does not look into (RFC
    /// 2046 section 5.2.1 forbids it). `None` for any other part, and when as many encoded
    /// messages are around it as [`Limits::encoded_depth`] allows.
    ///
    /// ```
    /// use mailwire_message::Message;
    ///
    /// let outer = Message::parse(
    ///     b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    ///       U3ViamVjdDogaW5uZXINCg0KaGkNCg==\r\n",
    /// );
    /// let enclosed = outer.root().enclosed().expect("an encoded message");
    /// let inner = enclosed.message();
    /// assert_eq!(inner.root().text_field("Subject").as_deref(), Some("inner"));
    /// ```
    #[must_use]
    pub fn enclosed(&self) -> Option<Enclosed> {
        let mut limits = *self.message().limits();
        limits.encoded_depth = limits.encoded_depth.checked_sub(1)?;
        let encoded = self.encoding().is_decoded() && self.children().next().is_none();
        let octets =
            (encoded && self.content_type().is_message()).then(|| self.body().into_owned())?;
        Some(Enclosed { octets, limits })
    }
}

impl Enclosed {
    /// The message, read.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        Message::parse_with_limits(&self.octets, &self.limits)
    }
}
