//! Whole messages: an index of ranges over bytes that stay where they are.

use crate::encoding::{base64, charset, quoted_printable};
use crate::header::{
    Address, ContentDisposition, ContentType, DateTime, Field, addresses, message_ids,
};
use crate::mime::{Scanner, Token};
use crate::{Defect, Kind, Limits, TransferEncoding};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A message in memory. Nothing is decoded or copied before it is asked for.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    raw: &'a [u8],
    parts: Vec<Part>,
    fields: Vec<Range<usize>>,
    defects: Vec<Defect>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    parent: Option<usize>,
    kind: Kind,
    header: Range<usize>,
    body: Range<usize>,
    /// Its fields in [`Message::fields`].
    fields: Range<usize>,
    /// The first part behind it that is not inside it.
    after: usize,
}

impl<'a> Message<'a> {
    /// Reads a message with the default [`Limits`]. Any bytes are one.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Self {
        Self::parse_with_limits(raw, &Limits::default())
    }

    /// Reads a message. Looks at each octet once, however parts are nested.
    #[must_use]
    pub fn parse_with_limits(raw: &'a [u8], limits: &Limits) -> Self {
        let mut scanner = Scanner::new(*limits);
        let mut message = Self { raw, parts: Vec::new(), fields: Vec::new(), defects: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        // Every turn consumes octets, begins or ends a part, or notes a defect.
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            let consumed = match scanner.next(rest, true) {
                Token::PartStart => {
                    let part = Part {
                        parent: open.last().copied(),
                        header: at..at,
                        body: at..at,
                        fields: message.fields.len()..message.fields.len(),
                        ..Part::default()
                    };
                    open.push(message.parts.len());
                    message.parts.push(part);
                    0
                }
                Token::Field(n) => {
                    message.fields.push(at..at + n);
                    n
                }
                Token::HeaderEnd(n) => {
                    let end = message.fields.len();
                    if let Some(part) = message.last(&open) {
                        part.kind = scanner.kind();
                        part.fields.end = end;
                        part.header.end = at + n;
                        part.body = at + n..at + n;
                    }
                    n
                }
                Token::Body(n) | Token::Delimiter(n) => n,
                Token::PartEnd => {
                    let after = message.parts.len();
                    if let Some(part) = message.last(&open) {
                        part.body.end = at;
                        part.after = after;
                    }
                    open.pop();
                    0
                }
                Token::Defect(kind) => {
                    if message.defects.len() < limits.defects {
                        message.defects.push(Defect { at: at as u64, kind });
                    }
                    0
                }
                Token::NeedMore | Token::End => return message,
            };
            at += consumed;
        }
    }

    fn last(&mut self, open: &[usize]) -> Option<&mut Part> {
        self.parts.get_mut(*open.last()?)
    }

    /// All the octets.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The message itself as a part: the first one.
    #[must_use]
    pub fn root(&self) -> PartRef<'_, 'a> {
        PartRef { message: self, index: 0 }
    }

    /// All parts, each before those inside it.
    pub fn parts(&self) -> impl Iterator<Item = PartRef<'_, 'a>> {
        (0..self.parts.len()).map(|index| PartRef { message: self, index })
    }

    /// What was wrong, as far as the limit goes.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// The first part that is text of this subtype, is no attachment and stands in no message
    /// inside: `plain`, `html`.
    #[must_use]
    pub fn text_part(&self, subtype: &str) -> Option<PartRef<'_, 'a>> {
        self.own_leaves()
            .find(|part| part.content_type().is("text", subtype) && !part.is_attachment())
    }

    /// The parts that are files: attachments, messages, and all that is neither the text nor an
    /// alternative of it.
    pub fn attachments(&self) -> impl Iterator<Item = PartRef<'_, 'a>> {
        let shown =
            [self.text_part("plain"), self.text_part("html")].map(|part| part.map(|p| p.index));
        self.own_leaves().filter(move |part| {
            part.kind() != Kind::Multipart && !shown.contains(&Some(part.index))
        })
    }

    /// The leaves that stand in no message inside, and those messages.
    fn own_leaves(&self) -> impl Iterator<Item = PartRef<'_, 'a>> {
        let mut skip_until = 0;
        self.parts().filter(move |part| {
            let own = part.index >= skip_until && part.kind() != Kind::Multipart;
            if own && part.kind() == Kind::Message && part.index > 0 {
                skip_until = part.part().after;
            }
            own && (part.kind() == Kind::Leaf || part.index > 0)
        })
    }
}

/// A part of a message.
#[derive(Clone, Copy, Debug)]
pub struct PartRef<'m, 'a> {
    message: &'m Message<'a>,
    index: usize,
}

