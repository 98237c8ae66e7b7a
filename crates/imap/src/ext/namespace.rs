//! NAMESPACE (RFC 2342): where mailboxes of one's own, of others, and shared ones are.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Octets, Raw, Response};
use alloc::vec::Vec;

/// One namespace.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Namespace<'a> {
    /// What names in it begin with, on the wire.
    pub prefix: Octets<'a>,
    /// What stands between its levels.
    pub delimiter: Option<char>,
    /// Extensions: names and values.
    pub extensions: Raw<'a>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// namespace-response = "*" SP "NAMESPACE" SP namespace SP namespace SP namespace
    /// ```
    pub(crate) fn namespaces(&mut self) -> Parsed<Response<'a>> {
        let mut lists: [Vec<Namespace<'a>>; 3] = Default::default();
        for list in &mut lists {
            self.space()?;
            *list = self.namespace_list()?;
        }
        let [personal, others, shared] = lists;
        Ok(Response::Namespace { personal, others, shared })
    }

    /// ```abnf
    /// namespace = nil / "(" 1*( "(" string SP (DQUOTE QUOTED_CHAR DQUOTE / nil)
    ///             *(namespace-response-extension) ")" ) ")"
    /// ```
    fn namespace_list(&mut self) -> Parsed<Vec<Namespace<'a>>> {
        let mut list = Vec::new();
        if self.eat_nil() {
            return Ok(list);
        }
        self.expect(b'(', "`(` or NIL")?;
        // Every turn consumes a parenthesis.
        while !self.eat(b')') {
            if list.len() >= self.bounds().items {
                return self.error("fewer namespaces");
            }
            if self.peek() == Some(b' ') {
                self.tolerate(crate::types::Tolerance::ExtraSpace, "`(`")?;
                self.skip(1);
            }
            self.expect(b'(', "`(`")?;
            let at = self.position();
            let prefix = Octets::new(self.string()?)
                .map_err(|_| mailwire_core::Syntax { at, expected: "a prefix without NUL" })?;
            self.space()?;
            let delimiter = self.delimiter()?;
            let extensions = if self.eat(b' ') { self.raw_values()? } else { Raw::default() };
            self.expect(b')', "`)`")?;
            list.push(Namespace { prefix, delimiter, extensions });
        }
        Ok(list)
    }
}

impl Out<'_> {
    pub(crate) fn namespaces(&mut self, lists: [&[Namespace<'_>]; 3]) {
        self.put("NAMESPACE");
        for list in lists {
            self.space();
            if list.is_empty() {
                self.put("NIL");
                continue;
            }
            self.put("(");
            for namespace in list {
                self.put("(");
                self.string(namespace.prefix.as_bytes());
                self.space();
                self.delimiter(namespace.delimiter);
                if !namespace.extensions.is_empty() {
                    self.space();
                    self.raw(&namespace.extensions);
                }
                self.put(")");
            }
            self.put(")");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["NAMESPACE"]);
        responses(&[
            "NAMESPACE ((\"\" \"/\")) NIL NIL",
            "NAMESPACE NIL NIL ((\"\" \".\"))",
            "NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL NIL",
            "NAMESPACE ((\"INBOX.\" \".\")) ((\"~\" NIL)) ((\"#shared/\" \"/\")(\"#news.\" \".\"))",
        ]);
    }
}
