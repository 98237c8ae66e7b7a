//! ENVELOPE and BODYSTRUCTURE.

use super::cursor::{Cursor, Parsed};
use crate::types::{
    Address, BodyStructure, Disposition, Envelope, Leaf, LeafKind, Parameters, Raw, Tolerance,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

type NString<'a> = Option<Cow<'a, [u8]>>;

/// What is told of a part besides its fixed fields.
#[derive(Default)]
struct Extension<'a> {
    told: bool,
    disposition: Option<Disposition<'a>>,
    language: Vec<Cow<'a, [u8]>>,
    location: NString<'a>,
    more: Raw<'a>,
}

/// Subtypes of multipart: a server that forgets the parts of one writes it like a leaf.
const MULTIPARTS: [&[u8]; 9] = [
    b"ALTERNATIVE",
    b"APPLEDOUBLE",
    b"DIGEST",
    b"ENCRYPTED",
    b"MIXED",
    b"PARALLEL",
    b"RELATED",
    b"REPORT",
    b"SIGNED",
];

/// A body that is not whole yet.
enum Open<'a> {
    /// A multipart, and its parts so far.
    Multipart(Vec<BodyStructure<'a>>),
    /// A part that is a message.
    Message(Box<Leaf<'a>>, Box<Envelope<'a>>),
}

/// What the start of a part is.
#[expect(clippy::large_enum_variant, reason = "most are whole, and go on as they are")]
enum Start<'a> {
    Whole(BodyStructure<'a>),
    Message(Box<Leaf<'a>>, Box<Envelope<'a>>),
}

fn is_message(leaf: &Leaf<'_>) -> bool {
    leaf.kind.eq_ignore_ascii_case(b"MESSAGE")
        && (leaf.subtype.eq_ignore_ascii_case(b"RFC822")
            || leaf.subtype.eq_ignore_ascii_case(b"GLOBAL"))
}

