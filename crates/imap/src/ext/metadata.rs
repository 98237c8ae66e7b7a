//! METADATA and METADATA-SERVER (RFC 5464): entries and values of mailboxes and servers.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Mailbox, Octets, Raw, Response};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::Syntax;

/// An entry and its value; NIL is none.
pub type Entry<'a> = (Octets<'a>, Option<Cow<'a, [u8]>>);

/// An option of GETMETADATA.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetadataOption<'a> {
    /// `MAXSIZE`: only values of up to so many octets.
    MaxSize(u64),
    /// `DEPTH`: the entry, those right below it, or all below it.
    Depth(MetadataDepth),
    /// Another.
    Other(Cow<'a, str>, Option<Raw<'a>>),
}

/// How far below an entry GETMETADATA looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetadataDepth {
    /// `0`: the entry.
    Entry,
    /// `1`: those right below it, too.
    Children,
    /// `infinity`: all below it, too.
    All,
}

/// `GETMETADATA`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GetMetadata<'a> {
    /// What is wanted of them.
    pub options: Vec<MetadataOption<'a>>,
    /// The mailbox; an empty name is the server.
    pub mailbox: Mailbox<'a>,
    /// The entries.
    pub entries: Vec<Octets<'a>>,
}

/// `METADATA`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata<'a> {
    /// The mailbox; an empty name is the server.
    pub mailbox: Mailbox<'a>,
    /// What is told.
    pub data: MetadataData<'a>,
}

/// What METADATA tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MetadataData<'a> {
    /// These entries were changed.
    Changed(Vec<Octets<'a>>),
    /// Entries and their values.
    Values(Vec<Entry<'a>>),
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
    /// ```
    ///
    /// Takes the options behind the mailbox too: the examples of RFC 5464 have them there
    /// (erratum 3868).
    pub(crate) fn get_metadata(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mut options = Vec::new();
        if self.peek() == Some(b'(') {
            options = self.list1(Self::metadata_option)?;
            self.space()?;
        }
        let mailbox = self.mailbox()?;
        self.space()?;
        let before = self.mark();
        if options.is_empty() && self.peek() == Some(b'(') {
            match self.list1(Self::metadata_option) {
                Ok(late) if self.peek() == Some(b' ') => {
                    options = late;
                    self.space()?;
                }
                _ => self.reset(before),
            }
        }
        let entries = match self.peek() {
            Some(b'(') => self.list1(Self::entry_name)?,
            _ => Vec::from([self.entry_name()?]),
        };
        Ok(Command::GetMetadata(GetMetadata { options, mailbox, entries }))
    }

    fn metadata_option(&mut self) -> Parsed<MetadataOption<'a>> {
        let name = self.atom("an option")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("MAXSIZE") {
            self.space()?;
            return Ok(MetadataOption::MaxSize(self.number64()?));
        }
        if is("DEPTH") {
            self.space()?;
            let depths = [
                ("0", MetadataDepth::Entry),
                ("1", MetadataDepth::Children),
                ("infinity", MetadataDepth::All),
            ];
            return Ok(MetadataOption::Depth(self.one_of(&depths, "0, 1 or infinity")?));
        }
        let (name, value) = self.named_raw(name)?;
        Ok(MetadataOption::Other(name, value))
    }

    /// A name that was read, and a value if one stands behind it: `(` or a number, as RFC 4466 has
    /// it for what is not known.
    pub(crate) fn named_raw(&mut self, name: &'a str) -> Parsed<(Cow<'a, str>, Option<Raw<'a>>)> {
        // However many spaces stand before it: written again there is one.
        let spaces = self.rest().iter().take_while(|b| **b == b' ').count();
        let value = match self.rest().get(spaces) {
            Some(b'(' | b'0'..=b'9' | b'"' | b'{' | b'*' | b'$') if spaces > 0 => {
                self.space()?;
                Some(self.raw_value()?)
            }
            _ => None,
        };
        Ok((Cow::Borrowed(name), value))
    }

    pub(crate) fn entry_name(&mut self) -> Parsed<Octets<'a>> {
        let at = self.position();
        let name = self.astring()?;
        match name.as_bytes().len() <= self.bounds().entry {
            true => Ok(name),
            false => Err(Syntax { at, expected: "a shorter entry" }),
        }
    }

    pub(crate) fn metadata_entry(&mut self) -> Parsed<Entry<'a>> {
        let entry = self.entry_name()?;
        self.space()?;
        let at = self.position();
        let value = self.nstring()?;
        match value.as_deref().unwrap_or_default().len() <= self.bounds().value {
            true => Ok((entry, value)),
            false => Err(Syntax { at, expected: "a shorter value" }),
        }
    }

    pub(crate) fn set_metadata(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        let entries = self.list1(Self::metadata_entry)?;
        Ok(Command::SetMetadata { mailbox, entries })
    }

    /// ```abnf
    /// metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
    /// ```
    pub(crate) fn metadata(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        let data = match self.peek() {
            Some(b'(') => MetadataData::Values(self.list1(Self::metadata_entry)?),
            _ => {
                let mut entries = Vec::from([self.entry_name()?]);
                entries.extend(self.words(Self::entry_name)?);
                MetadataData::Changed(entries)
            }
        };
        Ok(Response::Metadata(Metadata { mailbox, data }))
    }
}

