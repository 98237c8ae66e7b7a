//! Commands.
//!
//! Those of the base and those that are too small for a file: AUTHENTICATE with an initial response
//! (RFC 4959; the mechanisms of RFC 5802, RFC 7677 and RFC 7628 are those of `mailwire-sasl`),
//! COMPRESS (RFC 4978), ENABLE (RFC 5161), IDLE (RFC 2177), MOVE (RFC 6851), UNAUTHENTICATE
//! (RFC 8437), UNSELECT (RFC 3691).

use super::Grammar;
use super::cursor::{Cursor, Parsed};
use super::names;
use crate::ext::append::{AppendHead, AppendPlace};
use crate::types::string::TAG;
use crate::types::{Command, Flags, SearchKey, StoreAction, Tag};
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
    // It is read to where it is returned, because it is large: so there is one way out.
    let mut read = Ok((Tag::none(), Command::Noop));
    if let Ok((tag, command)) = &mut read {
        if let Err(syntax) = command_into(frame, grammar, tag, command) {
            let tag = (!tag.is_none()).then(|| tag.clone());
            read = Err(BadCommand { tag, syntax });
        }
    }
    read
}

/// The same, to where it is wanted. The tag is there as soon as it is read, the command when all is.
pub(crate) fn command_into<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
    tag: &mut Tag<'a>,
    command: &mut Command<'a>,
) -> Parsed<()> {
    let mut cursor = Cursor::new(frame, grammar);
    *tag = Tag::parsed(cursor.tag_text()?);
    cursor.command(command)?;
    cursor.last()
}

/// Parses an APPEND or REPLACE up to its first octets that are streamed: the frame ends in the line
/// that announces them.
pub(crate) fn append_head<'a>(
    frame: &'a [u8],
    grammar: &Grammar<'_>,
    place: &mut AppendPlace,
) -> Result<(Tag<'a>, AppendHead<'a>), BadCommand<'a>> {
    let mut cursor = Cursor::new(frame, grammar);
    let tag = cursor.tag_text().map_err(|syntax| BadCommand { tag: None, syntax })?;
    let tag = Tag::parsed(tag);
    match cursor.append_head(place) {
        Ok(head) => Ok((tag, head)),
        Err(syntax) => Err(BadCommand { tag: Some(tag), syntax }),
    }
}

