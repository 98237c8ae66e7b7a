//! CONVERT (RFC 5259): parts of messages as other types.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, FetchItem, NumberSet, Octets, Response};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `CONVERT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Convert<'a> {
    /// UID form.
    pub uid: bool,
    /// Which messages.
    pub set: NumberSet,
    /// The type that is wanted; `None` leaves it to the server.
    pub target: Option<Octets<'a>>,
    /// Parameters of the conversion: names and values.
    pub parameters: Vec<(Octets<'a>, Octets<'a>)>,
    /// What is wanted of them.
    pub items: Vec<ConvertItem<'a>>,
}

/// What CONVERT can be asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConvertItem<'a> {
    /// `BODYPARTSTRUCTURE[part]`: how the part is made up then.
    BodyPartStructure(Vec<u32>),
    /// `AVAILABLECONVERSIONS[part]`: which types it can be made into.
    AvailableConversions(Vec<u32>),
    /// What FETCH can be asked for too: UID, `BINARY[part]<partial>`, `BINARY.SIZE[part]`,
    /// `BODY[part.MIME]`.
    Fetch(FetchItem<'a>),
}

/// A CONVERSION response: what can be made of what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conversion<'a> {
    /// From this type.
    pub from: Octets<'a>,
    /// To this type.
    pub to: Octets<'a>,
    /// Names of parameters.
    pub parameters: Vec<Octets<'a>>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// convert        = "CONVERT" SP sequence-set SP convert-params SP (convert-att / list)
    /// convert-params = "(" (quoted-to-mime-type / "NIL") [SP "(" transcoding-params ")"] ")"
    /// ```
    pub(crate) fn convert(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let set = self.set()?;
        self.space()?;
        self.expect(b'(', "`(`")?;
        let target = if self.eat_nil() { None } else { Some(self.astring()?) };
        let mut parameters = Vec::new();
        if self.peek() == Some(b' ') {
            self.space()?;
            parameters = self.list1(Self::conversion_parameter)?;
        }
        self.expect(b')', "`)`")?;
        self.space()?;
        let items = match self.peek() {
            Some(b'(') => self.list1(Self::convert_item)?,
            _ => Vec::from([self.convert_item()?]),
        };
        Ok(Command::Convert(Box::new(Convert { uid, set, target, parameters, items })))
    }

    /// ```abnf
    /// transcoding-param = transcoding-param-name SP transcoding-param-value
    /// ```
    pub(crate) fn conversion_parameter(&mut self) -> Parsed<(Octets<'a>, Octets<'a>)> {
        let name = self.astring()?;
        self.space()?;
        Ok((name, self.astring()?))
    }

    /// ```abnf
    /// convert-att = "UID" / "BODYPARTSTRUCTURE" section-convert / "BINARY" section-convert [partial]
    ///             / "BINARY.SIZE" section-convert / "AVAILABLECONVERSIONS" section-convert
    ///             / "BODY[HEADER]" / "BODY[" section-part (".HEADER]" / ".MIME]")
    /// ```
    fn convert_item(&mut self) -> Parsed<ConvertItem<'a>> {
        for (name, item) in [
            (
                "BODYPARTSTRUCTURE[",
                ConvertItem::BodyPartStructure as fn(Vec<u32>) -> ConvertItem<'a>,
            ),
            ("AVAILABLECONVERSIONS[", ConvertItem::AvailableConversions),
        ] {
            if self.eat_item(name) {
                return self.binary_section().map(item);
            }
        }
        let mut item = FetchItem::Uid;
        self.fetch_item(&mut item)?;
        Ok(ConvertItem::Fetch(item))
    }

    /// ```abnf
    /// conversions = "CONVERSIONS" SP quoted-from-mime-type SP quoted-to-mime-type
    /// ```
    pub(crate) fn conversions(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let from = self.list_mailbox()?;
        self.space()?;
        Ok(Command::Conversions { from, to: self.list_mailbox()? })
    }

    pub(crate) fn conversion(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let from = self.astring()?;
        self.space()?;
        let to = self.astring()?;
        let parameters = match self.rest() {
            [b' ', b'(', ..] => {
                self.space()?;
                self.list(Self::astring)?
            }
            _ => Vec::new(),
        };
        Ok(Response::Conversion(Conversion { from, to, parameters }))
    }
}

impl Out<'_> {
    pub(crate) fn convert(&mut self, convert: &Convert<'_>) {
        self.space();
        self.set(&convert.set);
        self.put(" (");
        self.nstring(convert.target.as_ref().map(Octets::as_bytes));
        self.conversion_parameters(&convert.parameters);
        self.put(") ");
        match &convert.items[..] {
            [one] => self.convert_item(one),
            items => self.list(items, Self::convert_item),
        }
    }

    fn convert_item(&mut self, item: &ConvertItem<'_>) {
        let (name, part) = match item {
            ConvertItem::BodyPartStructure(part) => ("BODYPARTSTRUCTURE[", part),
            ConvertItem::AvailableConversions(part) => ("AVAILABLECONVERSIONS[", part),
            ConvertItem::Fetch(item) => return self.fetch_item(item),
        };
        self.put(name);
        self.part(part);
        self.put("]");
    }

    /// With the space before them, if there are any.
    pub(crate) fn conversion_parameters(&mut self, parameters: &[(Octets<'_>, Octets<'_>)]) {
        if parameters.is_empty() {
            return;
        }
        self.space();
        self.list(parameters, |out, (name, value)| {
            out.string(name.as_bytes());
            out.space();
            out.string(value.as_bytes());
        });
    }

    pub(crate) fn conversion(&mut self, conversion: &Conversion<'_>) {
        self.put("CONVERSION ");
        self.string(conversion.from.as_bytes());
        self.space();
        self.string(conversion.to.as_bytes());
        if !conversion.parameters.is_empty() {
            self.space();
            self.list(&conversion.parameters, |out, name| out.string(name.as_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "CONVERT 2 (\"text/plain\") BINARY[3]",
            "UID CONVERT 120 (\"image/jpeg\" (\"pix-x\" \"128\" \"pix-y\" \"96\")) \
             (BINARY.SIZE[4] BODYPARTSTRUCTURE[4])",
            "CONVERT 1 (NIL (\"charset\" \"utf-8\")) BINARY[1]<0.9>",
            "CONVERSIONS \"image/gif\" \"*\"",
        ]);
        responses(&[
            "CONVERSION \"image/gif\" \"image/jpeg\" (\"pix-x\" \"pix-y\")",
            "NO [TEMPFAIL] x",
            "NO [MAXCONVERTMESSAGES 5] x",
            "NO [MAXCONVERTPARTS 5] x",
        ]);
    }
}
