//! UIDBATCHES (RFC 10022): the messages of a mailbox in batches. With MESSAGELIMIT and SAVELIMIT
//! (RFC 9738), UIDONLY (RFC 9586) and INPROGRESS (RFC 9585), which are response codes and capabilities
//! only.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, NumberSet, Octets, Response};

/// A UIDBATCHES response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UidBatches<'a> {
    /// The tag of the command that asked.
    pub tag: Octets<'a>,
    /// A range for each batch, the newest first; `None` when there is none.
    pub batches: Option<NumberSet>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// uidbatches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]
    /// ```
    pub(crate) fn uid_batches_command(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let size = self.nz_number()?;
        let mut range = None;
        if self.peek() == Some(b' ') {
            self.space()?;
            let first = self.nz_number()?;
            self.expect(b':', "`:`")?;
            range = Some((first, self.nz_number()?));
        }
        Ok(Command::UidBatches { size, range })
    }

    /// ```abnf
    /// uidbatches-response = "UIDBATCHES" search-correlator [SP uid-range *("," uid-range)]
    /// ```
    pub(crate) fn uid_batches(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        if !self.eat_keyword("(TAG ") {
            return self.error("(TAG");
        }
        let tag = self.astring()?;
        self.expect(b')', "`)`")?;
        let mut batches = None;
        if let [b' ', b'0'..=b'9', ..] = self.rest() {
            self.space()?;
            batches = Some(self.set()?);
        }
        Ok(Response::UidBatches(UidBatches { tag, batches }))
    }
}

impl Out<'_> {
    pub(crate) fn uid_batches(&mut self, told: &UidBatches<'_>) {
        self.put("UIDBATCHES (TAG ");
        self.string(told.tag.as_bytes());
        self.put(")");
        if let Some(batches) = &told.batches {
            self.space();
            self.set(batches);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&["UIDBATCHES 2000", "UIDBATCHES 2000 10:20"]);
        no_commands(&["UIDBATCHES 0", "UIDBATCHES 1 2", "UIDBATCHES"]);
        responses(&[
            "UIDBATCHES (TAG \"A143\") 99695:20351,20350:7830,7829:1",
            "UIDBATCHES (TAG \"A143\")",
            "OK [MESSAGELIMIT 1000 23221] done",
            "OK [MESSAGELIMIT 1000] done",
            "NO [TOOSMALL] x",
            "BAD [UIDREQUIRED] x",
            "OK [INPROGRESS (\"A1\" 454 1000)] working",
            "OK [INPROGRESS (\"A1\" 175 NIL)] working",
            "OK [INPROGRESS (NIL NIL NIL)] working",
            "OK [INPROGRESS] working",
            "25996 UIDFETCH (FLAGS (\\Seen))",
        ]);
    }
}