fn is_multipart(name: &[u8]) -> bool {
    MULTIPARTS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to
    ///            SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    pub(crate) fn envelope(&mut self) -> Parsed<Envelope<'a>> {
        let mut envelope = Envelope::default();
        self.envelope_fields(&mut envelope)?;
        Ok(envelope)
    }

    fn envelope_fields(&mut self, envelope: &mut Envelope<'a>) -> Parsed<()> {
        self.expect(b'(', "`(`")?;
        if self.eat_short()? {
            return Ok(());
        }
        envelope.date = self.nstring()?;
        self.space()?;
        envelope.subject = self.nstring()?;
        let lists = [
            &mut envelope.from,
            &mut envelope.sender,
            &mut envelope.reply_to,
            &mut envelope.to,
            &mut envelope.cc,
            &mut envelope.bcc,
        ];
        for list in lists {
            if self.eat_short()? {
                return Ok(());
            }
            self.space()?;
            // QQ leaves fields out and writes the Message-ID last.
            if self.peek() == Some(b'"') {
                self.tolerate(Tolerance::ShortEnvelope, "`(` or NIL")?;
                envelope.message_id = self.nstring()?;
                return self.expect(b')', "`)`");
            }
            *list = self.addresses()?;
        }
        for field in [&mut envelope.in_reply_to, &mut envelope.message_id] {
            if self.eat_short()? {
                return Ok(());
            }
            self.space()?;
            *field = self.nstring()?;
        }
        self.close()
    }

    /// The end of an envelope before its last field.
    fn eat_short(&mut self) -> Parsed<bool> {
        if self.peek() != Some(b')') {
            return Ok(false);
        }
        self.tolerate(Tolerance::ShortEnvelope, "a space")?;
        self.skip(1);
        Ok(true)
    }

    /// `)`, before which some servers write a space.
    fn close(&mut self) -> Parsed<()> {
        while self.peek() == Some(b' ') {
            self.tolerate(Tolerance::ExtraSpace, "`)`")?;
            self.skip(1);
        }
        self.expect(b')', "`)`")
    }

    /// ```abnf
    /// env-from = "(" 1*address ")" / nil
    /// ```
    fn addresses(&mut self) -> Parsed<Vec<Address<'a>>> {
        let mut list = Vec::new();
        if self.eat_nil() {
            return Ok(list);
        }
        self.expect(b'(', "`(` or NIL")?;
        if self.peek() == Some(b')') {
            self.tolerate(Tolerance::EmptyList, "an address")?;
        }
        // Every turn consumes something.
        loop {
            match self.peek() {
                Some(b')') => {
                    self.skip(1);
                    return Ok(list);
                }
                Some(b' ') => {
                    self.tolerate(Tolerance::ExtraSpace, "`(` or `)`")?;
                    self.skip(1);
                }
                Some(b'(') => {
                    if list.len() >= self.bounds().parts {
                        return self.error("fewer addresses");
                    }
                    list.push(self.address()?);
                }
                _ if self.eat_nil() => self.tolerate(Tolerance::NilAddress, "`(` or `)`")?,
                _ => return self.error("`(` or `)`"),
            }
        }
    }

    fn address(&mut self) -> Parsed<Address<'a>> {
        self.expect(b'(', "`(`")?;
        let name = self.nstring()?;
        self.space()?;
        let adl = self.nstring()?;
        self.space()?;
        let mailbox = self.nstring()?;
        self.space()?;
        let host = self.nstring()?;
        self.close()?;
        Ok(Address { name, adl, mailbox, host })
    }

    /// ```abnf
    /// body            = "(" (body-type-1part / body-type-mpart) ")"
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// ```
    ///
    /// What is open is kept in a list: depth costs no stack.
    pub(crate) fn body_structure(&mut self) -> Parsed<BodyStructure<'a>> {
        let mut open: Vec<Open<'a>> = Vec::new();
        // Every turn consumes the parenthesis of a body.
        'bodies: loop {
            if open.len() >= usize::from(self.bounds().depth) {
                return self.error("less nesting");
            }
            self.count(self.bounds().parts, "fewer parts")?;
            self.expect(b'(', "`(`")?;
            while self.peek() == Some(b' ') {
                self.tolerate(Tolerance::ExtraSpace, "a part or a type")?;
                self.skip(1);
            }
            if self.peek() == Some(b'(') {
                open.push(Open::Multipart(Vec::new()));
                continue;
            }
            let mut body = match self.leaf()? {
                Start::Whole(body) => body,
                Start::Message(leaf, envelope) => {
                    open.push(Open::Message(leaf, envelope));
                    continue;
                }
            };
            // Every turn ends what was open.
            loop {
                body = match open.pop() {
                    None => return Ok(body),
                    Some(Open::Message(leaf, envelope)) => {
                        self.end_of_message(leaf, envelope, body)?
                    }
                    Some(Open::Multipart(mut parts)) => {
                        parts.push(body);
                        if let [b' ', b'(', ..] = self.rest() {
                            self.tolerate(Tolerance::ExtraSpace, "`(` or a subtype")?;
                            self.skip(1);
                        }
                        if self.peek() == Some(b'(') {
                            open.push(Open::Multipart(parts));
                            continue 'bodies;
                        }
                        self.space()?;
                        let subtype = self.string()?;
                        self.end_of_multipart(parts, subtype)?
                    }
                };
            }
        }
    }

    /// Behind the subtype.
    fn end_of_multipart(
        &mut self,
        parts: Vec<BodyStructure<'a>>,
        subtype: Cow<'a, [u8]>,
    ) -> Parsed<BodyStructure<'a>> {
        let mut parameters = Parameters::new();
        let mut extension = Extension::default();
        if self.extends() {
            self.space()?;
            parameters = self.parameters()?;
            extension = self.extension()?;
            extension.told = true;
        }
        self.close()?;
        let Extension { told, disposition, language, location, more } = extension;
        Ok(BodyStructure::Multipart {
            parts,
            subtype,
            parameters,
            disposition,
            language,
            location,
            extended: told,
            extensions: more,
        })
    }

    /// Whether something follows, and not just a space.
    fn extends(&self) -> bool {
        matches!(self.rest(), [b' ', next, ..] if *next != b')')
    }

    /// A part that is not divided, or one up to the body of the message in it.
    fn leaf(&mut self) -> Parsed<Start<'a>> {
        let kind = self.type_name()?;
        // `("ALTERNATIVE" ("BOUNDARY" "x") NIL NIL)`, `("RELATED" NIL ("ATTACHMENT" NIL) NIL)`.
        let string_follows = matches!(self.rest(), [b' ', b'"' | b'{', ..]);
        if is_multipart(&kind) && !string_follows {
            self.tolerate(Tolerance::MissingParts, "a subtype")?;
            return self.end_of_multipart(Vec::new(), kind).map(Start::Whole);
        }
        let fields = self.mark();
        let mut leaf = match self.leaf_fields(true) {
            Ok(leaf) => leaf,
            Err(error) => {
                // `(NIL "alternative" ("boundary" "x") NIL NIL NIL)`.
                self.reset(fields);
                if kind.is_empty() {
                    self.space()?;
                    if let Ok(subtype) = self.string() {
                        if is_multipart(&subtype) {
                            self.tolerate(Tolerance::MissingParts, "a part")?;
                            return self.end_of_multipart(Vec::new(), subtype).map(Start::Whole);
                        }
                    }
                    return Err(error);
                }
                self.tolerate_at(error.at, Tolerance::MissingSubtype, error.expected)?;
                self.leaf_fields(false).map_err(|_| error)?
            }
        };
        leaf.kind = kind;
        if is_message(&leaf) && self.rest().starts_with(b" (") {
            self.skip(1);
            let envelope = Box::new(self.envelope()?);
            self.space()?;
            return Ok(Start::Message(Box::new(leaf), envelope));
        }
        self.lines_of_text(&mut leaf)?;
        self.end_of_leaf(leaf).map(Start::Whole)
    }

    /// Behind the body of the message that a part is.
    fn end_of_message(
        &mut self,
        leaf: Box<Leaf<'a>>,
        envelope: Box<Envelope<'a>>,
        body: BodyStructure<'a>,
    ) -> Parsed<BodyStructure<'a>> {
        self.space()?;
        let lines = self.number64_or_nil()?;
        let mut leaf = *leaf;
        leaf.content = LeafKind::Message { envelope, body: Box::new(body), lines };
        self.end_of_leaf(leaf)
    }

    fn end_of_leaf(&mut self, mut leaf: Leaf<'a>) -> Parsed<BodyStructure<'a>> {
        if self.extends() {
            self.space()?;
            leaf.md5 = self.nstring()?;
            let Extension { disposition, language, location, more, .. } = self.extension()?;
            leaf.disposition = disposition;
            leaf.language = language;
            leaf.location = location;
            leaf.extensions = more;
            leaf.extended = true;
        }
        self.close()?;
        Ok(BodyStructure::Leaf(leaf))
    }

    fn type_name(&mut self) -> Parsed<Cow<'a, [u8]>> {
        self.string()
    }

    /// The fields that every leaf has: from the subtype to the octets.
    fn leaf_fields(&mut self, subtype: bool) -> Parsed<Leaf<'a>> {
        let mut leaf = Leaf::default();
        if subtype {
            self.space()?;
            leaf.subtype = self.string()?;
        }
        self.space()?;
        leaf.parameters = self.parameters()?;
        self.space()?;
        leaf.id = self.nstring()?;
        self.space()?;
        leaf.description = self.nstring()?;
        self.space()?;
        leaf.encoding = self.string()?;
        self.space()?;
        leaf.octets = self.number64_or_nil()?;
        Ok(leaf)
    }

    /// The number of lines behind the octets of text.
    fn lines_of_text(&mut self, leaf: &mut Leaf<'a>) -> Parsed<()> {
        if !leaf.kind.eq_ignore_ascii_case(b"TEXT") {
            return Ok(());
        }
        // NIL before more fields is the MD5 of a server that leaves the lines out.
        let lines_follow = matches!(
            self.rest(),
            [b' ', b'0'..=b'9', ..] | [b' ', b'N' | b'n', b'I' | b'i', b'L' | b'l', b')', ..]
        );
        if !lines_follow {
            return self.tolerate(Tolerance::MissingLines, "the number of lines");
        }
        self.space()?;
        leaf.content = LeafKind::Text { lines: self.number64_or_nil()? };
        Ok(())
    }

    /// ```abnf
    /// [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
    /// ```
    fn extension(&mut self) -> Parsed<Extension<'a>> {
        let mut extension = Extension::default();
        if !self.extends() {
            return Ok(extension);
        }
        self.space()?;
        extension.disposition = self.disposition()?;
        if !self.extends() {
            return Ok(extension);
        }
        self.space()?;
        let before = self.mark();
        let swapped = extension.disposition.is_none() && self.peek() == Some(b'(');
        match self.languages() {
            Ok(language) => extension.language = language,
            Err(error) => {
                self.reset(before);
                if !swapped {
                    return Err(error);
                }
                // A disposition where the language should be.
                self.tolerate_at(error.at, Tolerance::SwappedFields, error.expected)?;
                extension.disposition = self.disposition().map_err(|_| error)?;
            }
        }
        if !self.extends() {
            return Ok(extension);
        }
        self.space()?;
        extension.location = self.nstring()?;
        if self.extends() {
            self.space()?;
            extension.more = self.raw_values_in_list()?;
        }
        Ok(extension)
    }

    /// ```abnf
    /// body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
    /// ```
    fn parameters(&mut self) -> Parsed<Parameters<'a>> {
        let mut parameters = Parameters::new();
        if self.eat_nil() {
            return Ok(parameters);
        }
        self.expect(b'(', "`(` or NIL")?;
        if self.peek() == Some(b')') {
            self.tolerate(Tolerance::EmptyList, "a parameter")?;
        }
        self.each(|cursor| {
            let name = cursor.string()?;
            cursor.space()?;
            parameters.push((name, cursor.string()?));
            Ok(())
        })?;
        Ok(parameters)
    }

    /// ```abnf
    /// body-fld-dsp = "(" string SP body-fld-param ")" / nil
    /// ```
    fn disposition(&mut self) -> Parsed<Option<Disposition<'a>>> {
        if self.eat_nil() {
            return Ok(None);
        }
        self.expect(b'(', "`(` or NIL")?;
        let kind = self.string()?;
        let parameters = if self.peek() == Some(b')') {
            self.tolerate(Tolerance::MissingParameters, "a space")?;
            Parameters::new()
        } else {
            self.space()?;
            self.parameters()?
        };
        self.close()?;
        Ok(Some(Disposition { kind, parameters }))
    }

    /// ```abnf
    /// body-fld-lang = nstring / "(" string *(SP string) ")"
    /// ```
    fn languages(&mut self) -> Parsed<Vec<Cow<'a, [u8]>>> {
        if self.peek() != Some(b'(') {
            return Ok(self.nstring()?.into_iter().collect());
        }
        // `(NIL)` is none.
        if let [b'(', b'N' | b'n', b'I' | b'i', b'L' | b'l', b')', ..] = self.rest() {
            self.tolerate(Tolerance::NilForString, "a string")?;
            self.skip(5);
            return Ok(Vec::new());
        }
        self.list1(|cursor| match cursor.peek() {
            Some(b'"' | b'{') => cursor.string(),
            _ => cursor.error("a string"),
        })
    }
}
