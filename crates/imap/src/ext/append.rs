//! APPEND as a whole: MULTIAPPEND (RFC 3502), CATENATE (RFC 4469), UTF8 (RFC 6855), BINARY (RFC 3516),
//! annotations (RFC 5257), and REPLACE (RFC 8508).

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{BodyItem, Bound, Command, DateTime, Flags, Mailbox, Octets, Raw};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What APPEND says before its first message, for a message that is streamed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Append<'a> {
    /// Where to.
    pub mailbox: Mailbox<'a>,
    /// The flags that the message is to have.
    pub flags: Flags<'a>,
    /// Its internal date, if not now.
    pub date: Option<DateTime>,
}

/// A message of APPEND or REPLACE.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppendMessage<'a> {
    /// The flags that it is to have; `None` where no list is given.
    pub flags: Option<Flags<'a>>,
    /// Its internal date, if not now.
    pub date: Option<DateTime>,
    /// Extensions: `ANNOTATION` (RFC 5257) and others, names and values.
    pub extensions: Vec<(Cow<'a, str>, Raw<'a>)>,
    /// The message.
    pub data: AppendData<'a>,
}

impl<'a> AppendMessage<'a> {
    /// A message of these octets.
    #[must_use]
    pub fn new(octets: impl Into<Cow<'a, [u8]>>) -> Self {
        let data = AppendData::Message(BodyItem::Inline(octets.into()));
        Self { flags: None, date: None, extensions: Vec::new(), data }
    }
}

