//! ENVELOPE and BODYSTRUCTURE.

use super::cursor::{Cursor, Parsed};
use crate::types::{Address, BodyStructure, Disposition, Envelope, Leaf, LeafKind, Parameters};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to
    ///            SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    pub(crate) fn envelope(&mut self) -> Parsed<Envelope<'a>> {
        self.expect(b'(', "`(`")?;
        let date = self.nstring()?;
        self.space()?;
        let subject = self.nstring()?;
        self.space()?;
        let mut lists: [Vec<Address<'a>>; 6] = Default::default();
        for list in &mut lists {
            *list = self.addresses()?;
            self.space()?;
        }
        let [from, sender, reply_to, to, cc, bcc] = lists;
        let in_reply_to = self.nstring()?;
        self.space()?;
        let message_id = self.nstring()?;
        self.expect(b')', "`)`")?;
        Ok(Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id })
    }

    /// ```abnf
    /// env-from = "(" 1*address ")" / nil
    /// ```
    ///
    /// Accepts an empty list (several servers) and spaces between addresses.
    fn addresses(&mut self) -> Parsed<Vec<Address<'a>>> {
        if self.eat_keyword("NIL") {
            return Ok(Vec::new());
        }
        self.expect(b'(', "`(` or NIL")?;
        let mut list = Vec::new();
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            self.expect(b'(', "`(` or `)`")?;
            let name = self.nstring()?;
            self.space()?;
            let adl = self.nstring()?;
            self.space()?;
            let mailbox = self.nstring()?;
            self.space()?;
            let host = self.nstring()?;
            self.expect(b')', "`)`")?;
            list.push(Address { name, adl, mailbox, host });
        }
        Ok(list)
    }

    /// ```abnf
    /// body = "(" (body-type-1part / body-type-mpart) ")"
    /// ```
    pub(crate) fn body_structure(&mut self) -> Parsed<BodyStructure<'a>> {
        self.down()?;
        self.expect(b'(', "`(`")?;
        let body = match self.peek() {
            Some(b'(') => self.multipart()?,
            _ => BodyStructure::Leaf(self.leaf()?),
        };
        self.up();
        Ok(body)
    }

    fn multipart(&mut self) -> Parsed<BodyStructure<'a>> {
        let mut parts = Vec::new();
        // Every turn consumes a part. Accepts spaces between parts.
        while self.peek() == Some(b'(') {
            parts.push(self.body_structure()?);
            if let [b' ', b'(', ..] = self.rest() {
                self.skip(1);
            }
        }
        self.space()?;
        let subtype = self.nstring()?.unwrap_or_default();
        let mut multipart = (Parameters::new(), None, Vec::new(), None);
        let extended = self.eat(b' ');
        if extended {
            multipart.0 = self.parameters()?;
            if self.eat(b' ') {
                multipart.1 = self.disposition()?;
                if self.eat(b' ') {
                    multipart.2 = self.languages()?;
                    if self.eat(b' ') {
                        multipart.3 = self.nstring()?;
                    }
                }
            }
        }
        self.skip_extensions()?;
        let (parameters, disposition, language, location) = multipart;
        Ok(BodyStructure::Multipart {
            parts,
            subtype,
            parameters,
            disposition,
            language,
            location,
            extended,
        })
    }

    fn leaf(&mut self) -> Parsed<Leaf<'a>> {
        let kind = self.nstring()?.unwrap_or_default();
        self.space()?;
        let subtype = self.nstring()?.unwrap_or_default();
        self.space()?;
        let parameters = self.parameters()?;
        self.space()?;
        let id = self.nstring()?;
        self.space()?;
        let description = self.nstring()?;
        self.space()?;
        let encoding = self.nstring()?.unwrap_or_default();
        self.space()?;
        let octets = self.number64()?;
        let message = kind.eq_ignore_ascii_case(b"MESSAGE")
            && (subtype.eq_ignore_ascii_case(b"RFC822") || subtype.eq_ignore_ascii_case(b"GLOBAL"));
        let content = if message && self.rest().starts_with(b" (") {
            self.skip(1);
            let envelope = Box::new(self.envelope()?);
            self.space()?;
            let body = Box::new(self.body_structure()?);
            self.space()?;
            LeafKind::Message { envelope, body, lines: self.number64()? }
        } else if kind.eq_ignore_ascii_case(b"TEXT") && self.eat(b' ') {
            LeafKind::Text { lines: self.number64()? }
        } else {
            LeafKind::Basic
        };
        let mut leaf = Leaf {
            kind,
            subtype,
            parameters,
            id,
            description,
            encoding,
            octets,
            content,
            md5: None,
            disposition: None,
            language: Vec::new(),
            location: None,
            extended: self.eat(b' '),
        };
        if leaf.extended {
            leaf.md5 = self.nstring()?;
            if self.eat(b' ') {
                leaf.disposition = self.disposition()?;
                if self.eat(b' ') {
                    leaf.language = self.languages()?;
                    if self.eat(b' ') {
                        leaf.location = self.nstring()?;
                    }
                }
            }
        }
        self.skip_extensions()?;
        Ok(leaf)
    }

    /// ```abnf
    /// body-extension = nstring / number / number64 / "(" body-extension *(SP body-extension) ")"
    /// ```
    fn skip_extensions(&mut self) -> Parsed<()> {
        // Every turn consumes a value.
        while self.eat(b' ') {
            self.skip_value()?;
        }
        self.expect(b')', "`)` or a space")
    }

    /// ```abnf
    /// body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
    /// ```
    ///
    /// Accepts an empty list.
    fn parameters(&mut self) -> Parsed<Parameters<'a>> {
        let mut parameters = Parameters::new();
        if self.eat_keyword("NIL") {
            return Ok(parameters);
        }
        self.expect(b'(', "`(` or NIL")?;
        // Every turn consumes something.
        while !self.eat(b')') {
            if self.eat(b' ') {
                continue;
            }
            let name = self.nstring()?.unwrap_or_default();
            self.space()?;
            parameters.push((name, self.nstring()?.unwrap_or_default()));
        }
        Ok(parameters)
    }

    /// ```abnf
    /// body-fld-dsp = "(" string SP body-fld-param ")" / nil
    /// ```
    fn disposition(&mut self) -> Parsed<Option<Disposition<'a>>> {
        if self.eat_keyword("NIL") {
            return Ok(None);
        }
        self.expect(b'(', "`(` or NIL")?;
        let kind = self.nstring()?.unwrap_or_default();
        let parameters = if self.eat(b' ') { self.parameters()? } else { Parameters::new() };
        self.expect(b')', "`)`")?;
        Ok(Some(Disposition { kind, parameters }))
    }

    /// ```abnf
    /// body-fld-lang = nstring / "(" string *(SP string) ")"
    /// ```
    fn languages(&mut self) -> Parsed<Vec<Cow<'a, [u8]>>> {
        if !self.eat(b'(') {
            return Ok(self.nstring()?.into_iter().collect());
        }
        let mut languages = Vec::new();
        // Every turn consumes something.
        while !self.eat(b')') {
            if !self.eat(b' ') {
                languages.extend(self.nstring()?);
            }
        }
        Ok(languages)
    }
}
