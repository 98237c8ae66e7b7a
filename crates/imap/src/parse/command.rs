//! Commands.

use super::Grammar;
use super::cursor::{Cursor, Parsed};
use crate::types::string::{ATOM, TAG};
use crate::types::{Append, Command, Flags, StatusItem, StoreAction, Tag};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use mailwire_core::{Secret, Syntax, base64};

/// A line that is no command.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{syntax}")]
pub struct BadCommand<'a> {
    /// Its tag, where that could be read: the answer is tagged with it.
    pub tag: Option<Tag<'a>>,
    /// Where it stops being a command, and what should stand there.
    pub syntax: Syntax,
}

/// Parses a whole command, its line end included or not.
///
/// # Errors
///
/// With the tag, the place, and what should have stood there.
pub fn command<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
) -> Result<(Tag<'a>, Command<'a>), BadCommand<'a>> {
    let mut cursor = Cursor::new(frame, grammar);
    let tag = cursor.tag().map_err(|syntax| BadCommand { tag: None, syntax })?;
    match cursor.command() {
        Ok(command) => Ok((tag, command)),
        Err(syntax) => Err(BadCommand { tag: Some(tag), syntax }),
    }
}

/// Parses an APPEND up to its message: the frame ends in the line that announces it.
pub(crate) fn append_head<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
) -> Result<(Tag<'a>, Append<'a>), BadCommand<'a>> {
    let mut cursor = Cursor::new(frame, grammar);
    let tag = cursor.tag().map_err(|syntax| BadCommand { tag: None, syntax })?;
    let head = |cursor: &mut Cursor<'a, '_>| {
        cursor.atom("APPEND")?;
        cursor.append()
    };
    match head(&mut cursor) {
        Ok(append) => Ok((tag, append)),
        Err(syntax) => Err(BadCommand { tag: Some(tag), syntax }),
    }
}