/// Where the octets of a message come from.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AppendData<'a> {
    /// Here they are. With NUL they go as a literal8.
    Message(BodyItem<'a>),
    /// `UTF8 (~{n}…)`: their header is in UTF-8.
    Utf8(BodyItem<'a>),
    /// `CATENATE`: these together.
    Catenate(Vec<CatenatePart<'a>>),
}

/// A piece of a message that is put together.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CatenatePart<'a> {
    /// These octets.
    Text(BodyItem<'a>),
    /// What an IMAP URL names.
    Url(Octets<'a>),
}

/// What a server is told of the messages of APPEND and REPLACE around the octets that are streamed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AppendStep<'a> {
    /// Another message begins; the one before is whole (MULTIAPPEND, RFC 3502).
    Message {
        /// The flags that it is to have.
        flags: Flags<'a>,
        /// Its internal date, if not now.
        date: Option<DateTime>,
    },
    /// What an IMAP URL names comes next in the message (CATENATE, RFC 4469).
    Url(Octets<'a>),
}

/// The message that goes when the one of REPLACE has come (RFC 8508).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replaced {
    /// Whether it is named by its unique identifier.
    pub uid: bool,
    /// Which it is.
    pub number: Bound,
}

/// Where a command whose messages are streamed stands between them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct AppendPlace {
    /// More than one message may come.
    pub(crate) many: bool,
    /// They may be put together.
    pub(crate) catenates: bool,
    /// Octets may come as a literal8 (BINARY, RFC 3516).
    pub(crate) binary: bool,
    pub(crate) begun: bool,
    pub(crate) in_catenate: bool,
    pub(crate) in_utf8: bool,
}

/// An APPEND or REPLACE up to its first octets that are streamed.
#[derive(Debug)]
pub(crate) struct AppendHead<'a> {
    pub(crate) append: Append<'a>,
    pub(crate) replaced: Option<Replaced>,
    pub(crate) steps: Vec<AppendStep<'a>>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// append = "APPEND" SP mailbox 1*append-message
    /// ```
    pub(crate) fn append_command(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let messages = self.words(Self::append_message)?;
        if messages.is_empty() {
            return self.error("a space");
        }
        Ok(Command::Append { mailbox, messages })
    }

    /// ```abnf
    /// append-message = [SP flag-list] [SP date-time] *(SP append-ext) SP append-data
    /// append-data    = literal / literal8 / "CATENATE" SP "(" cat-part *(SP cat-part) ")" /
    ///                  "UTF8" SP "(" literal8 ")"
    /// ```
    fn append_message(&mut self) -> Parsed<AppendMessage<'a>> {
        let (flags, date) = self.append_options()?;
        let mut extensions = Vec::new();
        // Every turn consumes an extension.
        let data = loop {
            if matches!(self.rest(), [b'{', ..] | [b'~', b'{', ..]) {
                break AppendData::Message(self.message_literal()?);
            }
            let name = self.atom("a literal")?;
            self.space()?;
            if name.eq_ignore_ascii_case("CATENATE") {
                break AppendData::Catenate(self.list1(Self::catenate_part)?);
            }
            if name.eq_ignore_ascii_case("UTF8") {
                self.expect(b'(', "`(`")?;
                let message = self.message_literal()?;
                self.expect(b')', "`)`")?;
                break AppendData::Utf8(message);
            }
            if extensions.len() >= self.bounds().items {
                return self.error("fewer extensions");
            }
            extensions.push((Cow::Borrowed(name), self.raw_value()?));
            self.space()?;
        };
        Ok(AppendMessage { flags, date, extensions, data })
    }

    fn append_options(&mut self) -> Parsed<(Option<Flags<'a>>, Option<DateTime>)> {
        let flags = if self.peek() == Some(b'(') {
            let flags = self.flags()?;
            self.space()?;
            Some(flags)
        } else {
            None
        };
        let date = if self.peek() == Some(b'"') {
            let date = self.date_time()?;
            self.space()?;
            Some(date)
        } else {
            None
        };
        Ok((flags, date))
    }

    fn catenate_part(&mut self) -> Parsed<CatenatePart<'a>> {
        let url = self.one_of(&[("TEXT", false), ("URL", true)], "TEXT or URL")?;
        self.space()?;
        Ok(match url {
            true => CatenatePart::Url(self.astring()?),
            false => CatenatePart::Text(self.message_literal()?),
        })
    }

    /// The head of an APPEND or REPLACE whose messages are streamed: its last line announces octets.
    pub(crate) fn append_head(&mut self, place: &mut AppendPlace) -> Parsed<AppendHead<'a>> {
        let uid = self.eat_keyword("UID");
        if uid {
            self.space()?;
        }
        let replaced = match self.one_of(&[("APPEND", false), ("REPLACE", true)], "APPEND")? {
            true => {
                self.space()?;
                place.many = false;
                Some(Replaced { uid, number: self.replaced()? })
            }
            false if uid => return self.error("REPLACE"),
            false => None,
        };
        self.space()?;
        let mailbox = self.mailbox()?;
        let (mut steps, announces) = self.append_steps(place)?;
        if !announces || steps.is_empty() {
            return self.error("a literal");
        }
        let AppendStep::Message { flags, date } = steps.remove(0) else {
            return self.error("a message");
        };
        Ok(AppendHead { append: Append { mailbox, flags, date }, replaced, steps })
    }

    /// What stands before octets that are streamed, or behind the last of them; whether a literal is
    /// announced at its end.
    pub(crate) fn append_steps(
        &mut self,
        place: &mut AppendPlace,
    ) -> Parsed<(Vec<AppendStep<'a>>, bool)> {
        let (mut steps, mut first) = (Vec::new(), false);
        // Every turn consumes an octet.
        loop {
            if steps.len() >= self.bounds().items {
                return self.error("fewer messages");
            }
            if core::mem::take(&mut place.in_utf8) {
                self.expect(b')', "`)`")?;
            }
            if place.in_catenate {
                if !core::mem::take(&mut first) {
                    if self.eat(b')') {
                        place.in_catenate = false;
                        continue;
                    }
                    self.space()?;
                }
                let url = self.one_of(&[("TEXT", false), ("URL", true)], "TEXT or URL")?;
                self.space()?;
                if !url {
                    self.announcement(place)?;
                    return Ok((steps, true));
                }
                steps.push(AppendStep::Url(self.astring()?));
                continue;
            }
            if self.rest().is_empty() {
                return Ok((steps, false));
            }
            if place.begun && !place.many {
                return self.error("the end");
            }
            self.space()?;
            let (flags, date) = self.append_options()?;
            place.begun = true;
            steps.push(AppendStep::Message { flags: flags.unwrap_or_default(), date });
            if !matches!(self.rest(), [b'{', ..] | [b'~', ..]) {
                let name = self.atom("a literal")?;
                self.space()?;
                self.expect(b'(', "`(`")?;
                if place.catenates && name.eq_ignore_ascii_case("CATENATE") {
                    (place.in_catenate, first) = (true, true);
                    continue;
                }
                if !name.eq_ignore_ascii_case("UTF8") {
                    return self.error("a literal");
                }
                place.in_utf8 = true;
            }
            self.announcement(place)?;
            return Ok((steps, true));
        }
    }

    /// The literal that the line announces at its end.
    fn announcement(&mut self, place: &AppendPlace) -> Parsed<()> {
        if place.binary || place.in_utf8 {
            self.eat(b'~');
        }
        self.expect(b'{', "a literal")?;
        self.number64()?;
        self.eat(b'+');
        self.expect(b'}', "`}`")?;
        self.end()
    }

    fn replaced(&mut self) -> Parsed<Bound> {
        Ok(match self.eat(b'*') {
            true => Bound::Last,
            false => Bound::Number(self.nz_number()?),
        })
    }

    /// ```abnf
    /// replace = "REPLACE" SP seq-number SP mailbox append-message
    /// ```
    pub(crate) fn replace(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let number = self.replaced()?;
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        Ok(Command::Replace { uid, number, mailbox, message: Box::new(self.append_message()?) })
    }
}

