//! X-GM-EXT-1 (Gmail): labels, message and thread numbers, raw searches.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, NumberSet, Octets, StoreAction};
use alloc::vec::Vec;

/// `STORE … X-GM-LABELS`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreLabels<'a> {
    /// UID form.
    pub uid: bool,
    /// Which messages.
    pub set: NumberSet,
    /// What is done with the labels.
    pub action: StoreAction,
    /// `.SILENT`: the client does not want to be told.
    pub silent: bool,
    /// The labels; those of the system begin with a backslash.
    pub labels: Vec<Octets<'a>>,
}

impl<'a> Cursor<'a, '_> {
    /// Labels: astrings, and flags with a backslash. Gmail writes those in quotes as
    /// `"\\Important"`, which is the same.
    pub(crate) fn labels(&mut self) -> Parsed<Vec<Octets<'a>>> {
        if self.eat_nil() {
            return Ok(Vec::new());
        }
        self.list(|cursor| {
            if cursor.peek() != Some(b'\\') {
                return cursor.astring();
            }
            let start = cursor.position();
            cursor.flag()?;
            Ok(Octets::parsed(cursor.since(start).into()))
        })
    }

    pub(crate) fn label(&mut self) -> Parsed<Octets<'a>> {
        if self.peek() != Some(b'\\') {
            return self.astring();
        }
        let start = self.position();
        self.flag()?;
        Ok(Octets::parsed(self.since(start).into()))
    }

    pub(crate) fn store_labels(
        &mut self,
        uid: bool,
        set: NumberSet,
        action: StoreAction,
    ) -> Parsed<Command<'a>> {
        let silent = self.eat_keyword(".SILENT");
        self.space()?;
        let labels = match self.peek() {
            Some(b'(') => self.labels()?,
            _ => Vec::from([self.label()?]),
        };
        Ok(Command::StoreLabels(StoreLabels { uid, set, action, silent, labels }))
    }
}

impl Out<'_> {
    pub(crate) fn label(&mut self, label: &Octets<'_>) {
        let name = label.as_bytes();
        let flag = name
            .strip_prefix(b"\\")
            .filter(|rest| !rest.is_empty() && crate::types::string::ATOM.all(rest));
        match flag {
            Some(_) => self.bytes(name),
            None => self.astring(label),
        }
    }

    pub(crate) fn store_labels(&mut self, store: &StoreLabels<'_>) {
        self.space();
        self.set(&store.set);
        self.put(match store.action {
            StoreAction::Replace => " X-GM-LABELS",
            StoreAction::Add => " +X-GM-LABELS",
            StoreAction::Remove => " -X-GM-LABELS",
        });
        self.put(if store.silent { ".SILENT " } else { " " });
        self.list(&store.labels, Self::label);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "FETCH 1:4 (X-GM-MSGID X-GM-THRID X-GM-LABELS)",
            "STORE 1 +X-GM-LABELS (foo \\Inbox \"a b\")",
            "UID STORE 1 -X-GM-LABELS.SILENT (x)",
            "STORE 1 X-GM-LABELS ()",
            "SEARCH X-GM-RAW \"has:attachment in:unread\" X-GM-THRID 1266894439832287888",
            "SEARCH X-GM-MSGID 1278455344230334865 X-GM-LABELS foo X-GM-LABELS \\Inbox",
        ]);
        responses(&[
            "1 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox \"a b\" foo) UID 1)",
            "1 FETCH (X-GM-THRID 1266894439832287888 X-GM-LABELS ([Mailbox]))",
        ]);
    }
}