impl Out<'_> {
    pub(crate) fn get_metadata(&mut self, get: &GetMetadata<'_>) {
        self.space();
        if !get.options.is_empty() {
            self.list(&get.options, |out, option| match option {
                MetadataOption::MaxSize(n) => out.numbered("MAXSIZE ", *n),
                MetadataOption::Depth(MetadataDepth::Entry) => out.put("DEPTH 0"),
                MetadataOption::Depth(MetadataDepth::Children) => out.put("DEPTH 1"),
                MetadataOption::Depth(MetadataDepth::All) => out.put("DEPTH infinity"),
                MetadataOption::Other(name, value) => out.named_raw(name, value.as_ref()),
            });
            self.space();
        }
        self.mailbox(&get.mailbox);
        self.space();
        self.one_or_list(&get.entries, |out, entry| out.astring(entry));
    }

    pub(crate) fn metadata_entry(&mut self, (entry, value): &Entry<'_>) {
        self.astring(entry);
        self.space();
        self.nstring8(value.as_deref());
    }

    pub(crate) fn set_metadata(&mut self, mailbox: &Mailbox<'_>, entries: &[Entry<'_>]) {
        self.space();
        self.mailbox(mailbox);
        self.space();
        self.list(entries, Self::metadata_entry);
    }

    pub(crate) fn metadata(&mut self, metadata: &Metadata<'_>) {
        self.put("METADATA ");
        self.mailbox_string(&metadata.mailbox);
        self.space();
        match &metadata.data {
            MetadataData::Changed(entries) => self.words(entries, Self::astring),
            MetadataData::Values(entries) => self.list(entries, Self::metadata_entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "GETMETADATA \"\" /shared/comment",
            "GETMETADATA (MAXSIZE 1024 DEPTH infinity) INBOX (/shared/comment /private/comment)",
            "GETMETADATA (DEPTH 1 X-Y (a b)) INBOX /private/filters/values/small",
            "SETMETADATA INBOX (/private/comment \"My new comment across\" /shared/x NIL)",
            "SETMETADATA INBOX (/private/comment {4+}\r\na\r\nb)",
        ]);
        responses(&[
            "METADATA \"INBOX\" (/private/comment \"My comment\" /shared/comment NIL)",
            "METADATA \"\" /shared/comment /private/comment",
            "METADATA \"INBOX\" (/shared/icon ~{3}\r\na\0b)",
        ]);
    }
}
