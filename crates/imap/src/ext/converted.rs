//! What CONVERT answers (RFC 5259 sections 8 and 9).

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{BodyItem, BodyStructure, FetchData, Octets, Raw, Response};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A CONVERTED response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Converted<'a> {
    /// The sequence number.
    pub seq: u32,
    /// The tag of the command that asked.
    pub tag: Octets<'a>,
    /// What the server tells.
    pub data: Vec<ConvertedData<'a>>,
}

/// What CONVERT tells of a part, or why it cannot.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConvertedData<'a> {
    /// `BINARY[part]<origin>`: the octets that come of it.
    Binary {
        /// The part.
        part: Vec<u32>,
        /// Where in them these begin, if only some were asked for.
        origin: Option<u64>,
        /// The octets.
        body: Result<BodyItem<'a>, ConvertError<'a>>,
    },
    /// `BINARY.SIZE[part]`: how many octets come of it.
    BinarySize {
        /// The part.
        part: Vec<u32>,
        /// How many.
        octets: Result<u64, ConvertError<'a>>,
    },
    /// `BODYPARTSTRUCTURE[part]`: how the part is made up then.
    BodyPartStructure {
        /// The part.
        part: Vec<u32>,
        /// How it is made up.
        body: Result<Box<BodyStructure<'a>>, ConvertError<'a>>,
    },
    /// `AVAILABLECONVERSIONS[part]`: which types it can be made into.
    AvailableConversions {
        /// The part.
        part: Vec<u32>,
        /// The types.
        types: Result<Vec<Octets<'a>>, ConvertError<'a>>,
    },
    /// What FETCH tells too: UID, `BODY[1.MIME]`.
    Fetched(FetchData<'a>),
}

/// Why a part is not converted (RFC 5259 section 9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConvertError<'a> {
    /// For people.
    pub text: Octets<'a>,
    /// For programs.
    pub reason: ConvertReason<'a>,
}