impl<'a> Cursor<'a, '_> {
    fn tag(&mut self) -> Parsed<Tag<'a>> {
        let tag = core::str::from_utf8(self.take_class(&TAG)).unwrap_or_default();
        let tag = Tag::new(tag).or(self.error("a tag"))?;
        self.space()?;
        Ok(tag)
    }

    fn command(&mut self) -> Parsed<Command<'a>> {
        let start = self.position();
        let name = self.atom("a command")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let command = match () {
            () if is("FETCH") => self.fetch_command(false)?,
            () if is("UID") => {
                self.space()?;
                self.uid_command()?
            }
            () if is("STORE") => self.store(false)?,
            () if is("SEARCH") => self.search(false)?,
            () if is("COPY") => self.copy(false, false)?,
            () if is("MOVE") => self.copy(false, true)?,
            () if is("EXPUNGE") => Command::Expunge { uids: None },
            () if is("NOOP") => Command::Noop,
            () if is("CAPABILITY") => Command::Capability,
            () if is("LOGOUT") => Command::Logout,
            () if is("STARTTLS") => Command::StartTls,
            () if is("NAMESPACE") => Command::Namespace,
            () if is("IDLE") => Command::Idle,
            () if is("CHECK") => Command::Check,
            () if is("CLOSE") => Command::Close,
            () if is("UNSELECT") => Command::Unselect,
            () if is("SELECT") => Command::Select(self.argument()?),
            () if is("EXAMINE") => Command::Examine(self.argument()?),
            () if is("CREATE") => Command::Create(self.argument()?),
            () if is("DELETE") => Command::Delete(self.argument()?),
            () if is("SUBSCRIBE") => Command::Subscribe(self.argument()?),
            () if is("UNSUBSCRIBE") => Command::Unsubscribe(self.argument()?),
            () if is("RENAME") => {
                let from = self.argument()?;
                Command::Rename { from, to: self.argument()? }
            }
            () if is("LIST") || is("LSUB") => {
                self.space()?;
                // Extended LIST (RFC 5258) is another grammar.
                if self.peek() == Some(b'(') {
                    return self.unknown_command(start);
                }
                let reference = self.astring()?;
                self.space()?;
                let pattern = self.list_mailbox()?;
                if self.peek() == Some(b' ') {
                    return self.unknown_command(start);
                }
                if is("LIST") {
                    Command::List { reference, pattern }
                } else {
                    Command::Lsub { reference, pattern }
                }
            }
            () if is("LOGIN") => {
                self.space()?;
                let user = self.astring()?;
                self.space()?;
                Command::Login { user, password: Secret::new(self.astring()?.as_bytes()) }
            }
            () if is("AUTHENTICATE") => self.authenticate()?,
            () if is("STATUS") => self.status()?,
            () if is("APPEND") => Command::Append(self.append()?),
            () if is("ENABLE") => {
                let mut names = Vec::new();
                // Every turn consumes a name.
                while self.eat(b' ') {
                    names.push(Cow::Borrowed(self.atom("a capability")?));
                }
                if names.is_empty() {
                    return self.error("a space");
                }
                Command::Enable(names)
            }
            () if is("ID") => {
                self.space()?;
                Command::Id(self.id()?)
            }
            () => return self.unknown_command(start),
        };
        self.end()?;
        Ok(command)
    }

    fn uid_command(&mut self) -> Parsed<Command<'a>> {
        let start = self.position();
        let name = self.atom("a command")?;
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is("FETCH") => self.fetch_command(true),
            () if is("STORE") => self.store(true),
            () if is("SEARCH") => self.search(true),
            () if is("COPY") => self.copy(true, false),
            () if is("MOVE") => self.copy(true, true),
            () if is("EXPUNGE") => {
                self.space()?;
                Ok(Command::Expunge { uids: Some(self.set()?) })
            }
            () => Err(Syntax { at: start, expected: "a command with a UID form" }),
        }
    }

    /// The rest of the frame as it came.
    fn unknown_command(&mut self, start: usize) -> Parsed<Command<'a>> {
        *self = self.at(start);
        let name = Cow::Borrowed(self.atom("a command")?);
        if !self.rest().is_empty() {
            self.space()?;
        }
        let rest = Cow::Borrowed(self.rest());
        self.skip(self.rest().len());
        Ok(Command::Other { name, rest })
    }

    fn argument(&mut self) -> Parsed<crate::types::Mailbox<'a>> {
        self.space()?;
        self.mailbox()
    }

    fn fetch_command(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let set = self.set()?;
        self.space()?;
        Ok(Command::Fetch { uid, set, items: self.fetch_items()? })
    }

    /// ```abnf
    /// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
    /// ```
    fn store(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let set = self.set()?;
        self.space()?;
        let action = if self.eat(b'+') {
            StoreAction::Add
        } else if self.eat(b'-') {
            StoreAction::Remove
        } else {
            StoreAction::Replace
        };
        if !self.eat_keyword("FLAGS") {
            return self.error("FLAGS");
        }
        let silent = self.eat_keyword(".SILENT");
        self.space()?;
        let flags = if self.peek() == Some(b'(') {
            self.flags()?
        } else {
            let mut flags = Flags::new();
            flags.insert(self.flag()?);
            // Every turn consumes a flag.
            while self.eat(b' ') {
                flags.insert(self.flag()?);
            }
            flags
        };
        Ok(Command::Store { uid, set, action, silent, flags })
    }

    /// ```abnf
    /// search = "SEARCH" [SP "CHARSET" SP charset] 1*(SP search-key)
    /// ```
    fn search(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let charset = if self.eat_keyword("CHARSET ") {
            let charset = self.astring()?;
            self.space()?;
            Some(charset)
        } else {
            None
        };
        Ok(Command::Search { uid, charset, key: self.search_keys()? })
    }

    fn copy(&mut self, uid: bool, moves: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let set = self.set()?;
        let mailbox = self.argument()?;
        Ok(if moves {
            Command::Move { uid, set, mailbox }
        } else {
            Command::Copy { uid, set, mailbox }
        })
    }

    fn authenticate(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let mechanism = Cow::Borrowed(self.atom("the name of a mechanism")?);
        let initial =
            if self.eat(b' ') {
                let start = self.position();
                let encoded = self.rest();
                self.skip(encoded.len());
                Some(match encoded {
                    b"=" => Secret::default(),
                    encoded => Secret::new(base64::decode(encoded).map_err(|error| Syntax {
                        at: start + error.at,
                        expected: error.expected,
                    })?),
                })
            } else {
                None
            };
        Ok(Command::Authenticate { mechanism, initial })
    }

    fn status(&mut self) -> Parsed<Command<'a>> {
        let mailbox = self.argument()?;
        self.space()?;
        self.expect(b'(', "`(`")?;
        let mut items = Vec::new();
        // Every turn consumes an item.
        loop {
            let start = self.position();
            let name = self.take_class(&ATOM);
            let known = StatusItem::ALL
                .into_iter()
                .find(|i| name.eq_ignore_ascii_case(i.as_str().as_bytes()));
            items.push(known.ok_or(Syntax { at: start, expected: "a status item" })?);
            if self.eat(b')') {
                return Ok(Command::Status { mailbox, items });
            }
            self.expect(b' ', "`)` or a space")?;
        }
    }

    /// ```abnf
    /// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
    /// ```
    ///
    /// Stands before the literal when it returns.
    fn append(&mut self) -> Parsed<Append<'a>> {
        let mailbox = self.argument()?;
        self.space()?;
        let flags = if self.peek() == Some(b'(') {
            let flags = self.flags()?;
            self.space()?;
            flags
        } else {
            Flags::new()
        };
        let date = if self.peek() == Some(b'"') {
            let date = self.date_time()?;
            self.space()?;
            Some(date)
        } else {
            None
        };
        if !matches!(self.peek(), Some(b'{' | b'~')) {
            return self.error("a literal");
        }
        Ok(Append { mailbox, flags, date })
    }
}
