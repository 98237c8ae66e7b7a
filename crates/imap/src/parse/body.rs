//! ENVELOPE and BODYSTRUCTURE.

use super::cursor::{Cursor, Parsed};
use crate::types::{
    Address, Addresses, BodyStructure, Disposition, Envelope, Few, Leaf, LeafKind, Multipart,
    Parameters, Raw, Tolerance,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

type NString<'a> = Option<Cow<'a, [u8]>>;

/// Where goes what is told of a part besides its fixed fields.
struct Extension<'p, 'a> {
    disposition: &'p mut Option<Disposition<'a>>,
    language: &'p mut Few<Cow<'a, [u8]>, 1>,
    location: &'p mut NString<'a>,
    more: &'p mut Raw<'a>,
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
    /// A part that is a message, and the body of that.
    Message(Box<Leaf<'a>>, Box<Envelope<'a>>, Box<BodyStructure<'a>>),
}

/// What the start of a part is.
pub(super) enum Start<'a> {
    /// A leaf, whole.
    Leaf,
    /// A leaf up to the body of the message that it is.
    Message(Box<Envelope<'a>>),
    /// A multipart without parts, of this subtype, up to what follows that.
    Empty(Cow<'a, [u8]>),
}

/// Puts the body that comes next where it stays: the rest of it is read there.
#[inline]
fn put<'o, 'a>(
    open: &'o mut [Open<'a>],
    root: &'o mut BodyStructure<'a>,
    body: BodyStructure<'a>,
) -> &'o mut BodyStructure<'a> {
    let place = match open.last_mut() {
        None => root,
        Some(Open::Message(_, _, inside)) => inside,
        Some(Open::Multipart(parts)) => {
            if parts.is_empty() {
                // Most have two parts.
                parts.reserve_exact(2);
            }
            parts.push(body);
            return parts.last_mut().unwrap_or(root);
        }
    };
    *place = body;
    place
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
    pub(crate) fn envelope(&mut self) -> Parsed<Box<Envelope<'a>>> {
        if let Some(envelope) = self.quick_envelope() {
            return Ok(envelope);
        }
        let mut envelope = Box::<Envelope<'a>>::default();
        self.envelope_fields(&mut envelope)?;
        Ok(envelope)
    }

    pub(super) fn envelope_fields(&mut self, envelope: &mut Envelope<'a>) -> Parsed<()> {
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
            self.addresses(list)?;
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
    #[inline]
    fn eat_short(&mut self) -> Parsed<bool> {
        match self.peek() {
            Some(b')') => self.short(),
            _ => Ok(false),
        }
    }

    #[cold]
    fn short(&mut self) -> Parsed<bool> {
        self.tolerate(Tolerance::ShortEnvelope, "a space")?;
        self.skip(1);
        Ok(true)
    }

    /// `)`, before which some servers write a space.
    #[inline]
    fn close(&mut self) -> Parsed<()> {
        if self.eat(b')') { Ok(()) } else { self.close_late() }
    }

    #[cold]
    fn close_late(&mut self) -> Parsed<()> {
        while self.peek() == Some(b' ') {
            self.tolerate(Tolerance::ExtraSpace, "`)`")?;
            self.skip(1);
        }
        self.expect(b')', "`)`")
    }

    /// ```abnf
    /// env-from = "(" 1*address ")" / nil
    /// ```
    fn addresses(&mut self, list: &mut Addresses<'a>) -> Parsed<()> {
        if self.eat_nil() {
            return Ok(());
        }
        self.expect(b'(', "`(` or NIL")?;
        if self.peek() == Some(b')') {
            self.tolerate(Tolerance::EmptyList, "an address")?;
        }
        // Every turn consumes something.
        loop {
            match self.peek() {
                Some(b'(') => {
                    if list.len() >= self.bounds().parts {
                        return self.error("fewer addresses");
                    }
                    list.push(self.address()?);
                }
                Some(b')') => {
                    self.skip(1);
                    return Ok(());
                }
                Some(b' ') => {
                    self.tolerate(Tolerance::ExtraSpace, "`(` or `)`")?;
                    self.skip(1);
                }
                _ if self.eat_nil() => self.tolerate(Tolerance::NilAddress, "`(` or `)`")?,
                _ => return self.error("`(` or `)`"),
            }
        }
    }

    #[inline]
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
    /// What is open is kept in a list: depth costs no stack. What is `extended` has extension data,
    /// told or not.
    pub(crate) fn body_structure(&mut self, extended: bool) -> Parsed<Box<BodyStructure<'a>>> {
        let mut root = Box::<BodyStructure<'a>>::default();
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
            let body = put(&mut open, &mut root, BodyStructure::default());
            if let BodyStructure::Leaf(leaf) = body {
                leaf.extended = extended;
                match self.leaf(leaf)? {
                    Start::Leaf => {}
                    Start::Message(envelope) => {
                        let leaf = Box::new(core::mem::take(leaf));
                        // The place is made again when the message is whole.
                        if let Some(Open::Multipart(parts)) = open.last_mut() {
                            parts.pop();
                        }
                        open.push(Open::Message(leaf, envelope, Box::default()));
                        continue;
                    }
                    Start::Empty(subtype) => {
                        let mut multipart = Multipart { subtype, extended, ..Multipart::default() };
                        self.end_of_multipart(&mut multipart)?;
                        *body = BodyStructure::Multipart(multipart);
                    }
                }
            }
            // Every turn ends what was open.
            loop {
                match open.last_mut() {
                    None => return Ok(root),
                    Some(Open::Multipart(parts)) => {
                        if let [b' ', b'(', ..] = self.rest() {
                            self.tolerate(Tolerance::ExtraSpace, "`(` or a subtype")?;
                            self.skip(1);
                        }
                        if self.peek() == Some(b'(') {
                            continue 'bodies;
                        }
                        let parts = core::mem::take(parts);
                        open.pop();
                        self.space()?;
                        let subtype = self.string()?;
                        let multipart =
                            Multipart { parts, subtype, extended, ..Multipart::default() };
                        let multipart = BodyStructure::Multipart(multipart);
                        let body = put(&mut open, &mut root, multipart);
                        if let BodyStructure::Multipart(multipart) = body {
                            self.end_of_multipart(multipart)?;
                        }
                    }
                    Some(Open::Message(..)) => {
                        let Some(Open::Message(leaf, envelope, body)) = open.pop() else {
                            continue;
                        };
                        self.space()?;
                        let lines = self.number64_or_nil()?;
                        let mut leaf = *leaf;
                        leaf.content = LeafKind::Message { envelope, body, lines };
                        self.end_of_leaf(&mut leaf)?;
                        put(&mut open, &mut root, BodyStructure::Leaf(leaf));
                    }
                }
            }
        }
    }

    /// Behind the subtype.
    fn end_of_multipart(&mut self, multipart: &mut Multipart<'a>) -> Parsed<()> {
        match self.quick_end(multipart) {
            Some(()) => Ok(()),
            None => self.end_by_parts(multipart),
        }
    }

    pub(super) fn end_by_parts(&mut self, multipart: &mut Multipart<'a>) -> Parsed<()> {
        if self.extends() {
            self.space()?;
            multipart.extended = true;
            self.parameters(&mut multipart.parameters)?;
            self.extension(Extension {
                disposition: &mut multipart.disposition,
                language: &mut multipart.language,
                location: &mut multipart.location,
                more: &mut multipart.extensions,
            })?;
        }
        self.close()
    }

    /// Whether something follows, and not just a space.
    fn extends(&self) -> bool {
        matches!(self.rest(), [b' ', next, ..] if *next != b')')
    }

    /// A part that is not divided, or one up to the body of the message in it.
    fn leaf(&mut self, leaf: &mut Leaf<'a>) -> Parsed<Start<'a>> {
        let extended = leaf.extended;
        if self.quick_leaf(leaf).is_some() {
            return Ok(Start::Leaf);
        }
        *leaf = Leaf { extended, ..Leaf::default() };
        self.leaf_by_parts(leaf)
    }

    pub(super) fn leaf_by_parts(&mut self, leaf: &mut Leaf<'a>) -> Parsed<Start<'a>> {
        let kind = self.type_name()?;
        // `("ALTERNATIVE" ("BOUNDARY" "x") NIL NIL)`, `("RELATED" NIL ("ATTACHMENT" NIL) NIL)`.
        let string_follows = matches!(self.rest(), [b' ', b'"' | b'{', ..]);
        if is_multipart(&kind) && !string_follows {
            self.tolerate(Tolerance::MissingParts, "a subtype")?;
            return Ok(Start::Empty(kind));
        }
        let fields = self.mark();
        if let Err(error) = self.leaf_fields(leaf, true) {
            // `(NIL "alternative" ("boundary" "x") NIL NIL NIL)`.
            self.reset(fields);
            *leaf = Leaf::default();
            if kind.is_empty() {
                self.space()?;
                if let Ok(subtype) = self.string() {
                    if is_multipart(&subtype) {
                        self.tolerate(Tolerance::MissingParts, "a part")?;
                        return Ok(Start::Empty(subtype));
                    }
                }
                return Err(error);
            }
            self.tolerate_at(error.at, Tolerance::MissingSubtype, error.expected)?;
            self.leaf_fields(leaf, false).map_err(|_| error)?;
        }
        leaf.kind = kind;
        if self.rest().starts_with(b" (") && is_message(leaf) {
            self.skip(1);
            let envelope = self.envelope()?;
            self.space()?;
            return Ok(Start::Message(envelope));
        }
        self.lines_of_text(leaf)?;
        self.end_of_leaf(leaf)?;
        Ok(Start::Leaf)
    }

    fn end_of_leaf(&mut self, leaf: &mut Leaf<'a>) -> Parsed<()> {
        if self.extends() {
            self.space()?;
            leaf.md5 = self.nstring()?;
            leaf.extended = true;
            self.extension(Extension {
                disposition: &mut leaf.disposition,
                language: &mut leaf.language,
                location: &mut leaf.location,
                more: &mut leaf.extensions,
            })?;
        }
        self.close()
    }

    fn type_name(&mut self) -> Parsed<Cow<'a, [u8]>> {
        self.string()
    }

    /// The fields that every leaf has: from the subtype to the octets.
    fn leaf_fields(&mut self, leaf: &mut Leaf<'a>, subtype: bool) -> Parsed<()> {
        if subtype {
            self.space()?;
            leaf.subtype = self.string()?;
        }
        self.space()?;
        self.parameters(&mut leaf.parameters)?;
        self.space()?;
        leaf.id = self.nstring()?;
        self.space()?;
        leaf.description = self.nstring()?;
        self.space()?;
        leaf.encoding = self.string()?;
        self.space()?;
        leaf.octets = self.number64_or_nil()?;
        Ok(())
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
    fn extension(&mut self, told: Extension<'_, 'a>) -> Parsed<()> {
        if !self.extends() {
            return Ok(());
        }
        self.space()?;
        self.disposition(told.disposition)?;
        if !self.extends() {
            return Ok(());
        }
        self.space()?;
        if !self.eat_nil() {
            let before = self.mark();
            let swapped = told.disposition.is_none() && self.peek() == Some(b'(');
            if let Err(error) = self.languages(told.language) {
                self.reset(before);
                *told.language = Few::new();
                if !swapped {
                    return Err(error);
                }
                // A disposition where the language should be.
                self.tolerate_at(error.at, Tolerance::SwappedFields, error.expected)?;
                self.disposition(told.disposition).map_err(|_| error)?;
            }
        }
        if !self.extends() {
            return Ok(());
        }
        self.space()?;
        *told.location = self.nstring()?;
        if self.extends() {
            self.space()?;
            *told.more = self.raw_values_in_list()?;
        }
        Ok(())
    }

    /// ```abnf
    /// body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
    /// ```
    fn parameters(&mut self, parameters: &mut Parameters<'a>) -> Parsed<()> {
        if self.eat_nil() {
            return Ok(());
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
        })
    }

    /// ```abnf
    /// body-fld-dsp = "(" string SP body-fld-param ")" / nil
    /// ```
    fn disposition(&mut self, to: &mut Option<Disposition<'a>>) -> Parsed<()> {
        if self.eat_nil() {
            return Ok(());
        }
        self.expect(b'(', "`(` or NIL")?;
        let (kind, parameters) = (self.string()?, Parameters::new());
        let disposition = to.insert(Disposition { kind, parameters });
        if self.peek() == Some(b')') {
            self.tolerate(Tolerance::MissingParameters, "a space")?;
        } else {
            self.space()?;
            self.parameters(&mut disposition.parameters)?;
        }
        self.close()
    }

    /// ```abnf
    /// body-fld-lang = nstring / "(" string *(SP string) ")"
    /// ```
    fn languages(&mut self, languages: &mut Few<Cow<'a, [u8]>, 1>) -> Parsed<()> {
        if self.peek() != Some(b'(') {
            languages.extend(self.nstring()?);
            return Ok(());
        }
        // `(NIL)` is none.
        if let [b'(', b'N' | b'n', b'I' | b'i', b'L' | b'l', b')', ..] = self.rest() {
            self.tolerate(Tolerance::NilForString, "a string")?;
            self.skip(5);
            return Ok(());
        }
        self.skip(1);
        let at = self.position();
        self.each(|cursor| match cursor.peek() {
            Some(b'"' | b'{') => {
                languages.push(cursor.string()?);
                Ok(())
            }
            _ => cursor.error("a string"),
        })?;
        if languages.is_empty() {
            self.tolerate_at(at, Tolerance::EmptyList, "an item")?;
        }
        Ok(())
    }
}
