//! BINARY (RFC 3516): parts of messages, decoded by the server.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{BinarySize, BodyItem, FetchData, FetchItem, Partial, Tolerance};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `BINARY[part]<origin>` in a FETCH response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binary<'a> {
    /// The numbers of the part; empty for the message itself.
    pub part: Vec<u32>,
    /// The first octet, when not all of it was asked for.
    pub origin: Option<u64>,
    /// The octets.
    pub body: BodyItem<'a>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// section-binary = "[" [section-part] "]"
    /// ```
    pub(crate) fn binary_section(&mut self) -> Parsed<Vec<u32>> {
        self.expect(b'[', "`[`")?;
        let mut part = Vec::new();
        if self.eat(b']') {
            return Ok(part);
        }
        // Every turn consumes a number.
        loop {
            if part.len() >= self.bounds().section {
                return self.error("fewer numbers");
            }
            part.push(self.nz_number()?);
            if !self.eat(b'.') {
                self.expect(b']', "`]` or `.`")?;
                return Ok(part);
            }
        }
    }

    /// ```abnf
    /// partial = "<" number64 "." nz-number64 ">"
    /// ```
    pub(crate) fn partial(&mut self) -> Parsed<Option<Partial>> {
        if !self.eat(b'<') {
            return Ok(None);
        }
        let offset = self.number64()?;
        self.expect(b'.', "`.`")?;
        let at = self.position();
        let length = self.number64()?;
        if length == 0 {
            return Err(mailwire_core::Syntax { at, expected: "a number that is not 0" });
        }
        self.expect(b'>', "`>`")?;
        Ok(Some(Partial { offset, length }))
    }

    /// `"<" number ">"` in a response.
    pub(crate) fn origin(&mut self) -> Parsed<Option<u64>> {
        if !self.eat(b'<') {
            return Ok(None);
        }
        let origin = self.number64()?;
        if self.peek() == Some(b'.') {
            self.tolerate(Tolerance::PartialInResponse, "`>`")?;
            self.skip(1);
            self.number64()?;
        }
        self.expect(b'>', "`>`")?;
        Ok(Some(origin))
    }

    /// What FETCH can ask for, behind `BINARY`, `BINARY.PEEK` or `BINARY.SIZE`.
    pub(crate) fn binary_item(&mut self, name: &[u8]) -> Parsed<FetchItem<'a>> {
        let part = self.binary_section()?;
        if name.eq_ignore_ascii_case(b"BINARY.SIZE") {
            return Ok(FetchItem::BinarySize(part));
        }
        let peek = name.eq_ignore_ascii_case(b"BINARY.PEEK");
        Ok(FetchItem::Binary { part, peek, partial: self.partial()? })
    }

    /// What FETCH tells, behind `BINARY` or `BINARY.SIZE`.
    pub(crate) fn binary_data(&mut self, name: &[u8]) -> Parsed<FetchData<'a>> {
        let part = self.binary_section()?;
        if name.eq_ignore_ascii_case(b"BINARY.SIZE") {
            self.space()?;
            let octets = self.number64()?;
            return Ok(FetchData::BinarySize(Box::new(BinarySize { part, octets })));
        }
        let origin = self.origin()?;
        self.space()?;
        Ok(FetchData::Binary(Box::new(Binary { part, origin, body: self.body_item()? })))
    }
}

impl Out<'_> {
    pub(crate) fn part(&mut self, part: &[u32]) {
        for (at, number) in part.iter().enumerate() {
            if at > 0 {
                self.put(".");
            }
            self.number(*number);
        }
    }

    pub(crate) fn partial(&mut self, partial: Option<Partial>) {
        if let Some(partial) = partial {
            self.numbered("<", partial.offset);
            self.numbered(".", partial.length);
            self.put(">");
        }
    }

    pub(crate) fn origin(&mut self, origin: Option<u64>) {
        if let Some(origin) = origin {
            self.numbered("<", origin);
            self.put(">");
        }
    }

    pub(crate) fn binary(&mut self, binary: &Binary<'_>) {
        self.binary_name(&binary.part, binary.origin);
        self.body_item(&binary.body);
    }

    /// With the space behind it.
    pub(crate) fn binary_name(&mut self, part: &[u32], origin: Option<u64>) {
        self.put("BINARY[");
        self.part(part);
        self.put("]");
        self.origin(origin);
        self.space();
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["FETCH 3 (BINARY[1] BINARY.PEEK[1.2]<0.9> BINARY.SIZE[] BINARY[])"]);
        no_commands(&["FETCH 1 BINARY[0]", "FETCH 1 BINARY[1]<0.0>", "FETCH 1 BINARY[TEXT]"]);
        responses(&[
            "1 FETCH (BINARY[1] ~{3}\r\na\0b)",
            "1 FETCH (BINARY[1.2]<7> {1}\r\nx BINARY[] NIL BINARY.SIZE[3] 4294967296)",
            "NO [UNKNOWN-CTE] x",
        ]);
    }
}
