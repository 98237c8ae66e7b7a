//! ANNOTATEMORE (Cyrus, before METADATA): GETANNOTATION and SETANNOTATION.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Mailbox, MetadataEntry, Octets, Response};
use alloc::vec::Vec;

/// `GETANNOTATION`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GetAnnotation<'a> {
    /// The mailboxes, by a pattern; the empty name is the server.
    pub mailbox: Octets<'a>,
    /// The entries, by patterns.
    pub entries: Vec<Octets<'a>>,
    /// Their attributes, by patterns.
    pub attributes: Vec<Octets<'a>>,
}

/// An entry and its attributes.
pub type MailboxAnnotation<'a> = (Octets<'a>, Vec<MetadataEntry<'a>>);

/// An ANNOTATION response of ANNOTATEMORE.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MailboxAnnotations<'a> {
    /// The mailbox; the empty name is the server.
    pub mailbox: Mailbox<'a>,
    /// Entries and their attributes.
    pub entries: Vec<MailboxAnnotation<'a>>,
}

impl<'a> Cursor<'a, '_> {
    fn patterns(&mut self) -> Parsed<Vec<Octets<'a>>> {
        match self.peek() {
            Some(b'(') => self.list1(Self::list_mailbox),
            _ => Ok(Vec::from([self.list_mailbox()?])),
        }
    }

    pub(crate) fn get_annotation(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.list_mailbox()?;
        self.space()?;
        let entries = self.patterns()?;
        self.space()?;
        let attributes = self.patterns()?;
        Ok(Command::GetAnnotation(GetAnnotation { mailbox, entries, attributes }))
    }

    fn mailbox_annotation(&mut self) -> Parsed<MailboxAnnotation<'a>> {
        let entry = self.entry_name()?;
        self.space()?;
        Ok((entry, self.list1(Self::metadata_entry)?))
    }

    pub(crate) fn set_annotation(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.list_mailbox()?;
        self.space()?;
        let entries = match self.peek() {
            Some(b'(') => self.list1(Self::mailbox_annotation)?,
            _ => Vec::from([self.mailbox_annotation()?]),
        };
        Ok(Command::SetAnnotation { mailbox, entries })
    }

    pub(crate) fn mailbox_annotations(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let entries = self.words(Self::mailbox_annotation)?;
        Ok(Response::Annotation(MailboxAnnotations { mailbox, entries }))
    }
}

impl Out<'_> {
    fn patterns(&mut self, patterns: &[Octets<'_>]) {
        self.one_or_list(patterns, |out, pattern| out.string(pattern.as_bytes()));
    }

    pub(crate) fn get_annotation(&mut self, get: &GetAnnotation<'_>) {
        self.space();
        self.list_mailbox(&get.mailbox);
        self.space();
        self.patterns(&get.entries);
        self.space();
        self.patterns(&get.attributes);
    }

    pub(crate) fn mailbox_annotation(&mut self, (entry, attributes): &MailboxAnnotation<'_>) {
        self.string(entry.as_bytes());
        self.space();
        self.list(attributes, |out, (name, value)| {
            out.string(name.as_bytes());
            out.space();
            out.nstring(value.as_deref());
        });
    }

    pub(crate) fn mailbox_annotations(&mut self, told: &MailboxAnnotations<'_>) {
        self.put("ANNOTATION ");
        self.mailbox_string(&told.mailbox);
        self.spaced(&told.entries, Self::mailbox_annotation);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "GETANNOTATION INBOX \"/comment\" \"value.priv\"",
            "GETANNOTATION \"\" (\"/a\" \"/b/*\") \"*\"",
            "SETANNOTATION INBOX (\"/comment\" (\"value.priv\" \"x\" \"content-type.priv\" NIL))",
        ]);
        responses(&["ANNOTATION \"INBOX\" \"/comment\" (\"value.priv\" \"My comment\")"]);
    }
}