impl<'m, 'a> PartRef<'m, 'a> {
    fn part(&self) -> &'m Part {
        // The index was made from the list it points into; an empty part stands for none.
        const NONE: &Part = &Part {
            parent: None,
            kind: Kind::Leaf,
            header: 0..0,
            body: 0..0,
            fields: 0..0,
            after: 0,
        };
        self.message.parts.get(self.index).unwrap_or(NONE)
    }

    /// Its place in [`Message::parts`].
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.part().kind
    }

    /// The part that it is in.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.part().parent.map(|index| Self { index, ..*self })
    }

    /// The parts of a multipart; the one message of a message.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'m, 'a> {
        let (end, message) = (self.part().after, self.message);
        let first = Some(self.index + 1).filter(|&index| index < end);
        core::iter::successors(first, move |&index| {
            message.parts.get(index).map(|part| part.after).filter(|&index| index < end)
        })
        .map(move |index| Self { message, index })
    }

    /// Its fields, in their order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'m, 'a> {
        let message = self.message;
        let fields = message.fields.get(self.part().fields.clone()).unwrap_or_default();
        fields.iter().map(|range| Field::new(message.slice(range)))
    }

    /// The first field of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'a>> {
        self.fields().find(|field| field.is(name))
    }

    /// The value of a field as text: see [`Field::text`].
    #[must_use]
    pub fn text_field(&self, name: &str) -> Option<String> {
        self.field(name).map(|field| field.text())
    }

    /// The addresses of a field; none when there is no such field.
    #[must_use]
    pub fn addresses(&self, name: &str) -> Vec<Address<'a>> {
        self.field(name).map(|field| addresses(field.value())).unwrap_or_default()
    }

    /// The date of a field.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<DateTime> {
        DateTime::parse(self.field(name)?.value())
    }

    /// The message identifiers of a field.
    #[must_use]
    pub fn message_ids(&self, name: &str) -> Vec<String> {
        self.field(name).map(|field| message_ids(field.value())).unwrap_or_default()
    }

    /// Its type: what its header says, or what is meant where it says nothing.
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        match self.field("Content-Type") {
            Some(field) => ContentType::parse(field.value()),
            None if self.is_in_digest() => ContentType::parse(b"message/rfc822"),
            None => ContentType::parse(b"text/plain"),
        }
    }

    fn is_in_digest(&self) -> bool {
        self.parent().is_some_and(|parent| parent.content_type().is("multipart", "digest"))
    }

    /// Its disposition, if its header says one.
    #[must_use]
    pub fn disposition(&self) -> Option<ContentDisposition> {
        self.field("Content-Disposition").map(|field| ContentDisposition::parse(field.value()))
    }

    /// How its body is encoded.
    #[must_use]
    pub fn encoding(&self) -> TransferEncoding {
        let field = self.field("Content-Transfer-Encoding");
        field.map(|field| TransferEncoding::parse(field.value())).unwrap_or_default()
    }

    /// The name of the file that it is, from the disposition or the type.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        let named = self.disposition().and_then(|disposition| disposition.parameter("filename"));
        named.or_else(|| self.content_type().parameter("name"))
    }

    /// Whether its header says that it is an attachment.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        self.disposition().is_some_and(|disposition| disposition.is_attachment())
    }

    /// Where its header lies, the empty line behind it included.
    #[must_use]
    pub fn header_range(&self) -> Range<usize> {
        self.part().header.clone()
    }

    /// Where its body lies, encoded. That of a multipart has all its parts in it.
    #[must_use]
    pub fn body_range(&self) -> Range<usize> {
        self.part().body.clone()
    }

    /// Its header, the empty line behind it included.
    #[must_use]
    pub fn header_raw(&self) -> &'a [u8] {
        self.message.slice(&self.part().header)
    }

    /// Its body as it stands.
    #[must_use]
    pub fn body_raw(&self) -> &'a [u8] {
        self.message.slice(&self.part().body)
    }

    /// Header and body as they stand.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.message.slice(&(self.part().header.start..self.part().body.end))
    }

    /// Its body, decoded. That of a multipart or a message is as it stands.
    #[must_use]
    pub fn body(&self) -> Cow<'a, [u8]> {
        let raw = self.body_raw();
        if self.kind() != Kind::Leaf {
            return Cow::Borrowed(raw);
        }
        let mut out = Vec::new();
        match self.encoding() {
            TransferEncoding::Base64 => {
                let mut decoder = base64::Decoder::default();
                decoder.decode(raw, &mut out);
                decoder.finish(&mut out);
            }
            TransferEncoding::QuotedPrintable => {
                let mut decoder = quoted_printable::Decoder::default();
                decoder.decode(raw, &mut out);
                decoder.finish(&mut out);
            }
            _ => return Cow::Borrowed(raw),
        }
        Cow::Owned(out)
    }

    /// Its body, decoded, as text by its charset.
    #[must_use]
    pub fn text(&self) -> String {
        let label = self.content_type().parameter("charset").unwrap_or_default();
        charset::decode(label.as_bytes(), &self.body()).into_owned()
    }
}

