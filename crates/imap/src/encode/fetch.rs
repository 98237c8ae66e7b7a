//! FETCH: items of commands and of responses, envelopes and body structures.

use super::Out;
use crate::parse::ITEM;
use crate::types::{
    Address, BodyStructure, Disposition, Envelope, FetchData, FetchItem, Leaf, LeafKind, Octets,
    Parameters, Raw, Section, SectionText,
};
use alloc::borrow::Cow;

impl Out<'_> {
    pub(crate) fn fetch_item(&mut self, item: &FetchItem<'_>) {
        let name = match item {
            FetchItem::Body => "BODY",
            FetchItem::BodyStructure => "BODYSTRUCTURE",
            FetchItem::Envelope => "ENVELOPE",
            FetchItem::Flags => "FLAGS",
            FetchItem::InternalDate => "INTERNALDATE",
            FetchItem::Rfc822 => "RFC822",
            FetchItem::Rfc822Header => "RFC822.HEADER",
            FetchItem::Rfc822Size => "RFC822.SIZE",
            FetchItem::Rfc822Text => "RFC822.TEXT",
            FetchItem::Uid => "UID",
            FetchItem::ModSeq => "MODSEQ",
            FetchItem::EmailId => "EMAILID",
            FetchItem::ThreadId => "THREADID",
            FetchItem::SaveDate => "SAVEDATE",
            FetchItem::Preview { lazy: false } => "PREVIEW",
            FetchItem::Preview { lazy: true } => "PREVIEW (LAZY)",
            FetchItem::GmMsgId => "X-GM-MSGID",
            FetchItem::GmThrId => "X-GM-THRID",
            FetchItem::GmLabels => "X-GM-LABELS",
            FetchItem::Annotation { entries, attributes } => {
                return self.annotation_item(entries, attributes);
            }
            FetchItem::Other(name) => return self.of_class(name, &ITEM),
            FetchItem::BodySection { section, peek, partial } => {
                self.put(if *peek { "BODY.PEEK" } else { "BODY" });
                self.section(section, Self::astring);
                return self.partial(*partial);
            }
            FetchItem::Binary { part, peek, partial } => {
                self.put(if *peek { "BINARY.PEEK[" } else { "BINARY[" });
                self.part(part);
                self.put("]");
                return self.partial(*partial);
            }
            FetchItem::BinarySize(part) => {
                self.put("BINARY.SIZE[");
                self.part(part);
                "]"
            }
        };
        self.put(name);
    }

    pub(crate) fn fetch_data(&mut self, data: &FetchData<'_>) {
        match data {
            FetchData::Uid(uid) => self.numbered("UID ", *uid),
            FetchData::Flags(flags) => {
                self.put("FLAGS ");
                self.flags(flags);
            }
            FetchData::ModSeq(n) => {
                self.numbered("MODSEQ (", *n);
                self.put(")");
            }
            FetchData::InternalDate(date) => {
                self.put("INTERNALDATE ");
                self.date_time(*date);
            }
            FetchData::Rfc822Size(n) => self.numbered("RFC822.SIZE ", *n),
            FetchData::Envelope(envelope) => {
                self.put("ENVELOPE ");
                self.envelope(envelope);
            }
            FetchData::Body(body) => {
                self.put("BODY ");
                self.body_structure(body, false);
            }
            FetchData::BodyStructure(body) => {
                self.put("BODYSTRUCTURE ");
                self.body_structure(body, true);
            }
            FetchData::BodySection(data) => {
                self.body_section(&data.section, data.origin);
                self.body_item(&data.body);
            }
            FetchData::Binary(binary) => self.binary(binary),
            FetchData::BinarySize(size) => {
                self.put("BINARY.SIZE[");
                self.part(&size.part);
                self.numbered("] ", size.octets);
            }
            FetchData::Rfc822(body) => {
                self.put("RFC822 ");
                self.body_item(body);
            }
            FetchData::Rfc822Header(body) => {
                self.put("RFC822.HEADER ");
                self.body_item(body);
            }
            FetchData::Rfc822Text(body) => {
                self.put("RFC822.TEXT ");
                self.body_item(body);
            }
            FetchData::EmailId(id) => {
                self.put("EMAILID (");
                self.put(id.as_str());
                self.put(")");
            }
            FetchData::ThreadId(None) => self.put("THREADID NIL"),
            FetchData::ThreadId(Some(id)) => {
                self.put("THREADID (");
                self.put(id.as_str());
                self.put(")");
            }
            FetchData::SaveDate(None) => self.put("SAVEDATE NIL"),
            FetchData::SaveDate(Some(date)) => {
                self.put("SAVEDATE ");
                self.date_time(*date);
            }
            FetchData::Preview(preview) => {
                self.put("PREVIEW ");
                self.nstring(preview.as_deref());
            }
            FetchData::Annotation(annotations) => self.annotations(annotations),
            FetchData::GmMsgId(n) => self.numbered("X-GM-MSGID ", *n),
            FetchData::GmThrId(n) => self.numbered("X-GM-THRID ", *n),
            FetchData::GmLabels(labels) => {
                self.put("X-GM-LABELS ");
                self.list(labels, Self::label);
            }
            FetchData::Other(item) => self.named_item(&item.name, &item.value),
            FetchData::Invalid(item) => self.named_item(&item.name, &item.raw),
        }
    }

    fn named_item(&mut self, name: &str, value: &Raw<'_>) {
        self.one_line(name.as_bytes());
        self.space();
        self.raw(value);
    }

    /// `BODY[section]<origin>` and the space behind it. Names of fields are atoms where they can be, as
    /// in the command: there are clients that look for what they asked, octet for octet.
    pub(super) fn body_section(&mut self, section: &Section<'_>, origin: Option<u64>) {
        self.put("BODY");
        self.section(section, Self::astring);
        self.origin(origin);
        self.space();
    }

    /// ```abnf
    /// section = "[" [section-spec] "]"
    /// ```
    ///
    /// Names of fields are written by `name`: in commands they may need leave.
    fn section(&mut self, section: &Section<'_>, name: impl FnMut(&mut Self, &Octets<'_>)) {
        self.put("[");
        self.part(&section.part);
        if section.text.is_some() && !section.part.is_empty() {
            self.put(".");
        }
        match &section.text {
            None => {}
            Some(SectionText::Header) => self.put("HEADER"),
            Some(SectionText::Mime) => self.put("MIME"),
            Some(SectionText::Text) => self.put("TEXT"),
            Some(SectionText::HeaderFields(names)) => {
                self.put("HEADER.FIELDS ");
                self.list(names, name);
            }
            Some(SectionText::HeaderFieldsNot(names)) => {
                self.put("HEADER.FIELDS.NOT ");
                self.list(names, name);
            }
        }
        self.put("]");
    }

    fn envelope(&mut self, envelope: &Envelope<'_>) {
        self.put("(");
        self.nstring(envelope.date.as_deref());
        self.space();
        self.nstring(envelope.subject.as_deref());
        for list in [
            &envelope.from,
            &envelope.sender,
            &envelope.reply_to,
            &envelope.to,
            &envelope.cc,
            &envelope.bcc,
        ] {
            self.space();
            self.addresses(list);
        }
        self.space();
        self.nstring(envelope.in_reply_to.as_deref());
        self.space();
        self.nstring(envelope.message_id.as_deref());
        self.put(")");
    }

    fn addresses(&mut self, list: &[Address<'_>]) {
        if list.is_empty() {
            return self.put("NIL");
        }
        self.put("(");
        for address in list {
            self.put("(");
            self.nstring(address.name.as_deref());
            for part in [&address.adl, &address.mailbox, &address.host] {
                self.space();
                self.nstring(part.as_deref());
            }
            self.put(")");
        }
        self.put(")");
    }

    /// As deep as the caller nested it. Extension data are written `always`, or where they were told.
    pub(crate) fn body_structure(&mut self, body: &BodyStructure<'_>, always: bool) {
        self.put("(");
        match body {
            BodyStructure::Leaf(leaf) => self.leaf(leaf, always),
            BodyStructure::Multipart(multipart) => {
                for part in &multipart.parts {
                    self.body_structure(part, always);
                }
                if multipart.parts.is_empty() {
                    // There is no multipart without parts on the wire: an empty text is one.
                    self.put("(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)");
                }
                self.space();
                self.string(&multipart.subtype);
                if always || multipart.extended {
                    self.space();
                    self.parameters(&multipart.parameters);
                    self.extension(
                        multipart.disposition.as_ref(),
                        &multipart.language,
                        multipart.location.as_deref(),
                        &multipart.extensions,
                    );
                }
            }
        }
        self.put(")");
    }

    fn leaf(&mut self, leaf: &Leaf<'_>, always: bool) {
        self.string(&leaf.kind);
        self.space();
        self.string(&leaf.subtype);
        self.space();
        self.parameters(&leaf.parameters);
        self.space();
        self.nstring(leaf.id.as_deref());
        self.space();
        self.nstring(leaf.description.as_deref());
        self.space();
        self.string(&leaf.encoding);
        self.numbered(" ", leaf.octets);
        match &leaf.content {
            LeafKind::Basic => {}
            LeafKind::Text { lines } => self.numbered(" ", *lines),
            LeafKind::Message { envelope, body, lines } => {
                self.space();
                self.envelope(envelope);
                self.space();
                self.body_structure(body, always);
                self.numbered(" ", *lines);
            }
        }
        if always || leaf.extended {
            self.space();
            self.nstring(leaf.md5.as_deref());
            self.extension(
                leaf.disposition.as_ref(),
                &leaf.language,
                leaf.location.as_deref(),
                &leaf.extensions,
            );
        }
    }

    fn parameters(&mut self, parameters: &Parameters<'_>) {
        if parameters.is_empty() {
            return self.put("NIL");
        }
        self.list(parameters, |out, (name, value)| {
            out.string(name);
            out.space();
            out.string(value);
        });
    }

    fn extension(
        &mut self,
        disposition: Option<&Disposition<'_>>,
        language: &[Cow<'_, [u8]>],
        location: Option<&[u8]>,
        more: &Raw<'_>,
    ) {
        self.space();
        match disposition {
            None => self.put("NIL"),
            Some(disposition) => {
                self.put("(");
                self.string(&disposition.kind);
                self.space();
                self.parameters(&disposition.parameters);
                self.put(")");
            }
        }
        self.space();
        match language {
            [] => self.put("NIL"),
            // In parentheses also when it is one, as Dovecot and Cyrus write it.
            languages => self.list(languages, |out, one| out.string(one)),
        }
        self.space();
        self.nstring(location);
        if !more.is_empty() {
            self.space();
            self.raw(more);
        }
    }
}