impl Out<'_> {
    /// The arguments up to where the message is announced: the space before the literal.
    pub(crate) fn append(&mut self, append: &Append<'_>) {
        self.space();
        self.mailbox(&append.mailbox);
        self.space();
        if !append.flags.is_empty() {
            self.flags(&append.flags);
            self.space();
        }
        if let Some(date) = append.date {
            self.date_time(date);
            self.space();
        }
    }

    pub(crate) fn append_message(&mut self, message: &AppendMessage<'_>) {
        if let Some(flags) = &message.flags {
            self.flags(flags);
            self.space();
        }
        if let Some(date) = message.date {
            self.date_time(date);
            self.space();
        }
        for (name, value) in &message.extensions {
            self.named_raw(name, Some(value));
            self.space();
        }
        match &message.data {
            AppendData::Message(octets) => self.message_literal(octets),
            AppendData::Utf8(octets) => {
                self.put("UTF8 (~");
                self.message_octets(octets);
                self.put(")");
            }
            AppendData::Catenate(parts) => {
                self.put("CATENATE ");
                self.list(parts, |out, part| match part {
                    CatenatePart::Url(url) => {
                        out.put("URL ");
                        out.astring(url);
                    }
                    CatenatePart::Text(octets) => {
                        out.put("TEXT ");
                        out.message_literal(octets);
                    }
                });
            }
        }
    }

    fn message_literal(&mut self, octets: &BodyItem<'_>) {
        if let BodyItem::Inline(octets) = octets {
            self.put(if octets.contains(&0) { "~" } else { "" });
        }
        self.message_octets(octets);
    }

    fn message_octets(&mut self, octets: &BodyItem<'_>) {
        match octets {
            BodyItem::Nil => self.literal(b""),
            BodyItem::Inline(octets) => self.literal(octets),
            BodyItem::Streamed(n) => {
                self.streamed_literal(*n);
            }
        }
    }

    pub(crate) fn replace(&mut self, number: Bound, mailbox: &Mailbox<'_>) {
        self.space();
        match number {
            Bound::Last => self.put("*"),
            Bound::Number(n) => self.number(n),
        }
        self.space();
        self.mailbox(mailbox);
        self.space();
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands};

    #[test]
    fn commands_come_back() {
        commands(&[
            "APPEND saved-messages (\\Seen) {3+}\r\na\r\n",
            "APPEND a {0+}\r\n",
            "APPEND a () \" 7-Feb-1994 21:52:25 -0800\" {1+}\r\nx {2+}\r\nyz (\\Seen) {1+}\r\nz",
            "APPEND a ~{3+}\r\na\0b",
            "APPEND a UTF8 (~{2+}\r\n\u{e9})",
            "APPEND Drafts (\\Seen $MDNSent) CATENATE (URL /Drafts;UIDVALIDITY=1/;UID=20 TEXT {2+}\r\n\r\n)",
            "APPEND a ANNOTATION (/comment (value.priv \"x\")) {1+}\r\nx",
            "REPLACE 4 Drafts (\\Seen) {1+}\r\nx",
            "UID REPLACE 2000 Drafts CATENATE (TEXT {1+}\r\nx URL b)",
            "REPLACE * a {1+}\r\nx",
        ]);
        no_commands(&[
            "APPEND a",
            "APPEND a (\\Seen)",
            "APPEND a CATENATE ()",
            "REPLACE 0 INBOX {3+}\r\nabc",
            "REPLACE 1:2 INBOX {3+}\r\nabc",
        ]);
    }
}
