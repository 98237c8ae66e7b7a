//! ID (RFC 2971): who the client and the server are.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Syntax;

/// Fields and their values, in order. An empty list is written as NIL.
pub type Id = Vec<(String, Option<String>)>;

impl Cursor<'_, '_> {
    /// ```abnf
    /// id-params-list = "(" *(string SP nstring SP) ")" / nil
    ///                  ;; <= 30 pairs, field <= 30 octets, value <= 1024 octets
    /// ```
    pub(crate) fn id(&mut self) -> Parsed<Id> {
        let mut id = Id::new();
        if self.eat_nil() {
            return Ok(id);
        }
        self.expect(b'(', "`(` or NIL")?;
        let bounds = self.bounds();
        self.each(|cursor| {
            let at = cursor.position();
            let name = cursor.string()?;
            cursor.space()?;
            let value = cursor.nstring()?;
            let octets = value.as_deref().unwrap_or_default().len();
            if name.len() > bounds.id_name || octets > bounds.id_value {
                return Err(Syntax { at, expected: "a shorter field" });
            }
            if id.len() >= bounds.id {
                return Err(Syntax { at, expected: "fewer fields" });
            }
            let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            id.push((text(&name), value.as_deref().map(text)));
            Ok(())
        })?;
        Ok(id)
    }
}

impl Out<'_> {
    pub(crate) fn id(&mut self, fields: &Id) {
        if fields.is_empty() {
            return self.put("NIL");
        }
        self.list(fields, |out, (name, value)| {
            out.quoted_text(name);
            out.space();
            match value {
                None => out.put("NIL"),
                Some(value) => out.quoted_text(value),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};
    use std::format;

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["ID NIL", "ID (\"name\" \"sodr\" \"version\" NIL)"]);
        responses(&["ID NIL", "ID (\"name\" \"Cyrus\" \"os-version\" NIL)"]);
    }

    // RFC 2971 section 3.3.
    #[test]
    fn thirty_fields_are_taken() {
        for n in [29, 30] {
            commands(&[&format!("ID ({})", ["\"k\" NIL"; 31][..n].join(" "))]);
        }
        no_commands(&[
            &format!("ID ({})", ["\"k\" NIL"; 31].join(" ")),
            &format!("ID (\"{}\" NIL)", "k".repeat(31)),
            &format!("ID (\"k\" {{1025}}\r\n{})", "v".repeat(1025)),
        ]);
        commands(&[&format!("ID (\"{}\" NIL)", "k".repeat(30))]);
    }
}
