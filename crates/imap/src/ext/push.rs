//! XAPPLEPUSHSERVICE (Apple): a client's device is told of new messages by Apple.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::Octets;
use alloc::vec::Vec;

/// A name and its value: a string, or for `mailboxes` several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PushField<'a> {
    /// `aps-version`, `aps-account-id`, `aps-device-token`, `aps-subtopic`, `aps-topic`,
    /// `mailboxes`.
    pub name: Octets<'a>,
    /// The value.
    pub value: PushValue<'a>,
}

/// The value of a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PushValue<'a> {
    /// One.
    One(Octets<'a>),
    /// Several, in parentheses.
    Several(Vec<Octets<'a>>),
}

impl<'a> Cursor<'a, '_> {
    pub(crate) fn push_fields(&mut self) -> Parsed<Vec<PushField<'a>>> {
        self.words(|cursor| {
            let name = cursor.astring()?;
            cursor.space()?;
            let value = match cursor.peek() {
                Some(b'(') => PushValue::Several(cursor.list(Self::astring)?),
                _ => PushValue::One(cursor.astring()?),
            };
            Ok(PushField { name, value })
        })
    }
}

impl Out<'_> {
    pub(crate) fn push_fields(&mut self, fields: &[PushField<'_>]) {
        self.spaced(fields, |out, field| {
            out.astring(&field.name);
            out.space();
            match &field.value {
                PushValue::One(value) => out.string(value.as_bytes()),
                PushValue::Several(values) => out.list(values, Self::astring),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["XAPPLEPUSHSERVICE aps-version \"2\" aps-account-id \"0715A26B\" \
                    aps-device-token \"2918390218\" aps-subtopic \"com.apple.mobilemail\" \
                    mailboxes (INBOX Notes)"]);
        responses(&["XAPPLEPUSHSERVICE aps-version \"2\" aps-topic \"com.apple.mail.XServer.x\""]);
    }
}