impl<'a> Cursor<'a, '_> {
    #[inline(always)]
    fn tag_text(&mut self) -> Parsed<&'a str> {
        let tag = core::str::from_utf8(self.take_class(&TAG)).unwrap_or_default();
        if tag.len() > self.bounds().tag {
            return Err(Syntax { at: 0, expected: "a shorter tag" });
        }
        if tag.is_empty() {
            return self.error("a tag");
        }
        self.space()?;
        Ok(tag)
    }

    #[inline(always)]
    fn command(&mut self, to: &mut Command<'a>) -> Parsed<()> {
        let start = self.mark();
        let (mut known, mut name) = self.word("a command")?;
        let uid = known == names::UID;
        if uid {
            self.space()?;
            let at = self.position();
            (known, name) = self.word("a command")?;
            if !has_uid_form(known) {
                return Err(Syntax { at, expected: "a command with a UID form" });
            }
        }
        let command = match known {
            // What is asked all the time is made where it is wanted.
            names::FETCH => return self.fetch_command(uid, to),
            names::STORE => return self.store(uid, to),
            names::SEARCH => return self.search(uid, to),
            names::COPY => return self.copy(uid, false, to),
            names::MOVE => return self.copy(uid, true, to),
            names::STATUS => return self.status_command(to),
            names::LIST => return self.list_command(to),
            names::ESEARCH => self.esearch_command(uid)?,
            names::SORT => self.sort_command(uid)?,
            names::THREAD => self.thread_command(uid)?,
            names::CONVERT => self.convert(uid)?,
            names::REPLACE => self.replace(uid)?,
            names::EXPUNGE => {
                let uids = if uid {
                    self.space()?;
                    Some(self.set()?)
                } else {
                    None
                };
                Command::Expunge { uids }
            }
            names::NOOP => Command::Noop,
            names::CAPABILITY => Command::Capability,
            names::LOGOUT => Command::Logout,
            names::STARTTLS => Command::StartTls,
            names::NAMESPACE => Command::Namespace,
            names::IDLE => Command::Idle,
            names::CHECK => Command::Check,
            names::CLOSE => Command::Close,
            names::UNSELECT => Command::Unselect,
            names::UNAUTHENTICATE => Command::Unauthenticate,
            names::GETJMAPACCESS => Command::GetJmapAccess,
            names::SELECT => self.select_command(false)?,
            names::EXAMINE => self.select_command(true)?,
            names::CREATE => self.create()?,
            names::DELETE => Command::Delete(self.argument()?),
            names::SUBSCRIBE => Command::Subscribe(self.argument()?),
            names::UNSUBSCRIBE => Command::Unsubscribe(self.argument()?),
            names::RENAME => {
                let from = self.argument()?;
                Command::Rename { from, to: self.argument()? }
            }
            names::LSUB => {
                let (reference, pattern) = self.list_arguments()?;
                Command::Lsub { reference, pattern }
            }
            names::XLIST => {
                let (reference, pattern) = self.list_arguments()?;
                Command::XList { reference, pattern }
            }
            names::RLIST => {
                let (reference, pattern) = self.list_arguments()?;
                Command::RList { reference, pattern }
            }
            names::RLSUB => {
                let (reference, pattern) = self.list_arguments()?;
                Command::RLsub { reference, pattern }
            }
            names::LOGIN => {
                self.space()?;
                let user = self.astring()?;
                self.space()?;
                Command::Login { user, password: Secret::new(self.astring()?.as_bytes()) }
            }
            names::AUTHENTICATE => self.authenticate()?,
            names::APPEND => self.append_command()?,
            names::ENABLE => {
                let names = self.words(|cursor| cursor.atom("a capability").map(Cow::Borrowed))?;
                if names.is_empty() {
                    return self.error("a space");
                }
                Command::Enable(names)
            }
            names::ID => {
                self.space()?;
                Command::Id(self.id()?)
            }
            names::COMPRESS => {
                self.space()?;
                Command::Compress(Cow::Borrowed(self.atom("an algorithm")?))
            }
            names::LANGUAGE => Command::Language(self.words(Self::astring)?),
            names::COMPARATOR => Command::Comparator(self.words(Self::list_mailbox)?),
            names::NOTIFY => self.notify()?,
            names::SETACL
            | names::DELETEACL
            | names::GETACL
            | names::LISTRIGHTS
            | names::MYRIGHTS => self.acl_command(name)?,
            names::GETQUOTA => self.get_quota()?,
            names::GETQUOTAROOT => self.get_quota_root()?,
            names::SETQUOTA => self.set_quota()?,
            names::GETMETADATA => self.get_metadata()?,
            names::SETMETADATA => self.set_metadata()?,
            names::GETANNOTATION => self.get_annotation()?,
            names::SETANNOTATION => self.set_annotation()?,
            names::GENURLAUTH => self.generate_url()?,
            names::RESETKEY => self.reset_key()?,
            names::URLFETCH => self.url_fetch()?,
            names::NONE if name.eq_ignore_ascii_case(b"XAPPLEPUSHSERVICE") => {
                Command::ApplePush(self.push_fields()?)
            }
            names::CONVERSIONS => self.conversions()?,
            names::CANCELUPDATE => self.cancel_update()?,
            names::UIDBATCHES => self.uid_batches_command()?,
            _ => {
                self.reset(start);
                self.unknown_command()?
            }
        };
        *to = command;
        Ok(())
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

    fn fetch_command(&mut self, uid: bool, to: &mut Command<'a>) -> Parsed<()> {
        self.space()?;
        let set = self.set()?;
        self.space()?;
        let items = self.fetch_items()?;
        let modifiers = self.fetch_modifiers()?;
        *to = Command::Fetch { uid, set, items, modifiers };
        Ok(())
    }

    /// ```abnf
    /// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
    /// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
    /// ```
    fn store(&mut self, uid: bool, to: &mut Command<'a>) -> Parsed<()> {
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
            *to = self.store_annotation(uid, set, modifiers)?;
            return Ok(());
        }
        if modifiers.is_empty() && self.eat_keyword("X-GM-LABELS") {
            *to = self.store_labels(uid, set, action)?;
            return Ok(());
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
        *to = Command::Store { uid, set, modifiers, action, silent, flags };
        Ok(())
    }

    /// ```abnf
    /// search = "SEARCH" [search-return-opts] SP search-program
    /// ```
    fn search(&mut self, uid: bool, to: &mut Command<'a>) -> Parsed<()> {
        let returns = self.search_returns()?;
        self.space()?;
        *to = Command::Search { uid, returns, charset: None, key: SearchKey::All };
        match to {
            Command::Search { charset, key, .. } => self.search_program(charset, key),
            _ => Ok(()),
        }
    }

    fn copy(&mut self, uid: bool, moves: bool, to: &mut Command<'a>) -> Parsed<()> {
        self.space()?;
        let set = self.set()?;
        let mailbox = self.argument()?;
        *to = match moves {
            true => Command::Move { uid, set, mailbox },
            false => Command::Copy { uid, set, mailbox },
        };
        Ok(())
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

fn has_uid_form(name: names::Key) -> bool {
    matches!(
        name,
        names::FETCH
            | names::STORE
            | names::SEARCH
            | names::COPY
            | names::MOVE
            | names::ESEARCH
            | names::SORT
            | names::THREAD
            | names::CONVERT
            | names::REPLACE
            | names::EXPUNGE
    )
}