impl<'a> Message<'a> {
    fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.raw.get(range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DefectKind;
    use std::format;
    use std::string::ToString;

    const MIXED: &str = "From: a@b\r\nContent-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n\
        --x y\r\n\r\nfirst\r\n\
        --x y \t\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n\
        --x y\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n\
        --x y--\r\nepilogue\r\n";

    #[test]
    fn parts_lie_where_they_are() {
        let message = Message::parse(MIXED.as_bytes());
        let bodies: Vec<_> =
            message.parts().map(|part| part.body_raw().escape_ascii().to_string()).collect();

        assert_eq!(
            bodies.get(1..),
            Some(
                &[
                    "first".to_string(),
                    "Subject: inner\\r\\n\\r\\ninside".into(),
                    "inside".into(),
                    "iVBO".into()
                ][..]
            )
        );
        let children: Vec<_> = message.root().children().map(|part| part.index()).collect();
        assert_eq!(children, [1, 2, 4]);
        assert_eq!(message.parts().nth(3).unwrap().text_field("Subject").as_deref(), Some("inner"));
        assert_eq!(&*message.parts().nth(4).unwrap().body(), b"\x89PN");
        assert_eq!(message.defects(), []);
    }

    #[test]
    fn text_and_files_are_told_apart() {
        let message = Message::parse(MIXED.as_bytes());

        assert_eq!(message.text_part("plain").unwrap().text(), "first");
        let names: Vec<_> = message.attachments().map(|part| part.file_name()).collect();
        assert_eq!(names, [None, Some("p.png".to_string())]);
    }

    #[test]
    fn line_ends_of_any_kind_are_read() {
        let message = MIXED.replace("\r\n", "\n");
        let message = Message::parse(message.as_bytes());
        assert_eq!(message.parts().count(), 5);
        assert_eq!(message.parts().nth(1).unwrap().body_raw(), b"first");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let kinds = |raw: &str| -> Vec<_> {
            Message::parse(raw.as_bytes()).defects().iter().map(|defect| defect.kind).collect()
        };
        assert_eq!(
            kinds("Subject : a\r\nno field\r\n\r\n"),
            [DefectKind::SpaceBeforeColon, DefectKind::NotAField]
        );
        assert_eq!(kinds("Subject: a\r\n"), [DefectKind::NoEmptyLine]);
        assert_eq!(kinds("Content-Type: multipart/mixed\r\n\r\n"), [DefectKind::NoBoundary]);
        assert_eq!(
            kinds("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\n--b\r\n\r\nx"),
            [DefectKind::NoEmptyLine, DefectKind::NotClosed]
        );
        assert_eq!(
            kinds("Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
            [DefectKind::DuplicateField]
        );
    }

    #[test]
    fn depth_and_parts_are_limited_and_nothing_is_lost() {
        let nested =
            |n: usize| "Content-Type: message/rfc822\r\n\r\n".repeat(n) + "Subject: x\r\n\r\ny";
        for (n, parts) in [(62, 63), (63, 64), (64, 64), (1000, 64)] {
            let raw = nested(n);
            let message = Message::parse(raw.as_bytes());
            assert_eq!(message.parts().count(), parts, "{n}");
            assert!(message.parts().last().unwrap().raw().ends_with(b"y"));
        }
        let many = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
            "--b\r\n\r\nx\r\n".repeat(12_000)
        );
        let message = Message::parse(many.as_bytes());
        assert_eq!(message.parts().count(), 10_000);
        assert!(message.parts().last().unwrap().raw().len() > 10_000);
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let raw = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
        let mut limits = Limits::default();
        (limits.depth, limits.parts) = (usize::MAX, usize::MAX);
        let parse = move || {
            let message = Message::parse_with_limits(raw.as_bytes(), &limits);
            assert!(message.clone().parts().count() > 99_999);
            assert!(format!("{message:?}").len() > 1_000_000);
        };
        std::thread::Builder::new().stack_size(128 * 1024).spawn(parse).unwrap().join().unwrap();
    }
}
