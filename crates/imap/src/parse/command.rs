//! Commands.
//!
//! Those of the base and those that are too small for a file: AUTHENTICATE with an initial response
//! (RFC 4959; the mechanisms of RFC 5802, RFC 7677 and RFC 7628 are those of `mailwire-sasl`),
//! COMPRESS (RFC 4978), ENABLE (RFC 5161), IDLE (RFC 2177), MOVE (RFC 6851), UNAUTHENTICATE
//! (RFC 8437), UNSELECT (RFC 3691).

use super::Grammar;
use super::cursor::{Cursor, Parsed};
use crate::ext::append::{AppendHead, AppendPlace};
use crate::types::string::TAG;
use crate::types::{Command, Flags, StoreAction, Tag};
use alloc::borrow::Cow;
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

/// Parses an APPEND or REPLACE up to its first octets that are streamed: the frame ends in the line
/// that announces them.
pub(crate) fn append_head<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
    place: &mut AppendPlace,
) -> Result<(Tag<'a>, AppendHead<'a>), BadCommand<'a>> {
    let mut cursor = Cursor::new(frame, grammar);
    let tag = cursor.tag().map_err(|syntax| BadCommand { tag: None, syntax })?;
    match cursor.append_head(place) {
        Ok(head) => Ok((tag, head)),
        Err(syntax) => Err(BadCommand { tag: Some(tag), syntax }),
    }
}

