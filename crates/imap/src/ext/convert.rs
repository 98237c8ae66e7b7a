//! CONVERT (RFC 5259): parts of messages as other types.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, FetchData, FetchItems, NumberSet, Octets, Raw, Response};
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
    /// What is wanted of them, as it is written: `BINARY[1]`, `BODYPARTSTRUCTURE[1]`.
    pub items: Raw<'a>,
}

/// A CONVERTED response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Converted<'a> {
    /// The sequence number.
    pub seq: u32,
    /// The tag of the command that asked.
    pub tag: Octets<'a>,
    /// What the server tells.
    pub data: Vec<FetchData<'a>>,
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
            parameters = self.list1(|cursor| {
                let name = cursor.astring()?;
                cursor.space()?;
                Ok((name, cursor.astring()?))
            })?;
        }
        self.expect(b')', "`)`")?;
        self.space()?;
        let items = self.raw_value()?;
        Ok(Command::Convert(Box::new(Convert { uid, set, target, parameters, items })))
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

    /// ```abnf
    /// converted = "CONVERTED" SP "(" "TAG" SP string ")" SP "(" convert-msg-att … ")"
    /// ```
    pub(crate) fn converted(&mut self, seq: u32) -> Parsed<Response<'a>> {
        self.space()?;
        if !self.eat_keyword("(TAG ") {
            return self.error("(TAG");
        }
        let tag = self.astring()?;
        self.expect(b')', "`)`")?;
        self.space()?;
        let mut data = FetchItems::new();
        self.fetch(&mut data)?;
        let data = data.into_iter().collect();
        Ok(Response::Converted(Converted { seq, tag, data }))
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
        if !convert.parameters.is_empty() {
            self.space();
            self.list(&convert.parameters, |out, (name, value)| {
                out.string(name.as_bytes());
                out.space();
                out.string(value.as_bytes());
            });
        }
        self.put(") ");
        self.raw(&convert.items);
    }

    pub(crate) fn converted(&mut self, converted: &Converted<'_>) {
        self.number(converted.seq);
        self.put(" CONVERTED (TAG ");
        self.string(converted.tag.as_bytes());
        self.put(") ");
        self.list(&converted.data, |out, data| out.fetch_data(data));
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
            "2 CONVERTED (TAG \"a\") (BINARY[3] {1}\r\nx)",
            "2 CONVERTED (TAG \"b\") (UID 120 BINARY.SIZE[4] 9 BODYPARTSTRUCTURE[4] (\"a\" \"b\"))",
            "CONVERSION \"image/gif\" \"image/jpeg\" (\"pix-x\" \"pix-y\")",
            "NO [TEMPFAIL] x",
            "NO [MAXCONVERTMESSAGES 5] x",
            "NO [MAXCONVERTPARTS 5] x",
        ]);
    }
}