/// Why a part is not converted, for programs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConvertReason<'a> {
    /// `TEMPFAIL`: it may be tried again, after so many minutes if they are told.
    TempFail(Option<u32>),
    /// `BADPARAMETERS`: these are not understood, or cannot be had.
    BadParameters(Vec<BadConversion<'a>>),
    /// `MISSINGPARAMETERS`: these have to be said.
    MissingParameters(Vec<MissingParameters<'a>>),
    /// Another, or one of these as servers write it otherwise.
    Other(Raw<'a>),
}

/// A conversion that cannot be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadConversion<'a> {
    /// From this type; `None`: there is no such part.
    pub from: Option<Octets<'a>>,
    /// To this type.
    pub to: Octets<'a>,
    /// Because of these parameters; none: it can be made with no parameters.
    pub parameters: Vec<(Octets<'a>, Octets<'a>)>,
}

/// A conversion of which too little was said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MissingParameters<'a> {
    /// From this type.
    pub from: Octets<'a>,
    /// To this type.
    pub to: Octets<'a>,
    /// Names of the parameters.
    pub names: Vec<Octets<'a>>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// "CONVERTED" SP "(" "TAG" SP string ")" SP "(" convert-msg-att *(SP convert-msg-att) ")"
    /// ```
    pub(crate) fn converted(&mut self, seq: u32) -> Parsed<Response<'a>> {
        self.space()?;
        if !self.eat_keyword("(TAG ") {
            return self.error("(TAG");
        }
        let tag = self.astring()?;
        self.expect(b')', "`)`")?;
        self.space()?;
        let data = self.list1(Self::converted_data)?;
        Ok(Response::Converted(Converted { seq, tag, data }))
    }

    /// ```abnf
    /// msg-att-semistat = "BINARY" section-convert ["<" number ">"] SP (nstring / literal8 / converterror-phrase)
    ///                  / "BINARY.SIZE" section-convert SP (number / converterror-phrase)
    ///                  / "BODYPARTSTRUCTURE" section-convert SP (body / converterror-phrase)
    ///                  / "AVAILABLECONVERSIONS" section-convert SP (mimetype-list / converterror-phrase)
    /// ```
    fn converted_data(&mut self) -> Parsed<ConvertedData<'a>> {
        if self.eat_item("BINARY.SIZE[") {
            let part = self.binary_section()?;
            let octets = self.or_error(Self::number64)?;
            return Ok(ConvertedData::BinarySize { part, octets });
        }
        if self.eat_item("BINARY[") {
            let part = self.binary_section()?;
            let origin = self.origin()?;
            let body = self.or_error(Self::body_item)?;
            return Ok(ConvertedData::Binary { part, origin, body });
        }
        if self.eat_item("BODYPARTSTRUCTURE[") {
            let part = self.binary_section()?;
            let body = self.or_error(|cursor| cursor.body_structure(true))?;
            return Ok(ConvertedData::BodyPartStructure { part, body });
        }
        if self.eat_item("AVAILABLECONVERSIONS[") {
            let part = self.binary_section()?;
            let types = self.or_error(|cursor| {
                cursor.expect(b'(', "`(`")?;
                let types = cursor.list(Self::astring)?;
                cursor.expect(b')', "`)`")?;
                Ok(types)
            })?;
            return Ok(ConvertedData::AvailableConversions { part, types });
        }
        self.fetch_data().map(ConvertedData::Fetched)
    }

    /// Consumes the name of an item, if it is next with the bracket behind it.
    pub(crate) fn eat_item(&mut self, name: &str) -> bool {
        let before = self.mark();
        if !self.eat_keyword(name) {
            return false;
        }
        self.reset(before);
        self.skip(name.len() - 1);
        true
    }

    /// ```abnf
    /// converterror-phrase = "(" "ERROR" SP convert-err-descript SP convert-error-code ")"
    /// ```
    fn or_error<T>(
        &mut self,
        value: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<Result<T, ConvertError<'a>>> {
        self.space()?;
        if !self.eat_keyword("(ERROR ") {
            return value(self).map(Ok);
        }
        let text = self.astring()?;
        self.space()?;
        let before = self.mark();
        let reason = match self.convert_reason() {
            Ok(reason) if self.peek() == Some(b')') => reason,
            _ => {
                self.reset(before);
                ConvertReason::Other(self.raw_values()?)
            }
        };
        self.expect(b')', "`)`")?;
        Ok(Err(ConvertError { text, reason }))
    }

    /// ```abnf
    /// convert-error-code = "TEMPFAIL" [SP nz-number] / bad-params / missing-params
    /// bad-params     = "BADPARAMETERS" 1*(SP (quoted-from-mime-type / nil) SP mimetype-and-params)
    /// missing-params = "MISSINGPARAMETERS" 1*(SP quoted-from-mime-type SP mimetype-and-missing-params)
    /// ```
    ///
    /// Behind the type of `mimetype-and-missing-params` we want a space, which the grammar lacks.
    fn convert_reason(&mut self) -> Parsed<ConvertReason<'a>> {
        if self.eat_keyword("TEMPFAIL") {
            let minutes = if self.eat(b' ') { Some(self.nz_number()?) } else { None };
            return Ok(ConvertReason::TempFail(minutes));
        }
        if self.eat_keyword("BADPARAMETERS") {
            return self.words(Self::bad_conversion).map(ConvertReason::BadParameters);
        }
        if self.eat_keyword("MISSINGPARAMETERS") {
            return self.words(Self::missing_parameters).map(ConvertReason::MissingParameters);
        }
        self.error("an error code")
    }

    fn bad_conversion(&mut self) -> Parsed<BadConversion<'a>> {
        let from = if self.eat_nil() { None } else { Some(self.media_type()?) };
        self.space()?;
        let to = self.media_type()?;
        let parameters = match self.rest() {
            [b' ', b'(', ..] => {
                self.skip(1);
                self.list1(Self::conversion_parameter)?
            }
            _ => Vec::new(),
        };
        Ok(BadConversion { from, to, parameters })
    }

    fn missing_parameters(&mut self) -> Parsed<MissingParameters<'a>> {
        let from = self.media_type()?;
        self.space()?;
        let to = self.media_type()?;
        self.space()?;
        Ok(MissingParameters { from, to, names: self.list1(Self::astring)? })
    }

    /// A type, which is never an atom.
    fn media_type(&mut self) -> Parsed<Octets<'a>> {
        match self.peek() {
            Some(b'"' | b'{') => self.astring(),
            _ => self.error("a type in quotes"),
        }
    }
}