impl<'a> Cursor<'a, '_> {
    fn tag(&mut self) -> Parsed<Tag<'a>> {
        let tag = core::str::from_utf8(self.take_class(&TAG)).unwrap_or_default();
        if tag.len() > self.bounds().tag {
            return Err(Syntax { at: 0, expected: "a shorter tag" });
        }
        let tag = Tag::new(tag).or(self.error("a tag"))?;
        self.space()?;
        Ok(tag)
    }

    fn command(&mut self) -> Parsed<Command<'a>> {
        let start = self.mark();
        let name = self.word("a command")?;
        let command = if name.eq_ignore_ascii_case(b"UID") {
            self.space()?;
            let at = self.position();
            let name = self.word("a command")?;
            match self.message_command(name, true)? {
                Some(command) => command,
                None => return Err(Syntax { at, expected: "a command with a UID form" }),
            }
        } else if let Some(command) = self.message_command(name, false)? {
            command
        } else if let Some(command) = self.known_command(name)? {
            command
        } else {
            self.reset(start);
            self.unknown_command()?
        };
        self.last()?;
        Ok(command)
    }

    /// Commands that have a UID form.
    fn message_command(&mut self, name: &[u8], uid: bool) -> Parsed<Option<Command<'a>>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        Ok(Some(match () {
            () if is("FETCH") => self.fetch_command(uid)?,
            () if is("STORE") => self.store(uid)?,
            () if is("SEARCH") => self.search(uid)?,
            () if is("COPY") => self.copy(uid, false)?,
            () if is("MOVE") => self.copy(uid, true)?,
            () if is("ESEARCH") => self.esearch_command(uid)?,
            () if is("SORT") => self.sort_command(uid)?,
            () if is("THREAD") => self.thread_command(uid)?,
            () if is("CONVERT") => self.convert(uid)?,
            () if is("REPLACE") => self.replace(uid)?,
            () if is("EXPUNGE") => {
                let uids = if uid {
                    self.space()?;
                    Some(self.set()?)
                } else {
                    None
                };
                Command::Expunge { uids }
            }
            () => return Ok(None),
        }))
    }

    fn known_command(&mut self, name: &[u8]) -> Parsed<Option<Command<'a>>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        Ok(Some(match () {
            () if is("NOOP") => Command::Noop,
            () if is("CAPABILITY") => Command::Capability,
            () if is("LOGOUT") => Command::Logout,
            () if is("STARTTLS") => Command::StartTls,
            () if is("NAMESPACE") => Command::Namespace,
            () if is("IDLE") => Command::Idle,
            () if is("CHECK") => Command::Check,
            () if is("CLOSE") => Command::Close,
            () if is("UNSELECT") => Command::Unselect,
            () if is("UNAUTHENTICATE") => Command::Unauthenticate,
            () if is("GETJMAPACCESS") => Command::GetJmapAccess,
            () if is("SELECT") => self.select_command(false)?,
            () if is("EXAMINE") => self.select_command(true)?,
            () if is("CREATE") => self.create()?,
            () if is("DELETE") => Command::Delete(self.argument()?),
            () if is("SUBSCRIBE") => Command::Subscribe(self.argument()?),
            () if is("UNSUBSCRIBE") => Command::Unsubscribe(self.argument()?),
            () if is("RENAME") => {
                let from = self.argument()?;
                Command::Rename { from, to: self.argument()? }
            }
            () if is("LIST") => self.list_command()?,
            () if is("LSUB") || is("XLIST") || is("RLIST") || is("RLSUB") => {
                let (reference, pattern) = self.list_arguments()?;
                match () {
                    () if is("LSUB") => Command::Lsub { reference, pattern },
                    () if is("XLIST") => Command::XList { reference, pattern },
                    () if is("RLIST") => Command::RList { reference, pattern },
                    () => Command::RLsub { reference, pattern },
                }
            }
            () if is("LOGIN") => {
                self.space()?;
                let user = self.astring()?;
                self.space()?;
                Command::Login { user, password: Secret::new(self.astring()?.as_bytes()) }
            }
            () if is("AUTHENTICATE") => self.authenticate()?,
            () if is("STATUS") => self.status_command()?,
            () if is("APPEND") => self.append_command()?,
            () if is("ENABLE") => {
                let names = self.words(|cursor| cursor.atom("a capability").map(Cow::Borrowed))?;
                if names.is_empty() {
                    return self.error("a space");
                }
                Command::Enable(names)
            }
            () if is("ID") => {
                self.space()?;
                Command::Id(self.id()?)
            }
            () if is("COMPRESS") => {
                self.space()?;
                Command::Compress(Cow::Borrowed(self.atom("an algorithm")?))
            }
            () if is("LANGUAGE") => Command::Language(self.words(Self::astring)?),
            () if is("COMPARATOR") => Command::Comparator(self.words(Self::list_mailbox)?),
            () if is("NOTIFY") => self.notify()?,
            () if is("SETACL")
                || is("DELETEACL")
                || is("GETACL")
                || is("LISTRIGHTS")
                || is("MYRIGHTS") =>
            {
                self.acl_command(name)?
            }
            () if is("GETQUOTA") => self.get_quota()?,
            () if is("GETQUOTAROOT") => self.get_quota_root()?,
            () if is("SETQUOTA") => self.set_quota()?,
            () if is("GETMETADATA") => self.get_metadata()?,
            () if is("SETMETADATA") => self.set_metadata()?,
            () if is("GETANNOTATION") => self.get_annotation()?,
            () if is("SETANNOTATION") => self.set_annotation()?,
            () if is("GENURLAUTH") => self.generate_url()?,
            () if is("RESETKEY") => self.reset_key()?,
            () if is("URLFETCH") => self.url_fetch()?,
            () if is("XAPPLEPUSHSERVICE") => Command::ApplePush(self.push_fields()?),
            () if is("CONVERSIONS") => self.conversions()?,
            () if is("CANCELUPDATE") => self.cancel_update()?,
            () if is("UIDBATCHES") => self.uid_batches_command()?,
            () => return Ok(None),
        }))
    }

    /// The rest of the frame as it came.
    fn unknown_command(&mut self) -> Parsed<Command<'a>> {
        let name = Cow::Borrowed(self.atom("a command")?);
        if !self.rest().is_empty() {
            self.space()?;
        }
        let before = self.mark();
        let rest = match self.raw_values() {
            Ok(rest) if self.end().is_ok() => rest,
            // Not what RFC 4466 has, but its end is known.
            _ if memchr::memchr2(b'\r', b'\n', self.rest()).is_none() => {
                self.reset(before);
                self.raw_rest()
            }
            _ => return self.error("values"),
        };
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
        let items = self.fetch_items()?;
        Ok(Command::Fetch { uid, set, items, modifiers: self.fetch_modifiers()? })
    }

    /// ```abnf
    /// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
    /// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
    /// ```
    fn store(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let set = self.set()?;
        self.space()?;
        let modifiers = self.store_modifiers()?;
        let action = if self.eat(b'+') {
            StoreAction::Add
        } else if self.eat(b'-') {
            StoreAction::Remove
        } else {
            StoreAction::Replace
        };
        if action == StoreAction::Replace && self.eat_keyword("ANNOTATION") {
            return self.store_annotation(uid, set, modifiers);
        }
        if modifiers.is_empty() && self.eat_keyword("X-GM-LABELS") {
            return self.store_labels(uid, set, action);
        }
        if !self.eat_keyword("FLAGS") {
            return self.error("FLAGS");
        }
        let silent = self.eat_keyword(".SILENT");
        self.space()?;
        let flags = if self.peek() == Some(b'(') {
            self.flags()?
        } else {
            let mut flags = Flags::new();
            self.flag_into(&mut flags)?;
            self.words(|cursor| cursor.flag_into(&mut flags))?;
            flags
        };
        Ok(Command::Store { uid, set, modifiers, action, silent, flags })
    }

    /// ```abnf
    /// search = "SEARCH" [search-return-opts] SP search-program
    /// ```
    fn search(&mut self, uid: bool) -> Parsed<Command<'a>> {
        let returns = self.search_returns()?;
        self.space()?;
        let (charset, key) = self.search_program()?;
        Ok(Command::Search { uid, returns, charset, key })
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
}