impl Out<'_> {
    pub(crate) fn converted(&mut self, converted: &Converted<'_>) {
        self.number(converted.seq);
        self.put(" CONVERTED (TAG ");
        self.string(converted.tag.as_bytes());
        self.put(") ");
        self.list(&converted.data, Self::converted_data);
    }

    fn converted_data(&mut self, data: &ConvertedData<'_>) {
        match data {
            ConvertedData::Binary { part, origin, body } => {
                self.binary_name(part, *origin);
                self.or_error(body, Self::body_item);
            }
            ConvertedData::BinarySize { part, octets } => {
                self.item_of("BINARY.SIZE[", part);
                self.or_error(octets, |out, octets| out.number(*octets));
            }
            ConvertedData::BodyPartStructure { part, body } => {
                self.item_of("BODYPARTSTRUCTURE[", part);
                self.or_error(body, |out, body| out.body_structure(body, true));
            }
            ConvertedData::AvailableConversions { part, types } => {
                self.item_of("AVAILABLECONVERSIONS[", part);
                self.or_error(types, |out, types| {
                    out.put("(");
                    out.list(types, |out, it| out.string(it.as_bytes()));
                    out.put(")");
                });
            }
            ConvertedData::Fetched(data) => self.fetch_data(data),
        }
    }

    fn item_of(&mut self, name: &'static str, part: &[u32]) {
        self.put(name);
        self.part(part);
        self.put("] ");
    }

    fn or_error<T>(
        &mut self,
        value: &Result<T, ConvertError<'_>>,
        write: impl FnOnce(&mut Self, &T),
    ) {
        let error = match value {
            Ok(value) => return write(self, value),
            Err(error) => error,
        };
        self.put("(ERROR ");
        self.string(error.text.as_bytes());
        self.space();
        match &error.reason {
            ConvertReason::TempFail(None) => self.put("TEMPFAIL"),
            ConvertReason::TempFail(Some(minutes)) => self.numbered("TEMPFAIL ", *minutes),
            ConvertReason::BadParameters(conversions) => {
                self.put("BADPARAMETERS");
                for BadConversion { from, to, parameters } in conversions {
                    self.space();
                    self.nstring(from.as_ref().map(Octets::as_bytes));
                    self.space();
                    self.string(to.as_bytes());
                    self.conversion_parameters(parameters);
                }
            }
            ConvertReason::MissingParameters(conversions) => {
                self.put("MISSINGPARAMETERS");
                for MissingParameters { from, to, names } in conversions {
                    self.space();
                    self.string(from.as_bytes());
                    self.space();
                    self.string(to.as_bytes());
                    self.space();
                    self.list(names, |out, name| out.string(name.as_bytes()));
                }
            }
            ConvertReason::Other(raw) => self.raw(raw),
        }
        self.put(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ext::testing::responses;
    use crate::parse::{self, Grammar};

    #[test]
    fn what_is_converted_and_what_is_not_comes_back() {
        responses(&[
            "2 CONVERTED (TAG \"a\") (BINARY[3] {1}\r\nx)",
            "2 CONVERTED (TAG \"a\") (BINARY[3]<7> {1}\r\nx BINARY[] NIL)",
            "2 CONVERTED (TAG \"b\") (UID 120 BINARY.SIZE[4] 9 BODYPARTSTRUCTURE[4] (\"IMAGE\" \
             \"JPEG\" NIL NIL NIL \"BINARY\" 99 NIL NIL NIL NIL))",
            "2 CONVERTED (TAG \"b\") (AVAILABLECONVERSIONS[1.2] ((\"text/html\" \"text/rtf\")))",
            "2 CONVERTED (TAG \"b\") (AVAILABLECONVERSIONS[1] (()))",
            "2 CONVERTED (TAG \"c\") (BINARY.SIZE[1] (ERROR \"later\" TEMPFAIL))",
            "2 CONVERTED (TAG \"c\") (BINARY[1] (ERROR \"later\" TEMPFAIL 5) BODY[1.MIME] NIL)",
            "2 CONVERTED (TAG \"c\") (BODYPARTSTRUCTURE[1] (ERROR \"no\" BADPARAMETERS \
             \"text/html\" \"text/plain\" (\"charset\" \"x\") NIL \"image/gif\"))",
            "2 CONVERTED (TAG \"c\") (AVAILABLECONVERSIONS[1] (ERROR \"say more\" \
             MISSINGPARAMETERS \"text/html\" \"text/plain\" (\"charset\" \"format\")))",
            "2 CONVERTED (TAG \"c\") (BINARY[1] (ERROR \"odd\" MISSINGPARAMETERS (charset)))",
        ]);
    }

    #[test]
    fn an_error_is_read_by_its_reason() {
        let reason = |phrase: &str| {
            let frame =
                std::format!("* 2 CONVERTED (TAG \"a\") (BINARY.SIZE[1] (ERROR \"x\" {phrase}))");
            let Response::Converted(Converted { data, .. }) =
                parse::response(frame.as_bytes(), &Grammar::strict()).unwrap()
            else {
                panic!("{phrase}");
            };
            match &data[..] {
                [ConvertedData::BinarySize { octets: Err(error), .. }] => {
                    std::format!("{:?}", error.reason)
                }
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(reason("TEMPFAIL 9"), "TempFail(Some(9))");
        assert!(
            reason("BADPARAMETERS NIL \"a/b\"")
                .starts_with("BadParameters([BadConversion { from: None")
        );
        // What is not as the grammar has it is kept as it came, as the RFC's own examples are.
        assert!(reason("BADPARAMETERS (charset)").starts_with("Other("));
        assert!(reason("TEMPFAIL 0").starts_with("Other("));
        assert!(reason("ELSE").starts_with("Other("));
    }
}
